"""What a round of a run asks for: at the quick tier, of which nothing is recorded, no circumstances of the training."""

from typing import Any

import pytest

from common.study import Arm, Tier
from suite import driving, provenance, running
from suite.foretelling import Foretold


class Asked(Exception):
    pass


def one_round(tier: Tier) -> driving.Came:
    planned = [running.Planned("parity", "frontier", tier, Arm("a", {}), "jax", ("synthetic", ""), {})]
    came = driving.Came(Foretold(tier, 1))
    unused: Any = None
    driving._round(tier, planned, 1, unused, None, unused, came, False, None)
    return came


def test_only_what_is_recorded_asks_git_by_which_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> str:
        raise Asked

    outcome = running.Outcome({("parity", "frontier"): []}, (), (), complete=True, trained=frozenset())
    monkeypatch.setattr(running, "run", lambda *_, **__: outcome)
    monkeypatch.setattr(provenance, "_git", git)
    assert one_round("quick").trials == outcome.trials
    with pytest.raises(Asked):
        one_round("full")
