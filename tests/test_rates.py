"""What a seed takes here: measured of its arm, else of arms like it, else declared; and how fast this machine is."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from common.study import Arm
from common.trials import Trial
from suite import evidence, rates, registry
from suite.journal import Journal
from suite.rates import Measured, Rates
from suite.running import Planned

DEEP = Arm("deep", {"depth": 8, "rate": 0.1}, seconds=10.0)
FLAT = Arm("flat", {"depth": 1, "rate": 0.1}, seconds=2.0)
STUDY = ("made", "s", "synthetic")


def entry(arm: Arm, question: str = "s", dataset: str = "synthetic", name: str = "made") -> Planned:
    return Planned(name, question, "full", arm, "jax", (dataset, ""), {})


def other(arm: Arm, **settings: Any) -> Arm:
    return Arm(f"{arm.name} {settings}", {**arm.settings, **settings}, seconds=arm.seconds)


FOUND = Rates({STUDY: [Measured(DEEP, "full", 30.0, 10), Measured(FLAT, "full", 80.0, 10)]})


def test_an_arm_that_was_measured_takes_what_it_took() -> None:
    assert FOUND.seconds(entry(DEEP)) == (3.0, "measured")
    assert FOUND.seconds(entry(FLAT)) == (8.0, "measured")
    longer = Arm("longer", DEEP.settings, seconds=20.0)
    assert FOUND.seconds(entry(longer)) == (6.0, "measured"), "twice as many steps, say, as it declares"


def test_another_arm_takes_what_those_most_like_it_took_by_what_they_declare() -> None:
    assert FOUND.seconds(entry(other(DEEP, rate=0.3))) == (3.0, "like arms")
    assert FOUND.seconds(entry(other(FLAT, rate=0.3))) == (8.0, "like arms")
    assert FOUND.seconds(entry(other(DEEP, depth=4))) == pytest.approx((10 * 110 / 120, "like arms"))


def test_a_study_that_was_never_measured_goes_by_its_module_and_a_module_by_what_it_declares() -> None:
    assert FOUND.seconds(entry(DEEP, question="t")) == pytest.approx((10 * 110 / 120, "module"))
    assert FOUND.seconds(entry(DEEP, dataset="mnist")) == pytest.approx((10 * 110 / 120, "module"))
    assert FOUND.seconds(entry(DEEP, name="another")) == (10.0, "declared")


def test_nothing_follows_for_other_arms_from_less_than_a_second_of_training() -> None:
    short = Measured(DEEP, "full", 0.9, 10)
    assert Rates({STUDY: [short]}).seconds(entry(DEEP)) == pytest.approx((0.09, "measured"))
    assert Rates({STUDY: [short]}).seconds(entry(other(DEEP, rate=0.3))) == (10.0, "declared")
    some = Rates({STUDY: [short, Measured(FLAT, "full", 80.0, 10)]})
    assert some.seconds(entry(other(DEEP, rate=0.3))) == pytest.approx((10 * 80.9 / 120, "like arms"))


def test_what_an_arm_took_comes_before_what_its_like_took_at_a_tier_that_declares_another_time() -> None:
    quick = Measured(Arm("deep", DEEP.settings, seconds=1.0), "quick", 100.0, 10)
    both = Rates({STUDY: [quick, Measured(DEEP, "full", 30.0, 10)]})
    assert both.seconds(entry(DEEP)) == (3.0, "measured")
    assert Rates({STUDY: [quick]}).seconds(entry(DEEP)) == (100.0, "measured"), "for want of better"


def test_a_plan_that_is_informed_has_the_keys_that_it_had() -> None:
    known = Planned("made", "s", "full", DEEP, "jax", ("synthetic", ""), {1000: "k"})
    [informed] = FOUND.informed([known])
    assert (informed.arm.seconds, informed.keys, informed.arm.settings) == (3.0, {1000: "k"}, DEEP.settings)


def trials(arm: str, took: list[float], **others: Any) -> list[Trial]:
    known = {"study": "s", "arm": arm, "tier": "full", "backend": "jax", "dataset": "synthetic", "data_sha256": ""}
    return [
        Trial.model_validate(
            known | {"seed": seed, "key": f"{arm}{seed}{others}", "seconds": seconds, "metrics": {}} | others
        )
        for seed, seconds in enumerate(took, start=1000)
    ]


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes trials of the study `s` of `made` into the record, its pilots and this machine's journal."""
    arms = {"full": (DEEP, FLAT), "pilot": (other(DEEP, rate=3),)}
    monkeypatch.setenv("REPRO_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(registry, "study_names", lambda name: ("s",))
    monkeypatch.setattr(registry, "arms", lambda name, question, tier: arms.get(tier, ()))
    (tmp_path / "results/made").mkdir(parents=True)

    def write(
        full: Sequence[Trial] = (), pilots: Sequence[Trial] = (), here: Sequence[Trial] = ()
    ) -> Mapping[str, tuple[float, int]]:
        evidence.write_trials(tmp_path / "results/made/trials.csv", full)
        evidence.write_trials(tmp_path / "results/made/pilots.csv", pilots)
        with Journal(tmp_path / "home/journal.sqlite") as journal:
            for trial in here:
                journal.add(trial)
        found = rates.known(["made"], "jax")
        assert set(found.measured) <= {STUDY}
        taken = {m.arm.name: (m.seconds, m.seeds) for m in found.measured.get(STUDY, ())}
        return {**taken, "factor": (found.factor, 0)}

    return write


def test_all_that_was_trained_counts_but_on_other_data_or_another_backend_and_not_what_is_gone(record: Any) -> None:
    found = record(
        full=[*trials("deep", [5.0, 7.0]), *trials("gone", [9.0]), *trials("flat", [4.0], backend="torch")],
        pilots=trials(other(DEEP, rate=3).name, [2.0], tier="pilot"),
    )
    assert found == {"deep": (12.0, 2), other(DEEP, rate=3).name: (2.0, 1), "factor": (1.0, 0)}


def test_seeds_side_by_side_share_the_time_of_their_group_and_an_empty_lane_costs_the_same(record: Any) -> None:
    assert record(full=trials("deep", [8.0, 0.0, 0.0, 0.0, 8.0, 0.0], lanes=4))["deep"] == (16.0, 8)


def test_a_group_that_was_suspended_amid_counts_as_its_like_and_one_that_compiled_counts_whole(record: Any) -> None:
    slept = [35.0, 0.0, 5068.0, 0.0, 27.0, 0.0]
    assert record(full=trials("deep", slept, lanes=2))["deep"] == (97.0, 6)
    assert record(full=trials("deep", [5068.0, 35.0]))["deep"] == (70.0, 2)
    assert record(full=trials("deep", [50.0, 0.5, 0.5]))["deep"] == (51.0, 3)
    assert record(full=trials("deep", [5068.0]))["deep"] == (5068.0, 1), "it may be as long as that"
    assert record(full=trials("deep", [153.0, 0.0, 0.0]))["deep"] == (153.0, 3), "the first trained for all"


def test_the_record_of_a_slower_machine_is_brought_to_the_pace_of_this_one(record: Any) -> None:
    found = record(full=[*trials("deep", [10.0] * 12), *trials("flat", [4.0] * 12)], here=trials("deep", [5.0, 5.0]))
    assert found == {"deep": (10.0, 2), "flat": (24.0, 12), "factor": (0.5, 0)}


def test_the_pace_follows_from_all_that_was_trained_here_of_whatever_reproduction(
    record: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An arm that was trained here is told as it was; the pace is for all others. A damaged file was not asked for."""
    monkeypatch.setattr(registry, "names", lambda: ("made", "other", "damaged"))
    for name in ("other", "damaged"):
        (tmp_path / "results" / name).mkdir()
    evidence.write_trials(tmp_path / "results/other/trials.csv", trials("deep", [10.0] * 12, study="t"))
    (tmp_path / "results/damaged/trials.csv").write_text("study,arm\ns\n")
    found = record(full=trials("flat", [4.0] * 12), here=trials("deep", [5.0, 5.0], study="t"))
    assert found == {"flat": (24.0, 12), "factor": (0.5, 0)}


def test_a_journal_of_other_arms_or_of_no_time_says_nothing_of_the_pace(record: Any) -> None:
    full = trials("deep", [10.0] * 12)
    assert record(full=full, here=trials("flat", [5.0, 5.0]))["factor"] == (1.0, 0)
    assert record(full=full, here=trials("deep", [0.01, 0.01]))["factor"] == (1.0, 0)
