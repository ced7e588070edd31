"""An edit of the record is found though the manifest was made to match it, and nothing is built on one."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from edited import ARMS, CLAIM, EDITS, EVIDENCE, JUDGED, edit, forge, recorded, without_hashes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up import provenance, trained

from common.errors import UserError
from suite import cli, evidence, judgements, manifest, recording, registry, tampering, verifying, writing
from suite.evidence import PAYLOAD

PROJECT = Path(__file__).parent.parent
UNSEEN = ("no hashes", "a study removed", "the history")
"""With the manifest made to match, a record of old, a study that was never run and another history look like these."""

WHOLE = [("made_up", "s", "a"), ("made_up", "s", "b"), ("made_up", "later", "a")]
"""All arms on record."""


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of a reproduction with two arms of one study on record, which holds."""
    return recorded(monkeypatch, tmp_path / "record")


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_is_found_and_so_it_is_with_the_manifest_made_to_match(record: Path, what: str) -> None:
    path, fault = edit(record, what), EDITS[what][2]
    place = path.relative_to(record.parent).as_posix()
    altered = f"{place}: {'altered since it was written' if path.exists() else 'missing'}"
    found = verifying.verify()
    assert altered in found
    assert any(fault in line for line in found), found
    forge(record)
    found = verifying.verify()
    assert altered not in found
    assert any(fault in line for line in found), found


@pytest.mark.parametrize("forged", [False, True])
@pytest.mark.parametrize("what", EVIDENCE)
def test_nothing_is_rendered_over_an_edit_of_the_evidence(record: Path, what: str, forged: bool, capsys: Any) -> None:
    path = edit(record, what)
    if forged:
        forge(record)
    before = contents(record.parent)
    code, error = cli.main(["export"]), capsys.readouterr().err
    if forged and what in UNSEEN:
        assert code == 0
        return
    assert (code, error.count("\n")) == (2, 1)
    named = path if not forged or path.name == manifest.UNFINISHED else record / "trials.csv"
    named = record / "provenance.json" if what == "a study removed" else named
    assert error.startswith(f"repro: {named}")
    assert f"git checkout -- {named}" in error
    assert contents(record.parent) == before
    if what == "a digit":
        assert "trials.csv: line 2 (s/a, seed 1000): not the trial that was recorded, by its hash. Nothing" in error


@pytest.mark.parametrize("what", EVIDENCE)
def test_no_command_makes_the_manifest_match_an_edit(record: Path, what: str) -> None:
    """Each ends in `write_index`: a run of another reproduction, one of pilots, `costs`, `new claim`."""
    path = edit(record, what)
    recording.write_costs("")
    altered = {f"made_up/{path.name}: {how}" for how in ("altered since it was written", "missing")}
    assert altered & {*verifying.verify()}


@pytest.mark.parametrize("forged", [False, True])
@pytest.mark.parametrize("what", EVIDENCE)
def test_no_run_adds_to_an_edited_record(record: Path, what: str, forged: bool) -> None:
    edit(record, what)
    if forged:
        forge(record)
    if forged and what in UNSEEN:
        return
    for arms in ([("made_up", "another", "a")], *([WHOLE] if forged else ())):
        with pytest.raises(UserError, match=r"[Rr]estore it with: git checkout"):
            tampering.refuse_run(arms, {CLAIM.id})


def test_a_run_of_the_whole_record_makes_good_what_was_taken_away_and_not_what_was_changed(record: Path) -> None:
    edit(record, "the last row removed")
    edit(record, "a row doubled")
    tampering.refuse_run(WHOLE, {CLAIM.id})
    for arms, claims in ((WHOLE[1:], {CLAIM.id}), (WHOLE, {"another"})):
        with pytest.raises(UserError, match="it is not the file that was recorded"):
            tampering.refuse_run(arms, claims)
    edit(record, "a digit")
    with pytest.raises(UserError, match=r"line 2 \(s/a, seed 1000\)"):
        tampering.refuse_run(WHOLE, {CLAIM.id})
    with pytest.raises(UserError, match=r"line 2 \(s/a, seed 1000\)"):
        recording.record_study("made_up", provenance(CLAIM, study="later")["later"], trained(c="y"))


