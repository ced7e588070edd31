"""Every rate and every weight of a penalty was chosen between others, by pilots that saw no test image."""

from collections.abc import Mapping
from statistics import mean

import pytest

from common.study import Arm
from suite import commands, evidence, registry

commands.prepare(None)

from reproductions.adversarial import rates  # noqa: E402 - the backend is chosen first
from reproductions.adversarial.studies import clean_error, defences, kl_penalty, perturbed_training  # noqa: E402

AT_THE_END: set[str] = set()
"""What is the best of its grid at an end of it; the README says so of each."""
UNREAD = {"mlp_dropout_noise", "softmax", "logistic_3_vs_7", "maxout"}
"""Nets that no claim reads: their rates are edition 1's."""
WAITING: set[str] = set()
"""What has no pilots at every value yet: it is the best of fewer, and no verdict seed is trained until."""
TUNED = {
    **{
        ("perturbed_training", f"{name}_rate"): rates.RATES[name]
        for name in perturbed_training.SECONDS
        if name not in UNREAD
    },
    **{("defences", f"{name}_rate"): rates.RATES[name] for name in defences.TUNED},
    **{("clean_error", f"{loss}_rate"): rate for loss, rate in clean_error.RATES.items()},
    **{("kl_penalty", f"{loss}_weight"): weight for loss, weight in kl_penalty.WEIGHTS.items()},
}
"""Study and what its pilots chose, with the choice."""


def pilots(question: str, what: str) -> Mapping[float, Arm]:
    """The arms that the choice was made among, by the number that each tried."""
    arms = {arm.name: arm for arm in registry.study("adversarial", question).arms("pilot")}
    name, _, kind = what.rpartition("_")
    grid = kl_penalty.WEIGHT_GRID if kind == "weight" else rates.grid(name)
    arm = what.replace(name, f"{name}_10_epochs") if name in rates.FINE else what
    return {value: arms[f"{arm}_{value:g}"] for value in grid}


def test_every_rate_and_weight_has_pilots_of_its_own() -> None:
    assert {name for question, name in TUNED if question not in ("clean_error", "kl_penalty")} == {
        f"{name}_rate" for name in rates.RATES if name not in UNREAD
    }
    read = {arm for claim in registry.claims("adversarial") for check in claim.each() for arm in check.arms()}
    assert not read & UNREAD
    for question, what in TUNED:
        for arm in pilots(question, what).values():
            seen = arm.settings.get("test", "validation")
            assert seen == "validation", f"{question}/{arm.name} looks at {seen}"


def test_what_lies_at_the_end_of_its_grid_is_listed() -> None:
    grids = {name: sorted(pilots(*name)) for name in TUNED}
    assert all(chosen in grids[name] for name, chosen in TUNED.items())
    assert {
        "/".join(name) for name, chosen in TUNED.items() if chosen in (grids[name][0], grids[name][-1])
    } == AT_THE_END


@pytest.mark.parametrize(("question", "what"), list(TUNED))
def test_the_choice_is_the_best_by_the_pilots_on_record(question: str, what: str) -> None:
    path = registry.results() / "adversarial" / "pilots.csv"
    trials = evidence.read_trials(path) if path.exists() else []
    means = {}
    for value, arm in pilots(question, what).items():
        own = [t for t in trials if (t.study, t.arm, t.steps) == (question, arm.name, arm.settings["steps"])]
        clean = "validation_error" if arm.settings.get("select") else "test_error"
        errors = [error for t in own for name, error in t.metrics.items() if name.endswith(clean)]
        if any(error is None for error in errors) or not own:
            continue
        means[value] = mean(error for error in errors if error is not None)
    lacking = set(pilots(question, what)) - set(means)
    assert bool(lacking) == (f"{question}/{what}" in WAITING), lacking
    if lacking:
        pytest.skip(f"no pilots yet: {sorted(lacking)}")
    assert min(means, key=means.__getitem__) == TUNED[question, what], means
