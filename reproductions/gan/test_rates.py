"""The discriminator's rate is that at which nets of equal rates cover most, inside of what pilots tried."""

from statistics import fmean

import pytest

from common.study import PILOT_SEEDS
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.gan.studies import ring  # noqa: E402 - the backend is chosen first


@pytest.mark.parametrize("optimizer", ring.RATES)
def test_the_rate_is_the_best_that_the_pilots_tried_and_lies_inside(optimizer: str) -> None:
    found: dict[float, float] = {}
    for rate in ring.GRIDS[optimizer]:
        arm = f"{optimizer}_rate_{rate:g}"
        found[rate] = fmean(
            trial.metrics.get("modes") or 0.0  # none of nets that diverged
            for trial in evidence.read_trials(registry.results() / "gan" / "pilots.csv")
            if (trial.study, trial.arm) == ("ring", arm) and trial.seed >= PILOT_SEEDS
        )
    assert ring.RATES[optimizer] == max(found, key=found.__getitem__), found
    assert min(found) < ring.RATES[optimizer] < max(found)


def test_pilots_play_at_equal_rates() -> None:
    assert {arm.settings["ratio"] for arm in ring.arms("pilot")} == {1.0}
