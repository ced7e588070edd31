"""Laws of the nets and their biases, of what the studies measure, of the law's fit, and of the pictures."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from common.records import Trial
from common.study import Tier
from common.training import Run, train
from reproductions import commands, registry

USED = commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from common import sequences  # noqa: E402
from common.training import Arrays, Stream  # noqa: E402
from reproductions.forget_bias import analysis, claims, figures, model  # noqa: E402
from reproductions.forget_bias.studies import (  # noqa: E402
    adding,
    copy_memory,
    gates,
    recall,
    resets,
    success,
    tasks,
)

SIZES: dict[str, Any] = {"units": 6, "rate": 1e-2, "batch": 8, "steps": 6, "every": 3, "looked_at": 16}


def run(**fields: Any) -> Run:
    values: dict[str, Any] = {"seed": 1, "status": "ok", "steps": 5, "stopped": False, "metrics": {}, "curves": {}}
    return Run(**{**values, **fields})


LOST = run(status="diverged", steps=2)


@pytest.mark.parametrize("bias", [-1.0, 0.0, 5.0])
def test_forget_gates_get_the_bias_and_no_other_gate_does(bias: float) -> None:
    drawn = np.asarray(model.GateBias(bias)((12,), "float32"))
    assert drawn.tolist() == [0.0] * 3 + [bias] * 3 + [0.0] * 6


def test_chrono_biases_are_log_uniform_and_input_gates_get_their_negative() -> None:
    drawn = np.asarray(model.GateBias(longest=101, seed=keras.random.SeedGenerator(1))((40_000,), "float32"))
    entry, forget, rest = drawn[:10_000], drawn[10_000:20_000], drawn[20_000:]
    assert np.array_equal(entry, -forget)
    assert not rest.any()
    times = np.exp(forget)
    assert (times.min(), times.max()) == (pytest.approx(1, abs=0.1), pytest.approx(100, abs=0.1))
    assert times.mean() == pytest.approx(50.5, rel=0.03)  # U(1, 100)


def test_a_bias_of_one_is_the_default_of_keras() -> None:
    """Weights and the numbers of a short training are those of an LSTM layer without a word about its bias."""
    task = sequences.delayed_recall(8)

    def default(hyper: Any) -> Any:
        entry, channels = sequences.inputs(task)
        return keras.Model(entry, keras.layers.Dense(4)(keras.layers.LSTM(6, name="lstm")(channels)))

    ours = model.experiment(task, 1, **SIZES)
    theirs = replace(ours, build_model=default)
    (one,), (other,), (zero,) = (train(e, [10_000]) for e in (ours, theirs, model.varied(ours, forget=0)))
    assert one.metrics == pytest.approx(dict(other.metrics), rel=1e-6)
    assert one.metrics["test_loss"] != pytest.approx(zero.metrics["test_loss"], rel=1e-4)


def test_biases_and_rates_are_inputs_of_one_program() -> None:
    built = model.experiment(sequences.delayed_recall(8), 0, **SIZES)
    other = model.varied(built, forget=5)
    assert built.shares_program(other)
    with pytest.raises(ValueError, match="does not vary forget"):
        model.varied(model.experiment(sequences.delayed_recall(8), model.CHRONO, **SIZES), forget=1)
    (shared,) = train(other, [10_000])
    (direct,) = train(model.experiment(sequences.delayed_recall(8), 5, **SIZES), [10_000])
    assert shared.metrics == direct.metrics


def test_norms_are_clipped_at_one() -> None:
    built = model.experiment(sequences.adding(6), 0, **SIZES)
    optimizer = built.build_optimizer({"learning_rate": 1e-3})
    assert optimizer.global_clipnorm == 1.0
    assert type(model.experiment(sequences.adding(6), 0, optimizer="rmsprop", **SIZES).build_optimizer(
        {"learning_rate": 1e-3}
    )) is keras.optimizers.RMSprop  # fmt: skip


@pytest.mark.skipif(USED != "jax", reason="draws are watched inside the program")
def test_training_and_evaluation_never_draw_the_same_sequence() -> None:
    import jax

    task, rows = sequences.delayed_recall(25), []
    assert isinstance(task.data, Stream)
    draw = task.data.draw

    def watched(seeds: Any, count: int) -> Any:
        x, y = draw(seeds, count)
        jax.debug.callback(lambda seen: rows.append(np.asarray(seen)), x)
        return x, y

    list(train(model.experiment(replace(task, data=Stream(watched)), 0, **SIZES), [10_000, 10_001]))
    jax.effects_barrier()
    trained = {row.tobytes() for batch in rows if len(batch) == 8 for row in batch}
    looked_at = {row.tobytes() for batch in rows if len(batch) == 16 for row in batch}
    assert (len(trained), len(looked_at)) == (2 * 6 * 8, 2 * 16)  # fresh batches; the same ones at every look
    assert not trained & looked_at


def test_time_to_solve_is_the_first_look_that_meets_the_bound_and_else_the_budget() -> None:
    curve = {"test_loss": [(0, 1.0), (10, 0.4), (20, 0.05), (30, 0.2)]}
    found = model.timed(run(curves=curve), 100, "test_loss", 0.05).metrics
    assert found == {"steps_to_solve": 20, "log2_steps": math.log2(20), "solved": 1}
    late = model.timed(run(curves=curve), 100, "test_loss", 0.01).metrics
    assert late == {"steps_to_solve": 100, "log2_steps": math.log2(100), "solved": 0}
    assert model.timed(replace(LOST, curves=curve), 100, "test_loss", 0.1).metrics == {}
    assert model.under("test_loss", 0.05)({"test_loss": [1.0, 0.05]})
    assert not model.under("test_loss", 0.05)({"test_loss": [0.01, 0.06]})


def test_a_trial_of_several_runs_is_lost_only_when_all_of_them_are() -> None:
    kept = run(curves={"loss": [(0, 1.0)]})
    trial = model.together(3, {0: kept, 5: LOST}, {"x": None}, "loss")
    assert (trial.status, trial.seed, trial.steps, dict(trial.curves)) == ("ok", 3, 7, {"loss_b0": [(0, 1.0)]})
    assert model.together(3, {0: LOST, 5: LOST}, {}, "loss").status == "diverged"


def timed(steps: float, solved: bool = True) -> Run:
    metrics = {"steps_to_solve": steps, "log2_steps": math.log2(steps), "solved": float(solved)}
    return run(metrics=metrics)


def test_best_bias_is_the_one_solved_first_and_least_the_smallest_solved() -> None:
    runs: dict[float | str, Run] = {0: timed(400, False), 2: timed(90), 4: timed(40), 6: timed(40), 8: LOST}
    found = recall.compared({**runs, "chrono": timed(10)})
    assert (found["best_bias"], found["least_bias"]) == (5, 2)
    assert (found["solved_b0"], found["solved_b8"], found["log2_steps_b8"]) == (0, 0, None)
    none = recall.compared({0: timed(400, False), 5: LOST})
    assert (none["best_bias"], none["least_bias"], none["solved_b5_minus_b0"]) == (None, None, 0)


def test_any_rate_solves_a_trial_and_a_lost_run_solves_none() -> None:
    assert success.any_rate({1e-3: timed(400, False), 1e-2: timed(50)})["solved"] == 1
    assert success.any_rate({1e-3: timed(400, False), 1e-2: LOST})["solved"] == 0


def test_each_bias_of_the_success_study_gets_the_same_rates_and_budget() -> None:
    tries = {(a.settings["task"], a.settings["steps"], tuple(a.settings["rates"])) for a in success.arms("full")}
    assert len(tries) == len(success.TASKS)


def net(bias: float, recurrent: str, steps: int) -> Any:
    keras.utils.set_random_seed(2)
    return model.build_model(sequences.delayed_recall(steps - 1), 32, model.GateBias(bias), recurrent)


def weights(layer: Any) -> list[np.ndarray]:
    return [np.asarray(variable).astype(float) for variable in layer.weights]


def by_hand(built: Any, x: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Output state, cell and forget gates of a Keras LSTM in double precision, from the equations."""
    kernel, recurrent, bias = weights(built.get_layer("lstm"))
    hidden, cell, forgets = np.zeros_like(start), start, []
    for seen in np.eye(8)[x].swapaxes(0, 1):
        entry, forget, fresh, output = np.split(seen @ kernel + hidden @ recurrent + bias, 4, axis=1)
        entry, forget, output = (1 / (1 + np.exp(-z)) for z in (entry, forget, output))
        cell = forget * cell + entry * np.tanh(fresh)
        hidden = output * np.tanh(cell)
        forgets.append(forget)
    return hidden, cell, np.array(forgets)


