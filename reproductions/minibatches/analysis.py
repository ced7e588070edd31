"""Whether the law of the best rate foretold what verdict seeds came to. No Keras."""

from collections.abc import Sequence
from math import log2
from statistics import median

from common.trials import Trial
from reproductions.minibatches import law


def sentences(trials: Sequence[Trial]) -> str:
    """A sentence for each batch that was foretold and has its seeds on record; nothing where none has."""
    found = {batch: _rates(trials, batch) for batch in law.TARGETS}
    told = [_told(batch, rates) for batch, rates in found.items() if len(rates) == law.JUDGED]
    return " ".join(told) + "\n" if told else ""


def _rates(trials: Sequence[Trial], batch: int) -> list[float]:
    """Best rates of the first seeds of a batch at the full tier; fewer where some are missing or came to none."""
    of = sorted((t for t in trials if (t.study, t.arm, t.tier) == ("best_rate", f"batch{batch}", "full")), key=_seed)
    return [rate for t in of[: law.JUDGED] if (rate := t.metrics.get("best_rate")) is not None]


def _seed(trial: Trial) -> int:
    return trial.seed


def _told(batch: int, rates: Sequence[float]) -> str:
    target, middle = law.committed()["targets"][f"batch{batch}"], median(rates)
    low, centre, high = target["median_best_rate"]
    (rival,) = target["rival"]
    met = "as foretold" if low <= middle <= high else "not as foretold"
    nearer = "nearer to" if abs(log2(middle / centre)) < abs(log2(middle / rival)) else "no nearer to"
    return (
        f"In batches of {batch} the best rate is {middle:.3g} in the median of {len(rates)} seeds, {met} ({low:.3g} to "
        f"{high:.3g}), and {nearer} the law's {centre:.3g} than to the {rival:.3g} of a straight line."
    )
