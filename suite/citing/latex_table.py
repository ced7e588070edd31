"""A claim's checks as a table for a paper, in LaTeX without packages. No Keras."""

from collections.abc import Iterator, Mapping
from typing import Any

from suite import answers
from suite.citing.citation import UNCITABLE, Citation
from suite.citing.release import NAME, VERSION
from suite.escaping import latex

HEAD = ("check", "what a seed shows", "outcome", "seeds", "share")


def table(citation: Citation, record: Mapping[str, Any] | None) -> str:
    """The direction and size checks of a claim, a row each; its caption holds the statement and the verdict.

    It cites the source and this suite by the keys that `repro cite --format bibtex` gives.
    """
    checks = record["checks"] if record and citation.verdict not in UNCITABLE else []
    rows = [row for check in checks if check["kind"] in ("direction", "size") for row in _rows(check)]
    body = "".join(" & ".join(latex(cell) for cell in row) + " \\\\\n" for row in rows)
    body = body or f"\\multicolumn{{{len(HEAD)}}}{{@{{}}p{{\\linewidth}}@{{}}}}{{{latex(citation.sentence)}}} \\\\\n"
    caption = f"{latex(citation.statement)}~\\cite{{{citation.source}}} Verdict: {latex(citation.verdict)}, by "
    caption += f"{latex(f'{NAME} {VERSION}')}~\\cite{{dl_reproductions:{citation.claim}}}."
    return (
        "\\begin{table}\n"
        f"\\caption{{{caption}}}\n"
        f"\\label{{tab:{citation.claim}}}\n"
        "\\begin{tabular}{@{}p{.2\\linewidth}p{.36\\linewidth}lll@{}}\n\\hline\n"
        f"{' & '.join(HEAD)} \\\\\n\\hline\n{body}\\hline\n"
        "\\end{tabular}\n\\end{table}\n"
    )


def _rows(check: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    name = f"{check['id']} ({check['kind']})"
    if "of" in check:
        yield name, check["what"], check["outcome"], answers.counted(check["of"]), "–"
        return
    share = f"{answers.number(check['low'])} to {answers.number(check['high'])}" if "level" in check else "exact"
    yield name, check["what"], check["outcome"], f"{check['yes']} of {check['n']}{answers.tied(check['ties'])}", share
