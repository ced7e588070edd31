"""What a plan will probably take, claim by claim and module by module, on so many workers."""

import heapq
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from common.trials import Trial
from suite import foresight, running
from suite.claims import Claim
from suite.rates import Rates
from suite.running import Planned

START_UP = 4.0
"""Seconds until a worker has loaded its libraries; at the full tier every study has workers of its own."""
OUTSIDE = 0.1  # share of draws below what is said to be low, and above what is said to be high

Place = tuple[str, str, str]
"""Reproduction, study and arm."""
Selected = Mapping[str, tuple[str, Claim]]


@dataclass(frozen=True)
class Amount:
    """Trials still to be trained and their core-seconds, in the middle of all draws; 80 % lie from `low` to `high`.

    `seconds` pass until the last of them ends.
    """

    trials: int
    core_seconds: float
    low: float
    high: float
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """`megabytes` are those of a worker of the largest arm."""

    claims: Mapping[str, Amount]
    modules: Mapping[str, Amount]
    whole: Amount
    megabytes: float


def estimate(
    selected: Selected,
    planned: Sequence[Planned],
    done: Mapping[str, Trial],
    ends: Sequence[foresight.Draw],
    rates: Rates,
    workers: int,
) -> Estimate:
    """What is left of a plan once the batches have ended as in each of the draws; none where nothing is drawn.

    Args:
        done: finished trials by key.
        ends: of `foresight.draws`; empty where the plan itself says how many seeds there will be.
    """
    entries = {(entry.name, entry.question, entry.arm.name): entry for entry in planned}
    ready = {place: sum(key in done for key in entry.keys.values()) for place, entry in entries.items()}
    seconds = {place: rates.seconds(entry)[0] for place, entry in entries.items()}

    def amount(options: Sequence[Mapping[Place, int]]) -> Amount:
        left = [{p: n - ready[p] for p, n in wanted.items() if p in entries and n > ready[p]} for wanted in options]
        costs = [sum(_whole(entries[p], n) * seconds[p] for p, n in more.items()) for more in left]
        order = sorted(range(len(costs)), key=costs.__getitem__)
        middle = order[len(order) // 2]
        rank = math.floor(OUTSIDE * (len(order) - 1))
        ends_in = statistics.median(_duration(entries, seconds, more, workers) for more in left)
        trials = sum(left[middle].values())
        return Amount(trials, costs[middle], costs[order[rank]], costs[order[-1 - rank]], ends_in)

    if not ends:
        declared = {place: len(entry.keys) for place, entry in entries.items()}
        names = dict.fromkeys(name for name, *_ in declared)
        modules = {name: amount([{p: n for p, n in declared.items() if p[0] == name}]) for name in names}
        return Estimate({}, modules, amount([declared]), _megabytes(planned))
    every = [_joined(selected, draw) for draw in ends]
    claims = {i: amount([_joined({i: selected[i]}, draw) for draw in ends]) for i in selected}
    names = dict.fromkeys(name for name, _ in selected.values())
    modules = {name: amount([{p: n for p, n in draw.items() if p[0] == name} for draw in every]) for name in names}
    return Estimate(claims, modules, amount(every), _megabytes(planned))


def _joined(selected: Selected, draw: foresight.Draw) -> dict[Place, int]:
    """How many seeds each arm has: as many as the claim that asks for most."""
    found: dict[Place, int] = {}
    for identity, (name, _) in selected.items():
        for (study, arm), n in draw[identity].items():
            found[name, study, arm] = max(found.get((name, study, arm), 0), n)
    return found


def _megabytes(planned: Iterable[Planned]) -> float:
    return max((entry.arm.megabytes for entry in planned), default=0.0)


def _whole(entry: Planned, seeds: int) -> int:
    """A group of lanes is always trained whole."""
    return -(-seeds // entry.arm.lanes) * entry.arm.lanes


def _duration(
    entries: Mapping[Place, Planned], seconds: Mapping[Place, float], more: Mapping[Place, int], workers: int
) -> float:
    """Seconds until so many more seeds of each arm are trained, at the quick tier all at once, else study by study."""
    studies: dict[tuple[str, str], list[float]] = {}
    for place, seeds in more.items():
        entry = entries[place]
        group = ("", "") if entry.tier == "quick" else (entry.name, entry.question)
        studies.setdefault(group, []).extend(_lengths(entry, seeds, seconds[place]))
    return sum(duration(lengths, workers) for lengths in studies.values())


def _lengths(entry: Planned, seeds: int, seconds: float) -> list[float]:
    """The lengths of the tasks into which so many seeds of an arm are cut."""
    size = running.task_size(entry.arm)
    return [_whole(entry, min(size, seeds - start)) * seconds for start in range(0, seeds, size)]


def duration(lengths: Iterable[float], workers: int) -> float:
    """Seconds until all tasks are done: the longest first, each by the worker that is free first. 0 is this process."""
    free = [START_UP if workers else 0.0] * max(workers, 1)
    for length in sorted(lengths, reverse=True):
        heapq.heapreplace(free, free[0] + length)
    return max(free)


def of_trials(group: Iterable[Planned], trained: Set[str], rates: Rates, workers: int) -> tuple[float, float]:
    """Core-seconds and seconds that some trials of a plan, known by their keys, should have taken."""
    core = 0.0
    lengths: list[float] = []
    for entry in group:
        seeds = sum(key in trained for key in entry.keys.values())
        if seeds:
            parts = _lengths(entry, seeds, rates.seconds(entry)[0])
            core, lengths = core + sum(parts), lengths + parts
    return core, duration(lengths, workers) if lengths else 0.0


def lines(found: Estimate, workers: int, nodes: int) -> list[str]:
    """What `repro plan` prints below its arms."""
    text = [f"{'claim or module':<36} {'trials':>7} {'core-min':>9} {'80 % of cases':>16} {'min':>8}"]
    for group in (found.claims, found.modules):
        text += [_line(name, amount) for name, amount in group.items()]
    text.append(_line("all together", found.whole))
    hours, paid = found.whole.core_seconds / 3600, found.whole.seconds * max(workers, 1) / 3600
    here = f"{max(workers, 1)} worker(s)" + (f" on {nodes} machines" if nodes > 1 else "")
    memory = found.megabytes * max(workers, 1) / max(nodes, 1) / 1000
    text.append(
        f"on {here}: {_time(found.whole.seconds)}, up to {memory:.1f} GB of memory"
        + (" each" if nodes > 1 else "")
        + f"; {hours:.1f} core-hours of training, {paid:.1f} to be paid for while it lasts"
    )
    return text


def _line(name: str, amount: Amount) -> str:
    span = f"{amount.low / 60:.1f} to {amount.high / 60:.1f}"
    return f"{name:<36} {amount.trials:>7} {amount.core_seconds / 60:>9.1f} {span:>16} {amount.seconds / 60:>8.1f}"


def _time(seconds: float) -> str:
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"
