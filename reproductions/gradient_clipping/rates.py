"""What a seed's final losses over a grid of rates say: which rates blow up, which are of use, which is best. No Keras.

Rates go by the places of a grid in half decades: place 2e is the rate 10^e. Losses are in units of the baseline, the
best answer that ignores the input; None is one that is not finite. Ends of ranges are log10 of rates, and half a decade
below the grid where no rate qualifies, so that a seed without one counts as the smallest and never as missing.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from common.training import Experiment, Run, train

BLOWN_UP = 2.0  # times the larger of the loss at the start and the baseline
USABLE = 1.1  # baselines: a rate ends no worse than knowing nothing
WIDENED, IMPROVED = 1.0, 0.2  # "huge": so many decades of rates more, or such a share of the least loss less
NONE = "none"

Losses = Mapping[int, float | None]


@dataclass(frozen=True)
class Column:
    """Losses of one seed and clip norm: at the start, and by place the last ones on both held-out sets."""

    start: float
    validation: Losses
    test: Losses


def finite(loss: float | None) -> float:
    """A loss, infinite where there is none."""
    return loss if loss is not None and math.isfinite(loss) else math.inf


def blown(loss: float | None, start: float) -> bool:
    """Whether a run ended far above where it began, and above the baseline, or in no number at all."""
    return finite(loss) > BLOWN_UP * max(start, 1.0)


def below(losses: Losses) -> float:
    """What stands for a rate below the grid."""
    return (min(losses) - 1) / 2


def largest_safe(column: Column) -> float:
    """log10 of the largest rate such that neither it nor any lower one blows up."""
    safe = below(column.test)
    for place in sorted(column.test):
        if blown(column.test[place], column.start):
            break
        safe = place / 2
    return safe


def largest_usable(column: Column) -> float:
    """log10 of the upper end of the unbroken run of usable rates around the one of least loss."""
    best = least(column.test)
    if best is None or finite(column.test[best]) > USABLE:
        return below(column.test)
    above = [place for place in sorted(column.test) if place >= best]
    for place, following in zip(above, [*above[1:], None], strict=True):
        if following is None or finite(column.test[following]) > USABLE:
            return place / 2
    raise AssertionError("the last place has none that follows")


def least(losses: Losses) -> int | None:
    """The place of the least loss; none where no loss is finite."""
    known = {place: finite(loss) for place, loss in losses.items() if math.isfinite(finite(loss))}
    return min(known, key=lambda place: known[place]) if known else None


def best_loss(column: Column) -> tuple[float, float]:
    """The validation and test loss at the rate of least validation loss; infinite where all runs diverged."""
    place = least(column.validation)
    return (math.inf, math.inf) if place is None else (finite(column.validation[place]), finite(column.test[place]))


def best_clip(columns: Mapping[str, Column]) -> str:
    """The clip norm whose best rate has the least validation loss."""
    return min(columns, key=lambda clip: best_loss(columns[clip])[0])


def shown(loss: float) -> float | None:
    """A loss as a trial records it."""
    return loss if math.isfinite(loss) else None


def gain(treated: float, control: float) -> float:
    """The share of a loss that a treatment takes off; from infinite to finite all of it, between equal ones nothing."""
    if treated == control:
        return 0.0
    if math.isinf(treated):
        return -math.inf
    return 1.0 if math.isinf(control) else 1 - treated / control


def huge(decades: float, share: float) -> float:
    """1 where the range is wide enough *or* the loss low enough, else 0."""
    return float(decades >= WIDENED or share >= IMPROVED)


def compared(columns: Mapping[str, Column]) -> dict[str, float | None]:
    """All clip norms of a seed held against none: ranges, losses, and whether the difference is huge.

    The norm is tuned as the rate is: `huge` takes the widest range of the norms, and the loss of the norm that
    validation prefers; `huge_<clip>` looks at one norm alone.
    """
    found: dict[str, float | None] = {}
    for clip, column in columns.items():
        found[f"safe_{clip}"], found[f"usable_{clip}"] = largest_safe(column), largest_usable(column)
        found[f"best_loss_{clip}"] = shown(best_loss(column)[1])
        blown_up = [blown(loss, column.start) for loss in column.test.values()]
        found[f"blown_{clip}"] = sum(blown_up) / len(blown_up)
    control, norms = columns[NONE], [clip for clip in columns if clip != NONE]
    decades = {clip: largest_usable(columns[clip]) - largest_usable(control) for clip in norms}
    shares = {clip: gain(best_loss(columns[clip])[1], best_loss(control)[1]) for clip in norms}
    for clip in norms:
        found[f"range_{clip}"], found[f"gain_{clip}"] = decades[clip], shown(shares[clip])
        found[f"huge_{clip}"] = huge(decades[clip], shares[clip])
    chosen = best_clip({clip: columns[clip] for clip in norms})
    found["range_clipped"], found["gain_clipped"] = max(decades.values()), shown(shares[chosen])
    found["best_loss_clipped"] = shown(best_loss(columns[chosen])[1])
    found["huge"] = huge(max(decades.values()), shares[chosen])
    return found


def excess(columns: Mapping[str, Column]) -> dict[str, float | None]:
    """Each threshold's test loss over that of the threshold validation prefers, less one; each at its own best rate."""
    best = best_loss(columns[best_clip(columns)])[1]
    found: dict[str, float | None] = {}
    for clip, column in columns.items():
        loss, place = best_loss(column)[1], least(column.validation)
        found[f"best_loss_{clip}"], found[f"rate_{clip}"] = shown(loss), None if place is None else place / 2
        # A share of next to nothing may be large: what it comes to in baselines stands beside it.
        found[f"excess_{clip}"] = shown(loss / best - 1) if 0 < best < math.inf else None
        found[f"gap_{clip}"] = shown(loss - best) if best < math.inf else None
    return found


