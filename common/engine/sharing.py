"""Whether two values make the same program, so that what was compiled for one serves the other.

An author's `experiment()` writes its functions anew for every arm. Two functions do the same when they were made by
the same lines, close over the same values and have the same defaults.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from types import FunctionType, MethodType
from typing import Any, Generic, TypeVar

import numpy as np

Built = TypeVar("Built")


class Kept(Generic[Built]):
    """What was built for the last few experiments; arms of a study often take turns with two or three."""

    def __init__(self, most: int = 4) -> None:
        self._most = most
        self._entries: list[tuple[Any, tuple[Any, ...], Built]] = []  # the last one first

    def get(self, experiment: Any, lanes: int, build: Callable[[], Built]) -> Built:
        """What serves this experiment with so many lanes, built where nothing at hand does."""
        around = lanes, *_settings()
        for place, (before, known, built) in enumerate(self._entries):
            if known == around and experiment.shares_program(before):
                self._entries.insert(0, self._entries.pop(place))
                return built
        built = build()
        self._entries[:] = [(experiment, around, built), *self._entries][: self._most]
        return built


def _settings() -> tuple[Any, ...]:
    """What Keras builds by beside an author's functions."""
    import keras

    config = keras.config
    return config.dtype_policy().name, config.floatx(), config.epsilon(), config.image_data_format()


def same(one: Any, other: Any, _assumed: frozenset[tuple[int, int]] = frozenset()) -> bool:
    """False in doubt. An array that may be written to is the same as itself alone."""
    pair = id(one), id(other)
    if one is other or pair in _assumed:  # a function may close over itself
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return _memory(one) == _memory(other) and not one.flags.writeable and not other.flags.writeable
    assumed = _assumed | {pair}
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key], assumed) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(a, b, assumed) for a, b in zip(one, other, strict=True))
    if isinstance(one, str | bytes | bool | int | float | complex | range | frozenset):
        return bool(one == other) and repr(one) == repr(other)  # 0.0 and -0.0 differ
    parts = _parts(one)
    return parts is not None and same(parts, _parts(other), assumed)


def _memory(array: np.ndarray) -> tuple[Any, ...]:
    return array.ctypes.data, array.shape, array.strides, array.dtype.str


def _parts(value: Any) -> tuple[Any, ...] | None:
    """What decides what a value does; None where that is not known."""
    if isinstance(value, FunctionType):
        try:
            closed = tuple(cell.cell_contents for cell in value.__closure__ or ())
        except ValueError:  # a cell that nothing has been put into yet
            return None
        made = id(value.__code__), id(value.__globals__)  # alive as long as the function is
        return *made, closed, value.__defaults__, value.__kwdefaults__
    if isinstance(value, MethodType):
        return value.__func__, value.__self__
    if isinstance(value, partial):
        return value.func, value.args, value.keywords
    parameters = getattr(type(value), "__dataclass_params__", None)
    if parameters is not None and parameters.frozen:
        return tuple(getattr(value, field.name) for field in fields(value))
    return None
