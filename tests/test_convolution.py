"""Convolutions and pooling as the engine compiles them for a CPU, beside the sums that define them and JAX's own."""

from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from jax import lax  # noqa: E402 - after it is known to be there
from jax.interpreters import mlir  # noqa: E402

from common import convolution, pooling  # noqa: E402

GENERATOR = np.random.default_rng(3)
PRIMITIVES = (
    lax.conv_general_dilated_p,
    lax.reduce_window_sum_p,
    lax.reduce_window_max_p,
    lax.reduce_window_min_p,
    lax.select_and_scatter_add_p,
    lax.select_and_gather_add_p,
)


def drawn(*shape: int) -> np.ndarray:
    return GENERATOR.standard_normal(shape).astype("float32")


@pytest.fixture
def compile_both(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function's values as JAX's own rules give them and as ours do."""
    for_cpu, everywhere = mlir._platform_specific_lowerings["cpu"], mlir._lowerings  # type: ignore[attr-defined]

    def both(function: Any, *values: Any) -> tuple[Any, Any]:
        found = []
        for rules in (own, ours):
            for primitive, rule in rules.items():
                monkeypatch.setitem(for_cpu, primitive, rule)
            jax.clear_caches()
            found.append([np.asarray(value) for value in jax.tree.leaves(jax.jit(function)(*values))])
        jax.clear_caches()
        return found[0], found[1]

    own = {p: OWN.get(p) or everywhere[p] for p in PRIMITIVES}
    convolution.install()
    pooling.install()
    ours = {p: for_cpu[p] for p in PRIMITIVES}
    return both


OWN = dict(mlir._platform_specific_lowerings["cpu"])  # type: ignore[attr-defined]
