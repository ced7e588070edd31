"""The key that says which trial it was, the hash of code, and the circumstances of a run. No Keras."""

import ast
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, Field

from common.errors import UserError
from common.trials import NUMERICS, STRICT
from suite import intact

SCHEMA_VERSION = 1


class Provenance(BaseModel):
    """Under what a study's trials were made. Holds no host, user or home path.

    `claims` maps each claim that reads the study to the hash by which its trials are judged, `first_claims` to the hash
    it had when it first read them, and `fixed` to the commit that gave it the judged one. `commit` trained last,
    `earlier` are those that trained batches before it; `clean` says whether the work tree equalled each of them.
    `judged_commit` is set when trials of an earlier run were judged again, by claims of a later commit. `accelerator`
    is the model of the GPU, empty on a CPU. `flags` are variables of the environment, those that set the threads of a
    library among them. `settings` are those of each arm, and `peak_megabytes` the most memory that a worker had on its
    machine (10^6 bytes); records before format 5 have neither. Seeds, lanes and seconds stand with each trial.
    """

    model_config = STRICT

    study: str
    tier: str
    commit: str
    clean: bool
    claims: dict[str, str]
    code_sha256: str
    numerics: int
    backend: str
    dataset: str
    data_sha256: str
    date: str
    python: str
    platform: str
    cpu: str
    cores: int
    workers: int
    packages: dict[str, str]
    flags: dict[str, str]
    judged_commit: str = ""
    accelerator: str = ""
    first_claims: dict[str, str] = Field(default_factory=dict)
    fixed: dict[str, str] = Field(default_factory=dict)
    earlier: list[str] = Field(default_factory=list)
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    peak_megabytes: float | None = Field(default=None, gt=0)


def canonical_json(value: Any) -> str:
    """JSON with one spelling for each value; refuses what JSON cannot hold (not-a-number, infinity)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def trial_key(
    *,
    study: str,
    arm: str,
    settings: Mapping[str, Any],
    seed: int,
    lanes: int,
    backend: str,
    data_sha256: str,
    code_sha256: str,
    numerics: int = NUMERICS,
) -> str:
    """Hash of everything that decides a trial's numbers; a stored trial is used again only under an equal key."""
    return sha256(canonical_json(locals()))


def code_sha256(*files: Path) -> str:
    """Hash of what the files compute: comments, docstrings, blank lines and layout do not count.

    The syntax tree is spelled out here, not by `ast.dump`, whose output differs between Python versions.
    """
    trees = ",".join(_spelled_out(program(file)) for file in files)
    return sha256(f"[{trees}]")


def program(path: Path) -> str:
    """The text of a file of Python.

    Raises:
        UserError: it cannot be read, or is none.
    """
    text = intact.text(path)
    try:
        syntax_tree(text)
    except SyntaxError as error:
        raise UserError(f"{path}, line {error.lineno}: {error.msg}; mend it, or move it away.") from None
    return text


@cache
def syntax_tree(text: str) -> ast.Module:
    """The syntax tree of a program. Studies share files, so the same text comes again and again."""
    return ast.parse(text)


@cache
def _spelled_out(text: str) -> str:
    return _spelled(syntax_tree(text))


def _spelled(node: Any) -> str:
    """A node as canonical JSON, put together as it is walked: what asks for verdicts spells a hundred thousand."""
    if isinstance(node, list):
        return f"[{','.join(map(_spelled, node))}]"
    if not isinstance(node, ast.AST):
        return _quoted(repr(node))
    fields = []
    for name in _sorted_fields(cast(Any, type(node))):
        value: Any = getattr(node, name, None)
        if name == "body" and isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            value = [item for item in value if not _is_string_statement(item)]
        if name == "values" and isinstance(node, ast.JoinedStr):  # Python 3.12 ends some with an empty string
            value = [part for part in value if not (isinstance(part, ast.Constant) and part.value == "")]
        if value is not None and value != []:
            fields.append(f'"{name}":{_spelled(value)}')
    return f'["{type(node).__name__}",{{{",".join(fields)}}}]'


@cache
def _sorted_fields(kind: Any) -> tuple[str, ...]:
    return tuple(sorted(str(name) for name in kind._fields if name not in ("ctx", "kind")))


@cache
def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _is_string_statement(node: ast.AST) -> bool:
    """A docstring, or a string under a constant that documents it."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
