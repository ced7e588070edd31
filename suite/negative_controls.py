"""Judges negative controls: the claim's own checks, by the claim's own judge, on numbers without its effect. No Keras.

A control is `clear` where the word is another than `reproduced`. It shows something only if its numbers differ from
one another, and if so many seeds could have reproduced the claim; otherwise it is `constant` or `vacuous`, as red as
one that is `reproduced`.
"""

import bisect
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from suite.claims import FIRST_SEED, Check, Claim, Listed, Word
from suite.judging import Finding, concluded, errors, find, guarded, look
from suite.negatives import Given, Negative
from suite.questions import Answer, Observation, Question, Row
from suite.records import canonical_json, sha256

State = Literal["clear", "reproduced", "constant", "vacuous", "not run"]

OPEN: tuple[Word, ...] = ("undecided", "not run")
"""Words by which a control shows something only where so many seeds could have led to another."""

Numbers = Mapping[tuple[str, str, str], Mapping[int, float]]
"""(record, `study/arm`, metric) to the number of each seed that came to one."""


@dataclass(frozen=True)
class Tested:
    """What a deciding check came to on the negative control's numbers.

    `rows` are the rows that there were, of which the finding counts those up to its last look. Of the `asked` first so
    many as `needed` would have had to speak for the check for it to hold, or none where no number would: the power.
    `distinct` counts the rows that differ.
    """

    finding: Finding
    rows: int
    asked: int
    needed: int | None
    distinct: int
    ties: int


@dataclass(frozen=True)
class Controlled:
    """What a negative control came to, and what it was given; `turned` is the word with the sides exchanged."""

    negative: Negative
    state: State
    word: Word = "not run"
    turned: Word = "not run"
    tested: tuple[Tested, ...] = ()
    reason: str = ""
    numbers_sha256: str = ""


@dataclass(frozen=True)
class _Always:
    """The answer of a question that is always met."""

    asks: Question
    answers: Answer

    def reads(self) -> tuple[tuple[str, str], ...]:
        return self.asks.reads()

    def answer(self, row: Row) -> Answer:
        return self.answers

    def words(self) -> str:
        return self.asks.words()


@dataclass
class _Judged:
    """The checks of one claim on one reading of the numbers."""

    claim: Claim
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def word(self, *, met: bool = False) -> tuple[Word, dict[str, Finding]]:
        """The claim's word; with `met` that which it would have if every row of every check spoke for it."""
        own = {}
        wanted = _spoken_for(self.claim)
        for check, alpha in errors(self.claim):
            asked = replace(check, asks=_Always(check.asks, wanted[check.id])) if met else check
            evidence = {(check.study, arm): [row[arm] for row in self.rows[check.id]] for arm in check.arms()}
            own[check.id] = find(asked, evidence, alpha=alpha)
        return concluded(self.claim, guarded(self.claim, own)).word, own


def _spoken_for(claim: Claim) -> dict[str, Answer]:
    """The answer by which a seed speaks for the claim, by the id of a check: no, where the sentence says seldom."""
    found: dict[str, Answer] = {}
    for node in claim.checks:
        for check in (node,) if isinstance(node, Check) else node.of:
            turned = check.bar in ("rarely", "never"), isinstance(node, Listed) and node.bar == "rarely"
            found[check.id] = "no" if turned[0] != turned[1] else "yes"
    return found


def judge(claim: Claim, negative: Negative, numbers: Numbers) -> Controlled:
    """What the negative control of a claim comes to, on the numbers that it is given. Pure.

    Controls and scope are left out: neither may keep a check from holding here.

    Raises:
        ValueError: a check is given nothing, or more or fewer numbers than its question reads.
    """
    bare = replace(claim, checks=claim.deciding())
    judged, turned = _Judged(bare), _Judged(bare)
    for check, given in each(claim, negative):
        judged.rows[check.id] = _observed(check, rows(check, given, numbers, claim.id), claim)
        turned.rows[check.id] = _observed(check, rows(check, given, numbers, claim.id, turned=True), claim)
    if missing := [name for name, own in judged.rows.items() if not own]:
        return Controlled(negative, "not run", reason=f"no numbers for {missing[0]}")
    word, own = judged.word()
    back = turned.word()[0]
    tested = tuple(_tested(check, alpha, own[check.id], judged.rows[check.id]) for check, alpha in errors(bare))
    met = judged.word(met=True)[0] if word in OPEN else word
    state, reason = _state(word, back, met, tested)
    return Controlled(negative, state, word, back, tested, reason, _hashed(judged.rows))


def each(claim: Claim, negative: Negative) -> Iterator[tuple[Check, Given]]:
    """The deciding checks, those of any-of and lists included, each with what it is given.

    Raises:
        ValueError: one is given nothing, or more or fewer numbers than its question reads.
    """
    for node in claim.deciding():
        for check in (node,) if isinstance(node, Check) else node.of:
            given = negative.of(check.id, node.id)
            if given is None:
                raise ValueError(f"the negative control of {claim.id} gives check {check.id} nothing")
            reads, own = len(check.asks.reads()), given.gives()
            if own not in (None, reads):
                raise ValueError(
                    f"{claim.id}: check {check.id} reads {reads} number(s), its negative control gives {own}"
                )
            yield check, given


def is_own(check: Check, given: Given) -> bool:
    """Whether a check is given the very numbers that it reads of the record, in which the effect is."""
    own = tuple((f"{check.study}/{arm}", metric) for arm, metric in check.asks.reads())
    return given.how in ("alike", "instead") and given.of == own


