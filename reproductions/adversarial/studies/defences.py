"""Do ensembles, votes over several views and unsupervised pre-training keep a net from being fooled?

Each defended system is attacked as it is used, with its own gradient, and through less: an ensemble through one of its
members, a vote through its central view. Their numbers without the defence are those of the member and of that view.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isqrt, log
from typing import Any

import keras
from keras import ops

from common import attacks
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, Tensor, train
from reproductions.adversarial import model

DATASET = "images"
MEMBERS, WIDTHS = 12, (256, 256)
FULL: dict[str, Any] = {"test": "test", "tested": 10_000, "attacked": model.ATTACKED, "rate": 1e-3}
QUICK: dict[str, Any] = {"test": "validation", "tested": 2_000, "attacked": 500, "rate": 3e-3}
STEPS = {"ensemble": 1_953, "saccades": 3_906, "pretrained": 5_859}  # 5, 10 and 5 + 10 epochs of 50 000 images
CORRUPTED = 0.25  # of the pixels, set to 0 before they are reconstructed
NETS: Mapping[str, Callable[[int], Any]] = {
    "ensemble": lambda pixels: model.ensemble(pixels, MEMBERS, WIDTHS),
    "small_ensemble": lambda pixels: model.ensemble(pixels, 4, (64, 64)),
    "saccades": lambda pixels: model.mlp(pixels, (512, 512)),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        seconds = {"ensemble": 120.0, "saccades": 85.0, "pretrained": 80.0}
        own = {"saccades": {"tested": 2_000}, "pretrained": {"pretraining": 1_953}}  # nine views of each; steps
        return tuple(
            Arm(name, {"net": name, "steps": STEPS[name], **FULL, **own.get(name, {})}, tuple(range(10)), seconds=s)
            for name, s in seconds.items()
        )
    if tier in ("quick", "pilot"):
        seeds = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50)) if tier == "pilot" else tuple(range(4))
        return (Arm("ensemble_quick", {"net": "small_ensemble", "steps": 400, **QUICK}, seeds, seconds=3),)
    return ()


def experiment(settings: Mapping[str, Any]) -> Experiment:
    if settings["net"] == "pretrained":
        return pretrained(settings)
    votes = settings["net"] == "saccades"
    system, weaker, loss = (voted, central, shifted_loss) if votes else (averaged, first_member, members_loss)
    trained = model.experiment(settings, NETS[settings["net"]], loss, system)
    attacked = model.images(settings["test"], settings["attacked"])
    partly = model.evaluation(attacked, through(system, weaker))
    return replace(trained, evaluate={**trained.evaluate, "through_part": partly})


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from model.finished(train(experiment(settings), seeds, lanes=lanes))


def through(system: model.Predictor, part: model.Predictor) -> model.Measure:
    """Errors of a system on FGSM examples made for one part of it, and of that part alone, clean and attacked."""

    def measure(net: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        moved = attacks.fgsm(part(net), x, y, model.EPSILON)
        found = {"error": (system, moved), "part_error": (part, moved), "part_clean_error": (part, x)}
        return {
            name: ops.mean(ops.cast(attacks.fooled(predictor(net), inputs, x, y, model.EPSILON), "float32"))
            for name, (predictor, inputs) in found.items()
        }

    return measure


def averaged(net: Any) -> attacks.Predict:
    """Log of the mean probability over the members."""
    return lambda x: mean_probability(net(x, training=False), axis=1)


def first_member(net: Any) -> attacks.Predict:
    return model.member(net, 0)


def members_loss(net: Any, x: Tensor, y: Tensor) -> Tensor:
    """The sum of the members' losses, so that each is trained as if alone."""
    logits = net(x, training=True)
    return sum(model.cross_entropy(logits[:, number], y) for number in range(logits.shape[1]))


def mean_probability(logits: Tensor, axis: int) -> Tensor:
    return ops.logsumexp(ops.log_softmax(logits), axis=axis) - log(logits.shape[axis])


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
        seen = views(x)
        logits = net(ops.reshape(seen, (-1, x.shape[-1])), training=False)
        return mean_probability(ops.reshape(logits, (-1, 9, model.CLASSES)), axis=1)

    return predict


def central(net: Any) -> attacks.Predict:
    return model.deployed(net)


def shifted_loss(net: Any, x: Tensor, y: Tensor) -> Tensor:
    """Each image in one view drawn at random, as a net that is to vote over views must know them."""
    seed = net.get_layer("draws").in_training
    chosen = keras.random.randint((ops.shape(x)[0],), 0, 9, seed=seed)
    seen = ops.take_along_axis(views(x), ops.reshape(chosen, (-1, 1, 1)), axis=1)[:, 0]
    return model.cross_entropy(net(seen, training=True), y)


def autoencoder(pixels: int) -> Any:
    """Two hidden layers of 512 that serve a classifier and, through a third, a decoder: logits and decoded pixels."""
    inputs = keras.Input((pixels,))
    code = model.Draws()(inputs)
    for _ in range(2):
        code = keras.layers.Dense(512, activation="relu")(code)
    decoded = keras.layers.Dense(pixels)(keras.layers.Dense(512, activation="relu")(code))
    return keras.Model(inputs, [keras.layers.Dense(model.CLASSES)(code), decoded])


def pretrained(settings: Mapping[str, Any]) -> Experiment:
    """A denoising autoencoder first, then the classifier on its hidden layers, by a hyper-parameter that changes."""
    phase: dict[str, Any] = {}

    def build(hyper: Mapping[str, Any]) -> Any:
        phase.update(hyper)  # the loss, too, must read it
        return autoencoder(model.images("train", 1).x.shape[1])

    def loss(net: Any, x: Tensor, y: Tensor) -> Tensor:
        kept = keras.random.uniform(ops.shape(x), seed=net.get_layer("draws").in_training) >= CORRUPTED

        def reconstruction() -> Tensor:
            decoded = net(x * ops.cast(kept, x.dtype))[1]
            return ops.mean(ops.softplus(decoded) - x * decoded)

        return ops.cond(phase["pretraining"] > 0.5, reconstruction, lambda: model.cross_entropy(net(x)[0], y))

    base = model.experiment(settings, autoencoder, loss, lambda net: lambda x: net(x, training=False)[0])
    return replace(
        base,
        build_model=build,
        hyper={**base.hyper, "pretraining": 1.0},
        evaluate_every=settings["pretraining"],
        adjust=lambda history, hyper: {"pretraining": float(len(history["test_error"]) < 2)},
    )
