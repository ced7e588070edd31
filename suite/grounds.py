"""Whether the verdicts on record follow from its trials; one that does not is told to nobody. No Keras."""

import json
from collections.abc import Iterable, Iterator

from common.errors import UserError
from suite import ancestry, answers, history, manifest, registry, tampering


def refuse(names: Iterable[str], *, again: bool = True) -> None:
    """Refuses to cite, publish or count verdicts of reproductions unless they follow from trials as they were recorded.

    Args:
        again: judge them again, which takes a second or more. Else only those whose file is not what the manifest
            lists: a light command has no time for more, and an edit to which the manifest was made to match is left to
            `repro verify`, but for a word that the history does not have.

    Raises:
        UserError: a trial, a verdict or a forecast is another, with what to do. Nothing was written.
    """
    wanted = list(names)
    tampering.refuse(wanted)
    if again:
        ancestry.refuse_forecasts()
    record = registry.results()
    for name in wanted:
        path = record / name / "verdicts.json"
        if again or not manifest.as_listed(record, f"{name}/{path.name}"):
            other = next(departures(name, stale=False), "")
        else:
            behind = history.behind(name, registry.recorded_verdicts(name))
            other = f"{behind[0]} does not end in its verdict in history.jsonl" if behind else ""
        if other:
            raise UserError(f"{other}; see {path}. Nothing was written. Make it from its trials with: repro export")


def departures(name: str, *, stale: bool = True) -> Iterator[str]:
    """Where the verdicts on record of a reproduction say what its trials do not give.

    Args:
        stale: also where they only came to be stale, as claim, study or engine changed since; readers are told so.
    """
    from suite import recording  # which brings all that judges, for which a light command has no time

    recorded = registry.recorded_verdicts(name)
    for claim, verdict in json.loads(json.dumps(recording.described_module(name))).items():
        said = recorded.get(claim)
        if verdict["verdict"] == "stale" and not stale:
            continue
        if said is None and verdict["verdict"] != "not run":
            yield f"{name}/verdicts.json: {claim} is missing; the trials give {verdict['verdict']}"
        elif said is not None and said != verdict:
            yield answers.difference(claim, said, verdict)
