"""Who keeps improving: nets with dropout or without, trained for 300 epochs with an eye on the validation images?

Two layers of 512 at a constant rate, on 10 000 images and on 1000. Beside them, 2 seeds and never judged, the first
with a rate that falls to zero. Curves are smoothed over 15 epochs before anything is read from them, so that the luck
of a single evaluation is neither a best value nor a rise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from common.statistics import slope
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.dropout import model
from reproductions.dropout.model import GRID, HIDDEN, INPUT, RATES

DATASET = "images"
TREATMENTS = {"plain": (0.0, 0.0), "dropout": (HIDDEN, INPUT)}  # on hidden units, on pixels
WIDTH, BATCH, EPOCHS = 512, 250, 300
EVERY = 3  # epochs between evaluations
WINDOW = 5  # evaluations that are averaged
Points = Sequence[tuple[int, float]]


def arms(tier: Tier) -> tuple[Arm, ...]:
    seeds, pilots = tuple(range(16)), tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
    if tier == "full":
        small, falling = _arm("1000", seeds[:10], images=1_000), _arm("10000_cosine", seeds[:2], constant=False)
        return (_arm("10000", seeds), small, falling)
    quick = _arm("quick", seeds[:8], images=500, width=64, epochs=150, held_out=1_000, lanes=8, traced=True)
    if tier == "quick":
        return (quick,)
    if tier == "pilot":
        if RATES:
            return (replace(quick, seeds=pilots),)
        return tuple(_arm(f"pilot_rate_{r:g}", pilots[:1], trial=r, epochs=30, traced=True) for r in GRID)
    return ()


def _arm(
    name: str,
    seeds: tuple[int, ...],
    *,
    images: int = 10_000,
    width: int = WIDTH,
    epochs: int = EPOCHS,
    held_out: int = 5_000,
    lanes: int = 1,
    constant: bool = True,
    traced: bool = False,
    trial: float | None = None,
) -> Arm:
    epoch = images // BATCH
    rates = {t: trial or model.learning_rate(t, width, "longer") for t in TREATMENTS}
    settings: dict[str, Any] = {
        "widths": [width, width],
        "images": images,
        "steps": epochs * epoch,
        "every": EVERY * epoch,
    }
    settings |= {"batch": BATCH, "constant": constant, "held_out": held_out, "on": ["validation"], "rates": rates}
    settings |= {"traced": traced}
    needed = model.seconds([width, width], epochs * epoch, BATCH) + epochs * width * held_out * 1.6e-8
    return Arm(name, settings, seeds, lanes=lanes, seconds=needed, megabytes=1200)


def experiment(settings: Mapping[str, Any], treatment: str = "dropout") -> Experiment:
    return model.classifier(settings, settings["rates"][treatment], *TREATMENTS[treatment], 0.0)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in model.side_by_side({t: experiment(settings, t) for t in TREATMENTS}, seeds, lanes):
        read: dict[str, float] = {}
        if trial.status == "ok" and settings["steps"] > 2 * WINDOW * settings["every"]:
            for treatment in TREATMENTS:
                read |= shape(trial.curves, treatment)
            read["best_later"] = float(read["dropout_error_best"] > read["plain_error_best"])
        yield replace(trial, metrics={**trial.metrics, **read})


def shape(curves: Mapping[str, Points], treatment: str) -> dict[str, float]:
    """What is read from a treatment's smoothed curves of validation error (per cent) and likelihood (nats).

    For each: `slope` over the last half of training, per hundred evaluations; `rise`, how far the end lies above the
    least value, as a share of that; `best`, when the least value was met, as a share of training.
    """
    found = {}
    for metric in ("error", "nll"):
        steps, values = smoothed(curves[f"{treatment}_validation_{metric}"])
        half, best, name = len(values) // 2, int(np.argmin(values)), f"{treatment}_{metric}"
        found[f"{name}_slope"] = 100 * slope(np.arange(half, len(values)), values[half:])
        found[f"{name}_rise"] = float(values[-1] / values[best] - 1)
        found[f"{name}_best"] = float(steps[best] / steps[-1])
    return found


def smoothed(points: Points) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values of a curve without its start, each the mean of up to `WINDOW` neighbours."""
    steps, values = np.array(points[1:], float).T
    kernel = np.ones(min(WINDOW, len(values))) / min(WINDOW, len(values))
    return np.convolve(steps, kernel, "valid"), np.convolve(values, kernel, "valid")
