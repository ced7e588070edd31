"""The command `new`: a reproduction or a claim that runs as it is, and a list of what is still to be told."""

import argparse
import ast
import csv
import importlib
import io
import keyword
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from textwrap import wrap

from common.errors import UserError
from suite import blanks, declaring, forecasts, intact, planning, recording, registry, rules, unfilled

NAME, IDENTITY = r"[a-z][a-z0-9]*(_[a-z0-9]+)*", r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
LONGEST = 40  # characters of a name or an id
TAKEN = ("conftest", "page", "badges")  # files beside the reproductions, and folders of `results/`
WIDTH = 120


def call(options: argparse.Namespace) -> int:
    """Runs the command and returns the exit code."""
    if options.kind == "left":
        return _left(options.name)
    if len(options.name) != 1:
        form = "NAME" if options.kind == "reproduction" else "NAME/ID"
        raise UserError(f"one {options.kind} at a time: repro new {options.kind} {form}")
    name, slash, identity = options.name[0].partition("/")
    if options.kind == "reproduction":
        written = reproduction(name, identity)
        identity = identity or _first(name)
    else:
        if not slash:
            raise UserError(f"say which reproduction and which claim: repro new claim NAME/ID, not {name}")
        written = claim(name.replace("-", "_"), identity)
    for path in written:
        print(f"wrote {path.relative_to(registry.ROOT)}")
    print("brought the tables of verdicts in README.md and results/ up to date")
    print(f"\n{identity} runs as it is (repro run {identity}), and says nothing yet. ", end="")
    return _left([identity])


def _left(words: list[str]) -> int:
    selected = registry.select(words)
    marks = unfilled.of(selected)
    with declaring.light({name for name, _ in selected.values()}):
        faults = planning.unanswerable(selected)
        waiting = list(unfilled.waiting({i: entry for i, entry in selected.items() if i not in faults}))
    for fault in faults.values():
        print(fault)
    if marks:
        print(f"Left to fill in, marked {unfilled.MARK}")
    for mark in marks:
        print(f"  {mark}")
    for line in waiting:
        print(line)
    if not (marks or waiting or faults):
        print("Nothing is left to fill in.")
    return 0


def reproduction(name: str, identity: str) -> list[Path]:
    """Writes the files of a reproduction with one claim, and gives those that are new or changed.

    Without an id the claim gets one that is to be replaced.

    Raises:
        UserError: the name or the id is none, or it is taken.
    """
    _check_name(name)
    chosen, identity = bool(identity), identity or _first(name)
    _check_identity(identity)
    folder, words = registry.FOLDER / name, name.replace("_", " ")
    source, question = f"{name}_source", _question(name, identity)
    texts = {
        "__init__.py": "",
        "studies/__init__.py": "",
        "README.md": blanks.README.substitute(name=name, title=words.capitalize()),
        "model.py": blanks.MODEL.substitute(words=words, net=blanks.NET.substitute(own="", others="")),
        f"studies/{question}.py": blanks.STUDY.substitute(imports=blanks.WITH_MODEL.substitute(name=name), of="model."),
        f"test_{name}.py": blanks.TEST.substitute(name=name),
        "negatives.py": blanks.NEGATIVES.substitute(),
        "claims.py": _with_claim(blanks.CLAIMS.substitute(words=words), identity, source, question, chosen=chosen),
    }
    entry = blanks.SOURCE.substitute(source=source, year=date.today().year)
    bibliography = registry.FOLDER / "sources.bib"
    written = _write({folder / file: text for file, text in texts.items()})
    written += _write({bibliography: intact.text(bibliography) + entry})
    return [*written, *_listed(name, identity)]


