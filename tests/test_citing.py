"""A citation holds all that decided a claim, and readers that we did not write read it, whatever its words are."""

import json
import subprocess
import warnings
from dataclasses import replace
from functools import cache
from itertools import product

import bibtexparser
import pytest
import rispy
from citeproc import Citation as Cited
from citeproc import CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from made_up import any_of, check, claim, described, publish, trained, write
from pybtex.database import parse_string
from pybtex.richtext import Text
from test_escaping import HOSTILE

from common.errors import UserError
from suite import cli, evidence, registry
from suite.citing import citation, formats, places

BIB = """@inproceedings{nobody2020,
  author = {Ann Nobody and J{\\"u}rgen de la Nada and {The Group}},
  title = {On {Nets} \\& Such},
  booktitle = {Proceedings},
  pages = {1--9},
  year = {2020},
  url = {https://example.org/~a_b}
}

@misc{blog2015,
  author = {Bob Blog},
  title = {A Post},
  year = {2015},
  url = {https://example.org/post}
}

@misc{slides2016,
  author = {Sue Slides},
  title = {Slides},
  year = {2016}
}
"""
PARTLY = claim(
    check("yes"), check("no", arm="b"), any_of(check("x", arm="b"), check("y", arm="c"), name="one", kind="size"),
    check("far", "scope", arm="b"), locator="p. 3", quotation="it is so",
)  # fmt: skip
ARMS = {"a": "y" * 12, "b": "n" * 12, "c": "y" * 12}


@pytest.fixture
def project(monkeypatch, tmp_path):
    """Publishes claims with records and a file of sources."""

    def published(*claims, records):
        folder = publish(monkeypatch, tmp_path, *claims)
        write(folder / "verdicts.json", records)
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code/sources.bib").write_text(BIB, encoding="utf-8")
        return folder

    return published


@pytest.fixture
def cited(project):
    """The citation of a claim that was judged *partly*, with its trials on record."""
    record = described(PARTLY, **ARMS)
    folder = project(PARTLY, records={"made-up": record})
    (folder / "verdicts.json").write_text(json.dumps({"other": {}, "made-up": record}, indent=1), encoding="utf-8")
    evidence.write_trials(folder / "trials.csv", trained(**ARMS))
    return citation.cite("made_up", PARTLY, record)


def hostile(text, **said):
    """A citation with this text wherever a text may stand; `said` is in place of what the record says."""
    wanted = claim(replace(check("one"), what=text), statement=text, locator=text, quotation=text)
    record = described(wanted, a="y" * 12) | {"answer": text} | said
    return citation.cite("made_up", wanted, record)


def both_hostile(text):
    """One that was judged, and one that is invalid with a reason as it comes from data."""
    return hostile(text), hostile(text, verdict="invalid", reason=f"s/a: data set {text!r}, then {text}")


def test_all_deciding_checks_are_told_those_that_failed_too(cited):
    assert cited.verdict == "partly"
    assert [line.split(" [")[0] for line in cited.checks] == ["holds yes", "fails no", "holds one"]
    assert cited.checks[0] == "holds yes [direction]: yes shows: 12 of 12, share 0.55 to 1 at 99 %, of a in s"
    assert cited.checks[2] == "holds one [size]: 1 of 2 hold"
    for style in formats.FORMATS.values():
        assert all(
            word in style(cited) for word in ("12 of 12", "0 of 12", "1 of 2 hold", "p. 3", "It is so", "partly")
        )


def test_the_evidence_is_named_by_file_and_line(cited):
    first, *rest = cited.evidence
    path, line = first.removeprefix("results/").split(", line ")
    lines = (registry.results() / path).read_text(encoding="utf-8").splitlines()
    assert lines[int(line) - 1] == ' "made-up": {'
    assert rest == [
        "yes: results/made_up/trials.csv, lines 2 to 13",
        "no: results/made_up/trials.csv, lines 14 to 25",
        "one: results/made_up/trials.csv, lines 14 to 37",
    ]
    rows = (registry.results() / "made_up/trials.csv").read_text(encoding="utf-8").splitlines()
    assert {row.split(",")[1] for row in rows[13:25]} == {"b"}


