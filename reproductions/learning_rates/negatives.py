"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, alike, instead

# fmt: off
NEGATIVES = (
    Negative("lr-point-one", "all rates are 0.1, of other seeds, and the best one is a gated net's, which is 1 or more", {
        "0.1-no-worse-than-0.01-and-1": alike("generated/quick", "loss_0.1"),
        "best-rate-1-or-more-rare": instead(("generated/recall_gru", "log10_best_rate"), record="trials"),
        "large-recall_gru": instead(("text/characters_lstm", "log10_best_rate"), record="trials")}),
    Negative("lr-decay-plateau", "the rate of both nets stays, of two seeds", alike("plateau/constant", "test_error", "trials")),
    Negative("update-ratio-1e-3", "both losses are the best, of two seeds, and the best ratio is that of a net of one layer", {
        "best-ratio-in-3e-4-to-3e-3": instead(("generated/quick", "best_ratio")),
        "": alike("generated/quick", "loss_best")}),
)
