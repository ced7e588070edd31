"""Processes that run the engine for the tests, set up as a worker is; one order a line, one answer a line."""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from common.engine import backend
from suite import registry

SERVER = Path(__file__).parent / "training_probe.py"
BACKENDS = ("jax", "tensorflow", *(["torch"] if find_spec("torch") else []))  # torch is an extra
Probe = Callable[..., dict[int, Any]]


class Server:
    """`training_probe.py` on one backend."""

    def __init__(self, used: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KERAS_BACKEND", used)
            environment = os.environ | backend.worker_environment(registry.home() / "programs")
        environment["PYTHONPATH"] = str(registry.ROOT)
        ours = "error::DeprecationWarning:common.engine.loop_engine"  # as in all tests; others' code warns as it likes
        self.process = subprocess.Popen(
            [sys.executable, "-W", ours, str(SERVER)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()

    def ask(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            server.cache_clear()  # it costs this test only
            raise RuntimeError("the process that runs the engine ended; its error is above")
        return list(json.loads(line))


@cache
def server(used: str, other: bool = False) -> Server:
    """One for each backend, for all tests of this process: loading a backend takes longer than most tests.

    And another one, for what must come out alike in two processes.
    """
    started = Server(used)
    atexit.register(started.stop)
    return started


@contextmanager
def prober(module: str, planted: tuple[str, str] | None = None) -> Iterator[Probe]:
    """Gives a function that runs an experiment of `module` and returns its runs by seed; `other` in another process.

    `planted` replaces a piece of the engine's text while it runs.
    """

    def ask(
        experiment: str,
        seeds: Sequence[int],
        *,
        lanes: int = 1,
        used: str = "jax",
        other: bool = False,
        module: str = module,
        **options: Any,
    ) -> dict[int, Any]:
        order = {
            "module": module,
            "experiment": experiment,
            "seeds": list(seeds),
            "lanes": lanes,
            "options": options,
            "planted": planted,
        }
        return {run["seed"]: run for run in server(used, other).ask(order)}

    yield ask
