"""Random small models, optimizers and data train to the numbers of plain Keras, and a planted fault shows."""

from collections.abc import Iterator

import numpy as np
import pytest
from engine_server import Probe, prober

SEED = 3
SAMPLE, ALL = range(3), range(66)  # by three ways to run them: 9 and 198 combinations
WAYS = {"jax": 1, "jax, four lanes": 4, "tensorflow": 1}


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with prober("property_probe") as ask:
        yield ask


def law(probe: Probe, number: int, way: str) -> None:
    used, together = way.partition(",")[0], WAYS[way]
    found = probe("combination", [], used=used, number=number, seed=SEED, together=together)[number]
    ours, expected = ([found[side][name] for name in found["keras"]] for side in ("ours", "keras"))
    parts = " ".join(found["parts"])
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=2e-4, err_msg=parts)
    np.testing.assert_allclose(found["losses"], found["keras_losses"], rtol=1e-4, atol=1e-5, err_msg=parts)


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize(
    "place", [place if place in SAMPLE else pytest.param(place, marks=pytest.mark.slow) for place in ALL]
)
def test_any_combination_equals_plain_keras(probe: Probe, place: int, way: str) -> None:
    law(probe, place * len(WAYS) + list(WAYS).index(way), way)


PLANTED = {  # what is planted, and the combination that shows it
    "moving averages that stand still": (
        ("after = [scope.get_current_value(v) for v in self.changing]", "after = state.non_trainable"),
        (11, "norm"),
    ),
    "a loss that is not scaled": (
        ("scaled = self.optimizer.scale_loss(value)", "scaled = value"),
        (1, "loss_scale_factor"),
    ),
    "losses of layers left out": (("collect_losses=True", "collect_losses=False"), (11, "activity_regularizer")),
    "the last weights for their averages": (
        ("self.optimizer.finalize_variable_values(weights)", "pass"),
        (7, "use_ema"),
    ),
}


@pytest.mark.parametrize("fault", list(PLANTED))
def test_a_planted_fault_turns_a_combination_red(fault: str) -> None:
    planted, (number, part) = PLANTED[fault]
    with prober("property_probe", planted=planted) as ask, pytest.raises(AssertionError, match=part):
        law(ask, number, "jax")
