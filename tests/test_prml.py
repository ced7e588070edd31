"""PRML's own tool locks and verifies every manifest, and says PASS exactly where a check holds."""

import csv
import hashlib
import os
import subprocess
from dataclasses import replace

import falsify_prml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import any_of, check, claim, described, listed, publish, write
from test_escaping import HOSTILE

from common.errors import UserError
from suite import provenance, registry
from suite.citing import prml

SINCE = "2026-11-01T12:00:00Z"
ALL = claim(
    check("most"), check("share", bar="almost every", most=240), check("few", bar="rarely", most=240, arm="b"),
    check("one", bar="some"), check("none", bar="never", most=240, arm="b"), check("sum", "size", bar="exact", arm="e"),
    any_of(check("x", arm="b"), check("y"), name="any"),
    listed(check("l1"), check("l2", arm="b"), check("l3"), name="list"),
    listed(check("r1", arm="b"), check("r2", arm="b"), name="seldom", bar="rarely"),
    check("guard", "control", guards=("most",)),
)  # fmt: skip


@pytest.fixture
def export(monkeypatch, tmp_path):
    """Exports a claim with its record, and gives the lines of `observed.csv`."""
    monkeypatch.setattr(provenance, "fixed", lambda name, claim: "f" * 40)
    monkeypatch.setattr(provenance, "committed", lambda commit: SINCE)

    def exported(wanted, record):
        folder = publish(monkeypatch, tmp_path / "project", wanted)
        write(folder / "verdicts.json", {wanted.id: record} if record else {})
        prml.write(tmp_path / "out")
        with (tmp_path / "out/observed.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return exported


def verify(folder, row):
    """The exit code of `falsify verify` on a line of `observed.csv`: 0 PASS, 10 FAIL."""
    number = [f"--observed={row['observed']}"] if row["observed"] else []
    return falsify_prml.main(["verify", str(folder / row["manifest"]), *number])


@pytest.mark.parametrize("letters", ["y" * 240, "n" * 240, "yn" * 6, "y" * 12])
def test_falsify_passes_what_holds_and_fails_what_does_not(export, tmp_path, letters):
    other = letters.translate(str.maketrans("yn", "ny"))
    record = described(ALL, a=letters, b=other, e=letters[0])
    rows = export(ALL, record)
    assert len(rows) == len(list(prml.nodes(ALL))) == 17
    for row in rows:
        if row["check"] != "most":  # which its control may keep from holding, as its notes say
            assert (verify(tmp_path / "out", row) == 0) == (row["outcome"] == "holds"), row


def test_what_was_not_run_is_verified_without_a_number(export, tmp_path, capsys):
    for row in export(ALL, None):
        assert (row["observed"], row["outcome"]) == ("", "not run")
        assert verify(tmp_path / "out", row) == 0
    assert "predicate not evaluated" in capsys.readouterr().out


def test_the_lock_is_the_hash_of_the_file_and_an_edited_bar_is_found(export, tmp_path, capsys):
    row = export(ALL, None)[0]
    path = tmp_path / "out" / row["manifest"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row["sha256"] == (
        path.with_suffix(".prml.sha256").read_text().strip()
    )  # fmt: skip
    assert falsify_prml.main(["lock", str(path)]) == 0, "their lock is ours"
    assert path.with_suffix(".prml.sha256").read_text().strip() == row["sha256"]
    path.write_text(path.read_text().replace("threshold: 0.5", "threshold: 0.4"))
    assert verify(tmp_path / "out", row) == 3
    assert "TAMPERED" in capsys.readouterr().out


def test_a_manifest_says_what_was_fixed():
    made = prml.manifest("made_up", ALL, ALL.checks[0], SINCE)
    assert (made["comparator"], made["threshold"], made["created_at"], made["seed"]) == (">", 0.5, SINCE, 1000)
    assert made["metric_args"]["guarded_by"] == ["guard"]
    assert made["metric_args"]["seeds"] == {"first": 12, "step": 12, "most": 48}
    assert made["metric_args"]["claim_sha256"] == ALL.sha256()
    member = next(node for node in prml.nodes(ALL) if node.id == "x")
    assert prml.predicate(ALL, member)[0].startswith("lower end of the 99.5 % time-uniform interval"), "of two"
    assert prml.predicate(ALL, ALL.checks[0])[0].startswith("lower end of the 99 % time-uniform interval")


def test_the_identity_follows_from_what_was_fixed_and_when():
    one, two = ALL.checks[:2]
    assert prml._identity(SINCE, ALL, one) == prml._identity(SINCE, replace(ALL, statement="In other words."), one)
    others = {
        prml._identity(SINCE, ALL, two), prml._identity("2026-11-01T12:00:01Z", ALL, one),
        prml._identity(SINCE, replace(ALL, checks=ALL.checks[:1]), one),
    }  # fmt: skip
    assert prml._identity(SINCE, ALL, one) not in others
    assert prml._identity("2026-11-01T11:59:59Z", ALL, one) < prml._identity(SINCE, ALL, one), "in order of time"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_words_of_a_manifest(export, tmp_path, text):
    wanted = claim(replace(check("one"), what=text), statement=text, locator=text)
    (row,) = export(wanted, described(wanted, a="y" * 12))
    assert verify(tmp_path / "out", row) == 0
    assert text.split()[-1].strip("\x00\u202e\u2028")[-1:] in falsify_prml.load_manifest(
        str(tmp_path / "out" / row["manifest"])
    )["notes"]  # fmt: skip


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.text(st.characters(codec="utf-8"), max_size=100))
def test_any_words_are_accepted_and_locked_as_falsify_locks_them(text):
    wanted = claim(replace(check("one"), what=text), statement=text)
    made = prml.manifest("made_up", wanted, wanted.checks[0], SINCE)
    assert falsify_prml.validate_manifest(made) == []
    assert falsify_prml.canonicalize(made) == prml.spelled(made)


def test_bars_that_are_in_no_commit_are_not_exported(monkeypatch, tmp_path):
    publish(monkeypatch, tmp_path / "project", ALL)
    monkeypatch.setattr(provenance, "fixed", lambda name, claim: "")
    with pytest.raises(UserError, match="when the bars of made-up were fixed is known only from git"):
        prml.write(tmp_path / "out")


def test_every_check_of_the_project_has_a_valid_manifest():
    for name in registry.names():
        for wanted in registry.claims(name):
            for node in prml.nodes(wanted):
                made = prml.manifest(name, wanted, node, SINCE)
                assert falsify_prml.validate_manifest(made) == [], (wanted.id, node.id)
                assert not made["metric"].endswith("…"), (wanted.id, node.id)


def test_data_that_is_fetched_and_data_that_is_drawn_are_both_named_and_hashed():
    both = {"mnist", "synthetic"}
    name, wanted = next(found for found in registry.all_claims().values() if both == set(found[1].datasets()))
    node = next(prml.nodes(wanted))
    made = prml.manifest(name, wanted, node, SINCE)["dataset"]
    alone = prml.manifest(name, replace(wanted, dataset="mnist", also=()), node, SINCE)["dataset"]
    assert made["id"].startswith(f"mnist and generated by {name}/")
    assert (alone["id"], made["hash"] == alone["hash"]) == ("mnist", False)


def test_the_time_of_a_commit_is_that_of_git_in_utc(monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "ROOT", tmp_path)
    assert provenance.committed("f" * 40) == "", "no git"
    made = {"GIT_COMMITTER_DATE": "2026-11-01T13:00:00+01:00", "GIT_AUTHOR_DATE": "2020-01-01T00:00:00+00:00"}
    (tmp_path / "file").write_text("text")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "first")):
        subprocess.run([*git, *words], cwd=tmp_path, env=os.environ | made, check=True)
    assert provenance.committed(provenance.last_commit(tmp_path / "file")) == SINCE
    assert provenance.committed("") == ""
