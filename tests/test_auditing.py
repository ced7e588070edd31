"""An audit says what a rerun says: equal on the same kind of machine, close on another, and open where it must be."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_up import check, claim, provenance

import reproductions
from common.errors import UserError
from common.trials import Trial
from suite import auditing, auditing_report, cli, commands, evidence, planning, recorded, recording, registry, sources
from suite import provenance as circumstances
from suite.auditing import Audit, Compared, TwoSample, compare
from suite.claims import Claim, Published, direction
from suite.questions import passes

STUDY = '''"""How high is it?"""
import json, os
from common.study import Arm
from common.training import Run

DATASET = "synthetic"
METRICS = {"score": "how high it is, metres"}

def arms(tier):
    seeds = range(10_000, 10_003) if tier == "pilot" else ()
    return (Arm("a", {"height": 2.0}, tuple(seeds)),) if tier in ("full", "pilot") else ()

def run(settings, seeds, lanes):
    for seed in seeds:
        yield Run(seed, "ok", STEPS, False, {"score": settings["height"] + seed / 7}, {})
'''.replace("STEPS", "200")
CLAIM = Claim(
    id="made-up",
    source="nobody2020",
    locator="p. 1",
    statement="It is high.",
    dataset="synthetic",
    checks=(direction("high", "it is high", "s", passes("a", "score", ">", 1.0)),),
    quick=(),
    published=Published("1", "confirmed"),
)
SELECTED = {"made-up": ("made_up", CLAIM)}


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A made-up reproduction whose twelve seeds are on record, as this machine trains them."""
    folder = tmp_path / "reproductions" / "made_up"
    (folder / "studies").mkdir(parents=True)
    (folder / "studies" / "s.py").write_text(STUDY)
    for module in (registry, sources):
        monkeypatch.setattr(module, "ROOT", tmp_path)
        monkeypatch.setattr(module, "FOLDER", folder.parent, raising=False)
    monkeypatch.setattr(registry, "names", lambda: ("made_up",))
    monkeypatch.setattr(registry, "broken", dict)
    monkeypatch.setattr(registry, "claims", lambda name: (CLAIM,))
    monkeypatch.setattr(reproductions, "__path__", [str(folder.parent)])
    monkeypatch.setattr(evidence, "registry", registry)
    monkeypatch.setenv("REPRO_RESULTS", str(tmp_path / "record"))
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    registry.study_sha256.cache_clear()
    used = "jax"
    monkeypatch.setattr(commands, "prepare", lambda requested: used)  # whatever Keras other tests have loaded
    [entry] = planning.plan(SELECTED, "full", used, done={})
    facts = circumstances.describe("made_up", "s", "full", backend=used, data=entry.data, workers=0, settings={})
    trials = [
        Trial(
            study="s", arm="a", seed=seed, tier="full", key=key, steps=200, backend=used, dataset="synthetic",
            data_sha256="", metrics={"score": 2.0 + seed / 7},
        )
        for seed, key in entry.keys.items()
    ]  # fmt: skip
    monkeypatch.setattr(recording, "write_index", lambda: None)
    recording.record_study("made_up", facts, trials)
    yield tmp_path / "record" / "made_up"
    registry.study_sha256.cache_clear()
    for name in ("reproductions.made_up", "reproductions.made_up.studies", "reproductions.made_up.studies.s"):
        __import__("sys").modules.pop(name, None)


def audit(*words: str) -> int:
    return cli.main(["audit", "made-up", "--workers", "0", *words])


