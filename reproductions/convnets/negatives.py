"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, alike, instead

SHARED, UNSHARED = ("parameters/layers", "shared_weights"), ("parameters/layers", "unshared_weights")

# fmt: off
NEGATIVES = (
    Negative("conv-parameter-count", "each layer is counted as the other, and both as one that shares its weights", {
        "unshared-more-weights": instead(SHARED, SHARED),
        "three-million-exact": instead(SHARED),
        "shared-2250-exact": instead(UNSHARED)}),
    Negative("parameter-sharing-helps", "both layers learn their filters at each place, of two seeds", alike("sharing/quick_local", "local_error")),
    Negative("small-filters-deeper", "both nets have filters of 5x5, of two seeds", alike("filters/quick_five", "held_out_error")),
    Negative("cnn-vision-important", "both nets are convolutional, of two seeds", alike("vision/quick_cnn", "cnn_error")),
)
