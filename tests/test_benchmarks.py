"""The arithmetic of the benchmarks, and that they notice a peer that trains another net."""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as command
from benchmarks import edition, equality, exchange, measuring, report, spawning
from benchmarks.exchange import Order, Result
from benchmarks.measuring import Measured
from benchmarks.peers import PEERS, pool
from benchmarks.workloads import CONVOLUTIONAL, NARROW, PARITY, PLANS, SEQUENCE, plans
from common.errors import UserError

ROOT = Path(__file__).parent.parent
OURS = cache(lambda: spawning.losses("ours", [PARITY.name]))
RESULT = Result(1.0, 2.0, 0.001, 10.0, False, 4, 100.0)


def test_operations_of_a_step_are_those_of_its_matrix_products() -> None:
    net = replace(PARITY, widths=(3, 5, 2), batch_size=7)
    forward, weights, inputs = 7 * (3 * 5 + 5 * 2), 7 * (3 * 5 + 5 * 2), 7 * (5 * 2)
    assert net.operations() == 2 * (forward + weights + inputs)


def test_operations_of_an_lstm_count_every_time_step() -> None:
    net = replace(SEQUENCE, widths=(1, 4, 1), length=6, batch_size=2)
    kernel, recurrent, output = 1 * 16, 4 * 16, 4 * 1
    assert net.operations() == 2 * 2 * (6 * (2 * kernel + 3 * recurrent) + 3 * output)


def test_operations_of_a_convolution_count_every_pixel_it_makes() -> None:
    net = replace(CONVOLUTIONAL, widths=(12 * 12, 7), filters=(4, 6), batch_size=2)
    # 12×12 pixels become 10×10, pooled 5×5, then 3×3, pooled 1×1; the linear layer reads one pixel of 6 channels.
    first, second, output = 100 * (3 * 3 * 4), 9 * (3 * 3 * 4 * 6), 6 * 7
    assert net.operations() == 2 * 2 * (2 * first + 3 * second + 3 * output)


def test_shapes_of_a_convolutional_net_are_those_of_its_keras_model() -> None:
    from benchmarks import models  # loads Keras

    assert CONVOLUTIONAL.shapes() == [weight.shape for weight in models.build_model(CONVOLUTIONAL).weights]


def test_the_ratio_of_rounds_is_their_geometric_mean_with_a_t_interval() -> None:
    value, low, high = measuring.ratio([2.0, 8.0])
    half = 12.7062 * math.log(4) / 2  # t at 0.975 with one degree of freedom, times the standard error
    assert (value, low, high) == (
        pytest.approx(4.0),
        pytest.approx(4 * math.exp(-half), rel=1e-4),
        pytest.approx(4 * math.exp(half), rel=1e-4),
    )


def test_one_round_has_a_ratio_and_no_interval() -> None:
    assert measuring.ratio([3.0]) == (3.0, None, None)


def test_ratios_are_paired_by_round() -> None:
    row = measuring.paired([2.0, 20.0], [1.0, 10.0])  # a slow round slows both
    assert (row["ratio"], row["low"], row["high"]) == pytest.approx((2.0, 2.0, 2.0))
    assert measuring.paired([2.0, None], [1.0, 1.0])["ratio"] is None


def test_every_other_round_runs_in_reverse() -> None:
    assert [measuring.sequence("ab", number) for number in range(4)] == [["a", "b"], ["b", "a"]] * 2


def test_extrapolation_repeats_the_later_seeds_only() -> None:
    order = Order("parity", seeds=64, trained=3, steps=10, started=100.0)
    costs = (9.0, 2.0, 4.0)
    result = exchange.one_by_one(order, 105.0, costs, 0.1, compiles_every_seed=False)
    assert (result.start_up, result.end_to_end, result.extrapolated) == (5.0, 5 + 9 + 63 * 3, True)
    assert result.compile == 9 - 3
    assert exchange.one_by_one(order, 105.0, costs, 0.1, compiles_every_seed=True).compile == pytest.approx(3 - 1)


def test_steps_of_all_seeds_at_once_are_shared_among_them() -> None:
    order = Order("parity", seeds=8, trained=8, steps=100, started=50.0)
    result = exchange.side_by_side(order, 52.0, (9.0, 2.0, 4.0))
    assert (result.start_up, result.compile, result.steady) == (2.0, 9 - 3, 3 / 8)
    assert (result.end_to_end, result.extrapolated, result.trained) == (2 + 9 + 99 * 3, True, 8)


