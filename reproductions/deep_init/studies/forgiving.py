"""Does a shallow net forgive its initial weights, over scales that decide whether a deep one learns at all?

Test error, in per cent, after fixed steps of plain SGD on 10 000 images from seven standard deviations, by one rate for
each depth, the best of three on pilot seeds: who does not care about initial weights does not tune for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.deep_init import nets

DATASET = "images"
IMAGES, WIDTH, BATCH, STEPS = 10_000, 128, 64, 3_000
DEPTHS = (1, 2, 8)
DEVIATIONS = ("0.0001", "0.001", "0.003", "0.01", "0.03", "0.1", "1")
JUDGED = DEVIATIONS[1:-1]  # 0.001 to 0.1
PILOTED = ("0.01", "0.1")
CHANCE_ERROR = 90.0  # per cent: what a net that diverged is taken to have wrong
QUICK_STEPS = 400
GRID = (0.03, 0.1, 0.3)
RATES = {1: 0.3, 2: 0.3, 8: 0.3}  # on two pilot seeds: the least validation error from deviations of 0.01 and 0.1


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(depth, range(10)) for depth in DEPTHS)
    if tier == "quick":
        return _quick(range(4))
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (*_quick(seeds), *(_arm(depth, seeds[:2], tried) for depth in DEPTHS for tried in GRID))
    return ()


def _arm(depth: int, seeds: Sequence[int], tried: float | None = None) -> Arm:
    rate = RATES[depth] if tried is None else tried
    steps = STEPS if tried is None else STEPS // 3
    settings = {"depth": depth, "width": WIDTH, "images": IMAGES, "held_out": 10_000, "steps": steps, "rate": rate}
    seconds = 7 * steps * (0.3 + 0.12 * depth) / 1000 + 1
    name = f"depth{depth}" + ("" if tried is None else f"_rate_{tried:g}")
    whole = {**settings, "deviations": list(DEVIATIONS if tried is None else PILOTED)}
    return Arm(name, whole, tuple(seeds), lanes=min(len(seeds), 5), seconds=seconds)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    shape: dict[str, Any] = {"width": WIDTH, "images": 2_000, "held_out": 2_000, "steps": QUICK_STEPS, "rate": 0.3}
    shape["deviations"] = ["0.001", "0.1"]
    return tuple(
        Arm(f"quick_depth{depth}", {**shape, "depth": depth}, tuple(seeds), lanes=4, seconds=0.6) for depth in (1, 8)
    )


def experiment(settings: Mapping[str, Any], deviation: str = "0.01") -> Experiment:
    own = {"activation": "relu", "init": "std_1", "batch": BATCH, "every": settings["steps"]}
    return nets.experiment({**settings, **own}, times=float(deviation), evaluate=nets.held_out(settings["held_out"]))


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    """Ranges of the final errors over the judged deviations, and over all of them."""
    experiments = {deviation: experiment(settings, deviation) for deviation in settings["deviations"]}
    for seed, runs in nets.side_by_side(experiments, seeds, lanes):
        test = {deviation: _error(trial, "test") for deviation, trial in runs.items()}
        validation = {deviation: _error(trial, "validation") for deviation, trial in runs.items()}
        judged = [test[deviation] for deviation in test if deviation in JUDGED]
        metrics: dict[str, float | None] = {
            "test_error_range": max(judged) - min(judged),
            "test_error_whole_range": max(test.values()) - min(test.values()),
            "validation_error": min(validation.values()),
        }
        points = [(place, error) for place, error in enumerate(test.values())]
        yield nets.together(seed, runs, metrics, {"test_error_over_deviation": points})


def _error(trial: Run, part: str) -> float:
    found = trial.metrics.get(f"{part}_error")
    return CHANCE_ERROR if found is None else found
