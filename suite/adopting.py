"""The command `adopt`: takes the record of reproductions from the results of another checkout. No Keras."""

import json
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from pathlib import Path

from common.errors import UserError
from common.trials import Trial
from suite import evidence, manifest, recording, registry, tampering
from suite.locking import alone


@alone()
def adopt(folder: str, names: Sequence[str]) -> int:
    """Takes trials, unfinished ones, pilots, curves, provenance and history; all that follows from them is made anew.

    They must be as the manifest beside them lists them, and so may be older than the hashes that trials carry. A study
    that is here already is replaced by one that has all its trials; studies that only this record has stay.

    Raises:
        UserError: the folder is no record, or not as it was recorded, or lacks a reproduction or trials that are here.
            Nothing is written.
    """
    other = Path(folder).expanduser().absolute()
    if not (other / manifest.NAME).is_file() or other.resolve() == registry.results().resolve():
        raise UserError(f"{folder} is not another record: name the folder with its {manifest.NAME}, as other/results.")
    for name in names:
        if name not in registry.names():
            raise registry.unknown(name, registry.names(), "reproduction")
        if not (other / name / "trials.csv").exists() and not (other / name / manifest.UNFINISHED).exists():
            raise UserError(f"{folder} has no trials of {name}; nothing was written.")
    tampering.refuse(names, folder=other)
    tampering.refuse(names)
    for name, made in [(name, dict(_joined(registry.results() / name, other / name))) for name in names]:
        recording.take_over(name, made)
        print(f"took {name}: {len(evidence.read_trials(registry.results() / name / 'trials.csv'))} trials on record")
    return 0


def _joined(here: Path, other: Path) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """What is to be written, the trials after what they were made by."""
    studies = {trial.study for trial in evidence.read_trials(other / "trials.csv")}
    made, theirs = (evidence.read_provenance(folder.name, folder=folder.parent) for folder in (here, other))
    facts = made | {study: fact for study, fact in theirs.items() if study in studies}
    if facts:
        text = json.dumps({study: fact.model_dump() for study, fact in sorted(facts.items())}, indent=1) + "\n"
        yield "provenance.json", recording.texted(text)
    for file, hashed in (("trials.csv", True), ("pilots.csv", False)):
        if (other / file).exists():
            trials = _trials(here / file, other / file)
            yield file, partial(evidence.write_trials, trials=trials, hashed=hashed)
    if (other / "curves.csv").exists():
        yield "curves.csv", partial(evidence.join_curves, here=here / "curves.csv", other=other / "curves.csv")
    unfinished = [evidence.read_unfinished(folder / manifest.UNFINISHED) for folder in (here, other)]
    taken = {trial.study for trial in unfinished[1]} | studies
    lines = [evidence.unfinished_line(t) for t in (*unfinished[1], *(t for t in unfinished[0] if t.study not in taken))]
    if lines:
        yield manifest.UNFINISHED, recording.texted("".join(lines))
    told = [_lines(folder / "history.jsonl") for folder in (here, other)]
    if any(told):
        yield "history.jsonl", recording.texted("".join([*told[0], *(line for line in told[1] if line not in told[0])]))


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
    return path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
