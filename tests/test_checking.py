"""What cannot be meant is refused before training, with the name of what to change; what can be is trained right."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_server import BACKENDS, Probe, prober

from common.engine import checking
from common.training import Arrays, Evaluation, Experiment, Run, Stream, train
from common.trials import Trial
from common.variants import together
from suite import evidence

EVERY = pytest.mark.parametrize("used", BACKENDS)
X, Y = np.zeros((16, 2), np.float32), np.zeros(16, np.int32)
DATA, FRESH = Arrays(X, Y), Stream(lambda seeds, count: (seeds, count))
SEEN = Evaluation(DATA, lambda model, x, y: {}, size=16, batch_size=8)
EXPERIMENT = Experiment(
    build_model=lambda hyper: None,
    build_optimizer=lambda hyper: None,
    loss=lambda model, x, y: 0.0,
    data=DATA,
    batch_size=4,
    steps=10,
    evaluate={"test": SEEN},
    evaluate_every=5,
)


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with prober("checking_probe") as ask:
        yield ask


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([[0.0], [1.0]], Y[:2], r"x is a list: make it a NumPy array with np.asarray\(x\)"),
        (X, Y.tolist(), "y is a list"),
        (X.astype(object), Y, "x has dtype object"),
        (X, np.array(["cat"] * 16), "y has dtype <U3"),
        (X.astype(complex), Y, "x has dtype complex128"),
        (X, Y[:10], "x has 16 examples and y has 10"),
        (X[:0], Y[:0], "x has shape .0, 2.: it needs an axis of examples, and at least one"),
        (np.array(1.0), Y, "x has shape .."),
        (X, Y.astype(np.int64) + 2**40, "y holds integers beyond 32 bits"),
        (X, Y.astype(np.int64) - 2**31 - 1, "y holds integers beyond 32 bits"),
    ],
)
def test_arrays_that_cannot_be_examples_are_refused(x: Any, y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Arrays(x, y)


def test_integers_of_64_bits_may_hold_what_32_bits_can() -> None:
    assert Arrays(X, np.full(16, 2**31 - 1)).y.dtype == np.int64
    assert Arrays(X, np.full(16, -(2**31))).y[0] == -(2**31)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 20, "batch_size": 4}, "size 20 is above the 16 examples"),
        ({"size": 0}, "size must be at least 1; got 0"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"batch_size": -8}, "batch_size must be at least 1; got -8"),
        ({"size": 16.0}, "size must be an int; got 16.0"),
        ({"batch_size": True}, "batch_size must be an int; got True"),
        ({"size": np.int64(16)}, "size must be an int; got np.int64"),
        ({"batch_size": 5}, "size 16 is not a multiple of batch_size 5"),
        ({"data": (X, Y)}, "data must be a Stream or Arrays; got tuple"),
        ({"metrics": {"error": 1}}, "metrics must be a function"),
    ],
)
def test_an_evaluation_that_cannot_be_made_is_refused(changes: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SEEN, **changes)


def test_an_evaluation_named_train_may_look_at_a_copy_of_the_training_data() -> None:
    seen = {"train": replace(SEEN, data=Arrays(X.copy(), Y.copy()))}
    assert replace(EXPERIMENT, evaluate=seen).evaluate == seen


@pytest.mark.parametrize("name", ["flip_0.01", "vs-7", "tést"])
def test_names_that_a_column_can_have_are_accepted(name: str) -> None:
    assert name in replace(EXPERIMENT, evaluate={name: SEEN}).evaluate


def test_a_stream_has_no_end_to_its_examples() -> None:
    assert replace(SEEN, data=FRESH, size=10**6, batch_size=10**3).size == 10**6
    assert replace(EXPERIMENT, data=FRESH, batch_size=10**6).batch_size == 10**6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 17}, "batch_size 17 is above the 16 examples"),
        ({"batch_size": 0}, "batch_size must be at least 1; got 0"),
        ({"batch_size": 4.0}, "batch_size must be an int; got 4.0"),
        ({"steps": -1}, "steps must be at least 0; got -1"),
        ({"steps": 1e3}, "steps must be an int; got 1000.0"),
        ({"evaluate_every": 0}, "evaluate_every must be at least 1; got 0"),
        ({"evaluate_every": -1}, "evaluate_every must be at least 1; got -1"),
        ({"evaluate_every": None}, "evaluate_every must be an int; got None"),
        ({"data": (X, Y)}, "data must be a Stream or Arrays; got tuple"),
        ({"loss": "mse"}, "loss must be a function; got 'mse'"),
        ({"stop": None}, "stop must be a function"),
        ({"evaluate": SEEN}, "evaluate must map names to evaluations"),
        ({"evaluate": {"test": DATA}}, "must be an Evaluation"),
        ({"evaluate": {"": SEEN}}, "an evaluation is named ''"),
        ({"evaluate": {"on test": SEEN}}, "an evaluation is named 'on test'"),
        ({"evaluate": {"=test": SEEN}}, "an evaluation is named '=test'"),
        ({"evaluate": {"9": SEEN}}, "an evaluation is named '9'"),
        ({"evaluate": {1: SEEN}}, "an evaluation is named 1"),
        (
            {"evaluate": {"train": replace(SEEN, data=Arrays(X, Y + 1))}},
            "train must look at the training data itself: .* rename it",
        ),
        ({"evaluate": {"train": replace(SEEN, data=FRESH)}}, "train must look at the training data itself"),
        ({"hyper": {"rate": float("nan")}}, "hyper-parameter rate is nan"),
        ({"hyper": {"rate": 1e39}}, "rate is 1e.39, which single precision cannot hold"),
        ({"hyper": {"rate": "0.1"}}, "hyper-parameter rate is '0.1', not a number"),
        ({"hyper": {"wide": True}}, "hyper-parameter wide is True, not a number"),
        ({"hyper": {"rates": [0.1]}}, "not a number"),
        ({"hyper": {"a/b": 0.1}}, "a hyper-parameter is named 'a/b'"),
        ({"hyper": [0.1]}, "hyper must map names to numbers"),
    ],
)
def test_an_experiment_that_cannot_be_meant_is_refused(changes: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(EXPERIMENT, **changes)


def test_an_infinite_limit_is_a_hyper_parameter() -> None:
    assert replace(EXPERIMENT, hyper={"max_norm": float("inf")}).hyper["max_norm"] == float("inf")


@pytest.mark.parametrize("found", [float("nan"), 1e39, None, "0.1"])
def test_a_hyper_parameter_is_not_adjusted_to_what_is_no_number(found: Any) -> None:
    adjusting = replace(EXPERIMENT, hyper={"rate": 0.1}, adjust=lambda history, hyper: {"rate": found})
    with pytest.raises(ValueError, match="hyper-parameter rate is"):
        adjusting.adjusted({})


@pytest.mark.parametrize(
    ("seeds", "lanes", "message"),
    [
        ([0, 1, 0], 1, "seed 0 is given twice"),
        ([-1], 1, "seed -1 is outside"),
        ([2**63], 1, "is outside 0 to"),
        ([0.0], 1, "seed 0.0 is not an integer"),
        ([True], 1, "seed True is not an integer"),
        (["0"], 1, "seed '0' is not an integer"),
        ([0], 0, "lanes must be at least 1"),
        ([0], 2.0, "lanes must be an int; got 2.0"),
        ([0], None, "lanes must be an int; got None"),
    ],
)
def test_seeds_and_lanes_are_refused_at_the_call(seeds: Any, lanes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        train(EXPERIMENT, seeds, lanes=lanes)


@EVERY
@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("twice", "two evaluations give a metric test_hard_error: rename"),
        ("train_loss", "train_loss is the loss of training: rename the metric"),
        ("recorded", "a metric is named data_sha256, as a column of every trial is"),
        ("rows", "metric test_error has shape (32,), but must be a scalar"),
        ("odd_name", "evaluation test has a metric that makes 'test_top 5'"),
        ("no_names", "metrics of evaluation test must be a mapping"),
        ("probabilities", "the scores to attack are probabilities"),
        ("probabilities_pgd", "the scores to attack are probabilities"),
        ("loss_rows", "the loss has shape (8, 1), but must be a scalar"),
        ("short_draw", "draw was asked for 8 examples and gave x of shape (4, 6)"),
        ("uneven_draw", "draw was asked for 8 examples and gave y of shape (9, 1)"),
        ("short_evaluation", "draw was asked for 32 examples and gave x of shape (4, 6)"),
    ],
)
def test_what_only_the_models_calls_tell_is_refused_before_the_first_step(
    probe: Probe, used: str, case: str, message: str
) -> None:
    refused = probe("refusal", [0], used=used, case=case)[0]
    assert message in refused["message"]
    assert refused["evaluated"] <= 1  # the loss of the loop engine is first called after the evaluation at step 0


@EVERY
@pytest.mark.parametrize("case", ["log_probabilities", "log_probabilities_pgd"])
def test_attacks_inside_an_evaluation_accept_log_probabilities(probe: Probe, used: str, case: str) -> None:
    assert probe("refusal", [0], used=used, case=case)[0] == {"seed": 0, "message": "", "evaluated": 41}


@pytest.mark.skipif("torch" not in BACKENDS, reason="needs torch")
def test_a_metric_that_some_batches_lack_is_refused(probe: Probe) -> None:
    assert (
        "evaluation test measures test_late on some batches only"
        in probe("some_batches", [0], used="torch")[0]["message"]
    )


@EVERY
def test_an_evaluation_named_train_looks_at_what_trains(probe: Probe, used: str) -> None:
    """Whole batches and one a step: the loss of a step is the error at the evaluation before it."""
    run = probe("trained_on_itself", [0], used=used)[0]["curves"]
    losses, errors = ([value for _, value in run[name]] for name in ("train_loss", "train_error"))
    assert losses == pytest.approx(errors[:-1], rel=1e-5)
    assert errors[3] < errors[0]


@EVERY
def test_a_hyper_parameter_given_as_an_integer_can_take_fractions(probe: Probe, used: str) -> None:
    whole, fraction = (probe("scaled", [0], used=used, value=0.5, first=first)[0]["curve"] for first in (1, 0.25))
    assert whole == fraction
    assert len({value for _, value in whole}) == 3, "a rate of one half was cut to none"


@EVERY
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_a_loss_of_another_precision_trains(probe: Probe, used: str, dtype: str) -> None:
    run = probe("half_loss", [0], used=used, dtype=dtype)[0]
    assert (run["status"], run["losses"]) == ("ok", [1.25] * 3)


@EVERY
def test_arrays_of_double_precision_train_as_those_of_single(probe: Probe, used: str) -> None:
    curves = probe("double_arrays", [0], used=used)[0]
    assert curves["float32"] == curves["float64"]


@pytest.mark.parametrize("name", evidence.COLUMNS)
def test_no_metric_takes_the_place_of_a_column_of_the_record(name: str, tmp_path: Path) -> None:
    assert name in checking.RECORDED
    made = Run(0, "ok", 1, False, {}, {})
    with pytest.raises(ValueError, match=f"a metric is named {name}, as a column of every trial is: give it another"):
        replace(made, metrics={name: 1.0})
    with pytest.raises(ValueError, match=name):
        together(0, {"a": made}, {name: 1.0})
    trial = Trial(
        study="s",
        arm="a",
        seed=0,
        tier="full",
        key="k",
        backend="jax",
        dataset="d",
        data_sha256="",
        metrics={name: 1.0},
    )
    with pytest.raises(ValueError, match=name):
        evidence.write_trials(tmp_path / "trials.csv", [trial])
    assert not (tmp_path / "trials.csv").exists()


@pytest.mark.parametrize("name", ["", " ", "a\nb", 3, None])
def test_a_metric_has_a_name_that_a_column_can_have(name: Any) -> None:
    with pytest.raises(ValueError, match="a metric is named"):
        Run(0, "ok", 1, False, {name: 1.0}, {})
