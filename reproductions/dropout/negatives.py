"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, alike, difference, one_is_less, ratio

PLAIN = difference("grid/quick_width256", "plain_test_error")

# fmt: off
NEGATIVES = (
    Negative("dropout-helps", "both nets are trained with dropout, of two seeds", alike("large_nets/quick", "test_error")),
    Negative("dropout-only-large-nets", "both nets of a gain are without dropout, of two seeds", PLAIN),
    Negative("dropout-little-reason-not", "both nets of a gain are without dropout, of two seeds", PLAIN),
    Negative("dropout-test-scaling", "both ways to use the net are the rule of scaled weights, of two seeds", {
        "one-sample-error": ratio("scaling/quick", "test_scaled_error"),
        "biases-error": ratio("scaling/quick", "test_scaled_error"),
        "": ratio("scaling/quick", "test_scaled_nll")}),
    Negative("dropout-longer-better", "the slope is taken from that of another seed with dropout", difference("longer/quick", "dropout_error_slope")),
    Negative("no-dropout-val-rises", "the slope is taken from that of another seed without dropout", difference("longer/quick", "plain_error_slope")),
    Negative("dropout-tune-p", "both nets have the default probability, of two seeds", one_is_less("probability/quick", "test_error_0.5")),
    Negative("dropout-4x2000", "both nets are trained with dropout, of two seeds", alike("large_nets/quick", "test_error")),
)
