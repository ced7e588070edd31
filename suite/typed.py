"""Dataclasses that refuse a value of another kind than they name, as `claims.py` is written by hand. No Keras."""

import sys
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from suite.escaping import plain


class Typed:
    """The base of a dataclass whose attributes are texts, numbers, other such classes, and tuples of these.

    Which word of a `Literal` it is, is left to the rules, that name all faults of a claim at once.

    Raises:
        TypeError: an attribute is of another kind, naming it.
    """

    def __post_init__(self) -> None:
        kinds = _kinds(type(self))  # type: ignore[arg-type]
        for place, kind in kinds.items():
            value = getattr(self, place)
            if not _is(value, kind):
                name = f"{type(self).__name__} {plain(str(getattr(self, 'id', ''))):.40}".strip()
                raise TypeError(f"{name}: {place} is {value!r:.60}, which is not {_told(kind)}")


@cache
def _kinds(of: Any) -> dict[str, Any]:
    hints = get_type_hints(of)
    return {place.name: hints[place.name] for place in fields(of)}


@cache
def _parts(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    return get_origin(kind), get_args(kind)


def _is(value: Any, kind: Any) -> bool:
    if kind is str and type(value) is str and value.isascii():  # as most are, of some ten thousand
        return True
    origin, parts = _parts(kind)
    if origin in (Union, UnionType):
        return any(_is(value, part) for part in parts)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        each = parts[:1] * len(value) if parts[-1] is ... else parts
        return len(each) == len(value) and all(map(_is, value, each))
    if kind is str or origin is Literal:
        return isinstance(value, str) and (value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value))
    if kind in (int, float):  # of a bound infinity is none, and stands for no cut; the largest numbers have no text
        number = isinstance(value, int if kind is int else int | float) and not isinstance(value, bool)
        return number and (value == float("inf") or abs(value) <= sys.float_info.max)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(_is(part, str) for pair in value.items() for part in pair)
    if getattr(kind, "_is_protocol", False):  # a question
        return hasattr(value, "reads") and not isinstance(value, type)
    return isinstance(value, kind)


def _told(kind: Any) -> str:
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(map(_told, parts)))
    if origin is tuple:
        return f"a tuple of {_told(parts[0])}"
    if kind is str or origin is Literal:
        return "text"
    if kind in (int, float):
        return "a whole number" if kind is int else "a number"
    return "names with their texts" if origin is not None else f"a {kind.__name__}"
