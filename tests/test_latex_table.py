"""A claim's table is set by LaTeX whatever its words are, with a row for each check that decides."""

import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from made_up import check, claim, described, listed, publish
from test_citing import ARMS, BIB, PARTLY
from test_escaping import HOSTILE

from suite.citing import citation
from suite.citing.latex_table import table


@pytest.fixture(autouse=True)
def project(monkeypatch, tmp_path):
    publish(monkeypatch, tmp_path, PARTLY)
    (tmp_path / "code").mkdir()
    (tmp_path / "code/sources.bib").write_text(BIB, encoding="utf-8")


def made(wanted, record):
    return table(citation.cite("made_up", wanted, record), record)


def test_a_row_for_each_direction_and_size_check():
    text = made(PARTLY, described(PARTLY, **ARMS))
    rows = [line for line in text.splitlines() if line.endswith("\\\\") and line.count("&") == 4]
    assert rows[1:] == [
        "yes (direction) & yes shows & holds & 12 of 12 & 0.55 to 1 \\\\",
        "no (direction) & no shows & fails & 0 of 12 & 0 to 0.45 \\\\",
        "one (size) & one of them & holds & 1 of 2 hold & {--} \\\\",
    ]
    assert "\\cite{nobody2020} Verdict: partly, by dl-reproductions" in text
    assert "\\cite{dl_reproductions:made-up}" in text


def test_of_a_group_it_is_told_how_many_are_open():
    group = claim(listed(check("u"), check("v", arm="b"), check("w", arm="c")))
    assert "& 1 of 3 hold, 1 open, 1 not run &" in made(group, described(group, a="y" * 12, b="yn" * 6))


def test_ties_are_told_beside_the_count():
    assert " & undecided & 2 of 12, 10 ties & " in made(
        claim(check("one")), described(claim(check("one")), a="yy" + "t" * 10)
    )


@pytest.mark.parametrize("record", [None, {"verdict": "stale", "reason": "it_is 100 % old", "checks": []}])
def test_without_a_verdict_the_table_says_why(record):
    text = made(PARTLY, record)
    assert ("not run yet" in text) if record is None else ("it\\_is 100 \\% old" in text)
    assert "\\multicolumn{5}" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_words_end_a_cell_a_row_or_the_table(text):
    wanted = claim(replace(check("one"), what=text), statement=text, locator=text)
    lines = made(wanted, described(wanted, a="y" * 12)).splitlines()
    plain = made(claim(check("one")), described(claim(check("one")), a="y" * 12)).splitlines()
    assert len(lines) == len(plain)
    assert [len(re.findall(r"(?<!\\)&", line)) for line in lines] == [line.count("&") for line in plain]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_sets_the_table_of_hostile_words(tmp_path):
    bodies = []
    for text in HOSTILE:
        wanted = claim(replace(check("one"), what=text), statement=text.replace("中", ""), locator=text)
        bodies.append(made(wanted, described(wanted, a="y" * 12)).replace("中", "") + "\\clearpage\n")
    head = "\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\begin{document}\n"
    (tmp_path / "t.tex").write_text(head + "".join(bodies) + "\\end{document}\n", encoding="utf-8")
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
