"""What is claimed about adversarial examples and training on them, and what decides it. Literals only."""

from typing import Any

from common.claims import Check, Claim, Published

SOURCE: dict[str, Any] = {"source": "rei2015things", "dataset": "mnist"}
TEN: dict[str, Any] = {"statistic": "median", "seeds": 10}
EIGHT: dict[str, Any] = {"study": "penalties", "arms": ("paths",), "statistic": "median", "seeds": 8}
QUICK: dict[str, Any] = {"statistic": "median", "seeds": 4}
AT_LEAST, AT_MOST = ">=", "<="


def _check(name: str, entry: str, metric: str, relation: Any, threshold: float, **rest: Any) -> Check:
    return Check(id=name, entry=entry, metric=metric, relation=relation, threshold=threshold, **rest)


def _sound(study: str, arm: str, prefixes: tuple[str, str] = ("test_", "attacked_"), seeds: int = 10) -> list[Check]:
    """An attack's numbers count if it kept its budget on every image and found every planted example."""
    rest: dict[str, Any] = {
        "study": study, "arms": (arm,), "statistic": "exact", "seeds": seeds, "role": "control",
    }  # fmt: skip
    return [
        _check(f"{arm}-budget-kept".replace("_", "-"), "budget-kept", f"{prefixes[0]}budget_broken", "==", 0.0, **rest),
        _check(f"{arm}-planted".replace("_", "-"), "planted-found", f"{prefixes[1]}planted_found", "==", 1.0, **rest),
    ]


def _median(name: str, entry: str, where: tuple[str, str], metric: str, relation: str, threshold: float) -> Check:
    return _check(name, entry, metric, relation, threshold, study=where[0], arms=(where[1],), **TEN)


MLP, DROPOUT = ("fooled", "mlp"), ("fooled", "mlp_dropout")
SOFTMAX, LOGISTIC = ("fooled", "softmax"), ("fooled", "logistic_3_vs_7")
ENSEMBLE, SACCADES, PRETRAINED = (("defences", arm) for arm in ("ensemble", "saccades", "pretrained"))
TRAINED, TRAINED_DROPOUT = (("perturbed_training", arm) for arm in ("mlp_fgsm", "mlp_dropout_fgsm"))


def _quick(name: str, entry: str, where: tuple[str, str], metric: str, relation: str, threshold: float) -> Check:
    return _check(name, entry, metric, relation, threshold, study=where[0], arms=(where[1],), **QUICK)


SMALL = ("fooled", "small_mlp_quick")
SMALL_TRAINED = ("perturbed_training", "small_mlp_fgsm_quick")
SMALL_VIRTUAL = ("perturbed_training", "small_mlp_kl_virtual_quick")


def _lower(name: str, entry: str, study: str, arms: tuple[str, str]) -> Check:
    """The clean test error of the first arm is under that of the second, paired by seed."""
    return _check(name, entry, "test_error", AT_MOST, 0.0, study=study, arms=arms, statistic="mean", seeds=10)


