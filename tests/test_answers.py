"""A verdict in words and as data, and a claim explained."""

import json
from dataclasses import replace

import pytest
from made_up import answering, any_of, check, claim, described, listed, provenance, publish, trained, write

from suite import answers, batches, evidence, explaining, forecasts, reading, tables
from suite.claims import direction
from suite.effects import Effect
from suite.judging import judge
from suite.page import claim_page, words
from suite.questions import less

YES, NO = "y" * 12, "n" * 12
WHOLE = claim(
    check("one"),
    any_of(check("x", arm="x"), check("y", arm="y")),
    listed(check("u", "size", arm="u"), check("v", "size", arm="v"), check("w", "size", arm="w"), kind="size"),
    check("sum", bar="exact", arm="e"),
    check("far", "scope", arm="b", bar="never", most=240),
    check("guard", "control", arm="g", guards=("one",)),
    carried=("old", "older"),
)
GUARDED = claim(check("one"), check("g", "control", arm="b", guards=("one",)))
ARMS = {"a": "n" + "y" * 23, "x": NO, "y": YES, "u": YES, "v": YES, "w": NO, "e": "y", "b": "n" * 11 + "f", "g": YES}


@pytest.fixture(autouse=True)
def project(monkeypatch, tmp_path):
    """A record of edition 1 in which one of two scope checks of the claim holds."""
    folder = publish(monkeypatch, tmp_path, WHOLE)
    old = {"verdict": "partly", "checks": [{"id": "old", "outcome": "holds"}, {"id": "else", "outcome": "fails"}]}
    write(tmp_path / "edition-1/made_up/verdicts.json", {"made-up": old})
    forecasts.forecasts.cache_clear()
    yield folder
    forecasts.forecasts.cache_clear()


def answer(wanted, **arms):
    return answers.answer(judge(wanted, answering(**arms)), answering(**arms))


def test_the_record_of_a_verdict_says_level_study_and_arms_with_each_interval():
    said = described(WHOLE, **ARMS)
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert (said["verdict"], said["reason"], said["nature"]) == ("reproduced", "", "experiment")
    assert (said["dataset"], said["tier"], said["backend"], said["failed"]) == ("synthetic", "full", "jax", 1)
    one, any_, list_, exact, far, guard = said["checks"]  # p^23 (1 - p) is 0.01 / (25 · 24) at both ends of the first
    assert one == {
        "id": "one", "kind": "direction", "what": "one shows", "outcome": "holds", "study": "s", "arms": ["a"],
        "asks": "m of a > 0.5", "bar": "most", "n": 24, "most": 48, "yes": 23, "ties": 0, "failed": 0, "level": 0.99,
        "low": pytest.approx(0.64864, abs=1e-5), "high": pytest.approx(1 - 0.01 / 600, abs=1e-7), "trifling": False,
        "effects": [{"name": "median m", "n": 24, "value": 1, "low": 1, "high": 1}],
    }  # fmt: skip
    assert (any_["bar"], any_["outcome"], [m["level"] for m in any_["of"]]) == ("any", "holds", [0.995, 0.995])
    assert all({"study", "arms", "low", "high"} <= set(m) for m in (*any_["of"], *list_["of"], far, guard))
    assert (list_["bar"], list_["kind"], [m["outcome"] for m in list_["of"]]) == (
        "most",
        "size",
        ["holds"] * 2 + ["fails"],
    )
    assert (exact["bar"], exact["n"], exact["most"], exact["effects"]) == ("exact", 1, 1, [])
    assert not {"level", "low", "high"} & set(exact)
    assert (far["outcome"], far["failed"], far["ties"]) == ("undecided", 1, 1)


def test_scope_of_both_editions_is_counted_and_never_decides():
    said = described(WHOLE, **ARMS)
    assert said["scope"] == [
        {"id": "far", "edition": 2, "outcome": "undecided"},
        {"id": "old", "edition": 1, "outcome": "holds"},
        {"id": "older", "edition": 1, "outcome": "not run"},
    ]
    assert answers.counted(said["scope"]) == "1 of 3 hold, 1 open, 1 not run"
    assert answers.counted([]) == "–"


