"""Ordinary Keras LSTMs on sequence tasks, with the bias of the forget gate as the only question.

A trial records `updates` (its budget where it was not solved), `log2_steps`, its logarithm to base two, and
`solved`, 0 or 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import log2
from typing import Any

import keras
from keras import ops

from common import sequences, variants
from common.gradients import clipping
from common.sequences import Task
from common.training import Evaluation, Experiment, History, Hyper, Run

CLIP = 1.0  # global norm of the gradient, a seed at a time
OPTIMIZERS = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}
CHRONO = "chrono"


class GateBias(keras.initializers.Initializer):  # type: ignore[misc]
    """The (4 * units,) biases of a Keras LSTM: input gate, forget gate, cell, output gate.

    Forget gates get `forget`, the others zero. With `longest`, the steps of the longest dependence, forget gates get
    log U(1, longest - 1) a unit instead, input gates the negative of it: chrono (Tallec & Ollivier 2018, section 2).
    """

    def __init__(self, forget: Any = 0.0, longest: int | None = None, seed: Any = None) -> None:
        self.forget = forget
        self.longest = longest
        self.seed = seed

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        units = shape[0] // 4
        rest = ops.zeros((units,), dtype=dtype)
        if self.longest is None:
            forget = rest + ops.cast(ops.convert_to_tensor(self.forget), rest.dtype)
            return ops.concatenate([rest, forget, rest, rest])
        forget = ops.log(keras.random.uniform((units,), 1.0, self.longest - 1.0, dtype=dtype, seed=self.seed))
        return ops.concatenate([-forget, forget, rest, rest])


def build_model(task: Task, units: int, bias: GateBias, recurrent: str = "orthogonal") -> Any:
    """One layer of LSTM units and a dense layer: a class or a number at the last step, or at every step."""
    entry, channels = sequences.inputs(task)
    lstm = keras.layers.LSTM(
        units,
        return_sequences=task.every_step,
        recurrent_initializer=recurrent,
        unit_forget_bias=False,
        bias_initializer=bias,
        name="lstm",
    )
    return keras.Model(entry, keras.layers.Dense(max(task.answers, 1))(lstm(channels)))


def never(history: History) -> bool:
    """A run takes its whole budget."""
    return False


def experiment(
    task: Task,
    bias: float | str,
    *,
    units: int,
    rate: float,
    batch: int,
    steps: int,
    every: int,
    looked_at: int,
    stop: Callable[[History], bool] = never,
    optimizer: str = "adam",
    recurrent: str = "orthogonal",
    held_out: Task | None = None,
) -> Experiment:
    """Training of one net; arms that differ in a number for `bias` or in `rate` alone compile to the same program.

    `bias` is that of every forget gate, or `chrono`, whose longest dependence is then the sequence. `looked_at`
    sequences, fresh ones or the first of `held_out`, are answered at each evaluation; its metrics begin with `test_`.
    """
    longest = task.steps if bias == CHRONO else None
    kept: dict[str, float] = {} if bias == CHRONO else {"forget": float(bias)}

    def build(hyper: Hyper) -> Any:
        return build_model(task, units, GateBias(hyper.get("forget", 0.0), longest), recurrent)

    return Experiment(
        build_model=build,
        build_optimizer=lambda hyper: clipping(OPTIMIZERS[optimizer], CLIP)(lambda: hyper["learning_rate"]),
        loss=sequences.loss(task),
        data=task.data,
        batch_size=batch,
        steps=steps,
        evaluate={
            "test": Evaluation((held_out or task).data, sequences.scores(held_out or task), looked_at, looked_at)
        },
        evaluate_every=every,
        stop=stop,
        hyper={**kept, "learning_rate": rate},
    )


def varied(built: Experiment, **changes: float) -> Experiment:
    """The same experiment, and so the same compiled program, from another `forget` bias or `learning_rate`.

    Raises:
        ValueError: the experiment has no such number, as chrono biases are none.
    """
    if unknown := set(changes) - set(built.hyper):
        raise ValueError(f"the experiment does not vary {', '.join(sorted(unknown))}")
    return replace(built, hyper={**built.hyper, **changes})


def under(metric: str, bound: float) -> Callable[[History], bool]:
    """Ends a seed once the metric of its latest evaluation is at most `bound`."""
    return lambda history: history[metric][-1] <= bound


def timed(run: Run, budget: int, metric: str, bound: float) -> Run:
    """A run with when it first came down to `bound`: the step of that evaluation, or the budget; kept if diverged."""
    points = run.curves.get(metric, ())
    first = next((step for step, value in points if value <= bound), None)
    if run.status == "diverged":
        return run
    steps = float(budget if first is None else max(first, 1))
    found: Mapping[str, float] = {
        "updates": steps,
        "log2_steps": log2(steps),
        "solved": float(first is not None),
    }
    return replace(run, metrics={**run.metrics, **found})


def together(seed: int, runs: Mapping[Any, Run], metrics: Mapping[str, float | None], curve: str) -> Run:
    """One trial made of the runs of a seed, each with one of its curves."""
    curves = {f"{curve}_b{bias}": run.curves[curve] for bias, run in runs.items() if run.curves.get(curve)}
    return variants.together(seed, runs, metrics, curves)
