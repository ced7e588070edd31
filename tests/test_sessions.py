"""A session of tests uses all cores, and still runs the quick tier once."""

import argparse
import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
CONFIGURATION = "[pytest]\nmarkers = claim quick full slow\n"


def test_processes_of_a_session_share_one_quick_run(stub: Any) -> None:
    """Both want its trials at once; one trains while the other waits, and finds them in the journal."""
    (stub.root / "pytest.ini").write_text(CONFIGURATION)
    words = ("-n2", "--dist=load", "-vk", "quick_finding", "-p", "no:cacheprovider", "reproductions/test_contract.py")
    out, _ = (process := stub.start(*words, module="pytest", STUB_SLEEP="0.2")).communicate(timeout=300)
    assert process.returncode == 0, out
    assert "[gw0]" in out
    assert "[gw1]" in out
    assert sorted((arm, seed) for arm, seed, *_ in stub.log()) == [
        (arm, seed) for arm in ("only", "treatment") for seed in range(3)
    ]


SEVERAL = {
    "": True,
    "tests": True,
    "reproductions/parity": True,
    "tests/test_figures.py": False,
    "tests/test_figures.py::test_any": False,
    "-k parity-31-possible": False,
    "-s": False,
    "reproductions --full": False,
}


@pytest.mark.parametrize("words", SEVERAL)
def test_what_is_narrowed_down_or_watched_runs_in_one_process(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting processes takes longer than a test or two, and what they print is not seen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file_or_dir", nargs="*")
    parser.add_argument("-k", dest="keyword", default="")
    parser.add_argument("-s", dest="capture", action="store_const", const="no", default="fd")
    parser.add_argument("--full", action="store_true")
    option = parser.parse_args(words.split())
    config = SimpleNamespace(option=option, getoption=lambda name, default: getattr(option, name))
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1}, raising=False)
    count = runpy.run_path(str(ROOT / "conftest.py"))["pytest_xdist_auto_num_workers"](config)
    assert count == (2 if SEVERAL[words] else 0)


@pytest.mark.parametrize("named", ["", "tensorflow", "jux"])
def test_a_test_that_loads_keras_itself_has_the_backend_of_a_run(named: str, tmp_path: Path) -> None:
    """Left alone Keras takes TensorFlow."""
    asks = f"import os\n\ndef test_it():\n    assert os.environ['KERAS_BACKEND'] == {named or 'jax'!r}\n"
    (tmp_path / "test_it.py").write_text(asks)
    env = {name: text for name, text in os.environ.items() if name not in ("KERAS_BACKEND", "PYTEST_ADDOPTS")}
    env |= {"HOME": str(tmp_path)} | ({"KERAS_BACKEND": named} if named else {})
    words = ["-m", "pytest", "-n0", "-c", str(ROOT / "pyproject.toml"), "-p", "conftest", str(tmp_path)]
    ran = subprocess.run([sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True)
    assert ran.returncode == (pytest.ExitCode.USAGE_ERROR if named == "jux" else 0), ran.stdout
    assert ("unknown backend 'jux' in KERAS_BACKEND" in ran.stderr) == (named == "jux")


def test_long_files_are_begun_first_in_each_process_and_no_test_is_lost() -> None:
    conftest = runpy.run_path(str(ROOT / "conftest.py"))
    names = [*(f"test_{letter}" for letter in "abcdef"), *conftest["FIRST"]]
    items = [SimpleNamespace(path=Path(f"{name}.py"), number=n) for name in names for n in range(7)]
    for count in (1, 2, 3, 4):
        found = conftest["dealt"](items, count)
        assert sorted(map(id, found)) == sorted(map(id, items))
        for place in range(count):
            share = found[len(items) * place // count : len(items) * (place + 1) // count]
            heads = [item.path.stem for item in share[::7]]
            own = list(conftest["FIRST"][place::count])
            assert heads[: len(own)] == own
        assert conftest["dealt"](items, count) == found, "each process must find the same order"
