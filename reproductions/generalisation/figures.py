"""The pictures of how nets generalise."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Cell, Picture, Points
from common.trials import Trial


def _columns(study: str, arm: str, columns: Mapping[str, str]) -> Mapping[str, Mapping[str, Cell]]:
    """One series: the name of a column to a metric of that arm."""
    return {"": {name: (study, arm, metric) for name, metric in columns.items()}}


WORLDS = {
    "three": "3", "four": "4", "five": "5", "six": "6", "noisy": "3,\nnoisy", "correlated": "3, cor-\nrelated",
    "entangled_0.5": "0.5", "entangled_1": "1", "entangled_2": "2",
}  # fmt: skip
BITS = (8, 6, 5, 4, 3, 2)
STOPPED = {"least\nerror": "error_stopped", "least\nloss": "error_by_loss", "end": "error_end"}
SIZES = (300, 600, 1200, 2400, 4800, 9600, 19200)
MOVES = {
    "plain": "as they\nare", "both": "both", "shift": "shifted", "turn": "turned",
    "harmful": "turned\nanyhow,\nmirrored",
}  # fmt: skip
AVERAGES = {
    "one": "mean_member_error", "two": "average_of_2", "three": "average_of_3", "five": "average_of_5",
    "ten": "average_error", "vote\nof ten": "vote_error",
}  # fmt: skip
FIGURES: Mapping[str, Picture] = {
    "combinations.svg": Picture(
        "A combination that was never met", ("distributed-holdout",),
        "A net of 64 ReLU units with an output for each factor; one combination of them is left out of training. "
        "The last three columns have three factors, of which pairs add something of their own.",
        (
            Points("Cases of it that are told in full", "share",
                   {"": {name: ("held_out_cell", arm, "held_out_right") for arm, name in WORLDS.items()}},
                   "factors; doses of what pairs add", {"asked for": 0.5}),
        ),
    ),
    "gaps.svg": Picture(
        "Examples and weights", ("valiant-32n",),
        "A net of N = 100 weights, a fifth of the labels wrong. The gap is the share of wrong labels among fresh "
        "examples less that among the training examples; a thin line joins those of a seed.",
        (
            Points("The gap falls with the examples", "gap, share",
                   _columns("parameters", "n100", {f"{m}": f"gap_{m}" for m in (0.25, 1, 4, 16, 32, 128)}),
                   "examples over weights", {"0.02": 0.02}, "columns"),
        ),
    ),
    "bits.svg": Picture(
        "Weights of few bits", ("four-bit-weights",),
        "MNIST, a net of two hidden layers of 100 ReLU units, whose weights keep their top bits after training. The "
        "yardstick is how far the error of another float net is from it; a thin line joins those of a seed.",
        (
            Points("How far the error moves", "points of per cent (log scale)",
                   _columns("weight_bits", "net", {"other\nnet": "between_nets"}
                            | {f"{bits}": f"moved_layer_{bits}" for bits in BITS}
                            | {"4 and\nnoise": "moved_filled_4", "Keras\nint4": "moved_keras"}),
                   "bits a weight, a scale for each matrix", {"half a point": 0.5}, "columns", "symlog"),
        ),
    ),
    "doublings.svg": Picture(
        "More data", ("more-data",),
        "MNIST, one hidden layer of 100 ReLU units, stopped at the least validation error. A seed's larger sets hold "
        "its smaller ones; a thin line joins those of a seed.",
        (
            Points("The error by the number of images", "test error, % (log scale)",
                   _columns("more_data", "net", {f"{size}": f"error_{size}" for size in SIZES}), "training images", {},
                   "columns", "log"),
        ),
    ),
    "stopping.svg": Picture(
        "Stopping early", ("early-stopping",),
        "MNIST, 1000 training images, one hidden layer of 100 ReLU units, 3000 steps of Adam. All looks of a seed are "
        "of one run; a thin line joins them.",
        (
            Points("Errors of one run where it is stopped", "test error, %",
                   {name: {told: ("early_stopping", arm, metric) for told, metric in STOPPED.items()}
                    for name, arm in (("labels as they are", "clean"), ("one of five drawn at random", "noise_20"))},
                   "where it is stopped", {}, "columns"),
        ),
    ),
    "moves.svg": Picture(
        "Images that are shifted and turned", ("augmentation-images",),
        "MNIST of 14 by 14 pixels, 3000 training images, a hidden layer of 128 ReLU units, 2000 updates for each. Test "
        "images stay as they are; a thin line joins those of a seed.",
        (
            Points("The error by how training images are moved", "test error, %",
                   {"": {name: ("moves", arm, "error") for arm, name in MOVES.items()}}, "training images", {},
                   "columns"),
        ),
    ),
    "ensembles.svg": Picture(
        "Ten nets and their average", ("ensemble-10", "ensemble-confidence"),
        "MNIST of 14 by 14 pixels, 1000 training images, nets of 128 ReLU units that differ in initial weights and "
        "batches. A seed is an ensemble; a thin line joins its columns.",
        (
            Points("The error of members, averages and votes", "test error, %",
                   _columns("ensembles", "ten", AVERAGES), "nets", {}, "columns"),
        ),
    ),
    "pairs.svg": Picture(
        "When two nets agree", ("ensemble-two-70-percent",),
        "Pairs of nets of 32 ReLU units on MNIST of 14 by 14 pixels, each stopped at that share of wrong labels. "
        "Beside them what two classifiers with independent errors would come to.",
        (
            Points("Right where both give the same answer", "share",
                   {"": {name: ("pairs", f"error_{error}", metric) for error in (70, 30)
                         for name, metric in ((f"{error} %", "right_given_agree"),
                                              (f"{error} %, inde-\npendent", "independent"))}},
                   "wrong labels of each", {"asked for": 0.5, "scope: 0.95": 0.95}),
        ),
    ),
    "pretraining.svg": Picture(
        "What pre-training gains", ("pretraining-regime",),
        "MNIST of 14 by 14 pixels, two layers of 128 sigmoid units. Each point is two nets from the same weights, of "
        "which one first learns to undo noise on images without labels; a thin line joins those of a seed.",
        (
            Points("The gain by the number of labels", "points of per cent",
                   {"": {f"{m:,}".replace(",", " "): ("pretraining", f"labels_{m}", "gain")
                         for m in (100, 1_000, 10_000, 50_000)}}, "labels", {"none": 0.0}, "columns"),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
