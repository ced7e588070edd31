"""What is claimed about deep nets, their activations and their initial weights, and what decides it. Literals only."""

from math import log
from typing import Any

from suite.edition_1_claims import CONTROL, Check, Claim, Fields, Published, Success, at_least, at_most, quick

POST: Fields = {"source": "sutskever2015overview", "locator": "practical advice, on weight initialization"}
SLIDES: Fields = {"source": "vitria2016intro"}
UNKNOWN: Fields = {"dataset": "mnist", "published": Published("no number given", "none found")}
NO_DIGITS = {"digits": "the 8x8 digits only stand in for MNIST at the quick tier, and never decide a verdict"}
STUCK: Success = (">=", 0.95 * log(10))  # training loss: 5 % under that of a net that knows nothing
LEARNS: Success = ("<=", 0.95 * log(10))
TRAINS: Success = ("<=", 0.5 * log(10))
NEAR_BEST: Success = ("<=", 1.1)  # error from lazy weights over that from scaled ones
BELOW_HALF: Success = ("<=", 50.0)  # per cent wrong
MEDIAN: Fields = {"statistic": "median", "seeds": 10}
MOST: Fields = {"statistic": "proportion", **at_least(0.9), "slack": 0.2}
LOSS: Fields = {"study": "small_weights", "metric": "train_loss", "seeds": 16, **MOST}
WIDE: Fields = {"study": "signal_propagation", **MEDIAN}
GAIN: Fields = {"entry": "predicted-map", "study": "critical_width", **MEDIAN, **at_most(0.05), **CONTROL}
ERROR: Fields = {"study": "depth", "metric": "test_error", "statistic": "median", "seeds": 20}
RISING: Fields = {**ERROR, "statistic": "trend", **at_least(0.0)}
LEARNED: Fields = {**ERROR, **MOST, "success": BELOW_HALF, **CONTROL}
USUALLY: Fields = {"study": "lazy", "metric": "lazy_over_scaled", "statistic": "cells", "seeds": 8}
SCALE: Fields = {"study": "init_scale", "success": TRAINS, "seeds": 16, **MOST}
RANGE: Fields = {"study": "forgiving", "metric": "test_error_range", **MEDIAN}
SPECTRAL: Fields = {"study": "spectral", **MEDIAN}
RATIO: Fields = {"statistic": "ratio", "seeds": 10}
EPOCHS: Fields = {"metric": "epochs_to_target", "censored_at": 8.0, **RATIO}  # the budget of both studies
SAME: Fields = {"study": "glorot", "entry": "same-error", "metric": "test_error", "statistic": "mean", "seeds": 10}
MULTIPLE: Fields = {"study": "multiplier", **RATIO}
NEVER: Fields = {
    "study": "activations",
    "entry": "sigmoid-never-near",
    "metric": "test_error",
    **RATIO,
    **at_least(1.05),
}
SATURATION: Fields = {"study": "saturation", "metric": "rank_correlation", **MEDIAN}
DEAD: Fields = {"study": "dead_units", "arms": ("relu_and_leaky",), **MEDIAN}
RECIPES: Fields = {"study": "eighties", "arms": ("recipes",), **MEDIAN}
BOTH = ("relu", "tanh")
SIGMOID = tuple(f"sigmoid_standard_depth{depth}" for depth in range(1, 6))
TANH = tuple(f"tanh_standard_depth{depth}" for depth in range(1, 6))
SHAPES = {100: (1, 2, 3, 5, 10, 20), 300: (1, 2, 3, 5, 10, 20), 1000: (1, 2, 3, 5)}
CELLS = tuple(f"{net}_depth{d}_width{width}" for net in BOTH for width, depths in SHAPES.items() for d in depths)
UNITS = ("tanh", "softsign", "sigmoid", "relu")
NETS = ("depth1", "depth2", "depth4", "depth8", "cnn")


def _small(net: str, init: str, depth: int, name: str, entry: str, success: Success, **rest: Any) -> Check:
    return Check(f"{net}-{name}", entry, arms=(f"sgd_{net}_{init}_depth{depth}",), success=success, **LOSS, **rest)


def _wide(net: str, name: str, entry: str, metric: str, bound: Fields) -> Check:
    return Check(f"{net}-{name}", entry, arms=(f"{net}_width1024",), metric=metric, **bound, **WIDE)


