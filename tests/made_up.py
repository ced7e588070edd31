"""Made-up claims and trials, for the tests of what is made of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from common.trials import NUMERICS, Trial
from suite import evidence, registry
from suite.answers import describe
from suite.claims import FIRST_SEED, AnyOf, Check, Claim, Listed, Published, control, direction, scope, size
from suite.judging import Evidence, judge
from suite.questions import Observation, passes
from suite.records import Provenance

NUMBERS = {"y": 1.0, "n": 0.0, "t": 0.5, "f": None}
KINDS = {"direction": direction, "size": size, "scope": scope}


def check(name: str = "c", kind: str = "direction", arm: str = "a", **others: Any) -> Check:
    """Asks each seed of an arm of study `s` whether its number exceeds one half; one half itself is a tie."""
    if kind == "control":
        return control(name, f"{name} shows", "s", passes(arm, "m", ">", 0.5), **others)
    return KINDS[kind](name, f"{name} shows", "s", passes(arm, "m", ">", 0.5), **others)


def any_of(*checks: Check, name: str = "any", kind: Any = "direction") -> AnyOf:
    return AnyOf(name, kind, f"{name} of them", checks)


def listed(*checks: Check, name: str = "list", kind: Any = "direction", bar: Any = "most") -> Listed:
    return Listed(name, kind, f"{name} of them", checks, bar)


def claim(*checks: Check | AnyOf | Listed, **others: Any) -> Claim:
    known = {"id": "made-up", "source": "nobody2020", "locator": "p. 1", "statement": "It is so.", "quick": ()}
    known |= {"dataset": "synthetic", "published": Published("1", "confirmed")}
    return Claim(checks=checks, **(known | others))


def trials(numbers: Iterable[float | None], dataset: str = "synthetic", metric: str = "m") -> list[Observation]:
    """A trial for each number, from the first verdict seed on; None is a seed that failed."""
    rows = enumerate(numbers, start=FIRST_SEED)
    return [
        Observation(seed, {} if number is None else {metric: number}, number is None, dataset) for seed, number in rows
    ]


def answering(**arms: str | Sequence[str]) -> Evidence:
    """Trials of study `s` whose seeds answer, arm by arm, a `check`: yes, no, with a tie, or not, as they failed."""
    return {("s", arm): trials(NUMBERS[letter] for letter in letters) for arm, letters in arms.items()}


def trained(seconds: float = 1.0, **arms: str | Sequence[str]) -> list[Trial]:
    """The same as trials on record, each of which took so long."""
    known = {"study": "s", "tier": "full", "key": "k", "backend": "jax", "dataset": "synthetic", "data_sha256": ""}
    return [
        Trial.model_validate(
            known
            | {"arm": arm, "seed": seed, "seconds": seconds, "metrics": {} if letter == "f" else {"m": NUMBERS[letter]}}
            | {"status": "diverged" if letter == "f" else "ok"}
        )
        for arm, letters in arms.items()
        for seed, letter in enumerate(letters, start=FIRST_SEED)
    ]


def provenance(*claims: Claim, study: str = "s", **facts: Any) -> dict[str, Provenance]:
    """The circumstances of a run whose thresholds have not moved since."""
    known = {"study": study, "tier": "full", "commit": "c" * 40, "clean": True, "code_sha256": "", "backend": "jax"}
    known |= {"claims": {c.id: c.sha256() for c in claims}, "first_claims": {c.id: c.sha256() for c in claims}}
    known |= {"fixed": {c.id: "f" * 40 for c in claims}, "numerics": NUMERICS, "dataset": "synthetic"}
    known |= dict.fromkeys(("data_sha256", "date", "python", "platform", "cpu"), "")
    return {study: Provenance.model_validate(known | {"cores": 1, "workers": 1, "packages": {}, "flags": {}} | facts)}


def described(
    wanted: Claim, made: Mapping[str, Provenance] | None = None, **arms: str | Sequence[str]
) -> dict[str, Any]:
    """A verdict as `verdicts.json` holds it, from the seeds' answers."""
    trials_of = trained(**arms)
    observed = evidence.gather(trials_of)
    return describe(judge(wanted, observed), observed, trials_of, provenance(wanted) if made is None else made)


def publish(patch: pytest.MonkeyPatch, folder: Path, *claims: Claim) -> Path:
    """Makes the project one of a single reproduction with these claims, and this folder its record."""
    patch.setenv("REPRO_RESULTS", str(folder))
    patch.setattr(registry, "FOLDER", folder / "code")
    patch.setattr(registry, "names", lambda: ("made_up",))
    patch.setattr(registry, "claims", lambda name: claims)
    patch.setattr(registry, "broken", dict)
    patch.setattr(registry, "edition_1", lambda: folder / "edition-1")
    for record in (folder, folder / "edition-1"):
        (record / "made_up").mkdir(parents=True, exist_ok=True)
    return folder / "made_up"


def write(path: Path, verdicts: Mapping[str, Mapping[str, Any]]) -> None:
    path.write_text(json.dumps(verdicts, allow_nan=False), encoding="utf-8")
