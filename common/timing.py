"""What a trial is where a claim is about speed: a block of timings, in place of a seed. NumPy alone, no Keras.

A block times all that a claim compares within a second or two, in rounds, every other round backwards: what drifts
while it runs hits all alike, and a check compares numbers of one block. Its seed numbers it, and draws what is random.

The machine must be quiet, and for a verdict that is up to whoever starts the run. What the suite sees to: no block runs
beside another one on the same machine, whichever process asks for it. What went on all the same shows in `spread`, how
far the rounds of one and the same call lie apart; a control should ask for it. Interleaved rounds, medians over them,
and a question to each block keep what little is left from one side. The machine's own peak and bandwidth are measured
in the same rounds, as a time means nothing without them; a verdict holds for the machine that its record names.

A study of blocks says `TIMED = True`: nobody can ask of it that it gives the same numbers again.
"""

import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock

Call = Callable[[], object]

SIDE = 768  # of the square matrices whose product is the peak: one takes milliseconds
BYTES = 2**27  # of the vector that is read for the bandwidth: more than caches hold


@dataclass(frozen=True)
class Block:
    """What a block came to.

    Attributes:
        seconds: of a call, the median over the rounds; by the name of what is called.
        spread: how far the rounds lie apart, the third quartile over the first; by the same names.
        unrest: the largest spread of all that was timed, peak and bandwidth included. A quiet machine stays near 1.
        peak: operations a second in a product of two float32 matrices, as NumPy's BLAS does it.
        bandwidth: bytes a second of a dot product that reads a vector larger than caches are.
    """

    seconds: Mapping[str, float]
    spread: Mapping[str, float]
    unrest: float
    peak: float
    bandwidth: float


def block(calls: Mapping[str, Call], *, rounds: int = 9, least: float = 2e-3) -> Block:
    """Times the calls and the machine in turn. Waits for other blocks on this machine, and keeps others waiting.

    Args:
        calls: what is timed, by name. A call that returns before its work is done, as JAX's do, must wait for it.
        rounds: samples of each.
        least: seconds that a sample takes at least. Shorter calls are repeated within it, as often in every round.

    Raises:
        ValueError: fewer than 4 rounds, of which quartiles say nothing.
    """
    if rounds < 4:
        raise ValueError(f"a block needs 4 rounds or more to tell how far they lie apart, not {rounds}")
    with alone():
        *own, product, reading = samples([*calls.values(), *_machine()], rounds, least)
    return Block(
        seconds=dict(zip(calls, map(_median, own), strict=True)),
        spread=dict(zip(calls, map(spread, own), strict=True)),
        unrest=max(map(spread, (*own, product, reading))),
        peak=2 * SIDE**3 / _median(product),
        bandwidth=BYTES / _median(reading),
    )


@contextmanager
def alone() -> Iterator[None]:
    """Waits until this user times nothing else on this machine, and keeps others waiting. Who dies lets go.

    A block does so by itself; where its data are large they are drawn within, too, as that disturbs others.
    """
    user = os.getuid() if hasattr(os, "getuid") else "all"
    with FileLock(Path(tempfile.gettempdir()) / f"repro-timing-{user}.lock", is_singleton=True):
        yield


def samples(calls: Sequence[Call], rounds: int, least: float) -> list[list[float]]:
    """Seconds of a call, one number a round, for each; every other round goes backwards through them."""
    counts = [_count(call, least) for call in calls]
    found: list[list[float]] = [[] for _ in calls]
    forth = range(len(calls))
    collecting = gc.isenabled()
    gc.disable()
    try:
        for number in range(rounds):
            for place in forth if number % 2 == 0 else reversed(forth):
                found[place].append(_seconds(calls[place], counts[place]) / counts[place])
    finally:
        if collecting:
            gc.enable()
    return found


def spread(samples: Sequence[float]) -> float:
    """The third quartile over the first: 1 where all are alike."""
    low, high = np.quantile(samples, (0.25, 0.75))
    return float(high / low)


def _median(samples: Sequence[float]) -> float:
    return float(np.median(samples))


def _count(call: Call, least: float) -> int:
    """How many calls last long enough to be timed; found by calling, which also warms caches up."""
    count = 1
    while _seconds(call, count) < least:
        count *= 2
    return count


def _seconds(call: Call, count: int) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - begun


def _machine() -> tuple[Call, Call]:
    """What the machine itself is measured by: its peak, its bandwidth."""
    a, b = np.random.default_rng(0).random((2, SIDE, SIDE), np.float32)
    vector = np.ones(BYTES // 4, np.float32)
    return lambda: a @ b, lambda: vector @ vector
