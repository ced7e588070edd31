"""The engine on JAX: whole runs inside one compiled loop over Keras' stateless scope, seeds side by side by `vmap`.

The model is built once, without drawing a weight. Two programs are compiled: one draws a seed's initial state, the
other takes a number of steps and evaluates. All that differs between seeds, and the hyper-parameters that differ
between arms, are inputs of these programs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np

from common import convolution, pooling, threefry
from common.training import Arrays, Evaluation, Experiment, Run, Stream, key_words

convolution.install()
pooling.install()
threefry.install()

Leaves = list[jax.Array]
Shared = Mapping[str, tuple[jax.Array, jax.Array]]  # arrays that every seed reads: training set, evaluation sets
Metrics = dict[str, jax.Array]


class State(NamedTuple):
    """All that changes while one seed trains."""

    trainable: Leaves
    non_trainable: Leaves
    optimizer: Leaves
    data_key: jax.Array  # (2,) uint32
    order: jax.Array  # this epoch's shuffle, empty for a stream
    step: jax.Array
    diverged: jax.Array  # whether a loss has been infinite or not a number


class Program:
    """An `Experiment` as pure functions of one seed's state; `train` maps them over lanes and compiles them."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.hyper = {
            name: keras.Variable(value, trainable=False, name=name) for name, value in experiment.hyper.items()
        }
        self.generator = keras.random.SeedGenerator(0)
        with keras.StatelessScope(initialize_variables=False):
            self.model = experiment.build_model(self.hyper)
        self.optimizer = experiment.build_optimizer(self.hyper)
        with keras.StatelessScope(initialize_variables=False):
            self.optimizer.build(self.model.trainable_variables)
        self.dropout = [v for v in self.model.non_trainable_variables if v.name == "seed_generator_state"]
        for variable in self.model.variables:
            initializer: Any = getattr(variable, "_initializer", None)
            if hasattr(initializer, "seed"):
                initializer.seed = self.generator

    def keys(self, seed: int) -> dict[str, np.ndarray]:
        """The starting words of every random stream of one seed."""
        words = {purpose: key_words(seed, purpose) for purpose in ("init", "data", "evaluation")}
        named: dict[str, Any] = {name: np.array(pair, np.uint32) for name, pair in words.items()}
        named["dropout"] = np.array(
            [key_words(seed, "dropout", index) for index in range(len(self.dropout))], np.uint32
        ).reshape(-1, 2)
        return named

    def _scope(self, hyper: Mapping[str, jax.Array], *mapping: tuple[Any, Any]) -> keras.StatelessScope:
        pairs = [(self.hyper[name], value) for name, value in hyper.items()]
        for variables, values in mapping:
            pairs += zip(variables, values, strict=True)
        return keras.StatelessScope(pairs, initialize_variables=False)

    def initial(self, keys: Mapping[str, jax.Array], hyper: Mapping[str, jax.Array]) -> State:
        """Draws the weights: reading a variable that holds no value yet runs its initialiser."""
        model, optimizer = self.model, self.optimizer
        with self._scope(hyper, ([self.generator.state], [keys["init"]])):
            trainable = [v.value for v in model.trainable_variables]
            dropout = {id(v): keys["dropout"][i] for i, v in enumerate(self.dropout)}
            non_trainable = [dropout.get(id(v), v.value) for v in model.non_trainable_variables]
            slots = [v.value for v in optimizer.variables]
        data = self.experiment.data
        order = jnp.zeros(0 if isinstance(data, Stream) else len(data.x), jnp.int32)
        return State(trainable, non_trainable, slots, keys["data"], order, jnp.int32(0), jnp.bool_(False))

    def _batch(self, state: State, shared: Shared, number: jax.Array) -> tuple[jax.Array, jax.Array, State]:
        experiment = self.experiment
        with self._scope({}, ([self.generator.state], [state.data_key])) as scope:
            if isinstance(experiment.data, Stream):
                x, y = experiment.data.draw(self.generator, experiment.batch_size)
                return x, y, state._replace(data_key=scope.get_current_value(self.generator.state))
        xs, ys = shared["train"]
        batches = len(xs) // experiment.batch_size
        epoch, position = number // batches, number % batches
        order = jax.lax.cond(
            position == 0,
            lambda: jax.random.permutation(jax.random.fold_in(state.data_key, epoch), len(xs)).astype(jnp.int32),
            lambda: state.order,
        )
        chosen = jax.lax.dynamic_slice(order, (position * experiment.batch_size,), (experiment.batch_size,))
        return xs[chosen], ys[chosen], state._replace(order=order)

    def step(
        self, state: State, hyper: Mapping[str, jax.Array], active: jax.Array, shared: Shared, number: jax.Array
    ) -> tuple[State, Any]:
        """One optimiser step. A seed that has ended or diverged is carried along: nothing reads its weights any more.

        To hold them still would cost every seed a pass over weights and slots in every step. `number` counts the
        steps of the program. It is the step of every active seed, but as one scalar for all lanes: a condition on a
        seed's own step would compute both its branches.
        """
        x, y, drawn = self._batch(state, shared, number)
        model, optimizer = self.model, self.optimizer

        def loss(trainable: Leaves) -> tuple[jax.Array, Leaves]:
            mapping = (
                (model.trainable_variables, trainable),
                (model.non_trainable_variables, state.non_trainable),
            )
            with self._scope(hyper, *mapping) as scope:
                value = self.experiment.loss(model, x, y)
            return value, [scope.get_current_value(v) for v in model.non_trainable_variables]

        (value, non_trainable), gradients = jax.value_and_grad(loss, has_aux=True)(state.trainable)
        mapping = (model.trainable_variables, state.trainable), (optimizer.variables, state.optimizer)
        with self._scope(hyper, *mapping) as scope:
            optimizer.apply(gradients, model.trainable_variables)
            trainable = [scope.get_current_value(v) for v in model.trainable_variables]
            slots = [scope.get_current_value(v) for v in optimizer.variables]
        diverged = state.diverged | (active & ~jnp.isfinite(value))
        counts = active & ~diverged
        after = drawn._replace(
            trainable=trainable,
            non_trainable=non_trainable,
            optimizer=slots,
            step=state.step + counts,
            diverged=diverged,
        )
        return after, jnp.where(counts, value, 0.0)

    def evaluate(self, state: State, hyper: Mapping[str, jax.Array], key: jax.Array, shared: Shared) -> Metrics:
        """The metrics of every evaluation, each averaged over its batches."""
        metrics: Metrics = {}
        mapping = (
            (self.model.trainable_variables, state.trainable),
            (self.model.non_trainable_variables, state.non_trainable),
        )
        for index, (prefix, evaluation) in enumerate(self.experiment.evaluate.items()):
            batches = evaluation.size // evaluation.batch_size
            evaluation_key = jax.random.fold_in(key, index)

            def one(
                number: jax.Array,
                evaluation: Evaluation = evaluation,
                prefix: str = prefix,
                key: Any = evaluation_key,
            ) -> Metrics:
                with self._scope(hyper, *mapping, ([self.generator.state], [jax.random.fold_in(key, number)])):
                    if isinstance(evaluation.data, Stream):
                        x, y = evaluation.data.draw(self.generator, evaluation.batch_size)
                    else:
                        start = number * evaluation.batch_size
                        x, y = (jax.lax.dynamic_slice_in_dim(a, start, evaluation.batch_size) for a in shared[prefix])
                    return dict(evaluation.metrics(self.model, x, y))

            values = jax.lax.map(one, jnp.arange(batches))
            metrics |= {f"{prefix}_{name}": value.mean() for name, value in values.items()}
        return metrics

    def advance(
        self,
        state: State,
        hyper: Mapping[str, jax.Array],
        active: jax.Array,
        key: jax.Array,
        shared: Shared,
        taken: jax.Array,
        count: jax.Array,
    ) -> tuple[State, Metrics]:
        """Takes `count` steps after the `taken` ones and evaluates."""

        def body(number: jax.Array, carry: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
            state, total = carry
            state, value = self.step(state, hyper, active, shared, number)
            return state, total + value

        before = state.step
        state, total = jax.lax.fori_loop(taken, taken + count, body, (state, jnp.float32(0.0)))
        metrics = self.evaluate(state, hyper, key, shared)
        return state, metrics | {"train_loss": total / jnp.maximum(state.step - before, 1)}


def over_lanes(program: Program, lanes: int) -> tuple[Any, Any]:
    """`Program.initial` and `Program.advance` compiled for so many seeds side by side."""
    initial: Callable[..., Any] = program.initial
    advance: Callable[..., Any] = program.advance
    if lanes > 1:
        initial = jax.vmap(initial)
        advance = jax.vmap(advance, in_axes=(0, 0, 0, 0, None, None, None))
    return jax.jit(initial), jax.jit(advance, donate_argnums=0)


def shared_arrays(experiment: Experiment) -> Shared:
    sources = {"train": experiment.data} | {name: e.data for name, e in experiment.evaluate.items()}
    return {
        name: (jnp.asarray(source.x), jnp.asarray(source.y))
        for name, source in sources.items()
        if isinstance(source, Arrays)
    }


_latest: list[tuple[Experiment, int, Program, Any, Any]] = []  # what the call before compiled, or nothing


def compiled(experiment: Experiment, lanes: int) -> tuple[Program, Any, Any]:
    """The program of an experiment and `over_lanes` of it.

    Those of the call before serve again where only values of `hyper` differ: tracing a recurrent net takes seconds,
    and a scan over learning rates would spend most of its time on it.
    """
    if _latest:
        before, known, program, initial, advance = _latest[0]
        if known == lanes and experiment.shares_program(before):
            return program, initial, advance
    program = Program(experiment)
    _latest[:] = [(experiment, lanes, program, *over_lanes(program, lanes))]
    return _latest[0][2:]


def train(experiment: Experiment, seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    """See `common.training.train`."""
    program, initial, advance = compiled(experiment, lanes)
    shared = shared_arrays(experiment)
    for start in range(0, len(seeds), lanes):
        group = list(seeds[start : start + lanes])
        yield from _train_group(experiment, program, initial, advance, shared, group, lanes)


def stacked(lanes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One array a name with a row for each lane; without that axis where there is one lane."""
    if len(lanes) == 1:
        return dict(lanes[0])
    return {name: np.stack([lane[name] for lane in lanes]) for name in lanes[0]}


def scalars(hyper: Mapping[str, float]) -> dict[str, np.float32]:
    return {name: np.float32(value) for name, value in hyper.items()}


def _train_group(
    experiment: Experiment,
    program: Program,
    initial: Callable[..., State],
    advance: Callable[..., tuple[State, Metrics]],
    shared: Shared,
    group: Sequence[int],
    lanes: int,
) -> Iterator[Run]:
    padded = [*group, *[group[-1]] * (lanes - len(group))]
    keys = stacked([program.keys(seed) for seed in padded])
    hyper = [scalars(experiment.hyper)] * lanes
    state = initial(keys, stacked(hyper))
    curves: list[dict[str, list[tuple[int, float]]]] = [{} for _ in group]
    latest: list[dict[str, float]] = [{} for _ in group]
    stopped = [False] * len(group)
    running = np.array([True] * len(group) + [False] * (lanes - len(group)))
    taken, count = 0, 0
    while True:
        active = jnp.asarray(running if lanes > 1 else running[0])
        state, metrics = advance(state, stacked(hyper), active, keys["evaluation"], shared, taken, count)
        taken += count
        values = {name: np.atleast_1d(value) for name, value in jax.device_get(metrics).items()}
        diverged = np.atleast_1d(state.diverged)
        running &= ~diverged
        for lane in map(int, np.flatnonzero(running)):
            latest[lane] = {name: float(v[lane]) for name, v in values.items() if taken > 0 or name != "train_loss"}
            for name, value in latest[lane].items():
                curves[lane].setdefault(name, []).append((taken, value))
            history = {name: [value for _, value in points] for name, points in curves[lane].items()}
            stopped[lane] = experiment.stop(history)
            running[lane] = not stopped[lane]
            hyper[lane] = scalars(experiment.adjusted(history))
        count = min(experiment.evaluate_every, experiment.steps - taken)
        if count == 0 or not running.any():
            break
    steps, diverged = np.atleast_1d(state.step), np.atleast_1d(state.diverged)
    for lane, seed in enumerate(group):
        yield Run(
            seed=seed,
            status="diverged" if diverged[lane] else "ok",
            steps=int(steps[lane]),
            stopped=stopped[lane],
            metrics={} if diverged[lane] else latest[lane],
            curves=curves[lane],
        )
