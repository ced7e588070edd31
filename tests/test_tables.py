"""A table says what the record says, one fact a cell, and no text in it can do harm."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up import any_of, check, claim, described, publish, write

from suite import forecasts, tables
from suite.tables import CHECKS, COLUMNS, comma_separated, details, index, markdown, rows

HOSTILE = ["a|b", "a\\|b", "<script>alert(1)</script>", "a\nb", "a\r\nb", "a\u2028b", "=1+1", "+1", "-1", "@A1", "\t=1"]
HOSTILE += ["\r=1", "a\u202eb", "a\x1b[1mb", "a\x00b", '","', "&lt;b", "`|`"]
WHOLE = claim(check("one"), check("far", "scope", arm="b"), check("sum", bar="exact", arm="e"), carried=("old",))
ARMS = {"a": "y" * 12, "b": "n" * 12, "e": "y"}


@pytest.fixture
def project(monkeypatch, tmp_path):
    """Publishes claims with their records, and edition 1's word of each, where it has one."""

    def publish_all(*claims, records, old=None):
        folder = publish(monkeypatch, tmp_path, *claims)
        write(folder / "verdicts.json", records)
        scope = [{"id": "old", "outcome": "holds"}]
        known = {i: {"verdict": word, "checks": scope} for i, word in (old or {}).items()}
        write(tmp_path / "edition-1/made_up/verdicts.json", known)
        return folder

    forecasts.forecasts.cache_clear()
    yield publish_all
    forecasts.forecasts.cache_clear()


def cells(line):
    """The cells of a line of Markdown, read as GitHub reads it."""
    assert line.startswith("| ")
    assert line.endswith(" |")
    return line[2:-2].split(" | ")


def test_columns_are_those_of_the_design():
    assert " | ".join(COLUMNS) == "claim | statement | answer | verdict | scope | forecast | edition 1"
    assert markdown([]) == f"| {' | '.join(COLUMNS)} |\n" + "| --- " * 7 + "|\n"
    assert next(csv.reader(io.StringIO(comma_separated([])))) == list(COLUMNS)
    assert {"level", "share from", "share to", "seeds", "yes", "effect", "bar"} <= set(CHECKS)


def test_a_claim_is_one_row_of_what_is_on_record(project):
    project(WHOLE, records={}, old={"made-up": "partly"})
    folder = project(WHOLE, records={"made-up": described(WHOLE, **ARMS)}, old={"made-up": "partly"})
    (folder.parent / "code").mkdir()
    (folder.parent / "code/forecasts.csv").write_text(
        "forecaster,date,claim,check,probability\nx,d,made-up,one,0.8\ny,d,made-up,one,0.7\nx,d,other,one,0.1\n"
    )
    (found,) = rows(["made_up"])
    assert tuple(found) == COLUMNS
    assert tuple(found.values()) == (
        "made-up", "It is so.",
        "One shows in 12 of 12 seeds; median m: 1 (1 to 1). Sum shows: computed, and so it is.",
        "reproduced", "1 of 2 hold", "0.75", "partly",
    )  # fmt: skip


def test_claims_without_a_record_are_rows_too_and_a_choice_keeps_the_order(project):
    claims = [replace(WHOLE, id=name, carried=("old",) if name == "c" else ()) for name in "cab"]
    project(
        *claims,
        records={"a": described(claims[1], **ARMS), "stranger": described(claims[1], **ARMS)},
        old={"c": "partly"},
    )
    found = rows(["made_up"])
    assert [row["claim"] for row in found] == ["c", "a", "b"]
    assert tuple(found[0].values()) == ("c", "It is so.", "–", "not run", "1 of 2 hold, 1 not run", "–", "partly")
    assert tuple(found[2].values()) == ("b", "It is so.", "–", "not run", "0 of 1 hold, 1 not run", "–", "–")
    assert [row["verdict"] for row in rows(["made_up"], ["b", "a"])] == ["reproduced", "not run"]


def test_the_index_has_a_line_a_claim_and_says_how_many_decisions_may_be_wrong(project):
    grouped = claim(any_of(check("x"), check("y", arm="b")), check("g", "control", arm="b", guards=()), id="grouped")
    project(WHOLE, grouped, records={})
    records = {"made-up": described(WHOLE, **ARMS), "grouped": described(grouped, a="y" * 12, b="n" * 12)}
    project(WHOLE, grouped, records=records, old={"made-up": "partly"})
    text = index(["made_up"])
    assert text.count("\n| made-up |") == text.count("\n| grouped |") == 1
    assert "## [made_up](made_up/table.md)" in text
    # Decided by seeds: one and the control at 99 %, x and y at 99.5 % for their any-of, and never the identity.
    assert "direction, size and control: 4 decided, up to 0.03 wrong; scope: 1 decided, up to 0.01 wrong" in text


