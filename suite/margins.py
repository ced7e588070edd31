"""How far a quick bound lies from its pilots, and how far it must lie: by a normal tail. No ML library.

A quick check fails by chance where its median, or one of `every` seed, falls beyond the bound, by the tail of the
normal distribution that has the mean and the deviation of the pilots.
"""

import math
import statistics
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import digits
from suite.claims import Claim, Quick

RUNS = 1000
"""Runs of the whole quick tier of which fewer than one may differ by chance."""
PILOTED = 50
"""Seeds at least from which a bound is set."""
RARE = 1e-5
"""The chance of a single check at the bound that is advised: a hundred of them are one of `RUNS`."""
NEVER = 1e-9
STEPS = 200  # halvings of an interval of chances


@dataclass(frozen=True)
class Margin:
    """A quick check beside its pilots on one data set; a pilot that came to no number is not among `numbers`."""

    check: Quick
    dataset: str
    numbers: tuple[float, ...]
    lost: int = 0

    @property
    def enough(self) -> bool:
        return len(self.numbers) >= PILOTED and not self.lost

    def chance(self) -> float:
        """How often the check fails by chance at the bound that it has."""
        check, (mean, deviation) = self.check, self.spread()
        margin = (mean - check.bound) * (1 if check.relation == ">=" else -1)
        beyond = float(margin < 0) if deviation == 0 else math.erfc(margin / deviation / math.sqrt(2)) / 2
        return _missed(check, beyond)

    def accepted(self) -> float:
        """The bound nearest to the pilots at which the check fails by chance in no more than `RARE` of runs."""
        mean, deviation = self.spread()
        beyond = _solved(lambda share: _missed(self.check, share) - RARE)
        distance = deviation * -statistics.NormalDist().inv_cdf(beyond)
        return mean - distance if self.check.relation == ">=" else mean + distance

    def spread(self) -> tuple[float, float]:
        """Mean and standard deviation of the pilots."""
        return statistics.fmean(self.numbers), statistics.stdev(self.numbers)


def margins(claim: Claim, pilots: Iterable[Trial], data: str = "mnist") -> Iterator[Margin]:
    """The quick checks of a claim whose bounds rest on pilots, each beside them; `data` stands for MNIST.

    An identity is computed, and an exact count moves with no seed; on the digits, which only stand in for MNIST, a
    check may have no pilots.
    """
    pilots = [trial for trial in pilots if trial.seed >= PILOT_SEEDS]
    for check in claim.quick if claim.nature != "identity" else ():
        if check.relation == "==":
            continue
        of = [trial for trial in pilots if (trial.study, trial.arm) == (check.study, check.arm)]
        generated = claim.dataset == "synthetic" or any(trial.dataset == "synthetic" for trial in of)
        wanted = "synthetic" if generated else data if claim.dataset == "mnist" else claim.dataset
        rows = [trial.metrics.get(check.metric) for trial in of if trial.dataset == wanted]
        if rows or wanted != "digits":
            numbers = tuple(value for value in rows if value is not None)
            yield Margin(check, wanted, numbers, len(rows) - len(numbers))


def told(margin: Margin) -> str:
    """Mean, deviation and number of the pilots of a check, the bound that they allow, and the one that it has."""
    check, numbers = margin.check, margin.numbers
    what = f"{check.id}: {check.metric} of {check.study}/{check.arm} on {margin.dataset}"
    if len(numbers) < 2:
        lost = f", and {margin.lost} without a number" if margin.lost else ""
        return f"{what}: {len(numbers)} pilots{lost}; {PILOTED} are needed"
    mean, deviation = margin.spread()
    text = f"{what}: mean {digits.told(mean, 6)}, SD {deviation:.3g} of {len(numbers)} pilots"
    text += f", {margin.lost} more failed" if margin.lost else ""
    text += "" if margin.enough else f"; {PILOTED} that end well are needed"
    most, chance = margin.accepted(), margin.chance()
    word, bound = ("at most", _outward(most, -1)) if check.relation == ">=" else ("at least", _outward(most, 1))
    text += f"; a bound of {word} {bound} is far enough; {check.relation} {check.bound:g} fails by chance "
    return text + _seldom(chance) + ("" if chance <= RARE else ", which is too near")


def _seldom(chance: float) -> str:
    if chance > 0.01:
        return f"in {chance:.0%} of runs"
    return f"once in {float(f'{1 / chance:.2g}'):,.0f} runs".replace(",", " ") if chance > NEVER else "never"


def _outward(bound: float, away: int) -> str:
    """Three digits of the distance scale, rounded away from the pilots."""
    if bound == 0 or not math.isfinite(bound):
        return f"{bound:g}"
    unit = 10.0 ** (math.floor(math.log10(abs(bound))) - 3)
    return f"{(math.floor(bound / unit) if away < 0 else math.ceil(bound / unit)) * unit:.4g}"


def _missed(check: Quick, beyond: float) -> float:
    """The chance that so many seeds fall beyond the bound that the check fails; `beyond` is that of one seed."""
    needed = 1 if check.every else (check.seeds + 1) // 2  # that may carry the median there
    shares = (
        math.comb(check.seeds, count) * beyond**count * (1 - beyond) ** (check.seeds - count)
        for count in range(needed, check.seeds + 1)
    )
    return math.fsum(shares)


def _solved(rising: Callable[[float], float]) -> float:
    """The chance in (0, 1/2) at which a rising function is zero."""
    low, high = 0.0, 0.5
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return high
