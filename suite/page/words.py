"""Numbers and words as people read them. No ML library."""

import math
from itertools import groupby

from suite import digits

MINUS, THIN = "\N{MINUS SIGN}", "\N{NARROW NO-BREAK SPACE}"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
KINDS = {
    "direction": "what the sentence says",
    "size": "a number or strength word of the source",
    "scope": "how far it extends",
    "control": "a guard",
}


def plain(value: float | None, missing: str = "–") -> str:
    """Three significant digits, or what tells it from 1, spelled as in prose: 15.2 million, 64 000, 0.031, 2·10⁻⁶."""
    if value is None or not math.isfinite(value):
        return missing
    value = float(digits.told(value))
    size, sign = abs(value), MINUS if value < 0 else ""
    if size >= 1e9 or 0 < size < 1e-3:
        mantissa, exponent = f"{size:.2e}".split("e")
        power = str(int(exponent)).translate(SUPERSCRIPTS)
        times = mantissa.rstrip("0").rstrip(".")
        return f"{sign}10{power}" if times == "1" else f"{sign}{times}·10{power}"
    if size >= 1e6:
        return f"{sign}{size / 1e6:g}{THIN}million"
    if size >= 1e4:
        return sign + f"{size:,.0f}".replace(",", THIN)
    return f"{sign}{size:.{digits.MOST}g}"


def short(value: object) -> object:
    """What a template writes: a place in a chart without the zeros that say nothing, 170 and not 170.0."""
    return f"{value:g}" if isinstance(value, float) else value


def counted(n: int, noun: str) -> str:
    """`1 seed`, `12 seeds`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def listing(items: list[str], most: int = 12) -> str:
    """The items, at most so many of them."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more


def runs(numbers: list[int]) -> list[str]:
    """Rising numbers, those that follow each other as one: `1000 to 1010`, `1012`."""
    found = [
        [number for _, number in run] for _, run in groupby(enumerate(numbers), lambda placed: placed[1] - placed[0])
    ]
    return [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in found]


def capitalised(text: str) -> str:
    """With a capital at the start, unless the first word is a name from the code."""
    return text if "_" in text.partition(" ")[0] else text[:1].upper() + text[1:]
