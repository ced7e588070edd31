"""A penalty on how far the prediction moves, in the FGSM direction or in the virtual adversarial one."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from common.gradients import input_gradient
from reproductions.adversarial import model
from reproductions.adversarial.model import Loss, Move, Tensor

VIRTUAL_NORM, NEARBY_NORM = 2.1, 0.1  # L2: of the virtual adversarial direction, and of the step that finds it


def virtual(net: Any, x: Tensor, y: Tensor) -> Tensor:
    """x moved by L2 norm 2.1 to where the prediction changes most: one power iteration (Miyato et al. 2016).

    The gradient of the divergence at x + a small random step is the Hessian at x times that step.
    """
    predict = model.deployed(net)
    before = ops.stop_gradient(ops.log_softmax(predict(x)))
    start = of_norm(NEARBY_NORM, keras.random.normal(ops.shape(x), seed=net.get_layer("draws").in_training))
    slope = input_gradient(lambda moved: ops.sum(divergence(before, ops.log_softmax(predict(moved)))), x + start)
    return x + of_norm(VIRTUAL_NORM, slope)


def of_norm(norm: float, x: Tensor) -> Tensor:
    """Each row of x, stretched to an L2 norm; zeros stay zeros."""
    largest = ops.max(ops.abs(x), axis=-1, keepdims=True) + 1e-30  # else the squares of a small gradient vanish
    return norm * (x / largest) / (ops.norm(x / largest, axis=-1, keepdims=True) + 1e-30)


def divergence(before: Tensor, after: Tensor) -> Tensor:
    """(n,) Kullback-Leibler divergence of two log-distributions, in nats."""
    return ops.sum(ops.exp(before) * (before - after), axis=-1)


def penalised(move: Move, weight: float) -> Loss:
    """J(x) + weight · KL(p(x) || p(moved x)); neither the move nor the first distribution carries a gradient."""

    def loss(net: Any, x: Tensor, y: Tensor) -> Tensor:
        logits = net(ops.concatenate([x, ops.stop_gradient(move(net, x, y))]), training=True)
        clean, moved = ops.split(logits, 2)
        change = divergence(ops.stop_gradient(ops.log_softmax(clean)), ops.log_softmax(moved))
        return model.cross_entropy(clean, y) + weight * ops.mean(change)

    return loss


MOVES: Mapping[str, Move] = {"kl_fgsm": model.by_fgsm, "kl_virtual": virtual}
