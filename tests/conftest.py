"""What many tests stand on: the stub project, made once and copied; a machine without data; a run of real claims."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sited import publishing
from stub_project import PROJECT, Stub, made

from suite import commands
from suite.forecasts import forecasts

OFFLINE = PROJECT / "tests" / "offline"
"""On the path of a process, it keeps that and those that it starts from other machines."""


@pytest.fixture(autouse=True)
def own_forecasts() -> Iterator[None]:
    """Forecasts are read once a process, and those of a made-up project are none of the next test's."""
    yield
    forecasts.cache_clear()


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Puts made-up claims on record, with what their seeds said, for the site to read."""
    yield from publishing(monkeypatch, tmp_path)


@pytest.fixture(scope="session")
def _processes() -> Iterator[Callable[[subprocess.Popen[str]], None]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes.append
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory, _processes: Any) -> Stub:
    return made(tmp_path_factory.mktemp("stub") / "project", _processes)


@pytest.fixture(scope="session")
def _trained(_template: Stub, tmp_path_factory: pytest.TempPathFactory) -> Stub:
    stub = Stub(tmp_path_factory.mktemp("trained") / "project", _template.started)
    shutil.copytree(_template.root, stub.root)
    done = stub.run("run", "--tier", "full", "--workers", "2")
    assert done.returncode == 0, done.stderr
    return stub


@pytest.fixture
def stub(_template: Stub, tmp_path: Path) -> Stub:
    """The stub project, committed; nothing has been run."""
    shutil.copytree(_template.root, tmp_path / "stub")
    return Stub(tmp_path / "stub", _template.started)


@pytest.fixture
def trained(_trained: Stub, tmp_path: Path) -> Stub:
    """The stub project after its full run with two workers."""
    shutil.copytree(_trained.root, tmp_path / "trained")
    return Stub(tmp_path / "trained", _trained.started)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without data and without a network, whose home is new."""
    for name in ("REPRO_CACHE", "REPRO_DATASET", "MR_DATA_DIR", "REPRO_RESULTS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return tmp_path


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Keras other tests have loaded, a command takes it for that of JAX: these train nothing."""
    monkeypatch.setattr(commands, "prepare", lambda requested: "jax")


MOVABLE = {"JAX_PERSISTENT_CACHE_ENABLE_XLA_CACHES": "none"}
"""Else JAX finds no program again whose folder was moved or copied: the place of a cache for GPUs is in its key."""


@dataclass(frozen=True)
class Recorded:
    """A quick run of two claims in one process, without a network: its journal, and the programs that it compiled, in
    `home`."""

    home: Path

    def start(self, home: Path, *words: str) -> subprocess.Popen[bytes]:
        """Begins such a run in another home, by a command with these words."""
        environment = os.environ | MOVABLE | {"REPRO_HOME": str(home), "KERAS_BACKEND": "jax"}
        environment["PYTHONPATH"] = os.pathsep.join((str(PROJECT), str(OFFLINE)))
        command = [sys.executable, "-m", "reproductions", "run", "parity-larger-init", "correlation-ladder", *words]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def again(self, home: Path, *words: str) -> list[dict[str, Any]]:
        """The trials of such a run in another home."""
        process = self.start(home, *words)
        _, told = process.communicate()
        assert process.returncode == 0, told.decode()
        return Recorded(home).trials()

    def trials(self) -> list[dict[str, Any]]:
        connection = sqlite3.connect(self.home / "journal.sqlite")
        rows = [json.loads(payload) for (payload,) in connection.execute("SELECT payload FROM trials")]
        connection.close()
        return rows


@pytest.fixture(scope="session")
def serial_run(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Made once for all processes of the tests."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = Recorded(base / "serial")
    with FileLock(base / "serial.lock"):
        if not made.home.exists():
            made.again(made.home, "--workers", "0")
    return made
