"""What was predicted is kept beside what happened, and scored by module."""

import json
from pathlib import Path
from typing import Any

import pytest

from suite import machine, predictions
from suite.predictions import WHOLE


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    monkeypatch.setattr(machine, "busy", lambda workers: False)
    return tmp_path


def keep(
    module: str = "made", study: str = "s", core: Any = (10.0, 10.0), wall: Any = None, trials: Any = (4, 4)
) -> None:
    predictions.keep(module, study, "full", 2, trials=trials, core=core, wall=wall)


def row(module: str, what: str = "given seeds") -> list[str]:
    lines = predictions.scored(predictions.kept())
    return next(line for line in lines if line.startswith(module) and what in line).replace(what, "").split()


def test_a_module_is_scored_over_all_its_studies_by_what_they_took() -> None:
    keep(core=(100.0, 50.0), wall=(60.0, 50.0))
    keep(study="t", core=(200.0, 550.0), wall=(30.0, 50.0))
    keep("other", core=(60.0, 50.0))
    assert row("made") == ["made", "full", "8", "10.0", "×", "0.50", "×", "0.90"]
    assert row("other") == ["other", "full", "4", "0.8", "×", "1.20", "–"]
    assert predictions.scored(predictions.kept())[-1].startswith("1 of 2 within a factor 1.3")


def test_all_batches_of_a_run_are_scored_apart_from_given_seeds() -> None:
    keep(core=(100.0, 100.0))
    keep(study=WHOLE, core=(300.0, 100.0), trials=(36, 12))
    assert row("made") == ["made", "full", "4", "1.7", "×", "1.00", "–"]
    assert row("made", WHOLE) == ["made", "full", "12", "1.7", "×", "3.00", "–"]


@pytest.mark.parametrize(("predicted", "good"), [(77.0, 1), (76.0, 0), (130.0, 1), (131.0, 0)])
def test_a_factor_counts_either_way(predicted: float, good: int) -> None:
    keep(core=(predicted, 100.0))
    assert predictions.scored(predictions.kept())[-1].startswith(f"{good} of 1 within")


def test_a_module_of_seconds_is_shown_and_not_judged() -> None:
    keep(core=(30.0, 9.0))
    assert predictions.scored(predictions.kept())[-1].startswith("0 of 0 within")


def test_a_run_beside_other_work_is_told_apart_and_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(core=(100.0, 100.0))
    monkeypatch.setattr(machine, "busy", lambda workers: workers == 2)
    keep(core=(100.0, 300.0))
    *_, quiet, busy, last = predictions.scored(predictions.kept())
    assert "× 1.00" in quiet
    assert "× 0.33" in busy
    assert busy.endswith("beside other work")
    assert last.startswith("1 of 1 within")


def test_a_machine_is_busy_where_more_runs_than_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(machine, "core_count", lambda: 2)
    loads = ((0.9, 0), (1.1, 0), (2.9, 2), (3.1, 2), (2.9, 64), (3.1, 64))
    found = []
    for load, workers in loads:
        monkeypatch.setattr("os.getloadavg", lambda load=load: (load, 0, 0), raising=False)
        found.append(machine.busy(workers))
    assert found == [False, True] * 3


def test_nothing_is_said_where_nothing_was_predicted() -> None:
    [line] = predictions.scored(predictions.kept())
    assert line.startswith("no prediction was kept yet")


def test_lines_tell_no_machine_and_one_cut_short_is_left_out(home: Path) -> None:
    keep(wall=(1.0, 2.0))
    with predictions.path().open("a") as file:
        file.write('{"date": "2030-01')
    [kept] = predictions.kept()
    assert set(kept) == {"date", "module", "study", "tier", "workers", "busy", "trials", "core_seconds", "seconds"}
    assert str(home) not in json.dumps(kept)


def test_a_prediction_that_cannot_be_kept_costs_nothing(home: Path) -> None:
    predictions.path().mkdir()
    keep()


def test_a_run_keeps_what_it_predicted_and_the_plan_scores_it(stub: Any) -> None:
    assert "no prediction" in stub.run("plan", "--scored").stdout
    done = stub.run("run", "--tier", "full", "--workers", "2", STUB_SLEEP="0.1", STUB_WORK="0.02")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (stub.root / "home/predictions.jsonl").read_text().splitlines()]
    found = {line["study"]: line for line in lines}
    assert list(found) == ["sleep", "echo", WHOLE]
    assert found["sleep"]["trials"] == [24, 24]
    assert found[WHOLE]["trials"][1] == 36
    assert found["sleep"]["core_seconds"][0] == 240.0, "ten seconds a seed, as nothing was measured"
    assert 0.48 <= found["sleep"]["core_seconds"][1] < 2.4, "in which a core worked"
    assert found["sleep"]["seconds"][1] > 1.2
    assert found["sleep"]["seconds"][0] == 124.0
    assert stub.run("plan", "--scored").stdout.splitlines()[-1].startswith("0 of 0 within")
    more = stub.run("plan", "--tier", "full", "--workers", "3", "--nodes", "4")
    better = next(line for line in more.stdout.splitlines() if line.startswith("stub-better"))
    assert better.split()[1] == "0", "all is decided"
    assert "on 12 worker(s) on 4 machines: about 0 s" in more.stdout
    anew = stub.run("plan", "--tier", "full", "--fresh")
    [all_of_it] = [line for line in anew.stdout.splitlines() if line.startswith("all together")]
    assert all_of_it.split()[2] == "36", "as many as the record shows to be enough"
    assert "no number of machines" in stub.run("plan", "--nodes", "0").stderr
    assert len((stub.root / "home/predictions.jsonl").read_text().splitlines()) == 3, "a plan predicts for people"
    assert stub.run("run", "--tier", "full", "--workers", "2", "--fresh").returncode == 0
    *_, last = (json.loads(line) for line in (stub.root / "home/predictions.jsonl").read_text().splitlines())
    assert (last["study"], last["trials"]) == (WHOLE, [36, 36]), "the same seeds say the same again"
