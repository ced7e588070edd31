"""Every claim as a test: its recorded verdict, its quick finding, and the contract that all reproductions obey."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import scipy

from common import datasets
from common.study import PILOT_SEEDS
from common.trials import Trial
from suite import auditing, commands, evidence, quick, reaching, recording, registry, rules, running, unfilled
from suite.citing import sources
from suite.claims import Claim, Quick

CLAIMS = registry.all_claims()
claims = pytest.mark.parametrize(("name", "claim"), CLAIMS.values(), ids=[f"{n}/{i}" for i, (n, _) in CLAIMS.items()])
modules = pytest.mark.parametrize("name", registry.names())
SHORT_RERUN, SLOWEST_RERUN = 10.0, 60.0  # seconds on record of a trial that a test may run again


@cache
def described(name: str) -> Mapping[str, Any]:
    """The verdicts of a module as they follow from its trials on record: once for all tests."""
    return cast(Mapping[str, Any], json.loads(json.dumps(recording.described_module(name))))


@pytest.mark.claim
@claims
def test_verdict_follows_from_the_evidence(name: str, claim: Claim) -> None:
    """Red when the record and the verdict recomputed from it differ, whatever the verdict is."""
    recorded, found = registry.recorded_verdicts(name).get(claim.id), described(name)[claim.id]
    if recorded is None:
        assert found["verdict"] == "not run", f"{claim.id} has trials and no verdict; write it with: repro export"
    else:
        assert recorded == found, recording.difference(claim.id, recorded, found)


@pytest.mark.claim
@pytest.mark.quick
@claims
def test_quick_finding_agrees(name: str, claim: Claim, quick_trials: Mapping[tuple[str, str], Sequence[Trial]]) -> None:
    own = [trial for (module, _), group in quick_trials.items() if module == name for trial in group]
    met, findings = quick.agrees(claim, evidence.gather(own))
    assert met, [(f.check.id, f.value, f.check.relation, f.check.bound) for f in findings]


@pytest.mark.quick
@modules
def test_a_study_records_the_metrics_that_it_declares(
    name: str, quick_trials: Mapping[tuple[str, str], Sequence[Trial]]
) -> None:
    for (module, question), trials in quick_trials.items():
        if module == name:
            declared = set(registry.metrics(name, question))
            for trial in trials:
                assert set(trial.metrics) <= declared, f"{question}: {sorted(set(trial.metrics) - declared)}"


@pytest.mark.quick
@modules
def test_a_recorded_trial_gives_its_numbers_again(name: str, used_backend: str) -> None:
    """One trial of the committed record, drawn anew each time among the short ones, is trained again.

    Exact only on the machine of the record; elsewhere, where sums may be ordered otherwise, the numbers must stay
    close for runs of a few hundred steps, and the status the same.
    """
    drawn = _drawn(name, evidence.read_trials(registry.results() / name / "trials.csv"), used_backend)
    [found] = auditing.audit([(name, drawn)], registry.select([name]), used_backend, workers=0).compared
    assert found.result in ("equal", "close", "apart", "timed"), f"{found.label()}: {found.reason}"
    assert found.again is not None
    assert found.again.status == drawn.status, found.label()


def _drawn(name: str, record: Sequence[Trial], used: str) -> Trial:
    """A trial to run again: of the short ones, else of those of a minute."""
    arms: dict[tuple[str, str], list[Trial]] = {}
    for t in record:
        arms.setdefault((t.study, t.arm), []).append(t)
    cost = {  # of seeds side by side the first holds the time of all, and a lone one is trained beside as many
        arm: sum(t.seconds for t in trials) / len(trials) * trials[0].lanes for arm, trials in arms.items()
    }
    trials = [t for t in record if t.backend in (used, "") and t.status == "ok" and _data_at_hand(t)]
    random.SystemRandom().shuffle(trials)
    for longest in (SHORT_RERUN, SLOWEST_RERUN):
        for t in trials:
            if cost[t.study, t.arm] <= longest:
                return t
    pytest.skip(f"no trial of {name} on record was made with {used} and the data at hand")


def _data_at_hand(trial: Trial) -> bool:
    if trial.dataset == "tiny_shakespeare":
        return running.FETCH not in datasets.available()[trial.dataset]
    if trial.dataset == datasets.POLARITY:
        return datasets.at_hand(trial.dataset)
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
    from suite.cli import main

    assert main(["run", name, "--tier", "full"]) == 0
    assert {i: record["verdict"] for i, record in registry.recorded_verdicts(name).items()} == recorded


@claims
def test_claim_obeys_the_rules_and_can_be_cited(name: str, claim: Claim) -> None:
    assert rules.faults(claim, rules.catalogue(claim.id)) == []
    assert sources.bibtex(claim.source).startswith("@")


@claims
def test_a_claim_is_filled_in(name: str, claim: Claim) -> None:
    """Skipped, with all that is left, for one that is being written: the full tier refuses it."""
    if left := unfilled.of_claim(name, claim):
        pytest.skip("left to fill in: " + "; ".join(map(str, left)))


def test_ids_of_claims_are_unique_and_for_ever() -> None:
    """One that ever had a verdict is not taken away, nor given to another reproduction."""
    given = [(claim.id, name) for name in registry.names() for claim in registry.claims(name)]
    assert len(given) == len(dict(given))
    assert registry.ever_recorded() <= dict(given).items()


@claims
def test_claim_asks_for_what_its_studies_declare(name: str, claim: Claim, used_backend: str) -> None:
    assert list(rules.unanswerable(name, claim)) == []
    arms = {(q, arm.name): arm for q in claim.studies() for t in ("full", "gpu") for arm in registry.arms(name, q, t)}
    assert rules.too_few(claim, {key: arm.seconds for key, arm in arms.items()}) == []
    assert all(not arm.seeds for arm in arms.values()), "the claims say how many verdict seeds an arm has"


@claims
def test_some_data_would_reproduce_a_claim_and_some_refute_it(name: str, claim: Claim) -> None:
    assert reaching.reach(claim, "reproduced") is not None
    assert reaching.reach(claim, "not reproduced") is not None


@claims
def test_dropped_checks_are_shown(name: str, claim: Claim) -> None:
    page = (registry.FOLDER / name / "README.md").read_text(encoding="utf-8")
    for entry in claim.dropped:
        assert f"`{entry}`" in page, f"the README of {name} does not say that {entry} is dropped, and why"


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


RUNS = 1000  # of the whole quick tier, of which one may fail by chance
PILOTED = 50  # seeds, at least


def chance_to_miss(check: Quick, pilots: Sequence[float]) -> float:
    """By the tail of the normal distribution that has the mean and the deviation of the pilots."""
    mean, deviation = np.mean(pilots), np.std(pilots, ddof=1)
    margin = (mean - check.bound) * (1 if check.relation == ">=" else -1)
    beyond = float(margin < 0) if deviation == 0 else float(scipy.special.ndtr(-margin / deviation))
    needed = 1 if check.every else (check.seeds + 1) // 2  # seeds beyond the bound that may carry the median there
    return float(scipy.stats.binom.sf(needed - 1, check.seeds, beyond))


@pytest.mark.parametrize("data", ["mnist", "digits"])
def test_the_whole_quick_tier_differs_by_chance_in_less_than_one_of_1000_runs(data: str) -> None:
    chances = {}
    for name in registry.names():
        trials = evidence.read_trials(registry.results() / name / "pilots.csv")
        for claim in registry.claims(name):
            if unfilled.of_claim(name, claim):
                continue  # its bound is not told yet, and nothing is judged of it
            for check in claim.quick if claim.nature != "identity" else ():
                if check.relation == "==":  # an exact count, which no seed moves
                    continue
                of = [t for t in trials if (t.study, t.arm) == (check.study, check.arm) and t.seed >= PILOT_SEEDS]
                generated = claim.dataset == "synthetic" or any(t.dataset == "synthetic" for t in of)
                wanted = "synthetic" if generated else data if claim.dataset == "mnist" else claim.dataset
                rows = [t for t in of if t.dataset == wanted]
                if not rows and wanted == "digits":
                    continue  # the digits only stand in for MNIST
                assert len(rows) >= PILOTED, f"{name}/{check.id}: {len(rows)} pilot seeds of {check.arm} on {data}"
                values = [value for t in rows if (value := t.metrics.get(check.metric)) is not None]
                assert len(values) == len(rows), f"{name}/{check.id}: pilots failed"
                chances[f"{claim.id}/{check.id}"] = chance_to_miss(check, values)
    worst = sorted(chances.items(), key=lambda pair: -pair[1])[:8]
    assert sum(chances.values()) < 1 / RUNS, worst


def test_a_bound_near_the_pilots_is_missed_and_one_far_off_is_not() -> None:
    pilots = [0.0, 2.0] * 25  # mean 1, deviation 1.01
    near, far = Quick("q", "s", "a", "m", ">=", 1.0, 3), Quick("q", "s", "a", "m", ">=", -9.0, 3)
    assert chance_to_miss(near, pilots) == pytest.approx(0.5)
    assert chance_to_miss(far, pilots) < 1e-40
    assert chance_to_miss(replace(near, every=True), pilots) == pytest.approx(7 / 8)
    assert chance_to_miss(replace(near, relation="<=", bound=0.0), pilots) == pytest.approx(0.926, abs=0.01)
    assert chance_to_miss(near, [2.0] * 50) == 0.0


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
