"""Gradients with respect to a model's input, and gradients clipped by their global norm; on every backend.

Adversarial perturbations are made of the first: Goodfellow, Shlens & Szegedy 2015, section 4. Those work inside a loss
or a metric as well as outside.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

Tensor = Any
SMALLEST = 1e-30  # keeps the norm of a gradient of zeros from dividing by zero
HUGE = 2.0**64


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


def global_norm(gradients: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """The norm of all gradients as two factors, largest entry and rest: the square of a large one would overflow."""
    largest = ops.maximum(ops.max(ops.stack([ops.max(ops.abs(g)) for g in gradients])), SMALLEST)
    down = _down(largest)
    return largest, ops.sqrt(sum(ops.sum(ops.square(g * down / (largest * down))) for g in gradients))


def _down(largest: Tensor) -> Tensor:
    """What brings the largest entry into a range whose reciprocal is a normal number: compilers divide by it."""
    return ops.where(largest > HUGE, 1 / HUGE, 1.0)


def clipped(gradients: Sequence[Tensor | None], norm: Tensor | float) -> list[Tensor | None]:
    """The gradients scaled down together to a global norm of at most `norm` (Pascanu et al. 2013, algorithm 1).

    Exact for every finite gradient, where Keras squares one and so has no norm from 1.8e19 on: `global_clipnorm` turns
    all of it into nan, `clipnorm` into 0. What holds an infinity or a nan becomes all nan, as there.
    """
    dense = [None if g is None else ops.convert_to_tensor(g) for g in gradients]
    if not (known := [g for g in dense if g is not None]):
        return dense
    largest, rest = global_norm(known)
    within = norm / largest >= rest  # false for nan
    down = ops.where(within, 1.0, _down(largest))
    divisor, factor = ops.where(within, 1.0, largest * down), ops.where(within, 1.0, norm / rest)
    return [None if g is None else g * down / divisor * factor for g in dense]


def clipping(optimizer: Any, norm: Any) -> Any:
    """The class of Keras optimizers `optimizer`, with its gradients `clipped` to a global norm in place of Keras' way.

    `clipping(keras.optimizers.Adam, 1.0)(1e-3)` is an optimizer. The norm may be a scalar of `hyper`, which Keras'
    `global_clipnorm` cannot.
    """

    class Clipping(optimizer):  # type: ignore[misc]
        def _clip_gradients(self, grads: Sequence[Tensor | None]) -> list[Tensor | None]:
            return clipped(grads, ops.convert_to_tensor(norm))

    return Clipping
