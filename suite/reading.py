"""The commands that read the record: `list`, `verdicts`, `table`, `data`, `verify`, `export` … No ML library."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from common.errors import UserError
from suite import (
    answers,
    explaining,
    forecasts,
    grounds,
    history,
    intact,
    output,
    registry,
    remembered,
    tables,
    verifying,
)
from suite.claims import Claim

Selected = Mapping[str, tuple[str, Claim]]


def call(options: argparse.Namespace) -> int:
    """Runs one of this module's commands and returns the exit code."""
    if options.command == "data":
        return _data(options.action)
    if options.command == "verify":
        return _verify()
    if options.command == "export":
        return _export(options)
    if options.command == "adopt":
        from suite import adopting

        return adopting.adopt(options.folder, options.name)
    if options.command == "doctor":
        from suite import doctor

        return doctor.run()
    if options.command == "compare":
        from suite import comparing

        return comparing.compare(options.a, options.b, as_json=options.json)
    if options.command in ("trials", "pilots"):
        from suite import numbers

        name, claim = one(options.claim)
        print(numbers.printed(name, claim, pilots=options.command == "pilots", as_csv=options.csv), end="")
        return 0
    if options.command in ("cite", "explain", "history"):
        return _about_one(options.command, options.claim, getattr(options, "format", ""))
    selected = registry.select(options.what)
    if options.command == "list":
        return _list(selected, as_json=options.json)
    if options.command == "verdicts":
        return print_verdicts(selected, as_json=options.json)
    rows = tables.rows(dict.fromkeys(name for name, _ in selected.values()), selected)
    if options.json:
        print(output.as_json(rows))
    else:
        print(tables.comma_separated(rows) if options.csv else tables.markdown(rows), end="")
    return 0


def _about_one(command: str, identity: str, style: str) -> int:
    name, claim = one(identity)
    if command == "cite":
        from suite.citing import citation, formats  # they read BibTeX, which takes a while to load

        grounds.refuse([name], again=False)
        cited = citation.cite(name, claim, recorded({identity: (name, claim)}).get(identity))
        print(formats.FORMATS[style](cited), end="")
        return 0
    if command == "history":
        print("\n".join(history.told(name, identity)))
        return 0
    record = recorded({identity: (name, claim)}).get(identity, tables.NOT_RUN)
    print("\n".join(explaining.lines(name, claim, record)))
    return 0


def one(identity: str) -> tuple[str, Claim]:
    """The reproduction and the claim of an id.

    Raises:
        UserError: there is none, with the nearest that are.
    """
    known = registry.all_claims()
    if identity not in known:
        raise registry.unknown(identity, known, "claim")
    return known[identity]


def recorded(selected: Selected) -> dict[str, dict[str, Any]]:
    """Claim id to its recorded verdict, `stale` where that no longer holds; claims without a record are left out."""
    records: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(name for name, _ in selected.values()):
        records |= registry.recorded_verdicts(name)
    with remembered.remembering():
        return {i: current(*selected[i], records[i]) for i in selected if i in records}


def current(name: str, claim: Claim, record: Mapping[str, Any]) -> dict[str, Any]:
    """A recorded verdict, or `stale` where claim, study or engine changed since."""
    from suite import evidence

    if record["verdict"] in ("invalid", "not run"):
        return dict(record)
    members = [member for check in record["checks"] for member in check.get("of", [check])]
    ran = {check["study"] for check in members if check["n"]}
    reason = evidence.staleness(name, claim, evidence.read_provenance(name), ran)
    if not reason:
        return dict(record)
    return {**record, "verdict": "stale", "reason": reason, "checks": _without_batches(record["checks"])}


