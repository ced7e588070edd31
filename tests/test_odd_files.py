"""What no person would write, and a disk, a spreadsheet or mischief may: each is named in a line, and nothing waits."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from edited import forge, recorded

from suite import cli, formats, recording, verifying


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A record that holds. What waits for ever ends after a minute."""
    made = recorded(monkeypatch, tmp_path / "record")
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(60)
    yield made
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


PIPED = ("trials.csv", "verdicts.json", "history.jsonl", "table.md", "s.svg", "../INDEX.md", "../FORMAT",
         "../MANIFEST.sha256", "../badges/made-up.svg", "notes")  # fmt: skip


@pytest.mark.parametrize("file", PIPED)
def test_a_pipe_in_place_of_a_file_is_named_and_nobody_waits_for_it(record: Path, file: str, capsys: Any) -> None:
    path = (record / file).resolve()
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    formats.check.cache_clear()
    for command in ("verify", "export"):
        assert cli.main([command]) in (1, 2)
        said = capsys.readouterr()
        assert path.name in said.out + said.err
    if path.name != "FORMAT":
        assert f"{path.relative_to(record.parent)}: no file; remove it" in verifying.verify()


@pytest.mark.parametrize("name", [b"\xff.md", b"two\nlines.md", b"a\rb.md", b"\xff.svg", "two\u2028lines.md".encode()])
@pytest.mark.parametrize("forged", [False, True])
def test_a_name_that_no_manifest_can_hold_is_told(record: Path, name: bytes, forged: bool, capsys: Any) -> None:
    (record / os.fsdecode(name)).write_text("x")
    if forged:
        forge(record)
    fault = f"{f'made_up/{os.fsdecode(name)}'!a}: no manifest can hold such a name; remove it"
    assert fault in verifying.verify()
    assert (cli.main(["verify"]), cli.main(["export"])) == (1, 2)
    error = capsys.readouterr().err
    assert fault in error
    assert error.count("\n") == 1
    recording.write_index()
    assert len(verifying.verify()) == 1 + name.endswith(b"svg"), "the manifest can be read again"


@pytest.mark.parametrize("forged", [False, True])
def test_the_mark_by_which_some_spreadsheets_begin_is_told_once(record: Path, forged: bool) -> None:
    path = record / "trials.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    if forged:
        forge(record)
    found = [fault for fault in verifying.verify() if "altered since it was written" not in fault]
    assert found == (
        [f"{path}, line 1: it begins with a byte order mark; restore it with: git checkout -- {path}, or mend it"]
    )
    assert cli.main(["export"]) == 2
