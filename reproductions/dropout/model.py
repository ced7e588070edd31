"""Nets with dropout on images of digits, how they are trained, and what is measured of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import keras
import numpy as np
from keras import ops

from common import datasets
from common.training import Arrays, Evaluation, Experiment, Run, train

CLASSES = 10
MOMENTUM = 0.95  # Srivastava et al. 2014, appendix B.1
MAX_NORM = 2.0  # greatest length of the weights into a unit; the same appendix
HIDDEN, INPUT = 0.5, 0.2  # published probabilities to drop a unit, and a pixel
GRID = (0.01, 0.03, 0.1)
RATES: dict[str, dict[str, float]] = {
    "50": {"dropout": 0.03, "plain": 0.1},
    "200": {"dropout": 0.03, "plain": 0.1},
    "500": {"dropout": 0.03, "plain": 0.1},
    "completion": {"dropout": 0.01, "plain": 0.03},
    "helps": {"dropout_max_norm": 0.1, "plain": 0.1},
    "longer": {"dropout": 0.03, "plain": 0.1},
}
"""Of every treatment the best rate of `GRID` by validation error, on a pilot seed; by width, or by what it is for.

The pilot tier tries the grid while this table is empty.
"""

Measure = Callable[[Any, Any, Any], Mapping[str, Any]]


class Dropout(keras.layers.Layer):  # type: ignore[misc]
    """Sets every input to zero with probability `rate`, each on its own, and passes it on with probability 1 - rate.

    While training, inputs that are kept are divided by 1 - rate, so that testing needs no change ("inverted"). With
    `inverted=False` they are passed on as they are, and testing multiplies by 1 - rate, which is the same as to
    multiply the weights that follow (Srivastava et al. 2014, section 4 and figure 2). Unlike the layer of that name
    in Keras, `rate` may be a hyper-parameter of the engine, so that arms of different rates share a program.
    """

    def __init__(self, rate: Any, *, inverted: bool = True) -> None:
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(0)
        self.inverted = inverted
        # A bare variable would be taken for a weight.
        self._rate: Callable[[], Any] = lambda: ops.convert_to_tensor(rate, "float32")

    def keep(self) -> Any:
        """The probability to pass an input on."""
        return 1 - self._rate()

    def call(self, x: Any, training: bool = False) -> Any:
        if training:
            return self.sample(x) / self.keep() if self.inverted else self.sample(x)
        return x if self.inverted else x * self.keep()

    def sample(self, x: Any) -> Any:
        """The inputs with a fresh mask on them, and no rescaling."""
        kept = keras.random.uniform(ops.shape(x), seed=self.seed_generator) < self.keep()
        return ops.where(kept, x, 0.0)


def build_model(
    inputs: int,
    widths: Sequence[int],
    hidden: Any = 0.0,
    pixels: Any = 0.0,
    *,
    max_norm: float = 0.0,
    bias: bool = True,
    inverted: bool = True,
    outputs: int = CLASSES,
) -> Any:
    """Hidden ReLU layers of these widths and linear outputs; Glorot weights, zero biases.

    Args:
        hidden, pixels: probability to drop a hidden unit, or an input; a plain 0 leaves the layer out.
        max_norm: the greatest length of the weights into a unit, in every layer; 0 for no limit.
    """
    limit = keras.constraints.MaxNorm(max_norm, axis=0) if max_norm else None
    shared: dict[str, Any] = {"use_bias": bias, "kernel_constraint": limit}

    def dropped(x: Any, rate: Any) -> Any:
        absent = isinstance(rate, float | int) and rate == 0
        return x if absent else Dropout(rate, inverted=inverted)(x)

    first = keras.Input((inputs,))
    x = dropped(first, pixels)
    for width in widths:
        x = dropped(keras.layers.Dense(width, activation="relu", **shared)(x), hidden)
    return keras.Model(first, keras.layers.Dense(outputs, **shared)(x))


def optimizer(rate: Any, steps: int = 0) -> Any:
    """SGD with momentum at a constant rate, or at one that falls to zero along a cosine over so many steps."""
    falling = keras.optimizers.schedules.CosineDecay(rate, steps) if steps else lambda: rate
    return keras.optimizers.SGD(falling, momentum=MOMENTUM)


def learning_rate(treatment: str, width: int, purpose: str = "") -> float:
    """The piloted rate of a treatment: of the purpose where that has its own, else of the nearest width."""
    widths = [key for key in RATES if key.isdigit()]
    if not widths:  # before the pilots
        return GRID[1]
    key = purpose if purpose in RATES else min(widths, key=lambda k: abs(np.log(int(k) / width)))
    return RATES[key][treatment]


def surprise(logits: Any, y: Any) -> Any:
    """-log p(label) of each example, in nats; ln 10 for a net that knows nothing."""
    return ops.logsumexp(logits, axis=-1) - ops.take_along_axis(logits, y[:, None], axis=-1)[:, 0]


def wrong(scores: Any, y: Any) -> Any:
    """The share of examples whose highest score is not that of their label, in per cent."""
    return 100 * ops.mean(ops.cast(ops.argmax(scores, axis=-1) != ops.cast(y, "int32"), "float32"))


def cross_entropy(net: Any, x: Any, y: Any) -> Any:
    """Mean of -log p(label)."""
    return ops.mean(surprise(net(x, training=True), y))


def quality(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Error in per cent and negative log-likelihood in nats, with dropout off."""
    logits = net(x, training=False)
    return {"error": wrong(logits, y), "nll": ops.mean(surprise(logits, y))}


