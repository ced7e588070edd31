"""Every claim as a test: its recorded verdict, its quick finding, and the contract that all reproductions obey."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from common import datasets
from common.claims import Claim, Verdict, agrees
from common.records import Trial
from common.study import PILOT_SEEDS
from reproductions import commands, evidence, provenance, reading, recording, registry, rules, running

CLAIMS = registry.all_claims()
claims = pytest.mark.parametrize(("name", "claim"), CLAIMS.values(), ids=list(CLAIMS))
modules = pytest.mark.parametrize("name", registry.names())
SLOWEST_RERUN = 60.0  # seconds on record of a trial that a test may run again


@cache
def judged(name: str) -> tuple[Sequence[Trial], Mapping[str, Verdict]]:
    """The trials of a module on record, and the verdict that follows for each of its claims: once for all tests."""
    trials = evidence.read_trials(registry.results() / name / "trials.csv")
    return trials, {verdict.claim.id: verdict for verdict in evidence.judge_module(name)}


@pytest.mark.claim
@claims
def test_verdict_follows_from_the_evidence(name: str, claim: Claim) -> None:
    """Red when the record and the verdict recomputed from it differ, whatever the verdict is."""
    recorded = registry.recorded_verdicts(name).get(claim.id)
    trials, verdicts = judged(name)
    found = json.loads(json.dumps(evidence.describe(verdicts[claim.id], trials)))
    assert recorded is not None, f"{claim.id} has no verdict on record; run: repro run {claim.id} --tier full"
    assert recorded == found, recording.difference(claim.id, recorded, found)


@pytest.mark.claim
@pytest.mark.quick
@claims
def test_quick_finding_agrees(name: str, claim: Claim, quick_trials: Mapping[tuple[str, str], Sequence[Trial]]) -> None:
    own = [trial for (module, _), group in quick_trials.items() if module == name for trial in group]
    met, findings = agrees(claim, evidence.gather(own))
    assert met, [(f.check.id, f.value, f.check.relation, f.check.threshold) for f in findings]


@pytest.mark.quick
@modules
def test_a_recorded_trial_gives_its_numbers_again(name: str, used_backend: str) -> None:
    """One trial of the committed record, drawn anew each time, is trained again and compared to the last digit.

    Exact only on the machine of the record; elsewhere, where sums may be ordered otherwise, the numbers must stay
    close for runs of a few hundred steps, and the status the same.
    """
    made = evidence.read_provenance(name)
    trials = [
        t
        for t in evidence.read_trials(registry.results() / name / "trials.csv")
        if t.backend in (used_backend, "") and t.status == "ok" and t.seconds <= SLOWEST_RERUN and _data_at_hand(t)
    ]
    if not trials:
        pytest.skip(f"no trial of {name} on record was made with {used_backend} and the data at hand")
    drawn = random.SystemRandom().choice(trials)
    planned = running.plan([(name, drawn.study)], "full", used_backend)
    entry = next(e for e in planned if e.arm.name == drawn.arm)
    assert entry.keys[drawn.seed] == drawn.key, "the trial on record belongs to other code, settings or data"
    study = registry.study(name, drawn.study)
    (again,) = study.run(entry.arm.settings, [drawn.seed], entry.arm.lanes)
    same_machine = made[drawn.study].cpu == provenance.cpu() and made[drawn.study].packages == provenance.packages()
    what = f"{drawn.study}/{drawn.arm} seed {drawn.seed}"
    assert again.status == drawn.status, what
    numbers = {name: evidence.rounded(value) for name, value in again.metrics.items() if value is not None}
    if same_machine:
        assert numbers == dict(drawn.metrics), what
        assert again.steps == drawn.steps, what
    elif drawn.steps <= 300:
        assert numbers == pytest.approx(dict(drawn.metrics), rel=0.1), what


def _data_at_hand(trial: Trial) -> bool:
    if trial.dataset == "tiny_shakespeare":
        return running.FETCH not in datasets.available()[trial.dataset]
    return trial.dataset == "synthetic" or trial.data_sha256 == datasets.image_data_name_and_hash()[1]


@pytest.mark.full
@modules
def test_full_tier_gives_the_recorded_verdicts(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reruns a module's full tier into a temporary folder; the record is only read."""
    recorded = {i: record["verdict"] for i, record in registry.recorded_verdicts(name).items()}
    with capsys.disabled():
        commands.announce(name)
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REPRO_RESULTS", str(tmp_path / "results"))
    from reproductions.cli import main

    assert main(["run", name, "--tier", "full"]) == 0
    assert {i: record["verdict"] for i, record in registry.recorded_verdicts(name).items()} == recorded


