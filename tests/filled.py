"""A made-up record of every claim, whose trials lead to all the words: what pages show once all is run. No Keras."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from common.trials import NUMERICS, Trial
from suite import batches, evidence, history, reading, recording, registry, tables
from suite.claims import FIRST_SEED, Check, Claim
from suite.judging import Evidence, judge
from suite.questions import Observation
from suite.reaching import reach
from suite.records import Provenance

HOSTILE = "<script>alert(1)</script> \"'|\n=1+1"
LEFT_OUT = 5  # the last claim of a reproduction of more than so many is not run
NOISY = 0.04  # share of seeds that show another number than the arm's


def fill(patch: pytest.MonkeyPatch, folder: Path, names: Sequence[str] = ()) -> None:
    """Makes `folder` the record, with trials of all claims of these reproductions, of all for none."""
    patch.setenv("REPRO_RESULTS", str(folder))
    for name in names or registry.names():
        _fill(name)


def _fill(name: str) -> None:
    folder = registry.results() / name
    folder.mkdir(parents=True, exist_ok=True)
    known = registry.claims(name)
    numbers = _numbers(known)
    trials = [trial for claim in known[: len(known) - (len(known) > LEFT_OUT)] for trial in _trials(claim, numbers)]
    trials = list({(t.study, t.arm, t.seed): t for t in trials}.values())
    evidence.write_trials(folder / "trials.csv", trials)
    facts = {}
    for study in sorted({trial.study for trial in trials}):
        own = [trial for trial in trials if trial.study == study]
        evidence.write_curves(folder / "curves.csv", own, folder / "curves.csv", study)
        facts[study] = _provenance(name, study, known).model_dump()
    (folder / "provenance.json").write_text(json.dumps(facts), encoding="utf-8")
    described = recording.described_module(name)
    (folder / "verdicts.json").write_text(json.dumps(described), encoding="utf-8")
    (folder / "history.jsonl").write_text(history.grown(name, described), encoding="utf-8")


Numbers = dict[tuple[str, str], dict[str, float | None]]
"""(study, arm) to what most of its seeds show."""


def _numbers(known: Sequence[Claim]) -> Numbers:
    """Claims that share no arm take turns in their words; the others hold, as they stand on each other's arms."""
    found: Numbers = {}
    counts = Counter(key for claim in known for key in {(c.study, arm) for c in claim.each() for arm in c.arms()})
    for place, claim in enumerate(known):
        alone = all(counts[check.study, arm] == 1 for check in claim.each() for arm in check.arms())
        reached = _mixed(claim) if alone and place % 3 == 1 else None
        if reached is None:
            reached = reach(claim, "not reproduced" if alone and place % 3 == 0 else "reproduced") or {}
        for key, observations in reached.items():
            first = observations[0].metrics
            found.setdefault(key, {}).update({m: v for m, v in first.items() if m not in found.get(key, {})})
    return found


def _mixed(claim: Claim) -> Evidence | None:
    """Trials by which the claim is partly so: of one check the arms of another ending."""
    yes, no = reach(claim, "reproduced"), reach(claim, "not reproduced")
    for node in claim.deciding() if yes and no else ():
        checks = (node,) if isinstance(node, Check) else node.of
        mixed = {**yes, **{(c.study, arm): no[c.study, arm] for c in checks for arm in c.arms()}}
        if judge(claim, mixed).word == "partly":
            return mixed
    return None


def _trials(claim: Claim, numbers: Numbers) -> list[Trial]:
    """Batch after batch, until the claim asks for no more."""
    exact = {(check.study, arm) for check in claim.each() if check.bar == "exact" for arm in check.arms()}
    made: dict[tuple[str, str], list[Trial]] = {}
    while more := {k: n for k, n in batches.wanted(claim, _observed(made)).items() if n > len(made.get(k, ()))}:
        for key, seeds in more.items():
            known = made.setdefault(key, [])
            new = range(FIRST_SEED + len(known), FIRST_SEED + seeds)
            known += [_trial(claim, key, seed, numbers[key], noisy=key not in exact) for seed in new]
    return [trial for column in made.values() for trial in column]


def _observed(made: dict[tuple[str, str], list[Trial]]) -> Evidence:
    return {k: [Observation(t.seed, t.metrics, t.status != "ok", t.dataset) for t in of] for k, of in made.items()}


def _trial(claim: Claim, key: tuple[str, str], seed: int, metrics: dict[str, float | None], *, noisy: bool) -> Trial:
    generator = random.Random(f"{key} {seed}")
    fails = noisy and generator.random() < NOISY / 4
    shown, curves = {}, {}
    for metric, value in sorted(metrics.items()):
        spread = 0.02 * abs(value or 1.0) * generator.gauss(0, 1) if noisy else 0.0
        other = generator.choice((0.5, 1.5)) if noisy and generator.random() < NOISY else 1.0
        shown[metric] = None if fails else other * (value or 0.0) + spread * (generator.random() < 0.9)
        end = shown[metric] or 0.0
        curves[metric] = [(50 * n, end + (0.5 - end) * 0.8**n + 0.01 * generator.gauss(0, 1)) for n in range(21)]
    return Trial(
        study=key[0], arm=key[1], seed=seed, tier="full", key="", backend="jax", dataset=claim.dataset, data_sha256="",
        seconds=generator.uniform(5, 30), steps=1000, metrics=shown, curves=curves,
        status="diverged" if fails else "ok", reason=HOSTILE if fails else "",
    )  # fmt: skip


def _provenance(name: str, study: str, known: Sequence[Claim]) -> Provenance:
    hashes = {claim.id: claim.sha256() for claim in known if study in claim.studies()}
    return Provenance(
        study=study, tier="full", commit="c0ffee" * 6 + "1234", clean=True, claims=hashes, first_claims=hashes,
        fixed=dict.fromkeys(hashes, "facade" * 6 + "1234"), code_sha256=registry.study_sha256(name, study),
        numerics=NUMERICS, backend="jax", dataset="synthetic", data_sha256="", date="2026-12-01T10:00:00+00:00",
        python="3.12.3", platform="Linux", cpu="a CPU", cores=2, workers=2, packages={"keras": "3.13.1", "jax": "0.8"},
        flags={},
    )  # fmt: skip


def words() -> set[str]:
    """The verdicts of the record."""
    chosen = registry.all_claims()
    records = reading.recorded(chosen)
    return {records.get(claim, tables.NOT_RUN)["verdict"] for claim in chosen}
