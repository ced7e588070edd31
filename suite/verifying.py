"""Compares the record under `results/` with what follows from it, and names each fault. No Keras."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from common.errors import UserError
from suite import (
    ancestry,
    evidence,
    grounds,
    history,
    intact,
    manifest,
    negative_record,
    own_code,
    owning,
    pages,
    recording,
    registry,
    tables,
    tampering,
)

EDITION_1_MANIFEST = "01a6d9f79f2bc772d7c709e46f9acca9b97d6544a00a807295764257dda14a27"
"""The hash of the list of hashes of edition 1's record, which ended with commit b5d8c48; its README came later."""


def verify() -> list[str]:
    """Faults of the record: altered files, and verdicts or tables that do not follow from the trials.

    Raises:
        UserError: there is no record.
    """
    folder = registry.results()
    if not recording.listed_files(folder) and not (folder / manifest.NAME).exists():
        raise UserError(f"{folder} holds no record, so that there is nothing to verify; see REPRO_RESULTS")
    faults = list(registry.unreadable().values())
    faults += _found(lambda: manifest.altered(folder, recording.listed_files(folder)))
    if pages.follow():
        faults += [*_found(_edition_1), *_found(pages.out_of_date)]
    for name in registry.names():
        for look in (_departures, tampering.of_module, lambda name: filter(None, [negative_record.behind(name)])):
            faults += _found(partial(look, name))
    faults += [*_found(owning.misplaced), *_found(owning.faults)]
    told = "differs from what the verdicts give"
    faults += _found(lambda: [f"{file}: {told}" for file, text in _expected(folder) if _differs(folder / file, text)])
    return list(dict.fromkeys([*faults, *_found(ancestry.faults)]))


def unchecked(*, sound: bool) -> Iterator[str]:
    """What could not be looked at, a sentence each; what goes with no record but the project's own only of a `sound`
    one, which would else be taken for all of it."""
    if sound and not pages.follow():
        yield "The pages and edition 1 were not looked at: they go with the record in results/, and this is another."
    if told := ancestry.unchecked():
        yield told


def _edition_1() -> Iterator[str]:
    """What is not as it was when that edition ended."""
    old = registry.edition_1()
    if not (old / manifest.NAME).exists() or manifest.digest(old / manifest.NAME) != EDITION_1_MANIFEST:
        yield f"edition-1/{manifest.NAME}: not that of edition 1"
    yield from (f"edition-1/{fault}" for fault in manifest.altered(old, recording.listed_files(old)))


def _expected(folder: Path) -> Iterable[tuple[str, str]]:
    """What follows from all verdicts; nothing where no record was ever written."""
    return recording.of_all_verdicts() if (folder / manifest.NAME).exists() else ()


def _found(look: Callable[[], Iterable[str]]) -> list[str]:
    """What a look at the record finds; where it meets a file that cannot be read, that one."""
    try:
        return list(look())
    except UserError as error:
        return [str(error)]


def _differs(path: Path, text: str) -> bool:
    """Whether a file says something else, or nothing that can be read, or is not there."""
    return _found(lambda: [intact.text(path)]) != [text]


def _departures(name: str) -> list[str]:
    """Where the record of a reproduction says what its trials do not give."""
    folder = registry.results() / name
    recorded, faults = registry.recorded_verdicts(name), []
    if not (folder / "verdicts.json").exists():
        if (folder / "trials.csv").exists():
            faults.append(f"{name}/verdicts.json: missing; write it with: repro export")
        elif (folder / "history.jsonl").exists():
            faults.append(f"{name}: it has a history, and neither trials nor verdicts")
        return faults
    faults += grounds.departures(name)
    faults += [f"{name}/history.jsonl: {claim} does not end in its verdict" for claim in history.behind(name, recorded)]
    checks = tables.comma_separated(tables.check_rows(recorded), tables.CHECKS)
    for file, text in (("table.md", tables.details(recorded)), ("table.csv", checks)):
        if _differs(folder / file, text):
            faults.append(f"{name}/{file}: differs from what {name}/verdicts.json gives")
    said = own_code.sentences(name, evidence.read_trials(folder / "trials.csv"))
    if said is not None and _differs(folder / "analysis.md", said):
        faults.append(f"{name}/analysis.md: differs from what {name}/trials.csv gives")
    return faults
