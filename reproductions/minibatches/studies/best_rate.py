"""How does the best learning rate move with the batch, when gradients are means over it?

10 240 training images, five passes of plain SGD at each rate of a grid of half octaves, from the same initial weights
in the same order. The best rate of a seed is that of the least cross-entropy on validation images after the last step,
between three neighbours of the grid by a parabola in the logarithm of the rate. Were gradients summed and not averaged,
the best rate would be the same divided by the batch: no arm is needed for that. `updates_…` arms take as many steps as
five passes of batches of 128 make, 400.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import inf, log2
from typing import Any

from common.study import Arm, Tier
from common.training import Experiment, Run, train
from reproductions.minibatches import model

DATASET = "images"
METRICS = {
    "best_rate": "learning rate of the least validation loss, by a parabola between half octaves, rate",
    "best_octave": "its logarithm to the base 2, octaves",
    "inside": "1 where the best rate of the grid is not at one of its ends, else 0, yes or no",
    "best_loss": "least validation loss over the rates, nats",
}
IMAGES, EPOCHS = 10_240, 5
BATCHES = (8, 16, 32, 64, 128, 256, 512, 1024, 2048)
LONGEST_FITTED = 128  # the law (`law.py`) is made of batches up to here
GRID = tuple(2.0 ** (half / 2) for half in range(-14, 5))  # 1/128 to 4
LANES = 4
UPDATED = (64, 128, 256)
UPDATES = EPOCHS * IMAGES // 128
PILOTS = range(20_000, 20_050)
FITTED = PILOTS[:8]
QUICK = {"images": 1_000, "steps": 60, "grid": [2.0**octave for octave in range(-6, 3)]}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (*(_arm(batch) for batch in BATCHES), *(_arm(batch, updates=UPDATES) for batch in UPDATED))
    if tier == "quick":
        return _quick(range(2))
    if tier == "pilot":
        return (*_quick(PILOTS), *(_arm(batch, FITTED) for batch in BATCHES if batch <= LONGEST_FITTED))
    return ()


def _arm(batch: int, seeds: Sequence[int] = (), updates: int = 0) -> Arm:
    steps = updates or EPOCHS * IMAGES // batch
    settings = {"batch": batch, "images": IMAGES, "steps": steps, "grid": list(GRID), "held_out": model.TUNED}
    seconds = len(GRID) * (0.08 + steps * (4 + batch * 1.5) * 1e-6)
    return Arm(f"{'updates_' if updates else ''}batch{batch}", settings, tuple(seeds), LANES, seconds)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    settings = {**QUICK, "batch": 64, "held_out": {"validation": 1_000}}
    return (Arm("quick", settings, tuple(seeds), 2, 0.5),)


def experiment(settings: Mapping[str, Any], rate: float | None = None) -> Experiment:
    chosen = settings["grid"][0] if rate is None else rate
    return model.experiment({**settings, "every": settings["steps"], "rate": chosen})


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    columns = [list(train(experiment(settings, rate), seeds, lanes=lanes)) for rate in settings["grid"]]
    for runs in zip(*columns, strict=True):
        losses = [inf if (loss := run.metrics.get("validation_loss")) is None else loss for run in runs]
        steps = sum(run.steps for run in runs)
        if min(losses) == inf:
            yield Run(seed=runs[0].seed, status="diverged", steps=steps, stopped=False, metrics={}, curves={})
        else:
            metrics = best(settings["grid"], losses)
            yield Run(seed=runs[0].seed, status="ok", steps=steps, stopped=False, metrics=metrics, curves={})


def best(rates: Sequence[float], losses: Sequence[float]) -> dict[str, float | None]:
    """Where the loss is least: the vertex of the parabola through the least and its neighbours on a geometric grid.

    At an end, or beside a rate that diverged, it is the rate of the grid itself.
    """
    place = min(range(len(losses)), key=losses.__getitem__)
    inside = 0 < place < len(losses) - 1
    exponent = log2(rates[place])
    if inside and max(below := losses[place - 1], above := losses[place + 1]) < inf:
        bend = below - 2 * losses[place] + above
        exponent += 0.5 * (below - above) / bend * log2(rates[1] / rates[0]) if bend > 0 else 0.0
    return {"best_rate": 2.0**exponent, "best_octave": exponent, "inside": float(inside), "best_loss": losses[place]}
