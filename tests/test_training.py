"""The engine's contract: same numbers as plain Keras, and no seed ever depends on another."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from engine_server import BACKENDS, Probe, prober

from common.training import key_words


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with prober("training_probe") as ask:
        yield ask


def curve(run: Mapping[str, Any], metric: str = "train_loss") -> list[float]:
    return [value for _, value in run["curves"][metric]]


@pytest.fixture(scope="module")
def stream(probe: Probe) -> dict[int, Any]:
    return probe("stream", range(5))


def test_same_seed_twice_is_bit_equal_and_another_seed_differs(probe: Probe, stream: dict[int, Any]) -> None:
    assert probe("stream", [0])[0] == stream[0]
    assert probe("stream", [0], other=True)[0] == stream[0]
    assert stream[0]["curves"] != stream[1]["curves"]


def test_seeds_do_not_depend_on_their_order_or_company(probe: Probe, stream: dict[int, Any]) -> None:
    assert probe("stream", [3, 1]) == {seed: stream[seed] for seed in (3, 1)}


def test_lanes_agree_with_one_lane_to_1e5_after_ten_steps(probe: Probe, stream: dict[int, Any]) -> None:
    for lanes in (3, 8):
        for seed, run in probe("stream", range(5), lanes=lanes, steps=10).items():
            alone = [value for step, value in stream[seed]["curves"]["train_loss"] if 0 < step <= 10]
            assert curve(run)[: len(alone)] == pytest.approx(alone, rel=1e-5)


def test_regrouped_lanes_are_bit_equal(probe: Probe) -> None:
    together = probe("stream", range(5), lanes=4)
    regrouped = probe("stream", [4, 2], lanes=4)
    assert regrouped == {seed: together[seed] for seed in (4, 2)}


def test_one_poisoned_seed_leaves_the_rest_bit_equal_and_is_recorded_with_its_step(probe: Probe) -> None:
    clean = probe("poison", range(8), lanes=8, poisoned=-1)
    spoiled = probe("poison", range(8), lanes=8, poisoned=3)
    assert {s: r for s, r in spoiled.items() if s != 3} == {s: r for s, r in clean.items() if s != 3}
    assert spoiled[3]["status"] == "diverged"
    assert spoiled[3]["steps"] == 5
    assert spoiled[3]["metrics"] == {}


@pytest.mark.parametrize("used", BACKENDS)
@pytest.mark.parametrize(
    "optimizer", ["sgd", "momentum", "adam", "nadam", "adafactor", "clipped", "decayed", "max_norm"]
)
def test_ten_steps_equal_plain_keras(probe: Probe, used: str, optimizer: str) -> None:
    """The same weights and batches through `train_on_batch` of a compiled model and through the engine."""
    run = probe("against_keras", [0], used=used, optimizer=optimizer)[0]
    ours, keras = run["weights"], run["keras_weights"]
    for mine, reference in zip(ours, keras, strict=True):
        np.testing.assert_allclose(mine, reference, rtol=1e-5, atol=1e-7)
    assert any(np.abs(np.array(mine)).max() > 0 for mine in ours)


def test_tensorflow_and_jax_agree_on_the_same_weights_and_batches(probe: Probe) -> None:
    runs = [probe("against_keras", [0], used=used, optimizer="adam")[0]["weights"] for used in ("jax", "tensorflow")]
    for first, second in zip(*runs, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("used", BACKENDS)
def test_arrays_are_visited_once_an_epoch_in_the_seeds_own_order(probe: Probe, used: str) -> None:
    for seed, run in probe("visits", [0, 1], used=used).items():
        assert curve(run, "seen_least") == [0, 1, 2, 3], seed
        assert curve(run, "seen_most") == [0, 1, 2, 3], seed


@pytest.mark.parametrize("used", BACKENDS)
def test_initial_weights_follow_the_initialiser_and_differ_by_seed(probe: Probe, used: str) -> None:
    runs = probe("initial", [0, 1], used=used)
    first, second = (np.array(runs[seed]["weights"][0]) for seed in (0, 1))
    limit = math.sqrt(6 / (200 + 300))  # Glorot uniform
    assert np.abs(first).max() <= limit
    assert first.std() == pytest.approx(limit / math.sqrt(3), rel=0.02)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.02
    assert np.array(runs[0]["weights"][1]).tolist() == [0.0] * 300


@pytest.mark.parametrize("used", BACKENDS)
def test_dropout_masks_come_from_the_seed(probe: Probe, used: str) -> None:
    runs = probe("dropout", [0, 1], used=used)
    assert runs[0]["curves"] != runs[1]["curves"]
    assert probe("dropout", [1], used=used)[1] == runs[1]
    losses = curve(runs[0])[1:]
    assert len(set(losses)) == len(losses), "the same mask was drawn again"


@pytest.mark.parametrize("used", BACKENDS)
def test_a_solved_seed_stops_and_an_unsolved_one_is_censored_by_the_budget(probe: Probe, used: str) -> None:
    runs = probe("stop", [0, 1], used=used, lanes=2 if used == "jax" else 1)
    assert [(runs[s]["stopped"], runs[s]["steps"]) for s in (0, 1)] == [(True, 20), (False, 40)]


def test_hyper_parameters_are_inputs_of_one_program(probe: Probe) -> None:
    small, large = (probe("hyper", [0], rate=rate)[0] for rate in (1e-3, 1e-1))
    assert small["programs"] == large["programs"]
    assert curve(small) != curve(large)


@pytest.mark.parametrize("used", BACKENDS)
def test_a_scan_over_hyper_parameters_builds_once_and_changes_no_number(probe: Probe, used: str) -> None:
    interleaved = probe("scan", [0], used=used, rates=[1e-3, 1e-1])[0]
    small, large = (probe("scan", [0], used=used, rates=[rate])[0] for rate in (1e-3, 1e-1))
    assert [found["builds"] for found in (interleaved, small, large)] == [1, 1, 1]
    assert interleaved["runs"][::2] == small["runs"]
    assert interleaved["runs"][1::2] == large["runs"]
    assert small["runs"] != large["runs"]


def test_purposes_layers_and_seeds_have_streams_of_their_own() -> None:
    purposes = ("init", "data", "evaluation", "dropout")
    words = {key_words(seed, p, i) for seed in (0, 1, 2**32, 2**62) for p in purposes for i in (0, 1)}
    assert len(words) == 4 * len(purposes) * 2


def test_more_lanes_than_the_backend_can_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from common.training import train

    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    with pytest.raises(ValueError, match="lanes must be at least 1"):
        next(train(None, [0], lanes=2))  # type: ignore[arg-type]
