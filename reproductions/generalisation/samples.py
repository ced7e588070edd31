"""Training images of each seed's own: it draws their order, so that more of them are the same and others besides.

A layer that lets its input through holds the order, so that one compiled program serves every seed and any number of
images. A batch is drawn with replacement from the first `examples` of them.
"""

from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from common.training import Arrays, Hyper, Stream
from reproductions.generalisation import pixels

ALL = 50_000


@cache
def greys() -> NDArray[np.uint8]:
    """The training images as whole greys from 0 to 255, a fourth of the bytes: they stand in the program."""
    return np.asarray(np.rint(255 * pixels.images("train", ALL, halved=True).x), np.uint8)


@cache
def places(first: int, count: int) -> Arrays:
    """So many places of an order, from the first; nothing is asked of their labels."""
    x = np.arange(first, first + count, dtype=np.int32)
    x.flags.writeable = False
    return Arrays(x, x)


def permutation(shape: tuple[int, ...], dtype: Any = None) -> Any:
    return ops.cast(keras.random.shuffle(ops.arange(shape[0], dtype="int32")), dtype)


def uniform(shape: tuple[int, ...], dtype: Any = None) -> Any:
    return keras.random.uniform(shape, dtype=dtype)


class Drawn(keras.layers.Layer):  # type: ignore[misc]
    """The order in which a seed takes the training images, and which of their labels are wrong.

    Of `hyper` it reads `examples`, how many are taken, and `clean` and `noise`: from the place `clean` on a label is,
    with probability `noise`, one drawn at random from all ten.
    """

    def __init__(self, hyper: Hyper) -> None:
        super().__init__(name="drawn")
        self.examples, self.clean, self.noise = (hyper[name] for name in ("examples", "clean", "noise"))
        rest: dict[str, Any] = {"shape": (len(greys()),), "trainable": False}
        self.order = self.add_weight(name="order", dtype="int32", initializer=permutation, **rest)
        self.luck = self.add_weight(name="luck", initializer=uniform, **rest)
        self.other = self.add_weight(name="other", initializer=uniform, **rest)

    def call(self, x: Any) -> Any:
        return x

    def at(self, places: Any) -> tuple[Any, Any]:
        """Pixels from 0 to 1 and labels of the images at these places of the order, whole numbers."""
        rows = ops.take(self.order, places)
        labels = ops.take(ops.convert_to_tensor(pixels.images("train", ALL, halved=True).y, "int32"), rows)
        luckless = ops.cast(ops.take(self.luck, places) < self.noise, "int32")
        spoilt = luckless * ops.cast(ops.cast(places, "float32") >= self.clean, "int32")
        others = ops.cast(pixels.CLASSES * ops.take(self.other, places), "int32")
        x = ops.cast(ops.take(ops.convert_to_tensor(greys()), rows, axis=0), "float32") / 255
        return x, labels + spoilt * (others - labels)

    def chosen(self, numbers: Any) -> tuple[Any, Any]:
        """The images that numbers from 0 to 1 fall on."""
        return self.at(ops.cast(numbers * self.examples, "int32"))


def numbers() -> Stream:
    """Uniform numbers from 0 to 1, which `Drawn` turns into images."""
    return Stream(_draw)


def _draw(seeds: Any, count: int) -> tuple[Any, Any]:
    drawn = keras.random.uniform((count,), seed=seeds)
    return drawn, drawn


def classifier(width: int, hyper: Hyper) -> Any:
    """One hidden layer of ReLU units and ten logits, Glorot weights, of images that `Drawn` holds."""
    entry = keras.Input((greys().shape[1],))
    hidden = keras.layers.Dense(width, "relu")(Drawn(hyper)(entry))
    return keras.Model(entry, keras.layers.Dense(pixels.CLASSES)(hidden))


def loss(net: Any, x: Any, y: Any) -> Any:
    """Mean cross-entropy of the images that the numbers `x` fall on, in nats."""
    images, labels = net.get_layer("drawn").chosen(x)
    return ops.mean(pixels.surprise(net(images, training=True), labels))


def mistakes(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Of images: wrong labels in per cent, and cross-entropy in nats."""
    logits = net(x, training=False)
    return {"error": pixels.percent_wrong(logits, y), "loss": ops.mean(pixels.surprise(logits, y))}


def mistakes_at(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """The same of the images at places `x` of the seed's order, with the labels that it has for them."""
    images, labels = net.get_layer("drawn").at(x)
    return mistakes(net, images, labels)
