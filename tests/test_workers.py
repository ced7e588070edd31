"""Every task ends once wherever it runs, and a fault of one task or of the driver costs nothing else."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

import common
from suite import workers
from suite.workers import Failed, Finished, Progressed, Queue, StartError, Task, run_processes, run_serial

STUBS = """
import os, signal, sys, time
from pathlib import Path
SETTING = os.environ.get("STUB_SETTING"), sys.flags.hash_randomization
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
class ResourceExhaustedError(Exception): pass

def square(payload, report): return payload * payload, bytes(10 ** 6)  # more than a pipe holds
def setting(payload, report): return SETTING
def seldom(payload, report): return __import__("gc").get_threshold()
def unsendable(payload, report): return lambda: None
def write(payload, report):
    with open(payload[0], "a") as stream: stream.write(payload[1])
def meet(folder, report):  # waits until two workers are in here at once
    Path(folder, str(os.getpid())).touch()
    while len(os.listdir(folder)) < 2: time.sleep(0.01)
    return CORES
def fall(payload, report):  # dies if told a file, unless an earlier attempt has left it
    if isinstance(payload, str) and not os.path.exists(payload):
        if payload != "always": Path(payload).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return payload
def hang(payload, report):
    while payload == "mute": time.sleep(9)
    while payload == "chatty": report(bytes(10 ** 5))
def fail(payload, report):
    if payload:
        raise eval(payload[0])(payload[1])
    return os.getpid()
def tell(payload, report):
    for step in range(3):
        report((os.getpid(), step))
    time.sleep(payload)
"""
DRIVER = """
import os, signal, sys
from suite.workers import Finished, Task, run_processes
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    if sys.argv[1] == "deaf":
        signal.signal(signal.SIGINT, lambda *_: os.write(1, b"interrupted\\n"))  # it may come in the midst of a print
    tasks = [Task(name, float(sys.argv[2])) for name in "ab"]
    try:
        for event in run_processes(tasks, "stub_tasks:tell", count=2):
            print("finished" if isinstance(event, Finished) else event.value[0], flush=True)
    except KeyboardInterrupt:
        print("closed", flush=True)
