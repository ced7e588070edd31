"""Experiments for `test_semantics.py`: what authors write, beside plain Keras or refused."""

import random
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import initializers, layers, ops, regularizers

from common.training import Arrays, Evaluation, Experiment, Run, Stream, key_words, train

ROWS = 16
NUMBERS = np.random.default_rng(7)
X = NUMBERS.standard_normal((ROWS, 6)).astype("float32")
Y = NUMBERS.standard_normal((ROWS, 1)).astype("float32")
Results = list[dict[str, Any]]


def squared(model: Any, x: Any, y: Any) -> Any:
    return ops.mean(ops.square(ops.cast(model(x, training=True), "float32") - y))


def weights(model: Any, x: Any, y: Any) -> dict[str, Any]:
    flat = [ops.reshape(ops.convert_to_tensor(v), (-1,)) for v in model.trainable_variables]
    return {f"{i}_{j}": ops.cast(values[j], "float32") for i, values in enumerate(flat) for j in range(values.shape[0])}


def net(*stack: Any) -> Any:
    return keras.Sequential([keras.Input((6,)), *stack])


def ones(units: int = 1, **options: Any) -> Any:
    return layers.Dense(units, **{"kernel_initializer": "ones", **options})


def experiment(*stack: Callable[[], Any], **changes: Any) -> Experiment:
    """One step is one batch of all rows in order, so that plain Keras can follow it."""
    fields: dict[str, Any] = {
        "build_model": lambda hyper: net(*(make() for make in stack or (lambda: layers.Dense(1),))),
        "build_optimizer": lambda hyper: keras.optimizers.SGD(0.1),
        "loss": squared,
        "data": Stream(lambda seeds, count: (ops.convert_to_tensor(X), ops.convert_to_tensor(Y))),
        "batch_size": ROWS,
        "steps": 3,
        "evaluate": {"w": Evaluation(Arrays(X, Y), weights, ROWS, ROWS)},
        "evaluate_every": 3,
    }
    return Experiment(**(fields | changes))


def found(run: Run) -> list[float | None]:
    """The trained weights, in order."""
    named = {tuple(map(int, n[2:].split("_"))): v for n, v in run.metrics.items() if n.startswith("w_")}
    return [named[place] for place in sorted(named)]


def flat(values: Any) -> list[float]:
    return [float(x) for v in values for x in np.ravel(np.array(v, "float32"))]


def runs(tried: Experiment, seeds: tuple[int, ...] = (0, 1), **options: Any) -> Results:
    return [
        {"seed": r.seed, "weights": found(r), "losses": [v for _, v in r.curves.get("train_loss", ())]}
        for r in train(tried, seeds, **options)
    ]


# Values that come from the trial's seed.


def drawn(seed: int, *calls: Callable[[Any], Any]) -> list[float]:
    """What the calls draw from the words of a seed, in order."""
    generator = keras.random.SeedGenerator(0)
    generator.state.assign(np.array(key_words(seed, "init"), np.int64).astype(generator.state.dtype))
    return flat([call(generator) for call in calls])


def nested() -> Results:
    """The bias of an LSTM wraps the author's initialiser, for the forget gate's ones."""

    def model(hyper: Any) -> Any:
        return net(layers.Reshape((6, 1)), layers.LSTM(2, bias_initializer=initializers.RandomUniform(-1, 1)), ones())

    def expected(seed: int) -> list[float]:
        return drawn(
            seed,
            lambda g: initializers.GlorotUniform(g)((1, 8)),
            lambda g: initializers.Orthogonal(seed=g)((2, 8)),
            lambda g: initializers.RandomUniform(-1, 1, g)((2,)),
            lambda g: ops.ones((2,)),
            lambda g: initializers.RandomUniform(-1, 1, g)((4,)),
            lambda g: ops.ones((2, 1)),
            lambda g: ops.zeros((1,)),
        )

    return [run | {"expected": expected(run["seed"])} for run in runs(experiment(build_model=model, steps=0))]


def wrapped() -> Results:
    """Bidirectional copies its layer, with its initialisers, from a description."""

    def model(hyper: Any) -> Any:
        inside = layers.LSTM(2, bias_initializer=initializers.RandomUniform(-1, 1))
        return net(layers.Reshape((6, 1)), layers.Bidirectional(inside), ones())

    return runs(experiment(build_model=model, steps=0))


def function() -> Results:
    tried = experiment(lambda: layers.Dense(1, kernel_initializer=lambda shape, dtype: keras.random.normal(shape)))
    expected = [drawn(s, lambda g: keras.random.normal((6, 1), seed=g), lambda g: ops.zeros(1)) for s in (0, 1)]
    made = runs(Experiment(**(vars(tried) | {"steps": 0})))
    return [run | {"expected": e} for run, e in zip(made, expected, strict=True)]