def rows(check: Check, given: Given, numbers: Numbers, salt: str, *, turned: bool = False) -> list[tuple[float, ...]]:
    """The numbers that a check's question is given, in the order in which it reads: a row for each set of seeds.

    Which seeds fall into which set is drawn by lot, by a hash of claim, check and seed, so that it never changes.
    """
    if given.how == "planted":
        return [given.planted[::-1] if turned else given.planted]
    reads = len(check.asks.reads())
    columns = [numbers.get((given.record, arm, metric), {}) for arm, metric in given.of]
    if given.how == "ratio":  # nothing can be told from a ratio over 0
        columns = [{seed: value for seed, value in column.items() if value} for column in columns]
    seeds = sorted(set.intersection(*map(set, columns)), key=lambda seed: _lot(salt, check.id, seed))
    sets = given.sets(reads)
    dealt = [seeds[at : at + sets] for at in range(0, len(seeds) - sets + 1, sets)]
    if turned:
        dealt = [group[::-1] for group in dealt]
    return [_row(given, reads, [tuple(c[s] for c in columns) for s in group], group, turned) for group in dealt]


def _row(
    given: Given, reads: int, values: Sequence[tuple[float, ...]], group: Sequence[int], turned: bool
) -> tuple[float, ...]:
    first = [own[0] for own in values]
    if given.how == "alike":
        return tuple(first)
    if given.how == "instead":
        return values[0][::-1] if turned else values[0]
    if given.how == "shuffled":
        order = sorted(range(reads), key=lambda place: _lot("order", str(place), group[0]))
        return tuple(values[0][place] for place in (order[::-1] if turned else order))
    return tuple(_compared(given, first[at], first[at + 1]) for at in range(0, len(first), 2))


def _compared(given: Given, one: float, other: float) -> float:
    if given.how == "less":
        return float(one < other)
    return one - other if given.how == "difference" else one / other


def _lot(*parts: object) -> str:
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()


def _observed(check: Check, given: Sequence[tuple[float, ...]], claim: Claim) -> list[Row]:
    """The rows as a question reads them: seeds from 1000 on, as the judge expects."""
    found: list[Row] = []
    for seed, values in enumerate(given, start=FIRST_SEED):
        arms: dict[str, dict[str, float | None]] = {}
        for (arm, metric), value in zip(check.asks.reads(), values, strict=True):
            arms.setdefault(arm, {})[metric] = value
        found.append({arm: Observation(seed, metrics, False, claim.dataset) for arm, metrics in arms.items()})
    return found


def _tested(check: Check, alpha: float, finding: Finding, own: Sequence[Row]) -> Tested:
    values = [tuple(row[arm].metrics[metric] for arm, metric in check.asks.reads()) for row in own]
    ties = [check.asks.answer(row) for row in own].count("tie")
    n = max((n for n in check.looks() if n <= len(own)), default=0)
    needed = bisect.bisect_left(range(n + 1), True, key=lambda yes: _holds(check, alpha, yes, n)) if n else n + 1
    return Tested(finding, len(own), n, needed if needed <= n else None, len(set(values)), ties)


def _holds(check: Check, alpha: float, yes: int, n: int) -> bool:
    """Whether so many seeds that speak for the check would show that it holds."""
    speaks: tuple[Answer, Answer] = ("no", "yes") if check.bar in ("rarely", "never") else ("yes", "no")
    answers: list[Answer] = [speaks[0]] * yes + [speaks[1]] * (n - yes)
    return look(check, answers, alpha, last=n == check.looks()[-1]).outcome == "holds"


def _state(word: Word, turned: Word, met: Word, tested: Sequence[Tested]) -> tuple[State, str]:
    if word == "reproduced":
        return "reproduced", "the claim is reproduced without its effect"
    if turned == "reproduced":
        return "reproduced", "the claim is reproduced with the sides exchanged, so one of them still has the effect"
    for test in tested:
        if test.rows > 1 and (test.distinct == 1 or test.ties == test.rows):
            return "constant", f"of {test.finding.check.id} all rows are alike or tie"
    if word in OPEN and met != "reproduced":
        return "vacuous", "too few seeds: were every answer yes, the claim would still not be reproduced"
    return "clear", ""


def _hashed(given: Mapping[str, Sequence[Row]]) -> str:
    """Of all numbers that the checks were given."""
    spelled = {
        name: [[arm, seen.metrics] for row in own for arm, seen in row.items()] for name, own in sorted(given.items())
    }
    return sha256(canonical_json(spelled))


def refuted(claim: Claim, record: Mapping[str, Any] | None) -> str:
    """Why a claim can have no verdict: that its negative control on record is reproduced; empty where it is not."""
    if record is None or record["state"] != "reproduced" or record["claim_sha256"] != claim.sha256():
        return ""
    return f"its negative control is reproduced: {record['what']}"


def described(claim: Claim, found: Controlled) -> dict[str, Any]:
    """A negative control as `negatives.json` holds it."""
    return {
        "what": found.negative.what,
        "state": found.state,
        "reason": found.reason,
        "word": found.word,
        "turned": found.turned,
        "records": sorted({given.record for given in found.negative.all_given()}),
        "claim_sha256": claim.sha256(),
        "declared_sha256": sha256(canonical_json(asdict(found.negative))),
        "numbers_sha256": found.numbers_sha256,
        "checks": [_described(test) for test in found.tested],
    }


def _described(test: Tested) -> dict[str, Any]:
    finding = test.finding
    return {
        "id": finding.check.id,
        "outcome": finding.outcome,
        "yes": finding.yes,
        "ties": finding.ties,
        "n": finding.n,
        "rows": test.rows,
        "asked": test.asked,
        "needed": test.needed,
        "distinct": test.distinct,
    }
