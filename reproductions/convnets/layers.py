"""A locally connected layer, which Keras 3 no longer has: a convolution that learns other filters at every place."""

from math import sqrt
from typing import Any

import keras
from keras import ops


class LocallyConnected2D(keras.layers.Layer):  # type: ignore[misc]
    """Windows of a picture, each times weights of its own: (batch, height, width, channels) to (…, filters).

    Stride 1. The kernel has the shape (rows, columns, window * window * channels, filters), a place first; where it
    is the same at every place, the layer is `Conv2D`. It starts as the kernel of `Conv2D` does: uniform within Glorot's
    bound for one window. Keras' own `glorot_uniform` would take the places of such a kernel for its window.

    Args:
        padding: `valid`, or `same`, which puts zeros around the picture.
    """

    def __init__(self, filters: int, window: int, padding: str = "valid", use_bias: bool = True, **rest: Any) -> None:
        super().__init__(**rest)
        self.filters, self.window, self.padding, self.use_bias = filters, window, padding, use_bias

    def build(self, input_shape: tuple[Any, ...]) -> None:
        _, height, width, channels = input_shape
        cut = 0 if self.padding == "same" else self.window - 1
        places, seen = (height - cut, width - cut), self.window**2
        bound = sqrt(6 / (seen * (channels + self.filters)))
        uniform = keras.initializers.RandomUniform(-bound, bound)
        self.kernel = self.add_weight((*places, seen * channels, self.filters), initializer=uniform, name="kernel")
        if self.use_bias:
            self.bias = self.add_weight((*places, self.filters), initializer="zeros", name="bias")

    def call(self, x: Any) -> Any:
        found = ops.einsum("brck,rckf->brcf", windows(x, self.window, self.padding), self.kernel)
        return found + self.bias if self.use_bias else found


def windows(x: Any, window: int, padding: str) -> Any:
    """What each place of the result sees, (batch, rows, columns, window * window * channels), channels last."""
    if padding == "same":
        before = (window - 1) // 2
        x = ops.pad(x, [(0, 0), (before, window - 1 - before), (before, window - 1 - before), (0, 0)])
    rows, columns = x.shape[1] - window + 1, x.shape[2] - window + 1
    return ops.concatenate([x[:, i : i + rows, j : j + columns] for i in range(window) for j in range(window)], axis=-1)
