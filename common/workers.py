"""Where tasks run: one after the other in this process, or in a pool of processes.

`concurrent.futures` is not used: there one killed worker fails every pending task, and nothing tells
which one killed it. Here a worker holds one task at a time, so the culprit is known and the rest go on.
`entry` names a function as `package.module:function`. It is looked up where the task runs and called as
`function(payload, report)`; each `report(value)`, from the thread of the call, becomes a `Progressed`.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pickle
import re
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Literal

GRACE = 2.0  # seconds a worker has to end by itself before it is killed
_SIGNALS = {number.value: number.name for number in signal.Signals}
_EXHAUSTED = re.compile(r"RESOURCE_EXHAUSTED|ResourceExhausted|out of memory", re.IGNORECASE)
_ROOT = r"(?:~\w*/|\.{0,2}/|[A-Za-z]:[/\\]|\\\\)"
_PATH = re.compile(rf"""(?P<quote>['"]){_ROOT}.*?(?P=quote)|(?<![\w.]){_ROOT}[^\s'"]+""")


class StartError(RuntimeError):
    """The entry cannot be loaded, or workers die before their first task."""


@dataclass(frozen=True)
class Task:
    id: str  # distinct within a run
    payload: Any  # travels by pickle through a pipe, never by disk


@dataclass(frozen=True)
class Finished:
    task: Task
    value: Any
    seconds: float


@dataclass(frozen=True)
class Failed:
    """The task raised, killed two workers, ran out of memory or took too long."""

    task: Task
    kind: Literal["error", "killed", "timeout", "memory"]
    reason: str  # one line without paths, fit for a record that others read
    seconds: float


@dataclass(frozen=True)
class Progressed:
    """Reported by a task while it runs; a task that is rerun reports again."""

    task: Task
    value: Any


Event = Finished | Failed | Progressed
Events = Generator[Event, None, None]
Report = Callable[[Any], None]


def run_serial(tasks: Iterable[Task], entry: str, *, deadline: float | None = None) -> Events:
    """Run the tasks in this process, handing on what a task reports when it ends.

    No task begins after `deadline`, a value of `time.monotonic()`. Raises StartError.
    """
    function = _load(entry)
    for task in tasks:
        if deadline is not None and time.monotonic() >= deadline:
            return
        reports: list[Any] = []
        outcome = _attempt(function, task.payload, reports.append)
        yield from (Progressed(task, value) for value in reports)
        yield _concluded(task, *outcome)


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
    """Run the tasks, handed out in order, in up to `count` processes; events come in any order.

    `environment` is in place, and with `pin` the process bound to one core, before it imports anything;
    but `sys.path` is that of this process, whatever PYTHONPATH says. A task whose worker dies is rerun
    once. Each has `timeout` seconds. None begins after `deadline`, a value of `time.monotonic()`.

    Closing the generator ends all workers. An exception in the loop that consumes it does not close it at
    once, so wrap it in `contextlib.closing`. Raises StartError, and ValueError if `count` is below 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}, but at least one worker is needed")
    cores = sorted(os.sched_getaffinity(0)) if pin and hasattr(os, "sched_getaffinity") else [None]
    queue = deque(tasks)
    workers: dict[int, _Worker] = {}  # by slot: a fresh worker takes the core of the one it replaces
    suspects: set[str] = set()  # ids of tasks that have lost one worker
    lost_starts = 0  # workers in a row that died before they were ready
    try:
        while True:
            if deadline is not None and time.monotonic() >= deadline:
                queue.clear()
            free = [worker for worker in workers.values() if worker.task is None]
            if not queue and len(free) == len(workers):
                return
            for slot in range(count):
                if slot not in workers and len(queue) > len(free):
                    workers[slot] = _Worker(entry, environment, cores[slot % len(cores)])
                    free.append(workers[slot])
            for worker in free:
                if worker.ready and queue:
                    worker.give(queue.popleft())
                    lost_starts = 0
            limits = [deadline] if deadline is not None and queue else []
            if timeout is not None:
                limits += [worker.since + timeout for worker in workers.values() if worker.task]
            sources = [source for worker in workers.values() for source in worker.sources]
            wait(sources, max(0.0, min(limits) - time.monotonic()) if limits else None)
            for slot, worker in list(workers.items()):
                seconds = time.monotonic() - worker.since
                overdue = timeout is not None and worker.task is not None and seconds > timeout
                if overdue:
                    worker.process.kill()
                    worker.process.join()
                dead = not worker.process.is_alive()  # asked first: then all it ever sent can be read
                yield from worker.events(every=dead)
                if not dead:
                    continue
                reason = workers.pop(slot).close()
                if not worker.ready:
                    lost_starts += 1
                    if lost_starts > 1:
                        raise StartError(f"two workers in a row died before their first task: {reason}")
                elif worker.task and overdue:
                    yield Failed(worker.task, "timeout", f"no result within {timeout:g} s", seconds)
                elif worker.task and worker.task.id in suspects:
                    yield Failed(worker.task, "killed", reason, seconds)
                elif worker.task:
                    suspects.add(worker.task.id)
                    queue.appendleft(worker.task)
    finally:
        for worker in workers.values():
            worker.process.terminate()
        limit = time.monotonic() + GRACE
        for worker in workers.values():
            worker.process.join(max(0.0, limit - time.monotonic()))
            worker.close()


class _Worker:
    """The driver's side of one process, and the task it holds."""

    def __init__(self, entry: str, environment: Mapping[str, str], core: int | None) -> None:
        self.ready, self.since = False, 0.0
        self.task: Task | None = None
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        # A daemon, so that a driver interrupted while it closes the pool still ends it at exit.
        self.process = context.Process(target=_work, args=(theirs, entry, os.getpid()), daemon=True)
        # Spawn imports the driver's __main__ before it calls us, so all this must be inherited. SIGINT is
        # blocked, not ignored, lest a Ctrl-C meant for the driver be lost; affinity is that of this thread.
        before = os.environ.copy()
        cores = os.sched_getaffinity(0) if core is not None else set()
        if sys.platform != "win32":
            resource_tracker.ensure_running()  # else the first start runs it, and that unblocks SIGINT
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            os.environ.update(environment)
            if core is not None:
                os.sched_setaffinity(0, {core})
            self.process.start()
        finally:
            if core is not None:
                os.sched_setaffinity(0, cores)
            for name in environment:
                os.environ.pop(name, None)
            os.environ.update(before)
            if sys.platform != "win32":
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        theirs.close()
        self.sources = (self.connection, self.process.sentinel)

    def give(self, task: Task) -> None:
        payload = pickle.dumps(task.payload)
        self.task, self.since = task, time.monotonic()
        with suppress(OSError):  # it has just died, which the next round finds out
            self.connection.send_bytes(payload)

    def events(self, every: bool) -> Iterator[Event]:
        """What it has sent: all, or one message, as a task may report without end."""
        try:
            while self.connection.poll():
                kind, value, seconds = self.connection.recv()
                if kind == "unusable":
                    raise value
                if self.task is None:
                    self.ready = True
                elif kind == "progress":
                    yield Progressed(self.task, value)
                else:
                    task, self.task = self.task, None
                    yield _concluded(
                        task, kind, pickle.loads(value) if kind == "finished" else value, seconds
                    )
                if not every:
                    return
        except (EOFError, OSError):  # its end is closed, maybe amid a message: it is dying
            self.process.join(GRACE)
            self.process.kill()

    def close(self) -> str:
        """Kill the process if need be, and say how it ended."""
        self.process.kill()
        self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        self.connection.close()
        return f"killed by {_SIGNALS.get(-code, -code)}" if code < 0 else f"ended with exit code {code}"


def _work(connection: Connection, entry: str, driver: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the driver decides
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_leave_with, args=(driver,), daemon=True).start()
    with suppress(EOFError, ConnectionError):  # the driver is gone
        try:
            function = _load(entry)
        except StartError as error:
            error.add_note(f"In the worker:\n{traceback.format_exc()}")
            return connection.send(("unusable", error, 0.0))
        connection.send(("ready", None, 0.0))
        while True:
            connection.send(
                _attempt(
                    # Pickled inside the attempt, so that what cannot be pickled fails the task alone.
                    lambda payload, report: pickle.dumps(function(pickle.loads(payload), report)),
                    connection.recv_bytes(),
                    lambda value: connection.send(("progress", value, 0.0)),
                )
            )


def _leave_with(driver: int) -> None:
    """End this process with the driver even amid a long task, as compiled code releases the GIL."""
    while os.getppid() == driver:
        time.sleep(1)
    os._exit(1)


def _load(entry: str) -> Callable[[Any, Report], Any]:
    module, _, name = entry.partition(":")
    try:
        function: Callable[[Any, Report], Any] = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:
        raise StartError(f"cannot load {entry}: {_described(error)}") from error
    return function


def _attempt(function: Callable[[Any, Report], Any], payload: Any, report: Report) -> tuple[Any, Any, float]:
    start = time.monotonic()
    try:
        return "finished", function(payload, report), time.monotonic() - start
    except (Exception, SystemExit) as error:
        exhausted = isinstance(error, MemoryError) or _EXHAUSTED.search(f"{type(error).__name__} {error}")
        return "memory" if exhausted else "error", _described(error), time.monotonic() - start


def _concluded(task: Task, kind: Any, value: Any, seconds: float) -> Finished | Failed:
    return Finished(task, value, seconds) if kind == "finished" else Failed(task, kind, value, seconds)


def _described(error: BaseException) -> str:
    text = _PATH.sub("<path>", f"{type(error).__name__}: {error}")
    text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())[:200].rstrip(": ")