@pytest.mark.parametrize("bias", [0.0, 5.0])
def test_unrolled_net_is_the_lstm_of_keras(bias: float) -> None:
    built, x = net(bias, "orthogonal", 12), np.random.default_rng(1).integers(0, 8, (5, 12)).astype("int32")
    hidden, cell, forgets = gates.unrolled(built, x, np.zeros((12, 1, 32), "float32"), np.zeros((5, 32), "float32"))
    expected = by_hand(built, x, np.zeros((5, 32)))
    for ours, theirs in zip((hidden, cell, forgets), expected, strict=True):
        assert np.asarray(ours) == pytest.approx(theirs, abs=1e-5)
    logits = built(x)
    assert np.asarray(built.layers[-1](hidden)) == pytest.approx(np.asarray(logits), abs=1e-5)


def test_gradient_at_a_cell_is_that_of_the_loss() -> None:
    """Against finite differences in double precision: the cell of the first step is moved, 60 steps before the last."""
    built = net(5.0, "orthogonal", gates.DELAY + 1)
    x = np.random.default_rng(1).integers(0, 8, (2, gates.DELAY + 1)).astype("int32")
    y = np.array([1, 3], "int32")
    found = gates.whole(sequences.delayed_recall(gates.DELAY))(built, keras.ops.convert_to_tensor(x), y)
    (into, loop, shift), (kernel, bias) = weights(built.get_layer("lstm")), weights(built.layers[-1])
    first = by_hand(built, x[:, :1], np.zeros((2, 32)))

    def loss(move: np.ndarray) -> float:
        rows = np.eye(8)[x]
        cell = first[1] + move
        output = 1 / (1 + np.exp(-np.split(rows[:, 0] @ into + shift, 4, axis=1)[3]))
        hidden = output * np.tanh(cell)
        for seen in rows[:, 1:].swapaxes(0, 1):
            parts = np.split(seen @ into + hidden @ loop + shift, 4, axis=1)
            entry, forget, out = (1 / (1 + np.exp(-parts[i])) for i in (0, 1, 3))
            cell = forget * cell + entry * np.tanh(parts[2])
            hidden = out * np.tanh(cell)
        logits = hidden @ kernel + bias
        return float(np.sum(np.log(np.exp(logits).sum(axis=1)) - logits[[0, 1], y]))

    size = 0.0
    for unit in range(32):
        for sequence in range(2):
            move = np.zeros((2, 32))
            move[sequence, unit] = 1e-5
            size += abs(loss(move) - loss(-move)) / 2e-5 / 64
    assert float(found["gradient_60"]) == pytest.approx(size, rel=1e-3)