def _within(name: str, margin: float, **shared: Any) -> tuple[Check, Check]:
    """A difference of two arms is no further from zero than the margin: a check for each side."""
    above = Check(f"{name}-not-above", **at_most(margin), **shared)
    return above, Check(f"{name}-not-below", **at_least(-margin), **shared)


def _removed(net: str, init: str) -> tuple[Check, Check]:
    arms = f"{net}_{init}_depth5", f"{net}_{init}_depth2"
    return _within(f"{net}-treated", 0.2, entry="treatments-remove-it", arms=arms, **ERROR)


def _from_scale(net: str, depth: int, scale: str, entry: str, **rest: Any) -> Check:
    shared: Fields = {"arms": (f"{net}_depth{depth}",), "metric": f"train_loss_scale_{scale}", **SCALE}
    return Check(f"{net}-depth-{depth}-scale-{scale}", entry, **shared, **rest)


def _stuck(net: str) -> tuple[Check, Check]:
    some, one = f"{net}-mostly-stuck", f"{net}-learns-somewhere"
    stuck = Check(some, some, arms=(net,), metric="share_stuck", **at_least(0.4), **SPECTRAL)
    return stuck, Check(one, one, arms=(net,), metric="learned", **at_least(1.0), **SPECTRAL)


def _multiple(net: str, depth: int, other: int, entry: str, bound: Fields) -> Check:
    name, arms = f"{net}-depth-{depth}-4-over-{other}", (f"{net}_depth{depth}",)
    return Check(name, entry, arms=arms, metric=f"x4_over_x{other}", **bound, **MULTIPLE)


def _slower(slow: str, fast: str, net: str) -> Check:
    """By one per cent or more."""
    shared: Fields = {"study": "activations", "arms": (f"{slow}_{net}", f"{fast}_{net}"), **EPOCHS}
    entry = "order-cnn" if net == "cnn" else "order-mlp"
    return Check(f"{slow}-slower-than-{fast}-{net}", entry, **at_least(1.01), **shared)


