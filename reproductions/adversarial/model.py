"""Nets on images of digits, losses that look at perturbed images, and what attacks on a net come to.

Budgets are in units of the pixel range [0, 1] and hold for each pixel. The numbers that are judged leave the perturbed
image as it is, as Goodfellow et al. 2015 mention no clipping; those cut to [0, 1] stand beside them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isqrt
from typing import Any

import keras
import numpy as np
from keras import ops

from common import attacks, datasets
from common.training import Arrays, Evaluation, Experiment, Run

CLASSES = 10
EPSILON = 0.25
EPSILONS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5)  # of the curves; at 0.5 any image can be turned into plain grey
ATTACKED, DRAWN = 2_000, 500  # images attacked by PGD at EPSILON, and at each of EPSILONS: the first of the split
BATCH = 128
Tensor = Any
Loss = Callable[[Any, Tensor, Tensor], Tensor]
Measure = Callable[[Any, Tensor, Tensor], Mapping[str, Tensor]]
Predictor = Callable[[Any], attacks.Predict]  # a model to what is attacked: images to scores of the classes


def images(split: str, size: int | None = None, digits: Sequence[int] = ()) -> Arrays:
    """Images (n, pixels) and labels of `train`, `validation`, `test` or `train+validation`, in the order of their hash.

    Args:
        size: the first so many; all where there are fewer.
        digits: two of them, which become classes 0 and 1; else all ten.
    """
    data = datasets.load_images()
    parts = [getattr(data, name) for name in split.split("+")]
    x, y = np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts])
    if digits:
        kept = np.isin(y, digits)
        x, y = x[kept], (y[kept] == digits[1]).astype(np.int32)
    return Arrays(x[:size], y[:size])


class Draws(keras.layers.Layer):  # type: ignore[misc]
    """Passes its input on and owns the random numbers of losses and measurements, which the engine seeds by trial."""

    def __init__(self, name: str = "draws", **config: Any) -> None:
        super().__init__(name=name, **config)
        self.in_training, self.in_tests = keras.random.SeedGenerator(), keras.random.SeedGenerator()

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
    return keras.Model(inputs, _relu_net(x, widths, dropout[1], regularizer))


def _relu_net(x: Tensor, widths: Sequence[int], dropout: float = 0.0, regularizer: Any = None) -> Tensor:
    for width in widths:
        x = keras.layers.Dense(width, activation="relu", kernel_regularizer=regularizer)(x)
        x = keras.layers.Dropout(dropout)(x) if dropout else x
    return keras.layers.Dense(CLASSES, kernel_regularizer=regularizer)(x)


def ensemble(pixels: int, members: int, widths: Sequence[int]) -> Any:
    """Nets that share nothing but their batches; logits (n, members, classes)."""
    inputs = keras.Input((pixels,))
    drawn = Draws()(inputs)
    outputs = [keras.layers.Reshape((1, CLASSES))(_relu_net(drawn, widths)) for _ in range(members)]
    return keras.Model(inputs, keras.layers.concatenate(outputs, axis=1))


def member(model: Any, number: int) -> attacks.Predict:
    """One net of an ensemble."""
    return lambda x: model(x, training=False)[:, number]


def cnn(pixels: int, filters: Sequence[int] = (8, 16)) -> Any:
    """Convolutions of 5×5 with stride 2, ReLU, and ten logits."""
    inputs = keras.Input((pixels,))
    x = keras.layers.Reshape((isqrt(pixels), isqrt(pixels), 1))(Draws()(inputs))
    for count in filters:
        x = keras.layers.Conv2D(count, 5, strides=2, padding="same", activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(CLASSES)(keras.layers.Flatten()(x)))


def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Mean of -log p(label), in nats."""
    return ops.mean(ops.logsumexp(logits, axis=-1) - ops.take_along_axis(logits, y[:, None], axis=-1)[:, 0])


def deployed(model: Any) -> attacks.Predict:
    """The net as it is used: without dropout or noise."""
    return lambda x: model(x, training=False)


def clean_loss(model: Any, x: Tensor, y: Tensor) -> Tensor:
    return cross_entropy(model(x, training=True), y) + sum(model.losses)