def test_the_answer_has_a_sentence_for_each_direction_and_size():
    assert described(WHOLE, **ARMS)["answer"] == (
        "One shows in 23 of 24 seeds; median m: 1 (1 to 1). Any of them: 1 of 2 hold. List of them: 2 of 3 hold. "
        "Sum shows: computed, and so it is."
    )
    two = claim(check("one"), check("two", arm="b", most=48))
    assert answer(two, a=NO, b="yn" * 24) == (
        "One shows in 0 of 12 seeds; median m: 0 (0 to 0). "
        "Two shows in 24 of 48 seeds; about as many seeds one way as the other; median m: 0.5 (0 to 1)."
    )
    assert answer(two, a="ty" * 6, b=NO).startswith("One shows in 6 of 12 seeds, 6 ties; undecided; median m: 0.75 (")
    assert answer(claim(check("one")), a="y" * 11 + "t").startswith("One shows in 11 of 12 seeds, 1 tie; ")
    assert answer(claim(check(bar="exact")), a="n") == "C shows: computed, and not so."
    three = claim(listed(check("u", arm="u"), check("v", arm="v"), check("w", arm="w")))
    assert answer(three, u=YES, v="yn" * 6, w="yn" * 6) == "List of them: 1 of 3 hold, 2 open."


def test_how_many_of_a_group_are_open_is_told_wherever_it_is_counted():
    group = claim(listed(check("u", arm="u"), check("v", arm="v"), check("w", arm="w")))
    record, told = described(group, u=YES, v="yn" * 6), "1 of 3 hold, 1 open, 1 not run"
    assert record["answer"] == f"List of them: {told}."
    assert told in next(explaining.check_lines(group, record))
    assert [came for _, _, came in claim_page.told(group, record)] == [told]


def test_what_has_not_been_run_is_said_to_be_so():
    assert answer(claim(check("one"))) == "Not run yet."
    third = claim(check("one"), check("two", arm="b"), check("much", "size", arm="c"))
    assert answer(third, a=YES, b=NO).endswith("Two shows in 0 of 12 seeds; median m: 0 (0 to 0). Much shows: not run.")
    assert judge(third, answering(a=YES, b=NO)).word == "partly"


def test_no_answer_is_given_by_evidence_that_does_not_count():
    verdict = judge(claim(check()), answering(a=YES[1:] * 5))
    assert answers.answer(verdict, {}) == "No answer: s/a: undeclared seed 1048 and 6 more."
    stale = judge(claim(check()), answering(a=YES), stale="study s changed since the run")
    assert answers.answer(stale, answering(a=YES)) == "No answer: study s changed since the run."


def test_an_effect_smaller_than_that_of_a_seed_is_called_trifling():
    paired = direction("c", "the net errs less", "s", less("m", "a", than="b"))
    trials = trained(a="n" * 12, b="t" * 6 + "y" * 6)
    small = [t.model_copy(update={"metrics": {"m": t.seed - 1000 - 0.1 * (t.arm == "a")}}) for t in trials]
    said = {}
    for name, rows in (("large", trials), ("small", small)):
        observed = evidence.gather(rows)
        verdict = judge(claim(paired), observed)
        said[name] = answers.describe(verdict, observed, rows, {})
        (found,) = said[name]["checks"]
        assert found["trifling"] is (name == "small")
        assert said[name]["answer"].endswith(", trifling.") is (name == "small")
    assert said["large"]["answer"].startswith(
        "The net errs less in 12 of 12 seeds; median difference of m, a minus b: -0.75 (-1 to"
    )


