"""The pictures of deep nets: error by activation and initial weights, signals and gradients."""

from collections.abc import Mapping, Sequence
from math import log

from common import panels
from common.panels import Cell, Gap, Key, Lines, Picture, Points
from common.trials import Trial

ERROR, LOG_ERROR = "test error (%)", "test error (%, log scale)"
CONSTANT = {"best constant answer": 88.65}  # 1135 of the 10 000 test images are ones
LEARNS = {
    "bar: learns below": 87.82
}  # from there on the exact 99 % interval for the accuracy lies above the constant's
RATIO = {"bar: 1": 1.0}
UNITS = {"relu": "ReLU", "tanh": "tanh"}
GAINS = {gain: gain for gain in ("0.1", "0.3", "0.577", "1", "1.41", "2")}
DEVIATIONS = ("0.0001", "0.001", "0.003", "0.01", "0.03", "0.1", "1")
KINDS = ("gaussian", "orthogonal", "identity")
RATES = ("0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1", "3")
FACTORS = {
    "relu_dropout": "ReLU and\ndropout", "relu": "ReLU", "dropout": "dropout", "init": "weights", "depth": "depth",
    "cross_entropy": "cross-\nentropy",
}  # fmt: skip


def _small(*cells: tuple[str, str, str]) -> Mapping[str, Cell]:
    """Unit, initial weights and depth to a column each."""
    return {
        f"{UNITS[unit]},\n{depth} layer{'s' * (depth != '1')}":
        ("small_weights", f"sgd_{unit}_{init}_depth{depth}", "test_error")
        for unit, init, depth in cells
    }  # fmt: skip


def _lazy(title: str, unit: str, y: str, bars: Mapping[str, float], ratio: bool) -> Points:
    """All cells of the nets of a unit, or of those that have none."""

    def cell(arm: str) -> Cell:
        if ratio:
            return "lazy", arm, "lazy_over_scaled"
        return Gap(("lazy", arm, "lazy_test_error"), ("lazy", "softmax", "lazy_test_error"))

    widths = {100: (1, 2, 3, 5, 10, 20), 300: (1, 2, 3, 5, 10, 20), 1000: (1, 2, 3, 5)}
    series: Mapping[str, Mapping[str, Cell]] = {"": {"CNN": cell("cnn"), "LSTM": cell("lstm")}}
    if unit:
        series = {
            f"width {width}": {str(depth): cell(f"{unit}_depth{depth}_width{width}") for depth in depths}
            for width, depths in widths.items()
        }
    return Points(title, y, series, x="hidden layers" if unit else "", bars=bars, scale="log" if ratio else "symlog")


def _scales(unit: str, *depths: int) -> Points:
    columns = {"0.1": "test_error_0.1", "1": "test_error_1", "√2": "test_error_1.41"}
    columns |= {"better of\n0.1 and 1": "least_test_error"}
    series = {f"{d} layers": {k: ("init_scale", f"{unit}_depth{d}", m) for k, m in columns.items()} for d in depths}
    return Points(UNITS[unit], ERROR, series, x="scale k of weights k/√n", bars=LEARNS)


def _passed(title: str, y: str, way: str, x: str) -> Lines:
    lines = {f"gain {gain}": ("signal_propagation", "relu_width1024", f"{way}_gain_{gain}") for gain in GAINS}
    return Lines(title, x, y, lines)


def _over(unit: str, title: str, pairs: Mapping[str, str], depths: Sequence[int]) -> Points:
    series = {n: {str(d): ("multiplier", f"{unit}_depth{d}", m) for d in depths} for n, m in pairs.items()}
    return Points(title, "ratio of the training losses (log scale)", series, "hidden layers", RATIO, scale="log")


def _curve(arm: str, metric: str) -> Key:
    return "saturation", arm, metric


