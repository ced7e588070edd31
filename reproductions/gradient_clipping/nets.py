"""What gradients a net has: norms of the weights' gradient over fresh batches, and gradients at states long past."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops

from common import sequences
from common.gradients import global_norm, input_gradient
from common.sequences import Task
from common.training import Hyper
from reproductions.gradient_clipping import model

Tensor = Any
Loss = Callable[[Any, Tensor, Tensor], Tensor]
SMALLEST = 1e-38  # of a norm, so that its logarithm is finite


def gradient_norms(net: Any, loss: Loss, x: Tensor, y: Tensor, batches: int) -> Tensor:
    """Global norms (batches,) of the gradients of so many batches, into which the examples are cut."""
    weights = [ops.convert_to_tensor(v) for v in net.trainable_variables]
    rest = [(v, ops.convert_to_tensor(v)) for v in net.non_trainable_variables]
    sizes = [math.prod(v.shape) for v in net.trainable_variables]

    def norm(batch: tuple[Tensor, Tensor]) -> Tensor:
        def value(flat: Tensor) -> Tensor:
            ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
            parts = [flat[end - size : end] for size, end in zip(sizes, ends, strict=True)]
            given = [ops.reshape(part, w.shape) for part, w in zip(parts, weights, strict=True)]
            pairs = [*zip(net.trainable_variables, given, strict=True), *rest]
            with keras.StatelessScope(pairs, initialize_variables=False):
                return loss(net, *batch)

        largest, others = global_norm([input_gradient(value, flat_weights)])
        return largest * others

    flat_weights = ops.concatenate([ops.reshape(w, (-1,)) for w in weights])
    return ops.map(norm, (_cut(x, batches), _cut(y, batches)))


def _cut(examples: Tensor, batches: int) -> Tensor:
    return ops.reshape(examples, (batches, -1, *examples.shape[1:]))


def norm_quantiles(loss: Loss, batches: int) -> Callable[[Any, Tensor, Tensor], Mapping[str, Tensor]]:
    """Metrics of an evaluation: quantiles of `gradient_norms`, and the shares over 5 and over 15."""

    def metrics(net: Any, x: Tensor, y: Tensor) -> Mapping[str, Tensor]:
        norms = gradient_norms(net, loss, x, y, batches)
        found = {name: ops.quantile(norms, q) for name, q in (("low", 0.1), ("median", 0.5), ("high", 0.9))}
        over = {f"over_{bound}": ops.mean(ops.cast(norms > bound, "float32")) for bound in (5, 15)}
        return {**found, **over, "most": ops.max(norms)}

    return metrics


class Nudged(keras.layers.Layer):  # type: ignore[misc]
    """A recurrent cell whose state is moved, after each step, by the last entries of that step's input.

    The loss's gradient with respect to a nudge of zero is the gradient with respect to the state: for an LSTM to hidden
    and cell state together.
    """

    def __init__(self, cell: Any) -> None:
        super().__init__()
        self.cell = cell
        self.state_size = cell.state_size
        self.output_size = cell.output_size
        sizes = cell.state_size if isinstance(cell.state_size, list | tuple) else [cell.state_size]
        self.sizes = tuple(sizes)

    def build(self, input_shape: Any) -> None:
        self.cell.build((*input_shape[:-1], input_shape[-1] - sum(self.sizes)))

    def get_initial_state(self, batch_size: Any = None) -> Any:
        return self.cell.get_initial_state(batch_size=batch_size)

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> Any:
        width = inputs.shape[-1] - sum(self.sizes)
        _, after = self.cell.call(inputs[:, :width], states, training=training)
        after = after if isinstance(after, list | tuple) else [after]
        moved, start = [], width
        for state, size in zip(after, self.sizes, strict=True):
            moved.append(state + inputs[:, start : start + size])
            start += size
        return moved[0], moved


def nudged_model(of: Task, net: str, units: int, hyper: Hyper) -> Any:
    """`model.build_model` with a second input, (steps, state size), that moves the state after each step."""
    entry, x = sequences.inputs(of)
    cell = Nudged(model.recurrent(net, units, hyper["radius"], every_step=False).cell)
    nudges = keras.Input((of.steps, sum(cell.sizes)))
    joined = keras.layers.Concatenate()([x, nudges])
    x = keras.layers.RNN(cell, return_sequences=of.every_step)(joined)
    return keras.Model([entry, nudges], keras.layers.Dense(of.answers or 1)(x))


def at_rest(loss: Loss) -> Loss:
    """A loss of a nudged model, all nudges zero."""

    def value(net: Any, x: Tensor, y: Tensor) -> Tensor:
        return _nudged_loss(loss, net, x, y, _zeros(net, x))

    return value


def _zeros(net: Any, x: Tensor) -> Tensor:
    return ops.zeros((x.shape[0], *net.inputs[1].shape[1:]))


def _nudged_loss(loss: Loss, net: Any, x: Tensor, y: Tensor, nudges: Tensor) -> Tensor:
    return loss(lambda x, training: net([x, nudges], training=training), x, y)


def state_gradients(net: Any, loss: Loss, x: Tensor, y: Tensor) -> Tensor:
    """Norm of dL/dh after each step, (steps,): root mean square over the examples, each with its own loss."""
    gradient = input_gradient(lambda nudges: _nudged_loss(loss, net, x, y, nudges), _zeros(net, x))
    gradient = gradient * gradient.shape[0]  # the loss is a mean over the examples
    largest = ops.maximum(ops.max(ops.abs(gradient), axis=(0, 2), keepdims=True), SMALLEST)
    squares = ops.sum(ops.square(gradient / largest), axis=2)
    return largest[0, :, 0] * ops.sqrt(ops.mean(squares, axis=0))


def by_distance(loss: Loss, distances: tuple[int, ...]) -> Callable[[Any, Tensor, Tensor], Mapping[str, Tensor]]:
    """Metrics of an evaluation: log10 of the norm of dL/dh so many steps before the end."""

    def metrics(net: Any, x: Tensor, y: Tensor) -> Mapping[str, Tensor]:
        norms = ops.log10(ops.maximum(state_gradients(net, loss, x, y), SMALLEST))
        last = norms.shape[0] - 1
        return {f"log10_norm_{distance}": norms[last - distance] for distance in distances}

    return metrics
