"""What is wrong with one claim is red for that claim, and for no other."""

from dataclasses import replace
from typing import Any

import pytest

from common.trials import Trial
from reproductions import conftest, test_contract
from suite import registry, running
from suite.claims import Claim

KNOWN = registry.all_claims()
OTHER = "parity-31-possible"


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> Claim:
    """A claim whose quick bound lies amid its pilots; all others are as they are."""
    name, claim = KNOWN["parity-frontier"]
    bad = replace(claim, quick=tuple(replace(check, bound=0.9993) for check in claim.quick))
    monkeypatch.setattr(test_contract, "CLAIMS", KNOWN | {claim.id: (name, bad)})
    return bad


def test_a_bound_too_near_is_red_for_its_claim_and_the_whole_tier_names_it(near: Claim) -> None:
    with pytest.raises(AssertionError, match=r"a bound of at most .* is far enough"):
        test_contract.test_quick_bounds_are_far_from_the_pilots("parity", near)
    test_contract.test_quick_bounds_are_far_from_the_pilots(*KNOWN[OTHER])
    with pytest.raises(AssertionError, match=r"mend first the bounds of:\s+parity-frontier: 16-solved: test_accuracy"):
        test_contract.test_the_whole_quick_tier_differs_by_chance_in_less_than_one_of_1000_runs("mnist")


def test_a_claim_without_pilots_is_red_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    record = {name: test_contract.pilots(name) for name in registry.names()}
    left = [trial for trial in record["parity"] if trial.study != "frontier"]
    monkeypatch.setattr(test_contract, "pilots", lambda name: left if name == "parity" else record[name])
    with pytest.raises(AssertionError, match=r"0 pilots; .* repro run parity-frontier --tier pilot"):
        test_contract.test_quick_bounds_are_far_from_the_pilots(*KNOWN["parity-frontier"])
    test_contract.test_quick_bounds_are_far_from_the_pilots(*KNOWN[OTHER])
    test_contract.test_the_whole_quick_tier_differs_by_chance_in_less_than_one_of_1000_runs("mnist")


def test_a_study_that_fails_and_a_claim_that_asks_in_vain_cost_no_other_its_trials(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, used_backend: str
) -> None:
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    name, claim = KNOWN[OTHER]
    vain = replace(claim, id="vain", quick=tuple(replace(check, arm="nobody") for check in claim.quick))
    asked: list[str] = []

    def run(planned: list[running.Planned], *_: Any, **__: Any) -> running.Outcome:
        asked.extend(entry.question for entry in planned)
        trials: dict[tuple[str, str], list[Trial]] = {}
        return running.Outcome(trials, ["parity/frontier/adam_n16/0: ArithmeticError: it fell"], (), False, set())

    monkeypatch.setattr(running, "run", run)
    selected = {"vain": (name, vain), OTHER: KNOWN[OTHER], "parity-frontier": KNOWN["parity-frontier"]}
    found = conftest.trained(selected, used_backend)
    assert set(asked) == {"frontier", "initialisation"}
    assert "has no arm 'nobody' at the quick tier" in found.fault(name, vain)
    assert found.fault(*KNOWN["parity-frontier"]) == "parity/frontier/adam_n16/0: ArithmeticError: it fell"
    assert found.fault(*KNOWN[OTHER]) == ""
