"""`repro lesson` names what it can show, and refuses what it cannot before a lesson runs."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("marimo", reason="needs the lessons extra")
from suite import cli, registry, teaching

ROOT = Path(__file__).parent.parent


def test_the_command_lists_the_lessons(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lesson"]) == 0
    listed_ones = capsys.readouterr().out
    for name, question in registry.lessons().items():
        assert re.search(rf"^{name} +{re.escape(question)}$", listed_ones, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lesson", "partiy"], "unknown lesson 'partiy'; did you mean parity"),
        (["lesson", "--html", "x.html"], "name it: repro lesson NAME --html FILE"),
    ],
)
def test_the_command_says_what_was_wrong(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("nowhere/x.html", "nowhere is no folder; make it, or name a file in another"),
        ("folder", "it is a folder; name a file in it"),
        ("folder/file/x.html", "folder/file is no folder"),
        ("x" * 300, "name another file"),
        ("", "--html names no file"),
    ],
)
def test_a_page_that_cannot_be_written_is_refused_before_its_lesson_runs(
    file: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "lesson", lambda name: pytest.fail("it runs"))
    monkeypatch.setattr(teaching, "_open", lambda name: pytest.fail("it opens"))
    assert cli.main(["lesson", "parity", "--html", file]) == 2
    err = capsys.readouterr().err
    assert (said in err, err.count("\n")) == (True, 1), err


@pytest.mark.parametrize("file", ["there.html", "new.html"])
def test_a_page_in_a_folder_of_somebody_else_is_refused_before_its_lesson_runs(
    file: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there.html").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # who may do everything can be refused nothing
    monkeypatch.setattr(registry, "lesson", lambda name: pytest.fail("it runs"))
    assert cli.main(["lesson", "parity", "--html", str(tmp_path / file)]) == 2
    assert f"{file}: it may not be written; name another file" in capsys.readouterr().err


def test_a_disk_that_fails_once_the_lesson_has_run_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As does a folder that went away meanwhile."""

    def run() -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        (tmp_path / "folder").rmdir()
        return (), {}

    (tmp_path / "folder").mkdir()
    monkeypatch.setattr(registry, "lesson", lambda name: SimpleNamespace(app=SimpleNamespace(run=run)))
    assert cli.main(["lesson", "parity", "--html", str(tmp_path / "folder/x.html")]) == 2
    assert "x.html: No such file or directory; name another file." in capsys.readouterr().err


def test_a_lesson_that_is_no_python_is_named_with_its_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "parity").mkdir()
    (tmp_path / "parity" / "lesson.py").write_text('"""Is it?"""\nx = (\n')
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    assert cli.main(["lesson"]) == 2
    said = f"repro: {tmp_path}/parity/lesson.py, line 2: '(' was never closed; mend it, or move it away.\n"
    assert capsys.readouterr().err == said


def test_without_marimo_the_command_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(teaching, "find_spec", lambda name: None)
    assert cli.main(["lesson", "parity"]) == 2
    assert "type: pip install -e '.[lessons]'" in capsys.readouterr().err
    assert 'lessons = ["marimo' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
