"""What is trained and what becomes of it: an `Experiment`, its data and evaluations, and a `Run` for each seed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np

from common.engine import checking
from common.engine.sharing import same

Tensor = Any  # a tensor of the active backend
Hyper = Mapping[str, Any]  # scalars that arms of one program shape may vary; `Experiment` says where they may stand
History = Mapping[str, Sequence[float]]  # each metric's values so far, one an evaluation


@dataclass(frozen=True)
class Stream:
    """Fresh examples without end.

    `draw(seeds, count)` returns `(x, y)` with leading axis `count`, made with `keras.random` and `seed=seeds`
    (a `keras.random.SeedGenerator` that the engine owns) and `keras.ops`, so that it can run inside the program.
    """

    draw: Callable[[Any, int], tuple[Tensor, Tensor]]

    def __post_init__(self) -> None:
        checking.functions(draw=self.draw)

    def batch(self, seeds: Any, count: int) -> tuple[Tensor, Tensor]:
        """What `draw` gives; a ValueError where it is not `count` examples."""
        x, y = self.draw(seeds, count)
        checking.batch(x, y, count)
        return x, y


@dataclass(frozen=True)
class Arrays:
    """Examples in memory: `x` and `y` share their leading axis. Each seed shuffles them anew in every epoch;
    the rest of an epoch that does not fill a batch is left out, and comes up in a later shuffle.

    Raises:
        ValueError: they are not two arrays of numbers of the same length, or are empty.
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self) -> None:
        checking.arrays(self.x, self.y)


def _check_source(data: Any, **sizes: int) -> None:
    if isinstance(data, Arrays):
        checking.enough(len(data.x), **sizes)
    elif not isinstance(data, Stream):
        raise ValueError(f"data must be a Stream or Arrays; got {type(data).__name__}")


def _same(one: Stream | Arrays, other: Stream | Arrays) -> bool:
    if isinstance(one, Stream) or isinstance(other, Stream):
        return one is other
    return all(a is b or np.array_equal(a, b) for a, b in ((one.x, other.x), (one.y, other.y)))


@dataclass(frozen=True)
class Evaluation:
    """`metrics(model, x, y)` gives scalars; over more than one batch they are averaged.

    `size` examples are looked at, `batch_size` at a time, so `size` must be a multiple of it. From a `Stream` each
    seed draws its own examples, the same ones at every evaluation and never those of training; from `Arrays` the
    first `size` are taken.

    Raises:
        ValueError: a size that is no multiple, is below 1, or is above the number of examples.
    """

    data: Stream | Arrays
    metrics: Callable[[Any, Tensor, Tensor], Mapping[str, Tensor]]
    size: int
    batch_size: int

    def __post_init__(self) -> None:
        checking.functions(metrics=self.metrics)
        checking.whole(1, size=self.size, batch_size=self.batch_size)
        if self.size % self.batch_size:
            raise ValueError(f"size {self.size} is not a multiple of batch_size {self.batch_size}")
        _check_source(self.data, size=self.size)


