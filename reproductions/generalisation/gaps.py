"""One seed's gaps between test and training error, for numbers of examples that are multiples of the weights."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from common.study import Arm
from common.training import Arrays, Evaluation, Experiment, Run, Stream
from common.variants import side_by_side, together
from reproductions.generalisation import samples, taught

MULTIPLES = (0.25, 1, 4, 16, 32)
BATCH, STEPS, TESTED = 64, 4_000, 20_000
LANES = 4


def arm(name: str, units: int, seeds: Sequence[int] = (), **changes: Any) -> Arm:
    """A net of so many hidden units, trained once for each multiple of its weights."""
    settings = {"units": units, "multiples": list(MULTIPLES), "rate": changes.pop("rate", 3e-3), "steps": STEPS}
    settings |= {"tested": TESTED, "judged": "drawn"} | changes
    seconds = 0.25 * len(settings["multiples"]) * (1 + units / 100)
    return Arm(name, settings, tuple(seeds), LANES, seconds)


def fresh(seeds: Any, count: int) -> tuple[Any, Any]:
    """Test rows like those of `taught.drawn`."""
    x = keras.random.normal((count, taught.INPUTS), seed=seeds)
    luck = keras.random.uniform((count, 1), seed=seeds)
    rows = ops.concatenate([x, ops.where(luck < taught.WRONG, -1.0, 1.0)], axis=1)
    return rows, rows[:, 0]


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """On the fewest examples."""
    units, planted = settings["units"], settings["judged"] == "drawn"
    n = taught.parameters(units)
    rows = round(max(settings["multiples"]) * n)
    others: Stream | Arrays = Stream(fresh)
    tested = settings["tested"]
    if not planted:
        others = taught.images(settings["judged"], tested)
        tested = len(others.y)
    return Experiment(
        build_model=lambda hyper: taught.student(units, rows, hyper, planted=planted),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["rate"]),
        loss=taught.loss,
        data=samples.numbers(),
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={
            "seen": Evaluation(samples.places(0, rows), taught.on_training, rows, rows),
            "other": Evaluation(others, taught.on_others, tested, tested),
        },
        evaluate_every=settings["steps"],
        hyper={"rate": settings["rate"], "examples": float(round(settings["multiples"][0] * n))},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    one, n = experiment(settings), taught.parameters(settings["units"])
    sizes = {f"{multiple:g}": float(round(multiple * n)) for multiple in settings["multiples"]}
    variants = {name: replace(one, hyper={**one.hyper, "examples": size}) for name, size in sizes.items()}
    for seed, runs in side_by_side(variants, seeds, lanes):
        found: dict[str, float | None] = {}
        for name, trial in runs.items():
            if trial.status == "ok":
                seen, other = trial.metrics["seen_error"], trial.metrics["other_error"]
                assert seen is not None
                assert other is not None
                found |= {f"gap_{name}": other - seen, f"seen_{name}": seen, f"error_{name}": other}
        yield together(seed, runs, found)
