"""What a plan takes: each seed once, lane groups whole, tasks by who is free first, and the middle of what may come."""

from typing import Any

from made_up import check, claim

from common.study import Arm
from suite import estimating, running
from suite.estimating import START_UP, duration
from suite.rates import Rates
from suite.running import Planned

PLAIN = Rates({})
SELECTED: Any = {"one": ("made", claim(check())), "two": ("made", claim(check()))}


def entry(label: str, seconds: float, seeds: int = 12, lanes: int = 1, **others: Any) -> Planned:
    arm = Arm(label, {"arm": label}, tuple(range(1000, 1000 + seeds)), lanes, seconds, others.get("megabytes", 900.0))
    keys = {seed: f"{label}{seed}" for seed in arm.seeds}
    return Planned("made", others.get("study", "s"), others.get("tier", "full"), arm, "jax", ("synthetic", ""), keys)


def draw(one: dict[str, int], two: dict[str, int]) -> Any:
    return {"one": {("s", arm): n for arm, n in one.items()}, "two": {("s", arm): n for arm, n in two.items()}}


def test_tasks_go_the_longest_first_to_the_worker_that_is_free_first() -> None:
    assert duration([2, 2, 2, 3, 3], 2) == START_UP + 7  # 3 2 2, 3 2: by hand
    assert duration([1, 1, 1, 1, 4], 2) == START_UP + 4
    assert duration([2, 2, 2, 3, 3], 5) == duration([2, 2, 2, 3, 3], 1000) == START_UP + 3
    assert duration([2, 2, 2, 3, 3], 1) == START_UP + 12
    assert duration([2, 2, 2, 3, 3], 0) == 12, "this process has started already"


def test_an_arm_that_two_claims_read_is_trained_once_for_both() -> None:
    plan = [entry("a", 10.0), entry("b", 100.0)]
    found = estimating.estimate(SELECTED, plan, {}, [draw({"a": 24}, {"a": 12, "b": 12})], PLAIN, 1)
    assert {name: amount.core_seconds for name, amount in found.claims.items()} == {"one": 240.0, "two": 1320.0}
    assert (found.modules["made"].core_seconds, found.modules["made"].trials) == (1440.0, 36)
    assert found.whole == found.modules["made"]


def test_what_is_done_is_not_trained_again_and_a_group_of_lanes_is_whole() -> None:
    plan = [entry("a", 10.0, lanes=8)]
    done: Any = {f"a{seed}": None for seed in range(1000, 1007)}
    found = estimating.estimate(SELECTED, plan, done, [draw({"a": 24}, {"a": 12})], PLAIN, 1)
    assert (found.whole.trials, found.whole.core_seconds) == (17, 240.0)  # three groups of eight
    assert found.claims["two"].core_seconds == 80.0
    everything: Any = {f"a{seed}": None for seed in range(1000, 1012)}
    left = estimating.estimate(SELECTED, plan, everything, [draw({"a": 12}, {"a": 12})], PLAIN, 1)
    assert (left.whole.trials, left.whole.core_seconds, left.whole.seconds) == (0, 0.0, 0.0)


def test_the_middle_of_all_draws_is_told_with_eight_of_ten() -> None:
    ends = [draw({"a": n}, {"a": 12}) for n in (60, 12, 24, 36, 48, 72, 84, 96, 108, 120, 132)]
    amount = estimating.estimate(SELECTED, [entry("a", 1.0)], {}, ends, PLAIN, 1).whole
    assert (amount.low, amount.core_seconds, amount.high, amount.trials) == (24.0, 72.0, 120.0, 72)


def test_workers_share_the_work_and_do_not_change_it() -> None:
    plan = [entry("a", 30.0, seeds=48), entry("b", 50.0, seeds=48, study="t")]
    found = [estimating.estimate(SELECTED, plan, {}, [], PLAIN, workers) for workers in (1, 2, 8, 1000)]
    assert {amounts.whole.core_seconds for amounts in found} == {48 * 80.0}
    assert [amounts.whole.seconds for amounts in found] == [
        2 * START_UP + 48 * 80, 2 * START_UP + 24 * 80, 2 * START_UP + 6 * 80, 2 * START_UP + 80,
    ]  # fmt: skip


def test_studies_wait_for_each_other_save_at_the_quick_tier() -> None:
    def seconds(tier: str) -> float:
        plan = [entry("a", 30.0, 2, tier=tier), entry("b", 50.0, 2, tier=tier, study="t")]
        return estimating.estimate(SELECTED, plan, {}, [], PLAIN, 4).whole.seconds

    assert (seconds("pilot"), seconds("quick")) == (2 * START_UP + 80, START_UP + 50)


def test_an_arm_of_no_tier_in_the_plan_costs_nothing() -> None:
    """As of an optional data set that is not at hand."""
    found = estimating.estimate(SELECTED, [entry("a", 10.0)], {}, [draw({"a": 12, "z": 240}, {"a": 12})], PLAIN, 1)
    assert found.whole.core_seconds == 120.0


def test_what_was_trained_should_have_taken_what_its_tasks_take() -> None:
    plan = [entry("a", 30.0), entry("b", 5.0, lanes=2)]
    trained = {"a1000", "a1003", "b1001"}
    assert estimating.of_trials(plan, trained, PLAIN, 2) == (70.0, START_UP + 40)
    assert estimating.of_trials(plan, set(), PLAIN, 2) == (0.0, 0.0)
    assert running.task_size(plan[0].arm) == 1


def test_the_page_tells_time_memory_and_cost_of_nodes() -> None:
    plan = [entry("a", 3600.0, seeds=48, megabytes=2000.0)]
    found = estimating.estimate(SELECTED, plan, {}, [draw({"a": 48}, {"a": 12})], PLAIN, 48)
    *_, made, whole, last = estimating.lines(found, 48, 12)
    assert made.split() == ["made", "48", "2880.0", "2880.0", "to", "2880.0", "60.1"]
    assert whole.startswith("all together")
    assert last == (
        "on 48 worker(s) on 12 machines: about 60 min, up to 8.0 GB of memory each; 48.0 core-hours of training, 48.1 "
        "to be paid for while it lasts"
    )
    one = estimating.lines(estimating.estimate(SELECTED, plan, {}, [], PLAIN, 2), 2, 1)[-1]
    assert one.startswith("on 2 worker(s): about 1440 min, up to 4.0 GB of memory; ")
