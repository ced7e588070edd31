"""A seed's own images, what is told of one run that could have been stopped, and the line through errors."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from suite import commands, registry

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from common.training import Run  # noqa: E402
from reproductions.generalisation import pixels, samples  # noqa: E402
from reproductions.generalisation.studies import early_stopping, more_data  # noqa: E402
from suite.questions import Observation  # noqa: E402


def drawn(examples: float, clean: float, noise: float) -> samples.Drawn:
    keras.utils.set_random_seed(20_001)
    return samples.Drawn({"examples": examples, "clean": clean, "noise": noise})


def array(tensor: object) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def test_a_seed_takes_every_image_once_with_its_own_label() -> None:
    layer, known = drawn(300.0, 300.0, 1.0), pixels.images("train", samples.ALL, halved=True)
    order = array(layer.order.value)
    assert sorted(order) == list(range(len(known.y)))
    x, y = layer.at(np.arange(250, dtype=np.int32))
    assert np.array_equal(array(y), known.y[order[:250]]), "none of those before `clean` is spoilt"
    assert array(x) == pytest.approx(known.x[order[:250]], abs=0.5 / 255 + 1e-6)


def test_numbers_fall_on_the_first_images_alone() -> None:
    layer = drawn(40.0, 40.0, 0.0)
    x, _ = layer.chosen(np.array([0.0, 0.024, 0.999999], np.float32))
    assert np.array_equal(array(x), array(layer.at(np.array([0, 0, 39], np.int32))[0]))


def test_labels_after_the_clean_ones_are_drawn_at_random() -> None:
    """One of ten drawn at random is right by chance."""
    size = min(len(samples.greys()), 5_000)
    layer, places = drawn(float(size), 100.0, 0.4), np.arange(size, dtype=np.int32)
    _, y = layer.at(places)
    true = pixels.images("train", samples.ALL, halved=True).y[array(layer.order.value)[:size]]
    wrong = array(y) != true
    assert not wrong[:100].any()
    assert wrong[100:].mean() == pytest.approx(0.4 * 0.9, abs=0.05)
    assert set(array(y)) == set(range(10))


def run(curves: Mapping[str, Sequence[float]]) -> Run:
    steps = {name: [(100 * place, value) for place, value in enumerate(values)] for name, values in curves.items()}
    return Run(seed=0, status="ok", steps=400, stopped=False, metrics={}, curves=steps)


def test_all_ways_to_stop_are_read_from_one_run() -> None:
    found = early_stopping.measured(
        run({
            "validation_error": [90, 12, 10, 10, 11], "judged_error": [90, 13, 12, 11, 14],
            "validation_loss": [2.3, 0.5, 0.6, 0.7, 0.8], "judged_loss": [2.3, 0.6, 0.65, 0.7, 0.9],
            "train_loss": [1.0, 0.5, 0.25, 0.125],
        })
    )  # fmt: skip
    assert found["error_stopped"] == 12, "the first of two that are least"
    assert (found["error_end"], found["error_by_loss"]) == (14, 13)
    assert (found["loss_stopped"], found["loss_end"]) == (0.6, 0.9)
    assert (found["stopped_at"], found["validation_error"]) == (200, 10)
    assert (found["late_loss"], found["earlier_loss"]) == (0.125, 0.25)


def test_patience_ends_before_a_later_gain() -> None:
    assert early_stopping.patient([9, 5, 6, 6, 6, 1], 3) == 1
    assert early_stopping.patient([9, 5, 6, 6, 6, 1], 4) == 5
    assert early_stopping.patient([9, 8, 7], 2) == 2


def test_a_run_that_diverged_tells_nothing() -> None:
    broken = Run(seed=0, status="diverged", steps=0, stopped=False, metrics={}, curves={})
    assert early_stopping.measured(broken) == {}
    assert more_data.measured({"300": broken}) == {}


def test_errors_are_judged_where_the_validation_error_is_least() -> None:
    one = run({"validation_error": [90, 12, 10, 10], "judged_error": [90, 13, 12, 8]})
    assert more_data.at_least(one) == (10, 12)
    found = more_data.measured({"300": one, "noisy": one, "unknown": one})
    assert found == {"error_300": 12, "validation_300": 10, "error_noisy": 12}


def test_a_power_law_is_found_and_is_straight() -> None:
    found = more_data.power({m: 50 * m**-0.4 for m in more_data.SIZES})
    assert found == {"exponent": pytest.approx(0.4), "straightness": pytest.approx(1)}
    bent = more_data.power({m: 50 * m**-0.4 + 5 for m in more_data.SIZES})
    assert bent["straightness"] < 0.999
    assert more_data.power({300: 1.0, 600: 0.5}) == {}


def test_who_judges_does_not_say_where_to_stop() -> None:
    validated = more_data.judges("validation", 200, 100)
    assert np.array_equal(validated.x, pixels.images("validation", 200, halved=True).x[100:])
    assert len(more_data.judges("test", 150, 100).y) == 150


@pytest.mark.parametrize(
    ("claim", "control", "metrics", "answer"),
    [
        ("more-data", "shuffled-no-help", {"error_shuffled": 9.0, "error_2400": 8.0}, "yes"),
        ("more-data", "shuffled-no-help", {"error_shuffled": 7.0, "error_2400": 8.0}, "no"),
        ("early-stopping", "still-falls", {"late_loss": 0.1, "earlier_loss": 0.2}, "yes"),
        ("early-stopping", "still-falls", {"late_loss": 0.2, "earlier_loss": 0.2}, "tie"),
        ("four-bit-weights", "one-bit-harms", {"layer_1": 2.0, "float": 3.0}, "no"),
        ("valiant-32n", "quarter-n-overfits", {"gap_0.25": -0.1}, "no"),
        ("distributed-holdout", "seen-right", {"seen_right": 0.89}, "no"),
        ("distributed-holdout", "softmax-none", {"held_out_local_right": 0.0005}, "no"),
    ],
)
def test_controls_say_no_where_nothing_could_be_told(
    claim: str, control: str, metrics: dict[str, float | None], answer: str
) -> None:
    (found,) = (
        c for one in registry.claims("generalisation") if one.id == claim for c in one.each() if c.id == control
    )
    row = {arm: Observation(1000, metrics, failed=False, dataset="") for arm in found.arms()}
    assert found.asks.answer(row) == answer
