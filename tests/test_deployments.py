"""The pages on clusters and cards are short, and what they tell to type is what the command and the shell take."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from suite import cli

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(DOCS.glob("*.md"))
SCRIPTS = sorted(DOCS.glob("*.sh"))


def commands() -> list[str]:
    """Every `repro` line of a page, a script or the manifest, without comments and variables of the shell."""
    texts = [path.read_text(encoding="utf-8") for path in (*PAGES, *SCRIPTS)]
    blocks = [block for text in texts for block in re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]
    blocks += [path.read_text(encoding="utf-8") for path in SCRIPTS]
    entry = yaml.safe_load_all((DOCS / "rayjob.yaml").read_text(encoding="utf-8"))
    blocks += [document["spec"]["entrypoint"] for document in entry if document["kind"] == "RayJob"]
    typed = r"^(?:.*&& |srun \S+ )?repro ((?:run|doctor|plan)\b[^\n#&'\\]*)"
    found = [line for block in blocks for line in re.findall(typed, block, re.MULTILINE)]
    return [re.sub(r'"\$[^"]*"', "word", line) for line in found]


@pytest.mark.parametrize("command", commands())
def test_the_command_takes_what_the_pages_tell_to_type(command: str) -> None:
    options = cli.parser().parse_args(command.split())
    assert getattr(options, "tier", "full") in ("full", "quick", "word")


def test_the_pages_tell_of_the_command_and_are_short() -> None:
    assert len(commands()) >= 7
    assert {path.stem for path in PAGES} >= {"ray", "slurm", "kubernetes", "accelerator"}
    for page in PAGES:
        assert len(page.read_text(encoding="utf-8").splitlines()) <= 60, page.name


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_shell_reads_the_script(script: Path) -> None:
    assert subprocess.run(["bash", "-n", script], capture_output=True, check=False).stderr == b""
