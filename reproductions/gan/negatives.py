"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, alike

# fmt: off
NEGATIVES = (
    Negative("gan-small-step", "both generators take steps as large as their discriminators', of two seeds", {
        "fewer-modes-at-10x": alike("ring/quick_ratio_1", "modes"), "d-accuracy-lower-at-10x": alike("ring/quick_ratio_1", "d_accuracy")}),
)
