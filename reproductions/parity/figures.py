"""The pictures of parity: the frontier over n, first layers and their scale, the staircase, linearity, and counts."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Cell, Key, Lines, Picture, Points
from common.trials import Trial

SOLVED = {"bar: 0.95": 0.95}
CHANCE = {"chance": 0.5}
BITS = (16, 25, 29, 31)
BUDGETS = {"frontier": 15_001_600, "ladder": 1_280_000, "biased": 640_000}
UNITS = {"tanh": "tanh", "sigmoid": "sigmoid", "relu": "ReLU"}
RUNGS = ("x1", "x1x2", "x1x2x3", "x1x2x3x4")
TARGETS = {"staircase": "The staircase", "gap": "x1 + x1x2x3x4", "top": "x1x2x3x4 alone"}
BIASED = {
    "k3_fair": "3, fair", "k3_all_bias0.2": "3, all\nbiased", "k3_relevant_bias0.2": "3, those\nbiased",
    "k4_fair": "4, fair", "k4_all_bias0.2": "4, all\nbiased",
}  # fmt: skip


def _times(title: str, study: str, columns: Mapping[str, Cell]) -> Points:
    bars = {"budget": float(BUDGETS[study])}
    return Points(title, "strings (log scale)", {"": columns}, bars=bars, joined="columns", scale="log")


def _accuracy(title: str, columns: Mapping[str, Cell], x: str) -> Points:
    return Points(title, "accuracy on fresh strings", {"": columns}, x, SOLVED | CHANCE)


def _cube(study: str, title: str, y: str, metric: str) -> Lines:
    lines: dict[str, Key] = {f: (study, "cube", f"{f}_{metric}") for f in ("parity", "majority", "random")}
    return Lines(title, "bits n", y, lines)


FIGURES = {
    "frontier.svg": Picture(
        "How many bits of parity a net learns", ("parity-frontier",),
        "One hidden layer of 512, Adam, Glorot weights, 15 million strings; on the budget a seed was not solved.",
        (
            _accuracy("Over the last tenth of a run", {str(n): ("frontier", f"adam_n{n}", "accuracy") for n in BITS},
                      "bits n"),
            _times("Strings to 0.95; a thin line joins a seed's", "frontier",
                   {str(n): ("frontier", f"adam_n{n}", "strings_to_95") for n in BITS}),
        ),
    ),
    "initialisation.svg": Picture(
        "Parity of 31 bits from weights of ±1/√n", ("parity-31-possible",),
        "One hidden layer of 2048, Adam, 1.5 million strings.",
        (_accuracy("First layer of ±1/√n", {
            "parity": ("initialisation", "rademacher", "test_accuracy"),
            "coin flips": ("initialisation", "rademacher_coin_labels", "test_accuracy"),
        }, "labels"),),
    ),
    "larger_init.svg": Picture(
        "Larger initial weights", ("parity-larger-init",),
        "One hidden layer of 512, Adam at a rate for each scale k, 1.5 million strings.",
        (_accuracy("First layer of k·N(0, 1/n), and of signs", {
            **{f"31 bits,\nk = {k}": ("larger_init", f"gaussian_n31_scale{k}", "test_accuracy")
               for k in ("0.3", "1", "3", "10")},
            "16 bits,\nk = 0.3": ("larger_init", "gaussian_n16_scale0.3", "test_accuracy"),
            "31 bits,\n±1/√n": ("larger_init", "signs_n31_scale1", "test_accuracy"),
        }, ""),),
    ),
    "linearity.svg": Picture(
        "How linear untrained nets are", ("linear-at-init",),
        "Width 512, Glorot weights, strings of 20 bits; judged are two hidden layers.",
        (Points("Best affine fit", "R²", {
            name: {str(d): ("linearity", f"bits_{unit}_width512_scale1", f"r_squared_depth{d}") for d in (1, 2, 4, 8)}
            for unit, name in UNITS.items()
        }, "hidden layers", {"bar: 0.5": 0.5}),),
    ),
    "ladder.svg": Picture(
        "From simple correlations to complicated ones", ("correlation-ladder",),
        "30 bits, one hidden layer of 128, online SGD on squared loss; on the budget a rung was not half learned.",
        (
            Points("Half learned in their order?", "in order",
                   {"": {"the staircase": ("ladder", "staircase", "in_order")}}, bars={"bar": 1.0}, answers=True),
            _times("The top rung; a thin line joins a seed's", "ladder",
                   {name: ("ladder", target, "half_time4") for target, name in TARGETS.items()}),
            Points("Units that came to attend to each bit", "units, where they are fewest",
                   {"": {"the staircase": ("ladder", "staircase", "least_units_gained")}}, bars={"bar: 3": 3.0}),
            *(Lines(name, "SGD steps of 64 strings", "correlation with the monomial",
                    {rung: ("ladder", target, f"test_coefficient{d}") for d, rung in enumerate(RUNGS, start=1)},
                    bars={"half learned": 0.5}) for target, name in TARGETS.items()),
        ),
    ),
    "biased.svg": Picture(
        "Sparse parity with and without easy correlations", ("parity-easy-correlation-needed",),
        "Parity of 3 or 4 of 30 bits, SGD, a rate for each; biased bits are +1 with probability 0.7.",
        (_times("Strings to a balanced accuracy of 0.95; a thin line joins a seed's", "biased",
                {name: ("biased", arm, "strings_to_95") for arm, name in BIASED.items()}),),
    ),
    "correlations.svg": Picture(
        "Correlations of functions of n bits", ("parity-uncorrelated",),
        "Exact, over every string of 2 to 16 bits; one random function of each length.",
        (
            Points("Parity, the largest over n", "size", {"": {
                "with a bit": ("correlations", "cube", "parity_linear"),
                "R², linear": ("correlations", "cube", "parity_r_squared"),
                "lower degree": ("correlations", "cube", "parity_lower_degree"),
            }}, bars={"bar: 0": 0.0}),
            _cube("correlations", "With a single bit", "largest correlation", "linear"),
            _cube("correlations", "Best linear function", "R²", "r_squared"),
        ),
    ),
    "sensitivity.svg": Picture(
        "Flips of a bit that change the function", ("parity-unstable",),
        "Exact, over every string of 2 to 16 bits; one random function of each length.",
        (
            Points("Parity, the largest over n", "distance", {"": {
                "sensitivity\nfrom n": ("sensitivity", "cube", "parity_sensitivity_error"),
                "correlation with a noisy\ncopy from (1-2p)^n": ("sensitivity", "cube", "parity_noise_error"),
            }}, bars={"bar: 0": 0.0}),
            _cube("sensitivity", "Average sensitivity", "bits whose flip changes it", "sensitivity"),
        ),
    ),
    "xor.svg": Picture(
        "A single unit and exclusive-or", ("xor-perceptron-blind",),
        "Left exact, over all weights of a threshold unit; right trained on the four cases.",
        (
            Points("The best of all units", "share of the four cases right", {"": {
                f: ("separability", "two_bits", f"best_{f.lower()}") for f in ("AND", "OR", "XOR")}},
                bars={"bar: 1": 1.0}),
            Points("The best look in training", "share of the four cases right", {
                "perceptron": {f: ("xor", f"perceptron_{f.lower()}", "best_accuracy") for f in ("AND", "OR", "XOR")},
                "logistic unit": {f: ("xor", f"logistic_{f.lower()}", "best_accuracy") for f in ("AND", "OR", "XOR")},
                "2 hidden": {"XOR": ("xor", "hidden2_xor", "best_accuracy")},
                "8 hidden": {"XOR": ("xor", "hidden8_xor", "best_accuracy")},
            }, bars={"0.75": 0.75, "all": 1.0}),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
