"""What a user waits for: whole commands of the README, of today's build and of edition 1's, in turn."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import edition, spawning
from benchmarks.measuring import Say, paired, sequence
from common.errors import UserError

Row = dict[str, Any]
RUN = ("-m", "reproductions", "run")
TESTS = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
BUILDS = ("today", "edition 1")


def measure(rounds: int, cache: Path, say: Say) -> list[Row]:
    """A row a command. Each build starts a round with nothing of its own but decoded data, which `cache` holds.

    Raises:
        UserError: a command failed.
    """
    roots = {"today": spawning.ROOT, "edition 1": edition.suite()}
    seconds: dict[tuple[str, str], list[float]] = {}
    for number in range(rounds):
        for build in sequence(BUILDS, number):
            for command, taken in _round(roots[build], cache).items():
                seconds.setdefault((command, build), []).append(taken)
                say(f"commands, round {number + 1} of {rounds}: {command}, {build}: {taken:.0f} s")
    commands = dict.fromkeys(command for command, _ in seconds)
    return [{"command": c, "rounds": rounds, **paired(seconds[c, "edition 1"], seconds[c, "today"])} for c in commands]


def _round(root: Path, cache: Path) -> Mapping[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        variables = {"REPRO_HOME": str(home), "REPRO_CACHE": str(cache / "data")}
        cold = _seconds(root, RUN, variables)
        tests = _seconds(root, TESTS, variables)
        for journal in home.glob("journal.*"):  # as after a change that makes all trials stale
            journal.unlink()
        return {
            "`repro run`, empty cache": cold,
            "`repro run`, compiled programs at hand": _seconds(root, RUN, variables),
            "`pytest` after `repro run`": tests,
        }


def _seconds(root: Path, words: Sequence[str], variables: dict[str, str]) -> float:
    kept = {name: value for name, value in os.environ.items() if not name.startswith((*spawning.SETTINGS, "REPRO_"))}
    begun = time.monotonic()
    done = subprocess.run([sys.executable, *words], cwd=root, env=kept | variables, capture_output=True, text=True)
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:]
        raise UserError(f"{' '.join(words)} ended with exit code {done.returncode}: {' '.join(last)}")
    return time.monotonic() - begun
