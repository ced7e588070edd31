"""The twelve problems that stand for "a large number of neural networks problems", and one more of sentences.

Declared before any of them was run. Nets are small and as Keras makes them, losses are means over the batch and over
the steps that are asked, and inputs are standardised, one-hot or embedded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import log, pi
from typing import Any

import keras
import numpy as np
from keras import ops

from common import datasets, sequences
from common.sequences import Task
from common.training import Arrays, Stream

Tensor = Any
BATCH, STEPS, IMAGES, HELD_OUT = 32, 300, 5_000, 1_000
CONTEXT, WINDOW, TEXT_HELD_OUT = 8, 24, 100  # characters before the one asked; characters and windows of the LSTM
LOOKS = 2_000  # fresh examples that an error is measured on


@dataclass(frozen=True)
class Problem:
    """A net and what it is to learn.

    Attributes:
        build: makes the Keras model; it answers with logits, or with one number.
        task: training data, and how an answer is scored; its baseline is the loss of knowing nothing.
        held_out: data of the validation and of the test loss, in this order, and how many examples of it.
    """

    build: Callable[[], Any]
    task: Task
    held_out: tuple[Stream | Arrays, Stream | Arrays]
    size: int


def dense(shape: tuple[int, ...], hidden: tuple[int, ...], activation: str, outputs: int, normed: bool = False) -> Any:
    """Hidden layers, each with BatchNormalization before its units where `normed`, and a linear one."""
    x = entry = keras.Input(shape)
    for width in hidden:
        x = keras.layers.Dense(width, use_bias=not normed)(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x) if normed else x
        x = keras.layers.Activation(activation)(x)
    return keras.Model(entry, keras.layers.Dense(outputs)(x))


def convolutional(pixels: int) -> Any:
    """8 and 16 filters of 3x3 with stride 2, ten logits; images come as rows of pixels."""
    side = round(pixels**0.5)
    entry = keras.Input((pixels,))
    x = keras.layers.Reshape((side, side, 1))(entry)
    for filters in (8, 16):
        x = keras.layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
    return keras.Model(entry, keras.layers.Dense(10)(keras.layers.Flatten()(x)))


def recurrent(task: Task, layer: str, units: int) -> Any:
    """One recurrent layer on one-hot symbols, and logits at every step that is asked."""
    cell = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}[layer]
    entry, x = sequences.inputs(task)
    return keras.Model(entry, keras.layers.Dense(task.answers)(cell(units, return_sequences=task.every_step)(x)))


def embedded(symbols: int, answers: int, steps: int, *, filters: int = 0) -> Any:
    """16 learned numbers a symbol; 64 ReLU units on all, or filters over three symbols and the largest of each."""
    entry = keras.Input((steps,), dtype="int32")
    x = keras.layers.Embedding(symbols, 16)(entry)
    if filters:
        x = keras.layers.GlobalMaxPooling1D()(keras.layers.Conv1D(filters, 3, activation="relu")(x))
    else:
        x = keras.layers.Dense(64, "relu")(keras.layers.Flatten()(x))
    return keras.Model(entry, keras.layers.Dense(answers)(x))


@cache
def part(name: str, start: int, size: int) -> Arrays:
    """Images of a part, centred by the training images and divided by one number."""
    data = datasets.load_images()
    split = getattr(data, name)
    end = min(start + size, len(split.labels))
    mean = data.train.images.mean(axis=0, dtype=np.float64)
    spread = np.sqrt(np.mean((data.train.images - mean) ** 2))
    x = ((split.images[start:end] - mean) / spread).astype(np.float32)
    x.flags.writeable = False
    return Arrays(x, split.labels[start:end])


def held_back() -> int:
    """Half of the validation images: the others stand for test images where nothing may see those."""
    return len(datasets.load_images().validation.labels) // 2


def images(name: str, judged: str) -> Problem:
    """One of MNIST; `judged` is the part that the test loss is of, other validation images where that is not `test`."""
    size = min(HELD_OUT, held_back())
    training, validation = part("train", 0, IMAGES), part("validation", 0, size)
    asked = part("test", 0, size) if judged == "test" else part("validation", size, size)
    pixels = training.x.shape[1]
    build = {
        "mlp": lambda: dense((pixels,), (64,), "relu", 10),
        "tanh_deep": lambda: dense((pixels,), (64, 64, 64), "tanh", 10),
        "normed": lambda: dense((pixels,), (64, 64), "relu", 10, normed=True),
        "cnn": lambda: convolutional(pixels),
    }[name]
    return Problem(build, Task(training, 1, 0, 10, False, log(10)), (validation, asked), size)


def _cut(text: str, alphabet: str, reference: str, *, windows: bool) -> Task:
    """The next character, at every place of a window, or after its last one alone."""
    task = sequences.characters(text, alphabet, WINDOW if windows else CONTEXT, reference)
    if windows:
        return task
    assert isinstance(task.data, Arrays)
    return Task(Arrays(task.data.x, task.data.y[:, -1]), CONTEXT, task.symbols, task.answers, False, task.baseline)


@cache
def _characters(part: str, *, windows: bool) -> Task:
    data = datasets.load_text()
    task = _cut(getattr(data, part), "".join(sorted(set(data.train))), data.train, windows=windows)
    assert isinstance(task.data, Arrays)
    task.data.x.flags.writeable = task.data.y.flags.writeable = False
    return task


def characters(name: str, judged: str) -> Problem:
    """One of tiny Shakespeare; `judged` as of `images`."""
    windows = name == "characters_lstm"
    training, validation = _characters("train", windows=windows), _characters("validation", windows=windows)
    size = TEXT_HELD_OUT * (1 if windows else 10)
    data = validation.data
    assert isinstance(data, Arrays)
    asked = _characters("test", windows=windows).data if judged == "test" else Arrays(data.x[size:], data.y[size:])
    build = {
        "characters_mlp": lambda: embedded(training.symbols, training.answers, CONTEXT),
        "characters_cnn": lambda: embedded(training.symbols, training.answers, CONTEXT, filters=64),
        "characters_lstm": lambda: recurrent(training, "lstm", 64),
    }[name]
    return Problem(build, training, (data, asked), size)


def friedman(seeds: Any, count: int) -> tuple[Tensor, Tensor]:
    """The first problem of Friedman 1991 without noise: ten uniform inputs, five of which matter; all standardised."""
    u = keras.random.uniform((count, 10), seed=seeds)
    y = 10 * ops.sin(pi * u[:, 0] * u[:, 1]) + 20 * (u[:, 2] - 0.5) ** 2 + 10 * u[:, 3] + 5 * u[:, 4]
    return (u - 0.5) * 12**0.5, (y - FRIEDMAN_MEAN) / FRIEDMAN_DEVIATION


FRIEDMAN_MEAN, FRIEDMAN_DEVIATION = 14.4133, 4.8812  # of y, by quadrature: `test_problems.py`


def moons(seeds: Any, count: int) -> tuple[Tensor, Tensor]:
    """Two half circles that reach into each other, blurred by 0.2; which of them a point is of."""
    label = keras.random.randint((count,), 0, 2, seed=seeds)
    angle = pi * keras.random.uniform((count,), seed=seeds)
    upper = ops.stack([ops.cos(angle), ops.sin(angle)], axis=1)
    lower = ops.stack([1 - ops.cos(angle), 0.5 - ops.sin(angle)], axis=1)
    x = ops.where(label[:, None] == 0, upper, lower) + 0.2 * keras.random.normal((count, 2), seed=seeds)
    return (x - ops.convert_to_tensor(np.array([0.5, 0.25], np.float32))) / 0.7, label


def majority(seeds: Any, count: int) -> tuple[Tensor, Tensor]:
    """Which sign most of fifteen have."""
    x = 2.0 * ops.cast(keras.random.randint((count, 15), 0, 2, seed=seeds), "float32") - 1
    return x, ops.cast(ops.sum(x, axis=1) > 0, "int32")


def _vectors(draw: Callable[[Any, int], tuple[Tensor, Tensor]], answers: int, baseline: float) -> Task:
    return Task(Stream(draw), 1, 0, answers, False, baseline)


GENERATED: Mapping[str, tuple[Callable[[], Task], Callable[[Task], Any]]] = {
    "friedman": (lambda: _vectors(friedman, 0, 1.0), lambda task: dense((10,), (64,), "relu", 1)),
    "moons": (lambda: _vectors(moons, 2, log(2)), lambda task: dense((2,), (32, 32), "tanh", 2)),
    "majority": (lambda: _vectors(majority, 2, log(2)), lambda task: dense((15,), (32,), "sigmoid", 2)),
    "resets_rnn": (lambda: sequences.resets(12), lambda task: recurrent(task, "rnn", 32)),
    "recall_gru": (lambda: sequences.delayed_recall(4), lambda task: recurrent(task, "gru", 32)),
}


@cache
def generated(name: str, judged: str) -> Problem:
    """One of fresh examples without end, so that validation and test are others each time."""
    made, build = GENERATED[name]
    task = made()
    return Problem(lambda: build(task), task, (task.data, task.data), LOOKS)


IMAGE_NAMES = ("mlp", "tanh_deep", "normed", "cnn")
TEXT_NAMES = ("characters_mlp", "characters_cnn", "characters_lstm")
FAMILIES: Mapping[str, Callable[[str, str], Problem]] = {
    **dict.fromkeys(IMAGE_NAMES, images),
    **dict.fromkeys(TEXT_NAMES, characters),
    **dict.fromkeys(GENERATED, generated),
}
"""Problem to what makes it of its name and of the part of the data that is judged."""
