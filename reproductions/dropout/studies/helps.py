"""Does dropout make a net of the published kind better: two layers of 1024 ReLU units on all of MNIST?

Dropout 0.5 on hidden units and 0.2 on pixels with max-norm, as published, against the plain net. Beside them, 3 seeds
each and never judged, dropout without max-norm and max-norm without dropout. Rates are the best of three on a pilot
seed by validation error; the nets of the full tier then train on the validation images as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.dropout import model
from reproductions.dropout.model import GRID, HIDDEN, INPUT, MAX_NORM, RATES

DATASET = "images"
TREATMENTS = {  # dropout on hidden units, on pixels, max-norm
    "dropout_max_norm": (HIDDEN, INPUT, MAX_NORM),
    "plain": (0.0, 0.0, 0.0),
    "dropout": (HIDDEN, INPUT, 0.0),
    "max_norm": (0.0, 0.0, MAX_NORM),
}
PUBLISHED, ONE_OF_TWO, QUICK = ("dropout_max_norm", "plain"), ("dropout", "max_norm"), ("dropout", "plain")
BATCH = 128
FULL: dict[str, Any] = {"width": 1024, "images": 60_000, "steps": 60 * 468, "on": "test", "evaluations": 12}
PILOT: dict[str, Any] = {"width": 1024, "images": 10_000, "steps": 8 * 78, "on": "validation"}
SMALL: dict[str, Any] = {"width": 128, "images": 500, "steps": 200, "on": "validation", "held_out": 2_000}


def arms(tier: Tier) -> tuple[Arm, ...]:
    ten, pilots = tuple(range(10)), tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
    if tier == "full":
        return (_arm("published", PUBLISHED, ten, **FULL), _arm("one_of_two", ONE_OF_TWO, ten[:3], **FULL))
    quick = _arm("quick", QUICK, ten[:8], lanes=8, traced=True, **SMALL)
    if tier == "quick":
        return (quick,)
    if tier == "pilot":
        if RATES:
            return (replace(quick, seeds=pilots),)
        return tuple(_arm(f"pilot_rate_{rate:g}", PUBLISHED, pilots[:1], trial=rate, **PILOT) for rate in GRID)
    return ()


def _arm(
    name: str,
    treatments: Sequence[str],
    seeds: tuple[int, ...],
    *,
    width: int,
    images: int,
    steps: int,
    on: str,
    held_out: int = 10_000,
    evaluations: int = 1,
    lanes: int = 1,
    traced: bool = False,
    trial: float | None = None,
) -> Arm:
    # Each of the two nets that are not judged has the rate of the judged one that drops as many units.
    like = {t: "dropout_max_norm" if TREATMENTS[t][0] else "plain" for t in treatments}
    rates = {t: trial or model.learning_rate(like[t], width, "helps") for t in treatments}
    settings: dict[str, Any] = {
        "widths": [width, width],
        "images": images,
        "steps": steps,
        "every": steps // evaluations,
        "batch": BATCH,
    }
    settings |= {"on": [on], "held_out": held_out, "rates": rates, "traced": traced}
    needed = model.seconds([width, width], steps, BATCH)
    return Arm(name, settings, seeds, lanes=lanes, seconds=needed, megabytes=1800)


def experiment(settings: Mapping[str, Any], treatment: str = "") -> Experiment:
    treatment = treatment or next(iter(settings["rates"]))
    return model.classifier(settings, settings["rates"][treatment], *TREATMENTS[treatment])


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    (on,), pair = settings["on"], list(settings["rates"])
    for trial in model.side_by_side({t: experiment(settings, t) for t in pair}, seeds, lanes):
        treated, control = (trial.metrics.get(f"{treatment}_{on}_error") for treatment in pair)
        quotient = {} if treated is None or not control else {"error_ratio": treated / control}
        yield replace(trial, metrics={**trial.metrics, **quotient})
