"""The pictures of inputs: what a large mean costs and what it does to updates, and errors by form of the input."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Cell, Lines, Picture, Points
from common.trials import Trial

MEANS = {"centred": "0", "mean_1": "1", "mean_10": "10", "mean_100": "100", "recentred": "100,\ntaken\naway again"}
FORMS = {"standardised": "x", "log1p_standardised": "log(1+x)"}
CASES = {
    "lognormal_0.03": "σ 0.03", "lognormal_0.1": "σ 0.1", "lognormal_1": "σ 1", "lognormal_2": "σ 2",
    "lognormal_4": "σ 4", "sparse_2": "sparse", "linear_2": "linear\ntarget",
}  # fmt: skip


def _means(metric: str) -> Mapping[str, Cell]:
    return {name: ("offsets", arm, metric) for arm, name in MEANS.items()}


def _pair(first: str, second: str) -> Mapping[str, Cell]:
    return {"0": ("offsets", first, "updates"), "100": ("offsets", second, "updates")}


BUDGET = {"budget: 3000": 3_000.0}
UPDATES = "updates to a loss of 0.4 (log scale)"
FIGURES = {
    "offsets.svg": Picture(
        "Inputs of a large mean", ("centre-inputs",),
        "MNIST, 5000 images, a hidden layer of 64 ReLU units, plain SGD at the rate that pilots chose for each mean; a "
        "thin line joins those of a seed.",
        (
            Points("What a mean costs", UPDATES, {"": _means("updates")}, "mean of the inputs", BUDGET, "columns",
                   "log"),
            Points("The first update, at a rate of 1", "norm, first layer (log scale)",
                   {"": _means("first_step_norm")}, "mean of the inputs", {}, "columns", "log"),
            Points("How alike two updates in a row are", "cosine, mean over units", {"": _means("cosine")},
                   "mean of the inputs", {"0": 0.0}, "columns"),
            Points("The same, whichever way they go", "size of the cosine", {"": _means("absolute_cosine")},
                   "mean of the inputs", {"scope: 0.9": 0.9}, "columns"),
            Points("Other nets and optimisers", UPDATES,
                   {"softmax regression": _pair("logistic_centred", "logistic_mean_100"),
                    "Adam": _pair("adam_centred", "adam_mean_100")}, "mean of the inputs", BUDGET, "columns", "log"),
            Lines("Losses as they train", "updates", "loss, held out (nats, log scale)",
                  {f"mean {name}": ("offsets", arm, "held_out_loss") for arm, name in MEANS.items() if "," not in name},
                  bars={"0.4": 0.4}, scales=("symlog", "log")),
        ),
    ),
    "magnitudes.svg": Picture(
        "Inputs of many magnitudes", ("log1p-inputs",),
        "Eight inputs exp(σ z), a hidden layer of 32 ReLU units, 2000 steps of plain SGD at the rate that pilots chose "
        "for each column. 1 is answering the mean of the targets; a thin line joins those of a seed.",
        (
            Points("Standardised as they are, or their logarithms", "squared error / variance (log scale)",
                   {name: {case: ("magnitudes", f"{arm}_{form}", "test_error") for arm, case in CASES.items()}
                    for form, name in FORMS.items()}, "inputs", {"the mean": 1.0}, "series", "log"),
            Points("Other forms, σ 2", "squared error / variance (log scale)",
                   {"": {name: ("magnitudes", f"lognormal_2_{form}", "test_error")
                         for form, name in {"raw": "x as\nit is", "log1p": "log(1+x)\nas it is", "rank": "rank",
                                            "log1p_standardised": "log(1+x)\nstandard-\nised"}.items()}},
                   "form", {"the mean": 1.0}, "columns", "log"),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