BINARY, DEEP = bytes(range(256)), b"[" * 100_000
UNREADABLE: list[tuple[str, bytes | None, str]] = [
    ("s.svg", BINARY, "made_up/s.svg: not the figure that was drawn: it is no text"),
    ("s.svg", None, "made_up/s.svg: not the figure that was drawn: it is no text"),
    ("table.md", BINARY, "made_up/table.md: differs from what made_up/verdicts.json gives"),
    ("table.csv", None, "made_up/table.csv: differs from what made_up/verdicts.json gives"),
    ("judged.json", DEEP, "{path}: it is nested too deep; restore it with: git checkout -- {path}, or mend it"),
    ("judged.json", None, "{path}: Is a directory; restore it with: git checkout -- {path}, or mend it"),
    ("verdicts.json", BINARY, "{path}: 'utf-8' codec can't decode"),
    ("negatives.json", BINARY, "{path}: 'utf-8' codec can't decode"),
    ("history.jsonl", BINARY, "{path}: 'utf-8' codec can't decode"),
    ("trials.csv", None, "{path}: Is a directory"),
    (manifest.UNFINISHED, None, "{path}: Is a directory"),
    ("../claims.json", BINARY, "claims.json: differs from what the verdicts give"),
]
"""A file, what is in its place, a folder where None, and what `verify` says."""


def test_verify_names_each_file_that_cannot_be_read_and_goes_on(record: Path) -> None:
    """Another fault is planted beside it; no fault is told twice."""
    edit(record, "the index")
    (record / "negatives.json").write_text("{}")
    other = EDITS["the index"][2]
    for file, content, told in UNREADABLE:
        path = (record / file).resolve()
        whole = path.read_bytes()
        path.unlink()
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)
        found = verifying.verify()
        assert any(fault.startswith(told.format(path=path)) for fault in found), (file, found)
        assert file == "verdicts.json" or any(other in fault for fault in found), (file, found)
        assert len(found) == len({*found})
        if content is None:
            path.rmdir()
        else:
            path.unlink()
        path.write_bytes(whole)
    assert cli.main(["verify"]) == 1


def test_an_arm_that_is_gone_is_missed_by_the_circumstances(record: Path) -> None:
    """No row tells of it."""
    made = provenance(CLAIM, settings={"a": {}, "b": {}})["s"]
    recording.record_study("made_up", made, trained(**ARMS))
    edit(record, "an arm removed")
    with pytest.raises(UserError, match="it is not the file that was recorded"):
        tampering.refuse_run(WHOLE[:1], {CLAIM.id})


@pytest.mark.parametrize("what", ["the last row removed", "a circumstance"])
def test_what_is_recorded_beside_an_edit_leaves_the_sign_of_it(record: Path, what: str) -> None:
    """Of one that was made while it trained."""
    edit(record, what)
    forge(record)
    later = [t.model_copy(update={"study": "later"}) for t in trained(a="y")]
    recording.record_study("made_up", provenance(CLAIM, study="later")["later"], later)
    assert verifying.verify() == [f"made_up/judged.json: {JUDGED}"]


def test_a_study_is_recorded_beside_one_of_an_older_format_which_stays_as_it_was(record: Path) -> None:
    """Whose provenance told less, and was judged as it stood."""
    path, judging = record / "provenance.json", record / judgements.FILE
    told = json.loads(path.read_text())
    old = {key: value for key, value in told["s"].items() if key not in ("settings", "peak_megabytes")}
    recording.keep(path, lambda target: target.write_text(json.dumps({"s": old}, indent=1) + "\n"))
    judging.unlink()
    recording.render("made_up")
    assert verifying.verify() == []
    later = [t.model_copy(update={"study": "later"}) for t in trained(a="y")]
    recording.record_study("made_up", provenance(CLAIM, study="later")["later"], later)
    assert json.loads(path.read_text())["s"] == old
    assert verifying.verify() == []


