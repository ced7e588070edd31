"""Every verdict that a claim ever had, and what changed between two of them. No Keras."""

import json
from collections.abc import Mapping
from typing import Any

from suite import answers, intact, registry

KEPT = ("verdict", "reason", "answer", "fixed", "trained", "judged", "clean", "changed_after_trials")
LINE: intact.Shape = {
    **dict.fromkeys(("claim", "checks", "verdict", "reason", "answer", "fixed", "judged"), str),
    "trained": [str],
    "clean": (bool, None),
    "changed_after_trials": bool,
}


def read(name: str) -> list[dict[str, Any]]:
    """The lines of a reproduction's `history.jsonl`, oldest first: one for each change of a verdict or of checks."""
    return intact.lines(registry.results() / name / "history.jsonl", LINE)


def grown(name: str, described: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of `history.jsonl` once these verdicts are on record: lines are only ever added."""
    hashes = {claim.id: claim.sha256() for claim in registry.claims(name)}
    lines = read(name)
    latest = {line["claim"]: line for line in lines}
    for claim, verdict in described.items():
        before = latest.get(claim)
        if before is None and verdict["verdict"] == "not run":
            continue
        if before is None or (before["verdict"], before["checks"]) != (verdict["verdict"], hashes[claim]):
            lines.append({"claim": claim, "checks": hashes[claim], **{key: verdict[key] for key in KEPT}})
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def behind(name: str, recorded: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The claims whose last line is not the verdict on record."""
    latest = {line["claim"]: line["verdict"] for line in read(name)}
    return [claim for claim, said in recorded.items() if said["verdict"] != latest.get(claim, "not run")]


def told(name: str, claim: str) -> list[str]:
    """One line for each verdict of a claim, edition 1's first, each with what changed before it."""
    lines = []
    old = registry.recorded_verdicts(name, folder=registry.edition_1()).get(claim)
    if old is not None:
        lines.append(f"edition 1 (seeds from 0, other checks): {old['verdict']}")
    before: dict[str, Any] = {}
    for line in (line for line in read(name) if line["claim"] == claim):
        changed = []
        if before:
            changed += ["the checks"] if before["checks"] != line["checks"] else []
            changed += ["the trials"] if before["trained"] != line["trained"] else []
        commits = answers.commits(line)
        text = f"{line['verdict']}: {line['answer']}{f' Made with {commits}' if commits else ''}"
        text += f"; changed since the line before: {', '.join(changed) or 'seeds or study'}" if before else ""
        lines.append(text)
        before = line
    return lines if before else [*lines, "edition 2 (seeds from 1000): not run yet"]
