"""What is claimed about sorting and circuits, and what decides each claim. Literals only."""

from typing import Any

from common.claims import Check, Claim, Published

SOURCE: dict[str, Any] = {"source": "sutskever2015overview", "dataset": "synthetic"}
CIRCUIT = "the argument, on what a net with two hidden layers can do"
ONE: dict[str, Any] = {"statistic": "exact", "seeds": 1}
ZERO: dict[str, Any] = {"relation": "==", "threshold": 0.0, **ONE}
BUILT: dict[str, Any] = {"study": "construction", **ZERO}
TRAINED: dict[str, Any] = {"study": "trained", "seeds": 10}
SHARE: dict[str, Any] = {"study": "neurons", "metric": "all_errors", "statistic": "proportion", "success": ("<=", 0.0)}
USUALLY: dict[str, Any] = {"relation": ">=", "threshold": 0.95, "slack": 0.2, "seeds": 50, **SHARE}
CASES = ("n2_b1", "n2_b2", "n3_b1", "n3_b2", "n4_b1", "n4_b2", "n3_b3", "n5_b1", "n10_b6", "n10_b10")


def _sorts(metric: str, entry: str, cases: tuple[str, ...]) -> tuple[Check, ...]:
    return tuple(
        Check(id=f"{entry}-{c}".replace("_", "-"), entry=entry, arms=(c,), metric=metric, **BUILT) for c in cases
    )


