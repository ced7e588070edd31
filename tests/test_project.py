"""What the README says is what the gate and tox run, and the project's pages follow from its record."""

import configparser
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from common.trials import Trial
from reproductions import load_results
from suite import evidence, pages, provenance, registry

ROOT = Path(__file__).parent.parent


def readme_lines() -> list[str]:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Two lines")[1]
    return section.split("```")[1].strip().splitlines()


def test_readme_lines_set_up_alone_and_end_in_the_command_that_tox_runs() -> None:
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    run, test = (line.split(" && ") for line in readme_lines())
    assert run[:-1] == test[:-1] == ["python3 -m venv .venv", ".venv/bin/pip install -q -e '.[dev]'"]
    for line, environment in ((run, "reproduce"), (test, "quick")):
        assert ".venv/bin/" + tox[f"testenv:{environment}"]["commands"].removesuffix(" {posargs}") == line[-1]


def test_the_gate_runs_both_readme_lines() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    (function,) = re.findall(r"^readme_line\(\) \{.*?^\}", script, re.MULTILINE | re.DOTALL)
    found = [
        subprocess.run(
            ["bash", "-c", f"{function}\nreadme_line {number}"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()
        for number in (1, 2)
    ]
    assert found == readme_lines()
    assert 'run "$(readme_line 1)"' in script
    assert 'run "$(readme_line 2)"' in script


def test_pages_show_the_verdicts_on_record() -> None:
    assert len(list(pages.pages())) == 1 + len(registry.names())
    assert pages.out_of_date() == []


def test_a_table_in_an_analysis_reaches_the_page_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = "| net | error |\n| --- | --- |\n" + "| " + "wide " * 40 + "| 1.2 |"
    monkeypatch.setenv("REPRO_RESULTS", str(tmp_path))
    (tmp_path / "parity").mkdir()
    (tmp_path / "parity/analysis.md").write_text("some words " * 30 + "\n\n" + table + "\n", encoding="utf-8")
    before, kept, after = pages._analysis("parity").partition("\n\n" + table + "\n")
    assert kept
    assert not after
    assert max(map(len, before.splitlines())) <= pages.WIDTH < max(map(len, table.splitlines()))


def test_a_page_tells_what_its_studies_cost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REPRO_RESULTS", str(tmp_path))
    assert pages._cost("parity") == ""
    (tmp_path / "parity").mkdir()

    def trial(study: str, arm: str, seed: int, seconds: float) -> Trial:
        return Trial(
            study=study, arm=arm, seed=seed, tier="full", status="ok", steps=1, lanes=1, backend="jax",
            dataset="synthetic", data_sha256="", key="", metrics={}, seconds=seconds,
        )  # fmt: skip

    # one arm trains side by side, so that its first seed alone holds the time of its group
    xor = [trial("xor", arm, seed, 45.0 * (seed == 0)) for arm in ("one", "two") for seed in range(3)]
    evidence.write_trials(tmp_path / "parity/trials.csv", [*xor, trial("law", "once", 0, 0.01)])
    _, _, law, row = pages._cost("parity").splitlines()
    assert law == "| law | 1 | 1 | 0.0 | – |"
    assert row == "| xor | 2 | 3 | 1.5 | 4 |"


def test_a_rewritten_page_or_record_is_not_another_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    files = [tmp_path / name for name in ("results/trials.csv", "reproductions/parity/README.md", "common/study.py")]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text("before")
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    monkeypatch.setattr(registry, "ROOT", tmp_path)
    clean = []
    for file in files:
        file.write_text("after")
        clean.append(provenance.commit()[1])
    assert clean == [True, True, False]


def test_results_load_as_a_table() -> None:
    old = [path.parent.name for path in registry.edition_1().glob("*/trials.csv")]
    assert len(old) == 7, "later reproductions have no edition 1"
    for name in old:
        table = load_results(name, edition=1)
        assert {"study", "arm", "seed", "status"} <= set(table.columns)
        assert not table.duplicated(["study", "arm", "seed"]).any()
        assert list(table.columns[:14]) == list(evidence.COLUMNS)
        assert set(table.attrs["metrics"]) == set(registry.study_names(name)) != set()
        for study, told in table.attrs["metrics"].items():
            assert told == registry.metrics(name, study)
            assert all("," in what for what in told.values()), f"{name}/{study} leaves out a unit"


def test_loading_results_that_are_not_there_says_which_are() -> None:
    from common.errors import UserError

    with pytest.raises(UserError, match=r"no trials on record for 'sorting_hats'.*deep_init"):
        load_results("sorting_hats", edition=1)


@pytest.mark.parametrize("edition", [3, 0, -1, "1", "2", None])
def test_results_of_an_edition_that_there_is_not_are_refused(edition: Any) -> None:
    from common.errors import UserError

    with pytest.raises(UserError, match=f"there is no edition {edition!r}; give 1 or 2"):
        load_results("parity", edition=edition)


def test_no_file_of_the_record_is_over_two_megabytes_a_module() -> None:
    for name in registry.names():
        for folder in (ROOT / "results" / name, registry.edition_1() / name):
            assert sum(path.stat().st_size for path in folder.glob("*")) <= 2_000_000
