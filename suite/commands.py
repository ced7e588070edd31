"""The commands that plan and train: `plan`, `run`, `status`, `audit`; and `costs`, which asks the studies too."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial

from threadpoolctl import threadpool_limits

from common.engine import backend
from common.errors import UserError, nearest
from common.home import keep_libraries_at_home
from common.study import TIERS, Tier
from common.trials import Trial
from suite import (
    auditing,
    auditing_report,
    costs,
    declaring,
    driving,
    estimating,
    evidence,
    foresight,
    grounds,
    locking,
    machine,
    planning,
    predictions,
    probing,
    rates,
    ray_cluster,
    ray_workers,
    recorded,
    recording,
    registry,
    running,
)
from suite.claims import Claim
from suite.journal import FRESH, finished, statuses

Selected = Mapping[str, tuple[str, Claim]]


def call(options: argparse.Namespace) -> int:
    """Runs one of this module's commands and returns the exit code."""
    if options.command == "costs":
        return _costs()
    if options.command == "plan" and options.scored:
        print("\n".join(predictions.scored(predictions.kept())))
        return 0
    if options.command == "plan" and options.nodes < 1:
        raise UserError(f"--nodes {options.nodes} is no number of machines; give 1 or more.")
    if options.workers is not None and options.workers < 0:
        raise UserError(
            f"--workers {options.workers} is negative; give the number of processes, or 0 to run in this one."
        )
    if options.command == "audit":
        return _audit(options)
    tier = _tier(options.tier)
    alone = options.command == "run" and bool(options.study)
    selected: Selected = {} if alone and not options.what else registry.select(options.what)
    if options.only:
        only = registry.select(options.only)
        selected = {identity: entry for identity, entry in selected.items() if identity in only}
        if not selected:
            raise UserError(f"--only {' '.join(options.only)} is not among {' '.join(options.what)}; leave one out.")
    if options.command == "run" and options.max_time is not None and not options.max_time >= 0:
        raise UserError(f"--max-time {options.max_time:g} is not a number of minutes; give 0 or more.")
    if options.command == "run" and options.address and options.executor != "ray":
        raise UserError(f"--address {options.address} is that of a Ray cluster; add --executor ray.")
    used = prepare(options.backend)
    workers = machine.worker_count(used) if options.workers is None else options.workers
    if options.command != "run":
        names = dict.fromkeys(name for name, _ in selected.values())
        with declaring.light(names) if options.command == "status" else nullcontext():
            selected, left_out = _sound(options, selected)
            _told(options, selected, tier, used, workers)
        return 2 if left_out else 0
    selected, left_out = _sound(options, selected)
    if options.executor == "ray":
        with ray_cluster.joined(options.address, options.workers, used) as (cluster, count):
            start = partial(ray_workers.run_ray, cluster=cluster)
            code = driving.run(options, selected, tier, used, count, start)
    else:
        code = driving.run(options, selected, tier, used, workers)
    return 2 if left_out else code


def _sound(options: argparse.Namespace, selected: Selected) -> tuple[Selected, bool]:
    """The claims that can be run, and whether others were left out, each with a warning.

    Raises:
        UserError: one that cannot be run was named, or there is no other.
    """
    faults = planning.unanswerable(selected)
    sound = {identity: entry for identity, entry in selected.items() if identity not in faults}
    for identity, fault in faults.items():
        if not sound or identity in (*options.what, *options.only):
            raise UserError(f"{fault}.")
        print(f"repro: warning: {fault}; mend it. Other claims are not touched by it.", file=sys.stderr)
    return sound, bool(faults) or (not options.what and bool(registry.broken()))


def _told(options: argparse.Namespace, selected: Selected, tier: Tier, used: str, workers: int) -> None:
    """What `plan` and `status` print."""
    planned = planning.plan(selected, tier, used, done=_on_record(tier))
    if not planned:
        raise planning.nothing_at(tier)
    if options.command == "status":
        return _status(planned)
    if options.probe and used != "jax":
        raise UserError(f"--probe measures lanes, which only the jax backend has; this run would use {used}.")
    _plan(options, selected, planned, workers)
    if options.probe:
        print("\nmeasured on one core; to follow the advice, write lanes=… into the arm before its full run:")
        for line in probing.advise(planned):
            print(line)


def prepare(requested: str | None) -> str:
    """Chooses the backend and sets this process up as a worker is set up, so that both give the same numbers."""
    keep_libraries_at_home()
    used = backend.choose(requested)
    os.environ.update(backend.worker_environment(registry.home() / "programs"))
    threadpool_limits(1)  # NumPy may be loaded already, and then no longer reads the environment
    return used