# fmt: off
CLAIMS = (  # a table: short fields share a line
    Claim(
        id="small-random-weights-fail-deep", **POST, dataset="mnist", expects=("reproduced",),
        statement="Small random weights train a shallow net well and a deep net not at all.",
        quotation="works great for shallow nets but simply doesn’t work for deep nets at all",
        published=Published("standard deviation 0.01: trouble beyond about 8 conv layers (He et al. 2015)",
                            "confirmed"),
        prior="Very likely under SGD. Adam partly rescues it, as its steps do not depend on the scale of the gradient, "
        "so the claim depends on the optimiser.",
        checks=(
            *(_small(net, "std_0.01", depth, f"depth-{depth}-learns", "small-weights-fine-shallow", LEARNS)
              for net in BOTH for depth in (1, 2)),
            *(_small(net, "std_0.01", depth, f"depth-{depth}-fails", "small-weights-fail-deep", STUCK)
              for net in BOTH for depth in (5, 10, 20)),
            *(_small(net, init, 20, "scaled-depth-20-learns", "scaled-trains-at-20", LEARNS, **CONTROL)
              for net, init in (("relu", "two_over_n"), ("tanh", "one_over_n"))),
        ),
        quick=tuple(
            quick(name, entry, "small_weights", f"sgd_relu_{arm}", "train_loss", bound)
            for name, entry, arm, bound in (
                ("depth-2-learns", "small-weights-fine-shallow", "std_0.01_depth2", at_most(0.9 * log(10))),
                ("depth-10-fails", "small-weights-fail-deep", "std_0.01_depth10", at_least(0.95 * log(10))),
                ("scaled-depth-10-learns", "scaled-trains-at-20", "two_over_n_depth10", at_most(0.9 * log(10))),
            )),
    ),
    Claim(
        id="scale-compounds-with-depth", **POST, dataset="mnist", expects=("reproduced",),
        statement="Each layer multiplies the scale of signals and gradients by the same factor, so depth compounds it.",
        quotation="many weight matrices all multiply each other",
        published=Published("a derivation", "confirmed"), prior="Certain.",
        checks=(
            *(_wide(net, f"{way}-slope", f"{net}-{way}", f"{way}_slope_error", at_most(0.05))
              for net, ways in (*((net, ("forward", "backward")) for net in BOTH), ("sigmoid", ("backward",)))
              for way in ways),
            _wide("relu", "critical-flat", "critical-gain", "flat_slope", at_most(0.05)),
            *(_wide(net, "straight", "straight-line", "least_r_squared", at_least(0.99)) for net in (*BOTH, "sigmoid")),
        ),
        quick=tuple(
            quick(f"{net}-{way}-slope", f"{net}-{way}", "signal_propagation", f"{net}_width256",
                   f"{way}_slope_error", bound, 2)
            for net, way, bound in (("relu", "forward", at_most(0.15)), ("sigmoid", "backward", at_most(0.05)))),
        dropped={"saturating-gains": "tanh at gains of 1 and more and sigmoid at 1 and more leave the small-signal "
                 "regime for which a straight line is predicted; their curves are drawn, not judged"},
    ),
    Claim(
        id="deep-worse-than-shallow", **SLIDES, dataset="mnist", expects=("reproduced", "partly"),
        locator="slides, on deep nets before pre-training",
        statement="From the standard initial weights a net of more hidden layers ends with a larger error.",
        quotation="worse error than L layers",
        published=Published("MNIST: 1.5-2 % at 1 layer, 2-2.5 % at 4, 5 fail (Erhan et al. 2009)", "from memory"),
        prior="Likely for the sigmoid, whose gradient falls to 0.14 a layer; small for tanh, and it may vanish there.",
        checks=(
            Check("sigmoid-rises", "rises-from-2-to-5", arms=SIGMOID[1:], **RISING),
            Check("sigmoid-deep-worse", "deep-worse-or-fails", arms=(SIGMOID[4], SIGMOID[0]), **at_least(0.3), **ERROR),
            Check("tanh-rises", "tanh", arms=TANH[1:], **RISING),
            Check("tanh-deep-worse", "tanh", arms=(TANH[4], TANH[0]), **at_least(0.3), **ERROR),
            *_removed("sigmoid", "glorot_x4"), *_removed("tanh", "glorot"),
            Check("shallow-learns", "deep-worse-or-fails", arms=SIGMOID[:1], **LEARNED),
            Check("treated-learns", "treatments-remove-it", arms=("sigmoid_glorot_x4_depth5",), **LEARNED),
        ),
        quick=(quick("deep-fails", "deep-worse-or-fails", "depth", "quick_standard", "test_error", at_least(50)),
               quick("treated", "treatments-remove-it", "depth", "quick_glorot_x4", "test_error", at_most(40))),
        dropped={"other-treatments": "plain Glorot, He with ReLU, orthogonal and LSUV run at 2 and 5 layers on 8 "
                 "seeds, which cannot decide 0.2 points; they are drawn"},
    ),
    Claim(
        id="lazy-002-init", **POST, **UNKNOWN, expects=("not reproduced",), dropped=NO_DIGITS,
        statement="Weights of 0.02·randn are usually enough: within 10 % of the best error on 70 % of architectures.",
        quotation="it is usually enough to do something like 0.02 * randn(num_params)",
        prior="True up to 3 hidden layers of 200 and more, false for deep narrow nets; the map of widths is sharp.",
        checks=(
            Check("usually", "usually", arms=(*CELLS, "cnn", "lstm"), success=NEAR_BEST, **at_least(0.7), **USUALLY),
            *(Check(f"{net}-gain", arms=(net,), metric="gain_error", **GAIN) for net in BOTH),
            *(Check(f"{net}-critical-width", arms=(net,), metric="critical_width_error", **GAIN) for net in BOTH),
        ),
        quick=(quick("one-layer", "usually", "lazy", "quick_depth1", "lazy_over_scaled", at_most(1.5)),
               quick("five-layers", "usually", "lazy", "quick_depth5", "lazy_over_scaled", at_least(2))),
    ),
    Claim(
        id="init-scale-01-or-1", **POST, **UNKNOWN, expects=("partly",),
        statement="For very deep nets weights of scale/sqrt(width) do, with a scale of 0.1 as well as of 1.",
        quotation="init_scale should be set to 0.1 or 1, or something like that",
        prior="Half of it: 1 works for tanh, and for ReLU to about 10 layers; 0.1 fails beyond 3 or 4.",
        checks=(
            *(_from_scale(net, depth, k, f"scale-{k}") for k in ("1", "0.1") for net in BOTH for depth in (10, 20, 50)),
            _from_scale("relu", 20, "1.41", "some-scale-trains", **CONTROL),
        ),
        quick=(quick("0.1", "scale-0.1", "init_scale", "quick", "train_loss_scale_0.1", at_least(2.2)),
               quick("1", "scale-1", "init_scale", "quick", "train_loss_scale_1", at_most(1.5))),
    ),
    Claim(
        id="shallow-forgiving", **POST, **UNKNOWN, expects=("reproduced",), dropped=NO_DIGITS,
        statement="A shallow net ends at much the same error from any small initial weights, a deep one does not.",
        quotation="SGD will just find a way to fix it",
        prior="Likely within 0.001 to 0.1; a deviation of 1 hurts even shallow nets.",
        checks=(
            Check("depth-1", "shallow-range", arms=("depth1",), **at_most(0.5), **RANGE),
            Check("depth-8", "deep-range", arms=("depth8",), **at_least(50.0), **RANGE),
            Check("ratio", "ratio-of-ranges", arms=("depth8", "depth1"), **at_least(20.0), **{**RANGE, **RATIO}),
        ),
        quick=(quick("depth-1", "shallow-range", "forgiving", "quick_depth1", "test_error_range", at_most(10)),
               quick("depth-8", "deep-range", "forgiving", "quick_depth8", "test_error_range", at_least(25))),
    ),
    Claim(
        id="random-init-super-important", **POST, **UNKNOWN, expects=("reproduced",),
        statement="At 40 % and more of the scales of its weights a deep or recurrent net learns nothing.",
        quotation="Random initialization is super important for deep and recurrent nets", prior="Very likely.",
        checks=(*_stuck("mlp"), *_stuck("rnn")),
        quick=(quick("stuck", "mlp-mostly-stuck", "spectral", "quick", "share_stuck", at_least(0.4)),
               quick("learns", "mlp-learns-somewhere", "spectral", "quick", "learned", at_least(1))),
    ),
    Claim(
        id="glorot-recommended", source="rei2015things", locator="on initialising weights", dataset="mnist",
        statement="Glorot's weights reach 3 % error 1.5 times as fast as the standard ones, and end at the same error.",
        quotation="The current recommended strategy for initialising weights in a neural network",
        published=Published("error from standard and Glorot's weights: tanh 1.76 and 1.64, softsign 1.64 and 1.72; "
                            "sigmoid from standard ones 2.21 (Glorot & Bengio 2010)", "from memory"),
        prior="Faster, likely; the gain in error is within the noise unless there are many seeds.",
        expects=("reproduced", "partly"),
        checks=(
            *(Check(f"{unit}-faster", "fewer-epochs", study="glorot", arms=(f"{unit}_standard", f"{unit}_glorot"),
                    **at_least(1.5), **EPOCHS) for unit in UNITS),
            *(check for unit in UNITS for check in
              _within(f"{unit}-error", 0.2, arms=(f"{unit}_glorot", f"{unit}_standard"), **SAME)),
        ),
        quick=(quick("glorot", "fewer-epochs", "glorot", "quick_glorot", "epochs_to_target", at_most(1.5)),
               quick("standard", "fewer-epochs", "glorot", "quick_standard", "epochs_to_target", at_least(2.5))),
        dropped={"other-weights": "He's and orthogonal weights are drawn from 3 seeds: the claim compares Glorot's "
                 "with the standard ones, and sets no threshold for others"},
    ),
    Claim(
        id="sigmoid-four-times", source="synnaeve2014deep", locator="on initialising tanh and sigmoid units", **UNKNOWN,
        statement="Sigmoid units start best at four times Glorot's bound, tanh units at one time.",
        quotation="initialize them well, respectively with uniform weights",
        prior="Likely; the formula is missing in the source, it is Glorot's bound.",
        expects=("reproduced",), dropped=NO_DIGITS,
        checks=(
            *(_multiple("sigmoid", depth, 1, "four-beats-one", at_most(0.8)) for depth in (3, 4, 5)),
            *(_multiple("sigmoid", depth, x, "four-is-best", at_most(1.0)) for depth in (3, 4, 5) for x in (2, 8)),
            *(_multiple("tanh", depth, 1, "tanh-one-beats-four", at_least(1.0)) for depth in range(1, 6)),
        ),
        quick=(quick("one", "four-beats-one", "depth", "quick_glorot", "train_loss", at_least(2.2)),
               quick("four", "four-beats-one", "depth", "quick_glorot_x4", "train_loss", at_most(1.0))),
    ),
    Claim(
        id="activation-ranking", **SLIDES, **UNKNOWN, locator="slides, on activation functions", dropped=NO_DIGITS,
        statement="ReLU needs fewer epochs than tanh, tanh than the sigmoid, whose error never comes near ReLU's.",
        quotation="Try out tanh but don't expect much",
        prior="The order is likely; with one or two layers the sigmoid's error is competitive: never is too much.",
        expects=("partly",),
        checks=(
            *(_slower(slow, fast, net) for net in NETS for slow, fast in (("tanh", "relu"), ("sigmoid", "tanh"))),
            *(Check(f"sigmoid-error-{net}", arms=(f"sigmoid_{net}", f"relu_{net}"), **NEVER) for net in NETS),
        ),
        quick=(quick("relu", "order-mlp", "activations", "quick_relu", "epochs_to_target", at_most(3)),
               quick("sigmoid", "order-mlp", "activations", "quick_sigmoid", "epochs_to_target", at_least(3))),
    ),
    Claim(
        id="saturation-kills-gradient", **SLIDES, **UNKNOWN, locator="slides, on the sigmoid", expects=("reproduced",),
        statement="The more units of a sigmoid or tanh net are saturated, the less gradient reaches its first layer.",
        quotation="Saturated neurons “kill” the gradients", prior="Very likely.",
        checks=(
            *(Check(net, net, arms=(f"{net}_all",), **at_most(-0.8), **SATURATION) for net in ("sigmoid", "tanh")),
            Check("relu", "relu-not", arms=("relu_all",), **at_least(-0.8), **SATURATION, **CONTROL),
        ),
        quick=(quick("all", "sigmoid", "saturation", "sigmoid_all", "rank_correlation", at_least(0.5)),
               quick("first", "sigmoid", "saturation", "sigmoid_first", "rank_correlation", at_most(-0.5))),
    ),
    Claim(
        id="dead-relu-lr", **SLIDES, **UNKNOWN, locator="slides, on ReLU", expects=("reproduced",),
        statement="ReLU units die as the rate rises, a fifth of them below divergence, where a leaky ReLU is better.",
        quotation="Use ReLU. Be careful with your learning rates", prior="Likely.",
        checks=(
            Check("rises", "rises-with-rate", metric="rank_correlation", **at_least(0.9), **DEAD),
            Check("many", "a-fifth-dies", metric="most_dead", **at_least(0.2), **DEAD),
            Check("leaky", "leaky-is-better", metric="relu_minus_leaky", **at_least(0.0), **DEAD),
        ),
        quick=(quick("rises", "rises-with-rate", "dead_units", "quick", "most_dead", at_least(0.2)),),
    ),
    Claim(
        id="eighties-ablation", **{**POST, "locator": "on what has changed since the 80s"}, **UNKNOWN,
        statement="ReLU and dropout make up 80 % of what was gained since the eighties, with weights and depth 90 %.",
        quotation="The only algorithmic differences from 80s are ReLU and Dropout",
        prior="Cross-entropy in place of squared error is likely a large factor that is left out.",
        expects=("not reproduced", "partly"),
        checks=(
            Check("relu-dropout", "relu-and-dropout", metric="share_relu_dropout", **at_least(0.8), **RECIPES),
            Check("with-init-depth", "with-init-and-depth", metric="share_four", **at_least(0.9), **RECIPES),
            Check("modern-better", "modern-is-better", metric="error_saved", **at_least(0.0), **RECIPES, **CONTROL),
        ),
        quick=(quick("cross-entropy", "modern-is-better", "eighties", "quick", "error_saved", at_least(1)),),
    ),
)