def test_gates_and_the_path_of_the_cell_follow_from_the_bias() -> None:
    (trial,) = gates.run({"bias": 2}, [10_000], 1)
    assert trial.metrics["gate"] == pytest.approx(1 / (1 + math.exp(-2)), abs=0.02)
    assert (trial.metrics["path_error"] or 1.0) < 0.05
    points = dict(trial.curves["log10_gradient"])
    assert list(points) == list(range(0, 61, 3))


def test_gradients_too_small_to_be_held_leave_a_record() -> None:
    (trial,) = gates.run({"bias": -30}, [10_000], 1)
    assert list(dict(trial.curves["log10_gradient"]))[-1] < 60
    fields = {"study": "gates", "arm": "b-30", "seed": 1, "tier": "full", "key": "", "backend": "jax"}
    kept = Trial(**fields, dataset="synthetic", data_sha256="", metrics=trial.metrics, curves=trial.curves)  # type: ignore[arg-type]
    assert kept.metrics["path_error"] is None
    assert kept.metrics["gate"] == pytest.approx(0, abs=1e-9)


def of_task(score: float, steps: float, solved: bool) -> Run:
    one = timed(steps, solved)
    relative = {"test_loss": 1.0, "test_relative": 1 - score, "test_accuracy": score}
    return replace(one, metrics={**one.metrics, **relative})


