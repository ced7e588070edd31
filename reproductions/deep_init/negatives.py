"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, alike, difference, instead, one_is_less, ratio, shuffled

FOUR_TIMES = ratio("depth/quick_glorot_x4", "validation_error")
SAME_RELU = alike("activations/quick_relu", "validation_error")
LEARNED_NOTHING = instead(("small_weights/sgd_relu_std_0.01_depth10", "test_error"), record="trials")
TOSS = one_is_less("spectral/quick", "least_loss")

# fmt: off
NEGATIVES = (
    Negative("small-random-weights-fail-deep", "the shallow nets are as deep as the deep ones, and the deep ones as shallow", {
        "relu-depth-1-learns": LEARNED_NOTHING,
        "tanh-depth-1-learns": instead(("small_weights/sgd_tanh_std_0.01_depth10", "test_error"), record="trials"),
        "relu-depth-10-fails": instead(("small_weights/sgd_relu_std_0.01_depth1", "test_error"), record="trials"),
        "tanh-depth-10-fails": instead(("small_weights/sgd_tanh_std_0.01_depth1", "test_error"), record="trials")}),
    Negative("scale-compounds-with-depth", "the growth is taken from that of another seed", difference("signal_propagation/relu_width256", "growth")),
    Negative("deep-worse-than-shallow", "which net has how many layers is drawn by lot in each seed", shuffled(
        *((f"depth/sigmoid_standard_depth{depth}", "test_error") for depth in range(1, 6)), record="trials")),
    Negative("lazy-002-init", "both nets have one layer and start from 0.02·randn, of two seeds", alike("lazy/quick_depth1", "lazy_validation_error")),
    Negative("init-scale-01-or-1", "the weights are 0.01·randn, from which ten layers learn nothing", LEARNED_NOTHING),
    Negative("shallow-forgiving", "both nets have one layer, of two seeds, and the worst error is that of eight", {
        "ratio": alike("forgiving/quick_depth1", "worst_validation_error"),
        "fixes-it": instead(("forgiving/depth8", "worst_test_error"), record="trials")}),
    Negative("random-init-super-important", "whether a net is stuck, and whether it learns, is which of two seeds ends lower", TOSS),
    Negative("glorot-recommended", "both nets start from Glorot's weights, of two seeds", alike("glorot/quick_glorot", "epochs_to_target")),
    Negative("sigmoid-four-times", "both nets of a ratio start at four times Glorot's bound, of two seeds", FOUR_TIMES),
    Negative("activation-ranking", "both nets are of ReLU, of two seeds", SAME_RELU),
    Negative("saturation-kills-gradient", "the ratio is taken over that of another seed", ratio("saturation/sigmoid_all", "saturated_ratio")),
    Negative("dead-relu-lr", "both shares of dead units are at the largest rate, of two seeds", difference("dead_units/quick", "most_dead")),
    Negative("eighties-ablation", "what is saved, and what is left, is whether one seed saves less than another", {
        "relu-dropout": one_is_less("eighties/quick", "validation_error_saved"),
        "nothing-left": difference("eighties/quick", "validation_error_saved")}),
)
