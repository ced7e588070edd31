"""A badge is a small picture whose words are readable, to eyes and to screen readers, and inert."""

import re
from xml.etree import ElementTree

import pytest
from made_up import check, claim, described, publish, write
from test_escaping import HOSTILE

from suite.citing import badges

SVG = "{http://www.w3.org/2000/svg}"
WORDS = ("reproduced", "partly", "not reproduced", "undecided", "not run", "stale", "invalid")


def luminance(colour):
    """Relative luminance by WCAG 2."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("word", WORDS)
def test_a_badge_is_a_small_titled_picture_of_enough_contrast(word):
    text = badges.svg("parity-frontier", word)
    root = ElementTree.fromstring(text)
    assert root.find(f"{SVG}title").text == root.get("aria-label") == f"parity-frontier: {word}"
    assert [node.text for node in root.iter(f"{SVG}text")] == ["parity-frontier", word]
    assert len(text) < 1000
    for colour in (rect.get("fill") for rect in root.iter(f"{SVG}rect")):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_words_of_the_picture(text):
    root = ElementTree.fromstring(badges.svg(text, text))
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    assert [node.text or "" for node in root.iter(f"{SVG}text")] == [shown, shown]
    assert {node.tag.removeprefix(SVG) for node in root.iter()} == {"svg", "title", "rect", "g", "text"}
    assert not re.search(r"<script|\son\w+=", badges.svg(text, text))


def test_each_claim_has_the_badge_of_its_verdict(monkeypatch, tmp_path):
    judged, waiting = claim(check("one"), id="judged"), claim(check("one"), id="waiting")
    folder = publish(monkeypatch, tmp_path, judged, waiting)
    write(folder / "verdicts.json", {"judged": described(judged, a="n" * 12)})
    found = dict(badges.files(["made_up"]))
    assert list(found) == ["badges/judged.svg", "badges/waiting.svg"]
    assert "<title>judged: not reproduced</title>" in found["badges/judged.svg"]
    assert "<title>waiting: not run</title>" in found["badges/waiting.svg"]
