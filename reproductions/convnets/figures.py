"""The pictures of convolutional nets: weights counted, and errors by how the layers are connected."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Gap, Key, Picture, Points
from common.trials import Trial

NO_DIFFERENCE = {"no difference": 0.0}
FORMS = {"as they\nare": "plain", "pixels\nexchanged": "permuted", "a sign\nfor each": "signed"}
WINDOWS = {
    "one\n7x7": "seven", "three\n3x3": "three_threes", "one\n5x5": "five", "two\n3x3": "threes", "four\n2x2": "twos",
    "1x1": "ones",
}  # fmt: skip


def _sharing(arm: str, metric: str) -> Key:
    return ("sharing", arm, metric)


def _filters(net: str) -> Key:
    return ("filters", net, "held_out_error")


def _vision(metric: str, arm: str = "nets") -> Key:
    return ("vision", arm, metric)


def _apart(form: str) -> Gap:
    return Gap(_sharing(form, "conv_error"), _sharing(form, "local_error"))


FIGURES = {
    "parameters.svg": Picture(
        "Weights of a layer of 32x32x30 units", ("conv-parameter-count",),
        "Two layers that see 5x5x3 pixels a unit, built and counted.",
        (
            Points("Counted", "weights (log scale)", {"": {
                "one for each\nplace": ("parameters", "layers", "unshared_weights"),
                "shared": ("parameters", "layers", "shared_weights"),
            }}, bars={"3 million, rounded: from": 2_500_000.0, "to": 3_500_000.0, "2250": 2_250.0},
                joined="columns", scale="log"),
        ),
    ),
    "sharing.svg": Picture(
        "Filters shared by all places, or learned at each", ("parameter-sharing-helps",),
        "2000 images of 14x14 pixels, 800 ReLU units and ten logits, 1000 steps of Adam.",
        (
            Points("Errors", "per cent wrong", {
                name: {form: _sharing(arm, f"{net}_error") for form, arm in FORMS.items()}
                for name, net in {"shared": "conv", "each place": "local"}.items()
            }, "pixels"),
            Points("Shared less each place", "points of per cent", {"": {f: _apart(arm) for f, arm in FORMS.items()}},
                   "pixels", NO_DIFFERENCE),
            Points("The same by images", "points of per cent", {"": {
                "500": _apart("images_500"), "2000": _apart("plain"), "5000": _apart("images_5000")}},
                "training images", NO_DIFFERENCE),
        ),
    ),
    "filters.svg": Picture(
        "Small filters in more layers, or large ones in few", ("small-filters-deeper",),
        "5000 images of 14x14 pixels, nets of two blocks and 4900 weights, 2000 steps of Adam.",
        (
            Points("Errors", "per cent wrong", {"": {name: _filters(net) for name, net in WINDOWS.items()}},
                   "layers of a block"),
            Points("Two layers of 3x3 less one of 5x5", "points of per cent", {"": {
                "largest\nof four": Gap(_filters("threes"), _filters("five")),
                "mean\nof four": Gap(_filters("threes_mean"), _filters("five_mean"))}}, "pooling", NO_DIFFERENCE),
        ),
    ),
    "vision.svg": Picture(
        "With and without convolutions", ("cnn-vision-important",),
        "5000 images of 14x14 pixels, each net at the best of its rates on validation images.",
        (
            Points("Errors", "per cent wrong", {"": {
                "convo-\nlutional": _vision("cnn_error"), "hidden\nlayer": _vision("mlp_error"),
                "scikit-\nlearn's": _vision("error", "sklearn_mlp"), "SVM": _vision("error", "svm"),
                "nearest": _vision("error", "knn")}}),
            Points("Convolutional less hidden layer", "points of per cent", {"": {
                "as they are": Gap(_vision("cnn_error"), _vision("mlp_error")),
                "moved": Gap(_vision("cnn_moved_error"), _vision("mlp_moved_error"))}}, "images", NO_DIFFERENCE),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
