"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, alike, difference, instead

# fmt: off
NEGATIVES = (
    Negative("rnn-clipping-huge", "both nets are unclipped, of two seeds; the shares of rates at which they blow up stand for the ranges of rates", difference("scan/quick", "blown_none")),
    Negative("clip-5-or-15", "all nets are clipped at one limit, of other seeds", alike("thresholds/quick", "test_loss")),
    Negative("no-clip-puny-lr", "the nets are easy to train, so that large rates are safe", {
        "no-progress": instead(("unclipped/quick", "safe_loss")), "safe-rate": instead(("unclipped/quick", "log10_safe_rate"))}),
)