def _with(moved: Callable[[Any, Tensor, Tensor], Tensor]) -> Loss:
    """0.5 J(x) + 0.5 J(moved x), with no gradient through the move."""

    def loss(model: Any, x: Tensor, y: Tensor) -> Tensor:
        both = ops.concatenate([x, ops.stop_gradient(moved(model, x, y))])
        return cross_entropy(model(both, training=True), ops.concatenate([y, y]))

    return loss


def adversarial(model: Any, x: Tensor, y: Tensor) -> Tensor:
    """The batch moved by FGSM against the net as it is now."""
    return attacks.fgsm(deployed(model), x, y, EPSILON)


def random_signs(x: Tensor, seed: Any) -> Tensor:
    """Plus or minus EPSILON in every pixel, each with probability 1/2."""
    return EPSILON * ops.sign(keras.random.uniform(ops.shape(x), -1.0, 1.0, seed=seed))


def noisy(model: Any, x: Tensor, y: Tensor) -> Tensor:
    """The batch moved by random signs."""
    return x + random_signs(x, model.get_layer("draws").in_training)


LOSSES: Mapping[str, Loss] = {"clean": clean_loss, "noise": _with(noisy), "fgsm": _with(adversarial)}


def under_fgsm(predictor: Predictor = deployed) -> Measure:
    """Clean error; FGSM at EPSILON, and clipped, and how sure the errors are; noise and other patterns of that size."""

    def measure(model: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        predict, draws = predictor(model), model.get_layer("draws").in_tests

        def errors(moved: Tensor, clip: bool = False) -> Tensor:
            return ops.cast(attacks.fooled(predict, moved, x, y, EPSILON, clip=clip), "float32")

        moved = attacks.fgsm(predict, x, y, EPSILON)
        clipped = attacks.fgsm(predict, x, y, EPSILON, clip=True)
        pattern = moved - x
        wrong = errors(moved)
        shuffle = ops.argsort(keras.random.uniform((x.shape[-1],), seed=draws))
        return {
            "error": ops.mean(errors(x)),
            "confidence": ops.mean(confidence(predict(x))),
            "fgsm_error": ops.mean(wrong),
            "fgsm_wrong_confidence": ops.mean(wrong * confidence(predict(moved))),
            "fgsm_clipped_error": ops.mean(errors(clipped, clip=True)),
            "sign_noise_error": ops.mean(errors(x + random_signs(x, draws))),
            "uniform_noise_error": ops.mean(
                errors(x + keras.random.uniform(ops.shape(x), -EPSILON, EPSILON, seed=draws))
            ),
            "others_pattern_error": ops.mean(errors(x + ops.roll(pattern, 1, axis=0))),
            "shuffled_pattern_error": ops.mean(errors(x + ops.take(pattern, shuffle, axis=1))),
            "budget_broken": ops.sum(
                ops.cast(~attacks.within_budget(moved, x, EPSILON), "float32")
                + ops.cast(~attacks.within_budget(clipped, x, EPSILON, clip=True), "float32")
            ),
            "still_pixels": ops.mean(ops.cast(moved == x, "float32")),
        }

    return measure


def confidence(scores: Tensor) -> Tensor:
    """(n,) the largest probability."""
    return ops.max(ops.softmax(scores), axis=-1)


def under_pgd(predictor: Predictor = deployed, epsilons: Sequence[float] = (EPSILON,)) -> Measure:
    """FGSM, FGSM clipped and PGD-40 on the same images at every budget, and the share of planted examples PGD finds."""

    def measure(model: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        predict, draws = predictor(model), model.get_layer("draws").in_tests
        found: dict[str, Tensor] = {"planted_found": ops.min(ops.stack(planted_shares(x.shape[-1], draws)))}
        for epsilon in epsilons:
            start = keras.random.uniform(ops.shape(x), -epsilon, epsilon, seed=draws)
            moved = {
                "fgsm": attacks.fgsm(predict, x, y, epsilon),
                "fgsm_clipped": attacks.fgsm(predict, x, y, epsilon, clip=True),
                "pgd": attacks.pgd(predict, x, y, epsilon, start=start),
            }
            for name, inputs in moved.items():
                wrong = attacks.fooled(predict, inputs, x, y, epsilon, clip=name.endswith("clipped"))
                found[f"{name}_{1000 * epsilon:.0f}"] = ops.mean(ops.cast(wrong, "float32"))
        return found

    return measure


def planted_shares(pixels: int, seed: Any) -> list[Tensor]:
    """What FGSM and PGD, as they are used here, find of what was planted."""

    def climb(predict: attacks.Predict, x: Tensor, y: Tensor) -> Tensor:
        return attacks.pgd(
            predict, x, y, EPSILON, start=keras.random.uniform(ops.shape(x), -EPSILON, EPSILON, seed=seed)
        )

    def leap(predict: attacks.Predict, x: Tensor, y: Tensor) -> Tensor:
        return attacks.fgsm(predict, x, y, EPSILON)

    return [attacks.finds_planted(attack, pixels, EPSILON) for attack in (leap, climb)]


def evaluation(data: Arrays, measure: Measure) -> Evaluation:
    """Over all of `data`, 500 at a time where that comes out even."""
    size = len(data.y)
    return Evaluation(data, measure, size=size, batch_size=500 if size % 500 == 0 else size)


class Cosine(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A rate that falls to 0 along half a wave of a cosine. Arms that differ in rate or steps share a program."""

    def __init__(self, hyper: Mapping[str, Any]) -> None:
        self.hyper = hyper

    def __call__(self, step: Tensor) -> Tensor:
        passed = ops.cast(step, "float32") / self.hyper["steps"]
        return self.hyper["rate"] * 0.5 * (1 + ops.cos(np.pi * passed))


def experiment(
    settings: Mapping[str, Any], build: Callable[[int], Any], loss: Loss, predictor: Predictor = deployed
) -> Experiment:
    """Adam whose rate falls along a cosine, unless `sgd` asks for the recipe of maxout nets; measured at both ends.

    Settings: `rate`, `steps`, `train` and `test` (splits), `digits`, `tested` and `attacked` (how many images), `curve`
    (whether at each of EPSILONS), `epsilons` of the attacked images.
    """
    steps, rate, digits = settings["steps"], settings["rate"], settings.get("digits", ())
    train = images(settings.get("train", "train"), digits=digits)
    test, attacked, drawn = (
        images(settings["test"], size, digits) for size in (settings["tested"], settings["attacked"], DRAWN)
    )
    evaluate = {
        "test": evaluation(test, under_fgsm(predictor)),
        "attacked": evaluation(attacked, under_pgd(predictor, settings.get("epsilons", (EPSILON,)))),
        "drawn": evaluation(drawn, under_pgd(predictor, EPSILONS)),
    }
    return Experiment(
        build_model=lambda hyper: build(train.x.shape[1]),
        build_optimizer=lambda hyper: (
            keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(rate, 1, 1 / 1.000004), momentum=0.5)
            if settings.get("sgd")
            else keras.optimizers.Adam(Cosine(hyper))
        ),
        loss=loss,
        data=train,
        batch_size=BATCH,
        steps=steps,
        evaluate={name: one for name, one in evaluate.items() if name != "drawn" or settings.get("curve")},
        evaluate_every=steps,
        hyper={"rate": rate, "steps": steps},
    )


def finished(runs: Iterable[Run]) -> Iterator[Run]:
    """Adds what follows from a run's metrics; its curves become errors over budgets in thousandths of the range."""
    for run in runs:
        metrics = {name: value for name, value in run.metrics.items() if not name.startswith("drawn_")}
        curves = {
            attack: [
                (round(1000 * e), run.metrics[f"drawn_{attack}_{1000 * e:.0f}"] or 0.0)
                for e in EPSILONS
                if f"drawn_{attack}_{1000 * e:.0f}" in run.metrics
            ]
            for attack in ("fgsm", "fgsm_clipped", "pgd")
        }
        if metrics.get("test_error") is not None:
            clean, wrong, noisy = (metrics[f"test_{name}error"] or 0.0 for name in ("", "fgsm_", "sign_noise_"))
            sure = metrics.pop("test_fgsm_wrong_confidence") or 0.0
            metrics |= {
                "test_fgsm_confidence": sure / wrong if wrong else None,
                "test_sign_noise_excess": noisy - clean,
                "test_fgsm_over_sign_noise": wrong / max(noisy, 1e-4),  # one image of the test set
                "attacked_pgd_gain": (metrics["attacked_pgd_250"] or 0.0) - (metrics["attacked_fgsm_250"] or 0.0),
            }
        yield replace(run, metrics=metrics, curves={name: points for name, points in curves.items() if points})
