"""Standard output and error as they may be: closed, full, or of an encoding that lacks what is to be said."""

import codecs
import json
import os
import sys
from typing import Any

PLAIN = str.maketrans(
    {"–": "-", "−": "-", "≥": ">=", "≤": "<=", "×": "x", "·": "*", "…": "...", "½": "1/2", "√": "sqrt", "±": "+-"}
    | {"“": '"', "”": '"', "‘": "'", "’": "'", "→": "->", "²": "^2", "é": "e", "è": "e", "ö": "oe", "ü": "ue"}
)
"""What stands for signs that ASCII lacks; for any other there is a question mark."""


def prepare() -> None:
    """Gives every program what it takes for granted: three open streams, and no sign that cannot be written."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # closed: the next file to be opened, say a journal, would stand in for it
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as the program
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if not _holds_all(stream.encoding):
            stream.reconfigure(errors="plain")  # type: ignore[union-attr]
        else:  # all but what a file's name may hold that is no text
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def as_json(value: Any, indent: int | None = 1) -> str:
    """JSON for standard output: in ASCII where that cannot hold more."""
    return json.dumps(value, indent=indent, ensure_ascii=not _holds_all(sys.stdout.encoding))


def give_up() -> None:
    """Nothing more can be written to standard output, not even what is left of it when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _holds_all(encoding: str | None) -> bool:
    return (encoding or "").lower().replace("-", "").startswith("utf")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    said = error.object[error.start : error.end].translate(PLAIN)
    return said.encode("ascii", "replace").decode(), error.end