def test_lines_are_those_of_the_file_where_an_error_of_a_seed_breaks_them(project):
    folder = project(PARTLY, records={})
    first, *others = trained(a="yy", b="nn")
    evidence.write_trials(folder / "trials.csv", [first.model_copy(update={"reason": "one\ntwo\nthree"}), *others])
    assert dict(places.trials("made_up", PARTLY)) == {
        "yes": "results/made_up/trials.csv, lines 2 to 5",
        "no": "results/made_up/trials.csv, lines 6 to 7",
        "one": "results/made_up/trials.csv, lines 6 to 7",
    }


def test_the_commit_that_recorded_it_is_named_once_there_is_one(project, monkeypatch, tmp_path):
    record = described(PARTLY, **ARMS)
    folder = project(PARTLY, records={"made-up": record})
    (folder / "verdicts.json").write_text(json.dumps({"made-up": record}, indent=1), encoding="utf-8")
    monkeypatch.setattr(registry, "ROOT", tmp_path)
    assert citation.cite("made_up", PARTLY, record).recorded == "", "no git"
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "first")):
        subprocess.run([*git, *words], cwd=tmp_path, capture_output=True, check=True)
    recorded = citation.cite("made_up", PARTLY, record).recorded
    assert len(recorded) == 40
    assert f"Recorded by commit {recorded}." in citation.cite("made_up", PARTLY, record).note()
    (folder / "verdicts.json").write_text("{}", encoding="utf-8")
    assert places.recorded("made_up") == "", "what stands there is in no commit"


def test_what_may_not_be_cited_says_why_and_tells_no_checks(project):
    record = described(PARTLY, **ARMS) | {"verdict": "stale", "reason": "study s changed since the run"}
    project(PARTLY, records={"made-up": record})
    stale = citation.cite("made_up", PARTLY, record)
    assert stale.checks == ()
    assert stale.sentence.startswith("made-up: stale (study s changed since the run), so not to be cited; run it with")
    assert "not to be cited" in formats.bibtex(stale)


def test_a_claim_that_was_not_run_points_to_edition_1(project, tmp_path):
    project(PARTLY, records={})
    old = {"made-up": {"verdict": "partly", "checks": []}}
    (tmp_path / "edition-1/made_up/verdicts.json").write_text(json.dumps(old, indent=1), encoding="utf-8")
    waiting = citation.cite("made_up", PARTLY, None)
    assert "not run yet (edition 1, by other checks: partly)" in waiting.sentence
    assert waiting.evidence == ("results/edition-1/made_up/verdicts.json, line 2",)


def test_a_source_that_is_not_there_is_a_mistake(project):
    project(PARTLY, records={})
    with pytest.raises(UserError, match=r"sources\.bib has no entry 'nowhere1999'"):
        citation.cite("made_up", replace(PARTLY, source="nowhere1999"), None)


ADDRESS = "https://example.org/a_b/suite?x=1&y=50%25"


def published(monkeypatch, folder, line):
    (folder / "CITATION.cff").write_text(f"cff-version: 1.2.0\n{line}\ntype: software\n", encoding="utf-8")
    monkeypatch.setattr(registry, "ROOT", folder)


