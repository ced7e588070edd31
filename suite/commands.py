"""The commands that plan and train: `plan`, `run`, `status`, `audit`; and `costs`, which asks the studies too."""

import argparse
import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import partial

from threadpoolctl import threadpool_limits

from common.engine import backend
from common.errors import UserError
from common.study import PILOT_SEEDS, TIERS, Tier
from common.trials import Trial
from suite import costs, driving, evidence, planning, probing, reading, recording, registry, running
from suite.claims import FIRST_SEED, Claim
from suite.journal import finished

Selected = Mapping[str, tuple[str, Claim]]


def call(options: argparse.Namespace) -> int:
    """Runs one of this module's commands and returns the exit code."""
    if options.command == "audit":
        return _audit(options)
    if options.command == "costs":
        return _costs()
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
    if options.command == "run":
        return driving.run(options, selected, tier, used, workers)
    planned = planning.plan(selected, tier, used, done=_on_record(tier))
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


def _on_record(tier: Tier) -> planning.Trials:
    """What is judged to see which batch comes next: the record."""
    if tier not in ("full", "gpu"):
        return {}
    return {name: evidence.read_trials(registry.results() / name / "trials.csv") for name in registry.names()}


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
        power = f"all say yes: share ≥ {statistics.share(n, n).low:.2f}" if n > 1 else "an exact value"
        label = f"{entry.name}/{entry.question} / {arm.name}"
        print(f"{label:<52} {n:>6} {ready:>6} {minutes:>8.1f} {arm.megabytes:>6.0f}   {power}")
    count = max(workers, 1)
    print(
        f"{len(running.tasks(planned, done))} tasks on {count} worker(s): about {left / count:.0f} min and "
        f"{memory * count / 1000:.1f} GB of memory, plus some seconds for each program compiled the first time."
    )
    if any(entry.tier in ("full", "gpu") for entry in planned):
        print("More batches may follow, until each check is decided or its cap is reached.")


def announce(name: str) -> None:
    """Prints the expected time of a module's full tier before it is run."""
    used = prepare(None)
    planned = planning.plan(registry.select([name]), "full", used, done={})
    seconds = sum(entry.arm.seconds * len(entry.arm.seeds) for entry in planned)
    workers = running.worker_count(used)
    print(f"\n{name}: the first batches take about {seconds / workers / 60:.0f} min on {workers} worker(s)", flush=True)


def _status(planned: Sequence[running.Planned]) -> int:
    done = _done(planned)
    for entry in planned:
        trials = [done[key] for key in entry.keys.values() if key in done]
        failed = sum(trial.status != "ok" for trial in trials)
        print(
            f"{entry.name}/{entry.question}/{entry.arm.name}: {len(trials)} of {len(entry.keys)} done, {failed} failed"
        )
    return 0


def _costs() -> int:
    """Prints what the evidence cost, and writes it beside the record."""
    prepare(None)
    text = costs.page({name: costs.cost(name) for name in registry.names()})
    recording.write_costs(text)
    print(text, end="")
    return 0


def _audit(options: argparse.Namespace) -> int:
    """Trains one seed of one arm again, and prints its numbers beside those on record."""
    name, claim = reading.one(options.claim)
    question, arm = _arm(claim, options.arm)
    rows = evidence.read_trials(registry.results() / name / "trials.csv")
    kept = next((t for t in rows if (t.study, t.arm, t.seed) == (question, arm, options.seed)), None)
    if kept is None and FIRST_SEED <= options.seed < PILOT_SEEDS:
        raise UserError(
            f"seed {options.seed} of {arm} is not on record, and nobody looks at a verdict seed before it is; train it "
            f"with: repro run {claim.id} --tier full (or take a pilot's seed: --seed {PILOT_SEEDS})."
        )
    used = prepare(options.backend)
    needed = {(name, question): {arm: 1}}
    planned = [*running.plan(needed, "full", used), *running.plan(needed, "gpu", used)]
    if not planned:
        raise UserError(f"study {name}/{question} has no arm {arm!r} at the full tier; mend the claim or the study.")
    entry = planned[0]
    (trained,) = registry.study(name, question).run(entry.arm.settings, [options.seed], entry.arm.lanes)
    print(f"{name}/{question}/{arm}, seed {options.seed}: {trained.status}, {trained.steps} steps")
    same = True
    for metric, what in registry.metrics(name, question).items():
        if metric in trained.metrics:
            value = trained.metrics[metric]
            said = "nothing on record" if kept is None else f"on record {kept.metrics.get(metric)}"
            same = same and (kept is None or value is None or evidence.rounded(value) == kept.metrics.get(metric))
            print(f"  {metric} {'–' if value is None else evidence.rounded(value)} ({what}); {said}")
    if kept is not None:
        print("every number is that of the record" if same else "other numbers than on record, as on another machine")
    return 0 if same else 1


def _arm(claim: Claim, wanted: str | None) -> tuple[str, str]:
    """The study and the arm that are meant by `ARM` or `STUDY/ARM`; the first that the claim reads for None."""
    read = list(dict.fromkeys((check.study, arm) for check in claim.each() for arm in check.arms()))
    meant = [pair for pair in read if wanted in (None, pair[1], "/".join(pair))]
    if not meant:
        raise UserError(f"{claim.id} reads no arm {wanted!r}; it reads {', '.join(dict.fromkeys(a for _, a in read))}.")
    if wanted is not None and len(meant) > 1:
        raise UserError(f"{claim.id} reads several arms {wanted!r}; say which: {', '.join(map('/'.join, meant))}.")
    return meant[0]
