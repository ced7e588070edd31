"""Finds the reproductions and their claims. The folders are the list; nothing is registered by hand. No Keras."""

import ast
import importlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_args

from common.errors import UserError, nearest
from common.home import home as home
from common.home import named_folder
from common.study import Arm, Data, Study, Tier
from suite import claim_files, formats, intact, remembered, shapes
from suite.claim_files import line
from suite.claims import Claim
from suite.negatives import Negative
from suite.records import canonical_json, program, syntax_tree

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "reproductions"


def results() -> Path:
    """The record: `REPRO_RESULTS`, else `results` beside the code. Only `repro` writes it.

    Raises:
        UserError: it is a file, or no path, or a newer version wrote it.
    """
    folder = named_folder(os.environ.get("REPRO_RESULTS") or ROOT / "results", "REPRO_RESULTS")
    if folder.is_file():
        raise UserError(f"{folder} is a file, and the record is a folder; move it, or name a folder in REPRO_RESULTS")
    formats.check(folder)
    return folder


@cache
def names() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/claims.py")))


def edition_1() -> Path:
    """The record of edition 1: history, as it was judged in its own time."""
    return ROOT / "results" / "edition-1"


def claims(name: str) -> tuple[Claim, ...]:
    """The claims of a reproduction; none where its `claims.py` is broken, as `broken` says."""
    return () if name in broken() else _read(name)[0]


@cache
def broken() -> dict[str, str]:
    """Reproductions whose claims cannot be read, and why: the others go on working."""
    owners: dict[str, list[str]] = {}
    for name in names():
        for claim in _read(name)[0]:
            owners.setdefault(claim.id, []).append(name)
    found = {name: fault for name in names() if (fault := _read(name)[1])}
    for identity, modules in owners.items():
        for name in modules if len(modules) > 1 else ():
            others = " and ".join(other for other in modules if other != name)
            found.setdefault(name, f"its claim {identity} has the id of one of {others}; give the newer another")
    return found


@cache
def _read(name: str) -> tuple[tuple[Claim, ...], str]:
    """The claims of a `claims.py`, or none and what is wrong with it."""
    try:
        module = importlib.import_module(f"reproductions.{name}.claims")
    except (Exception, SystemExit) as error:
        reason = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
        return (), f"{type(error).__name__}: {reason:.200}{line(error, f'{name}/claims.py')}"
    fault = claim_files.unfit(module)
    return (() if fault else tuple(module.CLAIMS)), fault


def forget_claims() -> None:
    """Has every `claims.py` that is imported anew read anew."""
    broken.cache_clear()
    _read.cache_clear()


def all_claims() -> dict[str, tuple[str, Claim]]:
    """Claim id to (reproduction, claim), in the order of the folders and of each `claims.py`."""
    return {claim.id: (name, claim) for name in names() for claim in claims(name)}


def select(words: list[str]) -> dict[str, tuple[str, Claim]]:
    """The claims meant by ids or names of reproductions; all of them for no words.

    Raises:
        UserError: a word is neither, with the nearest that are.
    """
    known = all_claims()
    chosen: set[str] = set()
    for name, fault in unreadable().items():
        if name in words:
            raise UserError(f"{fault}; mend it, or name other claims.")
        if not words:
            print(f"repro: warning: {fault}; mend it. The claims of others are not touched by it.", file=sys.stderr)
    for word in words:
        meant = {word} if word in known else {i for i, (name, _) in known.items() if name == word.replace("-", "_")}
        if not meant:
            raise unknown(word, [*known, *names()], "claim or reproduction")
        chosen |= meant
    return {i: entry for i, entry in known.items() if not words or i in chosen}


def unreadable() -> dict[str, str]:
    """Reproductions whose claims cannot be read, each with a sentence that names the file."""
    return {name: f"reproductions/{name}/claims.py cannot be read: {reason}" for name, reason in broken().items()}


def unknown(word: str, known: Iterable[str], what: str) -> UserError:
    """What is said of a word that means nothing here: the nearest that do, and where others may be lost."""
    near = f"unknown {what} {word!r}; {nearest(word, known, otherwise='see: repro list', most=3)}"
    return UserError("; ".join([*(f"{fault}; mend it first" for fault in unreadable().values()), near]))


def study_names(name: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (FOLDER / name / "studies").glob("[a-z]*.py")))


def study(name: str, question: str) -> Study:
    """Imports a study, and with it Keras: choose the backend first.

    Raises:
        UserError: its file, or one that it imports, is broken, or it does not say which data it needs.
    """
    file = f"{name}/studies/{question}.py"
    try:
        found = importlib.import_module(f"reproductions.{name}.studies.{question}")
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise UserError(f"reproductions/{file} cannot be imported: {reason}{line(error, file)}; mend it") from error
    if (data := getattr(found, "DATASET", None)) not in get_args(Data):
        said = "has no DATASET" if data is None else f"has the DATASET {data!r:.40}"
        raise UserError(f"reproductions/{file} {said}; write one of {', '.join(map(repr, get_args(Data)))}.")
    return cast(Study, found)