def test_the_index_scores_each_forecaster_by_decided_checks(project):
    project(WHOLE, records={})
    folder = project(WHOLE, records={"made-up": described(WHOLE, **ARMS)})
    (folder.parent / "code").mkdir()
    (folder.parent / "code/forecasts.csv").write_text(
        "forecaster,date,claim,check,probability\nx,d,made-up,one,0.8\nx,d,made-up,far,0.4\nx,d,made-up,new,0.1\n"
    )
    assert "Forecasts by x: mean Brier score 0.100 over 2 decided checks." in index(["made_up"])


def test_surprises_are_what_forecasters_got_most_wrong_the_worst_first(project):
    likely, unlikely = replace(WHOLE, id="likely"), replace(WHOLE, id="unlikely")
    claims = (WHOLE, likely, unlikely)
    project(*claims, records={})
    records = {c.id: described(c, **ARMS) for c in claims}  # `one` holds, `far` fails
    folder = project(*claims, records=records, old={"made-up": "partly"})
    (folder.parent / "code").mkdir()
    lines = ["x,d,made-up,one,0.3", "x,d,made-up,far,0.6", "x,d,likely,one,0.9", "x,d,unlikely,one,0.1"]
    (folder.parent / "code/forecasts.csv").write_text("forecaster,date,claim,check,probability\n" + "\n".join(lines))
    assert [claim for claim, _ in forecasts.surprises(records)] == ["unlikely", "made-up"]
    first, second = tables.surprises(["made_up"]).splitlines()
    assert first.startswith("- **It is so.** One shows in 12 of 12 seeds")
    assert first.endswith("*reproduced*, forecast 0.10 ([`unlikely`](reproductions/made_up/README.md))")
    assert second.endswith("*reproduced*, forecast 0.45 ([`made-up`](reproductions/made_up/README.md))")
    assert forecasts.surprises(records, most=1) == [("unlikely", pytest.approx(0.81))]


def test_until_a_forecast_is_scored_the_surprises_are_those_of_edition_1(project):
    claims = [replace(WHOLE, id=name, statement=f"{name} <b>") for name in ("as", "other", "both")]
    project(*claims, records={})
    folder = project(*claims, records={}).parent / "edition-1/made_up/verdicts.json"
    told = {"as": ("partly", True), "other": ("partly", False), "both": ("not reproduced", False)}
    write(
        folder, {i: {"verdict": w, "prior_held": held, "prior": "Sure.", "checks": []} for i, (w, held) in told.items()}
    )
    assert tables.surprises(["made_up"]) == (
        "- **both &lt;b>** Edition 1: *not reproduced*, expected: Sure. ([`both`](reproductions/made_up/README.md))\n"
        "- **other &lt;b>** Edition 1: *partly*, expected: Sure. ([`other`](reproductions/made_up/README.md))\n"
    )


def test_how_many_claims_are_decided_is_counted_by_their_words(project):
    claims = [replace(WHOLE, id=name) for name in ("anew", "open", "waits")]
    project(*claims, records={})
    said = described(claims[0], **ARMS)
    project(*claims, records={"anew": said, "open": {**said, "verdict": "undecided"}})
    assert tables.standing(["made_up"]) == ("1 of 3 claims are decided: 1 reproduced (1 undecided, 1 not run).\n")
    project(*claims, records={})
    assert tables.standing(["made_up"]) == "0 of 3 claims are decided (3 not run).\n"


def test_what_is_decided_anew_is_no_surprise_of_edition_1(project):
    claims = [replace(WHOLE, id=name) for name in ("anew", "waits")]
    project(*claims, records={})
    folder = project(*claims, records={"anew": described(claims[0], **ARMS)}).parent / "edition-1/made_up/verdicts.json"
    write(
        folder,
        {c.id: {"verdict": "partly", "prior_held": False, "prior": "Sure.", "checks": []} for c in claims},
    )
    assert [line.split("[`")[1].split("`")[0] for line in tables.surprises(["made_up"]).splitlines()] == ["waits"]


