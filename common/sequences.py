"""Tasks on sequences with their trivial baselines, and the loss and scores of a recurrent net on them.

A task's examples are drawn without end from a seed, so training never meets an example of evaluation but by chance;
a text is cut into windows of fixed splits instead. `count` sequences are (count, steps) int32 symbols, or
(count, steps, 2) float32 for the adding problem. The baseline is the least expected loss of an answer that looks at no
input: in nats, or as a mean squared error.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
from keras import ops

from common.training import Arrays, Stream

Tensor = Any
TimeReduction = Literal["mean", "sum"]
RESET, ONE = 2, 1  # symbols of the resettable counter; 0 leaves the count as it is
LOWEST_SHARE = 1e-12  # of a symbol that a text never shows; keeps an unseen symbol's surprise finite


@dataclass(frozen=True)
class Task:
    """What a net is asked.

    Attributes:
        data: fresh examples, or the windows of a text.
        steps: length of a sequence.
        symbols: size of the input alphabet; 0 for two real channels.
        answers: number of classes; 0 for one real number.
        every_step: whether an answer is due at each step, targets then (count, steps); else at the last one, (count,).
        baseline: expected loss of the best answer that ignores the input, averaged over the steps that are asked.
    """

    data: Stream | Arrays
    steps: int
    symbols: int
    answers: int
    every_step: bool
    baseline: float


def delayed_recall(delay: int, classes: int = 4) -> Task:
    """Name the first symbol `delay` steps later, past as many distractors from an alphabet of their own.

    The latch of Bengio, Simard & Frasconi 1994, section II, with symbols for real inputs.
    """

    def draw(seeds: Any, count: int) -> tuple[Tensor, Tensor]:
        first = keras.random.randint((count, 1), 0, classes, seed=seeds)
        rest = keras.random.randint((count, delay), classes, 2 * classes, seed=seeds)
        return ops.concatenate([first, rest], axis=1), first[:, 0]

    return Task(Stream(draw), delay + 1, 2 * classes, classes, False, math.log(classes))


def adding(steps: int) -> Task:
    """The sum of the two marked numbers, one in each half; all numbers uniform in [0, 1].

    Hochreiter & Schmidhuber 1997, section 5.4, in the form of Le, Jaitly & Hinton 2015, section 4.1. Answering 1 errs
    by the variance of the sum of two uniform numbers.
    """
    half = steps // 2

    def draw(seeds: Any, count: int) -> tuple[Tensor, Tensor]:
        values = keras.random.uniform((count, steps), seed=seeds)
        early = keras.random.randint((count,), 0, half, seed=seeds)
        late = keras.random.randint((count,), half, steps, seed=seeds)
        marks = ops.one_hot(early, steps) + ops.one_hot(late, steps)
        return ops.stack([values, marks], axis=-1), ops.sum(values * marks, axis=1)

    return Task(Stream(draw), steps, 0, 0, False, 1 / 6)


def copy_memory(delay: int, symbols: int = 8, length: int = 10) -> Task:
    """Repeat the first `length` symbols after `delay` steps, and answer blank until then.

    Arjovsky, Shah & Bengio 2016, section 5.1: delay blanks, the last of which is the signal to begin, then `length`
    more. Classes 0 to symbols - 1, then blank.
    """
    blank, signal = symbols, symbols + 1

    def draw(seeds: Any, count: int) -> tuple[Tensor, Tensor]:
        word = keras.random.randint((count, length), 0, symbols, seed=seeds)
        wait = ops.full((count, delay - 1), blank, dtype=word.dtype)
        go = ops.full((count, 1), signal, dtype=word.dtype)
        tail = ops.full((count, length), blank, dtype=word.dtype)
        silence = ops.full((count, delay + length), blank, dtype=word.dtype)
        return ops.concatenate([word, wait, go, tail], axis=1), ops.concatenate([silence, word], axis=1)

    steps = delay + 2 * length
    return Task(Stream(draw), steps, symbols + 2, symbols + 1, True, length * math.log(symbols) / steps)


def temporal_order(steps: int) -> Task:
    """In which order did two of the symbols X and Y come? Four classes; every other symbol is a distractor.

    Hochreiter & Schmidhuber 1997, section 5.6.1, positions in proportion: the first between 10 % and 20 % of the
    length, the second between 50 % and 60 %. Symbols 0 and 1 are X and Y, 2 to 5 distractors.
    """
    tenth = steps // 10

    def draw(seeds: Any, count: int) -> tuple[Tensor, Tensor]:
        pair = keras.random.randint((count, 2), 0, 2, seed=seeds)
        early = keras.random.randint((count, 1), tenth, 2 * tenth, seed=seeds)
        late = keras.random.randint((count, 1), 5 * tenth, 6 * tenth, seed=seeds)
        rest = keras.random.randint((count, steps), 2, 6, seed=seeds)
        place = ops.arange(steps, dtype=early.dtype)[None, :]
        x = ops.where(place == early, pair[:, :1], ops.where(place == late, pair[:, 1:], rest))
        return x, 2 * pair[:, 0] + pair[:, 1]

    return Task(Stream(draw), steps, 6, 4, False, math.log(4))


def running_parity(steps: int) -> Task:
    """Whether the number of ones so far is odd, asked at every step of a stream of fair bits."""

    def draw(seeds: Any, count: int) -> tuple[Tensor, Tensor]:
        bits = keras.random.randint((count, steps), 0, 2, seed=seeds)
        return bits, ops.mod(ops.cumsum(bits, axis=1), 2)

    return Task(Stream(draw), steps, 2, 2, True, math.log(2))


def resets(steps: int, most: int = 7, share: float = 0.25) -> Task:
    """How many ones since the last reset, up to `most`? Asked at every step; a step is a reset with chance `share`.

    Whatever came before a reset has to be forgotten. The other steps are fair bits; a stream begins at zero.
    """

    def draw(seeds: Any, count: int) -> tuple[Tensor, Tensor]:
        bits = keras.random.randint((count, steps), 0, 2, seed=seeds)
        reset = keras.random.uniform((count, steps), seed=seeds) < share
        x = ops.where(reset, RESET, bits)
        ones = ops.cumsum(ops.cast(x == ONE, "int32"), axis=1)
        place = ops.arange(steps, dtype="int32")[None, :]
        # The count at the latest reset: both numbers grow along the stream, so their greatest so far is the latest.
        latest = ops.max(ops.where((place[:, None] <= place[:, :, None]) & reset[:, None], ones[:, None], 0), axis=-1)
        return x, ops.minimum(ones - latest, most)

    return Task(Stream(draw), steps, 3, most + 1, True, _resets_entropy(steps, most, share))


def _resets_entropy(steps: int, most: int, share: float) -> float:
    """Entropy of the count, averaged over the steps: an answer that ignores the input can still know the step."""
    shares, total = np.eye(most + 1)[0], 0.0
    for _ in range(steps):
        kept, stepped = (1 - share) / 2 * shares, np.roll((1 - share) / 2 * shares, 1)
        stepped[-1], stepped[0] = stepped[-1] + stepped[0], 0.0
        shares = kept + stepped
        shares[0] += share
        total -= float(np.sum(shares * np.log(np.maximum(shares, LOWEST_SHARE))))
    return total / steps


def characters(text: str, alphabet: str, steps: int, reference: str = "") -> Task:
    """Name the next character of a text, cut into windows that share none.

    The baseline is the surprise at these characters by their shares in `reference` (the training text), else by their
    own. Both texts may only use characters of `alphabet`.
    """
    places = {character: place for place, character in enumerate(alphabet)}
    codes = np.array([places[character] for character in text], np.int32)
    windows = (len(codes) - 1) // steps
    x, y = codes[: windows * steps].reshape(windows, steps), codes[1 : windows * steps + 1].reshape(windows, steps)
    counts = np.bincount([places[character] for character in reference or text], minlength=len(alphabet))
    shares = np.maximum(counts / counts.sum(), LOWEST_SHARE)
    return Task(Arrays(x, y), steps, len(alphabet), len(alphabet), True, -float(np.log(shares)[y].mean()))


def inputs(task: Task) -> tuple[Tensor, Tensor]:
    """Where a Keras model of the task begins: its input, and the same as real channels, symbols one-hot."""
    if not task.symbols:
        entry = keras.Input((task.steps, 2))
        return entry, entry
    entry = keras.Input((task.steps,), dtype="int32")
    one_hot = keras.layers.Embedding(
        task.symbols, task.symbols, embeddings_initializer="identity", trainable=False, name="one_hot"
    )
    return entry, one_hot(entry)


def loss(task: Task, over_time: TimeReduction = "mean") -> Callable[[Any, Tensor, Tensor], Tensor]:
    """Cross-entropy in nats, or squared error, averaged over the batch, and over the steps averaged or summed.

    Raises:
        ValueError: `over_time` is neither.
    """
    if over_time not in ("mean", "sum"):
        raise ValueError(f"over_time must be 'mean' or 'sum'; got {over_time!r}")

    def function(model: Any, x: Tensor, y: Tensor) -> Tensor:
        value = ops.mean(_losses(task, model(x, training=True), y))
        return value * task.steps if task.every_step and over_time == "sum" else value

    return function


def scores(task: Task) -> Callable[[Any, Tensor, Tensor], Mapping[str, Tensor]]:
    """`loss`, the mean over the steps that are asked; `relative`, in units of the baseline; `accuracy`, for classes."""

    def function(model: Any, x: Tensor, y: Tensor) -> Mapping[str, Tensor]:
        output = model(x, training=False)
        value = ops.mean(_losses(task, output, y))
        found = {"loss": value, "relative": value / task.baseline}
        if task.answers:
            right = ops.cast(ops.argmax(output, axis=-1), "int32") == ops.cast(y, "int32")
            found["accuracy"] = ops.mean(ops.cast(right, "float32"))
        return found

    return function


def _losses(task: Task, output: Tensor, y: Tensor) -> Tensor:
    """The loss of every answer: (count,) or (count, steps)."""
    if not task.answers:
        return ops.square(output[:, 0] - y)
    labels = ops.cast(y, "int32")[..., None]
    return ops.logsumexp(output, axis=-1) - ops.take_along_axis(output, labels, axis=-1)[..., 0]
