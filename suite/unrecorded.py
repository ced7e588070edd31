"""Trains a few seeds that no record keeps, as a lesson does."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from common.engine import backend
from common.training import Run
from suite import registry
from suite.workers import Failed, Progressed, Task, run_processes, run_serial

ENTRY = "suite.executing:execute"


def runs(
    name: str, question: str, settings: Mapping[str, Any], seeds: Sequence[int], lanes: int, *, apart: bool
) -> Iterator[Run]:
    """A run for each seed, as it ends.

    Args:
        apart: in a process of its own. A server draws random numbers for its own ends in another thread while a net is
            built, which the engine takes for a study that does.

    Raises:
        RuntimeError: training failed.
    """
    work = {"name": name, "question": question, "settings": dict(settings), "seeds": list(seeds), "lanes": lanes}
    tasks = [Task(question, (None, {**work, "code_sha256": registry.study_sha256(name, question)}))]
    environment = backend.worker_environment(registry.home() / "programs")
    started = run_processes(tasks, ENTRY, count=1, environment=environment) if apart else run_serial(tasks, ENTRY)
    with closing(started) as events:
        for event in events:
            if isinstance(event, Failed):
                raise RuntimeError(f"{name}/{question} failed: {event.reason}\n{event.trace}")
            if isinstance(event, Progressed):
                yield Run(**{field: value for field, value in event.value.items() if field != "seconds"})
