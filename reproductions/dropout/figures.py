"""The pictures of dropout: its gain by net, curves over epochs, error by probability, and ways to use a net."""

from collections.abc import Mapping, Sequence

from common import panels
from common.figures import Scale
from common.panels import Cell, Key, Lines, Picture, Points
from common.trials import Trial

ERROR = "test error (%)"
ZERO, YES = {"bar: 0": 0.0}, {"bar": 1.0}
GRID = ("dropout-only-large-nets", "dropout-little-reason-not")
LONG = ("dropout-longer-better", "no-dropout-val-rises")
PROBABILITIES = ("0", "0.1", "0.3", "0.5", "0.7", "0.8")
SIZES = {
    f"width{width}_images{images}": f"{width} units,\n{images} images"
    for width in (200, 1000)
    for images in (1000, 10000)
}
DATA = {"constant": "10 000 images", "all_images": "50 000 images", "few_images": "1000 images"}
WAYS = {  # what a use of the net does, over scaled weights
    "sample_error_times": "one mask:\nerror", "unscaled_error_times": "not scaled:\nerror",
    "unscaled_nll_times": "not scaled:\n-log p", "halved_nll_times": "half:\n-log p",
    "doubled_nll_times": "twice:\n-log p",
}  # fmt: skip


def _gain(title: str, columns: Mapping[str, str], y: str = "error saved by dropout (points)") -> Points:
    cells: dict[str, Cell] = {name: ("grid", arm, "gain") for name, arm in columns.items()}
    return Points(title, y, {"": cells}, bars=ZERO)


def _longer(arm: str, metric: str) -> Lines:
    lines: dict[str, Key] = {
        f"{word} dropout": ("longer", arm, f"{which}_{metric}")
        for which, word in (("plain", "without"), ("dropout", "with"))
    }
    y = {"error": "validation error (%)", "nll": "validation -log p (nats, log scale)"}[metric]
    scales: tuple[Scale, Scale] = ("linear", "log" if metric == "nll" else "linear")
    return Lines(DATA[arm], "steps of 100 images", y, lines, scales=scales, skipped=1)


FIGURES = {
    "helps.svg": Picture(
        "Dropout in a net of 2 × 1024 units", ("dropout-helps",),
        "60 000 images, 60 epochs, rate falling to zero; a line joins the nets of a seed.",
        (Points("Dropout alone", ERROR, {"": {
            "without": ("helps", "plain", "test_error"), "with dropout": ("helps", "dropout", "test_error"),
        }}, joined="columns"),),
    ),
    "grid.svg": Picture(
        "What dropout saves, by net and data", GRID,
        "Error without less that with dropout, of the same seed; 10 000 images and 60 epochs unless said otherwise, "
        "100 epochs of few images and of sinusoids.",
        (
            Points("By width and depth", "error saved by dropout (points)", {
                f"{depth} layer{'s' * (depth > 1)}":
                {str(width): ("grid", f"width{width}_depth{depth}", "gain") for width in (100, 200, 500, 1200)}
                for depth in range(1, 6)
            }, x="units a layer", bars=ZERO),
            _gain("On 5000 images", {"100 × 2": "width100_depth2_images5000", "500 × 2": "width500_depth2_images5000",
                                     "1200 × 3": "width1200_depth3_images5000"}),
            _gain("Where it may hurt", {
                "8 units": "width8", "16 units": "width16", "1 epoch, 100": "one_epoch_width100",
                "1 epoch, 500": "one_epoch_width500", "1 epoch, 1200": "one_epoch_width1200", "100 images": "images100",
                "200 images": "images200", "500 images": "images500"}),
            _gain("A noisy sinusoid goes on", {"64 units": "sine_width64", "512 units": "sine_width512"},
                  "saved by dropout (% of variance)"),
        ),
    ),
    "longer.svg": Picture(
        "Long training", LONG,
        "Two layers of 512 units, constant rate. Slopes are those of the smoothed curve over the last half.",
        (
            Points("Does the validation error rise?", "slope (points per 100 epochs)", {
                f"{word} dropout": {what: ("longer", arm, f"{which}_error_slope") for arm, what in DATA.items()}
                for which, word in (("plain", "without"), ("dropout", "with"))
            }, bars=ZERO),
            Points("Last surprise over the least, without dropout", "rise (ratio less 1)",
                   {"": {what: ("longer", arm, "plain_nll_rise") for arm, what in DATA.items()}},
                   bars={"a fifth": 0.2}),
            _longer("constant", "error"), _longer("constant", "nll"),
            _longer("all_images", "error"), _longer("few_images", "error"),
        ),
    ),
    "probability.svg": Picture(
        "The probability of being dropped", ("dropout-tune-p",),
        "Two hidden layers; the probability of the inputs stays. Tuned: the one that validation images choose.",
        (
            Points("Does the tuned one err less than one half?", "tuned errs less",
                   {"": {name: ("probability", arm, "tuned_better") for arm, name in SIZES.items()}}, bars=YES,
                   answers=True),
            Points("What tuning saves", "share of the error at one half",
                   {"": {name: ("probability", arm, "tuned_gain") for arm, name in SIZES.items()}},
                   bars={"bar: 0.1": 0.1}),
            *(Points(f"{images} images", "test error (%, log scale)", {
                f"{width} units": {p: ("probability", f"width{width}_images{images}", f"test_error_{p}")
                                   for p in PROBABILITIES}
                for width in (200, 1000)
            }, x="probability", joined="columns", scale="log") for images in (1000, 10000)),
        ),
    ),
    "scaling.svg": Picture(
        "Ways to use a net that was trained with dropout", ("dropout-test-scaling",),
        "One net of each kind a seed, 2 × 512 units, 50 000 images; half and twice are of the right factors.",
        (
            Points("Over the net with scaled weights", "ratio (log scale)", {
                name: {what: ("scaling", arm, metric) for metric, what in WAYS.items()}
                for arm, name in (("trained", "without biases"), ("biases", "with biases"))
            }, bars={"bar: 1": 1.0}, scale="log"),
            Points("Errors", ERROR, {
                name: {what: ("scaling", arm, f"test_{way}_error") for way, what in (
                    ("scaled", "scaled"), ("unscaled", "not\nscaled"), ("sample", "one\nmask"),
                    ("average_few", "mean\nof 10"), ("average_many", "mean\nof 100"))}
                for arm, name in (("trained", "without biases"), ("biases", "with biases"))
            }),
        ),
    ),
    "large_nets.svg": Picture(
        "Four layers of 2000 units", ("dropout-4x2000",),
        "ReLU nets, 60 000 images, 20 epochs; a line joins the nets of a seed.",
        (Points("With dropout, without, and a small net", ERROR, {"": {
            "2 × 200, L2": ("large_nets", "small_l2", "test_error"),
            "4 × 2000": ("large_nets", "plain", "test_error"),
            "4 × 2000, dropout": ("large_nets", "dropout", "test_error"),
        }}, joined="columns"),),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
