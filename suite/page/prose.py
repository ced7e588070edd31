"""The parts of a reproduction's own page that a claim's page quotes. No ML library."""

import re
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup

from suite import intact, registry

OPEN, DEPARTURES = "What the source leaves open", "Departures"


@dataclass(frozen=True)
class Module:
    """What is the same for all claims of a reproduction."""

    name: str
    open: Markup
    departures: Markup


def module(name: str) -> Module | None:
    """What its sources leave open, and its departures; None where its README tells of neither."""
    told = Module(name, section(name, OPEN), section(name, DEPARTURES))
    return told if told.open or told.departures else None


@cache
def section(name: str, title: str) -> Markup:
    """A section of a reproduction's README as HTML, in which no tag, picture or link of it is alive; or nothing."""
    text = intact.text(registry.FOLDER / name / "README.md")
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if not found:
        return Markup("")
    return Markup(_parser().render(found[1]).replace("<table>", '<table class="plain">'))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link", "autolink"])


@cache
def errata(claim: str) -> tuple[tuple[str, str], ...]:
    """(version, line) of each entry of the changelog that names the claim, and each row about it, the latest first."""
    found, version, heads = [], "", list[str]()
    for line in intact.text(registry.ROOT / "CHANGELOG.md").splitlines():
        if line.startswith("## "):
            version = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")] if line.startswith("|") else []
        heads = (heads or cells) if cells else []  # of a table, its first line
        if claim in cells:
            said = (f"{head}: {cell}" for head, cell in zip(heads, cells, strict=False) if cell != claim)
            found.append((version, "; ".join(said)))
        elif not cells and re.search(rf"(?<![\w-]){re.escape(claim)}(?![\w-])", line):
            found.append((version, line.lstrip("-* ").replace("`", "").replace("*", "")))
    return tuple(found)
