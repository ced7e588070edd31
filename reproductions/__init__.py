"""Claims about training neural networks, each with its studies, evidence and verdict."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas


def load_results(name: str) -> "pandas.DataFrame":
    """The trials on record of a reproduction: one row a trial, a column for each metric (not a number when absent).

    Numbers and names are exactly those of the record; pandas' own reader takes names such as `None` for absent.

    Raises:
        UserError: the reproduction has no trials on record.
    """
    import pandas

    from common.errors import UserError
    from suite import evidence, registry

    paths = {known: registry.results() / known / "trials.csv" for known in registry.names()}
    path = paths.get(name)
    if path is None or not path.exists():
        known = ", ".join(known for known, found in paths.items() if found.exists())
        raise UserError(f"no trials on record for {name!r} in {registry.results()}; there are {known}.")
    trials = evidence.read_trials(path)
    metrics = sorted({metric for trial in trials for metric in trial.metrics})
    columns = {column: [getattr(trial, column) for trial in trials] for column in evidence.COLUMNS}
    columns |= {metric: [trial.metrics.get(metric) for trial in trials] for metric in metrics}
    return pandas.DataFrame(columns).astype(dict.fromkeys(metrics, float))
