"""What a seed's final losses over a grid of rates say: which rates blow up, which are safe, which are of use. No Keras.

Rates go by their log10. Losses are in units of the baseline, the best answer that ignores the input; None is one that
is not finite. Where no rate qualifies, the end of a range lies a step of the grid below it, so that a seed without one
counts as the smallest and never as missing.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from common.training import Experiment, Run, train

BLOWN_UP = 2.0  # times the larger of the loss at the start and the baseline
USABLE = 1.1  # baselines: a rate ends no worse than knowing nothing
LEARNED = 0.8  # baselines: a rate ends knowing something
NONE = "none"

Losses = Mapping[float, float | None]
Chosen = Mapping[str, float]
"""A clip's log10 rate, chosen on pilot seeds by the validation loss."""


@dataclass(frozen=True)
class Column:
    """Losses of one seed and clip norm: at the start, and by log10 rate the last ones on both held-out sets."""

    start: float
    validation: Losses
    test: Losses


def finite(loss: float | None) -> float:
    """A loss, infinite where there is none."""
    return loss if loss is not None and math.isfinite(loss) else math.inf


def shown(loss: float | None) -> float | None:
    """A loss as a trial records it."""
    return loss if loss is not None and math.isfinite(loss) else None


def blown(loss: float | None, start: float) -> bool:
    """Whether a run ended far above where it began, and above the baseline, or in no number at all."""
    return finite(loss) > BLOWN_UP * max(start, 1.0)


def below(losses: Losses) -> float:
    """What stands for a rate below the grid."""
    lowest, following = sorted(losses)[:2]
    return 2 * lowest - following


def largest_safe(column: Column) -> float:
    """log10 of the largest rate such that neither it nor any lower one blows up."""
    safe = below(column.test)
    for rate in sorted(column.test):
        if blown(column.test[rate], column.start):
            break
        safe = rate
    return safe


def largest_under(column: Column, bound: float) -> float:
    """log10 of the upper end of the unbroken run of rates that end at `bound` or less, around the one of least loss."""
    best = least(column.test)
    if best is None or finite(column.test[best]) > bound:
        return below(column.test)
    largest = best
    for rate in sorted(rate for rate in column.test if rate > best):
        if finite(column.test[rate]) > bound:
            break
        largest = rate
    return largest


def least(losses: Losses) -> float | None:
    """The rate of the least loss; none where no loss is finite."""
    known = {rate: finite(loss) for rate, loss in losses.items() if math.isfinite(finite(loss))}
    return min(known, key=lambda rate: known[rate]) if known else None


def compared(columns: Mapping[str, Column], chosen: Chosen) -> dict[str, float | None]:
    """Of each clip norm of a seed: the ends of its ranges, the share of rates that blow up, the loss at the chosen."""
    found: dict[str, float | None] = {}
    for clip, column in columns.items():
        blown_up = [blown(loss, column.start) for loss in column.test.values()]
        found[f"usable_{clip}"] = largest_under(column, USABLE)
        found[f"learning_{clip}"] = largest_under(column, LEARNED)
        found[f"blown_{clip}"] = sum(blown_up) / len(blown_up)
        if clip in chosen:
            found[f"loss_{clip}"] = shown(column.test[chosen[clip]])
        if clip != NONE:
            found[f"range_{clip}"] = largest_under(column, USABLE) - largest_under(columns[NONE], USABLE)
            found[f"learning_range_{clip}"] = largest_under(column, LEARNED) - largest_under(columns[NONE], LEARNED)
    return found


def unclipped(control: Column, clipped: float | None, chosen: float) -> dict[str, float | None]:
    """The largest safe rate of a seed and the loss of the best of its safe rates, beside a clipped net's.

    The largest itself may be on the brink of blowing up: that it ends badly would not show that it was too small.

    Args:
        clipped: what the clipped net comes to at the rate `chosen`, log10 of one of the grid.
    """
    safe = largest_safe(control)
    best = least({rate: control.validation[rate] for rate in control.test if rate <= safe})
    return {
        "log10_safe_rate": safe,
        "start_loss": control.start,
        "safe_loss": control.start if best is None else shown(control.test[best]),
        "clipped_loss": shown(clipped),
        "blown_at_clipped_rate": float(blown(control.test[chosen], control.start)),
    }


def validated(column: Column, name: str) -> dict[str, float | None]:
    """The validation loss at each rate as a metric: `name`, and the log10 rate."""
    return {f"{name}_{rate:g}": shown(loss) for rate, loss in column.validation.items()}


def columns(
    base: Experiment, norms: Mapping[str, float], grid: Mapping[str, Sequence[float]], seeds: Sequence[int], lanes: int
) -> Iterator[tuple[int, dict[str, Column], list[Run]]]:
    """Each seed trained from every cell of a grid, clip to log10 rates; `norms` are the values of the clips.

    Initial weights and order of data are those of the seed in all cells, and the held-out sequences too.
    """
    cells: dict[tuple[str, float], list[Run]] = {}
    for clip, rates in grid.items():
        for rate in rates:
            hyper = {**base.hyper, "clip": norms[clip], "learning_rate": 10**rate}
            cells[clip, rate] = list(train(replace(base, hyper=hyper), seeds, lanes=lanes))
    for number, seed in enumerate(seeds):
        own = {cell: runs[number] for cell, runs in cells.items()}
        yield seed, {clip: _column({r: own[clip, r] for r in rates}) for clip, rates in grid.items()}, [*own.values()]


def _column(runs: Mapping[float, Run]) -> Column:
    def last(name: str) -> dict[float, float | None]:
        return {rate: run.metrics.get(name) for rate, run in runs.items()}

    start = next(iter(runs.values())).curves["test_relative"][0][1]
    return Column(start, last("validation_relative"), last("test_relative"))


def together(seed: int, runs: Sequence[Run], found: Mapping[str, float | None], cells: Mapping[str, Column]) -> Run:
    """One trial of all cells of a seed; the curve `loss_<clip>` has its finite losses over 100 · log10 of the rate.

    Cells that diverge are what is asked, so the trial is never a failed one.
    """
    curves = {f"loss_{clip}": _finite(c.test) for clip, c in cells.items()}
    curves |= {f"validation_{clip}": _finite(c.validation) for clip, c in cells.items()}
    steps = sum(run.steps for run in runs)
    return Run(seed=seed, status="ok", steps=steps, stopped=False, metrics=dict(found), curves=curves)


def _finite(losses: Losses) -> list[tuple[int, float]]:
    return [(round(100 * rate), finite(losses[rate])) for rate in sorted(losses) if math.isfinite(finite(losses[rate]))]
