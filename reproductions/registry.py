"""Finds the reproductions and their claims. The folders are the list; nothing is registered by hand. No Keras."""

import ast
import importlib
import json
import os
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from common.claims import Claim
from common.errors import UserError
from common.records import code_sha256
from common.study import Study

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent


def home() -> Path:
    """Where journal and compiled programs are kept: `REPRO_HOME`, else `.repro` beside the code."""
    return Path(os.environ.get("REPRO_HOME", ROOT / ".repro")).absolute()


def results() -> Path:
    """The record: `REPRO_RESULTS`, else `results` beside the code. Only `repro` writes it."""
    return Path(os.environ.get("REPRO_RESULTS", ROOT / "results")).absolute()


@cache
def names() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/claims.py")))


@cache
def claims(name: str) -> tuple[Claim, ...]:
    module = importlib.import_module(f"reproductions.{name}.claims")
    return cast(tuple[Claim, ...], module.CLAIMS)


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
    for word in words:
        meant = {word} if word in known else {i for i, (name, _) in known.items() if name == word.replace("-", "_")}
        if not meant:
            near = get_close_matches(word, [*known, *names()], n=3, cutoff=0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else "see: repro list"
            raise UserError(f"unknown claim or reproduction {word!r}; {hint}")
        chosen |= meant
    return {i: entry for i, entry in known.items() if not words or i in chosen}


def study_names(name: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (FOLDER / name / "studies").glob("[a-z]*.py")))


def study(name: str, question: str) -> Study:
    """Imports a study, and with it Keras: choose the backend first."""
    return cast(Study, importlib.import_module(f"reproductions.{name}.studies.{question}"))


@cache
def study_sha256(name: str, question: str) -> str:
    """Hash of what a study computes: its file, `model.py`, and the parts `studies/_*.py` that it imports."""
    file, model = FOLDER / name / "studies" / f"{question}.py", FOLDER / name / "model.py"
    return code_sha256(*[path for path in (file, model) if path.exists()], *_parts(file))


def _parts(study: Path) -> list[Path]:
    """The modules `_*.py` beside a study that it imports, directly or through one another, in order of their names."""
    found = [study] if study.exists() else []
    for path in found:  # which grows meanwhile
        froms = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
        names = {alias.name for node in froms for alias in node.names} | {str(n.module).split(".")[-1] for n in froms}
        beside = {path.with_name(f"{name}.py") for name in names if name.startswith("_")}
        found += [part for part in sorted(beside - set(found)) if part.exists()]
    return sorted(set(found) - {study})


def figures(name: str) -> ModuleType | None:
    """The module that draws a reproduction's figures, where it has one."""
    exists = (FOLDER / name / "figures.py").exists()
    return importlib.import_module(f"reproductions.{name}.figures") if exists else None


def analysis(name: str) -> ModuleType | None:
    """The module that draws conclusions from a reproduction's records which no claim asks for, where it has one."""
    exists = (FOLDER / name / "analysis.py").exists()
    return importlib.import_module(f"reproductions.{name}.analysis") if exists else None


def recorded_verdicts(name: str) -> dict[str, dict[str, Any]]:
    """What `verdicts.json` of a reproduction says; empty before its first full run.

    Raises:
        UserError: the file is not readable as JSON.
    """
    path = results() / name / "verdicts.json"
    try:
        verdicts = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(verdicts, dict) or not all("verdict" in entry for entry in verdicts.values()):
            raise ValueError("it holds no verdicts")
        return cast(dict[str, dict[str, Any]], verdicts)
    except FileNotFoundError:
        return {}
    except (OSError, TypeError, ValueError) as error:
        raise UserError(f"cannot read {path}: {error}; restore it with: git checkout -- {path}") from None
