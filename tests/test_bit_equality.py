"""The same seed gives the same bits wherever its trial runs: in this process, in one worker or two, on any core."""

import json
import os
import sqlite3
import subprocess
import sys
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


def trials(home: Path, *words: str) -> dict[str, Any]:
    """Runs the command on a journal of its own and gives the metrics and curves of each trial by its key."""
    environment = os.environ | {"REPRO_HOME": str(home), "KERAS_BACKEND": "jax", "PYTHONPATH": str(registry.ROOT)}
    command = [sys.executable, "-m", "reproductions", "run", "parity-larger-init", "correlation-ladder", *words]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    connection = sqlite3.connect(home / "journal.sqlite")
    rows = [json.loads(payload) for (payload,) in connection.execute("SELECT payload FROM trials")]
    connection.close()
    return {row["key"]: (row["metrics"], row["curves"]) for row in rows}


def test_this_process_one_worker_and_two_give_the_same_bits(tmp_path: Path) -> None:
    here, one, two = (trials(tmp_path / count, "--workers", count) for count in ("0", "1", "2"))
    assert len(here) == 9  # two arms of two seeds, each alone; three seeds and two of arms that share a program
    assert here == one == two


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system cannot pin a process to a core")
def test_pinning_changes_no_bit(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "jax")
        environment = os.environ | backend.worker_environment(tmp_path) | {"PYTHONPATH": str(registry.ROOT)}
    cores = sorted(os.sched_getaffinity(0))
    results = [
        subprocess.run(
            [sys.executable, "-c", f"import os; os.sched_setaffinity(0, {chosen})\n{SCRIPT}"],
            env=environment,
            check=True,
            capture_output=True,
        ).stdout
        for chosen in (cores[:1], cores)
    ]
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
