"""Can one neuron compute the conjunction or the disjunction of its inputs, and does it learn to?

The neuron that was written down is tried on all strings. The trained one is a single sigmoid unit; its batches are half
conjunctions (or half not disjunctions), as a uniform string of 20 bits is hardly ever either.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run, Stream, train
from reproductions.sorting import model
from reproductions.sorting.studies.boolean import ones, points

DATASET = "synthetic"
BITS = range(2, 21)
PILOT_BITS = (2, 10)
FUNCTIONS = ("and", "or")
BATCH, STEPS, RATE = 64, 12_000, 0.3  # the rate is one of three tried on pilot seeds at 10 and 15 bits
LANES = 10
METRICS = {
    "and_errors": "strings of 2 to 20 bits on which the written unit is not the conjunction, count",
    "or_errors": "strings of 2 to 20 bits on which the written unit is not the disjunction, count",
    "all_errors": "of all strings, those on which the trained unit is wrong, count",
    "all_accuracy": "share of all strings on which the trained unit is right, accuracy",
    "train_loss": "loss over the last stretch of training, nats",
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "gpu":
        return ()
    bits = BITS if tier == "full" else PILOT_BITS
    seeds = {"full": (), "quick": (0,), "pilot": range(PILOT_SEEDS, PILOT_SEEDS + 50)}[tier]
    trained = [Arm(f"{f}_n{n}", {"function": f, "n": n}, tuple(seeds), LANES, 0.3) for f in FUNCTIONS for n in bits]
    exact = Arm("exact", {"bits": list(BITS)}, tuple(seeds)[:1], seconds=2.0, megabytes=500)
    return (exact,) if tier == "quick" else (exact, *trained)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    n, function = settings["n"], settings["function"]
    strings = points(n).astype("float32")
    labels = truth(function, n).astype("float32")[:, None]
    return Experiment(
        build_model=lambda hyper: _unit(n),
        build_optimizer=lambda hyper: keras.optimizers.Adam(RATE),
        loss=model.logistic_loss,
        data=balanced(function, n),
        batch_size=BATCH,
        steps=STEPS,
        evaluate={"all": Evaluation(Arrays(strings, labels), _errors, size=len(strings), batch_size=len(strings))},
        evaluate_every=STEPS // 4,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    if "bits" not in settings:
        yield from train(experiment(settings), seeds, lanes=lanes)
        return
    for seed in seeds:
        wrong = {
            f"{function}_errors": sum(exact_errors(function, n) for n in settings["bits"]) for function in FUNCTIONS
        }
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=wrong, curves={})


def exact_errors(function: str, n: int) -> float:
    """Strings on which the unit of weights 1 and threshold n - 1/2 (for or: 1/2) is wrong."""
    fires = ones(n) >= (n - 0.5 if function == "and" else 0.5)
    return float((fires != truth(function, n)).sum())


def truth(function: str, n: int) -> np.ndarray:
    """The function on all strings, (2**n,)."""
    return ones(n) == n if function == "and" else ones(n) > 0


def balanced(function: str, n: int) -> Stream:
    """Half the examples are the one string whose label is rare; the others differ from it in uniformly many bits.

    Uniform strings would hold the decisive neighbours as seldom as the rare string itself.
    """
    rare = 1.0 if function == "and" else 0.0

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        share = keras.random.uniform((count, 1), seed=seeds)
        flips = ops.cast(keras.random.uniform((count, n), seed=seeds) < share, "float32")
        flips = flips * ops.cast(keras.random.uniform((count, 1), seed=seeds) < 0.5, "float32")
        x = ops.abs(rare - flips)
        same = ops.cast(ops.sum(flips, axis=1, keepdims=True) == 0, "float32")
        return x, same if function == "and" else 1 - same

    return Stream(draw)


def _unit(n: int) -> Any:
    inputs = keras.Input((n,))
    return keras.Model(inputs, keras.layers.Dense(1)(inputs))


def _errors(unit: Any, x: Any, y: Any) -> dict[str, Any]:
    right = ops.cast((unit(x) > 0) == (y > 0.5), "float32")
    return {"accuracy": ops.mean(right), "errors": ops.sum(1 - right)}
