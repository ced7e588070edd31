"""A net of sigmoid units whose layers are first trained to undo noise, without labels, and then with labels.

A denoising autoencoder for each layer (Vincent et al. 2008, section 2.3): some of its inputs are set to zero, and
from what it makes of the rest all of them are to be told, each a probability. Layers learn side by side, each on what
the layer below makes of clean images, without a gradient into it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from reproductions.generalisation.pixels import CLASSES, surprise

Tensor = Any
DROPPED = 0.25  # the share of inputs that are set to zero


class Stack(keras.Model):  # type: ignore[misc]
    """Sigmoid layers, a decoder for each, and ten logits.

    Args:
        pretrains: gives 1 while the layers learn to undo noise, and 0 from when on labels are learned.
        old: initial weights uniform within 1/sqrt(inputs), as they were usual before Glorot's.
    """

    def __init__(self, pixels: int, widths: Sequence[int], pretrains: Callable[[], Any], *, old: bool) -> None:
        super().__init__()
        self.pretrains = pretrains
        self.sizes = (pixels, *widths)
        pairs = list(zip(self.sizes, widths, strict=False))
        self.encoders = [dense(inputs, units, "sigmoid", old=old) for inputs, units in pairs]
        self.decoders = [dense(units, inputs, None, old=old) for inputs, units in pairs]
        self.head = dense(self.sizes[-1], CLASSES, None, old=old)
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        for encode in self.encoders:
            x = encode(x)
        return self.head(x)

    def denoising(self, x: Tensor, kept: Sequence[Tensor]) -> Tensor:
        """Cross-entropy of what the layers take their clean inputs for, nats an image, summed over the layers."""
        total = 0.0
        for encode, decode, whole in zip(self.encoders, self.decoders, kept, strict=True):
            x = ops.stop_gradient(x)
            total = total + surprise_of_bits(decode(encode(x * whole)), x)
            x = encode(x)
        return total


def dense(inputs: int, units: int, activation: str | None, *, old: bool) -> Any:
    limit = inputs**-0.5
    weights = keras.initializers.RandomUniform(-limit, limit) if old else keras.initializers.GlorotUniform()
    layer = keras.layers.Dense(units, activation, kernel_initializer=weights)
    layer.build((None, inputs))
    return layer


def surprise_of_bits(logits: Tensor, x: Tensor) -> Tensor:
    """Mean over examples of the sum over numbers in [0, 1] of their cross-entropy, in nats."""
    return ops.mean(ops.sum(ops.softplus(logits) - x * logits, axis=-1))


def loss(net: Stack, x: Tensor, y: Tensor) -> Tensor:
    """Of images without labels while it pretrains, then of those with labels: x (n, 2, pixels) holds both."""
    plain, labelled = x[:, 0], x[:, 1]
    # Drawn outside of the condition: what a branch changes is lost.
    kept = [ops.cast(keras.random.uniform((x.shape[0], size)) >= DROPPED, x.dtype) for size in net.sizes[:-1]]
    return ops.cond(
        ops.convert_to_tensor(net.pretrains()) > 0,
        lambda: net.denoising(plain, kept),
        lambda: ops.mean(surprise(net(labelled, training=True), y)),
    )


def reconstruction(net: Stack, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """How well the first layer tells clean pixels from what it makes of them, nats an image."""
    return {"reconstruction": surprise_of_bits(net.decoders[0](net.encoders[0](x)), x)}
