"""Small experiments for `test_training.py`, run in a process of their own so that each picks its backend."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from common.training import Arrays, Evaluation, Experiment, Stream, train

GENERATOR = np.random.default_rng(7)
X = GENERATOR.standard_normal((64, 6)).astype("float32")
Y = GENERATOR.standard_normal((64, 1)).astype("float32")


def draw(seeds: Any, count: int) -> tuple[Any, Any]:
    x = keras.random.normal((count, 6), seed=seeds)
    return x, ops.sum(x, axis=-1, keepdims=True)


def build(hyper: Any, *, width: int = 16, dropout: float = 0.0, constraint: Any = None) -> Any:
    inputs = keras.Input((6,))
    x = keras.layers.Dense(width, activation="tanh", kernel_constraint=constraint)(inputs)
    if dropout:
        x = keras.layers.Dropout(dropout)(x)
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def squared(model: Any, x: Any, y: Any) -> Any:
    return ops.mean(ops.square(model(x, training=True) - y))


def error(model: Any, x: Any, y: Any) -> dict[str, Any]:
    return {"error": ops.mean(ops.square(model(x) - y))}


def base(**changes: Any) -> Experiment:
    fields: dict[str, Any] = {
        "build_model": build,
        "build_optimizer": lambda hyper: keras.optimizers.Adam(1e-2),
        "loss": squared,
        "data": Stream(draw),
        "batch_size": 8,
        "steps": 40,
        "evaluate": {"test": Evaluation(Stream(draw), error, size=64, batch_size=32)},
        "evaluate_every": 1,
    }
    return Experiment(**(fields | changes))


def stream(steps: int = 20) -> Experiment:
    return base(steps=steps)


def poison(poisoned: int) -> Experiment:
    """From step 5 on, the seed whose evaluation strings are those of `poisoned` sees an infinite loss."""
    sums = {}
    if poisoned >= 0:
        only = next(iter(train(base(steps=1, build_model=Marked, evaluate=MARK), [poisoned])))
        sums["mark"] = only.metrics["test_mark"]

    def loss(model: Any, x: Any, y: Any) -> Any:
        layer = model.marked
        hit = ops.abs(layer.mark - sums.get("mark", -1.0)) < 1e-6
        late = layer.steps >= 5
        layer.steps.assign_add(1.0)
        return squared(model, x, y) + ops.where(ops.logical_and(hit, late), np.inf, 0.0)

    return base(steps=12, build_model=Marked, loss=loss, evaluate=MARK)


class Mark(keras.layers.Layer):  # type: ignore[misc]
    """Passes its input on; holds a random number that tells seeds apart, and counts steps."""

    def build(self, shape: Any) -> None:
        uniform = keras.initializers.RandomUniform(0.0, 1.0)
        self.mark = self.add_weight(shape=(), initializer=uniform, trainable=False, name="mark")
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False, name="steps")

    def call(self, x: Any) -> Any:
        return x


def Marked(hyper: Any) -> Any:
    inputs = keras.Input((6,))
    layer = Mark()
    model = keras.Model(inputs, keras.layers.Dense(1)(layer(inputs)))
    model.marked = layer
    return model


def mark(model: Any, x: Any, y: Any) -> dict[str, Any]:
    return {"mark": ops.convert_to_tensor(model.marked.mark)}


OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "sgd": lambda: keras.optimizers.SGD(0.1),
    "momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: keras.optimizers.Adam(1e-2),
    "nadam": lambda: keras.optimizers.Nadam(1e-2),
    "adafactor": lambda: keras.optimizers.Adafactor(1e-1),
    "clipped": lambda: keras.optimizers.SGD(0.5, global_clipnorm=0.1),
    "decayed": lambda: keras.optimizers.Adam(keras.optimizers.schedules.PolynomialDecay(1e-2, 10, 0.0)),
    "max_norm": lambda: keras.optimizers.SGD(0.5),
}


def against_keras(optimizer: str) -> list[dict[str, Any]]:
    """Ten full-batch steps from the same constant-by-formula weights, by the engine and by `train_on_batch`."""
    constraint = keras.constraints.MaxNorm(0.5) if optimizer == "max_norm" else None

    class Formula(keras.initializers.Initializer):  # type: ignore[misc]
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return ops.cast(np.sin(np.arange(np.prod(shape))).reshape(shape) * 0.3, dtype)

    def model(hyper: Any) -> Any:
        inputs = keras.Input((6,))
        x = keras.layers.Dense(16, activation="tanh", kernel_initializer=Formula(), kernel_constraint=constraint)(
            inputs
        )
        return keras.Model(inputs, keras.layers.Dense(1, kernel_initializer=Formula())(x))

    watched = base(
        build_model=model,
        build_optimizer=lambda hyper: OPTIMIZERS[optimizer](),
        data=Arrays(X, Y),
        batch_size=64,
        steps=10,
        evaluate={"test": Evaluation(Arrays(X, Y), weights_as_metrics, size=64, batch_size=64)},
    )
    run = next(iter(train(watched, [0])))
    plain = model({})
    plain.compile(optimizer=OPTIMIZERS[optimizer](), loss="mse")
    for _ in range(10):
        plain.train_on_batch(X, Y)
    ours = restore(run.metrics, [tuple(v.shape) for v in plain.trainable_variables])
    return [{"seed": 0, "weights": ours, "keras_weights": [np.array(v).tolist() for v in plain.trainable_variables]}]


def weights_as_metrics(model: Any, x: Any, y: Any) -> dict[str, Any]:
    flat = [ops.reshape(v, (-1,)) for v in model.trainable_variables]
    return {f"w_{i}_{j}": values[j] for i, values in enumerate(flat) for j in range(values.shape[0])}


def restore(metrics: Any, shapes: list[tuple[int, ...]]) -> list[Any]:
    def values(i: int, shape: tuple[int, ...]) -> list[float]:
        return [metrics[f"test_w_{i}_{j}"] for j in range(int(np.prod(shape)))]

    return [np.array(values(i, shape)).reshape(shape).tolist() for i, shape in enumerate(shapes)]


class Counter(keras.layers.Layer):  # type: ignore[misc]
    """Counts how often each of 32 examples, whose number is its input, has been trained on."""

    def build(self, shape: Any) -> None:
        self.seen = self.add_weight(shape=(32,), initializer="zeros", trainable=False, name="seen")
        self.scale = self.add_weight(shape=(1,), initializer="ones", name="scale")

    def call(self, x: Any, training: bool = False) -> Any:
        if training:
            self.seen.assign_add(ops.sum(ops.one_hot(ops.cast(x[:, 0], "int32"), 32), axis=0))
        return x * self.scale


def visits() -> Experiment:
    numbers = np.arange(32, dtype="float32")[:, None]

    def model(hyper: Any) -> Any:
        inputs = keras.Input((1,))
        counter = Counter()
        built = keras.Model(inputs, counter(inputs))
        built.counter = counter
        return built

    def seen(model: Any, x: Any, y: Any) -> dict[str, Any]:
        counts = ops.convert_to_tensor(model.counter.seen)
        return {"least": ops.min(counts), "most": ops.max(counts)}

    return base(
        build_model=model,
        data=Arrays(numbers, numbers),
        steps=12,
        evaluate={"seen": Evaluation(Arrays(numbers, numbers), seen, size=32, batch_size=32)},
        evaluate_every=4,
    )


def initial() -> list[dict[str, Any]]:
    def model(hyper: Any) -> Any:
        inputs = keras.Input((200,))
        return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dense(300)(inputs)))

    captured: dict[int, list[Any]] = {}
    examples = Arrays(np.zeros((8, 200), "float32"), np.zeros((8, 1), "float32"))
    for seed in (0, 1):
        experiment = base(build_model=model, data=examples, steps=0, evaluate={})
        captured[seed] = initial_weights(experiment, seed)
    return [{"seed": seed, "weights": weights} for seed, weights in captured.items()]


def initial_weights(experiment: Experiment, seed: int) -> list[Any]:
    if keras.backend.backend() == "jax":
        from common.engine.jax_engine import Program

        program = Program(experiment)
        return [np.array(value).tolist() for value in program.initial(program.keys(seed), {}).trainable]
    from common.engine.loop_engine import Loop

    loop = Loop(experiment)
    loop.reseed(seed)
    return [np.array(value).tolist() for value in loop.model.trainable_variables]


def dropout() -> Experiment:
    """At a rate of zero the weights stay, so the loss changes with the mask alone."""
    return base(
        build_model=lambda hyper: build(hyper, dropout=0.5),
        build_optimizer=lambda hyper: keras.optimizers.SGD(0.0),
        data=Arrays(X[:8], Y[:8]),
        steps=6,
        evaluate={},
    )


def stop() -> Experiment:
    """Seed 0 is solved at step 20, the other never: told apart by their marks."""
    marks = [
        next(iter(train(base(steps=1, build_model=Marked, evaluate=MARK), [s]))).metrics["test_mark"] for s in (0, 1)
    ]

    def solved(history: Any) -> bool:
        return abs(history["test_mark"][-1] - marks[0]) < 1e-6 and history["test_steps"][-1] >= 20

    return base(build_model=Marked, loss=counted, evaluate=MARK, evaluate_every=10, stop=solved)


def counted(model: Any, x: Any, y: Any) -> Any:
    model.marked.steps.assign_add(1.0)
    return squared(model, x, y)


def mark_and_steps(model: Any, x: Any, y: Any) -> dict[str, Any]:
    return {**mark(model, x, y), "steps": ops.convert_to_tensor(model.marked.steps)}


MARK = {"test": Evaluation(Stream(draw), mark_and_steps, size=32, batch_size=32)}


def hyper(rate: float) -> list[dict[str, Any]]:
    """The loss curve at a rate, and the text of the compiled program, which must not contain it."""
    import jax

    from common.engine.jax_engine import Program

    experiment = base(
        build_optimizer=lambda h: keras.optimizers.SGD(lambda: h["rate"]),
        hyper={"rate": rate},
        data=Arrays(X, Y),
        evaluate={},
        steps=5,
    )
    program = Program(experiment)
    given = {"rate": jax.numpy.float32(rate)}
    shared = {"train": (jax.numpy.asarray(X), jax.numpy.asarray(Y))}
    keys = program.keys(0)
    state, sums = program.initial(keys, given), (jax.numpy.float32(0.0), jax.numpy.int32(0))
    order = program.shuffles.draw(state.data_key, 0)
    lowered = jax.jit(program.advance).lower(state, given, True, shared, order, sums, 0, 1)
    run = asdict(next(iter(train(experiment, [0]))))
    return [run | {"programs": lowered.as_text()}]


def scan(rates: Sequence[float]) -> list[dict[str, Any]]:
    """Runs at each rate in turn, two of them interleaved, and how often the model was built."""
    builds: list[int] = []

    def model(h: Any) -> Any:
        builds.append(1)
        return build(h)

    first = base(
        build_model=model,
        build_optimizer=lambda h: keras.optimizers.SGD(lambda: h["rate"]),
        hyper={"rate": rates[0]},
        evaluate={},
        steps=5,
    )
    started = [train(replace(first, hyper={"rate": rate}), [0, 1]) for rate in rates]
    runs = [asdict(next(runs)) for _ in range(2) for runs in started]
    return [{"seed": 0, "builds": len(builds), "runs": [(run["seed"], run["curves"]) for run in runs]}]


@contextmanager
def planted(fault: Sequence[str] | None) -> Iterator[None]:
    """A piece of the engine's text replaced by another, for a while."""
    if not fault:
        yield
        return
    from common.engine import jax_engine, jax_program, shuffling

    parts = shuffling, jax_program, jax_engine  # each after what it imports
    sound = [Path(part.__file__).read_text(encoding="utf-8") for part in parts]

    def become(texts: Sequence[str]) -> None:
        for part, text in zip(parts, texts, strict=True):
            exec(compile(text, part.__file__, "exec"), vars(part))

    old, new = fault
    assert any(old in text for text in sound), f"the engine no longer has {old}"
    become([text.replace(old, new) for text in sound])
    try:
        yield
    finally:
        become(sound)


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        with planted(order["planted"]):
            made = getattr(importlib.import_module(order["module"]), order["experiment"])(**order["options"])
            if isinstance(made, Experiment):
                made = [asdict(run) for run in train(made, order["seeds"], lanes=order["lanes"])]
        print(json.dumps(made), flush=True)


if __name__ == "__main__":
    main()
