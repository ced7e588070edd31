"""A claim waits for the pilots of its quick bounds, and of the rates that its studies choose, until they are there."""

from typing import Any

import pytest
from made_up import any_of, check, claim, described, publish, trained, write

from common.study import PILOT_SEEDS, Arm
from suite import evidence, forecasts, registry, unfilled
from suite.claims import FIRST_SEED, Quick
from suite.forecasts import Forecast

WANTED = claim(check(), quick=(Quick("q", "s", "a", "m", ">=", 0.5),))
WAITS = "made-up waits for pilots: {}; record them with: repro run made-up --tier pilot"
BOUND, RATES = (
    "made_up/s/a has {} of 50 pilots, for the bound of q",
    "made_up/s has no pilot of {} of 2 arms, for its rates",
)
ARMS = {"quick": "a", "full": "ab", "gpu": "", "pilot": "acd"}


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    """What is said of the claim, whose study tries the arms c and d as pilots alone, with these trials on record."""
    folder = publish(monkeypatch, tmp_path, WANTED)
    monkeypatch.setattr(forecasts, "of_claim", lambda _: [Forecast("anne", "2026-11-03", "made-up", "c", 0.5)])
    monkeypatch.setattr(registry, "arms", lambda name, question, tier: [Arm(letter, {}) for letter in ARMS[tier]])

    def told(verdict_seeds: int = 0, **pilots: Any) -> list[str]:
        rows = trained(**{arm: "y" * n if isinstance(n, int) else n for arm, n in pilots.items()})
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


def test_pilots_without_a_number_are_told_and_no_more_of_them_are_asked_for(waiting: Any) -> None:
    """All were recorded, so that to record them again would train nothing."""
    [line] = waiting(a="f" * 50, c=1, d=1)
    assert line == (
        "made-up waits for pilots: 50 of 50 of made_up/s/a have no number of m, so that q has no bound; mend the arm, "
        "or ask for another"
    )


@pytest.mark.parametrize(("foretold", "waits"), [(["c"], False), (["inside"], False), (["guard"], True), ([], True)])
def test_a_claim_waits_for_a_forecast_of_what_decides_it(
    foretold: list[str], waits: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    wanted = claim(check(), any_of(check("inside"), check("other")), check("guard", "control", guards=("c",)))
    folder = publish(monkeypatch, tmp_path, wanted)
    rows = [Forecast("anne", "2026-11-03", "made-up", name, 0.5) for name in foretold]
    monkeypatch.setattr(forecasts, "of_claim", lambda _: rows)
    monkeypatch.setattr(registry, "arms", lambda *_: [])
    selected = {"made-up": ("made_up", wanted)}
    said = ["made-up waits for a forecast: write how probable it is into reproductions/forecasts.csv"]
    assert list(unfilled.waiting(selected)) == (said if waits else [])
    write(folder / "verdicts.json", {"made-up": described(wanted, a="y" * 12)})
    assert list(unfilled.waiting(selected)) == [], "its answer is known"
