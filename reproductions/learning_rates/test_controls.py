"""Each control says no where the fault is planted that it is there to find."""

from dataclasses import replace

from planting import Arms, Patch, Planted, laws, metrics  # type: ignore[import-not-found]  # of the folder of tests

from suite import commands, registry

commands.prepare(None)

from reproductions.learning_rates import scan  # noqa: E402 - the backend is chosen first
from reproductions.learning_rates.claims import CLAIMS, PROBLEMS  # noqa: E402
from reproductions.learning_rates.studies import generated, plateau  # noqa: E402


def nets_that_take_no_step(patch: Patch) -> Arms:
    """Under momentum, where a study does not look at single steps: their ratios then cannot be what says no."""
    right = scan.experiment
    patch.setattr(scan, "experiment", lambda settings: replace(right(settings), steps=0))
    studies = {name: registry.study("learning_rates", name) for name, _ in PROBLEMS}
    return {p: metrics(studies[name], f"{p}_momentum", judged="validation") for name, p in PROBLEMS}


def grid_without_small_rates(patch: Patch) -> Arms:
    """Of the problem that trains soonest: one line of the claim asks it of all."""
    return {"friedman": metrics(generated, "friedman", log10_rates=[-1.0, 2.0], steps=30, judged="validation")}


def grid_without_large_rates(patch: Patch) -> Arms:
    return {"friedman": metrics(generated, "friedman", log10_rates=[-6.0, -1.0], steps=30, judged="validation")}


def constant_rate_so_small_that_the_error_falls_to_the_end(patch: Patch) -> Arms:
    return {"constant": metrics(plateau, "constant", rate=0.01, images=100, epochs=20, judged="validation")}


PLANTED: Planted = {
    nets_that_take_no_step: {
        *(("lr-point-one", f"learns-{p}") for _, p in PROBLEMS),
        *(("update-ratio-1e-3", f"reaches-{p}") for _, p in PROBLEMS),
    },
    grid_without_small_rates: {("update-ratio-1e-3", "reaches-friedman")},
    grid_without_large_rates: {("update-ratio-1e-3", "reaches-friedman")},
    constant_rate_so_small_that_the_error_falls_to_the_end: {("lr-decay-plateau", "constant-stalls")},
}


test_a_control_says_no_to_what_it_is_there_to_find, test_no_control_is_without_its_fault = laws(CLAIMS, PLANTED)
