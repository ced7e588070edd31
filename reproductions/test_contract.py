"""Every claim as a test: its recorded verdict, its quick finding, and the contract that all reproductions obey."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from common import datasets
from common.study import PILOT_SEEDS
from common.trials import Trial
from reproductions.conftest import Quickly
from suite import (
    answers,
    auditing,
    commands,
    declaring,
    evidence,
    margins,
    negative_controls,
    negative_record,
    negative_training,
    planning,
    quick,
    reaching,
    recording,
    registry,
    rules,
    running,
    unfilled,
)
from suite.citing import sources
from suite.claims import Claim

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
        assert recorded == found, answers.difference(claim.id, recorded, found)


@claims
def test_a_claim_is_not_reproduced_without_its_effect(name: str, claim: Claim) -> None:
    """Its negative control is on record, is that of these checks, reads other numbers than they do, and is clear."""
    if unfilled.of({claim.id: (name, claim)}):
        pytest.skip("not filled in yet")
    negative = registry.negatives(name).get(claim.id)
    assert negative is not None, f"declare one in reproductions/{name}/negatives.py"
    given = dict(negative_controls.each(claim, negative))
    assert not [check.id for check in given if negative_controls.is_own(check, given[check])]
    record = registry.recorded_negatives(name).get(claim.id)
    assert record is not None, f"write it with: repro controls {claim.id}"
    assert (record["state"], record["reason"]) == ("clear", "")
    assert negative_record.stale(name, claim, record) == ""


@modules
def test_negative_controls_follow_from_their_numbers(name: str) -> None:
    """Each is of a claim, and every metric that it reads is one that its study records."""
    declared = registry.negatives(name)
    assert set(declared) <= {claim.id for claim in registry.claims(name)}
    read = {pair for negative in declared.values() for given in negative.all_given() for pair in given.of}
    for arm, metric in read:
        assert metric in registry.metrics(name, arm.partition("/")[0]), f"{arm} records no {metric}"
    assert negative_record.behind(name) == ""


@modules
def test_a_negative_control_that_is_trained_is_that_of_its_settings(name: str) -> None:
    """Its trials have the keys of the arms that are declared, so that none is of other settings or older code."""
    declared = [negative for negative in registry.negatives(name).values() if negative.trains]
    with declaring.light([name] if declared else []):
        entries = [e for n in declared for training in n.trains for e in negative_training.planned(name, n, training)]
    known = {trial.key for trial in negative_record.trained(name)}
    if any(entry.data[0] == negative_record.STANDS_IN for entry in entries):
        pytest.skip("its trials need MNIST, which is not at hand")
    assert known >= {key for entry in entries for key in entry.keys.values()}, "train them with: repro controls"


@pytest.mark.claim
@pytest.mark.quick
@claims
def test_quick_finding_agrees(name: str, claim: Claim, quick_tier: Quickly) -> None:
    for missing in planning.lacking({claim.id: (name, claim)}).values():
        pytest.skip(missing)
    fault = quick_tier.fault(name, claim)
    assert not fault, fault
    own = [trial for (module, _), group in quick_tier.trials.items() if module == name for trial in group]
    met, findings = quick.agrees(claim, evidence.gather(own))
    assert met, [(f.check.id, f.value, f.check.relation, f.check.bound) for f in findings]


@pytest.mark.quick
@modules
def test_a_study_records_the_metrics_that_it_declares(name: str, quick_tier: Quickly) -> None:
    for (module, question), trials in quick_tier.trials.items():
        if module == name:
            declared = set(registry.metrics(name, question))
            for trial in trials:
                assert set(trial.metrics) <= declared, f"{question}: {sorted(set(trial.metrics) - declared)}"


@pytest.mark.quick
@modules
def test_a_recorded_trial_gives_its_numbers_again(name: str, used_backend: str) -> None:
    """One trial of the committed record, drawn anew each time, a short one where there is one, is trained again.

    Exact only on the machine of the record; elsewhere, where sums may be ordered otherwise, the numbers must stay close
    for runs of a few hundred steps, and the status the same. No pilot stands for one: pilots may be of an older study.
    """
    record = evidence.read_trials(registry.results() / name / "trials.csv")
    drawn = _drawn(record, used_backend, SHORT_RERUN) or _drawn(record, used_backend, SLOWEST_RERUN)
    if drawn is None:
        affordable = f"takes {SLOWEST_RERUN:g} s at most and was made with {used_backend} and the data at hand"
        pytest.skip(f"no trial of {name} on record {affordable}; repro audit {name} trains longer ones, too")
    [found] = auditing.audit([(name, drawn)], registry.select([name]), used_backend, workers=0).compared
    assert found.result in ("equal", "close", "apart", "timed"), f"{found.label()}: {found.reason}"
    assert found.again is not None
    assert found.again.status == drawn.status, found.label()


def _drawn(record: Sequence[Trial], used: str, longest: float) -> Trial | None:
    """A trial to run again, of an arm of which one takes no longer."""
    arms: dict[tuple[str, str], list[Trial]] = {}
    for t in record:
        arms.setdefault((t.study, t.arm), []).append(t)
    cost = {  # of seeds side by side the first holds the time of all, and a lone one is trained beside as many
        arm: sum(t.seconds for t in trials) / len(trials) * trials[0].lanes for arm, trials in arms.items()
    }
    trials = [t for t in record if t.backend in (used, "") and t.status == "ok" and _data_at_hand(t)]
    random.SystemRandom().shuffle(trials)
    return next((t for t in trials if cost[t.study, t.arm] <= longest), None)


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


@cache
def pilots(name: str) -> Sequence[Trial]:
    return evidence.read_trials(registry.results() / name / "pilots.csv")


def bounded(name: str, claim: Claim, data: str) -> list[margins.Margin]:
    """The quick checks of a claim beside their pilots; none while its bounds are not told yet."""
    return [] if unfilled.of_claim(name, claim) else list(margins.margins(claim, pilots(name), data))


@claims
def test_quick_bounds_are_far_from_the_pilots(name: str, claim: Claim) -> None:
    """A claim alone does not use up what the whole tier may."""
    for data in ("mnist", "digits"):
        found = bounded(name, claim, data)
        poor = [margins.told(margin) for margin in found if not margin.enough]
        assert not poor, f"{'; '.join(poor)}: record them with: repro run {claim.id} --tier pilot"
        chance = sum(margin.chance() for margin in found)
        assert chance < 1 / margins.RUNS, "; ".join(map(margins.told, found))


@pytest.mark.parametrize("data", ["mnist", "digits"])
def test_the_whole_quick_tier_differs_by_chance_in_less_than_one_of_1000_runs(data: str) -> None:
    """A claim without pilots is red by itself, and counts for nothing here."""
    found = {
        f"{claim.id}: {margins.told(margin)}": margin.chance()
        for name, claim in CLAIMS.values()
        for margin in bounded(name, claim, data)
        if margin.enough
    }
    worst = sorted((said for said in found if found[said] > margins.RARE), key=lambda said: -found[said])
    assert sum(found.values()) < 1 / margins.RUNS, "mend first the bounds of:\n" + "\n".join(worst)


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
