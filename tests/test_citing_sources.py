"""Sources are read in plain text, and each of the project says where it is found."""

import re

from test_citing import BIB, parsed_bibtex

from suite import registry
from suite.citing import sources


def test_names_and_accents_of_a_source_are_plain_text(monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    (tmp_path / "sources.bib").write_text(BIB, encoding="utf-8")
    source = sources.read("nobody2020")
    assert source.authors == (("Ann", "Nobody"), ("Jürgen", "de la Nada"), ("", "The Group"))
    assert source.words() == (
        "Nobody and de la Nada and The Group 2020. On Nets & Such. Proceedings. https://example.org/~a_b"
    )


def test_every_source_of_the_project_has_a_year_and_an_address_or_says_that_none_is_known():
    text = (registry.FOLDER / "sources.bib").read_text(encoding="utf-8")
    known = {key: sources.read(key) for key in parsed_bibtex(text)}
    assert all(source.fields["year"].isdigit() and source.authors for source in known.values())
    without = [key for key, source in known.items() if not source.fields.get("url", "").startswith("http")]
    assert "vitria2016intro" in without
    for key in without:
        assert re.search("no public address of (it|them) could be confirmed", known[key].fields["note"]), key
