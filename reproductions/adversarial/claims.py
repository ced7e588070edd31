"""What is claimed about adversarial examples and training on them, and what decides it. Literals only.

Errors are in per cent. A name that ends in 250 is that of a budget of 0.25 of the pixel range for each pixel.
"""

from suite.claims import Check, Claim, Published, Quick, control, direction, scope
from suite.questions import beats_chance, less, more, passes

FGSM, CLIPPED = "test_fgsm_250", "test_fgsm_clipped_250"  # clipped: cut to the pixel range
PGD = "attacked_pgd_50"  # at 0.05, where errors are graded: at 0.25 nearly every net errs on every image


def _sound(study: str, arm: str, most: int, *guards: str) -> tuple[Check, Check]:
    """An attack's numbers count if it kept its budget on every image and found every planted example."""
    name = arm.replace("_", "-")
    kept, found = passes(arm, "budget_kept", "==", 1), passes(arm, "planted_found", "==", 1)
    return (
        control(f"{name}-budget-kept", "every image stays in its budget", study, kept, most=most, guards=guards),
        control(f"{name}-planted-found", "every planted example is found", study, found, most=most, guards=guards),
    )


# fmt: off
CLAIMS = (  # a table: a line a check
Claim(
    id="adv-easily-tricked", source="rei2015things", locator="on adversarial examples", dataset="mnist",
    statement="A small computed change makes nets err on most images.",
    quotation="neural networks are easily tricked by adversarial examples",
    published=Published("Goodfellow et al. 2015: softmax regression 99.9 % errors at confidence 79.3 %; 3 vs 7 "
                        "clean 1.6 %, attacked 99 %; maxout 89.4 % at 97.6 %", "confirmed"),
    checks=(
        direction("mlp-clipped-error", "the net errs on most attacked images", "fooled", passes("mlp", CLIPPED, ">", 50), most=96),
        scope("mlp-clipped-error-85", "on at least 85 % of them", "fooled", passes("mlp", CLIPPED, ">=", 85)),
        scope("mlp-error", "the same where images are not cut", "fooled", passes("mlp", FGSM, ">=", 85)),
        scope("mlp-confidence", "it is sure of them", "fooled", passes("mlp", "test_fgsm_confidence", ">=", 0.8)),
        scope("mlp-clipped-confidence", "and sure of those on cut images", "fooled",
              passes("mlp", "test_fgsm_clipped_confidence", ">=", 0.8)),
        scope("mlp-clipped-error-at-0.1", "a tenth of the range does", "fooled",
              passes("mlp", "test_fgsm_clipped_100", ">", 50)),
        control("mlp-rises-with-budget", "no larger budget fools less", "fooled",
                passes("mlp", "largest_fall", "<=", 1), most=96, guards=("mlp-clipped-error",)),
        control("mlp-large-budget", "a budget of the whole range fools on all images", "fooled",
                passes("mlp", "large_budget_pgd", ">=", 99), most=96, guards=("mlp-clipped-error",)),
        *_sound("fooled", "mlp", 96, "mlp-clipped-error"),
    ),
    carried=(
        "mlp-dropout-error", "mlp-dropout-confidence", "mlp-dropout-clipped-error", "mlp-dropout-clipped-confidence",
        "softmax-error", "logistic-3-vs-7-error", "logistic-3-vs-7-clean-not-above",
        "logistic-3-vs-7-clean-not-below", "cnn-error", "mlp-dropout-rises-with-budget", "mlp-dropout-large-budget",
        "cnn-rises-with-budget", "cnn-large-budget", "mlp-dropout-budget-kept", "mlp-dropout-planted-found",
        "softmax-budget-kept", "softmax-planted-found", "logistic-3-vs-7-budget-kept",
        "logistic-3-vs-7-planted-found", "cnn-budget-kept", "cnn-planted-found",
    ),
    quick=(Quick("clipped-error", "fooled", "small_mlp", CLIPPED, ">=", 80),),
),
Claim(
    id="adv-noise-not-random", source="rei2015things", locator="on adversarial examples", dataset="mnist",
    statement="Random noise of the size of an adversarial pattern hardly costs errors: its direction matters.",
    quotation="the noise is carefully calculated, in order to trick the network",
    published=Published("nets trained on such noise still err on 86.2 % (signs) and 90.4 % (uniform) of FGSM "
                        "examples", "confirmed"),
    checks=(
        direction("mlp-ratio", "FGSM fools the net on more images than random signs of that size", "fooled", passes("mlp", "fgsm_over_signs", ">", 1), most=96),
        scope("mlp-ratio-10", "ten times over", "fooled", passes("mlp", "fgsm_over_signs", ">=", 10)),
        scope("mlp-sign-noise", "the noise costs 3 points at most", "fooled", passes("mlp", "signs_excess", "<=", 3)),
        scope("uniform-noise", "FGSM beats uniform noise", "fooled",
              more(FGSM, "mlp", than_metric="noise_uniform_error")),
        scope("others-pattern", "and the pattern of another image", "fooled",
              more(FGSM, "mlp", than_metric="noise_others_pattern_error")),
        scope("shuffled-pattern", "and the image's own pattern, its pixels shuffled", "fooled",
              more(FGSM, "mlp", than_metric="noise_shuffled_pattern_error")),
        control("mlp-fgsm-errs", "FGSM fools it on most images", "fooled", passes("mlp", FGSM, ">", 50), most=96,
                guards=("mlp-ratio",)),
        *_sound("fooled", "mlp", 96, "mlp-ratio"),
    ),
    carried=("mlp-dropout-ratio", "mlp-dropout-sign-noise", "mlp-dropout-fgsm-errs", "mlp-dropout-budget-kept",
             "mlp-dropout-planted-found"),
    quick=(Quick("ratio", "fooled", "small_mlp", "fgsm_over_signs", ">=", 3),),
),
Claim(
    id="adv-ensembles-fail", source="rei2015things", locator="on adversarial examples", dataset="mnist",
    statement="Ensembles, votes over views and pre-training do not keep a net from being fooled on most images.",
    quotation="have all failed against this vulnerability",
    published=Published("ensemble of 12 maxout nets: 91.1 % attacked as a whole, 87.9 % through one member",
                        "confirmed"),
    checks=(
        direction("ensemble-error", "an attacked ensemble errs on most images", "defences", passes("ensemble", FGSM, ">", 50)),
        direction("saccades-error", "an attacked vote over shifted views errs on most images", "defences", passes("saccades", FGSM, ">", 50), most=96),
        direction("pretrained-error", "an attacked net with unsupervised pre-training errs on most images", "defences", passes("pretrained", FGSM, ">", 50), most=96),
        scope("ensemble-error-70", "an ensemble on 70 %", "defences", passes("ensemble", FGSM, ">=", 70)),
        scope("saccades-error-70", "a vote over views on 70 %", "defences", passes("saccades", FGSM, ">=", 70)),
        scope("pretrained-error-70", "a pre-trained net on 70 %", "defences", passes("pretrained", FGSM, ">=", 70)),
        scope("ensemble-through-one", "an ensemble attacked through one member on most", "defences",
              passes("ensemble", "through_part_error", ">", 50)),
        scope("saccades-through-centre", "a vote attacked through the central view on most", "defences",
              passes("saccades", "through_part_error", ">", 50)),
        control("ensemble-knows-digits", "the ensemble knows digits", "defences",
                passes("ensemble", "test_error", "<=", 3), guards=("ensemble-error",)),
        control("saccades-knows-digits", "the vote over views knows digits", "defences",
                passes("saccades", "test_error", "<=", 3), most=96, guards=("saccades-error",)),
        control("pretrained-knows-digits", "the pre-trained net knows digits", "defences",
                passes("pretrained", "test_error", "<=", 3), most=96, guards=("pretrained-error",)),
        control("single-knows-digits", "a single net knows digits", "defences",
                passes("single", "test_error", "<=", 3), most=96,
                guards=("ensemble-error", "saccades-error", "pretrained-error")),
        control("trained-on-fgsm-knows-digits", "a net trained on FGSM examples knows digits", "defences",
                passes("trained_on_fgsm", "test_error", "<=", 3), most=96,
                guards=("ensemble-error", "saccades-error", "pretrained-error")),
        control("trained-on-fgsm-resists", "and resists them", "defences",
                passes("trained_on_fgsm", FGSM, "<=", 50), most=96,
                guards=("ensemble-error", "saccades-error", "pretrained-error")),
        *_sound("defences", "ensemble", 48, "ensemble-error"),
        *_sound("defences", "saccades", 96, "saccades-error"),
        *_sound("defences", "pretrained", 96, "pretrained-error"),
        *_sound("defences", "trained_on_fgsm", 96, "ensemble-error", "saccades-error", "pretrained-error"),
    ),
    quick=(Quick("ensemble-error", "defences", "small_ensemble", FGSM, ">=", 70),),
),
Claim(
    id="adv-regularisation-ruins", source="rei2015things", locator="on adversarial examples", dataset="mnist",
    statement="Regularisation strong enough to make a net robust costs it the clean digits first.",
    quotation="Applying heavy regularisation helps, but not before ruining the accuracy on the clean data",
    published=Published("no number given", "none found"), nature="proxy",
    checks=(
        direction("robustness-rises", "heavy weight decay lowers the error under attack", "penalties", less("l2_heavy_fgsm", "paths", than_metric="none_fgsm")),
        direction("no-point-on-l2", "no strength of weight decay gives a robust net with an ordinary clean error", "penalties", passes("paths", "l2_least_fgsm", ">=", 50)),
        scope("greatest-fall-20", "some point lowers the errors by 20 points", "penalties",
              passes("paths", "greatest_fall", ">=", 20)),
        *(scope(f"{path}-robustness-rises", f"the heaviest {path} helps", "penalties",
                less(f"{path}_heavy_fgsm", "paths", than_metric="none_fgsm"))
          for path in ("l1", "dropout", "noise")),
        *(scope(f"{path}-helps-at-0.1", f"the heaviest {path} helps at a budget of 0.1", "penalties",
                less(f"{path}_heavy_fgsm_at_0.1", "paths", than_metric="none_fgsm_at_0.1"))
          for path in ("l2", "l1", "dropout", "noise")),
        *(scope(f"no-point-on-{path}", f"no {path} leaves a net robust and knowing", "penalties",
                passes("paths", f"{path}_least_fgsm", ">=", 50))
          for path in ("l1", "dropout", "noise")),
        control("l2-heavy-beats-chance", "the net of the heaviest L2 knows something of digits", "penalties",
                beats_chance("paths", "l2_heavy_error", samples=10_000, constant=0.1135, percent=True),
                guards=("robustness-rises", "l2-helps-at-0.1")),
        *(control(f"{path}-knows-digits", "some point of the path knows digits", "penalties",
                  passes("paths", f"{path}_knowing", ">=", 1), guards=(f"no-point-on-{path}",))
          for path in ("l2", "l1", "dropout", "noise")),
        *_sound("penalties", "paths", 48, "robustness-rises", "no-point-on-l2"),
    ),
    quick=(Quick("no-point-on-l2", "penalties", "quick", "l2_least_fgsm", ">=", 50),),
),
Claim(
    id="adv-training-helps-adv", source="rei2015things", locator="on adversarial training", dataset="mnist",
    statement="Training on adversarial examples lowers a net's errors on such examples.",
    quotation="in addition to helping with the adversarial cases",
    published=Published("maxout: 89.4 % before, 17.9 % after", "confirmed"),
    checks=(
        direction("mlp-fgsm-resists", "the net trained on FGSM examples errs less on them than the ordinary net", "perturbed_training", less(FGSM, "mlp_fgsm", than="mlp_clean"), most=96),
        scope("mlp-fgsm-resists-25", "it errs on at most 25 %", "perturbed_training",
              passes("mlp_fgsm", FGSM, "<=", 25)),
        scope("mlp-dropout-fgsm-resists", "a dropout net errs on at most 25 %", "perturbed_training",
              passes("mlp_dropout_fgsm", FGSM, "<=", 25)),
        scope("cnn-fgsm-resists", "a convolutional net errs on at most 25 %", "perturbed_training",
              passes("cnn_fgsm", FGSM, "<=", 25)),
        scope("pgd", "it helps against PGD of 0.05", "perturbed_training", less(PGD, "mlp_fgsm", than="mlp_clean")),
        scope("pgd-at-0.25", "it helps against PGD of 0.25", "perturbed_training",
              less("attacked_pgd_250", "mlp_fgsm", than="mlp_clean")),
        scope("noise-augmented", "it helps more than training on random signs does", "perturbed_training",
              less(FGSM, "mlp_fgsm", than="mlp_noise")),
        scope("signs-fool-more", "random signs then fool the net more often than FGSM", "perturbed_training",
              more("noise_signs_error", "mlp_fgsm", than_metric=FGSM)),
        control("mlp-clean-errs", "the net of clean digits errs on most", "perturbed_training",
                passes("mlp_clean", FGSM, ">", 50), most=96, guards=("mlp-fgsm-resists",)),
        control("mlp-dropout-clean-errs", "the dropout net of clean digits does", "perturbed_training",
                passes("mlp_dropout_clean", FGSM, ">", 50), most=96, guards=("mlp-dropout-fgsm-resists",)),
        control("cnn-clean-errs", "the convolutional net of clean digits does", "perturbed_training",
                passes("cnn_clean", FGSM, ">", 50), most=96, guards=("cnn-fgsm-resists",)),
        *_sound("perturbed_training", "mlp_clean", 96, "mlp-fgsm-resists"),
        *_sound("perturbed_training", "mlp_fgsm", 96, "mlp-fgsm-resists"),
        *_sound("perturbed_training", "mlp_dropout_clean", 96, "mlp-dropout-fgsm-resists"),
        *_sound("perturbed_training", "mlp_dropout_fgsm", 96, "mlp-dropout-fgsm-resists"),
        *_sound("perturbed_training", "cnn_clean", 96, "cnn-fgsm-resists"),
        *_sound("perturbed_training", "cnn_fgsm", 96, "cnn-fgsm-resists"),
    ),
    quick=(Quick("resists", "perturbed_training", "small_mlp_fgsm", FGSM, "<=", 88),),
),
Claim(
    id="adv-training-helps-clean", source="rei2015things", locator="on adversarial training", dataset="mnist",
    statement="Training on FGSM examples also lowers the error on clean digits, beyond what dropout alone reaches.",
    quotation="this also improves accuracy on the clean examples",
    published=Published("maxout: 0.94 % to 0.84 %; larger 1.14 % to 0.782 %, the mean of 5 runs", "confirmed"),
    checks=(
        direction("lower-clean-error", "the net trained on FGSM examples too errs less on clean digits", "clean_error", passes("pair", "error_change", "<", 0), most=24),
        scope("noise-control", "FGSM examples help more than random signs", "clean_error",
              less("fgsm_error", "pair", than_metric="noise_error"), most=24),
        scope("noise-helps", "random signs help, too", "clean_error",
              less("noise_error", "pair", than_metric="clean_error"), most=24),
        scope("mlp-lower-clean-error", "it helps a net without dropout, of ten epochs", "perturbed_training",
              less("test_error", "mlp_fgsm", than="mlp_clean")),
        scope("mlp-dropout-lower-clean-error", "it helps a smaller dropout net, of ten epochs", "perturbed_training",
              less("test_error", "mlp_dropout_fgsm", than="mlp_dropout_clean")),
        scope("cnn-lower-clean-error", "it helps a convolutional net, of four epochs", "perturbed_training",
              less("test_error", "cnn_fgsm", than="cnn_clean")),
        *_sound("clean_error", "pair", 24, "lower-clean-error"),
    ),
    quick=(  # a small net, briefly trained, pays for it with clean digits
        Quick("helps-adversarial", "clean_error", "small_pair", "fgsm_fgsm", "<=", 80, seeds=3),
        Quick("costs-clean", "clean_error", "small_pair", "error_change", ">=", 2, seeds=3),
    ),
    dropped={
        "larger-arm": "two layers of 1600 for 40 epochs take 25 minutes a pair on one core, five hours for twelve",
        "mcnemar": "the counts within each seed are on record; predictions of several seeds are never pooled, and "
        "each seed is asked which of its two nets errs less",
    },
),
Claim(
    id="adv-kl-penalty", source="rei2015things", locator="on adversarial training", dataset="mnist",
    statement="A penalty on how far the prediction moves lowers the errors further than adversarial training does.",
    quotation="we can improve this further by penalizing the KL-divergence",
    published=Published("virtual adversarial training 0.637 %, adversarial training 0.788 %, plain net 1.11 %",
                        "from memory"),
    checks=(
        direction("on-top-clean", "the penalty on top of adversarial training lowers the clean error", "kl_penalty", less("test_error", "fgsm_and_kl", than="fgsm")),
        direction("on-top-pgd", "the penalty on top of adversarial training lowers the error under PGD", "kl_penalty", less(PGD, "fgsm_and_kl", than="fgsm")),
        direction("fgsm-direction-clean", "the penalty in place of adversarial training lowers the clean error", "kl_penalty", less("test_error", "kl_fgsm", than="fgsm")),
        direction("fgsm-direction-pgd", "the penalty in place of adversarial training lowers the error under PGD", "kl_penalty", less(PGD, "kl_fgsm", than="fgsm")),
        scope("on-top-fgsm", "on top, FGSM fools less", "kl_penalty", less(FGSM, "fgsm_and_kl", than="fgsm")),
        scope("fgsm-direction-fgsm", "FGSM fools less", "kl_penalty", less(FGSM, "kl_fgsm", than="fgsm")),
        scope("on-top-pgd-at-0.25", "on top, PGD of 0.25 fools less", "kl_penalty",
              less("attacked_pgd_250", "fgsm_and_kl", than="fgsm")),
        scope("fgsm-direction-pgd-at-0.25", "PGD of 0.25 fools less", "kl_penalty",
              less("attacked_pgd_250", "kl_fgsm", than="fgsm")),
        scope("virtual-direction-fgsm", "in the virtual adversarial direction, FGSM fools less", "kl_penalty",
              less(FGSM, "kl_virtual", than="fgsm")),
        scope("virtual-direction-pgd-at-0.25", "there, PGD of 0.25 fools less", "kl_penalty",
              less("attacked_pgd_250", "kl_virtual", than="fgsm")),
        scope("virtual-direction-clean", "there, it makes fewer errors", "kl_penalty",
              less("test_error", "kl_virtual", than="fgsm")),
        scope("virtual-direction-pgd", "there, PGD fools less", "kl_penalty",
              less(PGD, "kl_virtual", than="fgsm")),
        *_sound("kl_penalty", "fgsm", 96, "on-top-clean", "on-top-pgd", "fgsm-direction-clean", "fgsm-direction-pgd"),
        *_sound("kl_penalty", "fgsm_and_kl", 96, "on-top-clean", "on-top-pgd"),
        *_sound("kl_penalty", "kl_fgsm", 96, "fgsm-direction-clean", "fgsm-direction-pgd"),
        *_sound("kl_penalty", "kl_virtual", 96, "virtual-direction-clean", "virtual-direction-pgd"),
    ),
    quick=(Quick("errs-less", "kl_penalty", "small_mlp_kl_fgsm", "test_error", "<=", 10, seeds=3),),  # of FGSM training, 10.3
),
)
# fmt: on
