"""The evidence as an RO-Crate: one zip with every file of the record, what each is, and the runs that made it."""

import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common.errors import UserError
from suite import evidence, registry
from suite.citing.release import AUTHORS, NAME, RELEASED, TITLE, VERSION

PROFILE = "1.3"
"""The version of RO-Crate that is meant; told to the library, whose default changes with its releases. The terms of
this one ship with the library, so that a crate can be read and validated without a network."""
LICENCE = "https://www.apache.org/licenses/LICENSE-2.0"
TYPES = {".bib": "application/x-bibtex", ".cff": "text/yaml", ".jsonl": "application/jsonl", ".py": "text/x-python",
         ".sha256": "text/plain", ".md": "text/markdown", ".csv": "text/csv", "": "text/plain"}  # fmt: skip
WHAT = {
    "trials.csv": "Every trial of a full run, a row each: study, arm, seed, status, metrics, and its own hash.",
    "curves.csv": "Learning curves of the first seeds of each arm.",
    "verdicts.json": "The verdict of each claim, recomputed from the trials, with counts, intervals and effects.",
    "history.jsonl": "Every verdict that a claim ever had, a line each.",
    "provenance.json": "Commit, packages and machine of each full run.",
    "judged.json": "The hash of the trials and the provenance of each study, by which its verdicts were judged.",
    "pilots.csv": "Trials of pilot seeds, from which rates and quick bounds were chosen.",
    "negatives.json": "What the checks of each claim came to on numbers without its effect, which must not hold.",
    "negatives.csv": "Trials of the arms that only negative controls use.",
    "claims.json": "Every claim, and its review where it was judged, in schema.org's terms.",
    "claims.py": "What is claimed, and the questions and bars that were fixed before the run.",
    "negatives.py": "What each claim's negative control gives its questions.",
    "forecasts.csv": "Who gave which probability to which check before the run.",
    "MANIFEST.sha256": "The hash of every other file of the record.",
    "sources.bib": "Where the claims were made.",
    "catalogue.csv": "Every check that the catalogue of claims asks for, and its kind.",
    "sentences.csv": "The sentences of each source in the order of its text, and why some cannot be tested.",
    "CITATION.cff": "How to cite the suite.",
}
BY_KIND = {
    ".py": "What a study trains, and on which data.",
    ".svg": "A figure or a badge.",
    ".md": "A table or page for people to read.",
    ".csv": "A table.",
}


def write(path: Path) -> int:
    """Writes the crate to a zip file.

    Returns:
        How many files it holds.

    Raises:
        UserError: the name does not end in .zip, the `rocrate` package is missing, or the file cannot be written.
    """
    if path.suffix != ".zip":
        raise UserError(f"--rocrate {path} is not the name of a zip file; give one that ends in .zip.")
    try:
        from rocrate.model.contextentity import ContextEntity
        from rocrate.rocrate import ROCrate
    except ImportError:
        raise UserError("--rocrate needs the rocrate package: pip install 'rocrate>=0.16'") from None
    crate = ROCrate(version=PROFILE)
    author = crate.add(ContextEntity(crate, "#authors", {"@type": "Organization", "name": AUTHORS}))
    terms = {"@type": "CreativeWork", "name": "Apache License 2.0", "description": "Of the code and the record."}
    licence = crate.add(ContextEntity(crate, LICENCE, terms))
    crate.name, crate.description, crate.license = f"{NAME} {VERSION}", f"{TITLE}.", licence
    crate.root_dataset["datePublished"] = RELEASED
    crate.root_dataset["author"] = crate.root_dataset["publisher"] = author
    added = {place: crate.add_file(file, place, record_size=True, properties=_said(place)) for place, file in files()}
    for name in registry.names():
        for study, made in evidence.read_provenance(name).items():
            action = {"@type": "CreateAction", "name": f"Full run of {name}/{study} at commit {made.commit}"}
            action |= {"endTime": made.date, "description": f"{made.backend} on {made.cpu}, {made.platform}"}
            run = crate.add(ContextEntity(crate, f"#run-{name}-{study}", action))
            run["agent"] = author
            parts = {"instrument": f"reproductions/{name}/studies/{study}.py"}
            parts |= {"object": f"reproductions/{name}/claims.py", "result": f"results/{name}/trials.csv"}
            for part, place in parts.items():
                if place in added:  # a study that is gone leaves its runs behind
                    run[part] = added[place]
            crate.root_dataset.append_to("mentions", run)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        crate.write_zip(path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; name another file.") from None
    return len(added)


def files() -> Iterator[tuple[str, Path]]:
    """Every file of the crate, by its place in it: the record, what was asked before the run, and what trained."""
    record = registry.results()
    for path in sorted(record.rglob("*")):
        place = path.relative_to(record)
        if path.is_file() and not any(part.startswith(".") for part in place.parts) and place.parts[0] != "page":
            yield f"results/{place.as_posix()}", path
    code = (path for path in registry.FOLDER.rglob("*.py") if not path.name.startswith(("test_", "conftest")))
    asked = (*registry.FOLDER.glob("*.bib"), *registry.FOLDER.glob("*.csv"), *code)
    others = (path for name in ("LICENSE", "CITATION.cff") if (path := registry.ROOT / name).exists())
    for path in (*sorted(asked), *others):
        yield path.relative_to(registry.ROOT).as_posix(), path


def _said(place: str) -> dict[str, Any]:
    name = Path(place).name
    kind = TYPES.get(Path(place).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    what = WHAT.get(name) or BY_KIND.get(Path(place).suffix, "Part of the record.")
    return {"name": place, "encodingFormat": kind, "description": what}
