"""Several nets of one trial side by side: each with weights and batches of its own, as in an ensemble.

Their axis comes first: images (members, n, pixels), logits (members, n, classes). One seed draws them all.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from reproductions.generalisation.pixels import CLASSES, percent_wrong, right, surprise

Tensor = Any


class Each(keras.layers.Layer):  # type: ignore[misc]
    """A dense layer of each member, with Glorot's uniform weights and zero biases."""

    def __init__(self, units: int, activation: str | None = None, **config: Any) -> None:
        super().__init__(**config)
        self.units, self.activation = units, keras.activations.get(activation)

    def build(self, shape: tuple[int, ...]) -> None:
        members, inputs = shape[0], shape[-1]
        # Keras takes the first of three axes for the field of a convolution and multiplies both fans by it.
        glorot = keras.initializers.VarianceScaling(float(members), "fan_avg", "uniform")
        self.kernel = self.add_weight(shape=(members, inputs, self.units), initializer=glorot, name="kernel")
        self.bias = self.add_weight(shape=(members, 1, self.units), initializer="zeros", name="bias")

    def call(self, x: Tensor) -> Tensor:
        return self.activation(ops.matmul(x, self.kernel) + self.bias)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*shape[:-1], self.units)


def nets(members: int, pixels: int, width: int) -> Any:
    """One hidden layer of ReLU units and ten logits, for each member."""
    inputs = keras.Input((None, pixels), batch_size=members)
    return keras.Model(inputs, Each(CLASSES)(Each(width, "relu")(inputs)))


class Halts(keras.layers.Layer):  # type: ignore[misc]
    """Passes logits on, and the gradient of those members alone that `moves` gives a 1 and not a 0."""

    def __init__(self, moves: Callable[[], Sequence[Any]], **config: Any) -> None:
        super().__init__(**config)
        self.moves = moves

    def call(self, x: Tensor) -> Tensor:
        moves = ops.stack([ops.cast(ops.convert_to_tensor(move), x.dtype) for move in self.moves()])[:, None, None]
        return moves * x + ops.stop_gradient((1 - moves) * x)


def halting(model: Any, moves: Callable[[], Sequence[Any]]) -> Any:
    """The same nets, of which some stand still."""
    return keras.Model(model.inputs, Halts(moves)(model.outputs[0]))


def own_batches(x: Tensor, y: Tensor, members: int) -> tuple[Tensor, Tensor]:
    """A batch cut into one for each member: (members, n, pixels) and (members, n)."""
    return ops.reshape(x, (members, -1, x.shape[-1])), ops.reshape(y, (members, -1))


def losses(model: Any, x: Tensor, y: Tensor, members: int) -> Tensor:
    """(members,) mean of -log p(label) in nats, each member on its own part of the batch."""
    own_x, own_y = own_batches(x, y, members)
    logits = model(own_x, training=True)
    told = ops.one_hot(own_y, CLASSES, dtype=logits.dtype)
    return ops.mean(ops.logsumexp(logits, axis=-1) - ops.sum(logits * told, axis=-1), axis=-1)


def logits_of(model: Any, x: Tensor, members: int) -> Tensor:
    """(members, n, classes) of the same images for all."""
    return model(ops.broadcast_to(x[None], (members, *x.shape)), training=False)


def average(logits: Tensor) -> Tensor:
    """(n, classes) mean of the members' probabilities."""
    return ops.mean(ops.softmax(logits, axis=-1), axis=0)


def vote_wrong(logits: Tensor, y: Tensor) -> Tensor:
    """Share of wrong majority votes, in per cent; where several classes have most votes each is answered as often."""
    votes = ops.sum(ops.one_hot(ops.argmax(logits, axis=-1), CLASSES, dtype="float32"), axis=0)
    first = ops.cast(votes == ops.max(votes, axis=-1, keepdims=True), "float32")
    told = ops.sum(first * ops.one_hot(y, CLASSES, dtype="float32"), axis=-1)
    return 100 * (1 - ops.mean(told / ops.sum(first, axis=-1)))


def tempered(logits: Tensor, y: Tensor, temperatures: Sequence[float]) -> dict[str, Tensor]:
    """Of members whose logits are divided by each temperature, by its place: sums over all their answers from which
    `contrast` tells how sure they are when right and when wrong, the share of answers that are others than before, and
    what their average errs, in per cent.
    """
    by = ops.reshape(ops.convert_to_tensor(temperatures, logits.dtype), (-1, 1, 1, 1))
    probabilities = ops.softmax(logits / by, axis=-1)  # (temperatures, members, n, classes)
    sure, correct = ops.max(probabilities, axis=-1), right(probabilities, y)
    changed = ops.cast(ops.argmax(probabilities, axis=-1) != ops.argmax(logits, axis=-1)[None], "float32")
    found = {
        "right": ops.mean(correct, axis=(1, 2)),
        "sure_right": ops.mean(sure * correct, axis=(1, 2)),
        "sure": ops.mean(sure, axis=(1, 2)),
        "changed": ops.mean(changed, axis=(1, 2)),
        "average": 100 * (1 - ops.mean(right(ops.mean(probabilities, axis=1), y), axis=-1)),
    }
    return {f"tempered_{p}_{name}": value[p] for name, value in found.items() for p in range(len(temperatures))}


def contrast(found: Mapping[str, float]) -> float | None:
    """Mean confidence of right answers less that of wrong ones; none where all are right, or none is."""
    share = found["right"]
    if not 0 < share < 1:
        return None
    return found["sure_right"] / share - (found["sure"] - found["sure_right"]) / (1 - share)


def each_wrong(logits: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Wrong labels by each member, in per cent."""
    wrong = 100 * (1 - ops.mean(right(logits, y), axis=-1))
    return {f"member_{k}": wrong[k] for k in range(logits.shape[0])}


def averages_wrong(logits: Tensor, y: Tensor, sizes: Sequence[int]) -> dict[str, Tensor]:
    """Wrong labels by the average of the first so many members, and by that of as many copies of the first."""
    found = {f"average_{size}": percent_wrong(average(logits[:size]), y) for size in sizes}
    copies = ops.broadcast_to(logits[:1], logits.shape)
    return found | {"copies": percent_wrong(average(copies), y)}


def nll(logits: Tensor, y: Tensor) -> Tensor:
    """Mean of -log p(label) over members, in nats."""
    return ops.mean(surprise(logits, y))
