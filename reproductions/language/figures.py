"""The pictures of language: errors of series, surprise at characters, and how often sentences are told rightly."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Cell, Picture, Points
from common.trials import Trial

SERIES = {
    "sunspots": "sun-\nspots", "mackey_glass": "Mackey-\nGlass", "sines": "sines", "henon": "Hénon",
    "regimes": "regimes",
}  # fmt: skip
NETS = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN", "mlp": "MLP", "ar": "AR"}


def _lstm(metric: str) -> Mapping[str, Cell]:
    return {name: ("series", f"{arm}_lstm", metric) for arm, name in SERIES.items()}


def _nats(**arms: str) -> Mapping[str, Cell]:
    """Column to an arm's surprise."""
    return {name.strip("_").replace("_", "\n"): ("characters", arm, "test_nats") for name, arm in arms.items()}


def _right(columns: Mapping[str, str], metric: str = "test_accuracy") -> Mapping[str, Cell]:
    return {name: ("polarity", arm, metric) for name, arm in columns.items()}


def _steps(steps: str, one: str) -> Mapping[str, Mapping[str, Cell]]:
    return {"LSTM": _lstm(one), "last value": _lstm(f"persistence_{steps}"), "mean": _lstm(f"mean_{steps}")}


ERROR = "squared error / that of the mean (log scale)"
FIGURES = {
    "series.svg": Picture(
        "Series: an LSTM beside the last value and the mean", ("lstm-time-series",),
        "From the last 32 values. The mean of the training part errs by 1; a thin line joins what a seed comes to.",
        (
            Points("One step ahead", ERROR, _steps("one", "one_step"), "series", {}, "series", "log"),
            Points("Other models, one step ahead", ERROR,
                   {told: {name: ("series", f"{arm}_{net}", "one_step") for arm, name in SERIES.items()}
                    for net, told in NETS.items()}, "series", {}, "", "log"),
            Points("20 steps ahead, fed with what was foretold", ERROR, _steps("twenty", "twenty_steps"), "series", {},
                   "series", "log"),
            Points("A linear autoregression", ERROR,
                   {"AR": {SERIES[arm]: ("series", f"{arm}_ar", "one_step") for arm in ("sunspots", "sines")},
                    "last value": {SERIES[arm]: ("series", f"{arm}_ar", "persistence_one")
                                   for arm in ("sunspots", "sines")}}, "series", {}, "series", "log"),
        ),
    ),
    "characters.svg": Picture(
        "Characters: recurrent nets beside n-grams", ("char-rnn-effective",),
        "Tiny Shakespeare, other pieces in each trial; the surprise at held-out characters. A thin line joins what a "
        "seed comes to.",
        (
            Points("On 200 kB", "nats a character",
                   {"": _nats(best_ngram="ngrams", GRU="gru", LSTM="lstm", RNN="rnn")}, "model", {}, "columns"),
            Points("n-grams by their order", "nats a character",
                   {"": {str(n): ("characters", "ngrams", f"test_nats_{n}") for n in range(1, 9)}}, "order", {},
                   "columns"),
            Points("By how much text there is", "nats a character",
                   {"n-gram": _nats(_50="ngrams_50k", _200="ngrams", _800="ngrams_800k"),
                    "GRU": _nats(_50="gru_50k", _200="gru", _800="gru_800k")}, "kB of training", {}, "series"),
        ),
    ),
    "polarity.svg": Picture(
        "Praise or blame: bags of words beside nets that see their order",
        ("syntax-free-text", "cnn-sentence-classification"),
        "Sentences of film reviews, another random split for each seed; a thin line joins the models of a split. A "
        "constant answer is right on half of them; the upper end of what it could be taken for is drawn.",
        (
            Points("Of 1066 held-out sentences", "share told rightly",
                   {"": _right({"words": "bags", "CNN": "cnn", "LSTM": "lstm", "words,\npairs": "pairs",
                                "mean of\nvectors": "averaged"})}, "model",
                   {"a constant": 0.5394, "76.1 (Kim)": 0.761, "81.5 (Kim)": 0.815}, "columns"),
            Points("The order of the words", "share told rightly by the CNN",
                   {"": {**_right({"learned,\nin order": "cnn"}),
                         **_right({"in order,\njudged mixed": "cnn"}, "scrambled_accuracy"),
                         **_right({"mixed": "cnn_scrambled"})}}, "words", {}, "columns"),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
