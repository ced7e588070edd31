"""Claims about training neural networks, each with its studies, evidence and verdict."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas


def load_results(name: str, edition: Literal[1, 2] = 2) -> "pandas.DataFrame":
    """The trials on record of a reproduction: one row for each seed of each arm of each study, sorted by these three.

    First come 14 columns that every trial has: `study`, `arm`, `seed`; `tier` (`full` or `gpu`); `status` (`ok`, or
    why it failed, with `reason`); `steps` of the optimiser, and whether a rule `stopped` it before its budget;
    `seconds` of wall time, of seeds trained side by side (`lanes`) all in the first; `backend`, `dataset`,
    `data_sha256` and the `key` that dates it. Then a column of floats for each metric, not a number where its study
    has none. `attrs["metrics"]` says by study what each metric of today's studies is, its unit after the last comma.

    Numbers and names are exactly those of the record; pandas' own reader takes names such as `None` for absent.

        table = load_results("parity", edition=1)
        table.groupby(["study", "arm"])["test_accuracy"].median()
        table.attrs["metrics"]["initialisation"]["test_accuracy"]

    Args:
        edition: 2 is judged today, on seeds from 1000; 1 is history, on seeds from 0.

    Raises:
        UserError: the reproduction has no trials on record, or there is no such edition.
    """
    import pandas

    from common.errors import UserError
    from suite import evidence, registry

    if edition not in (1, 2):
        raise UserError(f"there is no edition {edition!r}; give 1 or 2, a number.")
    folder = registry.results() if edition == 2 else registry.edition_1()
    paths = {known: folder / known / "trials.csv" for known in registry.names()}
    path = paths.get(name)
    if path is None or not path.exists():
        there = ", ".join(known for known, found in paths.items() if found.exists())
        hint = f"there are {there}." if there else "those of edition 1 come with edition=1."
        raise UserError(f"no trials on record for {name!r} in {folder}; {hint}")
    trials = evidence.read_trials(path)
    metrics = sorted({metric for trial in trials for metric in trial.metrics})
    columns = {column: [getattr(trial, column) for trial in trials] for column in evidence.COLUMNS}
    columns |= {metric: [trial.metrics.get(metric) for trial in trials] for metric in metrics}
    table = pandas.DataFrame(columns).astype(dict.fromkeys(metrics, float))
    table.attrs["metrics"] = {study: dict(registry.metrics(name, study)) for study in registry.study_names(name)}
    return table
