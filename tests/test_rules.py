"""Each rule for claims can refuse: a claim that obeys them all is broken in one place at a time."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from made_up import any_of, check, claim, listed

from common.errors import UserError
from common.study import Arm
from suite import planning, registry, rules, sources
from suite.claims import Claim, Listed, Quick
from suite.questions import Both, Compares, Passes, both, less, passes

QUICK = Quick("q", "s", "a", "m", ">=", 0.5)
FAR = check("far", "scope", arm="b")
SOUND = claim(
    check("one"),
    FAR,
    check("guard", "control", arm="b", guards=("one",)),
    quick=(QUICK,),
    quotation=" ".join(["word"] * 15),
    carried=("old-scope",),
    dropped={"too-dear": "it would take a week"},
)
ENTRIES = {"one": "direction", "far": "scope", "guard": "control", "old-scope": "scope", "too-dear": "scope"}


def test_a_sound_claim_has_no_fault() -> None:
    assert rules.faults(SOUND, ENTRIES) == []  # type: ignore[arg-type]


def with_(*more: Any, **others: Any) -> Claim:
    return replace(SOUND, checks=(*SOUND.checks, *more), **others)


def first(**others: Any) -> Claim:
    return replace(SOUND, checks=(replace(SOUND.checks[0], **others), *SOUND.checks[1:]))


PAIR = (check("x", arm="a"), check("y", arm="b"))


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (replace(SOUND, quotation=" ".join(["word"] * 16)), "the quotation has 16 words; at most 15 may be quoted"),
        (replace(SOUND, nature="guess"), "nature 'guess' is none of identity, experiment, proxy"),
        (first(kind="side"), "one: kind 'side' is none of direction, size, scope, control"),
        (first(bar="share"), "one: bar 'share' is none of most, almost every, rarely, some, never, exact"),
        (with_(listed(*PAIR, bar="some")), "list: bar 'some' is none of most, almost every, rarely"),
        (with_(any_of(PAIR[0], replace(PAIR[1], bar="sum"))), "y: bar 'sum' is none of most, almost every"),
        (first(asks=Passes("a", "m", "=>", 1.0)), "one: relation '=>' is none of >=, <=, >, <, =="),  # type: ignore[arg-type]
        (first(asks=Compares("m", "a", "<=", "b")), "one: relation '<=' is none of <, >"),  # type: ignore[arg-type]
        (first(asks=both(less("m", "a"), Passes("a", "m", "!", 1.0))), "one: relation '!' is none"),  # type: ignore[arg-type]
        (first(asks=Both(())), "one: a question without parts asks nothing"),
        (replace(SOUND, quick=(replace(QUICK, relation=">"),)), "quick check q: relation '>' is none of >=, <=, =="),
        (replace(SOUND, id="parity/31"), "the id 'parity/31' is no name of lower-case letters"),
        (with_(check("../one")), "the id '../one' is no name"),
        (with_(any_of(PAIR[0], replace(PAIR[1], id="=1+1"))), "the id '=1+1' is no name"),
        (with_(check("one")), "two checks are called one"),
        (with_(any_of(check("one"), PAIR[1])), "two checks are called one"),
        (with_(any_of(*PAIR, name="far")), "two checks are called far"),
        (replace(SOUND, checks=(FAR,)), "no check of kind direction decides the claim"),
        (with_(any_of(PAIR[0])), "any: 1 check is no choice"),
        (with_(Listed("list", "direction", "", ())), "list: 0 check is no choice"),
        (with_(any_of(*PAIR, kind="size")), "x: kind direction inside of size any"),
        (with_(any_of(*PAIR, kind="control")), "any: a control is one check"),
        (with_(check("bare", "control", guards=())), "control bare guards nothing"),
        (with_(check("lost", "control", guards=("two",))), "control lost guards two, which is no check"),
        (
            first(most=12),
            "one: batches of 12, 12, 12 seeds; start with 12 or more, end with a whole step at 24 or more",
        ),
        (first(most=50), "one: batches of 12, 12, 50 seeds"),
        (first(first=8, most=44), "one: batches of 8, 12, 44 seeds"),
        (first(bar="almost every", most=84), "one: 84 seeds cannot decide the bar 'almost every'; ask for 96 or more"),
        (first(bar="rarely"), "one: 48 seeds cannot decide the bar 'rarely'"),
        (first(bar="some", most=228), "one: 228 seeds cannot decide the bar 'some'; ask for 240"),
        (first(bar="never", most=96), "one: 96 seeds cannot decide the bar 'never'; ask for 240"),
        (with_(any_of(PAIR[0], replace(PAIR[1], most=30))), "y: batches of 12, 12, 30 seeds"),
        (with_(check("new")), "new is not in the catalogue"),
        (replace(SOUND, dropped={}), "too-dear is neither implemented nor dropped"),
        (replace(SOUND, dropped={"too-dear": " "}), "too-dear is neither implemented nor dropped"),
        (replace(SOUND, dropped={"too-dear": "dear", "far": "why"}), "far is both implemented and dropped"),
        (replace(SOUND, dropped={"too-dear": "dear", "guess": "why"}), "guess is not in the catalogue"),
        (replace(SOUND, carried=("old-scope", "older")), "older is not in the catalogue"),
        (replace(SOUND, carried=("old-scope", "far")), "far is carried over and asked anew"),
        (first(kind="size"), "one is size where the catalogue says direction"),
        (replace(SOUND, carried=()), "old-scope is neither implemented nor dropped"),
    ],
)
def test_a_broken_claim_is_named(broken: Claim, fault: str) -> None:
    found = rules.faults(broken, ENTRIES)  # type: ignore[arg-type]
    assert any(fault in line for line in found), found


def test_directions_and_sizes_are_never_dropped() -> None:
    dropped = replace(SOUND, dropped={**SOUND.dropped, "by-much": "it came out otherwise"})
    for kind in ("direction", "size", "control"):
        found = rules.faults(dropped, {**ENTRIES, "by-much": kind})  # type: ignore[dict-item]
        assert found == [f"by-much is {kind} and may not be dropped"]
    assert rules.faults(dropped, {**ENTRIES, "by-much": "scope"}) == []  # type: ignore[arg-type]


def test_members_of_a_group_need_no_entry_of_their_own_but_may_have_one() -> None:
    grouped = with_(any_of(*PAIR))
    assert rules.faults(grouped, {**ENTRIES, "any": "direction"}) == []  # type: ignore[dict-item]
    entries: Any = {**ENTRIES, "any": "direction", "x": "direction", "y": "direction"}
    assert rules.faults(grouped, entries) == []


def test_a_control_that_is_carried_over_is_scope_now() -> None:
    assert rules.faults(SOUND, {**ENTRIES, "old-scope": "control"}) == []  # type: ignore[dict-item]
    found = rules.faults(SOUND, {**ENTRIES, "old-scope": "size"})  # type: ignore[dict-item]
    assert found == ["old-scope is scope where the catalogue says size"]


def test_identities_need_no_batches() -> None:
    assert rules.faults(first(bar="exact", most=1), ENTRIES) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "enough"),
    [(1.0, 240), (10.0, 240), (10.1, 96), (60.0, 96), (61.0, 48), (600.0, 48), (601.0, 24), (1e6, 24)],
)
def test_a_check_gives_up_no_earlier_than_its_seeds_cost(seconds: float, enough: int) -> None:
    wanted = claim(check("c", most=enough), check("far", "scope"), check("sum", bar="exact"))
    assert rules.too_few(wanted, {("s", "a"): seconds}) == []
    if enough > 24:
        found = rules.too_few(claim(check("c", most=enough - 12)), {("s", "a"): seconds})
        assert found == [f"c: at most {enough - 12} seeds, though one costs {seconds:.0f} s: ask for {enough}"]


def test_a_pair_costs_what_both_its_arms_cost() -> None:
    paired = replace(check("c", most=96), asks=less("m", "a", than="b"))
    assert rules.too_few(claim(paired), {("s", "a"): 9.0, ("s", "b"): 9.0}) == []
    assert rules.too_few(claim(paired), {("s", "a"): 1.0, ("s", "b"): 9.0}) != []
    assert rules.too_few(claim(any_of(paired, check("d", most=24))), {("s", "a"): 1.0, ("s", "b"): 60.0}) == [
        "d: at most 24 seeds, though one costs 1 s: ask for 240"
    ]


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A reproduction whose study `s` records `m` of the arms `a` and `b` at the full tier and of `a` at the quick."""
    (tmp_path / "made_up" / "studies").mkdir(parents=True)
    (tmp_path / "made_up" / "studies" / "s.py").write_text('"""?"""\nMETRICS = {"m": "how good it is, share"}\n')
    rows = "made-up,one,direction,it\nmade-up,far,scope,so\nother,one,size,not so\n"
    (tmp_path / "catalogue.csv").write_text("claim,check,kind,what the check asks\n" + rows)
    tiers = {"full": "ab", "quick": "a", "gpu": "g"}
    study = SimpleNamespace(arms=lambda tier: tuple(Arm(letter, {}, (0, 1, 2)) for letter in tiers[tier]))
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    monkeypatch.setattr(registry, "study", lambda name, question: study)
    return tmp_path


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (first(asks=passes("a", "test_acc", ">", 0.5)), "check one: study s records no metric 'test_acc'"),
        (first(asks=passes("z", "m", ">", 0.5)), "check one: study s has no arm 'z' at the full tier"),
        (first(asks=less("m", "a", than="z")), "check one: study s has no arm 'z' at the full tier"),
        (first(asks=less("m", "a", than_metric="n")), "check one: study s records no metric 'n'"),
        (first(study="sleep"), "check one: there is no study 'sleep'; there are s"),
        (first(bar="share"), "one: bar 'share' is none of most"),
        (first(most=12), "one: batches of 12, 12, 12 seeds"),
        (with_(any_of(check("x"), check("y", arm="z"))), "check y: study s has no arm 'z' at the full tier"),
        (replace(SOUND, quick=(replace(QUICK, arm="b"),)), "quick check q: study s has no arm 'b' at the quick tier"),
        (replace(SOUND, quick=(replace(QUICK, metric="n"),)), "quick check q: study s records no metric 'n'"),
        (replace(SOUND, quick=(replace(QUICK, study="t"),)), "quick check q: there is no study 't'"),
        (replace(SOUND, quick=(replace(QUICK, seeds=4),)), "quick check q: arm a declares other seeds than 0 to 3"),
    ],
)
def test_what_a_claim_asks_for_and_is_not_there_is_named_before_anything_is_planned(
    made_up: Path, broken: Claim, fault: str
) -> None:
    found = list(rules.unanswerable("made_up", broken))
    assert any(fault in line for line in found), found
    with pytest.raises(UserError) as error:
        planning.plan({"made-up": ("made_up", broken)}, "full", "jax", done={})
    assert str(error.value) == f"reproductions/made_up/claims.py, claim made-up: {found[0]}."