def test_other_workloads_stay_on_the_page_where_machine_and_packages_are_the_same(tmp_path: Path) -> None:
    machine = command.machine.fingerprint()
    known: dict[str, Any] = {
        "date": "2030-01-01",
        "short": False,
        "machine": machine,
        "scaling": [],
        "commands": [1],
        "load": [2],
    }
    known |= {name: [{"workload": "parity"}, {"workload": "lstm"}] for name in ("rows", "shares")}
    (tmp_path / report.JSON).write_text(json.dumps(known), encoding="utf-8")
    found = report.kept(tmp_path, machine, {"parity"})
    assert found == {
        "rows": [{"workload": "lstm"}],
        "shares": [{"workload": "lstm"}],
        "scaling": [],
        "commands": [1],
        "load": [2],
    }
    nothing = {"rows": [], "shares": [], "scaling": [], "commands": [], "load": []}
    assert report.kept(tmp_path, machine | {"cpu": "another"}, {"parity"}) == nothing
    assert report.kept(tmp_path, machine | {"packages": {}}, {"parity"}) == nothing
    assert report.kept(tmp_path / "none", machine, {"parity"}) == nothing


@pytest.mark.skipif(not edition.available(), reason="a clone without its history")
def test_the_peer_of_edition_1_runs_that_engine_under_the_programs_of_today() -> None:
    folder = edition.engine()
    assert "NUMERICS = 2" in (folder / "common/records.py").read_text(encoding="utf-8")
    assert (folder / "benchmarks/edition.py").exists()
    equality.compare({"ours": OURS(), "edition_1": spawning.losses("edition_1", [PARITY.name])})


