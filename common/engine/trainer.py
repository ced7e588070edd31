"""What Keras' own trainer does around a step, besides the step: losses of layers, the scale of the loss, its dtype."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops
from keras.src.layers.layer import Layer
from keras.src.optimizers.loss_scale_optimizer import LossScaleOptimizer

from common.engine import checking
from common.engine.seeding import replaced


def optimizer_of(build_optimizer: Callable[[Mapping[str, Any]], Any], hyper: Mapping[str, Any], model: Any) -> Any:
    """The author's optimizer; as in `compile`, one that scales the loss where a model computes in float16."""
    optimizer = build_optimizer(hyper)
    if model.dtype_policy.name == "mixed_float16" and not isinstance(optimizer, LossScaleOptimizer):
        optimizer = LossScaleOptimizer(optimizer)
    return optimizer


def total_loss(loss: Callable[[Any, Any, Any], Any], model: Any, x: Any, y: Any) -> Any:
    """The author's loss as a scalar of at least 32 bits.

    Raises:
        ValueError: it is no scalar, or leaves out the losses of the layers, which Keras' trainer would add.
    """
    reading, read = Layer.losses, []

    def losses(layer: Any) -> Any:
        read.append(layer)
        return reading.fget(layer)

    with replaced((Layer, "losses", property(losses))):
        value = ops.convert_to_tensor(loss(model, x, y))
    checking.scalar("the loss", value)
    if not read and model.losses:
        raise ValueError(
            "The model has losses of its own, of a regulariser or add_loss, which the loss leaves out: "
            "add sum(model.losses) to it, as Keras' trainer does."
        )
    return value if keras.backend.standardize_dtype(value.dtype) == "float64" else ops.cast(value, "float32")
