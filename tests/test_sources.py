"""A study's hash sees all code that the study runs, however it is imported; what it cannot see is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from suite import registry, sources
from suite.records import code_sha256

HELPER = "RATE = 1\n"


@pytest.fixture
def hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes files of a reproduction `own` and gives the hash of its study `question`."""
    monkeypatch.setattr(sources, "ROOT", tmp_path)

    def write(**files: str) -> str:
        for place, text in {"__init__": '"""One."""', "studies__init": "", **files}.items():
            name = place.replace("studies__", "studies/").replace("parts__", "parts/").replace("init", "__init__")
            path = tmp_path / "reproductions/own" / f"{name.replace('____init____', '__init__')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (tmp_path / "reproductions/__init__.py").touch()
        (tmp_path / "reproductions/other").mkdir(exist_ok=True)
        (tmp_path / "reproductions/other/__init__.py").touch()
        return code_sha256(*sources.files("own", "question"))

    return write


FORMS = {
    "absolute": "from reproductions.own.helper import RATE",
    "module": "import reproductions.own.helper as h",
    "relative name": "from ..helper import RATE",
    "relative module": "from .. import helper",
    "star": "from ..helper import *",
    "in a function": "def f():\n    from .. import helper\n    return helper",
    "where it is tried": "try:\n    from ..helper import RATE\nexcept ImportError:\n    RATE = 0",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("by", ["study", "model", "another helper", "a package"])
def test_an_edited_helper_changes_the_hash(hashed: Callable[..., str], form: str, by: str) -> None:
    statement = FORMS[form]
    files = {"study": {"studies__question": statement}}
    files["model"] = {"studies__question": "", "model": statement.replace("..", ".")}
    files["another helper"] = {"studies__question": "from .. import more", "more": statement.replace("..", ".")}
    files["a package"] = {"studies__question": "", "studies__init": statement}
    before = hashed(helper=HELPER, **files[by])
    assert hashed(helper=HELPER + "# what it is\n", **files[by]) == before
    assert hashed(helper="RATE = 2\n", **files[by]) != before
    assert sources.escapes("own", "question") == []


@pytest.mark.parametrize("place", ["__init__", "studies__init", "parts__init"])
def test_what_a_package_computes_is_part_of_the_hash(hashed: Callable[..., str], place: str) -> None:
    files = {"studies__question": "from ..parts.one import x", "parts__one": "x = 1", "parts__init": ""}
    plain = hashed(**files)
    assert hashed(**(files | {place: '"""More words."""'})) == plain
    texts = "import keras", "import keras\nkeras.utils.set_random_seed(1)"
    changed = {hashed(**(files | {place: text})) for text in texts}
    assert len(changed | {plain}) == 3
    assert hashed(**(files | {"parts__one": "x = 2"})) != plain


def test_what_a_study_does_not_import_is_no_part_of_it(hashed: Callable[..., str]) -> None:
    before = hashed(studies__question="from common.study import Arm", helper=HELPER, studies__next="x = 1")
    assert hashed(studies__question="from common.study import Arm", helper="RATE = 2", studies__next="x = 2") == before


REFUSED = {
    "import importlib": "`importlib` finds code or files in ways",
    "from importlib import import_module": "`importlib` finds",
    "from importlib.resources import files": "`importlib` finds",
    "import runpy": "`runpy` finds",
    "import subprocess": "`subprocess` finds",
    "helper = __import__('reproductions.own.helper')": "`__import__` runs code",
    "exec('import reproductions.own.helper')": "`exec` runs code",
    "answer = eval('1')": "`eval` runs code",
    "import sys\nsys.path.append('..')": "`sys.path` changes what is imported",
    "from .. import *": "`reproductions.own` is a package, and which of its modules `*` means",
    "from .. import studies": "`reproductions.own.studies` is a package, and which of its modules",
    "import reproductions.own": "`reproductions.own` is a package",
    "from reproductions import own": "`reproductions.own` is a package",
    "from reproductions.other import model": "`reproductions.other.model` is no part of this reproduction",
    "from ...other.model import x": "`reproductions.other.model.x` is no part of this reproduction",
    "from reproductions import registry": "`reproductions.registry` is no part",
    "import tests.conftest": "`tests.conftest` is no part of the study's hash",
    "import beside": "`beside` is no part of the study's hash",
    "from pathlib import Path\nPath(__file__)": "`__file__` leads to files",
    "data = open('rates.csv')": "`open` reads a file",
    "data = path.read_text()": "`read_text` reads a file",
    "import numpy as np\nx = np.load('x.npy')": "`load` reads a file",
}


@pytest.mark.parametrize("text", [text for text, words in REFUSED.items() if words])
def test_what_the_hash_would_not_see_is_refused(hashed: Callable[..., str], tmp_path: Path, text: str) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/__init__.py").touch()
    (tmp_path / "beside.py").touch()
    for place, found in (("studies__question", "studies/question.py"), ("model", "model.py")):
        statement = text if place != "model" else text.replace("from ...", "from ..").replace("from .. ", "from . ")
        hashed(**({"studies__question": "", "model": ""} | {place: f"\n{statement}\n"}))
        sources._escapes.cache_clear()
        faults = sources.escapes("own", "question")
        assert len(faults) == 1, faults
        assert faults[0].startswith(f"{found}, line {3 if chr(10) in text else 2}: {REFUSED[text]}"), faults


def test_a_study_that_escapes_its_hash_is_not_run(stub: Any) -> None:
    (stub.root / "reproductions/stub/rates.py").write_text("SCORE = 0.7\n")
    study = "reproductions/stub/studies/sleep.py"
    stub.edit(study, "import numpy as np", "import numpy as np, importlib")
    told = stub.run("run")
    assert (told.returncode, told.stdout, stub.log()) == (2, "", [])
    refused = "repro: study stub/sleep does what its hash would not see: studies/sleep.py, line 3: `importlib`"
    assert refused in told.stderr
    stub.edit(study, "import numpy as np, importlib", "import numpy as np\nfrom ..rates import SCORE")
    stub.commit()
    assert stub.run("run", "--tier", "full", "--workers", "2").returncode == 0
    assert stub.run("verify").returncode == 0
    stub.edit("reproductions/stub/rates.py", "0.7", "0.8")
    assert "stub-better: recorded reproduced, the evidence gives stale (study sleep changed since the run)" in (
        stub.run("verify").stdout.splitlines()
    )


@pytest.mark.parametrize("name", registry.names())
def test_no_study_escapes_its_hash(name: str) -> None:
    assert [fault for question in registry.study_names(name) for fault in sources.escapes(name, question)] == []
