"""Trains recorded trials again on this machine and compares: what anyone can do who doubts the record."""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from common.engine import backend
from common.errors import UserError
from common.study import Tier
from common.trials import Trial, or_worst
from suite import evidence, planning, provenance, registry, running
from suite.journal import Journal
from suite.progress import shown
from suite.questions import Observation
from suite.recorded import Recorded, Selected, on_record
from suite.records import Provenance

Key = tuple[str, str, str, int]
"""Reproduction, study, arm and seed."""

Result = Literal["equal", "close", "differs", "apart", "timed", "not compared"]
"""`apart`: after so many steps, or on another backend, numbers need not agree; only many seeds together can tell.
`timed`: numbers are times, which no machine gives twice; what the block answers stands beside what it did on record."""

CLOSE, SHORT = 0.1, 300
"""On another kind of machine, which may order its sums otherwise, the metrics of a trial of at most so many steps stay
within this share of those on record."""

MOST = 8  # trials are named before they are trained
LEVEL = 0.01  # of all two-sample tests of an audit together


@dataclass(frozen=True)
class Compared:
    """A recorded trial and what it came to here, None where it was not trained."""

    name: str
    recorded: Trial
    again: Trial | None
    result: Result
    reason: str

    def label(self) -> str:
        return f"{self.name}/{self.recorded.study}/{self.recorded.arm} seed {self.recorded.seed}"


@dataclass(frozen=True)
class TwoSample:
    """Whether an arm's metric has the distribution of the record: `n` seeds here beside `of` on record.

    `p` is that of Kolmogorov's and Smirnov's test, `least` the smallest that so few seeds could give.
    """

    arm: str
    metric: str
    n: int
    of: int
    p: float
    least: float


@dataclass(frozen=True)
class Answered:
    """What a seed says to a check, on record and here."""

    check: str
    seed: int
    recorded: str
    again: str


@dataclass(frozen=True)
class Audit:
    """All that an audit found; `made` are the circumstances of each study's record, where they are known."""

    used: str
    compared: Sequence[Compared]
    tested: Sequence[TwoSample]
    answered: Sequence[Answered]
    made: Mapping[str, Provenance]

    def count(self, result: Result) -> int:
        return sum(one.result == result for one in self.compared)

    def level(self) -> float:
        """Of each test, so that all of them together err in no more than `LEVEL` of audits."""
        return LEVEL / max(len(self.tested), 1)

    def departing(self) -> list[TwoSample]:
        return [test for test in self.tested if test.p < self.level()]

    def undecided(self) -> bool:
        """Some trials could not be compared, or are apart on too few seeds for a test."""
        weak = any(test.least >= self.level() for test in self.tested)
        return bool(self.count("not compared")) or (bool(self.count("apart")) and (weak or not self.tested))

    def code(self) -> int:
        """The exit code: 1 where something differs, 3 where the numbers leave it open, else 0."""
        if self.count("differs") or self.departing():
            return 1
        return 3 if self.undecided() else 0


def audit(chosen: Sequence[Recorded], selected: Selected, used: str, workers: int) -> Audit:
    """Trains the chosen trials again, in a folder of its own, and compares them with the record.

    Raises:
        UserError: none of them belongs to the code as it is, or a data set is missing.
    """
    planned, refused = _planned(chosen, used)
    if not planned:
        raise UserError(next(iter(refused.values())))
    labels = [f"{e.name}/{e.question}/{e.arm.name} seed {seed}" for e in planned for seed in e.keys]
    listed = ", ".join(labels) if len(labels) <= MOST else f"{len(labels)} recorded trials"
    print(f"repro: trains again {listed} {planning.place_and_time(planned, {}, workers)}.", file=sys.stderr)
    with (
        tempfile.TemporaryDirectory() as folder,
        Journal(Path(folder) / "journal.sqlite") as journal,
        shown(quiet=False) as watch,
    ):
        outcome = running.run(planned, journal, workers=workers, fresh=True, watch=watch)
    again = {_key(name, t): t for (name, _), trials in outcome.trials.items() for t in trials}
    made = {
        f"{name}/{study}": facts
        for name in dict.fromkeys(name for name, _ in chosen)
        for study, facts in evidence.read_provenance(name).items()
        if any(study == trial.study for of, trial in chosen if of == name)
    }
    compared = []
    for name, trial in chosen:
        key = _key(name, trial)
        if key in refused:
            compared.append(Compared(name, trial, None, "not compared", refused[key]))
        elif key not in again:
            reason = next(iter(outcome.faults), "it was not finished")
            compared.append(Compared(name, trial, None, "differs", f"trained again it ended in an error: {reason}"))
        else:
            facts = None if trial.tier == "pilot" else made.get(f"{name}/{trial.study}")
            found = compare(trial, again[key], facts)
            if found[0] != "equal" and again[key].status == "ok" and registry.timed(name, trial.study):
                found = "timed", "a block of timings, which no machine gives twice"
            compared.append(Compared(name, trial, again[key], *found))
    return Audit(used, compared, list(_tested(compared)), list(_answered(selected, compared)), made)


def same_kind(made: Provenance | None, used: str) -> bool:
    """Whether this machine must give the very numbers that another gave: same processor, packages and accelerator."""
    if made is None:
        return False
    packages = provenance.packages()
    if "scikit-learn" not in made.packages:  # a record before format 5
        packages.pop("scikit-learn", None)
    here = (provenance.cpu(), packages, backend.accelerator(used), used)
    return (made.cpu, made.packages, made.accelerator, made.backend) == here


