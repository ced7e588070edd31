"""Laws of nets beside kernel machines: each part against a second one, and what is asked of them."""

import math
from typing import Any

import numpy as np
import pytest

from common.training import Arrays
from suite import commands, registry

commands.prepare(None)

from keras import ops  # noqa: E402 - the backend is chosen first

from common import datasets  # noqa: E402
from reproductions.expressivity import centres, classifiers, pixels, refit, targets  # noqa: E402
from reproductions.expressivity.studies import learned, nodes, shallow, widths  # noqa: E402
from suite.claims import Check  # noqa: E402
from suite.questions import Observation  # noqa: E402

GENERATOR = np.random.default_rng(11)
HYPER: dict[str, Any] = {"width": 3.0, "spread": 0.5, "radial": 1.0, "product": 0.0, "smooth": 0.0, "units": 0.0}


def points(count: int, inputs: int) -> np.ndarray:
    return GENERATOR.normal(size=(count, inputs)).astype("float32")


@pytest.mark.parametrize(("before", "errors", "found"), [(50, (1.0, 0.01), 20 * math.sqrt(5)), (20, (0.1, 0.05), 20.0)])
def test_parameters_are_read_from_a_line_in_logarithms(before: int, errors: tuple[float, float], found: float) -> None:
    assert targets.needed((20, 100), errors, 0.1) == pytest.approx(found)


def test_an_error_that_no_size_comes_to_takes_no_number_and_a_rise_after_it_counts_for_nothing() -> None:
    assert targets.needed((20, 100), (1.0, math.inf), 0.1) is None
    assert targets.needed((20, 40, 80), (0.2, 0.1, 0.9), 0.1) == pytest.approx(40)


@pytest.mark.parametrize("layers", [0, 1, 2, 10])
def test_parameters_are_those_that_keras_counts_and_the_widest_net_is_the_widest(layers: int) -> None:
    hidden = classifiers.widest(5, layers, 3, 700) if layers else ()
    assert classifiers.build(5, hidden, 3).count_params() == classifiers.parameters(5, hidden, 3)
    if layers:
        wider = classifiers.parameters(5, [width + 1 for width in hidden], 3)
        assert classifiers.parameters(5, hidden, 3) <= 700 < wider


def test_silent_units_say_nothing_whatever_their_weights() -> None:
    net = targets.beside_its_target(2, 2, 5, HYPER)
    x = points(6, 2)
    whole = [np.asarray(weight) for weight in net.trainable_variables]
    said = np.asarray(net(x))[:, 0]
    hidden = np.maximum(x @ whole[0][:, :3], 0)
    hidden = np.maximum(hidden @ whole[2][:3, :3], 0)
    assert said == pytest.approx((hidden @ whole[4][:3])[:, 0], abs=1e-5)
    for weight, value in zip(net.trainable_variables, whole, strict=True):  # whatever the silent ones hold
        moved = value.copy()
        moved[..., 3:] += 1 if weight is not net.trainable_variables[-1] and value.shape[-1] > 1 else 0
        weight.assign(moved)
    assert np.asarray(net(x))[:, 0] == pytest.approx(said, abs=1e-5)


def test_targets_are_what_they_say() -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (30_000, 5)).astype("float32")
    squares = (x.astype(float) ** 2).sum(axis=1)
    assert np.asarray(targets.radial(x)) == pytest.approx(np.sin((squares - squares.mean()) / squares.std()), abs=0.05)
    assert np.asarray(targets.product(x)) == pytest.approx(3**2.5 * x.prod(axis=1), rel=1e-4, abs=1e-6)
    assert np.asarray(targets.product(x)).var() == pytest.approx(1, rel=0.1)
    u = (x.astype(float) + 1) / 2
    friedman = 10 * np.sin(np.pi * u[:, 0] * u[:, 1]) + 20 * (u[:, 2] - 0.5) ** 2 + 10 * u[:, 3] + 5 * u[:, 4]
    centred = friedman - np.asarray(targets.smooth(x)) * 5
    assert np.ptp(centred) < 1e-3  # but for one number
    assert np.asarray(targets.smooth(x)).mean() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("target", targets.TARGETS)
