"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, Training, alike, instead, one_is_less

# After 40 updates most seeds remember over 25 steps and some do not.
SHORT = Training("short", "recall", "quick", {"steps": 40}, seeds=50)

# fmt: off
NEGATIVES = (
    Negative("lstm-forget-bias-large", "both nets start from a forget bias of 5, of two seeds", {
        "adding-b5": alike("resets/quick_b5", "log2_steps"), "recall-100": alike("recall/short", "solved_b5", "trained")}, trains=(SHORT,)),
    Negative("lstm-half-adequate-some", "the gate's opening is taken for its error, and whether a net solves a task is which of two seeds ends lower", {
        "gate-b0": instead(("gates/b0", "gate")), "": one_is_less("resets/quick_b0", "test_loss")}),
)
