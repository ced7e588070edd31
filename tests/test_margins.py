"""A quick bound lies where the pilots' normal tail says; by numbers worked by hand and from tables."""

from dataclasses import replace
from statistics import NormalDist

import pytest
from made_up import check, claim, publish, trained

from common.study import PILOT_SEEDS
from suite import cli, evidence, margins
from suite.claims import FIRST_SEED, Quick
from suite.margins import Margin

ONE = Quick("q", "s", "a", "m", ">=", 1.0, 1)
ABOUT_ONE = (0.0, 2.0) * 25  # mean 1, deviation 1.0102
SD = 1.0101525445522108


def pilots(letters, dataset="synthetic", first=PILOT_SEEDS):
    return [t.model_copy(update={"seed": t.seed - FIRST_SEED + first, "dataset": dataset}) for t in trained(a=letters)]


def test_a_bound_near_the_pilots_is_missed_and_one_far_off_is_not():
    near, far = replace(ONE, seeds=3), replace(ONE, bound=-9.0, seeds=3)
    assert Margin(near, "", ABOUT_ONE).chance() == pytest.approx(0.5)
    assert Margin(far, "", ABOUT_ONE).chance() < 1e-40
    assert Margin(replace(near, every=True), "", ABOUT_ONE).chance() == pytest.approx(7 / 8)
    beyond = 1 - NormalDist().cdf(-1 / SD)
    below = Margin(replace(near, relation="<=", bound=0.0), "", ABOUT_ONE).chance()
    assert below == pytest.approx(3 * beyond**2 * (1 - beyond) + beyond**3)
    assert Margin(near, "", (2.0,) * 50).chance() == 0.0
    assert Margin(replace(near, bound=3.0), "", (2.0,) * 50).chance() == 1.0


@pytest.mark.parametrize(
    ("asked", "deviations"),
    [
        (ONE, 4.264891),  # the normal quantile of 1 - 1e-5
        (replace(ONE, every=True, seeds=10), 4.753422),  # of 1 - 1e-6, nearly
        (replace(ONE, seeds=2), 4.417172),  # of 1 - 5e-6: either of two may carry the median there
    ],
)
def test_the_bound_that_is_accepted_lies_so_many_deviations_away(asked, deviations):
    found = Margin(asked, "", ABOUT_ONE)
    assert found.accepted() == pytest.approx(1 - deviations * SD, rel=1e-5)
    above = Margin(replace(asked, relation="<="), "", ABOUT_ONE)
    assert above.accepted() == pytest.approx(1 + deviations * SD, rel=1e-5)


@pytest.mark.parametrize("relation", [">=", "<="])
@pytest.mark.parametrize(("seeds", "every"), [(1, False), (2, False), (3, False), (8, False), (3, True)])
def test_at_the_bound_that_is_accepted_one_run_in_100_000_fails(relation, seeds, every):
    found = Margin(replace(ONE, relation=relation, seeds=seeds, every=every), "", ABOUT_ONE)
    at = replace(found, check=replace(found.check, bound=found.accepted()))
    assert at.chance() == pytest.approx(margins.RARE, rel=1e-6)
    assert "fails by chance once in 100 000 runs" in margins.told(at)


def test_pilots_are_those_of_the_arm_and_of_the_data_of_the_claim():
    images = claim(check(), quick=(ONE, replace(ONE, id="exact", relation="==")), dataset="mnist")
    rows = [*pilots("yyf", "mnist"), *pilots("nn", "digits"), *pilots("tt", "mnist", first=1000)]
    [on_mnist], [on_digits] = margins.margins(images, rows), margins.margins(images, rows, "digits")
    assert (on_mnist.numbers, on_mnist.lost, on_mnist.dataset) == ((1.0, 1.0), 1, "mnist")
    assert (on_digits.numbers, on_digits.dataset) == ((0.0, 0.0), "digits")
    assert list(margins.margins(images, pilots("yy", "mnist"), "digits")) == [], "the digits only stand in"
    assert [found.numbers for found in margins.margins(images, [])] == [()]
    assert list(margins.margins(replace(images, nature="identity"), rows)) == []


def test_fifty_pilots_that_end_well_are_enough():
    assert Margin(ONE, "", ABOUT_ONE).enough
    assert not Margin(ONE, "", ABOUT_ONE[1:]).enough
    assert not Margin(ONE, "", ABOUT_ONE, lost=1).enough
    assert "49 pilots; 50 that end well are needed" in margins.told(Margin(ONE, "", ABOUT_ONE[1:]))
    assert margins.told(Margin(ONE, "mnist", ())) == "q: m of s/a on mnist: 0 pilots; 50 are needed"


@pytest.mark.parametrize(
    ("bound", "away", "told"),
    [(0.93237, -1, "0.9323"), (0.93233, 1, "0.9324"), (12341, 1, "1.235e+04"), (-0.5001, -1, "-0.5001"), (0.0, 1, "0")],
)
def test_a_bound_is_rounded_away_from_the_pilots(bound, away, told):
    assert margins._outward(bound, away) == told


def test_the_command_tells_mean_deviation_number_and_bound(monkeypatch, tmp_path, capsys):
    folder = publish(monkeypatch, tmp_path, claim(check(), quick=(replace(ONE, bound=-4.0),)))
    (tmp_path / "code/made_up/studies").mkdir(parents=True)
    (tmp_path / "code/made_up/studies/s.py").write_text('METRICS = {"m": "what it is, metres"}\n')
    evidence.write_trials(folder / "pilots.csv", pilots("yn" * 25))
    assert cli.main(["pilots", "made-up"]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "quick bounds, by the normal tail of the pilots:",
        "    q: m of s/a on synthetic: mean 0.5, SD 0.505 of 50 pilots; a bound of at most -1.655 is far enough; "
        ">= -4 fails by chance never",
    ]
