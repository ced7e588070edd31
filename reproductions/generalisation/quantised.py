"""Weights with a few bits each: the top ones of a fixed-point number, the rest put in the middle or drawn at random.

A scale covers all weights of a matrix (per layer) or those of one unit (per channel): from minus the largest size to
it, cut into 2^b equal cells. Biases keep their floats. `keras_int4` is what Keras' own `quantize("int4")` makes of a
kernel: 16 levels in groups of 128 inputs of a unit, each with a scale and a zero point.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from reproductions.generalisation import pixels

BITS = (8, 6, 5, 4, 3, 2, 1)
BLOCK = 128
SMALLEST = 1e-30  # keeps a matrix of zeros from dividing by zero


def cut(kernel: Any, bits: int, *, channels: bool = False, rest: Any = 0.5) -> Any:
    """The kernel (inputs, units) with the top `bits` of each weight; `rest`, from 0 to 1, is where in its cell it lies.

    With `rest` 0.5 it is the middle of the cell, at most half a cell from where the weight was.
    """
    half = 2.0 ** (bits - 1)
    largest = ops.max(ops.abs(kernel), axis=0 if channels else None, keepdims=True)
    cell = ops.maximum(largest, SMALLEST) / half
    place = ops.clip(ops.floor(kernel / cell), -half, half - 1)
    return (place + rest) * cell


def filled(kernel: Any, bits: int) -> Any:
    """The top `bits` of each weight, and below them numbers drawn at random."""
    return cut(kernel, bits, rest=keras.random.uniform(kernel.shape))


def keras_int4(kernel: Any) -> Any:
    """As floats, what a Keras layer computes with after `quantize("int4")`.

    Written out, as Keras' own function cannot be part of a graph of TensorFlow.
    """
    inputs, units = kernel.shape
    blocks = -(-inputs // BLOCK)
    padded = ops.pad(kernel, ((0, blocks * BLOCK - inputs), (0, 0)))
    grouped = ops.reshape(padded, (blocks, BLOCK, units))
    low, high = ops.min(grouped, axis=1, keepdims=True), ops.max(grouped, axis=1, keepdims=True)
    scale = (high - low + keras.config.epsilon()) / 15
    zero = ops.clip(ops.round(-low / scale) - 8, -8, 7)
    codes = ops.clip(ops.round(grouped / scale) + zero, -8, 7)
    return ops.reshape((codes - zero) * scale, (blocks * BLOCK, units))[:inputs]


def logits(net: Any, x: Any, change: Callable[[Any], Any]) -> Any:
    """What a net of dense layers answers with changed kernels."""
    for layer in net.layers:
        if layer.weights:
            x = layer.activation(ops.matmul(x, change(layer.kernel.value)) + layer.bias.value)
    return x


def errors(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Wrong labels in per cent, of the net with floats and of each way to keep less of them."""
    found = {"float": pixels.percent_wrong(net(x, training=False), y)}
    ways = {f"layer_{bits}": _kept(bits) for bits in BITS} | {f"channel_{bits}": _kept(bits, True) for bits in BITS}
    ways |= {"filled_4": lambda kernel: filled(kernel, 4), "keras": keras_int4}
    return found | {name: pixels.percent_wrong(logits(net, x, change), y) for name, change in ways.items()}


def _kept(bits: int, channels: bool = False) -> Callable[[Any], Any]:
    return lambda kernel: cut(kernel, bits, channels=channels)


def to_int4(net: Any) -> None:
    """Keras' own, of the dense layers: it warns of an input layer, and NumPy 2 of how Keras reads a variable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        net.quantize("int4", filters="dense")


def stored(widths: Sequence[int]) -> dict[str, int]:
    """Bytes that Keras holds of such a net after `quantize("int4")`, by the last part of a variable's name."""
    net = keras.Sequential([keras.Input((widths[0],)), *(keras.layers.Dense(width) for width in widths[1:])])
    to_int4(net)
    found: dict[str, int] = {}
    for variable in net.variables:
        part = variable.path.rpartition("/")[2]
        array = ops.convert_to_numpy(variable.value)
        found[part] = found.get(part, 0) + array.nbytes
    return found