def test_one_number_chooses_the_target(target: str) -> None:
    chosen = HYPER | {name: float(name == target) for name in targets.TARGETS}
    net, x = targets.beside_its_target(5, 1, 4, chosen), points(8, 5)
    found = np.asarray(net(x))[:, 1]
    if target == "units":
        hidden, answer = (layer for layer in net.layers if not layer.trainable and layer.weights)
        assert hidden.units == targets.TEACHER
        kernel, bias, last = map(np.asarray, (hidden.kernel, hidden.bias, answer.kernel))
        expected = (np.maximum(x @ kernel + bias, 0) @ last)[:, 0]
    else:
        expected = np.asarray(getattr(targets, target)(x))
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_a_machine_with_a_centre_on_every_case_is_kernel_ridge_regression() -> None:
    from sklearn.kernel_ridge import KernelRidge

    x, labels = points(60, 3), GENERATOR.integers(0, 3, 60)
    machine = centres.fit(x, labels, 3, x, 0.3, 1e-2)
    ridge = KernelRidge(alpha=60 * 1e-2, kernel="rbf", gamma=0.3).fit(x, 2.0 * (labels[:, None] == np.arange(3)) - 1)
    asked = points(20, 3)
    assert machine.scores(asked) == pytest.approx(ridge.predict(asked), abs=1e-3)


def test_bumps_are_those_of_scikit_learn() -> None:
    from sklearn.metrics.pairwise import rbf_kernel

    x, places = points(7, 3), points(5, 3)
    assert centres.gaussian(x, places, 0.7) == pytest.approx(rbf_kernel(x, places, gamma=0.7), rel=1e-5)


