"""What hand-written backpropagation is made of, and a mistake that is planted in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Weights = dict[str, Array]
Batch = tuple[Array, Array]
Rules = Mapping[str, Callable[..., Any]]
"""The steps of a backward pass by name."""


@dataclass(frozen=True)
class Bug:
    """One mistake: `rules` stand in the place of the right ones."""

    what: str
    rules: Rules = field(hash=False)


def bug(what: str, **rules: Callable[..., Any]) -> Bug:
    return Bug(what, rules)


def normal(generator: np.random.Generator, *shape: int) -> Array:
    """Weights of standard deviation 1/√n, with n inputs."""
    return np.asarray(generator.standard_normal(shape) / np.sqrt(np.prod(shape[:-1])))


def one_hot(labels: Array, classes: int) -> Array:
    return np.asarray(np.eye(classes)[labels])


def softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def cross_entropy(logits: Any, y: Any, xp: ModuleType) -> Any:
    """Mean over all but the last axis; `xp` is NumPy, or `jax.numpy` where it is to be differentiated."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return (xp.log(xp.exp(shifted).sum(axis=-1)) - (y * shifted).sum(axis=-1)).mean()
