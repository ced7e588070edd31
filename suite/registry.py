"""Finds the reproductions and their claims. The folders are the list; nothing is registered by hand. No Keras."""

import importlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from common.errors import UserError
from common.study import Arm, Study
from suite import sources
from suite.edition_1_claims import Claim
from suite.records import code_sha256

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "reproductions"


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


def extended(name: str, question: str, arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """The arms of the full tier with the seeds that checks at their second look ask for.

    Claims alone declare an extension: were it written in the study, the study would be another one, and its trials on
    record would be lost.
    """
    wanted = {
        arm: check.seeds
        for claim in claims(name)
        for check in claim.checks
        if check.study == question and check.looks == 2
        for arm in check.arms
    }
    return tuple(replace(arm, seeds=tuple(range(wanted.get(arm.name, len(arm.seeds))))) for arm in arms)


@cache
def study_sha256(name: str, question: str) -> str:
    """Hash of what a study computes: its file, the reproduction's `model.py`, and all that they import of it."""
    return code_sha256(*sources.files(name, question))


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
