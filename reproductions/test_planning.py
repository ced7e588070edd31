"""What a run of the quick tier trains."""

from types import SimpleNamespace
from typing import Any

from reproductions import test_contract
from reproductions.conftest import asked
from suite import planning, registry


def test_the_quick_tier_trains_the_arms_that_quick_checks_read_and_no_others(used_backend: str) -> None:
    selected = registry.all_claims()
    for missing in planning.lacking(selected):
        del selected[missing]
    planned = planning.plan(selected, "quick", used_backend, done={})
    read = {(name, check.study, check.arm) for name, claim in selected.values() for check in claim.quick}
    assert {(entry.name, entry.question, entry.arm.name) for entry in planned} == read
    assert len(planned) == len(read)


def test_pilots_come_in_the_order_of_the_claims(used_backend: str) -> None:
    """Whatever the hashes of their names are in this process."""
    known = registry.all_claims()
    claims = {i: known[i] for i in ("parity-31-possible", "glorot-recommended", "lstm-forget-bias-large")}
    asked_for = [s for _, c in claims.values() for s in (*c.studies(), *(check.study for check in c.quick))]
    planned = [entry.question for entry in planning.plan(claims, "pilot", used_backend, done={})]
    assert list(dict.fromkeys(planned)) == [s for s in dict.fromkeys(asked_for) if s in planned]


def test_one_claim_as_a_test_trains_that_claim_alone(used_backend: str) -> None:
    def item(**values: Any) -> Any:
        return SimpleNamespace(callspec=SimpleNamespace(params=values), fixturenames=("quick_tier",))

    known = registry.all_claims()
    name, claim = known["parity-31-possible"]
    others: list[Any] = [SimpleNamespace(callspec=SimpleNamespace(params={"name": "dropout"}), fixturenames=())]
    others.append(SimpleNamespace())  # of a text file, say
    alone = asked([item(name=name, claim=claim), *others])
    assert list(alone) == ["parity-31-possible"]
    planned = planning.plan(alone, "quick", used_backend, done={})
    assert {(e.question, e.arm.name) for e in planned} == {(q.study, q.arm) for q in claim.quick}
    assert set(asked([item(name="parity")])) == {i for i, (of, _) in known.items() if of == "parity"}


def test_items_of_claims_carry_their_module() -> None:
    ids = test_contract.claims.kwargs["ids"]
    assert "parity/parity-31-possible" in ids
    assert len(set(ids)) == len(registry.all_claims())
