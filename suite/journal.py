"""The journal: every finished trial, on disk soon after it ends. SQLite, one writing process. No Keras.

A commit waits for the disk, so trials that end within 50 ms of each other share one. What a driver that is killed
outright had finished in its last 50 ms is trained again.
"""

import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from common.errors import UserError
from common.trials import Trial
from suite import stored
from suite.records import SCHEMA_VERSION, sha256

GROUP_SECONDS = 0.05
"""The shortest time from one commit to the next; a trial that ends long after the last commit waits for nothing."""
LARGEST_CHECKED = 200_000_000
"""Bytes of a journal that `state` still looks through, in about a second."""
FRESH = "fresh.sqlite"
"""The journal of a run that trains all anew, until it is whole."""
_KEYS = 500  # asked for in one query

_SET_UP = f"""
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE IF NOT EXISTS trials (key TEXT PRIMARY KEY, payload TEXT NOT NULL, sha256 TEXT NOT NULL);
PRAGMA user_version={SCHEMA_VERSION};
"""


class Journal:
    """Trials by key. Opening it takes the lock that keeps a second driver out; the system frees it on death.

    A thread commits what is added. Where it cannot, the group is lost, and the next call of `add`, `flush`, `find` or
    `close` says so, once.

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
        self._group: list[_Row] = []  # added, and not taken to be committed yet
        self._committing = self._hurry = self._closed = False
        self._fault: Exception | None = None
        self._changed = threading.Condition()
        self._writer = threading.Thread(target=self._write, name="journal", daemon=True)
        self._writer.start()

    def add(self, trial: Trial) -> None:
        """Takes one trial, which is on disk within `GROUP_SECONDS` and the time of a commit, or when `flush` returns.

        A rerun replaces the trial of the same key.
        """
        payload = trial.model_dump_json()
        with self._changed:
            self._tell()
            self._group.append((trial.key, payload, sha256(payload)))
            self._changed.notify_all()

    def flush(self) -> None:
        """Returns when all that was added is on disk."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not (self._group or self._committing))
            self._hurry = False
            self._tell()

    def find(self, keys: Iterable[str]) -> dict[str, Trial]:
        """The trials on record among `keys`; one whose checksum does not match counts as absent."""
        self.flush()
        with _faults(self.path):
            return _find(self._connection, keys)

    def forget(self) -> None:
        """Closes it and removes its files: what it held is kept elsewhere."""
        self.close()
        for file in self.path.parent.glob(f"{self.path.stem}.*"):
            file.unlink(missing_ok=True)

    def close(self) -> None:
        """Commits what was added, and lets the next driver in."""
        try:
            self.flush()
        finally:
            with self._changed:
                self._closed = True
                self._changed.notify_all()
            self._writer.join()
            self._connection.close()
            self._lock.release()

    def _write(self) -> None:
        """The thread that commits: the connection is its own while there is anything to commit."""
        latest = -math.inf
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._group or self._closed)
                soonest = latest + GROUP_SECONDS - time.monotonic()
                self._changed.wait_for(lambda: self._hurry or self._closed, timeout=max(soonest, 0))
                group, self._group = self._group, []
                if not group:
                    return
                self._committing = True
            fault = None
            try:
                with _faults(self.path):
                    _commit(self._connection, group)
            except Exception as error:  # whatever it is: those who wait for the group must hear of it
                fault = error
            latest = time.monotonic()
            with self._changed:
                self._committing = False
                self._fault = fault or self._fault
                self._changed.notify_all()

    def _tell(self) -> None:
        fault, self._fault = self._fault, None
        if fault:
            raise fault

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_Row = tuple[str, str, str]
"""Key, payload and its hash."""


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        full = "the disk is full or faulty: free some space and run again; all but the last trials to finish are kept"
        closed = "it cannot be opened: mend its permissions, or name another folder in REPRO_HOME"
        mend = {
            **dict.fromkeys(("disk is full", "disk I/O error", "No space left", "File too large"), full),
            "not a database": f"it is not a journal: set it aside with: mv {path} {path}.damaged",
            "malformed": f"it is damaged: set it aside with: mv {path} {path}.damaged",
            **dict.fromkeys(("readonly", "unable to open", "Permission denied"), closed),
        }
        advice = next((text for word, text in mend.items() if word in str(error)), "check the disk and run again")
        raise UserError(f"journal {path}: {' '.join(str(error).split())}; {advice}.") from None


def _connect(path: Path, mode: str, script: str = "") -> sqlite3.Connection:
    """Opens the file and runs the script; refuses one that a newer version wrote, before anything is changed."""
    place = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(place, uri=True, isolation_level=None, check_same_thread=False)
    connection.text_factory = lambda raw: raw.decode(errors="replace")  # the checksum tells; one bad byte is no crash
    try:
        version = _version(connection)
        if version > SCHEMA_VERSION:
            raise UserError(
                f"journal {path} has format {version}, newer than {SCHEMA_VERSION}, the newest this version reads; "
                f"update dl-reproductions, or set it aside with: mv {path} {path}.newer"
            )
        stored.refuse_views(connection)
        connection.executescript(script)
        stored.refuse_columns(connection, empty=not _version(connection))
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _commit(connection: sqlite3.Connection, group: Sequence[_Row]) -> None:
    """All of a group or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany("INSERT OR REPLACE INTO trials VALUES (?, ?, ?)", group)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself takes back what found no room on the disk
            connection.execute("ROLLBACK")
        raise


def _rows(connection: sqlite3.Connection, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Key and payload of what is there among `keys`, in their order, without those whose checksum does not match."""
    wanted = list(keys)
    for start in range(0, len(wanted), _KEYS):
        some = wanted[start : start + _KEYS]
        query = f"SELECT key, payload, sha256 FROM trials WHERE key IN ({','.join('?' * len(some))})"
        rows = {key: (payload, digest) for key, payload, digest in connection.execute(query, some)}
        for key in some:
            payload, digest = rows.get(key, ("", ""))
            if isinstance(payload, str) and digest == sha256(payload):
                yield key, payload


def _find(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, Trial]:
    found = {key: stored.trial(key, payload) for key, payload in _rows(connection, keys)}
    return {key: trial for key, trial in found.items() if trial.key == key}  # another's place is no place for it


def state(path: Path) -> tuple[int, str]:
    """How many trials a journal holds, and the process that writes it now; empty where none does.

    One larger than `LARGEST_CHECKED` is not looked through: a damaged trial counts as absent once it is asked for.

    Raises:
        UserError: the file cannot be read, is not a journal, is damaged, or a newer version wrote it.
    """
    count, holder = 0, ""
    with _faults(path):
        if path.exists():
            with closing(_connect(path, "ro")) as connection:
                small = path.stat().st_size <= LARGEST_CHECKED
                if small and (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
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
    with onlooker(path) as connection:
        return _find(connection, keys) if connection else {}


def statuses(path: Path, keys: Iterable[str]) -> dict[str, str]:
    """The status of each trial that `finished` would find, many times as fast.

    Raises:
        UserError: as `finished`.
    """
    with onlooker(path) as connection:
        rows = _rows(connection, keys) if connection else ()
        told = {key: stored.status(payload) for key, payload in rows}
        return {key: status for key, (own, status) in told.items() if own == key}


@contextmanager
def onlooker(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection that only reads, while a run may be going on; None where nothing has been written yet."""
    with _faults(path):
        if not path.exists():
            yield None
            return
        with closing(_connect(path, "ro")) as connection:
            yield connection if _version(connection) else None  # 0: its tables are about to be made
