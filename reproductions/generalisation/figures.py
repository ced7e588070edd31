"""The pictures of how nets generalise."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Picture
from common.trials import Trial

FIGURES: Mapping[str, Picture] = {
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