def alter(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, text
    path.write_text(text.replace(old, new, 1))


def test_equal_on_the_same_machine(record: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert audit("--sample", "3", "--report", str(tmp_path / "a.json")) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "every number is that of the record (3 trials)"
    assert err.splitlines()[0].startswith("repro: trains again made_up/s/a seed 10")
    found = json.loads((tmp_path / "a.json").read_text())
    assert (found["format"], found["exit_code"], len(found["trials"])) == (1, 0, 3)
    assert {entry["result"] for entry in found["trials"]} == {"equal"}
    assert len({entry["recorded"]["seed"] for entry in found["trials"]}) == 3
    assert found["here"]["packages"] == found["record"]["made_up/s"]["packages"]
    assert {entry["again"] for entry in found["answers"]} == {"yes"}
    assert str(tmp_path) not in (tmp_path / "a.json").read_text()


def test_another_number_differs_on_the_same_kind_of_machine_and_is_close_on_another(
    record: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    alter(record / "trials.csv", "145.142857", "145.2")
    report = tmp_path / "report.md"
    assert audit("--seed", "1002", "--report", str(report)) == 1
    out = capsys.readouterr().out
    assert "differs: made_up/s/a seed 1002, on the same kind of machine every number must be equal" in out
    assert "score 145.142857 (how high it is, metres); on record 145.2" in out
    assert "the record does not come out again" in report.read_text()
    assert "repro audit made_up --arm s/a --seed 1002 --backend jax" in report.read_text()
    alter(record / "provenance.json", '"cpu": "', '"cpu": "another ')
    assert audit("--seed", "1002") == 0
    assert "every number within 10%" in capsys.readouterr().out
    alter(record / "trials.csv", "145.2", "165.2")
    assert audit("--seed", "1002") == 1


def test_of_times_the_answers_are_compared_and_not_the_numbers(
    record: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alter(record / "trials.csv", "145.142857", "0.2")
    monkeypatch.setattr(registry.study("made_up", "s"), "TIMED", True, raising=False)
    assert audit("--seed", "1002") == 0
    out = capsys.readouterr().out
    assert "timed: made_up/s/a seed 1002, a block of timings, which no machine gives twice" in out
    assert "seed 1002 says yes to made-up/high; on record it says no" in out
    assert "1 trial: 1 timed; nothing speaks against the record" in out


def test_many_seeds_tell_where_one_cannot(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After many steps numbers may part on another machine; then the distributions are compared."""
    alter(record / "provenance.json", '"cpu": "', '"cpu": "another ')
    path = record / "trials.csv"
    path.write_text(path.read_text().replace(",200,", ",5000,"))
    assert audit("--seed", "1002") == 3
    assert "so few seeds cannot come below 0.01, whatever they show" in capsys.readouterr().out
    assert audit("--sample", "12") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "12 trials: 12 apart; nothing speaks against the record"
    for seed in range(1000, 1012):
        alter(path, f"{evidence.rounded(2.0 + seed / 7)}", f"{2.0 + seed / 7 + 50}")
    assert audit("--sample", "12") == 1
    assert "another distribution" in capsys.readouterr().out


def test_trials_of_other_code_are_not_compared(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = record.parent.parent / "reproductions/made_up/studies/s.py"
    alter(study, '"height": 2.0', '"height": 3.0')
    registry.study_sha256.cache_clear()
    __import__("sys").modules.pop("reproductions.made_up.studies.s")
    commit = json.loads((record / "provenance.json").read_text())["s"]["commit"]
    assert audit("--seed", "1002") == 2
    fault = "made_up/s/a: study, settings, data or engine changed since; to audit it, type: git checkout "
    assert f"{fault}{commit}" in capsys.readouterr().err
    assert circumstances.commit()[0] == commit


FACTS: dict[str, Any] = {
    "study": "s", "arm": "a", "seed": 1000, "tier": "full", "key": "k", "backend": "jax", "dataset": "synthetic",
    "data_sha256": "", "steps": 100, "metrics": {"score": 1.0},
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "same", "result"),
    [
        ({}, True, "equal"),
        ({"metrics": {"score": 1.0 + 1e-12}}, True, "equal"),  # the record holds nine digits
        ({"metrics": {"score": 1.05}}, True, "differs"),
        ({"steps": 99}, True, "differs"),
        ({"metrics": {"score": 1.05}}, False, "close"),
        ({"metrics": {"score": 1.2}}, False, "differs"),
        ({"metrics": {}}, False, "differs"),
        ({"status": "diverged", "metrics": {}}, False, "differs"),
        ({"status": "killed", "metrics": {}, "reason": "SIGKILL"}, False, "differs"),
        ({"metrics": {"score": 1.05}, "lanes": 4}, True, "close"),
        ({"metrics": {"score": 9.0}, "backend": "torch"}, True, "apart"),
    ],
)
def test_what_a_rerun_says(change: dict[str, Any], same: bool, result: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "same_kind", lambda made, used: same)
    before, now = Trial.model_validate(FACTS), Trial.model_validate(FACTS | change)
    assert compare(before, now, None)[0] == result


def test_after_many_steps_numbers_may_part_on_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "same_kind", lambda made, used: False)
    long = [Trial.model_validate(FACTS | {"steps": auditing.SHORT + 1, "metrics": {"score": x}}) for x in (1.0, 9.0)]
    assert compare(*long, None)[0] == "apart"
    monkeypatch.setattr(auditing, "same_kind", lambda made, used: True)
    assert compare(*long, None)[0] == "differs"


def test_the_same_kind_of_machine_has_processor_packages_and_accelerator() -> None:
    here = {"cpu": circumstances.cpu(), "packages": circumstances.packages()}
    made = provenance(CLAIM)["s"].model_copy(update=here)
    assert auditing.same_kind(made, "jax")
    assert not auditing.same_kind(made, "tensorflow")
    assert not auditing.same_kind(None, "jax")
    for other in ({"cpu": "another"}, {"packages": {}}, {"accelerator": "NVIDIA Fast"}):
        assert not auditing.same_kind(made.model_copy(update=other), "jax")


def test_tests_of_many_metrics_share_their_level() -> None:
    trial = Trial.model_validate(FACTS)
    apart = Compared("made_up", trial, trial, "apart", "")
    weak = TwoSample("made_up/s/a", "score", 1, 12, 0.2, 2 / 13)
    strong = replace(weak, n=12, p=0.006, least=1e-6)
    one, two = Audit("jax", [apart], [strong], [], {}), Audit("jax", [apart], [strong, strong], [], {})
    assert (one.code(), two.code()) == (1, 0)
    assert Audit("jax", [apart], [weak], [], {}).code() == 3
    assert Audit("jax", [apart], [], [], {}).code() == 3
    lost = Compared("made_up", trial, None, "not compared", "it changed since")
    assert Audit("jax", [lost, apart], [strong, strong], [], {}).code() == 3
    assert auditing_report.conclusion(Audit("jax", [lost], [], [], {})).startswith(
        "1 trial: 1 not compared; this leaves"
    )


def test_a_report_holds_no_markup_of_others() -> None:
    odd = Trial.model_validate(FACTS | {"arm": "<script>|`x`"})
    said = "\n".join(
        auditing_report._markdown(Audit("jax", [Compared("made_up", odd, None, "differs", "a\n|b")], [], [], {}))
    )
    assert "\\<script\\>\\|\\`x\\`" in said
    assert "a \\|b" in said


def test_what_is_chosen(record: Path) -> None:
    seeds = [t.seed for _, t in recorded.choose(SELECTED, None, None, 20)]
    assert sorted(seeds) == list(range(1000, 1012))
    assert len(recorded.choose(SELECTED, "s/a", None, None)) == 1
    assert len({recorded.choose(SELECTED, "a", None, 1)[0][1].seed for _ in range(40)}) > 3
    with pytest.raises(UserError, match="no arm of made-up is called 'b'; it is one of a"):
        recorded.choose(SELECTED, "b", None, None)


@pytest.mark.parametrize("seed", [5, 999, 1012])
def test_what_is_not_on_record_is_answered_by_what_can_be_chosen(
    record: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To run the claim again would train none of these: it is decided, and no run asks a seed below 1000."""
    where = re.escape(str(record.parent))
    for arm, what in ((None, "made-up"), ("a", "a"), ("s/a", "s/a")):
        said = rf"^seed {seed} of {what} is not on record in {where}; choose one of 1000 to 1011\.$"
        with pytest.raises(UserError, match=said):
            recorded.choose(SELECTED, arm, seed, None)
    known = recorded.on_record("made_up")
    others = [*known[1:5], known[8].model_copy(update={"status": "memory"}), known[10]]
    monkeypatch.setattr(recorded, "on_record", lambda name, pilots: others)
    with pytest.raises(UserError, match=r"choose one of 1001 to 1004, 1010\.$"):
        recorded.choose(SELECTED, None, seed, None)
    asked = claim(check("c"), check("d", arm="b"), check("e", arm="c"), id="made-up")
    selected = {"made-up": ("made_up", asked)}
    monkeypatch.setattr(recorded, "on_record", lambda name, pilots: [*others, known[0].model_copy(update={"arm": "b"})])
    with pytest.raises(UserError, match=r"^seed 1001 of b is not on record in .*; choose one of 1000\.$"):
        recorded.choose(selected, "b", 1001, None)
    with pytest.raises(UserError, match=rf"^no trial of c is on record in {where}; choose one of the arms a, b\.$"):
        recorded.choose(selected, "c", seed, None)


@pytest.mark.parametrize(
    ("seed", "what", "tier"),
    [(None, "trial", "full"), (5, "trial", "full"), (1000, "trial", "full"), (10_000, "pilot", "pilot")],
)
def test_where_nothing_can_be_chosen_a_run_is_advised(record: Path, seed: int | None, what: str, tier: str) -> None:
    (record / "trials.csv").unlink()
    said = rf"^no {what} of made-up is on record in .*; train some with: repro run made-up --tier {tier}$"
    with pytest.raises(UserError, match=said):
        recorded.choose(SELECTED, None, seed, None)
