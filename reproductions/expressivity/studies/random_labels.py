"""How many units does a trained net need to memorise random labels of all strings of n bits?

One hidden layer of ReLU units, Adam on all strings at once, until every label is right or the budget ends. Widths are
half an octave apart; the least that comes to the end is the seed's. `slope` is that of log2 of its parameters against
log2 of the strings: 1 where parameters grow as the cases do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run
from common.variants import side_by_side, together
from reproductions.expressivity import memory
from reproductions.expressivity.cube import cube

DATASET = "synthetic"
METRICS = {
    "slope": "doublings of the parameters for each doubling of the strings, a number",
    "width_4": "least width that learns random labels of all strings of 4 bits, units",
    "width_5": "least width that learns random labels of all strings of 5 bits, units",
    "width_6": "least width that learns random labels of all strings of 6 bits, units",
    "width_7": "least width that learns random labels of all strings of 7 bits, units",
}
BITS = (4, 5, 6, 7)
STEPS, EVERY = 3_000, 100
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
RATE = 0.003
PILOTS = 6


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return (_arm("units", RATE),)
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + PILOTS)
        return tuple(_arm(f"rate_{rate:g}", rate, seeds) for rate in RATES)
    return ()


def _arm(name: str, rate: float, seeds: Sequence[int] = ()) -> Arm:
    return Arm(name, {"bits": list(BITS), "rate": rate, "steps": STEPS}, tuple(seeds), lanes=4, seconds=5.0)


def widths(n: int) -> tuple[int, ...]:
    """Half octaves up to as many units as half of the strings."""
    return tuple(dict.fromkeys(round(2 ** (half / 2)) for half in range(2 * n - 1)))


def parameters(n: int, width: int) -> int:
    return width * (n + 2) + 1


def experiments(n: int, rate: float, steps: int) -> dict[int, Experiment]:
    """By width; all share one program."""
    strings = cube(n).astype("float32")
    cases = Arrays(strings, np.zeros(len(strings), "float32"))
    widest = max(widths(n))
    base = Experiment(
        build_model=lambda hyper: memory.net_of_units(strings, widest, hyper["width"]),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["rate"]),
        loss=memory.logistic_loss,
        data=cases,
        batch_size=len(strings),
        steps=steps,
        evaluate={"cases": Evaluation(cases, memory.right, len(strings), len(strings))},
        evaluate_every=EVERY,
        stop=lambda history: history["cases_right"][-1] == 1,
        hyper={"rate": rate, "width": 1.0},
    )
    return {width: replace(base, hyper={"rate": rate, "width": float(width)}) for width in widths(n)}


def least(runs: Mapping[int, Run]) -> float | None:
    """The least width that ends with every case right; None where none does."""
    solved = [width for width, run in runs.items() if run.metrics.get("cases_right") == 1]
    return float(min(solved)) if solved else None


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    trained = partial(experiments, rate=settings["rate"], steps=settings["steps"])
    by_bits = {n: dict(side_by_side(trained(n), seeds, lanes)) for n in settings["bits"]}
    for seed in seeds:
        found = {n: least(runs[seed]) for n, runs in by_bits.items()}
        metrics: dict[str, float | None] = {f"width_{n}": width for n, width in found.items()}
        if all(found.values()):
            logs = [np.log2(parameters(n, round(width or 0))) for n, width in found.items()]
            metrics["slope"] = float(np.polyfit(list(found), logs, 1)[0])
        yield together(seed, {(n, w): r for n, runs in by_bits.items() for w, r in runs[seed].items()}, metrics)
