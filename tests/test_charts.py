"""Where the marks of a chart lie: every seed at its number, none over another, counts in proportion."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suite.page import charts, site
from suite.page.words import short


def test_seeds_are_counted_in_proportion_and_the_bar_stands_where_its_share_is():
    drawn = charts.count({"yes": 9, "no": 2, "failed": 1}, "most", 0.4, 0.96)
    width = charts.RIGHT - charts.LEFT
    assert [(part.answer, part.n, round(part.width / width, 2)) for part in drawn.segments] == [
        ("yes", 9, 0.75), ("failed", 1, 0.08), ("no", 2, 0.17),
    ]  # fmt: skip
    assert drawn.bar == charts.LEFT + width / 2
    assert drawn.share == pytest.approx(charts.LEFT + 0.75 * width, abs=0.1)
    assert drawn.interval == pytest.approx((charts.LEFT + 0.4 * width, charts.LEFT + 0.96 * width), abs=0.1)
    assert charts.count({}, "most", None, None).interval is None


@pytest.mark.parametrize(
    ("bar", "side"),
    [("most", (0.5, 1)), ("almost every", (0.9, 1)), ("rarely", (0, 0.1)), ("some", (0, 1)), ("never", (0, 0.05))],
)
def test_the_tinted_side_is_where_a_check_holds(bar, side):
    ends = [charts.LEFT + (charts.RIGHT - charts.LEFT) * share for share in side]
    assert charts.count({"yes": 1}, bar, None, None).holds == pytest.approx(ends, abs=0.1)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6), min_size=1, max_size=20), st.booleans())
def test_an_axis_holds_its_numbers_in_their_order_and_its_ticks(values, level):
    on = charts.scale(values, level=level)
    places = [on.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(charts.LEFT <= place <= charts.RIGHT for place in places)
    ticks = [tick.x for tick in on.ticks()]
    assert ticks == sorted(ticks)
    assert len(ticks) in range(1, 13)
    assert all(charts.LEFT <= tick <= charts.RIGHT for tick in ticks)


def test_levels_far_apart_lie_on_a_logarithmic_axis_and_differences_never():
    assert charts.scale([1.0, 1000.0], level=True).log
    assert not charts.scale([1.0, 1000.0], level=False).log
    assert not charts.scale([0.0, 1000.0], level=True).log
    assert [tick.text for tick in charts.scale([1.0, 1000.0], level=True).ticks()] == ["1", "10", "100", "1000"]


@pytest.mark.parametrize("n", [1, 12, 240])
def test_every_seed_is_one_dot_and_none_hides_another_while_there_is_room(n):
    line = charts.swarm([(0.5, "yes", f"seed {k}") for k in range(n)], charts.Scale(0, 1), "", 0.0)
    assert [dot.title for dot in line.dots] == [f"seed {k}" for k in range(n)]
    assert line.height <= charts.TALLEST
    assert all(dot.y >= charts.DOT - 0.1 and dot.y + charts.DOT <= line.height + 0.1 for dot in line.dots)
    assert min((abs(one.y - two.y) for one, two in pairwise(line.dots)), default=9) > (6.2 if n == 12 else 0)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_no_seed_covers_another_and_none_leaves_its_number(values):
    on = charts.Scale(0, 1)
    line = charts.swarm([(value, "yes", str(value)) for value in values], on, "", 0.0)
    assert sorted(dot.title for dot in line.dots) == sorted(map(str, values))
    assert all(dot.x == on.at(float(dot.title)) for dot in line.dots)
    if line.height < charts.TALLEST:
        apart = [(one, two) for place, one in enumerate(line.dots) for two in line.dots[:place]]
        assert all(math.hypot(one.x - two.x, one.y - two.y) >= 2 * charts.DOT - 0.15 for one, two in apart)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_a_thinned_line_runs_where_all_its_points_do(values):
    on = charts.Scale(0, 1)
    points = [(place / len(values), value) for place, value in enumerate(values)]
    drawn = charts.path(points, on, on, "", "").points.split()
    kept = [tuple(map(float, point.split(","))) for point in drawn]
    assert set(drawn) <= {f"{on.at(x):g},{on.at(y):g}" for x, y in points}
    for x, y in points:
        assert min(_off((on.at(x), on.at(y)), *ends) for ends in pairwise(kept)) <= charts.SEEN
    flat = charts.path([(place / 20, 0.5) for place in range(21)], on, on, "", "").points
    assert len(flat.split()) == 2


def _off(point, start, end):
    """How far a point lies from a stretch of line."""
    (x, y), (a, b), (c, d) = point, start, end
    along = ((x - a) * (c - a) + (y - b) * (d - b)) / (math.hypot(c - a, d - b) ** 2 or 1)
    along = min(max(along, 0), 1)
    return math.hypot(x - a - along * (c - a), y - b - along * (d - b))


@pytest.mark.parametrize(("value", "text"), [(170.0, "170"), (60.400000000000006, "60.4"), (7, 7), ("1.0", "1.0")])
def test_a_place_in_a_chart_is_written_without_zeros_that_say_nothing(value, text):
    assert short(value) == text
    assert site._environment().from_string("{{ value }}").render(value=value) == str(text)
