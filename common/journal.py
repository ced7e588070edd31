"""The journal: every finished trial, committed as it ends. SQLite, one writing process. No Keras."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from common.errors import UserError
from common.records import SCHEMA_VERSION, Trial, sha256

_TABLES = """
CREATE TABLE IF NOT EXISTS trials (key TEXT PRIMARY KEY, payload TEXT NOT NULL, sha256 TEXT NOT NULL);
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
            holder.write_text(str(os.getpid()))
        except Timeout:
            who = f" (process {holder.read_text()})" if holder.exists() else ""
            raise UserError(
                f"journal {path} is in use by another run{who}; wait for it to end, or stop it, and run again."
            ) from None
        except OSError as error:
            raise UserError(
                f"cannot write {path.parent}: {error.strerror}; mend its permissions, or name another folder in "
                f"REPRO_HOME."
            ) from None
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise

    def _open(self) -> None:
        with _faults(self.path):
            self._connection = sqlite3.connect(self.path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            self._connection.close()
            raise UserError(
                f"journal {self.path} has format {version}, newer than {SCHEMA_VERSION}, the newest this version "
                f"reads; update dl-reproductions, or set it aside with: mv {self.path} {self.path}.newer"
            )
        with _faults(self.path):
            self._connection.executescript(_TABLES)
            self._connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def add(self, trial: Trial) -> None:
        """Commits one trial; when this returns it is on disk. A rerun replaces the trial of the same key."""
        payload = trial.model_dump_json()
        with _faults(self.path):
            self._connection.execute(
                "INSERT OR REPLACE INTO trials VALUES (?, ?, ?)", (trial.key, payload, sha256(payload))
            )

    def find(self, keys: Iterable[str]) -> dict[str, Trial]:
        """The trials on record among `keys`; one whose checksum does not match counts as absent."""
        return {trial.key: trial for key in keys for trial in self._read(key)}

    def _read(self, key: str) -> Iterator[Trial]:
        with _faults(self.path):
            row = self._connection.execute("SELECT payload, sha256 FROM trials WHERE key = ?", (key,)).fetchone()
        if row and sha256(row[0]) == row[1]:
            yield Trial.model_validate_json(row[0])

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
        mend = {
            "full": "the disk is full: free some space and run again; every finished trial is kept",
            "not a database": f"it is not a journal: set it aside with: mv {path} {path}.damaged",
            "malformed": f"it is damaged: set it aside with: mv {path} {path}.damaged",
            "readonly": "it cannot be written: mend its permissions, or name another folder in REPRO_HOME",
        }
        advice = next((text for word, text in mend.items() if word in str(error)), "check the disk and run again")
        raise UserError(f"journal {path}: {error}; {advice}.") from None


def finished(path: Path, keys: Iterable[str]) -> dict[str, Trial]:
    """The trials on record among `keys`, read without the lock, so that a run in progress can be watched.

    Raises:
        UserError: the file is not a journal, or is damaged.
    """
    if not path.exists():
        return {}
    with _faults(path):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            rows = dict(connection.execute("SELECT key, payload FROM trials"))
        finally:
            connection.close()
    return {key: Trial.model_validate_json(rows[key]) for key in keys if key in rows}