FIGURES = {
    "small_weights.svg": Picture(
        "Small random weights", ("small-random-weights-fail-deep",),
        "Width 256, 10 000 images, at most 1000 steps of SGD. A net learns where the exact 99 % interval for its "
        "accuracy lies above that of the best constant answer.",
        (
            Points("Weights of 0.01·randn", ERROR, {"": _small(
                ("relu", "std_0.01", "1"), ("tanh", "std_0.01", "1"), ("relu", "std_0.01", "10"),
                ("tanh", "std_0.01", "10"))}, bars=LEARNS),
            Points("Scaled weights", ERROR, {"": _small(("relu", "two_over_n", "20"), ("tanh", "one_over_n", "20"))},
                   bars=LEARNS),
        ),
    ),
    "signal_propagation.svg": Picture(
        "What a wrong gain does over the layers", ("scale-compounds-with-depth",),
        "Untrained ReLU nets of width 1024 and 50 layers, 64 images.",
        (
            Points("Least growth of the distortion", "nats a layer",
                   {"": {"of one net": ("signal_propagation", "relu_width1024", "growth")}}, bars={"bar: 0": 0.0}),
            _passed("Forward", "ln variance of the signal", "forward", "layer"),
            _passed("Backward", "ln squared gradient", "backward", "layers passed on the way back"),
        ),
    ),
    "depth.svg": Picture(
        "Sigmoid nets from the standard weights", ("deep-worse-than-shallow",),
        "Width 300, 10 000 images, at the least validation error; a line joins the nets of a seed.",
        (Points("By depth", LOG_ERROR, {"": {
            str(d): ("depth", f"sigmoid_standard_depth{d}", "test_error") for d in range(1, 6)
        }}, "hidden layers", CONSTANT, "columns", "log"),),
    ),
    "lazy.svg": Picture(
        "Weights of 0.02·randn, in every net that is judged", ("lazy-002-init",),
        "10 000 images, 800 steps of SGD. Above: against softmax regression of the same seed; a net that errs less "
        "lies below 0. Below: against scaled weights.",
        (
            _lazy("ReLU nets", "relu", "error minus that of softmax (points)", {"bar: 0": 0.0}, ratio=False),
            _lazy("tanh nets", "tanh", "error minus that of softmax (points)", {"bar: 0": 0.0}, ratio=False),
            _lazy("ReLU nets", "relu", "error over that from scaled weights", {"bar: 1.1": 1.1}, ratio=True),
            _lazy("tanh nets", "tanh", "error over that from scaled weights", {"bar: 1.1": 1.1}, ratio=True),
            _lazy("Other nets", "", "error minus that of softmax (points)", {"bar: 0": 0.0}, ratio=False),
            _lazy("Other nets", "", "error over that from scaled weights", {"bar: 1.1": 1.1}, ratio=True),
        ),
    ),
    "init_scale.svg": Picture(
        "Scales of the initial weights of very deep nets", ("init-scale-01-or-1",),
        "Width 128, 10 000 images, at most 1000 steps of SGD. A net learns where the exact 99 % interval for its "
        "accuracy lies above that of the best constant answer.",
        (_scales("relu", 10, 20), _scales("tanh", 10, 20)),
    ),
    "forgiving.svg": Picture(
        "Who forgives the initial weights", ("shallow-forgiving", "small-random-weights-fail-deep"),
        "ReLU, width 128, 10 000 images, 3000 steps of SGD at one rate for each depth; without a hidden layer it is "
        "softmax regression.",
        (
            Points("Spread over deviations of 0.001 to 0.1", "test error, greatest less least (points)",
                   {"": {"1 layer": ("forgiving", "depth1", "test_error_range"),
                         "8 layers": ("forgiving", "depth8", "test_error_range")}}, joined="columns"),
            Points("Worst of these deviations", ERROR, {"": {"1 layer": ("forgiving", "depth1", "worst_test_error")}},
                   bars={"bar: 50 %": 50.0}),
            Points("From a deviation of 0.01", ERROR,
                   {"": {"no layer": ("forgiving", "depth0", "test_error_0.01"),
                         "1 layer": ("forgiving", "depth1", "test_error_0.01")}}, joined="columns"),
            Lines("Over all deviations", "standard deviation of the initial weights", LOG_ERROR,
                  {f"{d} hidden layer{'s' * (d > 1)}": ("forgiving", f"depth{d}", "test_error_over_deviation")
                   for d in (1, 8)},
                  bars=CONSTANT, ticks=dict(enumerate(DEVIATIONS)), scales=("linear", "log")),
        ),
    ),
    "spectral.svg": Picture(
        "Whether a net learns at all", ("random-init-super-important",),
        "Scales of 0.3 to 1.7 of Gaussian, orthogonal and, recurrent only, identity weights; each at one rate.",
        (
            Points("Settings of the initial weights", "count", {
                what: {"ten tanh layers": ("spectral", "mlp", metric), "recurrent": ("spectral", "rnn", metric)}
                for metric, what in (("stuck", "nothing learned"), ("learned", "learned"))
            }, bars={"bar: 1": 1.0}),
            *(Lines(title, "scale of the weights", f"training loss ({unit})",
                    {kind: ("spectral", net, f"train_loss_{kind}_over_100_scale") for kind in kinds},
                    bars={"best constant answer": chance}, times=0.01)
              for net, title, unit, chance, kinds in (
                  ("mlp", "Ten tanh layers, MNIST", "nats", log(10), KINDS[:2]),
                  ("rnn", "Recurrent, adding problem", "squared error", 1 / 6, KINDS))),
        ),
    ),
    "glorot.svg": Picture(
        "Glorot's weights and the older ones", ("glorot-recommended",),
        "Tanh, four hidden layers of 300, 50 000 images, eight epochs of SGD; a line joins the nets of a seed.",
        tuple(
            Points(title, y, {"": {"standard": ("glorot", "tanh_standard", metric),
                                   "Glorot": ("glorot", "tanh_glorot", metric)}}, bars=bars, joined="columns")
            for metric, title, y, bars in (
                ("epochs_to_target", "To 3 % validation error", "epochs", {"budget": 8.0}),
                ("test_error", "At the end", ERROR, {}))
        ),
    ),
    "multiplier.svg": Picture(
        "Multiples of Glorot's bound", ("sigmoid-four-times",),
        "Width 128, 10 000 images, ten epochs of SGD; below 1 four times the bound ends lower.",
        (
            _over("sigmoid", "Sigmoid: 4 times the bound", {f"over {n} times": f"x4_over_x{n}" for n in (1, 2, 8)},
                  range(1, 6)),
            _over("tanh", "tanh: 4 times the bound", {"over 1 time": "x4_over_x1"}, range(1, 6)),
        ),
    ),
    "activations.svg": Picture(
        "Three activations", ("activation-ranking",),
        "Width 256, and a small CNN; 50 000 images, eight epochs of SGD, each from its own weights at its own rate; a "
        "line joins the nets of a seed.",
        (Points("After eight epochs", LOG_ERROR, {
            name: {what: ("activations", f"{unit}_{net}", "test_error") for net, what in (
                ("depth1", "1 layer"), ("depth2", "2 layers"), ("depth4", "4 layers"), ("depth8", "8 layers"),
                ("cnn", "CNN"))}
            for unit, name in (("relu", "ReLU"), ("tanh", "tanh"), ("sigmoid", "sigmoid"))
        }, joined="series", scale="log"),),
    ),
    "saturation.svg": Picture(
        "Gradients through saturated units", ("saturation-kills-gradient",),
        "Untrained nets of five layers of 256; weights are 0.5 to 10 times Glorot's, or biases as much.",
        (
            Points("Saturated units over others of their layer", "ratio of mean |dL/dz| (log scale)",
                   {"": {unit: _curve(f"{unit}_all", "saturated_ratio") for unit in ("sigmoid", "tanh")}}, bars=RATIO,
                   scale="log"),
            *(Lines(title, "share of units that are saturated", "log10 gradient at layer 1",
                    {unit: _curve(f"{unit}_{what}", "log10_gradient") for unit in ("sigmoid", "tanh")},
                    against={unit: _curve(f"{unit}_{what}", "saturated") for unit in ("sigmoid", "tanh")})
              for what, title in (("all", "Larger weights"), ("biases", "Larger biases"))),
        ),
    ),
    "dead_units.svg": Picture(
        "Dead ReLU units", ("dead-relu-lr",),
        "Two hidden layers of 128, 10 000 images, five epochs of SGD; a line ends where the net diverges.",
        (
            Points("Dead at the largest rate less at the smallest", "share of units",
                   {"": {"of one seed": ("dead_units", "relu_and_leaky", "dead_rise")}}, bars={"bar: 0": 0.0}),
            Lines("Over the rates", "learning rate", "share of units that no image activates",
                  {"ReLU": ("dead_units", "relu_and_leaky", "dead_over_rate")}, bars={"a fifth": 0.2},
                  ticks=dict(enumerate(RATES))),
        ),
    ),
    "eighties.svg": Picture(
        "From a recipe of the eighties to one of 2015", ("eighties-ablation",),
        "The mean of what a factor saves when added to the old recipe and taken from the modern one; 10 000 images.",
        (
            Points("Shares of the error saved", "share",
                   {"": {what: ("eighties", "recipes", f"share_{factor}") for factor, what in FACTORS.items()}},
                   bars={"bar: 0.5": 0.5}),
            Points("Old recipe with ReLU and dropout, less modern", "test error (points)",
                   {"": {"of one seed": ("eighties", "recipes", "error_left")}}, bars={"bar: 0": 0.0}),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
