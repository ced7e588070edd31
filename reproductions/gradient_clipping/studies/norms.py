"""How large are the gradients of recurrent nets, before and while they train?

Norms of 16 fresh batches at 21 moments of a run, of the very loss that is trained. The runs are clipped at 5, at a rate
at which clipped nets learn. Drawn, not judged: the norms say where a threshold of 5 or 15 does anything at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from common import sequences
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.gradient_clipping import model, nets

DATASET = "synthetic"
UNITS, LENGTH, STEPS, EVERY, BATCHES, LANES = 32, 50, 400, 20, 16, 8
QUANTILES = ("low", "median", "high", "most")
RATES = {"sum": 0.1, "mean": 0.3}
SECONDS = {"rnn": 13e-6, "lstm": 26e-6}  # an optimiser step of one seed, by time step
METRICS = {
    "start_low": "a tenth of the norms is smaller, untrained, norm",
    "start_median": "median norm, untrained, norm",
    "start_high": "a tenth of the norms is larger, untrained, norm",
    "start_most": "largest norm, untrained, norm",
    "low": "a tenth of the norms is smaller, mean over the run, norm",
    "median": "median norm, mean over the run, norm",
    "high": "a tenth of the norms is larger, mean over the run, norm",
    "most": "largest norm of the run, norm",
    "over_5": "share of batches with a norm over 5, mean over the run, of 1",
    "over_15": "share of batches with a norm over 15, mean over the run, of 1",
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            _arm(net, task, over_time, ())
            for net in ("rnn", "lstm")
            for task, over_time in (("resets", "sum"), ("resets", "mean"), ("temporal_order", "sum"))
        )
    if tier == "pilot":
        return (_arm("rnn", "resets", "sum", range(PILOT_SEEDS, PILOT_SEEDS + LANES)),)
    return ()


def _arm(net: str, task: str, over_time: str, seeds: Sequence[int]) -> Arm:
    settings = {"net": net, "task": task, "over_time": over_time, "units": UNITS, "length": LENGTH, "radius": 1.0}
    settings |= {"optimizer": "sgd", "steps": STEPS, "every": EVERY, "held_out": 64}
    seconds = SECONDS[net] * LENGTH * (STEPS + STEPS // EVERY * (BATCHES + 1))
    return Arm(f"{net}_{task}_{over_time}", settings, tuple(seeds), LANES, seconds)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    base = model.experiment(settings)
    of = model.task(settings["task"], settings["length"])
    size = BATCHES * model.BATCH
    measured = Evaluation(of.data, nets.norm_quantiles(base.loss, BATCHES), size, size)
    hyper = {**base.hyper, "clip": 5.0, "learning_rate": RATES[settings["over_time"]]}
    scores = replace(base.evaluate["validation"], metrics=sequences.scores(of))
    return replace(base, evaluate={"validation": scores, "norm": measured}, hyper=hyper)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        points = {name: trial.curves[f"norm_{name}"] for name in (*QUANTILES, "over_5", "over_15")}
        later = {name: [value for _, value in line[1:]] for name, line in points.items()}
        metrics: dict[str, float | None] = {f"start_{name}": points[name][0][1] for name in QUANTILES}
        if later["median"]:
            metrics |= {name: sum(values) / len(values) for name, values in later.items()}
            metrics["most"] = max(later["most"])
        yield replace(trial, metrics=metrics, curves={name: points[name] for name in QUANTILES})
