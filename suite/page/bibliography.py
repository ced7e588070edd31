"""The sources of the claims as readers name them. No ML library."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from suite import citing

ACCENTS = {"'": "\u0301", "`": "\u0300", '"': "\u0308", "^": "\u0302", "~": "\u0303", "H": "\u030b", "k": "\u0328"}
ACCENTS |= {"c": "\u0327", "v": "\u030c", "=": "\u0304", ".": "\u0307"}
ACCENT = re.compile(r"\{?\\(['`\"^~=.]|[Hkcv](?=[{ ]))\s*\{?\\?(\w)\}?\}?")


@dataclass(frozen=True)
class Reference:
    """`short` is what a list shows: authors and year."""

    short: str
    authors: str
    title: str
    year: str
    note: str
    url: str


@cache
def reference(key: str) -> Reference:
    """An entry of `sources.bib`."""
    entry = citing.bibtex(key)
    fields = {name: _plain(text) for name, text in re.findall(r"^\s*(\w+) = \{(.*)\},?$", entry, re.MULTILINE)}
    names = fields.get("author", key).split(" and ")
    last = [name.split()[-1] for name in names]
    short = last[0] if len(last) == 1 else f"{last[0]} and {last[1]}" if len(last) == 2 else f"{last[0]} et al."
    year = fields.get("year", "")
    url = fields.get("url", "") or (f"https://arxiv.org/abs/{fields['eprint']}" if "eprint" in fields else "")
    authors = ", ".join(names[:-1]) + " and " * (len(names) > 1) + names[-1]
    return Reference(f"{short} {year}".strip(), authors, fields.get("title", ""), year, fields.get("note", ""), url)


def _plain(text: str) -> str:
    """LaTeX's accents as letters, and no braces."""
    accented = ACCENT.sub(lambda found: unicodedata.normalize("NFC", found[2] + ACCENTS[found[1]]), text)
    return re.sub(r"[{}]|\\(?=[&%_#$])", "", accented).replace("--", "–")
