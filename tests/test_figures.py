"""Pictures keep what is to be read, and round only where lines run."""

import re

from common import figures


def test_numbers_that_are_read_stay_as_they_are() -> None:
    with figures.canvas() as canvas:
        figures.curves(canvas.axes[0], {0: [(0.123456, 0.75), (0.654321, 0.875)]}, "one of 0.125", 0)
        canvas.axes[0].set_yticks([0.75, 0.875])
        figures.label(canvas.axes[0], "FGSM at 0.25", "x", "error, budget 0.25")
        figures.legend(canvas.axes[0])
        drawn = canvas.svg("A step of 0.125.")
    for words in ("FGSM at 0.25", "error, budget 0.25", "one of 0.125", "A step of 0.125.", ">0.750<", ">0.875<"):
        assert words in drawn


def test_coordinates_are_kept_to_tenths_of_a_point() -> None:
    with figures.canvas() as canvas:
        figures.curves(canvas.axes[0], {0: [(0.123456, 0.75), (0.654321, 0.875)]}, "", 0)
        drawn = canvas.svg("")
    paths = re.findall(r' d="([^"]+)"', drawn)
    assert paths
    assert not re.search(r"\.\d\d", "".join(paths))
