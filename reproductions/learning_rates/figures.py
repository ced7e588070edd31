"""The pictures of learning rates: losses over rates and update ratios by problem, and rates that are divided."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Cell, Lines, Picture, Points
from common.trials import Trial

PROBLEMS = {
    ("images", "mlp"): "MLP", ("images", "tanh_deep"): "deep tanh", ("images", "normed"): "batch norm",
    ("images", "cnn"): "CNN", ("text", "characters_mlp"): "text MLP", ("text", "characters_cnn"): "text CNN",
    ("text", "characters_lstm"): "text LSTM", ("generated", "friedman"): "regression", ("generated", "moons"): "moons",
    ("generated", "majority"): "majority", ("generated", "resets_rnn"): "resets RNN",
    ("generated", "recall_gru"): "recall GRU",
}  # fmt: skip
LOSS = "test loss (log scale)"
RULES = {
    "constant": "constant", "by_2": "by 2", "by_5": "by 5", "by_10": "by 10",
    "by_2_on_training": "by 2,\ntraining\nloss",
    "one_over_t": "1/t",
}  # fmt: skip


def _each(metric: str, ending: str = "") -> Mapping[str, Cell]:
    return {name: (study, f"{arm}{ending}", metric) for (study, arm), name in PROBLEMS.items()}


def _over(title: str, *arms: str) -> Lines:
    """Losses of some problems over the rate."""
    lines = {name: (study, arm, "loss_over_rate") for (study, arm), name in PROBLEMS.items() if arm in arms}
    return Lines(title, "log10 learning rate", LOSS, lines, times=0.01, scales=("linear", "log"))


HALVES = ("mlp", "tanh_deep", "normed", "cnn", "characters_mlp", "characters_cnn"), (
    "characters_lstm", "friedman", "moons", "majority", "resets_rnn", "recall_gru",
)  # fmt: skip
TRAINED = "300 steps of 32 examples by plain SGD."
FIGURES = {
    "three_rates.svg": Picture(
        "Rates of 0.01, 0.1 and 1 on twelve problems", ("lr-point-one",),
        f"{TRAINED} A thin line joins those of a seed.",
        (
            Points("Test losses at three rates", LOSS,
                   {rate: _each(f"loss_{rate}") for rate in ("0.01", "0.1", "1")}, "problem", {}, "series", "log"),
            Points("The best rate", "log10 learning rate", {"": _each("log10_best_rate")}, "problem",
                   {"0.1": -1.0, "bar: 1": 0.0}),
            Points("Under a momentum of 0.9", LOSS,
                   {rate: _each(f"loss_{rate}", "_momentum") for rate in ("0.01", "0.1", "1")}, "problem",
                   scale="log"),
            Points("Do they learn at all?", "loss at the best rate / knowing nothing", {"": _each("relative_best")},
                   "problem", {"bar: 0.9": 0.9}),
            *(_over(f"Over the rate, {number} of two", *arms) for number, arms in enumerate(HALVES, start=1)),
        ),
    ),
    "ratios.svg": Picture(
        "How far a step moves the weights", ("update-ratio-1e-3",),
        f"{TRAINED} The ratio is the norm of an update over that of the weights, the median over the first 30 steps.",
        (
            Points("The ratio at the best rate", "update ratio (log scale)", {"": _each("best_ratio")}, "problem",
                   {"bar: 3e-4": 3e-4, "bar: 3e-3": 3e-3}, scale="log"),
            Points("Rates of ratio 1e-5 and less, and the best", LOSS,
                   {"1e-5 and less": _each("loss_to_1e-05"), "best": _each("loss_best")}, "problem", {}, "series",
                   "log"),
            Points("Rates of ratio 0.1 and more, and the best", LOSS,
                   {"0.1 and more": _each("loss_from_0.1"), "best": _each("loss_best")}, "problem", {}, "series",
                   "log"),
        ),
    ),
    "plateau.svg": Picture(
        "Rates that are divided where the validation error stops falling", ("lr-decay-plateau",),
        "MNIST, 5000 images, a hidden layer of 128 ReLU units, 30 epochs, each rule from the rate that pilots chose "
        "for it; a thin line joins those of a seed.",
        (
            Points("What they come to", "test error (%)",
                   {"": {name: ("plateau", arm, "test_error") for arm, name in RULES.items()}}, "rule", {}, "columns"),
            Points("When the constant rate stalls", "epochs", {"": {"constant": ("plateau", "constant", "stalled_at")}},
                   "", {"bar: 15": 15.0}),
            Lines("Validation errors", "epochs", "validation error (%)",
                  {name.replace("\n", " "): ("plateau", arm, "validation_error") for arm, name in RULES.items()
                   if arm in ("constant", "by_2", "by_5")}, skipped=2),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
