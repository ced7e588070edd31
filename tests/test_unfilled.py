"""A claim waits for the pilots of its quick bounds, and of the rates that its studies choose, until they are there."""

from typing import Any

import pytest
from made_up import check, claim, publish, trained

from common.study import PILOT_SEEDS, Arm
from suite import evidence, registry, unfilled
from suite.claims import FIRST_SEED, Quick

WANTED = claim(check(), quick=(Quick("q", "s", "a", "m", ">=", 0.5),))
WAITS = "made-up waits for pilots: {}; record them with: repro run made-up --tier pilot"
BOUND, RATES = (
    "made_up/s has {} of 50 pilots of a, for the bound of q",
    "made_up/s has no pilot of {} of 2 arms, for its rates",
)
ARMS = {"quick": "a", "full": "ab", "gpu": "", "pilot": "acd"}


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    """What is said of the claim, whose study tries the arms c and d as pilots alone, with these trials on record."""
    folder = publish(monkeypatch, tmp_path, WANTED)
    monkeypatch.setattr(registry, "arms", lambda name, question, tier: [Arm(letter, {}) for letter in ARMS[tier]])

    def told(verdict_seeds: int = 0, **pilots: int) -> list[str]:
        rows = trained(**{arm: "y" * count for arm, count in pilots.items()})
        late = [t.model_copy(update={"seed": t.seed - FIRST_SEED + PILOT_SEEDS, "tier": "pilot"}) for t in rows]
        evidence.write_trials(folder / "pilots.csv", late)
        evidence.write_trials(folder / "trials.csv", trained(b="y" * verdict_seeds))
        return list(unfilled.waiting({"made-up": ("made_up", WANTED)}))

    return told


@pytest.mark.parametrize(
    ("record", "lacks"),
    [
        ({}, [BOUND.format(0), RATES.format(2)]),
        ({"a": 49, "c": 1}, [BOUND.format(49), RATES.format(1)]),
        ({"a": 50, "c": 1}, [RATES.format(1)]),
        ({"a": 50, "c": 1, "d": 1}, []),
        ({"a": 50, "verdict_seeds": 12}, []),  # once verdict seeds are trained, its rates are chosen
    ],
)
def test_what_is_missing_is_told_with_the_line_that_records_it(
    waiting: Any, record: dict[str, int], lacks: list[str]
) -> None:
    assert waiting(**record) == ([WAITS.format("; ".join(lacks))] if lacks else [])
