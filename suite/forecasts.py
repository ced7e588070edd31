"""Who gave which probability to which check before the run, and how right they were. No Keras."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from suite import intact, registry


@dataclass(frozen=True)
class Forecast:
    """A probability in [0, 1] that a check holds; `forecaster` tells what they had seen."""

    forecaster: str
    date: str
    claim: str
    check: str
    probability: float


@cache
def forecasts() -> tuple[Forecast, ...]:
    """The rows of `forecasts.csv` that name a check; those without an id belong to none and are only kept.

    Raises:
        UserError: the file is damaged, a probability is none, or someone gives two of one check.
    """
    path = registry.FOLDER / "forecasts.csv"
    rows = intact.table(path, ("forecaster", "date", "claim", "check", "probability"))
    named = [row for row in rows if row["check"]]
    counts = Counter((row["forecaster"], row["check"], row["claim"]) for row in named)
    for (who, check, claim), count in counts.items():
        if count > 1:  # the mean of all would be that of whoever says a thing often
            raise intact.damage(path, ValueError(f"{who:.40} forecasts {check:.40} of {claim:.40} twice"))
    return tuple(
        Forecast(row["forecaster"], row["date"], row["claim"], row["check"], _probability(path, row)) for row in named
    )


def _probability(path: Path, row: Mapping[str, str]) -> float:
    said = row["probability"]
    if not re.fullmatch(r"0(\.[0-9]+)?|1(\.0+)?", said):
        which = f"the probability of {row['claim']} {row['check']} by {row['forecaster']}"
        raise intact.damage(path, ValueError(f"{which:.120} is {said!r:.40}, and not from 0 to 1"))
    return float(said)


def of_claim(claim: str) -> list[Forecast]:
    return [forecast for forecast in forecasts() if forecast.claim == claim]


def briers(recorded: Mapping[str, Mapping[str, Any]]) -> list[tuple[Forecast, float]]:
    """Each forecast of a check that is decided, with its squared error: 0 is sure and right, 1 sure and wrong."""
    outcomes = {
        (claim, check["id"]): check["outcome"] for claim, record in recorded.items() for check in record["checks"]
    }
    scored = []
    for forecast in forecasts():
        outcome = outcomes.get((forecast.claim, forecast.check))
        if outcome in ("holds", "fails", "split"):
            scored.append((forecast, (forecast.probability - (outcome == "holds")) ** 2))
    return scored


def surprises(recorded: Mapping[str, Mapping[str, Any]], most: int = 5) -> list[tuple[str, float]]:
    """The claims that forecasters got most wrong, with the mean squared error of each: more than a coin's 0.25."""
    errors: dict[str, list[float]] = {}
    for forecast, score in briers(recorded):
        errors.setdefault(forecast.claim, []).append(score)
    means = {claim: sum(found) / len(found) for claim, found in errors.items()}
    wrong = [(claim, error) for claim, error in means.items() if error > 0.25]
    return sorted(wrong, key=lambda entry: (-entry[1], entry[0]))[:most]


def told(recorded: Mapping[str, Mapping[str, Any]]) -> str:
    """How right the forecasts of decided checks were, in a sentence; nothing until one is decided."""
    scores = [score for _, score in briers(recorded)]
    if not scores:
        return ""
    wrong = sum(score > 0.25 for score in scores)
    lead = f"{wrong} of the {len(scores)} forecasts" if wrong else f"None of the {len(scores)} forecasts"
    error = sum(scores) / len(scores)
    return (
        f"{lead} of checks decided so far {'were' if wrong > 1 else 'was'} on the wrong side of one half; their mean "
        f"squared error is {error:.3f}, where one half throughout would have 0.250."
    )


def mean(scores: Sequence[float]) -> float | None:
    return sum(scores) / len(scores) if scores else None
