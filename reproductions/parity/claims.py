"""What is claimed about learning parity, and what decides each claim. Literals only."""

from math import log10
from typing import Any

from suite.edition_1_claims import CONTROL, Check, Claim, Fields, Published, at_least, at_most, second_look

POST: Fields = {"source": "sutskever2015overview", "locator": "comments, on parity", "dataset": "synthetic"}
SLIDES: Fields = {**POST, "source": "vitria2016intro", "locator": "slides, on the perceptron"}
THEOREM: Fields = {"expects": ("reproduced",), "published": Published("a theorem", "confirmed")}
UNKNOWN = Published("no number given", "none found")
ZERO: Fields = {"relation": "==", "threshold": 0.0}
ACCURACY: Fields = {"metric": "test_accuracy", "statistic": "median", "seeds": 10}
FRONTIER: Fields = {"study": "frontier", **ACCURACY}
SHARE: Fields = {**FRONTIER, "statistic": "proportion", "success": (">=", 0.99)}
LAYER, MANY = ({"study": "initialisation", **ACCURACY, "seeds": n} for n in (10, 64))
RESPONSE: Fields = {**LAYER, "statistic": "rank_correlation"}
DOSES = (0.0, 0.1, 0.2, 0.3, 0.5)
DOSED = tuple(f"rademacher_noise_{dose:g}" for dose in DOSES)
CUBE: Fields = {"study": "correlations", "arms": ("cube",), "statistic": "exact", "seeds": 1}
MAJORITY, RANDOM = ({**CUBE, "metric": metric} for metric in ("majority_ratio", "random_linear"))
SCALE: Fields = {"study": "larger_init", **ACCURACY}
RISING = tuple(f"gaussian_n20_scale{scale}" for scale in (1, 3, 10))
SLOPE: Fields = {**SCALE, "statistic": "slope"}
AT_16_BITS = ("gaussian_n16_scale3", "gaussian_n16_scale0.3")
STRINGS: Fields = {**SCALE, "arms": AT_16_BITS, "metric": "strings_to_99", "statistic": "ratio"}
FLIPS: Fields = {"study": "sensitivity", "arms": ("cube",), "statistic": "exact", "seeds": 1}
FLIPPED: Fields = {"study": "flipped_bits", "metric": "law_error", "statistic": "median", "seeds": 10}
AT_FIVE_PERCENT: Fields = {**FLIPPED, "metric": "flip_0.05_correlation"}
INPUTS = ("bits", "pixels")
AFFINE: Fields = {"study": "linearity", "statistic": "median", "seeds": 20}
ONE_LAYER: Fields = {**AFFINE, "arms": ("bits_relu_width512_scale1",), "metric": "r_squared_depth1"}
RUNG: Fields = {"study": "ladder", "metric": "test_coefficient4", "statistic": "median", "seeds": 24}
CLIMBED: Fields = {**RUNG, "statistic": "proportion", "success": (">=", 0.5)}
IN_ORDER: Fields = {**RUNG, "metric": "in_order", "statistic": "proportion", "success": (">=", 1.0), "slack": 0.2}
SLOWER, UNITS = {**RUNG, "metric": "half_time4", "statistic": "ratio"}, {**RUNG, "metric": "least_units_gained"}
BIASES = (0.0, 0.05, 0.1, 0.2)
BIASED: Fields = {"study": "biased", "metric": "strings_to_95", "seeds": 16}
UNIFORM: Fields = {**BIASED, "metric": "uniform_balanced_accuracy", "statistic": "median"}
XOR: Fields = {"study": "xor", "metric": "best_accuracy", "statistic": "exact", "seeds": 100}
RIGHT: Fields = {**XOR, "statistic": "proportion", "success": (">=", 1.0), "slack": 0.2}
TABLE: Fields = {"study": "separability", "arms": ("two_bits",), "statistic": "exact", "seeds": 1}
# The same on fewer seeds, for the quick tier.
QUICK_FRONTIER, QUICK_SCALE = ({**shared, "seeds": 4} for shared in (FRONTIER, SCALE))
QUICK_AFFINE: Fields = {**AFFINE, "metric": "least_r_squared", "seeds": 5}
QUICK_FLIPPED, QUICK_RUNG = ({**shared, "seeds": 5} for shared in (FLIPPED, RUNG))
QUICK_BIASED: Fields = {**UNIFORM, "metric": "test_balanced_accuracy", "seeds": 5}
QUICK_TIME: Fields = {**QUICK_BIASED, "metric": "strings_to_95"}
QUICK_LAYER, QUICK_XOR = {**LAYER, "seeds": 8}, {**XOR, "seeds": 10}
QUICK_NET: Fields = {**QUICK_XOR, "statistic": "median"}


