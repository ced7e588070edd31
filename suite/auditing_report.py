"""What an audit found, in lines for a terminal, and as the report that a reviewer attaches: Markdown or JSON."""

import json
import shlex
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

from common.engine.backend import accelerator
from common.errors import UserError
from suite import evidence, machine, provenance, registry, writing
from suite.auditing import LEVEL, Audit, Compared, Result, TwoSample

FORMAT = 1


def form(file: str | None) -> Callable[[str, Audit], None]:
    """How a report is written to a file of this name; asked before anything is trained.

    Raises:
        UserError: the name ends in something else, or no such file can be written.
    """
    if file is None:
        return _write_markdown
    path = writing.named_file("--report", file)
    if path.suffix not in (".md", ".json"):
        raise UserError(f"--report {file}: a report is Markdown or JSON; give a name that ends in .md or .json")
    return _write_json if path.suffix == ".json" else _write_markdown


def lines(found: Audit) -> Iterator[str]:
    """For a terminal."""
    for one in found.compared:
        yield f"{one.result}: {one.label()}, {one.reason}"
        yield from (f"    {metric} {here} ({what}); on record {there}" for metric, what, there, here in _beside(one))
    yield from (f"{_said(test, found)}" for test in found.tested)
    for answer in found.answered:
        yield f"seed {answer.seed} says {answer.again} to {answer.check}; on record it says {answer.recorded}"
    yield conclusion(found)


def conclusion(found: Audit) -> str:
    """One sentence on all trials together."""
    total = len(found.compared)
    counts = [f"{found.count(result)} {result}" for result in get_args(Result) if found.count(result)]
    if found.count("equal") == total:
        return f"every number is that of the record ({total} trial{'s' if total > 1 else ''})"
    text = f"{total} trial{'s' if total > 1 else ''}: {', '.join(counts)}"
    if found.code() == 1:
        return f"{text}; the record does not come out again"
    if found.code() == 3:
        return f"{text}; this leaves open whether the record comes out again: audit more seeds of an arm (--sample 12)"
    return f"{text}; nothing speaks against the record"


def _beside(one: Compared) -> Iterator[tuple[str, str, str, str]]:
    """Each metric, what it is, its number on record and here."""
    if one.again is None:
        return
    meanings = registry.metrics(one.name, one.recorded.study)
    yield "steps", "count", str(one.recorded.steps), str(one.again.steps)
    for metric in sorted({**one.recorded.metrics, **one.again.metrics}):
        there, here = (_number(trial.metrics.get(metric)) for trial in (one.recorded, one.again))
        yield metric, meanings.get(metric, "?"), there, here


def _number(value: float | None) -> str:
    return "–" if value is None else f"{evidence.rounded(value)}"


def _said(test: TwoSample, found: Audit) -> str:
    text = f"{test.arm}, {test.metric}: {test.n} here beside {test.of} on record, p = {test.p:.3g}"
    if test.p < found.level():
        return f"{text}, below {found.level():.2g}: another distribution"
    if test.least >= found.level():
        return f"{text}; so few seeds cannot come below {found.level():.2g}, whatever they show"
    return f"{text}, not below {found.level():.2g}: no sign of another distribution"


def _facts(found: Audit) -> dict[str, Any]:
    """The circumstances of this audit; no host, user or path."""
    head, clean = provenance.commit()
    return {
        "suite": version("dl-reproductions"),
        "commit": head,
        "clean": clean,
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": provenance.cpu(),
        "cores": machine.core_count(),
        "accelerator": accelerator(found.used),
        "backend": found.used,
        "packages": provenance.packages(),
    }


def _write_json(file: str, found: Audit) -> None:
    trials = [
        {
            "trial": one.label(),
            "result": one.result,
            "reason": one.reason,
            "recorded": one.recorded.model_dump(exclude={"curves", "seconds"}),
            "again": one.again.model_dump(exclude={"curves", "seconds"}) if one.again else None,
        }
        for one in found.compared
    ]
    record = {study: made.model_dump(include=_CIRCUMSTANCES) for study, made in found.made.items()}
    text = {"format": FORMAT, "conclusion": conclusion(found), "exit_code": found.code(), "here": _facts(found)}
    text |= {"record": record, "trials": trials, "level": found.level()}
    text |= {"tests": [vars(test) for test in found.tested], "answers": [vars(answer) for answer in found.answered]}
    writing.write_named(Path(file), json.dumps(text, indent=1, ensure_ascii=False) + "\n")


_CIRCUMSTANCES = {"commit", "clean", "date", "cpu", "cores", "accelerator", "backend", "packages"}


def _write_markdown(file: str, found: Audit) -> None:
    writing.write_named(Path(file), "\n".join(_markdown(found)) + "\n")


def _markdown(found: Audit) -> Iterator[str]:
    here = _facts(found)
    made = {study: facts.model_dump(include=_CIRCUMSTANCES) for study, facts in found.made.items()}
    yield from ("# Audit of recorded trials", "", f"**{_cell(conclusion(found))}**", "")
    yield from (f"dl-reproductions {here['suite']}, {here['date']}; repeat it with:", "", "```")
    for one in found.compared:
        t = one.recorded
        words = ["--arm", f"{t.study}/{t.arm}", "--seed", str(t.seed), "--backend", found.used]
        yield shlex.join(["repro", "audit", one.name, *words])
    yield from ("```", "", f"| | here | {' | '.join(made)} |".replace("|  |", "|"), "| --- " * (2 + len(made)) + "|")
    for fact in ("commit", "clean", "date", "cpu", "cores", "accelerator", "backend", "packages"):
        cells = (_cell(facts[fact]) for facts in (here, *made.values()))
        yield f"| {fact} | {' | '.join(cells)} |"
    yield from ("", "| trial | result | why |", "| --- | --- | --- |")
    yield from (f"| {_cell(one.label())} | {one.result} | {_cell(one.reason)} |" for one in found.compared)
    yield from ("", "| trial | metric | on record | here |", "| --- | --- | --- | --- |")
    for one in found.compared:
        for metric, what, there, its in _beside(one):
            yield f"| {_cell(one.label())} | {_cell(metric)} ({_cell(what)}) | {there} | {its} |"
    if found.tested:
        yield from ("", f"Two-sample tests (Kolmogorov and Smirnov), at {LEVEL:g} for all of them together:", "")
        yield from (f"- {_cell(_said(test, found))}" for test in found.tested)
    if found.answered:
        yield from ("", "| check | seed | on record it says | here it says |", "| --- | --- | --- | --- |")
        yield from (f"| {_cell(a.check)} | {a.seed} | {a.recorded} | {a.again} |" for a in found.answered)


def _cell(value: object) -> str:
    """Text that cannot leave its cell, nor be taken for markup."""
    said = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
    said = " ".join(said.split())
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>|#" else sign for sign in said)
