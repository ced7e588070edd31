"""What the record says that no claim asks for: signs of gradient masking, and ours beside the published numbers."""

from collections.abc import Iterator, Sequence
from statistics import median

from common.records import Trial

STUDIES: tuple[str, ...] = ()
LARGE_GAIN = 0.1  # of PGD over FGSM on the same images
STILL = 0.01  # share of pixels whose gradient is exactly zero
PUBLISHED = (  # what, study, arm, metric, published in per cent
    ("softmax regression under FGSM", "fooled", "softmax", "test_fgsm_error", "99.9"),
    ("confidence of those errors", "fooled", "softmax", "test_fgsm_confidence", "79.3"),
    ("3 vs 7", "fooled", "logistic_3_vs_7", "test_error", "1.6"),
    ("3 vs 7 under FGSM", "fooled", "logistic_3_vs_7", "test_fgsm_error", "99"),
    ("maxout under FGSM", "fooled", "maxout", "test_fgsm_error", "89.4"),
    ("confidence of those errors", "fooled", "maxout", "test_fgsm_confidence", "97.6"),
    ("after training on FGSM", "perturbed_training", "mlp_dropout_fgsm", "test_fgsm_error", "17.9, of maxout"),
    ("after training on random signs", "perturbed_training", "mlp_noise", "test_fgsm_error", "86.2, of maxout"),
    ("examples of a clean net on a trained one", "perturbed_training", "pair_fgsm", "transfer_to_trained", "19.6"),
    ("and the reverse", "perturbed_training", "pair_fgsm", "transfer_to_clean", "40.9"),
    ("an ensemble as a whole", "defences", "ensemble", "test_fgsm_error", "91.1"),
    ("through one member", "defences", "ensemble", "through_part_error", "87.9"),
    ("clean, dropout only", "clean_error", "dropout_clean", "test_error", "0.94, of maxout"),
    ("clean, and trained on FGSM", "clean_error", "dropout_fgsm", "test_error", "0.84, of maxout"),
)


def sentences(trials: Sequence[Trial]) -> str:
    """One paragraph: medians over seeds, in per cent."""
    pairs = [
        f"{what} {100 * value:.3g} % ({published} %)"
        for what, study, arm, metric, published in PUBLISHED
        if (value := _median(trials, study, arm, metric)) is not None
    ]
    signs = list(_signs(trials))
    told = f"Signs of gradient masking: {'; '.join(signs)}." if signs else "No sign of gradient masking is on record."
    return f"{told} Ours, with the published number in brackets: {'; '.join(pairs)}.\n" if pairs else f"{told}\n"


def _median(trials: Sequence[Trial], study: str, arm: str, metric: str) -> float | None:
    found = [t.metrics.get(metric) for t in trials if (t.study, t.arm) == (study, arm)]
    values = [value for value in found if value is not None]
    return median(values) if values else None


def _signs(trials: Sequence[Trial]) -> Iterator[str]:
    """Where an attack with more steps, with none of the gradient, or from another net, does better than it should."""
    for study, arm in sorted({(t.study, t.arm) for t in trials}):
        measured = {
            name: _median(trials, study, arm, name)
            for name in ("attacked_fgsm_250", "attacked_pgd_250", "test_still_pixels", "test_sign_noise_error")
        }
        fgsm, pgd, still, noise = measured.values()
        if fgsm is None or pgd is None:
            continue
        if pgd - fgsm > LARGE_GAIN:
            yield f"{arm}: PGD-40 fools {100 * pgd:.3g} % where FGSM fools {100 * fgsm:.3g} %"
        if still is not None and still > STILL:
            yield f"{arm}: {100 * still:.2g} % of the pixels have a gradient of exactly zero"
        if noise is not None and noise >= fgsm:
            yield f"{arm}: random signs fool {100 * noise:.3g} %, FGSM {100 * fgsm:.3g} %"
    across = _median(trials, "perturbed_training", "pair_fgsm", "transfer_to_trained")
    own = _median(trials, "perturbed_training", "pair_fgsm", "attacked_fgsm_250")
    if across is not None and own is not None and across > own:
        yield f"pair_fgsm: examples of the clean net fool {100 * across:.3g} %, the trained net's own {100 * own:.3g} %"
