"""Where tasks run: one after the other in this process, or in a pool of processes.

Not `concurrent.futures`: there one killed worker fails all pending tasks, and nothing tells which killed it.
`entry`, as `package.module:function`, is found where a task runs and called as `function(payload, report)`;
`report(value)` makes a `Progressed`. No task begins after `deadline`, a value of `time.monotonic()`.
"""

import gc
import multiprocessing
import os
import pickle
import pkgutil
import re
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Literal

from suite.escaping import pathless

GARBAGE = 50_000, 5, 5
"""How seldom a worker looks for garbage: as seldom as Python does by itself takes a tenth of the time of tracing."""
_SPAWN = multiprocessing.get_context("spawn")  # a fork of a process that runs JAX or TensorFlow may hang
_SIGNALS = {number.value: number.name for number in signal.Signals}
_EXHAUSTED = re.compile(r"resource_?exhausted|out of memory", re.IGNORECASE)


class StartError(RuntimeError):
    """A worker cannot load the entry, or workers die before they take a task."""


@dataclass(frozen=True)
class Task:
    id: str  # distinct within a run
    payload: Any  # travels by pickle through a pipe, never by disk
    group: str = ""  # tasks of a group use the same programs: a worker that has run one of them takes the next

    def packed(self) -> bytes:
        """The payload as `attempt` takes it."""
        return pickle.dumps(self.payload)


@dataclass(frozen=True)
class Finished:
    task: Task
    value: Any
    seconds: float


@dataclass(frozen=True)
class Failed:
    task: Task
    kind: Literal["error", "killed", "timeout", "memory"]
    reason: str  # one line without paths, fit for a record that others read
    seconds: float
    trace: str = ""  # all that Python tells of an error, for its author alone


@dataclass(frozen=True)
class Progressed:
    task: Task  # one that is rerun reports again
    value: Any


Event = Finished | Failed | Progressed
Events = Generator[Event, None, None]


def run_serial(tasks: Iterable[Task], entry: str, *, deadline: float | None = None) -> Events:
    """Run the tasks here; what a task reports arrives when it ends. Raises what loading `entry` raises."""
    function = pkgutil.resolve_name(entry)
    for task in tasks:
        if deadline is not None and time.monotonic() >= deadline:
            return
        messages: list[Callable[[Task], Event]] = []
        messages.append(attempt(function, task.packed(), messages.append))
        yield from (message(task) for message in messages)


def run_processes(
    tasks: Iterable[Task],
    entry: str,
    *,
    count: int,
    environment: Mapping[str, str] = {},
    pin: bool = True,
    timeout: float | None = None,
    deadline: float | None = None,
) -> Events:
    """Run the tasks in up to `count` workers, at least one; events come in any order.

    Tasks begin in order, but a worker goes on with the group of its last task, and begins none that another is at.

    `environment` is there before a worker imports anything, but its `sys.path` is that of this process; with
    `pin` it keeps to one core. A task is rerun once if its worker dies, and killed after `timeout` seconds.
    Wrap it in `contextlib.closing`: closing ends all workers, also when the loop raises. Raises StartError.
    """
    cores = sorted(os.sched_getaffinity(0)) if pin and hasattr(os, "sched_getaffinity") else [None]
    queue = Queue(tasks)
    workers: dict[int, _Worker] = {}  # by slot: a fresh worker takes the core of the one it replaces
    suspects: set[str | None] = set()  # ids of tasks that have lost a worker; None: it had no task
    try:
        while queue or any(worker.task for worker in workers.values()):
            if deadline is not None and time.monotonic() >= deadline:
                queue.clear()
            free = [worker for worker in workers.values() if not worker.task]
            for slot in range(max(count, 1)):
                if slot not in workers and len(queue) > len(free):
                    workers[slot] = _Worker(entry, environment, cores[slot % len(cores)])
                    free.append(workers[slot])
            for worker in free:
                if worker.ready and queue:
                    elsewhere = {other.task.group for other in workers.values() if other.task}
                    worker.begin(queue.take(worker.group, elsewhere))
            wait([end for worker in workers.values() for end in worker.ends], timeout=0.2)
            for slot, worker in list(workers.items()):
                seconds = time.monotonic() - worker.since
                overdue = timeout is not None and worker.task is not None and seconds > timeout
                if overdue:
                    worker.kill()
                dead = not worker.process.is_alive()  # asked first: then all it ever sent can be read
                yield from worker.events(every=dead)
                if not dead:
                    continue
                task, reason = worker.task, workers.pop(slot).kill()
                if task and overdue:
                    yield Failed(task, "timeout", f"no result within {timeout:g} s", seconds)
                elif (name := task.id if task else None) not in suspects:
                    suspects.add(name)
                    if task:
                        queue.put_back(task)
                elif task:
                    yield Failed(task, "killed", reason, seconds)
                elif not worker.ready:
                    raise StartError(f"two workers ended before they took a task: {reason}")
    finally:
        for worker in workers.values():
            worker.process.terminate()
        for worker in workers.values():
            worker.kill(grace=2)


