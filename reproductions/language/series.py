"""Five time series: one that was observed, and four standard ones that are drawn from the trial's seed.

`sunspots` are Wolf's yearly means, 1700 to 1987; they are the same in every trial. `mackey_glass` is the equation of
Mackey & Glass 1977 with a delay of 17, `sines` a sum of three sines in noise, `henon` the first coordinate of Hénon's
map, `regimes` an autoregression whose sign of feedback is switched at random, in noise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# fmt: off
SUNSPOTS = (
    5, 11, 16, 23, 36, 58, 29, 20, 10, 8, 3, 0, 0, 2, 11, 27, 47, 63, 60, 39, 28, 26, 22, 11, 21, 40, 78, 122, 103, 73,
    47, 35, 11, 5, 16, 34, 70, 81, 111, 101, 73, 40, 20, 16, 5, 11, 22, 40, 60, 80.9, 83.4, 47.7, 47.8, 30.7, 12.2,
    9.6, 10.2, 32.4, 47.6, 54, 62.9, 85.9, 61.2, 45.1, 36.4, 20.9, 11.4, 37.8, 69.8, 106.1, 100.8, 81.6, 66.5, 34.8,
    30.6, 7, 19.8, 92.5, 154.4, 125.9, 84.8, 68.1, 38.5, 22.8, 10.2, 24.1, 82.9, 132, 130.9, 118.1, 89.9, 66.6, 60,
    46.9, 41, 21.3, 16, 6.4, 4.1, 6.8, 14.5, 34, 45, 43.1, 47.5, 42.2, 28.1, 10.1, 8.1, 2.5, 0, 1.4, 5, 12.2, 13.9,
    35.4, 45.8, 41.1, 30.1, 23.9, 15.6, 6.6, 4, 1.8, 8.5, 16.6, 36.3, 49.6, 64.2, 67, 70.9, 47.8, 27.5, 8.5, 13.2,
    56.9, 121.5, 138.3, 103.2, 85.7, 64.6, 36.7, 24.2, 10.7, 15, 40.1, 61.5, 98.5, 124.7, 96.3, 66.6, 64.5, 54.1, 39,
    20.6, 6.7, 4.3, 22.7, 54.8, 93.8, 95.8, 77.2, 59.1, 44, 47, 30.5, 16.3, 7.3, 37.6, 74, 139, 111.2, 101.6, 66.2,
    44.7, 17, 11.3, 12.4, 3.4, 6, 32.3, 54.3, 59.7, 63.7, 63.5, 52.2, 25.4, 13.1, 6.8, 6.3, 7.1, 35.6, 73, 85.1, 78,
    64, 41.8, 26.2, 26.7, 12.1, 9.5, 2.7, 5, 24.4, 42, 63.5, 53.8, 62, 48.5, 43.9, 18.6, 5.7, 3.6, 1.4, 9.6, 47.4,
    57.1, 103.9, 80.6, 63.6, 37.6, 26.1, 14.2, 5.8, 16.7, 44.3, 63.9, 69, 77.8, 64.9, 35.7, 21.2, 11.1, 5.7, 8.7, 36.1,
    79.7, 114.4, 109.6, 88.8, 67.8, 47.5, 30.6, 16.3, 9.6, 33.2, 92.6, 151.6, 136.3, 134.7, 83.9, 69.4, 31.5, 13.9,
    4.4, 38, 141.7, 190.2, 184.8, 159, 112.3, 53.9, 37.6, 27.9, 10.2, 15.1, 47, 93.8, 105.9, 105.5, 104.5, 66.6, 68.9,
    38, 34.5, 15.5, 12.6, 27.5, 92.5, 155.4, 154.7, 140.5, 115.9, 66.6, 45.9, 17.9, 13.4, 29.2,
)  # means of 1700 to 1987, as they stand in the statistical literature
# fmt: on
DELAY, FINE = 17, 10  # of Mackey and Glass, in units of time; Euler steps in such a unit
BURNED = 300  # values that are drawn and left out, so that the start is forgotten


@dataclass(frozen=True)
class Parts:
    """A series in three parts, in this order in time, in units of the deviation of the first about its mean."""

    train: Numbers
    validation: Numbers
    test: Numbers


def mackey_glass(generator: np.random.Generator, length: int) -> Numbers:
    """dx/dt = 0.2 x(t-17) / (1 + x(t-17)^10) - 0.1 x(t), once in a unit of time, from a random past."""
    lag, step = DELAY * FINE, 1 / FINE
    x = np.empty(lag + length * FINE)
    x[:lag] = 1.2 + 0.2 * generator.uniform(-1, 1)
    for t in range(lag, len(x)):
        late = x[t - lag]
        x[t] = x[t - 1] + step * (0.2 * late / (1 + late**10) - 0.1 * x[t - 1])
    return x[lag::FINE]


def sines(generator: np.random.Generator, length: int) -> Numbers:
    """Periods 9.3, 23.7 and 61.1 with random phases, each of amplitude 1, in noise of deviation 0.3."""
    time, phases = np.arange(length), generator.uniform(0, 2 * np.pi, 3)
    waves = (np.sin(2 * np.pi * time / period + phase) for period, phase in zip((9.3, 23.7, 61.1), phases, strict=True))
    return np.asarray(sum(waves) + 0.3 * generator.normal(size=length))


def henon(generator: np.random.Generator, length: int) -> Numbers:
    """x' = 1 - 1.4 x^2 + y, y' = 0.3 x."""
    found, (x, y) = np.empty(length), generator.uniform(-0.1, 0.1, 2)
    for t in range(length):
        x, y = 1 - 1.4 * x**2 + y, 0.3 * x
        found[t] = x
    return found


def regimes(generator: np.random.Generator, length: int) -> Numbers:
    """x' = ±0.9 x + noise, whose sign is turned with a chance of 1/100 in each step."""
    signs = np.cumprod(np.where(generator.random(length) < 0.01, -1.0, 1.0))
    noise, found, x = generator.normal(size=length), np.empty(length), 0.0
    for t in range(length):
        x = 0.9 * signs[t] * x + noise[t]
        found[t] = x
    return found


