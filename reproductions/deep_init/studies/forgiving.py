"""Does a shallow net forgive its initial weights, over scales that decide whether a deep one learns at all?

Test error, in per cent, after fixed steps of plain SGD on 10 000 images from seven standard deviations, by one rate for
each depth, the best of `GRID` on pilot seeds: who does not care about initial weights does not tune for them. Depth 0
is softmax regression.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from reproductions.deep_init import nets

DATASET = "images"
METRICS = {
    "test_error_range": "greatest less least test error over deviations of 0.001 to 0.1, points of a per cent",
    "test_error_whole_range": "the same over 0.0001 to 1, points of a per cent",
    "worst_test_error": "greatest test error over deviations of 0.001 to 0.1, per cent",
    "worst_test_error_of_all": "the same over 0.0001 to 1, per cent",
    "test_error_0.01": "test error from a deviation of 0.01, per cent",
    "validation_error": "least validation error over the deviations, per cent",
    "worst_validation_error": "greatest validation error over deviations of 0.001 to 0.1, per cent",
}
IMAGES, WIDTH, BATCH, STEPS = 10_000, 128, 64, 3_000
DEPTHS = (0, 1, 2, 8)
DEVIATIONS = ("0.0001", "0.001", "0.003", "0.01", "0.03", "0.1", "1")
JUDGED = DEVIATIONS[1:-1]  # 0.001 to 0.1
PILOTED = ("0.01", "0.1")  # a rate is chosen by the better of the two
CHANCE_ERROR = 90.0  # per cent: what a net that diverged is taken to have wrong
QUICK_STEPS = 400
GRID = (0.03, 0.1, 0.3, 0.6, 1.0, 2.0)
RATES = {0: 0.3, 1: 1.0, 2: 0.6, 8: 0.3}  # on two pilot seeds: the least validation error


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(depth) for depth in DEPTHS)
    if tier == "quick":
        return _quick(range(4))
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        return (*_quick(seeds), *(_arm(depth, seeds[:2], tried) for depth in DEPTHS for tried in GRID))
    return ()


def _arm(depth: int, seeds: Sequence[int] = (), tried: float | None = None) -> Arm:
    rate, deviations = (RATES[depth], DEVIATIONS) if tried is None else (tried, PILOTED)
    settings: dict[str, Any] = {"depth": depth, "width": WIDTH, "images": IMAGES, "steps": STEPS, "rate": rate}
    settings |= {"deviations": list(deviations), "held_out": nets.JUDGED if tried is None else nets.TUNED}
    seconds = len(deviations) * STEPS * (0.5 + 0.17 * depth) / 1000 + 1
    name = f"depth{depth}" + ("" if tried is None else f"_rate_{tried:g}")
    return Arm(name, settings, tuple(seeds), lanes=4 if tried is None else 2, seconds=seconds)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    shape: dict[str, Any] = {"width": WIDTH, "images": 2_000, "steps": QUICK_STEPS, "rate": 0.3}
    shape |= {"deviations": ["0.001", "0.1"], "held_out": {"validation": 1_000}}
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
        validation = {deviation: _error(trial, "validation") for deviation, trial in runs.items()}
        metrics = {"validation_error": min(validation.values()), "worst_validation_error": max(_judged(validation))}
        if "test" not in settings["held_out"]:
            yield nets.together(seed, runs, metrics)
            continue
        test = {deviation: _error(trial, "test") for deviation, trial in runs.items()}
        metrics |= {
            "test_error_range": max(_judged(test)) - min(_judged(test)),
            "test_error_whole_range": max(test.values()) - min(test.values()),
            "worst_test_error": max(_judged(test)),
            "worst_test_error_of_all": max(test.values()),
            "test_error_0.01": test["0.01"],
        }
        points = [(place, error) for place, error in enumerate(test.values())]
        yield nets.together(seed, runs, metrics, {"test_error_over_deviation": points})


def _judged(errors: Mapping[str, float]) -> list[float]:
    return [error for deviation, error in errors.items() if deviation in JUDGED]


def _error(trial: Run, part: str) -> float:
    found = trial.metrics.get(f"{part}_error")
    return CHANCE_ERROR if found is None else found
