"""Experiments for `test_equality.py`: the engine beside plain Keras, or beside the mathematics written out in NumPy."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
from keras import ops
from training_probe import base, draw, error, restore, weights_as_metrics

from common.callbacks import early_stopping, reduce_lr_on_plateau
from common.gradients import input_gradient
from common.training import Arrays, Evaluation, Stream, key_words, train

STEPS, ROWS = 10, 16
GENERATOR = np.random.default_rng(11)
LEARNED = GENERATOR.standard_normal(6).astype("float32")
INPUTS = {
    "flat": GENERATOR.standard_normal((ROWS, 6)).astype("float32"),
    "image": GENERATOR.standard_normal((ROWS, 6, 6, 2)).astype("float32"),
    "sequence": GENERATOR.standard_normal((ROWS, 7, 3)).astype("float32"),
    "word": GENERATOR.integers(0, 9, (ROWS, 5)).astype("float32"),
}
TARGETS = GENERATOR.standard_normal((ROWS, 1)).astype("float32")


class Formula(keras.initializers.Initializer):  # type: ignore[misc]
    """The same weights for everyone, without a random draw."""

    def __call__(self, shape: Any, dtype: Any = None, **_: Any) -> Any:
        return ops.cast(np.sin(1.0 + np.arange(np.prod(shape))).reshape(shape) * 0.3, dtype)


LAYERS: dict[str, tuple[str, Callable[[], list[Any]]]] = {  # input, layers before the last one
    "dense": ("flat", lambda: [keras.layers.Dense(8, activation="relu", kernel_initializer=Formula())]),
    "frozen": ("flat", lambda: [keras.layers.Dense(8, kernel_initializer=Formula(), trainable=False)]),
    "dropout": (
        "flat",
        lambda: [
            keras.layers.Dense(16, activation="relu", kernel_initializer=Formula()),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(16, activation="relu", kernel_initializer=Formula()),
            keras.layers.Dropout(0.2),
        ],
    ),
    "batch_norm": (
        "flat",
        lambda: [keras.layers.Dense(8, kernel_initializer=Formula()), keras.layers.BatchNormalization()],
    ),
    "layer_norm": ("flat", lambda: [keras.layers.LayerNormalization()]),
    "convolution": (
        "image",
        lambda: [
            keras.layers.Conv2D(4, 3, activation="relu", kernel_initializer=Formula()),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
        ],
    ),
    "lstm": (
        "sequence",
        lambda: [keras.layers.LSTM(5, kernel_initializer=Formula(), recurrent_initializer=Formula())],
    ),
    "rnn": (
        "sequence",
        lambda: [keras.layers.SimpleRNN(5, kernel_initializer=Formula(), recurrent_initializer=Formula())],
    ),
    "embedding": (
        "word",
        lambda: [keras.layers.Embedding(9, 4, embeddings_initializer=Formula()), keras.layers.Flatten()],
    ),
}


def layer(name: str) -> list[dict[str, Any]]:
    """Ten steps on one batch from the same weights and dropout masks, by the engine and by `train_on_batch`."""
    kind, layers = LAYERS[name]
    x = INPUTS[kind]

    def model(hyper: Any) -> Any:
        stack = [keras.Input(x.shape[1:]), *layers(), keras.layers.Dense(1, kernel_initializer=Formula())]
        return keras.Sequential(stack)

    watched = base(
        build_model=model,
        build_optimizer=lambda hyper: keras.optimizers.SGD(0.02),
        # Not Arrays, whose rows the engine shuffles: they would meet other rows of the dropout mask.
        data=Stream(lambda seeds, count: (ops.convert_to_tensor(x), ops.convert_to_tensor(TARGETS))),
        batch_size=ROWS,
        steps=STEPS,
        evaluate={"test": Evaluation(Arrays(x, TARGETS), all_weights_as_metrics, size=ROWS, batch_size=ROWS)},
        evaluate_every=STEPS,
    )
    run = next(iter(train(watched, [0])))
    plain = model({})
    plain.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
    masks = [v for v in plain.non_trainable_variables if v.name == "seed_generator_state"]
    for index, state in enumerate(masks):
        state.assign(np.array(key_words(0, "dropout", index)).astype(state.dtype))
    if keras.backend.backend() == "torch":
        import torch

        torch.manual_seed(key_words(0, "dropout")[0])
    for _ in range(STEPS):
        plain.train_on_batch(x, TARGETS)
    kept = [v for v in plain.variables if v.name != "seed_generator_state"]
    ours = restore(run.metrics, [tuple(v.shape) for v in kept])
    return [{"seed": 0, "weights": ours, "keras_weights": [np.array(v).tolist() for v in kept]}]


def all_weights_as_metrics(model: Any, x: Any, y: Any) -> dict[str, Any]:
    kept = SimpleNamespace(trainable_variables=[v for v in model.variables if v.name != "seed_generator_state"])
    return weights_as_metrics(kept, x, y)


def initialiser(name: str) -> list[dict[str, Any]]:
    """The engine's first weights, and those the initialiser draws by itself from the words of the seed."""

    def model(hyper: Any) -> Any:
        layers = [keras.layers.Dense(5, kernel_initializer=name), keras.layers.Dense(1, kernel_initializer=name)]
        return keras.Sequential([keras.Input((6,)), *layers])

    examples = Arrays(INPUTS["flat"], TARGETS)
    watched = Evaluation(examples, weights_as_metrics, size=ROWS, batch_size=ROWS)
    run = next(iter(train(base(build_model=model, data=examples, steps=0, evaluate={"test": watched}), [3])))
    generator = keras.random.SeedGenerator(0)
    generator.state.assign(np.array(key_words(3, "init")).astype(generator.state.dtype))
    shapes = [(6, 5), (5,), (5, 1), (1,)]
    expected = []
    for shape in shapes:
        drawn = keras.initializers.get(name if len(shape) > 1 else "zeros")
        drawn.seed = generator
        expected.append(np.array(drawn(shape)).tolist())
    return [{"seed": 0, "weights": restore(run.metrics, shapes), "keras_weights": expected}]


