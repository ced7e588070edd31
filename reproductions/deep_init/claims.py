"""What is claimed about deep nets and the scale of their initial weights, and what decides it. Literals only."""

from math import log
from typing import Any

from common.claims import Check, Claim, Published, Success

STUCK: Success = (">=", 0.95 * log(10))  # training loss: 5 % under that of a net that knows nothing
LEARNS: Success = ("<=", 0.95 * log(10))
MOST: dict[str, Any] = {"statistic": "proportion", "relation": ">=", "threshold": 0.9, "slack": 0.2, "seeds": 16}
WIDE: dict[str, Any] = {"study": "signal_propagation", "statistic": "median", "seeds": 10}


def _fails(activation: str, depth: int) -> Check:
    return Check(
        id=f"{activation}-depth-{depth}-fails",
        entry="small-weights-fail-deep",
        study="small_weights",
        arms=(f"sgd_{activation}_std_0.01_depth{depth}",),
        metric="train_loss",
        success=STUCK,
        **MOST,
    )


def _learns(activation: str, depth: int) -> Check:
    return Check(
        id=f"{activation}-depth-{depth}-learns",
        entry="small-weights-fine-shallow",
        study="small_weights",
        arms=(f"sgd_{activation}_std_0.01_depth{depth}",),
        metric="train_loss",
        success=LEARNS,
        **MOST,
    )


def _scaled(activation: str, init: str) -> Check:
    return Check(
        id=f"{activation}-scaled-depth-20-learns",
        entry="scaled-trains-at-20",
        study="small_weights",
        arms=(f"sgd_{activation}_{init}_depth20",),
        metric="train_loss",
        success=LEARNS,
        role="control",
        **MOST,
    )


def _slope(activation: str, way: str) -> Check:
    return Check(
        id=f"{activation}-{way}-slope",
        entry=f"{activation}-{way}",
        arms=(f"{activation}_width1024",),
        metric=f"{way}_slope_error",
        relation="<=",
        threshold=0.05,
        **WIDE,
    )


def _straight(activation: str) -> Check:
    return Check(
        id=f"{activation}-straight",
        entry="straight-line",
        arms=(f"{activation}_width1024",),
        metric="least_r_squared",
        relation=">=",
        threshold=0.99,
        **WIDE,
    )


CLAIMS = (
    Claim(
        id="small-random-weights-fail-deep",
        source="sutskever2015overview",
        locator="practical advice, on weight initialization",
        statement="Small random weights train a shallow net well and a deep net not at all.",
        quotation="works great for shallow nets but simply doesn’t work for deep nets at all",
        dataset="mnist",
        checks=(
            *(_learns(activation, depth) for activation in ("relu", "tanh") for depth in (1, 2)),
            *(_fails(activation, depth) for activation in ("relu", "tanh") for depth in (5, 10, 20)),
            _scaled("relu", "two_over_n"),
            _scaled("tanh", "one_over_n"),
        ),
        quick=(
            Check(
                id="depth-2-learns",
                entry="small-weights-fine-shallow",
                study="small_weights",
                arms=("sgd_relu_std_0.01_depth2",),
                metric="train_loss",
                statistic="median",
                relation="<=",
                threshold=0.9 * log(10),
                seeds=4,
            ),
            Check(
                id="depth-10-fails",
                entry="small-weights-fail-deep",
                study="small_weights",
                arms=("sgd_relu_std_0.01_depth10",),
                metric="train_loss",
                statistic="median",
                relation=">=",
                threshold=0.95 * log(10),
                seeds=4,
            ),
            Check(
                id="scaled-depth-10-learns",
                entry="scaled-trains-at-20",
                study="small_weights",
                arms=("sgd_relu_two_over_n_depth10",),
                metric="train_loss",
                statistic="median",
                relation="<=",
                threshold=0.9 * log(10),
                seeds=4,
            ),
        ),
        prior=(
            "Very likely under SGD. Adam partly rescues it, as its steps do not depend on the scale of the gradient, "
            "so the claim depends on the optimiser."
        ),
        expects=("reproduced",),
        published=Published(
            "standard deviation 0.01: trouble beyond about 8 conv layers (He et al. 2015)", "confirmed"
        ),
    ),
    Claim(
        id="scale-compounds-with-depth",
        source="sutskever2015overview",
        locator="practical advice, on weight initialization",
        statement="Each layer multiplies the scale of signals and gradients by the same factor, so depth compounds it.",
        quotation="many weight matrices all multiply each other",
        dataset="mnist",
        checks=(
            _slope("relu", "forward"),
            _slope("relu", "backward"),
            _slope("tanh", "forward"),
            _slope("tanh", "backward"),
            _slope("sigmoid", "backward"),
            Check(
                id="relu-critical-flat",
                entry="critical-gain",
                arms=("relu_width1024",),
                metric="flat_slope",
                relation="<=",
                threshold=0.05,
                **WIDE,
            ),
            _straight("relu"),
            _straight("tanh"),
            _straight("sigmoid"),
        ),
        quick=(
            Check(
                id="relu-forward-slope",
                entry="relu-forward",
                study="signal_propagation",
                arms=("relu_width256",),
                metric="forward_slope_error",
                statistic="median",
                relation="<=",
                threshold=0.15,
                seeds=2,
            ),
            Check(
                id="sigmoid-backward-slope",
                entry="sigmoid-backward",
                study="signal_propagation",
                arms=("sigmoid_width256",),
                metric="backward_slope_error",
                statistic="median",
                relation="<=",
                threshold=0.05,
                seeds=2,
            ),
        ),
        prior="Certain.",
        expects=("reproduced",),
        published=Published("a derivation", "confirmed"),
        dropped={
            "saturating-gains": (
                "tanh at gains of 1 and more and sigmoid at 1 and more leave the small-signal regime for which a "
                "straight line is predicted; their curves are drawn, not judged"
            )
        },
    ),
)
