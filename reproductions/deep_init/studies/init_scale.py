"""Do both 0.1 and 1, over sqrt(width), start very deep nets at a scale from which they learn?

Training loss within 1000 steps of plain SGD on 10 000 images; a run ends early under 0.5 ln 10. A trial trains one seed
from every scale. Up to 20 layers the rate is the one that the pilots of `small_weights` chose for nets of 10 to 20
layers from 0.16, 1 and 1.41 over sqrt(n); at 50 it is the best of three on pilot seeds.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, History, Run
from reproductions.deep_init import model, nets

DATASET = "images"
CHANCE = log(model.CLASSES)
LEARNED = 0.5 * CHANCE
IMAGES, WIDTH, BATCH, STEPS, EVERY = 10_000, 128, 64, 1_000, 50
DEPTHS = (2, 5, 10, 20, 50)
JUDGED, DRAWN = ("0.1", "1", "1.41"), ("0.03", "0.3", "2", "3")  # the second list on few seeds, for the picture
PILOTED = ("1", "1.41")
GRID = (0.01, 0.1, 1.0)
RATES = {  # activation and depth to the rate of a scale, where it is another
    "tanh_depth50": {"1": 0.01, "1.41": 0.01},
    "relu_depth50": {"1": 0.01, "1.41": 0.01},
}
RATE = 0.1


def arms(tier: Tier) -> tuple[Arm, ...]:
    cells = [(activation, depth) for activation in ("tanh", "relu") for depth in DEPTHS]
    if tier == "full":
        judged = [_arm(*cell, JUDGED, range(16)) for cell in cells]
        return (*judged, *(_arm(*cell, DRAWN, range(4), "_more") for cell in cells))
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        deep = [cell for cell in cells if cell[1] == DEPTHS[-1]]
        rates = [_arm(*cell, PILOTED, seeds[:2], "", tried) for cell in deep for tried in GRID]
        return (_quick(seeds), *rates)
    return ()


def _arm(
    activation: str,
    depth: int,
    scales: Sequence[str],
    seeds: Sequence[int],
    suffix: str = "",
    tried: float | None = None,
) -> Arm:
    chosen = RATES.get(f"{activation}_depth{depth}", {})
    rates = {scale: tried or chosen.get(scale, RATE) for scale in scales}
    settings = _settings(activation, depth, WIDTH, IMAGES, STEPS if tried is None else 400, rates)
    seconds = 0.7 * len(scales) * settings["steps"] * (0.3 + 0.1 * depth) / 1000 + 0.5
    name = f"{activation}_depth{depth}{suffix}" + ("" if tried is None else f"_rate_{tried:g}")
    return Arm(name, settings, tuple(seeds), lanes=min(len(seeds), 4), seconds=seconds)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = _settings("tanh", 10, 64, 2_000, 300, {"0.1": 0.1, "1": 0.1})
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.6)


def _settings(
    activation: str, depth: int, width: int, images: int, steps: int, rates: Mapping[str, float]
) -> dict[str, Any]:
    shape = {"activation": activation, "depth": depth, "width": width, "images": images}
    return {**shape, "batch": BATCH, "steps": steps, "every": EVERY, "rates": dict(rates)}


def learned(history: History) -> bool:
    return history.get("train_loss", [CHANCE])[-1] < LEARNED


def experiment(settings: Mapping[str, Any], scale: str = "1") -> Experiment:
    own = {"init": "scale_1", "rate": settings["rates"][scale]}
    return nets.experiment({**settings, **own}, times=float(scale), stop=learned)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    experiments = {scale: experiment(settings, scale) for scale in settings["rates"]}
    for seed, runs in nets.side_by_side(experiments, seeds, lanes):
        metrics = {f"train_loss_scale_{scale}": trial.metrics.get("train_loss") for scale, trial in runs.items()}
        yield nets.together(seed, runs, metrics)