def test_a_task_is_compared_with_the_best_bias() -> None:
    runs = {"0": of_task(0.5, 4000, False), "1": of_task(0.9, 1000, True), "2": of_task(1.0, 2000, True), "5": LOST}
    for task in ("order100", "adding100"):
        found = tasks.compared(task, 4000, runs)
        assert found["b0_over_best"] == pytest.approx(0.5)
        assert found["log2_slowdown"] == 2
        assert (found["score_b5"], found["solved_b5"], found["log2_steps_b5"]) == (0, 0, None)


def test_a_task_that_no_bias_solves_shows_nothing() -> None:
    runs = {bias: of_task(0.51, 4000, False) for bias in "0125"}
    assert tasks.compared("parity30", 4000, runs)["b0_over_best"] == 0
    assert tasks.compared("characters", 4000, runs)["b0_over_best"] == 1
    assert tasks.compared("parity30", 4000, {**runs, "0": LOST})["log2_slowdown"] == 0


def test_characters_are_scored_by_their_loss_and_never_slow() -> None:
    runs = {bias: run(metrics={"test_loss": loss}) for bias, loss in zip("0125", (2.0, 1.9, 1.8, 2.4), strict=True)}
    found = tasks.compared("characters", 2000, runs)
    assert found["b0_over_best"] == pytest.approx(0.9)
    assert found["log2_slowdown"] == 0


def test_tasks_are_as_long_as_their_names_say_and_texts_are_held_out() -> None:
    for name in tasks.KINDS:
        trained, held_out = tasks.asked(name, "test")
        length = int("".join(filter(str.isdigit, name)) or 50)
        assert trained.steps == held_out.steps == length + (name == "recall100")  # the symbol, then the delay
    parts = (*tasks.asked("characters", "test"), tasks.asked("characters", "validation")[1])
    train_x, test_x, validation_x = (part.data.x for part in parts if isinstance(part.data, Arrays))
    assert len(train_x) > 15 * max(len(test_x), len(validation_x)) > 15 * tasks.LOOKED_AT
    windows = [{row.tobytes() for row in x} for x in (train_x, test_x, validation_x)]
    assert not windows[0] & windows[1]
    assert not windows[1] & windows[2]


def test_rates_on_record_come_from_the_grid() -> None:
    assert set(adding.RATES) == set(adding.NAMES)
    assert set(adding.RATES.values()) <= set(adding.GRID)
    assert set(copy_memory.RATES.values()) <= set(copy_memory.GRID)
    assert set(resets.RATES.values()) <= set(resets.GRID)
    assert set(tasks.RATES) == set(tasks.KINDS)
    for name, rates in tasks.RATES.items():
        assert len(rates) == len(tasks.BIASES)
        assert set(rates) <= set(tasks.KINDS[name].grid)
    assert recall.RATE in success.TASKS["recall"][1]


def test_every_arm_compared_had_the_same_number_of_rates() -> None:
    for study in (adding, copy_memory, resets):
        tried = [arm.name.split("_rate_")[0] for arm in study.arms("pilot") if "_rate_" in arm.name]
        assert {tried.count(name) for name in tried} == {3}
    assert {len(kind.grid) for kind in tasks.KINDS.values()} == {3}


