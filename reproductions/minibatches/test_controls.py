"""Each control says no where the fault is planted that it is there to find."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planting import SEED, Arms, Patch, Planted, laws  # type: ignore[import-not-found]  # of the folder of tests

from suite import commands

commands.prepare(None)

from common import timing  # noqa: E402 - the backend is chosen first
from reproductions.minibatches import convex  # noqa: E402
from reproductions.minibatches.claims import CLAIMS  # noqa: E402
from reproductions.minibatches.studies import (  # noqa: E402
    averaged,
    batches,
    best_rate,
    growing,
    step_time,
    steps,
    throughput,
)


def net_that_does_not_learn(patch: Patch) -> Arms:
    settings = {"batch": 64, "images": 128, "steps": 2, "every": 2, "target": 0.1, "rate": 1e-6}
    [trial] = batches.run(settings | {"held_out": {"test": 500}}, [SEED], 1)
    return dict.fromkeys(("b1", "b128", "full", "updates_full"), trial.metrics)


def best_rate_at_the_end_of_the_grid(patch: Patch) -> Arms:
    return dict.fromkeys(("batch64", "batch256"), best_rate.best([1.0, 2.0, 4.0], [3.0, 2.0, 1.0]))


def optimum_after_one_step_of_newton(patch: Patch) -> Arms:
    patch.setattr(convex, "NEWTON_STEPS", 1)
    settings = {"batches": "small", "examples": 100, "passes": 1, "rate": 0.125}
    [trial] = growing.run(settings, [SEED], 1)
    return {"growing": trial.metrics, "sag_logistic": averaged.descent(SEED, "sag", "logistic", 100, 2)[2]}


def growing_batch_of_twice_the_budget(patch: Patch) -> Arms:
    def spent(name: str, passes: int) -> Mapping[str, Any]:
        [trial] = growing.run({"batches": name, "examples": 100, "passes": passes, "rate": 0.125}, [SEED], 1)
        return trial.metrics

    return {"growing": spent("growing", 4), "small": spent("small", 2)}


def penalty_of_nothing(patch: Patch) -> Arms:
    whole = convex.odd_digits
    patch.setattr(averaged, "odd_digits", lambda *of: replace(whole(*of), strength=1e-5))
    return {"sag_logistic": averaged.descent(SEED, "sag", "logistic", 100, 2)[2]}


def rate_of_nothing(patch: Patch) -> Arms:
    return {name: steps.race(SEED, name, 100, 1e-6, 2)[1] for name in ("sgd", "gd")}


def machine_that_does_other_work(patch: Patch) -> Arms:
    """Every other round of what is timed takes twice as long; each clock is read at begin and end of a sample."""
    ticks = iter(range(10**9))

    def seconds(call: timing.Call, count: int) -> float:
        return 1.0 + next(ticks) // 5 % 2

    patch.setattr(timing, "_seconds", seconds)
    [step] = step_time.run({"examples": 20, "rounds": 8}, [SEED], 1)
    [pass_] = throughput.run({"net": "small_numpy", "batches": [1, 128], "rounds": 8, "least": 1e-9}, [SEED], 1)
    return {"block": step.metrics, "mlp_keras": pass_.metrics}


PLANTED: Planted = {
    net_that_does_not_learn: {
        ("batch1-better", "b1-fits"), ("batch1-better", "b128-fits"),
        ("large-batch-worse", "full-batch-trained"), ("large-batch-worse", "full-batch-learned"),
    },
    best_rate_at_the_end_of_the_grid: {
        ("gradient-normalisation", "inside-64"), ("gradient-normalisation", "inside-256"),
    },
    optimum_after_one_step_of_newton: {
        ("growing-batch", "optimum-known"), ("sag-svrg-linear-rate", "optimum-known"),
        ("sag-svrg-linear-rate", "sag-arrives"),
    },
    growing_batch_of_twice_the_budget: {("growing-batch", "equal-gradients")},
    penalty_of_nothing: {("sag-svrg-linear-rate", "strongly-convex")},
    rate_of_nothing: {("sgd-vs-gd", "sgd-arrives"), ("sgd-vs-gd", "gd-arrives")},
    machine_that_does_other_work: {("sgd-vs-gd", "quiet"), ("minibatch-128-throughput", "quiet")},
}  # fmt: skip


test_a_control_says_no_to_what_it_is_there_to_find, test_no_control_is_without_its_fault = laws(CLAIMS, PLANTED)
