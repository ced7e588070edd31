"""Forecasts are scored by the square of their error, and only where their check is decided."""

import pytest

from common.errors import UserError
from suite import forecasts, registry

TABLE = """forecaster,date,claim,check,probability,note
anne,2026-11-01,first,one,0.9,
anne,2026-11-01,first,two,0.25,
bob,2026-11-02,first,one,0.4,seen nothing
bob,2026-11-02,second,open,1,
bob,2026-11-02,second,,0.5,belongs to no check
"""


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    (tmp_path / "forecasts.csv").write_text(TABLE, encoding="utf-8")
    forecasts.forecasts.cache_clear()
    yield tmp_path
    forecasts.forecasts.cache_clear()


def record(**outcomes):
    return {"checks": [{"id": name, "outcome": outcome} for name, outcome in outcomes.items()]}


def scores(**recorded):
    return [(f.forecaster, f.check, round(score, 12)) for f, score in forecasts.briers(recorded)]


def test_forecasts_are_read_and_rows_without_a_check_are_only_kept():
    found = forecasts.forecasts()
    assert [(f.forecaster, f.date, f.claim, f.check, f.probability) for f in found[2:]] == [
        ("bob", "2026-11-02", "first", "one", 0.4),
        ("bob", "2026-11-02", "second", "open", 1.0),
    ]
    assert [f.probability for f in forecasts.of_claim("first")] == [0.9, 0.25, 0.4]
    assert forecasts.of_claim("third") == []


def test_brier_is_the_squared_distance_to_what_came():
    assert scores(first=record(one="holds", two="fails")) == [
        ("anne", "one", 0.01),
        ("anne", "two", 0.0625),
        ("bob", "one", 0.36),
    ]
    assert scores(first=record(one="fails")) == [("anne", "one", 0.81), ("bob", "one", 0.16)]
    assert scores(first=record(two="split")) == [("anne", "two", 0.0625)], "a split does not hold"


@pytest.mark.parametrize("outcome", ["undecided", "not run", "void"])
def test_what_is_not_decided_is_scored_for_nobody(outcome):
    assert scores(second=record(open=outcome)) == []
    assert scores() == []
    assert scores(third=record(one="holds")) == []


def test_how_right_they_were_is_told_of_what_is_decided():
    assert forecasts.told({"first": record(one="undecided")}) == ""
    assert forecasts.told({"first": record(one="holds")}).startswith(
        "1 of the 2 forecasts of checks decided so far was on"
    )
    assert "mean squared error is 0.185," in forecasts.told({"first": record(one="holds")})
    assert forecasts.told({"first": record(one="fails", two="holds")}).startswith("2 of the 3 forecasts")
    assert forecasts.told({"first": record(two="fails")}).startswith("None of the 1 forecasts")


def test_the_mean_of_no_score_is_none():
    assert forecasts.mean([]) is None
    assert forecasts.mean([0.01, 0.36]) == pytest.approx(0.185)


@pytest.mark.parametrize("probability", ["0.9", "0.1"])
def test_who_forecasts_a_check_twice_is_refused_by_name(folder, probability):
    (folder / "forecasts.csv").write_text(f"{TABLE}anne,2026-11-03,first,one,{probability},\n", encoding="utf-8")
    forecasts.forecasts.cache_clear()
    with pytest.raises(UserError, match=r"forecasts\.csv: anne forecasts one of first twice; restore it"):
        forecasts.forecasts()


def test_a_project_without_forecasts_has_none(folder):
    (folder / "forecasts.csv").unlink()
    forecasts.forecasts.cache_clear()
    assert forecasts.forecasts() == ()
