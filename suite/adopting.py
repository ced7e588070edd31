"""The command `adopt`: takes the record of reproductions from the results of another checkout. No Keras."""

import json
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from pathlib import Path

from common.errors import UserError
from common.home import named_folder
from common.trials import Trial
from suite import cells, evidence, formats, history, intact, judgements, manifest, recording, registry, tampering
from suite.locking import alone
from suite.writing import texted

CONTROLS = "negatives.json"
"""It alone says which code made the numbers of a negative control."""


@alone()
def adopt(folder: str, names: Sequence[str]) -> int:
    """Takes trials, unfinished ones, those of negative controls, pilots, curves, provenance and history.

    All that follows from them is made anew. They must be as the manifest beside them lists them, and so may be older
    than the hashes that trials carry. A study that is here already is replaced by one that has all its trials; studies
    that only this record has stay, and unfinished trials, curves and lines of the history that only it has.

    Raises:
        UserError: the folder is no record, or a newer version wrote it, or it is not as it was recorded, or lacks a
            reproduction or trials that are here. Nothing is written.
    """
    other = named_folder(folder, "FOLDER")
    if not (other / manifest.NAME).is_file() or other.resolve() == registry.results().resolve():
        raise UserError(f"{folder} is not another record: name the folder with its {manifest.NAME}, as other/results.")
    formats.check(other)
    for name in names:
        if name not in registry.names():
            raise registry.unknown(name, registry.names(), "reproduction")
        if not (other / name / "trials.csv").exists() and not (other / name / manifest.UNFINISHED).exists():
            raise UserError(f"{folder} has no trials of {name}; nothing was written.")
    tampering.refuse(names, folder=other)
    for name in names:
        tampering.refuse_file(other, f"{name}/{CONTROLS}")
    tampering.refuse(names)
    joined = {name: _joined(registry.results() / name, other / name) for name in names}
    for name, (made, after, unfinished) in joined.items():
        recording.take_over(name, made, after, unfinished)
        print(f"took {name}: {len(evidence.read_trials(registry.results() / name / 'trials.csv'))} trials on record")
    return 0


def _joined(here: Path, other: Path) -> tuple[dict[str, Callable[[Path], object]], judgements.Held, list[Trial]]:
    """What is to be written, the trials after what they were made by, what is on record then, and unfinished trials."""
    made: dict[str, Callable[[Path], object]] = {}
    joined = {file: _trials(here / file, other / file) for file in (*manifest.TRIALS, "pilots.csv")}
    if facts := _circumstances(here, other):
        made["provenance.json"] = texted(recording.circumstances(facts))
    for file, trials in joined.items():
        if (other / file).exists():
            made[file] = partial(evidence.write_trials, trials=trials, hashed=file in manifest.TRIALS)
    controls = [registry.recorded_negatives(folder.name, folder=folder.parent) for folder in (here, other)]
    if known := {claim: entry for claim, entry in controls[1].items() if entry["state"] != "not run"}:
        made[CONTROLS] = _json(controls[0] | known)
    if (other / "curves.csv").exists():
        made["curves.csv"] = partial(
            cells.write, rows=evidence.joined_curves(here / "curves.csv", other / "curves.csv")
        )
    told = [_lines(folder / "history.jsonl") for folder in (here, other)]
    if any(told):
        made["history.jsonl"] = texted("".join([*told[0], *(line for line in told[1] if line not in told[0])]))
    waiting = [evidence.read_unfinished(folder / manifest.UNFINISHED) for folder in (here, other)]
    finished, negatives = (map(evidence.as_row, joined[file]) for file in manifest.TRIALS)
    recorded = {_identity(trial) for trial in joined["trials.csv"]}  # a stopped run of older code left both
    left = {_identity(trial): trial for trial in (*waiting[0], *waiting[1]) if _identity(trial) not in recorded}
    return made, judgements.Held(facts, judgements.payloads(finished), judgements.every(negatives)), list(left.values())


def _circumstances(here: Path, other: Path) -> dict[str, object]:
    """The provenance of both, the other's of a study that has trials there; as it was written here where it says the
    same, though older formats told less: `judged.json` has its hash.

    Raises:
        UserError: that of the same trials is another there.
    """
    ours, theirs = (evidence.read_provenance(folder.name, folder=folder.parent) for folder in (here, other))
    trials = [judgements.payloads(map(evidence.as_row, evidence.read_trials(f / "trials.csv"))) for f in (here, other)]
    found, there = dict(judgements.held(here).made), judgements.held(other).made
    for study, fact in theirs.items():
        if study not in trials[1] or fact == ours.get(study):
            continue
        if study in ours and sorted(trials[0].get(study, ())) == sorted(trials[1][study]):
            raise UserError(
                f"{other / 'provenance.json'}: of study {study} it tells otherwise than {here / 'provenance.json'} of "
                f"the same trials; nothing was written. Leave out {here.name}: its trials are here already."
            )
        found[study] = there[study]
    return found


def _json(value: object) -> Callable[[Path], object]:
    return texted(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def _identity(trial: Trial) -> tuple[str, str, int, str]:
    return trial.study, trial.arm, trial.seed, trial.key


def _trials(here: Path, other: Path) -> list[Trial]:
    """All of the other's, and of studies (with pilots: of arms and data sets) that it does not have those from here."""
    ours, theirs = evidence.read_trials(here), evidence.read_trials(other)

    def group(trial: Trial) -> Hashable:
        return trial.study if here.name == "trials.csv" else (trial.study, trial.arm, trial.dataset)

    known = {(t.study, t.arm, t.seed, t.dataset): t for t in theirs}
    there = {group(trial) for trial in theirs}
    for trial in ours:
        if group(trial) in there and known.get((trial.study, trial.arm, trial.seed, trial.dataset)) != trial:
            raise UserError(
                f"{here} has a trial that {other} has not, or otherwise: {trial.study}/{trial.arm}, seed {trial.seed}; "
                f"nothing was written. Take a record that holds all trials of the study."
            )
    return [*theirs, *(trial for trial in ours if group(trial) not in there)]


def _lines(path: Path) -> list[str]:
    """The lines of a history, as they are.

    Raises:
        UserError: one of them is none.
    """
    intact.lines(path, history.LINE)
    return [f"{line}\n" for line in intact.text(path).split("\n") if line]
