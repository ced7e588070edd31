"""Each rule for claims can refuse: a claim that obeys them all is broken in one place at a time."""

from dataclasses import replace
from pathlib import Path

import pytest
from suite.edition_1_claims import Check, Claim, Published, second_look

from common.study import Arm
from suite import registry, sources
from suite.rules import faults

CHECK = Check(
    id="low",
    entry="low-error",
    study="study",
    arms=("arm",),
    metric="error",
    statistic="median",
    relation="<=",
    threshold=0.1,
    seeds=10,
)
CLAIM = Claim(
    id="made-up",
    source="nobody2020",
    locator="p. 1",
    statement="The error is low.",
    quotation=" ".join(["word"] * 15),
    dataset="synthetic",
    checks=(CHECK,),
    quick=(CHECK,),
    prior="Likely.",
    expects=("reproduced",),
    published=Published("0.1", "confirmed"),
    dropped={"too-dear": "it would take a week"},
)
ENTRIES = {"low-error", "too-dear"}


def test_a_sound_claim_has_no_fault() -> None:
    assert faults(CLAIM, ENTRIES) == []


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (replace(CLAIM, quotation=" ".join(["word"] * 16)), "16 words"),
        (replace(CLAIM, checks=(replace(CHECK, seeds=7),)), "no data could decide it at n = 7"),
        (replace(CLAIM, checks=(CHECK, CHECK)), "two checks are called low"),
        (replace(CLAIM, expects=("reproduced", "partly", "not reproduced")), "neither right nor wrong"),
        (replace(CLAIM, expects=()), "neither right nor wrong"),
        (replace(CLAIM, checks=(replace(CHECK, role="control"),)), "no check decides the claim"),
        (replace(CLAIM, checks=(replace(CHECK, levels=(1.0, 2.0)),)), "2 levels for 1 arms"),
        (replace(CLAIM, dropped={}), "too-dear is neither implemented nor dropped"),
        (replace(CLAIM, dropped={"too-dear": " "}), "too-dear is neither implemented nor dropped"),
        (replace(CLAIM, dropped={"too-dear": "dear", "low-error": "why"}), "low-error is both"),
        (replace(CLAIM, checks=(replace(CHECK, entry="invented"),)), "invented is not in the catalogue"),
    ],
)
def test_a_broken_claim_is_named(broken: Claim, fault: str) -> None:
    assert any(fault in line for line in faults(broken, ENTRIES))


def test_a_check_of_the_catalogue_that_nobody_implements_is_named() -> None:
    assert faults(CLAIM, ENTRIES | {"forgotten"}) == ["forgotten is neither implemented nor dropped with a reason"]


def test_second_look_doubles_the_seeds_of_the_arms_it_reads_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = second_look(CHECK)
    assert [(c.seeds, c.looks, c.level) for c in looked] == [(20, 2, pytest.approx(0.995))]
    arms = (Arm("arm", {}, tuple(range(10)), lanes=2), Arm("other", {}, tuple(range(10))))
    monkeypatch.setattr(registry, "claims", lambda name: (replace(CLAIM, checks=looked),))
    extended = registry.extended("made_up", "study", arms)
    assert extended == (replace(arms[0], seeds=tuple(range(20))), arms[1])
    assert registry.extended("made_up", "another", arms) == arms


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
