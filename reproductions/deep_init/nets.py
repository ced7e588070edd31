"""What studies of initial weights share: scales by the names that tables print, the net, and what it gets wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import sqrt
from types import MappingProxyType
from typing import Any

import keras
from keras import ops

from common import datasets
from common.training import Arrays, Evaluation, Experiment, Hyper, Run, train
from reproductions.deep_init import model

PLACES = ("first", "hidden", "last")
LSUV_IMAGES = 512
JUDGED = {"validation": 5_000, "test": 10_000}  # images of each part that arms of the full tier are measured on
TUNED = {"validation": 5_000}  # pilots and the quick tier never see a test image


def deviation(init: str, fan_in: int, fan_out: int) -> float:
    """Standard deviation of one layer's weights, or for `orthogonal` and `lsuv` their gain.

    `standard` is U(±1/sqrt(fan_in)) (Erhan et al. 2009), `glorot` U(±sqrt(6 / (fan_in + fan_out))) (Glorot & Bengio
    2010), `he` N(0, 2/fan_in) (He et al. 2015), `std_s` N(0, s²), `scale_k` N(0, k²/fan_in); an added `_xk` multiplies.

    Raises:
        ValueError: the name is none of these.
    """
    name, _, times = init.partition("_x")
    known = {
        "standard": 1 / sqrt(3 * fan_in),
        "glorot": sqrt(2 / (fan_in + fan_out)),
        "he": sqrt(2 / fan_in),
        "orthogonal": 1.0,
        "lsuv": 1.0,
    }
    if name.startswith("std_"):
        return float(name.removeprefix("std_"))
    if name.startswith("scale_"):
        return float(name.removeprefix("scale_")) / sqrt(fan_in)
    if name not in known:
        raise ValueError(f"unknown initialisation {init!r}")
    return known[name] * float(times or 1)


def deviations(init: str, pixels: int, width: int) -> dict[str, float]:
    """`deviation` of the first, the further hidden and the last layer; inputs of the program, not parts of it."""
    fans = ((pixels, width), (width, width), (width, model.CLASSES))
    return {place: deviation(init, *fan) for place, fan in zip(PLACES, fans, strict=True)}


class Weights(keras.initializers.Initializer):  # type: ignore[misc]
    """Uniform or Gaussian weights of a given deviation; orthonormal ones (Saxe et al. 2014) or the identity, scaled."""

    def __init__(self, distribution: str, scale: Any, seed: Any = None) -> None:
        self.distribution = distribution
        self.scale = scale
        self.seed = seed

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        if self.distribution == "identity":
            drawn = ops.eye(*shape, dtype=dtype)
        elif self.distribution == "uniform":
            drawn = sqrt(3) * keras.random.uniform(shape, -1, 1, dtype=dtype, seed=self.seed)
        else:
            drawn = keras.random.normal(shape, dtype=dtype, seed=self.seed)
        if self.distribution == "orthogonal":
            drawn = orthonormal(drawn)
        return ops.convert_to_tensor(self.scale) * drawn


def orthonormal(drawn: Any) -> Any:
    """Orthonormal columns, or rows where there are fewer, uniformly distributed when `drawn` is Gaussian."""
    wide = drawn.shape[0] < drawn.shape[1]
    q, r = ops.qr(ops.transpose(drawn) if wide else drawn)
    q = q * ops.sign(ops.diagonal(r))
    return ops.transpose(q) if wide else q


class UnitVariance(Weights):
    """LSUV: orthonormal weights, divided so that pre-activations on images have variance 1 (Mishkin & Matas 2016).

    Layers are drawn in their order, so each finds in `signal` what those before it made of the images.
    """

    def __init__(self, scale: Any, activation: str, signal: dict[str, Any], images: Any = None) -> None:
        super().__init__("orthogonal", scale)
        self.activation = activation
        self.signal = signal
        self.images = images

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        drawn = super().__call__(shape, dtype)
        if self.images is not None:
            self.signal["value"] = ops.convert_to_tensor(self.images)
        before = self.signal["value"] @ drawn
        spread = ops.std(before)
        self.signal["value"] = keras.activations.get(self.activation)(before / spread)
        return drawn / spread


def build_model(pixels: int, depth: int, width: int, activation: str, init: str, scales: Hyper) -> Any:
    """`depth` hidden layers and ten logits, biases zero; `scales` as `deviations` gives them for `init`."""
    signal: dict[str, Any] = {}
    name = init.partition("_")[0]
    distribution = {"standard": "uniform", "glorot": "uniform", "orthogonal": "orthogonal"}.get(name, "normal")

    def kernel(place: str) -> Weights:
        if name != "lsuv":
            return Weights(distribution, scales[place])
        images = model.training_images(LSUV_IMAGES).x if place == "first" else None
        return UnitVariance(scales[place], activation, signal, images)

    x = inputs = keras.Input((pixels,))
    for layer in range(depth):
        x = keras.layers.Dense(width, activation, kernel_initializer=kernel("hidden" if layer else "first"))(x)
    return keras.Model(inputs, keras.layers.Dense(model.CLASSES, kernel_initializer=kernel("last"))(x))


def mistakes(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Share of wrong labels, in per cent."""
    wrong = ops.cast(ops.argmax(net(x, training=False), axis=-1), "int32") != y
    return {"error": 100 * ops.mean(ops.cast(wrong, "float32"))}


