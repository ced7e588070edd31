"""Each control says no where the fault is planted that it is there to find."""

from collections.abc import Callable
from itertools import count
from types import ModuleType

import numpy as np
from planting import Arms, Patch, Planted, laws, metrics  # type: ignore[import-not-found]  # of the folder of tests

from suite import commands

commands.prepare(None)

from common import timing  # noqa: E402 - the backend is chosen first
from reproductions.gradients import autodiff, checking, conv, mlp, pixels, rnn, series  # noqa: E402
from reproductions.gradients.claims import CLAIMS  # noqa: E402
from reproductions.gradients.planted import Bug  # noqa: E402
from reproductions.gradients.studies import (  # noqa: E402
    minibatch_gradient,
    planted_bugs,
    roofline,
    slide_arithmetic,
    slide_programs,
    taylor,
)


def mlp_that_is_wrong_without_a_bug(patch: Patch) -> Arms:
    return wrong_without_a_bug(patch, mlp, "tanh")


def conv_that_is_wrong_without_a_bug(patch: Patch) -> Arms:
    return wrong_without_a_bug(patch, conv, "bias")


def rnn_that_is_wrong_without_a_bug(patch: Patch) -> Arms:
    return wrong_without_a_bug(patch, rnn, "recurrent")


def wrong_without_a_bug(patch: Patch, net: ModuleType, rule: str) -> Arms:
    rules = checking.with_bug(net, next(planted for planted in net.BUGS.values() if rule in planted.rules))
    right = net.gradient
    patch.setattr(net, "gradient", lambda w, of, r=None: right(w, of, r or rules))
    return {"double": metrics(planted_bugs, "double")}


def bug_that_changes_nothing(patch: Patch) -> Arms:
    patch.setitem(mlp.BUGS, "sign", Bug("none at all", {}))
    return {"double": metrics(planted_bugs, "double")}


def series_of_which_the_last_term_is_nothing(patch: Patch) -> Arms:
    patch.setattr(autodiff, "SMALLEST", 1e-9)
    return {"sine": metrics(slide_programs, "sine")}


def tanh_that_counts_as_a_line(patch: Patch) -> Arms:
    """Its slope is right at the start of a step, and is taken to be the same all along it."""

    def tanh(z: list[series.Array]) -> list[series.Array]:
        return [np.tanh(z[0]), *((1 - np.tanh(z[0]) ** 2) * term for term in z[1:])]

    made_up_pictures(patch)
    patch.setitem(series.UNITS, "tanh", tanh)
    return {"tanh": metrics(taylor, "tanh")}


def batches_of_half_of_the_digits(patch: Patch) -> Arms:
    labels, fair = made_up_pictures(patch), minibatch_gradient.gradients
    patch.setattr(minibatch_gradient, "gradients", lambda each, *of, **how: fair(each[labels < 5], *of, **how))
    return {"all": metrics(minibatch_gradient, "all", sizes=[1, 128])}


def made_up_pictures(patch: Patch) -> series.Array:
    """Their labels."""
    x, y = np.random.default_rng(3).random((300, 49)), np.arange(300) % pixels.CLASSES
    patch.setattr(pixels, "pictures", lambda split: (x, y))
    return y


def start_of_a_product_that_takes_longer_than_its_work(patch: Patch) -> Arms:
    """Nothing makes a difference to the time then, so that it says nothing of what is computed."""
    patch.setattr(slide_arithmetic, "max", lambda *times: max(100.0, *times), raising=False)
    return {"slide": metrics(slide_arithmetic, "slide")}


def machine_that_computes_slower_than_it_reads(patch: Patch) -> Arms:
    def product() -> None: ...

    def reading() -> None: ...

    patch.setattr(timing, "_machine", lambda: (product, reading))
    return timed(patch, lambda call: 10.0 if call is product else 1.0)


def machine_that_does_other_work(patch: Patch) -> Arms:
    """Every other round of the five calls that are timed takes twice as long."""
    ticks = count()
    return timed(patch, lambda call: 1.0 + next(ticks) // 5 % 2)


def timed(patch: Patch, seconds: Callable[[timing.Call], float]) -> Arms:
    """A block of which the clock is made up, and nothing is called."""
    patch.setattr(timing, "_seconds", lambda call, times: times * seconds(call))
    return {"block": metrics(roofline, "block", rows=64, columns=32, widths=[1, 4], rounds=8)}


PLANTED: Planted = {
    mlp_that_is_wrong_without_a_bug: {("gradient-check", "no-false-alarm")},
    conv_that_is_wrong_without_a_bug: {("gradient-check", "no-false-alarm")},
    rnn_that_is_wrong_without_a_bug: {("gradient-check", "no-false-alarm")},
    bug_that_changes_nothing: {("gradient-check", "every-bug-changes-the-gradient")},
    series_of_which_the_last_term_is_nothing: {("autodiff-exact", "a-term-less-differs")},
    tanh_that_counts_as_a_line: {("taylor-second-order", "derivatives")},
    batches_of_half_of_the_digits: {("minibatch-gradient-stable", "means-equal-full")},
    start_of_a_product_that_takes_longer_than_its_work: {("matvec-memory-bound", "twice-the-bandwidth")},
    machine_that_computes_slower_than_it_reads: {("matvec-memory-bound", "machine-computes-more")},
    machine_that_does_other_work: {("matvec-memory-bound", "quiet")},
}


test_a_control_says_no_to_what_it_is_there_to_find, test_no_control_is_without_its_fault = laws(CLAIMS, PLANTED)
