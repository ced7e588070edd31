"""Does the error without dropout rise on all images because the rate is too large? Told, not judged.

The arm `all_images` of `longer` once more with its own seeds, initial weights and order of data, at lower rates: its
rate is that of 10 000 images, as no pilot saw more. Added after that arm was judged, on seeing its error jump from look
to look, to tell overfitting from a rate that is too large; nothing is chosen by it.
"""

from dataclasses import replace

from common.study import Arm, Tier
from reproductions.dropout.studies import longer

DATASET = longer.DATASET
RATES, SEEDS = (0.03, 0.01), 4


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier != "full":
        return ()
    (judged,) = (arm for arm in longer.arms("full") if arm.name == "all_images")
    settings = [{**judged.settings, "rates": {"plain": rate}} for rate in RATES]
    return tuple(
        replace(judged, name=f"rate_{rate:g}", settings=own, seeds=tuple(range(SEEDS)))
        for rate, own in zip(RATES, settings, strict=True)
    )


experiment, run = longer.experiment, longer.run
