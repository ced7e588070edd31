"""What the record says that no claim asks for: signs of gradient masking, and ours beside the published numbers."""

from collections.abc import Iterator, Sequence
from statistics import median

from common.trials import Trial, metric_values

LARGE_GAIN = 10.0  # points, of PGD over FGSM on the same images
STILL = 0.01  # share of pixels whose gradient is exactly zero
PUBLISHED = (  # what, study, arm, metric, published in per cent (Goodfellow et al. 2015)
    ("after training on FGSM", "perturbed_training", "mlp_dropout_fgsm", "test_fgsm_250", "17.9 %, of maxout"),
    ("an ensemble as a whole", "defences", "ensemble", "test_fgsm_250", "91.1 %"),
    ("through one member", "defences", "ensemble", "through_part_error", "87.9 %"),
    ("clean, dropout only", "clean_error", "pair", "clean_error", "0.94 %, of maxout"),
    ("clean, and trained on FGSM", "clean_error", "pair", "fgsm_error", "0.84 %, of maxout"),
)


def sentences(trials: Sequence[Trial]) -> str:
    """One paragraph: medians over seeds, in per cent; nothing before the first run."""
    if not trials:
        return ""
    pairs = [
        f"{what} {value:.3g} % ({published})"
        for what, study, arm, metric, published in PUBLISHED
        if (value := _median(trials, study, arm, metric)) is not None
    ]
    signs = list(_signs(trials))
    told = f"Signs of gradient masking: {'; '.join(signs)}." if signs else "No sign of gradient masking is on record."
    return f"{told} Ours, with the published number in brackets: {'; '.join(pairs)}.\n" if pairs else f"{told}\n"


def _median(trials: Sequence[Trial], study: str, arm: str, metric: str) -> float | None:
    values = metric_values(trials, study, arm, metric)
    return median(values) if values else None


def _signs(trials: Sequence[Trial]) -> Iterator[str]:
    """Where an attack with more steps, a larger budget, or none of the gradient does better or worse than it should."""
    names = ("attacked_fgsm_250", "attacked_pgd_250", "test_still_pixels", "noise_signs_error", "largest_fall",
             "large_budget_pgd")  # fmt: skip
    for study, arm in sorted({(t.study, t.arm) for t in trials}):
        fgsm, pgd, still, noise, fall, large = (_median(trials, study, arm, name) for name in names)
        if fgsm is None or pgd is None:
            continue
        name = f"{study}/{arm}"
        if pgd - fgsm > LARGE_GAIN:
            yield f"{name}: PGD-40 fools {pgd:.3g} % where FGSM fools {fgsm:.3g} %"
        if fgsm > pgd + 1:
            yield f"{name}: FGSM fools {fgsm:.3g} % where PGD-40 fools {pgd:.3g} %"
        if still is not None and still > STILL:
            yield f"{name}: {100 * still:.2g} % of the pixels have a gradient of exactly zero"
        if noise is not None and noise >= fgsm:
            yield f"{name}: random signs fool {noise:.3g} %, FGSM {fgsm:.3g} %"
        if fall is not None and fall > 1:
            yield f"{name}: a larger budget of PGD fools {fall:.2g} points less"
        if large is not None and large < 99:
            yield f"{name}: a budget of the whole range fools {large:.3g} %"