def test_the_next_batch_of_what_is_open_says_what_it_costs():
    paired = direction("c", "it shows", "s", less("m", "a", than="b"))
    trials = [*trained(60.0, a="yn" * 6), *trained(30.0, b="t" * 12)]
    observed = evidence.gather(trials)
    (said,) = answers.describe(judge(claim(paired), observed), observed, trials, {})["checks"]
    assert said["next_batch_minutes"] == pytest.approx(12 * 1.5)
    for letters in (YES, "yn" * 23 + "yy", "y" * 11):
        assert "next_batch_minutes" not in described(claim(check()), a=letters)["checks"][0], letters
    far = described(claim(check("one"), check("far", "scope", arm="b")), a=YES, b="yn" * 6)["checks"][1]
    assert "next_batch_minutes" not in far, "of scope there is no next batch"
    assert "next_batch_minutes" not in described(GUARDED, a="yn" * 6, b=NO)["checks"][0], "nor of what is void"


@pytest.mark.parametrize("a", ["", YES, NO, "yn" * 6, "t" * 12, "yn" * 23 + "yy"])
@pytest.mark.parametrize("b", ["", YES, NO, "yn" * 6, "yn" * 23 + "yy"])
@pytest.mark.parametrize("node", [any_of, listed])
def test_a_next_batch_is_told_of_those_checks_alone_that_a_run_would_give_more_seeds(node, a, b):
    """Whatever one arm says, and whatever the other, which may be a control, a member of a group or both."""
    member, other = check("one"), check("g", arm="b")
    guard = check("g", "control", arm="b", guards=("one",))
    for wanted in (GUARDED, claim(node(member, other)), claim(node(member, check("z", arm="z")), guard)):
        arms = {"a": a, "b": b, "z": YES}
        found = described(wanted, **arms)["checks"]
        told = {c["id"] for one in found for c in one.get("of", [one]) if "next_batch_minutes" in c}
        following = batches.wanted(wanted, answering(**arms))
        undecided = {c["id"] for one in found for c in one.get("of", [one]) if c["outcome"] == "undecided"}
        named = {c.id for c in wanted.each() for arm in c.arms() if following["s", arm] > len(arms[arm])}
        assert told == named & undecided


def test_what_became_stale_since_has_no_next_batch_and_waits_for_nothing(monkeypatch):
    monkeypatch.setattr(evidence, "staleness", lambda *_: "study s changed since the run")
    grouped = claim(any_of(check("x"), check("y", arm="b")))
    for wanted in (GUARDED, grouped):
        record = described(wanted, a="yn" * 6, b="yn" * 6)
        assert "next_batch_minutes" in json.dumps(record)
        stale = reading.current("made_up", wanted, record)
        told = json.dumps(stale) + "\n".join(explaining.check_lines(wanted, stale))
        assert stale["verdict"] == "stale"
        assert not any(words in told for words in ("next_batch", "next batch", "waits", "no more seeds"))


def test_a_stale_verdict_has_no_next_batch():
    observed, trials = answering(a="yn" * 6), trained(a="yn" * 6)
    stale = judge(claim(check()), observed, stale="study s changed since the run")
    assert "next_batch_minutes" not in answers.describe(stale, observed, trials, {})["checks"][0]


@pytest.mark.parametrize(
    ("a", "b", "one", "guard"),
    [
        (YES, "", "waits for its control g (not run)", ""),
        (YES, "yn" * 6, "waits for its control g (undecided)", "the next batch takes about 0 min of one core"),
        (YES, "yn" * 23 + "yy", "waits for its control g (undecided, at its cap)", "its cap of 48 seeds is reached"),
        ("yn" * 23 + "yy", YES, "its cap of 48 seeds is reached", ""),
        ("yn" * 24, YES, "", ""),
        ("yn" * 6, "", "the next batch takes about 0 min of one core", ""),
        (NO, "yn" * 6, "", "asks for no more seeds"),
        (YES, YES, "", ""),
    ],
)
def test_what_a_control_holds_open_says_so_everywhere(a, b, one, guard, project):
    record = described(GUARDED, a=a, b=b)
    ends = {"one": f"; {one}" if one else "", "g": f"; {guard}" if guard else ""}
    lines = list(explaining.check_lines(GUARDED, record))
    told = "\n".join(explaining._lines("made_up", GUARDED, record))
    came = told.split("  one [direction]")[1].partition("\n")[0]
    assert came.endswith(f" of {len(a)} seeds{ends['one']}")
    assert lines[0].endswith(f" of a in s{ends['one']}")
    assert lines[1].endswith(f" of b in s{ends['g']}")
    assert told.split("; guards one → ")[1].partition("\n")[0].endswith(ends["g"])
    assert told.count("; guards one → not run\n") == (not b), "a control without a seed says that it has not been run"


