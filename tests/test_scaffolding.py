"""`repro new` writes what runs at once, marks what is left to tell, and takes no name that cannot be."""

import re
from pathlib import Path
from typing import Any

import pytest
from made_up import check, claim

from common.errors import UserError
from suite import blanks, registry, scaffolding, unfilled
from suite.cli import main

CATALOGUE = "claim,check,kind,what the check asks\nstub-better,better,direction,so\nold-one,once,direction,it was\n"
FORECASTS = "forecaster,date,claim,kind,check,probability,named,quantity,expected,low80,high80\n"
CLAIM_FILES = ("stub/studies/newer.py", "stub/claims.py", "catalogue.csv", "forecasts.csv")


@pytest.fixture
def project(stub: Any) -> Any:
    """The stub project with the tables that a real one has, committed."""
    for name, text in (("catalogue", CATALOGUE), ("forecasts", FORECASTS)):
        (stub.root / f"reproductions/{name}.csv").write_text(text)
    stub.commit()
    return stub


def state(project: Any) -> dict[Path, str]:
    kept = (path for path in project.root.rglob("*") if path.suffix in (".py", ".csv", ".bib", ".md"))
    return {path.relative_to(project.root): path.read_text() for path in kept}


def left(said: str) -> list[str]:
    return re.findall(r"^  (\S+:\d+): .", said, re.MULTILINE)


def test_a_new_claim_tells_what_is_left_and_is_not_judged_before_it_is_told(project: Any) -> None:
    made = project.run("new", "claim", "stub/stub-newer")
    assert made.returncode == 0, made.stderr
    assert re.findall(r"^wrote (.*)$", made.stdout, re.MULTILINE) == [f"reproductions/{file}" for file in CLAIM_FILES]
    marks = left(made.stdout)
    assert {mark.partition(":")[0] for mark in marks} == {f"reproductions/{file}" for file in CLAIM_FILES}
    for mark in marks:
        file, line = mark.split(":")
        assert "FILL:" in (project.root / file).read_text().splitlines()[int(line) - 1]
    assert left(project.run("new", "left", "stub-newer").stdout) == marks
    foretells = "stub-better waits for a forecast: write how probable it is into reproductions/forecasts.csv\n"
    waits = "stub-better waits for pilots: stub/sleep/treatment has 0 of 50 pilots, for the bound of better; record "
    waits += "them with: repro run stub-better --tier pilot\n"
    assert project.run("new", "left", "stub-better").stdout == foretells + waits

    project.commit()
    refused = project.run("run", "stub-newer", "--tier", "full", "--workers", "0")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"repro: stub-newer is not filled in: {marks[0]}: if it is of")
    assert f", and {len(marks) - 1} more;" in refused.stderr
    assert refused.stderr.endswith("(all that is left: repro new left stub-newer).\n")
    others = project.run("run", "stub-better", "--tier", "full", "--workers", "0")
    assert others.returncode == 0, "what another claim leaves open is not its fault"
    assert f"repro: warning: {waits}" in others.stderr


def test_a_new_claim_trains_at_once_on_the_model_of_its_reproduction_where_there_is_one(project: Any) -> None:
    project.run("new", "reproduction", "second")
    for made in ("second/second-other", "stub/stub-newer"):
        assert project.run("new", "claim", made).returncode == 0
    own, shared = (
        (project.root / f"reproductions/{s}.py").read_text() for s in ("stub/studies/newer", "second/studies/other")
    )
    assert "from reproductions.second import model\n" in shared
    assert "model.build_model(settings" in shared
    assert "def " not in shared.replace("def arms", "").replace("def experiment", "").replace("def run", "")
    assert "import model" not in own
    trained = project.run("run", "second-other", "stub-newer", "--workers", "0")
    assert trained.returncode == 0, trained.stderr
    for line, name in zip(trained.stdout.splitlines()[1:], ("second-other", "stub-newer"), strict=True):
        assert line.split()[:4] == [name, "not", "run", "agrees"]


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("def strings(n): ...\ndef build_model(n, widths, *, deep): ...\ndef _own(): ...\n", ": strings, build_model."),
        ("def examples(n): ...\ndef build_model(n): ...\ndef logistic_loss(a, b, c): ...\ndef accuracy(a, b, c): ...\n",
         ": examples, build_model, logistic_loss, accuracy."),
        ("", ""),
    ],
)  # fmt: skip
def test_a_model_of_another_kind_is_named_where_the_net_is_to_be_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str, hint: str
) -> None:
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/model.py").write_text(model)
    study = scaffolding._study("other")
    assert "def _build_model(n: int, units: int)" in study
    said = "\n# Import `model` and take its own where they fit"
    assert (said + hint in study) if hint else said not in study


