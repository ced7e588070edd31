"""The `repro` command: words in, exit code out. What the commands do is in `reading` and `commands`."""

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NoReturn

from common.errors import UserError

AGREES, DIFFERS, FAULT, UNDECIDED, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 130, 143
COMMANDS = (
    "list", "plan", "run", "status", "verdicts", "table", "explain", "history", "cite", "audit", "data", "verify",
    "export", "page",
)  # fmt: skip
STYLES = ("text", "bibtex", "biblatex", "ris", "csl", "json")
WHAT = "claim ids or reproductions; all when none is given"


class _Parser(argparse.ArgumentParser):
    """Says what was wrong in one line and suggests the nearest words; argparse alone prints its whole usage."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see: {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    top = _Parser(prog="repro", description="Claims about training neural networks: run them, judge them, cite them.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    def runnable(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("what", nargs="*", help=WHAT)
        sub.add_argument("--tier", default="quick", help="quick (default), full, gpu or pilot")
        sub.add_argument("--only", action="append", default=[], metavar="CLAIM", help="only what this claim needs")
        sub.add_argument("--backend", help="jax, tensorflow or torch; default: KERAS_BACKEND, else jax")
        sub.add_argument(
            "--workers", type=int, help="processes (default: one a core, one for a GPU); 0: in this process"
        )

    for name, text in (
        ("list", "every claim, with its recorded verdict"),
        ("verdicts", "the recorded verdicts with their checks"),
        ("table", "the results table as Markdown"),
    ):
        sub = add(name, text)
        sub.add_argument("what", nargs="*", help=WHAT)
        sub.add_argument("--json", action="store_true", help="print JSON")
        if name == "table":
            sub.add_argument("--csv", action="store_true", help="print CSV")
    plan = add("plan", "what a run would do: tasks, minutes, memory, and what its seeds can show")
    runnable(plan)
    plan.add_argument("--probe", action="store_true", help="also measure how many seeds to put side by side (JAX)")
    run = add("run", "train what is missing, judge it, and print the table; resumes by itself")
    runnable(run)
    run.add_argument("--fresh", action="store_true", help="run finished trials again")
    run.add_argument("--max-time", type=float, metavar="MINUTES", help="start no task after so many minutes")
    run.add_argument("--json", action="store_true", help="print JSON at the end")
    runnable(add("status", "which trials of a tier are finished"))
    data = add("data", "fetch or check the data sets")
    data.add_argument("action", choices=("fetch", "check"), help="fetch uses the network; check never does")
    for name, text in (
        ("explain", "a claim in plain words: what decides it, what came out, and where to look"),
        ("history", "every verdict that a claim ever had, and what changed in between"),
        ("cite", "what a paper needs: source, verdict, all that decided it, where the evidence lies, BibTeX"),
    ):
        sub = add(name, text)
        sub.add_argument("claim", help="a claim id")
        if name == "cite":
            sub.add_argument("--format", default="text", choices=STYLES, help="default: text, BibTeX at its end")
    audit = add("audit", "train one recorded seed again, and compare")
    audit.add_argument("claim", help="a claim id")
    audit.add_argument("--arm", help="an arm that the claim reads, or STUDY/ARM; default: the first")
    audit.add_argument("--seed", type=int, default=1000, help="default: 1000")
    audit.add_argument("--backend", help="jax, tensorflow or torch; default: KERAS_BACKEND, else jax")
    add("verify", "recompute everything in results/ from its trials, and say what differs")
    export = add("export", "write verdicts, tables, figures and pages again from the trials in results/, or for others")
    export.add_argument("--rocrate", metavar="FILE.zip", help="only this: all evidence as an RO-Crate")
    export.add_argument("--prml", metavar="DIR", help="only this: each check as a manifest that `falsify` verifies")
    export.add_argument("--latex", metavar="CLAIM", help="only this: print a table of the claim's checks for a paper")
    add("page", "write the site, results/page/index.html, from the record")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; a fault the user can mend is one line on standard error, never a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        top = parser()
        if words and not words[0].startswith("-") and words[0] not in COMMANDS:
            near = get_close_matches(words[0], COMMANDS, n=1)
            raise UserError(
                f"unknown command {words[0]!r}; " + (f"did you mean {near[0]}?" if near else "see: repro --help")
            )
        options = top.parse_args(words)
        if options.command is None:
            top.print_help()
            return AGREES
        code = _call(options)
        sys.stdout.flush()  # here, where a pipe that was closed early is expected
        return code
    except UserError as fault:
        print(f"repro: {fault}", file=sys.stderr)
        return FAULT
    except KeyboardInterrupt as interrupt:
        again = shlex.join(["repro", *words])
        print(f"\nrepro: interrupted; finished trials are kept. To go on, type: {again}", file=sys.stderr)
        return TERMINATED if isinstance(interrupt, _Terminated) else INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left early, as `head` does
        return AGREES


def _call(options: argparse.Namespace) -> int:
    if options.command in ("plan", "run", "status", "audit"):
        from suite import commands

        return commands.call(options)
    if options.command == "page":
        from suite.page import site

        return site.call()
    from suite import reading

    return reading.call(options)


class _Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a run as Ctrl-C does."""


def _terminated(*_: object) -> NoReturn:
    raise _Terminated