def logistic(model: Any, x: Any, y: Any) -> Any:
    logits = model(x, training=True)
    return ops.mean(ops.softplus(logits) - y * logits)


EPSILON, LABELS = 0.1, (TARGETS > 0).astype("float32")


def fgsm() -> list[dict[str, Any]]:
    """Logistic regression trained on inputs moved by FGSM: the engine's weights and those of the formula."""

    def model(hyper: Any) -> Any:
        return keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, kernel_initializer=Formula())])

    def loss(model: Any, x: Any, y: Any) -> Any:
        moved = x + EPSILON * ops.sign(input_gradient(lambda x: logistic(model, x, y), x))
        return logistic(model, ops.stop_gradient(moved), y)

    def worst(model: Any, x: Any, y: Any) -> dict[str, Any]:
        """Twenty steps of PGD, inside a loop of the backend; for a linear model it ends where FGSM does."""

        def climb(_: Any, moved: Any) -> Any:
            slope = input_gradient(lambda x: ops.mean(ops.softplus(model(x)) - y * model(x)), moved)
            return ops.clip(moved + 0.02 * ops.sign(slope), x - EPSILON, x + EPSILON)

        moved = ops.fori_loop(0, 20, climb, x)
        logits = model(moved)
        return {"loss": ops.mean(ops.softplus(logits) - y * logits), **weights_as_metrics(model, x, y)}

    x = INPUTS["flat"]
    examples = Arrays(x, LABELS)
    attacked = base(
        build_model=model,
        build_optimizer=lambda hyper: keras.optimizers.SGD(0.5),
        loss=loss,
        data=examples,
        batch_size=ROWS,
        steps=STEPS,
        evaluate={"test": Evaluation(examples, worst, size=ROWS, batch_size=ROWS)},
    )
    run = next(iter(train(attacked, [0])))
    weight, bias = np.array(Formula()((6, 1), "float32"), float), np.zeros(1)

    def attack() -> tuple[np.ndarray, np.ndarray]:
        pulled = 1 / (1 + np.exp(-(x @ weight + bias))) - LABELS
        moved = x + EPSILON * np.sign(pulled @ weight.T)
        return moved, moved @ weight + bias

    for _ in range(STEPS):
        moved, logits = attack()
        slope = (1 / (1 + np.exp(-logits)) - LABELS) / ROWS
        weight, bias = weight - 0.5 * moved.T @ slope, bias - 0.5 * slope.sum(0)
    logits = attack()[1]
    exact = float(np.mean(np.log1p(np.exp(logits)) - LABELS * logits))
    ours = restore(run.metrics, [(6, 1), (1,)])
    return [
        {
            "seed": 0,
            "weights": [*ours, run.metrics["test_loss"]],
            "keras_weights": [weight.tolist(), bias.tolist(), exact],
        }
    ]


