"""Writes the record under `results/`: what was measured first, then what follows from it. The only writer of it."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from common.errors import UserError
from common.trials import Trial
from suite import (
    answers,
    evidence,
    formats,
    history,
    intact,
    judgements,
    manifest,
    negative_record,
    own_code,
    pages,
    registry,
    schemas,
    scorecard,
    tables,
    tampering,
)
from suite.citing import badges, claim_review
from suite.locking import alone
from suite.records import Provenance
from suite.writing import LEFTOVERS, sweep, texted, write, write_text


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
    whole = [*others, *trials]
    tampering.refuse_rows(folder / "trials.csv")
    tampering.refuse_entry(name, question)
    told = _with_provenance(folder / "provenance.json", provenance)
    held = judgements.held(folder)
    own = judgements.payloads(evidence.as_row(trial) for trial in whole if trial.study == question)
    _announce(name, replace(held, made=json.loads(told), trials={**held.trials, **own}))
    # A kill in between loses no commit that trained: it comes before its trials. But trials of other code never stand
    # under the hash of the new one, so that where this changed they go first.
    if same or made is None:
        keep(folder / "provenance.json", texted(told))
    keep(folder / "trials.csv", lambda path: evidence.write_trials(path, whole))
    keep(folder / "curves.csv", lambda path: evidence.write_curves(path, whole, folder / "curves.csv", question))
    keep_unfinished(name, question, [], recorded=whole)
    keep(folder / "provenance.json", texted(told))
    render(name)


def _with_provenance(path: Path, made: Provenance) -> str:
    """What `provenance.json` says, with that of one study anew.

    What others have stays as it was written, though older formats told less: `judged.json` has its hash.
    """
    said: dict[str, object] = intact.value(path, {"*": {"study": str}}) if path.exists() else {}
    return circumstances(said | {made.study: made.model_dump()})


def circumstances(made: Mapping[str, object]) -> str:
    """The text of `provenance.json`."""
    return json.dumps(dict(sorted(made.items())), indent=1) + "\n"


def keep_unfinished(name: str, question: str, trials: Sequence[Trial], *, recorded: Iterable[Trial] = ()) -> None:
    """Keeps the finished trials of a study that is not complete, so that a run elsewhere can go on from the commit.

    Others of it stay until they are `recorded`: claims read different arms. What other code made serves no run, and
    goes with the next trial of its arm and seed.
    """
    gone = {(t.arm, t.seed) for t in (*trials, *recorded) if t.study == question}
    before = evidence.read_unfinished(registry.results() / name / manifest.UNFINISHED)
    kept = [t for t in before if t.study != question or (t.arm, t.seed) not in gone]
    kept += [t if evidence.has_curves(t) else t.model_copy(update={"curves": {}}) for t in trials]
    _write_unfinished(name, kept)


def _write_unfinished(name: str, trials: Sequence[Trial]) -> None:
    path = registry.results() / name / manifest.UNFINISHED
    if trials:
        keep(path, texted("".join(map(evidence.unfinished_line, trials))))
    else:
        path.unlink(missing_ok=True)


def record_pilots(name: str, question: str, trials: Sequence[Trial]) -> None:
    """Adds a study's pilot trials to `pilots.csv`, in place of those of the same arms and data set.

    Nothing is ever resumed from it and no verdict rests on it, so it holds neither keys nor hashes of its trials,
    which would take most of the room: an edit is told by the manifest, by git, and by running the seed again.
    """
    path = registry.results() / name / "pilots.csv"
    arms = {(question, t.arm, t.dataset) for t in trials}
    others = [t for t in evidence.read_trials(path) if (t.study, t.arm, t.dataset) not in arms]
    keyless = [t.model_copy(update={"key": "", "data_sha256": ""}) for t in trials]
    keep(path, lambda target: evidence.write_trials(target, [*others, *keyless], hashed=False))
    _judge_negatives(name)


def record_negatives(name: str, trials: Sequence[Trial]) -> None:
    """Adds trials that only negative controls use, in place of those of the same arms, then judges them.

    Those of arms that none of them declares any more are left out.
    """
    declared = {(t.study, t.name) for negative in registry.negatives(name).values() for t in negative.trains}
    arms, before = {(t.study, t.arm) for t in trials}, negative_record.trained(name)
    kept = [t for t in before if (t.study, t.arm) in declared - arms]
    file = negative_record.FILES["trained"]
    if len(kept) + len(trials) != len(before) or trials:
        tampering.refuse_file(registry.results(), f"{name}/{file}")
        tampering.refuse_entry(name, file)
        after = judgements.every(map(evidence.as_row, [*kept, *trials]))
        _announce(name, replace(judgements.held(registry.results() / name), negatives=after))
        keep(registry.results() / name / file, lambda target: evidence.write_trials(target, [*kept, *trials]))
    _judge_negatives(name)


def _judge_negatives(name: str) -> None:
    """Judges the negative controls anew, and renders all that follows where a verdict changes by it."""
    verdicts = described_module(name)
    write_negatives(name)
    settle(name)
    if described_module(name) == verdicts:
        write_index()
    else:
        render(name)


def write_negatives(name: str) -> None:
    """Writes what the negative controls of a reproduction came to, which its verdicts rest on; no file of nothing."""
    path = registry.results() / name / "negatives.json"
    if text := negative_record.text(name):
        write_text(path, text)
    else:
        path.unlink(missing_ok=True)


def take_over(
    name: str, made: Mapping[str, Callable[[Path], object]], after: judgements.Held, unfinished: Sequence[Trial]
) -> None:
    """Puts evidence of another record in its place, each file as what writes it, and renders what follows from it.

    `after` is what will be on record.
    """
    _announce(name, after)
    for file, make in made.items():
        keep(registry.results() / name / file, make)
    _write_unfinished(name, unfinished)
    render(name)


def _announce(name: str, after: judgements.Held) -> None:
    """Has `judged.json` list what studies are about to be, so that a kill does not look like an edit, nor hide one."""
    folder = registry.results() / name
    write_text(folder / judgements.FILE, judgements.text(judgements.announced(folder, after)))


def settle(name: str) -> None:
    """Has `judged.json` list of each study what is there; no file of nothing."""
    path = registry.results() / name / judgements.FILE
    if known := judgements.settled(path.parent):
        write_text(path, judgements.text(known))
    else:
        path.unlink(missing_ok=True)


def add_hashes(name: str) -> None:
    """Has the trials of a record that was written before they carried hashes carry them.

    `tampering.refuse` has seen to it that they are as they were recorded.
    """
    folder = registry.results() / name
    old = list(filter(tampering.bare, (folder / file for file in tampering.HASHED)))
    if old:
        trials, controls = (evidence.read_trials(folder / file) for file in manifest.TRIALS)
        made, negatives = judgements.held(folder).made, judgements.every(map(evidence.as_row, controls))
        _announce(name, judgements.Held(made, judgements.payloads(map(evidence.as_row, trials)), negatives))
    for path in old:
        if path.name == manifest.UNFINISHED:
            _write_unfinished(name, evidence.read_unfinished(path))
        else:
            keep(path, partial(evidence.write_trials, trials=evidence.read_trials(path)))


def render(name: str) -> None:
    """Writes verdicts, history, tables and figures of a reproduction from its record, then the index."""
    render_module(name)
    write_index()


def render_module(name: str, told: own_code.Told | None = None) -> None:
    """Writes verdicts, history, tables and figures of a reproduction from its record.

    Args:
        told: what its own code makes of the record, where that is known already.

    Raises:
        UserError: its claims cannot be read, so that nobody can tell its verdicts; or a mistake of its own code.
    """
    if fault := registry.unreadable().get(name):
        raise UserError(f"{fault}; mend it, then type: repro export")
    folder = registry.results() / name
    trials = evidence.read_trials(folder / "trials.csv")
    write_negatives(name)
    described = described_module(name)
    _write_verdicts(folder / "verdicts.json", described)
    keep(folder / "history.jsonl", texted(history.grown(name, described)))
    settle(name)
    write_text(folder / "table.md", tables.details(described))
    write_text(folder / "table.csv", tables.comma_separated(tables.check_rows(described), tables.CHECKS))
    told = told or own_code.told(name, trials)
    for file, svg in told.figures.items():
        write_text(folder / file, tampering.stamped(svg))
    if told.sentences is not None:
        write_text(folder / "analysis.md", told.sentences)


def described_module(name: str) -> dict[str, Any]:
    """What `verdicts.json` of a reproduction should hold, from its trials on record."""
    trials = evidence.read_trials(registry.results() / name / "trials.csv")
    observed, provenance = evidence.gather(trials), evidence.read_provenance(name)
    return {v.claim.id: answers.describe(v, observed, trials, provenance) for v in evidence.judge_module(name)}


def write_costs(text: str) -> None:
    """Writes `COSTS.md`, which only the studies can tell, and the manifest."""
    write_text(registry.results() / "COSTS.md", text)
    write_index()


@alone()
def write_index() -> None:
    """Writes what all verdicts give together, and `MANIFEST.sha256`, the hash of every other file."""
    folder = registry.results()
    _heal(folder)
    for file, text in of_all_verdicts():
        write_text(folder / file, text)
    write_text(folder / formats.FILE, f"{formats.FORMAT}\n")
    for file, text in schemas.files():
        write_text(folder / file, text)
    (folder / "trial.schema.json").unlink(missing_ok=True)  # of format 4, now among the others
    write_text(folder / manifest.NAME, manifest.renewed(folder, listed_files(folder)))
    sweep(folder, f"**/{LEFTOVERS}")
    if pages.follow():
        pages.write()


def _heal(folder: Path) -> None:
    """Makes verdicts that are not those which the manifest lists from their trials again.

    What an edit or damage left there must not go into what is made of all of them.
    """
    for name in registry.names():
        path = folder / name / "verdicts.json"
        if path.exists() and not manifest.as_listed(folder, f"{name}/{path.name}") and registry.claims(name):
            _write_verdicts(path, described_module(name))


def _write_verdicts(path: Path, described: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(described, indent=1, ensure_ascii=False) + "\n")


def of_all_verdicts() -> Iterator[tuple[str, str]]:
    """What follows from the verdicts of all reproductions together: each file with its text."""
    yield "INDEX.md", tables.index(registry.names()) + scorecard.told(registry.names())
    yield "claims.json", claim_review.dumped(claim_review.graph(registry.names()))
    yield from badges.files(registry.names())


def listed_files(folder: Path) -> list[str]:
    """What the manifest lists, relative to `folder`: edition 1 has its own, and the site follows from the record."""
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and manifest.can_hold(path.name)]
    own = [path for path in paths if path.name != "MANIFEST.sha256" and path.parts[0] not in ("edition-1", "page")]
    return sorted(path.as_posix() for path in own if not any(part[0] == "." for part in path.parts))


@alone()
def keep(path: Path, make: Callable[[Path], object]) -> None:
    """Writes evidence; the manifest lists it first, as `manifest.EVIDENCE` says."""
    folder = registry.results()

    def announce(target: Path) -> None:
        text = manifest.announced(folder, path.relative_to(folder).as_posix(), manifest.digest(target))
        write_text(folder / manifest.NAME, text)

    write(path, make, announce)