def _gain(n: int, scale: int) -> Check:
    arms = (f"gaussian_n{n}_scale{scale}", f"gaussian_n{n}_scale0.3")
    return Check(f"gain-{n}-scale-{scale}", "gain-at-large-scale", arms=arms, cells=2, **at_least(0.1), **SCALE)


def _near(name: str, value: float, margin: float, **shared: Any) -> tuple[Check, Check]:
    """A control that a number is what theory says, within a margin: a check for each side."""
    least = Check(f"{name}-least", name, **at_least(value - margin), **shared, **CONTROL)
    return least, Check(f"{name}-most", name, **at_most(value + margin), **shared, **CONTROL)


def _affine(net: str, scale: float, entry: str, least: float) -> Check:
    arms = (f"{net}_width512_scale{scale:g}",)
    name = f"{net.replace('_', '-')}-scale-{scale:g}"
    return Check(name, entry, arms=arms, metric="least_r_squared", **at_least(least), **AFFINE)


def _falls_with_depth(net: str) -> Check:
    arms, name = (f"{net}_width512_scale1",), f"{net.replace('_', '-')}-falls-with-depth"
    return Check(name, "falls-with-depth", arms=arms, metric="fall_with_depth", **at_least(0.0), **AFFINE)


def _falls_with_scale(net: str) -> Check:
    arms = tuple(f"{net}_width512_scale{scale}" for scale in ("0.1", "0.5", "1", "2", "4"))
    shared = {**AFFINE, "metric": "r_squared_depth4", "statistic": "trend"}
    return Check(f"{net.replace('_', '-')}-falls-with-scale", "falls-with-scale", arms=arms, **at_most(0.0), **shared)


def _ten_times(task: str, where: str) -> Check:
    shared = {**BIASED, "arms": (f"{task}_fair", f"{task}_{where}_bias0.2"), "statistic": "ratio"}
    return Check(f"{task}-{where}-ten-times", "ten-times-fewer-strings", **at_least(10.0), **shared)


def _monotone(task: str, where: str, entry: str) -> Check:
    arms = (f"{task}_fair", *(f"{task}_{where}_bias{bias:g}" for bias in BIASES[1:]))
    shared = {**BIASED, "levels": BIASES, "statistic": "rank_correlation"}
    return Check(f"{task}-{where}-monotone", entry, arms=arms, **at_most(-0.9), **shared)


def _unit(unit: str, function: str) -> Check:
    name, arms = f"{unit}-{function}", (f"{unit}_{function}",)
    if function == "xor":
        return Check(name, "unit-on-xor", arms=arms, **at_most(0.75), **XOR)
    return Check(name, "unit-on-and-or", arms=arms, **at_least(1.0), **XOR, **CONTROL)