def test_ties_are_told_wherever_seeds_that_say_yes_are_counted():
    """They may be all that keeps a check open, and a count without them looks like a failure."""
    for letters, told in (("y" * 2 + "t" * 10, "2 of 12, 10 ties"), (NO[1:] + "t", "0 of 12, 1 tie"), (NO, "0 of 12")):
        single, of = claim(check("one")), [check("x"), check("y", arm="b")]
        record = described(single, a=letters)
        (line,) = explaining.check_lines(single, record)
        assert f" one shows: {told}, share " in line
        assert f"→ {record['checks'][0]['outcome']}, {told.replace('12', '12 seeds')}" in "\n".join(
            explained(record, single)
        )
        for group in (claim(any_of(*of)), claim(listed(*of))):
            record = described(group, a=letters, b="yn" * 6)
            (line,) = explaining.check_lines(group, record)
            counted = f" x {told}, the next batch takes about 0 min of one core; y 6 of 12" in line
            assert counted == (record["checks"][0]["outcome"] == record["checks"][0]["of"][0]["outcome"] == "undecided")


def test_members_and_scope_say_that_their_cap_is_reached():
    group = claim(any_of(check("x"), check("y", arm="b", most=24)), check("far", "scope", arm="c", most=24))
    first, far = explaining.check_lines(group, described(group, a="t" * 48, b="t" * 24, c="t" * 24))
    assert first == (
        "undecided  any [direction]: 0 of 2 hold, 2 open: x 0 of 48, 48 ties, its cap of 48 seeds is reached; "
        "y 0 of 24, 24 ties, its cap of 24 seeds is reached"
    )
    assert far.endswith("; its cap of 24 seeds is reached")


def test_what_waits_for_two_controls_and_a_group_that_waits_name_them():
    guards = [check(name, "control", arm=name, guards=("one", "any")) for name in "gh"]
    record = described(claim(check("one"), *guards), a=YES, g="yn" * 6)
    (line, *_) = explaining.check_lines(claim(check("one"), *guards), record)
    assert line.endswith("; waits for its controls g (undecided) and h (not run)")
    group = claim(any_of(check("x"), check("y", arm="b")), *guards)
    (line, *_) = explaining.check_lines(group, described(group, a=YES, b="yn" * 6, g=YES))
    assert line == (
        "undecided  any [direction]: 1 of 2 hold, 1 open: y 6 of 12, asks for no more seeds; "
        "waits for its control h (not run)"
    )


@pytest.mark.parametrize("bar", ["most", "rarely", "some", "never", "exact"])
def test_a_check_of_any_bar_waits_for_its_control_where_its_own_seeds_suffice(bar):
    wanted = claim(check("one", bar=bar, most=240), check("g", "control", arm="b", guards=("one",)))
    enough = {"rarely": "n" * 240, "never": "n" * 240, "exact": "y"}.get(bar, YES)
    (line, *_) = explaining.check_lines(wanted, described(wanted, a=enough))
    assert line.endswith("; waits for its control g (not run)")


def test_the_commits_that_fixed_trained_and_judged_are_on_record():
    wanted = claim(check())
    made = provenance(wanted, earlier=["a" * 40], judged_commit="b" * 40)
    said = described(wanted, made, a=YES)
    assert (said["fixed"], said["trained"], said["judged"]) == ("f" * 40, ["a" * 40, "c" * 40], "b" * 40)
    assert (said["clean"], said["changed_after_trials"]) == (True, False)
    assert described(wanted, provenance(wanted), a=YES)["judged"] == "c" * 40
    nowhere = described(wanted, {}, a=YES)
    assert (nowhere["fixed"], nowhere["trained"], nowhere["judged"], nowhere["clean"]) == ("", [], "", None)


