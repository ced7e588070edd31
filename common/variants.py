"""One seed under several settings that are compared with each other, as one trial."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, TypeVar

from common.training import Experiment, Run, train

Name = TypeVar("Name", bound=Hashable)


def side_by_side(
    experiments: Mapping[Name, Experiment], seeds: Sequence[int], lanes: int
) -> Iterator[tuple[int, dict[Name, Run]]]:
    """Each seed with its run of every experiment. Initial weights and order of data are those of the seed in all."""
    columns = {name: list(train(experiment, seeds, lanes=lanes)) for name, experiment in experiments.items()}
    for place, seed in enumerate(seeds):
        yield seed, {name: runs[place] for name, runs in columns.items()}


def together(
    seed: int,
    runs: Mapping[Name, Run],
    metrics: Mapping[str, float | None],
    curves: Mapping[str, Sequence[tuple[int, float]]] = MappingProxyType({}),
) -> Run:
    """One trial made of several runs of a seed, with the numbers that it is to report.

    A run that diverged shows as a metric without a value; the trial counts as diverged only when all of them did.
    """
    status: Literal["ok", "diverged"] = "diverged" if all(run.status == "diverged" for run in runs.values()) else "ok"
    steps = sum(run.steps for run in runs.values())
    return Run(seed=seed, status=status, steps=steps, stopped=False, metrics=dict(metrics), curves=dict(curves))
