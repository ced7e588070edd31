"""Checks as manifests of PRML, a format for a bar that is fixed before the run; `falsify verify` reads them. No Keras.

A manifest is YAML in one canonical spelling, so that its file's sha256, which lies beside it, is the lock. What makes
it earlier than the run is the commit of `claims.py` that fixed the bar, whose time it bears: the export comes later.
"""

import csv
import hashlib
import io
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from common.errors import UserError
from suite import provenance, registry
from suite.citing.release import NAME
from suite.claims import FIRST_SEED, SHARES, AnyOf, Check, Claim, Listed, Node
from suite.escaping import cell, plain
from suite.judging import RARE
from suite.records import canonical_json, sha256

VERSION = "prml/0.1"
LONGEST = {"metric": 256, "notes": 4096}
OBSERVED = ("claim", "check", "manifest", "sha256", "observed", "outcome")


def write(folder: Path) -> int:
    """Writes `CLAIM/CHECK.yaml` and `CLAIM/CHECK.prml.sha256` for every check, and `observed.csv` with what came out.

    Returns:
        How many checks there are.

    Raises:
        UserError: the commit that fixed a claim's bars is not known, or the folder cannot be written.
    """
    rows = []
    for name in registry.names():
        recorded = registry.recorded_verdicts(name)
        for claim in registry.claims(name):
            since = provenance.committed(provenance.fixed(name, claim))
            if not since:
                raise UserError(
                    f"when the bars of {claim.id} were fixed is known only from git: commit "
                    f"reproductions/{name}/claims.py, and export from a clone."
                )
            found = outcomes(recorded.get(claim.id, {"checks": []}))
            for node in nodes(claim):
                text = spelled(manifest(name, claim, node, since))
                lock = hashlib.sha256(text.encode()).hexdigest()
                place = f"{claim.id}/{node.id}.yaml"
                _write(folder / place, text)
                _write(folder / claim.id / f"{node.id}.prml.sha256", f"{lock}\n")
                check = found.get(node.id)
                seen = observed(node, check) if check else None
                outcome = check["outcome"] if check else "not run"
                rows.append((claim.id, node.id, place, lock, "" if seen is None else f"{seen:.9g}", outcome))
    sheet = io.StringIO()
    csv.writer(sheet, lineterminator="\n").writerows([OBSERVED, *([cell(text) for text in row] for row in rows)])
    _write(folder / "observed.csv", sheet.getvalue())
    return len(rows)


def nodes(claim: Claim) -> Iterator[Node]:
    """Every check of a claim, and the members of its any-of and lists after each."""
    for node in claim.checks:
        yield node
        yield from () if isinstance(node, Check) else node.of


