"""Whatever a `claims.py` says is a claim that obeys the rules, or a fault in words; nothing that no word can tell."""

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
from fuzzing import CLAIMS, STEPS, VALUES, World, answered, damaged, forget, share, world
from hypothesis import given
from hypothesis import strategies as st

from suite import questions, registry, rules
from suite.claims import AnyOf, Check, Claim, Listed, Published, Quick

QUESTIONS = (
    questions.Passes("a", "m", ">=", 0.5), questions.Compares("m", "a", "<", "b", budget=9.0),
    questions.Trends("m", ("a", "b"), True), questions.Chance("a", "m", 100, 0.5, True),
    questions.Within("m", "a", "b", 0.1), questions.Within("m", "a", "b", ("a", "b")),
    questions.Both((questions.Passes("a", "m", "<", 1),)), questions.Either((questions.Passes("a", "m", "<", 1),)),
)  # fmt: skip
CHECK = Check("learns", "direction", "the net learns", "s", QUESTIONS[0], most=24)
GUARD = Check("guard", "control", "the other does not", "s", QUESTIONS[1], most=24, guards=("learns",))
ANY = AnyOf("any", "size", "one of them", (replace(CHECK, id="x", kind="size"), replace(CHECK, id="y", kind="size")))
LIST = Listed(
    "list", "size", "most of them", (replace(CHECK, id="v", kind="size"), replace(CHECK, id="w", kind="size"))
)
WHOLE = Claim(
    "made-up", "nobody2020", "p. 1", "It is so.", "synthetic", (CHECK, GUARD, ANY, LIST),
    (Quick("learns", "s", "a", "m", ">=", 0.5),), Published("1", "confirmed"), dropped={"far": "it is too far"},
)  # fmt: skip
ENTRIES: Any = {"learns": "direction", "guard": "control", "any": "size", "list": "size", "far": "scope"}
PARTS: tuple[Any, ...] = (*QUESTIONS, CHECK, GUARD, ANY, LIST, WHOLE.quick[0], WHOLE.published)
ODD: tuple[Any, ...] = (
    *VALUES, *PARTS, (), (None,), ("a",), ("a", "a"), (CHECK,), (CHECK, CHECK), {"far": ""}, {"far": 1}, b"x", 1j, str,
    10**400, "most", "never", "exact", ">", "control", "identity", "mnist", -24, 24, 2**31,
)  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("claims")) as made:
        yield made


def changed(part: Any, place: int, value: Any) -> Any:
    """A part of a claim with another value at one of its places, however deep."""
    own = [f.name for f in fields(part)]
    name = own[place % len(own)]
    old, deeper = getattr(part, name), place // len(own)
    if deeper % 3 and hasattr(old, "__dataclass_fields__"):
        return replace(part, **{name: changed(old, deeper // 3, value)})
    if deeper % 3 and isinstance(old, tuple) and old:
        at = deeper % len(old)
        inner = changed(old[at], deeper // 3, value) if hasattr(old[at], "__dataclass_fields__") else value
        return replace(part, **{name: (*old[:at], inner, *old[at + 1 :])})
    return replace(part, **{name: value})


@share(2)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, len(ODD) - 1)), min_size=1, max_size=3))
def test_a_claim_of_any_values_is_refused_in_words_or_can_be_judged(changes: list[tuple[int, int]]) -> None:
    claim = WHOLE
    for place, what in changes:
        try:
            claim = changed(claim, place, ODD[what])
        except (TypeError, ValueError) as fault:
            assert str(fault), "an error says something"
            assert len(str(fault).splitlines()) == 1
            assert "object" not in str(fault), f"it is ours, and in words: {fault}"
    found = rules.faults(claim, ENTRIES)
    assert all(isinstance(fault, str) and fault for fault in found)
    assert len(claim.sha256()) == 64
    for check in claim.each():
        assert check.asks.words()
        json.dumps(questions.spelled(check.asks), allow_nan=False).encode()
        if not found:
            looks = check.looks()
            assert looks == (1,) if check.bar == "exact" else list(looks) == sorted(set(looks))


@share(2)
@given(steps=STEPS, command=st.sampled_from(["list", "explain first-one", "table", "verify", "status --workers 1"]))
def test_a_claims_file_of_any_text_is_read_or_named_with_what_is_wrong(
    project: World, steps: Any, command: str
) -> None:
    project.restore()
    path = project.code / "claims.py"
    path.write_bytes(damaged(CLAIMS.encode(), ".py", steps))
    forget()
    before = project.files()
    code, out, err = answered(command.split(" "))
    assert code in (0, 1, 2)
    assert project.files() == before
    if not registry.claims(project.module):
        assert "\n" not in registry.broken()[project.module]
        assert f"{project.module}/claims.py cannot be read: " in out + err
    for claim in registry.claims(project.module):
        rules.faults(claim, ENTRIES)
    project.restore()


def test_a_claims_file_that_leaves_or_never_ends_in_depth_is_named(project: World) -> None:
    deep = "q = passes('a', 'm', '>', 1)\nfor _ in range(5000):\n    q = both(q)\n"
    for text in (
        "raise SystemExit\n",
        "import nowhere\n",
        f"{CLAIMS}\n{deep}CLAIMS = (CLAIMS[0].checks[0], q)",
        "CLAIMS = 1",
    ):
        (project.code / "claims.py").write_text(text)
        forget()
        assert answered(["list"])[0] == 0
        assert answered(["explain", "first-one"])[0] == 2
        project.restore()
