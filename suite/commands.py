"""The commands that plan and run: `plan`, `run`, `status`."""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any

from threadpoolctl import threadpool_limits

from common.engine import backend
from common.errors import UserError
from common.study import TIERS, Tier
from common.trials import Trial
from suite import evidence, probing, provenance, reading, recording, registry, running
from suite.edition_1_claims import Claim, agrees
from suite.journal import Journal, finished
from suite.progress import shown
from suite.records import Provenance

Selected = Mapping[str, tuple[str, Claim]]


def call(options: argparse.Namespace) -> int:
    """Runs one of this module's commands and returns the exit code."""
    tier = _tier(options.tier)
    selected = registry.select(options.what)
    if options.only:
        only = registry.select(options.only)
        selected = {identity: entry for identity, entry in selected.items() if identity in only}
        if not selected:
            raise UserError(f"--only {' '.join(options.only)} is not among {' '.join(options.what)}; leave one out.")
    if options.workers is not None and options.workers < 0:
        raise UserError(
            f"--workers {options.workers} is negative; give the number of processes, or 0 to run in this one."
        )
    if options.command == "run" and options.max_time is not None and not options.max_time >= 0:
        raise UserError(f"--max-time {options.max_time:g} is not a number of minutes; give 0 or more.")
    used = prepare(options.backend)
    workers = running.worker_count(used) if options.workers is None else options.workers
    planned = plan(selected, tier, used)
    if options.command == "run":
        return _run(options, selected, tier, planned, workers)
    if options.command == "status":
        return _status(planned)
    if options.probe and used != "jax":
        raise UserError(f"--probe measures lanes, which only the jax backend has; this run would use {used}.")
    _plan(planned, workers)
    if options.probe:
        print("\nmeasured on one core; to follow the advice, write lanes=… into the arm before its full run:")
        for line in probing.advise(planned):
            print(line)
    return 0


def prepare(requested: str | None) -> str:
    """Chooses the backend and sets this process up as a worker is set up, so that both give the same numbers."""
    used = backend.choose(requested)
    os.environ.update(backend.worker_environment(registry.home() / "programs"))
    threadpool_limits(1)  # NumPy may be loaded already, and then no longer reads the environment
    return used


def _tier(word: str) -> Tier:
    if word not in TIERS:
        near = get_close_matches(word, TIERS, n=1)
        raise UserError(
            f"unknown tier {word!r}; " + (f"did you mean {near[0]}?" if near else f"choose one of {', '.join(TIERS)}.")
        )
    return word


def plan(selected: Selected, tier: Tier, used: str) -> list[running.Planned]:
    """The studies that the selected claims read; at the quick tier only the arms that they read."""
    studies: dict[tuple[str, str], set[str]] = {}
    for name, claim in selected.values():
        for check in claim.quick if tier == "quick" else claim.checks:
            studies.setdefault((name, check.study), set()).update(check.arms)
    if tier in ("full", "gpu"):
        for name in {name for name, _ in selected.values()}:
            analysed = registry.analysis(name)
            if analysed is not None and {claim.id for claim in registry.claims(name)} <= set(selected):
                studies |= {(name, question): set() for question in analysed.STUDIES}  # read by no claim
    planned = running.plan(studies, tier, used)
    if tier == "quick":
        planned = [entry for entry in planned if entry.arm.name in studies[entry.name, entry.question]]
    return planned


def _done(planned: Sequence[running.Planned]) -> dict[str, Trial]:
    return running.on_record(planned, partial(finished, registry.home() / "journal.sqlite"))


