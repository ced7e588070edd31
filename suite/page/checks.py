"""A check as a page shows it: the question, its bar, the seeds' answers, and how large the effect is. No ML library."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from suite import answers
from suite.claims import FIRST_SEED, SHARES, AnyOf, Check, Node
from suite.judging import RARE
from suite.page import charts, effects, learning
from suite.page.record import Record, metric
from suite.page.words import capitalised, counted, listing, plain, runs

Said = Mapping[str, Any]
"""A check as `verdicts.json` holds it."""

NOTHING: Said = {"outcome": "not run", "n": 0, "yes": 0, "ties": 0, "failed": 0, "effects": [], "trifling": False}
NONE_HELD: Mapping[str, str] = {}


@dataclass(frozen=True)
class View:
    """A check with all that is drawn or written of it; `of` are the members of an any-of or a list.

    `yes`, `no`, `ties` and `failed` name seeds; `needs` says how many seeds would decide it, or what holds it open.
    """

    id: str
    kind: str
    what: str
    outcome: str
    bar: str
    asks: str
    where: tuple[tuple[str, str], ...]
    came: str
    needs: str
    level: str
    count: charts.Count | None
    strips: tuple[charts.Strip, ...]
    curves: charts.Curves | None
    sizes: tuple[str, ...]
    seeds: tuple[tuple[str, str], ...]
    guards: tuple[str, ...]
    place: str
    trifling: bool = False
    of: tuple["View", ...] = ()


def view(
    record: Record, node: Node, said: Said | None, held: Mapping[str, str] = NONE_HELD, *, drawn: bool = True
) -> View:
    """What is told of a check; `drawn` adds the effect's axis and the learning curves, `held` why it is open."""
    if said is None or ("of" in said) == isinstance(node, Check):  # nothing, or of a check that has changed since
        said = NOTHING
    if isinstance(node, Check):
        return _single(record, node, said, held, drawn)
    known = {member["id"]: member for member in said.get("of", ())}
    of = tuple(view(record, check, known.get(check.id), held, drawn=False) for check in node.of)
    outcomes = [member.outcome for member in of]
    came = answers.tally(outcomes) if set(outcomes) != {"not run"} else "not run yet"
    rule = "any of them suffices" if isinstance(node, AnyOf) else "each is decided for itself"
    return View(
        node.id, node.kind, capitalised(node.what), said["outcome"], answers.bars(node), f"{len(of)} checks: {rule}",
        (), came, _held(node, held), "", None, (), None, (), (), (),
        node.of[0].study, of=of,
    )  # fmt: skip


def _single(record: Record, check: Check, said: Said, held: Mapping[str, str], drawn: bool) -> View:
    answered = _answered(record, check, said)
    exact, n = check.bar == "exact", said["n"]
    given = {answer: len(seeds) for answer, seeds in answered.items()}
    count = None if exact else charts.count(given, check.bar, said.get("low"), said.get("high"))
    return View(
        id=check.id,
        kind=check.kind,
        what=capitalised(check.what),
        outcome=said["outcome"],
        bar=answers.BARS[check.bar],
        asks=check.asks.words(),
        where=tuple(_where(record, check)),
        came=came(said),
        needs=_held(check, held) or (_needs(check, said) if drawn or said["n"] else ""),
        level=f"{100 * said['level']:.5g}" + " %" if "level" in said else "99 %",
        count=count,
        strips=tuple(effects.strips(record, check, said)) if drawn else (),
        curves=learning.curves(record, check, n) if drawn else None,
        sizes=tuple(_sizes(said)),
        seeds=tuple(_seeds(record, check, answered)),
        guards=check.guards,
        place=check.study,
        trifling=said["trifling"],
    )


def _answered(record: Record, check: Check, said: Said) -> dict[str, list[int]]:
    """Answer to the seeds that gave it."""
    found: dict[str, list[int]] = {}
    for row in record.rows(check, said["n"]):
        found.setdefault(check.asks.answer(row), []).append(next(iter(row.values())).seed)
    return found


def _where(record: Record, check: Check) -> Iterator[tuple[str, str]]:
    """What the metrics of the question are."""
    for name in dict.fromkeys(name for _, name in check.asks.reads()):
        what, unit = metric(record.name, check.study, name)
        yield name, f"{what}, {unit}" if unit else what


def came(said: Said) -> str:
    """What the seeds of a single check said."""
    if not said["n"]:
        return "not run yet"
    if said["bar"] == "exact":
        return "computed, and so it is" if said["yes"] else "computed, and not so"
    ties = f", {counted(said['ties'], 'tie')}" if said["ties"] else ""
    return f"{said['yes']} of {counted(said['n'], 'seed')}{ties}"


def _held(node: Node, held: Mapping[str, str]) -> str:
    """What holds a check open that no batch is to come of, as a sentence."""
    return f"{capitalised(held[node.id])}." if node.id in held else ""


def _needs(check: Check, said: Said) -> str:
    """What would decide an open check: how many yes at each look, or what the next batch costs."""
    if "next_batch_minutes" in said:
        minutes = f"{said['next_batch_minutes']:.2g} min of one core"
        return f"The next {check.step} seeds take about {minutes}; {check.most} are the most that will be asked."
    if said["n"] or check.bar == "exact":
        return ""
    looks = [(look, _enough(check.bar, look)) for look in check.looks()]
    shown = [f"{needed} of {look}" for look, needed in looks if needed is not None]
    word = {"rarely": "at most ", "never": "at most "}.get(check.bar, "")
    last = FIRST_SEED + check.most - 1
    return f"Asks seeds {FIRST_SEED} to {last} at most. Holds with {word}{listing(shown, 5)}." if shown else ""


@cache
def _enough(bar: str, n: int) -> int | None:
    """The fewest yes of `n` seeds that show the share to lie above the bar; of words that ask for few, the most."""
    from common import statistics  # scipy takes a while to load

    if bar == "some":
        return 1
    few = bar in ("rarely", "never")
    at = RARE if bar == "never" else SHARES[bar]  # type: ignore[index]
    for yes in range(n + 1) if not few else range(n, -1, -1):
        found = statistics.share(yes, n)
        if found.high < at if few else found.low > at:
            return yes
    return None


def _sizes(said: Said) -> Iterator[str]:
    for effect in said["effects"]:
        low, high = plain(effect["low"], "−∞"), plain(effect["high"], "∞")
        yield f"{effect['name']}: {plain(effect['value'])} ({low} to {high})"


def _seeds(record: Record, check: Check, answered: Mapping[str, list[int]]) -> Iterator[tuple[str, str]]:
    """Who said what, by name; of those that failed also why."""
    for answer, word in (("yes", "yes"), ("no", "no"), ("tie", "tied")):
        if seeds := answered.get(answer):
            yield word, listing(runs(seeds), 24)
    reasons = []
    for seed in answered.get("failed", ()):
        trials = [record.trials.get((check.study, arm, seed)) for arm in check.arms()]
        failed = next((trial for trial in trials if trial and trial.status != "ok"), None)
        why = f" ({failed.status}{': ' if failed.reason else ''}{failed.reason})" if failed else ""
        reasons.append(f"{seed}{why}")
    if reasons:
        yield "failed", listing(reasons, 6)
