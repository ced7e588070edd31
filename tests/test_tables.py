"""A table says what the record says, and no text in it can do harm."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from suite.edition_1_claims import Claim, Published

from suite.tables import COLUMNS, check_line, comma_separated, markdown, number, rows

CHECK = {
    "id": "solved", "role": "claim", "statistic": "proportion", "metric": "m", "seeds": 10, "failed": 1, "value": 0.9,
    "low": 0.456789, "high": 0.999, "relation": ">=", "threshold": 0.5, "outcome": "undecided",
}  # fmt: skip
HOSTILE = ["a|b", "a\\|b", "<script>alert(1)</script>", "a\nb", "a\r\nb", "a\u2028b", "=1+1", "+1", "-1", "@A1", "\t=1"]
HOSTILE += ["\r=1", "a\u202eb", "a\x1b[1mb", "a\x00b", '","', "&lt;b", "`|`"]


def claim(identity="parity", value="25 bits", status="confirmed"):
    published = Published(value, status)
    return Claim(identity, "key", "p. 1", "s", "synthetic", (), (), "p", ("reproduced",), published)


def record(*checks, **others):
    return {"verdict": "reproduced", "reason": "", "prior_held": True, "checks": list(checks)} | others


def row(recorded, wanted=None):
    wanted = wanted or claim()
    (found,) = rows([wanted], {wanted.id: recorded})
    return found


def cells(line):
    """The cells of a line of Markdown, read as GitHub reads it."""
    assert line.startswith("| ")
    assert line.endswith(" |")
    return line[2:-2].split(" | ")


def test_columns_are_those_of_the_design():
    expected = "claim | n, failed | statistic | 99 % interval | threshold | verdict | prior right? | published (status)"
    assert " | ".join(COLUMNS) == expected
    assert markdown([]) == f"| {expected} |\n" + "| --- " * 8 + "|\n"
    assert next(csv.reader(io.StringIO(comma_separated([])))) == list(COLUMNS)


def test_a_claim_is_one_row_of_what_is_on_record():
    control = CHECK | {"id": "easy", "role": "control", "statistic": "median", "failed": 0, "relation": "<="}
    identity = CHECK | {"id": "sum", "statistic": "exact", "relation": "==", "value": 0.0, "threshold": 0.0}
    found = row(record(CHECK, control, identity, verdict="inconclusive", reason="about 30 seeds", prior_held=False))
    assert tuple(found.values()) == (
        "parity",
        "10, 1; 10, 0; 10, 1",
        "solved: share of seeds 0.9; control easy: median 0.9; sum: exact value 0",
        "0.4568 to 0.999; 0.4568 to 0.999; exact",
        "≥ 0.5: undecided; ≤ 0.5: undecided; = 0: undecided",
        "inconclusive (about 30 seeds)",
        "no",
        "25 bits (confirmed)",
    )
    assert tuple(found) == COLUMNS
    assert check_line(CHECK) == "solved: share of seeds 0.9, 99 % interval 0.4568 to 0.999, threshold ≥ 0.5"
    assert check_line(identity) == "sum: exact value 0, threshold = 0"


def test_claims_without_a_record_are_rows_too_and_keep_their_order():
    wanted = [claim(name, status="from memory") for name in "cab"]
    found = rows(wanted, {"a": record(CHECK), "stranger": record(CHECK)})
    assert [entry["claim"] for entry in found] == ["c", "a", "b"]
    assert tuple(found[0].values()) == ("c", "–", "–", "–", "–", "not run", "–", "25 bits (from memory)")
    assert found[1]["verdict"] == "reproduced"


def test_null_is_an_infinite_bound_an_absent_value_and_an_undecided_prior():
    found = row(record(CHECK | {"value": None, "low": None, "high": None}, prior_held=None))
    assert found["99 % interval"] == "-∞ to ∞"
    assert found["statistic"] == "solved: share of seeds –"
    assert found["prior right?"] == "–"
    assert row(record(CHECK | {"high": None}))["99 % interval"] == "0.4568 to ∞"
    assert (number(None), number(0.0), number(-1234567.0), number(1e-9)) == ("–", "0", "-1.235e+06", "1e-09")


def hostile(text):
    found = row(record(CHECK | {"id": text}, reason=text, verdict="invalid"), claim(text, text))
    return found, [name for name in COLUMNS if name not in ("n, failed", "99 % interval", "threshold", "prior right?")]


def assert_harmless_in_markdown(text):
    found, _ = hostile(text)
    lines = markdown([found]).splitlines()
    assert len(lines) == 3, "one line a claim"
    assert [len(cells(line)) for line in lines] == [8] * 3
    assert lines[2].count("|") == 9, "no pipe but those between cells, for a backslash before one may be escaped"
    assert "<" not in lines[2].replace("<br>", "")
    assert lines[2].isprintable()


def assert_harmless_in_csv(text):
    found, _ = hostile(text)
    written = list(csv.reader(io.StringIO(comma_separated([found]), newline="")))
    assert [len(line) for line in written] == [8, 8]
    for cell in written[1]:
        assert cell.isprintable()
        assert cell[:1] not in ("=", "+", "-", "@")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless(text):
    assert_harmless_in_markdown(text)
    assert_harmless_in_csv(text)


@settings(deadline=None, derandomize=True)
@given(st.text(st.sampled_from("|\\<>&;=+-@ \n\r\t'\",`a\u202e") | st.characters(codec="utf-8"), max_size=20))
def test_any_text_is_harmless(text):
    assert_harmless_in_markdown(text)
    assert_harmless_in_csv(text)


def test_harmless_text_is_left_as_it_is():
    plain = "0.5 to ∞, ±1/sqrt(n): “all” – é, 中 🙂 x > y"
    found = row(record(verdict=plain), claim("a-b_c", plain))
    assert f"| {plain} | yes | {plain} (confirmed) |" in markdown([found])
    assert next(csv.DictReader(io.StringIO(comma_separated([found])))) == found
    checks = row(record(CHECK | {"id": "a < b"}, CHECK))
    assert "| a &lt; b: share of seeds 0.9<br>solved: share of seeds 0.9 |" in markdown([checks])


def test_a_choice_of_columns_is_kept_in_its_order():
    found = [row(record(CHECK))]
    assert markdown(found, ["verdict", "claim"]).splitlines()[2] == "| reproduced | parity |"
    assert comma_separated(found, ["verdict", "claim"]) == "verdict,claim\nreproduced,parity\n"
    assert json.loads(json.dumps(found)) == found
