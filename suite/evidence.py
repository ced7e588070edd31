"""Reads and writes the record of a reproduction: its trials, provenance and verdicts under `results/`. No Keras."""

import json
import math
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from common.engine.checking import recordable
from common.trials import NUMERICS, Trial
from suite import cells, formats, intact, negative_controls, registry
from suite.claims import FIRST_SEED, Claim
from suite.judging import Evidence, Verdict, judge, most_seeds
from suite.questions import Observation
from suite.records import Provenance, canonical_json, sha256

COLUMNS = (
    "study", "arm", "seed", "tier", "status", "reason", "steps", "stopped", "seconds", "lanes", "backend", "dataset",
    "data_sha256", "key",
)  # fmt: skip
PAYLOAD = "payload_sha256"  # the column, and of unfinished trials the field, that holds a trial's own hash
NULL = "null"  # a metric that came to no finite number, as in the journal's JSON
CURVES = ("study", "arm", "seed", "metric", "steps", "values")
CURVE_POINTS, CURVE_SEEDS = 21, 3  # keep a module under 2 MB


def read_trials(path: Path) -> list[Trial]:
    """The rows of a `trials.csv`, without curves; none when there is no file.

    Raises:
        UserError: the file is not what `write_trials` writes, naming the row.
    """
    if not path.exists():
        return []
    content = intact.content(path)
    before, trials = _latest.get(path, (b"", ()))
    if before != content:
        trials = tuple(_parsed(path))
        _latest[path] = content, trials
    return list(trials)


_latest: dict[Path, tuple[bytes, tuple[Trial, ...]]] = {}
"""What a file was last found to hold: one command asks for the same trials up to five times."""


