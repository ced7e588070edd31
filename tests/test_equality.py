"""The engine computes what plain Keras, or the mathematics, computes; and a fault planted in it is found."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from engine_server import BACKENDS, Probe, prober

from suite import registry

EVERY = pytest.mark.parametrize("used", BACKENDS)


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with prober("equality_probe") as ask:
        yield ask


def close(run: Mapping[str, Any], rtol: float = 1e-5) -> None:
    for ours, expected in zip(run["weights"], run["keras_weights"], strict=True):
        np.testing.assert_allclose(ours, expected, rtol=rtol, atol=1e-6)


@EVERY
@pytest.mark.parametrize(
    "name",
    ["dense", "frozen", "dropout", "batch_norm", "layer_norm", "convolution", "lstm", "rnn", "embedding"],
)
def test_ten_steps_through_a_layer_equal_plain_keras(probe: Probe, used: str, name: str) -> None:
    close(probe("layer", [0], used=used, name=name)[0])


@EVERY
@pytest.mark.parametrize(
    "name", ["glorot_uniform", "he_normal", "lecun_uniform", "orthogonal", "truncated_normal", "random_normal"]
)
def test_first_weights_are_those_the_initialiser_draws_from_the_seed(probe: Probe, used: str, name: str) -> None:
    close(probe("initialiser", [0], used=used, name=name)[0])


@EVERY
def test_training_on_fgsm_inputs_and_pgd_equal_the_formulas(probe: Probe, used: str) -> None:
    close(probe("fgsm", [0], used=used)[0], rtol=1e-4)


@EVERY
def test_an_input_gradient_draws_its_dropout_mask_once(probe: Probe, used: str) -> None:
    run = probe("masked_gradient", [0], used=used)[0]
    assert run["test_size"] == 2.0
    assert run["test_kept"] == pytest.approx(0.5, abs=0.05)
    assert run["test_same"] == pytest.approx(0.5, abs=0.05), "the next call should draw a mask of its own"


@EVERY
def test_a_schedule_by_validation_acts_on_its_own_seed(probe: Probe, used: str) -> None:
    runs = probe("plateau", [0, 1], used=used, lanes=2 if used == "jax" else 1)
    still = sorted(len({value for _, value in run["curves"]["test_error"][2:]}) for run in runs.values())
    assert still == [1, 5]


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("patience", [0, 1, 2, 3])
def test_callbacks_decide_as_those_of_keras(probe: Probe, mode: str, patience: int) -> None:
    """Random histories with ties, steps of exactly `min_delta`, and nans, the first value among them."""
    generator = np.random.default_rng(patience)
    for number in range(24):
        values = np.round(generator.random(14), 1 + number % 2)
        values[generator.random(14) < (0.0, 0.15, 0.15)[number % 3]] = np.nan
        values[0] = np.nan if number % 8 == 7 else values[0]
        settings = {"min_delta": (0.0, 0.05, 0.1, -0.1)[number % 4], "cooldown": number % 3}
        run = probe("callbacks", [0], values=values.tolist(), mode=mode, patience=patience, **settings)[0]
        stops = [stop for _, stop in run["theirs"]]
        ended = stops.index(True) if any(stops) else len(values)
        assert [rate for rate, _ in run["ours"]] == [rate for rate, _ in run["theirs"]], (values, settings)
        assert [stop for _, stop in run["ours"]][: ended + 1] == stops[: ended + 1], (values, settings)


STOCK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from contextlib import nullcontext
from types import SimpleNamespace
stock = SimpleNamespace(install=lambda: None, fused=nullcontext, quick_to_compile=lambda: None)
sys.modules["common.engine.threefry"] = stock
import equality_probe
print(json.dumps(equality_probe.random_bits()))
"""


def test_random_numbers_are_those_of_jax(probe: Probe) -> None:
    """The faster form of the generator against JAX's own, in a process where it was never installed."""
    environment = os.environ | {"KERAS_BACKEND": "jax", "PYTHONPATH": str(registry.ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", STOCK, os.path.dirname(__file__)], env=environment, check=True, capture_output=True
    )
    installed = probe("random_bits", [0])[0]
    assert installed["draws"] == json.loads(done.stdout)[0]["draws"]


def test_threefry_gives_its_published_numbers() -> None:
    """The known answers that come with Random123, the authors' own implementation."""
    known = {
        (0, 0, 0, 0): (0x6B200159, 0x99BA4EFE),
        (0xFFFFFFFF,) * 4: (0x1CB996FC, 0xBB002BE7),
        (0x13198A2E, 0x03707344, 0x243F6A88, 0x85A308D3): (0xC4923A9C, 0x483DF7A0),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "jax")
        from common.engine.threefry import threefry2x32
    for words, expected in known.items():
        assert [int(word[0]) for word in threefry2x32(*(np.array([w], np.uint32) for w in words))] == list(expected)  # type: ignore[arg-type]


# What is planted in the engine, and the law that must turn red.
PLANTED: Mapping[str, tuple[str, str, Callable[[Probe], None]]] = {
    "a gradient a thousandth too small": (
        "stateless_apply(state.optimizer, gradients,",
        "stateless_apply(state.optimizer, [0.999 * g for g in gradients],",
        lambda probe: close(probe("layer", [0], name="dense")[0]),
    ),
    "dropout from another stream": (
        '[key_words(seed, "dropout", index)',
        '[key_words(seed, "data", index)',
        lambda probe: close(probe("layer", [0], name="dropout")[0]),
    ),
    "moving averages that stand still": (
        "after = [scope.get_current_value(v) for v in self.changing]",
        "after = state.non_trainable",
        lambda probe: close(probe("layer", [0], name="batch_norm")[0]),
    ),
    "weights from another stream": (
        'keys["init"]',
        'keys["data"]',
        lambda probe: close(probe("initialiser", [0], name="he_normal")[0]),
    ),
    "one schedule for all lanes": (
        "hyper[lane] = scalars(experiment.adjusted(history))",
        "hyper[:] = [scalars(experiment.adjusted(history))] * lanes",
        lambda probe: test_a_schedule_by_validation_acts_on_its_own_seed(probe, "jax"),
    ),
    "lanes that share their keys": (
        "stacked([program.keys(seed) for seed in padded])",
        "stacked([program.keys(padded[0]) for seed in padded])",
        lambda probe: lanes_agree(probe),
    ),
}


def lanes_agree(probe: Probe) -> None:
    together, alone = (probe("stream", range(2), lanes=lanes, module="training_probe", steps=5) for lanes in (2, 1))
    for seed in (0, 1):
        assert together[seed]["metrics"] == pytest.approx(alone[seed]["metrics"], rel=1e-5)


@pytest.mark.parametrize("fault", list(PLANTED))
def test_a_planted_fault_turns_its_law_red(fault: str) -> None:
    old, new, law = PLANTED[fault]
    with prober("equality_probe", planted=(old, new)) as ask, pytest.raises(AssertionError):
        law(ask)
