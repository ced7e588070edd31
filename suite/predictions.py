"""What was predicted of each run, kept beside what happened, and how right it was. In `REPRO_HOME`; no Keras."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from common.errors import UserError
from suite import intact, machine, registry

GOOD = 1.3
"""A prediction within this factor, either way, is a good one."""
LEAST = 10.0  # core-seconds below which a module's ratio says nothing
WHOLE = "all batches"
"""In place of a study: all that a run trained of a module, whose number of seeds was predicted too."""

Row = Mapping[str, Any]
ROW: intact.Shape = {
    **dict.fromkeys(("module", "study", "tier"), str),
    "busy": bool,
    "trials": [float, float],
    "core_seconds": [float, float],
    "seconds": ([float, float], None),
}


def path() -> Path:
    return registry.home() / "predictions.jsonl"


def keep(
    module: str, study: str, tier: str, workers: int, *, trials: Sequence[int], core: Sequence[float], wall: Any = None
) -> None:
    """Adds a line; each pair is what was predicted and what happened: trials, core-seconds, and seconds if known.

    A run beside other work is marked, as it takes longer for no fault of the prediction.
    """
    row = {
        "date": datetime.now(UTC).date().isoformat(),
        "module": module,
        "study": study,
        "tier": tier,
        "workers": workers,
        "busy": machine.busy(workers),
        "trials": list(trials),
        "core_seconds": [round(value, 3) for value in core],
        "seconds": None if wall is None else [round(value, 3) for value in wall],
    }
    with suppress(OSError), path().open("a", encoding="utf-8") as file:  # no run fails for want of it
        file.write(json.dumps(row) + "\n")


def kept() -> list[Row]:
    """All lines; one that a crash cut short is left out."""
    found = []
    for line in path().read_text(encoding="utf-8", errors="replace").splitlines() if path().exists() else ():
        try:
            found.append(intact.value(path(), ROW, line))
        except UserError:
            continue
    return found


def scored(rows: Iterable[Row]) -> list[str]:
    """By module and tier, predicted over happened: of the trials that were trained, and of all batches of a run.

    What ran beside other work is a line of its own, and not judged.
    """
    groups: dict[tuple[str, str, bool, bool], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["module"], row["tier"], row["study"] == WHOLE, row["busy"]), []).append(row)
    if not groups:
        return [f"no prediction was kept yet; `repro run --tier full` or pilot writes {path()}"]
    text = [f"{'module':<20} {'tier':<6} {'what':<13} {'trials':>7} {'core-min':>9} {'predicted':>9} {'of time':>8}"]
    good = judged = 0
    for (module, tier, whole, busy), group in sorted(groups.items()):
        core = _ratio([row["core_seconds"] for row in group])
        wall = _ratio([row["seconds"] for row in group if row["seconds"]])
        spent = sum(row["core_seconds"][1] for row in group)
        what = WHOLE if whole else "given seeds"
        trials = sum(row["trials"][1] for row in group)
        text.append(
            f"{module:<20} {tier:<6} {what:<13} {trials:>7} {spent / 60:>9.1f} {_times(core):>9} {_times(wall):>8}"
            + busy * "  beside other work"
        )
        if spent >= LEAST and core is not None and not busy:
            judged += 1
            good += 1 / GOOD <= core <= GOOD
    text.append(f"{good} of {judged} within a factor {GOOD}; × 2 is twice of what happened")
    return text


def _ratio(pairs: Sequence[Sequence[float]]) -> float | None:
    predicted, happened = (math.fsum(column) for column in zip(*pairs, strict=True)) if pairs else (0.0, 0.0)
    return predicted / happened if predicted and happened else None


def _times(ratio: float | None) -> str:
    return "–" if ratio is None else f"× {ratio:.2f}"
