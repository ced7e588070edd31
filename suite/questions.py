"""What a check asks of one seed: yes, no, a tie that speaks for neither, or nothing where the seed failed. No Keras."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Protocol

from suite.typed import Typed

Answer = Literal["yes", "no", "tie", "failed"]
"""`failed`: the seed did not come so far, which counts against the check, whichever way its question is put."""

Relation = Literal[">=", "<=", ">", "<", "=="]


@dataclass(frozen=True)
class Observation:
    """What is read of one trial; `failed` is a seed that diverged, was killed or ended in an error."""

    seed: int
    metrics: Mapping[str, float | None]
    failed: bool
    dataset: str

    def number(self, metric: str) -> float | None:
        """The metric, or None where the seed failed or came to no finite number."""
        return None if self.failed else self.metrics.get(metric)


Row = Mapping[str, Observation]
"""Arm to its trial of one seed."""


class Question(Protocol):
    """A frozen dataclass of literals, so that a claim's hash covers it."""

    def reads(self) -> tuple[tuple[str, str], ...]:
        """The (arm, metric) pairs that it looks at, the treated arm first."""
        ...

    def answer(self, row: Row) -> Answer: ...

    def words(self) -> str:
        """The question as a formula in words."""
        ...


@dataclass(frozen=True)
class Passes(Typed):
    """One arm's metric lies on a side of a bound. Of `>` and `<` equality is a tie."""

    arm: str
    metric: str
    relation: Relation
    bound: float

    def reads(self) -> tuple[tuple[str, str], ...]:
        return ((self.arm, self.metric),)

    def answer(self, row: Row) -> Answer:
        value = row[self.arm].number(self.metric)
        if value is None:
            return "failed"
        if value == self.bound:
            return "tie" if self.relation in (">", "<") else "yes"
        met = {">": value > self.bound, "<": value < self.bound, "=": False}
        return "yes" if met[self.relation[0]] else "no"

    def words(self) -> str:
        return f"{self.metric} of {self.arm} {_sign(self.relation)} {self.bound:_.10g}"


@dataclass(frozen=True)
class Compares(Typed):
    """One arm against another of the same seed: `metric` of `arm` is less, or more, than `times` that of `than`.

    With a `budget` the metric is a time, and one as long as that was cut off: the true one is at least as long. Where
    that leaves the answer open, as where both were cut off, it is a tie. A failed baseline stands for its worst
    outcome, which is the greatest error or time unless `high_is_good`.
    """

    metric: str
    arm: str
    relation: Literal["<", ">"]
    than: str
    than_metric: str = ""
    times: float = 1.0
    budget: float = math.inf
    high_is_good: bool = False

    def reads(self) -> tuple[tuple[str, str], ...]:
        return (self.arm, self.metric), (self.than, self.than_metric or self.metric)

    def answer(self, row: Row) -> Answer:
        value, other = row[self.arm].number(self.metric), row[self.than].number(self.than_metric or self.metric)
        if value is None:
            return "failed"
        if other is None:
            return "yes" if (self.relation == ">") == self.high_is_good else "no"
        most = math.inf if value >= self.budget else value
        bound = self.times * other
        most_bound = math.inf if other >= self.budget else bound
        if most < bound or value > most_bound:
            return "yes" if (most < bound) == (self.relation == "<") else "no"
        return "tie"

    def words(self) -> str:
        times = "" if self.times == 1 else f"{self.times:g} times "
        cut = "" if self.budget == math.inf else f" (a time, cut off at {self.budget:_.10g})"
        other = self.than_metric if self.than_metric else "that"
        return f"{self.metric} of {self.arm} {self.relation} {times}{other} of {self.than}, same seed{cut}"


@dataclass(frozen=True)
class Trends(Typed):
    """Spearman's correlation of the metric with the place of its arm is positive (`rises`) or negative.

    A constant metric, so also times that were all cut off, is a tie.
    """

    metric: str
    arms: tuple[str, ...]
    rises: bool

    def reads(self) -> tuple[tuple[str, str], ...]:
        return tuple((arm, self.metric) for arm in self.arms)

    def answer(self, row: Row) -> Answer:
        values = [row[arm].number(self.metric) for arm in self.arms]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return "failed"
        from common import statistics  # scipy takes a while to load, and reading a claim needs none

        correlation = statistics.rank_correlation(list(range(len(known))), known)
        return "tie" if correlation == 0 else "yes" if (correlation > 0) == self.rises else "no"

    def words(self) -> str:
        way = "rises" if self.rises else "falls"
        return f"{self.metric} {way} over {', '.join(self.arms)} (rank correlation within the seed)"


