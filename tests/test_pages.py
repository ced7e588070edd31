"""The pages that people read: one that is missing, or has no place for its table, is named and never skipped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from edited import CLAIM, beside_the_code
from made_up import provenance, trained

from suite import cli, pages, recording, registry, verifying

PAGE = f"# A page\n\nIn words of its own.\n\n{pages.START}{pages.END}\nAnd more of them.\n"


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    made = beside_the_code(monkeypatch, tmp_path, PAGE)
    assert verifying.verify() == []
    return made


def changed(old: str, new: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(path.read_text().replace(old, new))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "removed": (Path.unlink, "missing"),
    "its mark misspelt": (changed("<!-- verdicts -->", "<!-- verdict -->"), "<!-- verdicts --> stands there 0 times"),
    "its end misspelt": (changed("<!-- end of", "<!-- End of"), "<!-- end of verdicts --> stands there 0 times"),
    "a mark doubled": (changed(pages.START, pages.START * 2), "<!-- verdicts --> stands there 2 times"),
    "its end first": (
        lambda path: path.write_text(f"{pages.END}\nedited\n{pages.START}"),
        "<!-- end of verdicts --> stands before <!-- verdicts -->",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("page", ["README.md", "reproductions/made_up/README.md"])
def test_a_page_without_a_place_for_its_table_is_a_fault_and_refused_by_export(
    root: Path, page: str, what: str, capsys: Any
) -> None:
    change, told = BROKEN[what]
    change(root / page)
    [fault] = verifying.verify()
    assert fault.startswith(f"{page}: {told}")
    (root / "results/INDEX.md").write_text("edited")
    assert cli.main(["export"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"repro: {root / page}: {told}")
    assert error.count("\n") == 1
    assert (root / "results/INDEX.md").read_text() == "edited", "nothing was written"


def test_trials_are_recorded_though_a_page_has_no_place(root: Path) -> None:
    (root / "README.md").unlink()
    recording.record_study("made_up", provenance(CLAIM)["s"], trained(a="y" * 12, b="y" * 12))
    assert "reproduced" in (root / "reproductions/made_up/README.md").read_text()
    assert verifying.verify() == ["README.md: missing"]


def test_a_record_kept_elsewhere_asks_for_no_page(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "README.md").unlink()
    monkeypatch.setattr(registry, "ROOT", root / "elsewhere")
    assert verifying.verify() == []
    assert cli.main(["export"]) == 0
