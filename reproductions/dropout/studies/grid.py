"""In which nets and budgets does dropout lower the test error, and in which does it do harm?

A trial trains one seed without dropout and with it (0.5 hidden, 0.2 input), from the same weights and in the same order
of data. Its `gain` is the error of the plain net minus that of the dropout net: of test images in per cent, of the
sinusoids in per cent of their mean square. First the grid of width and depth and four cells
beside it, then a column of it on 5000 images, then regimes in which dropout may be expected to hurt.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run
from common.variants import together
from reproductions.dropout import nets, sine

DATASET = "images"
METRICS = {
    "gain": "plain error less that with dropout, points of %",
    "nll_gain": "mean of -log p(label) without less that with dropout, nats",
    "plain_test_error": "share of test images misread or of the square of the sinusoids unexplained, %",
    "plain_test_nll": "mean of -log p(label) on test images, nats",
    "plain_validation_error": "the same as plain_test_error on validation data, %",
    "plain_train_loss": "mean loss of the last batches, nats or squared units",
    "dropout_test_error": "the same as plain_test_error with dropout, %",
    "dropout_test_nll": "the same as plain_test_nll with dropout, nats",
    "dropout_validation_error": "the same as plain_validation_error with dropout, %",
    "dropout_train_loss": "mean loss of the last batches with dropout on, nats or squared units",
}
WIDTHS, DEPTHS, IMAGES, EPOCHS = (100, 500, 1200), (1, 2, 3), 10_000, 60
BESIDE = ((200, 2), (500, 4), (1200, 4), (1200, 5))  # width and depth: small, at the border, and in the large region
FEW_IMAGES = 5_000
COLUMN = ((100, 2), (500, 2), (1200, 3))  # width and depth of the cells on 5000 images
TRIED = (nets.BEYOND["dropout"], *nets.GRID, nets.BEYOND["plain"])
FURTHER = {
    **dict.fromkeys(("width8", "width16"), (1e-4, 3e-4, 1e-3)),
    **dict.fromkeys(("images100", "images200"), (3e-4, 1e-3)),
    "sine_width64": (1.0,),
}
RATES = {  # of each arm that has a pilot, without dropout and with it
    "width8": (0.001, 0.001),
    "width16": (0.01, 0.001),
    "width100_depth1": (0.1, 0.03),
    "width100_depth2": (0.1, 0.01),
    "width100_depth3": (0.03, 0.01),
    "width200_depth2": (0.1, 0.03),
    "width500_depth1": (0.1, 0.03),
    "width500_depth2": (0.1, 0.03),
    "width500_depth3": (0.1, 0.01),
    "width500_depth4": (0.03, 0.01),
    "width1200_depth3": (0.1, 0.01),
    "width1200_depth4": (0.1, 0.01),
    "one_epoch_width100": (0.1, 0.03),
    "one_epoch_width500": (0.1, 0.1),
    "one_epoch_width1200": (0.1, 0.03),
    "images100": (0.001, 0.001),
    "images200": (0.001, 0.003),
    "images500": (0.03, 0.01),
    "sine_width64": (0.3, 0.1),
    "sine_width512": (0.03, 0.03),
}


def cells() -> dict[str, dict[str, Any]]:
    """Name to settings of each arm of the full tier, but for its rates."""
    table = {}
    for width, depth in (*product(WIDTHS, DEPTHS), *BESIDE):
        table[f"width{width}_depth{depth}"] = nets.net(depth, width, IMAGES, EPOCHS)
    for width, depth in COLUMN:
        table[f"width{width}_depth{depth}_images{FEW_IMAGES}"] = nets.net(depth, width, FEW_IMAGES, EPOCHS)
    for width in (8, 16):
        table[f"width{width}"] = nets.net(2, width, IMAGES, EPOCHS)
    for width in WIDTHS:
        table[f"one_epoch_width{width}"] = nets.net(2, width, IMAGES, 1)
    for images in (100, 200, 500):
        table[f"images{images}"] = nets.net(2, 500, images, 100, batch=20)
    for width in (64, 512):
        table[f"sine_width{width}"] = {**nets.net(2, width, sine.SIZES["train"], 100), "task": "sine"}
    return table


def piloted(name: str) -> str:
    """The arm whose pilots choose the rates of another: its own, but for 1200 units and for the column of 5000 images.

    Of up to three layers of 1200 the deepest, which bears the least, shares its rate; those of four are also for five.
    """
    name = name.removesuffix(f"_images{FEW_IMAGES}")
    if name in RATES:
        return name
    return "width1200_depth4" if name == "width1200_depth5" else "width1200_depth3"


def tried(name: str) -> tuple[float, ...]:
    """The rates that pilots of an arm try: more where the best of these lay at their end.

    One less in four layers of 500 units, as 0.3 ruined nets of two and three.
    """
    if name == "width500_depth4":
        return TRIED[:-1]
    return tuple(sorted({*TRIED, *FURTHER.get(name, ())}))


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            _arm(name, (), nets.on_test_images(settings), RATES[piloted(name)]) for name, settings in cells().items()
        )
    if tier == "quick":
        return _quick(range(6))
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        pairs = [(name, rate) for name in RATES for rate in tried(name)]
        return (
            *_quick(seeds),
            *(_arm(f"{name}_rate_{rate:g}", seeds[:2], cells()[name], (rate, rate)) for name, rate in pairs),
        )
    return ()


def _arm(name: str, seeds: Sequence[int], settings: Mapping[str, Any], rates: tuple[float, float]) -> Arm:
    rated = {**settings, "rate_plain": rates[0], "rate_dropout": rates[1]}
    return Arm(name, rated, tuple(seeds), seconds=2 * nets.seconds(settings))


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
            settings,
            sine.examples("train"),
            outputs=sine.AHEAD,
            loss=squared_error,
            evaluate=continuations(settings["judged"]),
        )
    return nets.experiment(settings)


def squared_error(net: Any, x: Any, y: Any) -> Any:
    """Mean over batch and outputs, with dropout on."""
    return ops.mean(ops.square(net(x, training=True) - y))


def unexplained(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """`error`: the mean square of what is left, with dropout off, in per cent of that of the outputs."""
    left = ops.mean(ops.square(net(x, training=False) - y))
    return {"error": 100 * left / ops.mean(ops.square(y))}


def continuations(judged: str) -> dict[str, Evaluation]:
    parts = {"validation": "validation", "test": judged}
    return {
        name: Evaluation(sine.examples(part), unexplained, sine.SIZES[part], sine.SIZES[part])
        for name, part in parts.items()
    }


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
