"""How many lanes and workers are advised: a measurement for people, which changes nothing by itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.engine import backend
from suite import machine, registry


def test_the_advice_is_the_fewest_lanes_that_none_beats_by_more_than_the_margin() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "jax")
        from common.engine.lanes import MARGIN, Measured, advise
    assert advise([Measured(1, 1.0, 5)]) == 1
    assert advise([Measured(1, 1.0, 5), Measured(2, MARGIN + 0.01, 9)]) == 1
    assert advise([Measured(1, 1.0, 5), Measured(2, 0.6, 9), Measured(4, 0.59, 20), Measured(8, 0.7, 40)]) == 2
    assert advise([Measured(1, 1.0, 5), Measured(2, 1.2, 9)]) == 1


def plan(home: Path, used: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"REPRO_HOME": str(home), "KERAS_BACKEND": used, "PYTHONPATH": str(registry.ROOT)}
    words = [sys.executable, "-m", "reproductions", "plan", "correlation-ladder", "parity-uncorrelated", "--probe"]
    return subprocess.run(words, env=environment, capture_output=True, text=True)


def test_lanes_are_measured_on_jax_only(tmp_path: Path) -> None:
    done = plan(tmp_path, "tensorflow")
    assert done.returncode == 2
    assert "--probe measures lanes, which only the jax backend has" in done.stderr


def test_a_plan_with_probe_names_a_count_for_each_arm_that_trains(tmp_path: Path) -> None:
    done = plan(tmp_path, "jax")
    assert done.returncode == 0
    advice = done.stdout.split("measured on one core")[1].splitlines()[1:]
    assert [line.split("lanes=")[0].strip() for line in advice] == [
        "parity/ladder / staircase",
        "parity/ladder / top",
    ]
    assert all("a step and seed at 1: " in line for line in advice)
    assert not (tmp_path / "journal.sqlite").exists()


@pytest.mark.parametrize(
    ("used", "platforms", "plugin", "gpu", "expected"),
    [
        ("jax", "", True, True, "NVIDIA Fast"),
        ("jax", "cpu", True, True, ""),
        ("jax", "", False, True, ""),
        ("jax", "", True, False, ""),
        ("tensorflow", "", True, True, ""),
    ],
)
def test_an_accelerator_is_one_that_jax_will_use(
    used: str, platforms: str, plugin: bool, gpu: bool, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAX_PLATFORMS", platforms)
    monkeypatch.setattr(backend, "installed", lambda name: plugin)
    if gpu:
        (tmp_path / "0000:01:00.0").mkdir()
        (tmp_path / "0000:01:00.0/information").write_text("Model: \t NVIDIA Fast\nIRQ: 1\n")
    assert backend.accelerator(used, tmp_path) == expected


def test_an_accelerator_has_one_worker_and_a_cpu_one_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "accelerator", lambda used: "NVIDIA Fast")
    assert machine.worker_count("jax") == 1
    monkeypatch.setattr(backend, "accelerator", lambda used: "")
    assert machine.worker_count("jax") == machine.core_count()
