"""Another way to compute a JAX primitive on a CPU, where JAX's own is slow inside a compiled loop.

The primitive stays what it is: `grad` and `vmap` act on it as ever, and only the code made for it differs.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.interpreters import mlir

Formula = Callable[..., jax.Array]  # of the primitive's arrays
Choice = Callable[..., Formula | None]  # of their shapes and dtypes and its parameters; None leaves it to JAX


def prefer(primitive: Any, choose: Choice) -> None:
    """From now on programs compiled for the CPU in this process compute `primitive` as `choose` says.

    A formula may use the primitive again, as long as `choose` comes to an end. Without JAX's own rule at hand, as
    in a version that keeps it elsewhere, nothing changes.
    """
    own = _own_rule(primitive)
    if own is None:
        return

    def rule(context: Any, *values: Any, **parameters: Any) -> Any:
        formula = choose(*context.avals_in, **parameters)
        if formula is None:
            return own(context, *values, **parameters)
        return mlir.lower_fun(formula, multiple_results=False)(context, *values)

    mlir.register_lowering(primitive, rule, platform="cpu")


def in_one_piece(formula: Formula, *values: jax.Array) -> jax.Array:
    """The formula's result, never fused into what reads it: there it might be computed once for every reading.

    A branch is what XLA fuses nothing into, and it does not see that the condition always holds.
    """
    result = jax.eval_shape(formula, *values)
    first = values[0].ravel()[0]
    always = (lax.bitcast_convert_type(first, f"uint{8 * first.dtype.itemsize}") | 1) > 0
    piece: jax.Array = lax.cond(always, formula, lambda *_: jnp.zeros(result.shape, result.dtype), *values)
    return piece


def _own_rule(primitive: Any) -> Any:
    """What JAX has registered for the CPU, or for every platform."""
    for_cpu = getattr(mlir, "_platform_specific_lowerings", {}).get("cpu", {})
    entry = for_cpu.get(primitive) or getattr(mlir, "_lowerings", {}).get(primitive)
    return getattr(entry, "rule", entry)
