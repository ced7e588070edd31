"""The command `run`: round after round, what is missing is trained, recorded and judged, until all is decided."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from common.errors import UserError
from common.study import Tier
from common.trials import Trial
from suite import planning, provenance, quick, reading, recording, registry, running, unfilled
from suite.claims import Claim
from suite.journal import Journal
from suite.progress import shown
from suite.records import Provenance

Selected = Mapping[str, tuple[str, Claim]]
Study = tuple[str, str]


@dataclass
class Came:
    """What a run came to so far."""

    trials: dict[Study, Sequence[Trial]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    complete: bool = True

    def of_modules(self) -> dict[str, list[Trial]]:
        modules: dict[str, list[Trial]] = {}
        for (name, _), trials in self.trials.items():
            modules.setdefault(name, []).extend(trials)
        return modules


def run(options: argparse.Namespace, selected: Selected, tier: Tier, used: str, workers: int) -> int:
    """Trains what is missing and prints what it came to; the exit code is that of the command."""
    names = sorted({name for name, _ in selected.values()})
    if tier in ("full", "gpu"):
        unfilled.refuse(selected)
    planned = planning.plan(selected, tier, used, done={})
    if tier in ("full", "gpu"):
        provenance.refuse_uncommitted(names)
    if tier == "gpu" and not planned:
        raise UserError("no study of these claims has arms at the gpu tier; their verdicts come from: --tier full.")
    if tier != "quick":
        recording.check_writable(names)
    for warning in running.check_space(registry.home(), sum(len(entry.keys) for entry in planned)):
        print(f"repro: warning: {warning}", file=sys.stderr)
    deadline = None if options.max_time is None else time.monotonic() + 60 * options.max_time
    before = {name: registry.recorded_verdicts(name) for name in names}
    came, judged = Came(), None
    with Journal(registry.home() / "journal.sqlite") as journal, shown(quiet=options.json) as watch:
        while planned != judged and came.complete and not came.faults:
            fresh = options.fresh and judged is None
            _round(tier, planned, workers, journal, deadline, watch, came, fresh)
            judged = planned
            if tier in ("full", "gpu"):
                planned = planning.plan(selected, tier, used, done=came.of_modules())
    for fault in came.faults:
        print(f"repro: {fault}", file=sys.stderr)
    if came.faults:
        print(
            "repro: the trials above ended in an error and were not recorded; mend it and run again.",
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


def _round(
    tier: Tier,
    planned: Sequence[running.Planned],
    workers: int,
    journal: Journal,
    deadline: float | None,
    watch: Callable[[running.Progress], None],
    came: Came,
    fresh: bool,
) -> None:
    """Trains what is missing of a plan and records it, at the full tier study after study."""
    studies = list(dict.fromkeys((entry.name, entry.question) for entry in planned))
    groups = [planned] if tier == "quick" else [[e for e in planned if (e.name, e.question) == s] for s in studies]
    for group in groups:
        facts = [(s, _describe(s, group, tier, workers)) for s in studies if s in {(e.name, e.question) for e in group}]
        try:
            outcome = running.run(group, journal, workers=workers, fresh=fresh, deadline=deadline, watch=watch)
        except KeyboardInterrupt:
            if tier in ("full", "gpu"):
                _keep(group, list(running.on_record(group, journal.find).values()))
            raise
        came.trials |= outcome.trials
        came.faults += outcome.faults
        for note in outcome.notes:
            print(f"repro: note: {note}", file=sys.stderr)
        came.complete = came.complete and outcome.complete
        if not outcome.complete and tier in ("full", "gpu"):
            _keep(group, [trial for study in outcome.trials.values() for trial in study])
        for (name, question), fact in facts if outcome.complete else ():
            if tier in ("full", "gpu"):
                fact = provenance.joined(name, fact, trained=outcome.trained)
                recording.record_study(name, fact, outcome.trials[name, question])
            elif tier == "pilot":
                recording.record_pilots(name, question, outcome.trials[name, question])


def _keep(group: Sequence[running.Planned], trials: Sequence[Trial]) -> None:
    """Keeps the finished trials of the one study of a group, unless all of them are there."""
    if len(trials) < sum(len(entry.keys) for entry in group):
        recording.keep_unfinished(group[0].name, group[0].question, trials)
        recording.write_index()


def _describe(study: Study, group: Sequence[running.Planned], tier: Tier, workers: int) -> Provenance:
    entry = next(e for e in group if (e.name, e.question) == study)
    return provenance.describe(*study, tier, backend=entry.backend, data=entry.data, workers=workers)


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
    if tier != "quick":
        after = {name: registry.recorded_verdicts(name) for name, _ in selected.values()}
        reading.print_verdicts(selected, as_json=options.json)
        words = {i: str(after[name].get(i, {}).get("verdict", "not run")) for i, (name, _) in selected.items()}
        old = {i: before[name][i]["verdict"] for i, (name, _) in selected.items() if i in before[name]}
        if any(old[i] != words[i] and old[i] not in ("not run", "undecided") for i in old):
            return 1
        return 3 if set(words.values()) <= {"not run", "undecided", "invalid"} and not old else 0
    findings = quick.judge(selected, trials)
    print(json.dumps(findings, indent=1) if options.json else "\n".join(quick.table(findings)))
    return 0 if all(row["quick"] == "agrees" for row in findings.values()) else 1
