"""What an author gets wrong in a study is a sentence that names its file, and costs no other claim anything."""

from typing import Any

import pytest

STUDY = "reproductions/stub/studies/echo.py"
FAULTS = {
    "arms raises": (
        "def arms(tier):",
        "def arms(tier):\n    {}[tier]",
        f"{STUDY} cannot tell its arms at the quick tier: KeyError: 'quick', line",
    ),
    "one arm alone": (
        "return tuple(Arm",
        "return next(Arm",
        f"{STUDY} cannot tell its arms at the quick tier: TypeError",
    ),
    "no arms": (
        "return tuple(Arm",
        "return tuple(SCORES) or (Arm",
        "study stub/echo declares a bad arm at the quick tier: ",
    ),
    "a setting that is no JSON": (
        '{"arm": name}',
        '{"arm": {name}}',
        f"{STUDY} cannot tell its arms at the quick tier: TypeError: ",
    ),
    "no data": ('DATASET = "synthetic"\n', "", f"{STUDY} has no DATASET; write one of 'synthetic', 'images', "),
    "other data": ('DATASET = "synthetic"', 'DATASET = "mnist"', f"{STUDY} has the DATASET 'mnist'; write one of"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_a_study_declares_wrongly_is_named_and_others_run(fault: str, stub: Any) -> None:
    old, new, said = FAULTS[fault]
    stub.edit(STUDY, old, new)
    alone = stub.run("run", "stub-echo", "--workers", "0")
    assert (alone.returncode, alone.stdout) == (2, "")
    assert said in alone.stderr
    others = stub.run("run", "--workers", "0")
    assert others.returncode == 2
    assert others.stdout.splitlines()[1].split()[:4] == ["stub-better", "not", "run", "agrees"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "        yield Run(seed",
            "        if seed != 1: yield Run(seed",
            "run yields nothing for the seeds [1]: make it",
        ),
        (
            "        yield Run(seed,",
            "        yield Run(seed + 7,",
            "run yields seed 7, where it was to yield [0, 1, 2]: one",
        ),
        ("        yield Run(seed,", "        yield Run(0,", "run yields seed 0, where it was to yield [1, 2]: one Run"),
    ],
)
def test_each_seed_has_one_run_or_the_study_is_at_fault(old: str, new: str, said: str, stub: Any) -> None:
    """Which is no matter of time: to type the same again would change nothing."""
    stub.edit(STUDY, old, new)
    done = stub.run("run", "stub-echo", "--workers", "0")
    assert done.returncode == 2
    assert said in done.stderr
    assert "time is up" not in done.stderr


def test_what_is_left_of_a_claim_is_what_it_asks_for_in_vain(stub: Any) -> None:
    """A forecast too, which stands there for ever once seeds are trained."""
    row = "forecaster,date,claim,check,probability\nanne,2026-11-03,stub-echo,ehco,0.5\n"
    (stub.root / "reproductions/forecasts.csv").write_text(row)
    fault = "claim stub-echo: forecasts.csv gives a probability to its check 'ehco', which it does not have"
    assert fault in stub.run("new", "left", "stub-echo").stdout
    refused = stub.run("run", "stub-echo", "--workers", "0")
    assert (refused.returncode, fault in refused.stderr, stub.log()) == (2, True, [])


def test_a_metric_that_no_seed_has_is_named_beside_what_differs(stub: Any) -> None:
    stub.edit(STUDY, '"ok", 1, False, {"score": score}', '"ok", 1, False, {"scores": score}')
    done = stub.run("run", "stub-echo", "--workers", "0")
    assert done.returncode == 1
    assert "echo – >= 0.5 (3 of 3 seeds have no score)" in done.stdout


def test_a_study_that_is_no_python_takes_nothing_from_the_reader_of_others(trained: Any) -> None:
    before = {path: path.read_bytes() for path in trained.results.rglob("*") if path.is_file()}
    path = trained.root / STUDY
    path.write_text(path.read_text() + "def (\n")
    shown = trained.run("list")
    assert shown.returncode == 0
    assert [line.split()[:2] for line in shown.stdout.splitlines()[-2:]] == [
        ["stub-better", "reproduced"],
        ["stub-echo", "stale"],
    ]
    written = trained.run("export")
    assert (written.returncode, written.stdout) == (2, "")
    assert "echo.py, line" in written.stderr
    assert "Nothing was written" in written.stderr
    assert {path: path.read_bytes() for path in before} == before
