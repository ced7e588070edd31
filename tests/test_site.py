"""The site is written in one step, no text of the record is alive in it, and it stays small."""

import csv
import shutil
import subprocess
import sys
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest
import yaml
from filled import fill
from made_up import any_of, check, claim, write
from sited import HOSTILE, Skeleton, before, listed, the

from common.errors import UserError
from suite import forecasts, recording, registry
from suite.claims import Published
from suite.page import figures, prose, record, site
from suite.questions import passes

ROOT = Path(__file__).parent.parent


def skeletons(published, text):
    """The pages of a project in which this text stands wherever text may stand."""
    asks = passes("a", text, ">", 0.5)
    wanted = claim(
        replace(check(), what=text, asks=asks),
        any_of(check("p", arm="b"), replace(check("q", arm="b"), what=text), name="any"),
        check("far", "scope", arm="b"), check("guard", "control", arm="b", guards=("c",)),
        statement=text, quotation=text, locator=text, dropped={text: text}, carried=(text,),
        published=Published(text, "from memory"),
    )  # fmt: skip
    said = {"id": text, "role": "claim", "statistic": text, "metric": text, "value": 1.0, "low": None, "high": 2.0}
    said |= {"relation": ">=", "threshold": 0.5, "seeds": 3, "failed": 1, "outcome": "holds"}
    old = {"made-up": before(held=False, checks=[said], text=text)}
    folder = published(wanted, old=old, reason=text, a="y" * 11 + "f", b="n" * 11 + "f")
    rows = [["forecaster", "date", "claim", "check", "probability"], [text, "d", "made-up", "c", "0.9"]]
    with (registry.FOLDER / "forecasts.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    forecasts.forecasts.cache_clear()
    listed(
        ["nobody2020", "made-up", "", "", ""], ["nobody2020", "", text, text, text], ["nobody2020", text, "", "", ""]
    )
    (registry.FOLDER / "made_up").mkdir(exist_ok=True)
    (registry.FOLDER / "made_up/README.md").write_text(f"## Departures\n\n1. {' '.join(text.split())}\n\n## Next\n")
    history = {"claim": "made-up", "checks": "x", "verdict": "partly", "clean": True, "changed_after_trials": False}
    history |= {"answer": text, "trained": [text], "fixed": text, "judged": text, "reason": text}
    write(folder / "history.jsonl", history)
    verdicts = registry.recorded_verdicts("made_up")
    verdicts["made-up"] |= {"answer": text, "fixed": text, "trained": [text], "judged": text, "backend": text}
    write(folder / "verdicts.json", verdicts)
    name, inert = "".join(c for c in text if c.isprintable() and c != "/")[:60], escape(text)
    for place in (folder, registry.edition_1() / "made_up"):
        for old_figure in place.glob("*.svg"):
            old_figure.unlink()
        (place / f"{name}.svg").write_text(f"<svg><title>made-up {inert}</title><desc>{inert}</desc></svg>")
    for cached in (prose.section, figures._read, record.asked):
        cached.cache_clear()
    return {place: Skeleton(page) for place, page in site.pages([the()]) if place.endswith(".html")}


def test_hostile_text_changes_no_tag_and_no_attribute_of_any_page(published):
    plain_pages = skeletons(published, "x")
    hostile = skeletons(published, HOSTILE)
    assert set(plain_pages) == set(hostile) == {
        "index.html", "sources.html", "claims/made-up.html", "edition-1/made-up.html", "modules/made_up.html",
    }  # fmt: skip
    for place, page in plain_pages.items():
        assert hostile[place].tags == page.tags, place
        assert "<script>alert(1)</script>" in hostile[place].text, "it is shown as it is"
    assert not [
        tag for page in hostile.values() for tag, names in page.tags if any(name.startswith("on") for name in names)
    ]


def test_every_page_allows_scripts_and_styles_of_its_own_folder_alone(published):
    for page in skeletons(published, "x").values():
        scripts = [names for tag, names in page.tags if tag == "script"]
        assert scripts.count(("src", "defer")) == 1
        assert set(scripts) <= {("src", "defer"), ("type",)}, "what has a type is data"
        assert not [names for tag, names in page.tags if tag == "style" or "style" in names]
    for needed in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    ):
        assert needed in site.POLICY
    assert "unsafe" not in site.POLICY


def test_the_site_is_written_in_one_step_and_replaces_what_was_there(published, tmp_path):
    published(claim(check(), id="old"), a="y" * 12)
    target = tmp_path / "made/page"
    site.write(target)
    assert (target / "claims/old.html").exists()
    published(claim(check(), id="new"), a="y" * 12)
    assert site.write(target) == target
    assert sorted(path.name for path in (target / "claims").iterdir()) == ["new.html"]
    assert {"index.html", *site.STATIC} <= {path.name for path in target.iterdir()}
    assert [path.name for path in target.parent.iterdir()] == ["page"], "nothing half made is left"


def test_a_place_that_cannot_be_written_is_one_line(published, tmp_path):
    published(claim(check()), a="y" * 12)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot write .*file/page: .*; mend this, or set REPRO_RESULTS"):
        site.write(tmp_path / "file/page")


def test_the_site_is_no_part_of_the_record(tmp_path):
    for place in ("page/index.html", "edition-1/x", "parity/trials.csv"):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text("")
    assert recording.listed_files(tmp_path) == ["parity/trials.csv"]


def test_a_hundred_claims_take_seconds_and_few_bytes_and_load_no_ml_library(monkeypatch, tmp_path):
    """By a record in which all is run, with the figures that there are: three for four claims, as edition 1 had."""
    fill(monkeypatch, tmp_path)
    for figure in (path for name in registry.names() for path in (ROOT / "results" / name).glob("*.svg")):
        shutil.copy(figure, tmp_path / figure.parent.name)
    program = "import sys, time; from suite.page import site; site.write(); print(time.process_time(), *sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, *modules = done.stdout.split()
    assert not set(modules) & {"keras", "jax", "jaxlib", "tensorflow", "torch", "sklearn", "matplotlib", "pandas"}
    claims = len(registry.all_claims())
    assert float(seconds) * 100 / claims <= 10
    page = tmp_path / "page"
    sizes = {path.relative_to(page): path.stat().st_size for path in page.rglob("*") if path.is_file()}
    assert max(sizes.values()) <= 200_000
    of = {
        room: [size for path, size in sizes.items() if path.parts[0] == room]
        for room in ("claims", "edition-1", "figures")
    }
    assert len(of["claims"]) == claims
    assert sum(of["claims"]) / claims <= 33_000
    assert sum(of["figures"]) / len(of["figures"]) <= 13_000
    assert {Path(path).suffix for path in sizes} == {".html", ".svg", ".css", ".js"}
    growing = sum(sizes.values()) - sum(of["edition-1"]) - sum(of["figures"])
    figures_of = 75 * sum(of["figures"]) / len(of["figures"])
    assert 100 / claims * growing + sum(of["edition-1"]) + figures_of <= 4_750_000


def test_the_gate_writes_the_site_and_lets_no_browser_test_skip():
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert ".venv/bin/repro page" in script
    assert "\nexport CI=true\n" in script
    assert "install -qq -y chromium" in script


def test_the_form_for_disputes_is_one_and_asks_for_a_reading_and_a_question():
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE" / site.TEMPLATE).read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(form)
    kinds = {"markdown", "input", "textarea", "dropdown", "checkboxes"}
    assert {part["type"] for part in form["body"]} <= kinds
    asked = {part["id"] for part in form["body"] if part.get("validations", {}).get("required")}
    assert asked == {"claim", "source", "reading", "question"}