def test_details_have_a_line_a_check_and_no_cell_with_more_than_one_fact(project):
    grouped = claim(any_of(check("x"), check("y", arm="b")), check("sum", bar="exact", arm="e"), id="grouped")
    project(WHOLE, grouped, records={})
    ways = {"a": "y" * 12, "b": "yn" * 5 + "tf", "e": "n"}
    records = {"made-up": described(WHOLE, **ARMS), "grouped": described(grouped, **ways)}
    project(WHOLE, grouped, records=records, old={"made-up": "partly"})
    lines = details(records).splitlines()
    of_checks = lines[: lines.index("", 3)]
    assert [cells(line) for line in of_checks if line.startswith("| grouped")] == [
        ["grouped", "any", "direction", "holds", "1 of 2 checks", *"––––––", "any", "–", "–", "–"],
        ["grouped", "x", "direction", "holds", "12", "0", "12", "0", "0.519", "1", "99.5 %", "most",
         "median m: 1", "1", "1"],
        ["grouped", "y", "direction", "undecided", "5", "1", "12", "1", "0.0595", "0.904", "99.5 %", "most",
         "median m: 0.5", "0", "1"],
        ["grouped", "sum", "direction", "fails", "0", "0", "1", "0", "–", "–", "exact", "exact", "–", "–", "–"],
    ]  # fmt: skip
    assert {len(cells(line)) for line in of_checks[2:]} == {len(CHECKS)}
    commits = ["f" * 12, "c" * 12, "c" * 12, "yes", "no"]
    assert [cells(line) for line in lines if "c" * 12 in line] == [["made-up", *commits], ["grouped", *commits]]
    described_old = {"made-up": {**records["made-up"], "scope": [{"id": "old", "edition": 1, "outcome": "holds"}]}}
    assert details(described_old).endswith("| claim | scope of edition 1 | outcome |\n| --- | --- | --- |\n"
                                           "| made-up | old | holds |\n")  # fmt: skip


def hostile(text):
    """A row of claims and the rows of checks with this text wherever text may stand."""
    wanted = claim(replace(check(), id=text, what=text))
    record = described(wanted, a="y" * 12)
    record |= {"answer": text, "verdict": text, "reason": text}
    row = dict.fromkeys(COLUMNS, text)
    return row, tables.check_rows({text: record})


def assert_harmless_in_markdown(text):
    row, of_checks = hostile(text)
    for table, columns in (([row], COLUMNS), (of_checks, CHECKS)):
        lines = markdown(table, columns).splitlines()
        assert len(lines) == 3, "one line a row"
        assert [len(cells(line)) for line in lines] == [len(columns)] * 3
        assert lines[2].count("|") == len(columns) + 1, "no pipe but those between cells, even where a backslash is"
        assert "<" not in lines[2]
        assert lines[2].isprintable()


def assert_harmless_in_csv(text):
    row, of_checks = hostile(text)
    for table, columns in (([row], COLUMNS), (of_checks, CHECKS)):
        written = list(csv.reader(io.StringIO(comma_separated(table, columns), newline="")))
        assert [len(line) for line in written] == [len(columns)] * 2
        for cell in written[1]:
            assert cell.isprintable()
            assert cell[:1] not in ("=", "+", "-", "@")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless(text, project):
    project(records={})
    assert_harmless_in_markdown(text)
    assert_harmless_in_csv(text)


@settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("|\\<>&;=+-@ \n\r\t'\",`a\u202e") | st.characters(codec="utf-8"), max_size=20))
def test_any_text_is_harmless(project, text):
    project(records={})
    assert_harmless_in_markdown(text)
    assert_harmless_in_csv(text)


def test_harmless_text_is_left_as_it_is():
    plain = "0.5 to ∞, ±1/sqrt(n): “all” – é, 中 🙂 x > y"
    row = dict.fromkeys(COLUMNS, plain)
    assert markdown([row]).splitlines()[2] == f"| {' | '.join([plain] * 7)} |"
    assert next(csv.DictReader(io.StringIO(comma_separated([row])))) == row
    assert markdown([{"a": "a < b & c | d"}], ["a"]).splitlines()[2] == "| a &lt; b &amp; c &#124; d |"


def test_a_choice_of_columns_is_kept_in_its_order():
    row = dict.fromkeys(COLUMNS, "x") | {"verdict": "reproduced", "claim": "parity"}
    assert markdown([row], ["verdict", "claim"]).splitlines()[2] == "| reproduced | parity |"
    assert comma_separated([row], ["verdict", "claim"]) == "verdict,claim\nreproduced,parity\n"
