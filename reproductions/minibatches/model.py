"""A small net on images of digits, for which the minibatch is the only question."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops

from common import datasets
from common.training import Arrays, Evaluation, Experiment

CLASSES, WIDTH = 10, 64
MNIST_SIDE = 28
TOLD = {"validation": 5_000, "test": 10_000}  # images of each part that arms of the full tier are measured on
TUNED = {"validation": 5_000}  # pilots and the quick tier never see a test image
EVALUATED = 1_000  # images at a time


def experiment(settings: Mapping[str, Any], **rest: Any) -> Experiment:
    """Plain SGD on the mean cross-entropy of batches, at a constant rate; `settings` as the studies' arms have them."""
    train = images("train", settings["images"])
    plain = Experiment(
        build_model=lambda hyper: build_model(train.x.shape[1]),
        build_optimizer=lambda hyper: keras.optimizers.SGD(lambda: hyper["learning_rate"]),
        loss=lambda net, x, y: cross_entropy(net(x, training=True), y),
        data=train,
        batch_size=min(settings["batch"], len(train.y)),
        steps=settings["steps"],
        evaluate={part: on(images(part, size)) for part, size in settings["held_out"].items()},
        evaluate_every=settings["every"],
        hyper={"learning_rate": settings["rate"]},
    )
    return replace(plain, **rest)


def build_model(pixels: int) -> Any:
    """One hidden layer of 64 ReLU units and ten logits, Glorot weights."""
    inputs = keras.Input((pixels,))
    return keras.Model(inputs, keras.layers.Dense(CLASSES)(keras.layers.Dense(WIDTH, "relu")(inputs)))


def images(part: str, size: int) -> Arrays:
    """The first `size` images of a part in the order of their content hash; all where there are fewer."""
    split = getattr(datasets.load_images(), part)
    chosen = datasets.subset(split, min(size, len(split.labels)))
    return Arrays(pooled(chosen.images), chosen.labels)


def pooled(pixels: np.ndarray) -> np.ndarray:
    """Images of 28 by 28 as means of 2 by 2 pixels, shape (n, 196); smaller ones as they are."""
    if pixels.shape[1] != MNIST_SIDE**2:
        return pixels
    half = MNIST_SIDE // 2
    return np.ascontiguousarray(pixels.reshape(-1, half, 2, half, 2).mean(axis=(2, 4)).reshape(-1, half * half))


def on(data: Arrays) -> Evaluation:
    """What is wrong on these images, or on the first of them where they do not fill the batches."""
    batch = min(EVALUATED, len(data.y))
    return Evaluation(data, mistakes, len(data.y) // batch * batch, batch)


def mistakes(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Cross-entropy in nats, and the share of wrong labels in per cent."""
    logits = net(x, training=False)
    wrong = ops.cast(ops.argmax(logits, axis=-1), "int32") != y
    return {"loss": cross_entropy(logits, y), "error": 100 * ops.mean(ops.cast(wrong, "float32"))}


def cross_entropy(logits: Any, y: Any) -> Any:
    """Mean of -log p(label), in nats; ln 10 for a net that knows nothing."""
    return ops.mean(ops.logsumexp(logits, axis=-1) - ops.take_along_axis(logits, y[:, None], axis=-1)[:, 0])
