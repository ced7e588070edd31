"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, Training, alike, instead, planted

# fmt: off
NEGATIVES = (
    Negative("memorise-one-unit-per-case", "a detector is missing, and the output layer is not trained", {
        "lookup-net-exact": instead(("lookup/cube", "missed_without_one")),
        "output-layer-learns-all-cases": instead(("memorised/detectors", "cases_right_at_start"))}),
    Negative("svm-support-vector-per-case", "all problems are easy ones, of other seeds", {
        "sv-share-hard-above-easy": alike("support_vectors/quick_plane", "share"),
        "sv-share-hard-at-least-0.9": alike("support_vectors/quick_plane", "share")}),
    Negative("depth-more-expressive", "the units stand in one layer, which has a piece more than units", planted(1)),
    Negative("gaussian-svm-exponential-sv", "the answer is the first bit, for which two vectors are enough", {
        "least-sv-semilog-growth": planted(0, -1), "least-sv-at-least-half-cube": planted(0.1)}),
    Negative("tiny-nets-weak", "both nets have four units, of two seeds", alike("tiny/quick_4", "test_error")),
    Negative("three-layer-fewer-nodes", "both nets have two hidden layers, of two seeds", alike("nodes/two_layers", "parameters_two", "trained"),
             trains=(Training("two_layers", "nodes", "quick", {"sizes": [20, 30, 45, 70, 110, 170, 250]}, seeds=50),)),
    Negative("wide-two-layer-untrainable", "both nets have as many units, of two seeds, and the widest learns", {
        "widest-train-loss-above-100": alike("widths/quick", "seen_loss"),
        "widest-at-chance": instead(("widths/quick", "test_error"))}),
    Negative("shallow-net-equals-kernel-machine", "what is compared is one number, of two seeds", {
        "gap-below-deep-advantage": alike("shallow/quick", "gap"), "deep-beats-both": alike("shallow/quick", "better_error")}),
    Negative("learned-kernel", "both kernels are learned, and both agreements are of two seeds' nets", {
        "learned-features-beat-untrained": alike("learned/quick", "test_learned_error"),
        "agreement-above-two-seeds": alike("learned/quick", "test_seeds_agreement")}),
)