"""
one, two = partial(run_processes, count=1), partial(run_processes, count=2)
anywhere = pytest.mark.parametrize("run", [run_serial, one, two], ids=["serial", "one", "two"])
here_and_there = pytest.mark.parametrize("run", [run_serial, one], ids=["serial", "one"])
pools = pytest.mark.parametrize("run", [one, two], ids=["one", "two"])


@pytest.fixture(scope="module", autouse=True)
def stubs(tmp_path_factory):
    """A folder on `sys.path`, and so on that of each worker, with the entries and a driver."""
    folder = tmp_path_factory.mktemp("stubs")
    (folder / "stub_tasks.py").write_text(STUBS)
    (folder / "broken_tasks.py").write_text("import no_such_module")
    (folder / "fatal_tasks.py").write_text("import os; os._exit(9)")
    (folder / "driver.py").write_text(DRIVER)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield folder


def tasks(payloads):
    return [Task(str(number), payload) for number, payload in enumerate(payloads)]


def ends(events):
    """How each task ended, in order of id."""
    found = sorted((e for e in events if not isinstance(e, Progressed)), key=lambda event: event.task.id)
    assert len({event.task.id for event in found}) == len(found), "a task ended twice"
    return found


def values(events):
    return [event.value if isinstance(event, Finished) else event.kind for event in ends(events)]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # an orphan may stay a zombie where nobody asks for its exit code
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@anywhere
def test_each_task_runs_once_and_gives_the_same_wherever_it_runs(run, tmp_path):
    assert values(run(tasks(range(7)), "stub_tasks:square")) == [(n * n, bytes(10**6)) for n in range(7)]
    found = ends(run(tasks([(tmp_path / "begun", str(n)) for n in range(9)]), "stub_tasks:write"))
    assert all(isinstance(event, Finished) and 0 <= event.seconds < 5 for event in found)
    begun = (tmp_path / "begun").read_text()
    assert "".join(sorted(begun) if run is two else begun) == "012345678"


def test_a_worker_goes_on_with_its_group_and_leaves_those_of_others_to_them():
    queue = Queue(Task(f"{group}{number}", None, group) for number in range(2) for group in ("a", "b", "c", ""))
    begun = []
    for own, elsewhere in (("", {"a"}), ("b", {"a", "c"}), ("b", {"a", "c"}), ("b", {"a", "b", "c"}), ("", set())):
        begun.append(queue.take(own, elsewhere).id)
    assert begun == ["b0", "b1", "0", "1", "a0"]
    assert [queue.take("b", {"a", "c"}).id for _ in range(3)] == ["c0", "a1", "c1"]  # rather than wait
    assert not queue


def test_a_task_that_is_put_back_is_the_first_of_all_and_a_long_queue_is_not_searched():
    class Watched(Task):
        looks = 0

        def __getattribute__(self, name):
            Watched.looks += name == "group"
            return object.__getattribute__(self, name)

    queue = Queue(Watched(str(number), None, f"{number % 3}") for number in range(3000))
    Watched.looks = 0
    taken = [queue.take(own, elsewhere).id for own, elsewhere in (("", {"0"}), ("2", {"0"}), ("9", {"0", "1", "2"}))]
    assert taken == ["1", "2", "0"]
    assert (Watched.looks, len(queue)) == (0, 2997)
    for again in (Task("x", None, "2"), Task("y", None, "1")):
        queue.put_back(again)
    assert [queue.take("", ()).id for _ in range(4)] == ["y", "x", "3", "4"]
    assert [queue.take("2", ()).id for _ in range(2)] == ["5", "8"]
    queue.clear()
    assert not queue


def test_environment_is_there_before_the_interpreter_and_gone_afterwards(monkeypatch):
    monkeypatch.setenv("STUB_SETTING", "mine")
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    before, new = dict(os.environ), {"STUB_SETTING": "theirs", "PYTHONHASHSEED": "0"}
    assert values(one(tasks([0]), "stub_tasks:setting", environment=new)) == [("theirs", 0)]
    assert dict(os.environ) == before


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_a_worker_looks_for_garbage_seldom():
    assert values(one(tasks([0]), "stub_tasks:seldom")) == [workers.GARBAGE]
    assert workers.GARBAGE[0] > 10 * 700  # what Python begins with


@pytest.mark.parametrize("pin", [True, False])
def test_each_worker_keeps_to_one_core_if_pinned(pin, tmp_path):
    cores = sorted(os.sched_getaffinity(0))
    found = values(two(tasks([tmp_path] * 2), "stub_tasks:meet", pin=pin))
    assert sorted(found) == sorted([cores[:1], [cores[1 % len(cores)]]] if pin else [cores, cores])


@pools
def test_a_task_that_kills_its_worker_is_rerun_once_and_then_fails_alone(run, tmp_path):
    found = ends(run(tasks([0, str(tmp_path / "once"), 2, "always", 4, 5]), "stub_tasks:fall"))
    assert values(found) == [0, str(tmp_path / "once"), 2, "killed", 4, 5]
    assert found[3].reason == "killed by SIGKILL"
    assert ends(run(tasks([("os._exit", 7)]), "stub_tasks:fail"))[0].reason == "ended with exit code 7"


@pytest.mark.parametrize("manner", ["mute", "chatty"])
def test_a_task_that_hangs_is_stopped_and_the_others_finish(manner):
    pool = one(tasks([manner, 1, 2]), "stub_tasks:hang", timeout=0.7)
    found = ends(event for event in pool if not time.sleep(0.01))  # no faster than a task that reports
    assert values(found) == ["timeout", None, None]
    assert found[0].reason == "no result within 0.7 s"
    assert 0.7 <= found[0].seconds < 5


def test_a_result_that_the_driver_fetches_late_counts():
    pool = one(tasks([0.0] * 3), "stub_tasks:tell", timeout=0.5)
    first = next(pool)
    time.sleep(1)
    assert values([first, *pool]) == [None] * 3


@here_and_there
@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (("ValueError", "no\nsuch \x1b[1m1/2 and/or"), "error", "ValueError: no such [1m1/2 and/or"),
        (("SystemExit", 3), "error", "SystemExit: 3"),
        (("OSError", "no '/home/ann lee/x', ~/y, C:\\z"), "error", "OSError: no <path>, <path> <path>"),
        (("MemoryError", "no"), "memory", "MemoryError: no"),
        (("ResourceExhaustedError", "no"), "memory", "ResourceExhaustedError: no"),
        (("RuntimeError", "RESOURCE_EXHAUSTED: 4 GB"), "memory", "RuntimeError: RESOURCE_EXHAUSTED: 4 GB"),
        (("ValueError", "x" * 188 + " Out of memory"), "memory", "ValueError: " + "x" * 188),
    ],
)
def test_an_exception_fails_its_task_alone(run, error, kind, reason):
    first, failed, last = ends(run(tasks([None, error, None]), "stub_tasks:fail"))
    assert isinstance(failed, Failed)
    assert (failed.kind, failed.reason) == (kind, reason)
    assert first.value == last.value, "the worker goes on"


@anywhere
def test_a_value_that_cannot_be_sent_fails_its_task_alone(run):
    assert values(run(tasks("ab"), "stub_tasks:unsendable")) == ["error"] * 2


@anywhere
def test_reports_arrive_in_order_before_the_end(run):
    events = list(run(tasks([0.1] * 3), "stub_tasks:tell"))
    for name in "012":
        *reports, end = (event for event in events if event.task.id == name)
        assert [report.value[1] for report in reports] == [0, 1, 2]
        assert isinstance(end, Finished)


@here_and_there
def test_no_task_begins_after_the_deadline(run):
    assert list(run(tasks([0]), "stub_tasks:tell", deadline=time.monotonic())) == []
    assert values(run(tasks([3.0, 0.0]), "stub_tasks:tell", deadline=time.monotonic() + 2)) == [None]


def test_closing_ends_all_workers_amid_their_tasks_and_there_are_no_more_than_tasks():
    with closing(run_processes(tasks([60.0, 60.0]), "stub_tasks:tell", count=5)) as pool:
        next(pool)
        workers = [process.pid for process in multiprocessing.active_children()]
        start = time.monotonic()
    assert [alive(pid) for pid in workers] == [False] * 2
    assert time.monotonic() - start < 2


@anywhere
@pytest.mark.parametrize("entry", ["broken_tasks:no_such_module", "stub_tasks:no_such_function"])
def test_an_entry_that_cannot_be_loaded_is_a_clear_error(run, entry):
    with pytest.raises((StartError, ImportError, AttributeError), match=entry.partition(":")[2]):
        list(run(tasks([0, 1]), entry))


@pools
def test_workers_that_die_before_their_first_task_are_not_started_for_ever(run):
    with pytest.raises(StartError, match="exit code 9"):
        list(run(tasks(range(9)), "fatal_tasks:any"))


@pytest.fixture
def drive(stubs):
    """Starts the driver in a process group of its own; gives it and, once both tasks run, its workers' pids."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(common.__file__).parents[1]), str(stubs)])}
    drivers = []

    def start(*arguments):
        command = [sys.executable, str(stubs / "driver.py"), *arguments]
        pipe = {"stdout": subprocess.PIPE, "text": True}
        drivers.append(subprocess.Popen(command, **pipe, start_new_session=True, env=environment))
        return drivers[-1], {int(drivers[-1].stdout.readline()) for _ in range(6)}

    yield start
    for driver in drivers:
        driver.kill()
        driver.communicate()


