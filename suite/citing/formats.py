"""A citation in the formats of bibliographies: the source, then this suite's verdict on the claim. No Keras."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from suite.citing import sources
from suite.citing.citation import Citation, lines
from suite.citing.release import AUTHORS, NAME, RELEASED, TITLE, VERSION
from suite.citing.sources import Source
from suite.escaping import csl, latex, plain

YEAR, MONTH, DAY = RELEASED.split("-")
CSL_TYPES = {"article": "article-journal", "inproceedings": "paper-conference", "phdthesis": "thesis"}
RIS_TYPES = {"article": "JOUR", "inproceedings": "CPAPER", "phdthesis": "THES"}


def key(citation: Citation) -> str:
    return f"dl_reproductions:{citation.claim}"


def title(citation: Citation) -> str:
    return f"Verdict on the claim {citation.claim}: {citation.verdict}"


def bibtex(citation: Citation) -> str:
    """BibTeX. The verdict is `@misc`: old styles do not know `@software`, and old readers drop it."""
    fields = {"howpublished": latex(f"{NAME}, version {VERSION}"), "year": YEAR, "note": latex(citation.note())}
    fields |= _url(citation)
    return sources.bibtex(citation.source) + "\n" + _entry("misc", citation, fields)


def biblatex(citation: Citation) -> str:
    """biblatex, which has `@software` and `@online`."""
    fields = {"version": VERSION, "date": RELEASED, "titleaddon": latex(TITLE), "note": latex(citation.note())}
    fields |= _url(citation)
    return sources.biblatex(citation.source) + "\n" + _entry("software", citation, fields)


def _url(citation: Citation) -> dict[str, str]:
    """The field as it is: readers of it know how an address is set."""
    return {"url": citation.address} if citation.address else {}


def _entry(kind: str, citation: Citation, fields: Mapping[str, str]) -> str:
    head = {"author": f"{{{AUTHORS}}}", "title": f"{{{latex(title(citation))}}}"}
    rows = ",\n".join(f"  {name} = {{{text}}}" for name, text in (head | dict(fields)).items())
    return f"@{kind}{{{key(citation)},\n{rows}\n}}\n"


def ris(citation: Citation) -> str:
    """RIS: a tag a line, so that a line break in a text would begin a field."""
    return _ris(_ris_source(sources.read(citation.source))) + "\n" + _ris(_ris_verdict(citation))


def _ris(fields: list[tuple[str, str]]) -> str:
    return "".join(f"{tag}  - {plain(text)}\n" for tag, text in fields if text) + "ER  - \n"


def _ris_source(source: Source) -> list[tuple[str, str]]:
    known = source.fields
    first, _, last = known.get("pages", "").partition("--")
    authors = [("AU", f"{family}, {given}" if given else family) for given, family in source.authors]
    return [
        ("TY", RIS_TYPES.get(source.kind, "ELEC")), ("ID", source.key), *authors, ("TI", known.get("title", "")),
        ("PB" if source.kind == "phdthesis" else "T2", source.container), ("PY", known.get("year", "")),
        ("VL", known.get("volume", "")), ("IS", known.get("number", "")), ("SP", first), ("EP", last),
        ("DO", known.get("doi", "")), ("UR", known.get("url", "")), ("N1", known.get("note", "")),
    ]  # fmt: skip


def _ris_verdict(citation: Citation) -> list[tuple[str, str]]:
    return [
        ("TY", "COMP"), ("ID", key(citation)), ("AU", AUTHORS), ("TI", title(citation)), ("T2", TITLE), ("PY", YEAR),
        ("DA", f"{YEAR}/{MONTH}/{DAY}"), ("ET", VERSION), ("UR", citation.address), ("N1", citation.note()),
    ]  # fmt: skip


def csl_json(citation: Citation) -> str:
    """CSL-JSON, which Zotero and pandoc read."""
    items = [_csl_source(sources.read(citation.source)), _csl_verdict(citation)]
    return json.dumps(items, indent=1, ensure_ascii=False) + "\n"


def _csl_source(source: Source) -> dict[str, Any]:
    known = source.fields
    people = [{"family": csl(family), **({"given": csl(given)} if given else {})} for given, family in source.authors]
    names = {"title": "title", "volume": "volume", "number": "issue", "doi": "DOI", "url": "URL", "note": "note"}
    texts = {names[name]: csl(text) for name, text in known.items() if name in names}
    texts |= {"page": csl(known["pages"].replace("--", "-"))} if "pages" in known else {}
    place = "publisher" if source.kind == "phdthesis" else "container-title"
    texts |= {place: csl(source.container)} if source.container else {}
    issued = {"issued": {"date-parts": [[int(known["year"])]]}} if known.get("year", "").isdigit() else {}
    kind = CSL_TYPES.get(source.kind, "article" if "eprint" in known else "webpage")
    return {"id": source.key, "type": kind, "author": people, **texts, **issued}


def _csl_verdict(citation: Citation) -> dict[str, Any]:
    return {
        "id": key(citation), "type": "software", "author": [{"literal": AUTHORS}], "title": csl(title(citation)),
        "container-title": TITLE, "version": VERSION, "note": csl(citation.note()),
        "issued": {"date-parts": [[int(YEAR), int(MONTH), int(DAY)]]},
        **({"URL": csl(citation.address)} if citation.address else {}),
    }  # fmt: skip


def as_json(citation: Citation) -> str:
    """Every part of the citation by its name."""
    said = asdict(citation) | {"suite": NAME, "version": VERSION, "source": asdict(sources.read(citation.source))}
    return json.dumps(said, indent=1, ensure_ascii=False, default=dict) + "\n"


def text(citation: Citation) -> str:
    """For a person: what is claimed, what came out, where to look, and both entries of BibTeX."""
    said = "\n".join(plain(line) if line.strip() == line else f"  {plain(line)}" for line in lines(citation))
    return f"{said}\n\n{bibtex(citation)}"


FORMATS: Mapping[str, Callable[[Citation], str]] = {
    "text": text, "bibtex": bibtex, "biblatex": biblatex, "ris": ris, "csl": csl_json, "json": as_json,
}  # fmt: skip
