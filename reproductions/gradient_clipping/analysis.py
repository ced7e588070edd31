"""What the record says beside the claims: how often limits bind, and the worst seed without clipping. No Keras."""

from collections.abc import Sequence
from statistics import median

from common.trials import Trial, metric_values


def sentences(trials: Sequence[Trial]) -> str:
    """Paragraphs for the page, each of what is on record; nothing where nothing is."""
    found = [paragraph for paragraph in (_binds(trials), _worst(trials)) if paragraph]
    return "\n\n".join(found) + "\n" if found else ""


def _arms(trials: Sequence[Trial], study: str) -> list[str]:
    return sorted({trial.arm for trial in trials if trial.study == study})


def _binds(trials: Sequence[Trial]) -> str:
    parts = []
    for arm in _arms(trials, "thresholds"):
        limit = arm.rpartition("_")[2]
        shares = metric_values(trials, "thresholds", arm, f"binds_{limit}") if limit in ("5", "15") else []
        parts += [f"`{arm}` {100 * median(shares):.0f} %"] if shares else []
    return f"Batches whose gradient exceeds the limit, medians over seeds: {', '.join(parts)}." if parts else ""


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
