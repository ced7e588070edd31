"""CONTRIBUTING is run from its text, word for word: both walks, in a copy of the project."""

import compileall
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

PROJECT = Path(__file__).parent.parent
WALKS = ("Add a claim to `parity`", "Add a reproduction")
FRESH = (  # what a test is called that looks at a reproduction, at a claim, or at all of them
    "fresh_net or parity-fresh or by_chance or ids_of_claims or quick_tier_trains or test_imports or pages_show "
    "or load_as_a_table or two_megabytes"
)
ALONE = """
import os, sys
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])
os.execvp("sh", ["sh", "-c", sys.argv[1]])
"""
"""On one core there is one worker: a second one loads JAX and compiles what the first one compiles."""
SHIM = '#!/bin/sh\nexec "{python}" -m {module} "$@"\n'


@dataclass(frozen=True)
class Part:
    """A fenced part of a page: what it is, the file that it is of, and its text."""

    kind: str
    file: str
    text: str


def parts(page: str, heading: str) -> list[Part]:
    """The fenced parts of a section, in order."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    fences = re.findall(r"^( *)```(\w+)(?: (\S+))?\n(.*?)^\1```$", section, re.MULTILINE | re.DOTALL)
    return [Part(kind, file, dedent(text)) for _, kind, file, text in fences]


def pattern(words: str) -> str:
    """A regular expression of a text in which … stands for anything else on the line."""
    return "[^\n]*".join(map(re.escape, words.split("…")))


def changed(text: str, change: str) -> str:
    """A text after a change: the lines after a minus, which stand in it once and together, become those after a plus.

    Raises:
        AssertionError: they stand there never or twice.
    """
    for hunk in re.split(r"^@@\n", change, flags=re.MULTILINE):
        old = "".join(pattern(line[1:]) + "\n" for line in hunk.splitlines() if line.startswith("-"))
        new = "".join(line[1:] + "\n" for line in hunk.splitlines() if line.startswith("+"))
        found = re.findall(f"^{old}", text, re.MULTILINE)
        assert len(found) == 1, f"{len(found)} times in the file:\n{hunk}"
        text = text.replace(found[0], new)
    return text


def missing(said: str, output: str) -> list[str]:
    """The lines of what a page says that do not come, in their order, at the start of lines of an output."""
    lost, rest = [], f"\n{output}"
    for line in said.splitlines():
        found = re.search("\n" + pattern(line), rest)
        if found is None:
            lost.append(line)
        else:
            rest = rest[found.end() :]
    return lost


@dataclass(frozen=True)
class Walker:
    """Does in a copy of the project what a page says."""

    root: Path
    tools: Path

    def run(self, line: str) -> str:
        """Runs a line of the shell, in which `repro` and `pytest` are those of the copy, and gives what it prints."""
        env = {name: text for name, text in os.environ.items() if not name.startswith(("GIT_", "PYTEST_", "REPRO_"))}
        env |= {"PATH": f"{self.tools}:{os.environ['PATH']}", "REPRO_HOME": str(self.tools / "home")}
        env |= {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        command = [sys.executable, "-c", ALONE, line]
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def trained(self) -> set[str]:
        """The studies that were trained."""
        with closing(sqlite3.connect(self.tools / "home/journal.sqlite")) as journal:
            rows = journal.execute("SELECT DISTINCT json_extract(payload, '$.study') FROM trials")
            return {study for (study,) in rows}

    def walk(self, page: str, heading: str) -> Iterator[tuple[Part, str]]:
        """Each part of a section after it was done, with what its lines printed."""
        printed = ""
        for part in parts(page, heading):
            file = self.root / part.file
            if part.kind == "sh":
                printed = "".join(map(self.run, part.text.splitlines()))
            elif part.kind == "diff":
                file.write_text(changed(file.read_text(encoding="utf-8"), part.text), encoding="utf-8")
            elif part.kind == "python":
                assert file.exists(), f"the scaffold writes no {part.file}"
                file.write_text(part.text, encoding="utf-8")
            else:
                assert part.kind == "text", part
            yield part, printed


pytestmark = pytest.mark.timeout(2400)  # each takes half a minute of a core, which beside other work may be long


@pytest.fixture(scope="module")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Walker:
    """A clone of the project, of whose history the record names commits, with what is not committed yet as one more."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    base = tmp_path_factory.mktemp("walks")
    root, tools = base / "project", base / "tools"
    subprocess.run(["git", "clone", "-q", "--no-tags", PROJECT, root], check=True)
    subprocess.run(["git", "rm", "-rfq", "."], cwd=root, check=True)
    for file in filter(None, listed.stdout.split("\0")):
        if (PROJECT / file).exists():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / file, root / file)
    for package in ("common", "suite", "reproductions"):
        compileall.compile_dir(root / package, quiet=1)  # else the first command of each walk would do it again
    tools.mkdir()
    for name, module in {"repro": "reproductions", "pytest": "pytest", "ruff": "ruff"}.items():
        (tools / name).write_text(SHIM.format(python=sys.executable, module=module))
        (tools / name).chmod(0o755)
    walker = Walker(root, tools)
    walker.run("git add -A && git commit -q --allow-empty -m 'As it stands'")
    return walker


@pytest.fixture
def walker(_project: Walker, tmp_path: Path) -> Walker:
    """Such a copy for each walk."""
    for folder in (_project.root, _project.tools):
        shutil.copytree(folder, tmp_path / folder.name)
    return Walker(tmp_path / "project", tmp_path / "tools")


@pytest.mark.parametrize("heading", WALKS)
def test_a_walk_comes_out_as_the_page_says(walker: Walker, heading: str) -> None:
    done = []
    for part, printed in walker.walk((PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8"), heading):
        done.append(part.kind)
        if part.kind == "text":
            assert missing(part.text, printed) == [], printed
    assert done.count("sh") >= 3
    assert done.count("diff") >= 3
    assert done[-1] == "text"
    walker.run("ruff check . && ruff format --check .")
    assert walker.run("git status --porcelain") == ""
    assert len(walker.trained()) == 1, "a claim as a test trains that claim alone"


def test_a_fresh_scaffold_obeys_the_contract(walker: Walker) -> None:
    """With all its marks: the tests tell them and are green."""
    for made in ("reproduction fresh_net", "claim parity/parity-fresh"):
        walker.run(f"repro new {made}")
    walker.run("ruff check . && ruff format --check .")
    files = "tests/test_imports.py tests/test_project.py tests/test_sources.py reproductions/test_*.py"
    said = walker.run(f"pytest {files} reproductions/fresh_net -k '{FRESH}'")
    assert said.count("left to fill in: reproductions/") == 2
    assert walker.trained() == {"first", "fresh"}
    assert walker.run("repro new left parity-frontier") == "Nothing is left to fill in.\n", "what stands beside it"


def test_a_change_must_fit_its_file_once() -> None:
    assert changed("a = 1\nb = 2\nc = 3\n", "-b = …\n+b = 4\n+d = 5\n@@\n-c = 3\n") == "a = 1\nb = 4\nd = 5\n"
    for text in ("a = 1\n", "b = 2\nb = 3\n"):
        with pytest.raises(AssertionError, match="times in the file"):
            changed(text, "-b = …\n+b = 4\n")


def test_what_a_page_says_must_come_in_its_order() -> None:
    assert missing("one … three\nfour\n", "zero\none two three\nfour five\n") == []
    assert missing("four\none\n", "one\nfour\n") == ["one"]
    assert missing("two\n", "one two\n") == ["two"]
