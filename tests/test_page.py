"""A claim's page says what the record says: what is asked, what came out, what is open and why, how to check it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import any_of, check, claim, trials, write
from sited import HOSTILE, Skeleton, before, the

from common.errors import UserError
from suite import evidence, registry
from suite.judging import find
from suite.page import checks, claim_page, overview, record, site

ROOT = Path(__file__).parent.parent


def test_every_claim_has_a_page_that_the_overview_links_to(published):
    published(*(claim(check(), id=name) for name in "abc"), old={"b": before()}, a="y" * 12)
    found = dict(site.pages([the()]))
    assert {f"claims/{name}.html" for name in "abc"} | {"index.html", "sources.html", "edition-1/b.html"} == set(found)
    for name in "abc":
        assert f'href="claims/{name}.html"' in found["index.html"]
        others = {*"abc"} - {name}
        assert {
            other for other in "abc" if f'<a href="{other}.html">It is so.</a>' in found[f"claims/{name}.html"]
        } == others
    assert 'href="../edition-1/b.html"' in found["claims/b.html"]
    assert 'href="../claims/b.html"' in found["edition-1/b.html"]


def test_all_of_today_has_a_page_and_what_edition_1_said_another():
    found = {place for name in registry.names() for place, _ in site.pages([record.read(name)])}
    assert {f"claims/{site.address(i)}" for i in registry.all_claims()} <= found
    old = {i for name in registry.names() for i in registry.recorded_verdicts(name, folder=registry.edition_1())}
    assert {place for place in found if place.startswith("edition-1/")} == {f"edition-1/{site.address(i)}" for i in old}


def test_claims_that_would_share_a_page_are_refused(published):
    published(claim(check(), id="a b"), claim(check(), id="a-b"))
    with pytest.raises(UserError, match=r"'a b' and 'a-b' would both be claims/a-b\.html"):
        list(site.pages([the()]))


def test_a_page_tells_answer_bar_seeds_effect_source_and_how_to_check_and_cite(published):
    wanted = claim(check(), check("far", "scope", arm="b"), quotation="it is so", dropped={"gone": "too dear"})
    published(wanted, a="y" * 11 + "n" + "y" * 12, b="n" * 12)
    text = " ".join(Skeleton(dict(site.pages([the()]))["claims/made-up.html"]).text.split())
    for said in (
        "It is so.", "“it is so”", "Ann Östh, Bo Nobody", "p. 1", "C shows: 23 of 24 seeds", "m of a > 0.5",
        "more than half of random seeds", "median m: 1", "yes 1000 to 1010, 1012 to 1023", "no 1011", "too dear",
        "@misc{nobody2020", "repro audit made-up --arm a --seed 1000", "@misc{dl_reproductions:made-up",
        "published 1 (confirmed)",
        "bars fixed at commit ffffffffffff", "trained at commit cccccccccccc", "dispute-a-reading.yml",
        "Here the answer is another: 1", "Far shows 0 of 12 seeds, fails",
    ):  # fmt: skip
        assert said in text, said


def test_a_page_says_for_which_control_a_check_waits_and_what_a_batch_costs_of_those_alone_that_get_one(published):
    guarded = claim(check(), check("g", "control", arm="b", guards=("c",)))
    wanted = claim(any_of(check("x", arm="z"), check("y", arm="b")), id="grouped")
    published(guarded, wanted, a="y" * 12, z="y" * 24)
    pages = dict(site.pages([the()]))
    assert "Waits for its control g (not run)." in Skeleton(pages["claims/made-up.html"]).text
    assert "min of one core" not in pages["claims/made-up.html"]
    published(guarded, wanted, a="y" * 12, b="yn" * 6, z="y" * 24)
    pages = dict(site.pages([the()]))
    assert "Waits for its control g (undecided)." in Skeleton(pages["claims/made-up.html"]).text
    assert pages["claims/made-up.html"].count("The next 12 seeds take about") == 1, "of the control"
    assert "min of one core" not in pages["claims/grouped.html"], "one of them suffices"
    assert "<small>Asks for no more seeds.</small>" in pages["claims/grouped.html"]


def test_what_is_open_at_its_cap_is_not_said_to_wait_for_seeds(published):
    members = claim(any_of(check("x"), check("y", arm="b")), id="grouped")
    published(claim(check()), members, a="yn" * 23 + "yy", b="n" * 24)
    pages = dict(site.pages([the()]))
    assert '<p class="needs">Its cap of 48 seeds is reached.</p>' in pages["claims/made-up.html"]
    assert "undecided<small>Its cap of 48 seeds is reached.</small>" in pages["claims/grouped.html"]
    for page in ("index.html", "claims/grouped.html"):
        assert "0 of 2 hold, 1 open" in Skeleton(pages[page]).text, page
    both = "more seeds could still change the word, or the cap of seeds is reached"
    assert both in pages["index.html"]
    assert f"*undecided* (open: {both})" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_page_tells_what_the_same_checks_say_without_the_effect(published):
    folder = published(claim(check()), a="y" * 12)
    counts = {"outcome": "undecided", "yes": 10, "ties": 2, "n": 24, "rows": 25, "asked": 24, "needed": 21}
    entry = {
        "what": f"both nets are <b>plain</b>, {HOSTILE}", "state": "clear", "reason": "", "word": "undecided",
        "turned": "undecided", "records": ["pilots"], "claim_sha256": "", "declared_sha256": "", "numbers_sha256": "",
        "checks": [{"id": "c", "distinct": 25, **counts}], "code_sha256": {},
    }  # fmt: skip

    def told(**other):
        write(folder / "negatives.json", {"made-up": entry | other})
        return " ".join(Skeleton(dict(site.pages([the()]))["claims/made-up.html"]).text.split())

    assert "where both nets are <b>plain</b>, <script>" in told()
    assert "They came to: undecided (10 of 24 say yes, 2 ties; 21 of 24 would have shown it)." in told()
    assert "They came to: reproduced: it found it all the same." in told(
        state="reproduced", reason="it found it all the same"
    )
    assert "Negative control" not in told(state="not run")


def test_before_the_first_run_the_bars_and_what_would_pass_them_are_told(published):
    wanted = claim(check())
    folder = published(wanted)
    (folder / "verdicts.json").unlink()
    (folder / "trials.csv").unlink()
    text = " ".join(Skeleton(dict(site.pages([the()]))["claims/made-up.html"]).text.split())
    assert "Not run yet: the questions below and their bars are fixed" in text
    assert "Asks seeds 1000 to 1047 at most. Holds with 12 of 12, 21 of 24, 29 of 36, 37 of 48." in text


@pytest.mark.parametrize(
    ("bar", "most"), [("most", 48), ("almost every", 96), ("rarely", 96), ("some", 240), ("never", 240)]
)
def test_as_many_yes_as_are_told_make_a_check_hold_and_one_fewer_do_not(bar, most):
    turn = 1 if bar in ("most", "almost every", "some") else -1
    for look in (12, 24, most):
        asked = replace(check(bar=bar, most=most), first=look)
        needed = checks._enough(bar, look)
        tried = (needed, needed - turn) if needed is not None else (0, look)
        held = {
            yes: find(asked, {("s", "a"): trials([1.0] * yes + [0.0] * (look - yes))}).outcome == "holds"
            for yes in tried
            if 0 <= yes <= look
        }
        assert all(holds == (yes == needed) for yes, holds in held.items())


def test_a_check_that_was_another_when_it_was_judged_is_told_as_not_run(published, monkeypatch):
    group = any_of(check("c"), check("d", arm="b"), name="c-or-d")
    published(claim(group, check("e")), a="y" * 12, b="y" * 12)
    changed = claim(replace(check("c-or-d"), what="it is one"), any_of(check("x"), check("y", arm="b"), name="e"))
    monkeypatch.setattr(registry, "claims", lambda name: (changed,))
    monkeypatch.setattr(evidence, "staleness", lambda *_: "the claim's checks changed since the run")
    page = claim_page.page(the(), changed)
    assert [view.outcome for view in page.deciding] == ["not run", "not run"]
    assert page.said == ()
    assert "No answer: the claim's checks changed" in overview.overview([the()]).entries[0].answer


def test_scope_is_told_by_what_a_change_of_setting_does(published):
    wanted = claim(check(), *(check(f"s-{arm}", "scope", arm=arm) for arm in "bcd"), carried=("old",))
    old = {"made-up": before(checks=[{"id": "old", "outcome": "fails", "role": "claim"}])}
    published(wanted, old=old, a="y" * 12, b="y" * 12, c="n" * 12)
    page = claim_page.page(the(), wanted)
    assert {title: [r.id for r in reaches] for title, reaches in claim_page.groups(page)} == {
        "Here the answer is another": ["s-c", "old"], "Here it is the same": ["s-b"], "Not asked yet": ["s-d"],
    }  # fmt: skip


def test_a_judged_claim_is_reviewed_in_its_page_for_machines(published):
    published(claim(check()), a="y" * 12)
    text = dict(site.pages([the()]))["claims/made-up.html"]
    review = json.loads(text.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert (review["@type"], review["reviewRating"]["alternateName"]) == ("ClaimReview", "reproduced")
    assert review["claimReviewed"] == "It is so."


def test_what_lies_behind_small_charts_is_drawn_once_for_each_bar_of_the_page(published):
    bars = {"b": "rarely", "d": "almost every", "e": "rarely"}
    wanted = claim(check(), *(check(f"far-{arm}", "scope", arm, bar=bar, most=96) for arm, bar in bars.items()))
    published(wanted, a="y" * 12, **dict.fromkeys(bars, "n" * 12))
    page = dict(site.pages([the()]))["claims/made-up.html"]
    used = re.findall(r'<use href="#([^"]+)"/>', page)
    assert sorted(used) == ["bar-almost-every", "bar-rarely", "bar-rarely"]
    assert {place: page.count(f'id="{place}"') for place in used} == dict.fromkeys(used, 1)
