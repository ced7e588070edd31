"""Nets on small pictures of digits: how their layers are connected is the only question."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
from keras import ops

from common.training import Arrays, Evaluation, Experiment
from reproductions.convnets.images import images
from reproductions.convnets.layers import LocallyConnected2D

CLASSES, BATCH = 10, 32
FILTERS, WINDOW = 8, 5  # of the layer that shares its weights, or does not
EVALUATED = 1_000  # images at a time


def experiment(
    net: str, rate: float, size: int, steps: int, held_out: Mapping[str, Arrays], form: str = "plain"
) -> Experiment:
    """Adam on the cross-entropy of batches of 32 of the first `size` training images; errors on these and others."""
    train = images("train", size, form)
    return Experiment(
        build_model=lambda hyper: NETS[net](train.x.shape[1]),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["learning_rate"]),
        loss=lambda built, x, y: cross_entropy(built(x, training=True), y),
        data=train,
        batch_size=BATCH,
        steps=steps,
        evaluate={name: on(arrays) for name, arrays in {"seen": train, **held_out}.items()},
        evaluate_every=steps,
        hyper={"learning_rate": rate},
    )


def on(data: Arrays) -> Evaluation:
    """What is wrong on these images, or on the first of them where they do not fill the batches."""
    batch = min(EVALUATED, len(data.y))
    return Evaluation(data, mistakes, len(data.y) // batch * batch, batch)


def mistakes(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """The share of wrong labels in per cent."""
    wrong = ops.cast(ops.argmax(net(x, training=False), axis=-1), "int32") != y
    return {"error": 100 * ops.mean(ops.cast(wrong, "float32"))}


def cross_entropy(logits: Any, y: Any) -> Any:
    """Mean of -log p(label), in nats; ln 10 for a net that knows nothing."""
    return ops.mean(ops.logsumexp(logits, axis=-1) - ops.take_along_axis(logits, y[:, None], axis=-1)[:, 0])


def parts(pixels: int) -> tuple[Any, Any]:
    """Rows of pixels, and the picture that they are."""
    entry, side = keras.Input((pixels,)), round(pixels**0.5)
    return entry, keras.layers.Reshape((side, side, 1))(entry)


def logits(entry: Any, x: Any) -> Any:
    return keras.Model(entry, keras.layers.Dense(CLASSES)(keras.layers.Flatten()(x)))


def shared(pixels: int, pool: int = 1) -> Any:
    """Eight filters of 5 by 5, the same at every place, ReLU, the largest of each `pool` by `pool`, and ten logits."""
    entry, x = parts(pixels)
    return logits(entry, _pooled(keras.layers.Conv2D(FILTERS, WINDOW, activation="relu")(x), pool))


def local(pixels: int, pool: int = 1) -> Any:
    """As many units, which see the same windows, each with weights of its own."""
    entry, x = parts(pixels)
    return logits(entry, _pooled(ops.relu(LocallyConnected2D(FILTERS, WINDOW)(x)), pool))


def _pooled(x: Any, pool: int) -> Any:
    return keras.layers.MaxPooling2D(pool)(x) if pool > 1 else x


def dense(pixels: int) -> Any:
    """As many units, each of which sees the whole picture."""
    entry = keras.Input((pixels,))
    places = (round(pixels**0.5) - WINDOW + 1) ** 2
    return logits(entry, keras.layers.Dense(places * FILTERS, "relu")(entry))


def stacked(layers: Sequence[tuple[int, Sequence[int]]], pool: str, pixels: int) -> Any:
    """Two blocks of convolutions with ReLU, each followed by pooling of 2 by 2, and ten logits.

    Args:
        layers: of each block the window, and the filters of its layers.
    """
    entry, x = parts(pixels)
    for window, filters in layers:
        for count in filters:
            x = keras.layers.Conv2D(count, window, padding="same", activation="relu")(x)
        x = {"max": keras.layers.MaxPooling2D, "mean": keras.layers.AveragePooling2D}[pool](2)(x)
    return logits(entry, x)


def mlp(width: int, pixels: int) -> Any:
    """One hidden layer of ReLU units, and ten logits."""
    entry = keras.Input((pixels,))
    return logits(entry, keras.layers.Dense(width, "relu")(entry))


def blocks(window: int, depth: int, first: int, second: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
    return (window, (first,) * depth), (window, (second,) * depth)


FIELDS: Mapping[str, tuple[tuple[int, tuple[int, ...]], ...]] = {
    "five": blocks(5, 1, 8, 16),
    "threes": blocks(3, 2, 7, 15),
    "twos": blocks(2, 4, 6, 15),
    "seven": blocks(7, 1, 6, 12),
    "three_threes": blocks(3, 3, 5, 12),
    "ones": blocks(1, 2, 27, 27),
}
"""Nets of about as many weights; each block of the first three sees 5 by 5 pixels of its input, of the next two 7 by 7,
and of the last one each pixel alone."""

NETS: Mapping[str, Callable[[int], Any]] = {
    "conv": shared, "local": local, "dense": dense,
    "conv_pooled": partial(shared, pool=2), "local_pooled": partial(local, pool=2),
    **{name: partial(stacked, layers, "max") for name, layers in FIELDS.items()},
    **{f"{name}_mean": partial(stacked, FIELDS[name], "mean") for name in ("five", "threes")},
    **{
        name: partial(stacked, blocks(3, 1, width, 2 * width), "max")
        for name, width in {"cnn4": 4, "cnn": 8, "cnn16": 16}.items()
    },
    **{f"mlp{width}": partial(mlp, width) for width in (128, 512, 2048)},
}  # fmt: skip
