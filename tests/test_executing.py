"""What a worker reports of a seed: its core's time, however busy the machine."""

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from common.training import Run
from suite import executing

SLEPT = 0.3


def sleepy(settings: Any, seeds: list[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        time.sleep(SLEPT)  # as when another program has the core
        yield Run(seed, "ok", 1, False, {}, {})


@pytest.mark.parametrize(("accelerator", "counted"), [("", False), ("a GPU", True)])
def test_time_in_which_a_core_did_not_work_counts_where_an_accelerator_does(
    monkeypatch: pytest.MonkeyPatch, accelerator: str, counted: bool
) -> None:
    monkeypatch.setattr(executing.backend, "accelerator", lambda used: accelerator)
    monkeypatch.setattr(executing.registry, "study_sha256", lambda name, question: "")
    monkeypatch.setattr(executing.registry, "study", lambda name, question: SimpleNamespace(run=sleepy))
    work = {"name": "made", "question": "s", "settings": {}, "lanes": 1, "code_sha256": "", "seeds": [0, 1]}
    reports: list[Any] = []
    executing.execute((None, work), reports.append)
    assert [report["seed"] for report in reports] == [0, 1]
    assert all((report["seconds"] >= SLEPT) == counted for report in reports), reports
