"""What the record says beside the claims: norms of gradients, gradients long past, and the worst seed. No Keras."""

from collections.abc import Sequence
from statistics import median

from common.trials import Trial, metric_values

STUDIES = ("norms", "distance")  # run with the whole reproduction, as no claim reads them


def sentences(trials: Sequence[Trial]) -> str:
    """Paragraphs for the page, each of what is on record; none where nothing is."""
    found = (_norms(trials), _distance(trials), _worst(trials))
    return "\n\n".join(paragraph for paragraph in found if paragraph) + "\n"


def _arms(trials: Sequence[Trial], study: str) -> list[str]:
    return sorted({trial.arm for trial in trials if trial.study == study})


def _norms(trials: Sequence[Trial]) -> str:
    parts = []
    for arm in _arms(trials, "norms"):
        start, later, over = (
            metric_values(trials, "norms", arm, name) for name in ("start_median", "median", "over_5")
        )
        if start and later and over:
            share = f"{100 * median(over):.0f} % of batches are over 5"
            parts.append(f"`{arm}` {median(start):.2g} at the start, {median(later):.2g} in training ({share})")
    return f"Median norms of the gradient, clipped at 5: {', '.join(parts)}." if parts else ""


def _distance(trials: Sequence[Trial]) -> str:
    parts = []
    for arm in _arms(trials, "distance"):
        factors = []
        for moment in ("start", "trained"):
            decades = metric_values(trials, "distance", arm, f"decades_a_step_{moment}")
            factors += [f"{10 ** median(decades):.3f} {moment}"] if decades else []
        if factors:
            parts.append(f"`{arm}` {' and '.join(factors)}")
    return f"Factor by which a step back in time multiplies the gradient: {', '.join(parts)}." if parts else ""


def _worst(trials: Sequence[Trial]) -> str:
    parts = []
    for arm in _arms(trials, "unclipped"):
        rates = metric_values(trials, "unclipped", arm, "log10_safe_rate")
        parts += [f"`{arm}` {min(rates):g} ({len(rates)})"] if rates else []
    return (
        f"log10 of the largest rate at or below which no seed blows up (number of seeds): {', '.join(parts)}."
        if parts
        else ""
    )
