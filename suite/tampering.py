"""What an edit of the record leaves behind, and the refusal to build on one. No Keras.

Each trial carries its own hash, each figure too, and `judged.json` has one of the trials and circumstances that a study
was judged by: an edit is found though the manifest was made to match it. Who makes all of them again is found only by
running a seed again (`repro audit`), and by whoever has the record as it was.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

from common.errors import UserError
from suite import evidence, intact, judgements, manifest, provenance, registry
from suite.evidence import PAYLOAD
from suite.records import sha256

HASHED = (*manifest.TRIALS, manifest.UNFINISHED)
MOST = 5  # rows of one file that are told
_STAMP = "<!-- sha256 "


def of_module(name: str) -> list[str]:
    """Where the record of a reproduction is not what was recorded, whatever the manifest says."""
    folder = registry.results() / name
    unfinished, figures = folder / manifest.UNFINISHED, sorted(folder.glob("*.svg"))
    rows, faults = {file: list(evidence.rows(folder / file)) for file in manifest.TRIALS}, list[str]()
    for file, own in rows.items():
        faults += [f"{name}/{file}, {fault}" for fault in _told(_edited(own)) + _told(_doubled(own))]
        if bare(folder / file):
            faults.append(f"{name}/{file}: its trials carry no hashes; add them with: repro export")
    try:
        evidence.read_unfinished(unfinished)
    except UserError as error:
        faults.append(str(error))
    if unfinished.exists() and bare(unfinished):
        faults.append(f"{name}/{unfinished.name}: its trials carry no hashes; add them with: repro export")
    faults += [f"{name}/{path.name}: {fault}" for path in figures if (fault := _drawn(path))]
    return [*faults, *_unjudged(name, judgements.told(folder, *rows.values()))]


def _unjudged(name: str, now: judgements.Held) -> Iterator[str]:
    """What `judged.json` does not know of a reproduction."""
    folder = registry.results() / name
    judging, trials = folder / judgements.FILE, folder / "trials.csv"
    told, unlike = f"{name}/{judging.name}: ", judgements.unlike(folder, now)
    if judging.exists():
        known = judgements.entries(folder)
        yield from (f"{told}{_departed(folder, entry)}" for entry in unlike)
        for entry in (entry for entry, hashes in known.items() if len(hashes) > 1 and entry not in unlike):
            yield f"{told}study {entry} is not judged; type again what was stopped, or: repro export"
        if (folder / judgements.NEGATIVES).exists() and not unlike and judgements.NEGATIVES not in known:
            yield f"{told}{judgements.NEGATIVES} is not judged; write it with: repro export"
    elif trials.exists():
        again = f"restore it with: git checkout -- {judging}" if _hashed(trials) else "write it with: repro export"
        yield f"{told}missing; {again}"
    yield from (f"{told}{_gone(entry)}" for entry in judgements.lost(folder) if entry not in unlike)


def refuse(names: Iterable[str], *, folder: Path | None = None, anew: Container[str] = ()) -> None:
    """Refuses to build on what is on record of reproductions, here or in another record, unless it is as recorded.

    Of those that a run records `anew`, rows that were taken away or doubled are no obstacle, where the last commit has
    no others and these carry their hash. But where the manifest was made to match they are.

    Raises:
        UserError: a row, a file or a study is not, or is missing, with what to do. Nothing was written.
    """
    record = folder or registry.results()
    for name in names:
        own, trials, judging = record / name, record / name / "trials.csv", record / name / judgements.FILE
        if not judging.exists() and (provenance.ever(judging, "") or _hashed(trials)):
            raise _refusal(judging, "it is missing")
        spoilt = name in anew and _altered(record, f"{name}/{trials.name}") and not bare(trials)
        for file in sorted(manifest.EVIDENCE - {trials.name} if spoilt else manifest.EVIDENCE):
            refuse_file(record, f"{name}/{file}")
        if spoilt:
            refuse_rows(trials)
        if gone := judgements.lost(own):
            raise _refusal(judging, _gone(gone[0]))
        for entry in judgements.unlike(own, judgements.held(own)):
            if not (spoilt and judgements.regained(own, entry)):
                raise _judgement_refusal(own, entry)


def refuse_run(arms: Iterable[tuple[str, str, str]], claims: Container[str]) -> None:
    """Refuses a run that would add to a record which is not as it was recorded.

    Args:
        arms: reproduction, study and name of those that it records.
        claims: the ids of those that it decides. A reproduction is recorded anew where these are all that it has, and
            no arm on record is another: else seeds that another claim asked for would be missed by nobody.

    Raises:
        UserError: as `refuse`.
    """
    planned = set(arms)
    for name in sorted({name for name, _, _ in planned}):
        there = {(trial.study, trial.arm) for trial in evidence.read_trials(registry.results() / name / "trials.csv")}
        made = evidence.read_provenance(name)
        there |= {(study, arm) for study, fact in made.items() for arm in fact.settings}
        whole = all(claim.id in claims for claim in registry.claims(name))
        refuse([name], anew=[name] if whole and {(name, *arm) for arm in there} <= planned else ())


def refuse_file(record: Path, file: str) -> None:
    """Refuses evidence that the manifest does not list as it is, or lists and is not there, or that lost its hashes.

    Raises:
        UserError: it is such a file, naming the row where one is to blame.
    """
    values, path = manifest.listed(record).get(file, []), record / file
    if not path.exists():
        if values and path.name != manifest.UNFINISHED and not manifest.underway(record, file):
            raise _refusal(path, "it is missing")
        return
    if path.name in manifest.TRIALS:
        refuse_rows(path)
    if path.name == manifest.UNFINISHED:
        evidence.read_unfinished(path)
    if manifest.digest(path) not in values:
        raise _unlisted(record, path)
    if path.name in manifest.TRIALS and (fault := next(_doubled(evidence.rows(path)), "")):
        raise _refusal(path, fault)
    if path.name in HASHED and bare(path) and provenance.ever(registry.results() / file, PAYLOAD):
        raise _refusal(path, "its trials carried hashes, and do not any more")


def refuse_entry(name: str, entry: str) -> None:
    """Refuses to write a study, or the trials of negative controls, that was edited while others were trained.

    Raises:
        UserError: it is not what `judged.json` has, and no mere rows were taken away.
    """
    own = registry.results() / name
    if entry in judgements.unlike(own, judgements.held(own)) and not judgements.regained(own, entry):
        raise _judgement_refusal(own, entry)


def refuse_rows(path: Path) -> None:
    """Refuses trials of which one does not carry its own hash.

    Raises:
        UserError: there is one, naming its row.
    """
    if fault := next(_edited(evidence.rows(path)), ""):
        raise _refusal(path, fault)


def bare(path: Path) -> bool:
    """Whether a file of trials was written before these carried their hashes."""
    return path.exists() and PAYLOAD.encode() not in intact.content(path).partition(b"\n")[0]


def _hashed(trials: Path) -> bool:
    """Whether there are trials that carry hashes: whoever wrote these wrote what they were judged by."""
    return trials.exists() and not bare(trials)


def _altered(record: Path, file: str) -> bool:
    """Whether the manifest lists a file, and not as it is."""
    values, path = manifest.listed(record).get(file, []), record / file
    return bool(values) and not (path.exists() and manifest.digest(path) in values)


def stamped(svg: str) -> str:
    """A figure with the hash of itself at its end."""
    return f"{svg}{_STAMP}{sha256(svg)} -->\n"


def _edited(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Rows that do not carry their own hash, where the file has hashes at all."""
    for number, row in enumerate(rows, start=2):
        if PAYLOAD in row and row[PAYLOAD] != evidence.row_sha256(row):
            yield f"line {number} ({_named(row)}): not the trial that was recorded, by its hash"