CLAIMS = (
    Claim(
        id="adv-easily-tricked",
        locator="on adversarial examples",
        statement="A change of each pixel by a quarter of its range makes nets err on most images, and surely.",
        quotation="neural networks are easily tricked by adversarial examples",
        checks=(
            _median("mlp-error", "mlp-error", MLP, "test_fgsm_error", AT_LEAST, 0.85),
            _median("mlp-confidence", "mlp-confidence", MLP, "test_fgsm_confidence", AT_LEAST, 0.8),
            _median("dropout-error", "mlp-error", DROPOUT, "test_fgsm_error", AT_LEAST, 0.85),
            _median("dropout-confidence", "mlp-confidence", DROPOUT, "test_fgsm_confidence", AT_LEAST, 0.8),
            _median("mlp-clipped-error", "clipped", MLP, "test_fgsm_clipped_error", AT_LEAST, 0.85),
            _median("softmax-error", "softmax-error", SOFTMAX, "test_fgsm_error", AT_LEAST, 0.99),
            _median("3-vs-7-error", "3-vs-7-error", LOGISTIC, "test_fgsm_error", AT_LEAST, 0.97),
            _median("3-vs-7-clean-low", "3-vs-7-clean", LOGISTIC, "test_error", AT_MOST, 0.021),
            _median("3-vs-7-clean-high", "3-vs-7-clean", LOGISTIC, "test_error", AT_LEAST, 0.011),
            *(check for where in (MLP, DROPOUT, SOFTMAX, LOGISTIC) for check in _sound(*where)),
        ),
        quick=(_quick("small-mlp-error", "mlp-error", SMALL, "test_fgsm_error", AT_LEAST, 0.5),),
        prior="Very likely.",
        expects=("reproduced",),
        published=Published(
            "Goodfellow et al. 2015, budget 0.25: softmax regression 99.9 % errors at confidence 79.3 %; "
            "3 vs 7 clean 1.6 %, attacked 99 %; maxout 89.4 % at 97.6 %",
            "confirmed",
        ),
        dropped={
            "cnn": "no threshold is named; on record from 5 seeds, as is the maxout net of the published number",
            "over-budgets": "budgets of 0.05 to 0.5, clipped or not, are drawn; the claim's numbers are those at 0.25",
        },
        **SOURCE,
    ),
    Claim(
        id="adv-noise-not-random",
        locator="on adversarial examples",
        statement="Random noise of the size of an adversarial pattern hardly costs errors: its direction matters.",
        quotation="the noise is carefully calculated, in order to trick the network",
        checks=(
            _median("mlp-sign-noise", "sign-noise", MLP, "test_sign_noise_excess", AT_MOST, 0.03),
            _median("mlp-ratio", "ratio", MLP, "test_fgsm_over_sign_noise", AT_LEAST, 10.0),
            _median("dropout-sign-noise", "sign-noise", DROPOUT, "test_sign_noise_excess", AT_MOST, 0.03),
            _median("dropout-ratio", "ratio", DROPOUT, "test_fgsm_over_sign_noise", AT_LEAST, 10.0),
            *(
                _check(
                    *(f"{arm}-fgsm-errs", "fgsm-errs", "test_fgsm_error", AT_LEAST, 0.85),
                    **TEN | {"study": "fooled", "arms": (arm.replace("-", "_"),), "role": "control"},
                )
                for arm in ("mlp", "mlp-dropout")
            ),
            *(check for where in (MLP, DROPOUT) for check in _sound(*where)),
        ),
        quick=(_quick("small-mlp-sign-noise", "sign-noise", SMALL, "test_sign_noise_excess", AT_MOST, 0.2),),
        prior="Very likely.",
        expects=("reproduced",),
        published=Published(
            "nets trained on such noise still err on 86.2 % (signs) and 90.4 % (uniform) of FGSM examples", "confirmed"
        ),
        dropped={
            "uniform-noise": "no threshold is named; on record",
            "other-patterns": "patterns of other images or with shuffled pixels are on record; no threshold is named",
        },
        **SOURCE,
    ),
    Claim(
        id="adv-ensembles-fail",
        locator="on adversarial examples",
        statement="Ensembles, votes over shifted views and unsupervised pre-training leave a net as easy to fool.",
        quotation="have all failed against this vulnerability",
        checks=(
            _median("ensemble-error", "ensemble", ENSEMBLE, "test_fgsm_error", AT_LEAST, 0.7),
            _median("saccades-error", "saccades", SACCADES, "test_fgsm_error", AT_LEAST, 0.7),
            _median("pretrained-error", "pretraining", PRETRAINED, "test_fgsm_error", AT_LEAST, 0.7),
            *(
                _check(
                    *(f"{arm}-knows-digits", "clean-band", "test_error", AT_MOST, 0.03),
                    **TEN | {"study": "defences", "arms": (arm,), "role": "control"},
                )
                for arm in ("ensemble", "saccades", "pretrained")
            ),
            *(check for where in (ENSEMBLE, SACCADES, PRETRAINED) for check in _sound(*where)),
        ),
        quick=(
            _quick(
                *("small-ensemble-error", "ensemble", ("defences", "ensemble_quick"), "test_fgsm_error", AT_LEAST, 0.5)
            ),
        ),
        prior="Likely for the ensemble attacked as a whole and for pre-training; weaker attacks may drop below 70 %.",
        expects=("reproduced",),
        published=Published(
            "ensemble of 12 maxout nets: 91.1 % attacked as a whole, 87.9 % through one member", "confirmed"
        ),
        dropped={
            "weaker-attacks": "examples made for one member or for the central view are on record; a defence is judged "
            "by the attack on the whole of it"
        },
        **SOURCE,
    ),
    Claim(
        id="adv-regularisation-ruins",
        locator="on adversarial examples",
        statement="Regularisation strong enough to make a net robust costs it the clean digits first.",
        quotation="Applying heavy regularisation helps, but not before ruining the accuracy on the clean data",
        checks=(
            *(
                _check(f"no-point-on-{path}", "no-robust-point", f"{path}_least_fgsm_error", AT_LEAST, 0.5, **EIGHT)
                for path in ("l2", "l1", "dropout", "noise")
            ),
            _check("robustness-rises", "robustness-rises", "greatest_fall", AT_LEAST, 0.2, **EIGHT),
            _check(
                *("some-points-know-digits", "some-points-know-digits", "known_points", AT_LEAST, 1.0),
                **EIGHT | {"statistic": "exact", "role": "control"},
            ),
            *_sound("penalties", "paths", ("", ""), seeds=8),
        ),
        quick=(
            _check(
                *("no-point-on-l2", "no-robust-point", "l2_least_fgsm_error", AT_LEAST, 0.5),
                **QUICK | {"study": "penalties", "arms": ("paths_quick",)},
            ),
        ),
        prior="Likely for L2 and L1.",
        expects=("reproduced",),
        published=Published("no number given", "none found"),
        dropped={"budget-0.1": "FGSM and PGD errors at a budget of 0.1 are drawn; no threshold is named"},
        **SOURCE,
    ),
    Claim(
        id="adv-training-helps-adv",
        locator="on adversarial training",
        statement="Training on FGSM examples brings a net's errors on such examples from over 85 % to under 25 %.",
        quotation="in addition to helping with the adversarial cases",
        checks=(
            _median("mlp-before", "errs-before", MLP, "test_fgsm_error", AT_LEAST, 0.85),
            _median("mlp-after", "resists-after", TRAINED, "test_fgsm_error", AT_MOST, 0.25),
            _median("dropout-before", "errs-before", DROPOUT, "test_fgsm_error", AT_LEAST, 0.85),
            _median("dropout-after", "resists-after", TRAINED_DROPOUT, "test_fgsm_error", AT_MOST, 0.25),
            *(check for where in (MLP, TRAINED, DROPOUT, TRAINED_DROPOUT) for check in _sound(*where)),
        ),
        quick=(_quick("small-mlp-after", "resists-after", SMALL_TRAINED, "test_fgsm_error", AT_MOST, 0.5),),
        prior="Very likely for FGSM; the PGD error at 0.25 stays high, which must be shown.",
        expects=("reproduced",),
        published=Published("maxout: 89.4 % before, 17.9 % after", "confirmed"),
        dropped={
            "pgd": "the PGD-40 error stands beside every FGSM error; no threshold is named",
            "noise-augmented": "nets trained on random signs are on record from 5 seeds; no threshold is named",
            "cnn": "no threshold is named; on record from 5 seeds",
        },
        **SOURCE,
    ),
    Claim(
        id="adv-training-helps-clean",
        locator="on adversarial training",
        statement="Training on FGSM examples also lowers the error on clean digits, beyond what dropout alone reaches.",
        quotation="this also improves accuracy on the clean examples",
        checks=(
            _lower("fgsm-under-dropout", "lower-clean-error", "clean_error", ("dropout_fgsm", "dropout_clean")),
            *_sound("clean_error", "dropout_fgsm"),
        ),
        quick=(_quick("small-mlp-knows-digits", "lower-clean-error", SMALL_TRAINED, "test_error", AT_MOST, 0.2),),
        prior="Plausible for dropout nets with enough capacity and epochs; likely not for small ones or short runs.",
        expects=("reproduced",),
        published=Published("maxout: 0.94 % to 0.84 %; larger 1.14 % to 0.782 %, the mean of 5 runs", "confirmed"),
        dropped={
            "noise-control": "training on random signs is on record from 5 seeds, and decides nothing: to be better "
            "than it is no improvement on clean digits",
            "larger-arm": "two layers of 1600 need an accelerator: the gpu tier has them",
            "mcnemar": "one interval over seeds takes its place; predictions of several seeds are never pooled",
        },
        **SOURCE,
    ),
    Claim(
        id="adv-kl-penalty",
        locator="on adversarial training",
        statement="A penalty on how far the prediction moves lowers the clean error further than adversarial training.",
        quotation="we can improve this further by penalizing the KL-divergence",
        checks=(
            _lower("fgsm-direction", "lower-clean-error", "perturbed_training", ("mlp_kl_fgsm", "mlp_fgsm")),
            _lower("virtual-direction", "lower-clean-error", "perturbed_training", ("mlp_kl_virtual", "mlp_fgsm")),
            *(
                check
                for arm in ("mlp_fgsm", "mlp_kl_fgsm", "mlp_kl_virtual")
                for check in _sound("perturbed_training", arm)
            ),
        ),
        quick=(_quick("small-mlp-knows-digits", "lower-clean-error", SMALL_VIRTUAL, "test_error", AT_MOST, 0.2),),
        prior="Plausible for the clean error; whether it makes a net robust is uncertain.",
        expects=("reproduced",),
        published=Published(
            "virtual adversarial training 0.637 %, adversarial training 0.788 %, plain net 1.11 %", "from memory"
        ),
        dropped={
            "lower-pgd-error": "the entry asks for a lower clean error or a lower PGD error; the claim is about the "
            "former, and the latter is on record"
        },
        **SOURCE,
    ),
)
