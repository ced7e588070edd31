"""A journal of any bytes: only trials that were put into it come out, or one line says that it is damaged."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest
from fuzzing import SPOILT, VALUES, share
from hypothesis import given
from hypothesis import strategies as st
from made_up import trained

from common.errors import UserError
from common.trials import Trial
from suite.journal import Journal, finished, state, statuses

TRIALS = {
    f"{n:064x}": trial.model_copy(update={"key": f"{n:064x}", "reason": "x" * 50 * n})
    for n, trial in enumerate(trained(a="y" * 11 + "f", b="n" * 12))
}


def _key(n: int) -> str:
    return list(TRIALS)[n % len(TRIALS)]


EDITS: tuple[Callable[[str, int], tuple[str, Sequence[object]]], ...] = (
    lambda key, n: ("UPDATE trials SET payload = ? WHERE key = ?", (VALUES_OF_SQL[n % len(VALUES_OF_SQL)], key)),
    lambda key, n: ("UPDATE trials SET sha256 = ? WHERE key = ?", (VALUES_OF_SQL[n % len(VALUES_OF_SQL)], key)),
    lambda key, n: ("UPDATE OR IGNORE trials SET key = ? WHERE key = ?", (_key(n) + "0" * (n % 2), key)),
    lambda key, n: ("DELETE FROM trials WHERE key = ?", (key,)),
    lambda key, n: (f"PRAGMA user_version = {[0, 2, -1, 2**31 - 1, 1][n % 5]}", ()),
    lambda key, n: ("ALTER TABLE trials RENAME TO other", ()),
    lambda key, n: (f"ALTER TABLE trials RENAME COLUMN {['key', 'payload', 'sha256'][n % 3]} TO other", ()),
    lambda key, n: ("DROP TABLE trials", ()),
    lambda key, n: ("CREATE TABLE IF NOT EXISTS more (payload)", ()),
)  # fmt: skip
VALUES_OF_SQL = (None, 0, -1, 1.5, 2**62, b"", b"\xff\xfe", "", *(s for s in SPOILT if s != "\ud800"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("journal") / "journal.sqlite"
    with Journal(path) as journal:
        for trial in TRIALS.values():
            journal.add(trial)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # else a reader makes two files beside it
    return path


def read(path: Path) -> dict[str, Trial] | None:
    """What comes out of a journal by every door that it has; None where it is refused."""
    before = path.read_bytes()
    found = []
    for door in (finished, statuses, lambda path, keys: state(path)):
        try:
            found.append(door(path, TRIALS))
        except UserError as fault:
            assert "\n" not in str(fault)
            assert str(path) in str(fault)
    assert path.read_bytes() == before, "to read is not to write"
    trials = next((said for said in found if isinstance(said, dict)), None)
    if trials is None:
        return None
    for said in found:
        if isinstance(said, dict):
            for key, told in said.items():
                assert told == TRIALS[key] if isinstance(told, Trial) else told == TRIALS[key].status
    return found[0] if isinstance(found[0], dict) else None


def resumed(path: Path) -> None:
    """A driver opens it, goes on, or is refused; what it adds is there."""
    new = next(iter(TRIALS.values()))
    try:
        with Journal(path) as journal:
            assert {key: TRIALS[key] for key in journal.find(TRIALS)} == journal.find(TRIALS)
            journal.add(new)
            journal.flush()
            assert journal.find([new.key]) == {new.key: new}
    except UserError as fault:
        assert "\n" not in str(fault)


@share(2)
@given(
    damage=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4),
    driven=st.booleans(),
)
def test_bytes_of_a_journal_are_those_that_were_written_or_are_not_used(
    whole: Path, damage: list[tuple[int, int, int]], driven: bool
) -> None:
    content = bytearray(whole.read_bytes())
    for kind, place, what in damage:
        at = place % (len(content) + 1)
        if kind == 0:
            del content[at:]
        elif kind == 1:
            content[at:at] = bytes([what]) * 16
        else:
            content[at : at + 1] = bytes([what])
    path = whole.with_name("damaged.sqlite")
    for left in whole.parent.glob("damaged.*"):
        left.unlink()
    path.write_bytes(content)
    read(path)
    if driven:
        resumed(path)


@share(2)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, len(EDITS) + 3), st.integers(0, 30), st.integers(0, 200)), min_size=1, max_size=3
    ),
    driven=st.booleans(),
)
def test_rows_of_a_journal_are_those_that_were_written_or_are_not_used(
    whole: Path, edits: list[tuple[int, int, int]], driven: bool
) -> None:
    path = whole.with_name("edited.sqlite")
    for left in whole.parent.glob("edited.*"):
        left.unlink()
    path.write_bytes(whole.read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for kind, row, what in edits:
            key = _key(row)
            words = EDITS[kind](key, what) if kind < len(EDITS) else forged(key, what)
            with suppress(sqlite3.Error):  # where an earlier edit took away what this one is of
                connection.execute(*words)
    read(path)
    if driven:
        resumed(path)


def forged(key: str, what: int) -> tuple[str, Sequence[object]]:
    """A payload with a hash that fits: another trial's, no trial, or no JSON."""
    payload = TRIALS[key].model_dump_json()
    other = TRIALS[list(TRIALS)[what % len(TRIALS)]].model_dump_json()
    name = list(json.loads(payload))[what % len(Trial.model_fields)]
    odd = VALUES[what % len(VALUES)]
    texts = (other, payload[: what * 3], json.dumps(odd), json.dumps({"key": key, "status": odd}), "[" * 9000)
    text = texts[what % len(texts)]
    if text == payload or name == "status":
        text = ""
    return "UPDATE trials SET payload = ?, sha256 = ? WHERE key = ?", (
        text,
        hashlib.sha256(text.encode()).hexdigest(),
        key,
    )


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00", b"<html>", b"\x00" * 4096, b"PK\x03\x04"])
def test_other_files_in_its_place(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(content)
    assert read(path) in (None, {})
    resumed(path)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE trials (a, b)",
        "CREATE VIEW trials AS SELECT 1 AS key, 2 AS payload, 3 AS sha256",
        "CREATE TABLE trials (key INTEGER PRIMARY KEY, payload BLOB, sha256 REAL)",
        "CREATE TABLE t (x); CREATE VIEW trials AS WITH RECURSIVE c(key) AS (SELECT 1 UNION ALL SELECT key + 1 FROM c) "
        "SELECT key, '' AS payload, '' AS sha256 FROM c",
    ],
)
@pytest.mark.parametrize("version", [0, 1])
def test_other_databases_in_its_place(tmp_path: Path, script: str, version: int) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{script}; PRAGMA user_version = {version}")
    assert read(path) in (None, {})
    resumed(path)
