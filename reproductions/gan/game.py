"""Two nets that play against each other, as one Keras model with one loss.

The generator G makes points of noise, the discriminator D tells them from real ones; its logit is positive for real.
Each has a loss of its own (Goodfellow et al. 2014, section 3):

    of D: softplus(-D(x)) + softplus(D(G(z))),    of G: softplus(-D(G(z))),

means over the batch. The sum of both is one loss in which `stop_gradient` lets each term act on its own net alone: the
first sees G's points as given, the second D's weights. Its gradient is that of either net's own loss, and a step along
it moves both at once, from the same batch.

What a step makes of a gradient depends on the unit that a weight is kept in. G keeps its weights divided by `stretch`
and multiplies by it when it is called. Then gradients are `stretch` times as large, and so are the steps that weights
take for them: plain SGD, or with momentum, at a rate r trains G at stretch² r. Adam divides the size of gradients out
again, so that it trains at stretch r.
"""

from math import sqrt
from typing import Any

import keras
from keras import ops

LATENT, WIDTH, DEPTH, DIMENSIONS = 8, 64, 2, 2


def build_model(stretch: Any, turns: int = 1) -> Any:
    """Both nets, of two hidden layers of 64 ReLU units each; `turns` as `Game` has it."""
    made = noise = keras.Input((LATENT,))
    for _ in range(DEPTH):
        made = ops.relu(Stretched(stretch, WIDTH)(made))
    generator = keras.Model(noise, Stretched(stretch, DIMENSIONS)(made), name="generator")
    told = point = keras.Input((DIMENSIONS,))
    for _ in range(DEPTH):
        told = keras.layers.Dense(WIDTH, "relu")(told)
    discriminator = keras.Model(point, keras.layers.Dense(1)(told), name="discriminator")
    return Game(generator, discriminator, turns)


class Game(keras.Model):  # type: ignore[misc]
    """G, D, and whose turn it is: D moves in every step, G in each `turns`-th."""

    def __init__(self, generator: Any, discriminator: Any, turns: int) -> None:
        super().__init__()
        self.generator, self.discriminator, self.turns = generator, discriminator, turns
        if turns > 1:
            self.taken = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="taken")

    def judged(self, points: Any) -> Any:
        """D's logits (n, 1), through which gradients reach the points, but not D's weights."""
        weights = [ops.stop_gradient(v.value) for v in self.discriminator.trainable_variables]
        logits, _ = self.discriminator.stateless_call(weights, [], points)
        return logits

    def whose(self) -> Any:
        """1 where G moves in this step, too, else 0."""
        if self.turns == 1:
            return 1.0
        due = ops.cast(self.taken % self.turns == 0, "float32")
        self.taken.assign(self.taken + 1)
        return due


class Stretched(keras.layers.Dense):  # type: ignore[misc]
    """A layer whose weights are `stretch` times what is kept of them; it starts as `Dense` does."""

    def __init__(self, stretch: Any, units: int) -> None:
        super().__init__(units, kernel_initializer=Shrunk(stretch))
        self.stretch = stretch

    def call(self, x: Any) -> Any:
        return self.stretch * super().call(x)


class Shrunk(keras.initializers.Initializer):  # type: ignore[misc]
    """Glorot's uniform weights over `stretch`."""

    def __init__(self, stretch: Any) -> None:
        self.stretch = stretch

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        bound = sqrt(6 / sum(shape))
        return keras.random.uniform(shape, -bound, bound, dtype) / self.stretch


def loss(net: Any, x: Any, z: Any) -> Any:
    """The sum of both nets' losses, each of which acts on its own net alone; nats."""
    made = net.generator(z)
    real, fake = net.discriminator(x), net.discriminator(ops.stop_gradient(made))
    of_d = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    return of_d + net.whose() * ops.mean(ops.softplus(-net.judged(made)))