def test_a_tree_that_was_not_clean_and_a_threshold_that_moved_are_on_record():
    wanted = claim(check(), direction("t", "it shows", "t", less("m", "z")))
    other = provenance(wanted, study="t")
    for study in ("s", "t"):
        unclean = provenance(wanted, study=study, clean=False)
        assert described(wanted, {**provenance(wanted), **other, **unclean}, a=YES)["clean"] is False
        moved = provenance(wanted, study=study, first_claims={"made-up": "0" * 64})
        assert described(wanted, {**provenance(wanted), **other, **moved}, a=YES)["changed_after_trials"] is True


def test_the_commits_of_a_verdict_are_told_in_one_line():
    wanted = claim(check())
    said = answers.commits(described(wanted, provenance(wanted, earlier=["a" * 40]), a=YES))
    both = f"{'a' * 12}, {'c' * 12}"
    assert said == f"thresholds of commit {'f' * 12}, trained at {both}, judged at {'c' * 12}"
    facts = {"clean": False, "first_claims": {"made-up": "0" * 64}, "fixed": {}}
    moved = answers.commits(described(wanted, provenance(wanted, **facts), a=YES))
    assert moved.startswith("thresholds of commit unknown, ")
    assert moved.endswith("; the work tree was not clean; its thresholds changed after trials existed")
    assert answers.commits(tables.NOT_RUN) == answers.commits(described(wanted, {}, a=YES)) == ""


def test_bars_are_told_in_words_with_their_level():
    assert answers.bars(check()) == "more than half of random seeds"
    assert answers.bars(any_of(*[check()] * 4)) == "one of these 4 suffices, each judged at 99.75 %"
    assert answers.bars(any_of(*[check()] * 15)) == "one of these 15 suffices, each judged at 99.933 %"
    rare = listed(check(), check(), bar="rarely")
    assert answers.bars(rare) == "fewer than 0.1 of the 2 problems, each decided for itself"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.99985, "0.9999"), (0.9995, "0.9995"), (0.999999, "0.999999"), (1.0, "1"), (1.0004, "1.0004"),
        (99.96, "99.96"), (100.0, "100"), (-0.9998, "-0.9998"), (0.98765, "0.988"), (-0.0, "0"), (1e-7, "1e-07"),
        (1234567.0, "1.23e+06"), (1 - 1e-12, "1"), (12.0004, "12"), (0.0, "0"),
    ],
)  # fmt: skip
def test_what_is_not_quite_one_is_not_told_as_one(value, told):
    assert answers.number(value) == told
    assert words.plain(abs(value)) == told.lstrip("-").replace("1e-07", "10⁻⁷").replace("1.23e+06", "1.23\u202fmillion")


def test_an_answer_of_nearly_all_does_not_say_all():
    share = Effect("median accuracy", 0.99985, 0.9997, 1.0, 12)
    assert answers._effect(share) == "median accuracy: 0.9999 (0.9997 to 1)"


def test_numbers_have_three_digits_and_ends_without_bound_are_null():
    assert [answers.number(x) for x in (None, 0.0, 1234567.0, 0.98765)] == ["–", "0", "1.23e+06", "0.988"]
    assert answers.number(float("inf"), "∞") == "∞"
    assert (answers.rounded(float("inf")), answers.rounded(0.1234567894)) == (None, 0.123456789)


# Explained.


def explained(record=None, wanted=WHOLE):
    return explaining.lines("made_up", wanted, record or tables.NOT_RUN)