def outcomes(record: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Id to what is on record of a check, members included."""
    members = [member for check in record["checks"] for member in check.get("of", ())]
    return {check["id"]: check for check in [*record["checks"], *members]}


def manifest(name: str, claim: Claim, node: Node, since: str) -> dict[str, Any]:
    """What was fixed of one check at that time (RFC 3339)."""
    members = (node,) if isinstance(node, Check) else node.of
    first = members[0]
    metric, comparator, threshold = predicate(claim, node)
    studies = tuple(dict.fromkeys(check.study for check in members))
    guards = [check.id for check in claim.guards_of(node.id)]
    told = {
        "claim": claim.id, "check": node.id, "kind": node.kind, "studies": list(studies), "guarded_by": guards,
        "asks": [plain(check.asks.words()) for check in members], "claim_sha256": claim.sha256(),
        "seeds": {"first": first.looks()[0], "step": first.step, "most": first.looks()[-1]},
    }  # fmt: skip
    notes = f"{claim.statement} ({claim.source}, {claim.locator}.) This check: {node.what}."
    notes += f" It holds only where {', '.join(guards)} hold too." if guards else ""
    return {
        "version": VERSION,
        "claim_id": _identity(since, claim, node),
        "created_at": since,
        "metric": _text(metric, "metric"),
        "comparator": comparator,
        "threshold": float(threshold),
        "dataset": _data(name, claim, studies),
        "seed": FIRST_SEED,
        "producer": {"id": NAME},
        "metric_args": told,
        "notes": _text(notes, "notes"),
    }


def predicate(claim: Claim, node: Node) -> tuple[str, str, float]:
    """What is measured of a check, and the comparison with a number that says whether it holds."""
    if isinstance(node, AnyOf):
        return f"how many of its {len(node.of)} checks hold: {node.what}", ">=", 1
    if isinstance(node, Listed):
        share = SHARES[node.bar]
        what = "still hold" if node.bar == "rarely" else "hold"
        return f"share of its {len(node.of)} checks that {what}: {node.what}", _beyond(node.bar), share
    if node.bar == "exact":
        return f"1 where it is computed to be so, else 0: {node.what}", ">=", 1
    if node.bar == "some":
        return f"number of seeds in which {node.what}", ">=", 1
    group = next((group for group in claim.checks if isinstance(group, AnyOf) and node in group.of), None)
    level = 100 - 1 / (len(group.of) if group else 1)
    end = "lower" if _beyond(node.bar) == ">" else "upper"
    bar = RARE if node.bar == "never" else SHARES[node.bar]
    whose = f"{end} end of the {level:.5g} % time-uniform interval for the share of random seeds in which"
    return f"{whose} {node.what}", _beyond(node.bar), bar


def observed(node: Node, check: Mapping[str, Any]) -> float | None:
    """What came out, in the terms of `predicate`; None where nothing ran."""
    if isinstance(node, Check):
        if not check["n"]:
            return None
        if node.bar in ("exact", "some"):
            return float(check["yes"])
        return float(check["low" if _beyond(node.bar) == ">" else "high"])
    found = [member["outcome"] for member in check["of"]]
    if set(found) == {"not run"}:
        return None
    if isinstance(node, Listed) and node.bar == "rarely":
        return 1 - sum(outcome in ("fails", "split") for outcome in found) / len(found)
    held = found.count("holds")
    return float(held) if isinstance(node, AnyOf) else held / len(found)


def spelled(fields: Mapping[str, Any]) -> str:
    """The canonical spelling of a manifest, by PRML 0.1, section 4."""
    text: str = yaml.safe_dump(dict(fields), sort_keys=True, width=float("inf"), allow_unicode=True)
    return text.rstrip() + "\n"


def _beyond(bar: str) -> str:
    return "<" if bar in ("rarely", "never") else ">"


def _data(name: str, claim: Claim, studies: tuple[str, ...]) -> dict[str, str]:
    """The data set by the hash of its arrays; what is generated, by the hash of the code that generates it."""
    from common.datasets import SHA256  # numpy takes a while to load

    fetched = [dataset for dataset in claim.datasets() if dataset in SHA256]
    ids, hashes = [*map(str, fetched)], [SHA256[dataset] for dataset in fetched]
    if len(fetched) < len(claim.datasets()):
        ids.append("generated by " + ", ".join(f"{name}/{study}" for study in studies))
        hashes += [registry.study_sha256(name, study) for study in studies]
    return {"id": " and ".join(ids), "hash": _one(hashes)}


def _one(hashes: list[str]) -> str:
    """The hash of several."""
    return hashes[0] if len(hashes) == 1 else sha256(canonical_json(hashes))


def _identity(since: str, claim: Claim, node: Node) -> str:
    """A UUID of version 7, whose time is that of the commit and whose other bits follow from what was fixed."""
    milliseconds = int(datetime.fromisoformat(since).timestamp() * 1000)
    drawn = int(sha256(canonical_json([claim.id, node.id, claim.sha256()])), 16)
    number = milliseconds << 80 | 7 << 76 | (drawn >> 64 & 0xFFF) << 64 | 2 << 62 | drawn & (1 << 62) - 1
    return str(UUID(int=number))


def _text(text: str, field: str) -> str:
    one_line, most = unicodedata.normalize("NFC", plain(text)), LONGEST[field]
    return one_line if len(one_line) <= most else one_line[: most - 1] + "…"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; name another folder.") from None
