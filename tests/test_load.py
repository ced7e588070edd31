"""The real driver on a thousand simulated workers: every seed once whatever fails, and no step that grows with them."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import load, simulated
from benchmarks.simulated import Cluster
from suite import journal, registry, running
from suite.journal import Journal, finished


def test_every_seed_is_kept_once_though_workers_die_and_the_driver_is_interrupted(tmp_path: Path) -> None:
    path, plan = tmp_path / "journal.sqlite", simulated.planned(600, arms=7)
    cluster = Cluster(workers=50, deaths=0.05)
    keys = [key for entry in plan for key in entry.keys.values()]
    kept = 0
    for stop in (200, 450):
        with suppress(KeyboardInterrupt):
            load._run(plan, path, cluster, stop=stop)
        assert len(finished(path, keys)) >= stop, "what was finished at the interrupt is on disk"
        kept = cluster.ended
    outcome = load._run(plan, path, cluster)
    assert cluster.died > 10
    assert outcome.complete
    assert len(keys) == len(set(keys)) == 600 == len(finished(path, keys))
    assert sorted(trial.key for trials in outcome.trials.values() for trial in trials) == sorted(keys)
    assert len(outcome.trained) <= 600 - 450
    assert cluster.ended - kept < 600 - 450 + 40, "what is kept is not trained again"
    assert load._run(plan, path, cluster).trained == set()


def test_a_seed_that_kills_two_workers_is_killed_and_the_others_go_on(tmp_path: Path) -> None:
    plan = simulated.planned(40, arms=1)
    outcome = load._run(plan, tmp_path / "journal.sqlite", Cluster(workers=3, deaths=0.4))
    words = [trial.status for trials in outcome.trials.values() for trial in trials]
    assert len(words) == 40
    assert set(words) == {"ok", "killed"}


def test_when_a_run_returns_all_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "GROUP_SECONDS", 3600)
    plan, path = simulated.planned(900, arms=2), tmp_path / "journal.sqlite"
    monkeypatch.setattr(running, "_started", Cluster().events)
    with Journal(path) as kept:
        running.run(plan, kept, workers=1)
        assert len(finished(path, [key for entry in plan for key in entry.keys.values()])) == 900


def test_a_task_is_lost_where_its_worker_died_twice() -> None:
    [entry] = simulated.planned(1000, arms=1)
    slow = replace(entry, arm=replace(entry.arm, seconds=40.0))  # a task a seed
    events = [type(event).__name__ for event in Cluster(deaths=0.2).events(running.tasks([slow], {}))]
    assert 20 < events.count("Failed") < 70, "a fifth of a fifth"


def test_simulated_time_is_that_of_so_many_workers() -> None:
    todo = running.tasks(simulated.planned(4000), {})
    clocks = []
    for workers in (10, 100):
        cluster = Cluster(workers=workers, deaths=0.0)
        assert sum(type(event).__name__ == "Progressed" for event in cluster.events(todo)) == 4000
        clocks.append(cluster.clock)
    assert clocks[0] == pytest.approx(4000 * 10 / 10, rel=0.1)
    assert clocks[1] == pytest.approx(4000 * 10 / 100, rel=0.25)


def test_the_driver_looks_over_its_plan_as_often_for_many_trials_as_for_few(tmp_path: Path) -> None:
    looks = 0

    class Watched(dict[int, str]):
        def values(self) -> Any:
            nonlocal looks
            looks += 1
            return super().values()

        def __iter__(self) -> Iterator[int]:
            nonlocal looks
            looks += 1
            return super().__iter__()

    counts = []
    for trials in (50, 500):
        looks = 0
        plan = [replace(entry, keys=Watched(entry.keys)) for entry in simulated.planned(trials, arms=1)]
        with Journal(tmp_path / f"{trials}.sqlite") as journal, pytest.MonkeyPatch.context() as patch:
            patch.setattr(running, "_started", Cluster(deaths=0.0).events)
            assert running.run(plan, journal, workers=1).complete
        counts.append(looks)
    assert counts[0] == counts[1]


def test_progress_counts_each_trial_as_it_comes(tmp_path: Path) -> None:
    plan, seen = simulated.planned(60, arms=3), []
    cluster = Cluster(workers=5, deaths=0.1)
    with Journal(tmp_path / "journal.sqlite") as journal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "_started", cluster.events)
        running.run(
            plan, journal, workers=5, watch=lambda progress: seen.append((progress.done, progress.seconds_done))
        )
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert (seen[0], seen[-1]) == ((0, 0.0), (60, 600.0)), "a seed that is reported twice counts once"


def test_the_measures_of_the_load_are_rows(capsys: pytest.CaptureFixture[str]) -> None:
    rows = load.measure((40, 80), lambda _: None)
    assert [(row["what"], row["trials"]) for row in rows] == [
        ("journal, a commit a trial", load.ALONE), ("journal, in groups", 40), ("keys of a plan", 40),
        ("simulated workers alone", 40), ("driver, 1000 simulated workers", 40), ("run again, all on record", 40),
        ("keys of a plan", 80), ("simulated workers alone", 80), ("driver, 1000 simulated workers", 80),
        ("run again, all on record", 80), ("status of 4 trials", 80), ("doctor", 80),
    ]  # fmt: skip
    assert all(row["seconds"] > 0 and row["memory_megabytes"] > 10 for row in rows)
    assert rows[0]["fsyncs_a_second"] > 0


def test_a_record_of_any_size_is_exported_verified_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one reproduction, whose claims ask for no more than there is, and arms that none reads."""
    monkeypatch.setattr(registry, "names", lambda: ("sorting",))
    monkeypatch.setattr(registry, "figures", lambda name: None)
    rows = list(load.recorded(300, lambda _: None))
    assert [(row["what"], row["trials"]) for row in rows] == [
        ("record written", 300), ("export", 300), ("verify", 300), ("page", 300),
    ]  # fmt: skip
    assert all(row["cpu_seconds"] > 0 for row in rows)