DRAWN: Mapping[str, Callable[[np.random.Generator, int], Numbers]] = {
    "mackey_glass": mackey_glass, "sines": sines, "henon": henon, "regimes": regimes,
}  # fmt: skip
NAMES = ("sunspots", *DRAWN)
LENGTHS = (2_000, 300, 1_000)  # of the three parts of a drawn series
YEARS = {"test": (190, 30, 68), "validation": (160, 30, 30)}
"""Years of the three parts of the sunspots: where validation is judged, the years that verdicts are of are not used."""


def parts(name: str, seed: int, judged: str, lengths: tuple[int, int, int] = LENGTHS) -> Parts:
    """The series of a seed, cut in time. `judged` says whose numbers the test part may be: `test` or `validation`."""
    if name == "sunspots":
        whole, lengths = np.array(SUNSPOTS, np.float64), YEARS[judged]
    else:
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(NAMES.index(name),)))
        whole = DRAWN[name](generator, BURNED + sum(lengths))[BURNED:]
    first, second, last = lengths
    whole = (whole - whole[:first].mean()) / whole[:first].std()
    return Parts(whole[:first], whole[first : first + second], whole[first + second : first + second + last])


def windows(of: Numbers, before: Numbers, width: int, ahead: int) -> tuple[Numbers, Numbers]:
    """Every `width` values in a row, (n, width), and the `ahead` that follow them, (n, ahead).

    What is to be foretold lies in `of`; the values that it is foretold from may reach into `before`.
    """
    joined = np.concatenate([before[len(before) - width :], of]) if len(before) else of
    cut = np.lib.stride_tricks.sliding_window_view(joined, width + ahead)
    return cut[:, :width].copy(), cut[:, width:].copy()


def autoregression(train: Numbers, validation: Numbers, width: int) -> Numbers:
    """Least squares on the last p values and a constant, (width + 1,), the constant first, then the oldest value.

    Of all orders up to `width` it is that of the least squared error on the validation part.
    """
    x, y = windows(train, np.empty(0), width, 1)
    held_x, held_y = windows(validation, train, width, 1)
    best, least = np.zeros(width + 1), np.inf
    for order in range(1, width + 1):
        design = np.column_stack([np.ones(len(x)), x[:, width - order :]])
        fitted = np.linalg.lstsq(design, y[:, 0], rcond=None)[0]
        whole = np.concatenate([fitted[:1], np.zeros(width - order), fitted[1:]])
        error = float(np.mean((whole[0] + held_x @ whole[1:] - held_y[:, 0]) ** 2))
        if error < least:
            best, least = whole, error
    return best


def iterated(weights: Numbers, x: Numbers, ahead: int) -> Numbers:
    """What an autoregression foretells of the next `ahead` values, (n, ahead), fed with what it foretold before."""
    known = x.copy()
    for _ in range(ahead):
        known = np.column_stack([known, weights[0] + known[:, -(len(weights) - 1) :] @ weights[1:]])
    return known[:, x.shape[1] :]
