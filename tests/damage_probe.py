"""Damages each file of a record in turn and says, in JSON lines, what commands make of it. In a stub project."""

import contextlib
import io
import json
import traceback

from suite import cli, locking, registry

CONTENTS = {
    "empty": b"",
    "html": b"<!DOCTYPE html>\n<html><body>404, not found</body></html>\n",
    "binary": bytes(range(256)) * 4,
}
COMMANDS = ("verify", "list", "export")


def said(words: list[str]) -> tuple[int | str, str]:
    """The exit code of a command, or its traceback, and what it printed."""
    text = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        try:
            code: int | str = cli.main(words)
        except BaseException:
            code = traceback.format_exc()
    return code, text.buffer.getvalue().decode()  # type: ignore[attr-defined]


if __name__ == "__main__":
    folder = registry.results()
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != locking.FILE]
    before = {path: path.read_bytes() for path in files if "badges" not in path.parts}
    for path in sorted(before):
        for kind, content in CONTENTS.items():
            for command in COMMANDS:
                for place, whole in before.items():
                    if not place.exists() or place.read_bytes() != whole:
                        place.write_bytes(whole)
                path.write_bytes(content)
                code, text = said([command])
                healed = all(place.exists() and place.read_bytes() == whole for place, whole in before.items())
                file = path.relative_to(folder).as_posix()
                row = {"file": file, "kind": kind, "command": command, "code": code, "named": file in text}
                print(json.dumps(row | {"healed": healed}))
