"""The pictures of clipping: usable rates, losses by the limit on the norm, and the largest safe rates."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Cell, Lines, Picture, Points
from common.trials import Trial

SCANNED = {
    "rnn": "RNN", "lstm": "LSTM", "rnn_resets": "RNN,\nresets", "lstm_resets": "LSTM,\nresets",
    "rnn_adam": "RNN,\nAdam",
}  # fmt: skip
CLIPS = {"none": "none", "5": "5", "15": "15"}
LIMITS = ("0.5", "5", "15", "150", "none")
RADII = {"rnn": ("1", "1.25", "1.5"), "lstm": ("1", "1.5")}
BASELINE = "loss (baselines, log scale)"


def _range(title: str, metric: str, bars: Mapping[str, float]) -> Points:
    columns: dict[str, Cell] = {name: ("scan", arm, metric) for arm, name in SCANNED.items()}
    return Points(title, "decades", {"": columns}, bars=bars)


def _rates(arm: str) -> Lines:
    lines = {f"clip norm {clip}": ("scan", arm, f"loss_{clip}") for clip in CLIPS}
    bars = {"usable": 1.1, "baseline": 1.0}
    title = SCANNED[arm].replace("\n", " ")
    return Lines(title, "log10 learning rate", BASELINE, lines, bars=bars, times=0.01, scales=("linear", "log"))


def _limits(title: str, kind: str) -> Points:
    columns: dict[str, Cell] = {clip: ("thresholds", f"{kind}_{clip}", "test_loss") for clip in LIMITS}
    return Points(title, "test loss (nats, log scale)", {"": columns}, "limit on the norm", {}, "columns", "log")


def _shapes(title: str, y: str, metric: str, bars: Mapping[str, float]) -> Points:
    series: dict[str, dict[str, Cell]] = {}
    for radius in RADII["rnn"]:
        series[f"radius {radius}"] = {
            f"{name}\n{steps}": ("unclipped", f"{net}_steps{steps}_radius{radius}", metric)
            for net, name in (("rnn", "tanh"), ("lstm", "LSTM"))
            for steps in (50, 100, 200)
            if radius in RADII[net]
        }
    return Points(title, y, series, "net and steps", bars, scale="linear" if metric == "log10_safe_rate" else "log")


FIGURES = {
    "scan.svg": Picture(
        "Usable learning rates, clipped and not", ("rnn-clipping-huge",),
        "32 units; adding over 30 steps under SGD unless said otherwise. A rate is usable where training ends at 1.1 "
        "baselines or less.",
        (
            _range("What clipping at 5 adds to the largest usable rate", "range_5",
                   {"bar: 0": 0.0, "bar, tenfold: 1": 1.0}),
            _range("What clipping at 15 adds", "range_15", {"bar: 0": 0.0}),
            *(Points(f"{name}: at the best rate of each", "test loss (baselines)",
                     {"": {what: ("scan", arm, f"loss_{clip}") for clip, what in CLIPS.items()}}, "clip norm",
                     {"bar: 0.8": 0.8}, "columns") for arm, name in (("rnn", "RNN"), ("lstm", "LSTM"))),
        ),
    ),
    "scan_rates.svg": Picture(
        "Losses over the learning rate", ("rnn-clipping-huge",),
        "32 units; a run that is not finite has no point.", tuple(map(_rates, SCANNED)),
    ),
    "thresholds.svg": Picture(
        "Limits on the norm of the gradient", ("clip-5-or-15",),
        "Resets over 50 steps, 32 units, each limit at the rate chosen for it; a thin line joins those of a seed.",
        (
            _limits("tanh net, loss summed over the steps", "sum"), _limits("tanh net, loss averaged", "mean"),
            _limits("LSTM, loss summed", "lstm_sum"),
            Points("Batches whose gradient exceeds the limit", "share",
                   {name: {clip: ("thresholds", f"{kind}_{clip}", f"binds_{clip}") for clip in ("5", "15")}
                    for kind, name in (("sum", "summed"), ("mean", "averaged"))}, "limit on the norm", {"bar: 0": 0.0}),
        ),
    ),
    "unclipped.svg": Picture(
        "Without clipping", ("no-clip-puny-lr",),
        "Resets, summed loss, 200 steps of SGD, by spectral radius. Safe: neither the rate nor any lower one blows up.",
        (
            _shapes("Best loss at a safe rate", BASELINE, "safe_loss", {"bar: 0.95": 0.95}),
            _shapes("Largest safe rate", "log10 learning rate", "log10_safe_rate",
                    {"bar: 3e-6": -5.5, "scope: 1e-5": -5.0}),
            _shapes("Clipped at 1", BASELINE, "clipped_loss", {"bar: 0.8": 0.8}),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
