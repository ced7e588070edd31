"""What a journal holds, and what of another database is refused before it is read. No Keras."""

import json
import sqlite3
from typing import get_args

from common.trials import Status, Trial

COLUMNS = [("key", "TEXT", 1), ("payload", "TEXT", 0), ("sha256", "TEXT", 0)]
"""Name, type, and whether rows are found by it."""
RUNS = "SELECT type, name FROM sqlite_master WHERE type IN ('view', 'trigger') LIMIT 1"
"""What no journal has: it would run when the journal is read, perhaps for ever."""


def refuse_views(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError where something would run that the suite did not write."""
    if odd := connection.execute(RUNS).fetchone():
        raise sqlite3.DatabaseError(f"file is not a database of trials: it holds a {odd[0]} {odd[1]!r:.40}")


def refuse_columns(connection: sqlite3.Connection, *, empty: bool) -> None:
    """Raises sqlite3.DatabaseError where the table of trials is another; one that is `empty` may have none yet."""
    columns = [(row[1], row[2], row[5]) for row in connection.execute("PRAGMA table_info(trials)")]
    if columns != COLUMNS and (columns or not empty):
        raise sqlite3.DatabaseError("malformed table of trials")


def trial(key: str, payload: str) -> Trial:
    """The trial of a row whose checksum is right; raises sqlite3.DatabaseError where it is of something else."""
    try:
        return Trial.model_validate_json(payload)
    except (AttributeError, TypeError, ValueError) as error:
        raise sqlite3.DatabaseError(f"malformed trial {key[:12]!r} ({str(error).splitlines()[0]})") from None


def status(payload: str) -> tuple[str, str]:
    """The key and the status that a payload names, many times as fast as `trial`; raises as that."""
    try:
        said = json.loads(payload)
        own, word = said["key"], said["status"]
        if word in get_args(Status):
            return own, word
    except (KeyError, TypeError, ValueError, RecursionError):
        pass
    raise sqlite3.DatabaseError("malformed trials")
