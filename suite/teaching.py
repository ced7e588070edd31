"""The command `lesson`: lists the lessons, opens one in the browser, or writes one as a page that has run."""

import argparse
import os
import subprocess
import sys
from html import escape
from importlib.util import find_spec
from pathlib import Path

from common.errors import UserError
from common.home import keep_libraries_at_home
from suite import registry, writing

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 17px/1.55 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 2rem 1rem }}
main {{ max-width: 46rem; margin: 0 auto }}
blockquote {{ margin: 1rem 0; padding: .1rem 1.2rem; border-left: 4px solid #0072b2; background: #f3f7fa }}
code {{ font-size: .88em; background: #f0f0f0; padding: .1em .3em; border-radius: 3px }}
svg {{ max-width: 100%; height: auto }}
.paragraph {{ display: block; margin: 1em 0 }}
section {{ margin: 1.6rem 0 }}
</style>
<main>
{cells}
</main>
</html>
"""
"""No script and no request: marimo's own export fetches its front end from another host when it is opened."""


def call(options: argparse.Namespace) -> int:
    """Runs the command and returns the exit code.

    Raises:
        UserError: there is no such lesson, or marimo is missing, or the page cannot be written where it is wanted.
    """
    if options.name is None:
        if options.html is not None:
            raise UserError("--html writes one lesson; name it: repro lesson NAME --html FILE")
        known = registry.lessons()
        width = max(map(len, known), default=0)
        for name, question in known.items():
            print(f"{name:<{width}}  {question}")
        print("open one with: repro lesson NAME")
        return 0
    if options.name not in registry.lessons():
        raise registry.unknown(options.name, registry.lessons(), "lesson")
    if find_spec("marimo") is None:
        raise UserError("a lesson needs marimo; type: pip install -e '.[lessons]'")
    if options.html is not None:
        _write(options.name, writing.named_file("--html", options.html))
        return 0
    return _open(options.name)


def _open(name: str) -> int:
    """Serves a lesson to this machine alone, until Ctrl-C; its file is only read."""
    keep_libraries_at_home()
    paths = filter(None, (str(registry.ROOT), os.environ.get("PYTHONPATH")))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    env["MARIMO_SKIP_UPDATE_CHECK"] = "1"
    env["PYTHONUNBUFFERED"] = "1"  # its address at once
    shown = sys.platform in ("darwin", "win32") or bool({"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ))
    words = ["run", "--host", "127.0.0.1", "--no-sandbox", "--include-code", "--show-tracebacks"]
    words += ["--headless"] * (not shown)
    lesson = registry.FOLDER / name / "lesson.py"
    print(f"The lesson opens in a browser; Ctrl-C ends it. To change it, open a copy: marimo edit {lesson}", flush=True)
    try:
        return subprocess.call([sys.executable, "-m", "marimo", *words, str(lesson)], env=env)
    except KeyboardInterrupt:
        return 0


def _write(name: str, path: Path) -> None:
    """A lesson that has run, with nobody to guess, as one file that needs no script and no network."""
    keep_libraries_at_home()
    import marimo

    outputs, _ = registry.lesson(name).app.run()
    shown = (marimo.as_html(output).text for output in outputs if output is not None)
    live = f"<p><em>A lesson on paper. To guess, to train and to change it: <code>repro lesson {name}</code></em></p>"
    cells = "\n".join(f"<section>{cell}</section>" for cell in (*shown, live) if cell)
    writing.write_named(path, PAGE.format(title=escape(f"{name}, a lesson"), cells=cells))
    print(f"wrote {path}")
