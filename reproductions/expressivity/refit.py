"""A linear support vector machine on the features of a net, solved inside the compiled program that trains the net.

The engine hands out numbers, no weights, so the machine is fitted where the features are: as part of an evaluation, on
the training images, with the squared hinge of scikit-learn's `LinearSVC`, one class against the rest.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from common.training import Arrays, Hyper
from reproductions.expressivity import classifiers

ITERATIONS = 15
Body = Callable[[Any], Any]
"""Makes layers of its own, and applies them: pixels (n, inputs) to features (n, units)."""


class Penalties(keras.layers.Layer):  # type: ignore[misc]
    """Passes its input on, and holds the penalties of the machines, so that all of them share one compiled program."""

    def __init__(self, hyper: Hyper) -> None:
        super().__init__(name="penalties")
        self.hyper = hyper

    def call(self, inputs: Any) -> Any:
        return inputs


def pair(inputs: int, body: Body, classes: int, hyper: Hyper) -> keras.Model:
    """Two nets of one shape on two images each: outputs are features and logits of the first, then of the second."""
    entry = keras.Input((2, inputs))
    both, outputs = Penalties(hyper)(entry), []
    for place in range(2):
        features = body(both[:, place])
        outputs += [features, keras.layers.Dense(classes)(features)]
    return keras.Model(entry, outputs)


def loss(net: Any, x: Any, y: Any) -> Any:
    """The sum of both nets' losses, which no weight shares; y is (n, 2)."""
    _, first, _, second = net(x, training=True)
    return classifiers.cross_entropy(first, y[:, 0]) + classifiers.cross_entropy(second, y[:, 1])


def solve(features: Any, labels: Any, classes: int, penalty: Any) -> Any:
    """Weights (units + 1, classes) of the least |w|²/2 + penalty * sum max(0, 1 - y w·(f, 1))², class by class.

    Newton's method on the active examples (Keerthi & DeCoste 2005): whole steps from no weights, each a linear system.
    """
    f = with_one(features)
    signs = 2 * ops.one_hot(labels, classes, dtype=f.dtype) - 1
    identity = ops.eye(f.shape[1], dtype=f.dtype)

    def step(_: Any, weights: Any) -> Any:
        active = ops.cast(signs * ops.matmul(f, weights) < 1, f.dtype)
        chosen = ops.expand_dims(ops.transpose(active), 1) * ops.transpose(f)  # (classes, units + 1, n)
        right = ops.matmul(chosen, ops.expand_dims(ops.transpose(signs), 2))
        found = ops.solve(identity + 2 * penalty * ops.matmul(chosen, f), 2 * penalty * right)
        return ops.transpose(found[:, :, 0])

    return ops.fori_loop(0, ITERATIONS, step, ops.zeros((f.shape[1], classes), dtype=f.dtype))


def slope(features: Any, labels: Any, weights: Any, penalty: Any) -> Any:
    """The largest entry of the gradient at these weights, over that at none: 0 at the solution."""
    f = with_one(features)
    signs = 2 * ops.one_hot(labels, weights.shape[1], dtype=f.dtype) - 1

    def gradient(at: Any) -> Any:
        short = ops.relu(1 - signs * ops.matmul(f, at))
        return at - 2 * penalty * ops.matmul(ops.transpose(f), signs * short)

    return ops.max(ops.abs(gradient(weights))) / ops.max(ops.abs(gradient(ops.zeros_like(weights))))


def with_one(features: Any) -> Any:
    return ops.concatenate([features, ops.ones_like(features[:, :1])], axis=1)


def judged(seen: Arrays, classes: int, machines: Sequence[str]) -> Callable[[Any, Any, Any], dict[str, Any]]:
    """Metrics of a pair on held-out images: errors of both nets and of machines on the first one's features.

    A machine has the penalty of its name. `agreement` counts where net and machine say the same, `seeds_agreement`
    where the two nets do, in per cent.
    """

    def metrics(net: Any, x: Any, y: Any) -> dict[str, Any]:
        features, first, _, second = net(x, training=False)
        found = {"error": classifiers.wrong(first, y[:, 0]), "other_error": classifiers.wrong(second, y[:, 0])}
        found["seeds_agreement"] = 100 - classifiers.wrong(second, ops.cast(ops.argmax(first, axis=1), "int32"))
        known = net(seen.x, training=False)[0]
        for name in machines:
            penalty = ops.convert_to_tensor(net.get_layer("penalties").hyper[name])
            weights = solve(known, seen.y[:, 0], classes, penalty)
            said = ops.matmul(with_one(features), weights)
            found[f"{name}_error"] = classifiers.wrong(said, y[:, 0])
            found[f"{name}_agreement"] = 100 - classifiers.wrong(said, ops.cast(ops.argmax(first, axis=1), "int32"))
            found[f"{name}_slope"] = slope(known, seen.y[:, 0], weights, penalty)
        return found

    return metrics


def mlp(hidden: Sequence[int]) -> Body:
    def body(x: Any) -> Any:
        for width in hidden:
            x = keras.layers.Dense(width, "relu", kernel_initializer="he_normal")(x)
        return x

    return body


def cnn(side: int, filters: Sequence[int], width: int) -> Body:
    def body(x: Any) -> Any:
        x = keras.layers.Reshape((side, side, 1))(x)
        for count in filters:
            x = keras.layers.Conv2D(count, 3, activation="relu", padding="same", kernel_initializer="he_normal")(x)
            x = keras.layers.MaxPooling2D(2)(x)
        return mlp((width,))(keras.layers.Flatten()(x))

    return body
