"""What a claim is: its looks, its parts, and the hash of all that decides it."""

import re
from dataclasses import fields, replace

import pytest
from made_up import any_of, check, claim, listed, trained

from common.errors import UserError
from suite import recorded
from suite.claims import Check, Published, Quick, scope
from suite.questions import less, passes


def test_the_looks_are_the_batches_up_to_the_cap():
    assert check().looks() == (12, 24, 36, 48)
    assert check(most=24).looks() == (12, 24)
    assert replace(check(most=96), first=24, step=36).looks() == (24, 60, 96)
    assert check(bar="exact", most=240).looks() == (1,)
    assert len(check(most=240).looks()) == 20


def test_the_hash_of_a_claim_covers_all_that_decides_and_no_wording():
    changed = {"id": "d", "kind": "size", "study": "t", "asks": passes("a", "m", ">", 0.5000001), "bar": "rarely"}
    changed |= {"most": 60, "first": 24, "step": 6, "guards": ("c",)}
    assert {*changed, "what"} == {field.name for field in fields(Check)}
    hashes = [claim(replace(check(), **{name: value})).sha256() for name, value in changed.items()]
    hashes += [claim(check()).sha256(), claim(check(), check()).sha256(), claim(check(), dataset="mnist").sha256()]
    hashes += [claim(check(), dataset="mnist", also=("tiny_shakespeare",)).sha256()]
    hashes += [claim(node(check(), check("d"), **others)).sha256() for node, others in (
        (any_of, {}), (listed, {}), (listed, {"bar": "rarely"}), (listed, {"kind": "size"}), (any_of, {"name": "x"}),
    )]  # fmt: skip
    assert len(set(hashes)) == len(hashes)
    wording = {"statement": "t", "quotation": "u", "source": "y", "locator": "m", "id": "other", "nature": "proxy"}
    wording |= {"published": Published("2", "from memory"), "dropped": {"a": "b"}, "carried": ("x",)}
    wording |= {"quick": (Quick("q", "s", "a", "m", ">=", 0.5),)}
    assert claim(replace(check(), what="in other words"), **wording).sha256() == claim(check()).sha256()
    assert re.fullmatch("[0-9a-f]{64}", claim(check()).sha256())


def test_a_claim_knows_its_checks():
    guard = check("g", "control", arm="x", guards=("any", "one"))
    wanted = claim(check("one"), any_of(check("m"), check("n", arm="b")), guard, scope("far", "", "t", less("m", "a")))
    assert [c.id for c in wanted.each()] == ["one", "m", "n", "g", "far"]
    assert [node.id for node in wanted.deciding()] == ["one", "any"]
    assert [c.id for c in wanted.guards_of("any")] == ["g"]
    assert wanted.guards_of("m") == ()
    assert wanted.studies() == ("s", "t")
    assert scope("far", "", "t", less("m", "a", than="b")).arms() == ("a", "b")
    assert scope("far", "", "t", less("m", "a", than_metric="n")).arms() == ("a",)


def test_an_arm_of_one_name_in_two_studies_is_asked_for_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Check("d", "direction", "d shows", "t", passes("a", "m", ">", 0.5))
    both = claim(check("c"), check("b", arm="b"), other)
    rows = trained(a="yy", b="yy")
    rows += [row.model_copy(update={"study": "t"}) for row in rows]
    monkeypatch.setattr(recorded, "on_record", lambda name, pilots: rows)
    meant = {
        word: {(t.study, t.arm) for _, t in recorded.choose({"made-up": ("made_up", both)}, word, None, 9)}
        for word in (None, "a", "b", "t/a")
    }
    assert meant == {
        None: {("s", "a"), ("s", "b"), ("t", "a")},
        "a": {("s", "a"), ("t", "a")},
        "b": {("s", "b")},
        "t/a": {("t", "a")},
    }
    with pytest.raises(UserError, match="no arm of made-up is called 's/c'; did you mean s/"):
        recorded.choose({"made-up": ("made_up", both)}, "s/c", None, None)


def test_a_claim_of_data_that_are_not_there_is_refused():
    """A study says "images" where its claim says "mnist"."""
    with pytest.raises(ValueError, match="dataset 'images' is none of synthetic, mnist, tiny_shakespeare"):
        replace(claim(check()), dataset="images")
    with pytest.raises(ValueError, match="dataset 'text' is none of synthetic, mnist, tiny_shakespeare"):
        replace(claim(check()), also=("text",))


@pytest.mark.parametrize(
    "wrong", [{"source": None}, {"checks": None}, {"checks": (None,)}, {"dropped": None}, {"dataset": "no_data"}]
)
def test_what_is_wrong_is_told_in_one_line_though_an_id_has_two(wrong):
    two_lines = replace(claim(check()), id="a\nb\u2028c")
    with pytest.raises((TypeError, ValueError), match=r"(?i)^claim a b c: [^\n]+$"):
        replace(two_lines, **wrong)