@pytest.mark.parametrize("written", ["{}", '"{}"', "'{}'  # since the release"])
def test_every_format_carries_the_address_once_it_is_in_the_one_place(project, monkeypatch, tmp_path, written):
    record = described(PARTLY, **ARMS)
    folder = project(PARTLY, records={"made-up": record})
    (folder / "verdicts.json").write_text(json.dumps({"made-up": record}, indent=1), encoding="utf-8")
    published(monkeypatch, tmp_path, f"repository-code: {written.format(ADDRESS)}")
    said = citation.cite("made_up", PARTLY, record)
    assert f"Evidence in {ADDRESS}: results/made_up/verdicts.json, line 2" in said.note()
    assert f"\naddress of the suite: {ADDRESS}\n" in formats.text(said)
    for style in (formats.bibtex, formats.biblatex):
        assert parsed_bibtex(style(said))["dl_reproductions:made-up"].fields["url"] == ADDRESS
    assert rispy.loads(formats.ris(said))[1]["urls"] == [ADDRESS]
    assert json.loads(formats.csl_json(said))[1]["URL"] == ADDRESS
    assert json.loads(formats.as_json(said))["address"] == ADDRESS
    assert "example.org" in " ".join(rendered(formats.csl_json(said)))


def test_without_an_address_a_citation_says_who_writes_it_where(project, monkeypatch, tmp_path):
    project(PARTLY, records={})
    for line in ("message: none", "repository-code:", "# repository-code: https://example.org"):
        published(monkeypatch, tmp_path, line)
        said = citation.cite("made_up", PARTLY, None)
        assert said.address == ""
        assert "whoever publishes the suite writes it into CITATION.cff as `repository-code: " in formats.text(said)
        assert "url = {}" not in formats.bibtex(said)


@pytest.mark.parametrize("written", ["example.org", "https://a b", "https://a{b", "javascript:alert(1)", 'https://a"b'])
def test_what_is_no_address_is_refused(project, monkeypatch, tmp_path, written):
    project(PARTLY, records={})
    published(monkeypatch, tmp_path, f"repository-code: {written}")
    with pytest.raises(UserError, match=r"CITATION\.cff is '.*', which is no address"):
        citation.cite("made_up", PARTLY, None)


def parsed_bibtex(text):
    """The entries as both parsers find them; they must agree, and bibtexparser must fail at none."""
    by_pybtex = parse_string(text, "bibtex").entries
    library = bibtexparser.parse_string(text)
    assert library.failed_blocks == []
    assert list(library.entries_dict) == list(by_pybtex)
    return by_pybtex


def test_both_parsers_of_bibtex_read_source_and_verdict(cited):
    for style, kinds in (
        (formats.bibtex, ["inproceedings", "misc"]),
        (formats.biblatex, ["inproceedings", "software"]),
    ):
        entries = parsed_bibtex(style(cited))
        assert list(entries) == ["nobody2020", "dl_reproductions:made-up"]
        assert [entry.type for entry in entries.values()] == kinds
        said = entries["dl_reproductions:made-up"]
        assert str(Text.from_latex(said.fields["note"])).startswith(
            "Claim: It is so (Nobody and de la Nada and The Group 2020, p. 3). dl-reproductions 0.2.0 gives the claim "
        )
    blog = replace(cited, source="blog2015")
    assert formats.biblatex(blog).startswith("@online{blog2015,")
    assert formats.bibtex(blog).startswith("@misc{blog2015,")
    assert formats.biblatex(replace(cited, source="slides2016")).startswith("@misc{slides2016,"), "without an address"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_in_their_field_of_bibtex(project, text):
    project(PARTLY, records={})
    for said, style in product(both_hostile(text), (formats.bibtex, formats.biblatex)):
        entries = parsed_bibtex(style(said))
        assert list(entries) == ["nobody2020", "dl_reproductions:made-up"]
        known = {"title", "howpublished", "year", "note", "version", "date", "titleaddon"}
        assert set(entries["dl_reproductions:made-up"].fields) <= known


def test_ris_is_read_by_rispy(cited):
    source, said = rispy.loads(formats.ris(cited))
    assert source["type_of_reference"] == "CPAPER"
    assert source["authors"] == ["Nobody, Ann", "de la Nada, Jürgen", "The Group"]
    assert (source["title"], source["secondary_title"], source["year"]) == ("On Nets & Such", "Proceedings", "2020")
    assert (source["start_page"], source["end_page"]) == ("1", "9")
    assert source["urls"] == ["https://example.org/~a_b"]
    assert said["type_of_reference"] == "COMP"
    assert said["notes"] == [cited.note()]
    assert rispy.loads(formats.ris(replace(cited, source="blog2015")))[0]["type_of_reference"] == "ELEC"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_begin_no_field_of_ris(project, text):
    project(PARTLY, records={})
    for written in map(formats.ris, both_hostile(text)):
        assert len(rispy.loads(written)) == 2
        tags = [line.partition("  - ")[0] for line in written.splitlines() if line]
        assert " ".join(tags) == "TY ID AU AU AU TI T2 PY SP EP UR ER TY ID AU TI T2 PY DA ET N1 ER"


