"""Images of digits, ReLU nets, losses that look at perturbed images, and how all nets of this reproduction are trained.

Budgets are in units of the pixel range [0, 1] and hold for each pixel.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from common import attacks, datasets
from common.training import Arrays, Evaluation, Experiment

CLASSES = 10
EPSILON = 0.25  # Goodfellow et al. 2015, section 4
WEAK = 0.05  # where PGD fools a net trained on FGSM examples on half of validation images; at EPSILON it does on all
BATCH = 128
EPOCH = 390  # steps over the 50 000 training images
Tensor = Any
Loss = Callable[[Any, Tensor, Tensor], Tensor]
Move = Callable[[Any, Tensor, Tensor], Tensor]  # model, inputs, labels to perturbed inputs


def images(split: str, size: int | None = None, digits: Sequence[int] = ()) -> Arrays:
    """Images (n, pixels) and labels of `train`, `validation`, `test` or `train+validation`, in the order of their hash.

    Args:
        size: the first so many; all where there are fewer.
        digits: two of them, which become classes 0 and 1; else all ten.
    """
    data = datasets.load_images()
    parts = [getattr(data, name) for name in split.split("+")]
    x, y = parts[0].images, parts[0].labels
    if len(parts) > 1:
        x, y = np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts])
    if digits:
        kept = np.isin(y, digits)
        x, y = x[kept], (y[kept] == digits[1]).astype(np.int32)
    return Arrays(x[:size], y[:size])


class Draws(keras.layers.Layer):  # type: ignore[misc]
    """Passes its input on and owns the random numbers of losses and measurements, which the engine seeds by trial.

    `climbs` gives the steps that PGD is to take: none before training, where nobody looks at the result.
    """

    def __init__(self, name: str = "draws", **config: Any) -> None:
        super().__init__(name=name, **config)
        self.in_training, self.in_tests = keras.random.SeedGenerator(), keras.random.SeedGenerator()
        self.climbs: Callable[[], Any] = lambda: attacks.PGD_STEPS

    def call(self, x: Tensor) -> Tensor:
        return x


def mlp(
    pixels: int,
    widths: Sequence[int],
    *,
    dropout: Sequence[float] = (0.0, 0.0),
    noise: float = 0.0,
    regularizer: Any = None,
) -> Any:
    """ReLU layers and ten logits, Glorot-uniform with zero biases; without hidden layers a softmax regression.

    Args:
        dropout: rate of the inputs, rate of hidden units.
        noise: standard deviation of Gaussian noise added to inputs in training.
        regularizer: of every weight matrix.
    """
    inputs = keras.Input((pixels,))
    x = Draws()(inputs)
    x = keras.layers.GaussianNoise(noise)(x) if noise else x
    x = keras.layers.Dropout(dropout[0])(x) if dropout[0] else x
    return keras.Model(inputs, relu_net(x, widths, dropout[1], regularizer))


def relu_net(x: Tensor, widths: Sequence[int], dropout: float = 0.0, regularizer: Any = None) -> Tensor:
    """The hidden layers and logits of `mlp`."""
    for width in widths:
        x = keras.layers.Dense(width, activation="relu", kernel_regularizer=regularizer)(x)
        x = keras.layers.Dropout(dropout)(x) if dropout else x
    return keras.layers.Dense(CLASSES, kernel_regularizer=regularizer)(x)


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Mean of -log p(label), in nats."""
    return ops.mean(ops.logsumexp(logits, axis=-1) - ops.take_along_axis(logits, y[:, None], axis=-1)[:, 0])


def deployed(model: Any) -> attacks.Predict:
    """The net as it is used: without dropout or noise."""
    return lambda x: model(x, training=False)


def clean_loss(model: Any, x: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy, and the penalties on weights where the net has some."""
    return cross_entropy(model(x, training=True), y) + sum(model.losses)


def half_perturbed(move: Move) -> Loss:
    """0.5 J(x) + 0.5 J(moved x), with no gradient through the move (Goodfellow et al. 2015, section 6)."""

    def loss(model: Any, x: Tensor, y: Tensor) -> Tensor:
        both = ops.concatenate([x, ops.stop_gradient(move(model, x, y))])
        return cross_entropy(model(both, training=True), ops.concatenate([y, y]))

    return loss


def by_fgsm(model: Any, x: Tensor, y: Tensor) -> Tensor:
    """The batch moved by FGSM against the net as it is now, with the true labels, and not cut to [0, 1]."""
    return attacks.fgsm(deployed(model), x, y, EPSILON)


def random_signs(x: Tensor, seed: Any) -> Tensor:
    """Plus or minus EPSILON in every pixel, each with probability 1/2."""
    return EPSILON * ops.sign(keras.random.uniform(ops.shape(x), -1.0, 1.0, seed=seed))


def by_noise(model: Any, x: Tensor, y: Tensor) -> Tensor:
    """The batch moved by random signs."""
    return x + random_signs(x, model.get_layer("draws").in_training)


LOSSES: Mapping[str, Loss] = {"clean": clean_loss, "noise": half_perturbed(by_noise), "fgsm": half_perturbed(by_fgsm)}


class Cosine(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A rate that falls to 0 along half a wave of a cosine. Arms that differ in rate or steps share a program."""

    def __init__(self, hyper: Mapping[str, Any]) -> None:
        self.hyper = hyper

    def __call__(self, step: Tensor) -> Tensor:
        passed = ops.cast(step, "float32") / self.hyper["steps"]
        return self.hyper["rate"] * 0.5 * (1 + ops.cos(np.pi * passed))


def experiment(
    settings: Mapping[str, Any],
    build: Callable[[int], Any],
    loss: Loss,
    evaluate: Mapping[str, Evaluation],
) -> Experiment:
    """Adam whose rate falls along a cosine, measured at the end.

    Settings: `rate`, `steps`, and where they differ from the usual ones `train` (a split) and `digits`.
    """
    steps = settings["steps"]
    data = images(settings.get("train", "train"), digits=settings.get("digits", ()))

    def prepared(hyper: Mapping[str, Any]) -> Any:
        net = build(data.x.shape[1])
        net.get_layer("draws").climbs = lambda: ops.cast(attacks.PGD_STEPS * hyper["trained"], "int32")
        return net

    return Experiment(
        build_model=prepared,
        build_optimizer=lambda hyper: keras.optimizers.Adam(Cosine(hyper)),
        loss=loss,
        data=data,
        batch_size=BATCH,
        steps=steps,
        evaluate=evaluate,
        evaluate_every=steps,
        hyper={"rate": settings["rate"], "steps": steps, "trained": 0.0},
        adjust=lambda history, hyper: {"trained": 1.0},  # asked after the evaluation before the first step
    )
