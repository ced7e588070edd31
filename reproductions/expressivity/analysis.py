"""Whether the law of the parameters foretold what verdict seeds came to. No Keras."""

from collections.abc import Iterator, Sequence
from math import log2
from statistics import median

from common.trials import Trial
from reproductions.expressivity import law

LAYERS = {"one": "one hidden layer needs", "two": "two hidden layers need"}


def sentences(trials: Sequence[Trial]) -> str:
    """A sentence for each depth and dimension that was foretold and has its seeds on record; nothing where none has."""
    told = list(_told(trials))
    return " ".join(told) + "\n" if told else ""


def _told(trials: Sequence[Trial]) -> Iterator[str]:
    for depth, layers in LAYERS.items():
        for d in law.TARGETS:
            arm = f"radial_d{d}"
            of = sorted((t for t in trials if (t.study, t.arm, t.tier) == ("nodes", arm, "full")), key=_seed)
            counts = [n for t in of[: law.JUDGED] if (n := t.metrics.get(f"parameters_{depth}")) is not None]
            if len(counts) < law.JUDGED:
                continue
            target, middle = law.committed()[depth]["targets"][arm], median(counts)
            low, centre, high = target["median"]
            met = "as foretold" if low <= middle <= high else "not as foretold"
            closer = abs(log2(middle / centre)) < abs(log2(middle / target["rival"]))
            nearer = "nearer" if closer else "no nearer"
            yield (
                f"Of a radial target of {d} inputs {layers} {middle:.0f} parameters in the median of "
                f"{len(counts)} seeds, {met} ({low:.0f} to {high:.0f}), and {nearer} to the power's "
                f"{centre:.0f} than to the {target['rival']:.0f} of an exponential."
            )


def _seed(trial: Trial) -> int:
    return trial.seed
