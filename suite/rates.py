"""What a seed takes on this machine: measured of its arm, else of the arms most like it, else as it is declared.

Declared seconds are their author's guess, and go wrong by a factor of two or more. What they are good for is the
ratio of two arms of a study, so every rate is an arm's declared seconds times what was measured of others over what
those declare.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby

from common.errors import UserError
from common.study import TIERS, Arm, Tier
from suite import evidence, registry
from suite.journal import onlooker
from suite.running import Planned

ENOUGH = 1.0
"""Measured core-seconds below which nothing follows from them."""
RECENT = 20_000  # trials of this machine's journal that are looked at, the latest first
HELD_UP = 5, 60.0
"""A group of lanes took so many times what is usual of its arm, and so many seconds more, which is longer than any
program compiles: its process was suspended, or its machine asleep."""

Study = tuple[str, str, str]
"""Reproduction, study and data set."""
_Place = tuple[str, str, Tier, str]
"""Study, arm, tier and data set."""
_Took = tuple[_Place, int, float]
"""A trial: where it belongs, its lanes, its seconds."""
_Times = dict[_Place, tuple[float, int]]
"""Seconds and seeds of each arm."""

_QUERY = f"""SELECT {", ".join(f"json_extract(payload, '$.{name}')" for name in ("study", "arm", "tier", "dataset"))},
json_extract(payload, '$.lanes'), json_extract(payload, '$.seconds'), json_extract(payload, '$.backend')
FROM (SELECT payload FROM trials ORDER BY rowid DESC LIMIT {RECENT}) WHERE json_valid(payload)"""


@dataclass(frozen=True)
class Measured:
    """An arm as a tier declares it, and the core-seconds that `seeds` of it took, lanes that stayed empty included."""

    arm: Arm
    tier: Tier
    seconds: float
    seeds: int

    @property
    def declared(self) -> float:
        return self.arm.seconds * self.seeds


@dataclass(frozen=True)
class Rates:
    """What was measured, by study; `factor` is this machine's time over that of the record's machine."""

    measured: Mapping[Study, Sequence[Measured]]
    factor: float = 1.0

    def seconds(self, entry: Planned) -> tuple[float, str]:
        """Core-seconds of a seed of an arm, and what they rest on: `measured`, `like arms`, `module`, `declared`.

        An arm of another tier may have the same settings and declare what is wrong by another factor, so that it
        counts only where the arm itself was never trained.
        """
        own = self.measured.get((entry.name, entry.question, entry.data[0]), ())
        if itself := [found for found in own if (found.arm.name, found.tier) == (entry.arm.name, entry.tier)]:
            return entry.arm.seconds * _ratio(itself), "measured"
        most = max((_likeness(entry.arm, found.arm) for found in own), default=0.0)
        nearest = [found for found in own if _likeness(entry.arm, found.arm) == most]
        module = [found for (name, *_), group in self.measured.items() if name == entry.name for found in group]
        said = (("measured" if most == 1 else "like arms", nearest), ("like arms", own), ("module", module))
        for word, group in said:
            if sum(found.seconds for found in group) >= ENOUGH:
                return entry.arm.seconds * _ratio(group), word
        return entry.arm.seconds, "declared"

    def informed(self, planned: Iterable[Planned]) -> list[Planned]:
        """The plan with what its arms take here in place of what they declare. Only for telling: keys are the same."""
        return [replace(entry, arm=replace(entry.arm, seconds=self.seconds(entry)[0])) for entry in planned]


def _ratio(group: Sequence[Measured]) -> float:
    declared = sum(found.declared for found in group)
    return sum(found.seconds for found in group) / declared if declared else 1.0


def _likeness(one: Arm, other: Arm) -> float:
    """The share of settings in which two arms agree; 1 is the same program."""
    names = {*one.settings, *other.settings}
    missing = object()
    agreed = sum(one.settings.get(name, missing) == other.settings.get(name, missing) for name in names)
    return agreed / len(names) if names else 1.0


def known(names: Iterable[str], used: str) -> Rates:
    """What is known of the arms of some reproductions on a backend: from the record, and from this machine's journal.

    Edition 1 trained with another engine, so its times say nothing. Imports the studies.
    """
    names = tuple(names)
    there = _together(took for name in names for took in _recorded(name, used))
    here = _together(_journalled(used))
    factor = _pace(here, (_elsewhere(names, used) if here else {}) | there)
    found = {place: (seconds * factor, seeds) for place, (seconds, seeds) in there.items()} | here
    return Rates(_declared(names, found), factor)


def _pace(here: _Times, there: _Times) -> float:
    """This machine's time over that of the record's, of the arms that both have trained."""
    shared = [place for place in here if place in there and there[place][0] > 0]
    spent = sum(here[place][0] for place in shared)
    expected = sum(there[place][0] / there[place][1] * here[place][1] for place in shared)
    return spent / expected if min(spent, expected) >= ENOUGH else 1.0


def _elsewhere(names: Sequence[str], used: str) -> _Times:
    """What is on record of all other reproductions. One that cannot be read is left out: it was not asked for."""
    found: _Times = {}
    for name in (name for name in registry.names() if name not in names):
        with suppress(UserError):
            found |= _together(_recorded(name, used))
    return found


def _recorded(name: str, used: str) -> Iterable[_Took]:
    for file in ("trials.csv", "pilots.csv"):
        for trial in evidence.read_trials(registry.results() / name / file):
            if trial.backend == used:
                yield (trial.study, trial.arm, trial.tier, trial.dataset), trial.lanes, trial.seconds


def _journalled(used: str) -> Iterable[_Took]:
    with onlooker(registry.home() / "journal.sqlite") as connection:
        for *place, lanes, seconds, backend in connection.execute(_QUERY) if connection else ():
            if backend == used:
                study, arm, tier, dataset = place
                yield (study, arm, tier, dataset), lanes, seconds


def _together(trials: Iterable[_Took]) -> _Times:
    """Seconds and seeds of each arm. Of seeds side by side the first holds the time of all; so it may be of a task."""
    found: _Times = {}
    for place, group in groupby(sorted(trials), key=lambda took: took[0]):
        took = list(group)
        lanes = took[0][1]
        whole = -(-len(took) // lanes)
        groups = sorted((seconds for *_, seconds in took if seconds >= ENOUGH), reverse=True)[:whole]
        usual, (times, longer) = statistics.median_low(groups or [0.0]), HELD_UP
        waited = sum(group - usual for group in groups if group > times * usual + longer)
        found[place] = sum(seconds for *_, seconds in took) - waited, whole * lanes
    return found


def _declared(names: Sequence[str], found: _Times) -> dict[Study, list[Measured]]:
    """What was measured beside what is declared today; an arm that is gone is left out."""
    arms: dict[tuple[str, str, Tier], tuple[str, Arm]] = {
        (question, arm.name, tier): (name, arm)
        for name in names
        for question in registry.study_names(name)
        for tier in TIERS
        for arm in registry.arms(name, question, tier)
    }
    measured: dict[Study, list[Measured]] = {}
    for (question, label, tier, dataset), (seconds, seeds) in found.items():
        if (question, label, tier) in arms:
            name, arm = arms[question, label, tier]
            measured.setdefault((name, question, dataset), []).append(Measured(arm, tier, seconds, seeds))
    return measured
