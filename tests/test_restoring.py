"""The way back that a refusal names is one: who types what it says, as often as it is said, has the record again."""

import re
import shlex
from pathlib import Path

import pytest
from edited import EVIDENCE, edit, forge
from test_laundering import committed, git, record  # noqa: F401  (fixtures)

from common.errors import UserError
from suite import manifest, tampering, verifying


def refusal() -> str:
    """What is said of the record; empty where it is as it was recorded."""
    try:
        tampering.refuse(["made_up"])
    except UserError as error:
        return str(error)
    return ""


def followed(root: Path) -> list[str]:
    """Does what is said until nothing is; the files that were restored."""
    restored: list[str] = []
    while (said := refusal()) and len(restored) < 5:
        [file] = re.findall(r"git checkout -- ([^\s,]+)", said)
        git(root, *shlex.split(f"checkout -- {file}"))
        restored.append(Path(file).name)
    return restored


@pytest.mark.parametrize(("what", "forged"), [*((what, False) for what in EVIDENCE), ("a digit", True)])
def test_what_is_said_restores_an_edit(committed: Path, tmp_path: Path, what: str, forged: bool) -> None:  # noqa: F811
    edit(committed, what)
    if forged:
        forge(committed)
    assert followed(tmp_path)
    named = {Path(fault.partition(":")[0]).name for fault in verifying.verify()}
    assert not named & {manifest.NAME, *manifest.EVIDENCE}  # what follows from them, an export makes again


def test_where_only_the_manifest_is_another_it_is_what_is_restored(committed: Path, tmp_path: Path) -> None:  # noqa: F811
    listing = committed.parent / manifest.NAME
    listing.write_text(listing.read_text().replace("a", "b"))
    assert followed(tmp_path) == [manifest.NAME]
    assert verifying.verify() == []


def test_where_a_commit_parted_them_no_checkout_is_said_to_help(committed: Path, tmp_path: Path) -> None:  # noqa: F811
    listing = committed.parent / manifest.NAME
    lines = [line for line in listing.read_text().splitlines(keepends=True) if "made_up/trials.csv" not in line]
    listing.write_text("".join(lines))
    git(tmp_path, "commit", "-qam", "a merge that lost a line")
    assert "checkout" not in refusal()
    assert f"{committed / 'trials.csv'}: it is not the file that was recorded" in refusal()
    assert f"see: git log -p -- {listing}" in refusal()