def on(split: datasets.Split, size: int) -> Evaluation:
    """Mistakes on the first `size` images of a split, or on all where there are fewer."""
    count = min(size, len(split.labels))
    batch = min(1_000, count)
    return Evaluation(Arrays(split.images, split.labels), mistakes, count // batch * batch, batch)


def held_out(sizes: Mapping[str, int]) -> dict[str, Evaluation]:
    """Mistakes on so many images of each part named, `validation` or `test`."""
    images = datasets.load_images()
    return {part: on(getattr(images, part), size) for part, size in sizes.items()}


def experiment(settings: Mapping[str, Any], times: float = 1.0, **rest: Any) -> Experiment:
    """Plain cross-entropy training of the net that `settings` name, its initial weights multiplied by `times`."""
    images = model.training_images(settings["images"])
    pixels = images.x.shape[1]
    depth, width, activation, init = (settings[key] for key in ("depth", "width", "activation", "init"))
    optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[settings.get("optimizer", "sgd")]
    scales = {place: times * scale for place, scale in deviations(init, pixels, width).items()}
    plain = Experiment(
        build_model=lambda hyper: build_model(pixels, depth, width, activation, init, hyper),
        build_optimizer=lambda hyper: optimizer(lambda: hyper["learning_rate"]),
        loss=model.cross_entropy,
        data=images,
        batch_size=settings["batch"],
        steps=settings["steps"],
        evaluate={},
        evaluate_every=settings["every"],
        hyper={**scales, "learning_rate": settings["rate"]},
    )
    return replace(plain, **rest)


def side_by_side(
    experiments: Mapping[str, Experiment], seeds: Sequence[int], lanes: int
) -> Iterator[tuple[int, dict[str, Run]]]:
    """Each seed with its run of every experiment: initial weights and order of data are those of the seed in all."""
    columns = {name: list(train(experiment, seeds, lanes=lanes)) for name, experiment in experiments.items()}
    for place, seed in enumerate(seeds):
        yield seed, {name: runs[place] for name, runs in columns.items()}


def together(
    seed: int,
    runs: Mapping[str, Run],
    metrics: Mapping[str, float | None],
    curves: Mapping[str, Sequence[tuple[int, float]]] = MappingProxyType({}),
) -> Run:
    """One trial made of several runs of a seed, with the numbers that it is to report.

    A run that diverged shows as a metric without a value; the trial counts as diverged only when all of them did.
    """
    status: Any = "diverged" if all(run.status == "diverged" for run in runs.values()) else "ok"
    steps = sum(run.steps for run in runs.values())
    return Run(seed=seed, status=status, steps=steps, stopped=False, metrics=dict(metrics), curves=dict(curves))


def convolutional(side: int, activation: str, init: Any) -> Any:
    """8 and 16 filters of 3x3 with stride 2, 64 further units, ten logits; images come as rows of pixels."""
    inputs = keras.Input((side * side,))
    x = keras.layers.Reshape((side, side, 1))(inputs)
    for filters in (8, 16):
        x = keras.layers.Conv2D(filters, 3, 2, "same", activation=activation, kernel_initializer=init)(x)
    x = keras.layers.Dense(64, activation, kernel_initializer=init)(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.Dense(model.CLASSES, kernel_initializer=init)(x))


def timed(trial: Run, epochs: int, target: float) -> Run:
    """A finished run of so many epochs with the number of them that it took to a validation error; without curves."""
    metrics = dict(trial.metrics)
    if trial.status == "ok":
        points = trial.curves["validation_error"]
        metrics["epochs_to_target"] = epochs * first_under(points, target) / points[-1][0]
    return replace(trial, metrics=metrics, curves={})


def first_under(points: Sequence[tuple[int, float]], target: float) -> float:
    """The step at which a curve first comes down to a target, between two points by a straight line; else its end."""
    if points[0][1] <= target:
        return float(points[0][0])
    for (before, high), (after, low) in pairwise(points):
        if low <= target:
            return before + (after - before) * (high - target) / (high - low)
    return float(points[-1][0])
