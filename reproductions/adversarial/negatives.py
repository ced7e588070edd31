"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, alike, difference, instead, ratio

UNTOUCHED = instead(("fooled/small_mlp", "test_error"))

# fmt: off
NEGATIVES = (
    Negative("adv-easily-tricked", "the images are not changed", UNTOUCHED),
    Negative("adv-noise-not-random", "the pattern is random signs too, of another seed", ratio("fooled/small_mlp", "noise_signs_error")),
    Negative("adv-ensembles-fail", "the images are not changed", instead(("defences/small_ensemble", "test_error"))),
    Negative("adv-regularisation-ruins", "both errors are of one penalty, of two seeds, and the images of no point are changed", {
        "robustness-rises": alike("penalties/quick", "l2_least_fgsm"), "no-point-on-l2": UNTOUCHED}),
    Negative("adv-training-helps-adv", "both nets are trained on adversarial examples, of two seeds", alike("perturbed_training/small_mlp_fgsm", "test_fgsm_250")),
    Negative("adv-training-helps-clean", "both nets are trained on clean images, of two seeds", difference("clean_error/small_pair", "clean_error")),
    Negative("adv-kl-penalty", "both nets have the penalty, of two seeds, and one step of an attack stands for many", {
        "on-top-clean": alike("kl_penalty/small_mlp_kl_fgsm", "test_error"),
        "fgsm-direction-clean": alike("kl_penalty/small_mlp_kl_fgsm", "test_error"),
        "": alike("kl_penalty/small_mlp_kl_fgsm", "test_fgsm_250")}),
)
