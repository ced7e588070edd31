"""Studies that no claim reads: they are run by their own name, on the seeds that their arms name."""

import csv
from typing import Any

import pytest

ALONE = '''"""What was foretold?"""
from common.study import Arm
from common.training import Run

DATASET = "synthetic"
METRICS = {"score": "how good it is, share"}

def arms(tier):
    return (Arm("told", {}, SEEDS if tier == "full" else (), seconds=0.1),)

def run(settings, seeds, lanes):
    for seed in seeds:
        yield Run(seed, "ok", 1, False, {"score": seed / 10_000}, {})
'''


def written(stub: Any, seeds: str) -> Any:
    text = ALONE.replace("SEEDS if", f"{seeds} if")
    (stub.root / "reproductions/stub/studies/alone.py").write_text(text, encoding="utf-8")
    stub.git("add", "-A")
    stub.git("commit", "-qm", "foretold")
    return stub


def test_a_study_that_no_claim_reads_is_run_on_the_seeds_that_it_names(stub: Any) -> None:
    written(stub, "(5_000, 5_002)")
    words = ("run", "--study", "stub/alone", "--tier", "full", "--workers", "0")
    first = stub.run(*words)
    assert first.returncode == 0, first.stderr
    with (stub.results / "stub/trials.csv").open(encoding="utf-8", newline="") as file:
        found = [(row["study"], row["arm"], row["seed"], row["score"]) for row in csv.DictReader(file)]
    assert found == [("alone", "told", "5000", "0.5"), ("alone", "told", "5002", "0.5002")]
    again = stub.run(*words)
    assert again.returncode == 0
    assert "0 trained, 2 from the record" in again.stderr
    assert stub.run("verify").returncode == 0


@pytest.mark.parametrize(
    ("study", "fault"),
    [
        ("stub/aloen", "did you mean stub/alone"),
        ("stub/echo", "read by claims; name them instead: stub-echo"),
        ("stub/alone", "names no seeds at the full tier"),
    ],
)
def test_a_study_that_cannot_stand_alone_is_refused_with_the_way_out(stub: Any, study: str, fault: str) -> None:
    done = written(stub, "()").run("run", "--study", study, "--tier", "full", "--workers", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert fault in done.stderr
    assert not (stub.results / "stub").exists()
