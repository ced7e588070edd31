"""The commands `trials` and `pilots`: the numbers behind a claim, summed up arm by arm, or each in a row. No Keras."""

import csv
import io
import statistics
from collections.abc import Iterator, Sequence

from common.errors import UserError
from common.trials import Trial
from suite import cells, digits, evidence, margins, recorded, registry
from suite.claims import Claim

HEAD = ("reproduction", "study", "arm", "seed", "status", "steps", "stopped", "metric", "value", "what")


def printed(name: str, claim: Claim, *, pilots: bool, as_csv: bool) -> str:
    """What the command prints.

    Raises:
        UserError: no trial is on record.
    """
    trials = [trial for _, trial in recorded.read_by({claim.id: (name, claim)}, pilots=pilots)]
    if not trials:
        what, tier = ("pilot", "pilot") if pilots else ("trial", "full")
        train = f"train some with: repro run {claim.id} --tier {tier}"
        raise UserError(f"no {what} of {claim.id} is on record in {registry.results()}; {train}")
    if as_csv:
        return _csv(name, trials)
    found = [*_lines(name, trials), *(_bounds(claim, trials) if pilots else ())]
    return "\n".join(found) + "\n"


def _bounds(claim: Claim, pilots: Sequence[Trial]) -> Iterator[str]:
    """What the pilots allow the quick bounds to be, on each data set that they were run on."""
    known = (margins.told(margin) for data in ("mnist", "digits") for margin in margins.margins(claim, pilots, data))
    if found := list(dict.fromkeys(known)):
        yield "quick bounds, by the normal tail of the pilots:"
        yield from (f"    {line}" for line in found)


def _csv(name: str, trials: Sequence[Trial]) -> str:
    """Tidy: a row for each number; empty where a seed came to none. Text that a spreadsheet would run is escaped."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for trial in trials:
        meanings = registry.metrics(name, trial.study)
        for metric in sorted(trial.metrics):
            value = trial.metrics[metric]
            facts = (trial.study, trial.arm, trial.seed, trial.status, trial.steps, trial.stopped, metric)
            row = (name, *facts, "" if value is None else evidence.rounded(value), meanings.get(metric, ""))
            writer.writerow([cells.inert(cell) for cell in row])
    return text.getvalue()


def _lines(name: str, trials: Sequence[Trial]) -> Iterator[str]:
    """A line for each metric of each arm."""
    arms: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        arms.setdefault((trial.study, trial.arm), []).append(trial)
    for (study, arm), own in arms.items():
        lost = sum(trial.status != "ok" for trial in own)
        seeds = f"{own[0].seed} to {own[-1].seed}" if len(own) > 1 else f"{own[0].seed}"
        yield f"{name}/{study}/{arm}: {len(own)} seeds ({seeds}), {own[0].backend}, {lost} failed"
        meanings = registry.metrics(name, study)
        for metric in sorted({metric for trial in own for metric in trial.metrics}):
            values = [value for trial in own if (value := trial.metrics.get(metric)) is not None]
            if values:
                middle, low, high = (digits.told(f(values), 6) for f in (statistics.median, min, max))
                of = "" if len(values) == len(own) else f" of {len(values)} seeds"
                yield f"    {metric}: median {middle}, {low} to {high}{of}; {meanings.get(metric, '?')}"
