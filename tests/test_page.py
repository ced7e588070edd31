"""The site says what the record says: every claim, every seed where it lies, and no text of the record is alive."""

import csv
import json
import math
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from filled import fill
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import any_of, check, claim, described, provenance, publish, trained, trials, write

from common.errors import UserError
from suite import evidence, forecasts, recording, registry, scorecard
from suite.claims import Published, direction
from suite.judging import find
from suite.page import (
    charts,
    checks,
    claim_page,
    effects,
    figures,
    learning,
    overview,
    prose,
    record,
    shrinking,
    site,
)
from suite.page.words import plain, short
from suite.questions import at_chance, both, less, passes, rises, sooner, within

ROOT = Path(__file__).parent.parent
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> \"'|&amp;{{7*7}}</title>\n=1+1 javascript:alert(1)"
SOURCES = '@misc{nobody2020,\n  author = {Ann {\\"O}sth and Bo Nobody},\n  title = {T},\n  year = {2020}\n}\n'


@pytest.fixture
def project(monkeypatch, tmp_path):
    """Publishes claims with trials on record: study `s`, one arm a letter, its seeds answering as told."""
    caches = (forecasts.forecasts, record.asked, record._metrics, prose.section, prose.errata, figures._read)

    def publish_all(*claims, reason="", sources=SOURCES, old=None, **arms):
        folder = publish(monkeypatch, tmp_path, *claims)
        write(tmp_path / "edition-1/made_up/verdicts.json", old or {})
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code/sources.bib").write_text(sources)
        found = [t.model_copy(update={"reason": reason if t.status != "ok" else ""}) for t in trained(**arms)]
        found = [
            t.model_copy(update={"curves": {"m": [(n, n * (t.metrics.get("m") or 0)) for n in range(5)]}})
            for t in found
        ]
        evidence.write_trials(folder / "trials.csv", found)
        evidence.write_curves(folder / "curves.csv", found, folder / "curves.csv", "s")
        monkeypatch.setattr(evidence, "staleness", lambda *_: "")
        made = provenance(*claims)
        monkeypatch.setattr(evidence, "read_provenance", lambda name: made)
        write(folder / "verdicts.json", {c.id: described(c, made, **arms) for c in claims})
        return folder

    yield publish_all
    for cached in caches:
        cached.cache_clear()


def listed(*rows):
    """Writes the list of what the sources say."""
    with (registry.FOLDER / "sentences.csv").open("w", encoding="utf-8", newline="") as file:
        header = ["source", "claim", "locator", "quotation", "why it cannot be tested"]
        csv.writer(file).writerows([header, *rows])


def before(word="partly", held=True, checks=(), text=""):
    """A verdict as edition 1 recorded it."""
    said = dict.fromkeys(("reason", "dataset", "backend"), text)
    return said | {"verdict": word, "prior": text or f"{word}?", "prior_held": held, "checks": list(checks)}


def the(name="made_up"):
    return record.read(name)


def view(wanted, node=0):
    said = the().verdict(wanted.id)["checks"]
    return checks.view(the(), wanted.checks[node], said[node] if said else None)


