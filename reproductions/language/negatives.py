"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, Training, alike, instead

# fmt: off
NEGATIVES = (
    Negative("lstm-time-series", "all errors are the LSTM's own, of other seeds", alike("series/quick", "one_step")),
    Negative("char-rnn-effective", "both are recurrent nets, of two seeds", alike("characters/quick", "test_nats")),
    Negative("syntax-free-text", "all three are nets that see the order of the words, of other seeds", alike("polarity/quick_cnn", "test_accuracy")),
    Negative("cnn-sentence-classification", "the net is left as it starts", instead(("polarity/untrained", "test_accuracy"), record="trained"),
             trains=(Training("untrained", "polarity", "quick_cnn", {"rate": 1e-9}),)),
)
