"""What does training on perturbed images do to a net's errors on perturbed and on clean ones?

The nets of `fooled` with FGSM examples made anew for every batch, with random signs of that size, or with a penalty on
the change of the prediction, in the FGSM direction or in the virtual adversarial one. Two nets side by side in one
trial, one trained on clean images and one on FGSM examples, show what examples made for one do to the other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
from keras import ops

from common import attacks
from common.gradients import input_gradient
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Experiment, Run, Tensor, train
from reproductions.adversarial import model

DATASET = "images"
VIRTUAL_NORM, NEARBY_NORM = 2.1, 0.1  # L2: of the virtual adversarial direction, and of the step that finds it
STEPS = 3_906  # ten epochs of 50 000 images, as in `fooled`
QUICK: dict[str, Any] = {"steps": 400, "test": "validation", "tested": 2_000, "attacked": 500, "rate": 3e-3}
FULL: dict[str, Any] = {"steps": STEPS, "test": "test", "tested": 10_000, "attacked": model.ATTACKED}
RATES = {"noise": 1e-3, "fgsm": 1e-3, "kl_fgsm": 1e-3, "kl_virtual": 1e-3}
WEIGHTS = {"kl_fgsm": 1.0, "kl_virtual": 1.0}
PILOT_RATES, PILOT_WEIGHTS, PILOT_STEPS = (3e-4, 1e-3, 3e-3), (0.5, 1.0, 2.0), 600
NETS: Mapping[str, Callable[[int], Any]] = {
    "mlp": lambda pixels: model.mlp(pixels, (512, 512)),
    "mlp_dropout": lambda pixels: model.mlp(pixels, (512, 512), dropout=(0.2, 0.5)),
    "cnn": model.cnn,
    "pair": lambda pixels: model.ensemble(pixels, 2, (512, 512)),
    "small_mlp": lambda pixels: model.mlp(pixels, (64, 64)),
}
ARMS = (  # net, loss, seeds, expected seconds of a seed
    ("mlp", "noise", 5, 55),
    ("mlp", "fgsm", 10, 75),
    ("mlp", "kl_fgsm", 10, 65),
    ("mlp", "kl_virtual", 10, 70),
    ("mlp_dropout", "fgsm", 10, 75),
    ("cnn", "fgsm", 5, 120),
    ("pair", "fgsm", 5, 95),
)
QUICK_LOSSES = ("fgsm", "kl_virtual")


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(
            _arm(net, loss, FULL | {"curve": (net, loss) == ("mlp", "fgsm")}, tuple(range(n)), seconds=seconds)
            for net, loss, n, seconds in ARMS
        )
    if tier == "quick":
        return tuple(_arm("small_mlp", loss, QUICK, tuple(range(4)), "_quick") for loss in QUICK_LOSSES)
    if tier == "pilot":
        pilots = tuple(range(PILOT_SEEDS, PILOT_SEEDS + 50))
        tried = QUICK | {"steps": PILOT_STEPS}
        rates = [("fgsm", "rate", rate) for rate in PILOT_RATES]
        weights = [(loss, "weight", weight) for loss in WEIGHTS for weight in PILOT_WEIGHTS]
        choices = (
            _arm("mlp", loss, tried | {"rate": RATES[loss]} | {what: value}, pilots[:2], f"_{what}_{value:g}", 30)
            for loss, what, value in rates + weights
        )
        return (*(replace(arm, seeds=pilots) for arm in arms("quick")), *choices)
    return ()


def _arm(
    net: str,
    loss: str,
    settings: Mapping[str, Any],
    seeds: tuple[int, ...],
    suffix: str = "",
    seconds: float = 2.0,
) -> Arm:
    weight = {"weight": WEIGHTS[loss]} if loss in WEIGHTS else {}
    given = {"net": net, "loss": loss, "rate": RATES[loss], **weight, **settings}
    return Arm(f"{net}_{loss}{suffix}", given, seeds, seconds=seconds)


def experiment(settings: Mapping[str, Any]) -> Experiment:
    build = NETS[settings["net"]]
    if settings["net"] != "pair":
        return model.experiment(settings, build, loss_of(settings))
    trained = model.experiment(settings, build, side_by_side, lambda pair: model.member(pair, 1))
    attacked = model.images(settings["test"], settings["attacked"])
    return replace(trained, evaluate={**trained.evaluate, "transfer": model.evaluation(attacked, transfer)})


def loss_of(settings: Mapping[str, Any]) -> model.Loss:
    directions = {"kl_fgsm": model.adversarial, "kl_virtual": virtual}
    name = settings["loss"]
    return penalised(directions[name], settings["weight"]) if name in directions else model.LOSSES[name]


def virtual(net: Any, x: Tensor, y: Tensor) -> Tensor:
    """x moved by L2 norm 2.1 to where the prediction changes most: one power iteration (Miyato et al. 2016, eq. 8)."""
    predict = model.deployed(net)
    before = ops.stop_gradient(ops.log_softmax(predict(x)))
    start = _of_norm(NEARBY_NORM, keras.random.normal(ops.shape(x), seed=net.get_layer("draws").in_training))
    slope = input_gradient(lambda moved: ops.sum(divergence(before, ops.log_softmax(predict(moved)))), x + start)
    return x + _of_norm(VIRTUAL_NORM, slope)


def _of_norm(norm: float, x: Tensor) -> Tensor:
    largest = ops.max(ops.abs(x), axis=-1, keepdims=True) + 1e-30  # else the squares of a small gradient vanish
    return norm * (x / largest) / (ops.norm(x / largest, axis=-1, keepdims=True) + 1e-30)


def divergence(before: Tensor, after: Tensor) -> Tensor:
    """(n,) Kullback-Leibler divergence of two log-distributions, in nats."""
    return ops.sum(ops.exp(before) * (before - after), axis=-1)


def penalised(move: Callable[[Any, Tensor, Tensor], Tensor], weight: float) -> model.Loss:
    """J(x) + weight · KL(p(x) || p(moved x)); neither the move nor the first distribution carries a gradient."""

    def loss(net: Any, x: Tensor, y: Tensor) -> Tensor:
        logits = net(ops.concatenate([x, ops.stop_gradient(move(net, x, y))]), training=True)
        clean, moved = ops.split(logits, 2)
        change = divergence(ops.stop_gradient(ops.log_softmax(clean)), ops.log_softmax(moved))
        return model.cross_entropy(clean, y) + weight * ops.mean(change)

    return loss


def side_by_side(pair: Any, x: Tensor, y: Tensor) -> Tensor:
    """Ordinary training of the first net plus adversarial training of the second; they share nothing but batches."""
    first, second = (model.member(pair, number) for number in (0, 1))
    moved = ops.stop_gradient(attacks.fgsm(second, x, y, model.EPSILON))
    perturbed = 0.5 * (model.cross_entropy(second(x), y) + model.cross_entropy(second(moved), y))
    return model.cross_entropy(first(x), y) + perturbed


def transfer(pair: Any, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Errors of each net on the FGSM examples made for the other; and of the first on its own."""
    first, second = (model.member(pair, number) for number in (0, 1))
    ours, theirs = (attacks.fgsm(net, x, y, model.EPSILON) for net in (first, second))
    found = {"to_trained": (second, ours), "to_clean": (first, theirs), "clean_own": (first, ours)}
    return {
        name: ops.mean(ops.cast(attacks.fooled(net, moved, x, y, model.EPSILON), "float32"))
        for name, (net, moved) in found.items()
    }


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from model.finished(train(experiment(settings), seeds, lanes=lanes))