@pytest.mark.parametrize("part", ["bar", "yes", "effects"])
def test_a_verdict_that_lacks_a_part_is_named(record: Path, part: str) -> None:
    """It is not taken for one of edition 1, which tells less."""
    path = record / "verdicts.json"
    path.write_text(path.read_text().replace(f'"{part}"', '"other"'))
    assert any(fault.startswith(f"{path}: 'made-up': ") for fault in verifying.verify())
    assert cli.main(["verdicts"]) == 2


def test_a_changed_threshold_is_stale(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rarely = replace(CLAIM, checks=(replace(CLAIM.checks[0], bar="rarely", most=96), CLAIM.checks[1]))
    monkeypatch.setattr(registry, "claims", lambda name: (rarely,))
    assert any("stale (the claim's checks changed since the run)" in fault for fault in verifying.verify())


def test_pilots_that_were_edited_stay_so_and_nothing_is_built_on_them(record: Path, capsys: Any) -> None:
    recording.record_pilots("made_up", "s", [t.model_copy(update={"tier": "pilot"}) for t in trained(a="yn")])
    path = record / "pilots.csv"
    assert PAYLOAD not in path.read_text()
    assert verifying.verify() == []
    path.write_text(path.read_text().replace("1.0", "0.9", 1))
    recording.write_index()
    assert "made_up/pilots.csv: altered since it was written" in verifying.verify()
    with pytest.raises(UserError, match=r"pilots\.csv: it is not the file that was recorded"):
        tampering.refuse_run(WHOLE, {CLAIM.id})
    before = contents(record)
    assert cli.main(["export"]) == 2
    assert f"{path}: it is not the file that was recorded" in capsys.readouterr().err
    assert contents(record) == before


def test_evidence_is_listed_before_it_stands_there(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in between, a run can go on, and what was there before is no edit."""
    path, real = record / "trials.csv", writing.os.replace
    before = path.read_bytes()

    def killed(source: Any, target: Path) -> None:
        if target == path:
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(writing.os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            recording.record_study("made_up", provenance(CLAIM)["s"], trained(a="n" * 12, b="n" * 12))
    assert path.read_bytes() == before
    twice = "made_up/trials.csv: listed twice in MANIFEST.sha256; type again what was stopped, or: repro export"
    waiting = "study s is not judged; type again what was stopped, or: repro export"
    altered = "made_up/judged.json: altered since it was written"
    assert verifying.verify() == [altered, twice, f"made_up/judged.json: {waiting}"]
    tampering.refuse(["made_up"])
    recording.render("made_up")
    assert verifying.verify() == []


def test_hashes_come_to_a_record_of_old_and_to_no_edited_one(record: Path, capsys: Any) -> None:
    trials, unfinished = record / "trials.csv", record / manifest.UNFINISHED
    whole = trials.read_bytes(), unfinished.read_bytes()
    without_hashes(trials)
    lines = [json.loads(line) for line in whole[1].splitlines()]
    unfinished.write_text("".join(json.dumps({k: v for k, v in line.items() if k != PAYLOAD}) + "\n" for line in lines))
    (record / "judged.json").unlink()
    assert cli.main(["export"]) == 2
    assert "it is not the file that was recorded" in capsys.readouterr().err
    forge(record)
    assert sum("carry no hashes; add them with: repro export" in fault for fault in verifying.verify()) == 2
    assert cli.main(["export"]) == 0
    assert (trials.read_bytes(), unfinished.read_bytes()) == whole
    assert verifying.verify() == []


@settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.dictionaries(
            st.text("ab=µ\"',", min_size=1, max_size=3), st.none() | st.floats(allow_nan=False), max_size=4
        ),
        min_size=1,
        max_size=3,
    ),
    st.randoms(use_true_random=False),
)
def test_a_hash_follows_from_the_row_alone(tmp_path: Path, metrics: list[dict[str, float | None]], chance: Any) -> None:
    """Computed here from the file alone, with its columns in any order and beside whatever other trials have."""
    known = [{name: value if value not in (1e999, -1e999) else None for name, value in m.items()} for m in metrics]
    made = [t.model_copy(update={"metrics": m}) for t, m in zip(trained(a="y" * len(known)), known, strict=True)]
    evidence.write_trials(tmp_path / "trials.csv", made)
    rows = [dict(chance.sample(sorted(row.items()), len(row))) for row in evidence.rows(tmp_path / "trials.csv")]
    for row in rows:
        cells = {name: row[name] for name in sorted(row) if row[name] and name != PAYLOAD}
        text = json.dumps(cells, separators=(",", ":"), ensure_ascii=False)
        assert row[PAYLOAD] == hashlib.sha256(text.encode()).hexdigest()
        for name in cells:
            assert evidence.row_sha256({**row, name: f"{row[name]}1"}) != row[PAYLOAD]
            assert evidence.row_sha256({**row, name: ""}) != row[PAYLOAD]
    evidence.write_trials(tmp_path / "trials.csv", made[:1])
    assert [row[PAYLOAD] for row in evidence.rows(tmp_path / "trials.csv")] == [rows[0][PAYLOAD]]


def test_commands_that_only_read_recompute_no_hash(record: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(evidence, "row_sha256", lambda row: pytest.fail("a hash was recomputed"))
    for command in ("list", "verdicts", "table", "explain made-up", "history made-up"):
        assert cli.main(command.split()) == 0, command


def test_a_run_adds_nothing_to_a_record_of_which_another_study_lost_a_row(trained: Any) -> None:
    """Else its manifest would match what is left."""
    begun, path = len(trained.log()), trained.results / "stub/trials.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    unlisted = "it is not the file that was recorded, by MANIFEST.sha256"
    for fault in (unlisted, "study sleep was judged by other trials or another provenance than are on record"):
        before = contents(trained.results)
        done = trained.run("run", "stub-echo", "--tier", "full", "--workers", "0")
        assert done.returncode == 2
        assert f"repro: {path}: {fault}. Nothing was written" in done.stderr
        assert contents(trained.results) == before
        forge(path.parent)
    assert f"repro: {path}: {fault}" in trained.run("run", "stub-echo", "--tier", "pilot", "--workers", "0").stderr
    assert contents(trained.results) == before
    assert len(trained.log()) == begun


READER = """
import sys
from pathlib import Path
from suite import evidence, tampering
path, done, seen = Path(sys.argv[1]), Path(sys.argv[2]), set()
while True:
    last = done.exists()
    tampering.refuse_rows(path)
    seen.add(len(evidence.read_trials(path)))
    if last:
        break
print(*sorted(seen))
"""


def test_who_reads_while_another_writes_sees_the_record_before_or_after(record: Path, tmp_path: Path) -> None:
    path, done = record / "trials.csv", tmp_path / "done"
    writes = [lambda target, n=n: evidence.write_trials(target, trained(a="y" * n)) for n in (100, 300)]
    recording.keep(path, writes[0])
    command = [sys.executable, "-c", READER, str(path), str(done)]
    readers = [subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    while all(reader.poll() is None for reader in readers) and not done.exists():
        for turn in range(100):
            recording.keep(path, writes[turn % 2])
        done.touch()
    for reader in readers:
        out, _ = reader.communicate(timeout=120)
        assert reader.returncode == 0
        assert out.strip()
        assert {*out.split()} <= {"100", "300"}
