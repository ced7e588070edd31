"""Writes the record under `results/`: what was measured first, then what follows from it. The only writer of it."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from common.errors import UserError
from common.trials import Trial
from suite import answers, evidence, history, intact, pages, registry, scorecard, tables
from suite.citing import badges, claim_review
from suite.records import Provenance

EDITION_1_MANIFEST = "01a6d9f79f2bc772d7c709e46f9acca9b97d6544a00a807295764257dda14a27"
"""The hash of the list of hashes of edition 1's record, which ended with commit b5d8c48; its README came later."""


def record_study(name: str, provenance: Provenance, trials: Sequence[Trial]) -> None:
    """Adds trials to a study's record, with curves and provenance, then renders all that follows from the module's.

    Trials that are there already stay, unless these replace them or the study or the engine changed since.
    """
    folder = registry.results() / name
    question = provenance.study
    made = evidence.read_provenance(name).get(question)
    same = made is not None and (made.code_sha256, made.numerics) == (provenance.code_sha256, provenance.numerics)
    new = {(t.arm, t.seed) for t in trials}
    before = evidence.read_trials(folder / "trials.csv")
    others = [t for t in before if t.study != question or (same and (t.arm, t.seed) not in new)]
    _write(folder / "trials.csv", lambda path: evidence.write_trials(path, [*others, *trials]))
    _write(
        folder / "curves.csv",
        lambda path: evidence.write_curves(path, trials, folder / "curves.csv", question),
    )
    keep_unfinished(name, question, [])
    known = evidence.read_provenance(name) | {question: provenance}
    text = json.dumps({study: p.model_dump() for study, p in sorted(known.items())}, indent=1)
    _write_text(folder / "provenance.json", text + "\n")
    render(name)


def keep_unfinished(name: str, question: str, trials: Sequence[Trial]) -> None:
    """Keeps the finished trials of a study that is not complete, so that a run elsewhere can go on from the commit."""
    path = registry.results() / name / "unfinished.jsonl"
    kept = [t for t in evidence.read_unfinished(path) if t.study != question]
    kept += [t if evidence.has_curves(t) else t.model_copy(update={"curves": {}}) for t in trials]
    if kept:
        _write_text(path, "".join(f"{trial.model_dump_json()}\n" for trial in kept))
    else:
        path.unlink(missing_ok=True)


def record_pilots(name: str, question: str, trials: Sequence[Trial]) -> None:
    """Adds a study's pilot trials to `pilots.csv`, in place of those of the same arms and data set.

    Nothing is ever resumed from it, so it holds no keys, which take half the room.
    """
    path = registry.results() / name / "pilots.csv"
    arms = {(question, t.arm, t.dataset) for t in trials}
    others = [t for t in evidence.read_trials(path) if (t.study, t.arm, t.dataset) not in arms]
    keyless = [t.model_copy(update={"key": "", "data_sha256": ""}) for t in trials]
    _write(path, lambda target: evidence.write_trials(target, [*others, *keyless]))
    write_index()


def render(name: str) -> None:
    """Writes verdicts, history, tables and figures of a reproduction from its record, then the index."""
    folder = registry.results() / name
    trials = evidence.read_trials(folder / "trials.csv")
    described = described_module(name)
    _write_text(folder / "verdicts.json", json.dumps(described, indent=1, ensure_ascii=False) + "\n")
    _write_text(folder / "history.jsonl", history.grown(name, described))
    _write_text(folder / "table.md", tables.details(described))
    _write_text(folder / "table.csv", tables.comma_separated(tables.check_rows(described), tables.CHECKS))
    if trials:
        drawer = registry.figures(name)
        if drawer is not None:
            curves = evidence.read_curves(folder / "curves.csv")
            for file, svg in drawer.draw(trials, curves).items():
                _write_text(folder / file, svg)
        analysed = registry.analysis(name)
        if analysed is not None:
            _write_text(folder / "analysis.md", analysed.sentences(trials))
    write_index()


def described_module(name: str) -> dict[str, Any]:
    """What `verdicts.json` of a reproduction should hold, from its trials on record."""
    trials = evidence.read_trials(registry.results() / name / "trials.csv")
    observed, provenance = evidence.gather(trials), evidence.read_provenance(name)
    return {v.claim.id: answers.describe(v, observed, trials, provenance) for v in evidence.judge_module(name)}


def write_costs(text: str) -> None:
    """Writes `COSTS.md`, which only the studies can tell, and the manifest."""
    _write_text(registry.results() / "COSTS.md", text)
    write_index()


def write_index() -> None:
    """Writes what all verdicts give together, and `MANIFEST.sha256`, the hash of every other file."""
    folder = registry.results()
    for file, text in _of_all_verdicts():
        _write_text(folder / file, text)
    _write_text(folder / "trial.schema.json", json.dumps(Trial.model_json_schema(), indent=1) + "\n")
    for leftover in folder.rglob(".*.tmp"):  # of a run that was killed while it wrote
        leftover.unlink(missing_ok=True)
    sums = [f"{_sha256(folder / file)}  {file}\n" for file in _files(folder)]
    _write_text(folder / "MANIFEST.sha256", "".join(sums))
    if folder == registry.ROOT / "results":  # a record kept elsewhere leaves the project's pages alone
        pages.write()


