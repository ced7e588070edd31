"""Why a check on record stays open: the control it waits for, its cap, or that it gets no more seeds. No Keras."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from suite.claims import Check, Claim, Node
from suite.judging import Finding, shown, together

Said = Mapping[str, Any]
"""A check as `verdicts.json` holds it."""


def held(claim: Claim, record: Mapping[str, Any]) -> dict[str, str]:
    """Check id to what holds it open, in words; nothing of what is decided or has a batch to come, nor where stale."""
    checks = [] if record["verdict"] == "stale" else record["checks"]
    known = {said["id"]: said for check in checks for said in (check, *check.get("of", ()))}
    nodes = {node.id: node for node in (*claim.checks, *claim.each())}
    found = ((name, _words(claim, nodes.get(name), known, said)) for name, said in known.items())
    return {name: words for name, words in found if words}


def _words(claim: Claim, node: Node | None, known: Mapping[str, Said], said: Said) -> str:
    if said["outcome"] != "undecided":
        return ""
    if node is not None and ("of" in said) != isinstance(node, Check) and _holds_by_itself(node, said):
        controls = list(_controls(claim, node, known))
        return f"waits for its control{'s' * (len(controls) > 1)} {' and '.join(controls)}" if controls else ""
    if _capped(said):
        return f"its cap of {said['most']} seeds is reached"
    if "of" in said or said["kind"] == "scope" or "next_batch_minutes" in said:
        return ""
    return "asks for no more seeds"


def _holds_by_itself(node: Node, said: Said) -> bool:
    """Whether it would hold by its own seeds, or its members, whatever its controls say."""
    if not isinstance(node, Check):
        return together(node, [Finding(node, member["outcome"]) for member in said["of"]]) == "holds"
    if node.bar == "exact":
        return bool(said["yes"])
    low, high = (math.nan if said.get(end) is None else said[end] for end in ("low", "high"))
    return shown(node, said["yes"], low, high) == "holds"


def _controls(claim: Claim, node: Node, known: Mapping[str, Said]) -> Iterator[str]:
    """Each control that guards it and does not hold, with what it came to."""
    for control in claim.guards_of(node.id):
        said = known.get(control.id, {"outcome": "not run"})
        if said["outcome"] != "holds":
            yield f"{control.id} ({said['outcome']}{', at its cap' if _capped(said) else ''})"


def _capped(said: Said) -> bool:
    """Whether it is open by all the seeds that may be asked; a group has no cap of its own."""
    return said["outcome"] == "undecided" and "of" not in said and bool(said["n"] >= said["most"])
