"""Two sets of results are compared number by number; one may be of another machine, or of other seeds."""

import csv
import json
import math
from pathlib import Path

import pytest
from made_up import trained, write

from common.statistics import same_distribution
from suite import cli, evidence


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two records of the same twelve seeds."""
    monkeypatch.setattr("signal.signal", lambda *_: None)
    for name in ("one", "two"):
        (tmp_path / name / "made_up").mkdir(parents=True)
        evidence.write_trials(tmp_path / name / "made_up" / "trials.csv", trained(a="yynnyyyyyyyy"))
        write(tmp_path / name / "made_up" / "verdicts.json", {"c": {"verdict": "reproduced", "answer": "It is so."}})
    return tmp_path / "one", tmp_path / "two"


def compared(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    code = cli.main(["compare", *map(str, folders), *more])
    return code, capsys.readouterr().out


def test_equal_records_have_nothing_to_tell(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    code, out = compared(folders, capsys)
    assert (code, out.splitlines()[1:]) == (
        0,
        ["0 verdicts or answers differ; 12 trials are equal, 0 arms have others."],
    )


def test_verdicts_numbers_and_seeds_that_differ_are_named(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = folders
    evidence.write_trials(two / "made_up" / "trials.csv", trained(a="yynnyyyyyyyn", b="y")[1:])
    write(
        two / "made_up" / "verdicts.json",
        {"c": {"verdict": "partly", "answer": "It is half so."}, "d": {"verdict": "x"}},
    )
    code, out = compared(folders, capsys)
    assert code == 1
    lines = out.splitlines()
    assert "c: reproduced in A, partly in B" in lines
    assert "d: no verdict in A, x in B" in lines
    assert "made_up/s/a: 10 equal, 1 differ, 1 only in a" in lines
    assert "    seed 1011: m 1.0 in A, 0.0 in B" in lines
    assert "made_up/s/b: 1 only in b" in lines
    found = json.loads(compared(folders, capsys, "--json")[1])
    assert found["trials"]["made_up/s/a"]["differ"] == 1
    assert found["verdicts"]["c"]["b"]["answer"] == "It is half so."
    assert compared((one, one), capsys)[0] == 0


def test_a_claim_that_is_not_run_is_as_one_that_is_on_no_record(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """It has a row once another claim of its module has trials."""
    one, two = folders
    same = {"verdict": "reproduced", "answer": "It is so."}
    write(two / "made_up/verdicts.json", {"c": same, "d": {"verdict": "not run", "answer": "Nothing was run."}})
    for pair in ((one, two), (two, one)):
        assert compared(pair, capsys)[0] == 0
    write(one / "made_up/verdicts.json", {"c": same, "d": same})
    assert "d: reproduced in A, not run in B" in compared(folders, capsys)[1]


@pytest.mark.parametrize("what", ["absent", "empty"])
def test_a_folder_without_a_record_is_refused(
    what: str, folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    other = folders[0].parent / what
    if what == "empty":
        other.mkdir()
    assert cli.main(["compare", str(folders[0]), str(other)]) == 2
    said = "is no folder; name two folders of results" if what == "absent" else "holds no record: no folder of it has"
    assert f"repro: {other} {said}" in capsys.readouterr().err


def test_the_two_sample_test_by_hand() -> None:
    """Of two samples that do not overlap, all arrangements but two are less extreme."""
    p, least = same_distribution([1, 2, 3], [4, 5, 6, 7])
    assert p == pytest.approx(2 / math.comb(7, 3))
    assert least == pytest.approx(p)
    assert same_distribution([1.0, 2.0], [1.0, 2.0])[0] == 1.0
    assert same_distribution([], [1.0]) == (1.0, 1.0)
    assert same_distribution([1, 2, math.inf], [4, 5, math.inf])[0] == same_distribution([1, 2, 9], [4, 5, 9])[0]
    assert same_distribution(range(12), range(12, 24))[0] < 1e-6
    with pytest.raises(ValueError, match="without nan"):
        same_distribution([math.nan], [1.0])


def test_a_verdict_without_an_answer_says_so(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Edition 1 recorded none."""
    write(folders[1] / "made_up" / "verdicts.json", {"c": {"verdict": "reproduced"}})
    assert compared(folders, capsys)[1].splitlines()[1:4] == [
        "c: reproduced in A, reproduced in B", "    A: It is so.", "    B: no answer on record",
    ]  # fmt: skip


def test_numbers_of_a_claim_in_rows_and_summed_up(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A word that a spreadsheet would run comes out inert."""
    from made_up import check, claim, publish

    folder = publish(monkeypatch, folders[0], claim(check()), claim(check(arm="=1+1"), id="odd"))
    (folder.parent / "code/made_up/studies").mkdir(parents=True)
    (folder.parent / "code/made_up/studies/s.py").write_text('METRICS = {"m": "what it is, metres"}\n')
    rows = trained(a="ynf", b="y", **{"=1+1": "y"})
    evidence.write_trials(folder / "trials.csv", rows)
    assert cli.main(["trials", "made-up"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "made_up/s/a: 3 seeds (1000 to 1002), jax, 1 failed",
        "    m: median 0.5, 0 to 1 of 2 seeds; what it is, metres",
    ]
    assert cli.main(["trials", "made-up", "--csv"]) == 0
    table = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [(row["seed"], row["metric"], row["value"]) for row in table] == [("1000", "m", "1.0"), ("1001", "m", "0.0")]
    assert cli.main(["trials", "odd", "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split(",")[2] == "'=1+1"
    assert cli.main(["pilots", "made-up"]) == 2
    assert "no pilot of made-up is on record in" in capsys.readouterr().err
