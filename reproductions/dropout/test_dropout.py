"""Laws of dropout, of the nets and data, of what is measured and concluded, and of runs that diverge."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from common import datasets
from common.records import Trial
from common.training import Run
from reproductions import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from reproductions.dropout import analysis, figures, model, nets, sine  # noqa: E402
from reproductions.dropout.claims import CLAIMS, GRID, LARGE, REGIMES  # noqa: E402
from reproductions.dropout.studies import (  # noqa: E402
    grid,
    helps,
    large_nets,
    longer,
    probability,
    scaling,
)

pytestmark = pytest.mark.filterwarnings("ignore::common.datasets.DatasetFallback")
SMALL = nets.net(2, 16, 400, 2)


def layer(drop: float, inverted: bool = True) -> Any:
    keras.utils.set_random_seed(1)
    return model.Dropout(lambda: drop, inverted)


@pytest.mark.parametrize("drop", [0.2, 0.5, 0.8])
def test_dropout_zeroes_its_share_and_keeps_the_mean(drop: float) -> None:
    x = np.ones((400, 500), "float32")
    out = np.asarray(layer(drop)(x, training=True))
    assert (out == 0).mean() == pytest.approx(drop, abs=0.005)
    assert out.mean() == pytest.approx(1, rel=0.02)
    assert np.allclose(out[out > 0], 1 / (1 - drop))


def test_dropout_of_the_source_leaves_the_others_as_they_are() -> None:
    out = np.asarray(layer(0.5, inverted=False)(np.full((400, 500), 3.0, "float32"), training=True))
    assert set(np.unique(out)) == {0.0, 3.0}
    assert (out == 0).mean() == pytest.approx(0.5, abs=0.005)


def test_dropout_does_nothing_outside_training_or_with_probability_zero() -> None:
    x = np.random.default_rng(0).random((20, 30), np.float32)
    assert np.array_equal(np.asarray(layer(0.5)(x, training=False)), x)
    assert np.array_equal(np.asarray(layer(0.0)(x, training=True)), x)


def test_dropout_draws_anew_and_each_unit_by_itself() -> None:
    drop, x = layer(0.5), np.ones((100, 64), "float32")
    first, second = (np.asarray(drop(x, training=True)) > 0 for _ in range(2))
    assert 0.4 < (first != second).mean() < 0.6
    assert len({row.tobytes() for row in first}) == 100


def test_max_norm_shortens_long_columns_alone() -> None:
    weights = np.random.default_rng(0).standard_normal((50, 20)).astype("float32")
    weights[:, :10] /= 100
    limited = np.asarray(model.MaxNorm(lambda: 2.0)(ops.convert_to_tensor(weights)))
    assert np.array_equal(limited[:, :10], weights[:, :10])
    assert np.allclose(np.linalg.norm(limited[:, 10:], axis=0), 2.0, rtol=1e-5)
    assert np.array_equal(np.asarray(model.MaxNorm(lambda: math.inf)(ops.convert_to_tensor(weights))), weights)
    assert np.array_equal(np.asarray(model.MaxNorm(lambda: 1.0)(ops.zeros((3, 2)))), np.zeros((3, 2)))


def test_a_limit_on_norms_holds_in_every_layer_after_training() -> None:
    """Seen from outside: with a limit of nearly nothing a net can learn nothing, with none it learns."""
    settings = SMALL | {"refit": False, "drop_hidden": 0.0, "rate": 0.1}
    surprises: dict[float | None, float] = {}
    for limit in (1e-6, None):
        (run,) = helps.run({**settings, "max_norm": limit}, [10_000], 1)
        surprises[limit] = run.metrics["test_nll"] or math.nan
    assert surprises[1e-6] == pytest.approx(math.log(10), rel=0.02)
    assert surprises[None] < 2.0


def test_layers_and_weights_are_those_of_he() -> None:
    keras.utils.set_random_seed(1)
    net = model.build_model(400, 3, 300, nets.dropped(0.5))
    kernels = [np.asarray(v) for v in net.trainable_variables if len(v.shape) == 2]
    assert [kernel.shape for kernel in kernels] == [(400, 300), (300, 300), (300, 300), (300, 10)]
    for kernel in kernels:
        assert kernel.var() == pytest.approx(2 / kernel.shape[0], rel=0.08)
    probabilities = [each.drop() for each in net.layers if isinstance(each, model.Dropout)]
    assert probabilities == [0.2, 0.5, 0.5, 0.5]


def test_loss_has_dropout_on_and_measures_have_it_off() -> None:
    generator = np.random.default_rng(0)
    x, y = generator.random((64, 30), np.float32), generator.integers(0, 10, 64).astype("int32")
    keras.utils.set_random_seed(2)
    net = model.build_model(30, 2, 40, nets.dropped(0.5))
    reference = float(keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, net(x, training=False)))
    found = model.mistakes(net, x, y)
    assert float(found["nll"]) == pytest.approx(reference, rel=1e-5)
    wrong = np.argmax(np.asarray(net(x)), axis=-1) != y
    assert float(found["error"]) == pytest.approx(100 * wrong.mean(), rel=1e-5)
    losses = {float(model.cross_entropy(net, x, y)) for _ in range(3)}
    assert len(losses) == 3
    plain = model.build_model(30, 2, 40, nets.dropped(0.0))
    assert float(model.cross_entropy(plain, x, y)) == pytest.approx(float(model.mistakes(plain, x, y)["nll"]), rel=1e-6)


def test_no_dropout_in_hidden_layers_means_none_at_the_input() -> None:
    assert nets.dropped(0.0) == {"drop_hidden": 0.0, "drop_input": 0.0}
    assert nets.dropped(0.3) == {"drop_hidden": 0.3, "drop_input": 0.2}


def test_training_images_hold_no_test_image_and_validation_images_only_when_refit() -> None:
    data = datasets.load_images()
    validation, test = ({row.tobytes() for row in split.images} for split in (data.validation, data.test))
    chosen = {row.tobytes() for row in model.training_images(500).x}
    assert len(chosen) == 500
    assert not chosen & (validation | test)
    every = model.training_images(60_000, refit=True)
    kept = {row.tobytes() for row in every.x}
    assert len(every.x) == len(every.y) == len(data.train.labels) + len(data.validation.labels)
    assert validation <= kept
    assert not kept & test
    assert np.array_equal(every.y[-len(validation) :], data.validation.labels)


@pytest.mark.parametrize("study", [helps, large_nets])
def test_validation_images_that_a_net_is_trained_on_are_not_looked_at(study: Any) -> None:
    for arm in (*study.arms("full"), *study.arms("gpu")):
        assert set(study.experiment(arm.settings).evaluate) == {"test"}, arm.name
    for arm in study.arms("pilot"):
        assert "validation" in study.experiment(arm.settings).evaluate, arm.name


def test_a_falling_rate_ends_at_zero_and_a_constant_one_stays() -> None:
    falling = nets.Falling({"learning_rate": 0.4, "falls": 1.0}, 200)
    assert [float(falling(step)) for step in (0, 50, 200)] == pytest.approx([0.4, 0.3, 0.0])
    constant = nets.Falling({"learning_rate": 0.4, "falls": 0.0}, 200)
    assert float(constant(199)) == pytest.approx(0.4)


def test_variants_start_from_the_same_weights_and_see_the_same_batches() -> None:
    base = nets.experiment(SMALL)
    same = {"learning_rate": 0.03, **nets.dropped(0.0)}
    other = {"learning_rate": 0.03, **nets.dropped(0.5)}
    ((_, runs),) = nets.side_by_side(base, {"a": same, "b": same, "c": other}, [10_000], 1)
    assert runs["a"].curves == runs["b"].curves
    assert runs["a"].curves["test_nll"][0] == runs["c"].curves["test_nll"][0]
    assert runs["a"].metrics["test_nll"] != runs["c"].metrics["test_nll"]


def test_the_sinusoid_goes_on_where_it_was_cut_and_parts_differ() -> None:
    train = sine.examples("train")
    assert train.x.shape == (sine.SIZES["train"], 16)
    assert train.y.shape == (sine.SIZES["train"], 8)
    parts = [{row.tobytes() for row in sine.examples(part).y} for part in sine.SIZES]
    assert len(set().union(*parts)) == sum(sine.SIZES.values())
    whole = np.concatenate([train.x, train.y], axis=1)
    jump = np.abs(whole[:, 16] - whole[:, 15])
    assert np.median(jump) < 0.5  # a step of 1/16 of the window, with noise
    assert np.array_equal(sine.examples("train").x, train.x)
    # Sampled evenly, a sinusoid of angle a a step obeys s[t+1] + s[t-1] = 2 cos(a) s[t]: the ratio is one number a row.
    outer, inner = train.y[:, 2:] + train.y[:, :-2], train.y[:, 1:-1]
    cosines = (outer * inner).sum(axis=1) / (2 * (inner**2).sum(axis=1))
    assert np.abs(outer - 2 * cosines[:, None] * inner).max() < 1e-3
    angles = np.arccos(cosines)
    assert 2 * math.pi * 0.5 / 16 < angles.min()
    assert angles.max() < 2 * math.pi * 2 / 16


def test_a_net_that_says_zero_leaves_all_of_the_sinusoid_unexplained() -> None:
    test = sine.examples("test")
    assert float(grid.unexplained(lambda x, training: ops.zeros((len(x), 8)), test.x, test.y)["error"]) == 100.0
    right = grid.unexplained(lambda x, training: ops.convert_to_tensor(test.y), test.x, test.y)
    assert float(right["error"]) == 0.0


def test_regimes_are_the_arms_of_the_grid_and_one_cell_is_large() -> None:
    assert set(REGIMES) == {arm.name for arm in grid.arms("full")}
    assert len(REGIMES) == len(set(REGIMES))
    signs = next(check for claim in CLAIMS for check in claim.checks if check.id == "signs-predicted")
    assert [cell for cell, sign in zip(signs.arms, signs.levels, strict=True) if sign > 0] == [LARGE]
    assert {f"width{width}_depth{depth}" for width, depth in analysis.CELLS} == set(GRID)
    large = grid.cells()[LARGE][1]
    assert large["width"] > 1000
    assert large["depth"] >= 3
    assert not any(s["width"] > 1000 and s["depth"] >= 3 for n, (_, s) in grid.cells().items() if LARGE not in n)


def test_every_rate_is_one_that_pilots_tried() -> None:
    tried = set(nets.GRID)
    assert {rate for pair in grid.RATES.values() for rate in pair} <= tried
    assert {group for group, _ in grid.cells().values()} == set(grid.RATES) == set(grid.PILOTED)
    assert all(grid.cells()[name][0] == group for group, name in grid.PILOTED.items())
    assert set(helps.RATES.values()) | set(longer.RATES.values()) <= tried
    assert {rate for rates in probability.RATES.values() for rate in rates.values()} <= tried
    assert scaling.RATE in scaling.GRID
    assert set(probability.PILOTED) == set(probability.PROBABILITIES)


def test_a_gain_is_positive_where_dropout_errs_less_and_equal_counts_are_equal() -> None:
    runs = {"plain": _run({"test_error": 4.0, "test_nll": 0.5}), "dropout": _run({"test_error": 3.0, "test_nll": 0.2})}
    assert grid.gains(runs) == {"gain": 1.0, "nll_gain": 0.3}
    tie = {"plain": _run({"test_error": 3.1 + 1e-9}), "dropout": _run({"test_error": 3.1})}
    assert grid.gains(tie) == {"gain": 0.0}
    assert grid.gains({**runs, "dropout": _run({}, "diverged")}) == {}


def _run(metrics: Mapping[str, float], status: Any = "ok") -> Run:
    return Run(10_000, status, 5, False, metrics, {})


def trained_scaling_net(depth: int = 2, width: int = 50) -> tuple[Any, Any, Any]:
    keras.utils.set_random_seed(5)
    generator = np.random.default_rng(3)
    x = ops.convert_to_tensor(generator.random((300, 20), np.float32))
    return scaling.build_model(20, depth, width), x, generator.integers(0, 10, 300).astype("int32")


def test_the_forward_pass_by_hand_is_that_of_the_net() -> None:
    net, x, _ = trained_scaling_net()
    kernels = [ops.convert_to_tensor(v) for v in net.trainable_variables]
    assert len(kernels) == 3  # no biases
    by_hand = scaling.forward(kernels, x, [1.0] * 3)
    assert np.allclose(np.asarray(by_hand), np.asarray(net(x, training=False)), rtol=1e-4, atol=1e-5)


def test_training_divides_nothing_so_its_mean_is_that_of_scaled_weights() -> None:
    """A net without hidden layers is linear: there the two means are the same."""
    net, x, _ = trained_scaling_net(depth=0)
    kernels = [ops.convert_to_tensor(v) for v in net.trainable_variables]
    average = np.mean([np.asarray(net(x, training=True)) for _ in range(400)], axis=0)
    scaled = np.asarray(scaling.forward(kernels, x, scaling.scaling(1)))
    assert np.abs(average - scaled).max() < 0.2
    assert np.polyfit(scaled.ravel(), average.ravel(), 1)[0] == pytest.approx(1, abs=0.02)


def test_scaled_logits_are_the_unscaled_ones_divided_by_five_and_halved_by_forty() -> None:
    net, x, y = trained_scaling_net()
    kernels = [ops.convert_to_tensor(v) for v in net.trainable_variables]
    assert scaling.scaling(3) == [0.8, 0.5, 0.5]
    found = scaling.ways(2, 4)(net, x, y)
    for way, divisor in (("scaled", 5), ("unscaled", 1), ("halved", 40)):
        logits = scaling.forward(kernels, x, [1.0] * 3) / divisor
        assert float(found[f"{way}_nll"]) == pytest.approx(float(ops.mean(model.surprise(logits, y))), rel=1e-4)
    assert float(found["same_answers"]) == 1.0


def test_masks_have_the_share_of_their_layer_and_differ_between_samples_and_images() -> None:
    net, x, _ = trained_scaling_net(width=200)
    drawn = [[np.asarray(mask) for mask in scaling.masks(net, x, ops.convert_to_tensor(n))] for n in range(3)]
    for sample in drawn:
        assert [mask.shape for mask in sample] == [(300, 20), (300, 200), (300, 200)]
        assert [mask.mean() for mask in sample] == pytest.approx([0.8, 0.5, 0.5], abs=0.03)
        assert not np.array_equal(sample[1], sample[2])
        assert len({row.tobytes() for row in sample[1]}) == 300
    assert 0.4 < (drawn[0][1] != drawn[1][1]).mean() < 0.6
    assert np.array_equal(drawn[2][1], np.asarray(scaling.masks(net, x, ops.convert_to_tensor(2))[1]))


def test_the_average_is_that_of_the_masks_it_names() -> None:
    net, x, y = trained_scaling_net()
    kernels = [ops.convert_to_tensor(v) for v in net.trainable_variables]
    each = [
        np.asarray(ops.softmax(scaling.forward(kernels, x, scaling.masks(net, x, ops.convert_to_tensor(n)))))
        for n in range(4)
    ]
    found = scaling.ways(2, 4)(net, x, y)
    for name, count in (("sample", 1), ("average_few", 2), ("average_many", 4)):
        own = np.mean(each[:count], axis=0)[np.arange(300), y]
        assert float(found[f"{name}_nll"]) == pytest.approx(-np.log(own).mean(), rel=1e-4)


def test_ways_are_compared_with_scaled_weights() -> None:
    metrics = {f"test_{way}_error": 3.0 for way in ("scaled", "sample", "average_many")}
    metrics |= {"test_sample_error": 4.5, "test_average_many_error": 3.1}
    metrics |= {"test_scaled_nll": 0.1, "test_unscaled_nll": 0.3, "test_halved_nll": 0.8}
    told = scaling.compared(metrics)
    assert told["scaled_minus_average"] == -0.1
    assert told["sample_error_times"] == 1.5
    assert [told[f"{way}_nll_times"] for way in ("unscaled", "halved")] == pytest.approx([3, 8])


def test_slopes_rises_and_best_epochs_of_known_curves() -> None:
    falls = [(step, 10 - step / 100) for step in range(0, 601, 10)]  # 300 epochs of two steps: 2 points per 100 epochs
    told = longer.told(falls, 600, 300)
    assert told["slope"] == pytest.approx(-2.0)
    assert told["rise"] == 0.0
    assert told["best_epoch"] == 300.0
    assert told["best_place"] == 1.0
    bent = [(step, 5 + abs(step - 200) / 100) for step in range(0, 601, 10)]
    told = longer.told(bent, 600, 300)
    assert told["slope"] == pytest.approx(2.0)
    assert told["best_epoch"] == 100.0
    assert told["rise"] == pytest.approx((5 + 3.8) / (5 + 0.12) - 1)  # means of five looks at each end
    first = [(0, 0.0), *((step, 3.0) for step in range(10, 601, 10))]
    assert longer.told(first, 600, 300)["best_epoch"] == 5.0  # the first of equal ones, the untrained net left out


@pytest.mark.parametrize("looks", [0, 1, 5, 20, 40, 60, 61])
def test_a_curve_on_record_has_at_most_21_points_and_both_ends(looks: int) -> None:
    points = [(step, float(step)) for step in range(looks + 1)]
    kept = longer.thinned(points)
    assert len(kept) <= 21
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert list(kept) == sorted(set(kept))


def test_the_best_probability_is_chosen_on_validation_and_told_on_test() -> None:
    validation = {0.0: 5.0, 0.3: 3.0, 0.5: 4.0, 0.8: 6.0}
    test = {0.0: 1.0, 0.3: 3.6, 0.5: 4.0, 0.8: 0.5}
    told = probability.tuned(validation, test)
    assert told["best"] == 0.3
    assert told["saved"] == told["tuned_gain"] == pytest.approx(0.1)
    near = probability.tuned({0.4: 1.0, 0.5: 2.0}, {0.4: 1.0, 0.5: 2.0})
    assert near["saved"] == 0.5
    assert near["tuned_gain"] == 0.0
    assert probability.tuned({0.1: 4.0, 0.5: 4.0}, {0.1: 2.0, 0.5: 4.0})["best"] == 0.5


def test_a_probability_that_diverged_is_not_chosen_and_without_the_default_nothing_is_told() -> None:
    assert probability.tuned({0.1: None, 0.3: 4.0, 0.5: 5.0}, {0.1: None, 0.3: 4.0, 0.5: 5.0})["best"] == 0.3
    assert probability.tuned({0.1: 3.0, 0.5: None}, {0.1: 3.0, 0.5: None}) == {}


def test_the_penalty_counts_weights_and_not_biases() -> None:
    keras.utils.set_random_seed(1)
    net = model.build_model(5, 1, 4, nets.dropped(0.0))
    x, y = np.ones((3, 5), "float32"), np.zeros(3, "int32")
    squares = sum(float((np.asarray(v) ** 2).sum()) for v in net.trainable_variables if len(v.shape) == 2)
    for variable in net.trainable_variables:
        if len(variable.shape) == 1:
            variable.assign(variable + 1)
    extra = float(large_nets.penalised(0.1, net, x, y)) - float(model.cross_entropy(net, x, y))
    assert extra == pytest.approx(0.1 * squares, rel=1e-4)


HUGE = 1e30  # a rate with which every net diverges


@pytest.mark.parametrize(
    ("study", "settings", "absent"),
    [
        (grid, {**SMALL, "rate_plain": HUGE, "rate_dropout": 0.03}, "gain"),
        (longer, {**SMALL, "epochs": 6, "rates": {"plain": 0.1, "dropout": HUGE}, "looks": 24}, "later_by"),
        (probability, {**SMALL, "rates": {"0.3": 0.1, "0.5": HUGE}}, "tuned_gain"),
    ],
)
def test_a_net_that_diverges_leaves_its_trial_without_a_comparison(
    study: Any, settings: Mapping[str, Any], absent: str
) -> None:
    (run,) = study.run(settings, [10_000], 1)
    assert run.status == "ok"
    assert absent not in run.metrics
    assert any(value is not None for value in run.metrics.values())


def test_a_trial_of_which_nothing_is_left_has_diverged() -> None:
    (run,) = grid.run({**SMALL, "rate_plain": HUGE, "rate_dropout": HUGE}, [10_000], 1)
    assert run.status == "diverged"
    assert "gain" not in run.metrics
    (run,) = scaling.run({**SMALL, "rate": HUGE, "few": 1, "many": 2}, [10_000], 1)
    assert run.status == "diverged"
    assert not run.metrics


def trial(study: str, arm: str, seed: int, metrics: Mapping[str, float | None]) -> Trial:
    return Trial(
        study=study,
        arm=arm,
        seed=seed,
        tier="full",
        key="k",
        status="ok" if metrics else "diverged",
        backend="jax",
        dataset="mnist",
        data_sha256="0",
        metrics=dict(metrics),
    )


def planted(gain: Any, seeds: int = 8) -> list[Trial]:
    """A grid whose ln(plain / dropout) is `gain(log2(width / 500), depth - 2)`, but for a little noise."""
    noise = np.random.default_rng(0).normal(0, 0.005, (9, seeds))
    trials = []
    for place, (width, depth) in enumerate(analysis.CELLS):
        for seed in range(seeds):
            dropout = 4.0 / math.exp(gain(math.log2(width / 500), depth - 2) + noise[place, seed])
            metrics = {"plain_test_error": 4.0, "dropout_test_error": dropout, "gain": 4.0 - dropout}
            trials.append(trial("grid", f"width{width}_depth{depth}", seed, metrics))
    return trials


def test_the_fit_finds_planted_slopes() -> None:
    found = analysis.fit(planted(lambda width, depth: 0.1 + 0.08 * width - 0.05 * depth))
    assert found is not None
    for interval, slope in zip(found, (0.08, -0.05), strict=True):
        assert interval.low < slope < interval.high
        assert interval.high - interval.low < 0.02


@pytest.mark.parametrize(
    ("gain", "favoured"),
    [
        (lambda width, depth: 0.2, "favours `dropout-little-reason-not`"),
        (lambda width, depth: -0.2, "favours `dropout-only-large-nets`"),
        (lambda width, depth: 0.3 * width - 0.1 if width > 1 else -0.1, "favours `dropout-only-large-nets`"),
        (lambda width, depth: -0.2 if width < -1 or (width == 0 and depth < 0) else 0.2, "favours neither"),
    ],
)
def test_the_grid_favours_the_claim_for_which_more_cells_speak(gain: Any, favoured: str) -> None:
    assert favoured in analysis.sentences(planted(gain))


def test_it_is_said_when_dropout_helps_nowhere() -> None:
    assert "without an example" in analysis.sentences(planted(lambda width, depth: -0.2))
    assert "without an example" not in analysis.sentences(planted(lambda width, depth: 0.2))
    assert "without an example" not in analysis.sentences(planted(lambda width, depth: -0.2 if width > 1 else 0.2))


def test_the_analysis_waits_for_the_whole_grid_and_survives_seeds_that_diverged() -> None:
    trials = planted(lambda width, depth: 0.2)
    assert analysis.sentences([t for t in trials if t.arm != "width500_depth2"]) == ""
    assert analysis.sentences([]) == ""
    gone = [trial(t.study, t.arm, t.seed, {}) if t.seed == 3 else t for t in trials]
    assert analysis.sentences(gone)
    one_left = [trial(t.study, t.arm, t.seed, {}) if t.seed and t.arm == LARGE else t for t in trials]
    assert analysis.sentences(one_left)


def some_of_every_study() -> list[Trial]:
    generator = np.random.default_rng(0)
    trials = planted(lambda width, depth: 0.1)
    trials += [
        trial("grid", arm, seed, {"gain": float(generator.normal())}) for arm in REGIMES[9:] for seed in range(8)
    ]
    errors = {f"test_error_{p}": 3.0 for p in figures.PROBABILITIES}
    ways = {f"test_{way}_{metric}": 2.0 for way in figures.WAYS for metric in ("error", "nll")}
    for seed in range(3):
        trials += [trial("helps", arm, seed, {"test_error": 1.0 + seed}) for arm in helps.LIMITS]
        trials += [trial("probability", arm.name, seed, errors) for arm in probability.arms("full")]
        trials += [trial("large_nets", arm.name, seed, {"test_error": 1.0}) for arm in large_nets.arms("gpu")]
        trials += [trial("scaling", "trained", seed, ways), trial("longer", "constant", seed, {"later_by": 5.0})]
    return trials


def test_one_seed_has_no_interval_to_draw() -> None:
    trials = planted(lambda width, depth: 0.1, seeds=1)
    assert figures._intervals(trials, "grid", {0.0: LARGE}, "gain") == {}


STUDIES = ("helps", "grid", "scaling", "probability", "large_nets", "longer")


def test_pictures_are_drawn_of_what_is_on_record() -> None:
    trials = some_of_every_study()
    points = {seed: [(0, 90.0), (100, 5.0), (200, 4.0)] for seed in range(3)}
    curves = {
        ("longer", arm, f"{which}_{metric}"): points
        for arm in ("constant", "falling", "all_images")
        for which in ("plain", "dropout")
        for metric in ("error", "nll")
    }
    drawn = figures.draw(trials, curves)
    assert set(drawn) == {f"{study}.svg" for study in STUDIES}
    assert all(svg.lstrip().startswith("<?xml") and "</svg>" in svg for svg in drawn.values())
    assert "1200" in drawn["grid.svg"]
    assert "with dropout" in drawn["longer.svg"]
    assert figures.draw([], {}) == {}


@pytest.mark.parametrize("study", STUDIES)
def test_pictures_survive_a_study_of_which_every_seed_diverged(study: str) -> None:
    gone = [trial(t.study, t.arm, t.seed, {}) for t in some_of_every_study() if t.study == study]
    assert set(figures.draw(gone, {})) == {f"{study}.svg"}