def _plan(planned: Sequence[running.Planned], workers: int) -> None:
    from common import statistics  # scipy takes most of a second to load, and a refused command does not need it

    done = _done(planned)
    print(f"{'study / arm':<52} {'seeds':>6} {'done':>6} {'minutes':>8} {'MB':>6}   can show")
    left, memory = 0.0, 0.0
    for entry in planned:
        arm, n = entry.arm, len(entry.arm.seeds)
        ready = sum(key in done for key in entry.keys.values())
        minutes = arm.seconds * (n - ready) / 60
        left, memory = left + minutes, max(memory, arm.megabytes)
        power = f"all succeed: rate ≥ {statistics.proportion(n, n).low:.2f}" if n > 1 else "an exact value"
        label = f"{entry.name}/{entry.question} / {arm.name}"
        print(f"{label:<52} {n:>6} {ready:>6} {minutes:>8.1f} {arm.megabytes:>6.0f}   {power}")
    count = max(workers, 1)
    print(
        f"{len(running.tasks(planned, done))} tasks on {count} worker(s): about {left / count:.0f} min and "
        f"{memory * count / 1000:.1f} GB of memory, plus some seconds for each program compiled the first time."
    )


def announce(name: str) -> None:
    """Prints the expected time of a module's full tier before it is run."""
    used = prepare(None)
    planned = plan(registry.select([name]), "full", used)
    seconds = sum(entry.arm.seconds * len(entry.arm.seeds) for entry in planned)
    workers = running.worker_count(used)
    print(f"\n{name}: the full tier takes about {seconds / workers / 60:.0f} min on {workers} worker(s)", flush=True)


def _status(planned: Sequence[running.Planned]) -> int:
    done = _done(planned)
    for entry in planned:
        trials = [done[key] for key in entry.keys.values() if key in done]
        failed = sum(trial.status != "ok" for trial in trials)
        print(
            f"{entry.name}/{entry.question}/{entry.arm.name}: {len(trials)} of {len(entry.keys)} done, {failed} failed"
        )
    return 0


def _run(
    options: argparse.Namespace,
    selected: Selected,
    tier: Tier,
    planned: Sequence[running.Planned],
    workers: int,
) -> int:
    names = sorted({name for name, _ in selected.values()})
    if tier in ("full", "gpu"):
        recording.refuse_history()
        provenance.refuse_uncommitted_claims(names)
    if tier != "quick":
        recording.check_writable(names)
    for warning in running.check_space(registry.home(), sum(len(entry.keys) for entry in planned)):
        print(f"repro: warning: {warning}", file=sys.stderr)
    deadline = None if options.max_time is None else time.monotonic() + 60 * options.max_time
    before = {name: registry.recorded_verdicts(name) for name in names}
    studies = list(dict.fromkeys((entry.name, entry.question) for entry in planned))
    groups = [planned] if tier == "quick" else [[e for e in planned if (e.name, e.question) == s] for s in studies]
    trials: dict[tuple[str, str], Sequence[Trial]] = {}
    faults: list[str] = []
    complete = True
    with Journal(registry.home() / "journal.sqlite") as journal, shown(quiet=options.json) as watch:
        for group in groups:
            facts = [
                (s, _describe(s, group, tier, workers)) for s in studies if s in {(e.name, e.question) for e in group}
            ]
            try:
                outcome = running.run(
                    group, journal, workers=workers, fresh=options.fresh, deadline=deadline, watch=watch
                )
            except KeyboardInterrupt:
                if tier in ("full", "gpu"):
                    _keep(group, list(running.on_record(group, journal.find).values()))
                raise
            trials |= outcome.trials
            faults += outcome.faults
            for note in outcome.notes:
                print(f"repro: note: {note}", file=sys.stderr)
            complete = complete and outcome.complete
            if not outcome.complete and tier in ("full", "gpu"):
                _keep(group, [trial for study in outcome.trials.values() for trial in study])
            for (name, question), fact in facts if outcome.complete else ():
                if tier in ("full", "gpu"):
                    fact = fact if outcome.trained else provenance.of_record(name, fact)
                    recording.record_study(name, fact, outcome.trials[name, question])
                elif tier == "pilot":
                    recording.record_pilots(name, question, outcome.trials[name, question])
    for fault in faults:
        print(f"repro: {fault}", file=sys.stderr)
    if faults:
        print(
            "repro: the trials above ended in an error and were not recorded; mend it and run again.",
            file=sys.stderr,
        )
        _finish(options, selected, tier, trials, before)
        return 2
    if not complete:
        print(
            "repro: time is up before every trial was run; to go on, type the same command with more --max-time.",
            file=sys.stderr,
        )
        return 3
    return _finish(options, selected, tier, trials, before)


