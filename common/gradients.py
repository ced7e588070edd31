"""The gradient with respect to a model's input, on every backend, inside a loss or a metric as well as outside.

Adversarial perturbations are made of it: Goodfellow, Shlens & Szegedy 2015, section 4.
"""

from collections.abc import Callable
from typing import Any

import keras

Tensor = Any


def input_gradient(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The gradient of `function`, which maps `x` to a scalar, at `x`; of the shape of `x`.

    What `function` does to the model's state (dropout's seed, moving averages) is done once. Inside
    `keras.ops.fori_loop` it must do nothing of the kind: call the model with `training=False` there.
    The result carries no gradient on TensorFlow unless an outer tape watches, so treat it as a constant:
    `keras.ops.stop_gradient`.
    """
    return _GRADIENTS[keras.backend.backend()](function, x)


def _jax(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    import jax
    from keras.src.backend.common.stateless_scope import get_stateless_scope, in_stateless_scope

    if not in_stateless_scope():
        return jax.grad(function)(x)
    # Values that a variable takes inside jax.grad belong to its trace: they leave it as a second result, or leak.
    held = get_stateless_scope().state_mapping

    def with_state(x: Tensor) -> tuple[Tensor, dict[int, Tensor]]:
        before = dict(held)
        value = function(x)
        changed = {key: new for key, new in held.items() if before.get(key) is not new}
        held.clear()
        held.update(before)
        return value, changed

    gradient, changed = jax.grad(with_state, has_aux=True)(x)
    held.update(changed)
    return gradient


def _tensorflow(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    import tensorflow as tf

    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return tape.gradient(value, x)


def _torch(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    import torch

    with torch.enable_grad():
        leaf = x.detach().requires_grad_()
        return torch.autograd.grad(function(leaf), leaf)[0]


_GRADIENTS = {"jax": _jax, "tensorflow": _tensorflow, "torch": _torch}
