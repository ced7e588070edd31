"""Convolutions and pooling as the engine compiles them for a CPU, beside the sums that define them and JAX's own."""

from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from jax import lax  # noqa: E402 - after it is known to be there
from jax.interpreters import mlir  # noqa: E402

from common.engine import convolution, pooling  # noqa: E402

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
def compiled(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function's values as our rules give them, or JAX's own."""
    for_cpu, everywhere = mlir._platform_specific_lowerings["cpu"], mlir._lowerings  # type: ignore[attr-defined]

    def run(function: Any, *values: Any, own_rules: bool = False) -> Any:
        with monkeypatch.context() as patch:
            for primitive, rule in (own if own_rules else ours).items():
                patch.setitem(for_cpu, primitive, rule)
            jax.clear_caches()
            found = [np.asarray(value) for value in jax.tree.leaves(jax.jit(function)(*values))]
        jax.clear_caches()
        return found

    own = {p: OWN.get(p) or everywhere[p] for p in PRIMITIVES}
    convolution.install()
    pooling.install()
    ours = {p: for_cpu[p] for p in PRIMITIVES}
    return run


OWN = dict(mlir._platform_specific_lowerings["cpu"])  # type: ignore[attr-defined]


ORDERS = {"last": ("NHWC", "HWIO", "NHWC"), "first": ("NCHW", "OIHW", "NCHW")}
KINDS: dict[str, tuple[tuple[int, int, int], dict[str, Any]]] = {  # channels, filters and groups, and settings
    "plain": ((3, 4, 1), {"padding": "VALID"}),
    "same": ((2, 3, 1), {"padding": "SAME"}),
    "grey": ((1, 4, 1), {"padding": "SAME"}),
    "narrowing": ((4, 2, 1), {"padding": "SAME"}),
    "strided": ((3, 4, 1), {"padding": "VALID", "window_strides": (2, 2)}),
    "causal": ((2, 3, 1), {"padding": ((2, 0), (2, 0))}),
    "dilated": ((2, 3, 1), {"padding": "VALID", "rhs_dilation": (2, 1)}),
    "transposed": ((3, 2, 1), {"padding": ((2, 1), (1, 2)), "lhs_dilation": (2, 2)}),
    "grouped": ((4, 6, 2), {"padding": "SAME"}),
    "depthwise": ((4, 4, 4), {"padding": "SAME"}),
    "multiplied": ((3, 6, 3), {"padding": "VALID"}),
    "cropped": ((1, 3, 1), {"padding": ((3, -1), (3, 3))}),
}


def defined(x: np.ndarray, kernel: np.ndarray, groups: int, settings: dict[str, Any]) -> np.ndarray:
    """The sum that defines a convolution, in NumPy; x (n, h, w, c), kernel (h, w, c / groups, filters)."""
    strides, spread = settings.get("window_strides", (1, 1)), settings.get("lhs_dilation", (1, 1))
    steps, padding = settings.get("rhs_dilation", (1, 1)), settings["padding"]
    reach = [(size - 1) * step + 1 for size, step in zip(kernel.shape, steps, strict=False)]
    if isinstance(padding, str):
        zeros = [
            max((-(-length // stride) - 1) * stride + far - length, 0) if padding == "SAME" else 0
            for length, stride, far in zip(x.shape[1:3], strides, reach, strict=True)
        ]
        padding = [(count // 2, count - count // 2) for count in zeros]
    wide = np.zeros((len(x), *((n - 1) * s + 1 for n, s in zip(x.shape[1:3], spread, strict=True)), x.shape[3]))
    wide[:, :: spread[0], :: spread[1]] = x
    for axis, (low, high) in enumerate(padding, 1):
        wide = np.pad(wide, [(max(low, 0), max(high, 0)) if axis == at else (0, 0) for at in range(4)])
        wide = wide.take(range(max(-low, 0), wide.shape[axis] - max(-high, 0)), axis)
    rows, columns = ((wide.shape[a + 1] - reach[a]) // strides[a] + 1 for a in (0, 1))
    found = np.zeros((len(x), rows, columns, kernel.shape[3]))
    inside, outside = kernel.shape[2], kernel.shape[3] // groups
    for row, column, group in np.ndindex(rows, columns, groups):
        down, right = row * strides[0], column * strides[1]
        under = wide[:, down : down + reach[0] : steps[0], right : right + reach[1] : steps[1]]
        under = under[..., group * inside : (group + 1) * inside]
        filters = slice(group * outside, (group + 1) * outside)
        found[:, row, column, filters] = np.tensordot(under, kernel[..., filters], ((1, 2, 3), (0, 1, 2)))
    return found


@pytest.mark.parametrize("axes", ORDERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_convolution_and_its_gradients_are_the_sums_that_define_them(kind: str, axes: str, compiled: Any) -> None:
    """A gradient by its own definition: what the sum changes by as a variable does, exact as it is linear in each."""
    (channels, filters, groups), settings = KINDS[kind]
    order = ORDERS[axes]
    x, kernel = drawn(2, 7, 6, channels), drawn(3, 3, channels // groups, filters)
    expected = defined(x, kernel, groups, settings)
    weights = drawn(*expected.shape)
    moves = {"NHWC": (0, 1, 2, 3), "NCHW": (0, 3, 1, 2), "HWIO": (0, 1, 2, 3), "OIHW": (3, 2, 0, 1)}

    def convolve(x: Any, kernel: Any) -> Any:
        x, kernel = x.transpose(moves[order[0]]), kernel.transpose(moves[order[1]])
        strides = settings.get("window_strides", (1, 1))
        given = {key: value for key, value in settings.items() if key != "window_strides"}
        made = lax.conv_general_dilated(
            x, kernel, strides, **given, dimension_numbers=order, feature_group_count=groups
        )
        return made.transpose(np.argsort(moves[order[2]]))

    def values(x: Any, kernel: Any, weights: Any) -> Any:
        made, pull = jax.vjp(convolve, x, kernel)
        return made, *pull(weights)

    alone = compiled(values, x, kernel, weights)
    lanes = compiled(jax.vmap(values), *(np.stack([a, -2 * a]) for a in (x, kernel, weights)))
    assert alone[0] == pytest.approx(expected, abs=1e-4)
    assert lanes[0] == pytest.approx(np.stack([expected, 4 * expected]), abs=4e-4)
    for number, (variable, rest) in enumerate(((x, kernel), (kernel, x)), 1):
        change = drawn(*variable.shape)
        pair = (change, rest) if number == 1 else (rest, change)
        moved = float((weights * defined(*pair, groups, settings)).sum())
        assert float((alone[number].astype(float) * change).sum()) == pytest.approx(moved, abs=2e-3)
        for lane, factor in enumerate((1, 4)):
            assert float((lanes[number][lane].astype(float) * change).sum()) == pytest.approx(factor * moved, abs=8e-3)


POOLS = [((2, 2), (2, 2), "VALID"), ((2, 2), (2, 2), "SAME"), ((3, 2), (3, 2), "SAME"), ((3, 3), (2, 2), "VALID")]


@pytest.mark.parametrize(("window", "strides", "padding"), POOLS)
@pytest.mark.parametrize("lanes", [0, 2])
def test_pooling_and_its_gradient_are_those_of_jax_bit_for_bit(
    window: Any, strides: Any, padding: str, lanes: int, compiled: Any
) -> None:
    """Ties, as among the zeros of ReLU, go to the first."""
    shape = (lanes, 3, 7, 8, 2) if lanes else (3, 7, 8, 2)
    x = GENERATOR.integers(0, 3, shape).astype("float32")

    def pooled(x: Any) -> Any:
        return lax.reduce_window(x, -np.inf, lax.max, (1, *window, 1), (1, *strides, 1), padding)

    def values(x: Any, weights: Any) -> Any:
        made, pull = jax.vjp(pooled, x)
        return made, pull(weights)[0]

    single = jax.eval_shape(pooled, x[0] if lanes else x).shape
    weights = drawn(*((lanes, *single) if lanes else single))
    function = jax.vmap(values) if lanes else values
    theirs, found = (compiled(function, x, weights, own_rules=own) for own in (True, False))
    for one, other in zip(theirs, found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_every_convolution_is_in_the_order_that_is_fast_inside_a_loop(compiled: Any) -> None:
    for axes, x, kernel in (
        (ORDERS["last"], drawn(4, 9, 9, 3), drawn(3, 3, 3, 5)),
        (ORDERS["first"], drawn(4, 3, 9, 9), drawn(5, 3, 3, 3)),
    ):

        def total(x: Any, kernel: Any, axes: Any = axes) -> Any:
            return lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=axes).sum()

        text = jax.jit(jax.value_and_grad(total, (0, 1))).lower(x, kernel).as_text()
        made = [line for line in text.splitlines() if "stablehlo.convolution" in line]
        assert made
        assert all("[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]" in line for line in made)
