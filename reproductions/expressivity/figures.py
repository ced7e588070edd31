"""The pictures of expressivity: pieces, support vectors and errors by the size of what is to be expressed."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Picture
from common.trials import Trial

FIGURES: dict[str, Picture] = {}


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