def test_workers_follow_a_killed_driver_amid_their_tasks(drive):
    driver, workers = drive("meek", "60")
    driver.kill()
    end = time.monotonic() + 4
    while any(map(alive, workers)) and time.monotonic() < end:
        time.sleep(0.05)
    assert [alive(pid) for pid in workers] == [False] * 2


@pytest.mark.parametrize(
    ("manner", "seconds", "heard"), [("deaf", "2", "interrupted finished finished"), ("meek", "60", "closed")]
)
def test_at_ctrl_c_the_driver_decides(drive, manner, seconds, heard):
    driver, workers = drive(manner, seconds)
    os.killpg(driver.pid, signal.SIGINT)
    assert driver.communicate(timeout=30)[0].split() == heard.split()
    assert not any(alive(pid) for pid in workers)


@pytest.mark.parametrize("by", ["this thread", "another"])
def test_ctrl_c_waits_while_a_worker_starts(by):
    """A start that is broken off leaves a worker that reads half its orders and says so at length."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    reached = []

    def start():
        with workers.deaf():
            if by == "another":  # as a library's may, which nobody has told to block the signal
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            signal.raise_signal(signal.SIGINT)
            time.sleep(0.05)
            reached.append(by)

    try:
        with pytest.raises(KeyboardInterrupt):
            start()
    finally:
        signal.signal(signal.SIGINT, before)
    assert reached == [by]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, set())
