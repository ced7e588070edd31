"""What the last steps of training did to the weights, whatever optimizer took them, for an evaluation to look at.

A model made by `watched`, trained on a loss made by `noting`, carries its weights as they were before each of the last
two steps. Nothing that is trained depends on them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

Tensor = Any
NAME = "weights_before"


@dataclass(frozen=True)
class Step:
    """One trainable variable: its value now, and what the last step and the one before added to it."""

    path: str
    value: Tensor
    update: Tensor
    earlier: Tensor


class WeightsBefore(keras.layers.Layer):  # type: ignore[misc]
    """Passes its input on, and holds the weights before the last step and before the one before that."""

    def __init__(self, shapes: list[tuple[int, ...]]) -> None:
        super().__init__(name=NAME)
        self.last = [self.add_weight(shape=s, initializer="zeros", trainable=False) for s in shapes]
        self.older = [self.add_weight(shape=s, initializer="zeros", trainable=False) for s in shapes]

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    def note(self, weights: list[Any]) -> None:
        for weight, last, older in zip(weights, self.last, self.older, strict=True):
            older.assign(ops.convert_to_tensor(last))
            last.assign(ops.stop_gradient(ops.convert_to_tensor(weight)))


def watched(net: Any) -> Any:
    """The same Keras model, of the same initial weights and outputs, with room for its weights of two steps ago."""
    return keras.Model(net.input, WeightsBefore([w.shape for w in net.trainable_variables])(net.output))


def noting(loss: Callable[[Any, Tensor, Tensor], Tensor]) -> Callable[[Any, Tensor, Tensor], Tensor]:
    """The same loss, which notes the weights that it is called with: those before the step."""

    def noted(net: Any, x: Tensor, y: Tensor) -> Tensor:
        net.get_layer(NAME).note(net.trainable_variables)
        return loss(net, x, y)

    return noted


def steps(net: Any) -> list[Step]:
    """Of each trainable variable of a watched model, in their order; of use after two steps, `update` after one."""
    held = net.get_layer(NAME)
    found = []
    for weight, last, older in zip(net.trainable_variables, held.last, held.older, strict=True):
        now, before, then = map(ops.convert_to_tensor, (weight, last, older))
        found.append(Step(weight.path, now, now - before, before - then))
    return found