class Queue:
    """Tasks that wait, in order, kept by group: a choice among a million costs what it costs among ten."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._groups: dict[str, deque[tuple[int, Task]]] = {}  # each task with its place in the whole
        self._first = self._count = 0
        for place, task in enumerate(tasks):
            self._groups.setdefault(task.group, deque()).append((place, task))
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def take(self, own: str, elsewhere: Container[str]) -> Task:
        """What suits a worker best: its own group, else one that no other is at, else the first."""
        if not own or own not in self._groups:
            free = [group for group in self._groups if not group or group not in elsewhere]
            own = min(free or self._groups, key=lambda group: self._groups[group][0][0])
        waiting = self._groups[own]
        _, task = waiting.popleft()
        if not waiting:
            del self._groups[own]
        self._count -= 1
        return task

    def put_back(self, task: Task) -> None:
        """The task is the first again."""
        self._first -= 1
        self._groups.setdefault(task.group, deque()).appendleft((self._first, task))
        self._count += 1

    def clear(self) -> None:
        self._groups.clear()
        self._count = 0


@contextmanager
def deaf() -> Iterator[None]:
    """What would end this process waits, and one begun here never hears Ctrl-C, which reaches the whole group.

    The mask is for the new process. Here another thread may take the signal, and then only its handler can wait.
    """
    resource_tracker.ensure_running()  # whose start, within that of the first worker, would unblock the signal
    came: list[int] = []
    ends = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    handlers = {number: signal.signal(number, lambda number, _: came.append(number)) for number in ends}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


class _Worker:  # the driver's side of one process, and the task it holds
    def __init__(self, entry: str, environment: Mapping[str, str], core: int | None) -> None:
        self.task: Task | None = None
        self.since, self.ready, self.group = 0.0, False, ""
        self.connection, theirs = _SPAWN.Pipe()
        # A daemon, so that a driver interrupted while it closes the pool still ends it at exit.
        self.process = _SPAWN.Process(target=_work, args=(theirs, entry, core, os.getpid()), daemon=True)
        before = os.environ.copy()
        os.environ.update(environment)  # inherited, as spawn imports the driver's __main__ before it calls us
        try:
            with deaf():
                self.process.start()
        finally:
            for name in environment:
                del os.environ[name]
            os.environ.update(before)
        theirs.close()
        self.ends = (self.connection, self.process.sentinel)

    def begin(self, task: Task) -> None:
        self.task, self.group, self.since = task, task.group, time.monotonic()
        payload = task.packed()
        with suppress(OSError):  # it has just died, which the driver finds out next
            self.connection.send_bytes(payload)

    def events(self, every: bool) -> Iterator[Event]:
        """What it has sent: all, or one message, as a task may report without end."""
        try:
            while self.connection.poll():
                message = self.connection.recv()
                if isinstance(message, StartError):
                    raise message
                if self.task is None:
                    self.ready = True
                else:
                    event = message(self.task)
                    self.task = self.task if isinstance(event, Progressed) else None
                    yield event
                if not every:
                    return
        except (EOFError, OSError):  # its end is closed, maybe amid a message: it is dying
            self.kill(grace=2)

    def kill(self, grace: float = 0) -> str:
        """Make sure that the process is dead, and say how it ended."""
        self.process.join(grace)
        self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        return f"killed by {_SIGNALS.get(-code, -code)}" if code < 0 else f"ended with exit code {code}"


def _work(connection: Connection, entry: str, core: int | None, driver: int) -> None:
    threading.Thread(target=_leave_with, args=(driver,), daemon=True).start()
    if core is not None:
        os.sched_setaffinity(0, {core})
    gc.set_threshold(*GARBAGE)
    with suppress(EOFError, ConnectionError):  # the driver is gone
        try:
            function = pkgutil.resolve_name(entry)
        except (Exception, SystemExit) as error:
            reason = f"cannot load {entry}: {_described(error)}\n\nIn the worker:\n{traceback.format_exc()}"
            return connection.send(StartError(reason))
        connection.send("ready")
        while True:
            connection.send(attempt(function, connection.recv_bytes(), connection.send))


def _leave_with(driver: int) -> None:
    while os.getppid() == driver:  # noticed amid a long task too, as compiled code releases the GIL
        time.sleep(1)
    os._exit(1)


def attempt(function: Any, payload: bytes, send: Callable[[Any], None]) -> Callable[[Task], Event]:
    """Runs a task where it is; what it sends, and what comes of it, are events once they are told the task."""
    start = time.monotonic()
    try:
        value = function(pickle.loads(payload), lambda report: send(partial(Progressed, value=report)))
        pickle.dumps(value)  # a value that cannot be sent must fail this task, not the worker
        return partial(Finished, value=value, seconds=time.monotonic() - start)
    except (Exception, SystemExit) as error:
        exhausted = isinstance(error, MemoryError) or _EXHAUSTED.search(f"{type(error).__name__} {error}")
        kind: Any = "memory" if exhausted else "error"
        seconds, trace = time.monotonic() - start, traceback.format_exc()
        return partial(Failed, kind=kind, reason=_described(error), seconds=seconds, trace=trace)


def _described(error: BaseException) -> str:
    text = pathless(f"{type(error).__name__}: {error}")
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200] + notes
