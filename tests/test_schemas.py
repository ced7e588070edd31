"""Every file of the record has a schema that admits what is written, and no wrong value of any of its fields."""

import copy
import csv
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import jsonschema
import pytest

from common.trials import Trial
from suite import evidence, formats, registry, schemas
from suite.journal import Journal

FREE = ("settings",)  # objects whose content no schema limits
EVERY = 97  # rows of a table that are looked at one by one: the first, and each so many after it
TRIAL = Trial.model_validate(
    {"study": "s", "arm": "a", "seed": 1000, "tier": "full", "key": "a" * 64, "backend": "jax", "dataset": "synthetic"}
    | {"data_sha256": "", "metrics": {"m": 0.5, "lost": None}, "curves": {"m": [(0, None), (5, 0.5)]}}
)
WRONG: Mapping[str, tuple[tuple[str, Any], ...]] = {
    "trials": (
        ("seed", -1), ("seed", 1.5), ("tier", "slow"), ("status", "fine"), ("steps", -1), ("stopped", "True"),
        ("seconds", -0.5), ("lanes", 0), ("key", "a" * 63), ("data_sha256", "A" * 64), ("m", "0.5"), ("m", ""),
    ),
    "unfinished": (("seed", -1), ("metrics", {"m": "0.5"}), ("curves", {"m": [[0]]}), ("curves", {"m": [[0.5, 1]]})),
    "curves": (("steps", ""), ("steps", "1  2"), ("steps", "1.5"), ("values", "nan"), ("values", "1,2"), ("seed", -1)),
    "table": (("kind", "other"), ("outcome", "maybe")),
    "history": (
        ("verdict", "inconclusive"), ("checks", "f" * 63), ("fixed", "main"), ("judged", "f" * 41), ("trained", ["x"]),
        ("clean", "yes"), ("changed_after_trials", None),
    ),
    "provenance": (("peak_megabytes", 0), ("packages", {"keras": 3}), ("flags", []), ("earlier", [1])),
    "verdicts": (
        ("level", 1.5), ("level", None), ("low", "0.5"), ("yes", 0.5), ("n", -1), ("bar", "half"), ("outcome", "maybe"),
        ("edition", 3), ("nature", "guess"), ("verdict", "inconclusive"), ("kind", "other"), ("clean", 1),
    ),
    "judged": (("frontier", "a"), ("frontier", None)),
    "negatives": (
        ("state", "fine"), ("word", "maybe"), ("turned", ""), ("records", ["curves"]), ("yes", -1), ("n", 1.5),
        ("needed", "3"), ("claim_sha256", "a"), ("code_sha256", {"s": "a"}), ("outcome", "maybe"),
    ),
    "verdicts-edition-1": (("verdict", "undecided"), ("role", "size"), ("outcome", "split"), ("relation", "=")),
    "claims": (("@type", "Thing"), ("ratingValue", 4), ("worstRating", 0), ("datePublished", "today"), ("url", None)),
    "benchmarks": (("date", "today"), ("memory_megabytes", 0), ("ratio", -1.0), ("rounds", -1), ("short", 0)),
    "journal": (("user_version", 2), ("sha256", "a"), ("payload", "{}"), ("key", 1)),
}  # fmt: skip
"""Wrong values of the right type, or near it."""


@cache
def validator(name: str) -> Any:
    return jsonschema.Draft202012Validator(schemas.schemas()[name])


