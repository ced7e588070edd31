import json
from pathlib import Path

import pytest

from suite import records, registry, remembered, sources, writing


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a study `question` of a reproduction `made_up`, and an empty home."""
    path = tmp_path / "reproductions" / "made_up" / "studies" / "question.py"
    path.parent.mkdir(parents=True)
    path.write_text("RATE = 1\n")
    for module in (registry, sources):
        monkeypatch.setattr(module, "ROOT", tmp_path)
        monkeypatch.setattr(module, "FOLDER", tmp_path / "reproductions", raising=False)
    monkeypatch.setenv("REPRO_HOME", str(tmp_path / "home"))
    return path


def kept(home: Path) -> Path:
    return home / "home" / remembered.FILE


def asked() -> str:
    """The hash as the next command has it."""
    registry.study_sha256.cache_clear()
    with remembered.remembering():
        found = registry.study_sha256("made_up", "question")
    registry.study_sha256.cache_clear()
    return found


def count(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows with each hash that is made anew."""
    made: list[object] = []
    real = records.code_sha256
    monkeypatch.setattr(records, "code_sha256", lambda *files: (made.append(files), real(*files))[1])
    return made


def test_a_hash_is_made_once_and_is_that_of_the_code(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = count(monkeypatch)
    assert asked() == asked() == records.code_sha256(study)
    assert len(made) == 2, "one by the first command, one by this test"


@pytest.mark.parametrize("change", ["studies/question.py", "model.py", "studies/beside.py", "gone"])
def test_a_hash_is_made_anew_once_any_program_of_the_reproduction_changed(
    study: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    (study.parent / "gone.py").write_text("")
    before = asked()
    made = count(monkeypatch)
    if change == "gone":
        (study.parent / "gone.py").unlink()
    else:
        (study.parent.parent / change).write_text("RATE = 2\n")
    now = asked()
    assert len(made) == 1
    assert (now != before) == (change in ("studies/question.py", "model.py"))


def test_what_an_editor_leaves_beside_a_program_is_no_program(study: Path) -> None:
    before = asked()
    (study.parent / ".#question.py").symlink_to("nobody@nowhere.1")
    (study.parent / "folder.py").mkdir()
    assert asked() == before


def test_texts_that_moved_from_one_program_to_the_next_are_a_change(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (study.parent / "r.py").write_text("RATE = 2\n")
    asked()
    made = count(monkeypatch)
    study.write_text("RATE = 2\n")
    (study.parent / "r.py").write_text("RATE = 1\n")
    assert asked() == records.code_sha256(study)
    assert len(made) == 2


@pytest.mark.parametrize("module", [records, sources])
def test_a_hash_is_made_anew_once_what_makes_it_changed(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object
) -> None:
    asked()
    made = count(monkeypatch)
    (tmp_path / "later.py").write_text("")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "later.py"))
    asked()
    assert len(made) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace('"files"', '"file"'),
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: text.replace(json.loads(text)["studies"]["made_up/question"]["code_sha256"], "0" * 64),
    ],
)
def test_of_a_damaged_file_nothing_is_taken(study: Path, tmp_path: Path, spoil) -> None:
    right = asked()
    path = kept(tmp_path)
    path.write_text(spoil(path.read_text()))
    assert asked() == right
    assert json.loads(path.read_text())["studies"]["made_up/question"]["code_sha256"] == right


def test_where_nothing_can_be_kept_the_hash_is_right(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    assert asked() == asked() == records.code_sha256(study)


def test_what_trains_or_verifies_takes_nothing_that_was_kept(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = asked()
    said = json.loads(kept(tmp_path).read_text())["studies"]
    said["made_up/question"]["code_sha256"] = "0" * 64
    kept(tmp_path).write_text(json.dumps({"sha256": records.sha256(records.canonical_json(said)), "studies": said}))
    assert asked() == "0" * 64, "or this test would show nothing"
    registry.study_sha256.cache_clear()
    assert registry.study_sha256("made_up", "question") == right
    registry.study_sha256.cache_clear()


def test_nothing_is_written_where_nothing_is_new(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked()
    monkeypatch.setattr(writing, "write_text", lambda *of: pytest.fail("it wrote"))
    asked()
