"""What driver, journal and record bear: trials a second, a million rows, a thousand workers that train nothing."""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks import records, simulated
from benchmarks.measuring import Say
from benchmarks.simulated import Cluster
from common.errors import UserError
from suite import journal, recording, registry, running, tampering, verifying
from suite.journal import Journal
from suite.page import site
from suite.progress import Progress

Row = dict[str, Any]
SIZES, SHORT_SIZES = (10_000, 100_000, 1_000_000), (300, 1_000)
RECORDED = 100_000
"""Trials of the record that is exported, verified and shown; all claims together ask for 81 000 at most."""
ALONE = 200  # trials of which each has a commit of its own
SYNC_SECONDS = 1.0
KEYS = 10_000  # of a plan that `status` counts: about as many as all claims together ask for


def measure(sizes: Sequence[int], say: Say) -> list[Row]:
    """Rows in the order of the page. Everything lies in temporary folders, beside each other on one disk.

    Raises:
        UserError: a trial was lost, or is there twice.
    """
    rows: list[Row] = []
    for size in sizes:
        told = len(rows)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "journal.sqlite"
            syncs = disk(Path(folder))
            if size == sizes[0]:
                rows.append(_alone(path.with_name("alone.sqlite"), syncs))
                rows.append(_groups(path.with_name("groups.sqlite"), size, syncs))
            rows += _driver(path, size, syncs)
            if size == sizes[-1]:
                rows += _read(path, size)
        for row in rows[told:]:
            took = f"{row['seconds']:.3g} s, {row['cpu_seconds']:.3g} s of a core"
            say(f"load: {row['what']}, {row['trials']} trials: {took}")
    return rows


def recorded(trials: int, say: Say) -> Iterator[Row]:
    """A record of random numbers of all reproductions, exported, verified and made a site.

    Raises:
        UserError: what was exported does not hold.
    """
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {"REPRO_RESULTS": folder}):
        faults: list[str] = []
        steps: dict[str, Callable[[], object]] = {
            "record written": lambda: records.fill(trials),
            "export": _export,
            "verify": lambda: faults.extend(verifying.verify()),
            "page": lambda: site.write(Path(folder) / "page"),
        }
        for what, step in steps.items():
            with _timed(what, trials) as row:
                step()
            say(f"load: {what}, {trials} trials: {row['seconds']:.3g} s, {row['cpu_seconds']:.3g} s of a core")
            yield row
        if faults:
            raise UserError(f"the record that was exported does not hold: {faults[0]}")


def _export() -> None:
    tampering.refuse(registry.names())
    for name in registry.names():
        recording.render(name)


def disk(folder: Path) -> float:
    """How often a second the disk itself makes sure of 4 kB at the end of a file."""
    with (folder / "sync").open("wb", buffering=0) as file:
        count, begun = 0, time.monotonic()
        while time.monotonic() < begun + SYNC_SECONDS:
            file.write(bytes(4096))
            os.fsync(file.fileno())
            count += 1
        return count / (time.monotonic() - begun)


@contextmanager
def _timed(what: str, trials: int, **others: Any) -> Iterator[Row]:
    """A row of wall and CPU seconds of this process, threads included; megabytes are the most it ever had."""
    row: Row = {"what": what, "trials": trials, "fsyncs_a_second": None, **others}
    begun, cpu = time.monotonic(), time.process_time()
    yield row
    row["seconds"], row["cpu_seconds"] = time.monotonic() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row["memory_megabytes"] = peak / (1e6 if sys.platform == "darwin" else 1e3)


def _made(size: int) -> list[Any]:
    """Trials as the driver makes them."""
    entry, *_ = simulated.planned(size, arms=1)
    made = [simulated.received(seed, 0.5) for seed in entry.keys]
    return [running.completed(entry, fields.pop("seed"), fields) for fields in made]


def _alone(path: Path, syncs: float) -> Row:
    trials = _made(ALONE)
    with Journal(path) as kept, _timed("journal, a commit a trial", ALONE, fsyncs_a_second=syncs) as row:
        for trial in trials:
            kept.add(trial)
            kept.flush()
    return row


def _groups(path: Path, size: int, syncs: float) -> Row:
    trials = _made(size)
    with Journal(path) as kept, _timed("journal, in groups", size, fsyncs_a_second=syncs) as row:
        for trial in trials:
            kept.add(trial)
        kept.flush()
    return row


def _driver(path: Path, size: int, syncs: float) -> Iterator[Row]:
    """The simulation, whose driver is interrupted half-way and goes on, then the same run with nothing left to do."""
    with _timed("keys of a plan", size) as row:
        planned = simulated.planned(size)
    yield row
    cluster = Cluster()
    with _timed("simulated workers alone", size) as row:
        for _ in Cluster().events(running.tasks(planned, {})):
            pass
    yield row
    with _timed("driver, 1000 simulated workers", size, fsyncs_a_second=syncs) as row:
        with suppress(KeyboardInterrupt):
            _run(planned, path, cluster, stop=size // 2)
        outcome = _run(planned, path, cluster)
    row["died"] = cluster.died
    yield row
    found = sorted((trial.arm, trial.seed) for trials in outcome.trials.values() for trial in trials)
    if found != sorted((entry.arm.name, seed) for entry in planned for seed in entry.keys):
        raise UserError(f"of {size} trials {len(found)} are there, and not each once")
    del outcome
    with _timed("run again, all on record", size) as row:
        _run(planned, path, cluster)
    yield row


def _run(planned: Sequence[running.Planned], path: Path, cluster: Cluster, stop: int | None = None) -> running.Outcome:
    def watch(progress: Progress) -> None:
        if stop is not None and progress.done >= stop:
            raise KeyboardInterrupt

    with Journal(path) as kept, mock.patch.object(running, "_started", cluster.events):
        return running.run(planned, kept, workers=cluster.workers, watch=watch)


def _read(path: Path, size: int) -> Iterator[Row]:
    """What those see who only look: `status` and `doctor`."""
    entry, *_ = simulated.planned(size)
    keys = list(entry.keys.values())[:KEYS]
    looks: dict[str, Callable[[], object]] = {
        f"status of {len(keys)} trials": lambda: journal.statuses(path, keys),
        "doctor": lambda: journal.state(path),
    }
    for what, look in looks.items():
        with _timed(what, size) as row:
            look()
        yield row