def test_times_are_censored_between_the_last_look_and_the_budget() -> None:
    budgets = {"adding": adding, "copy_memory": copy_memory, "resets": resets}
    checks = [check for claim in claims.CLAIMS for check in claim.checks if check.metric == "log2_steps"]
    assert {check.study for check in checks} == set(budgets)
    for check in checks:
        study: Any = budgets[check.study]
        assert check.censored_at is not None
        assert math.log2(study.STEPS - study.EVERY) < check.censored_at < math.log2(study.STEPS)


def test_two_tasks_are_what_the_share_of_cells_says() -> None:
    assert set(claims.TASKS) == set(tasks.KINDS)
    assert 1 / len(claims.TASKS) < claims.TWO_TASKS["threshold"] <= 2 / len(claims.TASKS)
    assert claims.TWO_TASKS["cells"] == len(claims.TASKS)


def test_the_quick_tier_needs_no_text() -> None:
    studies = {check.study for claim in claims.CLAIMS for check in claim.quick}
    assert {registry.study("forget_bias", name).DATASET for name in studies} == {"synthetic"}


def test_the_longest_delay_is_planned_for_an_accelerator_alone() -> None:
    selected = registry.select(["forget_bias"])
    tiers: tuple[Tier, ...] = ("quick", "gpu")
    planned = {tier: commands.plan(selected, tier, USED, narrow=True) for tier in tiers}
    assert [(entry.question, entry.arm.name) for entry in planned["gpu"]] == [("longest", "delay400")]
    assert all(entry.question != "longest" for entry in planned["quick"])
    read = {check.study for claim in claims.CLAIMS for check in claim.checks}
    assert "longest" not in read


def records(slope: float, constant: float = 0.0, steep: float = 2.0, seeds: int = 16, diverged: int = 0) -> list[Trial]:
    """Trials of `recall` drawn from the law, solved at a quarter of the budget by the larger half of the biases."""
    generator, trials = np.random.default_rng(5), []
    for delay in analysis.DELAYS:
        for seed in range(seeds):
            metrics: dict[str, float | None] = {}
            for bias in (*analysis.FITTED, *analysis.HARMED):
                chance = (1 + math.tanh(steep * (bias - constant - slope * math.log(delay)) / 2)) / 2
                solved = generator.random() < chance
                metrics[f"solved_b{bias}"] = float(solved)
                metrics[f"log2_steps_b{bias}"] = 10.0 if solved and bias > 3 else math.log2(analysis.BUDGET)
            lost = seed < diverged
            trials.append(
                Trial(
                    study="recall", arm=f"delay{delay}", seed=seed, tier="full", key="", backend="jax",
                    status="diverged" if lost else "ok", dataset="synthetic", data_sha256="",
                    metrics={} if lost else metrics,
                )
            )  # fmt: skip
    return trials


@pytest.mark.parametrize(("slope", "constant"), [(1.0, -2.0), (0.4, 0.5), (0.0, 2.0)])
def test_fit_finds_the_law_that_made_the_records(slope: float, constant: float) -> None:
    law = analysis.fit(*analysis.observations(records(slope, constant, seeds=100)))
    estimate, low, high = law.slope()
    assert low < slope < high
    assert estimate == pytest.approx(slope, abs=0.2)
    assert law.half(100) == pytest.approx(constant + slope * math.log(100), abs=0.2)


def test_fieller_interval_holds_the_slopes_that_are_not_rejected() -> None:
    law = analysis.fit(*analysis.observations(records(0.6, 0.0)))
    _, one, two = law.coefficients
    for end in law.slope()[1:]:
        spread = law.covariance[2, 2] + 2 * end * law.covariance[1, 2] + end**2 * law.covariance[1, 1]
        assert abs(two + end * one) / math.sqrt(spread) == pytest.approx(2.5758, abs=1e-3)


def test_fit_of_three_cells_adds_half_a_run_to_either_outcome() -> None:
    """Where the cells fix the model, Firth's penalty is Jeffreys' prior for each of them."""
    cells, counts = [[1.0, 0.0, 3.0], [1.0, 2.0, 3.0], [1.0, 4.0, 5.0]], (0, 3, 10)
    rows = np.repeat(np.array(cells), 10, axis=0)
    law = analysis.fit(rows, np.concatenate([np.arange(10) < count for count in counts]))
    chances = 1 / (1 + np.exp(-np.array(cells) @ law.coefficients))
    assert chances == pytest.approx([(count + 0.5) / 11 for count in counts], abs=1e-3)


