"""Writes a file in one step: no reader and no crash meets half of it. No Keras."""

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from common.errors import UserError

LEFTOVERS = ".*.tmp"
"""What a run that was stopped leaves beside the file that it was writing."""


def write_text(path: Path, text: str) -> None:
    """Writes a file as `write` does, unless it holds that very text."""
    content = text.encode()
    try:
        same = path.is_file() and path.read_bytes() == content  # a pipe would be waited for
    except OSError:
        same = False
    if not same:
        write(path, lambda target: target.write_bytes(content))


def write(path: Path, make: Callable[[Path], object], announce: Callable[[Path], object] | None = None) -> None:
    """Has the file made beside its place, puts it on the disk, moves it into place, and puts that on the disk.

    A kill needs no more than the move. But where the power fails the move may reach the disk before what the file
    holds, which is then empty, and a table without rows would be taken for a record without trials.

    `announce` is called when the file is whole and on the disk, and not in its place yet. Once that has begun nothing
    tidies it up, be it Ctrl-C or a disk that fails: beside its place it is the sign of what is announced and absent.

    Raises:
        UserError: there is no room, or no right to write there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.", suffix=".tmp")
        os.close(handle)
        made, announced = Path(name), False
        try:
            make(made)
            made.chmod(0o644)
            _settle(made)
            if announce:
                announced = True
                announce(made)
            os.replace(name, path)
            _settle(path.parent)
        finally:
            if not announced:
                made.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"cannot write {path}: {error.strerror}; finished trials are safe in the journal: mend this and run again."
        ) from None


def sweep(folder: Path, pattern: str = LEFTOVERS) -> None:
    """Removes what runs that were stopped left in a folder."""
    for leftover in folder.glob(pattern):
        leftover.unlink(missing_ok=True)


def _settle(path: Path) -> None:
    """Returns when a file, or the names in a folder, would outlast a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def texted(text: str) -> Callable[[Path], object]:
    """What writes a text to the path that it is given."""
    return lambda target: target.write_text(text, encoding="utf-8", newline="\n")


def named_file(option: str, said: str) -> Path:
    """The file that an option names, asked before what it will hold is made.

    Raises:
        UserError: it is a folder, or in none that is there, or nobody may write it.
    """
    if not said:
        raise UserError(f"{option} names no file; give it one")
    path = Path(said)
    try:
        folder, there = path.is_dir(), path.exists()
    except OSError as error:
        raise UserError(f"{option} {said}: {error.strerror}; name another file") from None
    if folder:
        raise UserError(f"{option} {said}: it is a folder; name a file in it")
    if not path.parent.is_dir():
        raise UserError(f"{option} {said}: {path.parent} is no folder; make it, or name a file in another")
    if not (os.access(path, os.W_OK) if there else os.access(path.parent, os.W_OK | os.X_OK)):
        raise UserError(f"{option} {said}: it may not be written; name another file")
    return path


def write_named(path: Path, text: str) -> None:
    """Writes a file that somebody named, in its place: it may be a device.

    Raises:
        UserError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; name another file.") from None


def check_writable(folders: Iterable[Path]) -> None:
    """Raises UserError, before anything is trained, when one of them cannot be written."""
    for folder in folders:
        write(folder / ".probe", Path.touch)
        (folder / ".probe").unlink()
