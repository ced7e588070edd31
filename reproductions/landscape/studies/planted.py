"""Does SGD find the best net of three hidden units, where one of three units wrote the answers?

A teacher of three units, drawn with the seed, answers fresh Gaussian inputs; a student of as many units or more, of the
same kind, learns from them by SGD. Its error is relative to that of the best constant. A teacher of threshold units is
followed by tanh ones, as a threshold has no slope. `sets` is an instance of set splitting made into a net's problem by
Blum & Rivest's reduction (1992): on it a net of three nodes must be right on every point.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run, Stream, train
from reproductions.landscape import planted, splitting

DATASET = "synthetic"
METRICS = {
    "test_error": "squared error on 4000 fresh inputs over that of the best constant, share",
    "test_teacher_error": "the same of the teacher itself, share",
    "test_wrong": "points of the instance of set splitting that are told wrongly, count",
    "train_loss": "mean loss since the look before, squared units of the answers, or nats",
}
UNITS, INPUTS, BATCH = 3, 10, 32
STEPS, QUICK_STEPS, EVALUATE_EVERY = 20_000, 1_000, 1_000
GRIDS = {
    "relu": (0.01, 0.03, 0.1, 0.3, 1.0),
    "tanh": (0.1, 0.3, 1.0, 3.0),
    "threshold": (0.1, 0.3, 1.0, 3.0, 10.0),
    "adam": (0.003, 0.01, 0.03, 0.1, 0.3),
    "sets": (0.1, 0.3, 1.0, 3.0, 10.0),
}
RATES = {"relu": 0.1, "tanh": 1.0, "threshold": 1.0, "adam": 0.1, "sets": 1.0, "linear": 0.1}
"""On twelve pilot seeds most solved it, then in the fewest steps; a student without hidden units has that of ReLU."""
SETS_STEPS = 5_000
DONE = 1e-4  # where a run ends


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        wider = [_arm(f"relu{units}", "relu", units) for units in (6, 12, 30)]
        sizes = [_arm(f"relu3_d{inputs}", "relu", inputs=inputs) for inputs in (5, 50)]
        kinds = [_arm("tanh3", "tanh"), _arm("threshold3", "threshold"), _arm("adam3", "adam")]
        return (_arm("relu3", "relu"), *wider, *sizes, *kinds, _arm("linear", "linear"), _sets())
    if tier == "quick":
        return (_arm("relu12", "relu", 12, tuple(range(3)), QUICK_STEPS),)
    if tier == "pilot":
        seeds = tuple(range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50))
        (quick,) = arms("quick")
        tried = [
            (_sets if kind == "sets" else _arm)(f"{kind}_rate_{rate:g}", kind=kind, seeds=seeds[:12], rate=rate)
            for kind, grid in GRIDS.items()
            for rate in grid
        ]
        return (replace(quick, seeds=seeds), *tried)
    return ()


def _arm(
    name: str, kind: str, units: int = UNITS, seeds: tuple[int, ...] = (), steps: int = STEPS, inputs: int = INPUTS,
    rate: float = 0.0,
) -> Arm:  # fmt: skip
    settings = {"kind": kind, "units": units, "inputs": inputs, "steps": steps, "rate": rate or RATES[kind]}
    return Arm(name, settings, seeds, lanes=len(seeds) if 0 < len(seeds) < 12 else 12, seconds=0.6)


def _sets(name: str = "sets", kind: str = "sets", seeds: tuple[int, ...] = (), rate: float = 0.0) -> Arm:
    settings = {"kind": kind, "units": 2, "inputs": splitting.POINTS, "steps": SETS_STEPS, "rate": rate or RATES[kind]}
    return Arm(name, settings, seeds, lanes=12, seconds=0.3)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    kind, steps = settings["kind"], settings["steps"]
    optimizer = keras.optimizers.Adam if kind == "adam" else keras.optimizers.SGD
    if kind == "sets":
        x, y = splitting.instance()
        data: Any = Arrays(x, y)
        return Experiment(
            build_model=lambda hyper: planted.three_nodes(splitting.POINTS),
            build_optimizer=lambda hyper: optimizer(lambda: hyper["rate"]),
            loss=planted.logistic_loss, data=data, batch_size=len(x), steps=steps,
            evaluate={"test": Evaluation(data, planted.wrong, size=len(x), batch_size=len(x))},
            evaluate_every=EVALUATE_EVERY, hyper={"rate": settings["rate"]},
        )  # fmt: skip
    data = gaussian(settings["inputs"])
    return Experiment(
        build_model=lambda hyper: planted.pair(kind, settings["inputs"], settings["units"]),
        build_optimizer=lambda hyper: optimizer(lambda: hyper["rate"]),
        loss=planted.squared_loss,
        data=data,
        batch_size=BATCH,
        steps=steps,
        evaluate={"test": Evaluation(data, planted.error, size=4_000, batch_size=4_000)},
        evaluate_every=min(EVALUATE_EVERY, steps),
        stop=lambda history: history["test_error"][-1] <= DONE,
        hyper={"rate": settings["rate"]},
    )


def gaussian(inputs: int) -> Stream:
    """Inputs of N(0, 1); the answers are in the model, as every seed has a teacher of its own."""

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        x = keras.random.normal((count, inputs), seed=seeds)
        return x, x[:, :1]

    return Stream(draw)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
