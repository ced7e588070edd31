"""An experiment on JAX as pure functions of one seed's state, over Keras' stateless scope.

The model is built once, without drawing a weight. All that differs between seeds, and the hyper-parameters that differ
between arms, are inputs of these functions. `jax_engine` compiles and calls them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np

from common.engine import checking, seeding, trainer
from common.engine.experiment import Evaluation, Experiment, Stream, key_words
from common.engine.hyper import HyperParameter, untracked
from common.engine.inputs import Shared
from common.engine.shuffling import Shuffles

Leaves = list[jax.Array]
Metrics = dict[str, jax.Array]
Sums = tuple[jax.Array, jax.Array]  # of losses, and of steps


class State(NamedTuple):
    """All that changes while one seed trains."""

    trainable: Leaves
    non_trainable: Leaves
    optimizer: Leaves
    data_key: jax.Array  # (2,) uint32
    loss_key: jax.Array  # (2,) uint32, of what the loss and the layers draw without a seed
    step: jax.Array
    diverged: jax.Array  # whether a loss has been infinite or not a number


class Program:
    """The functions; `jax_engine` maps them over lanes."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.shuffles = Shuffles.of(experiment)
        self.watch = seeding.Watch()
        self.hyper = {name: HyperParameter(name, value) for name, value in experiment.hyper.items()}
        self.generator = seeding.Generator(0)
        with untracked(), self.watch("build_model"):
            self.built = seeding.build(experiment.build_model, self.hyper, self.generator)
            self.model = self.built.model
            self.optimizer = trainer.optimizer_of(experiment.build_optimizer, self.hyper, self.model)
        with seeding.unborn(), keras.StatelessScope(initialize_variables=False):
            self.optimizer.build(self.model.trainable_variables)
        self.changing = [*self.model.non_trainable_variables, *self.built.loose]  # beside the weights that are trained

    def keys(self, seed: int) -> dict[str, np.ndarray]:
        """The starting words of every random stream of one seed."""
        words = {purpose: key_words(seed, purpose) for purpose in ("init", "data", "evaluation", "loss")}
        named: dict[str, Any] = {name: np.array(pair, np.uint32) for name, pair in words.items()}
        dropout = [key_words(seed, "dropout", index) for index in range(len(self.built.generators))]
        return named | {"dropout": np.array(dropout, np.uint32).reshape(-1, 2)}

    @contextmanager
    def _scope(
        self, hyper: Mapping[str, jax.Array], key: jax.Array, *mapping: tuple[Any, Any], where: str, fixed: Any = ()
    ) -> Iterator[keras.StatelessScope]:
        """Variables hold the given values and may change, bar `fixed`; what names no seed draws from `key`."""
        pairs = [(self.hyper[name], value) for name, value in hyper.items()] + [(self.generator.state, key)]
        for variables, values in mapping:
            pairs += zip(variables, values, strict=True)
        changing = {id(v) for variables, _ in mapping for v in variables} - {id(v) for v in fixed}
        with (
            self.watch(where),
            seeding.drawing_anew(self.generator, where, changing),
            keras.StatelessScope(pairs, collect_losses=True, initialize_variables=False) as scope,
        ):
            yield scope

    def initial(self, keys: Mapping[str, jax.Array], hyper: Mapping[str, jax.Array]) -> State:
        """Draws the weights."""
        model, built = self.model, self.built
        states, words = zip(*built.generator_starts(keys["dropout"]), strict=True) if built.generators else ((), ())
        with self._scope(hyper, keys["init"], (states, words), where="An initialiser") as scope:
            trainable = [built.start(v) for v in model.trainable_variables]
            non_trainable = [
                built.start(v) if (given := scope.get_current_value(v)) is None else given for v in self.changing
            ]
            slots = [v.value for v in self.optimizer.variables]
        start = keys["data"], keys["loss"], jnp.int32(0), jnp.bool_(False)
        return State(trainable, non_trainable, slots, *start)

    def _batch(
        self, state: State, hyper: Mapping[str, jax.Array], shared: Shared, order: jax.Array, number: jax.Array
    ) -> tuple[jax.Array, jax.Array, State]:
        experiment = self.experiment
        if isinstance(experiment.data, Stream):
            with self._scope(hyper, state.data_key, where="draw") as scope:
                x, y = experiment.data.batch(self.generator, experiment.batch_size)
            return x, y, state._replace(data_key=scope.get_current_value(self.generator.state))
        xs, ys = shared["train"]
        chosen = self.shuffles.row(order, number, experiment.batch_size)
        return xs[chosen], ys[chosen], state

    def step(
        self,
        state: State,
        hyper: Mapping[str, jax.Array],
        active: jax.Array,
        shared: Shared,
        order: jax.Array,
        number: jax.Array,
    ) -> tuple[State, Any]:
        """One optimiser step. A seed that has ended or diverged is carried along: nothing reads its weights any more.

        To hold them still would cost every seed a pass over weights and slots in every step. `number` counts the
        steps of the program. It is the step of every active seed, but as one scalar for all lanes: a condition on a
        seed's own step would compute both its branches.
        """
        x, y, drawn = self._batch(state, hyper, shared, order, number)

        def loss(trainable: Leaves) -> tuple[jax.Array, tuple[jax.Array, Leaves, jax.Array]]:
            mapping = self._values(state._replace(trainable=trainable))
            fixed = (*self.model.trainable_variables, *self.optimizer.variables)
            with self._scope(hyper, state.loss_key, *mapping, where="loss", fixed=fixed) as scope:
                value = trainer.total_loss(self.experiment.loss, self.model, x, y)
                after = [scope.get_current_value(v) for v in self.changing]
                scaled = self.optimizer.scale_loss(value)
            return scaled, (value, after, scope.get_current_value(self.generator.state))

        (_, (value, non_trainable, loss_key)), gradients = jax.value_and_grad(loss, has_aux=True)(state.trainable)
        with self._scope(hyper, loss_key, *self._values(state), where="The optimizer"):
            trainable, slots = self.optimizer.stateless_apply(state.optimizer, gradients, state.trainable)
        diverged = state.diverged | (active & ~jnp.isfinite(value))
        counts = active & ~diverged
        after = drawn._replace(
            trainable=trainable,
            non_trainable=non_trainable,
            optimizer=slots,
            loss_key=loss_key,
            step=state.step + counts,
            diverged=diverged,
        )
        return after, jnp.where(counts, value, 0.0)

    def _values(self, state: State) -> tuple[tuple[Any, Leaves], ...]:
        return (
            (self.model.trainable_variables, state.trainable),
            (self.changing, state.non_trainable),
            (self.optimizer.variables, state.optimizer),
        )

    def _finished(self, state: State, hyper: Mapping[str, jax.Array]) -> State:
        """The state that Keras' `fit` would end with here: weights are their averages under `use_ema`."""
        weights = self.model.trainable_variables
        with self._scope(hyper, state.loss_key, *self._values(state), where="The optimizer") as scope:
            self.optimizer.finalize_variable_values(weights)
            final = [scope.get_current_value(v) for v in weights]
        pairs = zip(state.trainable, final, strict=True)
        return state._replace(trainable=[w if f is w else jnp.where(state.step > 0, f, w) for w, f in pairs])

    def evaluate(self, state: State, hyper: Mapping[str, jax.Array], key: jax.Array, shared: Shared) -> Metrics:
        """The metrics of every evaluation, each averaged over its batches. What they draw and change is forgotten."""
        metrics: Metrics = {}
        mapping = self._values(self._finished(state, hyper))
        unseeded = [g.state for g in self.built.generators if g._initial_seed is None]
        for index, (prefix, evaluation) in enumerate(self.experiment.evaluate.items()):
            evaluation_key = jax.random.fold_in(key, index)

            def one(
                number: jax.Array,
                evaluation: Evaluation = evaluation,
                prefix: str = prefix,
                key: Any = evaluation_key,
            ) -> Metrics:
                key = jax.random.fold_in(key, number)
                noise = [jax.random.fold_in(key, place) for place in range(len(unseeded))]
                with self._scope(hyper, key, *mapping, (unseeded, noise), where=f"The evaluation {prefix!r}"):
                    if isinstance(evaluation.data, Stream):
                        x, y = evaluation.data.batch(self.generator, evaluation.batch_size)
                    else:
                        start = number * evaluation.batch_size
                        x, y = (jax.lax.dynamic_slice_in_dim(a, start, evaluation.batch_size) for a in shared[prefix])
                    return checking.columns(prefix, evaluation.metrics(self.model, x, y))

            values = jax.lax.map(one, jnp.arange(evaluation.size // evaluation.batch_size))
            metrics = checking.merged(metrics, {name: value.mean() for name, value in values.items()})
        return metrics

    def measure(
        self, state: State, hyper: Mapping[str, jax.Array], key: jax.Array, shared: Shared, sums: Sums
    ) -> Metrics:
        """Evaluates, and adds the mean loss of the steps that `sums` is of."""
        total, count = sums
        return self.evaluate(state, hyper, key, shared) | {"train_loss": total / jnp.maximum(count, 1)}

    def advance(
        self,
        state: State,
        hyper: Mapping[str, jax.Array],
        active: jax.Array,
        shared: Shared,
        order: jax.Array,
        sums: Sums,
        taken: jax.Array,
        count: jax.Array,
    ) -> tuple[State, Sums]:
        """Takes `count` steps after the `taken` ones; adds their losses, and how many there were, to `sums`."""

        def body(number: jax.Array, carry: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
            state, total = carry
            state, value = self.step(state, hyper, active, shared, order, number)
            return state, total + value

        after, total = jax.lax.fori_loop(taken, taken + count, body, (state, sums[0]))
        return after, (total, sums[1] + after.step - state.step)