def arms(name: str, question: str, tier: Tier) -> tuple[Arm, ...]:
    """The arms that a study declares at a tier.

    Raises:
        UserError: one of them is no arm, or two have one name, or to ask for them is an error.
    """
    asked = study(name, question).arms
    try:
        declared = tuple(asked(tier))
        for arm in declared:
            if not isinstance(arm, Arm):
                raise ValueError(f"{arm!r:.80} is no Arm")
            canonical_json(arm.settings)
    except UserError:
        raise
    except ValueError as error:
        raise UserError(f"study {name}/{question} declares a bad arm at the {tier} tier: {error}.") from None
    except Exception as error:
        file = f"{name}/studies/{question}.py"
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise UserError(
            f"reproductions/{file} cannot tell its arms at the {tier} tier: {reason:.200}{line(error, file)}; have "
            f"`arms` return a tuple of Arm whose settings are JSON"
        ) from error
    if doubled := [twice for twice, count in Counter(arm.name for arm in declared).items() if count > 1]:
        raise UserError(
            f"study {name}/{question} declares two arms called {doubled[0]!r} at the {tier} tier; name them apart."
        )
    return declared


def metrics(name: str, question: str) -> Mapping[str, str]:
    """The literal `METRICS` of a study, read without importing it: each metric and what it is.

    Raises:
        UserError: the study has no such literal, or is no Python.
    """
    path = FOLDER / name / "studies" / f"{question}.py"
    for statement in syntax_tree(program(path)).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "METRICS" for target in targets):
            try:
                return cast(Mapping[str, str], ast.literal_eval(statement.value))  # type: ignore[attr-defined]
            except ValueError:
                break
    raise UserError(f"{path} has no METRICS: name each metric that it records, as a literal, and say what it is.")


def timed(name: str, question: str) -> bool:
    """Whether the trials of a study are blocks of timings (`common/timing.py`). Imports the study."""
    return bool(getattr(study(name, question), "TIMED", False))


@cache
def study_sha256(name: str, question: str) -> str:
    """Hash of what a study computes: its file, the reproduction's `model.py`, and all that they import of it."""
    return remembered.code_sha256(name, question)


def code_now(name: str, question: str) -> str:
    """The hash of a study as it is; of one that an author has broken meanwhile, that of nothing."""
    try:
        return study_sha256(name, question)
    except UserError:
        return ""


def figures(name: str) -> ModuleType | None:
    """The module that draws a reproduction's figures, where it has one."""
    exists = (FOLDER / name / "figures.py").exists()
    return importlib.import_module(f"reproductions.{name}.figures") if exists else None


def analysis(name: str) -> ModuleType | None:
    """The module that draws conclusions from a reproduction's records which no claim asks for, where it has one."""
    exists = (FOLDER / name / "analysis.py").exists()
    return importlib.import_module(f"reproductions.{name}.analysis") if exists else None


def negatives(name: str) -> dict[str, Negative]:
    """The negative controls that a reproduction declares, by claim; UserError where its file is broken."""
    if not (FOLDER / name / "negatives.py").exists():
        return {}
    try:
        declared = tuple(importlib.import_module(f"reproductions.{name}.negatives").NEGATIVES)
        found: dict[str, Negative] = {negative.claim: negative for negative in declared}
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        where = f"reproductions/{name}/negatives.py"
        raise UserError(f"{where} cannot be read: {reason}{line(error, f'{name}/negatives.py')}; mend it") from error
    if len(found) < len(declared):
        raise UserError(f"reproductions/{name}/negatives.py has two negative controls of one claim; leave one out.")
    return found


def lessons() -> dict[str, str]:
    """The reproductions that have a lesson, each with the question that its docstring asks.

    Raises:
        UserError: a lesson is no Python.
    """
    asked = {}
    for path in sorted(FOLDER.glob("*/lesson.py")):
        asked[path.parent.name] = (ast.get_docstring(syntax_tree(program(path))) or "").partition("\n")[0]
    return asked


def lesson(name: str) -> ModuleType:
    """The lesson of a reproduction, a marimo app."""
    return importlib.import_module(f"reproductions.{name}.lesson")


def recorded_verdicts(name: str, *, folder: Path | None = None) -> dict[str, dict[str, Any]]:
    """What `verdicts.json` of a reproduction says; empty before its first full run.

    Args:
        folder: another record than `results()`, as that of edition 1.

    Raises:
        UserError: the file is damaged.
    """
    path = (folder or results()) / name / "verdicts.json"
    if not path.exists():
        return {}
    content = intact.text(path)
    _refuse_damage(path, content, of_another=folder is not None)
    found: dict[str, dict[str, Any]] = json.loads(content)
    return {claim: shapes.completed(said) for claim, said in found.items()} if folder else formats.verdicts(found)


@lru_cache(maxsize=100)
def _refuse_damage(path: Path, content: str, of_another: bool) -> None:
    """Looks once at verdicts as a file holds them: a look takes longer than to read, and a command reads them often."""
    intact.value(path, {"*": shapes.FIRST if of_another else (shapes.VERDICT, shapes.BEFORE)}, content)


def recorded_negatives(name: str, *, folder: Path | None = None) -> dict[str, dict[str, Any]]:
    """What `negatives.json` of a reproduction, in the record `folder`, says of its negative controls; empty without.

    Raises:
        UserError: the file is damaged.
    """
    path = (folder or results()) / name / "negatives.json"
    found: dict[str, dict[str, Any]] = intact.value(path, {"*": shapes.NEGATIVE}) if path.exists() else {}
    return found


def ever_recorded(*, first: bool = True) -> set[tuple[str, str]]:
    """Each claim that has a verdict on record, here or, unless told otherwise, in edition 1, with its reproduction."""
    editions = [results(), *([edition_1()] if first else [])]
    places = [(path.parent.parent, path.parent.name) for e in editions for path in e.glob("*/verdicts.json")]
    return {(identity, name) for folder, name in places for identity in recorded_verdicts(name, folder=folder)}
