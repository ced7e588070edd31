"""The picture of generative adversarial nets: what is covered, by how large the generator's steps are."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Key, Picture, Points
from common.trials import Trial

RATIOS = ("0.1", "0.3", "1", "3", "10", "30")


def _ratios(metric: str, ratios: Sequence[str] = RATIOS) -> Mapping[str, Key]:
    return {ratio: ("ring", f"ratio_{ratio}", metric) for ratio in ratios}


RATIO = "the generator's rate over the discriminator's"
FIGURES = {
    "ring.svg": Picture(
        "A generator's steps and what it covers", ("gan-small-step",),
        "Eight Gaussians on a ring, two nets of two hidden layers of 64, plain SGD, 10 000 steps of 64 points.",
        (
            Points("Gaussians covered", "of eight", {"": _ratios("modes")}, RATIO, {"more than": 4.0}),
            Points("A thin line joins a seed's", "Gaussians covered", {"": _ratios("modes", ("1", "10"))}, RATIO,
                   joined="columns"),
            Points("How often the discriminator is right", "share", {"": _ratios("d_accuracy", ("1", "10"))}, RATIO,
                   {"a coin": 0.5}, joined="columns"),
        ),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
