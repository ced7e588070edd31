"""The command `compare`: how one folder of results departs from another, verdict by verdict and number by number."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.errors import UserError
from common.home import named_folder
from common.trials import Trial, or_worst
from suite import evidence, formats, output, registry

Arm = tuple[str, str, str]
COUNTS = ("equal", "differ", "only in a", "only in b")
MOST = 5  # examples that are told of each arm


def compare(a: str, b: str, *, as_json: bool) -> int:
    """Prints how `b` departs from `a`; the exit code is 1 where it does.

    Raises:
        UserError: one of them is no folder of results, or a newer version wrote it.
    """
    folders = [_folder(word) for word in (a, b)]
    found = {"verdicts": _verdicts(*folders), "trials": _trials(*folders)}
    if as_json:
        print(output.as_json(found))
    else:
        for line in _lines(found, a, b):
            print(line)
    return int(bool(found["verdicts"]) or any(_departs(arm) for arm in found["trials"].values()))


def _folder(word: str) -> Path:
    path = named_folder(word, "the folder")
    if not path.is_dir():
        raise UserError(f"{word} is no folder; name two folders of results, as in: repro compare results other/results")
    if not any(path.glob("*/trials.csv")) and not any(path.glob("*/verdicts.json")):
        raise UserError(
            f"{word} holds no record: no folder of it has trials.csv or verdicts.json; name one that `repro` wrote"
        )
    formats.check(path)
    return path


def _names(*folders: Path) -> list[str]:
    return sorted({path.parent.name for folder in folders for path in folder.glob("*/*") if path.is_file()})


def _verdicts(a: Path, b: Path) -> dict[str, dict[str, Any]]:
    """Claims whose verdict or answer is another one; None where a folder has none, which is as good as not run."""
    found = {}
    for name in _names(a, b):
        before, now = (registry.recorded_verdicts(name, folder=folder) for folder in (a, b))
        for claim in dict.fromkeys((*before, *now)):
            pair = [{key: said.get(claim, {}).get(key) for key in ("verdict", "answer")} for said in (before, now)]
            if pair[0] != pair[1] and {said["verdict"] for said in pair} != {None, "not run"}:
                found[claim] = {"a": pair[0], "b": pair[1]}
    return found


def _trials(a: Path, b: Path) -> dict[str, dict[str, Any]]:
    """Of each arm: how many seeds are in both with equal numbers, in both with others, and in one alone."""
    rows: list[dict[tuple[str, str, str, int], Trial]] = [
        {
            (name, t.study, t.arm, t.seed): t
            for name in _names(folder)
            for t in evidence.read_trials(folder / name / "trials.csv")
        }
        for folder in (a, b)
    ]
    counts: dict[Arm, Counter[str]] = {}
    examples: dict[Arm, list[str]] = {}
    for key in dict.fromkeys((*rows[0], *rows[1])):
        arm, seed, pair = key[:3], key[3], (rows[0].get(key), rows[1].get(key))
        own = counts.setdefault(arm, Counter())
        if pair[0] is None or pair[1] is None:
            own["only in b" if pair[0] is None else "only in a"] += 1
        elif _outcome(pair[0]) == _outcome(pair[1]):
            own["equal"] += 1
        else:
            own["differ"] += 1
            examples.setdefault(arm, []).append(f"seed {seed}: {_difference(*pair)}")
    return {
        "/".join(arm): {**{what: own[what] for what in COUNTS}}
        | {
            "p": _distributions(rows, arm) if own["equal"] < own.total() else {},
            "examples": examples.get(arm, [])[:MOST],
        }
        for arm, own in counts.items()
    }


def _outcome(trial: Trial) -> tuple[str, int, Mapping[str, float | None]]:
    return trial.status, trial.steps, {name: value for name, value in trial.metrics.items() if value is not None}


def _difference(a: Trial | None, b: Trial | None) -> str:
    assert a is not None
    assert b is not None
    if a.status != b.status:
        return f"{a.status} in A, {b.status} in B"
    for metric in sorted({*a.metrics, *b.metrics}):
        if a.metrics.get(metric) != b.metrics.get(metric):
            return f"{metric} {a.metrics.get(metric)} in A, {b.metrics.get(metric)} in B"
    return f"{a.steps} steps in A, {b.steps} in B"


def _distributions(rows: list[dict[tuple[str, str, str, int], Trial]], arm: Arm) -> dict[str, float]:
    """Of each metric, the p-value of the two-sample test by Kolmogorov and Smirnov; a seed that has none is worst."""
    from common import statistics  # scipy takes most of a second to load

    sides = [[trial for key, trial in side.items() if key[:3] == arm] for side in rows]
    found = {}
    for metric in sorted({metric for side in sides for trial in side for metric in trial.metrics}):
        values = [[or_worst(trial, metric) for trial in side] for side in sides]
        if all(values):
            found[metric] = statistics.same_distribution(*values)[0]
    return found


def _departs(arm: Mapping[str, Any]) -> bool:
    return bool(arm["differ"] or arm["only in a"] or arm["only in b"])


def _lines(found: Mapping[str, Any], a: str, b: str) -> list[str]:
    lines = [f"A is {a}, B is {b}"]
    for claim, pair in found["verdicts"].items():
        lines.append(f"{claim}: {pair['a']['verdict'] or 'no verdict'} in A, {pair['b']['verdict'] or 'none'} in B")
        if pair["a"]["verdict"] == pair["b"]["verdict"]:
            lines += [f"    {side.upper()}: {pair[side]['answer'] or 'no answer on record'}" for side in ("a", "b")]
    for arm, own in found["trials"].items():
        if _departs(own):
            counts = ", ".join(f"{own[what]} {what}" for what in COUNTS if own[what])
            lines.append(f"{arm}: {counts}")
            lines += [f"    {example}" for example in own["examples"]]
            lines += [f"    {metric}: p = {p:.3g} that both are of one distribution" for metric, p in own["p"].items()]
    arms = found["trials"].values()
    equal, other = sum(arm["equal"] for arm in arms), sum(_departs(arm) for arm in arms)
    lines.append(
        f"{len(found['verdicts'])} verdicts or answers differ; {equal} trials are equal, {other} arms have others."
    )
    return lines