def _without_batches(checks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Checks of which no batch comes next: what is stale is trained anew."""
    kept = [{key: value for key, value in check.items() if key != "next_batch_minutes"} for check in checks]
    return [check | ({"of": _without_batches(check["of"])} if "of" in check else {}) for check in kept]


def _list(selected: Selected, *, as_json: bool) -> int:
    records = recorded(selected)
    rows = [
        {
            "claim": i,
            "reproduction": name,
            "verdict": records.get(i, {}).get("verdict", "not run"),
            "edition 1": _before(i, name),
            "statement": c.statement,
        }
        for i, (name, c) in selected.items()
    ]
    if as_json:
        print(output.as_json(rows))
        return 0
    said = {row["claim"]: _since(row["verdict"], row["edition 1"]) for row in rows}
    width = max(map(len, said.values()), default=0)
    for row in rows:
        print(f"{row['claim']:<32} {said[row['claim']]:<{width}}  {row['statement']}")
    return 0


def _before(identity: str, name: str) -> str:
    """The verdict of edition 1; empty where it had none."""
    old = _frozen(registry.edition_1(), name).get(identity)
    return str(old["verdict"]) if old else ""


@cache  # it does not change any more, and each of a hundred claims asks for it
def _frozen(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    path = folder / name / "verdicts.json"
    found: dict[str, dict[str, Any]] = intact.value(path, {"*": {"verdict": str}}) if path.exists() else {}
    return found


def _since(verdict: str, old: str) -> str:
    """A verdict, with that of edition 1 until there is one of today."""
    return f"{verdict} (edition 1: {old})" if verdict == "not run" and old else verdict


def print_verdicts(selected: Selected, *, as_json: bool) -> int:
    """Prints each recorded verdict with its answer and checks, then how right the forecasts were."""
    records = recorded(selected)
    if as_json:
        print(output.as_json(records))
        return 0
    for identity, (name, claim) in selected.items():
        record = records.get(identity, tables.NOT_RUN)
        word = _since(record["verdict"], _before(identity, name))
        print(f"{identity}: {word}" + (f" ({record['reason']})" if record.get("reason") else ""))
        print(f"    {record['answer'] or claim.statement}")
        for line in explaining.check_lines(claim, record):
            print(f"    {line}")
        if commits := answers.commits(record):
            print(f"    {commits}")
    scored = [score for _, score in forecasts.briers(records)]
    if scored:
        print(
            f"\nforecasts: mean Brier score {forecasts.mean(scored):.3f} over {len(scored)} (0 sure and right, 1 wrong)"
        )
    return 0


def _data(action: str) -> int:
    from common import datasets, fetching

    if action == "fetch":
        print("fetching mnist, tiny_shakespeare and sentence_polarity, 14 MB, unless they are there", file=sys.stderr)
        print(f"MNIST is prepared in {fetching.fetch()}")
        return 0
    for name, text in datasets.available().items():
        print(f"{name}: {text}")
    for line in datasets.check():
        print(line)
    if absent := datasets.absent():
        raise UserError(absent)
    return 0


def _verify() -> int:
    faults = verifying.verify()
    for fault in faults:
        print(fault)
    for unchecked in verifying.unchecked(sound=not faults):
        print(unchecked)
    print(f"{len(faults)} fault(s) in results/" if faults else "results/ holds: every verdict follows from its trials.")
    return 1 if faults else 0


def _export(options: argparse.Namespace) -> int:
    if "" in (options.rocrate, options.prml, options.latex):  # as of a variable that is not set
        raise UserError("--rocrate, --prml and --latex each need a name; without any of them the record is written")
    if options.rocrate or options.prml or options.latex:
        return _export_for_others(options)
    from suite import exporting

    return exporting.export()


def _export_for_others(options: argparse.Namespace) -> int:
    if options.latex:
        from suite.citing import citation, latex_table

        name, claim = one(options.latex)
        grounds.refuse([name])
        record = recorded({claim.id: (name, claim)}).get(claim.id)
        print(latex_table.table(citation.cite(name, claim, record), record), end="")
    if options.prml or options.rocrate:
        grounds.refuse(registry.names())
    if options.prml:
        from suite.citing import prml

        count = prml.write(Path(options.prml))
        print(f"wrote {count} manifests to {options.prml}; verify one with: falsify verify FILE.yaml --observed NUMBER")
        print(f"({Path(options.prml) / 'observed.csv'} has the numbers)")
    if options.rocrate:
        from suite.citing import crate

        count = crate.write(Path(options.rocrate))
        print(f"wrote {options.rocrate}: {count} files, RO-Crate {crate.PROFILE}")
    return 0
