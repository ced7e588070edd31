"""JSON Schema (draft 2020-12) of every file of the record and of the journal: what another program may rely on.

Each follows from the type by which a file is written, and lies in `schemas/` of the record. No Keras.
"""

import json
from collections.abc import Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from pydantic import TypeAdapter

from common.trials import Trial
from suite import benchmark_documents, documents, evidence, tables
from suite.formats import FILE, FORMAT
from suite.records import SCHEMA_VERSION, Provenance

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FILES = {
    "*/trials.csv": "trials",
    "*/pilots.csv": "trials",
    "*/negatives.csv": "trials",
    "*/withdrawn.csv": "trials",
    "*/curves.csv": "curves",
    "*/table.csv": "table",
    "*/verdicts.json": "verdicts",
    "*/judged.json": "judged",
    "*/negatives.json": "negatives",
    "*/history.jsonl": "history",
    "*/unfinished.jsonl": "unfinished",
    "*/provenance.json": "provenance",
    "claims.json": "claims",
    "benchmarks.json": "benchmarks",
    "edition-1/*/verdicts.json": "verdicts-edition-1",
    "edition-1/*/table.csv": "table-edition-1",
}
"""The schema of each file of the record; of a `.jsonl` that of a line, of a `.csv` that of a row."""
WITHOUT = {
    "*.md": "prose and tables for people",
    "*.svg": "a picture",
    "*MANIFEST.sha256": "lines of `sha256sum`, which `repro verify` checks",
    FILE: "a number",
    "schemas/*.json": "a schema, by the draft that it names",
    "edition-1/trial.schema.json": "a schema, as edition 1 left it",
}
"""Files without a schema, and why."""
ROW = (
    "A row as an object, each cell as its column says: True and False are booleans, an apostrophe at the start of text "
    "is left out. "
)
FIRST_TABLE = (
    "claim", "n, failed", "statistic", "99 % interval", "threshold", "verdict", "prior right?", "published (status)",
)  # fmt: skip
HASH: Schema = {"type": "string", "pattern": "^([0-9a-f]{64})?$"}
HASHES = {"_sha256$": HASH}
"""What a hash is called, in a trial and in its row."""
TEXT: Schema = {"type": "string"}


def of(file: PurePosixPath) -> str | None:
    """The name of the schema of a file of the record, which is named relative to it; None where it has none."""
    known = [name for pattern, name in FILES.items() if _matches(file, pattern)]
    if not known and file.parts[0] == "edition-1":
        return of(file.relative_to("edition-1"))
    return known[0] if known else None


def why_none(file: PurePosixPath) -> str:
    """Why a file has no schema; empty where no reason is known."""
    return next((why for pattern, why in WITHOUT.items() if fnmatch(str(file), pattern)), "")


def _matches(file: PurePosixPath, pattern: str) -> bool:
    parts = pattern.split("/")
    return len(parts) == len(file.parts) and all(map(fnmatch, file.parts, parts))


@cache
def files() -> tuple[tuple[str, str], ...]:
    """Each schema with its place in the record."""
    texts = ((name, json.dumps(schema, indent=1, ensure_ascii=False)) for name, schema in schemas().items())
    return tuple((f"schemas/{name}.schema.json", f"{text}\n") for name, text in texts)


@cache
def schemas() -> Mapping[str, Schema]:
    """Every schema by its name: made once a process, as every write of the index asks for all of them."""
    trial = _typed(Trial)
    found = {
        "unfinished": {**trial, "patternProperties": HASHES},
        "trials": _trials(trial),
        "curves": _curves(trial),
        "table": _row({**dict.fromkeys(tables.CHECKS, TEXT), **_words()}),
        "verdicts": _typed(dict[str, documents.Verdict]),
        "judged": _typed(dict[str, documents.Sha256]),
        "negatives": _typed(dict[str, documents.Negative]),
        "history": _typed(documents.HistoryLine),
        "provenance": _typed(dict[str, Provenance]),
        "claims": _typed(documents.Graph),
        "benchmarks": _typed(benchmark_documents.Benchmarks),
        "verdicts-edition-1": _typed(dict[str, documents.FirstVerdict]),
        "table-edition-1": _row(dict.fromkeys(FIRST_TABLE, TEXT)),
        "journal": _journal(trial),
    }
    return {name: {"$schema": DRAFT, "$id": f"urn:dl-reproductions:{FORMAT}:{name}", **s} for name, s in found.items()}


def _typed(kind: Any) -> Schema:
    bare: Schema = _bare(TypeAdapter(kind).json_schema())
    return bare


def _bare(part: Any) -> Any:
    """Without titles, which repeat names, and without the null that stands for what was left out."""
    if isinstance(part, list):
        return [_bare(item) for item in part]
    if not isinstance(part, dict):
        return part
    noise = [key for key, value in part.items() if (key, type(value)) in (("title", str), ("default", type(None)))]
    return {key: _bare(value) for key, value in part.items() if key not in noise}


def _row(columns: Mapping[str, Schema], **others: Any) -> Schema:
    """Of a row that has all these columns."""
    known = {"type": "object", "description": ROW, "properties": dict(columns), "required": list(columns)}
    return {**known, "additionalProperties": False, **others}


def _trials(trial: Schema) -> Schema:
    """A row of `trials.csv` is a trial without its curves: first what all trials have, then a column a metric."""
    columns = {
        name: HASH if name in ("key", "data_sha256") else {**trial["properties"][name]} for name in evidence.COLUMNS
    }
    for column in columns.values():
        column.pop("default", None)  # no cell is left out
    told = "Every other column is a metric, a number or null; an empty cell of it is left out, as nothing was measured."
    others = {"additionalProperties": {"type": ["number", "null"]}, "patternProperties": HASHES}
    return _row(columns, description=ROW + told, **others)


def _curves(trial: Schema) -> Schema:
    number = r"-?\d+(\.\d+)?(e[+-]\d+)?"
    lists: Mapping[str, Schema] = {
        "steps": {"type": "string", "pattern": r"^-?\d+( -?\d+)*$"},
        "values": {"type": "string", "pattern": f"^{number}( {number})*$"},
    }
    told = "A row is a curve: at each of its steps a value, both with spaces between."
    known = {name: trial["properties"][name] for name in ("study", "arm", "seed")}
    return _row({**known, "metric": TEXT, **lists}, description=ROW + told)


def _words() -> Mapping[str, Schema]:
    """The columns of `table.csv` whose words are few."""
    finding = documents.Finding.model_json_schema()["properties"]
    return {name: {"type": "string", "enum": finding[name]["enum"]} for name in ("kind", "outcome")}


def _journal(trial: Schema) -> Schema:
    columns = {"key": TEXT, "payload": trial, "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}
    return {
        "type": "object",
        "description": (
            "The journal, a SQLite database, as an object: `user_version` is that of its pragma, `trials` are the rows "
            "of its one table, all of them text; `payload` is JSON, and `sha256` the hash of its bytes."
        ),
        "additionalProperties": False,
        "properties": {
            "user_version": {"const": SCHEMA_VERSION},
            "trials": {"type": "array", "items": _row(columns, description="A finished trial.")},
        },
        "required": ["user_version", "trials"],
    }