@cache
def harvard():
    return CitationStylesStyle("harvard-cite-them-right", validate=False)


def rendered(text):
    """The items as citeproc sets them in HTML; a field that it does not know is a warning, and so an error here."""
    items = json.loads(text)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="(?!.*unsupported).*")
        warnings.filterwarnings("error", message=".*unsupported")
        source = CiteProcJSON(items)
        bibliography = CitationStylesBibliography(harvard(), source, formatter.html)
        for item in items:
            bibliography.register(Cited([CitationItem(item["id"].lower())]))
        return [str(entry) for entry in bibliography.bibliography()]


def test_csl_is_set_by_citeproc(cited):
    source, said = json.loads(formats.csl_json(cited))
    assert (source["type"], said["type"]) == ("paper-conference", "software")
    assert source["author"][1] == {"family": "de la Nada", "given": "Jürgen"}
    assert said["issued"] == {"date-parts": [[2026, 11, 29]]}
    html = " ".join(rendered(formats.csl_json(cited)))
    assert "On Nets & Such" in html, "citeproc passes on what it reads: nothing that it gets may be a tag"
    assert "Nobody" in html
    assert "Verdict on the claim made-up: partly" in html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_no_tags_in_csl(project, text):
    project(PARTLY, records={})
    for written in map(formats.csl_json, both_hostile(text)):
        items = json.loads(written)
        assert len(items) == 2
        for word in (items[1]["title"], items[1]["note"]):
            assert word.isprintable()
            assert "<s" not in word
        assert "<script" not in " ".join(rendered(written))


def test_json_holds_every_part(cited):
    said = json.loads(formats.as_json(cited))
    assert (said["claim"], said["verdict"], said["quotation"]) == ("made-up", "partly", "it is so")
    assert said["source"]["fields"]["year"] == "2020"
    assert said["checks"] == list(cited.checks)
    assert said["evidence"] == list(cited.evidence)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_leave_the_text_in_its_lines(project, text):
    project(PARTLY, records={})
    plain, hurt = (formats.text(hostile(words)).partition("@inproceedings")[0] for words in ("It is so", text))
    assert plain.count("\n") == hurt.count("\n")
    assert all(line.isprintable() for line in hurt.split("\n"))


@pytest.mark.parametrize("style", cli.STYLES)
def test_the_command_prints_each_format_and_nothing_else(style, capsys):
    assert cli.main(["cite", "parity-frontier", "--format", style]) == 0
    printed = capsys.readouterr().out
    name, wanted = registry.all_claims()["parity-frontier"]
    record = registry.recorded_verdicts(name).get(wanted.id)
    if record is None or record["verdict"] != "stale":
        assert printed == formats.FORMATS[style](citation.cite(name, wanted, record))
    assert tuple(formats.FORMATS) == cli.STYLES


def test_the_command_prints_a_table_of_latex(capsys):
    assert cli.main(["export", "--latex", "parity-frontier"]) == 0
    assert capsys.readouterr().out.startswith("\\begin{table}")


def test_a_citation_says_for_which_control_a_check_waits_that_stands_in_no_line_of_its_own(project):
    wanted = claim(check("one"), check("g", "control", arm="b", guards=("one",)))
    record = described(wanted, a="y" * 12)
    project(wanted, records={"made-up": record})
    (line,) = citation.cite("made_up", wanted, record).checks
    assert line.endswith(" of a in s; waits for its control g (not run)")
