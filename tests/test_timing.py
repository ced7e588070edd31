"""A block of timings: in turn forth and back, alone on the machine, with medians and spreads that are right."""

import gc
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from filelock import FileLock, Timeout

from common import timing
from suite import registry, running
from suite.workers import Task

TICK = 2.0**-6  # seconds that a call is made to take, exact in binary


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which passes only where a test lets it."""
    now = [0.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])
    return now


def test_rounds_go_forth_and_back(clock: list[float]) -> None:
    called: list[str] = []

    def call(name: str) -> None:
        called.append(name)
        clock[0] += TICK

    timing.samples([lambda: call("a"), lambda: call("b"), lambda: call("c")], 4, TICK / 2)
    assert "".join(called[3:]) == "abccbaabccba"  # after each was warmed up once


def test_a_sample_is_the_mean_of_as_many_calls_as_last_long_enough(clock: list[float]) -> None:
    took = iter([1.0, 1.0, 1.0, *[1.0, 3.0] * 4, *[5.0] * 8])

    def call() -> None:
        clock[0] += TICK * next(took)

    [found] = timing.samples([call], 4, 2 * TICK)  # one call is too short, two are not: 1 + 2 to find that out
    assert found == pytest.approx([2 * TICK, 2 * TICK, 2 * TICK, 2 * TICK])


def test_a_drift_hits_all_alike_over_two_rounds(clock: list[float]) -> None:
    def call() -> None:
        clock[0] += TICK * (1 + clock[0])  # each call takes longer than the one before

    first, second = timing.samples([call, call], 2, TICK / 2)
    assert (sum(first) - sum(second)) / sum(first) == pytest.approx(0, abs=1e-3)  # one way only, 16e-3
    assert second[0] > first[0]
    assert second[1] < first[1]


def test_a_block_knows_medians_spreads_peak_and_bandwidth(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    def lasting(*ticks: float) -> timing.Call:
        left = iter([1.0, *ticks])  # the first call warms up

        def call() -> None:
            clock[0] += TICK * next(left)

        return call

    even = lasting(*[2.0] * 5)
    uneven = lasting(1.0, 2.0, 3.0, 4.0, 5.0)
    monkeypatch.setattr(timing, "_machine", lambda: (lasting(*[4.0] * 5), lasting(*[5.0] * 5)))
    found = timing.block({"even": even, "uneven": uneven}, rounds=5, least=TICK / 2)
    assert found.seconds == pytest.approx({"even": 2 * TICK, "uneven": 3 * TICK})
    assert found.spread == pytest.approx({"even": 1.0, "uneven": 2.0})  # quartiles 2 and 4
    assert found.unrest == pytest.approx(2.0)
    assert found.peak == pytest.approx(2 * timing.SIDE**3 / (4 * TICK))
    assert found.bandwidth == pytest.approx(timing.BYTES / (5 * TICK))


def test_what_disturbs_the_machine_alone_is_unrest_too(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([1.0, 1.0, 2.0, 3.0, 4.0, 5.0])

    def wavering() -> None:
        clock[0] += TICK * next(ticks)

    def steady() -> None:
        clock[0] += TICK

    monkeypatch.setattr(timing, "_machine", lambda: (wavering, steady))
    found = timing.block({"steady": steady}, rounds=5, least=TICK / 2)
    assert (found.spread["steady"], found.unrest) == (pytest.approx(1.0), pytest.approx(2.0))


def test_too_few_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"4 rounds or more .* not 3"):
        timing.block({}, rounds=3)


def test_the_garbage_collector_rests_while_calls_are_timed_and_works_again_after_an_error() -> None:
    resting: list[bool] = []

    def call() -> None:
        resting.append(not gc.isenabled())
        time.sleep(1e-3)
        if len(resting) == 4:
            raise KeyError

    with pytest.raises(KeyError):
        timing.samples([call], 4, 1e-4)
    assert resting == [False, True, True, True]  # the first warms up
    assert gc.isenabled()


HOLD = """
import pathlib, sys, tempfile, time
tempfile.tempdir = sys.argv[1]
from common import timing
with timing.alone():
    pathlib.Path(sys.argv[1], "begun").touch()
    time.sleep(60)
"""


def test_blocks_of_several_processes_wait_for_each_other_and_not_for_the_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing.tempfile, "tempdir", str(tmp_path))  # beside other runs of these tests
    begun = tmp_path / "begun"
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], cwd=registry.ROOT)
    until = time.monotonic() + 20
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.01)
    [lock] = tmp_path.glob("*.lock")
    with pytest.raises(Timeout):
        FileLock(lock).acquire(timeout=0)
    other.kill()
    other.wait()
    with timing.alone(), pytest.raises(Timeout):
        FileLock(lock).acquire(timeout=0)
    FileLock(lock).acquire(timeout=0).lock.release()


def test_a_block_may_be_part_of_what_is_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing.tempfile, "tempdir", str(tmp_path))
    with timing.alone():
        with timing.alone():
            pass
        [lock] = tmp_path.glob("*.lock")
        with pytest.raises(Timeout):  # it ends with the outer one
            FileLock(lock).acquire(timeout=0)


def test_what_is_timed_is_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing.tempfile, "tempdir", str(tmp_path))

    def call() -> None:
        [lock] = tmp_path.glob("*.lock")
        with pytest.raises(Timeout):
            FileLock(lock).acquire(timeout=0)

    monkeypatch.setattr(timing, "_machine", lambda: (call, call))
    timing.block({"held": call}, rounds=4, least=0.0)


@pytest.mark.parametrize(("question", "where"), [("timed", ("here", 1)), ("trained", ("elsewhere", 4))])
def test_blocks_have_one_worker_and_no_other_machine(
    question: str, where: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    arm = SimpleNamespace(name="a_study", question=question, arm=SimpleNamespace(megabytes=1.0))
    todo = [Task(f"{number}", (arm, {})) for number in range(3)]
    monkeypatch.setattr(registry, "timed", lambda name, question: question == "timed")
    monkeypatch.setattr(running, "run_processes", lambda todo, entry, *, count, **_: ("here", count))
    assert running._started(todo, 4, None, lambda *_, **__: ("elsewhere", 4)) == where  # type: ignore[arg-type,return-value]
    assert running._started(todo, 4, None, None) == ("here", where[1])  # type: ignore[comparison-overlap]


def test_the_machine_of_a_real_block_is_of_this_world() -> None:
    found = timing.block({"nap": lambda: time.sleep(2e-3)}, rounds=4, least=1e-3)
    assert 2e-3 <= found.seconds["nap"] < 1
    assert 1e8 < found.peak < 1e15
    assert 1e7 < found.bandwidth < 1e13
    assert found.unrest >= found.spread["nap"] >= 1
