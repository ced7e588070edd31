"""Whether the laws of gaps and errors foretold what verdict seeds came to. No Keras."""

from collections.abc import Mapping, Sequence
from math import exp, log
from statistics import fmean
from typing import Any

from common.trials import Trial
from reproductions.generalisation import law


def sentences(trials: Sequence[Trial]) -> str:
    """A sentence for each target that has its seeds on record; nothing where none has."""
    known = law.committed()
    told = []
    for name, target in known["gaps"]["targets"].items():
        arm, _, metric = name.partition("_")
        gaps = _numbers(trials, "parameters", arm, metric)
        if len(gaps) == law.JUDGED:
            size, multiple = arm.removeprefix("n"), metric.removeprefix("gap_")
            what = f"Nets of {size} weights have a gap of {{}} on {multiple} times as many examples"
            told.append(_told(what, fmean(gaps), target))
    for name, target in known["errors"]["targets"].items():
        size, _, base = name.removeprefix("error_").partition("_over_")
        pairs = [_numbers(trials, "more_data", "net", f"error_{images}") for images in (size, base)]
        if len(pairs[0]) == len(pairs[1]) == law.JUDGED and min(map(min, pairs)) > 0:
            ratio = exp(fmean(log(error / before) for error, before in zip(*pairs, strict=True)))
            told.append(_told(f"After {size} images the error is {{}} of that after {base}", ratio, target))
    return " ".join(told) + "\n" if told else ""


def _numbers(trials: Sequence[Trial], study: str, arm: str, metric: str) -> list[float]:
    """Of the first seeds of an arm at the full tier; fewer where some are missing or came to none."""
    of = sorted((t for t in trials if (t.study, t.arm, t.tier) == (study, arm, "full")), key=lambda t: t.seed)
    return [value for t in of[: law.JUDGED] if (value := t.metrics.get(metric)) is not None]


def _told(what: str, mean: float, target: Mapping[str, Any]) -> str:
    low, middle, high = target["mean"]
    met = "as foretold" if low <= mean <= high else "not as foretold"
    nearer = "no nearer to"
    if mean > 0 and abs(log(mean / middle)) < abs(log(mean / target["rival"])):
        nearer = "nearer to"
    return (
        f"{what.format(f'{mean:.3g}')}, {met} ({low:.3g} to {high:.3g}), and {nearer} the law's {middle:.3g} than to "
        f"its rival's {target['rival']:.3g}."
    )
