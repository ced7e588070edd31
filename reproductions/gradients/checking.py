"""Gradient checking: a gradient against central differences of the loss, as the sources tell to do it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from reproductions.gradients import conv, mlp, rnn
from reproductions.gradients.planted import Batch, Bug, Rules, Weights

NETS: Mapping[str, ModuleType] = {"mlp": mlp, "conv": conv, "rnn": rnn}
EXAMPLES = {"mlp": 10, "conv": 4, "rnn": 4}
BUGS: Mapping[str, tuple[ModuleType, Bug]] = {
    f"{name}_{what}": (net, planted) for name, net in NETS.items() for what, planted in net.BUGS.items()
}
"""The catalogue: the name of every planted bug to its net and to what is wrong."""


@dataclass(frozen=True)
class Checked:
    """One check of a net's gradient.

    Attributes:
        right: how far the right code is from the differences, as `relative_error` has it.
        errors: the same of each bug of the net.
        changes: how far the buggy gradient is from the right one, in the same measure.
    """

    right: float
    errors: Mapping[str, float]
    changes: Mapping[str, float]


def differences(net: ModuleType, w: Weights, of: Batch) -> Weights:
    """The gradient of a net's loss by central differences, two losses a weight.

    The step is the cube root of the machine's precision, at which truncation and rounding are about as large.
    """
    found = {name: np.zeros_like(value) for name, value in w.items()}
    for name, value in w.items():
        step = value.dtype.type(np.finfo(value.dtype).eps ** (1 / 3))
        for place in np.ndindex(value.shape):
            kept = value[place]
            ends = []
            for end in (kept + step, kept - step):
                value[place] = end
                ends.append(float(net.loss(w, of)))
            value[place] = kept
            found[name][place] = (ends[0] - ends[1]) / (2 * float(step))
    return found


def relative_error(a: Weights, b: Weights) -> float:
    """‖a - b‖ / (‖a‖ + ‖b‖) of one array of weights, the largest over the arrays; from 0 (equal) to 1."""
    return max(_apart(a[name].astype(float), b[name].astype(float)) for name in b)


def _apart(a: np.ndarray, b: np.ndarray) -> float:
    size = float(np.linalg.norm(a) + np.linalg.norm(b))
    return float(np.linalg.norm(a - b)) / size if size else 0.0


def with_bug(net: ModuleType, planted: Bug) -> Rules:
    """The rules of a net's backward pass, with a bug among them."""
    return {**net.RULES, **planted.rules}


def check(net: ModuleType, w: Weights, of: Batch) -> Checked:
    """Checks the right code of a net and every bug of it, on one draw of weights and examples."""
    told, right = differences(net, w, of), net.gradient(w, of)
    buggy = {name: net.gradient(w, of, with_bug(net, planted)) for name, planted in net.BUGS.items()}
    return Checked(
        relative_error(right, told),
        {name: relative_error(found, told) for name, found in buggy.items()},
        {name: relative_error(found, right) for name, found in buggy.items()},
    )