CLAIMS = (
    Claim(
        id="sort-construction",
        locator=CIRCUIT,
        statement="A net of two hidden layers and n²b + nb + n(n-1)/2 threshold units sorts n numbers of b bits exactly.",
        quotation="a modest number of units can sort N N-bit numbers",
        checks=(
            *_sorts("threshold_errors", "threshold-exact", CASES),
            *_sorts("relu_errors", "relu-exact", CASES),
            *_sorts("units_beyond_formula", "unit-count", ("n10_b6", "n10_b10")),
            *_sorts("weights_beyond_formula", "largest-weights", ("n10_b6", "n10_b10")),
            Check(
                id="705-units",
                entry="unit-count",
                study="construction",
                arms=("n10_b6",),
                metric="threshold_units",
                relation="==",
                threshold=705.0,
                **ONE,
            ),
            Check(
                id="growth",
                entry="cubic-growth",
                study="construction",
                arms=("growth",),
                metric="growth",
                relation="<=",
                threshold=3.05,
                **ONE,
            ),
        ),
        quick=(
            *_sorts("threshold_errors", "threshold-exact", ("n3_b3", "n10_b6")),
            *_sorts("relu_errors", "relu-exact", ("n3_b3", "n10_b6")),
        ),
        prior="Certain: the net was written down and tried on small cases before.",
        expects=("reproduced",),
        published=Published("depth 3 is enough and needed (Siu et al. 1993)", "confirmed"),
        **SOURCE,
    ),
    Claim(
        id="sort-trained-10x6",
        locator=CIRCUIT,
        statement="A net of two hidden layers learns to sort ten numbers of six bits, easily: 99 % of the bits are right.",
        quotation="trained it to sort 10 6-bit numbers, which was easy to do to my surprise",
        checks=(
            Check(
                id="bits",
                entry="bit-accuracy",
                arms=("two_hidden",),
                metric="test_bit_accuracy",
                statistic="median",
                relation=">=",
                threshold=0.99,
                **TRAINED,
            ),
            Check(
                id="first-bit",
                entry="first-bit-error",
                arms=("two_hidden",),
                metric="test_first_bit_error",
                statistic="median",
                relation="<=",
                threshold=0.005,
                **TRAINED,
            ),
            Check(
                id="learns-at-all",
                entry="beats-marginals",
                arms=("two_hidden",),
                metric="test_bit_accuracy",
                statistic="median",
                relation=">=",
                threshold=0.62,
                role="control",
                **TRAINED,
            ),
        ),
        quick=(
            Check(
                id="bits-below-99",
                entry="bit-accuracy",
                study="trained",
                arms=("two_hidden_quick",),
                metric="test_bit_accuracy",
                statistic="median",
                relation=">=",
                threshold=0.7,
                seeds=4,
            ),
            Check(
                id="beats-linear",
                entry="beats-marginals",
                study="trained",
                arms=("two_hidden_quick", "linear_quick"),
                metric="test_bit_accuracy",
                statistic="median",
                relation=">=",
                threshold=0.02,
                seeds=4,
            ),
        ),
        prior="Bit accuracy in the high 90s likely; the low bits are hard, and whole lists may seldom be right.",
        expects=("reproduced", "partly", "not reproduced"),
        published=Published("no accuracy given", "none found"),
        dropped={
            "whole-lists": "the source says no accuracy, so exact match is reported beside the claim and decides nothing",
        },
        **SOURCE,
    ),
    Claim(
        id="sort-boolean-gigantic",
        locator=CIRCUIT,
        statement="A Boolean circuit of one layer of ANDs and an OR needs exponentially many terms to sort; a net does not.",
        quotation="impossible to sort N N-bit numbers with a boolean circuit that has two hidden layers",
        checks=(
            Check(
                id="terms-are-binomial",
                entry="terms-are-binomial",
                arms=("sorted_bits",),
                metric="terms_beyond_binomial",
                study="boolean",
                **ZERO,
            ),
            Check(
                id="252-terms",
                entry="terms-are-binomial",
                study="boolean",
                arms=("sorted_bits",),
                metric="largest_terms",
                relation="==",
                threshold=252.0,
                **ONE,
            ),
            Check(
                id="exponential",
                entry="exponential-growth",
                study="boolean",
                arms=("sorted_bits",),
                metric="bits_per_number",
                relation=">=",
                threshold=0.8,
                **ONE,
            ),
            Check(
                id="more-terms-than-units",
                entry="network-is-smaller",
                study="boolean",
                arms=("sorted_bits",),
                metric="terms_over_units",
                relation=">=",
                threshold=5.0,
                **ONE,
            ),
            Check(
                id="network-cubic",
                entry="network-is-smaller",
                study="construction",
                arms=("growth",),
                metric="growth",
                relation="<=",
                threshold=3.05,
                **ONE,
            ),
        ),
        quick=(
            Check(
                id="252-terms",
                entry="terms-are-binomial",
                study="boolean",
                arms=("sorted_bits",),
                metric="largest_terms",
                relation="==",
                threshold=252.0,
                **ONE,
            ),
        ),
        prior="Exact for one hidden Boolean layer; for two the known bound is not yet large at ten numbers.",
        expects=("reproduced",),
        published=Published("majority needs size 2^Omega(sqrt n) with two hidden AND/OR layers (1986)", "from memory"),
        dropped={
            "two-hidden-boolean-layers": "smallest circuits of that depth cannot be found by search at these sizes; "
            "the README gives the known lower bound, which is not large at ten numbers",
            "wider-numbers": "counted for 2 to 4 numbers of 2 and 3 bits and reported; the claim names no number for them",
        },
        **SOURCE,
    ),
    Claim(
        id="neuron-and-or",
        locator=CIRCUIT,
        statement="One neuron computes the conjunction or the disjunction of its inputs, and learns to.",
        quotation="a single neuron of a neural network can compute the conjunction of its inputs",
        checks=(
            *(
                Check(
                    id=f"{f}-exact",
                    entry="construction-exact",
                    study="neurons",
                    arms=("exact",),
                    metric=f"{f}_errors",
                    **ZERO,
                )
                for f in ("and", "or")
            ),
            *(
                Check(id=f"{f}-{n}-learned", entry="trained-unit-exact", arms=(f"{f}_n{n}",), **USUALLY)
                for f in ("and", "or")
                for n in (2, 10, 20)
            ),
        ),
        quick=(
            Check(
                id="and-exact",
                entry="construction-exact",
                study="neurons",
                arms=("exact",),
                metric="and_errors",
                **ZERO,
            ),
            *(
                Check(
                    id=f"{f}-10-learned",
                    entry="trained-unit-exact",
                    study="neurons",
                    arms=(f"{f}_n10",),
                    metric="all_errors",
                    statistic="median",
                    relation="<=",
                    threshold=0.5,
                    seeds=10,
                )
                for f in ("and", "or")
            ),
        ),
        prior="Certain; learning a conjunction of many inputs needs balanced classes.",
        expects=("reproduced",),
        published=Published("weights 1, threshold n - 1/2 or 1/2", "confirmed"),
        **SOURCE,
    ),
    Claim(
        id="threshold-beats-boolean",
        locator=CIRCUIT,
        statement="One threshold gate computes majority and comparison, which take exponentially many terms of ANDs.",
        quotation="neurons perform a threshold operation, which cannot be done with a tiny boolean circuit",
        checks=(
            *(
                Check(
                    id=f"{name}-terms",
                    entry=f"{name}-terms",
                    study="boolean",
                    arms=("one_gate",),
                    metric=f"{name}_terms_wrong",
                    **ZERO,
                )
                for name in ("majority", "comparison", "parity")
            ),
            *(
                Check(
                    id=f"{name}-gates",
                    entry="threshold-gates-exact",
                    study="boolean",
                    arms=("one_gate",),
                    metric=f"{name}_gate_errors",
                    **ZERO,
                )
                for name in ("majority", "comparison", "parity")
            ),
            Check(
                id="parity-not-one-gate",
                entry="parity-needs-a-layer",
                study="boolean",
                arms=("one_gate",),
                metric="parity_by_one_gate",
                **ZERO,
            ),
            Check(
                id="majority-is-one-gate",
                entry="parity-needs-a-layer",
                study="boolean",
                arms=("one_gate",),
                metric="majority_by_one_gate",
                relation=">=",
                threshold=1.0,
                role="control",
                **ONE,
            ),
        ),
        quick=(
            Check(
                id="majority-terms",
                entry="majority-terms",
                study="boolean",
                arms=("one_gate",),
                metric="majority_terms_wrong",
                **ZERO,
            ),
        ),
        prior="Certain for one hidden Boolean layer.",
        expects=("reproduced",),
        published=Published("theorems on unate functions", "confirmed"),
        **SOURCE,
    ),
)
