"""Where does dropout help and where does it harm, over width, depth, amount of data, budget and kind of task?

In every regime each seed trains two nets that differ in dropout alone: p = 0.5 on hidden units, or none. `gain` is by
how much dropout lowers the error: the share of wrong digits in per cent or, for `completion`, where the lower half of
an image is to be told from its upper half, the mean squared error of a pixel.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run
from reproductions.dropout import model
from reproductions.dropout.model import GRID, RATES

DATASET = "images"
TREATMENTS = {"dropout": model.HIDDEN, "plain": 0.0}
WIDTHS, DEPTHS = (50, 100, 200, 500, 1024), (1, 2, 3)
NARROW, OTHERS = (10, 20, 30), (100, 500, 1024)  # widths of the regimes beside the grid, all of depth 2
BATCH, EPOCH = 128, 78  # steps over 10 000 images
Regime = tuple[str, int, int, int, int]  # task, width, depth, images, steps
REGIMES: dict[str, Regime] = {
    **{f"w{w}_d{d}": ("digits", w, d, 10_000, 60 * EPOCH) for w in WIDTHS for d in DEPTHS},
    **{f"narrow_w{w}": ("digits", w, 2, 10_000, 60 * EPOCH) for w in NARROW},
    **{f"one_epoch_w{w}": ("digits", w, 2, 10_000, EPOCH) for w in OTHERS},
    **{f"tiny_w{w}": ("digits", w, 2, 500, 600) for w in OTHERS},
    **{f"completion_w{w}": ("completion", w, 2, 10_000, 20 * EPOCH) for w in OTHERS},
}
QUICK: Regime = ("digits", 16, 2, 500, 200)
PILOTS: dict[str, Regime] = {
    **{f"pilot_w{w}": ("digits", w, 2, 10_000, 8 * EPOCH) for w in (50, 200, 500)},
    "pilot_completion": ("completion", 500, 2, 10_000, 8 * EPOCH),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    pilots = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
    if tier == "full":
        return tuple(_arm(name, regime, tuple(range(8)), on="test") for name, regime in REGIMES.items())
    quick = _arm("quick_w16", QUICK, tuple(range(8)), lanes=8, traced=True)
    if tier == "quick":
        return (quick,)
    if tier == "pilot":
        if RATES:
            return (replace(quick, seeds=pilots),)
        return tuple(_arm(*p, pilots[:1], traced=True, trial=rate) for p in PILOTS.items() for rate in GRID)
    return ()


def _arm(
    name: str,
    regime: Regime,
    seeds: tuple[int, ...],
    *,
    on: str = "validation",
    lanes: int = 1,
    traced: bool = False,
    trial: float | None = None,
) -> Arm:
    task, width, depth, images, steps = regime
    widths = [width] * depth
    rates = {t: trial or model.learning_rate(t, width, task) for t in TREATMENTS}
    settings: dict[str, Any] = {
        "task": task,
        "widths": widths,
        "images": images,
        "steps": steps,
        "every": steps,
        "batch": BATCH,
    }
    settings |= {"on": [on], "rates": rates, "traced": traced}
    suffix = "" if trial is None else f"_rate_{trial:g}"
    needed = model.seconds(widths, steps, BATCH)
    return Arm(name + suffix, settings, seeds, lanes=lanes, seconds=needed, megabytes=1200)


def halves(arrays: Arrays) -> Arrays:
    """Upper halves of images as inputs, lower halves as targets."""
    middle = arrays.x.shape[1] // 2
    return Arrays(arrays.x[:, :middle], arrays.x[:, middle:])


def squared_distance(net: Any, x: Any, y: Any) -> Any:
    """Half the squared distance between an output and its target, averaged over examples."""
    return 0.5 * ops.mean(ops.sum(ops.square(net(x, training=True) - y), axis=-1))


def squared_error(net: Any, x: Any, y: Any) -> dict[str, Any]:
    return {"error": ops.mean(ops.square(net(x, training=False) - y))}


def experiment(settings: Mapping[str, Any], treatment: str = "dropout") -> Experiment:
    hidden = TREATMENTS[treatment]
    digits = model.classifier(settings, settings["rates"][treatment], hidden, 0.0, 0.0)
    if settings["task"] == "digits":
        return digits
    data = halves(model.training_images(settings["images"]))
    sets = {name: model.held_out(name) for name in settings["on"]}
    return replace(
        digits,
        build_model=lambda hyper: model.build_model(
            data.x.shape[1], settings["widths"], hidden, outputs=data.y.shape[1]
        ),
        loss=squared_distance,
        data=data,
        evaluate={
            name: Evaluation(halves(e.data), squared_error, e.size, e.batch_size)
            for name, e in sets.items()
            if isinstance(e.data, Arrays)
        },
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    (on,) = settings["on"]
    for trial in model.side_by_side({t: experiment(settings, t) for t in TREATMENTS}, seeds, lanes):
        dropout, plain = (trial.metrics.get(f"{treatment}_{on}_error") for treatment in TREATMENTS)
        gain = {} if dropout is None or plain is None else {"gain": plain - dropout}
        yield replace(trial, metrics={**trial.metrics, **gain})
