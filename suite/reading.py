"""The commands that read the record: `list`, `verdicts`, `table`, `data`, `cite`, `verify`, `export`. No ML library."""

import argparse
import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from common.errors import UserError
from suite import registry, tables
from suite.edition_1_claims import Claim

Selected = Mapping[str, tuple[str, Claim]]


def call(options: argparse.Namespace) -> int:
    """Runs one of this module's commands and returns the exit code."""
    if options.command == "data":
        return _data(options.action)
    if options.command == "verify":
        return _verify()
    if options.command == "export":
        return _export()
    if options.command == "cite":
        return _cite(options.claim)
    selected = registry.select(options.what)
    if options.command == "list":
        return _list(selected, as_json=options.json)
    if options.command == "verdicts":
        return print_verdicts(selected, as_json=options.json)
    rows = tables.rows([claim for _, claim in selected.values()], recorded(selected))
    if options.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        print(tables.comma_separated(rows) if options.csv else tables.markdown(rows), end="")
    return 0


def recorded(selected: Selected) -> dict[str, dict[str, Any]]:
    """Claim id to its recorded verdict, `stale` where that no longer holds; claims without a record are left out."""
    records: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(name for name, _ in selected.values()):
        records |= registry.recorded_verdicts(name)
    return {i: current(*selected[i], records[i]) for i in selected if i in records}


def current(name: str, claim: Claim, record: Mapping[str, Any]) -> dict[str, Any]:
    """A recorded verdict, or `stale` where claim, study or engine changed since."""
    from suite import evidence

    if record["verdict"] in ("invalid", "not run"):
        return dict(record)
    reason = evidence.staleness(name, claim, evidence.read_provenance(name))
    return {**record, "verdict": "stale", "reason": reason} if reason else dict(record)


def _list(selected: Selected, *, as_json: bool) -> int:
    records = recorded(selected)
    rows = [
        {
            "claim": i,
            "reproduction": name,
            "verdict": records.get(i, {}).get("verdict", "not run"),
            "statement": c.statement,
        }
        for i, (name, c) in selected.items()
    ]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return 0
    for row in rows:
        print(f"{row['claim']:<32} {row['verdict']:<14} {row['statement']}")
    return 0


def print_verdicts(selected: Selected, *, as_json: bool) -> int:
    """Prints each recorded verdict with its checks."""
    from suite import evidence

    records = recorded(selected)
    if as_json:
        print(json.dumps(records, indent=1, ensure_ascii=False))
        return 0
    for identity, (_, claim) in selected.items():
        record = records.get(identity, {"verdict": "not run", "checks": []})
        print(f"{identity}: {record['verdict']}" + (f" ({record['reason']})" if record.get("reason") else ""))
        print(f"    {claim.statement}")
        for check in record["checks"]:
            print(f"    {check['outcome']:<10} {tables.check_line(check)}")
    if history := evidence.history(dict.fromkeys(name for name, _ in selected.values())):
        print(f"\n{history}")
    return 0


def _data(action: str) -> int:
    from common import datasets

    if action == "fetch":
        print(f"MNIST is prepared in {datasets.fetch()}")
        return 0
    for name, text in datasets.available().items():
        print(f"{name}: {text}")
    for line in datasets.check():
        print(line)
    return 0


def _verify() -> int:
    from suite import recording

    faults = recording.verify()
    for fault in faults:
        print(fault)
    print(f"{len(faults)} fault(s) in results/" if faults else "results/ holds: every verdict follows from its trials.")
    return 1 if faults else 0


def _export() -> int:
    from suite import recording

    recorded = [name for name in registry.names() if (registry.results() / name / "trials.csv").exists()]
    for name in recorded:
        recording.render(name)
        print(f"wrote {registry.results() / name} from its trials")
    return 0


def _cite(identity: str) -> int:
    known = registry.all_claims()
    if identity not in known:
        near = get_close_matches(identity, known, n=3, cutoff=0.4)
        raise UserError(
            f"unknown claim {identity!r}; " + (f"did you mean {' or '.join(near)}?" if near else "see: repro list")
        )
    name, claim = known[identity]
    print(bibtex(claim.source))
    print(SUITE.format(version=_version()))
    print(sentence(name, claim))
    return 0


SUITE = """@software{{dl_reproductions,
  title = {{dl-reproductions: claims about training neural networks, run and judged}},
  author = {{{{The dl-reproductions contributors}}}},
  version = {{{version}}},
  year = {{2026}}
}}
"""


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("dl-reproductions")
    except PackageNotFoundError:
        return "0.1.0"


def bibtex(key: str) -> str:
    """The entry of `sources.bib` with this key."""
    path = registry.FOLDER / "sources.bib"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = re.search(rf"^@\w+\{{{re.escape(key)},.*?^\}}\n", text, re.MULTILINE | re.DOTALL)
    if not found:
        raise UserError(f"sources.bib has no entry {key!r}; add it, or mend the claim's source.")
    return found.group()


def sentence(name: str, claim: Claim) -> str:
    """One sentence that a paper can quote: verdict, n, interval, commit and date."""
    again = f"run it with: repro run {claim.id} --tier full"
    record = recorded({claim.id: (name, claim)}).get(claim.id)
    if not record or record["verdict"] == "not run":
        return f"{claim.id}: not run yet; {again}"
    if record["verdict"] in ("invalid", "stale"):
        return f"{claim.id}: {record['verdict']} ({record['reason']}), so not to be cited; {again}"
    from suite import evidence

    made = evidence.read_provenance(name)[claim.studies()[0]]
    first = next(check for check in record["checks"] if check["role"] == "claim")
    return (
        f'dl-reproductions {_version()} gives the claim {claim.id} the verdict "{record["verdict"]}" '
        f"(n = {first['seeds']} seeds, "
        f"{first['failed']} failed; {tables.check_line(first)}; {made.dataset} data, {made.backend}; "
        f"commit {made.commit[:12]}, {made.date}{', edition 1' if evidence.history([name]) else ''})."
    )