def typed(row: Mapping[str, str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A row of text as the object that its schema speaks of."""
    found: dict[str, Any] = {}
    for name, text in row.items():
        kind = schema["properties"].get(name, {"type": "string"} if name.endswith("_sha256") else {}).get("type")
        if kind is None and text:
            found[name] = None if text == evidence.NULL else float(text)
        elif kind is not None:
            known = {"integer": int, "number": float, "boolean": {"True": True, "False": False}.__getitem__}
            found[name] = known.get(kind, str)(text)
    return found


def instances(path: Path, name: str) -> list[Any]:
    """What a file holds, as its schema speaks of it: the whole, its lines, or some of its rows."""
    if path.suffix == ".json":
        return [json.loads(path.read_text(encoding="utf-8"))]
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        head, *rows = [
            [cell.removeprefix("'") for cell in row] for row in (next(reader), *islice(reader, 0, None, EVERY))
        ]
    return [typed(dict(zip(head, row, strict=True)), validator(name).schema) for row in rows]


def named(path: Path) -> str:
    """The schema of a file that a record holds, in whatever folder the record lies."""
    return str(schemas.of(PurePosixPath(*path.parts[-2:])) or schemas.of(PurePosixPath(path.name)))


def faults(path: Path) -> list[str]:
    """What is wrong with a file of a record by its schema."""
    name = named(path)
    return [f"{path}: {error.message}" for one in instances(path, name) for error in validator(name).iter_errors(one)]


def recorded() -> Iterator[tuple[Path, PurePosixPath]]:
    """Each file of the record that git knows or may know, with its place in it."""
    folder = registry.ROOT / "results"
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.is_file() and not place.parts[0].startswith((".", "page")):
            yield path, PurePosixPath(place)


def test_every_file_of_the_record_has_a_schema_or_a_reason() -> None:
    places = [place for _, place in recorded()]
    assert len(places) > 300
    assert [str(place) for place in places if bool(schemas.of(place)) == bool(schemas.why_none(place))] == []
    for unknown in ("notes.txt", "parity/notes.json", "parity/trials.csv/more.csv", "parity/deep/trials.csv", "a.csv"):
        place = PurePosixPath(unknown)
        assert not schemas.of(place), unknown
        assert not schemas.why_none(place), unknown


@pytest.mark.parametrize("name", sorted(set(schemas.FILES.values()) - {"unfinished"}))
def test_what_is_on_record_is_as_its_schema_says(name: str) -> None:
    files = [path for path, place in recorded() if schemas.of(place) == name]
    assert files
    for path in files:
        for one in instances(path, name):
            validator(name).validate(one)


def test_what_a_run_writes_is_as_its_schemas_say(trained: Any) -> None:
    found = {path.relative_to(trained.results).as_posix(): path for path in trained.results.rglob("[!.]*.*")}
    assert {"stub/trials.csv", "stub/curves.csv", "stub/provenance.json", "stub/history.jsonl"} <= set(found)
    for place, path in found.items():
        if schemas.of(PurePosixPath(place)):
            assert not faults(path)
        else:
            assert schemas.why_none(PurePosixPath(place)), place
    assert (trained.results / "FORMAT").read_text() == f"{formats.FORMAT}\n"
    written = {path.name: json.loads(path.read_text()) for path in (trained.results / "schemas").iterdir()}
    assert written == {f"{name}.schema.json": schema for name, schema in schemas.schemas().items()}


def test_the_record_holds_the_schemas_of_its_format() -> None:
    for name, schema in schemas.schemas().items():
        text = (registry.ROOT / f"results/schemas/{name}.schema.json").read_text(encoding="utf-8")
        assert json.loads(text)["$id"] == schema["$id"] == f"urn:dl-reproductions:{formats.FORMAT}:{name}"
    assert (registry.ROOT / "results/FORMAT").read_text() == f"{formats.FORMAT}\n"


def journal(folder: Path) -> dict[str, Any]:
    """A journal of one trial, as its schema speaks of it."""
    path = folder / "journal.sqlite"
    with Journal(path) as opened:
        opened.add(TRIAL)
    with closing(sqlite3.connect(path)) as connection:
        (table,) = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchone()
        columns = [(column, kind) for _, column, kind, *_ in connection.execute(f"PRAGMA table_info({table})")]
        assert {kind for _, kind in columns} == {"TEXT"}
        rows = [dict(zip(dict(columns), row, strict=True)) for row in connection.execute(f"SELECT * FROM {table}")]
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    return {"user_version": version, table: [row | {"payload": json.loads(row["payload"])} for row in rows]}


def examples(name: str, folder: Path) -> list[Any]:
    """Instances of a schema in which each of its fields comes up."""
    if name == "journal":
        return [journal(folder)]
    if name == "unfinished":
        return [json.loads(TRIAL.model_dump_json()) | {"payload_sha256": "a" * 64}]
    if name == "judged":
        return [{"frontier": "a" * 64}]
    files = [path for path, place in recorded() if schemas.of(place) == name]
    found = [one for path in (files[:1] if files[0].suffix == ".csv" else files) for one in instances(path, name)]
    if name in ("verdicts", "verdicts-edition-1", "provenance"):  # an object of many alike
        found = [{key: part} for one in found for key, part in one.items()]
    if name == "provenance":
        found += [{s: p | {"settings": {"a": {"rate": 1}}, "peak_megabytes": 9.5}} for s, p in found[0].items()]
    if name == "claims":
        found = [whole | {"@graph": [part]} for whole in found for part in whole["@graph"]]
    if name == "benchmarks":
        first = {key: part[:1] if isinstance(part, list) else part for key, part in found[0].items()}
        ratio = {key: first["rows"][0][key] for key in ("ratio", "low", "high", "ours_seconds", "peer_seconds")}
        more = {"rows": [first["rows"][0] | {"worker_megabytes": 9.5}], "load": [first["load"][0] | {"died": 3}]}
        found = [first | more | {"commands": [ratio | {"command": "repro run", "rounds": 1}]}]
    if name == "trials":
        found = [one | {"m": 0.5} for one in found[:1]]
    seen: set[str] = set()
    return [cut(one, seen) for one in found if fields(one) & declared(validator(name).schema) - seen]


def cut(part: Any, seen: set[str]) -> Any:
    """An instance with the first element of each list, and of the others those in which another field comes up."""
    if isinstance(part, list):
        return [cut(item, seen) for place, item in enumerate(part) if not place or fields(item) - seen]
    if isinstance(part, dict):
        seen |= set(part)
        return {key: cut(value, seen) for key, value in part.items()}
    return part


def fields(part: Any) -> set[str]:
    return {way[-1] for way in places(part) if isinstance(way[-1], str)}


def places(part: Any, *way: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every value in an instance, without the whole and what is free."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield (*way, key)
        if key not in FREE:
            yield from places(value, *way, key)


def changed(whole: Any, way: tuple[Any, ...], change: Any) -> Any:
    """A copy of an instance in which `change(parent, key)` was done at the end of a way."""
    whole = copy.deepcopy(whole)
    parent = whole
    for key in way[:-1]:
        parent = parent[key]
    change(parent, way[-1])
    return whole


def declared(schema: Any, *, left_out: bool = False) -> set[str]:
    """The names of all fields that a schema knows, or of those that may be left out."""
    if isinstance(schema, list):
        return {name for part in schema for name in declared(part, left_out=left_out)}
    if not isinstance(schema, dict):
        return set()
    own = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set[str]()
    own -= set(schema.get("required", ())) if left_out else set()
    return own | {name for part in schema.values() for name in declared(part, left_out=left_out)}


@pytest.mark.parametrize("name", sorted(schemas.schemas()))
def test_a_schema_refuses_a_wrong_value_of_each_of_its_fields(name: str, tmp_path: Path) -> None:
    schema, known, seen = validator(name).schema, examples(name, tmp_path), set[str]()
    validator(name).check_schema(schema)
    needed = declared(schema) - declared(schema, left_out=True)
    odd = {"wrong": [True]}
    for one in known:
        validator(name).validate(one)
        for way in places(one):
            seen.add(str(way[-1]))
            wrong = [changed(one, way, lambda parent, key: parent.__setitem__(key, odd))] if way[-1] not in FREE else []
            if way[-1] in needed:
                wrong.append(changed(one, way, lambda parent, key: parent.pop(key)))
            if isinstance(way[-1], str):
                wrong.append(changed(one, way, lambda parent, key: parent.__setitem__("unknown", odd)))
            assert not [way for whole in wrong if validator(name).is_valid(whole)]
    assert declared(schema) <= seen, "a field comes up in no example"
    for field, value in WRONG.get(name, ()):
        found = [(one, way) for one in known for way in places(one) if way[-1] == field]
        assert found, field
        for one, way in found:
            wrong = [changed(one, way, lambda parent, key, value=value: parent.__setitem__(key, value))]
            assert not validator(name).is_valid(wrong[0]), f"{field}: {value!r}"
