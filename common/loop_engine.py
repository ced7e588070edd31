"""The engine on TensorFlow and torch: one seed after another in a plain loop that builds once and re-seeds.

Meets the contract of `common.training` seed by seed. On TensorFlow the steps between two evaluations run inside one
graph; on torch each step is a Python call.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import keras
import numpy as np

from common.sharing import Kept
from common.training import Arrays, Experiment, Run, Stream, key_words

Measure = Callable[[Any, Any], Mapping[str, Any]]

TENSORFLOW = keras.backend.backend() == "tensorflow"
if TENSORFLOW:
    import tensorflow as tf
else:
    import torch


def _set_words(state: Any, words: tuple[int, int]) -> None:
    state.assign(np.array(words, np.int64).astype(state.dtype))  # torch keeps 32 bits with a sign


class Loop:
    """One model and optimizer, re-seeded for every trial."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.hyper = {
            name: keras.Variable(value, trainable=False, name=name) for name, value in experiment.hyper.items()
        }
        self.generator = keras.random.SeedGenerator(0)
        with keras.StatelessScope(initialize_variables=False):
            self.model = experiment.build_model(self.hyper)
        self.variables = [(v, v._initializer) for v in self.model.variables]
        for _, initializer in self.variables:
            if hasattr(initializer, "seed"):
                initializer.seed = self.generator
        with keras.StatelessScope():
            pass  # Keras gives the variables of the scope above their values when the next one ends
        self.optimizer = experiment.build_optimizer(self.hyper)
        self.optimizer.build(self.model.trainable_variables)
        self.fresh = [np.array(v) for v in self.optimizer.variables]
        self.steps: Callable[[int], Any] = self._in_graph() if TENSORFLOW else self._one_by_one
        self.measures = {prefix: self._measure(prefix) for prefix in experiment.evaluate}

    def reseed(self, seed: int) -> None:
        """Gives model, optimizer and streams the state in which this seed starts."""
        self.set_hyper(self.experiment.hyper)
        if not TENSORFLOW:  # where Keras' unseeded Dropout draws from torch's own stream
            torch.manual_seed(key_words(seed, "dropout")[0])
        self._set_generator(key_words(seed, "init"))
        dropout = 0
        for variable, initializer in self.variables:
            if variable.name == "seed_generator_state":
                _set_words(variable, key_words(seed, "dropout", dropout))
                dropout += 1
            else:
                variable.assign(initializer(variable.shape, dtype=variable.dtype))
        for variable, value in zip(self.optimizer.variables, self.fresh, strict=True):
            variable.assign(value)
        self._set_generator(key_words(seed, "data"))
        self.shuffles = np.random.default_rng(key_words(seed, "data"))
        self.order = np.zeros(0, np.int64)

    def set_hyper(self, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self.hyper[name].assign(value)

    def _set_generator(self, words: tuple[int, int]) -> None:
        _set_words(self.generator.state, words)

    def _apply(self, x: Any, y: Any) -> Any:
        """One optimiser step on one batch; the loss before it. A loss that is not finite moves nothing."""
        model, weights = self.model, self.model.trainable_variables
        if TENSORFLOW:
            with tf.GradientTape() as tape:
                loss = self.experiment.loss(model, x, y)
            gradients = tape.gradient(loss, [w.value for w in weights])
            tf.cond(tf.math.is_finite(loss), lambda: self._update(gradients), lambda: False)
            return loss
        for weight in weights:
            weight.value.grad = None
        loss = self.experiment.loss(model, x, y)
        loss.backward()
        if torch.isfinite(loss):
            with torch.no_grad():
                self._update([w.value.grad for w in weights])
        return loss.detach()

    def _update(self, gradients: Sequence[Any]) -> bool:
        self.optimizer.apply(gradients, self.model.trainable_variables)
        return True

    def _draw(self) -> tuple[Any, Any]:
        assert isinstance(self.experiment.data, Stream)
        return self.experiment.data.draw(self.generator, self.experiment.batch_size)

    def _indices(self, count: int) -> np.ndarray:
        """Row numbers of the next `count` batches, shuffled anew in every epoch."""
        data, size = self.experiment.data, self.experiment.batch_size
        assert isinstance(data, Arrays)
        whole = len(data.x) // size * size
        while len(self.order) < count * size:
            self.order = np.concatenate([self.order, self.shuffles.permutation(len(data.x))[:whole]])
        rows, self.order = self.order[: count * size], self.order[count * size :]
        return rows.reshape(count, size)

    def _one_by_one(self, count: int) -> np.ndarray:
        data = self.experiment.data
        losses = []
        rows = np.zeros(0) if isinstance(data, Stream) else self._indices(count)
        for number in range(count):
            x, y = self._draw() if isinstance(data, Stream) else (data.x[rows[number]], data.y[rows[number]])
            losses.append(float(self._apply(keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(y))))
            if not math.isfinite(losses[-1]):
                break
        return np.array(losses)

    def _in_graph(self) -> Callable[[int], Any]:
        """The same loop as one TensorFlow graph, which stops at the first loss that is not finite."""
        data = self.experiment.data
        held = (tf.zeros(()), tf.zeros(())) if isinstance(data, Stream) else (tf.constant(data.x), tf.constant(data.y))

        def loop(rows: Any) -> Any:
            losses = tf.TensorArray(tf.float32, size=tf.shape(rows)[0], element_shape=())
            number = tf.constant(0)
            finite = tf.constant(True)
            while finite and number < tf.shape(rows)[0]:
                if isinstance(data, Stream):
                    x, y = self._draw()
                else:
                    x, y = (tf.gather(array, rows[number]) for array in held)
                loss = self._apply(x, y)
                losses = losses.write(number, loss)
                finite = tf.math.is_finite(loss)
                number += 1
            return losses.stack()[:number]

        graph = tf.function(loop, reduce_retracing=True)

        def steps(count: int) -> np.ndarray:
            rows = np.zeros((count, 1), np.int64) if isinstance(data, Stream) else self._indices(count)
            return np.asarray(graph(tf.constant(rows)))

        return steps

    def _measure(self, prefix: str) -> Measure:
        evaluation = self.experiment.evaluate[prefix]

        def measure(x: Any, y: Any) -> Mapping[str, Any]:
            return dict(evaluation.metrics(self.model, x, y))

        traced: Any = tf.function(measure, reduce_retracing=True) if TENSORFLOW else torch.no_grad()(measure)
        return cast(Measure, traced)

    def evaluate(self, seed: int) -> dict[str, float]:
        """The metrics of every evaluation, each averaged over its batches; the training stream is left as it was."""
        saved = np.array(self.generator.state)
        metrics: dict[str, float] = {}
        for index, (prefix, evaluation) in enumerate(self.experiment.evaluate.items()):
            collected: list[Mapping[str, Any]] = []
            self._set_generator(key_words(seed, "evaluation", index))
            for start in range(0, evaluation.size, evaluation.batch_size):
                if isinstance(evaluation.data, Stream):
                    x, y = evaluation.data.draw(self.generator, evaluation.batch_size)
                else:
                    rows = slice(start, start + evaluation.batch_size)
                    x, y = (keras.ops.convert_to_tensor(a[rows]) for a in (evaluation.data.x, evaluation.data.y))
                collected.append(self.measures[prefix](x, y))
            metrics |= {
                f"{prefix}_{name}": float(np.mean([keras.ops.convert_to_numpy(m[name]) for m in collected]))
                for name in collected[0]
            }
        self.generator.state.assign(saved)
        return metrics


_kept: Kept[Loop] = Kept()


def train(experiment: Experiment, seeds: Sequence[int]) -> Iterator[Run]:
    """See `common.training.train`. The loop of an earlier call serves again where only values of `hyper` differ."""
    loop = _kept.get(experiment, 1, lambda: Loop(experiment))
    for seed in seeds:
        loop.experiment = experiment  # another generator may have used the loop since
        loop.reseed(seed)
        yield _train_seed(loop, seed)


def _train_seed(loop: Loop, seed: int) -> Run:
    experiment = loop.experiment
    curves: dict[str, list[tuple[int, float]]] = {}
    taken, stopped, diverged = 0, False, False
    metrics: dict[str, float] = {}
    losses = np.zeros(0)
    while not diverged:
        metrics = loop.evaluate(seed) | ({"train_loss": float(np.mean(losses))} if len(losses) else {})
        for name, value in metrics.items():
            curves.setdefault(name, []).append((taken, value))
        history = {name: [value for _, value in points] for name, points in curves.items()}
        stopped = experiment.stop(history)
        loop.set_hyper(experiment.adjusted(history))
        count = min(experiment.evaluate_every, experiment.steps - taken)
        if stopped or count == 0:
            break
        losses = loop.steps(count)
        diverged = not np.isfinite(losses).all()
        losses = losses[np.isfinite(losses)]
        taken += len(losses)
    return Run(
        seed=seed,
        status="diverged" if diverged else "ok",
        steps=taken,
        stopped=stopped,
        metrics={} if diverged else metrics,
        curves=curves,
    )
