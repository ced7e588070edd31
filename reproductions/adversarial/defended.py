"""Systems made of several nets or several views of an image, and a classifier on top of an autoencoder."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isqrt, log
from typing import Any

import keras
from keras import ops

from common import attacks
from common.training import Evaluation, Experiment
from reproductions.adversarial import measures, model
from reproductions.adversarial.measures import Measure, Predictor, percent
from reproductions.adversarial.model import CLASSES, EPSILON, Tensor

VIEWS = 9
CORRUPTED = 0.25  # of the pixels, set to 0 before they are reconstructed


def ensemble(pixels: int, members: int, widths: Sequence[int]) -> Any:
    """Nets that share nothing but their batches; logits (n, members, classes)."""
    inputs = keras.Input((pixels,))
    drawn = model.Draws()(inputs)
    outputs = [keras.layers.Reshape((1, CLASSES))(model.relu_net(drawn, widths)) for _ in range(members)]
    return keras.Model(inputs, keras.layers.concatenate(outputs, axis=1))


def member(net: Any, number: int) -> attacks.Predict:
    """One net of an ensemble."""
    return lambda x: net(x, training=False)[:, number]


def first_member(net: Any) -> attacks.Predict:
    return member(net, 0)


def averaged(net: Any) -> attacks.Predict:
    """Log of the mean probability over the members."""
    return lambda x: mean_probability(net(x, training=False), axis=1)


def mean_probability(logits: Tensor, axis: int) -> Tensor:
    return ops.logsumexp(ops.log_softmax(logits), axis=axis) - log(logits.shape[axis])


def members_loss(net: Any, x: Tensor, y: Tensor) -> Tensor:
    """The sum of the members' losses, so that each is trained as if alone."""
    logits = net(x, training=True)
    return sum(model.cross_entropy(logits[:, number], y) for number in range(logits.shape[1]))


def views(x: Tensor) -> Tensor:
    """(n, 9, pixels) images moved by -s, 0 or s pixels each way, s = 3 of 28, with black moving in; the centre is 4."""
    side = isqrt(x.shape[-1])
    shift = round(3 * side / 28)
    framed = ops.pad(ops.reshape(x, (-1, side, side)), [(0, 0), (shift, shift), (shift, shift)])
    places = [(down * shift, right * shift) for down in range(3) for right in range(3)]
    cut = [framed[:, down : down + side, right : right + side] for down, right in places]
    return ops.stack([ops.reshape(view, (-1, side * side)) for view in cut], axis=1)


def voted(net: Any) -> attacks.Predict:
    """Log of the mean probability over the nine views."""

    def predict(x: Tensor) -> Tensor:
        logits = net(ops.reshape(views(x), (-1, x.shape[-1])), training=False)
        return mean_probability(ops.reshape(logits, (-1, VIEWS, CLASSES)), axis=1)

    return predict


def shifted_loss(net: Any, x: Tensor, y: Tensor) -> Tensor:
    """Each image in one view drawn at random, as a net that is to vote over views must know them."""
    chosen = keras.random.randint((ops.shape(x)[0],), 0, VIEWS, seed=net.get_layer("draws").in_training)
    seen = ops.take_along_axis(views(x), ops.reshape(chosen, (-1, 1, 1)), axis=1)[:, 0]
    return model.cross_entropy(net(seen, training=True), y)


def through(system: Predictor, part: Predictor) -> Measure:
    """Errors of a system on FGSM examples made for one part of it, and of that part alone, clean and attacked."""

    def measure(net: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        moved = attacks.fgsm(part(net), x, y, EPSILON)
        found = {"error": (system, moved), "own_error": (part, moved), "own_clean_error": (part, x)}
        wrong = {name: attacks.fooled(predictor(net), at, x, y, EPSILON) for name, (predictor, at) in found.items()}
        kept = attacks.within_budget(moved, x, EPSILON)
        return {name: percent(flags) for name, flags in wrong.items()} | {"budget_kept": measures.share(kept)}

    return measure


def autoencoder(pixels: int, width: int) -> Any:
    """Two hidden layers that serve a classifier and, through a third, a decoder: logits and decoded pixels' logits."""
    inputs = keras.Input((pixels,))
    code = model.Draws()(inputs)
    for _ in range(2):
        code = keras.layers.Dense(width, activation="relu")(code)
    decoded = keras.layers.Dense(pixels)(keras.layers.Dense(width, activation="relu")(code))
    return keras.Model(inputs, [keras.layers.Dense(CLASSES)(code), decoded])


def classifier(net: Any) -> attacks.Predict:
    return lambda x: net(x, training=False)[0]


def pretrained(settings: Mapping[str, Any], width: int, evaluate: Mapping[str, Evaluation]) -> Experiment:
    """A denoising autoencoder for `pretraining` steps, then the classifier on its hidden layers for the rest.

    Which of the two it is stands in a hyper-parameter that changes; both parts have one falling rate.
    """
    phase: dict[str, Any] = {}  # the scalars of the program, which exist once it is built

    def loss(net: Any, x: Tensor, y: Tensor) -> Tensor:
        kept = keras.random.uniform(ops.shape(x), seed=net.get_layer("draws").in_training) >= CORRUPTED

        def reconstruction() -> Tensor:
            decoded = net(x * ops.cast(kept, x.dtype))[1]
            return ops.mean(ops.softplus(decoded) - x * decoded)

        return ops.cond(phase["pretraining"] > 0.5, reconstruction, lambda: model.cross_entropy(net(x)[0], y))

    base = model.experiment(settings, lambda pixels: autoencoder(pixels, width), loss, evaluate)
    every, steps = settings["pretraining"], settings["steps"]

    def build(hyper: Mapping[str, Any]) -> Any:
        phase.update(hyper)
        return base.build_model(hyper)

    def adjust(history: Mapping[str, Sequence[float]], hyper: Mapping[str, float]) -> Mapping[str, float]:
        """After the evaluation number n, which the steps from n · `pretraining` on follow."""
        number = len(next(iter(history.values())))
        return {"pretraining": float(number < 2), "trained": float(number * every >= steps)}

    return replace(
        base, build_model=build, hyper={**base.hyper, "pretraining": 1.0}, evaluate_every=every, adjust=adjust
    )