def test_centres_differ_and_come_from_the_trials_seed() -> None:
    x = points(30, 2)
    first, again, other = (centres.drawn(x, 10, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len(np.unique(first, axis=0)) == 10
    assert len(centres.drawn(x, 99, np.random.default_rng(1))) == 30
    assert centres.means(x, 4, np.random.default_rng(1)).shape == (4, 2)


def test_the_machine_on_features_is_scikit_learns() -> None:
    from sklearn.svm import LinearSVC

    f, labels = points(200, 4), GENERATOR.integers(0, 3, 200).astype("int32")
    weights = np.asarray(refit.solve(ops.convert_to_tensor(f), ops.convert_to_tensor(labels), 3, 0.1))
    known = LinearSVC(C=0.1, tol=1e-8, dual=False, max_iter=10_000).fit(f, labels)
    assert weights[:-1] == pytest.approx(known.coef_.T, abs=1e-3)
    assert weights[-1] == pytest.approx(known.intercept_, abs=1e-3)
    left = refit.slope(ops.convert_to_tensor(f), ops.convert_to_tensor(labels), ops.convert_to_tensor(weights), 0.1)
    assert float(left) < 1e-5
    moved = ops.convert_to_tensor(weights + 0.1)
    assert float(refit.slope(ops.convert_to_tensor(f), ops.convert_to_tensor(labels), moved, 0.1)) > 1e-2


class Told:
    """A pair of nets that says what it is told, and whose features are the images."""

    def __init__(self, first: np.ndarray, second: np.ndarray) -> None:
        self.said = first, second

    def __call__(self, x: Any, training: bool) -> list[Any]:
        first, second = (np.eye(3, dtype="float32")[said][: len(x)] for said in self.said)
        return [x[:, 0], first, x[:, 1], second]

    def get_layer(self, name: str) -> Any:
        return type("Penalties", (), {"hyper": {"learned": 1.0}})


def test_agreement_counts_where_two_say_the_same() -> None:
    labels = np.asarray([0, 1, 2, 0, 1, 2, 0, 1], "int32")
    images = np.eye(3, dtype="float32")[labels] * 5
    seen = Arrays(np.stack([images, images], axis=1), np.stack([labels, labels], axis=1))
    first, second = labels.copy(), labels.copy()
    first[:2] = 2  # both wrong, and the second net right
    second[7] = 0
    found = refit.judged(seen, 3, ["learned"])(Told(first, second), seen.x, seen.y)
    told = {name: float(value) for name, value in found.items()}
    assert told["error"] == pytest.approx(25)
    assert told["other_error"] == pytest.approx(12.5)
    assert told["seeds_agreement"] == pytest.approx(100 * 5 / 8)
    assert told["learned_error"] == pytest.approx(0)
    assert told["learned_agreement"] == pytest.approx(75)


def test_both_places_hold_every_image_and_mostly_not_the_same() -> None:
    images = Arrays(np.arange(40, dtype="float32")[:, None], np.arange(40, dtype="int32"))
    moved, same = learned.twice(images, moved=True), learned.twice(images, moved=False)
    assert sorted(moved.y[:, 1]) == list(range(40))
    assert (moved.y[:, 0] == moved.y[:, 1]).mean() < 0.2
    assert np.array_equal(moved.x[:, 1, 0], moved.y[:, 1])
    assert np.array_equal(same.y[:, 0], same.y[:, 1])


def test_pixels_are_means_of_blocks() -> None:
    image = np.arange(784, dtype="float32").reshape(1, 28, 28)
    found = pixels.pooled(image.reshape(1, -1), 7).reshape(7, 7)
    assert found[0, 0] == pytest.approx(image[0, :4, :4].mean())
    assert found[6, 2] == pytest.approx(image[0, 24:, 8:12].mean())
    assert pixels.pooled(np.ones((2, 64), "float32"), 7).shape == (2, 64)


@pytest.mark.parametrize(
    ("kind", "first", "second"), [("w", math.sqrt(2 / 59), math.sqrt(2 / 20)), ("mean_field_w", math.sqrt(2 / 49), 1)]
)
def test_a_mean_field_net_divides_its_output_by_its_width(kind: str, first: float, second: float) -> None:
    name = f"{kind}10"
    arm = widths.named(name, "validation", rate=0.2)
    hyper = widths.scaled(arm.settings, 49)
    assert (hyper["first"], hyper["second"]) == pytest.approx((first, second))
    assert (hyper["gain"], hyper["rate"]) == pytest.approx((0.1, 2.0) if kind == "mean_field_w" else (1.0, 0.2))
    net = widths.build(49, 10, hyper)
    x = points(5, 49)
    (one, two), (three, four) = (map(np.asarray, layer.weights) for layer in net.layers if layer.weights)
    expected = (np.maximum(x @ one + two, 0) @ three + four) * hyper["gain"]
    assert np.asarray(net(x)) == pytest.approx(expected, abs=1e-5)


def test_dealt_out_labels_are_as_many_of_each_and_others() -> None:
    own, dealt = widths.data(200, random=False), widths.data(200, random=True)
    assert sorted(own.y) == sorted(dealt.y)
    assert (own.y == dealt.y).mean() < 0.5
    assert np.array_equal(own.x, dealt.x)


def test_the_best_constant_answer_to_the_test_images_is_the_one_that_the_check_knows() -> None:
    split = datasets.load_images().test
    if len(split.labels) != 10_000:
        pytest.skip("of MNIST's labels, which are not at hand")
    asks: Any = check("wide-two-layer-untrainable", "widest-at-chance").asks
    counts = np.bincount(split.labels[: widths.HELD_OUT])
    assert (asks.samples, asks.constant) == (widths.HELD_OUT, counts.max() / widths.HELD_OUT)


def check(claim: str, name: str) -> Check:
    (found,) = (c for one in registry.claims("expressivity") if one.id == claim for c in one.each() if c.id == name)
    return found


def asked(claim: str, name: str, **metrics: float | None) -> str:
    one = check(claim, name)
    row = {arm: Observation(1000, metrics, failed=False, dataset="mnist") for arm in one.arms()}
    return one.asks.answer(row)


@pytest.mark.parametrize(
    ("one", "two", "reached", "fewer"),
    [(300, 100, "yes", "yes"), (100, 300, "yes", "no"), (10_000, 100, "no", "yes"), (10_000, 10_000, "no", "tie")],
)
def test_a_depth_that_never_comes_to_the_error_is_seen(one: float, two: float, reached: str, fewer: str) -> None:
    numbers = {"parameters_one": one, "parameters_two": two}
    assert asked("three-layer-fewer-nodes", "both-reach-radial", **numbers) == reached
    assert asked("three-layer-fewer-nodes", "fewer-radial", **numbers) == fewer


def test_a_target_on_which_two_layers_gain_though_one_has_it_by_construction_is_seen() -> None:
    numbers = {"parameters_one_0.01": 60.0, "parameters_two_0.01": 50.0}
    assert asked("three-layer-fewer-nodes", "units-no-gain", **numbers) == "no"


@pytest.mark.parametrize(
    ("errors", "gap", "deep", "control"),
    [
        ({"net": 5.0, "kernel": 5.5, "deep": 4.0, "linear": 9.0}, "yes", "yes", "yes"),
        ({"net": 5.0, "kernel": 8.0, "deep": 4.0, "linear": 9.0}, "no", "yes", "yes"),
        ({"net": 5.0, "kernel": 5.5, "deep": 5.2, "linear": 9.0}, "no", "no", "yes"),
        ({"net": 5.0, "kernel": 9.5, "deep": 4.0, "linear": 9.0}, "no", "yes", "no"),
    ],
)
def test_nets_and_machines_are_compared_as_the_sentence_says(
    errors: dict[str, float], gap: str, deep: str, control: str
) -> None:
    found = {f"{name}_error": value for name, value in errors.items()} | shallow.compared(errors)
    claim = "shallow-net-equals-kernel-machine"
    assert asked(claim, "gap-below-deep-advantage", **found) == gap
    assert asked(claim, "deep-beats-both", **found) == deep
    assert asked(claim, "all-beat-linear", **found) == control


def test_a_net_that_does_not_learn_and_a_machine_that_is_not_solved_are_seen() -> None:
    assert asked("learned-kernel", "net-learns", test_error=11.0) == "no"
    assert asked("learned-kernel", "machine-solved", test_learned_slope=1e-5, before_slope=2e-3) == "no"
    assert asked("wide-two-layer-untrainable", "hundred-train", seen_error=30.0) == "no"


def test_a_net_that_diverges_where_it_is_wide_speaks_for_the_sentence() -> None:
    one = check("wide-two-layer-untrainable", "widest-train-loss-above-100")
    row = {
        "w100": Observation(1000, {"seen_loss": 0.2}, failed=False, dataset="mnist"),
        "w10000": Observation(1000, {}, failed=True, dataset="mnist"),
    }
    assert one.asks.answer(row) == "yes"


def test_strings_of_the_staircase_and_of_parity_are_all_strings_with_their_labels() -> None:
    seen, judged, classes = shallow.data("staircase", 1, "test", 1)
    assert seen is judged
    assert (classes, len(np.unique(seen.x, axis=0))) == (2, 2**shallow.CLIMBED)
    first, second, third = seen.x[:, 0], seen.x[:, 1], seen.x[:, 2]
    assert np.array_equal(seen.y == 1, first + first * second + first * second * third > 0)
    odd, _, _ = shallow.data("parity", 1, "test", 1)
    assert np.array_equal(odd.y == 1, (odd.x < 0).sum(axis=1) % 2 == 0)


def test_a_seed_of_nodes_comes_to_numbers_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"dimensions": 2, "sizes": [20, 200]}
    found = nodes.measured("one", settings, [0.5, 0.05])
    widest = [classifiers.parameters(2, classifiers.widest(2, 1, 1, most), 1) for most in (20, 200)]
    assert found["parameters_one"] == pytest.approx(targets.needed(widest, [0.5, 0.05], 0.1))
    assert found["parameters_one_0.01"] == nodes.NEVER
    assert found["log_error_one"] == pytest.approx(math.log10(0.5 * 0.05) / 2)
    assert nodes.measured("two", settings, [math.inf, 0.05]).keys() & {"log_error_two"} == set()
