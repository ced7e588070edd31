"""Any words after `repro`: an answer, or one line and code 2, and then no file has changed. Nothing is trained."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from fuzzing import EACH, SPOILT, World, answered, forget, world
from hypothesis import given
from hypothesis import strategies as st

from suite import auditing, cli, commands, driving, probing, ray_cluster, teaching

NAMES = ("first-one", "second-one", "first", "FIRST-ONE", "all", "learns", "s", "a", "s/a", "made-up", "*", "-", "..")
WORDS = (
    *NAMES, *(word for word in SPOILT if "\x00" not in word and not word.startswith("/") and len(word) < 2000),
    "x" * 300, "../" * 3 + "x", "a/b/c", "out/x.zip", "out", "r.md", "r.json", "results", "results/edition-1", "é",
    "quick", "full", "gpu", "pilot",
    "jax", "tensorflow", "pytorch", "pool", "ray", "localhost:1", "bash", "fetch",
    "check", "claim",
    "reproduction", "left", "new_one", "new_one/new-id", "import", "new-one/New", "0", "-1", "3", "1e9",
    "10000",
    "--", "--help", "-h", "--version", "--json=1", "--jsno", "-x", "text", "bibtex", "json", "%s", "{}", "$(x)",
)  # fmt: skip


def _nothing(*_: Any, **__: Any) -> int:
    return 0


class _Found:
    def code(self) -> int:
        return 0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("cli") / "deep/down/here") as made, pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.root)
        patch.setattr(commands, "prepare", lambda requested: commands.backend.choose(requested) and "jax")
        patch.setattr(driving, "run", _nothing)
        patch.setattr(auditing, "audit", lambda *_: _Found())
        patch.setattr(commands.auditing_report, "lines", lambda found: [])
        patch.setattr(commands.auditing_report, "form", lambda path: _nothing)
        patch.setattr(probing, "lines", _nothing, raising=False)
        patch.setattr(ray_cluster, "joined", _refused)
        patch.setattr(teaching, "_open", _nothing)
        patch.setattr(socket, "getaddrinfo", _refused)
        yield made


def _refused(*_: Any, **__: Any) -> Any:
    raise cli.UserError("a fuzz test reaches nothing")


def vocabulary() -> tuple[tuple[str, ...], ...]:
    """Each command with its options, as the parser has them."""
    [choices] = [action.choices for action in cli.parser()._actions if isinstance(action.choices, dict)]
    left_out = ("doctor",)  # it starts a backend
    return tuple(
        (name, *(option for action in sub._actions for option in action.option_strings))
        for name, sub in choices.items()
        if name not in left_out
    )


COMMANDS = vocabulary()


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    command, *options = draw(st.sampled_from(COMMANDS))
    word = st.sampled_from(WORDS)
    known = st.sampled_from(NAMES[:2])
    rest = draw(st.lists(st.sampled_from(options) | known | word, max_size=4)) if draw(st.booleans()) else draw(
        st.lists(word | st.text(st.characters(exclude_characters="\x00/~"), max_size=8), max_size=3)
    )  # fmt: skip
    if draw(st.integers(0, 9)) == 0:
        command = draw(word)
    return [command, *rest]


@EACH
@given(lines())
def test_any_words_are_answered_or_refused_in_one_line(project: World, words: list[str]) -> None:
    if words[:2] == ["data", "fetch"] or "--probe" in words or words[0] == "doctor":
        return
    before = project.files()
    code, _, err = answered(words)
    assert code in (0, 1, 2, 3), err
    if code == 2 and words[0] != "new":
        assert {p: c for p, c in project.files().items() if project.home not in p.parents} == {
            p: c for p, c in before.items() if project.home not in p.parents
        }, words
    if project.files() != before:
        project.restore()
    if code == 2 and "repro: " in err:
        assert len(err.rstrip("\n").splitlines()) <= 3, err
    outside = [path for path in project.root.parent.iterdir() if path != project.root]
    assert not outside, outside
    forget()
