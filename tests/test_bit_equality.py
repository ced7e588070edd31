"""The same seed gives the same bits wherever its trial runs: in this process, in one worker or two, on any core."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from common.engine import backend
from suite import registry

SCRIPT = """
import json
from suite import registry
study = registry.study("parity", "frontier")
arm = next(arm for arm in study.arms("quick") if arm.settings["n"] == 31)
runs = study.run({**arm.settings, "steps": 586}, [0], 1)
print(json.dumps([[run.metrics, run.curves] for run in runs]))
"""

LOADED_EARLY = """
import numpy
from suite import commands
commands.prepare("jax")
from suite import registry
study = registry.study("deep_init", "signal_propagation")
arm = next(arm for arm in study.arms("full") if arm.name == "relu_width128")
print([run.metrics for run in study.run(arm.settings, [0, 1], 1)])
"""


def test_this_process_one_worker_and_two_give_the_same_bits(serial_run: Any, tmp_path: Path) -> None:
    """By the programs that the first has compiled; that they are the same wherever they are, the next test says."""
    here = {row["key"]: (row["metrics"], row["curves"]) for row in serial_run.trials()}
    assert len(here) == 9  # two arms of two seeds, each alone; three seeds and two of arms that share a program
    for count in ("1", "2"):
        shutil.copytree(serial_run.home / "programs", tmp_path / count / "programs")
        there = serial_run.again(tmp_path / count, "--workers", count)
        assert {row["key"]: (row["metrics"], row["curves"]) for row in there} == here


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system does not tell a process's children")
def test_a_worker_killed_amid_training_leaves_the_bits_of_one_that_was_not(serial_run: Any, tmp_path: Path) -> None:
    """As soon as it has reported a seed, and while it trains the next."""
    shutil.copytree(serial_run.home / "programs", tmp_path / "programs")
    process = serial_run.start(tmp_path, "--workers", "1")
    journal, killed = f"file:{tmp_path / 'journal.sqlite'}?mode=ro", 0
    while process.poll() is None and not killed:
        time.sleep(0.02)
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(journal, uri=True)) as opened:
            if opened.execute("SELECT count(*) FROM trials").fetchone()[0]:
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                [killed] = [int(c) for c in children if "spawn_main" in Path(f"/proc/{c}/cmdline").read_text()]
                os.kill(killed, signal.SIGKILL)
    _, told = process.communicate(timeout=600)
    assert (process.returncode, bool(killed)) == (0, True), told.decode()
    found, wanted = type(serial_run)(tmp_path).trials(), serial_run.trials()
    assert {row["status"] for row in found} == {"ok"}
    bits = [{row["key"]: (row["metrics"], row["curves"]) for row in rows} for rows in (found, wanted)]
    assert bits[0] == bits[1]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system cannot pin a process to a core")
def test_pinning_changes_no_bit(tmp_path: Path) -> None:
    """Each compiles for itself."""
    cores, results = sorted(os.sched_getaffinity(0)), []
    for chosen in (cores[:1], cores):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KERAS_BACKEND", "jax")
            environment = os.environ | backend.worker_environment(tmp_path / str(len(chosen)))
        pinned = f"import os; os.sched_setaffinity(0, {chosen})\n{SCRIPT}"
        done = subprocess.run(
            [sys.executable, "-c", pinned],
            env=environment | {"PYTHONPATH": str(registry.ROOT)},
            check=True,
            capture_output=True,
        )
        results.append(done.stdout)
    assert results[0] == results[1]


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core has one thread anyway")
def test_a_numpy_loaded_before_the_threads_are_limited_changes_no_bit(tmp_path: Path) -> None:
    """In a long-lived process, as pytest is, NumPy has read the environment before a run can set it."""
    environment = os.environ | {"REPRO_HOME": str(tmp_path), "PYTHONPATH": str(registry.ROOT)}
    environment.pop("OPENBLAS_NUM_THREADS", None)
    late, early = (
        subprocess.run(
            [sys.executable, "-c", LOADED_EARLY], env=environment | limit, check=True, capture_output=True
        ).stdout
        for limit in ({}, {"OPENBLAS_NUM_THREADS": "1"})
    )
    assert late == early
