"""Limits on weights that leave alone what lies within them."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops


class MaxNorm(keras.constraints.Constraint):  # type: ignore[misc]
    """Shortens the incoming weights of a unit, a column, to a length of at most `limit()`.

    Shorter ones stay as they are, bit for bit. `keras.constraints.MaxNorm` divides by the length plus 1e-7, so that it
    shrinks every column a little at each step, those below the limit too.

    Args:
        limit: gives a number, or a hyper-parameter of the experiment.
    """

    def __init__(self, limit: Callable[[], Any]) -> None:
        self.limit = limit

    def __call__(self, w: Any) -> Any:
        length = ops.sqrt(ops.sum(ops.square(w), axis=0, keepdims=True))
        limit = ops.cast(ops.convert_to_tensor(self.limit()), w.dtype)
        return w * ops.minimum(1.0, limit / ops.maximum(length, 1e-7))
