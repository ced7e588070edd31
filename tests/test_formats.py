"""A record or a journal of any older format reads to what it says, and one of a newer format is refused."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from made_up import check, claim, publish
from test_schemas import faults

from common.errors import UserError
from common.trials import Trial
from reproductions import load_results
from suite import cli, comparing, evidence, formats, registry, verifying
from suite.journal import Journal, finished
from suite.records import SCHEMA_VERSION

OLD = Path(__file__).parent / "formats"
"""A tiny record of each format and a journal of each, as they were written in their time."""
EDITION_2 = 3  # the first format of it
every = pytest.mark.parametrize("number", range(1, formats.FORMAT + 1))


@pytest.fixture
def record(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(OLD / str(number), tmp_path / "record")
    folder = publish(monkeypatch, tmp_path / "record", claim(check("c")))
    monkeypatch.setattr(registry, "study_sha256", lambda name, question: "1" * 64)
    return folder


def nine_digits(path: Path) -> list[Trial]:
    """The trials on record, with the digits that are kept since format 2."""
    trials = evidence.read_trials(path)
    known = [{name: v if v is None else evidence.rounded(v) for name, v in t.metrics.items()} for t in trials]
    return [trial.model_copy(update={"metrics": metrics}) for trial, metrics in zip(trials, known, strict=True)]


@every
def test_a_record_of_each_format_reads_to_what_it_says(number: int, record: Path) -> None:
    first = 0 if number < EDITION_2 else 1000
    one, two, other = evidence.read_trials(record / "trials.csv")
    assert [(t.arm, t.seed) for t in (one, two, other)] == [("a", first), ("a", first + 1), ("b", first)]
    assert one.metrics == {"loss": 0.123456789 if number > 1 else 0.12345678901234567, "m": 0.75}
    assert two.metrics == ({"m": 0.5} if number < 4 else {"loss": None, "m": 0.5}), "an empty cell told no more"
    assert other.metrics == {"slope": -2.0}
    assert (two.status, two.reason, two.stopped, two.seconds) == ("diverged", "=1+1", True, 0.25)
    assert evidence.read_curves(record / "curves.csv") == {
        ("s", "a", "loss"): {first: [(0, 0.5), (10, 0.25)]},
        ("s", "a", "m"): {first: [(10, 0.75)]},
    }
    made = evidence.read_provenance("made_up")["s"]
    assert (made.commit, made.numerics, made.packages["keras"], made.flags) == ("e" * 40, 3, "3.15.1", {"NPROC": "1"})
    assert (made.earlier, made.fixed) == ((["8" * 40], {"made-up": "9" * 40}) if number >= EDITION_2 else ([], {}))
    known = ({"a": {"rate": 0.1}, "b": {}}, 512.5) if number >= 5 else ({}, None)
    assert (made.settings, made.peak_megabytes) == known
    words = {i: said["verdict"] for i, said in registry.recorded_verdicts("made_up").items()}
    assert words == ({"made-up": "undecided"} if number >= EDITION_2 else {}), "edition 1 judged by other checks"
    left = evidence.read_unfinished(record / "unfinished.jsonl")
    assert [(t.seed, t.metrics) for t in left] == ([(first + 7, {"m": 0.75, "loss": None})] if number > 1 else [])


@every
def test_export_brings_a_record_of_each_format_up_to_date_and_leaves_what_was_measured(
    number: int, record: Path
) -> None:
    measured = [record / name for name in ("curves.csv", "provenance.json")]
    before, trials = [path.read_bytes() for path in measured], nine_digits(record / "trials.csv")
    assert cli.main(["export"]) == 0
    assert (record.parent / "FORMAT").read_text() == f"{formats.FORMAT}\n"
    assert ([path.read_bytes() for path in measured], nine_digits(record / "trials.csv")) == (before, trials)
    made_up = "not in this history"  # their commits
    assert [fault for fault in verifying.verify() if made_up not in fault] == []
    said = registry.recorded_verdicts("made_up")["made-up"]
    assert (said["verdict"], said["reason"]) == (
        ("invalid", "s/a: undeclared seed 0 and 1 more") if number < EDITION_2 else ("not run", "")
    ), "two seeds of a first batch of twelve"
    kept = [] if number == 1 else ["curves.csv"]  # whose rows are points until its study is recorded again
    assert not [fault for name in ("trials.csv", *kept, "provenance.json") for fault in faults(record / name)]
    for path in (*record.glob("*.json*"), record / "table.csv"):
        assert not faults(path)
    evidence.write_curves(record / "curves.csv", [], record / "curves.csv", "another study")
    assert not faults(record / "curves.csv")


def test_edition_1_as_the_record_of_today_has_no_verdict_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_RESULTS", str(registry.edition_1()))
    monkeypatch.setattr(registry, "names", lambda: ("sorting",))
    assert registry.recorded_verdicts("sorting") == {}
    old = registry.recorded_verdicts("sorting", folder=registry.edition_1())
    missing = [fault for fault in verifying.verify() if "is missing; the trials give invalid" in fault]
    assert len(missing) == len(old) == 5


def test_a_newer_record_is_refused_wherever_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    newer, older = tmp_path / "newer", tmp_path / "older"
    for folder in (newer, older):
        shutil.copytree(OLD / str(formats.FORMAT), folder)
    (newer / "FORMAT").write_text(f"{formats.FORMAT + 1}\n")
    monkeypatch.setenv("REPRO_RESULTS", str(newer))
    told = rf"{newer} has format {formats.FORMAT + 1}, newer than {formats.FORMAT}.*update dl-reproductions"
    for read in (registry.results, lambda: load_results("parity"), lambda: evidence.read_provenance("made_up")):
        with pytest.raises(UserError, match=told):
            read()
    for pair in ((newer, older), (older, newer)):
        with pytest.raises(UserError, match=told):
            comparing.compare(*map(str, pair), as_json=False)
    for command in ("verdicts", "verify", "export"):
        assert cli.main([command]) == 2
        assert "update dl-reproductions" in capsys.readouterr().err
    assert sorted(path.name for path in newer.iterdir()) == ["FORMAT", "MANIFEST.sha256", "made_up"], (
        "nothing was written"
    )


@pytest.mark.parametrize("text", ["", "five", "-5", "5.0", "²", "\udcff"])
def test_a_format_that_is_no_number_is_told_with_the_way_to_mend_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "FORMAT").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match="git checkout -- "):
        formats.check(tmp_path)


@pytest.mark.parametrize("number", range(1, SCHEMA_VERSION + 1))
def test_a_journal_of_each_format_reads_to_what_it_holds(number: int, tmp_path: Path) -> None:
    path, key = tmp_path / "journal.sqlite", "a" * 64
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((OLD / f"journal-{number}.sql").read_text())
    for found in (finished(path, [key]), _found(path, key)):
        (trial,) = found.values()
        assert (trial.seed, trial.metrics) == (1000, {"m": 0.75, "loss": None})
        assert trial.curves == {"loss": [(0, 0.5), (10, None)]}
    assert json.loads(trial.model_dump_json())["key"] == key


def _found(path: Path, key: str) -> dict[str, object]:
    with Journal(path) as journal:
        return dict(journal.find([key]))
