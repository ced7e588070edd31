"""The doctor names each thing that is wrong, with what mends it, and nothing else."""

import sqlite3
from pathlib import Path

import pytest
from filelock import FileLock
from made_up import check, claim, described, write

from common import datasets
from common.engine import backend
from suite import cli, doctor, journal, machine, provenance, registry


@pytest.fixture
def well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which nothing is wrong, whose backend need not start."""
    monkeypatch.setattr("signal.signal", lambda *_: None)
    for name in ("REPRO_CACHE", "REPRO_DATASET", "JAX_PLATFORMS", "MR_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("REPRO_HOME", "REPRO_RESULTS"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(backend, "choose", lambda requested: "jax")  # whatever Keras other tests have loaded
    monkeypatch.setattr(doctor, "STARTS", {"jax": "print('cpu', 2.0)"})
    monkeypatch.setattr(datasets, "at_hand", lambda name: name != datasets.POLARITY)
    monkeypatch.setattr(provenance, "commit", lambda: ("c" * 40, True))
    return tmp_path


def examined(capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str], str]:
    code = cli.main(["doctor"])
    out = capsys.readouterr().out
    return code, [line for line in out.splitlines() if line.startswith(("WRONG", "note"))], out


def test_nothing_is_wrong(well: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, faults, out = examined(capsys)
    assert (code, faults) == (0, []), out
    assert "ok     backend: jax starts (cpu 2.0)" in out
    assert f"set    REPRO_HOME={well / 'REPRO_HOME'}: folder for all that is kept" in out
    assert out.splitlines()[-1] == "Nothing is wrong."
    assert f"{machine.core_count()} worker(s)" in out


def test_each_fault_is_told_with_what_mends_it(
    well: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "STARTS", {"jax": "raise OSError('no such library')"})
    monkeypatch.setattr(doctor, "PYTHONS", ((3, 99), (3, 100)))
    monkeypatch.setattr(doctor, "requires", lambda name: ["numpy>=99", "absent-package>=1", "ruff>=99; extra == 'dev'"])
    monkeypatch.setattr(datasets, "at_hand", lambda name: False)
    home = well / "REPRO_HOME"
    home.mkdir()
    (home / "journal.sqlite").write_text("this is no journal, but a text that is long enough to be taken for none" * 9)
    code, faults, out = examined(capsys)
    assert code == 2
    told = "\n".join(faults)
    for part in (
        "; make an environment with Python 3.11, 3.12 or 3.13",
        "is not >=99; absent-package is missing; type: pip install -e .",
        "backend: jax does not start: OSError: no such library; type: pip install -U jax",
        "data: mnist is in neither",
        "type: repro data fetch, or set TFDS_DATA_DIR to a prepared copy",
        f"set it aside with: mv {home / 'journal.sqlite'}",
    ):
        assert part in told
    assert "ruff" not in told
    assert out.splitlines()[-1] == f"{sum(line.startswith('WRONG') for line in faults)} thing(s) to mend."


def test_what_is_only_worth_knowing_is_a_note(
    well: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gpu = well / "gpu"
    gpu.mkdir()
    monkeypatch.setattr(backend, "GPUS", (str(gpu),))
    monkeypatch.setattr(backend, "accelerator", lambda used: "")
    monkeypatch.setattr(doctor, "SPACE", 10**18)
    monkeypatch.setattr(provenance, "commit", lambda: ("none", False))
    (well / "REPRO_HOME").mkdir()
    (well / "REPRO_HOME" / "fresh.sqlite").touch()
    code, faults, _ = examined(capsys)
    assert code == 0
    kinds = [line.split()[1] for line in faults]
    assert kinds == ["accelerator:", "disk:", "disk:", "journal:", "code:"]
    assert all("; " in line for line in faults[:4])


def test_a_claim_that_only_has_a_row_on_record_is_not_judged(well: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As one whose module has the trials of other claims."""
    asked = claim(check("c"))
    record = {known.id: described(asked) for known in registry.claims("parity")}
    assert {said["verdict"] for said in record.values()} == {"not run"}
    (well / "REPRO_RESULTS/parity").mkdir(parents=True)
    for count, (known, letters) in enumerate(zip(list(record), ("", "y" * 12, "yyyn" * 3), strict=False)):
        if letters:
            record[known] = described(asked, a=letters)  # which are reproduced and undecided
        write(well / "REPRO_RESULTS/parity/verdicts.json", record)
        assert f"ok     record: {count} of {len(registry.all_claims())} claims are judged in" in examined(capsys)[2]


def test_a_journal_says_what_it_holds_and_who_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    assert journal.state(path) == (0, "")
    with journal.Journal(path):
        assert journal.state(path)[0] == 0
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO trials VALUES ('k', 'p', 's')")
    connection.commit()
    connection.close()
    assert journal.state(path) == (1, "")
    path.with_suffix(".holder").write_text("4711")
    with FileLock(path.with_suffix(".lock")):
        assert journal.state(path) == (1, "4711")
