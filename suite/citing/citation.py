"""What a paper needs to cite a claim: source, verdict, all that decided it, and where the evidence lies. No Keras."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from suite import answers, explaining, registry
from suite.citing import places, release, sources
from suite.citing.release import NAME, VERSION
from suite.claims import Claim

UNCITABLE = ("invalid", "stale", "not run")


@dataclass(frozen=True)
class Citation:
    """All that is said of a claim, in plain text.

    Attributes:
        verdict: the word; `not run` before the first.
        sentence: one that a paper can quote.
        checks: one line for each direction and size check, with its outcome, count and interval.
        recorded: the commit that holds the verdict; empty where there is none.
        evidence: files and lines, the verdict's first.
        address: where the suite is published; empty where nobody has said so.
    """

    claim: str
    statement: str
    source: str
    locator: str
    quotation: str
    verdict: str
    sentence: str
    checks: tuple[str, ...]
    recorded: str
    evidence: tuple[str, ...]
    address: str

    def note(self) -> str:
        """The whole in one paragraph, as a field of a bibliography holds it."""
        parts = [f"Claim: {self.statement.rstrip('.')} ({sources.read(self.source).short()}, {self.locator})"]
        parts += [self.sentence]
        parts += [f"Decided by: {'; '.join(self.checks)}"] if self.checks else []
        parts += [f"Recorded by commit {self.recorded}"] if self.recorded else []
        parts += (
            [f"Evidence{self.address and f' in {self.address}'}: {'; '.join(self.evidence)}"] if self.evidence else []
        )
        return " ".join(f"{part}." for part in parts)


def cite(name: str, claim: Claim, record: Mapping[str, Any] | None) -> Citation:
    """The citation of a claim, given its verdict on record, if there is one.

    Raises:
        UserError: `sources.bib` lacks its source.
    """
    sources.read(claim.source)
    word = record["verdict"] if record else "not run"
    edition = 1 if word == "not run" else 2
    found = places.verdict(name, claim.id, edition=edition)
    checks: tuple[str, ...] = ()
    evidence = [found] if found else []
    if record and word not in UNCITABLE:
        told = explaining.check_lines(claim, record, ("direction", "size"))
        checks = tuple(" ".join(line.split()) for line in told)
        evidence += [f"{check}: {lines}" for check, lines in places.trials(name, claim)]
    return Citation(
        claim=claim.id,
        statement=claim.statement,
        source=claim.source,
        locator=claim.locator,
        quotation=claim.quotation,
        verdict=word,
        sentence=sentence(name, claim, record),
        checks=checks,
        recorded=places.recorded(name, edition=edition) if found else "",
        evidence=tuple(evidence),
        address=release.address(),
    )


def sentence(name: str, claim: Claim, record: Mapping[str, Any] | None) -> str:
    """One sentence that a paper can quote: verdict, answer, and the commits that fixed, trained and judged it."""
    again = "run it with: " + (answers.rerun(claim.id, record) if record else f"repro run {claim.id} --tier full")
    if not record or record["verdict"] == "not run":
        old = registry.recorded_verdicts(name, folder=registry.edition_1()).get(claim.id)
        before = f" (edition 1, by other checks: {old['verdict']})" if old else ""
        return f"{claim.id}: not run yet{before}; {again}"
    if record["verdict"] in UNCITABLE:
        return f"{claim.id}: {record['verdict']} ({record['reason']}), so not to be cited; {again}"
    return (
        f"{NAME} {VERSION} gives the claim {claim.id} the verdict “{record['verdict']}”: "
        f"{record['answer'].rstrip('.')} ({record['dataset']} data, {record['backend']}; "
        f"{answers.commits(record)})"
    )


def lines(citation: Citation) -> Iterator[str]:
    """The citation for a person to read."""
    yield citation.sentence
    yield ""
    quoted = f": “{citation.quotation}”" if citation.quotation else ""
    yield f"claim: {citation.statement}"
    yield f"source: {sources.read(citation.source).words()}"
    yield f"where in it: {citation.locator}{quoted}"
    if citation.checks:
        yield "decided by:"
        yield from (f"  {check}" for check in citation.checks)
    if citation.recorded:
        yield f"recorded by commit: {citation.recorded}"
    if citation.evidence:
        yield "evidence:"
        yield from (f"  {place}" for place in citation.evidence)
    yield f"address of the suite: {citation.address or release.UNKNOWN}"
