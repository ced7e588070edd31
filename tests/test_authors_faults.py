"""What authors get wrong in their claims, studies and models: named with its line, and no other claim is touched."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stub_project import told

import reproductions
from common.training import Run
from suite import cli, registry

CLAIMS, SLEEP = "reproductions/stub/claims.py", "reproductions/stub/studies/sleep.py"
ONE = (
    "from suite.claims import Claim, Published, direction\nfrom suite.questions import passes\n\n"
    "def one(identity):\n    checks = (direction('c', 'it shows', 's', passes('a', 'm', '>', 0)),)\n"
    "    return Claim(identity, 'b', 'c', 'd', 'synthetic', checks, (), Published('', 'confirmed'))\n\n"
)
BROKEN = {
    "CLAIMS = ()": "it has no claims: CLAIMS is empty",
    "CLAIM = ()": "it has no CLAIMS",
    "CLAIMS = {'a': 1}": "CLAIMS is a dict, not a tuple of claims",
    "CLAIMS = (\n    'a',\n)": "CLAIMS holds 'a', which is no Claim",
    "CLAIMS = (": "SyntaxError: '(' was never closed, line 1",
    f"{ONE}CLAIMS = (one('parity-twice'), one('parity-twice'))": "2 claims are called parity-twice; give each an id of",
    f"{ONE}CLAIMS = (one('../outside'),)": "the id '../outside' is no name of lower-case letters, digits, hyphens",
    "\nCLAIMS = (unknown,)": "NameError: name 'unknown' is not defined, line 2",
    "from suite.claims import *\nCLAIMS = (Claim('a'),)": "TypeError: Claim.__init__() missing 7 required",
    "from suite.claims import *\nCLAIMS = (Claim('a', 'b', 'c', 'd', 'e', (1), (), Published('', 'confirmed')),)": (
        "TypeError: claim a: checks is 1, not a tuple; one of a single part ends in a comma, line 2"
    ),
}


@pytest.fixture
def other(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The `claims.py` of another reproduction, beside that of parity."""
    folder = bare / "other"
    folder.mkdir()
    monkeypatch.setattr(reproductions, "__path__", [*reproductions.__path__, str(bare)])
    monkeypatch.setattr(registry, "names", lambda: ("other", "parity"))
    registry.forget_claims()
    yield folder / "claims.py"
    sys.modules.pop("reproductions.other.claims", None)
    registry.forget_claims()


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_claims_file_is_named_and_touches_no_other(
    text: str, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other.write_text(text)
    fault = f"reproductions/other/claims.py cannot be read: {BROKEN[text]}"
    for words, code in ((["list"], 0), (["verdicts", "other"], 2), (["explain", "other-better"], 2)):
        assert cli.main(words) == code
        out, err = capsys.readouterr()
        assert fault in err
        assert err.count("\n") == 1
        assert ("parity-frontier" in out) == (code == 0)


def test_an_id_of_two_reproductions_is_an_error_of_both(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Either would take the other's verdict."""
    other.write_text(f"{ONE}CLAIMS = (one('parity-frontier'),)")
    assert registry.all_claims() == {}
    assert registry.broken() == {
        name: f"its claim parity-frontier has the id of one of {another}; give the newer another"
        for name, another in (("other", "parity"), ("parity", "other"))
    }
    assert cli.main(["explain", "parity-frontier"]) == 2
    assert "reproductions/other/claims.py cannot be read: its claim parity-frontier has" in capsys.readouterr().err


def test_a_claim_that_reads_an_unknown_study_touches_no_other(stub: Any) -> None:
    stub.edit(CLAIMS, 'Quick("echo", "echo"', 'Quick("echo", "ehco"')
    fault = f"{CLAIMS}, claim stub-echo: quick check echo: there is no study 'ehco'; there are echo, sleep"
    assert fault in told(stub.run("run", "stub-echo"))
    others = stub.run("run", "--workers", "0")
    assert others.returncode == 2
    assert f"repro: warning: {fault}; mend it." in others.stderr
    assert others.stdout.splitlines()[1].split()[:4] == ["stub-better", "not", "run", "agrees"]


def test_a_study_that_cannot_be_imported_is_named_with_its_line(stub: Any) -> None:
    stub.edit("reproductions/stub/studies/echo.py", "import numpy as np", "import numpie as np")
    fault = (
        "reproductions/stub/studies/echo.py cannot be imported: ModuleNotFoundError: No module named 'numpie', line 3"
    )
    assert fault in told(stub.run("run", "stub-echo"))
    others = stub.run("run", "--workers", "0")
    assert (others.returncode, fault in others.stderr) == (2, True)
    assert "agrees" in others.stdout


@pytest.mark.parametrize(
    ("metrics", "fault"),
    [
        (0.9, "metrics are 0.9: make them a dict of names to numbers"),
        (None, "metrics are None: make them a dict of names to numbers"),
        ({"score": "high"}, "metric score is 'high': make it a number"),
    ],
)
def test_metrics_that_are_no_dict_of_numbers_are_refused(metrics: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Run(0, "ok", 1, False, metrics, {})


def test_a_metric_that_is_no_dict_of_numbers_is_told_with_its_line(stub: Any) -> None:
    stub.edit(SLEEP, '{"score": score}, {"score"', 'score, {"score"')
    text = (stub.root / SLEEP).read_text(encoding="utf-8").splitlines()
    number = next(number for number, line in enumerate(text, 1) if "yield Run" in line)
    done = stub.run("run", "stub-better", "--workers", "0")
    line = next(line for line in done.stderr.splitlines() if "stub/sleep/treatment/0: " in line)
    assert done.returncode == 2
    assert "ValueError: metrics are 0.89" in line
    assert line.endswith(f"({SLEEP}, line {number})")
    assert f"mend it and run again. All that Python says of it is in {stub.root / 'home/errors.log'}" in done.stderr
    assert "Traceback (most recent call last)" in (stub.root / "home/errors.log").read_text()


def test_a_model_that_does_not_build_is_named_with_its_line(stub: Any) -> None:
    model = "import keras\n\ndef build():\n    return keras.Sequential([keras.layers.Dense(-1)])\n"
    (stub.root / "reproductions/stub/model.py").write_text(model)
    stub.edit(SLEEP, "import numpy as np", "import numpy as np\nfrom reproductions.stub import model")
    stub.edit(SLEEP, 'arm = settings["arm"]', 'arm = settings["arm"]\n    model.build()')
    done = stub.run("run", "stub-better", "--workers", "1")
    assert done.returncode == 2
    line = next(line for line in done.stderr.splitlines() if "stub/sleep/treatment/0: " in line)
    assert "ValueError" in line
    assert "units" in line
    assert line.endswith("(reproductions/stub/model.py, line 4)")