def claim(name: str, identity: str) -> list[Path]:
    """Writes a claim of a reproduction with a study of its own, and gives the files that are new or changed.

    Raises:
        UserError: there is no such reproduction, its `claims.py` has no room, or the id is none or taken.
    """
    if name not in registry.names():
        near = get_close_matches(name, registry.names(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"begin it with: repro new reproduction {name}"
        raise UserError(f"there is no reproduction {name!r}; {hint}")
    if name in registry.broken():
        raise UserError(f"reproductions/{name}/claims.py cannot be read: {registry.broken()[name]}; mend it first.")
    _check_identity(identity)
    folder, question = registry.FOLDER / name, _question(name, identity)
    claims = folder / "claims.py"
    source = registry.claims(name)[0].source
    text = _with_claim(intact.text(claims), identity, source, question)
    if (lines := len(text.splitlines())) > rules.MOST_LINES:
        raise UserError(
            f"reproductions/{name}/claims.py would have {lines} lines, and {rules.MOST_LINES} are the most; put the "
            f"claim into another reproduction: repro new reproduction NAME/{identity}"
        )
    return [*_write({folder / f"studies/{question}.py": _study(name), claims: text}), *_listed(name, identity)]


def _study(name: str) -> str:
    """A study of the data and the net of a reproduction's `model.py`; of its own where that has no such functions."""
    path = registry.FOLDER / name / "model.py"
    body = ast.parse(intact.text(path)).body
    made = [node for node in body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    needs = {node.name: len(node.args.args) - len(node.args.defaults) for node in made if not _keywords(node)}
    if blanks.OFFERS.items() <= needs.items():
        return blanks.STUDY.substitute(imports=blanks.WITH_MODEL.substitute(name=name), of="model.")
    others = ", ".join(node.name for node in made)
    lines = wrap(f"Import `model` and take its own where they fit: {others}.", WIDTH - 2) if made else []
    hint = "".join(f"# {line}\n" for line in lines)
    net = blanks.NET.substitute(own="_", others=hint)
    return blanks.STUDY.substitute(imports=blanks.ALONE, of="_") + "\n\n" + net


def _keywords(node: ast.FunctionDef) -> bool:
    """Whether a function asks for values by their names."""
    return any(default is None for default in node.args.kw_defaults)


def _check_name(name: str) -> None:
    """Raises UserError where a reproduction cannot be called so."""
    better = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    hint = f"take {better}" if re.fullmatch(NAME, better) and better != name else "take a noun in snake_case"
    if not re.fullmatch(NAME, name) or len(name) > LONGEST:
        raise UserError(
            f"{name!r} is no name for a reproduction: lower-case letters, digits and single underscores, a letter "
            f"first, {LONGEST} at most; {hint}."
        )
    if keyword.iskeyword(name) or name in TAKEN or name.startswith("test_"):
        raise UserError(f"{name!r} is a word of Python or of this project; take another name.")
    if (registry.FOLDER / name).exists():
        raise UserError(f"reproductions/{name} is there already; add to it with: repro new claim {name}/ID")
    if (registry.results() / name).exists():
        raise UserError(f"{registry.results() / name} is there already, and is no record of it; take another name.")
    if name.replace("_", "-") in registry.all_claims():
        raise UserError(f"{name.replace('_', '-')} is the id of a claim; take another name.")


def _check_identity(identity: str) -> None:
    """Raises UserError where a claim cannot be called so, or another one ever was."""
    if not re.fullmatch(IDENTITY, identity) or len(identity) > LONGEST:
        better = re.sub(r"[^a-z0-9]+", "-", identity.lower()).strip("-")
        hint = f"take {better}" if re.fullmatch(IDENTITY, better) and better != identity else "as parity-12-easy is one"
        raise UserError(
            f"{identity!r} is no id for a claim: lower-case letters, digits and single hyphens, a letter first, "
            f"{LONGEST} at most; {hint}."
        )
    if identity in registry.all_claims():
        raise UserError(f"{identity} is a claim of {registry.all_claims()[identity][0]} already; take another id.")
    if identity in dict(registry.ever_recorded()) or rules.catalogue(identity):
        raise UserError(f"{identity} was the id of another claim, and ids are for ever; take another one.")
    if identity.replace("-", "_") in registry.names():
        raise UserError(f"{identity} is the name of a reproduction; take another id.")


def _first(name: str) -> str:
    return f"{name}-first".replace("_", "-")


def _question(name: str, identity: str) -> str:
    """The name of the claim's study: its id, without the reproduction's name where that leaves a word."""
    whole = identity.replace("-", "_")
    short = whole.removeprefix(f"{name}_")
    taken = (*registry.study_names(name), *keyword.kwlist)
    free = [word for word in (short, whole) if word[0].isalpha() and word not in taken]
    if not free:
        raise UserError(f"reproductions/{name}/studies/{whole}.py is there already; take another id.")
    return free[0]


def _with_claim(text: str, identity: str, source: str, question: str, *, chosen: bool = True) -> str:
    """The text of a `claims.py` with one claim more at its end, and the names that it needs imported."""
    for module, names in (("suite.questions", blanks.QUESTIONS), ("suite.claims", blanks.WORDS)):
        text = _importing(text, module, names)
    found = [node for node in ast.parse(text).body if isinstance(node, ast.Assign | ast.AnnAssign)]
    value = next((n.value for n in found if "CLAIMS" in ast.unparse(n).split("=")[0]), None)
    lines = text.splitlines(keepends=True)
    if not isinstance(value, ast.Tuple) or lines[value.end_lineno - 1].strip() != ")":  # type: ignore[operator]
        raise UserError("CLAIMS is no tuple that closes on a line of its own; write it so, a claim after the other.")
    comment = "" if chosen else f"  # {unfilled.MARK} an id for ever, here, in catalogue.csv and in forecasts.csv"
    added = blanks.CLAIM.substitute(claim=identity, source=source, study=question, comment=comment)
    return "".join([*lines[: value.end_lineno - 1], added, *lines[value.end_lineno - 1 :]])  # type: ignore[operator]


def _importing(text: str, module: str, names: Iterable[str]) -> str:
    """The text with these names among those that it imports from a module."""
    lines = text.splitlines(keepends=True)
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.module == module:
            known = [alias.name for alias in node.names]
            if set(names) <= set(known):
                return text
            spelled = ", ".join(sorted({*known, *names}))
            line = f"from {module} import {spelled}\n"
            if len(line) > WIDTH:
                line = f"from {module} import (\n    " + spelled.replace(", ", ",\n    ") + ",\n)\n"
            return "".join([*lines[: node.lineno - 1], line, *lines[node.end_lineno :]])
    raise UserError(f"the claims import nothing from {module}; import {', '.join(names)} from it.")


def _listed(name: str, identity: str) -> list[Path]:
    """Adds the rows of a claim to the tables, reads all anew, and brings the generated pages up to date."""
    catalogue, expected = registry.FOLDER / "catalogue.csv", registry.FOLDER / "forecasts.csv"
    rows = intact.text(catalogue).splitlines(keepends=True)
    siblings = {known.id for known in registry.claims(name)}
    last = max((i for i, row in enumerate(rows) if row.split(",")[0] in siblings), default=len(rows) - 1)
    asked = _row([identity, "learned", "direction", f"{unfilled.MARK} what the check asks"])
    who = f"{unfilled.MARK} your name here and your probability where 0.5 stands"
    forecast = [who, date.today().isoformat(), identity, "direction", "learned", "0.5", *[""] * 5]
    written = _write(
        {
            catalogue: "".join([*rows[: last + 1], asked, *rows[last + 1 :]]),
            expected: intact.text(expected) + _row(forecast),
        }
    )
    importlib.invalidate_caches()
    sys.modules.pop(f"reproductions.{name}.claims", None)
    registry.names.cache_clear()
    registry.forget_claims()
    forecasts.forecasts.cache_clear()
    recording.write_index()
    return written


def _row(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()


def _write(texts: Mapping[Path, str]) -> list[Path]:
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}; mend this, and undo with: git checkout") from None
    return list(texts)