def _parsed(path: Path) -> list[Trial]:
    trials = []
    for number, row in enumerate(cells.read(path), start=2):
        try:
            metrics = {name: _number(text) for name, text in row.items() if text and name not in _NO_METRICS}
            if odd := next((name for name, form in _FORMS.items() if not form.fullmatch(row[name])), ""):
                raise ValueError(f"{odd} is {row[odd]!r:.40}")
            fields = {name: row[name] for name in COLUMNS if name not in ("reason", "stopped")}
            trials.append(
                Trial.model_validate(
                    fields | {"metrics": metrics, "reason": row["reason"], "stopped": row["stopped"] == "True"}
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            raise intact.damage(path, error, number) from None
    return trials


_NO_METRICS = frozenset((*COLUMNS, PAYLOAD))


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file of the record as names to texts, each as it was before `inert`; none without a file.

    Raises:
        UserError: the file is not what the record's writer writes, naming the row.
    """
    return cells.read(path) if path.exists() else iter(())


def row_sha256(row: Mapping[str, str]) -> str:
    """The hash that a trial carries on record: of the canonical JSON of its row, name to text, `PAYLOAD` left out.

    Empty cells are left out too, so that it follows from the row alone, whatever the order of rows and columns and
    whichever metrics other trials have. It is made from a trial as it comes from the journal, whose own hash is of the
    trial's JSON: that one has curves and all digits, tells a damaged disk, and stays on the machine that trained; this
    one has what is on record, tells an edit, and goes where the record goes. Neither is made from what a `trials.csv`
    says: a row is written again only once its hash was found to be its own (`tampering.refuse`).
    """
    return sha256(canonical_json({name: text for name, text in row.items() if text and name != PAYLOAD}))


def write_trials(path: Path, trials: Iterable[Trial], *, hashed: bool = True) -> None:
    """Writes one row a trial, sorted, metrics as columns after `COLUMNS` and, where it is asked for, the row's hash.

    A metric that a trial does not have is an empty cell; one that came to no finite number is `null`, as a loss where
    the net diverged: a check reads that as an outcome, and a name that no trial has as a mistake. Nine significant
    digits tell any two numbers of single precision apart.

    Raises:
        ValueError: a metric has the name of another column.
    """
    trials = sorted(trials, key=lambda t: (t.study, t.arm, t.seed))
    names = sorted({name for trial in trials for name in trial.metrics})
    recordable(dict.fromkeys(names))
    head = [*COLUMNS, *([PAYLOAD] if hashed else ()), *names]
    cells.write(path, [head, *([row.get(name, "") for name in head] for row in (as_row(t, hashed) for t in trials))])


def as_row(trial: Trial, hashed: bool = True) -> dict[str, str]:
    """A trial as the record holds it, name to text."""
    found = {name: str(getattr(trial, name)) for name in COLUMNS} | {"seconds": str(round(trial.seconds, 2))}
    found |= {name: str(_cell(metric)) for name, metric in trial.metrics.items()}
    return found | ({PAYLOAD: row_sha256(found)} if hashed else {})


def _cell(metric: float | None) -> float | str:
    return NULL if metric is None else rounded(metric)


def _number(text: str) -> float | None:
    """Not what Python takes for a number: nan, infinity, 1_000 and other alphabets' digits are none of the writer's."""
    if text == NULL:
        return None
    if not _DECIMAL.fullmatch(text) or not math.isfinite(number := float(text)):
        raise ValueError(f"{text!r:.40} is no finite number")
    return number


_WHOLE, _STEP, _DECIMAL = (
    re.compile(r"[0-9]+"),
    re.compile(r"-?[0-9]+"),
    re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?"),
)
_FORMS = {**dict.fromkeys(("seed", "steps", "lanes"), _WHOLE), "seconds": _DECIMAL, "stopped": re.compile("True|False")}


def read_unfinished(path: Path) -> list[Trial]:
    """The trials of studies that a run left incomplete, one a line as JSON; none when there is no file.

    They only serve a later run: nothing is judged or drawn from them before that. As it takes them for finished, each
    carries its hash as the trials on record do, here of its JSON with the curves.

    Raises:
        UserError: a line is no trial, or not the one that was written, naming it.
    """
    trials: list[Trial] = []
    said = intact.text(path).split("\n")  # a text in them may hold any other sign that ends a line
    lines = said[: len(said) - (not said[-1])]
    hashed = any(f'"{PAYLOAD}"' in line for line in lines)
    for number, line in enumerate(lines, start=1):
        try:
            fields = json.loads(line)
            if hashed and PAYLOAD not in fields:
                raise ValueError("it carries no hash, as others do")
            if PAYLOAD in fields and fields.pop(PAYLOAD) != sha256(canonical_json(fields)):
                raise ValueError("it is not the trial that was written")
            trials.append(Trial.model_validate(fields))
        except (AttributeError, RecursionError, TypeError, ValueError) as error:
            raise intact.damage(path, error, number) from None
    return trials


def unfinished_line(trial: Trial) -> str:
    """A trial as `read_unfinished` reads it."""
    fields = json.loads(trial.model_dump_json())
    return json.dumps(fields | {PAYLOAD: sha256(canonical_json(fields))}) + "\n"


def rounded(metric: float) -> float:
    """A metric as the record holds it."""
    return float(f"{metric:.9g}")


def write_curves(path: Path, trials: Iterable[Trial], before: Path, question: str) -> None:
    """Writes one row a curve: at most 21 steps and their values to five digits, of the first 3 seeds of each arm.

    What the file `before` holds is kept for other studies, and for those of the trials that come without curves, as
    all do that are on record already.
    """
    rows: dict[tuple[str, str, int, str], tuple[str, str]] = {}
    for trial in trials:
        for metric, points in trial.curves.items() if has_curves(trial) else []:
            thinned = points[:: -(-len(points) // CURVE_POINTS) or 1]
            known = [(step, value) for step, value in thinned if value is not None]
            if not known:  # a run that diverged at once
                continue
            steps, values = (" ".join(column) for column in zip(*((str(x), f"{y:.5g}") for x, y in known), strict=True))
            rows[trial.study, trial.arm, trial.seed, metric] = steps, values
    bare = {(t.study, t.arm, t.seed) for t in trials if not t.curves}
    for row in _curve_rows(before):
        if row["study"] != question or _trial_of(row) in bare:
            rows[*_trial_of(row), row["metric"]] = row["steps"], row["values"]
    cells.write(path, [CURVES, *([*key, *rows[key]] for key in sorted(rows))])


def joined_curves(here: Path, other: Path) -> list[Sequence[str]]:
    """The rows, names first, of all curves of `other` and of those trials of `here` that have none there."""
    theirs = list(_curve_rows(other))
    drawn = {_trial_of(row) for row in theirs}
    kept = [row for row in _curve_rows(here) if _trial_of(row) not in drawn]
    lines = [[row[name] for name in CURVES] for row in (*theirs, *kept)]
    return [CURVES, *sorted(lines, key=lambda row: (row[0], row[1], int(row[2]), row[3]))]


def _trial_of(row: Mapping[str, str]) -> tuple[str, str, int]:
    return row["study"], row["arm"], int(row["seed"])


def has_curves(trial: Trial) -> bool:
    """Whether the record keeps the curves of a trial: those of the first three verdict seeds."""
    return FIRST_SEED <= trial.seed < FIRST_SEED + CURVE_SEEDS


def read_curves(path: Path) -> dict[tuple[str, str, str], dict[int, list[tuple[int, float]]]]:
    """(study, arm, metric) to seed to its points."""
    curves: dict[tuple[str, str, str], dict[int, list[tuple[int, float]]]] = defaultdict(dict)
    for row in _curve_rows(path):
        points = zip(map(int, row["steps"].split(" ")), map(float, row["values"].split(" ")), strict=True)
        curves[row["study"], row["arm"], row["metric"]][int(row["seed"])] = list(points)
    return curves


def _curve_rows(path: Path) -> Iterator[Mapping[str, str]]:
    """The rows of a `curves.csv`, each with as many steps as values and a seed that is one."""
    seen: set[tuple[str, ...]] = set()
    for number, row in enumerate(formats.curves(cells.read(path, CURVES[:4])) if path.exists() else (), start=2):
        try:
            key = tuple(row[name] for name in CURVES[:4])
            if lacks := [name for name in CURVES if name not in row]:
                raise ValueError(f"it has no column {lacks[0]!r}")
            steps, values = row["steps"].split(" "), row["values"].split(" ")
            numbers = [(_WHOLE, row["seed"]), *((_STEP, step) for step in steps), *((_DECIMAL, one) for one in values)]
            if not all(form.fullmatch(text) for form, text in numbers):
                raise ValueError("a seed, a step or a value is no number")
            if len(steps) != len(values) or key in seen:
                raise ValueError(f"{len(steps)} steps and {len(values)} values, or a curve that was there before")
        except ValueError as error:
            raise intact.damage(path, error, number) from None
        seen.add(key)
        yield row


def gather(trials: Iterable[Trial]) -> Evidence:
    """Trials in the form that `judge` reads."""
    evidence: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for t in trials:
        evidence[t.study, t.arm].append(Observation(t.seed, t.metrics, t.status != "ok", t.dataset))
    return evidence


def read_provenance(name: str, *, folder: Path | None = None) -> dict[str, Provenance]:
    """Study to the circumstances of its full run, in the record of `folder` where one is named."""
    path = (folder or registry.results()) / name / "provenance.json"
    if not path.exists():
        return {}
    fields = intact.value(path, {"*": {"study": str}})
    try:
        found = {study: Provenance.model_validate(said) for study, said in fields.items()}
        if odd := next((study for study, made in found.items() if made.study != study), ""):
            raise ValueError(f"what it calls {odd!r:.40} is of study {found[odd].study!r:.40}")
    except ValueError as error:
        raise intact.damage(path, error) from None
    return found


def staleness(name: str, claim: Claim, provenance: Mapping[str, Provenance], ran: Container[str]) -> str:
    """Why a claim's evidence no longer belongs to it; empty when it does. `ran` are the studies that have trials."""
    for question in claim.studies():
        made = provenance.get(question)
        if made is None:
            if question in ran:
                return f"study {question} has no provenance"
            continue
        if made.claims.get(claim.id) != claim.sha256():
            return "the claim's checks changed since the run"
        if made.code_sha256 != registry.code_now(name, question):
            return f"study {question} changed since the run"
        if made.numerics != NUMERICS:
            return "the engine's numerics changed since the run"
    return ""


def judge_module(name: str) -> list[Verdict]:
    """Recomputes the verdicts of a reproduction from the trials on record."""
    evidence = gather(read_trials(registry.results() / name / "trials.csv"))
    provenance, known = read_provenance(name), registry.claims(name)
    declared, ran = most_seeds(known), {study for study, _ in evidence}
    controls = registry.recorded_negatives(name)
    return [
        judge(
            claim,
            evidence,
            stale=staleness(name, claim, provenance, ran),
            declared=declared,
            refuted=negative_controls.refuted(claim, controls.get(claim.id)),
        )
        for claim in known
    ]
