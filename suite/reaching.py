"""Made-up data that lead a claim to a word, where there are any: the contract that every claim must meet. No Keras."""

import math
import random
from collections.abc import Mapping
from typing import Literal

from suite.claims import FIRST_SEED, AnyOf, Check, Claim, Listed, Node
from suite.judging import Evidence, judge
from suite.questions import Both, Chance, Compares, Either, Observation, Passes, Question, Trends, Within

Numbers = dict[tuple[str, str, str], float]
"""(study, arm, metric) to the number that every seed shows."""

ROUNDS = 400


def reach(claim: Claim, word: Literal["reproduced", "not reproduced"]) -> Evidence | None:
    """Trials, equal for all seeds, that give the claim that word; None when none were found."""
    generator = random.Random(0)
    wishes = [(check, wish) for node in claim.checks for check, wish in _wishes(node, word)]
    numbers: Numbers = {}
    for check in claim.each():
        for arm, metric in check.asks.reads():
            numbers.setdefault((check.study, arm, metric), 0.5)
    judged = set()
    for _ in range(ROUNDS):
        answers = tuple(check.asks.answer(_row(check, numbers)) for check, _ in wishes)
        if answers not in judged:  # as all seeds are equal, equal answers give equal verdicts
            judged.add(answers)
            evidence = _evidence(claim, numbers)
            if judge(claim, evidence).word == word:
                return evidence
        for check, wish in generator.sample(wishes, len(wishes)):
            if check.asks.answer(_row(check, numbers)) != wish:
                _toward(check.asks, check.study, wish, numbers, generator)
    return None


def _wishes(node: Node, word: str) -> list[tuple[Check, Literal["yes", "no"]]]:
    if node.kind == "scope":
        return []
    for_it = word == "reproduced" or node.kind == "control"
    if isinstance(node, Listed) and node.bar == "rarely":  # such a list holds where its members do not
        for_it = not for_it
    found: list[tuple[Check, Literal["yes", "no"]]] = []
    for check in node.of if isinstance(node, AnyOf | Listed) else (node,):
        turned = check.bar in ("rarely", "never")  # of these a yes is an exception
        found.append((check, "yes" if for_it != turned else "no"))
    return found


def _evidence(claim: Claim, numbers: Mapping[tuple[str, str, str], float]) -> Evidence:
    arms: dict[tuple[str, str], dict[str, float | None]] = {}
    for (study, arm, metric), value in numbers.items():
        arms.setdefault((study, arm), {})[metric] = value
    last = dict.fromkeys(arms, 0)
    for check in claim.each():
        for arm in check.arms():
            if (check.study, arm) in last:
                last[check.study, arm] = max(last[check.study, arm], check.looks()[-1])
    return {
        key: [Observation(FIRST_SEED + n, metrics, failed=False, dataset=claim.dataset) for n in range(last[key])]
        for key, metrics in arms.items()
    }


def _row(check: Check, numbers: Mapping[tuple[str, str, str], float]) -> dict[str, Observation]:
    rows: dict[str, dict[str, float | None]] = {}
    for arm, metric in check.asks.reads():
        rows.setdefault(arm, {})[metric] = numbers[check.study, arm, metric]
    return {arm: Observation(FIRST_SEED, metrics, failed=False, dataset="") for arm, metrics in rows.items()}


def _toward(asks: Question, study: str, wish: Literal["yes", "no"], numbers: Numbers, generator: random.Random) -> None:
    """Moves some of the numbers that a question reads so that it answers as wished."""
    yes = wish == "yes"
    if isinstance(asks, Passes):
        step = generator.choice((1e-3, 0.1, 1.0))
        if asks.relation == "==":
            numbers[study, asks.arm, asks.metric] = asks.bound + (0 if yes else step)
        else:
            numbers[study, asks.arm, asks.metric] = asks.bound + step * (1 if (asks.relation[0] == ">") == yes else -1)
    elif isinstance(asks, Compares):
        mine, other = (study, asks.arm, asks.metric), (study, asks.than, asks.than_metric or asks.metric)
        low, high = sorted(generator.choice(((0.1, 0.4), (0.3, 0.9), (5.0, 40.0), (60.0, 95.0), (1e-4, 1e4))))
        if asks.budget < math.inf:
            low, high = 0.1 * asks.budget, 0.9 * asks.budget
        low /= max(asks.times, 1.0) * 1.01
        small, large = (mine, other) if (asks.relation == "<") == yes else (other, mine)
        for key, value in generator.sample([(small, low * min(asks.times, 1.0)), (large, high)], 2):
            numbers[key] = value
    elif isinstance(asks, Trends):
        rising = asks.rises == yes
        for place, arm in enumerate(asks.arms):
            numbers[study, arm, asks.metric] = float(1 + (place if rising else len(asks.arms) - place))
    elif isinstance(asks, Chance):
        accuracy = 1.0 if asks.learned == yes else min(asks.constant, 1.0) * generator.choice((1.0, 0.9))
        numbers[study, asks.arm, asks.metric] = 100 * (1 - accuracy) if asks.percent else accuracy
    elif isinstance(asks, Within):
        base = generator.choice((0.5, 5.0))
        far = asks.yardstick if isinstance(asks.yardstick, float | int) else 1.0
        if not isinstance(asks.yardstick, float | int):
            one, two = asks.yardstick
            numbers[study, one, asks.metric], numbers[study, two, asks.metric] = base, base + far
        numbers[study, asks.of, asks.metric] = base
        numbers[study, asks.arm, asks.metric] = base + far * (0.1 if yes else 3.0)
    elif isinstance(asks, Both | Either):
        every = isinstance(asks, Both) == yes
        for part in asks.parts if every else [generator.choice(asks.parts)]:
            _toward(part, study, wish, numbers, generator)
