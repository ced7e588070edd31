"""Hashes of studies that an earlier command made: what only reads the record need not parse every program again.

They lie in the home, each with a digest of all files that it might rest on. Nothing that trains, records or verifies
takes one from there. No Keras.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from common.errors import UserError
from common.home import home
from suite import intact, records, sources

FILE = "hashes.json"
SHAPE: intact.Shape = {"sha256": str, "studies": {"*": {"files": str, "code_sha256": str}}}


@dataclass(frozen=True)
class _Memory:
    studies: dict[str, dict[str, str]]
    digests: dict[str, str]  # of each reproduction, as it is now


_MEMORY: ContextVar[_Memory | None] = ContextVar("memory", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Within it `code_sha256` takes what an earlier command made, and what is made anew is kept for the next one."""
    memory = _Memory(_read(), {})
    before, token = dict(memory.studies), _MEMORY.set(memory)
    try:
        yield
    finally:
        _MEMORY.reset(token)
        if memory.studies != before:
            _keep(memory.studies)


def code_sha256(name: str, question: str) -> str:
    """The hash of what a study of a reproduction computes, as `records.code_sha256` gives it."""
    memory, place = _MEMORY.get(), f"{name}/{question}"
    if memory is None:
        return records.code_sha256(*sources.files(name, question))
    files = memory.digests.get(name) or memory.digests.setdefault(name, _digest(sources.ROOT / "reproductions" / name))
    if memory.studies.get(place, {}).get("files") != files:
        made = records.code_sha256(*sources.files(name, question))
        memory.studies[place] = {"files": files, "code_sha256": made}
    return memory.studies[place]["code_sha256"]


def _digest(folder: Path) -> str:
    """Of the names and texts of all programs of a reproduction, and of the two files that make hashes of them."""
    made = [Path(module.__file__) for module in (records, sources) if module.__file__]
    programs = (path for path in folder.rglob("*.py") if path.is_file())  # an editor leaves links to nowhere there
    places = {path: path.name for path in made} | {path: str(path.relative_to(folder)) for path in programs}
    found = hashlib.sha256()
    for path, place in sorted(places.items()):
        content = path.read_bytes()
        found.update(f"{place} {len(content)}\n".encode() + content)
    return found.hexdigest()


def _read() -> dict[str, dict[str, str]]:
    """What is kept; nothing of a file that is damaged."""
    path = home() / FILE
    try:
        said = intact.value(path, SHAPE) if path.exists() else {}
    except (UserError, OSError):
        said = {}
    studies: dict[str, dict[str, str]] = said.get("studies", {})
    return studies if said.get("sha256") == records.sha256(records.canonical_json(studies)) else {}


def _keep(studies: dict[str, dict[str, str]]) -> None:
    from suite import writing

    said = {"sha256": records.sha256(records.canonical_json(studies)), "studies": studies}
    with suppress(UserError):  # no command fails for want of it
        writing.write_text(home() / FILE, json.dumps(said, indent=1) + "\n")
