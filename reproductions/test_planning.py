"""What a run of the quick tier trains."""

from suite import planning, registry


def test_the_quick_tier_trains_the_arms_that_quick_checks_read_and_no_others(used_backend: str) -> None:
    selected = registry.all_claims()
    planned = planning.plan(selected, "quick", used_backend, done={})
    read = {(name, check.study, check.arm) for name, claim in selected.values() for check in claim.quick}
    assert {(entry.name, entry.question, entry.arm.name) for entry in planned} == read
    assert len(planned) == len(read)