def compare(recorded: Trial, again: Trial, made: Provenance | None) -> tuple[Result, str]:
    """What a trial trained again says of the record, and why; `made` is where the record was made, where known."""
    before, now = _numbers(recorded), _numbers(again)
    if (before, recorded.status, recorded.steps) == (now, again.status, again.steps):
        return "equal", "every number is that of the record"
    if again.status not in ("ok", "diverged"):
        return "differs", f"trained again it was {again.status}: {again.reason}"
    if again.backend != recorded.backend:
        return "apart", f"{recorded.backend} there, {again.backend} here"
    if same_kind(made, again.backend) and again.lanes == recorded.lanes:
        return "differs", "on the same kind of machine every number must be equal"
    if recorded.steps > SHORT:
        return "apart", f"another kind of machine, and {recorded.steps} steps, over which small differences grow"
    near = before.keys() == now.keys() and all(abs(now[m] - x) <= CLOSE * abs(x) for m, x in before.items())
    if near and again.status == recorded.status:
        return "close", f"another kind of machine, and every number within {CLOSE:.0%}"
    return "differs", f"after {recorded.steps} steps another kind of machine must come within {CLOSE:.0%}"


def _key(name: str, trial: Trial) -> Key:
    return name, trial.study, trial.arm, trial.seed


def _numbers(trial: Trial) -> dict[str, float]:
    return {metric: evidence.rounded(value) for metric, value in trial.metrics.items() if value is not None}


def _planned(chosen: Sequence[Recorded], used: str) -> tuple[list[running.Planned], dict[Key, str]]:
    """What is to be trained, arm by arm, and of each trial that belongs to other code or data why it is not."""
    groups: dict[tuple[str, Tier, str, str, int], list[Trial]] = {}
    for name, trial in chosen:
        groups.setdefault((name, trial.tier, trial.study, trial.arm, trial.lanes), []).append(trial)
    planned: list[running.Planned] = []
    refused: dict[Key, str] = {}
    for (name, tier, study, arm, lanes), trials in groups.items():
        label = f"{name}/{study}/{arm}"
        commit = facts.commit if (facts := evidence.read_provenance(name).get(study)) else ""
        known = study in registry.study_names(name)
        entries = running.plan({(name, study): {arm: 1}}, tier, used) if known else []
        entry = next((entry for entry in entries if entry.arm.name == arm), None)
        if entry is None:
            refused |= {_key(name, t): f"{label} is no longer declared{_at(commit)}" for t in trials}
            continue
        sound = []
        for t in sorted(trials, key=lambda trial: trial.seed):
            then = running.declared(
                name, study, tier, replace(entry.arm, seeds=(t.seed,), lanes=lanes), t.backend, entry.data
            )
            if t.dataset != entry.data[0]:
                refused[_key(name, t)] = f"{label} was trained on {t.dataset}, and {entry.data[0]} is at hand"
            elif t.key and then.keys[t.seed] != t.key:  # pilots have none
                refused[_key(name, t)] = f"{label}: study, settings, data or engine changed since{_at(commit)}"
            else:
                sound.append(t.seed)
        if sound:
            own = replace(entry.arm, seeds=tuple(sound), lanes=lanes if used == "jax" else 1)
            planned.append(running.declared(name, study, tier, own, used, entry.data))
    return planned, refused


def _at(commit: str) -> str:
    return f"; to audit it, type: git checkout {commit}" if commit else ""


def _tested(compared: Sequence[Compared]) -> Iterator[TwoSample]:
    """Each metric of each arm that has trials apart, beside all of that arm on record."""
    from common import statistics  # scipy takes most of a second to load

    arms: dict[tuple[str, str, str], list[Trial]] = {}
    for one in compared:
        if one.result == "apart" and one.again is not None:
            arms.setdefault((one.name, one.recorded.study, one.recorded.arm), []).append(one.again)
    for (name, study, arm), trials in arms.items():
        others = [t for t in on_record(name, pilots=trials[0].tier == "pilot") if (t.study, t.arm) == (study, arm)]
        for metric in sorted({m for t in (*trials, *others) for m, value in t.metrics.items() if value is not None}):
            here, there = ([or_worst(t, metric) for t in some] for some in (trials, others))
            p, least = statistics.same_distribution(here, there)
            yield TwoSample(f"{name}/{study}/{arm}", metric, len(here), len(there), p, least)


def _answered(selected: Selected, compared: Sequence[Compared]) -> Iterator[Answered]:
    """What the seeds say of which every arm of a check was trained again."""
    rows: dict[tuple[str, str, int], dict[str, Compared]] = {}
    for one in compared:
        if one.again is not None:
            rows.setdefault((one.name, one.recorded.study, one.recorded.seed), {})[one.recorded.arm] = one
    for name, claim in selected.values():
        for check in claim.each():
            for (of, study, seed), arms in rows.items():
                if (of, study) == (name, check.study) and set(check.arms()) <= set(arms):
                    before = {arm: _observed(one.recorded) for arm, one in arms.items()}
                    now = {arm: _observed(one.again) for arm, one in arms.items() if one.again is not None}
                    said = check.asks.answer(before), check.asks.answer(now)
                    yield Answered(f"{claim.id}/{check.id}", seed, *said)


def _observed(trial: Trial) -> Observation:
    return Observation(trial.seed, trial.metrics, trial.status != "ok", trial.dataset)
