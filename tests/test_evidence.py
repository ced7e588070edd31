"""The record gives back every name, reason and number, whatever a spreadsheet or a CSV reader makes of it."""

from pathlib import Path

import pytest
from edited import CLAIM, project, recorded
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from made_up import provenance, trained

from common.engine.checking import RECORDED
from common.errors import UserError
from common.study import Arm
from common.trials import Trial
from reproductions import load_results
from suite import evidence, manifest, recording, registry, verifying

AWKWARD = ("+wide", "'+wide", "''+wide", "=1+1", "@x", "-1", "'", "a,b", 'say "no"', "two\nlines", "\r", "\tx", " x ",
           "", "nan", "None", "NA", "true", "1e5", "0x1", "#", "\u2028", "µ", "\x00", "\x1a")  # fmt: skip
PRINTABLE = tuple(name for name in AWKWARD if name.isprintable())  # as the name of a metric must be
TEXTS = st.sampled_from(AWKWARD) | st.text(max_size=8)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
METRICS = TEXTS.filter(lambda name: name.isprintable() and name.strip() and name not in RECORDED)
always = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def trial(seed: int, **facts: object) -> Trial:
    made = {"study": "s", "arm": "a", "tier": "full", "key": "k", "backend": "jax", "dataset": "synthetic"}
    return Trial.model_validate(made | {"seed": seed, "data_sha256": "", "metrics": {}} | facts)


@st.composite
def trials(draw: st.DrawFn) -> list[Trial]:
    return [
        trial(
            seed,
            study=draw(TEXTS),
            arm=draw(TEXTS),
            reason=draw(TEXTS),
            dataset=draw(TEXTS),
            stopped=draw(st.booleans()),
            metrics=draw(st.dictionaries(METRICS, st.none() | NUMBERS, max_size=4)),
            curves=draw(
                st.dictionaries(TEXTS, st.lists(st.tuples(st.integers(0), NUMBERS), min_size=1, max_size=3), max_size=3)
            ),
        )
        for seed in range(1000, 1000 + draw(st.integers(0, 4)))
    ]