def _of_all_verdicts() -> Iterator[tuple[str, str]]:
    """What follows from the verdicts of all reproductions together: each file with its text."""
    yield "INDEX.md", tables.index(registry.names()) + scorecard.told(registry.names())
    yield "claims.json", claim_review.dumped(claim_review.graph(registry.names()))
    yield from badges.files(registry.names())


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _files(folder: Path) -> list[str]:
    """What the manifest lists, relative to `folder`: edition 1 has its own, and the site follows from the record."""
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.name[0] != "."]
    own = [path for path in paths if path.name != "MANIFEST.sha256" and path.parts[0] not in ("edition-1", "page")]
    return sorted(path.as_posix() for path in own)


def verify() -> list[str]:
    """Faults of the record: altered files, and verdicts or tables that do not follow from the trials."""
    folder = registry.results()
    faults = list(registry.unreadable().values())
    faults += _altered(folder)
    if folder == registry.ROOT / "results":
        manifest = registry.edition_1() / "MANIFEST.sha256"
        if not manifest.exists() or _sha256(manifest) != EDITION_1_MANIFEST:
            faults.append("edition-1/MANIFEST.sha256: not that of edition 1")
        faults += [f"edition-1/{fault}" for fault in _altered(registry.edition_1())]
        old = [path.relative_to(registry.ROOT) for path in pages.out_of_date()]
        faults += [f"{path}: its table is not that of the record" for path in old]
    for name in registry.names():
        faults += _departures(name)
    for file, text in _of_all_verdicts():
        if (folder / file).exists() and intact.text(folder / file) != text:
            faults.append(f"{file}: differs from what the verdicts give")
    return faults


def _altered(folder: Path) -> list[str]:
    """Files of a record that its manifest does not list, or lists with another hash."""
    manifest = folder / "MANIFEST.sha256"
    lines, there = intact.text(manifest).splitlines(), _files(folder)
    listed = {file: digest for digest, _, file in (line.partition("  ") for line in lines)}
    faults = [f"{file}: not in MANIFEST.sha256" for file in there if file not in listed]
    for file, digest in listed.items():
        if file not in there:  # nor is what lies elsewhere, whatever a manifest calls it
            faults.append(f"{file}: missing")
        elif _sha256(folder / file) != digest:
            faults.append(f"{file}: altered since it was written")
    return faults


def _departures(name: str) -> list[str]:
    """Where the record of a reproduction says what its trials do not give."""
    folder = registry.results() / name
    recorded, faults = registry.recorded_verdicts(name), []
    if not (folder / "verdicts.json").exists():
        if (folder / "trials.csv").exists():
            faults.append(f"{name}/verdicts.json: missing; write it with: repro export")
        return faults
    found = json.loads(json.dumps(described_module(name)))
    for claim, verdict in found.items():
        said = recorded.get(claim)
        if said is None and verdict["verdict"] != "not run":
            faults.append(f"{name}/verdicts.json: {claim} is missing; the trials give {verdict['verdict']}")
        elif said is not None and said != verdict:
            faults.append(difference(claim, said, verdict))
    faults += [f"{name}/history.jsonl: {claim} does not end in its verdict" for claim in history.behind(name, recorded)]
    table = folder / "table.md"
    if table.exists() and intact.text(table) != tables.details(recorded):
        faults.append(f"{name}/table.md: differs from what {name}/verdicts.json gives")
    analysed, page = registry.analysis(name), folder / "analysis.md"
    if analysed and page.exists():
        trials = evidence.read_trials(folder / "trials.csv")
        if intact.text(page) != analysed.sentences(trials):
            faults.append(f"{name}/analysis.md: differs from what {name}/trials.csv gives")
    return faults


def difference(claim: str, said: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """One line on how a recorded verdict departs from the one its evidence gives."""
    if said["verdict"] != found["verdict"]:
        reason = f" ({found['reason']})" if found["reason"] else ""
        return f"{claim}: recorded {said['verdict']}, the evidence gives {found['verdict']}{reason}"
    field = next(key for key in found if said.get(key) != found[key])
    return f"{claim}: recorded {field} differs from what the evidence gives"


def check_writable(names: Iterable[str]) -> None:
    """Raises UserError, before anything is trained, when a folder of `results/` cannot be written."""
    for folder in (registry.results(), *(registry.results() / name for name in names)):
        _write_text(folder / ".probe", "")
        (folder / ".probe").unlink()


def _write_text(path: Path, text: str) -> None:
    _write(path, lambda target: target.write_text(text, encoding="utf-8", newline="\n"))


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Writes beside the target and moves into place, so that no reader and no crash meets half a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        os.close(handle)
        try:
            write(Path(name))
            Path(name).chmod(0o644)
            os.replace(name, path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"cannot write {path}: {error.strerror}; finished trials are safe in the journal: mend this and run again."
        ) from None
