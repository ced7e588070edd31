"""What the studies are made of: tasks and texts, sentences, rates and budgets."""

import math
from typing import Any

import numpy as np
import pytest

from common import datasets
from suite import commands, registry
from suite.claims import AnyOf
from suite.questions import Chance, Compares

commands.prepare(None)

from common.training import Arrays  # noqa: E402 - the backend is chosen first
from reproductions.forget_bias import claims  # noqa: E402
from reproductions.forget_bias.studies import adding, copy_memory, polarity, resets, success, tasks  # noqa: E402


def test_nets_of_a_question_differ_by_bias_and_rate_alone() -> None:
    for study in (adding, copy_memory, resets, success):
        module: Any = study
        fixed = [{k: v for k, v in arm.settings.items() if k not in ("bias", "rate")} for arm in module.arms("full")]
        assert len({str(settings.get("optimizer")) for settings in fixed}) == len({str(settings) for settings in fixed})


def test_tasks_are_as_long_as_their_names_say_and_texts_are_held_out() -> None:
    for name in tasks.KINDS:
        trained, held_out = tasks.asked(name, "test")
        length = int("".join(filter(str.isdigit, name)) or 50)
        assert trained.steps == held_out.steps == length + (name == "recall100")  # the symbol, then the delay
    parts = (*tasks.asked("characters", "test"), tasks.asked("characters", "validation")[1])
    train_x, test_x, validation_x = (part.data.x for part in parts if isinstance(part.data, Arrays))
    assert len(train_x) > 15 * max(len(test_x), len(validation_x)) > 15 * tasks.LOOKED_AT
    windows = [{row.tobytes() for row in x} for x in (train_x, test_x, validation_x)]
    assert not windows[0] & windows[1]
    assert not windows[1] & windows[2]


def test_pilots_of_texts_and_sentences_never_see_what_verdicts_see() -> None:
    for study in (tasks, polarity):
        module: Any = study
        assert {arm.settings["split"] for arm in module.arms("pilot")} == {"validation"}
        assert {arm.settings["split"] for arm in module.arms("full")} == {"test"}


def test_budgets_of_the_claims_are_those_of_the_studies() -> None:
    timed = [c for claim in claims.CLAIMS for c in claim.each() if isinstance(c.asks, Compares)]
    budgets = {(check.study, check.asks.budget) for check in timed if isinstance(check.asks, Compares)}
    assert {(study, budget) for study, budget in budgets if budget < math.inf} == {
        ("adding", adding.STEPS),
        ("resets", resets.STEPS),
    }


def test_any_of_asks_every_task_that_can_be_solved() -> None:
    (claim,) = (claim for claim in claims.CLAIMS if claim.id == "lstm-half-adequate-some")
    groups = [node for node in claim.checks if isinstance(node, AnyOf)]
    assert [node.id for node in groups] == ["adequate", "inadequate"]
    for node in groups:
        assert {arm for check in node.of for arm in check.arms()} == set(tasks.KINDS) - {"characters"}


def test_the_quick_tier_needs_no_text() -> None:
    studies = {check.study for claim in claims.CLAIMS for check in claim.quick}
    assert {registry.study("forget_bias", name).DATASET for name in studies} == {"synthetic"}


def test_a_sentence_is_its_last_tokens_after_blanks() -> None:
    places = {"a": 2, "film": 3}
    short = polarity.encoded("a fine film ", places)
    assert short.tolist() == [polarity.BLANK] * 37 + [2, polarity.RARE, 3]
    assert polarity.encoded(" ".join(["film"] + ["a"] * 45), places).tolist() == [2] * 40


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ten thousand sentences whose words tell which side they are of."""
    generator = np.random.default_rng(0)
    sides = [tuple(f"{word} {number} w{generator.integers(9)} " for number in range(5_000)) for word in ("good", "bad")]
    data = datasets.SentenceData("sentence_polarity", "0", *sides)
    monkeypatch.setattr(datasets, "load_sentences", lambda: data)
    polarity.splits.cache_clear()
    yield
    polarity.splits.cache_clear()


def test_splits_of_sentences_are_disjoint_and_words_are_those_of_training(made_up: Any) -> None:
    symbols, parts = polarity.splits()
    assert [len(parts[name].y) for name in ("train", "validation", "test")] == [8_000, 1_000, 1_000]
    assert symbols == 2 + 2 + 9  # blank and rare; good and bad; w0 to w8; a number is seen once
    for part in parts.values():
        assert part.y.mean() == pytest.approx(0.5, abs=0.05)
        assert set(part.x[:, -2]) == {polarity.RARE}
    labels = {(int(row[-3]), int(label)) for part in parts.values() for row, label in zip(part.x, part.y, strict=True)}
    assert len(labels) == 2  # the word and the label go together


def test_chance_on_sentences_is_the_larger_side_of_those_that_are_asked() -> None:
    if not datasets.at_hand("sentence_polarity"):
        pytest.skip("sentence polarity is not at hand: set MR_DATA_DIR")
    polarity.splits.cache_clear()
    asked = polarity.splits()[1]["test"].y
    (check,) = (c for claim in claims.CLAIMS for c in claim.each() if c.id == "sentence-polarity")
    (chance,) = (part for part in getattr(check.asks, "parts", ()) if isinstance(part, Chance))
    assert chance.samples == len(asked)
    assert chance.constant == pytest.approx(max(asked.mean(), 1 - asked.mean()))


def test_words_that_tell_the_side_are_learned_from_every_bias(made_up: Any) -> None:
    settings = {"rates": {"0": 1e-2, "5": 1e-2}, "steps": 200, "split": "validation"}
    (trial,) = polarity.run(settings, [10_000], 1)
    assert trial.metrics["accuracy_b0"] == trial.metrics["accuracy_b5"] == 1
