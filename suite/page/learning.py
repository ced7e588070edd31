"""Learning curves of the worst, the median and the best seed of those whose curves are on record. No ML library."""

from collections.abc import Mapping, Sequence

from suite.claims import Check
from suite.page import charts
from suite.page.record import Record, metric
from suite.questions import Compares, Passes, Question, Row

Points = Mapping[int, Sequence[tuple[int, float]]]

LEARNING = ("validation_", "test_")
SIDE, TOP, FOOT = 44.0, 10.0, 128.0
RANKS = ("worst", "median", "best")
MOST_ARMS = 2


def curves(record: Record, check: Check, n: int) -> charts.Curves | None:
    """The curves of a check's arms, of the same three seeds each; None where the record keeps none.

    Worst and best are those of the seeds that speak least, and most, for the check, by how far they are from its bound.
    """
    kept = {arm: found for arm, asked in check.asks.reads() if (found := _kept(record, check.study, arm, asked))}
    rows = {next(iter(row.values())).seed: row for row in record.rows(check, n)}
    arms = [arm for arm, (name, _) in kept.items() if name == next(iter(kept.values()))[0]][:MOST_ARMS]
    seeds = [seed for seed in (kept[arms[0]][1] if arms else ()) if seed in rows]
    if check.bar == "exact" or not seeds:
        return None
    ranks = _ranked(check.asks, {seed: rows[seed] for seed in seeds})
    styles = {seed: rank or RANKS[place] for place, (seed, rank) in enumerate(ranks.items())}
    lines = [
        (place, arm, seed, points)
        for place, arm in enumerate(arms)
        for seed in ranks
        if len(points := kept[arm][1].get(seed, ())) > 1
    ]
    if not lines:
        return None
    steps = [step for *_, points in lines for step, _ in points]
    xs = charts.Scale(min(steps), max(steps), start=SIDE)
    ys = charts.scale([value for *_, points in lines for _, value in points], FOOT, TOP, level=True)
    paths = [
        charts.path(points, xs, ys, f"arm-{place} {styles[seed]}", f"{arm}, {_named(seed, ranks[seed])}")
        for place, arm, seed, points in lines
    ]
    what, unit = metric(record.name, check.study, kept[arms[0]][0])
    names = tuple((styles[seed], _named(seed, rank)) for seed, rank in ranks.items())
    label = f"{what}, {unit}" if unit else what
    return charts.Curves(tuple(paths), xs.ticks(), ys.ticks(), label, names, tuple(arms))


def _named(seed: int, rank: str) -> str:
    return f"{rank}: seed {seed}" if rank else f"seed {seed}"


def _kept(record: Record, study: str, arm: str, asked: str) -> tuple[str, Points] | None:
    """The metric whose curve tells most of the question, and its curve for each seed."""
    names = [m for s, a, m in record.curves if (s, a) == (study, arm)]
    wanted = [asked, *(name for start in LEARNING for name in names if name.startswith(start)), "train_loss"]
    found = next((name for name in wanted if name in names and "_over_" not in name), None)
    return (found, record.curves[study, arm, found]) if found else None


def _ranked(asks: Question, rows: Mapping[int, Row]) -> dict[int, str]:
    """Seed to its rank: all that there are of three, the ends alone of two, no rank where seeds have no order."""
    favours = {seed: _favour(asks, row) for seed, row in rows.items()}
    if any(favour is None for favour in favours.values()):
        return dict.fromkeys(list(rows)[: len(RANKS)], "")
    order = sorted(favours, key=lambda seed: favours[seed] or 0.0)
    chosen = {order[0]: "worst", order[len(order) // 2]: "median", order[-1]: "best"}
    return chosen


def _favour(asks: Question, row: Row) -> float | None:
    """How far a seed lies on the side that the question asks for; None where it failed or there is no such side."""
    if not isinstance(asks, Passes | Compares) or asks.relation == "==":
        return None
    value = row[asks.arm].number(asks.metric)
    if value is not None and isinstance(asks, Compares):
        other = row[asks.than].number(asks.than_metric or asks.metric)
        value = None if other is None else value - asks.times * other
    return value if value is None or asks.relation[0] == ">" else -value
