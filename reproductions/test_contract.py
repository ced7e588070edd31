"""Every claim as a test: its recorded verdict, its quick finding, and the contract that all reproductions obey."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import pytest

from common import datasets
from common.study import PILOT_SEEDS
from common.training import Run
from common.trials import Trial
from suite import commands, evidence, provenance, reading, recording, registry, rules, running
from suite.edition_1_claims import Claim, Verdict, agrees
from suite.records import EDITION_1

CLAIMS = registry.all_claims()
claims = pytest.mark.parametrize(("name", "claim"), CLAIMS.values(), ids=list(CLAIMS))
modules = pytest.mark.parametrize("name", registry.names())
SHORT_RERUN, SLOWEST_RERUN = 10.0, 60.0  # seconds on record of a trial that a test may run again
SMALLEST_ARM = 4  # seeds that make a range


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
    """One trial of the committed record, drawn anew each time among the short ones, is trained again.

    Exact only on the machine of the record; elsewhere, where sums may be ordered otherwise, the numbers must stay
    close for runs of a few hundred steps, and the status the same. A trial of edition 1 was made by another engine: its
    rerun must be such as the recorded seeds of its arm.
    """
    made = evidence.read_provenance(name)
    record = evidence.read_trials(registry.results() / name / "trials.csv")
    drawn, entry = _drawn(name, record, used_backend)
    what = f"{drawn.study}/{drawn.arm} seed {drawn.seed}"
    if made[drawn.study].numerics <= EDITION_1:
        arm = [t for t in record if (t.study, t.arm) == (drawn.study, drawn.arm)]
        departs = _departures(arm, _again(entry, drawn.seed))
        for seed in [seed for seed in entry.keys if seed != drawn.seed][:2] if departs else ():
            departs &= _departures(arm, _again(entry, seed))  # one seed may be an outlier, three are none
        assert not departs, f"{what}, and two more seeds: {', '.join(sorted(departs))}"
        return
    assert entry.keys[drawn.seed] == drawn.key, "the trial on record belongs to other code, settings or data"
    again = _again(entry, drawn.seed)
    same_machine = made[drawn.study].cpu == provenance.cpu() and made[drawn.study].packages == provenance.packages()
    assert again.status == drawn.status, what
    numbers = _numbers(again)
    if same_machine:
        assert numbers == dict(drawn.metrics), what
        assert again.steps == drawn.steps, what
    elif drawn.steps <= 300:
        assert numbers == pytest.approx(dict(drawn.metrics), rel=0.1), what


def _drawn(name: str, record: Sequence[Trial], used: str) -> tuple[Trial, running.Planned]:
    """A trial to run again, and its arm as it is declared today: of the short ones, else of those of a minute."""
    arms: dict[tuple[str, str], list[Trial]] = {}
    for t in record:
        arms.setdefault((t.study, t.arm), []).append(t)
    cost = {  # of seeds side by side the first holds the time of all, and a lone one is trained beside as many
        arm: sum(t.seconds for t in trials) / len(trials) * trials[0].lanes for arm, trials in arms.items()
    }
    trials = [t for t in record if t.backend in (used, "") and t.status == "ok" and _data_at_hand(t)]
    # A range needs some seeds; what is computed and not trained needs none.
    trials = [t for t in trials if not t.steps or len(arms[t.study, t.arm]) >= SMALLEST_ARM]
    random.SystemRandom().shuffle(trials)
    for longest in (SHORT_RERUN, SLOWEST_RERUN):
        for t in trials:
            if cost[t.study, t.arm] <= longest:
                planned = running.plan([(name, t.study)], "full", used)
                entry = next((e for e in planned if e.arm.name == t.arm and t.seed in e.keys), None)
                if entry is not None:
                    return t, entry
    pytest.skip(f"no trial of {name} on record was made with {used} and the data at hand")


def _again(entry: running.Planned, seed: int) -> Run:
    (run,) = registry.study(entry.name, entry.question).run(entry.arm.settings, [seed], entry.arm.lanes)
    return run


def _numbers(run: Run) -> dict[str, float]:
    return {name: evidence.rounded(value) for name, value in run.metrics.items() if value is not None}


def _departures(arm: Sequence[Trial], again: Run) -> set[str]:
    """The metrics that are not within the range of an arm's recorded seeds, widened by that range on each side."""
    if again.status not in {t.status for t in arm}:
        return {"status"}
    numbers, found = _numbers(again), set()
    for name in set().union(*(t.metrics for t in arm)):
        values = [value for t in arm if (value := t.metrics.get(name)) is not None]
        if name not in numbers:
            found |= {name} if len(values) == len(arm) else set()
        elif values:
            low, high = min(values), max(values)
            slack = high - low + 1e-6 * max(abs(low), abs(high))
            found |= set() if low - slack <= numbers[name] <= high + slack else {name}
    return found


def test_a_rerun_departs_where_it_is_unlike_every_seed_on_record() -> None:
    def trial(seed: int, **metrics: float) -> Trial:
        facts = {"study": "s", "arm": "a", "tier": "full", "key": "k", "backend": "jax", "dataset": "d"}
        return Trial.model_validate(facts | {"seed": seed, "data_sha256": "", "metrics": metrics})

    arm = [trial(0, error=2.0, always=1.0), trial(1, error=3.0, always=1.0, rare=5.0)]

    def departures(status: Literal["ok", "diverged"] = "ok", **metrics: float) -> set[str]:
        return _departures(arm, Run(0, status, 1, False, metrics, {}))

    assert departures(error=1.0, always=1.0) == departures(error=4.0, always=1.0, rare=5.0) == set()
    assert departures(error=0.99, always=1.0) == departures(error=4.01, always=1.0) == {"error"}
    assert departures(error=2.0, always=0.99, rare=4.0) == {"always", "rare"}
    assert departures(error=2.0) == {"always"}
    assert departures("diverged") == {"status"}


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
    from suite.cli import main

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
