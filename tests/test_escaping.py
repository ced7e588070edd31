"""Text is inert in every format: it runs nothing, ends no field and breaks no line."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suite import escaping

HOSTILE = [
    "<script>alert(1)</script>", 'a "quoted" word', "it's", "a|b", "a\nb", "a\r\nTY  - JOUR", "=1+1", "100 % of it",
    "a & b", "a_b^c", "{", "}", "}{", "\\", "\\input{x}", "\\end{document}", "$x$", "#1", "~", "a\u2028b", "a\x00b",
    "a\u202eb", "@misc{x, a = {b}}", '@misc"x" = 1', "%\n@book{y, title = {z}}", "--", "`` ''",
    "−1 ± √2 ≥ 1 → ∞ × α … – “q” é ą ½ 中",
]  # fmt: skip
ANY_TEXT = st.text(st.sampled_from("\\{}%&#_$~^<>|\"'`@=+- \n\r\tab") | st.characters(codec="utf-8"), max_size=30)


def balanced(text: str) -> bool:
    """Whether braces match as BibTeX counts them, to which a backslash means nothing."""
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0:
            return False
    return depth == 0


@settings(deadline=None, derandomize=True)
@given(ANY_TEXT)
def test_any_text_is_one_balanced_line_of_latex_without_active_characters(text: str) -> None:
    written = escaping.latex(text)
    assert balanced(written)
    assert written.isprintable()
    bare = re.sub(r"\\([^a-zA-Z]|[a-zA-Z]+)", "", written)  # without commands, accents among them
    assert bare.count("$") % 2 == 0
    assert not set(re.sub(r"\$[^$]*\$", "", bare)) & set('\\%&#_~^<>|"'), written


def test_what_stands_for_itself_in_latex_is_left_as_it_is() -> None:
    plain = "Nets of 25, 29 or 31 bits (p. 3); a+b=c: it's so, isn't it? [yes]!"
    assert escaping.latex(plain) == plain
    assert (
        escaping.latex("a_b & 5 % {x} \\y") == "a\\_b \\& 5 \\% \\textbraceleft{}x\\textbraceright{} \\textbackslash{}y"
    )
    assert escaping.latex("±1/√n ≥ é") == "{$\\pm$}1/{$\\surd$}n {$\\geq$} {\\'e}"
    assert escaping.latex("中") == "中"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula_and_no_format_keeps_a_line_break_or_a_tag(text: str) -> None:
    assert escaping.cell(text)[:1] not in ("=", "+", "-", "@")
    assert escaping.cell(text).isprintable()
    written = escaping.markdown(text)
    assert written.isprintable()
    assert not set(written) & {"<", "|"}
    assert "<script" not in escaping.csl(text)
    assert "</" not in escaping.csl(text)


def test_a_comparison_is_no_tag() -> None:
    assert escaping.csl("p < 0.1 and 2<3, <i>so</i>") == "p < 0.1 and 2<3, ‹i>so‹/i>"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_hostile_text_is_set_by_latex_as_it_stands(tmp_path: Path) -> None:
    body = "\n\n".join(escaping.latex(text) for text in HOSTILE).replace("中", "")
    head = "\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\begin{document}\n"
    source = head + body + "\n\nthe end\n\\end{document}\n"
    (tmp_path / "t.tex").write_text(source, encoding="utf-8")
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
