"""Faults cost no finished seed, and evidence that was altered, or that belongs to other code, turns red."""

import csv
import hashlib
import json
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from common.trials import NUMERICS, Trial
from suite import evidence, locking

FULL = ("run", "--tier", "full", "--workers", "2")
EVERY = sorted((arm, str(seed)) for arm in ("control", "only", "treatment") for seed in range(1000, 1012))
SLEEP, CLAIMS = "reproductions/stub/studies/sleep.py", "reproductions/stub/claims.py"


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str], seconds: float = 120) -> None:
    """Waits until the condition holds or the process has ended."""
    end = time.monotonic() + seconds
    while not condition() and process.poll() is None:
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def rows(project: Any) -> list[dict[str, str]]:
    with (project.results / "stub/trials.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def write_rows(project: Any, changed: list[dict[str, str]]) -> None:
    with (project.results / "stub/trials.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, changed[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(changed)


def results(project: Any) -> dict[str, bytes]:
    names = ("verdicts.json", "table.md", "table.csv", "curves.csv")
    return {name: (project.results / "stub" / name).read_bytes() for name in names}


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if line.startswith("repro: ")]
    lines = [line for line in lines if not line.startswith("repro: trains")]  # what a run says it will do
    lines = [line for line in lines if " waits for " not in line]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_kill_9_at_any_moment_loses_nothing(stub: Any, trained: Any) -> None:
    def begun(count: int) -> bool:
        return len(stub.log()) >= count

    moments = random.Random(5)
    targets = sorted(moments.sample(range(1, 34), 4))  # seeds begun when the driver is killed
    kept: list[tuple[int, set[str]]] = []
    killed = 0
    for target in [*targets, None]:
        process = stub.start(*FULL, STUB_SLEEP="0.1")
        if target is None:  # in the midst of writing the record
            wait_for(lambda: (stub.results / "stub/trials.csv").exists(), process)
        else:
            wait_for(partial(begun, target), process)
        time.sleep(moments.uniform(0, 0.1))
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL  # on a crowded machine a round may end before it is killed
        kept.append((process.pid, stub.finished()))
    assert killed >= 3
    assert len(kept[0][1]) < len(kept[-1][1]), "no round has finished a seed"
    last = stub.start(*FULL)
    _, told = last.communicate()
    assert last.returncode == 0, told
    drivers = [*(pid for pid, _ in kept), last.pid]  # a worker that began after its driver's death is of none of them
    for position, (_, finished) in enumerate(kept, start=1):
        later = {f"{arm} {seed}" for arm, seed, driver, _ in stub.log() if driver in drivers[position:]}
        assert not finished & later
    assert sorted((row["arm"], row["seed"]) for row in rows(stub)) == EVERY
    assert results(stub) == results(trained)
    assert [path.name for path in stub.results.rglob(".*")] == [locking.FILE], "a half-written file was left behind"
    assert stub.run("verify").returncode == 0


def test_a_second_driver_is_told_who_holds_the_journal(stub: Any) -> None:
    hold = stub.root / "hold"
    hold.touch()
    first = stub.start("run", "--workers", "1", STUB_HOLD=str(hold))
    wait_for(stub.log, first)
    refused = stub.run("run", "--workers", "1")
    assert f"process {first.pid}" in one_line(refused)
    assert stub.run("status").returncode == 0  # which only reads
    hold.unlink()
    first.communicate(timeout=300)
    assert first.returncode == 0
    assert len(stub.log()) == 6


def test_a_seed_that_kills_its_worker_costs_itself_only(stub: Any, trained: Any) -> None:
    """Seed 1005 shares its task with three others. It speaks against the check, which needs another batch for it."""
    assert stub.run(*FULL, STUB_KILL="treatment 1005").returncode == 0
    more = {(arm, str(seed)) for arm in ("control", "treatment") for seed in range(1012, 1024)}
    assert sorted((row["arm"], row["seed"]) for row in rows(stub)) == sorted({*EVERY, *more})
    lost = [row for row in rows(stub) if row["status"] != "ok"]
    assert [(row["arm"], row["seed"], row["status"], row["score"]) for row in lost] == [
        ("treatment", "1005", "killed", "")
    ]
    assert lost[0]["reason"] == "killed by SIGKILL"
    first = [row for row in rows(stub) if (row["arm"], row["seed"]) not in more]
    keep = [(row["arm"], row["seed"], row["score"]) for row in rows(trained) if row["key"] != lost[0]["key"]]
    assert [(row["arm"], row["seed"], row["score"]) for row in first if row["score"]] == keep
    check = json.loads((stub.results / "stub/verdicts.json").read_text())["stub-better"]["checks"][0]
    assert (check["n"], check["yes"], check["failed"]) == (24, 23, 1)
    assert (
        "| stub-better | better | direction | holds | 23 | 0 | 24 | 1 |" in (stub.results / "stub/table.md").read_text()
    )


@pytest.mark.parametrize("full", ["memory", "killed"])
def test_an_arm_that_does_not_fit_is_run_again_with_half_the_lanes(stub: Any, trained: Any, full: str) -> None:
    done = stub.run(*FULL, STUB_LANES="8", STUB_FITS="2", STUB_FULL=full)
    assert done.returncode == 0
    assert "stub/sleep/treatment ran out of memory with 4 lanes and is run again with 2" in done.stderr
    assert sorted((row["arm"], row["seed"]) for row in rows(stub)) == EVERY
    assert {(row["lanes"], row["status"]) for row in rows(stub)} == {("2", "ok")}
    scores = [[(row["arm"], row["seed"], row["score"]) for row in rows(project)] for project in (stub, trained)]
    assert scores[0] == scores[1]


def test_an_arm_that_fits_in_no_lane_is_recorded_as_such(stub: Any) -> None:
    stub.run(*FULL, STUB_LANES="2", STUB_FITS="0", STUB_FULL="memory")
    assert sorted((row["arm"], row["seed"]) for row in rows(stub)) == EVERY
    assert {(row["lanes"], row["status"]) for row in rows(stub)} == {("1", "memory")}


def test_an_error_in_a_study_is_named_and_not_recorded(stub: Any, trained: Any) -> None:
    broken = stub.run("run", "stub-better", *FULL[1:], STUB_RAISE="control 1000")
    assert broken.returncode == 2
    told = [line for line in broken.stderr.splitlines() if "the net fell apart" in line]
    assert len(told) == 1
    assert told[0].startswith("repro: stub/sleep/control/1000: ArithmeticError: the net fell apart")
    assert not (stub.results / "stub/trials.csv").exists()
    finished = stub.finished()
    assert {f"treatment {seed}" for seed in range(1000, 1012)} <= finished
    assert "control 1000" not in finished
    begun = len(stub.log())
    assert stub.run(*FULL).returncode == 0
    assert not finished & {f"{arm} {seed}" for arm, seed, *_ in stub.log()[begun:]}
    assert results(stub) == results(trained)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_failed_trial_costs_no_table(stub: Any, workers: str) -> None:
    """A claim says `failed` where a trial of its own is missing, also where others of the arm are there."""
    whole = stub.run("run", "--workers", "2", REPRO_HOME=str(stub.root / "home" / "other"))
    broken = stub.run("run", "--workers", workers, STUB_RAISE="treatment 1")
    assert (whole.returncode, broken.returncode) == (0, 2)
    head, better, echo = broken.stdout.splitlines()
    assert better.split(maxsplit=4)[:4] == ["stub-better", "not", "run", "failed"]
    assert better.endswith("sleep/treatment: 1 of 3 trials")
    assert [head, echo] == [whole.stdout.splitlines()[line] for line in (0, 2)]
    assert json.loads(stub.run("run", "--json", STUB_RAISE="treatment 1").stdout)["stub-echo"]["quick"] == "agrees"
    full = stub.run("run", "--tier", "full", "--workers", workers, STUB_RAISE="control 1001")
    assert full.returncode == 2
    assert full.stdout.startswith("stub-better: not run\n")
    assert "\nstub-echo: reproduced\n" in full.stdout


@pytest.mark.parametrize("place", ["record", "record/stub", "home"])
def test_a_file_in_place_of_a_folder_is_found_before_anything_is_trained(stub: Any, place: str) -> None:
    (stub.root / place).parent.mkdir(exist_ok=True)
    (stub.root / place).touch()
    fault = f"{stub.root / place} is a file, and the record is a folder"
    fault = fault if place == "record" else f"cannot write {stub.root / place}"
    assert fault in one_line(stub.run(*FULL))
    assert stub.log() == []


def test_a_full_disk_keeps_what_is_finished(stub: Any, trained: Any) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000))"
    full = stub.run(*FULL, first=limit, STUB_SLEEP="0.1")  # so that each trial has a commit of its own
    assert f"journal {stub.root / 'home/journal.sqlite'}: " in one_line(full)
    finished, begun = stub.finished(), len(stub.log())
    assert 0 < len(finished) < 36
    assert stub.run(*FULL).returncode == 0
    assert not finished & {f"{arm} {seed}" for arm, seed, *_ in stub.log()[begun:]}
    assert results(stub) == results(trained)


