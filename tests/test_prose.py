"""Words of a page: numbers as prose has them; what READMEs and the changes say comes to the claims that it names."""

from pathlib import Path

import pytest

from suite import registry
from suite.page import prose
from suite.page.words import plain

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (15_150_000, "15.2 million"), (640_000, "640 000"), (10_000, "10 000"), (1234.5, "1230"), (0.5, "0.5"),
        (0.0, "0"),
        (-0.25, "−0.25"), (1e-5, "10⁻⁵"), (2.04e-7, "2.04·10⁻⁷"), (3e12, "3·10¹²"), (float("inf"), "–"), (None, "–"),
    ],
)  # fmt: skip
def test_numbers_are_spelled_as_in_prose(number, text):
    assert plain(number).replace("\N{NARROW NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize("name", registry.names())
def test_each_page_quotes_what_its_source_leaves_open_and_its_departures(name):
    said = prose.section(name, prose.OPEN)
    assert "<p>" in said or "<li>" in said
    assert "<li>" in prose.section(name, prose.DEPARTURES)


def test_a_changelog_line_reaches_the_claims_that_it_names_and_no_other(monkeypatch, tmp_path):
    (tmp_path / "CHANGELOG.md").write_text(
        "## 0.2.0\n\n- `a-b` is partly now\n- a-b-c as well\n\n## 0.1.0\n\n- a-b: first\n"
    )
    monkeypatch.setattr(registry, "ROOT", tmp_path)
    prose.errata.cache_clear()
    assert prose.errata("a-b") == (("0.2.0", "a-b is partly now"), ("0.1.0", "a-b: first"))
    prose.errata.cache_clear()
    table = "| claim | then | now | why |\n| --- | --- | --- | --- |\n| a-b-c | x | y | as a-b |\n"
    table += "| a-b | partly | invalid | a slip |\n"
    (tmp_path / "CHANGELOG.md").write_text(f"## 0.2.0\n\n| other |\n\n{table}")
    assert prose.errata("a-b") == (("0.2.0", "then: partly; now: invalid; why: a slip"),)
    prose.errata.cache_clear()
