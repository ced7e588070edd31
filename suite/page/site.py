"""Writes the site: every page, the figures that they show, one style sheet and one script. No ML library."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from common.errors import UserError
from suite import grounds, registry, scorecard, tables
from suite.citing import release, sources
from suite.page import by_source, claim_page, overview, prose, words
from suite.page.record import Record, read

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
STATIC = ("style.css", "script.js", "icon.svg")
BETWEEN = re.compile(
    r">\s*\n\s*(?=</?(article|circle|d[dltiv]+|fig\w+|h[1-4]|header|li|nav|p|path|rect|section|t[dhr]|table|tbody|text|thead|ul)\b)"
)
"""White space before what is no part of a line of text, where it shows nothing."""
TEMPLATE = "dispute-a-reading.yml"
"""The issue form, in `.github/ISSUE_TEMPLATE/`, for who reads the source's sentence otherwise."""


def folder() -> Path:
    """Where the site is written; it follows from the record, so that it is no part of it."""
    return registry.results() / "page"


def pages(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """Every file of the site but the static ones: its place, and its text."""
    seen: dict[str, str] = {}
    told = overview.overview(records)
    yield "index.html", _render("overview.html", overview=told, root="")
    yield "sources.html", _render("sources.html", told=by_source.by_source(told), root="")
    for record in records:
        for claim in record.claims:
            place = address(claim.id)
            if other := seen.get(place):
                raise UserError(f"claims {other!r} and {claim.id!r} would both be claims/{place}; rename one of them.")
            seen[place] = claim.id
            page = claim_page.page(record, claim)
            yield f"claims/{place}", _render("claim.html", page=page, groups=claim_page.groups(page), root="../")
            if page.before:
                yield f"edition-1/{place}", _render("edition_1.html", page=page, root="../")
            yield from ((figure.file, figure.svg) for figure in page.figures)
        if module := prose.module(record.name):
            yield f"modules/{record.name}.html", _render("module.html", told=module, root="../")


def address(claim: str) -> str:
    """The file name of a claim's page, its permalink within the site."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", claim).strip(".-") + ".html"


def write(target: Path | None = None) -> Path:
    """Writes the site anew into its folder, in one step, so that no reader meets half of it.

    Raises:
        UserError: the folder cannot be written, or two claims would share a page.
    """
    target = target or folder()
    files = dict(pages([read(name) for name in registry.names()]))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for leftover in target.parent.glob(".page.*"):  # of one that was killed
            shutil.rmtree(leftover)
        made = Path(tempfile.mkdtemp(prefix=".page.", dir=target.parent))
        made.chmod(0o755)
        for place, text in files.items():
            (made / place).parent.mkdir(parents=True, exist_ok=True)
            (made / place).write_text(text, encoding="utf-8", newline="\n")
        for name in STATIC:
            shutil.copy(str(resources.files("suite.page") / "static" / name), made / name)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=".page.", dir=target.parent))
            os.replace(target, old / "page")
            shutil.rmtree(old)
        os.replace(made, target)
    except OSError as error:
        raise UserError(f"cannot write {target}: {error.strerror}; mend this, or set REPRO_RESULTS.") from None
    return target


def call() -> int:
    """The command: writes the site and says where it is; the exit code."""
    registry.select([])  # which warns of claims that cannot be read
    grounds.refuse(registry.names())
    place = write()
    files = [path for path in place.rglob("*") if path.is_file()]
    pages = sum(path.suffix == ".html" for path in files)
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    print(f"wrote {pages} pages, {megabytes:.1f} MB; open {place / 'index.html'}, or copy its folder to any web host")
    return 0


def _render(template: str, **facts: Any) -> str:
    text = _environment().get_template(template).render(**facts)
    return re.sub(r"\n\s*(?=<)", "\n", BETWEEN.sub(">", text))  # what is only there for the templates is a thirtieth


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("suite.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=words.short,
    )
    made.filters |= {"plain": words.plain, "address": address, "capitalised": words.capitalised, "quoted": quote}
    made.globals |= {
        "policy": POLICY,
        "version": release.VERSION,
        "reference": sources.read,
        "kinds": words.KINDS,
        "natures": scorecard.NATURES,
        "decided": tables.DECIDED,
        "shares": by_source.shares,
        "dispute": TEMPLATE,
    }
    return made
