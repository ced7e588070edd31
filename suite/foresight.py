"""How many seeds the batches will probably take: claims decided again and again on answers that are drawn.

The share of yes of a check is drawn from what is known of it: from its answers on record, else from those of edition 1
and of the pilots to the same question, else from what forecasters said, each on top of Jeffreys' prior. No Keras.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from common.trials import Trial
from suite import batches, evidence, forecasts, registry
from suite.claims import SHARES, Check, Claim
from suite.judging import RARE, Evidence, Finding, complete_rows, errors, look
from suite.questions import Answer, Row

DRAWS = 20
PRIOR = 0.5  # Jeffreys' prior is Beta(1/2, 1/2)
Selected = Mapping[str, tuple[str, Claim]]


Draw = Mapping[str, batches.Seeds]
"""Claim to the seeds that its arms have in the end."""


def draws(selected: Selected, done: Mapping[str, Sequence[Trial]], count: int = DRAWS) -> list[Draw]:
    """How the batches of some claims may end; `done` are the verdict trials of reproductions so far."""
    generator = random.Random(0)
    names = dict.fromkeys(name for name, _ in selected.values())
    now = {name: evidence.gather(done.get(name, ())) for name in names}
    before = {name: [evidence.gather(evidence.read_trials(path)) for path in _earlier(name)] for name in names}
    chances = {i: _chances(claim, now[name], before[name]) for i, (name, claim) in selected.items()}
    return [
        {i: _end(claim, now[name], chances[i], generator) for i, (name, claim) in selected.items()}
        for _ in range(count)
    ]


def _earlier(name: str) -> tuple[Path, ...]:
    return registry.edition_1() / name / "trials.csv", registry.results() / name / "pilots.csv"


Chance = Callable[[random.Random], float]
"""Draws the share of random seeds that say yes."""


def _chances(claim: Claim, now: Evidence, before: Sequence[Evidence]) -> dict[str, Chance]:
    """By check. What is asked more directly leaves the rest out."""
    said: dict[str, list[float]] = {}
    for forecast in forecasts.of_claim(claim.id):
        said.setdefault(forecast.check, []).append(forecast.probability)
    found: dict[str, Chance] = {}
    for node in claim.checks:
        for check in (node,) if isinstance(node, Check) else node.of:
            counts = (
                _count(check, rows) for rows in ([*complete_rows(check, now)], *(_rows(check, b) for b in before))
            )
            yes, no = next((pair for pair in counts if sum(pair)), (0, 0))
            believed = said.get(check.id) or said.get(node.id) or []
            if yes + no or not believed:
                found[check.id] = _posterior(yes, no)
            else:
                found[check.id] = _forecast(check, sum(believed) / len(believed))
    return found


def _rows(check: Check, earlier: Evidence) -> list[Row]:
    """Seeds that all arms of a check have, where each has ever shown the metric that is asked for."""
    for arm, metric in check.asks.reads():
        if not any(metric in o.metrics for o in earlier.get((check.study, arm), ())):
            return []
    columns = {arm: {o.seed: o for o in earlier[check.study, arm]} for arm in check.arms()}
    seeds = set.intersection(*(set(column) for column in columns.values()))
    return [{arm: column[seed] for arm, column in columns.items()} for seed in sorted(seeds)]


def _count(check: Check, rows: Sequence[Row]) -> tuple[int, int]:
    """How many seeds say yes, and how many do not."""
    yes = sum(check.asks.answer(row) == "yes" for row in rows)
    return yes, len(rows) - yes


def _posterior(yes: int, no: int) -> Chance:
    return lambda generator: generator.betavariate(yes + PRIOR, no + PRIOR)


def _forecast(check: Check, probability: float) -> Chance:
    """A share on that side of the bar on which the check holds, with the probability that forecasters gave to it."""
    bar = SHARES.get(check.bar, RARE)
    below = check.bar in ("rarely", "never")

    def draw(generator: random.Random) -> float:
        holds = generator.random() < probability
        while True:
            share = generator.betavariate(PRIOR, PRIOR)
            if ((share < bar) if below else (share > bar)) == holds:
                return share

    return draw


def _end(claim: Claim, now: Evidence, chances: Mapping[str, Chance], generator: random.Random) -> batches.Seeds:
    """How many seeds each arm of a claim has once nothing asks for more, on one draw of all answers to come."""
    answers = {}
    for check in claim.each():
        share = chances[check.id](generator)
        known = [check.asks.answer(row) for row in complete_rows(check, now)][: check.looks()[-1]]
        left = check.looks()[-1] - len(known)
        come: list[Answer] = ["yes" if generator.random() < share else "no" for _ in range(left)]
        answers[check.id] = [*known, *come]
    looks: dict[tuple[str, int], Finding] = {}

    def found(check: Check, alpha: float, n: int) -> Finding:
        """As `judging.find` of so many seeds."""
        finding = Finding(check, "not run", level=1 - alpha)
        for size in check.looks():
            if size > n:
                break
            if (check.id, size) not in looks:
                last = size == check.looks()[-1]
                looks[check.id, size] = look(check, answers[check.id][:size], alpha, last=last)
            finding = looks[check.id, size]
            if finding.decided:
                break
        return finding

    seeds: batches.Seeds = {}
    while True:
        ready = {check.id: min(seeds.get((check.study, arm), 0) for arm in check.arms()) for check in claim.each()}
        own = {check.id: found(check, alpha, ready[check.id]) for check, alpha in errors(claim)}
        if (wanted := batches.asked(claim, own)) == seeds:
            return seeds
        seeds = wanted
