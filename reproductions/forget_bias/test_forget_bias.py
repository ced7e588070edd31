"""Laws of the biases, of what is measured before training, and of the fit of the least bias."""

import math
from typing import Any

import numpy as np
import pytest

from reproductions import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from common import datasets, sequences  # noqa: E402
from common.training import Arrays, Run, Stream  # noqa: E402
from reproductions.forget_bias import analysis, model  # noqa: E402
from reproductions.forget_bias.studies import characters, gates, recall, tasks  # noqa: E402

UNITS = 3


def lstm(task: sequences.Task, initializer: Any) -> Any:
    keras.utils.set_random_seed(1)
    return model.build_model(task, initializer, UNITS)


def test_bias_1_is_what_keras_does_by_default() -> None:
    task = sequences.delayed_recall(5)
    ours = lstm(task, model.GateBiases(1.0)).get_layer("lstm")
    default = keras.layers.LSTM(UNITS)
    default.build((None, 6, task.symbols))
    assert np.array_equal(ours.cell.bias, default.cell.bias)
    assert not ours.unit_forget_bias


@pytest.mark.parametrize("bias", [-1.0, 0.0, 5.0])
def test_only_the_forget_gate_starts_at_the_bias(bias: float) -> None:
    found = np.asarray(lstm(sequences.adding(6), model.GateBiases(bias)).get_layer("lstm").cell.bias)
    assert found.tolist() == [0.0] * UNITS + [bias] * UNITS + [0.0] * 2 * UNITS


def test_chrono_biases_are_logs_of_uniform_delays_and_their_opposites() -> None:
    found = np.asarray(model.Chrono(100, seed=3)((4 * 4000,)))
    entry, forget, rest = found[:4000], found[4000:8000], found[8000:]
    assert np.array_equal(entry, -forget)
    assert not rest.any()
    delays = np.exp(forget)
    assert delays.min() >= 1
    assert delays.max() <= 99
    assert delays.mean() == pytest.approx(50, abs=2)
    assert np.array_equal(found, model.Chrono(100, seed=3)((4 * 4000,)))
    assert not np.array_equal(found, model.Chrono(100, seed=4)((4 * 4000,)))


