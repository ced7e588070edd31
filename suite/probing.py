"""Measures in a worker how many lanes pay for each program of a plan, and prints the advice."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from common.engine import backend
from suite import registry, running
from suite.workers import Failed, Finished, Task, run_processes

ENTRY = "suite.probing:measure"


def measure(payload: Mapping[str, Any], report: Callable[[Any], None]) -> tuple[int, list[tuple[int, float, float]]]:
    """Runs in a worker: the advised count, and (lanes, seconds per step and seed, megabytes) of each one tried."""
    from common.engine import lanes

    study = registry.study(payload["name"], payload["question"])
    measured = list(lanes.measure(study.experiment(payload["settings"])))  # type: ignore[attr-defined]
    return lanes.advise(measured), [(row.lanes, row.seconds, row.megabytes) for row in measured]


def advise(planned: Sequence[running.Planned]) -> list[str]:
    """One line for each arm that trains: what a step costs at each count, and which count pays. Changes nothing."""
    todo = [
        Task(
            f"{entry.name}/{entry.question} / {entry.arm.name}",
            {"name": entry.name, "question": entry.question, "settings": dict(entry.arm.settings)},
        )
        for entry in planned
        if hasattr(registry.study(entry.name, entry.question), "experiment")
    ]
    environment = backend.worker_environment(registry.home() / "programs")
    lines = []
    with closing(run_processes(todo, ENTRY, count=1, environment=environment)) as events:
        for event in events:
            if isinstance(event, Failed):
                lines.append(f"{event.task.id:<52} {event.kind}: {event.reason}")
            elif isinstance(event, Finished):
                best, rows = event.value
                costs = ", ".join(f"{count}: {1000 * seconds:.3g} ms" for count, seconds, _ in rows)
                memory = next(megabytes for count, _, megabytes in rows if count == best)
                lines.append(f"{event.task.id:<52} lanes={best} ({memory:.0f} MB); a step and seed at {costs}")
    return lines