CLAIMS = (
    Claim(
        id="parity-frontier",
        **POST,
        statement="A trained net learns the parity of 25 bits, but not that of 31 bits within the same budget.",
        quotation="solve parity for 25 bits, 29 bits, but never for 31 bits",
        checks=(
            *second_look(
                Check("25-solved", "25-solved", arms=("adam_n25",), **at_least(0.5), **SHARE),
                Check("31-unsolved", "31-unsolved", arms=("adam_n31",), **at_most(0.5), **SHARE),
                Check("drop-25-to-31", "sharp-drop", arms=("adam_n25", "adam_n31"), **at_least(0.25), **FRONTIER),
            ),
            Check("16-solved", "25-solved", arms=("adam_n16",), **at_least(0.5), **SHARE, **CONTROL),
        ),
        quick=(
            Check("16-solved", "25-solved", arms=("adam_n16",), **at_least(0.97), **QUICK_FRONTIER),
            Check("31-at-chance", "31-unsolved", arms=("adam_n31",), **at_most(0.8), **QUICK_FRONTIER),
        ),
        prior=(
            "Direction likely; the boundary depends on budget, width, optimiser and initial weights. A check of one "
            "seed at 1.5 million strings gave 0.99 at 24 bits, 0.83 at 25 and 0.56 at 31."
        ),
        expects=("reproduced",),
        published=Published("25 and 29 bits learned, 31 never", "confirmed"),
    ),
    Claim(
        id="parity-31-possible",
        **POST,
        statement="The parity of 31 bits can be learned: a first layer of ±1/sqrt(n) weights is enough.",
        quotation="I am not claiming that learning parity is impossible for over 30 bits",
        checks=(
            Check("rademacher-solves", "rademacher-solves", arms=("rademacher",), **at_least(0.99), **MANY),
            Check("dose-response", "dose-response-monotone", arms=DOSED, levels=DOSES, **at_most(-0.9), **RESPONSE),
            Check("noise-0.5-fails", "fails-at-half-noise", arms=DOSED[-1:], **at_most(0.6), **LAYER),
            Check("glorot-fails", "controls-fail", arms=("glorot",), **at_most(0.6), **MANY, **CONTROL),
            Check("normal-0.02-fails", "controls-fail", arms=("normal_002",), **at_most(0.6), **LAYER, **CONTROL),
            Check("normal-unit-fails", "controls-fail", arms=("normal_unit",), **at_most(0.6), **LAYER, **CONTROL),
        ),
        quick=(
            Check("rademacher-learns", "rademacher-solves", arms=("rademacher",), **at_least(0.8), **QUICK_LAYER),
            Check("glorot-fails", "controls-fail", arms=("glorot",), **at_most(0.6), **QUICK_LAYER),
        ),
        prior="Very likely to hold.",
        expects=("reproduced",),
        published=Published("no accuracy given", "none found"),
    ),
    Claim(
        id="parity-uncorrelated",
        **POST,
        statement="No linear function of the bits, and no product of some of them, says anything about their parity.",
        quotation="every linear function of the inputs is completely uncorrelated with the output",
        checks=(
            Check("linear", "no-linear-correlation", metric="parity_linear", **ZERO, **CUBE),
            Check("lower-degree", "no-lower-degree-correlation", metric="parity_lower_degree", **ZERO, **CUBE),
            Check("r-squared", "no-linear-predictor", metric="parity_r_squared", **ZERO, **CUBE),
            Check("majority-correlates", "majority-correlates", **at_least(0.95), **MAJORITY, **CONTROL),
            Check("majority-follows-law", "majority-correlates", **at_most(1.05), **MAJORITY, **CONTROL),
            Check("random-correlates", "random-function-correlates", **at_least(0.001), **RANDOM, **CONTROL),
        ),
        quick=(
            Check("linear", "no-linear-correlation", metric="parity_linear", **ZERO, **CUBE),
            Check("majority-correlates", "majority-correlates", **at_least(0.95), **MAJORITY),
        ),
        prior="Certain (exact), for two bits or more.",
        **THEOREM,
    ),
    Claim(
        id="parity-larger-init",
        **POST,
        statement="Larger initial weights would have let the net learn more bits.",
        quotation="so perhaps I should’ve used larger initial weights?",
        checks=(
            *second_look(*(_gain(24, scale) for scale in (3, 10))),
            *(_gain(31, scale) for scale in (3, 10)),
            Check("rises-with-scale", "rising-slope", arms=RISING, levels=(0.0, log10(3), 1.0), **at_least(0), **SLOPE),
            *second_look(
                Check("strings-16", "fewer-strings", **at_most(1), **STRINGS),
                Check("small-16", "control-learns", arms=(AT_16_BITS[1],), **at_least(0.9), **SCALE, **CONTROL),
            ),
            Check("signs-31", "same-scales-of-signs", arms=("signs_n31_scale1",), **at_least(0.9), **SCALE, **CONTROL),
        ),
        quick=(
            Check("small-learns", "control-learns", arms=("gaussian_n12_scale0.3",), **at_least(0.9), **QUICK_SCALE),
            Check("large-fails", "rising-slope", arms=("gaussian_n12_scale10",), **at_most(0.85), **QUICK_SCALE),
        ),
        prior="Unlikely as stated: Gaussian weights of a larger scale do worse; what helps is weights of equal size.",
        expects=("not reproduced",),
        published=UNKNOWN,
    ),
    Claim(
        id="parity-unstable",
        **POST,
        statement="No function of the bits is less stable than their parity: every flip of a bit changes it.",
        quotation="parity is a highly unstable problem",
        checks=(
            Check("sensitivity", "sensitivity-is-n", metric="parity_sensitivity_error", **ZERO, **FLIPS),
            Check("noise", "noise-law", metric="parity_noise_error", **at_most(1e-12), **FLIPS),
            Check("net-follows", "trained-net", arms=("parity",), **at_most(0.05), **FLIPPED),
            Check("majority-net", "trained-net", arms=("majority", "parity"), **at_least(0.3), **AT_FIVE_PERCENT),
            *_near("majority-sensitivity", 1, 0.05, metric="majority_ratio", **FLIPS),
            *_near("random-sensitivity", 1, 0.05, metric="random_ratio", **FLIPS),
        ),
        quick=(
            Check("sensitivity", "sensitivity-is-n", metric="parity_sensitivity_error", **ZERO, **FLIPS),
            Check("noise", "noise-law", metric="parity_noise_error", **at_most(1e-12), **FLIPS),
            Check("net-follows", "trained-net", arms=("parity",), **at_most(0.1), **QUICK_FLIPPED),
        ),
        prior="Certain (exact).",
        **THEOREM,
    ),
    Claim(
        id="linear-at-init",
        **{**POST, "dataset": "mnist"},
        statement="An untrained net is mostly a linear function of its input.",
        quotation="they are mostly linear at initialization time",
        checks=(
            *(_affine(f"{x}_tanh", scale, "saturating-linear", 0.95) for x in INPUTS for scale in (0.1, 1)),
            *(_affine(f"{x}_sigmoid", scale, "saturating-linear", 0.95) for x in INPUTS for scale in (0.1, 1)),
            *(_affine(f"{x}_relu", 1, "relu-linear", 0.9) for x in INPUTS),
            *(_falls_with_depth(f"{x}_{net}") for x in INPUTS for net in ("tanh", "relu")),
            *(_falls_with_scale(f"{x}_tanh") for x in INPUTS),
            *_near("one-relu-layer", 0.73, 0.05, **ONE_LAYER),
        ),
        quick=(
            Check("tanh", "saturating-linear", arms=("bits_tanh_width64_scale1",), **at_least(0.85), **QUICK_AFFINE),
            Check("relu", "relu-linear", arms=("bits_relu_width64_scale1",), **at_most(0.8), **QUICK_AFFINE),
        ),
        prior="Holds for saturating units of small weights; fails for ReLU nets of more than about two layers.",
        expects=("partly",),
        published=UNKNOWN,
    ),
    Claim(
        id="correlation-ladder",
        **POST,
        statement="A net learns simple correlations first, and these let it see the more complicated ones.",
        quotation="which enables the neural network to see more complicated correlations",
        checks=second_look(
            Check("in-order", "half-times-increase", arms=("staircase",), **at_least(0.9), **IN_ORDER),
            Check("top-alone", "alone-ten-times-slower", arms=("top", "staircase"), **at_least(10), **SLOWER),
            Check("without-middle", "middle-rungs-matter", arms=("gap", "staircase"), **at_least(1), **SLOWER),
            Check("several-units", "introduces-units", arms=("staircase",), **at_least(3), **UNITS),
            Check("climbs", "half-times-increase", arms=("staircase",), **at_least(0.5), **CLIMBED, **CONTROL),
        ),
        quick=(
            Check("climbs", "half-times-increase", arms=("staircase",), **at_least(0.5), **QUICK_RUNG),
            Check("top-alone", "alone-ten-times-slower", arms=("top",), **at_most(0.3), **QUICK_RUNG),
        ),
        prior="Likely, as for merged staircases (Abbe, Boix-Adserà & Misiakiewicz 2022).",
        expects=("reproduced",),
        published=UNKNOWN,
    ),
    Claim(
        id="parity-easy-correlation-needed",
        **POST,
        statement="Training succeeds on parity where single bits are correlated with it, and the more the sooner.",
        quotation="successful LDNN training relies on the “easy” correlation in the data",
        checks=(
            *(_ten_times(task, where) for task in ("k3", "k4") for where in ("all", "relevant")),
            *(_monotone(task, where, "monotone-in-bias") for task in ("k3", "k4") for where in ("all", "relevant")),
            *(_monotone(task, "all", "full-parity-monotone") for task in ("n25", "n31")),
            Check("uniform", "uniform-distribution", arms=("k3_all_bias0.2",), **at_least(0.75), **UNIFORM, **CONTROL),
        ),
        quick=(
            Check("biased", "monotone-in-bias", arms=("k3_all_bias0.2",), **at_least(0.85), **QUICK_BIASED),
            Check("fair", "monotone-in-bias", arms=("k3_fair",), **at_least(12_800), **QUICK_TIME),
        ),
        prior="Likely for sparse parity; for full parity a bias also shrinks the variance of the label.",
        expects=("reproduced", "partly"),
        published=UNKNOWN,
    ),
    Claim(
        id="xor-perceptron-blind",
        **SLIDES,
        statement="A single unit cannot compute XOR, which a net with a hidden layer learns.",
        quotation="literally blind to some simple logical functions",
        checks=(
            Check("best-unit", "unit-on-xor", metric="best_xor", relation="==", threshold=0.75, **TABLE),
            *(_unit(unit, function) for unit in ("perceptron", "logistic") for function in ("xor", "and", "or")),
            Check("two-hidden", "two-hidden-units", arms=("hidden2_xor",), **at_least(0.5), **RIGHT),
            Check("eight-hidden", "eight-hidden-units", arms=("hidden8_xor",), **at_least(0.95), **RIGHT, **CONTROL),
        ),
        quick=(
            Check("logistic-xor", "unit-on-xor", arms=("logistic_xor",), **at_most(0.75), **QUICK_XOR),
            Check("logistic-and", "unit-on-and-or", arms=("logistic_and",), **at_least(1), **QUICK_XOR),
            Check("hidden", "eight-hidden-units", arms=("hidden8_xor",), **at_least(1), **QUICK_NET),
        ),
        prior="Certain for the single unit; how often two hidden units succeed depends on the initial weights.",
        **THEOREM,
    ),
)