class Skeleton(HTMLParser):
    """The tags of a page with the names of their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, tuple(name for name, _ in attributes)))

    def handle_data(self, data):
        self.text += f"{data} "


# What there is.


def test_every_claim_has_a_page_that_the_overview_links_to(project):
    project(*(claim(check(), id=name) for name in "abc"), old={"b": before()}, a="y" * 12)
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


def test_claims_that_would_share_a_page_are_refused(project):
    project(claim(check(), id="a b"), claim(check(), id="a-b"))
    with pytest.raises(UserError, match=r"'a b' and 'a-b' would both be claims/a-b\.html"):
        list(site.pages([the()]))


def test_a_page_tells_answer_bar_seeds_effect_source_and_how_to_check_and_cite(project):
    wanted = claim(check(), check("far", "scope", arm="b"), quotation="it is so", dropped={"gone": "too dear"})
    project(wanted, a="y" * 11 + "n" + "y" * 12, b="n" * 12)
    text = " ".join(Skeleton(dict(site.pages([the()]))["claims/made-up.html"]).text.split())
    for said in (
        "It is so.", "“it is so”", "Ann Östh, Bo Nobody", "p. 1", "C shows: 23 of 24 seeds", "m of a > 0.5",
        "more than half of random seeds", "median m 1", "yes 1000 to 1010, 1012 to 1023", "no 1011", "too dear",
        "@misc{nobody2020", "repro audit made-up --arm a --seed 1000", "@misc{dl_reproductions:made-up",
        "published 1 (confirmed)",
        "bars fixed at commit ffffffffffff", "trained at commit cccccccccccc", "dispute-a-reading.yml",
        "Here the answer is another: 1", "Far shows 0 of 12 seeds, fails",
    ):  # fmt: skip
        assert said in text, said


def test_a_page_says_for_which_control_a_check_waits_and_what_a_batch_costs_of_those_alone_that_get_one(project):
    guarded = claim(check(), check("g", "control", arm="b", guards=("c",)))
    wanted = claim(any_of(check("x", arm="z"), check("y", arm="b")), id="grouped")
    project(guarded, wanted, a="y" * 12, z="y" * 24)
    pages = dict(site.pages([the()]))
    assert "Waits for its control g (not run)." in Skeleton(pages["claims/made-up.html"]).text
    assert "min of one core" not in pages["claims/made-up.html"]
    project(guarded, wanted, a="y" * 12, b="yn" * 6, z="y" * 24)
    pages = dict(site.pages([the()]))
    assert "Waits for its control g (undecided)." in Skeleton(pages["claims/made-up.html"]).text
    assert pages["claims/made-up.html"].count("The next 12 seeds take about") == 1, "of the control"
    assert "min of one core" not in pages["claims/grouped.html"], "one of them suffices"
    assert "<small>Asks for no more seeds.</small>" in pages["claims/grouped.html"]


def test_what_is_open_at_its_cap_is_not_said_to_wait_for_seeds(project):
    members = claim(any_of(check("x"), check("y", arm="b")), id="grouped")
    project(claim(check()), members, a="yn" * 23 + "yy", b="n" * 24)
    pages = dict(site.pages([the()]))
    assert '<p class="needs">Its cap of 48 seeds is reached.</p>' in pages["claims/made-up.html"]
    assert "undecided<small>Its cap of 48 seeds is reached.</small>" in pages["claims/grouped.html"]
    both = "more seeds could still change the word, or the cap of seeds is reached"
    assert both in pages["index.html"]
    assert f"*undecided* (open: {both})" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_page_tells_what_the_same_checks_say_without_the_effect(project):
    folder = project(claim(check()), a="y" * 12)
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


def test_before_the_first_run_the_bars_and_what_would_pass_them_are_told(project):
    wanted = claim(check())
    folder = project(wanted)
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


def test_a_check_that_was_another_when_it_was_judged_is_told_as_not_run(project, monkeypatch):
    group = any_of(check("c"), check("d", arm="b"), name="c-or-d")
    project(claim(group, check("e")), a="y" * 12, b="y" * 12)
    changed = claim(replace(check("c-or-d"), what="it is one"), any_of(check("x"), check("y", arm="b"), name="e"))
    monkeypatch.setattr(registry, "claims", lambda name: (changed,))
    monkeypatch.setattr(evidence, "staleness", lambda *_: "the claim's checks changed since the run")
    page = claim_page.page(the(), changed)
    assert [view.outcome for view in page.deciding] == ["not run", "not run"]
    assert page.said == ()
    assert "No answer: the claim's checks changed" in overview.overview([the()]).entries[0].answer


# Where the marks lie.


def test_seeds_are_counted_in_proportion_and_the_bar_stands_where_its_share_is():
    drawn = charts.count({"yes": 9, "no": 2, "failed": 1}, "most", 0.4, 0.96)
    width = charts.RIGHT - charts.LEFT
    assert [(part.answer, part.n, round(part.width / width, 2)) for part in drawn.segments] == [
        ("yes", 9, 0.75), ("failed", 1, 0.08), ("no", 2, 0.17),
    ]  # fmt: skip
    assert drawn.bar == charts.LEFT + width / 2
    assert drawn.share == pytest.approx(charts.LEFT + 0.75 * width, abs=0.1)
    assert drawn.interval == pytest.approx((charts.LEFT + 0.4 * width, charts.LEFT + 0.96 * width), abs=0.1)
    assert charts.count({}, "most", None, None).interval is None


@pytest.mark.parametrize(
    ("bar", "side"),
    [("most", (0.5, 1)), ("almost every", (0.9, 1)), ("rarely", (0, 0.1)), ("some", (0, 1)), ("never", (0, 0.05))],
)
def test_the_tinted_side_is_where_a_check_holds(bar, side):
    ends = [charts.LEFT + (charts.RIGHT - charts.LEFT) * share for share in side]
    assert charts.count({"yes": 1}, bar, None, None).holds == pytest.approx(ends, abs=0.1)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6), min_size=1, max_size=20), st.booleans())
def test_an_axis_holds_its_numbers_in_their_order_and_its_ticks(values, level):
    on = charts.scale(values, level=level)
    places = [on.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(charts.LEFT <= place <= charts.RIGHT for place in places)
    ticks = [tick.x for tick in on.ticks()]
    assert ticks == sorted(ticks)
    assert len(ticks) in range(1, 13)
    assert all(charts.LEFT <= tick <= charts.RIGHT for tick in ticks)


def test_levels_far_apart_lie_on_a_logarithmic_axis_and_differences_never():
    assert charts.scale([1.0, 1000.0], level=True).log
    assert not charts.scale([1.0, 1000.0], level=False).log
    assert not charts.scale([0.0, 1000.0], level=True).log
    assert [tick.text for tick in charts.scale([1.0, 1000.0], level=True).ticks()] == ["1", "10", "100", "1000"]


@pytest.mark.parametrize("n", [1, 12, 240])
def test_every_seed_is_one_dot_and_none_hides_another_while_there_is_room(n):
    line = charts.swarm([(0.5, "yes", f"seed {k}") for k in range(n)], charts.Scale(0, 1), "", 0.0)
    assert [dot.title for dot in line.dots] == [f"seed {k}" for k in range(n)]
    assert line.height <= charts.TALLEST
    assert all(dot.y >= charts.DOT - 0.1 and dot.y + charts.DOT <= line.height + 0.1 for dot in line.dots)
    assert min((abs(one.y - two.y) for one, two in pairwise(line.dots)), default=9) > (6.2 if n == 12 else 0)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_no_seed_covers_another_and_none_leaves_its_number(values):
    on = charts.Scale(0, 1)
    line = charts.swarm([(value, "yes", str(value)) for value in values], on, "", 0.0)
    assert sorted(dot.title for dot in line.dots) == sorted(map(str, values))
    assert all(dot.x == on.at(float(dot.title)) for dot in line.dots)
    if line.height < charts.TALLEST:
        apart = [(one, two) for place, one in enumerate(line.dots) for two in line.dots[:place]]
        assert all(math.hypot(one.x - two.x, one.y - two.y) >= 2 * charts.DOT - 0.15 for one, two in apart)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_a_thinned_line_runs_where_all_its_points_do(values):
    on = charts.Scale(0, 1)
    points = [(place / len(values), value) for place, value in enumerate(values)]
    drawn = charts.path(points, on, on, "", "").points.split()
    kept = [tuple(map(float, point.split(","))) for point in drawn]
    assert set(drawn) <= {f"{on.at(x):g},{on.at(y):g}" for x, y in points}
    for x, y in points:
        assert min(_off((on.at(x), on.at(y)), *ends) for ends in pairwise(kept)) <= charts.SEEN
    flat = charts.path([(place / 20, 0.5) for place in range(21)], on, on, "", "").points
    assert len(flat.split()) == 2


def _off(point, start, end):
    """How far a point lies from a stretch of line."""
    (x, y), (a, b), (c, d) = point, start, end
    along = ((x - a) * (c - a) + (y - b) * (d - b)) / (math.hypot(c - a, d - b) ** 2 or 1)
    along = min(max(along, 0), 1)
    return math.hypot(x - a - along * (c - a), y - b - along * (d - b))


# Seeds and effects.


def test_a_dot_names_its_seed_and_what_it_said(project):
    wanted = claim(check())
    project(wanted, reason="nan at step 3", a="y" * 10 + "nt" + "y" * 11 + "f")
    drawn = view(wanted)
    (strip,) = drawn.strips
    titles = [dot.title for line in strip.lines for dot in line.dots]
    assert len(titles) == 23, "a seed without a number has no dot"
    assert {"seed 1000: 1, yes", "seed 1010: 0, no", "seed 1011: 0.5, tie"} <= set(titles)
    assert dict(drawn.seeds)["failed"] == "1023 (diverged: nan at step 3)"
    assert [tick.text for tick in strip.references] == ["> 0.5"]


def test_only_the_seeds_by_which_a_check_was_decided_are_drawn(project):
    wanted = claim(check())
    project(wanted, a="y" * 24)
    (strip,) = view(wanted).strips
    assert len(strip.lines[0].dots) == 12, "the first look decided; later seeds are not asked"
    assert view(wanted).came == "12 of 12 seeds"


def seeds_of(asks, **arms):
    """The strip of a check with this question whose arms show these numbers."""
    wanted = claim(direction("c", "it shows", "s", asks))
    made = {("s", arm): trials(numbers) for arm, numbers in arms.items()}
    known = replace(the(), observed=made, claims=(wanted,))
    return effects.strips(known, wanted.checks[0], {"n": len(next(iter(arms.values()))), "effects": []})


def test_a_paired_difference_is_drawn_against_none(project):
    project(claim(check()))
    (strip,) = seeds_of(less("m", "a", than="b"), a=[1.0, 2.0, 3.0], b=[2.0, 4.0, 3.0])
    assert [dot.title for dot in strip.lines[0].dots] == [
        "seed 1000: −1, yes",
        "seed 1001: −2, yes",
        "seed 1002: 0, tie",
    ]
    assert [tick.text for tick in strip.references] == ["no difference"]
    assert strip.lines[0].dots[2].x == strip.references[0].x


def test_a_factor_is_drawn_as_a_ratio_and_a_time_beside_its_cut(project):
    project(claim(check()))
    (strip,) = seeds_of(less("m", "a", than="b", times=0.1), a=[1.0, 2.0], b=[20.0, 10.0])
    assert [dot.title for dot in strip.lines[0].dots] == ["seed 1000: 0.05, yes", "seed 1001: 0.2, no"]
    (strip,) = seeds_of(sooner("m", "a", than="b", budget=100.0), a=[10.0, 100.0], b=[100.0, 100.0])
    assert [line.label for line in strip.lines] == ["a", "b"]
    assert strip.references[0].text == "cut off at 100"
    assert strip.lines[1].dots[0].x == strip.references[0].x
    (strip,) = seeds_of(sooner("m", "a", than="b", budget=1e9), a=[10.0, 100.0], b=[100.0, 100.0])
    assert strip.references == (), "what no seed came near would only press them together"


def test_every_question_has_an_axis(project):
    project(claim(check()))
    numbers = {arm: [0.2, 0.4, 0.9] for arm in "abcd"}
    for asks, n in (
        (rises("m", "a", "b", "c"), 1), (within("m", "a", of="b", yardstick=0.1), 1),
        (within("m", "a", of="b", yardstick=("c", "d")), 1), (at_chance("a", "m", samples=100, constant=0.5), 1),
        (both(passes("a", "m", ">", 0.5), less("m", "a", than="b")), 2), (passes("a", "m", "==", 0.2), 1),
    ):  # fmt: skip
        strips = seeds_of(asks, **{arm: numbers[arm] for arm in dict.fromkeys(arm for arm, _ in asks.reads())})
        assert len(strips) == n
        assert all(len(line.dots) == 3 for strip in strips for line in strip.lines)


@pytest.mark.parametrize(
    ("asks", "order"), [(passes("a", "m", ">", 0.5), (1, 0, 2)), (passes("a", "m", "<", 0.5), (2, 0, 1))]
)
def test_worst_median_and_best_are_by_the_side_that_is_asked_for(project, asks, order):
    wanted = claim(direction("c", "it shows", "s", asks))
    project(wanted)
    seen = {("s", "a"): trials([0.4, 0.1, 0.9])}
    kept = {("s", "a", "m"): {seed: [(0, 0.0), (9, 1.0)] for seed in (1000, 1001, 1002)}}
    drawn = learning.curves(replace(the(), observed=seen, curves=kept), wanted.checks[0], 3)
    assert drawn.names == tuple(
        (rank, f"{rank}: seed {1000 + seed}") for rank, seed in zip(learning.RANKS, order, strict=True)
    )
    assert len(drawn.paths) == 3


def test_two_arms_show_the_curves_of_the_same_seeds(project):
    wanted = claim(direction("c", "it shows", "s", less("m", "a", than="b")))
    project(wanted)
    seen = {("s", "a"): trials([0.4, 0.1, 0.9]), ("s", "b"): trials([0.5, 0.5, 0.5])}
    kept = {("s", arm, "m"): {seed: [(0, 0.0), (9, 1.0)] for seed in (1000, 1001, 1002)} for arm in "ab"}
    drawn = learning.curves(replace(the(), observed=seen, curves=kept), wanted.checks[0], 3)
    assert [name for _, name in drawn.names] == ["worst: seed 1002", "median: seed 1000", "best: seed 1001"]
    ranked = zip(learning.RANKS, (1002, 1000, 1001), strict=True)
    told = [f"{rank}: seed {seed}" for rank, seed in ranked]
    assert [path.title for path in drawn.paths] == [f"{arm}, {line}" for arm in "ab" for line in told]


def test_seeds_without_an_order_are_told_apart(project):
    wanted = claim(direction("c", "it shows", "s", rises("m", "a", "b")))
    project(wanted)
    seen = {("s", arm): trials([0.4, 0.1, 0.9]) for arm in "ab"}
    kept = {("s", "a", "m"): {seed: [(0, 0.0), (9, 1.0)] for seed in (1000, 1001, 1002)}}
    drawn = learning.curves(replace(the(), observed=seen, curves=kept), wanted.checks[0], 3)
    assert [name for _, name in drawn.names] == ["seed 1000", "seed 1001", "seed 1002"]
    assert len({path.style for path in drawn.paths}) == 3


def test_curves_of_different_metrics_do_not_share_an_axis(project):
    wanted = claim(direction("c", "it shows", "s", less("m", "a", than="b")))
    project(wanted)
    seen = {("s", arm): trials([0.4, 0.1, 0.9]) for arm in "ab"}
    line = {seed: [(0, 0.0), (9, 1.0)] for seed in (1000, 1001, 1002)}
    kept = {("s", "a", "m"): line, ("s", "b", "train_loss"): line}
    drawn = learning.curves(replace(the(), observed=seen, curves=kept), wanted.checks[0], 3)
    assert (drawn.arms, len(drawn.paths)) == (("a",), 3)


# Forecasts.


def entries(project, rows, **arms):
    wanted = [claim(check(f"c-{arm}", arm=arm), id=arm) for arm in arms]
    project(*wanted, **arms)
    lines = ["forecaster,date,claim,check,probability", *rows]
    (registry.FOLDER / "forecasts.csv").write_text("\n".join(lines) + "\n")
    forecasts.forecasts.cache_clear()
    return overview.overview([the()])


def test_what_most_forecasters_got_wrong_comes_first_the_surest_error_before_others(project):
    rows = ["x,d,a,c-a,0.7", "x,d,b,c-b,0.99", "x,d,e,c-e,0.99", "x,d,g,c-g,0.2", "y,d,g,c-g,0.9", "z,d,g,c-g,0.8"]
    found = entries(project, rows, a="n" * 12, b="n" * 12, e="y" * 12, g="y" * 12)
    assert [entry.claim.id for entry in found.surprises] == ["b", "a"], "one of three forecasters is not most"
    ((wrong, what),) = found.surprises[0].wrong
    assert (wrong.probability, wrong.outcome, what) == (0.99, "fails", "c-b shows")
    assert [(e.claim.id, e.forecast, e.came) for e in found.entries if e.claim.id in "ae"] == [
        ("a", 0.7, 0.0),
        ("e", 0.99, 1.0),
    ]


def test_until_a_check_is_decided_edition_1_tells_what_came_out_otherwise(project):
    words = ("partly", False), ("not reproduced", False), ("inconclusive", False), ("partly", True)
    old = {name: before(word, held) for name, (word, held) in zip("abcd", words, strict=True)}
    project(*(claim(check(), id=name) for name in "abcd"), old=old)
    found = overview.overview([the()])
    assert found.edition == 1
    assert [(entry.claim.id, entry.prior) for entry in found.surprises] == [("b", "not reproduced?"), ("a", "partly?")]


def test_while_no_forecast_missed_that_is_told_and_edition_1_surprises_by_what_is_not_decided_anew(project):
    wanted = [claim(check(f"c-{name}", arm=arm), id=name) for name, arm in (("anew", "a"), ("waits", "b"))]
    project(*wanted, old={name: before(held=False) for name in ("anew", "waits")}, a="y" * 12)
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
def test_the_front_page_tells_what_came_in_place_of_what_was_foretold(project, seeds, came):
    """A split is no "does not": about as many seeds say yes."""
    project(claim(check(most=240)), a=seeds)
    foretold = 0.1 if came == "it does" else 0.9
    (registry.FOLDER / "forecasts.csv").write_text(
        f"forecaster,date,claim,check,probability\nx,d,made-up,c,{foretold}\n"
    )
    forecasts.forecasts.cache_clear()
    text = " ".join(Skeleton(dict(site.pages([the()]))["index.html"]).text.split())
    assert f"came {came} verdict" in text


def test_what_lies_behind_small_charts_is_drawn_once_for_each_bar_of_the_page(project):
    bars = {"b": "rarely", "d": "almost every", "e": "rarely"}
    wanted = claim(check(), *(check(f"far-{arm}", "scope", arm, bar=bar, most=96) for arm, bar in bars.items()))
    project(wanted, a="y" * 12, **dict.fromkeys(bars, "n" * 12))
    page = dict(site.pages([the()]))["claims/made-up.html"]
    used = re.findall(r'<use href="#([^"]+)"/>', page)
    assert sorted(used) == ["bar-almost-every", "bar-rarely", "bar-rarely"]
    assert {place: page.count(f'id="{place}"') for place in used} == dict.fromkeys(used, 1)


# By source.


def test_each_source_tells_its_sentences_in_order_with_their_answers_and_why_some_have_none(project):
    words = {"quotation": "it is so", "locator": "p. 2"}
    project(claim(check(), id="a", **words), claim(check(), id="b", nature="identity"), a="y" * 12)
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


# Words.


@pytest.mark.parametrize(("value", "text"), [(170.0, "170"), (60.400000000000006, "60.4"), (7, 7), ("1.0", "1.0")])
def test_a_place_in_a_chart_is_written_without_zeros_that_say_nothing(value, text):
    assert short(value) == text
    assert site._environment().from_string("{{ value }}").render(value=value) == str(text)


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


def test_a_figure_goes_to_the_claims_that_it_names_and_whose_study_it_shows(tmp_path):
    svg = '<svg viewBox="0 0 648 259.2"><metadata>x</metadata><text style="font-size: 10px">Ti&amp;tle</text> '
    svg += "<text>{}</text></svg>"
    for name, caption in (
        ("s", "of s"),
        ("s_adam", "of adam"),
        ("other", "for made-up"),
        ("none", "of none"),
        ("ss", ""),
    ):
        (tmp_path / f"{name}.svg").write_text(svg.format(caption))
    found = figures.of_claim(claim(check()), tmp_path, "figures/m")
    assert [(figure.file, figure.title, figure.words) for figure in found] == [
        ("figures/m/other.svg", "Ti&tle", "Ti&tle. for made-up"), ("figures/m/s.svg", "Ti&tle", "Ti&tle. of s"),
        ("figures/m/s_adam.svg", "Ti&tle", "Ti&tle. of adam"),
    ]  # fmt: skip
    assert "<metadata>" not in found[0].svg
    assert found[0].size == (648, 259)
    described_by = svg.format("x").replace("<metadata>", "<title>In short</title><desc>Said plainly</desc><metadata>")
    (tmp_path / "s.svg").write_text(described_by)
    figures._read.cache_clear()
    said = figures.of_claim(claim(check()), tmp_path, "f")[1]
    assert (said.title, said.words) == ("In short", "Said plainly")
    (tmp_path / "s.svg").write_text("<svg>")
    figures._read.cache_clear()
    with pytest.raises(UserError, match=r"s\.svg is no figure: .*; `repro export` writes it again"):
        figures.of_claim(claim(check()), tmp_path, "f")
    figures._read.cache_clear()


def test_a_smaller_figure_shows_what_it_did():
    style = "stroke: #1f5f8b; stroke-width: 0.8"
    marks = "".join(f'<g id="t_{n}"><use xlink:href="#mark" x="{n}.0" y="1.5" style="{style}"/></g>' for n in range(3))
    drawn = (
        f'<svg xmlns="{shrinking.SVG}" xmlns:xlink="{shrinking.XLINK}" viewBox="0 0 9 9"><title>T</title><desc>D</desc>'
        '<defs><path id="mark" d="M 0 0 L 10.0 3.5 "/><clipPath id="cut"><rect id="r"/></clipPath></defs><g id="all">'
        f'{marks}</g><path clip-path="url(#cut)" d="M 0 0" style="{style}"/>'
        '<text fill="#cut0ff" transform="rotate(-0 1 2)"'
        " style=\"font: 10px 'DejaVu Sans', 'Arial', sans-serif; fill: red\">a <tspan>b</tspan> c</text></svg>"
    )
    uses = "".join(f'<use href="#i0" x="{n}" y="1.5" class="s0"/>' for n in range(3))
    assert shrinking.smaller(ElementTree.fromstring(drawn)) == (
        f'<svg xmlns="{shrinking.SVG}" viewBox="0 0 9 9"><title>T</title><defs><path d="M0 0l10 3.5" id="i0"/>'
        f'<clipPath id="i1"><rect/></clipPath></defs>{uses}<path clip-path="url(#i1)" d="M0 0" class="s0"/>'
        '<text fill="#cut0ff" style="font:10px sans-serif;fill:red">a <tspan>b</tspan> c</text>'
        "<style>.s0{stroke:#1f5f8b;stroke-width:0.8}</style></svg>"
    )


def test_marks_of_one_kind_are_the_corners_of_a_line_that_is_not_drawn():
    places = ((60.5, 1.0), (58.2, 3.0), (7.0, 2.5), (7.0, 2.5))
    marks = "".join(f'<use xlink:href="#dot" x="{x}" y="{y}"/>' for x, y in places)
    other = marks.replace('y="3.0"', 'y="3.0" opacity="0.5"')
    drawn = (
        f'<svg xmlns="{shrinking.SVG}" xmlns:xlink="{shrinking.XLINK}"><path id="dot" d="M 0 0"/>'
        + "".join(f'<g clip-path="url(#dot)" style="{style}">{marks}</g>' for style in ("fill: red", "fill: blue"))
        + f'<g style="fill: red">{other}</g></svg>'
    )
    corners = '<path clip-path="url(#i0)" d="M60.5 1l-2.3 2-51.2-0.5 0 0" class="m{}"/>'
    marker = '<marker id="m{0}" markerUnits="userSpaceOnUse" overflow="visible"><use href="#i0" style="{1}"/></marker>'
    found = shrinking.smaller(ElementTree.fromstring(drawn))
    assert corners.format(0) + corners.format(1) + '<g style="fill:red"><use' in found, "another look is another mark"
    assert marker.format(0, "fill:red") + marker.format(1, "fill:blue") in found
    assert found.count("<use") == 2 + len(places)
    assert ".m0{fill:none;stroke:none;marker:url(#m0)}.m1{fill:none;stroke:none;marker:url(#m1)}" in found


def test_the_lines_of_an_axis_become_one_path_and_its_words_stay():
    step = '<g><path d="M {0} 0 L {0} 9 " clip-path="url(#c)" style="stroke: grey"/><text x="{0}">{0}</text></g>'
    steps = "".join(step.format(x) for x in (1, 2, 3))
    drawn = (
        f'<svg xmlns="{shrinking.SVG}"><clipPath id="c"/><g id="matplotlib.axis_1">{steps}</g>'
        f'<g id="line2d_9">{steps}</g></svg>'
    )
    words = "".join(f'<text x="{x}">{x}</text>' for x in (1, 2, 3))
    found = shrinking.smaller(ElementTree.fromstring(drawn))
    assert f'{words}<path d="M1 0l0 9M2 0l0 9M3 0l0 9" clip-path="url(#i0)" class="s0"/>' in found
    assert found.count("M2 0l0 9") == 2
    assert found.count("<path") == 4, "what is no axis may cover what lies below"


# Harm.


def skeletons(project, text):
    """The pages of a project in which this text stands wherever text may stand."""
    asks = passes("a", text, ">", 0.5)
    wanted = claim(
        replace(check(), what=text, asks=asks),
        any_of(check("p", arm="b"), replace(check("q", arm="b"), what=text), name="any"),
        check("far", "scope", arm="b"), check("guard", "control", arm="b", guards=("c",)),
        statement=text, quotation=text, locator=text, dropped={text: text}, carried=(text,),
        published=Published(text, "from memory"),
    )  # fmt: skip
    said = {"id": text, "role": "claim", "statistic": text, "metric": text, "value": 1.0, "low": None, "high": 2.0}
    said |= {"relation": ">=", "threshold": 0.5, "seeds": 3, "failed": 1, "outcome": "holds"}
    old = {"made-up": before(held=False, checks=[said], text=text)}
    folder = project(wanted, old=old, reason=text, a="y" * 11 + "f", b="n" * 11 + "f")
    rows = [["forecaster", "date", "claim", "check", "probability"], [text, "d", "made-up", "c", "0.9"]]
    with (registry.FOLDER / "forecasts.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    forecasts.forecasts.cache_clear()
    listed(
        ["nobody2020", "made-up", "", "", ""], ["nobody2020", "", text, text, text], ["nobody2020", text, "", "", ""]
    )
    (registry.FOLDER / "made_up").mkdir(exist_ok=True)
    (registry.FOLDER / "made_up/README.md").write_text(f"## Departures\n\n1. {' '.join(text.split())}\n\n## Next\n")
    history = {"claim": "made-up", "checks": "x", "verdict": "partly", "clean": True, "changed_after_trials": False}
    history |= {"answer": text, "trained": [text], "fixed": text, "judged": text, "reason": text}
    write(folder / "history.jsonl", history)
    verdicts = registry.recorded_verdicts("made_up")
    verdicts["made-up"] |= {"answer": text, "fixed": text, "trained": [text], "judged": text, "backend": text}
    write(folder / "verdicts.json", verdicts)
    name, inert = "".join(c for c in text if c.isprintable() and c != "/")[:60], escape(text)
    for place in (folder, registry.edition_1() / "made_up"):
        for old_figure in place.glob("*.svg"):
            old_figure.unlink()
        (place / f"{name}.svg").write_text(f"<svg><title>made-up {inert}</title><desc>{inert}</desc></svg>")
    for cached in (prose.section, figures._read, record.asked):
        cached.cache_clear()
    return {place: Skeleton(page) for place, page in site.pages([the()]) if place.endswith(".html")}


def test_a_judged_claim_is_reviewed_in_its_page_for_machines(project):
    project(claim(check()), a="y" * 12)
    text = dict(site.pages([the()]))["claims/made-up.html"]
    review = json.loads(text.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert (review["@type"], review["reviewRating"]["alternateName"]) == ("ClaimReview", "reproduced")
    assert review["claimReviewed"] == "It is so."


def test_hostile_text_changes_no_tag_and_no_attribute_of_any_page(project):
    plain_pages = skeletons(project, "x")
    hostile = skeletons(project, HOSTILE)
    assert set(plain_pages) == set(hostile) == {
        "index.html", "sources.html", "claims/made-up.html", "edition-1/made-up.html", "modules/made_up.html",
    }  # fmt: skip
    for place, page in plain_pages.items():
        assert hostile[place].tags == page.tags, place
        assert "<script>alert(1)</script>" in hostile[place].text, "it is shown as it is"
    assert not [
        tag for page in hostile.values() for tag, names in page.tags if any(name.startswith("on") for name in names)
    ]


def test_every_page_allows_scripts_and_styles_of_its_own_folder_alone(project):
    for page in skeletons(project, "x").values():
        scripts = [names for tag, names in page.tags if tag == "script"]
        assert scripts.count(("src", "defer")) == 1
        assert set(scripts) <= {("src", "defer"), ("type",)}, "what has a type is data"
        assert not [names for tag, names in page.tags if tag == "style" or "style" in names]
    for needed in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    ):
        assert needed in site.POLICY
    assert "unsafe" not in site.POLICY


# Writing it.


def test_the_site_is_written_in_one_step_and_replaces_what_was_there(project, tmp_path):
    project(claim(check(), id="old"), a="y" * 12)
    target = tmp_path / "made/page"
    site.write(target)
    assert (target / "claims/old.html").exists()
    project(claim(check(), id="new"), a="y" * 12)
    assert site.write(target) == target
    assert sorted(path.name for path in (target / "claims").iterdir()) == ["new.html"]
    assert {"index.html", *site.STATIC} <= {path.name for path in target.iterdir()}
    assert [path.name for path in target.parent.iterdir()] == ["page"], "nothing half made is left"


def test_a_place_that_cannot_be_written_is_one_line(project, tmp_path):
    project(claim(check()), a="y" * 12)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot write .*file/page: .*; mend this, or set REPRO_RESULTS"):
        site.write(tmp_path / "file/page")


def test_the_site_is_no_part_of_the_record(tmp_path):
    for place in ("page/index.html", "edition-1/x", "parity/trials.csv"):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text("")
    assert recording.listed_files(tmp_path) == ["parity/trials.csv"]


def test_a_hundred_claims_take_seconds_and_few_bytes_and_load_no_ml_library(monkeypatch, tmp_path):
    """By a record in which all is run, with the figures that there are: three for four claims, as edition 1 had."""
    fill(monkeypatch, tmp_path)
    for figure in (path for name in registry.names() for path in (ROOT / "results" / name).glob("*.svg")):
        shutil.copy(figure, tmp_path / figure.parent.name)
    program = "import sys, time; from suite.page import site; site.write(); print(time.process_time(), *sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, *modules = done.stdout.split()
    assert not set(modules) & {"keras", "jax", "jaxlib", "tensorflow", "torch", "sklearn", "matplotlib", "pandas"}
    claims = len(registry.all_claims())
    assert float(seconds) * 100 / claims <= 10
    page = tmp_path / "page"
    sizes = {path.relative_to(page): path.stat().st_size for path in page.rglob("*") if path.is_file()}
    assert max(sizes.values()) <= 200_000
    of = {
        room: [size for path, size in sizes.items() if path.parts[0] == room]
        for room in ("claims", "edition-1", "figures")
    }
    assert len(of["claims"]) == claims
    assert sum(of["claims"]) / claims <= 33_000
    assert sum(of["figures"]) / len(of["figures"]) <= 13_000
    assert {Path(path).suffix for path in sizes} == {".html", ".svg", ".css", ".js"}
    growing = sum(sizes.values()) - sum(of["edition-1"]) - sum(of["figures"])
    figures_of = 75 * sum(of["figures"]) / len(of["figures"])
    assert 100 / claims * growing + sum(of["edition-1"]) + figures_of <= 4_750_000


def test_scope_is_told_by_what_a_change_of_setting_does(project):
    wanted = claim(check(), *(check(f"s-{arm}", "scope", arm=arm) for arm in "bcd"), carried=("old",))
    old = {"made-up": before(checks=[{"id": "old", "outcome": "fails", "role": "claim"}])}
    project(wanted, old=old, a="y" * 12, b="y" * 12, c="n" * 12)
    page = claim_page.page(the(), wanted)
    assert {title: [r.id for r in reaches] for title, reaches in claim_page.groups(page)} == {
        "Here the answer is another": ["s-c", "old"], "Here it is the same": ["s-b"], "Not asked yet": ["s-d"],
    }  # fmt: skip


def test_the_gate_writes_the_site_and_lets_no_browser_test_skip():
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert ".venv/bin/repro page" in script
    assert "\nexport CI=true\n" in script
    assert "install -qq -y chromium" in script


def test_the_form_for_disputes_is_one_and_asks_for_a_reading_and_a_question():
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE" / site.TEMPLATE).read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(form)
    kinds = {"markdown", "input", "textarea", "dropdown", "checkboxes"}
    assert {part["type"] for part in form["body"]} <= kinds
    asked = {part["id"] for part in form["body"] if part.get("validations", {}).get("required")}
    assert asked == {"claim", "source", "reading", "question"}