def masked_gradient() -> list[dict[str, Any]]:
    """An input gradient through dropout: the mask is drawn once for it, and another for the call after it."""

    def model(hyper: Any) -> Any:
        return keras.Sequential([keras.Input((64,)), keras.layers.Dropout(0.5)])

    seen: dict[str, Any] = {}

    def metrics(model: Any, x: Any, y: Any) -> dict[str, Any]:
        slope = input_gradient(lambda x: ops.sum(model(x, training=True)), x)
        after = model(x, training=True)
        return {
            "kept": ops.mean(ops.cast(slope > 0, "float32")),
            "same": ops.mean(ops.cast((slope > 0) == (after > 0), "float32")),
            "size": ops.max(slope),
        }

    ones = Arrays(np.ones((64, 64), "float32"), np.ones((64, 1), "float32"))
    evaluation = Evaluation(ones, metrics, size=64, batch_size=64)
    watched = base(
        build_model=model,
        build_optimizer=lambda hyper: keras.optimizers.SGD(0.0),
        data=ones,
        loss=lambda model, x, y: ops.mean(model(x)),
        steps=0,
        evaluate={"test": evaluation},
    )
    seen = dict(next(iter(train(watched, [0]))).metrics)
    return [{"seed": 0, **seen}]


def plateau() -> Any:
    """A rate that falls to nothing at the third evaluation of the one seed whose first error is the larger."""
    plain = base(evaluate={"test": Evaluation(Stream(draw), error, size=64, batch_size=32)}, steps=0)
    first = [run.metrics["test_error"] for run in train(plain, [0, 1])]

    def adjust(history: Any, hyper: Any) -> dict[str, float]:
        errors = history["test_error"]
        return {"rate": 0.0} if len(errors) > 2 and errors[0] > np.mean(first) else {}

    return base(
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["rate"]),
        hyper={"rate": 0.01},
        adjust=adjust,
        steps=6,
    )


def callbacks(
    values: list[float], mode: str, patience: int, min_delta: float, cooldown: int = 0
) -> list[dict[str, Any]]:
    """Rates and stopping points of our functions, and of the Keras callbacks they are named for."""
    shared: dict[str, Any] = {"mode": mode, "patience": patience, "min_delta": min_delta}
    falling = shared | {"factor": 0.3, "min_lr": 0.02, "cooldown": cooldown}
    plateau = keras.callbacks.ReduceLROnPlateau("loss", **falling)
    halt = keras.callbacks.EarlyStopping("loss", **shared)
    model = SimpleNamespace(optimizer=keras.optimizers.SGD(1.0), stop_training=False)
    reduce, stop = reduce_lr_on_plateau("loss", **falling), early_stopping("loss", **shared)
    for callback in (plateau, halt):
        callback.set_model(model)
        callback.on_train_begin()
    ours, theirs = [], []
    for epoch, value in enumerate(values):
        for callback in (plateau, halt):
            callback.on_epoch_end(epoch, {"loss": value})
        theirs.append([float(np.array(model.optimizer.learning_rate)), bool(model.stop_training)])
        history = {"loss": values[: epoch + 1]}
        ours.append([float(np.float32(reduce(history, {"learning_rate": 1.0})["learning_rate"])), stop(history)])
    return [{"seed": 0, "ours": ours, "theirs": theirs}]


def random_bits() -> list[dict[str, Any]]:
    """Draws of several kinds, as JAX gives them in this process."""
    import jax

    key = jax.random.key(3)
    draws = [jax.random.bits(key, (5, 3)), jax.random.permutation(key, 9), jax.random.split(key, 2)]
    lanes = jax.vmap(lambda key: jax.random.bits(key, (4,)))(jax.random.split(key, 3))
    pair = np.array([5, 6], np.uint32)
    ranges = ((0, 2**24), (0, 2), (-8, 8), (-5, -4), (0, 2**30), (-(2**30), 2**30 - 1), (0, 10), (3, 3), (4, 2))
    draws += [keras.random.randint((7, 3), low, high, seed=jax.numpy.asarray(pair)) for low, high in ranges]
    draws.append(keras.random.randint((9,), 0, 256, dtype="uint8", seed=jax.numpy.asarray(pair)))
    draws.append(jax.vmap(lambda key: keras.random.randint((4,), 0, 16, seed=key))(np.stack([pair, pair + 1])))
    flat = [np.array(jax.random.key_data(d) if d.dtype == key.dtype else d).ravel().tolist() for d in (*draws, lanes)]
    return [{"seed": 0, "draws": flat}]
