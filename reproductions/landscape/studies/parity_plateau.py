"""Does momentum bring a net through the plateau of a parity of few bits in fewer steps, each at its own best rate?

The parity of 3 of 20 bits; one hidden layer of ReLU units, SGD on fresh strings. Its loss stays at that of a coin
before it falls; a step is on the plateau until 5 % of that is gone.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, Stream, train

DATASET = "synthetic"
METRICS = {
    "plateau_steps": "SGD steps until 5 % of a coin's loss is gone, the budget where never, steps",
    "test_loss": "mean logistic loss on 4000 fresh strings at the end, nats",
    "train_loss": "mean loss since the look before, nats",
}
BITS, PARITY, WIDTH, BATCH = 20, 3, 64, 64
STEPS, EVALUATE_EVERY = 3_000, 10
GRIDS = {0.0: (1.0, 2.0, 4.0, 8.0, 16.0), 0.9: (0.2, 0.4, 1.0, 2.0, 4.0)}
RATES = {0.0: 4.0, 0.9: 1.0}  # on six pilot seeds the fewest steps on the plateau
GONE = 0.95 * math.log(2)


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(f"momentum_{m:g}", m, rate) for m, rate in RATES.items())
    if tier == "pilot":
        seeds = tuple(range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 6))
        return tuple(_arm(f"momentum_{m:g}_rate_{r:g}", m, r, seeds, 6) for m, rates in GRIDS.items() for r in rates)
    return ()


def _arm(name: str, momentum: float, rate: float, seeds: tuple[int, ...] = (), lanes: int = 12) -> Arm:
    return Arm(name, {"momentum": momentum, "rate": rate}, seeds, lanes=lanes, seconds=0.5)


def strings() -> Stream:
    """Fresh strings of ±1, shape (count, 20), and the product of the first three, shape (count, 1)."""

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        x = ops.cast(2 * keras.random.randint((count, BITS), 0, 2, seed=seeds) - 1, "float32")
        return x, ops.prod(x[:, :PARITY], axis=1, keepdims=True)

    return Stream(draw)


def loss(net: Any, x: Any, y: Any) -> Any:
    return ops.mean(ops.softplus(-y * net(x, training=True)))


def experiment(settings: Mapping[str, Any]) -> Experiment:
    def build_model(hyper: Any) -> keras.Model:
        x = keras.Input((BITS,))
        return keras.Model(x, keras.layers.Dense(1)(keras.layers.Dense(WIDTH, "relu")(x)))

    fresh = strings()
    return Experiment(
        build_model=build_model,
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["rate"], momentum=settings["momentum"]),
        loss=loss,
        data=fresh,
        batch_size=BATCH,
        steps=STEPS,
        evaluate={"test": Evaluation(fresh, lambda net, x, y: {"loss": loss(net, x, y)}, size=4_000, batch_size=4_000)},
        evaluate_every=EVALUATE_EVERY,
        stop=lambda history: history["test_loss"][-1] <= GONE,
        hyper={"rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for trial in train(experiment(settings), seeds, lanes=lanes):
        if trial.status != "ok":
            yield trial
            continue
        gone = (step for step, value in trial.curves["test_loss"] if value <= GONE)
        yield replace(trial, metrics={**trial.metrics, "plateau_steps": float(next(gone, STEPS))})
