"""Images that are moved a little each time a net trains on them, by Keras' own layers inside of the net."""

from collections.abc import Mapping
from math import isqrt
from typing import Any

import keras
from keras import layers, ops

from reproductions.generalisation.pixels import CLASSES, MNIST_SIDE, percent_wrong, surprise

SHIFT, TURN = 2 / MNIST_SIDE, 10 / 360  # of the side, and of a circle, either way


def moves(kinds: str) -> Any:
    """The layers that move images (n, side, side, 1), named with a plus between; each image draws its own."""
    made = {
        "shift": lambda: layers.RandomTranslation(SHIFT, SHIFT, fill_mode="constant"),
        "turn": lambda: layers.RandomRotation(TURN, fill_mode="constant"),
        "turn_anyhow": lambda: layers.RandomRotation(0.5, fill_mode="constant"),
        "mirror": lambda: layers.RandomFlip("horizontal"),
    }
    return keras.Sequential([made[kind]() for kind in kinds.split("+")])


def net(pixels: int, kinds: str, body: str, width: int) -> Any:
    """A net whose images are moved as `kinds` says, in training alone; not at all where that is empty.

    Args:
        body: `dense`, one hidden layer of `width` ReLU units, or `conv`, two convolutions with strides before it.
    """
    side = isqrt(pixels)
    inputs = keras.Input((pixels,))
    x = layers.Reshape((side, side, 1))(inputs)
    if kinds:
        x = moves(kinds)(x)
    if body == "conv":
        x = layers.Conv2D(8, 5, strides=2, activation="relu", padding="same")(x)
        x = layers.Conv2D(16, 3, strides=2, activation="relu", padding="same")(x)
    model = keras.Model(inputs, layers.Dense(CLASSES)(layers.Dense(width, "relu")(layers.Flatten()(x))))
    model.test_moves = moves("shift+turn")  # held by the model, so that the trial's seed is theirs too
    model.test_moves.build((None, side, side, 1))
    return model


def loss(model: Any, x: Any, y: Any) -> Any:
    """Mean of -log p(label) on the images as they are moved, in nats."""
    return ops.mean(surprise(model(x, training=True), y))


def mistakes(model: Any, x: Any, y: Any) -> Mapping[str, Any]:
    """On images as they are: wrong labels in per cent, and the mean of -log p(label) in nats."""
    logits = model(x, training=False)
    return {"error": percent_wrong(logits, y), "nll": ops.mean(surprise(logits, y))}


def mistakes_moved(model: Any, x: Any, y: Any) -> Mapping[str, Any]:
    """Wrong labels among these images, each shifted and turned, in per cent."""
    side = isqrt(x.shape[-1])
    moved = model.test_moves(ops.reshape(x, (-1, side, side, 1)), training=True)
    seen = ops.reshape(moved, (-1, side * side))
    return {"error": percent_wrong(model(seen, training=False), y)}