def unclipped(control: Column, clipped: Column) -> dict[str, float | None]:
    """The largest safe rate of a seed, the loss of the best of its safe rates, and the least that clipping reaches.

    The largest itself may be on the brink of blowing up: that it ends badly would not show that it was too small.
    """
    safe = largest_safe(control)
    places = [place for place in control.test if place <= 2 * safe]
    chosen = least({place: control.validation[place] for place in places})
    return {
        "log10_safe_rate": safe,
        "start_loss": control.start,
        "safe_loss": control.start if chosen is None else shown(finite(control.test[chosen])),
        "best_loss_none": shown(best_loss(control)[1]),
        "best_loss_clipped": shown(best_loss(clipped)[1]),
    }


def columns(
    base: Experiment, norms: Mapping[str, float], grid: Mapping[str, Sequence[int]], seeds: Sequence[int], lanes: int
) -> Iterator[tuple[int, dict[str, Column], list[Run]]]:
    """Each seed trained from every cell of a grid, clip to places of rates; `norms` are the values of the clips.

    Initial weights and order of data are those of the seed in all cells, and the held-out sequences too.
    """
    cells: dict[tuple[str, int], list[Run]] = {}
    for clip, places in grid.items():
        for place in places:
            hyper = {**base.hyper, "clip": norms[clip], "learning_rate": 10 ** (place / 2)}
            cells[clip, place] = list(train(replace(base, hyper=hyper), seeds, lanes=lanes))
    for number, seed in enumerate(seeds):
        own = {cell: runs[number] for cell, runs in cells.items()}
        yield seed, {clip: _column({p: own[clip, p] for p in places}) for clip, places in grid.items()}, [*own.values()]


def _column(runs: Mapping[int, Run]) -> Column:
    def last(name: str) -> dict[int, float | None]:
        return {place: run.metrics.get(name) for place, run in runs.items()}

    start = next(iter(runs.values())).curves["test_relative"][0][1]
    return Column(start, last("validation_relative"), last("test_relative"))


def together(seed: int, runs: Sequence[Run], found: Mapping[str, float | None], cells: Mapping[str, Column]) -> Run:
    """One trial of all cells of a seed; a cell's loss is `loss_<clip>_<log10 rate>`, absent where it is not finite.

    Cells that diverge are what is asked, so the trial is never a failed one.
    """
    losses = {
        f"loss_{clip}_{place / 2:g}": shown(finite(loss)) for clip, c in cells.items() for place, loss in c.test.items()
    }
    steps = sum(run.steps for run in runs)
    return Run(seed=seed, status="ok", steps=steps, stopped=False, metrics={**found, **losses}, curves={})