@pytest.mark.parametrize("at_once", [1, 3])
def test_as_many_peers_run_side_by_side_as_are_told(
    at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running: list[str] = []
    most: list[int] = []

    def measured(name: str, order: Order) -> Result:
        running.append(name)
        time.sleep(0.05)
        most.append(len(running))
        running.remove(name)
        return replace(RESULT, steady=float(len(name)))

    for word, stand_in in (("installed", lambda name: True), ("peak", lambda: 1e9), ("measured", measured)):
        monkeypatch.setattr(spawning, word, stand_in)
    plan = replace(PLANS["parity"], rounds=2)
    found = measuring.measure(plan, tmp_path, prime=False, at_once=at_once, say=lambda line: None)
    assert max(most) == at_once
    assert {name: [r.steady for r in results] for name, results in found.results.items()} == {
        name: [len(name)] * 2 for name in plan.peers
    }


@pytest.mark.parametrize("seeds", [1, 8, 9, 40, 64])
def test_workers_share_whole_lane_groups_and_lose_no_seed(seeds: int) -> None:
    shares = pool.shares(Order(NARROW.name, seeds, seeds, 1), 2)
    assert sorted(seed for share in shares for seed in share.seeds) == list(range(seeds))
    assert max(len(share.seeds) for share in shares) <= math.ceil(math.ceil(seeds / 8) / 2) * 8


def test_the_pace_of_a_worker_leaves_its_first_group_out() -> None:
    assert pool.pace((9.0, 9.0, 11.0, 11.0), 2) == 1.0
    assert pool.pace((9.0, 9.0), 2) is None


def test_every_measure_of_every_peer_is_a_row() -> None:
    plan = replace(PLANS["parity"], rounds=2)
    slow = replace(RESULT, steady=0.004, end_to_end=40.0, extrapolated=True, trained=2)
    measured = Measured({"ours": [RESULT] * 2, "ours_cold": [RESULT] * 2, "plain_torch": [slow] * 2}, [1e9, 1e9])
    found = {(row["peer"], row["measure"]): row for row in measuring.rows(plan, measured)}
    assert found["plain_torch", "steady"]["ratio"] == pytest.approx(4)
    assert found["plain_torch", "end_to_end_cold"]["ratio"] == pytest.approx(4)
    assert found["plain_torch", "end_to_end"]["extrapolated"]
    assert not found["plain_torch", "steady"]["extrapolated"]
    assert len(found) == 3 * len(measuring.MEASURES) + 1
    (share,) = measuring.shares(plan.workload, measured)
    assert share["share"] == pytest.approx(PARITY.operations() / 0.001 / 1e9)


def test_what_load_costs_leaves_the_tables_of_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(what: str) -> Any:
        keys = ("what", "trials", "seconds", "cpu_seconds", "fsyncs_a_second", "memory_megabytes")
        return lambda sizes, say: [dict(zip(keys, (what, 10, 1.0, 1.0, None, 50.0), strict=True))]

    monkeypatch.setattr(command.load, "measure", measured("driver"))
    monkeypatch.setattr(command.load, "recorded", measured("verify"))
    other = command.machine.fingerprint() | {"cpu": "another"}
    known = {
        "date": "2030-01-01",
        "short": False,
        "machine": other,
        "rows": [],
        "shares": [],
        "scaling": [],
        "load": [],
    }
    known["commands"] = [{"command": "`repro run`", "rounds": 2, **measuring.paired([60.0, 80.0], [30.0, 40.0])}]
    (tmp_path / report.JSON).write_text(json.dumps(known), encoding="utf-8")
    command.run(command.parser().parse_args(["--load", "--output", str(tmp_path)]))
    found = json.loads((tmp_path / report.JSON).read_text(encoding="utf-8"))
    assert (found["machine"], found["date"], found["commands"]) == (other, "2030-01-01", known["commands"])
    assert [row["what"] for row in found["load"]] == ["driver", "verify"]
    assert "another" not in found["load"][0]["machine"]


def test_a_peer_that_is_asked_for_runs_beside_ours_alone() -> None:
    (plan,) = plans(["parity"], False, None, ["ours_ray"])
    assert (plan.peers, plan.seeds, plan.rounds) == (("ours", "ours_ray"), 64, 5)
    assert plan.seconds == pytest.approx(PLANS["parity"].seconds * 2 / len(PLANS["parity"].peers))


def test_the_memory_of_a_worker_is_that_of_the_largest_in_any_round() -> None:
    results = [replace(RESULT, worker=worker) for worker in (300.0, 320.0)]
    measured = Measured({"ours": results, "plain_torch": [RESULT] * 2}, [1e9, 1e9])
    rows = list(measuring.rows(replace(PLANS["parity"], rounds=2), measured))
    assert {row["peer"]: row["worker_megabytes"] for row in rows} == {"ours": 320.0, "plain_torch": None}
    assert [line["a worker, MB"] for line in report.times(rows)] == ["320", "–"]


def test_the_page_shows_what_was_measured_and_no_path(tmp_path: Path) -> None:
    plan = replace(PLANS["parity"], rounds=1)
    measured = Measured({"ours": [RESULT], "plain_torch": [replace(RESULT, end_to_end=40.0)]}, [1e11])
    loaded = {
        "what": "driver",
        "trials": 1000,
        "seconds": 0.5,
        "cpu_seconds": 0.25,
        "memory_megabytes": 99.6,
        "machine": "Abacus, 2 cores",
    }
    filled: Mapping[str, Any] = {
        "date": "2030-01-01",
        "short": False,
        "machine": command.machine.fingerprint(),
        "rows": list(measuring.rows(plan, measured)),
        "shares": list(measuring.shares(plan.workload, measured)),
        "scaling": [],
        "commands": [{"command": "`repro run`", "rounds": 2, **measuring.paired([60.0, 80.0], [30.0, 40.0])}],
        "load": [dict(loaded, fsyncs_a_second=150.0), dict(loaded, what="doctor", fsyncs_a_second=None)],
    }
    report.write(tmp_path, filled)
    assert report.kept(tmp_path, filled["machine"], {"parity"})["load"] == filled["load"]
    page = (tmp_path / report.PAGE).read_text(encoding="utf-8")
    assert "| parity | plain_torch | 1 | 4 | – |" in page
    assert "| `repro run` | 35 | 70 | 2 (2 to 2) | 2 |" in page
    assert "| driver | 1000 | 0.5 | 0.25 | 2000 | 150 | 100 | Abacus, 2 cores |" in page
    assert "| doctor | 1000 | 0.5 | 0.25 | 2000 | – | 100 | Abacus, 2 cores |" in page
    assert str(ROOT) not in page + (tmp_path / report.JSON).read_text(encoding="utf-8")


def test_every_peer_of_a_plan_exists_and_ours_is_among_them() -> None:
    for plan in PLANS.values():
        assert set(plan.peers) <= set(PEERS)
        assert "ours" in plan.peers
        assert plan.few >= 2
    assert all((ROOT / f"benchmarks/peers/{peer.module}.py").exists() for peer in PEERS.values())


def test_the_short_form_trains_little_and_the_long_form_is_as_promised() -> None:
    (short,) = plans([], True, None)
    assert short.seeds * short.steps <= 200
    assert (PLANS["parity"].seeds, PLANS["parity"].steps) == (64, 2000)
    assert PLANS["parity"].rounds >= 5


def test_a_peer_starts_without_the_settings_of_its_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    found = spawning.environment(PEERS["keras_fit_jax"])
    assert found["KERAS_BACKEND"] == "jax"
    assert "OMP_NUM_THREADS" not in found


@pytest.mark.parametrize(
    "words", [["--workload", "chess"], ["--peer", "chess"], ["--rounds", "0"], ["--rounds", "x"], ["--fast"]]
)
def test_bad_arguments_are_one_line_and_exit_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("place", ["file", "file/folder", "x" * 300])
def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_measured(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(command, "check", lambda *_: pytest.fail("it measures"))
    assert command.main(["--short", "--output", str(tmp_path / place)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"{place} cannot be made: " in err


def test_a_loss_that_is_no_number_is_another_loss() -> None:
    with pytest.raises(UserError, match=r"plain_torch .* parity: .* nan instead of 0.5"):
        equality.compare({"ours": {"parity": 0.5}, "plain_torch": {"parity": math.nan}})


def test_a_peer_with_another_learning_rate_is_found() -> None:
    same, faulty = (spawning.losses("handwritten_jax", [PARITY.name], rate) for rate in (None, 1.1e-3))
    equality.compare({"ours": OURS(), "handwritten_jax": same})
    with pytest.raises(UserError, match="handwritten_jax trains another net than ours in parity"):
        equality.compare({"ours": OURS(), "handwritten_jax": faulty})
