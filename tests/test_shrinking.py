"""A figure comes to the claims that it shows, and shows in fewer bytes what it did."""

from xml.etree import ElementTree

import pytest
from made_up import check, claim

from common.errors import UserError
from suite.page import figures, shrinking


def test_a_figure_goes_to_the_claims_that_it_names_and_whose_study_it_shows(tmp_path):
    svg = '<svg viewBox="0 0 648 259.2"><metadata>x</metadata><text style="font-size: 10px">Ti&amp;tle</text> '
    svg += "<text>{}</text></svg>"
    for name, caption in (
        ("s", "of s"),
        ("s_adam", "of adam"),
        ("other", "for made-up"),
        ("none", "of none"),
        ("ss", ""),
    ):
        (tmp_path / f"{name}.svg").write_text(svg.format(caption))
    found = figures.of_claim(claim(check()), tmp_path, "figures/m")
    assert [(figure.file, figure.title, figure.words) for figure in found] == [
        ("figures/m/other.svg", "Ti&tle", "Ti&tle. for made-up"), ("figures/m/s.svg", "Ti&tle", "Ti&tle. of s"),
        ("figures/m/s_adam.svg", "Ti&tle", "Ti&tle. of adam"),
    ]  # fmt: skip
    assert "<metadata>" not in found[0].svg
    assert found[0].size == (648, 259)
    described_by = svg.format("x").replace("<metadata>", "<title>In short</title><desc>Said plainly</desc><metadata>")
    (tmp_path / "s.svg").write_text(described_by)
    figures._read.cache_clear()
    said = figures.of_claim(claim(check()), tmp_path, "f")[1]
    assert (said.title, said.words) == ("In short", "Said plainly")
    (tmp_path / "s.svg").write_text("<svg>")
    figures._read.cache_clear()
    with pytest.raises(UserError, match=r"s\.svg is no figure: .*; `repro export` writes it again"):
        figures.of_claim(claim(check()), tmp_path, "f")
    figures._read.cache_clear()


def test_a_smaller_figure_shows_what_it_did():
    style = "stroke: #1f5f8b; stroke-width: 0.8"
    marks = "".join(f'<g id="t_{n}"><use xlink:href="#mark" x="{n}.0" y="1.5" style="{style}"/></g>' for n in range(3))
    drawn = (
        f'<svg xmlns="{shrinking.SVG}" xmlns:xlink="{shrinking.XLINK}" viewBox="0 0 9 9"><title>T</title><desc>D</desc>'
        '<defs><path id="mark" d="M 0 0 L 10.0 3.5 "/><clipPath id="cut"><rect id="r"/></clipPath></defs><g id="all">'
        f'{marks}</g><path clip-path="url(#cut)" d="M 0 0" style="{style}"/>'
        '<text fill="#cut0ff" transform="rotate(-0 1 2)"'
        " style=\"font: 10px 'DejaVu Sans', 'Arial', sans-serif; fill: red\">a <tspan>b</tspan> c</text></svg>"
    )
    uses = "".join(f'<use href="#i0" x="{n}" y="1.5" class="s0"/>' for n in range(3))
    assert shrinking.smaller(ElementTree.fromstring(drawn)) == (
        f'<svg xmlns="{shrinking.SVG}" viewBox="0 0 9 9"><title>T</title><defs><path d="M0 0l10 3.5" id="i0"/>'
        f'<clipPath id="i1"><rect/></clipPath></defs>{uses}<path clip-path="url(#i1)" d="M0 0" class="s0"/>'
        '<text fill="#cut0ff" style="font:10px sans-serif;fill:red">a <tspan>b</tspan> c</text>'
        "<style>.s0{stroke:#1f5f8b;stroke-width:0.8}</style></svg>"
    )


def test_marks_of_one_kind_are_the_corners_of_a_line_that_is_not_drawn():
    places = ((60.5, 1.0), (58.2, 3.0), (7.0, 2.5), (7.0, 2.5))
    marks = "".join(f'<use xlink:href="#dot" x="{x}" y="{y}"/>' for x, y in places)
    other = marks.replace('y="3.0"', 'y="3.0" opacity="0.5"')
    drawn = (
        f'<svg xmlns="{shrinking.SVG}" xmlns:xlink="{shrinking.XLINK}"><path id="dot" d="M 0 0"/>'
        + "".join(f'<g clip-path="url(#dot)" style="{style}">{marks}</g>' for style in ("fill: red", "fill: blue"))
        + f'<g style="fill: red">{other}</g></svg>'
    )
    corners = '<path clip-path="url(#i0)" d="M60.5 1l-2.3 2-51.2-0.5 0 0" class="m{}"/>'
    marker = '<marker id="m{0}" markerUnits="userSpaceOnUse" overflow="visible"><use href="#i0" style="{1}"/></marker>'
    found = shrinking.smaller(ElementTree.fromstring(drawn))
    assert corners.format(0) + corners.format(1) + '<g style="fill:red"><use' in found, "another look is another mark"
    assert marker.format(0, "fill:red") + marker.format(1, "fill:blue") in found
    assert found.count("<use") == 2 + len(places)
    assert ".m0{fill:none;stroke:none;marker:url(#m0)}.m1{fill:none;stroke:none;marker:url(#m1)}" in found


def test_the_lines_of_an_axis_become_one_path_and_its_words_stay():
    step = '<g><path d="M {0} 0 L {0} 9 " clip-path="url(#c)" style="stroke: grey"/><text x="{0}">{0}</text></g>'
    steps = "".join(step.format(x) for x in (1, 2, 3))
    drawn = (
        f'<svg xmlns="{shrinking.SVG}"><clipPath id="c"/><g id="matplotlib.axis_1">{steps}</g>'
        f'<g id="line2d_9">{steps}</g></svg>'
    )
    words = "".join(f'<text x="{x}">{x}</text>' for x in (1, 2, 3))
    found = shrinking.smaller(ElementTree.fromstring(drawn))
    assert f'{words}<path d="M1 0l0 9M2 0l0 9M3 0l0 9" clip-path="url(#i0)" class="s0"/>' in found
    assert found.count("M2 0l0 9") == 2
    assert found.count("<path") == 4, "what is no axis may cover what lies below"
