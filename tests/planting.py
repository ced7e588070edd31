"""Faults that are planted in the studies of a reproduction, and the controls of its claims that must say no to them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from common.study import Study
from suite.claims import Check, Claim
from suite.questions import Observation

SEED = 20_000
Patch = pytest.MonkeyPatch
Arms = Mapping[str, Mapping[str, Any]]
"""The metrics that a seed comes to, by arm."""
Fault = Callable[[Patch], Arms]
"""Plants the fault that its name tells, and runs as much of the studies as shows it."""
Planted = Mapping[Fault, set[tuple[str, str]]]
"""The controls that are there to find a fault, each by claim and id."""


def controls(claims: Iterable[Claim]) -> dict[tuple[str, str], Check]:
    return {(claim.id, check.id): check for claim in claims for check in claim.controls()}


def answers(checks: Iterable[Check], arms: Arms) -> list[str]:
    row = {arm: Observation(SEED, found, failed=False, dataset="synthetic") for arm, found in arms.items()}
    return [check.asks.answer(row) for check in checks]


def metrics(study: Study, arm: str, **settings: Any) -> Mapping[str, Any]:
    """Of an arm at the full tier, with other settings where they are given, say fewer steps."""
    [declared] = (one.settings for one in study.arms("full") if one.name == arm)
    [trial] = study.run({**declared, **settings}, [SEED], 1)
    return trial.metrics


def laws(claims: Iterable[Claim], planted: Planted) -> tuple[Callable[..., None], Callable[[], None]]:
    """What a file `test_controls.py` takes as its two tests, under the names that they have here."""
    known = controls(claims)

    @pytest.mark.parametrize("fault", planted, ids=lambda fault: fault.__name__)
    def test_a_control_says_no_to_what_it_is_there_to_find(fault: Fault, monkeypatch: Patch) -> None:
        places = sorted(planted[fault])
        said = dict(zip(places, answers(map(known.__getitem__, places), fault(monkeypatch)), strict=True))
        assert set(said.values()) == {"no"}, said

    def test_no_control_is_without_its_fault() -> None:
        missed = set(known).difference(*planted.values())
        assert not missed, missed

    return test_a_control_says_no_to_what_it_is_there_to_find, test_no_control_is_without_its_fault
