"""The pictures of gradients: what a check finds, which bugs train, Taylor's orders, minibatches, a roof."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Cell, Lines, Picture, Points
from common.trials import Trial
from reproductions.gradients.checking import NETS

TITLES = {"mlp": "MLP", "conv": "Convolutional net", "rnn": "Recurrent net"}


def _bugs(study: str, y: str, metric: str, bars: Mapping[str, float]) -> tuple[Points, ...]:
    """A panel a net, of every bug that is planted in it."""
    return tuple(
        Points(
            TITLES[net], y,
            {"": {bug.replace("_", " "): (study, "double" if study == "planted_bugs" else net, f"{metric}_{net}_{bug}")
                  for bug in module.BUGS}},
            bars=bars, scale="log",
        )
        for net, module in NETS.items()
    )  # fmt: skip


def _orders(title: str, arm: str) -> Points:
    columns: Mapping[str, Cell] = {
        word: ("taylor", arm, f"error_{k}") for k, word in enumerate(("first", "second", "third"), start=1)
    }
    return Points(title, "error of the predicted change (nats)", {"": columns}, "order", joined="columns", scale="log")


FIGURES = {
    "bugs.svg": Picture(
        "What gradient checking finds", ("gradient-check",),
        "Bugs planted in hand-written backward passes, against central differences in double precision; a bug is found "
        "above the bar. The right code lies near 1e-9.",
        _bugs("planted_bugs", "relative error", "error", {"bar: 1e-4": 1e-4}),
    ),
    "training.svg": Picture(
        "Which bugs train all the same", ("gradient-check",),
        "Gradient descent on one batch from the same weights; a bug trains all the same at 1.1 or less.",
        _bugs("buggy_training", "loss over that of the right gradient", "loss", {"1.1 times": 1.1}),
    ),
    "programs.svg": Picture(
        "A sine that adds up its series, differentiated", ("autodiff-exact",),
        "Computed. At π the truth is -1, and the program's own tolerance 0.001.",
        (
            Points("Distance of the automatic derivative", "from that by hand",
                   {"": {"the program": ("slide_programs", "sine", "apart"),
                         "a term less": ("slide_programs", "sine", "cut_apart")}},
                   bars={"bar: 1e-12": 1e-12}, scale="log"),
            Points("And from the truth", "from -1", {"": {"the program": ("slide_programs", "sine", "off")}},
                   bars={"bar: 0.001": 0.001}),
        ),
    ),
    "taylor.svg": Picture(
        "How well Taylor's orders predict a step of SGD", ("taylor-second-order",),
        "20 hidden units, after 100 steps of SGD at the best rate; a mean over 32 batches of 128.",
        (_orders("tanh", "tanh"), _orders("ReLU", "relu")),
    ),
    "minibatch.svg": Picture(
        "The variance of a minibatch's gradient", ("minibatch-gradient-stable",),
        "A small tanh net at its start; 200 minibatches of each size.",
        (
            Points("One picture and 128", "trace of the covariance",
                   {"": {"1": ("minibatch_gradient", "all", "trace_1"),
                         "128": ("minibatch_gradient", "all", "trace_128")}},
                   "pictures in the batch", joined="columns", scale="log"),
            Lines("All sizes", "pictures in the batch", "trace of the covariance",
                  {"with replacement": ("minibatch_gradient", "all", "trace")}, scales=("log", "log")),
        ),
    ),
    "roofline.svg": Picture(
        "A matrix times a vector, and times more columns", ("matvec-memory-bound",),
        "Counted: 1024×512, 300 GB/s and 6 TFLOP/s. Measured: one core of the machine on record, a point a block.",
        (
            Points("The slide's count", "time (μs)",
                   {"": {"memory": ("slide_arithmetic", "slide", "memory_microseconds"),
                         "compute": ("slide_arithmetic", "slide", "compute_microseconds")}},
                   joined="columns", scale="log"),
            Points("What twice as much gains", "times faster",
                   {"": {"operations\na second": ("slide_arithmetic", "slide", "gain_of_twice_the_speed"),
                         "bytes\na second": ("slide_arithmetic", "slide", "gain_of_twice_the_bandwidth")}},
                   bars={"nothing": 1.0}),
            Points("Printed figures that do not come out", "figures of five",
                   {"": {"rounded": ("slide_arithmetic", "slide", "figures_off"),
                         "within a digit": ("slide_arithmetic", "slide", "figures_far_off")}},
                   bars={"none": 0.0}),
            Points("Measured: share of the peak", "share of peak",
                   {"": {"1 column": ("roofline", "block", "vector_share"),
                         "512 columns": ("roofline", "block", "columns_share")}},
                   bars={"a fifth": 0.2, "half": 0.5}),
            Lines("Measured: pace", "columns", "billions of operations a second", {"": ("roofline", "block", "pace")},
                  scales=("log", "log")),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> dict[str, str]:
    """File name to SVG text, of the pictures that the record has something for."""
    return panels.draw(FIGURES, trials, curves)
