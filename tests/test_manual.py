"""Help that holds: examples that are commands, variables that are read, and a shell that completes both."""

import argparse
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from suite import auditing, cli, completion, manual, registry

ROOT = Path(__file__).parent.parent


def commands() -> dict[str, argparse.ArgumentParser]:
    [choices] = [action.choices for action in cli.parser()._actions if isinstance(action.choices, dict)]
    return choices


def test_every_command_has_examples_that_it_understands() -> None:
    assert set(manual.EXAMPLES) <= set(commands())
    known = {*registry.all_claims(), *registry.names()}
    for name, lines in manual.EXAMPLES.items():
        for line in lines:
            words = re.sub(r"^(eval \"\$\(|\w+=\S+ )|\)\".*$| > .*$", "", line).split()
            assert words[:2] == ["repro", name]
            options = cli.parser().parse_args(words[1:])
            claims = getattr(options, "what", []) + [word for word in (getattr(options, "claim", None),) if word]
            assert set(claims) <= known, line
        assert lines[0] in commands()[name].format_help()


def test_the_tolerances_of_an_audit_are_stated() -> None:
    said = commands()["audit"].format_help()
    assert f"at most {auditing.SHORT} steps, within {auditing.CLOSE:.0%}" in said


def test_every_variable_that_is_read_is_documented() -> None:
    read = set()
    for folder in ("common", "suite", "reproductions"):
        for path in (ROOT / folder).rglob("*.py"):
            read |= set(re.findall(r"environ(?:\.get)?[(\[]\s*\"(REPRO_\w+|\w+_DATA_DIR)\"", path.read_text("utf-8")))
    assert {"REPRO_HOME", "REPRO_RESULTS", "REPRO_CACHE", "TFDS_DATA_DIR"} <= read <= set(manual.VARIABLES)
    text, page = cli.parser().format_help(), (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for name in manual.VARIABLES:
        assert f"  {name} " in text
        assert f"| `{name}` |" in page


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh", "fish", "powershell"])
def test_every_shell_has_its_script(shell: str) -> None:
    text = completion.script(cli.parser(), shell)
    assert "parity-31-possible" in text
    assert "audit" in text


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("repro ex", {"explain", "export"}),
        ("repro run --tie", {"--tier"}),
        ("repro run --tier f", {"full"}),
        ("repro explain parity-u", {"parity-uncorrelated", "parity-unstable"}),
        ("repro lesson so", {"sorting"}),
        ("repro run dropout-t", {"dropout-test-scaling", "dropout-tune-p"}),
    ],
)
def test_bash_completes(line: str, offered: set[str], tmp_path: Path) -> None:
    (tmp_path / "repro.bash").write_text(completion.script(cli.parser(), "bash"))
    words = line.split()
    array = " ".join(f"'{word}'" for word in words)
    program = (
        f"source {tmp_path}/repro.bash; COMP_WORDS=({array}); COMP_CWORD={len(words) - 1}; COMP_LINE='{line}'; "
        f"COMP_POINT={len(line)}; _shtab_repro repro '{words[-1]}' '{words[-2]}'; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
    assert {word.strip() for word in done.stdout.split("\n") if word.strip()} == offered, done.stderr
