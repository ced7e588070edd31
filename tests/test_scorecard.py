"""What each source says stands in the order of its text, and its scorecard counts what the record says."""

import csv

import pytest
from made_up import check, claim, described, publish, write

from suite import recording, registry, rules, scorecard, tables
from suite.citing import sources
from suite.page import by_source

SOURCES = "".join(f"@misc{{{key},\n  author = {{{name}}},\n  year = {{2020}}\n}}\n\n" for key, name in (
    ("nobody2020", "Bo Nobody"), ("other2020", "Ann Other"),
))  # fmt: skip
HEADER = ("source", "claim", "locator", "quotation", "why it cannot be tested")


@pytest.fixture
def project(monkeypatch, tmp_path):
    """Publishes claims of which `sentences.csv` lists these rows."""

    def publish_all(*claims, rows=(), recorded=None):
        folder = publish(monkeypatch, tmp_path, *claims)
        write(folder / "verdicts.json", recorded or {})
        registry.FOLDER.mkdir(exist_ok=True)
        (registry.FOLDER / "sources.bib").write_text(SOURCES)
        with (registry.FOLDER / "sentences.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *((*row, *[""] * (5 - len(row))) for row in rows)])
        return claims

    return publish_all


def places(text):
    return [(where, [s.claim.id if s.claim else s.quotation for s in said]) for where, said in text.parts]


# The list of sentences.


def test_a_listed_sentence_is_either_a_claim_or_a_short_quotation_with_its_place_and_the_reason():
    for row in scorecard.rows():
        said = [row[name] for name in HEADER[2:]]
        assert sources.read(row["source"]).authors, row
        if row["claim"]:
            assert rules.NAME.fullmatch(row["claim"]), "the claim says the rest by itself"
            assert said == [""] * 3, row
        else:
            assert all(said), row
            assert len(row["quotation"].split()) <= rules.LONGEST_QUOTATION
            assert row["why it cannot be tested"].endswith(".")


def test_no_sentence_is_listed_twice_and_a_claim_stands_under_its_own_source():
    rows = [(row["source"], row["claim"] or row["quotation"]) for row in scorecard.rows()]
    assert len({said for _, said in rows}) == len(rows)
    known = {identity: claim.source for identity, (_, claim) in registry.all_claims().items()}
    assert {(source, said) for source, said in rows if said in known} <= {(of, i) for i, of in known.items()}


def test_every_claim_stands_in_exactly_one_text():
    found = [s.claim.id for t in scorecard.texts(c for _, c in registry.all_claims().values()) for s in t.sentences()
             if s.claim]  # fmt: skip
    assert sorted(found) == sorted(registry.all_claims())


# The order.


def test_sentences_stand_in_the_order_of_the_list_and_those_of_one_place_together(project):
    known = [
        claim(check(), id=name, locator=where)
        for name, where in zip("abcd", ("p. 2", "p. 1", "p. 2", "p. 3"), strict=True)
    ]
    rows = [
        ("nobody2020", "d"),
        ("nobody2020", "c"),
        ("nobody2020", "", "p. 9", "so", "why"),
        ("nobody2020", "b"),
        ("nobody2020", "a"),
    ]
    (text,) = scorecard.texts(project(*known, rows=rows))
    assert places(text) == [("p. 3", ["d"]), ("p. 2", ["c", "a"]), ("p. 9", ["so"]), ("p. 1", ["b"])]


def test_a_claim_that_is_not_listed_comes_last_and_a_source_that_is_not_after_the_others(project):
    known = [
        claim(check(), id=name, source=of)
        for name, of in (("x", "other2020"), ("new", "nobody2020"), ("a", "nobody2020"))
    ]
    texts = scorecard.texts(project(*known, rows=[("nobody2020", "a")]))
    assert [(text.source, places(text)) for text in texts] == [
        ("nobody2020", [("p. 1", ["a", "new"])]), ("other2020", [("p. 1", ["x"])]),
    ]  # fmt: skip


def test_a_claim_waits_until_a_reproduction_has_it_and_then_takes_its_place_by_itself(project):
    rows = [("nobody2020", "a"), ("nobody2020", "later"), ("other2020", "much-later")]
    (text, other) = scorecard.texts(project(claim(check(), id="a"), rows=rows))
    assert (places(text), text.waiting) == ([("p. 1", ["a"])], ("later",))
    assert (places(other), other.waiting) == ([], ("much-later",))
    (text, _) = scorecard.texts(project(claim(check(), id="later"), claim(check(), id="a"), rows=rows))
    assert (places(text), text.waiting) == ([("p. 1", ["a", "later"])], ())


# The score.


def test_identities_experiments_and_proxies_are_counted_apart_each_by_its_verdict(project):
    words = {"a": "reproduced", "b": "partly", "c": "not reproduced", "d": "undecided", "e": "stale"}
    known = [claim(check(), id=name) for name in "abcdef"]
    known += [claim(check(), id="i", nature="identity"), claim(check(), id="p", nature="proxy")]
    (text,) = scorecard.texts(project(*known, rows=[("nobody2020", "", "p. 9", "so", "why")]))
    found = {one.nature: one for one in scorecard.scores(text.sentences(), words | {"i": "reproduced"})}
    assert {nature: (one.sentences, one.words.get("reproduced", 0), one.open) for nature, one in found.items()} == {
        "experiment": (6, 1, 3), "identity": (1, 1, 0), "proxy": (1, 0, 1),
    }  # fmt: skip
    assert list(by_source.shares(found["experiment"])) == [
        ("reproduced", 0, 1), ("partly", 1, 1), ("not reproduced", 2, 1),
        ("undecided", 3, 1), ("stale", 4, 1), ("not run", 5, 1),
    ]  # fmt: skip


def test_the_index_has_the_scorecard_and_every_reason(project, monkeypatch):
    held, open_one = claim(check(), id="held"), claim(check(), id="open", source="other2020", nature="proxy")
    rows = [("nobody2020", "held"), ("nobody2020", "later"), ("nobody2020", "", "p. 9", "so | so", "No number.")]
    project(held, open_one, rows=rows, recorded={"held": described(held, a="y" * 12)})
    text = dict(recording.of_all_verdicts())["INDEX.md"]
    assert text.startswith(tables.index(["made_up"]))
    for line in (
        "| source | nature | sentences | reproduced | partly | not reproduced | open |",
        "| Nobody 2020 | experiments | 1 | 1 | 0 | 0 | 0 |",
        "| Nobody 2020 | not testable | 1 | – | – | – | – |",
        "| Nobody 2020 | no test yet | 1 | – | – | – | – |",
        "| Other 2020 | proxies | 1 | 0 | 0 | 0 | 1 |",
        "| all | experiments | 1 | 1 | 0 | 0 | 0 |",
        "| Nobody 2020 | p. 9 | “so &#124; so” | No number. |",
    ):
        assert f"\n{line}\n" in text, line


def test_a_source_that_the_bibliography_lacks_costs_no_run_its_record(project):
    project(claim(check(), id="a", source="gone2020"))
    assert "\n| gone2020 | experiments | 1 | 0 | 0 | 0 | 1 |\n" in dict(recording.of_all_verdicts())["INDEX.md"]


def test_where_there_is_no_claim_and_no_list_there_is_no_scorecard(monkeypatch, tmp_path):
    publish(monkeypatch, tmp_path)
    assert scorecard.told(["made_up"]) == ""
