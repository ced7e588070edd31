"""What an author writes trains as in plain Keras, from the trial's seed alone, or is refused with a reason."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from engine_server import BACKENDS, Probe, prober

EVERY = pytest.mark.parametrize("used", BACKENDS)
NUMBERS = "numpy.random or random"
ELSEWHERE = "only a state that build_model gave to a layer may change"
PROGRAM = "share one program"


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with prober("semantics_probe") as ask:
        yield ask


def close(run: Any, name: str = "weights", expected: str = "expected") -> None:
    np.testing.assert_allclose(run[name], run[expected], rtol=1e-5, atol=1e-6)


@EVERY
@pytest.mark.parametrize("case", ["nested", "function"])
def test_an_initialiser_draws_from_the_seed_wherever_it_stands(probe: Probe, used: str, case: str) -> None:
    runs = probe(case, [], used=used)
    for run in runs.values():
        close(run)
    assert runs[0]["weights"] != runs[1]["weights"]


@EVERY
def test_a_wrapped_layer_starts_from_the_seed_in_every_process(probe: Probe, used: str) -> None:
    here, there = (probe("wrapped", [], used=used, other=other) for other in (False, True))
    assert here == there
    assert not set(here[0]["weights"]) & set(here[1]["weights"]) - {0.0, 1.0}


@EVERY
def test_layers_that_share_an_unseeded_initialiser_draw_each_for_itself(probe: Probe, used: str) -> None:
    weights = probe("shared", [], used=used)[0]["weights"]
    assert not set(weights[:36]) & set(weights[42:78])


@EVERY
def test_what_an_author_seeds_or_assigns_is_the_same_in_every_trial(probe: Probe, used: str) -> None:
    runs = probe("constants", [], used=used)
    for run in runs.values():
        close(run)
        close(run, "losses", "keras")


@EVERY
@pytest.mark.parametrize("where", ["draw", "loss", "layer"])
def test_draws_without_a_seed_come_from_the_trial(probe: Probe, used: str, where: str) -> None:
    runs = probe("unseeded", [], used=used, where=where)
    assert runs == probe("unseeded", [], used=used, where=where, other=True)
    assert runs[0]["losses"] != runs[1]["losses"]
    assert len(set(runs[0]["losses"])) == 3
    if where == "draw":
        assert runs == probe("unseeded", [], used=used, where="named draw")


@EVERY
@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("numpy in draw", NUMBERS),
        ("captured generator in draw", NUMBERS),
        ("new generator in draw", NUMBERS),
        ("random in loss", NUMBERS),
        ("numpy in metric", NUMBERS),
        ("numpy in initialiser", NUMBERS),
        ("numpy in build_model", NUMBERS),
        ("keras.random in build_model", "build_model draws a number"),
        ("a weight read in build_model", "reads a weight"),
        ("foreign generator", ELSEWHERE),
        ("foreign variable", ELSEWHERE),
        ("layers made outside", "made outside it"),
        ("a generator of a layer in draw", ELSEWHERE),
        ("a weight assigned in the loss", ELSEWHERE),
        ("momentum of a norm", PROGRAM),
        ("rate of a dropout", PROGRAM),
        ("float", PROGRAM),
        ("int", PROGRAM),
        ("bool", PROGRAM),
        ("comparison", PROGRAM),
        ("array", PROGRAM),
        ("arithmetic", PROGRAM),
        ("text", '<hyper["v"]> <hyper["v"]> <hyper["v"]>'),
        ("regulariser left out", "add sum(model.losses)"),
        ("a loss per example", "the loss has shape (16,)"),
    ],
)
def test_what_would_be_quietly_wrong_is_refused(probe: Probe, used: str, case: str, words: str) -> None:
    assert words in (probe("refused", [], used=used, case=case)[0]["error"] or "nothing was refused")


@EVERY
@pytest.mark.parametrize(
    "case", ["constant", "layer", "functional", "constraint", "learning rate", "momenta", "weight decay"]
)
def test_a_hyper_parameter_acts_as_the_number_it_stands_for(probe: Probe, used: str, case: str) -> None:
    runs = probe("stands", [], used=used, case=case)
    for run in runs.values():
        close(run)
    assert runs[0.25]["weights"] != runs[0.5]["weights"]


@EVERY
@pytest.mark.parametrize(
    "case",
    [
        "activity regulariser",
        "kernel regulariser",
        "add_loss",
        "constraint",
        "frozen layer",
        "variable of a value",
        "loss_scale_factor",
        "LossScaleOptimizer",
        "use_ema",
        "ema_overwrite_frequency",
        "gradient accumulation",
        "weight decay",
        "schedule",
        "Nadam",
        "Adafactor",
    ],
)
def test_three_steps_end_where_fit_ends(probe: Probe, used: str, case: str) -> None:
    """In two lanes, where the backend has them: of one lane all other tests tell."""
    run = probe("trains", [], used=used, case=case, together=2 if used == "jax" else 1)[0]
    close(run)
    close(run, "losses", "keras")


@EVERY
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_ends_where_fit_ends(probe: Probe, used: str, policy: str) -> None:
    run = probe("half", [], used=used, policy=policy)[0]
    np.testing.assert_allclose(run["weights"], run["expected"], rtol=2e-2, atol=1e-3)


@EVERY
def test_a_loss_in_half_precision_is_trained_on(probe: Probe, used: str) -> None:
    assert np.isfinite(probe("half_loss", [], used=used)[0]["losses"]).all()


@EVERY
def test_what_an_evaluation_draws_and_changes_is_forgotten(probe: Probe, used: str) -> None:
    often, seldom = (probe("stochastic", [], used=used, every=every) for every in (1, 4))
    assert often == seldom
    assert often[0]["measured"] != often[1]["measured"]