def test_an_explanation_says_what_decides_what_came_out_and_where_all_of_it_lies(project):
    rows = "forecaster,date,claim,check,probability\nblind,2026-11-01,made-up,one,0.8\nblind,2026-11-01,made-up,,0.1\n"
    (project.parent / "code").mkdir()
    (project.parent / "code/forecasts.csv").write_text(rows)
    text = "\n".join(explained(described(WHOLE, **ARMS)))
    for told in (
        "made-up: It is so.",
        "nature: an experiment: tried on seeds, mostly by training nets",
        "source: nobody2020, p. 1",
        "verdict: reproduced\nanswer: One shows in 23 of 24 seeds",
        "edition 1, by other checks on seeds from 0: partly",
        "  each seed from 1000 on says yes or no: 12 seeds, then 12 more until a 99 % interval decides, or the cap",
        "  one [direction]: one shows → holds, 23 of 24 seeds\n",
        "    m of a > 0.5, in more than half of random seeds; cap 48 seeds",
        "  any [direction]: any of them → holds\n    one of these 2 suffices, each judged at 99.5 %:\n",
        "  list [size]: list of them → holds\n    more than half of the 3 problems, each decided for itself:\n",
        "  guard: guard shows",
        "scope, how far it extends, which never changes the verdict: 1 of 3 hold, 1 open, 1 not run\n",
        "\n  far: far shows [never] → undecided\n  of edition 1, by its rules: old holds; older not run\n",
        "forecast before the run, as probability that a check holds: one 0.80 (blind)\n",
        f"thresholds: reproductions/made_up/claims.py (thresholds of commit {'f' * 12}, trained at {'c' * 12}",
        "numbers of each seed: results/made_up/trials.csv, curves: curves.csv\n",
        "code: reproductions/made_up/studies/s.py",
        "one seed again: repro audit made-up --arm a\n",
        "all of it: repro run made-up --tier full",
    ):
        assert told in text, told


@pytest.mark.parametrize(
    ("most", "values", "fresh"),
    [(48, {}, False), (48, {"a": "yn" * 6}, False), (12, {"a": "yn" * 6}, True), (48, {"a": YES}, True)],
    ids=["not run", "a batch to come", "at its cap", "decided"],
)
def test_the_command_for_a_claim_trains_something(most, values, fresh):
    """Of what is whole `run` trains nothing without `--fresh`."""
    single = claim(replace(check("one"), most=most))
    told = answers.rerun("made-up", described(single, **values) if values else tables.NOT_RUN)
    assert told == "repro run made-up --tier full" + " --fresh" * fresh
    unfinished = claim(check("one"), check("far", "scope", arm="other"))
    assert not answers.rerun("made-up", described(unfinished, a=YES)).endswith("--fresh")


def test_a_claim_that_has_not_been_run_is_explained_too():
    text = "\n".join(explained())
    assert "verdict: not run\n" in text
    assert all(rest.startswith(" not run") for rest in text.split("→")[1:])
    assert "1 of 3 hold, 2 not run\n" in text
    assert "of commit" not in text


def test_an_explanation_holds_all_of_a_claim_in_lines_that_are_not_too_wide():
    many = replace(WHOLE, checks=tuple(check(f"c{n}", arm=f"a{n}") for n in range(40)), quotation="word " * 15)
    lines = explained(described(many, **{f"a{n}": YES for n in range(40)}), many)
    assert sum("→ holds, 12 of 12 seeds" in line for line in lines) == 40
    assert lines[-1] == "all of it: repro run made-up --tier full --fresh"
    endless = replace(WHOLE, statement="word " * 1000)
    endless = replace(endless, checks=(replace(check("one"), what="word " * 1000),))
    lines = explained(wanted=endless)
    assert all(len(line) <= explaining.WIDTH for line in lines)
    assert sum(line.count("word") for line in lines) == 2000


def test_a_line_a_check_says_count_interval_level_arms_and_study():
    lines = list(explaining.check_lines(WHOLE, described(WHOLE, **ARMS)))
    assert lines[0] == "holds      one [direction]: one shows: 23 of 24, share 0.649 to 0.99998 at 99 %, of a in s"
    assert lines[1] == "holds      any [direction]: 1 of 2 hold"
    assert lines[3] == "holds      sum [direction]: sum shows: 1 of 1"
    (open_,) = explaining.check_lines(claim(check()), described(claim(check()), a="yn" * 6))
    assert open_.endswith("; the next batch takes about 0 min of one core")
