"""At how many scales of the initial weights do a deep and a recurrent net learn nothing at all?

A net of ten tanh layers on images, and a recurrent net of tanh units on the adding problem over 50 steps: the sum of
the two marked numbers among 50. Hidden weights are a scale from 0.3 to 1.7, about their spectral radius, times
Gaussian ones over sqrt(n), orthonormal ones, or (recurrent only) the identity. A setting has learned nothing where the
best constant answer is not beaten: for the first net by the lower end of the exact 99 % interval for its accuracy on
held-out images, for the second by 5 % of the training loss, 1/6, all of whose examples are fresh. A trial trains one
seed from every setting at one rate, the best of `GRID` on pilot seeds.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log, sqrt
from typing import Any

import keras
import numpy as np
from keras import ops

from common import datasets
from common.gradients import clipping
from common.statistics import proportion
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, History, Hyper, Run, Stream
from reproductions.deep_init import model, nets

DATASET = "images"
METRICS = {
    "stuck": "settings of the initial weights from which no more is known than the best constant, a count",
    "learned": "settings from which more is known, a count",
    "share_stuck": "settings from which nothing is learned, a share",
    "least_loss": "least training loss over the settings, nats or squared error",
}
DEPTH, WIDTH, IMAGES, BATCH, STEPS, EVERY = 10, 128, 10_000, 64, 1_000, 50
LENGTH, UNITS, RECURRENT_BATCH, RECURRENT_STEPS, RECURRENT_EVERY = 50, 64, 32, 4_000, 200
SCALES = ("0.3", "0.5", "0.7", "0.9", "1", "1.1", "1.3", "1.5", "1.7")
WEIGHTS = {"mlp": ("gaussian", "orthogonal"), "rnn": ("gaussian", "orthogonal", "identity")}
CHANCE = {"mlp": log(model.CLASSES), "rnn": 1 / 6}
STUCK, LEARNED = 0.95, 0.5  # of chance: nothing learned; enough learned to end the run
GRID = {"mlp": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0), "rnn": (3e-4, 1e-3, 3e-3)}
RATES = {"mlp": 0.1, "rnn": 1e-3}  # plain SGD; Adam, where 3e-4 learned less on pilot seeds, and 3e-3 nothing


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(net, WEIGHTS[net], SCALES) for net in WEIGHTS)
    if tier == "quick":
        return (_quick(range(4)),)
    if tier == "pilot":
        seeds = range(PILOT_SEEDS, PILOT_SEEDS + 50)
        tried = [(net, rate) for net, rates in GRID.items() for rate in rates]
        return (_quick(seeds), *(_arm(net, ("orthogonal",), ("0.9", "1"), seeds[:2], rate) for net, rate in tried))
    return ()


def _arm(
    net: str, kinds: Sequence[str], scales: Sequence[str], seeds: Sequence[int] = (), tried: float | None = None
) -> Arm:
    rates = {f"{kind}_{scale}": tried or RATES[net] for kind in kinds for scale in scales}
    steps = {"mlp": STEPS, "rnn": RECURRENT_STEPS}[net]
    settings = {"net": net, "images": IMAGES, "width": WIDTH, "depth": DEPTH, "steps": steps, "rates": rates}
    settings["held_out"] = {"test": 10_000} if tried is None else nets.TUNED
    seconds = len(rates) * steps * {"mlp": 1.7e-3, "rnn": 2.1e-3}[net] + 1
    name = net if tried is None else f"{net}_rate_{tried:g}"
    return Arm(name, settings, tuple(seeds), lanes=4 if tried is None else 2, seconds=seconds)


def _quick(seeds: Sequence[int]) -> Arm:
    rates = {f"gaussian_{scale}": 0.1 for scale in ("0.5", "1")}
    settings = {"net": "mlp", "images": 2_000, "width": 64, "depth": DEPTH, "steps": 300, "rates": rates}
    settings["held_out"] = {"validation": 1_000}
    return Arm("quick", settings, tuple(seeds), lanes=4, seconds=0.6)


def experiment(settings: Mapping[str, Any], setting: str = "gaussian_1") -> Experiment:
    net, rate = settings["net"], settings["rates"][setting]
    kind, scale = setting.split("_")

    def learned(history: History) -> bool:
        return history.get("train_loss", [1.0 + CHANCE[net]])[-1] < LEARNED * CHANCE[net]

    if net == "mlp":
        init = {"gaussian": "scale_1", "orthogonal": "orthogonal"}[kind]
        own = {"activation": "tanh", "init": init, "batch": BATCH, "every": EVERY, "rate": rate}
        evaluate = nets.held_out(settings["held_out"])
        return nets.experiment({**settings, **own}, times=float(scale), stop=learned, evaluate=evaluate)
    return Experiment(
        build_model=lambda hyper: recurrent(kind, hyper),
        build_optimizer=lambda hyper: clipping(keras.optimizers.Adam, 1.0)(lambda: hyper["learning_rate"]),
        loss=lambda built, x, y: ops.mean(ops.square(built(x, training=True) - y)),
        data=Stream(adding),
        batch_size=RECURRENT_BATCH,
        steps=settings["steps"],
        evaluate={},
        evaluate_every=RECURRENT_EVERY,
        stop=learned,
        hyper={"scale": float(scale) / (sqrt(UNITS) if kind == "gaussian" else 1.0), "learning_rate": rate},
    )


def recurrent(kind: str, hyper: Hyper) -> Any:
    """(steps, 2) numbers and marks, one layer of tanh units, one output."""
    loop = nets.Weights("normal" if kind == "gaussian" else kind, hyper["scale"])
    inputs = keras.Input((LENGTH, 2))
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.SimpleRNN(UNITS, recurrent_initializer=loop)(inputs)))


def adding(seeds: Any, count: int) -> tuple[Any, Any]:
    """Numbers from U(0, 1) and a mark in either half, (count, 50, 2); the sum of the marked numbers, (count, 1)."""
    numbers = keras.random.uniform((count, LENGTH), seed=seeds)
    half = LENGTH // 2
    places = keras.random.randint((count, 2), 0, half, seed=seeds) + ops.convert_to_tensor([[0, half]])
    marks = ops.sum(ops.one_hot(places, LENGTH, dtype=numbers.dtype), axis=1)
    return ops.stack([numbers, marks], axis=-1), ops.sum(numbers * marks, axis=1, keepdims=True)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    chance = CHANCE[settings["net"]]
    experiments = {setting: experiment(settings, setting) for setting in settings["rates"]}
    for seed, runs in nets.side_by_side(experiments, seeds, lanes):
        losses = {setting: trial.metrics.get("train_loss") for setting, trial in runs.items()}
        stuck = [not learned_something(trial, settings) for trial in runs.values()]
        metrics: dict[str, float | None] = {
            "stuck": float(stuck.count(True)),
            "learned": float(stuck.count(False)),
            "share_stuck": sum(stuck) / len(stuck),
        }
        curves: dict[str, list[tuple[int, float]]] = {}
        for setting, loss in losses.items():
            kind, scale = setting.split("_")
            point = (round(100 * float(scale)), chance if loss is None else loss)
            curves.setdefault(f"train_loss_{kind}_over_100_scale", []).append(point)
        metrics["least_loss"] = min((loss for loss in losses.values() if loss is not None), default=None)
        yield nets.together(seed, runs, metrics, curves)


def learned_something(trial: Run, settings: Mapping[str, Any]) -> bool:
    """Whether a run knows more than the best constant answer; one that diverged does not."""
    if trial.status != "ok":
        return False
    if settings["net"] == "rnn":
        return bool((trial.metrics["train_loss"] or 0.0) < STUCK * CHANCE["rnn"])
    ((part, size),) = settings["held_out"].items()
    labels = getattr(datasets.load_images(), part).labels[:size]
    right = round(len(labels) * (1 - (trial.metrics[f"{part}_error"] or 0.0) / 100))
    return bool(proportion(right, len(labels)).low > np.bincount(labels).max() / len(labels))
