"""The engine on TensorFlow and torch: one seed after another in a plain loop that builds once and re-seeds.

Meets the contract of `common.training` seed by seed. On TensorFlow the steps between two evaluations run inside one
graph; on torch each step is a Python call.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import keras
import numpy as np

from common.engine import checking, seeding, trainer
from common.engine.experiment import Arrays, Experiment, Run, Stream, key_words
from common.engine.hyper import HyperParameter, untracked
from common.engine.sharing import Kept

Measure = Callable[[Any, Any], Mapping[str, Any]]

TENSORFLOW = keras.backend.backend() == "tensorflow"
if TENSORFLOW:
    import tensorflow as tf
else:
    import torch


def _set_words(state: Any, words: tuple[int, int]) -> None:
    state.assign(np.array(words, np.int64).astype(state.dtype))  # torch keeps 32 bits with a sign


def _copy(variable: Any) -> np.ndarray:
    return np.array(variable.numpy())  # TensorFlow's own conversion does not know of copies, which NumPy 2 warns of


def _narrow(array: np.ndarray) -> np.ndarray:
    """Numbers of 64 bits as JAX takes them, with 32; Keras' own trainer does so with floats."""
    return array.astype(f"{array.dtype.kind}4") if array.dtype.itemsize == 8 else array


class Loop:
    """One model and optimizer, re-seeded for every trial."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.watch = seeding.Watch()
        self.hyper = {name: HyperParameter(name, value) for name, value in experiment.hyper.items()}
        self.generator = seeding.Generator(0)
        self.noise = seeding.Generator(0)  # what the loss and the layers draw without a seed
        with untracked(), self.watch("build_model"):
            self.built = seeding.build(experiment.build_model, self.hyper, self.generator)
            self.model = self.built.model
            self.optimizer = trainer.optimizer_of(experiment.build_optimizer, self.hyper, self.model)
        for hyper in self.hyper.values():
            hyper.known = True
        self.seen: set[str] = set()
        self._set_generator(key_words(0, "init"))
        with seeding.drawing(self.generator, lambda drawn: None, lambda variable: None):
            self.built.give_values()
        self.optimizer.build(self.model.trainable_variables)
        self.fresh = [_copy(v) for v in self.optimizer.variables]
        self.generators = {id(g.state) for g in self.built.generators}
        self.changing = {id(v) for v in self.model.non_trainable_variables} | self.generators
        self.all = {id(v) for v in self.model.variables} | self.generators
        self.steps: Callable[[int], Any] = self._in_graph() if TENSORFLOW else self._one_by_one
        self.measures = {prefix: self._measure(prefix) for prefix in experiment.evaluate}

    def _theirs(self, where: str, generator: Any, states: set[int], function: Callable[..., Any], *given: Any) -> Any:
        """Calls what an author wrote, watched the first time: it draws from `generator` and may change `states`."""
        with (
            nullcontext() if where in self.seen else self.watch(where),
            seeding.drawing_anew(generator, where, states),
        ):
            result = function(*given)
        self.seen.add(where)
        return result

    def reseed(self, seed: int) -> None:
        """Gives model, optimizer and streams the state in which this seed starts."""
        self.set_hyper(self.experiment.hyper)
        if not TENSORFLOW:  # where Keras' unseeded Dropout draws from torch's own stream
            torch.manual_seed(key_words(seed, "dropout")[0])
        self._set_generator(key_words(seed, "init"))
        words = [key_words(seed, "dropout", index) for index in range(len(self.built.generators))]
        states = self.built.generator_starts(words)
        for state, start in states:
            _set_words(state, start)
        held = {id(state) for state, _ in states}
        for variable in self.model.variables:
            if id(variable) not in held:
                drawn = self.generator, self.generators, self.built.start, variable
                variable.assign(self._theirs(f"The initialiser of {variable.path}", *drawn))
        for variable, value in zip(self.optimizer.variables, self.fresh, strict=True):
            variable.assign(value)
        self._set_generator(key_words(seed, "data"))
        _set_words(self.noise.state, key_words(seed, "loss"))
        self.shuffles = np.random.default_rng(key_words(seed, "data"))
        self.order = np.zeros(0, np.int64)

    def set_hyper(self, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self.hyper[name].assign(value)

    def _set_generator(self, words: tuple[int, int]) -> None:
        _set_words(self.generator.state, words)

    def _apply(self, x: Any, y: Any) -> Any:
        """One optimiser step on one batch; the loss before it. A loss that is not finite moves nothing."""
        weights = self.model.trainable_variables
        if TENSORFLOW:
            with tf.GradientTape() as tape:
                loss, scaled = self._loss(x, y)
            gradients = tape.gradient(scaled, [w.value for w in weights])
            tf.cond(tf.math.is_finite(loss), lambda: self._update(gradients), lambda: False)
            return loss
        for weight in weights:
            weight.value.grad = None
        loss, scaled = self._loss(x, y)
        scaled.backward()
        if torch.isfinite(loss):
            with torch.no_grad():
                self._update([w.value.grad for w in weights])
        return loss.detach()

    def _loss(self, x: Any, y: Any) -> tuple[Any, Any]:
        """The loss, and what is differentiated, which the optimizer may scale."""
        given = self.experiment.loss, self.model, x, y
        loss = self._theirs("loss", self.noise, self.changing, trainer.total_loss, *given)
        return loss, self.optimizer.scale_loss(loss)

    def _update(self, gradients: Sequence[Any]) -> bool:
        self.optimizer.apply(gradients, self.model.trainable_variables)
        return True

    def _draw(self) -> tuple[Any, Any]:
        assert isinstance(self.experiment.data, Stream)
        drawn = self.experiment.data.batch, self.generator, self.experiment.batch_size
        x, y = self._theirs("draw", self.generator, set(), *drawn)
        return x, y

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
            x, y = self._draw() if isinstance(data, Stream) else (_narrow(a[rows[number]]) for a in (data.x, data.y))
            losses.append(float(self._apply(keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(y))))
            if not math.isfinite(losses[-1]):
                break
        return np.array(losses)

    def _in_graph(self) -> Callable[[int], Any]:
        """The same loop as one TensorFlow graph, which stops at the first loss that is not finite."""
        data = self.experiment.data
        held = (
            (tf.zeros(()), tf.zeros(()))
            if isinstance(data, Stream)
            else tuple(tf.constant(_narrow(a)) for a in (data.x, data.y))
        )

        def loop(rows: Any) -> Any:
            def step(number: Any, _: Any, losses: Any) -> Any:
                x, y = self._draw() if isinstance(data, Stream) else (tf.gather(array, rows[number]) for array in held)
                loss = tf.cast(self._apply(x, y), tf.float32)
                return number + 1, tf.math.is_finite(loss), losses.write(number, loss)

            count = tf.shape(rows)[0]
            first = 0, True, tf.TensorArray(tf.float32, size=count, element_shape=())
            taken, _, losses = tf.while_loop(lambda number, finite, _: finite & (number < count), step, first)
            return losses.stack()[:taken]

        graph = tf.function(loop, reduce_retracing=True, autograph=False)

        def steps(count: int) -> np.ndarray:
            rows = np.zeros((count, 1), np.int64) if isinstance(data, Stream) else self._indices(count)
            return np.asarray(graph(tf.constant(rows)))

        return steps

    def _measure(self, prefix: str) -> Measure:
        evaluation = self.experiment.evaluate[prefix]

        def measure(x: Any, y: Any) -> Mapping[str, Any]:
            where = f"The evaluation {prefix!r}"
            found = self._theirs(where, self.generator, self.all, evaluation.metrics, self.model, x, y)
            return checking.columns(prefix, found)

        if TENSORFLOW:
            return tf.function(measure, reduce_retracing=True, autograph=False)  # type: ignore[no-any-return]
        return torch.no_grad()(measure)  # type: ignore[no-any-return]

    def evaluate(self, seed: int, taken: int) -> dict[str, float]:
        """The metrics of every evaluation, each averaged over its batches. What they draw and change is forgotten.

        They see the model that Keras' `fit` would end with here: weights are their averages under `use_ema`.
        """
        kept = [(v, _copy(v)) for v in (*self.model.variables, *self.built.loose, self.generator.state)]
        stream = None if TENSORFLOW else torch.get_rng_state()
        if taken > 0:
            self.optimizer.finalize_variable_values(self.model.trainable_variables)
        final = [(v, _copy(v)) for v, _ in kept]
        metrics: dict[str, float] = {}
        for index, (prefix, evaluation) in enumerate(self.experiment.evaluate.items()):
            collected: list[Mapping[str, Any]] = []
            self._start_evaluation(seed, index)
            for start in range(0, evaluation.size, evaluation.batch_size):
                if isinstance(evaluation.data, Stream):
                    drawn = evaluation.data.batch, self.generator, evaluation.batch_size
                    x, y = self._theirs(f"The draw of {prefix!r}", self.generator, set(), *drawn)
                else:
                    rows = slice(start, start + evaluation.batch_size)
                    x, y = (
                        keras.ops.convert_to_tensor(_narrow(a[rows])) for a in (evaluation.data.x, evaluation.data.y)
                    )
                collected.append(self.measures[prefix](x, y))
            checking.alike(prefix, collected)
            means = {name: np.mean([keras.ops.convert_to_numpy(m[name]) for m in collected]) for name in collected[0]}
            metrics = checking.merged(metrics, {name: float(mean) for name, mean in means.items()})
            for variable, value in final:
                variable.assign(value)
        for variable, value in kept:
            variable.assign(value)
        if stream is not None:
            torch.set_rng_state(stream)
        return metrics

    def _start_evaluation(self, seed: int, index: int) -> None:
        self._set_generator(key_words(seed, "evaluation", index))
        if not TENSORFLOW:
            torch.manual_seed(key_words(seed, "evaluation", index)[0])
        for place, generator in enumerate(self.built.generators):
            if generator._initial_seed is None:
                _set_words(generator.state, key_words(seed, "evaluation", (index + 1) << 16 | place))


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
        metrics = loop.evaluate(seed, taken) | ({"train_loss": float(np.mean(losses))} if len(losses) else {})
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
