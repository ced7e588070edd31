"""A penalty on how far the prediction moves, in the FGSM direction or in the virtual adversarial one."""

from collections.abc import Callable, Mapping
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


def penalised(move: Move, weight: float, share: float = 0.0) -> Loss:
    """(1 - share) · J(x) + share · J(moved x) + weight · KL(p(x) || p(moved x)).

    Neither the move nor the first distribution of the divergence carries a gradient.
    """

    def loss(net: Any, x: Tensor, y: Tensor) -> Tensor:
        logits = net(ops.concatenate([x, ops.stop_gradient(move(net, x, y))]), training=True)
        clean, moved = ops.split(logits, 2)
        change = divergence(ops.stop_gradient(ops.log_softmax(clean)), ops.log_softmax(moved))
        fitted = model.cross_entropy(clean, y)
        if share:
            fitted = (1 - share) * fitted + share * model.cross_entropy(moved, y)
        return fitted + weight * ops.mean(change)

    return loss


LOSSES: Mapping[str, Callable[[float], Loss]] = {
    "fgsm_and_kl": lambda weight: penalised(model.by_fgsm, weight, share=0.5),  # on top of training on FGSM examples
    "kl_fgsm": lambda weight: penalised(model.by_fgsm, weight),
    "kl_virtual": lambda weight: penalised(virtual, weight),
}
"""By the weight of the penalty."""