def _doubled(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    counts = Counter((row.get("study"), row.get("arm"), row.get("seed")) for row in rows)
    return (f"{study}/{arm}, seed {seed}: there {n} times" for (study, arm, seed), n in counts.items() if n > 1)


def _named(row: Mapping[str, str]) -> str:
    return f"{row.get('study')}/{row.get('arm')}, seed {row.get('seed')}"


def _told(faults: Iterator[str]) -> list[str]:
    found = list(faults)
    more = [f"and {len(found) - MOST} rows more like these"] if len(found) > MOST else []
    return found[:MOST] + more


def _departed(folder: Path, entry: str) -> str:
    if entry == judgements.NEGATIVES:
        return f"{entry} holds other trials than were judged"
    if entry not in judgements.entries(folder):
        return f"study {entry} is not judged, and no run was stopped"
    return f"study {entry} was judged by other trials or another provenance than are on record"


def _gone(entry: str) -> str:
    return f"{entry} was judged, as the last commit has it, and is not any more"


def _drawn(path: Path) -> str:
    """What is wrong with a figure; empty for one that is as it was drawn."""
    try:
        svg, stamp, said = intact.text(path).rpartition(_STAMP)
    except UserError:
        return "not the figure that was drawn: it is no text"
    if not stamp:
        return "it carries no hash; draw it with: repro export"
    return "" if said == f"{sha256(svg)} -->\n" else "not the figure that was drawn, by its hash"


def _judgement_refusal(folder: Path, entry: str) -> UserError:
    return _refusal(folder / judgements.culprit(folder, entry), _departed(folder, entry))


def _unlisted(record: Path, path: Path) -> UserError:
    """The refusal of a file that is not as listed: the manifest is to blame where the last commit has the file so."""
    fault, listing = f"it is not the file that was recorded, by {manifest.NAME}", record / manifest.NAME
    if not provenance.last_commit(path):
        return _refusal(path, fault)
    if not provenance.last_commit(listing):
        return UserError(
            f"{path}: {fault}, which is not that of the last commit. Nothing was written. "
            f"Restore it with: git checkout -- {listing}"
        )
    return UserError(
        f"{path}: {fault}, and the last commit has both so. Nothing was written. A merge that took one side may have "
        f"lost a line of {listing}; see: git log -p -- {listing}"
    )


def _refusal(path: Path, fault: str) -> UserError:
    return UserError(
        f"{path}: {fault}. Nothing was written. Restore it with: git checkout -- {path} (where a run was stopped, type "
        f"it again; the record of another checkout comes in by: repro adopt FOLDER {path.parent.name})"
    )
