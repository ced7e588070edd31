"""Made-up claims and trials, for the tests of what is made of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from suite.claims import FIRST_SEED, AnyOf, Check, Claim, Listed, Published, control, direction, scope, size
from suite.judging import Evidence
from suite.questions import Observation, passes

NUMBERS = {"y": 1.0, "n": 0.0, "t": 0.5, "f": None}
KINDS = {"direction": direction, "size": size, "scope": scope}


def check(name: str = "c", kind: str = "direction", arm: str = "a", **others: Any) -> Check:
    """Asks each seed of an arm of study `s` whether its number exceeds one half; one half itself is a tie."""
    if kind == "control":
        return control(name, f"{name} shows", "s", passes(arm, "m", ">", 0.5), **others)
    return KINDS[kind](name, f"{name} shows", "s", passes(arm, "m", ">", 0.5), **others)


def any_of(*checks: Check, name: str = "any", kind: Any = "direction") -> AnyOf:
    return AnyOf(name, kind, f"{name} of them", checks)


def listed(*checks: Check, name: str = "list", kind: Any = "direction", bar: Any = "most") -> Listed:
    return Listed(name, kind, f"{name} of them", checks, bar)


def claim(*checks: Check | AnyOf | Listed, **others: Any) -> Claim:
    known = {"id": "made-up", "source": "nobody2020", "locator": "p. 1", "statement": "It is so.", "quick": ()}
    known |= {"dataset": "synthetic", "published": Published("1", "confirmed")}
    return Claim(checks=checks, **(known | others))


def trials(numbers: Iterable[float | None], dataset: str = "synthetic", metric: str = "m") -> list[Observation]:
    """A trial for each number, from the first verdict seed on; None is a seed that failed."""
    rows = enumerate(numbers, start=FIRST_SEED)
    return [
        Observation(seed, {} if number is None else {metric: number}, number is None, dataset) for seed, number in rows
    ]


def answering(**arms: str | Sequence[str]) -> Evidence:
    """Trials of study `s` whose seeds answer, arm by arm, a `check`: yes, no, with a tie, or not, as they failed."""
    return {("s", arm): trials(NUMBERS[letter] for letter in letters) for arm, letters in arms.items()}
