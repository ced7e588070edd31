"""Reads the files of the project and of its record as they were written: what is damaged is one line that says so.

A person may have edited any of them, a disk or a merge may have spoilt it. No Keras.
"""

import csv
import io
import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from common.errors import UserError

csv.field_size_limit(1 << 30)  # a long cell is no fault; the file is in memory anyway

Shape = type | tuple[Any, ...] | list[Any] | dict[str, Any] | None
"""A type (`float` is any finite number), null, alternatives, `[what each is]` or `[the first, the second]`, or names
with their shapes: `?` follows one that may be missing, `*` stands for whichever there are; others may stand beside."""


def text(path: Path, newline: str | None = None) -> str:
    """What a file of UTF-8 says; empty where there is none. With `newline=""` the ends of its lines stay as they are.

    Raises:
        UserError: it cannot be read, or is no text.
    """
    try:
        _refuse_waiting(path)
        with path.open(encoding="utf-8", newline=newline) as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise damage(path, error) from None


def sheet(path: Path) -> io.StringIO:
    """What a CSV file says, for a reader of rows; empty where there is none.

    Raises:
        UserError: it cannot be read, is no text, or begins with the mark that some spreadsheets write.
    """
    said = text(path, newline="")
    if said.startswith("\ufeff"):
        raise damage(path, ValueError("it begins with a byte order mark"), line=1)
    return io.StringIO(said, newline="")


def content(path: Path) -> bytes:
    """What a file holds.

    Raises:
        UserError: it cannot be read.
    """
    try:
        _refuse_waiting(path)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise damage(path, error) from None


def _refuse_waiting(path: Path) -> None:
    """Raises ValueError for what is neither file nor folder: a pipe would be waited for, perhaps for ever."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ValueError("it is no file")


def table(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file that has these columns, and perhaps others; none where there is no file.

    Raises:
        UserError: it is damaged, naming the line.
    """
    reader = csv.reader(sheet(path), strict=True)
    found: list[dict[str, str]] = []
    try:
        head = next((row for row in reader if row), None)
        if head is None:
            return found
        for column in columns:
            if head.count(column) != 1:
                raise ValueError(f"it has {head.count(column)} columns {column!r}, and needs one")
        if len(set(head)) < len(head):
            raise ValueError("two columns have one name")
        for row in reader:
            if row and len(row) != len(head):
                raise ValueError(f"{len(row)} cells under {len(head)} names")
            if row:
                found.append(dict(zip(head, row, strict=True)))
    except (csv.Error, ValueError) as error:
        raise damage(path, error, reader.line_num) from None
    return found


def value(path: Path, shape: Shape, content: str | None = None, line: int = 0) -> Any:
    """What a file of strict JSON holds: no name twice, no number that is none, and of this shape.

    Raises:
        UserError: it is damaged.
    """
    try:
        found = json.loads(text(path) if content is None else content, object_pairs_hook=_once, parse_constant=_refuse)
        if fault := misfit(found, shape):
            raise ValueError(fault)
        return found
    except (ValueError, RecursionError) as error:
        raise damage(path, error, line) from None


def lines(path: Path, shape: Shape) -> list[Any]:
    """What each line of a file holds as JSON; nothing where there is no file.

    Raises:
        UserError: a line is damaged.
    """
    said = text(path).split("\n")
    return [value(path, shape, line, number) for number, line in enumerate(said[: len(said) - (not said[-1])], start=1)]


def damage(path: Path, error: Exception, line: int = 0) -> UserError:
    """What is said of a damaged file."""
    reason = error.strerror if isinstance(error, OSError) else str(error).splitlines()[0] if str(error) else ""
    if isinstance(error, RecursionError):
        reason = "it is nested too deep"
    place = f", line {line}" if line else ""
    return UserError(f"{path}{place}: {reason:.200}; restore it with: git checkout -- {path}, or mend it")


def misfit(found: Any, shape: Shape, where: str = "it") -> str:
    """Why something is not of a shape; empty where it is."""
    if isinstance(shape, dict):
        if not isinstance(found, dict):
            return f"{where} is {found!r:.40}, which is no object"
        if "*" in shape:
            return next(filter(None, (misfit(part, shape["*"], f"{name!r:.80}") for name, part in found.items())), "")
        for name, inner in shape.items():
            if inner is str and type(said := found.get(name)) is str and said.isascii():  # as most are
                continue
            bare = name.removesuffix("?")
            if bare in found and (fault := misfit(found[bare], inner, bare)):
                return fault if where == "it" else f"{where}: {fault}"
            if bare not in found and bare == name:
                return f"{where} has no {name!r}"
        return ""
    if isinstance(shape, list):
        if not isinstance(found, list) or len(shape) not in (1, len(found)):
            return f"{where} is {found!r:.40}, which is no {'list' if len(shape) == 1 else f'list of {len(shape)}'}"
        shapes = shape if len(shape) > 1 else shape * len(found)
        parts = enumerate(zip(found, shapes, strict=True))
        return next(filter(None, (misfit(part, of, f"{where}[{n}]") for n, (part, of) in parts)), "")
    if isinstance(shape, tuple):
        faults = [misfit(found, one, where) for one in shape]
        return "" if "" in faults else faults[0]
    if shape is None:
        return "" if found is None else f"{where} is {found!r:.40}, which is not null"
    return "" if _is(found, shape) else f"{where} is {found!r:.40}, which is no {_CALLED.get(shape, shape.__name__)}"


_CALLED: dict[type, str] = {str: "text", int: "whole number", float: "finite number", bool: "true or false"}


def _is(found: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(found, int | float) and not isinstance(found, bool) and abs(found) <= sys.float_info.max
    if kind is int:
        return isinstance(found, int) and not isinstance(found, bool)
    return isinstance(found, kind) and (not isinstance(found, str) or found.isascii() or _encodable(found))


def _encodable(said: str) -> bool:
    """Whether no half of a surrogate pair is in it, which no file can hold."""
    return not any("\ud800" <= sign <= "\udfff" for sign in said)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = sorted(name for name, _ in pairs)
        raise ValueError(f"it says {next(a for a, b in pairwise(names) if a == b)!r:.60} twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
