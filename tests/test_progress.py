"""What is said of the time that is left: nothing before anything is known, and nothing wild afterwards."""

from dataclasses import dataclass

import pytest

from suite.progress import Progress, _left


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def begun(clock: Clock, **facts: float) -> Progress:
    return Progress(**({"total": 100, "seconds_total": 100.0, "workers": 2} | facts), clock=clock)  # type: ignore[arg-type]


def ends(progress: Progress, clock: Clock, *, every: float, trials: int = 1, seconds: float = 1.0) -> None:
    for _ in range(trials):
        clock.now += every
        progress.ended(seconds)


def test_nothing_is_said_before_the_first_trial_ends(clock: Clock) -> None:
    progress = begun(clock)
    clock.now += 300
    assert progress.seconds_left() is None
    assert _left(progress) == ""


def test_the_time_to_the_first_trial_is_not_extrapolated(clock: Clock) -> None:
    """A minute of compilation before a trial of a second would make 99 minutes of what takes 50 seconds."""
    progress = begun(clock)
    ends(progress, clock, every=60.0)
    assert progress.seconds_left() == pytest.approx(99 / 2)
    assert _left(progress) == "about 50 s left"


@pytest.mark.parametrize(("declared", "true"), [(1.0, 20.0), (1.0, 1.5), (30.0, 1.5)])
def test_what_is_declared_counts_less_and_less_and_after_a_tenth_not_at_all(
    clock: Clock, declared: float, true: float
) -> None:
    progress = begun(clock, seconds_total=100 * declared)
    ends(progress, clock, every=60.0, seconds=declared)
    wrong = []
    for _ in range(6):
        ends(progress, clock, every=true, trials=2, seconds=declared)
        left = progress.seconds_left()
        assert left is not None
        wrong.append(abs(left / (true * (100 - progress.done)) - 1))
    assert wrong[:4] == sorted(wrong[:4], reverse=True)
    assert wrong[4:] == pytest.approx([0, 0], abs=1e-9)


def test_trials_that_end_side_by_side_tell_no_pace(clock: Clock) -> None:
    progress = begun(clock, total=8, seconds_total=8.0)
    ends(progress, clock, every=60.0)
    ends(progress, clock, every=0.01, trials=3)
    assert progress.seconds_left() == pytest.approx(2.0, rel=0.1)
    clock.now += 7.97
    assert progress.seconds_left() == pytest.approx((8 + 0.4) / 0.8 * 4, rel=0.01), "and time goes on until others end"


def test_what_was_there_before_is_not_counted_as_done_now(clock: Clock) -> None:
    progress = begun(clock, done=50, seconds_total=50.0)
    ends(progress, clock, every=5.0)
    assert (progress.done, progress.seconds_left()) == (51, pytest.approx(49 / 2))


def test_at_the_end_nothing_is_left_to_say(clock: Clock) -> None:
    progress = begun(clock, total=2, seconds_total=2.0)
    ends(progress, clock, every=5.0, trials=2)
    assert progress.seconds_left() == 0.0
    assert _left(progress) == ""
