"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, alike, instead, one_is_less

# fmt: off
NEGATIVES = (
    Negative("lstm-forget-bias-large", "both nets start from a forget bias of 0, of two seeds", {
        "adding-b5": alike("resets/quick_b0", "test_loss"), "recall-100": alike("resets/quick_b0", "test_accuracy")}),
    Negative("lstm-half-adequate-some", "the gate starts from a bias of 5, and whether a net solves a task is which of two seeds ends lower", {
        "gate-b0": instead(("gates/b5", "gate")), "": one_is_less("resets/quick_b0", "test_loss")}),
)