def test_a_metric_without_a_finite_number_is_told_from_one_that_was_not_measured(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    diverged, other = trial(1000, metrics={"loss": None, "x": 1.5}), trial(1001, metrics={"x": float("inf")})
    evidence.write_trials(path, [diverged, other])
    rows = [row.split(",")[-2:] for row in path.read_text().splitlines()]
    assert rows == [["loss", "x"], ["null", "1.5"], ["", "null"]]
    assert [found.metrics for found in evidence.read_trials(path)] == [{"loss": None, "x": 1.5}, {"x": None}]


@always
@given(trials())
@example([trial(seed, arm=name, reason=name, metrics={f"{name}.": 0.1}) for seed, name in enumerate(PRINTABLE)])
@example([trial(seed, arm=name, reason=name) for seed, name in enumerate(AWKWARD)])
def test_trials_come_back_as_they_were(tmp_path: Path, made: list[Trial]) -> None:
    path = tmp_path / "trials.csv"
    evidence.write_trials(path, made)
    found = sorted(evidence.read_trials(path), key=lambda t: t.seed)
    known = [{name: v if v is None else evidence.rounded(v) for name, v in t.metrics.items()} for t in made]
    assert found == [t.model_copy(update={"metrics": m, "curves": {}}) for t, m in zip(made, known, strict=True)]


@always
@given(trials())
@example([trial(seed, arm=name, curves={name: [(1, 0.5)]}) for seed, name in enumerate(AWKWARD)])
def test_curves_come_back_to_five_digits(tmp_path: Path, made: list[Trial]) -> None:
    path = tmp_path / "curves.csv"
    path.unlink(missing_ok=True)
    kept = [t for t in made if 1000 <= t.seed < 1000 + evidence.CURVE_SEEDS]
    expected: dict[object, object] = {}
    for t in kept:
        for metric, points in t.curves.items():
            known = [(step, float(f"{value:.5g}")) for step, value in points if value is not None]
            expected[t.study, t.arm, metric, t.seed] = known
    for question in sorted({t.study for t in made}):
        evidence.write_curves(path, [t for t in made if t.study == question], path, question)
    curves = evidence.read_curves(path)
    assert {(*of, seed): points for of, seeds in curves.items() for seed, points in seeds.items()} == expected


@always
@given(trials().filter(len))
@example([trial(seed, arm=name, metrics={"x": 0.1 + seed / 7}) for seed, name in enumerate(AWKWARD)])
@example([trial(0, metrics={"x": 1.7976931348623157e308, "y": 5e-324, "z": 0.333333333, "w": None})])
def test_results_are_loaded_as_they_were(tmp_path: Path, made: list[Trial]) -> None:
    (tmp_path / "parity").mkdir(exist_ok=True)
    evidence.write_trials(tmp_path / "parity/trials.csv", made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPRO_RESULTS", str(tmp_path))
        table = load_results("parity")
    known = {(t.study, t.arm, t.seed): t for t in made}
    assert len(table) == len(known)
    for row in table.to_dict("records"):
        t = known[row["study"], row["arm"], row["seed"]]
        assert (row["reason"], row["dataset"], row["stopped"]) == (t.reason, t.dataset, t.stopped)
        found = {name: v for name, v in row.items() if name not in evidence.COLUMNS and v == v}
        assert found == {name: evidence.rounded(v) for name, v in t.metrics.items() if v is not None}


def test_a_row_with_a_cell_too_few_is_named(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    evidence.write_trials(path, [trial(0, metrics={"x": 1.0}), trial(1, metrics={"x": 2.0})])
    path.write_text(path.read_text().replace(",2.0", ""))
    with pytest.raises(UserError, match=r"line 3: 15 cells under 16 names; restore it"):
        evidence.read_trials(path)


@pytest.mark.parametrize("name", ["", " wide", "wide ", "two\nlines", "a\tb", "\r", "a/b", "\x00", "\ud800", None, 3])
def test_an_arm_has_a_name_that_can_be_printed(name: str) -> None:
    with pytest.raises(ValueError, match=r"arm name .* is not one printable word"):
        Arm(name, {}, (0,))


@pytest.mark.parametrize("name", ["+wide", "=x", "@x", "'x", "-1", "a, b", 'b"c', "None", "ü|x"])
def test_any_other_name_is_an_arm(name: str) -> None:
    assert Arm(name, {}, (0,)).name == name


def test_a_study_may_be_recorded_arm_by_arm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As claims read different arms of it: the other arms' curves stay, and their unfinished trials until recorded."""
    folder = project(monkeypatch, tmp_path)
    fact = provenance(CLAIM)["s"]
    drawn = {
        arm: [t.model_copy(update={"curves": {"m": [(0, n)], "x": [(0, n)]}}) for t in trained(**{arm: "yyy"})]
        for n, arm in enumerate("abc")
    }

    def left() -> list[tuple[str, int]]:
        return [(t.arm, t.seed) for t in evidence.read_unfinished(folder / manifest.UNFINISHED)]

    recording.keep_unfinished("made_up", "s", drawn["b"][:2])
    recording.keep_unfinished("made_up", "s", [*drawn["c"][:1], *drawn["b"][1:]])
    assert left() == [("b", 1000), ("c", 1000), ("b", 1001), ("b", 1002)]
    for arm in "ab":
        recording.record_study("made_up", fact, drawn[arm])
    assert left() == [("c", 1000)]
    again = [t.model_copy(update={"curves": {"m": [(0, 9)]}}) for t in drawn["b"][:1]]
    recording.record_study("made_up", fact, again)
    curves = evidence.read_curves(folder / "curves.csv")
    whole, first = {seed: [(0, 0.0)] for seed in (1000, 1001, 1002)}, {1001: [(0, 1.0)], 1002: [(0, 1.0)]}
    assert curves == {
        ("s", "a", "m"): whole,
        ("s", "a", "x"): whole,
        ("s", "b", "m"): {1000: [(0, 9.0)], **first},
        ("s", "b", "x"): first,
    }
    recording.record_study("made_up", fact, drawn["c"])
    assert not (folder / manifest.UNFINISHED).exists()
    recording.record_study("made_up", provenance(CLAIM, code_sha256="another")["s"], drawn["c"])
    assert {arm for _, arm, _ in evidence.read_curves(folder / "curves.csv")} == {"c"}
    assert verifying.verify() == []


@pytest.mark.parametrize(
    ("head", "lacks"),
    [("study,arm,seed,metric,step2,values", "steps"), ("study,arm,seed,metric,steps,value", "values"),
     ("study,arm,seed,metric,step,values", "steps")],
)  # fmt: skip
def test_a_file_of_curves_without_a_column_is_named(tmp_path, head, lacks):
    (tmp_path / "curves.csv").write_text(f"{head}\ns,a,1000,m,0 1,0.5 0.25\n")
    with pytest.raises(UserError, match=rf"curves\.csv, line 2: it has no column '{lacks}'"):
        evidence.read_curves(tmp_path / "curves.csv")


def test_verdicts_are_read_as_they_are_now_and_damage_is_told_each_time(monkeypatch, tmp_path):
    """A look at them is kept while they stay; what one reader makes of them is none of the next one's."""
    path = recorded(monkeypatch, tmp_path / "record") / "verdicts.json"
    registry.recorded_verdicts("made_up")["made-up"].update(verdict="reproduced")
    assert registry.recorded_verdicts("made_up")["made-up"]["verdict"] == "partly"
    sound = path.read_text()
    for text, word in ((sound.replace('"partly"', "7"), None), (sound.replace('"partly"', '"invalid"'), "invalid")):
        path.write_text(text)
        for _ in range(2):
            if word:
                assert registry.recorded_verdicts("made_up")["made-up"]["verdict"] == word
            else:
                with pytest.raises(UserError, match=r"verdicts\.json: .*verdict is 7, which is no text"):
                    registry.recorded_verdicts("made_up")
