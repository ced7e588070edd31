"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, Training, alike

# fmt: off
NEGATIVES = (
    Negative("centre-inputs", "both nets have inputs of mean 0, of two seeds", {
        "more-updates-mean-100": alike("offsets/centred", "updates", "trained"),
        "larger-first-step-mean-100": alike("offsets/quick_centred", "first_step_norm"),
        "higher-cosine-mean-100": alike("offsets/quick_centred", "cosine")},
             trains=(Training("centred", "offsets", "quick_centred", {"target": 0.5}, seeds=50),)),
    Negative("log1p-inputs", "both nets are given the logarithms, of two seeds", alike("magnitudes/quick", "test_error")),
)
