"""Who writes the record does so alone: who else would waits or is told so, and nothing that either wrote is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from edited import ARMS, CLAIM, recorded
from filelock import FileLock
from made_up import provenance, trained

from common.errors import UserError
from suite import cli, commands, costs, driving, locking, manifest, recording, registry

PROJECT = Path(__file__).parent.parent


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A record that holds, of one reproduction."""
    return recorded(monkeypatch, tmp_path / "record").parent


@pytest.fixture
def taken(record: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same while somebody else writes it for longer than one waits."""
    monkeypatch.setattr(locking, "SOON", 0.01)
    monkeypatch.setattr(locking, "PATIENCE", 0.01)
    with FileLock(record / locking.FILE):
        yield record


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_who_write_at_once_lose_no_file_and_no_line_of_the_manifest(record: Path) -> None:
    """Threads stand for processes: each opens the lock's file for itself."""

    def write(who: str) -> None:
        for n in range(20):
            recording.keep(record / f"made_up/{who}{n}/trials.csv", recording.texted(f"{who}{n}\n"))
            if n % 5 == 0:
                recording.write_index()

    with ThreadPoolExecutor(2) as both:
        list(both.map(write, "ab"))
    assert manifest.altered(record, recording.listed_files(record)) == []
    assert len(list(record.rglob("trials.csv"))) == 41


WRITERS: dict[str, Callable[[], object]] = {
    "export": lambda: cli.main(["export"]),
    "adopt": lambda: cli.main(["adopt", str(registry.results().parent / "other"), "made_up"]),
    "controls": lambda: cli.main(["controls"]),
    "costs": lambda: cli.main(["costs"]),
    "a study": lambda: driving._record("full", ("made_up", "s"), provenance(CLAIM)["s"], trained(**ARMS)),
    "pilots": lambda: driving._record("pilot", ("made_up", "s"), provenance(CLAIM)["s"], trained(**ARMS)),
    "the index": lambda: recording.write_index(),
    "evidence": lambda: recording.keep(registry.results() / "made_up/pilots.csv", recording.texted("")),
}


@pytest.mark.parametrize("what", WRITERS)
def test_who_finds_the_record_taken_is_told_so_and_writes_nothing(
    taken: Path, what: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(commands, "prepare", lambda backend: "jax")
    monkeypatch.setattr(costs, "cost", lambda name: None)
    monkeypatch.setattr(costs, "page", lambda found: "")
    before = contents(taken)
    try:
        assert WRITERS[what]() == 2
        said = capsys.readouterr().err
    except UserError as error:
        said = capsys.readouterr().err + str(error)
    first, second = said.splitlines()
    assert first == f"repro: another command writes {taken}; waiting for it to end"
    assert f"another command still writes {taken}; wait for it to end, or stop it (`fuser {taken / '.lock'}`" in second
    assert contents(taken) == before


@pytest.mark.parametrize("words", ["verify", "table", "verdicts", "explain made-up", "compare . ."])
def test_who_only_reads_waits_for_nobody(taken: Path, words: str, capsys: Any) -> None:
    assert cli.main(words.replace(".", str(taken)).split()) == 0
    assert capsys.readouterr().err == ""


def test_a_quick_run_writes_no_record_and_waits_for_nobody(taken: Path) -> None:
    driving._record("quick", ("made_up", "s"), provenance(CLAIM)["s"], trained(**ARMS))


def test_a_process_keeps_others_out_until_it_dies(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "SOON", 0.01)
    monkeypatch.setattr(locking, "PATIENCE", 0.01)
    code = "import sys; from suite.locking import alone\nwith alone(): print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UserError, match="still writes"):
        recording.write_index()
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    recording.write_index()
    with locking.alone(), locking.alone():
        recording.write_index()


def test_a_folder_that_cannot_be_locked_is_written_as_ever_or_says_why_not(record: Path) -> None:
    before = contents(record)
    (record / locking.FILE).unlink()
    (record / locking.FILE).mkdir()
    (record / "made_up/table.md").unlink()
    assert cli.main(["export"]) == 0
    assert before.items() - contents(record).items() == {(record / locking.FILE, b"")}
