"""Rounds of measurements, peers in turn and every other round backwards, and the rows that follow from them."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from benchmarks import spawning
from benchmarks.exchange import Order, Result
from benchmarks.peers import COLD, OURS, PEERS
from benchmarks.peers.pool import cores
from benchmarks.workloads import Plan, Workload
from common import statistics

Say = Callable[[str], None]
Row = dict[str, Any]
MEASURES = ("start_up", "compile", "steady", "end_to_end")


class Measured(NamedTuple):
    """The results of a plan: by peer, one a round; `peaks` in operations a second, one a round."""

    results: Mapping[str, Sequence[Result]]
    peaks: Sequence[float]


def sequence(peers: Sequence[str], number: int) -> list[str]:
    """ABBA: what drifts while a round runs hits its first and its last alike over two rounds."""
    return list(peers) if number % 2 == 0 else list(reversed(peers))


def order(plan: Plan, name: str, cache: str) -> Order:
    trained = plan.seeds if PEERS[name].whole else min(plan.few, plan.seeds)
    return Order(plan.workload.name, plan.seeds, trained, plan.steps, time.time(), cache)


def measure(plan: Plan, cache: Path, *, prime: bool, at_once: int = 1, say: Say) -> Measured:
    """Runs every round of a plan; `prime` first fills the caches that warm peers start with.

    Args:
        at_once: peers that run side by side, where their times are nothing to go by.
    """
    peers = [name for name in plan.peers if spawning.installed(name)]
    results: dict[str, list[Result]] = {name: [] for name in peers}
    peaks = []
    if prime:
        few = Order(plan.workload.name, cores() * plan.workload.lanes, 0, plan.steps, time.time(), str(cache))
        warm = [name for name in peers if PEERS[name].whole and not PEERS[name].cold]
        with ThreadPoolExecutor(cores()) as threads:  # side by side, as nothing is timed yet
            list(threads.map(lambda name: spawning.measured(name, few), warm))

    def one(name: str) -> Result:
        with tempfile.TemporaryDirectory() as fresh:
            return spawning.measured(name, order(plan, name, fresh if PEERS[name].cold else str(cache)))

    for number in range(plan.rounds):
        peaks.append(spawning.peak())
        turn = sequence(peers, number)
        with ThreadPoolExecutor(at_once) as threads:
            for name, found in zip(turn, threads.map(one, turn), strict=True):
                results[name].append(found)
                steady = f"{1e3 * found.steady:.4g} ms a step and seed" if found.steady else "too short for a pace"
                whole = "extrapolated to" if found.extrapolated else "for"
                seeds = f"{whole} {plan.seeds} seeds × {plan.steps} steps"
                say(
                    f"{plan.workload.name}, round {number + 1} of {plan.rounds}: {name} {steady}, "
                    f"{found.end_to_end:.1f} s {seeds}"
                )
    return Measured(results, peaks)


def rows(plan: Plan, measured: Measured) -> Iterator[Row]:
    """A row for every peer and measure. A ratio is a peer's time over ours in the same round: above 1 ours is faster.

    The end to end of ours with an empty cache has rows of its own, `end_to_end_cold`.
    """
    ours = measured.results[OURS]
    cold = measured.results.get(COLD)
    for peer, theirs in measured.results.items():
        common = {"workload": plan.workload.name, "peer": peer, "steps": plan.steps, "rounds": len(theirs)}
        common |= {"seeds": plan.seeds, "seeds_trained": theirs[0].trained}
        common |= {"memory_megabytes": max(result.memory for result in theirs)}
        common |= {"worker_megabytes": max((result.worker for result in theirs if result.worker), default=None)}
        for name in MEASURES:
            yield (
                common
                | {"measure": name}
                | paired(times(theirs, name), times(ours, name))
                | _extrapolated(name, theirs)
            )
        if cold and peer not in (OURS, COLD):
            pairs = paired(times(theirs, "end_to_end"), times(cold, "end_to_end"))
            yield common | {"measure": "end_to_end_cold"} | pairs | _extrapolated("end_to_end", theirs)


def _extrapolated(measure: str, results: Sequence[Result]) -> Row:
    return {"extrapolated": measure == "end_to_end" and results[0].extrapolated}


def times(results: Sequence[Result], measure: str) -> list[float | None]:
    return [getattr(result, measure) for result in results]


def paired(theirs: Sequence[float | None], ours: Sequence[float | None]) -> Row:
    """The geometric mean of the rounds' ratios with its 95 % interval, and the mean times in seconds.

    No ratio where a time is missing or zero, and no interval from one round.
    """
    row: Row = dict.fromkeys(("ratio", "low", "high"))
    row |= {"ours_seconds": _mean(ours), "peer_seconds": _mean(theirs)}
    pairs = [(peer, own) for peer, own in zip(theirs, ours, strict=True) if peer and own]
    if len(pairs) < len(ours):
        return row
    row["ratio"], row["low"], row["high"] = ratio([peer / own for peer, own in pairs])
    return row


def ratio(ratios: Sequence[float]) -> tuple[float, float | None, float | None]:
    """Geometric mean and Student's t interval at 95 % on the logarithm; of one ratio there is no interval."""
    if len(ratios) == 1:
        return ratios[0], None, None
    interval = statistics.ratio(ratios, level=0.95)
    return interval.estimate, interval.low, interval.high


def _mean(seconds: Sequence[float | None]) -> float | None:
    known = [value for value in seconds if value is not None]
    return fmean(known) if len(known) == len(seconds) else None


def shares(workload: Workload, measured: Measured) -> Iterator[Row]:
    """How much of the matrix-product peak ours and hand-written JAX reach, a mean over rounds."""
    for peer, results in measured.results.items():
        if PEERS[peer].cold or not PEERS[peer].whole or any(not result.steady for result in results):
            continue
        rates = [workload.operations() / (result.steady or 1.0) for result in results]
        yield {
            "workload": workload.name,
            "peer": peer,
            "gigaflops": fmean(rates) / 1e9,
            "peak_gigaflops": fmean(measured.peaks) / 1e9,
            "share": fmean(rate / peak for rate, peak in zip(rates, measured.peaks, strict=True)),
        }
