"""What the tests of planted faults say of a control that misses its fault, and of one that has none."""

import planting
import pytest

from suite.claims import Claim, Published, control
from suite.questions import passes

CONTROL = control("alive", "b learns", "s", passes("b", "error", "<=", 0.5), guards=())
CLAIM = Claim("a-claim", "s", "l", "It is.", "synthetic", (CONTROL,), (), Published("none", "none found"))
PLACE = ("a-claim", "alive")


def found(patch):
    return {"b": {"error": 0.6}}


def missed(patch):
    return {"b": {"error": 0.4}}


def diverged(patch):
    return {"b": {"error": None}}


def test_a_fault_is_found_where_its_control_says_no(monkeypatch):
    says_no, none_without = planting.laws([CLAIM], {found: {PLACE}})
    says_no(found, monkeypatch)
    none_without()


@pytest.mark.parametrize("fault", [missed, diverged])
def test_a_control_that_says_anything_else_is_red(fault, monkeypatch):
    says_no, _ = planting.laws([CLAIM], {fault: {PLACE}})
    with pytest.raises(AssertionError, match="alive"):
        says_no(fault, monkeypatch)


def test_a_control_without_a_fault_and_a_fault_without_a_control_are_red(monkeypatch):
    says_no, none_without = planting.laws([CLAIM], {found: set()})
    with pytest.raises(AssertionError, match="alive"):
        none_without()
    with pytest.raises(AssertionError):
        says_no(found, monkeypatch)
