"""ClaimReview says what schema.org's own vocabulary allows, and nothing in it can end a page's script."""

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files

import pytest
from made_up import check, claim, described, provenance, publish
from test_citing import ARMS, BIB, PARTLY
from test_escaping import HOSTILE

from suite import recording, registry, verifying
from suite.citing import claim_review
from suite.records import canonical_json

PRIMITIVES = {str: {"Text", "URL", "Date", "DateTime", "CssSelectorType"}, int: {"Number", "Integer", "Text"}}


@pytest.fixture(autouse=True)
def project(monkeypatch, tmp_path):
    publish(monkeypatch, tmp_path, PARTLY)
    (tmp_path / "code").mkdir()
    (tmp_path / "code/sources.bib").write_text(BIB, encoding="utf-8")


@cache
def vocabulary():
    """Schema.org's terms, as `rocrate` ships them."""
    text = (files("rocrate") / "data/schema.jsonld").read_text(encoding="utf-8")
    return {term["@id"].removeprefix("schema:"): term for term in json.loads(text)["@graph"]}


def listed(term, name):
    found = vocabulary()[term].get(name, [])
    return {item["@id"].removeprefix("schema:") for item in (found if isinstance(found, list) else [found])}


def kinds(kind):
    """A type and all that it is a kind of."""
    return {kind}.union(*(kinds(above) for above in listed(kind, "rdfs:subClassOf") if above in vocabulary()))


def faults(node):
    """What the vocabulary does not allow: unknown types, properties of other types, values of other types."""
    if node["@type"] not in vocabulary():
        return [f"no type {node['@type']}"]
    found = []
    for name, value in node.items():
        if name.startswith("@"):
            continue
        if name not in vocabulary() or not listed(name, "schema:domainIncludes") & kinds(node["@type"]):
            found.append(f"{node['@type']} has no {name}")
            continue
        allowed = listed(name, "schema:rangeIncludes")
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                found += [] if allowed & kinds(item["@type"]) else [f"{name} is no {item['@type']}"]
                found += faults(item)
            elif not allowed & PRIMITIVES[type(item)]:
                found.append(f"{name} is no {type(item).__name__}")
    return found


def test_the_vocabulary_finds_what_it_does_not_allow():
    assert faults({"@type": "ClaimReveiw"}) == ["no type ClaimReveiw"]
    assert faults({"@type": "Rating", "claimReviewed": "x"}) == ["Rating has no claimReviewed"]
    assert faults({"@type": "Claim", "appearance": {"@type": "Person"}}) == ["appearance is no Person"]
    assert faults({"@type": "ClaimReview", "reviewRating": "good"}) == ["reviewRating is no str"]


@pytest.mark.parametrize("letters", ["y" * 12, "n" * 12, "yn" * 6])
def test_a_judged_claim_is_a_review_by_the_vocabulary(letters):
    wanted = claim(check("one"))
    record = described(wanted, a=letters)
    review = claim_review.claim_review("made_up", wanted, record)
    assert review["@context"] == "https://schema.org"
    assert faults(review) == []
    assert (review["@type"], review["claimReviewed"]) == ("ClaimReview", "It is so.")
    assert review["reviewRating"]["alternateName"] == record["verdict"]
    assert review["reviewRating"].get("ratingValue") == {"reproduced": 3, "not reproduced": 1}.get(record["verdict"])
    assert review["reviewBody"] == record["answer"]
    assert review["itemReviewed"]["appearance"]["url"] == "https://example.org/~a_b"
    assert review["itemReviewed"]["author"][1] == {"@type": "Person", "name": "Jürgen de la Nada"}


def test_the_rating_lies_in_its_scale_and_the_date_is_that_of_the_last_run(tmp_path):
    record = described(PARTLY, **ARMS)
    made = provenance(PARTLY, date="2026-11-28")
    (tmp_path / "made_up/provenance.json").write_text(canonical_json({"s": made["s"].model_dump()}), encoding="utf-8")
    review = claim_review.claim_review("made_up", PARTLY, record)
    assert faults(review) == []
    assert review["datePublished"] == "2026-11-28"
    rating = review["reviewRating"]
    assert rating["worstRating"] < rating["ratingValue"] == 2 < rating["bestRating"]


@pytest.mark.parametrize("word", ["not run", "stale", "invalid"])
def test_what_may_not_be_cited_is_a_claim_without_a_review(word):
    record = described(PARTLY, **ARMS) | {"verdict": word}
    for said in (claim_review.claim_review("made_up", PARTLY, r) for r in (record, None)):
        assert (said["@type"], said["text"]) == ("Claim", "It is so.")
        assert "reviewRating" not in said
        assert faults(said) == []


def test_a_missing_source_costs_no_run_its_record():
    said = claim_review.claim_review("made_up", replace(PARTLY, source="nowhere1999"), None)
    assert said == {"@context": "https://schema.org", "@type": "Claim", "identifier": "made-up", "text": "It is so."}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_words_end_a_script(text):
    said = claim_review.claim_review("made_up", replace(PARTLY, statement=text), None)
    written = claim_review.dumped(said)
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == said


def test_every_claim_of_the_project_is_described_by_the_vocabulary(monkeypatch):
    monkeypatch.undo()
    graph = claim_review.graph(registry.names())
    assert [faults(node) for node in graph["@graph"]] == [[]] * len(registry.all_claims())
    assert {node["identifier"].removesuffix("-review") for node in graph["@graph"]} == set(registry.all_claims())
    assert all("appearance" in node.get("itemReviewed", node) for node in graph["@graph"])


def test_what_does_not_follow_from_the_verdicts_is_found_in_the_record(tmp_path):
    recording.write_index()
    assert json.loads((tmp_path / "claims.json").read_text(encoding="utf-8"))["@graph"][0]["identifier"] == "made-up"
    assert not [fault for fault in verifying.verify() if "differs" in fault]
    for file in ("claims.json", "badges/made-up.svg"):
        (tmp_path / file).write_text("{}", encoding="utf-8")
    found = verifying.verify()
    assert "claims.json: differs from what the verdicts give" in found
    assert "badges/made-up.svg: differs from what the verdicts give" in found
