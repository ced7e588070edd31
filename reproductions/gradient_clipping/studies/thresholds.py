"""Do thresholds of 5 and 15 serve, and does any other power of ten serve better?

An answer is due at every step, and the loss is once summed and once averaged over the steps. Each arm has one
threshold, or none, and the rate chosen for it on pilot seeds by the validation loss. How often the norm of the gradient
exceeds 5 and 15 is measured on fresh batches at eleven moments of each run: a threshold that is never exceeded is none.
Judged are tanh nets under the summed loss.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.gradient_clipping import model, nets

DATASET = "synthetic"
UNITS, LENGTH, HELD_OUT, LANES, PILOTS = 32, 50, 256, 4, 8
TASK, STEPS, LOOKS, BATCHES = "resets", 500, 10, 4
RATES = {  # log10: of each threshold the one of least median validation loss over the pilot seeds
    "sum": {"none": -2.0, "0.5": 0.5, "5": -0.5, "15": -1.0, "150": -2.0},
    "mean": {"none": -0.5, "0.5": 0.5, "5": 0.0, "15": -0.5, "150": -0.5},
    "lstm_sum": {"none": -1.5, "0.5": 1.0, "5": 0.0, "15": -0.5, "150": -1.0},
}
TRIED = {  # log10: from where to where each threshold was tried, in half decades
    "sum": {"none": (-3.0, -1.0), "0.5": (-0.5, 1.5), "5": (-1.5, 0.5), "15": (-2.0, 0.0), "150": (-3.0, -1.0)},
    "mean": dict.fromkeys(("none", "0.5", "5", "15", "150"), (-1.0, 1.0)),
    "lstm_sum": {"none": (-2.0, 0.0), "0.5": (0.0, 2.0), "5": (-1.0, 1.0), "15": (-1.5, 0.5), "150": (-2.0, 0.0)},
}
QUICK_RATE = -1.0
SECONDS = {"rnn": 14e-6, "lstm": 36e-6}  # an optimiser step of one seed, by time step
METRICS = {
    "test_relative": "loss on fresh sequences at the end of training, baselines",
    "test_loss": "the same, nats",
    "test_accuracy": "share of answers on them that are right, accuracy",
    "validation_relative": "loss on the sequences by which rates are chosen, baselines",
    "validation_loss": "the same, nats",
    "validation_accuracy": "share of answers on them that are right, accuracy",
    "norm_over_5": "share of fresh batches whose gradient has a norm over 5 at the end of training, of 1",
    "norm_over_15": "the same over 15, of 1",
    "binds_5": "share of fresh batches whose gradient has a norm over 5, over the run, of 1",
    "binds_15": "the same over 15, of 1",
    "train_loss": "training loss over the last stretch, nats",
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(net, clip, rate, ()) for net, rates in RATES.items() for clip, rate in rates.items())
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + PILOTS)
        cells = [(net, clip, *ends) for net, clips in TRIED.items() for clip, ends in clips.items()]
        tried = [(net, clip, low + n / 2) for net, clip, low, high in cells for n in range(int(2 * (high - low)) + 1)]
        rates = (_arm(net, clip, rate, seeds, f"_rate_{rate:g}") for net, clip, rate in tried)
        return (_quick(range(PILOT_SEEDS, PILOT_SEEDS + 50)), *rates)
    return ()


def _arm(trained: str, clip: str, rate: float, seeds: Sequence[int], suffix: str = "") -> Arm:
    net, over_time = "lstm" if trained.startswith("lstm") else "rnn", trained.removeprefix("lstm_")
    settings = {"net": net, "task": TASK, "units": UNITS, "length": LENGTH, "over_time": over_time}
    settings |= {"steps": STEPS, "every": STEPS // LOOKS, "held_out": HELD_OUT, "clip": clip, "log10_rate": rate}
    seconds = SECONDS[net] * LENGTH * (STEPS + LOOKS * (2 * HELD_OUT / 96 + BATCHES))
    return Arm(f"{trained}_{clip}{suffix}", settings, tuple(seeds), LANES, seconds)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"net": "rnn", "task": TASK, "units": 16, "length": 30, "over_time": "sum"}
    settings |= {"steps": 150, "every": 75, "held_out": 64, "clip": "5", "log10_rate": QUICK_RATE}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.3)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    base = model.experiment({**settings, "optimizer": "sgd", "radius": 1.0})
    fresh = Evaluation(base.data, exceeded(base.loss), BATCHES * model.BATCH, BATCHES * model.BATCH)
    hyper = {**base.hyper, "clip": model.norm_of(settings["clip"]), "learning_rate": 10 ** settings["log10_rate"]}
    return replace(base, evaluate={**base.evaluate, "norm": fresh}, hyper=hyper)


def exceeded(loss: nets.Loss) -> Callable[[Any, Any, Any], Mapping[str, Any]]:
    """Metrics of an evaluation: the shares of batches whose gradient has a norm over 5 and over 15."""

    def metrics(net: Any, x: Any, y: Any) -> Mapping[str, Any]:
        norms = nets.gradient_norms(net, loss, x, y, BATCHES)
        return {f"over_{bound}": ops.mean(ops.cast(norms > bound, "float32")) for bound in (5, 15)}

    return metrics


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        shares = {bound: [share for _, share in trial.curves[f"norm_over_{bound}"]] for bound in (5, 15)}
        binds = {f"binds_{bound}": sum(seen) / len(seen) for bound, seen in shares.items()}
        yield replace(trial, metrics={**trial.metrics, **binds} if trial.metrics else {})
