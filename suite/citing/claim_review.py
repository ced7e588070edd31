"""Verdicts as schema.org's ClaimReview: `claims.json`, and what a page embeds. No Keras."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from common.errors import UserError
from suite import evidence, registry
from suite.citing import sources
from suite.citing.citation import UNCITABLE
from suite.citing.release import AUTHORS, VERSION
from suite.claims import Claim

CONTEXT = "https://schema.org"
RATINGS = {"not reproduced": 1, "partly": 2, "reproduced": 3}
SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def claim_review(name: str, claim: Claim, record: Mapping[str, Any] | None) -> dict[str, Any]:
    """The review of a claim by its verdict on record, a JSON-LD object for a page of its own.

    Where nothing was judged that may be cited there is no review: the claim alone is described. No address is given,
    as a record does not know where it will be published; a page may add its `url`.
    """
    return {"@context": CONTEXT, **_described(name, claim, record)}


def graph(names: Iterable[str]) -> dict[str, Any]:
    """All claims in one JSON-LD document, as `results/claims.json` holds it."""
    found = []
    for name in names:
        recorded = registry.recorded_verdicts(name)
        found += [_described(name, claim, recorded.get(claim.id)) for claim in registry.claims(name)]
    return {"@context": CONTEXT, "@graph": found}


def dumped(data: Mapping[str, Any]) -> str:
    """Strict JSON that is inert inside a page too: no text in it can end a `script` element."""
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    return "".join(SCRIPT.get(character, character) for character in text) + "\n"


def _described(name: str, claim: Claim, record: Mapping[str, Any] | None) -> dict[str, Any]:
    said = {"@type": "Claim", "identifier": claim.id, "text": claim.statement, **_source(claim)}
    if record is None or record["verdict"] in UNCITABLE:
        return said
    word = record["verdict"]
    rating = {"@type": "Rating", "alternateName": word, "ratingExplanation": record["answer"]}
    if word in RATINGS:
        rating |= {"ratingValue": RATINGS[word], "worstRating": 1, "bestRating": 3}
    made = evidence.read_provenance(name)
    dates = [made[study].date for study in claim.studies() if study in made and made[study].date]
    return {
        "@type": "ClaimReview",
        "identifier": f"{claim.id}-review",
        "claimReviewed": claim.statement,
        "itemReviewed": said,
        "reviewRating": rating,
        "reviewBody": record["answer"],
        "author": {"@type": "Organization", "name": AUTHORS},
        "version": VERSION,
    } | ({"datePublished": max(dates)} if dates else {})


def _source(claim: Claim) -> dict[str, Any]:
    """Who made the claim and where; empty where `sources.bib` lacks the source, which costs no run its record."""
    try:
        source = sources.read(claim.source)
    except UserError:
        return {}
    people = [{"@type": "Person", "name": f"{given} {family}".strip()} for given, family in source.authors]
    known = {"datePublished": source.fields.get("year"), "url": source.fields.get("url")}
    work = {"@type": "CreativeWork", "name": source.fields.get("title", source.key), "author": people}
    return {"author": people, "appearance": work | {name: text for name, text in known.items() if text}}