@dataclass(frozen=True)
class Experiment:
    """All that decides a seed's result.

    Attributes:
        build_model: makes the Keras model, once for all seeds, and every layer of it. What names no seed is seeded by
            the trial: initialisers, wherever they stand, layers, `keras.random`; layers that share an unseeded
            initialiser draw each for itself. A seed that is named is the same in every trial, and so are weights that
            are assigned, as by `set_weights`.
        build_optimizer: makes the Keras optimizer. Clipping, constraints and schedules act per seed.
        loss: `loss(model, x, y)`, a scalar; calls the model itself (`training=True`), so it may call it twice or
            differentiate with respect to the input. Adds `sum(model.losses)` where layers have losses of their own.
        data: where training batches come from.
        batch_size, steps: examples per step, and the budget in steps.
        evaluate: name of an evaluation (a prefix of its metrics, as in `test_accuracy`) to what it measures. One named
            `train` must look at the examples of `data`. It sees the model that Keras' `fit` would end with there: under
            `use_ema` the averaged weights. What it draws and changes is forgotten, and training goes on as if it had
            not been.
        evaluate_every: steps between evaluations; the curves have a point at step 0 and at each of them.
        stop: given the history of one seed, whether it ends here; the rest of its budget is then saved.
        hyper: values for `build_model` and `build_optimizer` that differ between arms of one shape. They reach the
            builders as scalar variables and the compiled program as inputs, so such arms share it. One may stand whole
            where Keras computes with a tensor later: `learning_rate=lambda: hyper["learning_rate"]`, `weight_decay`,
            the betas of Adam, `stddev` of an initialiser, the value of `Constant`, a factor of a symbolic tensor
            (`x * hyper["gain"]`), and in what the author's own layers, constraints, initialisers and schedules do when
            called. To compute with it while building, or to make it a number, as a layer does with `units`, `rate` or
            a norm's `momentum`, is a TypeError.
        adjust: given the history of one seed and `hyper`, the values among them that differ from here on, as a
            schedule by validation needs. Asked after every evaluation. See `common.callbacks`.

    Raises:
        ValueError: a name, a size or a hyper-parameter that cannot be meant; the message says what to change.
    """

    build_model: Callable[[Hyper], Any]
    build_optimizer: Callable[[Hyper], Any]
    loss: Callable[[Any, Tensor, Tensor], Tensor]
    data: Stream | Arrays
    batch_size: int
    steps: int
    evaluate: Mapping[str, Evaluation]
    evaluate_every: int
    stop: Callable[[History], bool] = lambda history: False
    hyper: Mapping[str, float] = field(default_factory=dict)
    adjust: Callable[[History, Mapping[str, float]], Mapping[str, float]] = lambda history, hyper: {}

    def __post_init__(self) -> None:
        named = ("build_model", "build_optimizer", "loss", "stop", "adjust")
        checking.functions(**{name: getattr(self, name) for name in named})
        checking.whole(1, batch_size=self.batch_size, evaluate_every=self.evaluate_every)
        checking.whole(0, steps=self.steps)
        checking.names(self.evaluate)
        checking.hyper(self.hyper)
        _check_source(self.data, batch_size=self.batch_size)
        for name, evaluation in self.evaluate.items():
            if not isinstance(evaluation, Evaluation):
                raise ValueError(f"evaluate[{name!r}] must be an Evaluation; got {evaluation!r}")
            if name == "train" and not _same(evaluation.data, self.data):
                raise ValueError("evaluation train must look at the training data itself: give it those, or rename it")

    def shares_program(self, other: "Experiment") -> bool:
        """Whether what was built for one serves the other.

        They may differ in values of `hyper` and in what is asked between two evaluations. See `common.engine.sharing`.
        """
        free = {"hyper", "steps", "evaluate_every", "stop", "adjust"}
        rest = (f.name for f in fields(self) if f.name not in free)
        return set(self.hyper) == set(other.hyper) and all(same(getattr(self, n), getattr(other, n)) for n in rest)

    def adjusted(self, history: History) -> dict[str, float]:
        """The hyper-parameters of a seed with this history.

        Raises:
            ValueError: `adjust` names one that `hyper` does not declare, or gives it no finite number.
        """
        changes = self.adjust(history, self.hyper)
        if unknown := sorted(set(changes) - set(self.hyper)):
            raise ValueError(f"adjust sets {', '.join(unknown)}, which hyper does not declare")
        checking.hyper(changes)
        return {**self.hyper, **changes}


@dataclass(frozen=True)
class Run:
    """What became of one seed.

    `metrics` are those of the last evaluation, among them `train_loss`, the mean loss over the batches since the
    evaluation before (absent before the first step). A diverged seed has none. `curves` map a metric to its
    (step, value) points, for a diverged seed up to the evaluation before. `steps` counts the steps taken: fewer than
    the budget when `stopped`.

    Raises:
        ValueError: metrics are no dict of numbers, or one has the name of another column of a trial's record.
    """

    seed: int
    status: Literal["ok", "diverged"]
    steps: int
    stopped: bool
    metrics: Mapping[str, float | None]
    curves: Mapping[str, Sequence[tuple[int, float]]]

    def __post_init__(self) -> None:
        checking.recordable(self.metrics)
        checking.numbers(self.metrics)


PURPOSES = ("init", "data", "evaluation", "dropout", "loss")


def key_words(seed: int, purpose: str, index: int = 0) -> tuple[int, int]:
    """Two 32-bit words that start the random stream of one purpose of one seed; `index` tells layers apart."""
    sequence = np.random.SeedSequence(seed, spawn_key=(PURPOSES.index(purpose), index))
    first, second = sequence.generate_state(2, np.uint32)
    return int(first), int(second)