def test_fit_stays_finite_where_every_cell_is_all_or_nothing() -> None:
    law = analysis.fit(*analysis.observations(records(1.0, -2.0, steep=200.0)))
    assert np.isfinite(law.coefficients).all()
    assert law.half(50) == pytest.approx(-2 + math.log(50), abs=0.6)


def test_without_an_effect_of_the_bias_the_slope_has_no_bounds() -> None:
    generator = np.random.default_rng(1)
    rows, _ = analysis.observations(records(1.0))
    _, low, high = analysis.fit(rows, generator.random(len(rows)) < 0.5).slope()
    assert (low, high) == (-math.inf, math.inf)


def test_half_the_budget_solves_fewer_and_lost_runs_none() -> None:
    trials = records(0.5, 0.0)
    _, whole = analysis.observations(trials)
    _, half = analysis.observations(trials, analysis.BUDGET // 2)
    assert 0 < half.sum() < whole.sum()
    assert set(whole[half].tolist()) == {True}
    _, lost = analysis.observations(records(0.5, 0.0, diverged=16))
    assert not lost.any()
    assert analysis.BUDGET == recall.STEPS
    assert analysis.DELAYS == recall.DELAYS
    assert (*analysis.FITTED, *analysis.HARMED) == recall.BIASES == gates.BIASES


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.5, 1.5, "as ln T"), (-0.5, 1.5, "open"), (0.2, 0.9, "slowly"), (1.1, 2.0, "faster"), (-0.5, 0.5, "not grow")],
)
def test_verdict_on_the_law_follows_from_the_interval(low: float, high: float, words: str) -> None:
    assert words in analysis.verdict(low, high)


def test_sentences_name_the_law_and_where_a_larger_bias_solves_fewer() -> None:
    trials = records(0.6, 0.0)
    harmed = [t.model_copy(update={"metrics": {**t.metrics, "solved_b8": 0.0}}) for t in trials]
    assert analysis.sentences(trials).count("99 % interval") == 2
    assert "8 (0)" in analysis.sentences(harmed)
    assert analysis.sentences([]) == "\n"


def test_memory_of_the_theory_line_is_the_delay() -> None:
    for steps in (25, 400):
        gate = 1 / (1 + math.exp(-figures.remembering(steps)))
        assert -1 / math.log(gate) == pytest.approx(steps)


def trials_of(study: Any, name: str, metrics: Sequence[str], diverged: bool = False) -> list[Trial]:
    return [
        Trial(
            study=name, arm=arm.name, seed=seed, tier="full", key="", backend="jax", dataset="synthetic",
            data_sha256="", status="diverged" if diverged else "ok",
            metrics={} if diverged else dict.fromkeys(metrics, 1.0),
        )
        for arm in study.arms("full") for seed in arm.seeds[:2]
    ]  # fmt: skip


@pytest.mark.parametrize("diverged", [False, True])
def test_pictures_are_drawn_of_whatever_is_on_record(diverged: bool) -> None:
    by_study = {
        "gates": trials_of(gates, "gates", ["gate"], diverged),
        "adding": trials_of(adding, "adding", ["log2_steps"], diverged),
        "resets": trials_of(resets, "resets", ["log2_steps"], diverged),
        "tasks": trials_of(tasks, "tasks", ["b0_over_best", "log2_slowdown", "log2_steps_b0"], diverged),
        "success": trials_of(success, "success", ["solved"], diverged),
        "recall": records(0.5, diverged=16 if diverged else 0),
    }
    assert figures.draw([], {}) == {}
    every = [trial for trials in by_study.values() for trial in trials]
    assert set(figures.draw(every, {})) == {f"{n}.svg" for n in ("recall", "gates", "updates", "tasks", "success")}
    for trials in by_study.values():
        assert len(figures.draw(trials, {})) == 1