def _tier(word: str) -> Tier:
    if word not in TIERS:
        hint = nearest(word, TIERS, otherwise=f"choose one of {', '.join(TIERS)}.")
        raise UserError(f"unknown tier {word!r}; {hint}")
    return word


def _on_record(tier: Tier) -> planning.Trials:
    """What is judged to see which batch comes next: the record."""
    if tier not in ("full", "gpu"):
        return {}
    return {name: evidence.read_trials(registry.results() / name / "trials.csv") for name in registry.names()}


def _done(planned: Sequence[running.Planned], *, fresh: bool = False) -> dict[str, Trial]:
    """What a run would not train; with `fresh` that is what one which was interrupted left."""
    if fresh:
        keys = (key for entry in planned for key in entry.keys.values())
        return finished(registry.home() / FRESH, keys)
    return running.on_record(planned, partial(finished, registry.home() / "journal.sqlite"))


def _plan(options: argparse.Namespace, selected: Selected, planned: Sequence[running.Planned], workers: int) -> None:
    from common import statistics  # scipy takes most of a second to load, and a refused command does not need it

    done, tier = _done(planned, fresh=options.fresh), planned[0].tier
    known = rates.known(dict.fromkeys(name for name, _ in selected.values()), planned[0].backend)
    print(f"{'study / arm':<52} {'seeds':>6} {'done':>6} {'minutes':>8} {'MB':>6}   {'known from':<10} can show")
    for entry in planned:
        seconds, word = known.seconds(entry)
        n, ready = len(entry.arm.seeds), sum(key in done for key in entry.keys.values())
        power = f"all say yes: share ≥ {statistics.share(n, n).low:.2f}" if n > 1 else "an exact value"
        label, minutes = f"{entry.name}/{entry.question} / {entry.arm.name}", seconds * (n - ready) / 60
        print(f"{label:<52} {n:>6} {ready:>6} {minutes:>8.1f} {entry.arm.megabytes:>6.0f}   {word:<10} {power}")
    ends = foresight.draws(selected, _on_record(tier)) if tier in ("full", "gpu") else []
    found = estimating.estimate(selected, planned, done, ends, known, workers * options.nodes)
    print("\n" + "\n".join(estimating.lines(found, workers * options.nodes, options.nodes)))
    if ends:
        print("Trials are those until each check is decided or at its cap, as answers already on record suggest.")
    if machine.busy(0):
        print("Other work keeps this machine busy now; a run beside it takes longer than that.")
    if (pace := f"{known.factor:.2f}") != "1.00":
        print(f"This machine takes {pace} times as long as the one of the record.")


def announce(name: str) -> None:
    """Prints the expected time of a module's full tier before it is run."""
    used = prepare(None)
    planned = planning.plan(registry.select([name]), "full", used, done={})
    seconds = sum(entry.arm.seconds * len(entry.arm.seeds) for entry in planned)
    workers = machine.worker_count(used)
    print(f"\n{name}: the first batches take about {seconds / workers / 60:.0f} min on {workers} worker(s)", flush=True)


def _status(planned: Sequence[running.Planned]) -> None:
    keys = [key for entry in planned for key in entry.keys.values()]
    known = {key: str(trial.status) for key, trial in running.committed(planned).items()}
    known |= statuses(registry.home() / "journal.sqlite", keys)
    for entry in planned:
        words = [known[key] for key in entry.keys.values() if key in known]
        failed = sum(word != "ok" for word in words)
        print(
            f"{entry.name}/{entry.question}/{entry.arm.name}: {len(words)} of {len(entry.keys)} done, {failed} failed"
        )


def _costs() -> int:
    """Prints what the evidence cost, and writes it beside the record."""
    prepare(None)
    grounds.refuse(registry.names())
    text = costs.page({name: costs.cost(name) for name in registry.names()})
    with locking.alone():
        recording.write_costs(text)
    print(text, end="")
    return 0


def _audit(options: argparse.Namespace) -> int:
    """Trains recorded trials again, prints what came out, and writes the report that was asked for."""
    form = auditing_report.form(options.report)
    selected = registry.select(options.what)
    chosen = recorded.choose(selected, options.arm, options.seed, options.sample)
    used = prepare(options.backend)
    workers = min(machine.worker_count(used), len(chosen)) if options.workers is None else options.workers
    found = auditing.audit(chosen, selected, used, workers if len(chosen) > 1 else options.workers or 0)
    print("\n".join(auditing_report.lines(found)))
    if options.report:
        form(options.report, found)
    return found.code()