@dataclass(frozen=True)
class Chance(Typed):
    """Whether the arm's test sample shows that it knows more than the best constant answer.

    It does (`learned`) where the lower end of the exact 99 % interval for its accuracy exceeds `constant`, the accuracy
    of the best constant prediction. The metric is an accuracy in [0, 1], or with `percent` an error in per cent, on
    `samples` examples.
    """

    arm: str
    metric: str
    samples: int
    constant: float
    learned: bool
    percent: bool = False

    def reads(self) -> tuple[tuple[str, str], ...]:
        return ((self.arm, self.metric),)

    def answer(self, row: Row) -> Answer:
        value = row[self.arm].number(self.metric)
        if value is None:
            return "failed"
        from common import statistics  # as above

        accuracy = 1 - value / 100 if self.percent else value
        right = min(max(round(accuracy * self.samples), 0), self.samples)
        learned = statistics.proportion(right, self.samples).low > self.constant
        return "yes" if learned == self.learned else "no"

    def words(self) -> str:
        what = "beats" if self.learned else "does not beat"
        return (
            f"{self.metric} of {self.arm} {what} the best constant answer ({self.constant:.4g}), by the lower end of "
            f"its exact 99 % interval on {self.samples:_} examples"
        )


@dataclass(frozen=True)
class Within(Typed):
    """Two arms of one seed differ by less than a yardstick: a number, or how far two other arms of the seed differ."""

    metric: str
    arm: str
    of: str
    yardstick: float | tuple[str, str]

    def reads(self) -> tuple[tuple[str, str], ...]:
        others = () if isinstance(self.yardstick, float | int) else self.yardstick
        return tuple((arm, self.metric) for arm in (self.arm, self.of, *others))

    def answer(self, row: Row) -> Answer:
        values = [row[arm].number(self.metric) for arm, _ in self.reads()]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return "failed"
        allowed = self.yardstick if isinstance(self.yardstick, float | int) else abs(known[2] - known[3])
        apart = abs(known[0] - known[1])
        return "tie" if apart == allowed else "yes" if apart < allowed else "no"

    def words(self) -> str:
        fixed = isinstance(self.yardstick, float | int)
        allowed = f"{self.yardstick:g}" if fixed else "{} and {} differ".format(*self.yardstick)  # type: ignore[misc]
        return f"{self.metric} of {self.arm} and {self.of} differ by less than {allowed}, same seed"


@dataclass(frozen=True)
class Both(Typed):
    """Every part answers yes; one no is a no, whatever the others say."""

    parts: tuple[Question, ...]

    def reads(self) -> tuple[tuple[str, str], ...]:
        return tuple(dict.fromkeys(pair for part in self.parts for pair in part.reads()))

    def answer(self, row: Row) -> Answer:
        return min((part.answer(row) for part in self.parts), key=("no", "failed", "tie", "yes").index)

    def words(self) -> str:
        return "; and ".join(part.words() for part in self.parts)


@dataclass(frozen=True)
class Either(Typed):
    """Some part answers yes, whatever the others say."""

    parts: tuple[Question, ...]

    def reads(self) -> tuple[tuple[str, str], ...]:
        return tuple(dict.fromkeys(pair for part in self.parts for pair in part.reads()))

    def answer(self, row: Row) -> Answer:
        return min((part.answer(row) for part in self.parts), key=("yes", "tie", "failed", "no").index)

    def words(self) -> str:
        return "; or ".join(part.words() for part in self.parts)


def passes(arm: str, metric: str, relation: Relation, bound: float) -> Passes:
    return Passes(arm, metric, relation, bound)


def less(metric: str, arm: str, *, than: str = "", **others: Any) -> Compares:
    """One number is less than another; without `than` both are metrics of the same arm."""
    return Compares(metric, arm, "<", than or arm, **others)


def more(metric: str, arm: str, *, than: str = "", **others: Any) -> Compares:
    """One number is more than another; without `than` both are metrics of the same arm."""
    return Compares(metric, arm, ">", than or arm, **others)


def sooner(time: str, arm: str, *, than: str = "", budget: float, **others: Any) -> Compares:
    """A time is shorter than another; one as long as the budget was cut off."""
    return Compares(time, arm, "<", than or arm, budget=budget, **others)


def rises(metric: str, *arms: str) -> Trends:
    return Trends(metric, arms, rises=True)


def falls(metric: str, *arms: str) -> Trends:
    return Trends(metric, arms, rises=False)


def at_chance(arm: str, metric: str, *, samples: int, constant: float, percent: bool = False) -> Chance:
    return Chance(arm, metric, samples, constant, learned=False, percent=percent)


def beats_chance(arm: str, metric: str, *, samples: int, constant: float, percent: bool = False) -> Chance:
    return Chance(arm, metric, samples, constant, learned=True, percent=percent)


def within(metric: str, arm: str, *, of: str, yardstick: float | tuple[str, str]) -> Within:
    return Within(metric, arm, of, yardstick)


def both(*parts: Question) -> Both:
    return Both(parts)


def either(*parts: Question) -> Either:
    return Either(parts)


def spelled(question: Any) -> Any:
    """A question as JSON values, its kind included: what a claim's hash covers."""
    if isinstance(question, tuple):
        return [spelled(part) for part in question]
    if not hasattr(question, "reads"):
        return None if question == math.inf else question
    named = {f.name: spelled(getattr(question, f.name)) for f in fields(question)}
    return [type(question).__name__, named]


def _sign(relation: str) -> str:
    return {">=": "≥", "<=": "≤", "==": "="}.get(relation, relation)
