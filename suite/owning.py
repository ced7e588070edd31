"""What lies in the record and belongs to nothing: claims that were dropped, and files that nothing makes. No Keras."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from suite import formats, history, manifest, pages, recording, registry, schemas

WHOLE = ("COSTS.md", "INDEX.md", "benchmarks.md", "claims.json", "benchmarks.json", formats.FILE, manifest.NAME)
"""What lies beside the folders of reproductions."""
OF_ONE = ("table.md", "analysis.md", "*.svg")
"""What a reproduction's folder holds beside what has a schema. Only its `figures.py` can tell which figures."""


def faults() -> Iterator[str]:
    """Claims that were judged and are not asked any more, then files of which nothing can tell who made them."""
    yield from _dropped()
    if not registry.broken():  # else it cannot be told
        yield from _strays(registry.results())


def misplaced() -> Iterator[str]:
    """What is no file where the record has one, or may have: a folder in a folder, or something that only waits."""
    folder = registry.results()
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if place.parts[0] in ("edition-1", "page") or any(part[0] == "." for part in place.parts):
            continue
        if not manifest.can_hold(path.name):
            yield f"{place.as_posix()!a}: no manifest can hold such a name; remove it"
        elif path.is_file():
            continue
        elif not path.is_dir():
            yield f"{place.as_posix()}: no file; remove it"
        elif len(place.parts) > 1 or place.name in WHOLE:
            yield f"{place.as_posix()}: a folder, where only files lie; remove it"


def _dropped() -> Iterator[str]:
    asked, broken = registry.all_claims(), registry.broken()
    known = registry.ever_recorded(first=pages.follow())  # edition 1 goes with the project's own record
    known |= {(line["claim"], name) for name in registry.names() for line in history.read(name)}
    for claim, name in sorted(known):
        if name not in broken and (claim not in asked or asked[claim][0] != name):
            yield f"{name}: {claim} was judged, and is no claim of reproductions/{name}/claims.py; claims stay for ever"


def _strays(folder: Path) -> Iterator[str]:
    names = registry.names()
    made = {*WHOLE, *(file for file, _ in schemas.files()), *(f"badges/{claim}.svg" for claim in registry.all_claims())}
    gone: dict[str, int] = {}
    for file in map(PurePosixPath, recording.listed_files(folder)):
        if str(file) in made:
            continue
        if len(file.parts) > 1 and file.parts[0] not in (*names, "badges", "schemas"):
            gone[file.parts[0]] = gone.get(file.parts[0], 0) + 1
        elif file.parts[0] not in names or not _of_one(file):
            yield f"{file}: nothing in the project makes such a file; remove it"
    for name, count in gone.items():
        yield f"{name}/: {count} files of no reproduction; there is no reproductions/{name}/claims.py"


def _of_one(file: PurePosixPath) -> bool:
    """Whether a file is one that the record of a reproduction may hold."""
    return len(file.parts) == 2 and (schemas.of(file) is not None or any(map(file.match, OF_ONE)))
