"""The front page begins with what forecasters got most wrong, and sources tell their sentences in order."""

import pytest
from made_up import check, claim
from sited import Skeleton, before, listed, the

from suite import forecasts, registry, scorecard
from suite.page import overview, record, site


def entries(published, rows, **arms):
    wanted = [claim(check(f"c-{arm}", arm=arm), id=arm) for arm in arms]
    published(*wanted, **arms)
    lines = ["forecaster,date,claim,check,probability", *rows]
    (registry.FOLDER / "forecasts.csv").write_text("\n".join(lines) + "\n")
    forecasts.forecasts.cache_clear()
    return overview.overview([the()])


def test_what_most_forecasters_got_wrong_comes_first_the_surest_error_before_others(published):
    rows = ["x,d,a,c-a,0.7", "x,d,b,c-b,0.99", "x,d,e,c-e,0.99", "x,d,g,c-g,0.2", "y,d,g,c-g,0.9", "z,d,g,c-g,0.8"]
    found = entries(published, rows, a="n" * 12, b="n" * 12, e="y" * 12, g="y" * 12)
    assert [entry.claim.id for entry in found.surprises] == ["b", "a"], "one of three forecasters is not most"
    ((wrong, what),) = found.surprises[0].wrong
    assert (wrong.probability, wrong.outcome, what) == (0.99, "fails", "c-b shows")
    assert [(e.claim.id, e.forecast, e.came) for e in found.entries if e.claim.id in "ae"] == [
        ("a", 0.7, 0.0),
        ("e", 0.99, 1.0),
    ]


def test_until_a_check_is_decided_edition_1_tells_what_came_out_otherwise(published):
    words = ("partly", False), ("not reproduced", False), ("inconclusive", False), ("partly", True)
    old = {name: before(word, held) for name, (word, held) in zip("abcd", words, strict=True)}
    published(*(claim(check(), id=name) for name in "abcd"), old=old)
    found = overview.overview([the()])
    assert found.edition == 1
    assert [(entry.claim.id, entry.prior) for entry in found.surprises] == [("b", "not reproduced?"), ("a", "partly?")]


def test_while_no_forecast_missed_that_is_told_and_edition_1_surprises_by_what_is_not_decided_anew(published):
    wanted = [claim(check(f"c-{name}", arm=arm), id=name) for name, arm in (("anew", "a"), ("waits", "b"))]
    published(*wanted, old={name: before(held=False) for name in ("anew", "waits")}, a="y" * 12)
    (registry.FOLDER / "forecasts.csv").write_text(
        "forecaster,date,claim,check,probability\nx,d,anew,c-anew,0.9\nx,d,waits,c-waits,0.1\n"
    )
    forecasts.forecasts.cache_clear()
    found = overview.overview([the()])
    assert (found.edition, found.surprised, [entry.claim.id for entry in found.surprises]) == (2, 1, ["waits"])
    text = " ".join(Skeleton(dict(site.pages([the()]))["index.html"]).text.split())
    assert "None of the 1 forecasts of checks decided so far was on the wrong side of one half" in text
    assert "Of what is not decided yet, edition 1 found this otherwise than was expected" in text


@pytest.mark.parametrize(
    ("seeds", "came"),
    [("n" * 12, "it does not"), ("yn" * 120, "as many seeds one way as the other"), ("y" * 12, "it does")],
    ids=["fails", "split", "holds"],
)
def test_the_front_page_tells_what_came_in_place_of_what_was_foretold(published, seeds, came):
    """A split is no "does not": about as many seeds say yes."""
    published(claim(check(most=240)), a=seeds)
    foretold = 0.1 if came == "it does" else 0.9
    (registry.FOLDER / "forecasts.csv").write_text(
        f"forecaster,date,claim,check,probability\nx,d,made-up,c,{foretold}\n"
    )
    forecasts.forecasts.cache_clear()
    text = " ".join(Skeleton(dict(site.pages([the()]))["index.html"]).text.split())
    assert f"came {came} verdict" in text


def test_each_source_tells_its_sentences_in_order_with_their_answers_and_why_some_have_none(published):
    words = {"quotation": "it is so", "locator": "p. 2"}
    published(claim(check(), id="a", **words), claim(check(), id="b", nature="identity"), a="y" * 12)
    rows = [("b", "", "", ""), ("", "p. 9", "so it is", "No number."), ("a", "", "", ""), ("to-come", "", "", "")]
    listed(*(["nobody2020", *row] for row in rows))
    page = dict(site.pages([the()]))["sources.html"]
    text = " ".join(Skeleton(page).text.split())
    assert "Nobody 2020 1 cannot be tested, 1 without a test yet experiments 1 0 0 0 1 identities 1 0 0 0 1" in text
    said = (
        "P. 1 reproduced It is so. identity C shows: 12 of 12 seeds",
        "P. 9 untestable “so it is” No number.",
        "P. 2 reproduced “it is so” It is so. C shows: 12 of 12 seeds",
        "No test yet: to-come",
    )
    places = [text.index(words) for words in said]
    assert places == sorted(places)
    assert {f'href="claims/{name}.html"' for name in "ab"} <= set(page.replace(">", " ").split())
    assert 'href="#untestable-1"' in page
    assert 'id="untestable-1"' in page


def test_the_scorecard_of_the_page_is_that_of_the_index():
    made = site.pages([record.read(name) for name in registry.names()])
    text = " ".join(Skeleton(next(page for place, page in made if place == "sources.html")).text.split())
    for line in scorecard.told(registry.names()).splitlines():
        of, *cells = line.strip("| ").split(" | ")
        if of == "all":
            nature, n, *others = cells
            assert f"{nature} {' '.join(others)} {n}" in text, line