def training_images(size: int) -> Arrays:
    """The first `size` training images in the order of their content hash; with 60 000 those of validation too."""
    data = datasets.load_images()
    if size > len(data.train.labels) and data.citable:
        pairs = (data.train, data.validation)
        return Arrays(*(np.concatenate([getattr(part, f) for part in pairs]) for f in ("images", "labels")))
    chosen = datasets.subset(data.train, min(size, len(data.train.labels)))
    return Arrays(chosen.images, chosen.labels)


def held_out(name: str, size: int = 10_000, measure: Measure = quality, batch_size: int = 1_000) -> Evaluation:
    """The first `size` images of `validation` or `test`, all where there are fewer."""
    split = getattr(datasets.load_images(), name)
    count = min(size, len(split.labels))
    whole = batch_size if count % batch_size == 0 else count
    return Evaluation(Arrays(split.images[:count], split.labels[:count]), measure, size=count, batch_size=whole)


def classifier(settings: Mapping[str, Any], rate: float, hidden: float, pixels: float, max_norm: float) -> Experiment:
    """The experiment of a net that classifies digits.

    `settings` has `widths`, `images`, `batch`, `steps`, `every` (steps between evaluations) and `on` (which held-out
    images to measure on); it may have `held_out` (how many of them), `constant` (a rate that does not fall) and
    `traced` (dropout as a hyper-parameter: programs are shared, and a net without dropout pays for its masks).
    """
    data, traced = training_images(settings["images"]), settings.get("traced", False)
    rates = {"hidden": hidden, "pixels": pixels} if traced else {}
    return Experiment(
        build_model=lambda hyper: build_model(
            data.x.shape[1],
            settings["widths"],
            hyper["hidden"] if traced else hidden,
            hyper["pixels"] if traced else pixels,
            max_norm=max_norm,
        ),
        build_optimizer=lambda hyper: optimizer(
            hyper["learning_rate"], 0 if settings.get("constant") else settings["steps"]
        ),
        loss=cross_entropy,
        data=data,
        batch_size=settings["batch"],
        steps=settings["steps"],
        evaluate={name: held_out(name, settings.get("held_out", 10_000)) for name in settings["on"]},
        evaluate_every=settings["every"],
        hyper={"learning_rate": rate, **rates},
    )


def seconds(widths: Sequence[int], steps: int, batch: int, nets: int = 2) -> float:
    """Expected seconds of training on one core, for plans."""
    weights = sum(a * b for a, b in pairwise((784, *widths, CLASSES)))
    return 0.2 + nets * steps * (0.6 + weights * batch / 128 * 6.2e-6) / 1000


def side_by_side(experiments: Mapping[str, Experiment], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    """Runs several experiments on each seed; the names of metrics and curves begin with that of the experiment.

    The experiments share a seed's data order, so what is compared within one such run is paired. It has diverged when
    one of them has, and then lacks the metrics of that one.
    """
    for together in zip(*(train(e, seeds, lanes=lanes) for e in experiments.values()), strict=True):
        named = dict(zip(experiments, together, strict=True))
        yield Run(
            seed=together[0].seed,
            status="ok" if all(run.status == "ok" for run in together) else "diverged",
            steps=sum(run.steps for run in together),
            stopped=False,
            metrics={f"{name}_{metric}": v for name, run in named.items() for metric, v in run.metrics.items()},
            curves={f"{name}_{metric}": line for name, run in named.items() for metric, line in run.curves.items()},
        )
