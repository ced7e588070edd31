"""Do both 0.1 and 1, over sqrt(width), start very deep nets at a scale from which they learn?

Training loss within 1000 steps of plain SGD on 10 000 images; a run ends early under 0.5 ln 10. A trial trains one seed
from every scale, each with its own best rate of `GRID` on pilot seeds at 10 and 20 layers; nets of 2 and 5 layers have
one rate, those of 50 had three.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, History, Run
from reproductions.deep_init import model, nets

DATASET = "images"
METRICS = {
    "train_loss_scale_0.03": "cross-entropy over the last 50 steps from weights of 0.03/sqrt(n), nats",
    "train_loss_scale_0.1": "the same from 0.1/sqrt(n), nats",
    "train_loss_scale_0.3": "the same from 0.3/sqrt(n), nats",
    "train_loss_scale_1": "the same from 1/sqrt(n), nats",
    "train_loss_scale_1.41": "the same from 1.41/sqrt(n), nats",
    "train_loss_scale_2": "the same from 2/sqrt(n), nats",
    "train_loss_scale_3": "the same from 3/sqrt(n), nats",
    "least_test_error": "lesser of the test errors from 0.1/sqrt(n) and from 1/sqrt(n), per cent",
    "test_error_0.03": "wrong labels among 10 000 test images at the end, from 0.03/sqrt(n), per cent",
    "test_error_0.1": "the same from 0.1/sqrt(n), per cent",
    "test_error_0.3": "the same from 0.3/sqrt(n), per cent",
    "test_error_1": "the same from 1/sqrt(n), per cent",
    "test_error_1.41": "the same from 1.41/sqrt(n), per cent",
    "test_error_2": "the same from 2/sqrt(n), per cent",
    "test_error_3": "the same from 3/sqrt(n), per cent",
}
CHANCE = log(model.CLASSES)
LEARNED = 0.5 * CHANCE
IMAGES, WIDTH, BATCH, STEPS, EVERY = 10_000, 128, 64, 1_000, 50
DEPTHS = (2, 5, 10, 20, 50)
JUDGED, DRAWN = ("0.1", "1", "1.41"), ("0.03", "0.3", "2", "3")  # the second list for the picture
PILOTED = (10, 20)  # depths
GRID = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
RATES: dict[str, dict[str, float]] = {  # activation and depth to the rate of a scale, where it is another
    "tanh_depth10": {"0.1": 0.01, "1.41": 0.01},  # from 0.1 these nets learn at no rate
    "tanh_depth20": {"0.1": 0.01, "1": 0.03, "1.41": 0.03},
    "relu_depth10": {"0.1": 0.01},
    "relu_depth20": {"0.1": 0.01, "1.41": 0.03},
    "tanh_depth50": {"1": 0.01, "1.41": 0.01},
    "relu_depth50": {"1": 0.01, "1.41": 0.01},
}
RATE = 0.1


def arms(tier: Tier) -> tuple[Arm, ...]:
    cells = [(activation, depth) for activation in ("tanh", "relu") for depth in DEPTHS]
    if tier == "full":
        return (*(_arm(*cell, JUDGED) for cell in cells), *(_arm(*cell, DRAWN, suffix="_more") for cell in cells))
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        deep = [cell for cell in cells if cell[1] in PILOTED]
        return (_quick(seeds), *(_arm(*cell, JUDGED, seeds[:2], "", tried) for cell in deep for tried in GRID))
    return ()


def _arm(
    activation: str,
    depth: int,
    scales: Sequence[str],
    seeds: Sequence[int] = (),
    suffix: str = "",
    tried: float | None = None,
) -> Arm:
    chosen = RATES.get(f"{activation}_depth{depth}", {})
    rates = {scale: tried or chosen.get(scale, RATE) for scale in scales}
    settings = _settings(activation, depth, WIDTH, IMAGES, STEPS, rates, {"test": 10_000} if tried is None else {})
    seconds = 1.4 * len(scales) * settings["steps"] * (0.3 + 0.1 * depth) / 1000 + 0.5
    name = f"{activation}_depth{depth}{suffix}" + ("" if tried is None else f"_rate_{tried:g}")
    return Arm(name, settings, tuple(seeds), lanes=4 if tried is None else 2, seconds=seconds)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = _settings("tanh", 10, 64, 2_000, 300, {"0.1": 0.1, "1": 0.1}, {})
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.6)


def _settings(
    activation: str,
    depth: int,
    width: int,
    images: int,
    steps: int,
    rates: Mapping[str, float],
    held_out: Mapping[str, int],
) -> dict[str, Any]:
    shape = {"activation": activation, "depth": depth, "width": width, "images": images, "held_out": dict(held_out)}
    return {**shape, "batch": BATCH, "steps": steps, "every": EVERY, "rates": dict(rates)}


def learned(history: History) -> bool:
    return history.get("train_loss", [CHANCE])[-1] < LEARNED


def experiment(settings: Mapping[str, Any], scale: str = "1") -> Experiment:
    own = {"init": "scale_1", "rate": settings["rates"][scale]}
    evaluate = nets.held_out(settings["held_out"])
    return nets.experiment({**settings, **own}, times=float(scale), stop=learned, evaluate=evaluate)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    experiments = {scale: experiment(settings, scale) for scale in settings["rates"]}
    for seed, runs in nets.side_by_side(experiments, seeds, lanes):
        metrics = {f"train_loss_scale_{scale}": trial.metrics.get("train_loss") for scale, trial in runs.items()}
        if "test" in settings["held_out"]:
            metrics |= {f"test_error_{scale}": trial.metrics.get("test_error") for scale, trial in runs.items()}
            named = [error for scale in ("0.1", "1") if (error := metrics.get(f"test_error_{scale}")) is not None]
            metrics |= {"least_test_error": min(named)} if named else {}
        yield nets.together(seed, runs, metrics)