def forward(net: Any, channels: np.ndarray, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An LSTM written out: all forget gates (count, steps, units) and the last state (count, units)."""

    def sigmoid(z: np.ndarray) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-z)))

    layer = net.get_layer("lstm").cell
    kernel, recurrent, bias = (np.asarray(w, float) for w in (layer.kernel, layer.recurrent_kernel, layer.bias))
    state, found = np.zeros_like(cell), []
    for step in range(channels.shape[1]):
        i, f, g, o = np.split(channels[:, step] @ kernel + state @ recurrent + bias, 4, axis=1)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        state = sigmoid(o) * np.tanh(cell)
        found.append(sigmoid(f))
    return np.stack(found, axis=1), state


def measured(kind: str, bias: float, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, dict[str, float]]:
    """A small net of the study, the channels it saw, and what the study's own measure says of them."""
    monkeypatch.setattr(model, "UNITS", UNITS)
    monkeypatch.setattr(gates, "SEQUENCES", 5)
    task = sequences.delayed_recall((gates.PATH if kind == "path" else gates.WHOLE) - 1)
    keras.utils.set_random_seed(2)
    net = gates._build(task, {"bias": bias}, "zeros" if kind == "path" else "orthogonal")
    assert isinstance(task.data, Stream)
    x, _ = task.data.draw(keras.random.SeedGenerator(0), 5)
    found = (gates._path if kind == "path" else gates._whole)(net, x, None)
    return net, np.eye(task.symbols)[np.asarray(x)], {name: float(value) for name, value in found.items()}


@pytest.mark.parametrize("bias", [0.0, 3.0])
def test_gate_and_cell_path_are_those_of_an_lstm_written_out(bias: float, monkeypatch: pytest.MonkeyPatch) -> None:
    net, channels, found = measured("path", bias, monkeypatch)
    forget, _ = forward(net, channels, np.zeros((5, UNITS)))
    assert found["mean_gate"] == pytest.approx(forget.mean(), rel=1e-4)
    assert found["log_gradient"] == pytest.approx(np.log(forget).sum(axis=1).mean(), rel=1e-4)


def test_gradient_through_the_whole_net_is_that_of_finite_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    net, channels, found = measured("whole", 1.0, monkeypatch)
    start = np.zeros((5, UNITS))
    assert found["mean_gate"] == pytest.approx(forward(net, channels, start)[0].mean(), rel=1e-4)
    for distance in (1, 10):
        slopes = []
        for channel in range(channels.shape[2]):
            moved = [channels.copy(), channels.copy()]
            for way, step in ((0, 1e-5), (1, -1e-5)):
                moved[way][:, gates.WHOLE - 1 - distance, channel] += step
            high, low = (forward(net, inputs, start)[1].sum(axis=1) for inputs in moved)
            slopes.append((high - low) / 2e-5)
        size = math.sqrt(np.mean(np.sum(np.square(slopes), axis=0)))
        assert found[f"log10_gradient_{distance}"] == pytest.approx(math.log10(size), abs=1e-3)


def test_theory_is_met_by_its_own_numbers_and_by_no_other_bias() -> None:
    exact = {"initial_mean_gate": 0.5, "initial_log_gradient": gates.PATH * math.log(0.5)}
    assert gates.against_theory(exact, 0.0) == pytest.approx({"gate_error": 0.0, "path_error": 0.0})
    wrong = gates.against_theory(exact, 1.0)
    assert wrong["gate_error"] > 0.02
    assert wrong["path_error"] > 0.05


def curve(*values: float) -> Run:
    points = [(20 * place, value) for place, value in enumerate(values)]
    return Run(0, "ok", points[-1][0], False, {"test_relative": values[-1]}, {"test_relative": points})


def test_time_to_solve_is_the_first_evaluation_under_the_level() -> None:
    settings = {"task": "recall", "budget": 60}
    solved = model.with_time_to_solve(curve(1.0, 0.5, 0.1, 0.2), settings).metrics
    assert (solved["steps_to_solve"], solved["steps_or_budget"], solved["solved"]) == (40, 40, 1.0)
    cut = model.with_time_to_solve(curve(1.0, 0.5, 0.2, 0.11), settings).metrics
    assert (cut["steps_to_solve"], cut["steps_or_budget"], cut["solved"]) == (None, 60, 0.0)
    strict = model.with_time_to_solve(curve(1.0, 0.07), {"task": "adding", "budget": 20}).metrics
    assert strict["solved"] == 0.0


def test_every_cell_of_the_map_has_the_same_budget_and_rate() -> None:
    cells = [arm for arm in recall.arms("full") if "_rate_" not in arm.name]
    assert {(arm.settings["steps"], arm.settings["bias"]) for arm in cells} == {
        (delay, bias) for delay in recall.DELAYS for bias in recall.BIASES
    }
    assert len({(arm.settings["budget"], arm.settings["rate"], arm.settings["every"]) for arm in cells}) == 1
    for name in tasks.TASKS:
        arms = [{**arm.settings, "bias": None} for arm in tasks.arms("full") if arm.name.startswith(f"{name}_b")]
        assert len(arms) >= 3
        assert all(settings == arms[0] for settings in arms)


def test_pilots_never_read_the_test_part_of_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    text = datasets.TextData("tiny", "", train="abcab" * 30, validation="ab" * 60, test="ba" * 60)
    monkeypatch.setattr(datasets, "load_text", lambda: text)
    for arm in characters.arms("pilot"):
        assert first_window(arm.settings["split"]) == [0, 1] * 5
    assert first_window(characters.arms("full")[0].settings["split"]) == [1, 0] * 5


def first_window(split: str) -> list[int]:
    data = model.tasks("characters", 10, split)[1].data
    assert isinstance(data, Arrays)
    return list(data.x[0].tolist())


def simulated(seed: int, slope: float, steepness: float = 6.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A map whose bias that solves half is 1.2 at 50 steps and grows by `slope` with ln delay."""
    cells = [(b, t) for b in np.arange(-1, 6.5, 0.5) for t in (25, 50, 100, 200) for _ in range(16)]
    biases, delays = np.array([b for b, _ in cells]), np.log([t for _, t in cells])
    drive = steepness * (biases - 1.2 - slope * (delays - math.log(50)))
    solved = np.random.default_rng(seed).random(len(cells)) < 1 / (1 + np.exp(-drive))
    return biases, delays, solved.astype(float)


@pytest.mark.parametrize(("true", "word"), [(1.0, "holds"), (2.0, "faster"), (0.3, "slower")])
def test_slope_and_verdict_are_those_of_the_map(true: float, word: str) -> None:
    found = analysis.slope(*simulated(0, true))
    assert found["low"] < true < found["high"]
    assert found["high"] - found["low"] < 1
    assert analysis.verdict(found) == word


def test_interval_covers_the_slope_about_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(1, 9):
        found = analysis.slope(*simulated(seed, 1.0, steepness=3.0))
        inside += found["low"] <= 1.0 <= found["high"]
    assert inside >= 7


def test_perfectly_separated_cells_give_a_finite_answer_in_their_middle() -> None:
    biases, delays, _ = simulated(0, 1.0)
    solved = (biases > 1.25 + delays - math.log(50)).astype(float)
    halves = analysis.half_biases(biases, delays, solved)
    for delay, bias in halves.items():
        own = np.isclose(delays, math.log(delay))
        ends = biases[own & (solved == 0)].max(), biases[own & (solved == 1)].min()
        assert bias == pytest.approx(sum(ends) / 2, abs=1e-5)
    found = analysis.slope(biases, delays, solved)
    assert math.isfinite(found["low"])
    assert math.isfinite(found["high"])


def test_penalty_is_firths() -> None:
    """With a constant alone, Firth's estimate adds half a success and half a failure."""
    solved = np.array([1.0] * 7 + [0.0] * 2)
    (found,) = analysis.fit(np.ones((9, 1)), solved)
    assert found == pytest.approx(math.log(7.5 / 2.5), abs=1e-5)


def test_rows_that_fix_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fix 2 coefficients"):
        analysis.fit(np.ones((9, 2)), np.ones(9))


def test_theory_of_the_kept_share() -> None:
    assert analysis.kept(0.0, 10) == pytest.approx(10 * math.log(0.5))
    assert analysis.kept(5.0, 100) == pytest.approx(math.log(0.512), rel=0.01)
