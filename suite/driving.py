"""The command `run`: round after round, what is missing is trained, recorded and judged, until all is decided."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from common.study import Tier
from common.trials import Trial
from suite import (
    evidence,
    foretelling,
    locking,
    machine,
    output,
    planning,
    provenance,
    quick,
    reading,
    recording,
    registry,
    running,
    tampering,
    unfilled,
)
from suite.claims import Claim
from suite.foretelling import Foretold
from suite.journal import FRESH, Journal
from suite.progress import Progress, shown
from suite.records import Provenance
from suite.writing import check_writable

Selected = Mapping[str, tuple[str, Claim]]
Study = tuple[str, str]


@dataclass
class Came:
    """What a run came to so far.

    `unrecorded` are studies that stand on record once the run is whole, `recorded` those that this run has put there,
    with their numbers of trials.
    """

    told: Foretold

    trials: dict[Study, Sequence[Trial]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    complete: bool = True
    trained: int = 0
    unrecorded: dict[Study, Provenance] = field(default_factory=dict)
    recorded: dict[Study, int] = field(default_factory=dict)

    def of_modules(self) -> dict[str, list[Trial]]:
        modules: dict[str, list[Trial]] = {}
        for (name, _), trials in self.trials.items():
            modules.setdefault(name, []).extend(trials)
        return modules


def run(
    options: argparse.Namespace,
    selected: Selected,
    tier: Tier,
    used: str,
    workers: int,
    start: running.Start | None = None,
) -> int:
    """Trains what is missing and prints what it came to; the exit code is that of the command.

    `start`, where it is given, runs the tasks, in as many `workers`.
    """
    names = sorted({name for name, _ in selected.values()})
    if tier in ("full", "gpu"):
        unfilled.refuse(selected)
    alone = [planning.alone(path) for path in options.study]
    names = sorted({*names, *(name for name, _ in alone)})
    planned = planning.plan(selected, tier, used, done={}, alone=alone)
    if not planned:
        raise planning.nothing_at(tier)
    if tier in ("full", "gpu"):
        provenance.refuse_uncommitted(names)
    if tier != "quick":
        with locking.alone():
            check_writable([registry.results(), *(registry.results() / name for name in names)])
            if tier == "pilot":
                tampering.refuse(names)
            else:
                tampering.refuse_run([(entry.name, entry.question, entry.arm.name) for entry in planned], selected)
    for warning in machine.check_space(registry.home(), sum(len(entry.keys) for entry in planned)):
        print(f"repro: warning: {warning}", file=sys.stderr)
    deadline = None if options.max_time is None else time.monotonic() + 60 * options.max_time
    before = {name: registry.recorded_verdicts(name) for name in names}
    judged = None
    with Journal(registry.home() / "journal.sqlite") as journal, _anew(options.fresh, journal) as kept:
        ready = partial(running.finished_before, journal=kept, fresh=options.fresh)
        done = ready(planned)
        came = Came(foretelling.begin(selected, tier, used, workers, ready))
        how = "finished by the --fresh run before" if options.fresh else "on record"
        informed = came.told.rates.informed(planned)
        print(f"repro: {planning.intent(informed, done, how, workers)}", file=sys.stderr)
        for warning in unfilled.waiting(selected) if tier != "pilot" else ():
            print(f"repro: warning: {warning}", file=sys.stderr)
        with shown(quiet=options.json) as watch:
            while planned != judged and came.complete and not came.faults:
                _round(tier, planned, workers, kept, deadline, watch, came, options.fresh, start)
                judged = planned
                if tier in ("full", "gpu"):
                    planned = planning.plan(selected, tier, used, done=came.of_modules(), alone=alone)
        if came.complete and not came.faults:
            came.told.end()
        if options.fresh and came.complete and not came.faults:
            for trial in (trial for study in came.trials.values() for trial in study):
                journal.add(trial)
            journal.flush()
            for study, fact in came.unrecorded.items():
                _record(tier, study, fact, came.trials[study], fresh=True)
            kept.forget()
    older = max(sum(map(len, came.trials.values())) - came.trained, 0)  # an arm that did not fit was trained twice
    print(f"repro: {came.trained} trained, {older} from the record.", file=sys.stderr)
    for fault in came.faults:
        print(f"repro: {fault}", file=sys.stderr)
    if came.faults:
        log = registry.home() / "errors.log"
        log.write_text("\n".join(came.traces), encoding="utf-8")
        print(
            f"repro: the trials above ended in an error and were not recorded; mend it and run again. All that Python "
            f"says of it is in {log}",
            file=sys.stderr,
        )
        _finish(options, selected, tier, came.trials, before)
        return 2
    if not came.complete:
        print(
            "repro: time is up before every trial was run; to go on, type the same command with more --max-time.",
            file=sys.stderr,
        )
        return 3
    return _finish(options, selected, tier, came.trials, before)


@contextmanager
def _anew(fresh: bool, journal: Journal) -> Iterator[Journal]:
    """Where trials are kept as they end: with `--fresh` in a journal of its own, which an interrupted run leaves behind
    and the next one goes on from; the record and the journal stay as they were until all is trained."""
    if not fresh:
        yield journal
        return
    with Journal(journal.path.with_name(FRESH)) as kept:
        yield kept


def _round(
    tier: Tier,
    planned: Sequence[running.Planned],
    workers: int,
    journal: Journal,
    deadline: float | None,
    watch: Callable[[Progress], None],
    came: Came,
    fresh: bool,
    start: running.Start | None,
) -> None:
    """Trains what is missing of a plan and records it, at the full tier study after study."""
    studies = list(dict.fromkeys((entry.name, entry.question) for entry in planned))
    groups = [planned] if tier == "quick" else [[e for e in planned if (e.name, e.question) == s] for s in studies]
    described = studies if tier != "quick" else []  # of which nothing is recorded: git is asked hundreds of times
    for group in groups:
        own = {(e.name, e.question) for e in group}
        facts = [(s, _describe(s, group, tier, workers)) for s in described if s in own]
        begun = time.monotonic()
        try:
            outcome = running.run(
                group, journal, workers=workers, fresh=fresh, deadline=deadline, watch=watch, start=start
            )
        except KeyboardInterrupt:
            if tier in ("full", "gpu") and not fresh:
                _keep(group, list(running.on_record(group, journal.find).values()))
            raise
        took = time.monotonic() - begun
        came.trials |= outcome.trials
        came.faults += outcome.faults
        came.traces += outcome.traces
        came.trained += len(outcome.trained)
        for note in outcome.notes:
            print(f"repro: note: {note}", file=sys.stderr)
        came.complete = came.complete and outcome.complete
        if not outcome.complete and tier in ("full", "gpu") and not fresh:
            _keep(group, [trial for study in outcome.trials.values() for trial in study])
        for study, fact in facts if outcome.complete else ():
            trials = outcome.trials[study]
            fact = fact.model_copy(update={"peak_megabytes": outcome.megabytes.get(study) or None})
            if fresh:
                came.unrecorded[study] = fact
            elif outcome.trained or len(trials) != came.recorded.get(study):  # a module's pictures take seconds to draw
                _record(tier, study, fact, trials)
                came.recorded[study] = len(trials)
        came.told.round(group, outcome, took)


def _record(tier: Tier, study: Study, fact: Provenance, trials: Sequence[Trial], *, fresh: bool = False) -> None:
    """Puts a study on record. Trials that are new there count as trained by this run, be it one that was killed and
    now goes on."""
    name, question = study
    if tier == "quick":
        return
    with locking.alone():
        if tier == "pilot":
            recording.record_pilots(name, question, trials)
            return
        known = set() if fresh else {t.key for t in evidence.read_trials(registry.results() / name / "trials.csv")}
        trained = any(trial.key not in known for trial in trials)
        recording.record_study(name, provenance.joined(name, fact, trained=trained), trials)


@locking.alone()
def _keep(group: Sequence[running.Planned], trials: Sequence[Trial]) -> None:
    """Keeps the finished trials of the one study of a group, unless all of them are there."""
    if len(trials) < sum(len(entry.keys) for entry in group):
        recording.keep_unfinished(group[0].name, group[0].question, trials)
        recording.write_index()


def _describe(study: Study, group: Sequence[running.Planned], tier: Tier, workers: int) -> Provenance:
    entries = [e for e in group if (e.name, e.question) == study]
    settings = {entry.arm.name: dict(entry.arm.settings) for entry in entries}
    used, data = entries[0].backend, entries[0].data
    return provenance.describe(*study, tier, backend=used, data=data, workers=workers, settings=settings)


def _finish(
    options: argparse.Namespace,
    selected: Selected,
    tier: Tier,
    trials: Mapping[Study, Sequence[Trial]],
    before: Mapping[str, Mapping[str, Mapping[str, object]]],
) -> int:
    """Prints what the run came to and gives the exit code."""
    if tier == "pilot":
        return 0
    if not selected:
        for name in sorted({name for name, _ in trials}):
            print(f"on record in {registry.results() / name}; what it comes to, where the module tells it: analysis.md")
        return 0
    if tier != "quick":
        after = {name: registry.recorded_verdicts(name) for name, _ in selected.values()}
        reading.print_verdicts(selected, as_json=options.json)
        words = {i: str(after[name].get(i, {}).get("verdict", "not run")) for i, (name, _) in selected.items()}
        old = {i: before[name][i]["verdict"] for i, (name, _) in selected.items() if i in before[name]}
        old = {i: word for i, word in old.items() if word != "not run"}  # as of claims whose module has others' trials
        if any(old[i] != words[i] and old[i] != "undecided" for i in old):
            return 1
        return 3 if set(words.values()) <= {"not run", "undecided", "invalid"} and not old else 0
    findings = quick.judge(selected, trials)
    print(output.as_json(findings) if options.json else "\n".join(quick.table(findings)))
    return 0 if all(row["quick"] in ("agrees", "skipped") for row in findings.values()) else 1
