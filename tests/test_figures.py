"""Pictures keep what is to be read, round only where lines run, and tell what they show."""

import re
from xml.etree import ElementTree

import pytest

from common import figures


def drawn(title: str = "Title", caption: str = "Caption.", name: str = "", layout: str = "none") -> str:
    with figures.canvas() as canvas:
        canvas.figure.set_layout_engine(layout)
        axes = canvas.axes[0]
        figures.curves(axes, {0: [(0.123456, 0.75), (0.654321, 0.875)]}, name, 0, "line")
        figures.seeds(axes, 0.3, {1000: 0.8, 1001: 0.81, 1002: 0.82}, 1, 0.1, "", "marks")
        axes.set_yticks([0.75, 0.875])
        figures.label(axes, "FGSM at 0.25", "x", "error, budget 0.25")
        return canvas.svg(title, caption, "Words.")


def test_numbers_that_are_read_stay_as_they_are() -> None:
    svg = drawn(caption="A step of 0.125.", name="one of 0.125")
    for words in ("FGSM at 0.25", "error, budget 0.25", "one of 0.125", "A step of 0.125.", ">0.750<", ">0.875<"):
        assert words in svg


def test_coordinates_are_kept_to_tenths_of_a_point() -> None:
    paths = re.findall(r' d="([^"]+)"', drawn())
    assert paths
    assert not re.search(r"\.\d\d", "".join(paths))


def test_a_picture_has_a_title_and_a_description_for_who_cannot_see_it() -> None:
    root = ElementTree.fromstring(drawn("a < b & c", "<script>"))
    title, description = root[0], root[1]
    assert (title.tag.split("}")[1], title.text) == ("title", "a < b & c")
    assert (description.tag.split("}")[1], description.text) == ("desc", "<script> Words.")
    assert root.get("role") == "img"


def test_marks_of_one_style_share_it() -> None:
    """In colour and place they stay what they are: the style is that of their group."""
    (group,) = re.findall(r'<g id="marks">.*?<g clip-path[^>]* style="([^"]*)">\s*(.*?)</g>', drawn(), re.DOTALL)
    assert figures.COLOURS[1].lower() in group[0]
    assert group[1].count("<use ") == 3
    assert "style" not in group[1]


def test_numbers_of_a_logarithmic_axis_are_plain() -> None:
    with figures.canvas() as canvas:
        axes = canvas.axes[0]
        axes.plot([0, 1, 2], [1e-4, 1.0, 1e6])
        figures.scaled(axes.yaxis, "log", [1e-4, 1.0, 1e6])
        figures.label(axes, "", "", "")
        svg = canvas.svg("", "")
    assert ">1 000 000<" in svg
    assert ">0.01<" in svg
    assert min(float(size) for size in re.findall(r"font(?:-size)?: ([\d.]+)px", svg)) >= figures.SMALL


def test_a_logarithmic_axis_also_shows_zero() -> None:
    with figures.canvas() as canvas:
        axes = canvas.axes[0]
        axes.plot([0, 1, 2], [0.0, 1.0, 1e3])
        figures.scaled(axes.yaxis, "log", [0.0, 1.0, 1e3])
        low, high = axes.get_ylim()
        assert (axes.get_yscale(), low < 0, high > 1e3) == ("symlog", True, True)
        assert canvas.svg("", "")


def test_the_last_panel_takes_what_is_left_of_its_row() -> None:
    with figures.canvas(3, 2) as canvas:
        assert [figures.width(axes) for axes in canvas.axes] == [4.5, 4.5, 9.0]


def test_a_picture_is_laid_out_as_by_matplotlib_itself_which_draws_it_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"title": "A long title " * 12, "caption": "A long caption " * 30}
    ours = drawn(**words)
    monkeypatch.setattr(figures.Canvas, "_lay_out", lambda canvas: None)
    assert drawn(**words, layout="constrained") == ours
