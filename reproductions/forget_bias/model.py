"""Ordinary Keras LSTMs whose only question is the initial bias of the forget gate."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from common import datasets, sequences
from common.sequences import Task
from common.training import Evaluation, Experiment, Run

TEXT = "characters"
UNITS, BATCH = 32, 64
TESTED = 256  # fresh sequences to test on, and as many to stop by; four times as many windows of a text
STREAMS: Mapping[str, Callable[[int], Task]] = {
    "recall": sequences.delayed_recall,
    "adding": sequences.adding,
    "copy": sequences.copy_memory,
    "order": sequences.temporal_order,
    "parity": sequences.running_parity,
    "resets": sequences.resets,
}
SOLVED = {name: 0.06 if name == "adding" else 0.1 for name in STREAMS}  # share of the baseline; 0.01 of the error
STOP = 0.8  # of that share, on the sequences to stop by


class GateBiases(keras.initializers.Initializer):  # type: ignore[misc]
    """Zeros for every gate of an LSTM but the forget gate, which starts at `bias`; Keras' order is i, f, c, o.

    `bias` may be a hyper-parameter of the engine, so that arms of one shape share a program.
    """

    def __init__(self, bias: Any) -> None:
        self.bias = bias

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        zeros = ops.zeros((shape[0] // 4,), dtype)
        return ops.concatenate([zeros, zeros + ops.cast(self.bias, zeros.dtype), zeros, zeros])


class Chrono(keras.initializers.Initializer):  # type: ignore[misc]
    """Forget biases ln U[1, longest - 1], and input biases their opposites: Tallec & Ollivier 2018, section 2.2."""

    def __init__(self, longest: int, seed: Any = None) -> None:
        self.longest, self.seed = longest, seed

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        quarter = (shape[0] // 4,)
        forget = ops.log(keras.random.uniform(quarter, 1.0, self.longest - 1.0, dtype=dtype, seed=self.seed))
        zeros = ops.zeros(quarter, forget.dtype)
        return ops.concatenate([-forget, forget, zeros, zeros])


def biases(name: str, hyper: Any, steps: int) -> Any:
    """The initialiser of an arm: `chrono`, with the task's length as the longest delay, or the traced `bias`."""
    return Chrono(steps) if name == "chrono" else GateBiases(hyper["bias"])


def build_model(task: Task, initializer: Any, units: int = UNITS) -> Any:
    """One LSTM and an affine layer that answers, at every step where the task asks at every step.

    `unit_forget_bias` must be off: it would add a bias of 1 of its own.
    """
    entry, channels = sequences.inputs(task)
    layer = keras.layers.LSTM(
        units,
        unit_forget_bias=False,
        bias_initializer=initializer,
        return_sequences=task.every_step,
        name="lstm",
    )
    return keras.Model(entry, keras.layers.Dense(max(task.answers, 1))(layer(channels)))


def tasks(name: str, steps: int, split: str = "test") -> tuple[Task, Task]:
    """What an arm trains on, and what it is tested on: the same stream, drawn apart, or two parts of the text.

    `split` names the part of the text that stands for the test; pilots take `validation`.
    """
    if name == TEXT:
        text = datasets.load_text()
        alphabet = "".join(sorted(set(text.train)))
        held_out = {"validation": text.validation, "test": text.test}[split]
        train = sequences.characters(text.train, alphabet, steps)
        return train, sequences.characters(held_out, alphabet, steps, reference=text.train)
    task = STREAMS[name](steps)
    return task, task


def experiment(settings: Mapping[str, Any]) -> Experiment:
    """One arm: Adam at a constant rate, the gradient clipped to norm 1, and a stop when the task is solved.

    Whether to stop is asked of examples of its own, which the reported loss never sees.
    """
    name, bias = settings["task"], settings["bias"]
    train, test = tasks(name, settings["steps"], settings.get("split", "test"))
    score = sequences.scores(test)
    evaluate = {"test": Evaluation(test.data, score, size=TESTED * (4 if name == TEXT else 1), batch_size=TESTED)}
    if name != TEXT:
        evaluate["validation"] = evaluate["test"]
    solved = SOLVED.get(name, 0.0)
    return Experiment(
        build_model=lambda hyper: build_model(train, biases(bias, hyper, train.steps)),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["learning_rate"], global_clipnorm=1.0),
        loss=sequences.loss(train),
        data=train.data,
        batch_size=BATCH,
        steps=settings["budget"],
        evaluate=evaluate,
        evaluate_every=settings["every"],
        stop=lambda history: history.get("validation_relative", [1.0])[-1] <= STOP * solved,
        hyper={"learning_rate": settings["rate"], "bias": 0.0 if bias == "chrono" else bias},
    )


def with_time_to_solve(trial: Run, settings: Mapping[str, Any]) -> Run:
    """Adds `steps_to_solve`, absent for a run that the budget cut off, and `steps_or_budget`, which is then the budget.

    Solved is the first evaluation whose test loss is at most the task's share of its baseline. Of the curves only that
    loss is kept, as a thousand runs would fill the record.
    """
    trial = replace(trial, curves={name: trial.curves[name] for name in trial.curves if name == "test_relative"})
    if trial.status != "ok":
        return trial
    level = SOLVED.get(settings["task"], 0.0)
    step = next((step for step, value in trial.curves["test_relative"] if value <= level), None)
    found = {"steps_to_solve": step, "steps_or_budget": settings["budget"] if step is None else step}
    return replace(trial, metrics=dict(trial.metrics) | found | {"solved": float(step is not None)})