def shared() -> Results:
    start = initializers.RandomNormal()
    return runs(experiment(*[lambda: layers.Dense(6, kernel_initializer=start)] * 2, steps=0))


def constants() -> Results:
    """What an author seeds or assigns is the same in every trial: a kernel, a mask, and assigned weights."""
    kernel = initializers.GlorotUniform(seed=42)

    def model(hyper: Any) -> Any:
        built = net(layers.Dense(6, kernel_initializer=kernel), layers.Dropout(0.5, seed=3), ones())
        built.layers[0].bias.assign(np.arange(6.0))
        built.layers[2].set_weights([np.full((6, 1), 0.5), np.full(1, 0.25)])
        return built

    plain = model({})
    plain.compile(keras.optimizers.SGD(0.01), "mse")
    losses = [float(plain.train_on_batch(X, Y)) for _ in range(3)]
    tried = experiment(build_model=model, build_optimizer=lambda hyper: keras.optimizers.SGD(0.01), evaluate_every=1)
    return [run | {"expected": flat(plain.trainable_variables), "keras": losses} for run in runs(tried)]


def unseeded(where: str) -> Results:
    """Draws that name no seed: in the batches, the loss, a layer; beside a stream that names it."""

    def noisy(model: Any, x: Any, y: Any) -> Any:
        return squared(model, x + keras.random.normal(ops.shape(x)), y)

    class Noise(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x + keras.random.normal(ops.shape(x))

    def batches(named: bool) -> Stream:
        return Stream(lambda s, n: (keras.random.normal((n, 6), seed=s if named else None), ops.ones((n, 1))))

    tried = {
        "draw": experiment(ones, data=batches(False), evaluate_every=1),
        "named draw": experiment(ones, data=batches(True), evaluate_every=1),
        "loss": experiment(ones, loss=noisy, evaluate_every=1),
        "layer": experiment(Noise, ones, evaluate_every=1),
    }
    return runs(tried[where])


CAPTURED = np.random.default_rng(0)


def _draws(sample: Callable[[], Any]) -> Experiment:
    return experiment(data=Stream(lambda s, n: (ops.convert_to_tensor(np.float32(sample())), ops.zeros((n, 1)))))


def _builds(change: Callable[[Any], Any]) -> Experiment:
    def model(hyper: Any) -> Any:
        built = net(layers.Dense(1))
        change(built)
        return built

    return experiment(build_model=model)


def _noisy_loss(noise: Callable[[], Any]) -> Experiment:
    return experiment(loss=lambda model, x, y: squared(model, x, y) + noise())


def _foreign_variable() -> Experiment:
    count = keras.Variable(0.0)
    return _noisy_loss(lambda: 0.0 * count.assign_add(1.0))


def _foreign_generator() -> Experiment:
    generator = keras.random.SeedGenerator(1)
    return _noisy_loss(lambda: keras.random.normal((), seed=generator))


def _overwriting(model: Any, x: Any, y: Any) -> Any:
    model.layers[-1].kernel.assign(ops.zeros((6, 1)))
    return squared(model, x, y)


def _borrowed() -> Experiment:
    """Without its state at hand JAX would draw the same batch for ever."""
    held: list[Any] = []

    def model(hyper: Any) -> Any:
        held[:] = [layers.Dropout(0.5)]
        return net(*held, layers.Dense(1))

    def draw(seeds: Any, count: int) -> Any:
        return keras.random.normal((count, 6), seed=held[0].seed_generator), ops.zeros((count, 1))

    return experiment(build_model=model, data=Stream(draw))


def _made_outside() -> Experiment:
    made = net(layers.Dense(1))
    return experiment(build_model=lambda hyper: made)


def _hyper(use: Callable[[Any], Any]) -> Experiment:
    def model(hyper: Any) -> Any:
        return net(use(hyper["v"]), layers.Dense(1))

    return experiment(build_model=model, hyper={"v": 0.5})


def _told(text: str) -> Any:
    raise RuntimeError(text)


def _metric(noise: Callable[[], Any]) -> Experiment:
    measured = Evaluation(Arrays(X, Y), lambda model, x, y: {"m": ops.convert_to_tensor(noise())}, ROWS, ROWS)
    return experiment(evaluate={"m": measured})


L2 = regularizers.L2(0.01)
REFUSED: dict[str, Callable[[], Experiment]] = {
    "numpy in draw": lambda: _draws(lambda: np.random.standard_normal((ROWS, 6))),  # noqa: NPY002
    "captured generator in draw": lambda: _draws(lambda: CAPTURED.standard_normal((ROWS, 6))),
    "new generator in draw": lambda: _draws(lambda: np.random.default_rng().standard_normal((ROWS, 6))),
    "random in loss": lambda: _noisy_loss(random.random),
    "numpy in metric": lambda: _metric(lambda: CAPTURED.random(dtype="float32")),
    "numpy in initialiser": lambda: experiment(
        lambda: layers.Dense(1, kernel_initializer=lambda shape, dtype: np.float32(CAPTURED.random(shape)))
    ),
    "numpy in build_model": lambda: _builds(lambda m: m.set_weights([CAPTURED.random((6, 1)), np.zeros(1)])),
    "keras.random in build_model": lambda: _builds(lambda m: m.layers[0].kernel.assign(keras.random.normal((6, 1)))),
    "a weight read in build_model": lambda: _builds(lambda m: m.layers[0].kernel.assign(m.layers[0].kernel * 2)),
    "foreign generator": _foreign_generator,
    "foreign variable": _foreign_variable,
    "layers made outside": _made_outside,
    "a generator of a layer in draw": _borrowed,
    "a weight assigned in the loss": lambda: experiment(loss=_overwriting),
    "momentum of a norm": lambda: _hyper(lambda v: layers.BatchNormalization(momentum=v)),
    "rate of a dropout": lambda: _hyper(lambda v: layers.Dropout(v)),
    "float": lambda: _hyper(lambda v: layers.Rescaling(float(v))),
    "int": lambda: _hyper(lambda v: layers.Dense(int(v))),
    "bool": lambda: _hyper(lambda v: layers.Dense(2 if v else 3)),
    "comparison": lambda: _hyper(lambda v: layers.Dense(2 if v > 1 else 3)),
    "array": lambda: _hyper(lambda v: layers.Rescaling(np.asarray(v))),
    "arithmetic": lambda: _hyper(lambda v: layers.Dense(2, bias_initializer=initializers.Constant(2 * v))),
    "text": lambda: _hyper(lambda v: _told(f"{v} {v!r} {v!s}")),
    "regulariser left out": lambda: experiment(lambda: ones(2, kernel_regularizer=L2), ones),
    "a loss per example": lambda: experiment(loss=lambda model, x, y: ops.square(model(x) - y)[:, 0]),
}


def refused(case: str) -> Results:
    try:
        list(train(REFUSED[case](), [0]))
    except (ValueError, TypeError, RuntimeError) as error:
        return [{"seed": 0, "error": str(error)}]
    return [{"seed": 0, "error": None}]


# Where a hyper-parameter may stand, each beside the same net with a number in its place.


class Gain(layers.Layer):  # type: ignore[misc]
    def __init__(self, gain: Any) -> None:
        super().__init__()
        self.gain = gain

    def call(self, x: Any) -> Any:
        return x * ops.convert_to_tensor(self.gain)


class Limit(keras.constraints.Constraint):  # type: ignore[misc]
    def __init__(self, limit: Any) -> None:
        self.limit = limit

    def __call__(self, w: Any) -> Any:
        return ops.minimum(w, ops.convert_to_tensor(self.limit))


def _functional(v: Any) -> Any:
    inputs = keras.Input((6,))
    return keras.Model(inputs, ones()(inputs * v))


STANDS: dict[str, Callable[[Any], tuple[Callable[[], Any], Callable[[], Any]]]] = {  # model and optimizer
    "constant": lambda v: (lambda: net(ones(bias_initializer=initializers.Constant(v))), _sgd),
    "layer": lambda v: (lambda: net(Gain(v), ones()), _sgd),
    "functional": lambda v: (lambda: _functional(v), _sgd),
    "constraint": lambda v: (lambda: net(ones(kernel_constraint=Limit(v))), _sgd),
    "learning rate": lambda v: (lambda: net(ones()), lambda: keras.optimizers.SGD(lambda: ops.convert_to_tensor(v))),
    "momenta": lambda v: (lambda: net(ones()), lambda: keras.optimizers.Adam(0.1, beta_1=v, beta_2=v)),
    "weight decay": lambda v: (lambda: net(ones()), lambda: keras.optimizers.SGD(0.1, weight_decay=v)),
}


def _sgd() -> Any:
    return keras.optimizers.SGD(0.1)


def stands(case: str, together: int = 1) -> Results:
    results = []
    for value in (0.25, 0.5):
        tried = experiment(
            build_model=lambda hyper: STANDS[case](hyper["v"])[0](),
            build_optimizer=lambda hyper: STANDS[case](hyper["v"])[1](),
            hyper={"v": value},
        )
        model, optimizer = (make() for make in STANDS[case](value))
        results.append(runs(tried, (0,), lanes=together)[0] | {"seed": value, "expected": fitted(model, optimizer)})
    return results


# Duties of Keras' trainer.


def fitted(plain: Any, optimizer: Any, steps: int = 3) -> list[float]:
    """The weights that `fit` ends on, a batch a step."""
    plain.compile(optimizer, "mse")
    plain.fit(np.tile(X, (steps, 1)), np.tile(Y, (steps, 1)), ROWS, shuffle=False, verbose=0)
    return flat(plain.trainable_variables)


class Penalty(layers.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        self.add_loss(0.1 * ops.mean(ops.square(x)))
        return x


class Count(layers.Layer):  # type: ignore[misc]
    """A variable of a given value, changed in every call."""

    def __init__(self) -> None:
        super().__init__()
        self.count = keras.Variable(2.0, trainable=False)

    def call(self, x: Any) -> Any:
        self.count.assign_add(1.0)
        return x * self.count


SGD, OPTIMIZERS = keras.optimizers.SGD, keras.optimizers
SCHEDULE = OPTIMIZERS.schedules.ExponentialDecay
TRAINS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "activity regulariser": (lambda: net(ones(4, activity_regularizer="l2"), ones()), _sgd),
    "kernel regulariser": (lambda: net(ones(4, kernel_regularizer=L2, bias_regularizer="l1"), ones()), _sgd),
    "add_loss": (lambda: net(ones(4), Penalty(), ones()), _sgd),
    "constraint": (lambda: net(ones(4, kernel_constraint="non_neg"), ones()), _sgd),
    "frozen layer": (lambda: net(ones(4, trainable=False), layers.BatchNormalization(), ones()), _sgd),
    "variable of a value": (lambda: net(Count(), ones()), lambda: SGD(1e-3)),
    "loss_scale_factor": (lambda: net(ones()), lambda: SGD(0.1, loss_scale_factor=8.0)),
    "LossScaleOptimizer": (
        lambda: net(ones()),
        lambda: OPTIMIZERS.LossScaleOptimizer(OPTIMIZERS.Adam(0.1), initial_scale=4.0, dynamic_growth_steps=2),
    ),
    "use_ema": (lambda: net(ones()), lambda: SGD(0.1, use_ema=True, ema_momentum=0.5)),
    "ema_overwrite_frequency": (
        lambda: net(ones()),
        lambda: SGD(0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2),
    ),
    "gradient accumulation": (lambda: net(ones()), lambda: SGD(0.1, momentum=0.9, gradient_accumulation_steps=2)),
    "weight decay": (lambda: net(ones()), lambda: SGD(0.1, weight_decay=0.1)),
    "schedule": (lambda: net(ones()), lambda: SGD(SCHEDULE(0.1, 1, 0.5))),
    "Nadam": (lambda: net(ones()), lambda: OPTIMIZERS.Nadam(0.1)),
    "Adafactor": (lambda: net(ones(4), ones()), lambda: OPTIMIZERS.Adafactor(0.1)),
}


def with_losses(model: Any, x: Any, y: Any) -> Any:
    return squared(model, x, y) + sum(model.losses)


def trains(case: str, together: int = 1) -> Results:
    model, optimizer = TRAINS[case]
    loss = with_losses if "regulariser" in case or case == "add_loss" else squared
    tried = experiment(
        build_model=lambda hyper: model(), build_optimizer=lambda hyper: optimizer(), loss=loss, evaluate_every=1
    )
    plain = model()
    weights = fitted(plain, optimizer())
    again = model()
    again.compile(optimizer(), "mse")
    losses = [float(again.train_on_batch(X, Y)) for _ in range(3)]
    return [run | {"expected": weights, "keras": losses} for run in runs(tried, (0,), lanes=together)]


def half(policy: str) -> Results:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        tried = experiment(lambda: ones(4), ones)
        return [run | {"expected": fitted(net(ones(4), ones()), _sgd())} for run in runs(tried, (0,))]
    finally:
        keras.config.set_dtype_policy(before)


def half_loss() -> Results:
    """A loss in float16 is recorded and averaged in float32."""
    return runs(experiment(ones, loss=lambda model, x, y: ops.cast(squared(model, x, y), "float16")), (0,))


def stochastic(every: int) -> Results:
    """Evaluations that drop out, normalise by the batch, draw and change the model: none of it lasts."""

    def measure(model: Any, x: Any, y: Any) -> dict[str, Any]:
        model.layers[-1].bias.assign_add([1.0])
        return {"m": ops.mean(model(x, training=True)) + keras.random.normal(())}

    tried = experiment(
        build_model=lambda hyper: net(layers.Dropout(0.5), layers.BatchNormalization(), layers.Dense(1)),
        steps=4,
        evaluate_every=every,
        evaluate={
            "m": Evaluation(Arrays(X, Y), measure, ROWS, ROWS // 2),
            "w": Evaluation(Arrays(X, Y), weights, ROWS, ROWS),
        },
    )
    return [{"seed": r.seed, "weights": found(r), "measured": r.metrics["m_m"]} for r in train(tried, [0, 1])]
