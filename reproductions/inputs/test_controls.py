"""Each control says no where the fault is planted that it is there to find."""

from planting import Arms, Patch, Planted, laws, metrics  # type: ignore[import-not-found]  # of the folder of tests

from suite import commands

commands.prepare(None)

from reproductions.inputs.claims import CLAIMS  # noqa: E402 - the backend is chosen first
from reproductions.inputs.studies import magnitudes, offsets  # noqa: E402


def centring_that_is_left_out(patch: Patch) -> Arms:
    mean, scale, _ = offsets.INPUTS["recentred"]
    patch.setitem(offsets.INPUTS, "recentred", (mean, scale, 0))
    short = {"images": 1_000, "steps": 60, "target": 1.0, "watched": 0, "judged": "validation"}
    return {arm: metrics(offsets, arm, **short) for arm in ("centred", "recentred")}


def logarithms_that_are_not_standardised(patch: Patch) -> Arms:
    """Of inputs that vary little they are all but alike, and the net learns nothing from them."""
    right = magnitudes.moments
    patch.setattr(magnitudes, "moments", lambda *of: (*right(*of)[:2], 0.0, 1.0))
    forms = (f"lognormal_0.03_{form}" for form in magnitudes.FORMS)
    return {arm: metrics(magnitudes, arm, steps=50) for arm in forms}


PLANTED: Planted = {
    centring_that_is_left_out: {("centre-inputs", "centring-restores")},
    logarithms_that_are_not_standardised: {("log1p-inputs", "narrow-no-harm")},
}


test_a_control_says_no_to_what_it_is_there_to_find, test_no_control_is_without_its_fault = laws(CLAIMS, PLANTED)