def altered_value(project: Any) -> None:
    changed = rows(project)
    changed[-1]["score"] = "0.85"
    write_rows(project, changed)


def deleted_seed(project: Any) -> None:
    write_rows(project, [row for row in rows(project) if (row["arm"], row["seed"]) != ("treatment", "1004")])


def extra_seed(project: Any) -> None:
    write_rows(project, [*rows(project), rows(project)[-1] | {"seed": "1024"}])


def doubled_row(project: Any) -> None:
    write_rows(project, [*rows(project), rows(project)[-1]])


def swapped_arms(project: Any) -> None:
    other = {"treatment": "control", "control": "treatment", "only": "only"}
    write_rows(project, [row | {"arm": other[row["arm"]]} for row in rows(project)])


def edited_verdict(project: Any) -> None:
    project.edit("record/stub/verdicts.json", '"reproduced"', '"not reproduced"')


def edited_table(project: Any) -> None:
    project.edit("record/stub/table.md", "holds", "fails")


def no_provenance(project: Any) -> None:
    (project.results / "stub/provenance.json").unlink()


GIVES = "stub-better: recorded reproduced, the evidence gives "
TAMPERED: dict[Callable[[Any], None], str] = {
    altered_value: "stub-better: recorded answer differs from what the evidence gives",
    deleted_seed: f"{GIVES}invalid (sleep/treatment: missing seed 1004)",
    extra_seed: f"{GIVES}invalid (sleep/treatment: undeclared seed 1024)",
    doubled_row: f"{GIVES}invalid (sleep/treatment: doubled seed 1011)",
    swapped_arms: f"{GIVES}invalid (a control that guards better failed)",
    edited_verdict: "stub-better: recorded not reproduced, the evidence gives reproduced",
    edited_table: "stub/table.md: differs from what stub/verdicts.json gives",
    no_provenance: f"{GIVES}stale (study sleep has no provenance)",
}


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda tamper: tamper.__name__)
def test_an_altered_record_turns_red(trained: Any, tamper: Callable[[Any], None]) -> None:
    """By the manifest, and by the judge, for the one who mends the manifest as well."""
    before = {path: path.read_bytes() for path in (trained.results / "stub").iterdir()}
    tamper(trained)
    [file] = [path for path, text in before.items() if not path.exists() or path.read_bytes() != text]
    found = trained.run("verify")
    assert found.returncode == 1
    lines = found.stdout.splitlines()
    assert TAMPERED[tamper] in lines
    assert f"stub/{file.name}: {'altered since it was written' if file.exists() else 'missing'}" in lines
    assert lines[-1] == f"{len(lines) - 1} fault(s) in results/"


