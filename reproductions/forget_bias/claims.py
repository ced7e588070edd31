"""What is claimed about the initial bias of an LSTM's forget gate, and what decides it. Literals only."""

from typing import Any

from common.claims import Check, Claim, Published, Success

SOLVED: Success = (">=", 1.0)
HALVES: dict[str, Any] = {"metric": "steps_or_budget", "statistic": "ratio", "relation": "<=", "threshold": 0.5}
THEORY: dict[str, Any] = {"study": "gates", "statistic": "median", "relation": "<=", "seeds": 16}
BIASES = ("-1", "0", "1", "2", "3", "4", "5", "6", "8")


def _halves(bias: str, entry: str) -> Check:
    return Check(
        id=f"adding-{bias}-halves-updates",
        entry=entry,
        study="tasks",
        arms=(f"adding_100_{bias}", "adding_100_b0"),
        seeds=16,
        **HALVES,
    )


def _path(bias: str) -> Check:
    return Check(
        id=f"cell-path-b{bias}",
        entry="cell-path",
        arms=(f"path_b{bias}",),
        metric="path_error",
        threshold=0.05,
        role="control",
        **THEORY,
    )


def _gate(bias: str, role: Any = "control") -> Check:
    return Check(
        id=f"gate-b{bias}",
        entry="gate-is-half" if bias == "0" else "gate-is-sigmoid",
        arms=(f"whole_b{bias}",),
        metric="gate_error",
        threshold=0.02,
        role=role,
        **THEORY,
    )


def _solves(study: str, arm: str, entry: str, role: Any = "claim", seeds: int = 24) -> Check:
    return Check(
        id=f"{arm.replace('_', '-')}-solved",
        entry=entry,
        study=study,
        arms=(arm,),
        metric="solved",
        statistic="proportion",
        success=SOLVED,
        relation=">=",
        threshold=0.95 if seeds == 24 else 0.9,
        slack=0.2,
        seeds=seeds,
        role=role,
    )


def _fails(rate: str) -> Check:
    return Check(
        id=f"recall-100-b0{rate.replace('_', '-')}-fails",
        entry="inadequate-twice",
        study="recall",
        arms=(f"delay100_b0{rate}",),
        metric="solved",
        statistic="proportion",
        success=SOLVED,
        relation="<=",
        threshold=0.5,
        seeds=16,
    )


def _characters(other: str) -> Check:
    return Check(
        id=f"characters-b0-like-{other}",
        entry="adequate-twice",
        study="characters",
        arms=("b0", other),
        metric="test_loss",
        statistic="ratio",
        relation="<=",
        threshold=1.05,
        seeds=10,
    )


def _quick(study: str, arm: str, metric: str, relation: Any, threshold: float, entry: str) -> Check:
    return Check(
        id=f"{arm.replace('_', '-')}-{metric.replace('_', '-')}",
        entry=entry,
        study=study,
        arms=(arm,),
        metric=metric,
        statistic="median",
        relation=relation,
        threshold=threshold,
        seeds=4,
    )


CLAIMS = (
    Claim(
        id="lstm-forget-bias-large",
        source="sutskever2015overview",
        locator="practical advice, on initialisation, and its comments",
        statement="The forget gates of an LSTM should start with a large bias.",
        quotation="initialize the biases of the forget gates of the LSTMs to large values",
        dataset="synthetic",
        checks=(
            _halves("b2", "adding-updates"),
            _halves("b5", "adding-updates"),
            Check(
                id="recall-100-b5-solves-where-b0-does-not",
                entry="success-differs",
                study="recall",
                arms=("delay100_b5", "delay100_b0"),
                metric="solved",
                statistic="difference_of_proportions",
                success=SOLVED,
                relation=">=",
                threshold=0.5,
                seeds=16,
            ),
            *(_path(bias) for bias in BIASES),
        ),
        quick=(
            _quick("recall", "delay25_b5", "steps_or_budget", "<=", 80, "success-differs"),
            _quick("recall", "delay25_b0", "steps_or_budget", ">=", 200, "success-differs"),
            _quick("gates", "path_b5", "path_error", "<=", 0.05, "cell-path"),
        ),
        prior=(
            "Likely. The memory of the gate is -1 / ln sigmoid(b) steps: 1.4 at b = 0, 3.2 at 1, 7.9 at 2, 149 at 5; "
            "the best bias should grow with the delay. 1, the default of Keras, is not large for 100 steps."
        ),
        expects=("reproduced",),
        published=Published("a large value such as 1 or 2 (Jozefowicz et al. 2015); such as 5 (2013)", "confirmed"),
        dropped={
            "copy-memory": (
                "an LSTM stays near the baseline of copying ten symbols longer than this budget, whatever its bias; "
                "runs at a delay of 20 are on record and decide nothing"
            ),
            "best-bias-grows": "no threshold was set for it; the page judges the law of the least bias instead",
            "rmsprop": "one optimiser, Adam, for every arm; a second would double the cost",
            "delay-400": "declared for the gpu tier, where it decides nothing yet",
        },
    ),
    Claim(
        id="lstm-half-adequate-some",
        source="sutskever2015overview",
        locator="practical advice, on initialisation, and its comments",
        statement="Without a bias the forget gate starts at one half, which suits some problems and not others.",
        quotation="set to 0.5, which is adequate for some but not all problems",
        dataset="tiny_shakespeare",
        checks=(
            _gate("0", "claim"),
            *(_gate(bias) for bias in BIASES if bias != "0"),
            _characters("b1"),
            _characters("b5"),
            _solves("tasks", "resets_20_b0", "adequate-twice"),
            _fails(""),
            _fails("_rate_0.001"),
            _fails("_rate_0.01"),
            _solves("recall", "delay100_b5", "inadequate-twice", role="control", seeds=16),
            _halves("b5", "inadequate-twice"),
            Check(
                id="resets-b5-slower-than-b0",
                entry="large-bias-worse",
                study="tasks",
                arms=("resets_20_b5", "resets_20_b0"),
                metric="steps_or_budget",
                statistic="ratio",
                relation=">=",
                threshold=1.0,
                seeds=24,
            ),
        ),
        quick=(
            _quick("gates", "path_b0", "gate_error", "<=", 0.02, "gate-is-half"),
            _quick("tasks", "resets_20_b0", "solved", ">=", 1.0, "adequate-twice"),
            _quick("recall", "delay25_b0", "steps_or_budget", ">=", 200, "inadequate-twice"),
        ),
        prior="Very likely. A task of frequent resets should be slower with a bias of 5.",
        expects=("reproduced",),
        published=Published("small weights set the gate to 0.5 (Jozefowicz et al. 2015)", "confirmed"),
        dropped={"sentence-polarity": "the sentences (MR) are not at hand"},
    ),
)
