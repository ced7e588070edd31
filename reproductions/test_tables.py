"""Each `claims.py` reads like a table: a check a line, its bar in place; and none is missing from the catalogue."""

import ast
from collections.abc import Iterator

import pytest

from suite import registry, rules

MOST_COLUMNS, MOST_CONSTANTS = 200, 3
modules = pytest.mark.parametrize("name", registry.names())
BUILT_BY_HAND = {  # direction, size, scope and control among the checks of edition 1, as the design counts them
    "parity": (13, 3, 40, 19),
    "sorting": (7, 1, 40, 2),
    "adversarial": (11, 0, 22, 65),
    "deep_init": (24, 10, 61, 11),
    "dropout": (8, 2, 10, 5),  # and six of scope that edition 1 never ran
    "forget_bias": (4, 1, 6, 17),
    "gradient_clipping": (17, 16, 4, 16),
}
DEPARTURES: dict[str, dict[str, str]] = {}
"""Module to those checks of edition 1 whose kind is another than the design's count has it, and why."""


def tree(name: str) -> ast.Module:
    return ast.parse((registry.FOLDER / name / "claims.py").read_text(encoding="utf-8"))


def calls(name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node


def literal(node: ast.expr) -> bool:
    """Whether it is a constant, a choice of them, or a question about them."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp):
        return literal(node.operand)
    if isinstance(node, ast.Tuple):
        return all(map(literal, node.elts))
    if isinstance(node, ast.Call):
        return all(map(literal, [*node.args, *(word.value for word in node.keywords)]))
    return False


def known(node: ast.expr, constants: set[str]) -> bool:
    """A literal, in which one of the file's few constants may stand."""
    if isinstance(node, ast.Name) and node.id in constants:
        return True
    if isinstance(node, ast.Starred):
        return known(node.value, constants)
    if isinstance(node, ast.Tuple | ast.Call):
        inner = node.elts if isinstance(node, ast.Tuple) else [*node.args, *(word.value for word in node.keywords)]
        return all(known(item, constants) for item in inner)
    return literal(node)


@modules
def test_what_decides_stands_on_one_literal_line(name: str) -> None:
    """The members of a list of problems may be made in a loop: the line of the list is what decides."""
    constants = {t.id for t in assigned(name)}
    written: set[str] = set()
    for call in calls(name):
        if isinstance(call.func, ast.Name) and call.func.id in ("direction", "size", "AnyOf", "Listed"):
            parts = [*call.args, *(word.value for word in call.keywords)]
            if call.func.id in ("direction", "size") and isinstance(call.args[0], ast.Constant):
                assert call.lineno == call.end_lineno, f"line {call.lineno}: a check takes one line"
                assert all(known(part, constants) for part in parts), f"line {call.lineno}: not literal"
            if isinstance(call.args[0], ast.Constant):
                written.add(str(call.args[0].value))
    for claim in registry.claims(name):
        for node in claim.deciding():
            assert node.id in written, f"{claim.id}: {node.id} does not stand in claims.py"


def assigned(name: str) -> list[ast.Name]:
    """The constants of a `claims.py` beside CLAIMS."""
    targets = [t for node in tree(name).body if isinstance(node, ast.Assign) for t in node.targets]
    targets += [node.target for node in tree(name).body if isinstance(node, ast.AnnAssign)]
    named = [t for target in targets for t in (target.elts if isinstance(target, ast.Tuple) else [target])]
    return [t for t in named if isinstance(t, ast.Name) and t.id != "CLAIMS"]


@modules
def test_claims_are_short_and_import_nothing_of_their_own(name: str) -> None:
    text = (registry.FOLDER / name / "claims.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= rules.MOST_LINES
    assert max(map(len, text.splitlines())) <= MOST_COLUMNS
    assert len(assigned(name)) <= MOST_CONSTANTS, [t.id for t in assigned(name)]
    imported = {node.module for node in tree(name).body if isinstance(node, ast.ImportFrom)}
    assert imported <= {"suite.claims", "suite.questions", "collections.abc", "typing"}


@modules
def test_the_checks_of_edition_1_have_the_kinds_that_were_counted(name: str) -> None:
    old = registry.recorded_verdicts(name, folder=registry.edition_1())
    kinds: list[str] = []
    for claim in registry.claims(name):
        checks = {check["id"] for check in old.get(claim.id, {"checks": ()})["checks"]}
        departed = DEPARTURES.get(name, {})
        kinds += [k for c, k in rules.catalogue(claim.id).items() if c in checks and f"{claim.id}/{c}" not in departed]
    counted = tuple(kinds.count(kind) for kind in ("direction", "size", "scope", "control"))
    assert counted == BUILT_BY_HAND.get(name, (0, 0, 0, 0)), "later claims and reproductions have none"
