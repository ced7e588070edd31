"""The sources of the claims: entries of `sources.bib`, as they are written and as plain text. No Keras."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pybtex.database import Person, parse_string
from pybtex.exceptions import PybtexError
from pybtex.richtext import Text

from common.errors import UserError
from suite import intact, registry

VERBATIM = ("url", "doi", "eprint", "pages")


@dataclass(frozen=True)
class Source:
    """One entry in Unicode.

    Attributes:
        kind: the entry's type, as `article`.
        authors: (given names, family name) of each.
        fields: every other field, in lower case.
    """

    key: str
    kind: str
    authors: tuple[tuple[str, str], ...]
    fields: Mapping[str, str]

    @property
    def container(self) -> str:
        """What it appeared in: a journal, proceedings or a university; empty for a page or a preprint."""
        return next((self.fields[name] for name in ("journal", "booktitle", "school") if name in self.fields), "")

    def short(self) -> str:
        """Authors and year, as a text names them."""
        families = [family for _, family in self.authors]
        who = f"{families[0]} et al." if len(families) > 3 else " and ".join(families)
        return f"{who} {self.fields.get('year', 'without year')}".strip()

    def words(self) -> str:
        """Authors, year, title, place and address in one line."""
        parts = (self.short(), self.fields.get("title", self.key), self.container, self.fields.get("url", ""))
        return ". ".join(part for part in parts if part)


def bibtex(key: str) -> str:
    """The entry with this key, as `sources.bib` has it.

    Raises:
        UserError: there is none.
    """
    found = re.search(rf"^@\w+\{{{re.escape(key)},.*?^\}}\n", _text(), re.MULTILINE | re.DOTALL)
    if not found:
        raise UserError(f"sources.bib has no entry {key!r}; add it, or mend the claim's source.")
    return found.group()


def biblatex(key: str) -> str:
    """The same for biblatex, which reads BibTeX's names of fields; a page on the web is its `@online`."""
    entry = bibtex(key)
    return entry.replace("@misc{", "@online{", 1) if re.search(r"^  url\s*=", entry, re.MULTILINE) else entry


def read(key: str) -> Source:
    """The entry with this key.

    Raises:
        UserError: there is none.
    """
    return _parsed(bibtex(key), key)


def _text() -> str:
    return intact.text(registry.FOLDER / "sources.bib")


@cache
def _parsed(text: str, key: str) -> Source:
    try:
        entry = parse_string(text, "bibtex").entries[key]
    except (KeyError, PybtexError) as error:
        raise UserError(f"the entry {key!r} of sources.bib cannot be read: {error}; mend it.") from None
    fields = {name.lower(): value for name, value in entry.fields.items()}
    spelled = {name: value if name in VERBATIM else _unicode(value) for name, value in fields.items()}
    return Source(key, entry.type, tuple(_name(person) for person in entry.persons.get("author", ())), spelled)


def _name(person: Person) -> tuple[str, str]:
    given = [*person.first_names, *person.middle_names]
    family = [*person.prelast_names, *person.last_names, *person.lineage_names]
    return _unicode(" ".join(given)), _unicode(" ".join(family))


def _unicode(text: str) -> str:
    return str(Text.from_latex(text))