def _keep(group: Sequence[running.Planned], trials: Sequence[Trial]) -> None:
    """Keeps the finished trials of the one study of a group, unless all of them are there."""
    if len(trials) < sum(len(entry.keys) for entry in group):
        recording.keep_unfinished(group[0].name, group[0].question, trials)
        recording.write_index()


def _describe(study: tuple[str, str], group: Sequence[running.Planned], tier: Tier, workers: int) -> Provenance:
    entry = next(e for e in group if (e.name, e.question) == study)
    return provenance.describe(*study, tier, backend=entry.backend, data=entry.data, workers=workers)


def _finish(
    options: argparse.Namespace,
    selected: Selected,
    tier: Tier,
    trials: Mapping[tuple[str, str], Sequence[Trial]],
    before: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> int:
    """Prints what the run came to and gives the exit code."""
    if tier == "pilot":
        return 0
    if tier != "quick":
        after = {name: registry.recorded_verdicts(name) for name, _ in selected.values()}
        reading.print_verdicts(selected, as_json=options.json)
        words = {i: str(after[name].get(i, {}).get("verdict", "not run")) for i, (name, _) in selected.items()}
        old = {i: before[name][i]["verdict"] for i, (name, _) in selected.items() if i in before[name]}
        if any(old[i] != words[i] and old[i] != "not run" for i in old):
            return 1
        return 3 if set(words.values()) <= {"not run", "inconclusive", "invalid"} and not old else 0
    findings = judge_quick(selected, trials)
    if options.json:
        print(json.dumps(findings, indent=1))
    else:
        _print_quick(findings)
    return 0 if all(row["quick"] == "agrees" for row in findings.values()) else 1


def judge_quick(selected: Selected, trials: Mapping[tuple[str, str], Sequence[Trial]]) -> dict[str, dict[str, str]]:
    """Claim id to its recorded verdict, whether the quick trials agree with the finding, and on which data.

    A claim is `failed` where any trial that it reads is not there.
    """
    rows = {}
    records = reading.recorded(selected)
    for identity, (name, claim) in selected.items():
        own = [trial for (module, _), group in trials.items() if module == name for trial in group]
        observed = evidence.gather(own)
        used = {check.study for check in claim.quick}
        row = {
            "recorded": str(records.get(identity, {}).get("verdict", "not run")),
            "data": ", ".join(sorted({trial.dataset for trial in own if trial.study in used})),
        }
        counts = [(c, arm, len(observed.get((c.study, arm), ()))) for c in claim.quick for arm in c.arms]
        lost = [f"{c.study}/{arm}: {count} of {c.seeds} trials" for c, arm, count in counts if count < c.seeds]
        if lost:
            rows[identity] = row | {"quick": "failed", "findings": "; ".join(dict.fromkeys(lost))}
            continue
        met, found = agrees(claim, observed)
        told = (f"{f.check.id} {f.value:.4g} {f.check.relation} {f.check.threshold:g}" for f in found)
        rows[identity] = row | {"quick": "agrees" if met else "differs", "findings": "; ".join(told)}
    return rows


def _print_quick(findings: Mapping[str, Mapping[str, str]]) -> None:
    width = max(map(len, findings))
    print(f"{'claim':<{width}}  {'recorded verdict':<16}  {'quick':<8} {'data':<10} estimates, never citable")
    for identity, row in findings.items():
        print(f"{identity:<{width}}  {row['recorded']:<16}  {row['quick']:<8} {row['data']:<10} {row['findings']}")
    if any("digits" in row["data"] for row in findings.values()):
        print("MNIST is not at hand, so the 8x8 digits stood in for it. For MNIST: repro data fetch")
