"""Workers of a run have a core each, whoever of them died before."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from suite import registry

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sets affinities")
WORKER = """
import os, sys, threading
from suite import pinning
threading.Thread(target=sys.stdin.read, daemon=True).start()  # there before, as Ray's are
os.sched_setaffinity(0, {int(core) for core in sys.argv[2].split(",")})
kept = pinning.keep_to_a_core(sys.argv[1])
print(*sorted({core for task in os.listdir("/proc/self/task") for core in os.sched_getaffinity(int(task))}), flush=True)
threading.Event().wait()
"""


@contextmanager
def workers() -> Iterator[list[subprocess.Popen[str]]]:
    made: list[subprocess.Popen[str]] = []
    yield made
    for process in made:
        process.kill()
        process.communicate()


def core(made: list[subprocess.Popen[str]], run: str, cores: list[int]) -> int:
    """That of one more worker."""
    words = [sys.executable, "-c", WORKER, run, ",".join(map(str, cores))]
    process = subprocess.Popen(words, cwd=registry.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    made.append(process)
    assert process.stdout
    return int(process.stdout.readline())


def test_a_worker_takes_the_core_of_one_that_died_and_never_one_that_is_kept() -> None:
    there = sorted(os.sched_getaffinity(0))[:2]
    run = f"test {os.getpid()}"
    with workers() as made:
        assert [core(made, run, there) for _ in there] == there
        assert core(made, f"{run} of another driver", there) == there[0]
        made[-2].kill()
        made[-2].wait()
        assert core(made, run, there) == there[-1]
        assert [core(made, run, there) for _ in there] == there, "more workers than cores share them evenly"