def test_the_manifest_lists_every_file(trained: Any) -> None:
    manifest = trained.results / "MANIFEST.sha256"
    listed = dict(reversed(line.split("  ")) for line in manifest.read_text().splitlines())
    files = [
        p for p in trained.results.rglob("*") if p.is_file() and p not in (manifest, trained.results / locking.FILE)
    ]
    assert listed == {
        path.relative_to(trained.results).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    assert trained.run("verify").returncode == 0
    (trained.results / "stub/more.csv").touch()
    manifest.write_text("".join(f"{line}\n" for line in manifest.read_text().splitlines() if "stub/curves" not in line))
    assert trained.run("verify").stdout.splitlines()[:2] == [
        f"stub/{name}.csv: not in MANIFEST.sha256" for name in ("curves", "more")
    ]


EVIDENCE = ("trials.csv", "provenance.json", "curves.csv", "history.jsonl", "MANIFEST.sha256", "judged.json")
"""What no command makes again: what was measured, and what it is held against; all else follows from it."""


def test_a_damaged_file_of_the_record_is_named_and_made_again_or_left_to_git(trained: Any) -> None:
    shutil.copy(Path(__file__).parent / "damage_probe.py", trained.root)
    process = trained.start(module="damage_probe")
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    assert {Path(row["file"]).name for row in rows} > {*EVIDENCE, "verdicts.json", "table.md", "table.csv"}
    wrong = []
    for row in rows:
        evident = Path(row["file"]).name in EVIDENCE
        fits = {
            "verify": row["code"] in (1, 2) and row["named"],
            "list": row["code"] == 0 or (row["code"] == 2 and row["named"]),
            "export": row["code"] == 2 and row["named"] if evident else row["code"] == 0 and row["healed"],
        }[row["command"]]
        if not fits:
            wrong.append(row)
    assert wrong == []


@pytest.mark.parametrize(
    ("path", "old", "new", "reason"),
    [
        (CLAIMS, '"<=", 0.3)', '"<=", 0.35)', "the claim's checks changed since the run"),
        (SLEEP, '"treatment": 0.9', '"treatment": 0.95', "study sleep changed since the run"),
        ("common/trials.py", f"NUMERICS = {NUMERICS}", "NUMERICS = 99", "the engine's numerics changed since the run"),
    ],
)
def test_what_changed_since_the_run_is_stale(trained: Any, path: str, old: str, new: str, reason: str) -> None:
    trained.edit(path, old, new)
    found = trained.run("verify")
    assert found.returncode == 1
    assert f"{GIVES}stale ({reason})" in found.stdout.splitlines()
    assert json.loads(trained.run("list", "stub-better", "--json").stdout)[0]["verdict"] == "stale"
    assert f"stub-better: stale ({reason}), so not to be cited" in trained.run("cite", "stub-better").stdout


def test_thresholds_moved_after_trials_existed_are_told(trained: Any) -> None:
    """Judged again by other thresholds, the trials are not trained again; whoever reads the verdict learns of it."""
    begun = len(trained.log())
    trained.edit(CLAIMS, '"<=", 0.3)', '"<=", 0.35)')
    trained.commit()
    assert trained.run(*FULL).returncode == 0
    assert len(trained.log()) == begun
    assert "its thresholds changed after trials existed" in trained.run("cite", "stub-better").stdout
    first, second = trained.run("history", "stub-better").stdout.splitlines()
    assert "changed" not in first
    assert second.endswith("; its thresholds changed after trials existed; changed since the line before: the checks")
    assert trained.run("verify").returncode == 0


@pytest.mark.parametrize("path", [SLEEP, "common/trials.py", "suite/judging.py"])
def test_what_is_not_committed_is_not_recorded(stub: Any, path: str) -> None:
    stub.edit(path, "No Keras" if path != SLEEP else "# ten", "No Keras at all" if path != SLEEP else "# about ten")
    assert f"{path} is not committed" in one_line(stub.run(*FULL))
    assert stub.log() == []


def test_other_words_are_not_stale(trained: Any) -> None:
    trained.edit(SLEEP, "# ten seconds a seed", "# a comment says more")
    trained.edit(SLEEP, '"""Is the treatment better?', '"""Is the treatment much better?')
    trained.edit(CLAIMS, "What is claimed", "All that is claimed")
    assert trained.run("verify").returncode == 0
    assert json.loads(trained.run("list", "stub-better", "--json").stdout)[0]["verdict"] == "reproduced"


def test_a_run_mends_what_it_can(trained: Any, tmp_path: Path) -> None:
    """Rows that were deleted or doubled come back from the journal; nothing is trained."""
    before, begun = results(trained), len(trained.log())
    write_rows(trained, [row for row in [*rows(trained), rows(trained)[0]] if row["seed"] != "1004"])
    assert trained.run(*FULL).returncode == 0
    assert results(trained) == before
    assert Counter(row["seed"] for row in rows(trained))["1004"] == 3
    assert len(trained.log()) == begun


def test_a_curve_without_numbers_leaves_the_others_on_record(tmp_path):
    """What a run that diverged at once, or a gradient that vanished, has to show."""
    facts = {
        "study": "s",
        "arm": "a",
        "seed": 1000,
        "tier": "full",
        "key": "k",
        "backend": "jax",
        "dataset": "synthetic",
    }
    curves = {"none": [], "vanished": [(1, float("nan")), (2, None)], "some": [(1, None), (2, 0.5)]}
    made = Trial(**facts, data_sha256="d", metrics={}, curves=curves)
    evidence.write_curves(tmp_path / "curves.csv", [made], tmp_path / "before", "s")
    assert evidence.read_curves(tmp_path / "curves.csv") == {("s", "a", "some"): {1000: [(2, 0.5)]}}
