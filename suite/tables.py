"""Verdicts as rows, and rows as Markdown, CSV or text. No Keras."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from suite.edition_1_claims import Claim

COLUMNS = (
    "claim",
    "n, failed",
    "statistic",
    "99 % interval",
    "threshold",
    "verdict",
    "prior right?",
    "published (status)",
)
WORDS: Mapping[str, str] = {
    "proportion": "share of seeds",
    "difference_of_proportions": "difference of shares",
    "rank_correlation": "median rank correlation",
    "cells": "share of cells",
    "exact": "exact value",
}
RELATIONS: Mapping[str, str] = {">=": "≥", "<=": "≤", "==": "="}


def rows(claims: Sequence[Claim], recorded: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """One row a claim: its checks, in order, share a cell; a claim without a record is `not run`."""
    return [_row(claim, recorded.get(claim.id, {"verdict": "not run", "checks": []})) for claim in claims]


def _row(claim: Claim, record: Mapping[str, Any]) -> dict[str, str]:
    checks = record["checks"]
    held = {True: "yes", False: "no", None: "–"}[record.get("prior_held")]
    published = claim.published
    lines = {
        "n, failed": [f"{c['seeds']}, {c['failed']}" for c in checks],
        "statistic": [f"{_name(c)} {number(c['value'])}" for c in checks],
        "99 % interval": [_interval(c) for c in checks],
        "threshold": [_threshold(c) for c in checks],
    }
    return {
        "claim": claim.id,
        **{column: "; ".join(cells) or "–" for column, cells in lines.items()},
        "verdict": record["verdict"] + (f" ({record['reason']})" if record.get("reason") else ""),
        "prior right?": held,
        "published (status)": f"{published.value} ({published.status})",
    }


def _name(check: Mapping[str, Any]) -> str:
    control = "control " if check["role"] == "control" else ""
    return f"{control}{check['id']}: {WORDS.get(check['statistic'], check['statistic'])}"


def _interval(check: Mapping[str, Any]) -> str:
    if check["statistic"] == "exact":
        return "exact"
    return f"{number(check['low'], '-∞')} to {number(check['high'], '∞')}"


def _threshold(check: Mapping[str, Any]) -> str:
    return f"{RELATIONS[check['relation']]} {number(check['threshold'])}: {check['outcome']}"


def check_line(check: Mapping[str, Any]) -> str:
    """A check in words: what, estimate, interval, threshold."""
    interval = "" if check["statistic"] == "exact" else f", 99 % interval {_interval(check)}"
    threshold = f"{RELATIONS[check['relation']]} {number(check['threshold'])}"
    return f"{_name(check)} {number(check['value'])}{interval}, threshold {threshold}"


def number(value: float | None, missing: str = "–") -> str:
    """Four significant digits; `missing` for null."""
    return missing if value is None else f"{value:.4g}"


def markdown(table: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> str:
    """A Markdown table; pipes, tags and line breaks in cells are made harmless."""
    lines = [list(columns), ["---"] * len(columns), *([row[column] for column in columns] for row in table)]
    return "".join("| " + " | ".join(_one_line(cell) for cell in line) + " |\n" for line in lines)


def _one_line(cell: str) -> str:
    lines = _plain(cell).split("; ")
    return "<br>".join(line.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;") for line in lines)


def _plain(cell: str) -> str:
    """One line without control characters, among them those that turn the direction of writing."""
    return " ".join("".join(c if c.isprintable() else " " for c in cell).split())


def _inert(cell: str) -> str:
    """Text that a spreadsheet would run as a formula is quoted."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell


def comma_separated(table: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> str:
    """CSV with a header; each cell is one line, and none is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_inert(_plain(row[column])) for column in columns] for row in table)
    return text.getvalue()
