"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, difference, instead, shuffled

# fmt: off
NEGATIVES = (
    Negative("no-local-minima", "minima are counted as saddles and saddles as minima, of a net that has bad minima", {
        "most-critical-points-saddles": instead(("critical_points/wide", "bad_share")),
        "zero-bad-minima": instead(("critical_points/xor", "bad_minima"), record="trials")}),
    Negative("p-to-the-1000", "the directions are independent in the first check, and in the second they depend on each other more", {
        "p-n-at-most-p-power-n": instead(("goe/diagonal", "largest_ratio")),
        "p-n-equals-p-power-n": instead(("goe/shifted", "standard_errors"), record="trials")}),
    Negative("p-rises-near-minimum", "both shares are those after training, of two seeds", difference("curvature/net", "last_positive")),
    Negative("sgd-solves-np-hard", "the teacher's units jump where the student's bend", instead(("planted/threshold3", "test_error"), record="trials")),
    Negative("momentum-plateaus", "which of the two has momentum is drawn by lot in each seed", shuffled(
        ("plateaus/quadratic_0.9", "plateau_steps"), ("plateaus/quadratic_0", "plateau_steps"))),
)