def test_what_is_there_may_be_asked_for(made_up: Path) -> None:
    assert list(rules.unanswerable("made_up", SOUND)) == []
    assert list(rules.unanswerable("made_up", first(asks=passes("g", "m", ">", 0.5)))) == [], "an arm of the gpu tier"


def test_a_study_without_metrics_is_named(made_up: Path) -> None:
    for text in ("", "METRICS = dict(m='what')\n", "NAMES = ('m',)\n"):
        (made_up / "made_up" / "studies" / "s.py").write_text(text)
        with pytest.raises(UserError, match=r"s.py has no METRICS: name each metric"):
            registry.metrics("made_up", "s")


def test_study_is_another_one_when_any_file_of_its_own_reproduction_that_it_uses_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "reproductions" / "made_up"
    (folder / "studies").mkdir(parents=True)
    texts = {
        "studies/question.py": "from reproductions.made_up import nets\nfrom common import figures\n",
        "studies/other.py": "RATE = 1\n",
        "nets.py": "from reproductions.made_up.layers import width\n",
        "layers.py": "def width(): return 1\n",
        "model.py": "def build(): return 1\n",
    }
    for file, text in texts.items():
        (folder / file).write_text(text)
    for module in (registry, sources):
        monkeypatch.setattr(module, "ROOT", tmp_path)
        monkeypatch.setattr(module, "FOLDER", folder.parent, raising=False)

    def used() -> str:
        registry.study_sha256.cache_clear()
        return registry.study_sha256("made_up", "question")

    before = used()
    for file, text in texts.items():
        (folder / file).write_text(text + "MORE = 1\n")
        assert (used() != before) == (file != "studies/other.py"), file
        (folder / file).write_text(text)
    registry.study_sha256.cache_clear()


def test_the_catalogue_gives_the_kind_of_each_check(made_up: Path) -> None:
    assert rules.catalogue("made-up") == {"one": "direction", "far": "scope"}
    assert rules.catalogue("unknown") == {}


PAGES = [
    *registry.ROOT.glob("*.md"),
    *registry.ROOT.glob("docs/*.md"),
    *registry.ROOT.glob("reproductions/*/README.md"),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(registry.ROOT)))
def test_no_page_quotes_more_than_fifteen_words(page: Path) -> None:
    """As of a claim's `quotation`."""
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for paragraph in prose.split("\n\n"):
        for quoted in re.findall(r'"([^"|]+)"|“([^”|]+)”', " ".join(paragraph.split())):
            assert len("".join(quoted).split()) <= 15, quoted
