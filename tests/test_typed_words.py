"""A word that was typed wrong costs one clear line, which names the right one where it is near."""

from pathlib import Path

import pytest

from common.errors import nearest
from suite import cli


@pytest.mark.parametrize("command", ["status", "run", "plan"])
def test_a_tier_at_which_nothing_is_done_names_one_at_which_something_is(
    command: str, bare: Path, prepared: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([command, "parity-uncorrelated", "--tier", "gpu"]) == 2
    fault = "repro: no study of these claims has arms at the gpu tier; try: --tier full.\n"
    assert capsys.readouterr() == ("", fault)


WORDS = {
    "table --json --csv": "argument --csv: not allowed with argument --json; see: repro table --help",  # 11
    "run --teir full": "unknown option --teir; did you mean --tier?",  # 12
    "table --jsno": "unknown option --jsno; did you mean --json?",
    "cite --what": "unknown option --what; see: repro cite --help",
    "--verison": "unknown option --verison; did you mean --version?",
    "run --tier FULL": "unknown tier 'FULL'; did you mean full?",
    "run PARITY": "unknown claim or reproduction 'PARITY'; did you mean parity",
    "explain PARITY-FRONTIER": "unknown claim 'PARITY-FRONTIER'; did you mean parity-frontier",
    "LIST": "unknown command 'LIST'; did you mean list?",
    "run --backend JAX": "unknown backend 'JAX' in --backend; did you mean jax?",
}


@pytest.mark.parametrize("words", WORDS)
def test_of_words_that_come_near_the_right_one_is_named(
    words: str, bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"repro: {WORDS[words]}")
    assert err.count("\n") == 1


LONG = "x" * 300
FOLDERS = {
    ("adopt", "~nobody-here/results", "parity"): "FOLDER is '~nobody-here/results'",
    ("adopt", LONG, "parity"): f"FOLDER is '{LONG[:79]}",
    ("compare", "~nobody-here/results", "results"): "the folder is '~nobody-here/results'",
    ("compare", "results", LONG): f"the folder is '{LONG[:79]}",
    ("REPRO_RESULTS", "~nobody-here/results"): "REPRO_RESULTS is '~nobody-here/results'",
    ("REPRO_RESULTS", LONG): f"REPRO_RESULTS is '{LONG[:79]}",
    ("REPRO_HOME", "~nobody-here"): "REPRO_HOME is '~nobody-here'",
    ("REPRO_HOME", LONG): f"REPRO_HOME is '{LONG[:79]}",
    ("TFDS_DATA_DIR", "~nobody-here"): "TFDS_DATA_DIR is '~nobody-here'",
    ("REPRO_CACHE", "~nobody-here"): "REPRO_CACHE is '~nobody-here'",
    ("MR_DATA_DIR", "~nobody-here"): "MR_DATA_DIR is '~nobody-here'",
}


@pytest.mark.parametrize("words", FOLDERS, ids=lambda words: f"{words[0]} {words[-1][:12]}")
def test_a_folder_that_cannot_be_is_named_with_where_it_was_written(
    words: tuple[str, ...], bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a user that there is not, or too long for any system."""
    if words[0].isupper():
        monkeypatch.setenv(*words)
    command = ["data", "check"] if "DATA" in words[0] or "CACHE" in words[0] else ["verdicts", "parity"]
    assert cli.main(command if words[0].isupper() else list(words)) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"repro: {FOLDERS[words]}")
    reason = "File name too long" if words[-1] == LONG or LONG in words else "there is no such home"
    assert err.endswith(f", and no folder: {reason}; give another, by its whole path\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", [["adopt", "a\nb", "sorting"], ["compare", "a\u2028b", "c"], ["lesson", "a\r\nb"]])
def test_a_word_with_a_line_break_makes_no_second_line(
    words: list[str], bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert repr(words[1])[1:-1] in line


def test_the_version_is_told_with_that_of_python(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from importlib.metadata import version

    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith(f"repro {version('dl-reproductions')} on Python 3.")


def test_a_nearest_word_is_found_in_any_case() -> None:
    assert nearest("FULL", ["quick", "full"], otherwise="none") == "did you mean full?"
    assert nearest("x", ["quick", "full"], otherwise="none") == "none"
