"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, instead, planted

# fmt: off
NEGATIVES = (
    Negative("sort-construction", "the first comparison of the net always says no, and units are added as the fourth power", {
        "threshold-exact-n2-b2": instead(("construction/n2_b2", "cut_errors"), record="trials"),
        "threshold-exact-n3-b3": instead(("construction/n3_b3", "cut_errors"), record="trials"),
        "threshold-exact-n10-b10": instead(("construction/n10_b10", "cut_errors"), record="trials"),
        "growth": planted(24)}),
    Negative("sort-trained-10x6", "the net has no hidden layer; its single numbers stand for whole lists", instead(("trained/linear_quick", "test_number_accuracy"))),
    Negative("sort-boolean-gigantic", "the circuit is of any depth, and is never larger than the net", planted(1_000_000)),
    Negative("neuron-and-or", "each unit is the other", planted(2)),
    Negative("threshold-beats-boolean", "the gate's threshold is one too high, and a term is missing", planted(1)),
)
