"""What a paper needs to cite a claim: the source, this suite, and one sentence with the verdict. No Keras."""

import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from common.errors import UserError
from suite import answers, registry
from suite.claims import Claim

SUITE = """@software{{dl_reproductions,
  title = {{dl-reproductions: claims about training neural networks, run and judged}},
  author = {{{{The dl-reproductions contributors}}}},
  version = {{{version}}},
  year = {{2026}}
}}
"""


def suite() -> str:
    """The entry of this suite."""
    return SUITE.format(version=_version())


def _version() -> str:
    try:
        return version("dl-reproductions")
    except PackageNotFoundError:
        return "0.1.0"


def bibtex(key: str) -> str:
    """The entry of `sources.bib` with this key."""
    path = registry.FOLDER / "sources.bib"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = re.search(rf"^@\w+\{{{re.escape(key)},.*?^\}}\n", text, re.MULTILINE | re.DOTALL)
    if not found:
        raise UserError(f"sources.bib has no entry {key!r}; add it, or mend the claim's source.")
    return found.group()


def sentence(name: str, claim: Claim, record: Mapping[str, Any] | None) -> str:
    """One sentence that a paper can quote: verdict, answer, and the commits that fixed, trained and judged it."""
    again = f"run it with: repro run {claim.id} --tier full"
    if not record or record["verdict"] == "not run":
        old = registry.recorded_verdicts(name, folder=registry.edition_1()).get(claim.id)
        before = f" (edition 1, by other checks: {old['verdict']})" if old else ""
        return f"{claim.id}: not run yet{before}; {again}"
    if record["verdict"] in ("invalid", "stale"):
        return f"{claim.id}: {record['verdict']} ({record['reason']}), so not to be cited; {again}"
    return (
        f'dl-reproductions {_version()} gives the claim {claim.id} the verdict "{record["verdict"]}": '
        f"{record['answer']} ({record['dataset']} data, {record['backend']}; "
        f"{answers.commits(record)}.)"
    )
