"""Tells probabilities from logits, by the operations that scores come from.

In single precision a sure probability has no gradient: at 1 and 0 it is flat, and Keras' losses cut it at 1e-7.
TensorFlow finds the logits behind a softmax by itself, JAX and torch do not.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import keras

Tensor = Any
Kind = Literal["probability", "constant", "other"]

# The operations of JAX, TensorFlow and torch by their own names.
SOURCES = {"logistic", "exp", "exp2", "Softmax", "Sigmoid", "Exp"}
KEEPS = {  # what the first operand is
    *("reshape", "transpose", "squeeze", "expand_dims", "broadcast_in_dim", "convert_element_type", "slice", "gather"),
    *("dynamic_slice", "reduce_sum", "reduce_max", "reduce_min", "rev", "copy", "div", "stop_gradient"),
    *("Identity", "Reshape", "Transpose", "Squeeze", "ExpandDims", "Cast", "StridedSlice", "Slice", "GatherV2", "Sum"),
    *("Mean", "Max", "Min", "BroadcastTo", "StopGradient", "RealDiv", "ClipByValue"),
    *(
        "View",
        "UnsafeView",
        "ReshapeAlias",
        "T",
        "Permute",
        "Unsqueeze",
        "Expand",
        "ToCopy",
        "Clone",
        "Select",
        "Index",
    ),
    *("Amax", "Amin", "Div", "Clamp", "ClampMin", "ClampMax", "Alias"),
}
MIXES = {  # probabilities where all operands are, or constants
    *("add", "add_any", "sub", "mul", "max", "min", "clamp", "concatenate", "stack"),
    *("AddV2", "AddN", "Pack", "ConcatV2", "Maximum", "Minimum"),
    *("Add", "Sub", "Rsub", "Mul", "Stack", "Cat"),
}


def checked(predict: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """`predict`, which raises a ValueError where its scores come from a softmax, a sigmoid or an exponential.

    Also where such probabilities were averaged, cut or put together since; not where a loop made them, or their
    logarithm was taken, which gives scores that count as logits.
    """

    def scores(x: Tensor) -> Tensor:
        found, kind = _KINDS[keras.backend.backend()](predict, x)
        if kind == "probability":
            raise ValueError(
                "the scores to attack are probabilities, which have no gradient where they are sure: give logits, "
                "from a last layer without softmax or sigmoid, or log-probabilities, from ops.log_softmax"
            )
        return found

    return scores


def _kind(name: str, operands: Sequence[Kind]) -> Kind:
    if name in SOURCES:
        return "probability"
    if name in KEEPS and operands:
        return operands[0]
    if name in MIXES and operands and "other" not in operands:
        return "probability" if "probability" in operands else "constant"
    return "other"


def _jax(predict: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Kind]:
    import jax
    from keras.src.backend.common.stateless_scope import get_stateless_scope, in_stateless_scope

    held = get_stateless_scope().state_mapping if in_stateless_scope() else {}
    before = dict(held)
    program = jax.make_jaxpr(predict)(x).jaxpr
    held.clear()  # what variables became belongs to the trace that has ended
    held.update(before)
    return predict(x), _last(program, ["other"])


def _last(program: Any, inputs: Sequence[Kind]) -> Kind:
    """The kind of the first result of a program of JAX, from the kinds of its inputs."""
    kinds: dict[Any, Kind] = dict(zip(program.invars, inputs, strict=True))

    def read(variable: Any) -> Kind:
        return "constant" if hasattr(variable, "val") else kinds.get(variable, "other")

    for equation in program.eqns:
        operands = [read(variable) for variable in equation.invars]
        name, inner = equation.primitive.name, None
        if name in ("jit", "pjit", "custom_jvp_call", "custom_vjp_call", "remat", "checkpoint", "closed_call"):
            inner = equation.params.get("jaxpr") or equation.params.get("call_jaxpr")
        inner = getattr(inner, "jaxpr", inner)
        if name == "select_n":
            name, operands = "concatenate", operands[1:]
        kind = _last(inner, operands) if inner is not None else _kind(name, operands)
        kinds.update(dict.fromkeys(equation.outvars, kind))
    return read(program.outvars[0])


def _tensorflow(predict: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Kind]:
    import tensorflow as tf

    scores = end = predict(x)
    if tf.executing_eagerly():  # where a tensor does not know what it came from
        program = tf.function(predict, autograph=False)
        (end,) = program.get_concrete_function(tf.TensorSpec(x.shape, x.dtype)).outputs

    def describe(operation: Any) -> tuple[str, list[Any]]:
        operands = operation.inputs[1:] if operation.type == "SelectV2" else operation.inputs
        name = "Pack" if operation.type == "SelectV2" else operation.type
        return name, [tensor.op for tensor in operands]

    return scores, _behind(end.op, describe, lambda operation: operation.type == "Const", {})


def _torch(predict: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Kind]:
    scores = predict(x)

    def describe(node: Any) -> tuple[str, list[Any]]:
        return node.name().partition("Backward")[0], [before for before, _ in node.next_functions]

    if scores.grad_fn is None:
        return scores, "other"
    return scores, _behind(scores.grad_fn, describe, lambda node: node is None, {})


def _behind(
    node: Any,
    describe: Callable[[Any], tuple[str, list[Any]]],
    constant: Callable[[Any], bool],
    known: dict[Any, Kind],
) -> Kind:
    """The kind of a node of a graph, from what it was computed from."""
    if constant(node):
        return "constant"
    if node not in known:
        name, operands = describe(node)
        needed = operands[:1] if name in KEEPS else operands if name in MIXES else []
        known[node] = _kind(name, [_behind(operand, describe, constant, known) for operand in needed])
    return known[node]


_KINDS: Mapping[str, Callable[[Callable[[Tensor], Tensor], Tensor], tuple[Tensor, Kind]]] = {
    "jax": _jax,
    "tensorflow": _tensorflow,
    "torch": _torch,
}
