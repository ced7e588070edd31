"""What the evidence cost: seeds times what their arms declare, ten seconds each in the stub."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from common.trials import Trial
from suite import costs, evidence, manifest, registry

STEM: dict[str, Any] = {"key": "", "backend": "jax", "dataset": "synthetic", "data_sha256": "", "metrics": {}}


def row(text: str, name: str) -> dict[str, str]:
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    return next(dict(zip(lines[0], line, strict=True)) for line in lines if line[0] == name)


def old_record(folder: Path) -> None:
    """Edition 1: six seeds of an arm that is there still, two of one that is gone, one decided check of two."""
    folder.mkdir(parents=True)
    kept = [Trial(study="sleep", arm="control", seed=seed, tier="full", **STEM) for seed in range(6)]
    gone = [Trial(study="sleep", arm="gone", seed=seed, tier="full", seconds=30.0, **STEM) for seed in range(2)]
    evidence.write_trials(folder / "trials.csv", [*kept, *gone])
    checks = [{"id": "a", "outcome": "holds"}, {"id": "b", "outcome": "undecided"}]
    (folder / "verdicts.json").write_text(json.dumps({"stub-better": {"verdict": "inconclusive", "checks": checks}}))


def test_costs_are_seeds_times_declared_seconds_apart_by_purpose(trained: Any) -> None:
    assert trained.run("run", "--tier", "pilot").returncode == 0
    old_record(trained.root / "results/edition-1/stub")
    again = [Trial(study="sleep", arm="treatment", seed=seed, tier="full", **STEM) for seed in range(1000, 1003)]
    evidence.write_trials(trained.results / "stub/withdrawn.csv", again)
    alone = [t.model_copy(update={"arm": "shuffled", "seed": t.seed + 6000, "seconds": 40.0}) for t in again]
    evidence.write_trials(trained.results / "stub/negatives.csv", alone)
    for file in ("stub/withdrawn.csv", "stub/negatives.csv"):  # as the hand that writes evidence lists it
        text = manifest.announced(trained.results, file, manifest.digest(trained.results / file))
        (trained.results / manifest.NAME).write_text(text)
    done = trained.run("costs")
    assert done.returncode == 0, done.stderr
    found = row(done.stdout, "stub")
    with (trained.results / "stub/trials.csv").open() as file:
        seeds = [entry["arm"] for entry in csv.DictReader(file)]
    assert {arm: seeds.count(arm) for arm in seeds} == {"treatment": 12, "control": 12, "only": 12}
    assert found["judged"] == "6.0"  # 36 seeds of ten seconds
    assert found["pilots"] == "5.0"
    assert (found["controls"], found["run again"]) == ("2.0", "0.5")
    assert (found["checks decided"], found["a decided check"]) == ("3", "2.00")
    assert found["edition 1: a decided check"] == "2.00"  # a minute of the arm that stayed and one that was measured
    assert (found["arms of both editions"], found["the same in edition 1"]) == ("2.0", "1.0")
    assert (found["checks stopped early"], found["checks at their cap"]) == ("3", "0")
    assert row(done.stdout, "all") == found | {"module": "all"}
    assert (trained.results / "COSTS.md").read_text() == done.stdout


def test_costs_before_any_run_are_none(stub: Any) -> None:
    found = row(stub.run("costs").stdout, "stub")
    assert (found["judged"], found["checks decided"], found["a decided check"]) == ("0.0", "0", "–")


def test_what_no_claim_reads_is_told_apart_and_makes_no_decided_check_dearer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study that tests a prediction has seeds on record, and none of them are judged."""
    read = costs.cost("gan")
    assert (read.judged > 0, read.foretold) == (True, 0)
    monkeypatch.setattr(registry, "claims", lambda name: ())
    unread = costs.cost("gan")
    assert (unread.judged, unread.foretold) == (0, read.judged)
