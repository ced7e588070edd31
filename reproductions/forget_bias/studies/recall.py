"""Over how many steps does an LSTM learn to remember, and from which forget bias on?

Delayed recall: name the first of 1 + T symbols, one of four, past T distractors from an alphabet of their own. A trial
trains one seed at one delay from every forget bias, all else equal: 32 units, Adam, norms clipped at 1. Solved: the
loss on 128 fresh sequences is a tenth of that of an answer without memory, looked at every 10 steps; a run that is not
solved within the budget counts with the budget. `best_bias` is the one solved first (the mean of several), `least_bias`
the smallest one solved; chrono biases (log U(1, T) a unit) take part in neither.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common import sequences
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run
from common.variants import side_by_side
from reproductions.forget_bias import model

DATASET = "synthetic"
METRICS = {
    "log2_steps_b-1": "updates to solve from a bias of -1, or the budget, log2 updates",
    "log2_steps_b0": "updates to solve from a bias of 0, or the budget, log2 updates",
    "log2_steps_b1": "updates to solve from a bias of 1, or the budget, log2 updates",
    "log2_steps_b2": "updates to solve from a bias of 2, or the budget, log2 updates",
    "log2_steps_b3": "updates to solve from a bias of 3, or the budget, log2 updates",
    "log2_steps_b4": "updates to solve from a bias of 4, or the budget, log2 updates",
    "log2_steps_b5": "updates to solve from a bias of 5, or the budget, log2 updates",
    "log2_steps_b6": "updates to solve from a bias of 6, or the budget, log2 updates",
    "log2_steps_b8": "updates to solve from a bias of 8, or the budget, log2 updates",
    "log2_steps_bchrono": "updates to solve from chrono biases, or the budget, log2 updates",
    "solved_b-1": "whether a bias of -1 solves it, 0 or 1",
    "solved_b0": "whether a bias of 0 solves it, 0 or 1",
    "solved_b1": "whether a bias of 1 solves it, 0 or 1",
    "solved_b2": "whether a bias of 2 solves it, 0 or 1",
    "solved_b3": "whether a bias of 3 solves it, 0 or 1",
    "solved_b4": "whether a bias of 4 solves it, 0 or 1",
    "solved_b5": "whether a bias of 5 solves it, 0 or 1",
    "solved_b6": "whether a bias of 6 solves it, 0 or 1",
    "solved_b8": "whether a bias of 8 solves it, 0 or 1",
    "solved_bchrono": "whether chrono biases solve it, 0 or 1",
    "best_bias": "the bias solved first, the mean of several, logits",
    "least_bias": "the smallest bias solved, logits",
    "solved_b5_minus_b0": "solved from 5 less solved from 0, -1 to 1",
}
UNITS, BATCH, RATE, STEPS, EVERY, LOOKED_AT, SOLVED = 32, 32, 2e-3, 4_000, 10, 128, 0.1
BIASES = (-1, 0, 1, 2, 3, 4, 5, 6, 8)
DELAYS = (25, 50, 100, 200)
QUICK_DELAY, QUICK_STEPS, QUICK_BIASES = 25, 300, (0, 5)
LANES = 8


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(delay, (*BIASES, model.CHRONO), ()) for delay in DELAYS)
    if tier == "quick":
        return (_quick(range(4)),)
    return (_quick(range(PILOT_SEEDS, PILOT_SEEDS + 50)),) if tier == "pilot" else ()


def _arm(delay: int, biases: Sequence[float | str], seeds: Sequence[int]) -> Arm:
    seconds = 1 + 4 * 2.7e-5 * delay * STEPS  # about four of the ten are not solved and take the whole budget
    return Arm(f"delay{delay}", _settings(delay, biases, STEPS), tuple(seeds), lanes=LANES, seconds=seconds)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = _settings(QUICK_DELAY, QUICK_BIASES, QUICK_STEPS)
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.4)


def _settings(delay: int, biases: Sequence[float | str], steps: int) -> dict[str, Any]:
    return {"delay": delay, "biases": list(biases), "steps": steps}


def experiment(settings: Mapping[str, Any], bias: float | str = 0) -> Experiment:
    sizes: dict[str, Any] = {"units": UNITS, "rate": RATE, "batch": BATCH, "every": EVERY, "looked_at": LOOKED_AT}
    task = sequences.delayed_recall(settings["delay"])
    stop = model.under("test_relative", SOLVED)
    return model.experiment(task, bias, steps=settings["steps"], stop=stop, **sizes)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    built = experiment(settings)
    experiments = {
        bias: experiment(settings, bias) if bias == model.CHRONO else model.varied(built, forget=bias)
        for bias in settings["biases"]
    }
    for seed, runs in side_by_side(experiments, seeds, lanes):
        timed = {bias: model.timed(one, settings["steps"], "test_relative", SOLVED) for bias, one in runs.items()}
        yield model.together(seed, timed, compared(timed), "test_relative")


def compared(runs: Mapping[float | str, Run]) -> dict[str, float | None]:
    """Steps to solve and success of every bias, and which bias is best and which the least that works.

    A run that diverged has no time and was not solved. Without a solved run there is no best and no least bias.
    """
    metrics: dict[str, float | None] = {}
    times: dict[float, float] = {}
    for bias, one in runs.items():
        solved = one.metrics.get("solved") or 0.0
        metrics[f"log2_steps_b{bias}"] = one.metrics.get("log2_steps")
        metrics[f"solved_b{bias}"] = solved
        if solved and not isinstance(bias, str):
            times[bias] = one.metrics["updates"] or 0.0
    first = [bias for bias, time in times.items() if time == min(times.values())]
    metrics["best_bias"] = sum(first) / len(first) if first else None
    metrics["least_bias"] = min(times, default=None)
    if {0, 5} <= set(runs):
        metrics["solved_b5_minus_b0"] = (metrics["solved_b5"] or 0.0) - (metrics["solved_b0"] or 0.0)
    return metrics
