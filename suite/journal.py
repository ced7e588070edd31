"""The journal: every finished trial, committed as it ends. SQLite, one writing process. No Keras."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from common.errors import UserError
from common.trials import Trial
from suite.records import SCHEMA_VERSION, sha256

_SET_UP = f"""
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE IF NOT EXISTS trials (key TEXT PRIMARY KEY, payload TEXT NOT NULL, sha256 TEXT NOT NULL);
PRAGMA user_version={SCHEMA_VERSION};
"""


class Journal:
    """Trials by key. Opening it takes the lock that keeps a second driver out; the system frees it on death.

    Raises:
        UserError: the folder cannot be written, another driver holds the journal, a newer version wrote it, the file
            is not a journal, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        holder = path.with_suffix(".holder")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(path.with_suffix(".lock"))
            self._lock.acquire(timeout=0)
        except Timeout:
            pid = holder.read_text() if holder.exists() else ""
            who = f" (process {pid})" if pid else ""
            raise UserError(
                f"journal {path} is in use by another run{who}; wait for it to end, or stop it, and run again."
            ) from None
        except OSError as error:
            raise UserError(
                f"cannot write {path.parent}: {error.strerror}; mend its permissions, or name another folder in "
                f"REPRO_HOME."
            ) from None
        try:
            with _faults(path):
                holder.write_text(str(os.getpid()))
                self._connection = _connect(path, "rwc", _SET_UP)
        except BaseException:
            self._lock.release()
            raise

    def add(self, trial: Trial) -> None:
        """Commits one trial; when this returns it is on disk. A rerun replaces the trial of the same key."""
        payload = trial.model_dump_json()
        with _faults(self.path):
            self._connection.execute(
                "INSERT OR REPLACE INTO trials VALUES (?, ?, ?)", (trial.key, payload, sha256(payload))
            )

    def find(self, keys: Iterable[str]) -> dict[str, Trial]:
        """The trials on record among `keys`; one whose checksum does not match counts as absent."""
        with _faults(self.path):
            return _find(self._connection, keys)

    def forget(self) -> None:
        """Closes it and removes its files: what it held is kept elsewhere."""
        self.close()
        for file in self.path.parent.glob(f"{self.path.stem}.*"):
            file.unlink(missing_ok=True)

    def close(self) -> None:
        self._connection.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        full = "the disk is full or faulty: free some space and run again; every finished trial is kept"
        closed = "it cannot be opened: mend its permissions, or name another folder in REPRO_HOME"
        mend = {
            **dict.fromkeys(("disk is full", "disk I/O error", "No space left", "File too large"), full),
            "not a database": f"it is not a journal: set it aside with: mv {path} {path}.damaged",
            "malformed": f"it is damaged: set it aside with: mv {path} {path}.damaged",
            **dict.fromkeys(("readonly", "unable to open", "Permission denied"), closed),
        }
        advice = next((text for word, text in mend.items() if word in str(error)), "check the disk and run again")
        raise UserError(f"journal {path}: {error}; {advice}.") from None


def _connect(path: Path, mode: str, script: str = "") -> sqlite3.Connection:
    """Opens the file and runs the script; refuses one that a newer version wrote, before anything is changed."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
    connection.text_factory = lambda raw: raw.decode(errors="replace")  # the checksum tells; one bad byte is no crash
    try:
        version = _version(connection)
        if version > SCHEMA_VERSION:
            raise UserError(
                f"journal {path} has format {version}, newer than {SCHEMA_VERSION}, the newest this version reads; "
                f"update dl-reproductions, or set it aside with: mv {path} {path}.newer"
            )
        connection.executescript(script)
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _find(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, Trial]:
    trials = {}
    for key in keys:
        row = connection.execute("SELECT payload, sha256 FROM trials WHERE key = ?", (key,)).fetchone()
        if row and sha256(row[0]) == row[1]:
            trials[key] = Trial.model_validate_json(row[0])
    return trials


def state(path: Path) -> tuple[int, str]:
    """How many trials a journal holds, and the process that writes it now; empty where none does.

    Raises:
        UserError: the file cannot be read, is not a journal, is damaged, or a newer version wrote it.
    """
    count, holder = 0, ""
    with _faults(path):
        if path.exists():
            with closing(_connect(path, "ro")) as connection:
                if (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                    raise sqlite3.DatabaseError(f"it is malformed ({found})")
                if _version(connection):
                    count = connection.execute("SELECT count(*) FROM trials").fetchone()[0]
            try:
                FileLock(path.with_suffix(".lock")).acquire(timeout=0).lock.release()
            except Timeout:
                holder = path.with_suffix(".holder").read_text()
    return count, holder


def finished(path: Path, keys: Iterable[str]) -> dict[str, Trial]:
    """`Journal.find` without the lock, so that a run in progress can be watched; nothing when there is no journal.

    Raises:
        UserError: the file cannot be read, is not a journal, is damaged, or a newer version wrote it.
    """
    with _faults(path):
        if not path.exists():
            return {}
        with closing(_connect(path, "ro")) as connection:
            return _find(connection, keys) if _version(connection) else {}  # 0: its tables are about to be made
