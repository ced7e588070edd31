"""What an experiment must be, looked at before it trains: names, sizes, data, hyper-parameters and seeds.

Every check raises a `ValueError` that says what was wrong, which value, and what to change.
"""

import re
from collections.abc import Mapping, Sequence
from math import isfinite, isnan
from numbers import Real
from typing import TYPE_CHECKING, Any

from common.trials import Trial

if TYPE_CHECKING:
    import numpy as np  # takes a while to load, and what only reads a record does without

TRAIN_LOSS = "train_loss"  # the metric that the engine adds
NAME = re.compile(r"[^\W\d][\w.-]*")  # of an evaluation, a metric and a hyper-parameter
LARGEST = (2 - 2**-23) * 2.0**127  # of single precision
RECORDED = frozenset((*Trial.model_fields, "payload_sha256"))  # what a trial's record holds beside its metrics


def whole(least: int, **numbers: Any) -> None:
    """Refuses what is no `int` (one of NumPy would stand in the record), or is below `least`."""
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{name} must be an int; got {value!r}")
        if value < least:
            raise ValueError(f"{name} must be at least {least}; got {value}")


def functions(**given: Any) -> None:
    for name, function in given.items():
        if not callable(function):
            raise ValueError(f"{name} must be a function; got {function!r}")


def arrays(x: Any, y: Any) -> None:
    """Refuses what is no pair of arrays of numbers with one row an example, the same number of them in both."""
    import numpy as np

    for name, array in (("x", x), ("y", y)):
        if not isinstance(array, np.ndarray):
            raise ValueError(f"{name} is a {type(array).__name__}: make it a NumPy array with np.asarray({name})")
        if array.dtype.kind in "OSUMmc":
            raise ValueError(f"{name} has dtype {array.dtype}: make it one of numbers, as with astype('float32')")
        if not array.ndim or not len(array):
            raise ValueError(f"{name} has shape {array.shape}: it needs an axis of examples, and at least one of them")
        if array.dtype.kind in "iu" and array.dtype.itemsize > 4 and not _fits(array):
            raise ValueError(f"{name} holds integers beyond 32 bits, which JAX would wrap around: scale them down")
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} examples and y has {len(y)}: each needs its own")


def _fits(array: "np.ndarray") -> bool:
    return array.size == 0 or (int(array.min()) >= -(2**31) and int(array.max()) < 2**31)


def enough(examples: int, **sizes: int) -> None:
    """Refuses a size above the number of examples that there are."""
    for name, size in sizes.items():
        if size > examples:
            raise ValueError(f"{name} {size} is above the {examples} examples of the data: ask for at most so many")


def names(evaluations: Any) -> None:
    """Refuses names of evaluations that cannot begin a metric's name."""
    if not isinstance(evaluations, Mapping):
        raise ValueError(f"evaluate must map names to evaluations; got {evaluations!r}")
    for name in evaluations:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ValueError(f"an evaluation is named {name!r}: use letters, digits, _, - and ., as in test_0.1")


def hyper(values: Any) -> None:
    """Refuses hyper-parameters that are not numbers of single precision."""
    if not isinstance(values, Mapping):
        raise ValueError(f"hyper must map names to numbers; got {values!r}")
    for name, value in values.items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ValueError(f"a hyper-parameter is named {name!r}: use letters, digits, _, - and .")
        if isinstance(value, bool) or not isinstance(value, Real):
            raise ValueError(f"hyper-parameter {name} is {value!r}, not a number; what is none belongs in the builders")
        if isnan(value) or (isfinite(value) and abs(float(value)) > LARGEST):  # an infinite limit is none
            raise ValueError(f"hyper-parameter {name} is {value}, which single precision cannot hold")


def check_seeds(seeds: Sequence[Any]) -> None:
    """Refuses seeds that are not distinct integers from 0 to 2**63 - 1.

    Raises:
        ValueError: names the first offending seed.
    """
    seen = set()
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise ValueError(f"seed {seed!r} is not an integer (a Python int)")
        if not 0 <= seed < 2**63:
            raise ValueError(f"seed {seed} is outside 0 to 2**63 - 1")
        if seed in seen:
            raise ValueError(f"seed {seed} is given twice")
        seen.add(seed)


def recordable(metrics: Mapping[str, Any]) -> None:
    """Refuses metrics whose names the record of a trial cannot hold as columns of their own."""
    if not isinstance(metrics, Mapping):
        raise ValueError(f"metrics are {metrics!r}: make them a dict of names to numbers")
    for name in metrics:
        if not isinstance(name, str) or not name.isprintable() or not name.strip():
            raise ValueError(f"a metric is named {name!r}: use letters, digits and _")
        if name in RECORDED:
            raise ValueError(f"a metric is named {name}, as a column of every trial is: give it another name")


def numbers(metrics: Mapping[str, Any]) -> None:
    """Refuses metrics of a trial that are no numbers; None stands for one that it did not come to."""
    for name, value in metrics.items():
        if value is not None and not isinstance(value, Real):
            raise ValueError(f"metric {name} is {value!r}: make it a number, as with float(…)")


def batch(x: Any, y: Any, count: int) -> None:
    """Refuses a batch of a stream that has not as many examples as were asked for, as far as shapes tell."""
    for name, array in (("x", x), ("y", y)):
        shape = _shape(array)
        if shape == () or (shape and shape[0] not in (count, None)):
            raise ValueError(f"draw was asked for {count} examples and gave {name} of shape {shape}")


def scalar(name: str, value: Any) -> None:
    if _shape(value):
        raise ValueError(f"{name} has shape {_shape(value)}, but must be a scalar: say how with ops.mean or ops.sum")


def columns(evaluation: str, metrics: Any) -> dict[str, Any]:
    """The metrics of an evaluation under the names that they have in a `Run`, each a scalar."""
    if not isinstance(metrics, Mapping):
        raise ValueError(f"metrics of evaluation {evaluation} must be a mapping of names to scalars; got {metrics!r}")
    found = {f"{evaluation}_{name}": value for name, value in metrics.items()}
    recordable(found)
    for name, value in found.items():
        if name == TRAIN_LOSS:
            raise ValueError(f"evaluation train measures a loss, but {name} is the loss of training: rename the metric")
        if not NAME.fullmatch(name):
            raise ValueError(
                f"evaluation {evaluation} has a metric that makes {name!r}: use letters, digits, _, - and ."
            )
        scalar(f"metric {name}", value)
    return found


def merged(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics of several evaluations; refuses a name that two of them give."""
    if twice := sorted(set(before) & set(more)):
        raise ValueError(f"two evaluations give a metric {', '.join(twice)}: rename an evaluation or a metric")
    return {**before, **more}


def alike(evaluation: str, batches: Sequence[Mapping[str, Any]]) -> None:
    """Refuses metrics that one batch of an evaluation has and another has not."""
    for found in batches:
        if odd := sorted(set(found) ^ set(batches[0])):
            raise ValueError(f"evaluation {evaluation} measures {', '.join(odd)} on some batches only")


def _shape(value: Any) -> tuple[int | None, ...] | None:
    """The shape of a tensor or number as far as it is known; None for a structure of several."""
    if isinstance(value, tuple | list | dict) or value is None:
        return None
    return tuple(getattr(value, "shape", ()))