def test_a_new_reproduction_has_a_page_a_source_and_rows_of_its_own(project: Any) -> None:
    before = state(project)
    made = project.run("new", "reproduction", "second_net")
    assert made.returncode == 0, made.stderr
    after = state(project)
    assert left(made.stdout) == left(project.run("new", "left", "second_net").stdout)
    assert "second-net-first" in made.stdout
    assert "an id for ever, here, in catalogue.csv" in made.stdout, "nobody chose it"
    new = {path.as_posix().removeprefix("reproductions/second_net/") for path in after.keys() - before.keys()}
    assert new >= {"__init__.py", "README.md", "claims.py", "model.py", "studies/first.py", "test_second_net.py"}
    changed = {path.name for path in before if after[path] != before[path]}
    assert changed == {"catalogue.csv", "forecasts.csv", "sources.bib"}
    for path in (Path("reproductions") / name for name in changed):
        assert after[path].startswith(before[path]), "only rows at the end are new"
    assert project.run("explain", "second-net-first").returncode == 0
    assert project.run("cite", "second-net-first").returncode == 0
    named = project.run("new", "reproduction", "third/third-one")
    assert "an id for ever" not in named.stdout
    assert (project.root / "reproductions/third/studies/one.py").exists()


def test_a_row_of_the_catalogue_comes_after_those_of_the_same_reproduction(project: Any) -> None:
    project.run("new", "claim", "stub/stub-newer")
    rows = (project.root / "reproductions/catalogue.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["claim", "stub-better", "stub-newer", "old-one"]


WRONG = {
    "reproduction Second": "'Second' is no name for a reproduction: .*; take second.",
    "reproduction my-net": "'my-net' is no name for a reproduction: .*; take my_net.",
    "reproduction 3d": "'3d' is no name for a reproduction: .*; take a noun in snake_case.",
    "reproduction ../second": "'..' is no name for a reproduction: .*",
    "reproduction ./second": "'.' is no name for a reproduction: .*",
    "reproduction /second": "'' is no name for a reproduction: .*",
    "reproduction a__b": "'a__b' is no name for a reproduction: .*; take a_b.",
    f"reproduction {'a' * 41}": "'a+' is no name for a reproduction: .*40 at most.*",
    "reproduction class": "'class' is a word of Python or of this project; take another name.",
    "reproduction conftest": "'conftest' is a word of Python or of this project; .*",
    "reproduction test_it": "'test_it' is a word of Python or of this project; .*",
    "reproduction stub": "reproductions/stub is there already; add to it with: repro new claim stub/ID",
    "reproduction stub_better": "stub-better is the id of a claim; take another name.",
    "reproduction second/stub-better": "stub-better is a claim of stub already; take another id.",
    "reproduction": "one reproduction at a time: repro new reproduction NAME",
    "reproduction a b": "one reproduction at a time: repro new reproduction NAME",
    "claim": "one claim at a time: repro new claim NAME/ID",
    "claim stub-newer": "say which reproduction and which claim: repro new claim NAME/ID, not stub-newer",
    "claim stub/": "'' is no id for a claim: .*; as parity-12-easy is one.",
    "claim stub/Stub_Newer": "'Stub_Newer' is no id for a claim: .*; take stub-newer.",
    "claim stub/a/b": "'a/b' is no id for a claim: .*; take a-b.",
    "claim stub/stub-echo": "stub-echo is a claim of stub already; take another id.",
    "claim stub/old-one": "old-one was the id of another claim, and ids are for ever; take another one.",
    "claim stub/stub": "stub is the name of a reproduction; take another id.",
    "claim stab/newer": "there is no reproduction 'stab'; did you mean stub[?]",
    "claim other/newer": "there is no reproduction 'other'; begin it with: repro new reproduction other",
    "left nothing": "unknown claim or reproduction 'nothing'; .*",
    "model second": "argument kind: invalid choice: 'model' .*; see: repro new --help",
}


def test_what_cannot_be_named_so_is_refused_in_one_line_and_nothing_is_written(
    project: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process, as thirty of them take a minute to start."""
    before = state(project)
    claims = tuple(claim(check("one"), id=identity) for identity in ("stub-better", "stub-echo"))
    monkeypatch.setattr(registry, "FOLDER", project.root / "reproductions")
    monkeypatch.setattr(registry, "names", lambda: ("stub",))
    monkeypatch.setattr(registry, "claims", lambda name: claims)
    monkeypatch.setattr(registry, "broken", dict)
    monkeypatch.setenv("REPRO_RESULTS", str(project.results))
    for words, told in WRONG.items():
        assert main(["new", *words.split()]) == 2, words
        said = capsys.readouterr()
        assert said.out == ""
        assert re.fullmatch(f"repro: {told}\n", said.err), said.err
    assert state(project) == before


def test_a_claim_that_was_once_recorded_keeps_its_id_for_ever(project: Any) -> None:
    record = project.results / "stub/verdicts.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"stub-retired": {"verdict": "not reproduced"}}')
    told = project.run("new", "claim", "stub/stub-retired")
    assert (told.returncode, told.stdout) == (2, "")
    assert "stub-retired was the id of another claim, and ids are for ever" in told.stderr


def test_a_table_of_claims_that_is_full_takes_no_more(project: Any) -> None:
    claims = project.root / "reproductions/stub/claims.py"
    claims.write_text(claims.read_text().replace("\nCLAIMS", "\n" * 225 + "CLAIMS"))
    before = state(project)
    told = project.run("new", "claim", "stub/stub-newer")
    assert told.returncode == 2
    assert re.search(
        r"would have 2\d\d lines, and 250 are the most; .*: repro new reproduction NAME/stub-newer", told.stderr
    )
    assert state(project) == before


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{c}{q}CLAIMS = tuple([\n])\n", "CLAIMS is no tuple that closes on a line of its own"),
        ("{c}{q}CLAIMS = (1,\n2)\n", "CLAIMS is no tuple that closes on a line of its own"),
        ("{c}{q}OTHERS = (\n)\n", "CLAIMS is no tuple that closes on a line of its own"),
        ("{c}CLAIMS = (\n)\n", "the claims import nothing from suite.questions; import passes from it"),
    ],
)
def test_claims_that_are_written_otherwise_take_no_more(text: str, why: str) -> None:
    known = {"c": "from suite.claims import Claim\n", "q": "from suite.questions import less\n"}
    with pytest.raises(UserError, match=why):
        scaffolding._with_claim(text.format(**known), "new-one", "nobody2020", "one")


@pytest.mark.parametrize(
    ("line", "better"),
    [
        ("from suite.claims import Claim\n", "from suite.claims import Claim, Published, Quick, direction\n"),
        ("from suite.claims import Quick, Claim, Published, direction\n", None),
        (
            "from suite.claims import (\n    AnyOf,\n    size,\n)\n",
            "from suite.claims import AnyOf, Claim, Published, Quick, direction, size\n",
        ),
    ],
)
def test_the_names_that_a_claim_needs_are_imported(line: str, better: str | None) -> None:
    text = f"'''What.'''\n\n{line}\nCLAIMS = ()\n"
    found = scaffolding._importing(text, "suite.claims", blanks.WORDS)
    assert found == (text if better is None else text.replace(line, better))


@pytest.mark.parametrize(
    ("line", "suffix", "what"),
    [
        ('    locator="FILL: where, and how",', ".py", "where, and how"),
        ("# FILL: the data; these are signs.", ".py", "the data; these are signs"),
        ("  title = {FILL: title},", ".bib", "title"),
        ("**FILL: the claim.**", ".md", "the claim"),
        ("FILL: your name,2026-12-01,a,b", ".csv", "your name"),
    ],
)
def test_a_mark_says_what_belongs_there(line: str, suffix: str, what: str) -> None:
    assert unfilled._what(line, suffix) == what