@claims
def test_claim_obeys_the_rules_and_can_be_cited(name: str, claim: Claim) -> None:
    assert rules.faults(claim, rules.catalogue(claim.id)) == []
    assert reading.bibtex(claim.source).startswith("@")


@claims
def test_dropped_checks_are_shown(name: str, claim: Claim) -> None:
    page = (registry.FOLDER / name / "README.md").read_text(encoding="utf-8")
    for entry in claim.dropped:
        assert f"`{entry}`" in page, f"the README of {name} does not say that {entry} is dropped, and why"


@claims
def test_checks_read_arms_and_seeds_that_their_study_declares(name: str, claim: Claim, used_backend: str) -> None:
    for tier, checks in (("full", claim.checks), ("quick", claim.quick)):
        for check in checks:
            study = registry.study(name, check.study)
            arms = study.arms(tier) or (study.arms("gpu") if tier == "full" else ())  # type: ignore[arg-type]
            first = {arm.name: arm.seeds for arm in arms}
            for arm in check.arms:
                assert first[arm] == tuple(range(len(first[arm]))), f"{tier}: seeds of {arm} are not 0 to n-1"
                assert len(first[arm]) * check.looks == check.seeds, f"{tier}: {check.id}, seeds of {arm}"


@modules
def test_a_study_is_recorded_at_one_tier(name: str, used_backend: str) -> None:
    """A study's trials replace each other on record, so that a gpu tier beside the full one would erase it."""
    for question in registry.study_names(name):
        study = registry.study(name, question)
        assert not (study.arms("full") and study.arms("gpu")), f"{name}/{question}: give the gpu tier its own study"


@modules
def test_pilots_use_no_verdict_seed(name: str, used_backend: str) -> None:
    for question in registry.study_names(name):
        for arm in registry.study(name, question).arms("pilot"):
            assert min(arm.seeds) >= PILOT_SEEDS


@modules
def test_quick_bounds_hold_in_every_pilot_sample(name: str) -> None:
    """Each quick check is drawn again a thousand times from its 50 pilot seeds; none of the draws may differ."""
    trials = evidence.read_trials(registry.results() / name / "pilots.csv")
    generator = random.Random(0)
    for claim in registry.claims(name):
        for data in {t.dataset for t in trials}:
            for check in claim.quick:
                rows = [t for t in trials if (t.study, t.arm) == (check.study, check.arms[0]) and t.dataset == data]
                generated = any(
                    (t.study, t.arm, t.dataset) == (check.study, check.arms[0], "synthetic") for t in trials
                )
                if check.statistic == "exact" or (not rows and (generated or data != claim.dataset)):
                    continue
                assert len(rows) >= 50, f"{check.id}: {len(rows)} pilot seeds on {data}"
                values = [row.metrics[check.metric] for row in rows]
                for _ in range(1000):
                    sample = sorted(v for v in generator.choices(values, k=check.seeds) if v is not None)
                    middle = (sample[(check.seeds - 1) // 2] + sample[check.seeds // 2]) / 2
                    met = middle >= check.threshold if check.relation == ">=" else middle <= check.threshold
                    assert met, f"{check.id} on {data}: {middle:.4g} {check.relation} {check.threshold:.4g}"


@modules
def test_every_reproduction_has_its_parts(name: str) -> None:
    folder = registry.FOLDER / name
    assert registry.study_names(name)
    assert (folder / f"test_{name}.py").exists()
    page = (folder / "README.md").read_text(encoding="utf-8")
    for heading in ("What the source leaves open", "Departures", "Run it"):
        assert re.search(rf"^## {heading}$", page, re.MULTILINE), heading
    for question in registry.study_names(name):
        assert registry.study(name, question).__doc__, f"{question} does not say its question"
