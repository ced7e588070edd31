"""Pictures draw every number of the record that they name, and leave out what it does not have."""

from typing import Any
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from common import figures, panels
from common.panels import Gap, Lines, Picture, Points, Record
from common.trials import Trial


def trial(arm: str, seed: int, status: Any = "ok", **metrics: float | None) -> Trial:
    return Trial(
        study="s", arm=arm, seed=seed, tier="full", key="", status=status, backend="jax", dataset="mnist",
        data_sha256="", metrics=metrics,
    )  # fmt: skip


TRIALS = [trial(arm, 1000 + n, error=10.0 * place + n) for place, arm in enumerate(("a", "b")) for n in range(3)]
PAIR = Points(
    "Panel", "error (%)", {"": {"first": ("s", "a", "error"), "second": ("s", "b", "error")}}, joined="columns"
)


def lines_of(panel: Any, trials: list[Trial], curves: panels.Curves | None = None) -> tuple[Any, Any]:
    axes = Figure().subplots()
    panel.draw(axes, Record.of(trials, curves or {}), "panel1")
    return axes, axes.lines


def test_every_seed_is_a_point_and_a_line_joins_its_own() -> None:
    axes, lines = lines_of(PAIR, TRIALS)
    marks = {line.get_gid(): list(line.get_ydata()) for line in lines if line.get_gid()}
    assert marks == {"panel1-0-0": [0.0, 1.0, 2.0], "panel1-0-1": [10.0, 11.0, 12.0]}
    (joined,) = (line for line in lines if line.get_color() == figures.GREY)
    heights = list(joined.get_ydata())
    assert [heights[k : k + 2] for k in (0, 3, 6)] == [[0.0, 10.0], [1.0, 11.0], [2.0, 12.0]]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["first", "second"]


def test_series_of_a_column_are_joined_seed_by_seed() -> None:
    panel = Points("", "", {"one": {"x": ("s", "a", "error")}, "two": {"x": ("s", "b", "error")}}, joined="series")
    _, lines = lines_of(panel, TRIALS)
    (joined,) = (line for line in lines if line.get_color() == figures.GREY)
    assert list(joined.get_ydata())[:2] == [0.0, 10.0]


def test_a_gap_is_the_difference_of_a_seed_where_it_has_both() -> None:
    record = Record.of(TRIALS[:5], {})
    first, second = ("s", "a", "error"), ("s", "b", "error")
    assert record.numbers(Gap(first, second)) == {1000: -10.0, 1001: -10.0}
    assert record.numbers(Gap(second, first)) == {1000: 10.0, 1001: 10.0}


def test_a_seed_that_failed_has_no_numbers_and_is_counted() -> None:
    trials = [*TRIALS, trial("a", 1003, "diverged", error=99.0), trial("b", 1003, error=None)]
    assert 1003 not in Record.of(trials, {}).numbers(("s", "a", "error"))
    (svg,) = panels.draw({"f.svg": Picture("T", ("c",), "Caption.", (PAIR,))}, trials, {}).values()
    assert "A point is a seed, 3 in each column, with their median. 2 trials came to no number." in described(svg)


def described(svg: str) -> str:
    return str(ElementTree.fromstring(svg)[1].text)


def test_the_caption_counts_the_seeds_of_the_trials() -> None:
    (svg,) = panels.draw({"f.svg": Picture("T", ("c",), "Caption.", (PAIR,))}, TRIALS[:5], {}).values()
    assert "Caption. A point is a seed, 2 to 3 in each column" in described(svg)
    assert "first 1 (3), second 10.5 (2)" in described(svg)


def test_the_caption_says_how_many_arms_wait_for_their_trials() -> None:
    absent = Points("Absent", "", {"": {"x": ("s", "c", "error"), "y": Gap(("s", "a", "error"), ("s", "d", "error"))}})
    for trials, said in (
        (TRIALS, "Caption. Of its 4 arms 2 are on record. A point"),
        (TRIALS[:3], "Caption. Of its 4 arms 1 is on record. A point"),
        ([*TRIALS, trial("c", 1000, "diverged"), trial("d", 1000)], "Caption. A point"),
    ):
        (svg,) = panels.draw({"f.svg": Picture("T", ("c",), "Caption.", (PAIR, absent))}, trials, {}).values()
        assert said in described(svg)


def test_many_columns_are_told_by_their_ends() -> None:
    trials = [trial(f"a{n}", 1000, error=float(n)) for n in range(20)]
    panel = Points(
        "Panel", "error (%)", {"": {f"net {n}": ("s", f"a{n}", "error") for n in range(20)}}, bars={"bar": 3.0}
    )
    told = panel.words(Record.of(trials, {}))
    assert told.endswith("medians and numbers of seeds: from 0 (net 0) to 19 (net 19), of 20 columns; bar: 3.")


def test_what_the_record_does_not_have_is_left_out() -> None:
    absent = Points("Absent", "", {"": {"x": ("s", "c", "error")}})
    lines = Lines("Lines", "x", "y", {"line": ("s", "a", "loss")})
    picture = Picture("T", ("c",), "", (PAIR, absent, lines))
    (svg,) = panels.draw({"f.svg": picture, "none.svg": Picture("N", ("c",), "", (absent,))}, TRIALS, {}).values()
    assert "Absent" not in svg
    assert "Lines" not in svg
    assert svg.count('id="axes_') == 1
    axes, _ = lines_of(PAIR, TRIALS[3:])
    assert [text.get_text() for text in axes.get_xticklabels()] == ["second"]


def test_answers_are_counted() -> None:
    trials = [trial("a", seed, solved=float(seed > 1000)) for seed in range(1000, 1012)]
    series = {"": {"x": ("s", "a", "solved")}}
    axes, _ = lines_of(Points("", "", series, answers=True), trials)
    assert [text.get_text() for text in axes.texts] == ["11 of 12"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["no", "yes"]
    assert not lines_of(Points("", "", series), trials)[0].texts


def test_a_curve_over_another_meets_it_at_the_same_steps() -> None:
    curves = {("s", "a", "y"): {0: [(1, 5.0), (2, 6.0), (3, 7.0)]}, ("s", "a", "x"): {0: [(1, 0.4), (3, 0.7), (4, 1)]}}
    panel = Lines("", "", "", {"line": ("s", "a", "y")}, against={"line": ("s", "a", "x")})
    _, (line,) = lines_of(panel, [], curves)
    assert (list(line.get_xdata()), list(line.get_ydata())) == ([0.4, 0.7], [5.0, 7.0])


@pytest.mark.parametrize("scale", ["linear", "log", "symlog"])
@pytest.mark.parametrize("values", [(0.0, 0.0), (-3.0, 0.0), (5.0, 5.0), (1e-9, 1e9)])
def test_any_numbers_can_be_drawn(values: tuple[float, float], scale: figures.Scale) -> None:
    panel = Points("", "", {"": {"x": ("s", "a", "error")}}, bars={"bar": 0.0}, scale=scale)
    trials = [trial("a", seed, error=value) for seed, value in enumerate(values)]
    (svg,) = panels.draw({"f.svg": Picture("T", ("c",), "", (panel,))}, trials, {}).values()
    assert svg
