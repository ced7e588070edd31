"""What the studies are made of: tasks and texts, rates and budgets, and the tiers that plan them."""

import math
from typing import Any

from common.study import Tier
from suite import commands, registry

USED = commands.prepare(None)

from common.training import Arrays  # noqa: E402 - the backend is chosen first
from reproductions.forget_bias import claims  # noqa: E402
from reproductions.forget_bias.studies import adding, copy_memory, recall, resets, success, tasks  # noqa: E402


def test_each_bias_of_the_success_study_gets_the_same_rates_and_budget() -> None:
    tries = {(a.settings["task"], a.settings["steps"], tuple(a.settings["rates"])) for a in success.arms("full")}
    assert len(tries) == len(success.TASKS)


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
    planned = {tier: commands.plan(selected, tier, USED) for tier in tiers}
    assert [(entry.question, entry.arm.name) for entry in planned["gpu"]] == [("longest", "delay400")]
    assert all(entry.question != "longest" for entry in planned["quick"])
    read = {check.study for claim in claims.CLAIMS for check in claim.checks}
    assert "longest" not in read
