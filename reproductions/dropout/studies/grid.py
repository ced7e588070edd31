"""In which nets and budgets does dropout lower the test error, and in which does it do harm?

A trial trains one seed without dropout and with it (0.5 hidden, 0.2 input), from the same weights and in the same order
of data. Its `gain` is the error of the plain net minus that of the dropout net: of test images in per cent, of the
sinusoids in per cent of their mean square. First the grid of width and depth, then a column of it on 5000 images, then
regimes in which dropout may be expected to hurt.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run
from common.variants import together
from reproductions.dropout import nets, sine

DATASET = "images"
SEEDS = 8
WIDTHS, DEPTHS, IMAGES, EPOCHS = (100, 500, 1200), (1, 2, 3), 10_000, 60
FEW_IMAGES = 5_000
COLUMN = ((100, 2), (500, 2), (1200, 3))  # width and depth of the cells on 5000 images
LANES_UP_TO = 100  # units: narrow nets gain by seeds side by side
RATES = {  # without dropout, with it
    "narrow": (0.1, 0.01),
    "hundred": (0.1, 0.03),
    "wide": (0.1, 0.03),
    "large": (0.1, 0.03),
    "one_epoch": (0.1, 0.1),
    "tiny": (0.03, 0.1),
    "sine": (0.03, 0.01),
}
PILOTED = {  # the arm whose pilots choose the rates of a group
    "narrow": "width16",
    "hundred": "width100_depth2",
    "wide": "width500_depth2",
    "large": "width1200_depth3",
    "one_epoch": "one_epoch_width1200",
    "tiny": "images200",
    "sine": "sine_width64",
}


def cells() -> dict[str, tuple[str, dict[str, Any]]]:
    """Name of each arm of the full tier to the group of its rates and its settings."""
    table = {
        f"width{width}_depth{depth}": (_group(width), nets.net(depth, width, IMAGES, EPOCHS))
        for width in WIDTHS
        for depth in DEPTHS
    }
    for width, depth in COLUMN:
        name = f"width{width}_depth{depth}_images{FEW_IMAGES}"
        table[name] = _group(width), nets.net(depth, width, FEW_IMAGES, EPOCHS)
    for width in (8, 16):
        table[f"width{width}"] = "narrow", nets.net(2, width, IMAGES, EPOCHS)
    for width in WIDTHS:
        table[f"one_epoch_width{width}"] = "one_epoch", nets.net(2, width, IMAGES, 1)
    for images in (100, 200, 500):
        table[f"images{images}"] = "tiny", nets.net(2, 500, images, 100, batch=20)
    for width in (64, 512):
        table[f"sine_width{width}"] = "sine", {**nets.net(2, width, sine.SIZES["train"], 100), "task": "sine"}
    return table


def _group(width: int) -> str:
    return {100: "hundred", 500: "wide", 1200: "large"}[width]


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, range(SEEDS), settings, RATES[group]) for name, (group, settings) in cells().items())
    if tier == "quick":
        return _quick(range(4))
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        known = {group: cells()[name][1] for group, name in PILOTED.items()}
        tried = [(group, rate) for group in known for rate in nets.GRID]
        return (
            *_quick(seeds),
            *(_arm(f"{group}_rate_{rate:g}", seeds[:2], known[group], (rate, rate)) for group, rate in tried),
        )
    return ()


def _arm(name: str, seeds: Sequence[int], settings: Mapping[str, Any], rates: tuple[float, float]) -> Arm:
    lanes = min(4, len(seeds)) if settings["width"] <= LANES_UP_TO else 1
    rated = {**settings, "rate_plain": rates[0], "rate_dropout": rates[1]}
    return Arm(name, rated, tuple(seeds), lanes=lanes, seconds=2 * nets.seconds(settings))


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    rates = {16: (0.1, 0.03), 256: (0.1, 0.03)}
    return tuple(
        replace(
            _arm(f"quick_width{width}", seeds, _quick_net(width), rates[width]),
            lanes=4,
            seconds=2,
        )
        for width in rates
    )


def _quick_net(width: int) -> dict[str, Any]:
    """Few images for long where dropout is to help, more of them for a short time where it is not."""
    return nets.net(2, width, *((300, 300) if width > 16 else (2_000, 15)))


def experiment(settings: Mapping[str, Any]) -> Experiment:
    if settings.get("task") == "sine":
        return nets.experiment(
            settings, sine.examples("train"), outputs=sine.AHEAD, loss=squared_error, evaluate=continuations()
        )
    return nets.experiment(settings)


def squared_error(net: Any, x: Any, y: Any) -> Any:
    """Mean over batch and outputs, with dropout on."""
    return ops.mean(ops.square(net(x, training=True) - y))


def unexplained(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """`error`: the mean square of what is left, with dropout off, in per cent of that of the outputs."""
    left = ops.mean(ops.square(net(x, training=False) - y))
    return {"error": 100 * left / ops.mean(ops.square(y))}


def continuations() -> dict[str, Evaluation]:
    sizes = {part: sine.SIZES[part] for part in ("validation", "test")}
    return {part: Evaluation(sine.examples(part), unexplained, size, size) for part, size in sizes.items()}


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    variants = {
        "plain": {"learning_rate": settings["rate_plain"], **nets.dropped(0.0)},
        "dropout": {"learning_rate": settings["rate_dropout"], **nets.dropped(nets.HIDDEN)},
    }
    measured = ("test_error", "validation_error", "test_nll", "train_loss")
    for seed, runs in nets.side_by_side(experiment(settings), variants, seeds, lanes):
        yield together(seed, runs, {**nets.numbers(runs, measured), **gains(runs)})


def gains(runs: Mapping[str, Run]) -> dict[str, float | None]:
    """What dropout saves, positive where it helps; nothing where one of the nets diverged.

    Rounded to a millionth, so that equal counts of mistakes are equal.
    """
    plain, dropout = runs["plain"].metrics, runs["dropout"].metrics
    found: dict[str, float | None] = {}
    for name, metric in (("gain", "test_error"), ("nll_gain", "test_nll")):
        with_none, with_some = plain.get(metric), dropout.get(metric)
        if with_none is not None and with_some is not None:
            found[name] = round(with_none - with_some, 6)
    return found
