"""The `repro` command: words in, exit code out. What the commands do is in `reading` and `commands`."""

import argparse
import errno
import gc
import shlex
import sys
from collections.abc import Sequence
from functools import cache
from typing import NoReturn

from common.errors import UserError, nearest
from suite import escaping, interrupts, manual, output

AGREES, DIFFERS, FAULT, UNDECIDED, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 130, 143
STYLES = ("text", "bibtex", "biblatex", "ris", "csl", "json")
WHAT = "claim ids or reproductions; all when none is given"
ROOM = "free some space and run again; every finished trial is kept"
RIGHTS = "mend its permissions, or name another folder in REPRO_HOME or REPRO_RESULTS"
MENDED = {errno.ENOSPC: ROOM, errno.EDQUOT: ROOM, errno.EROFS: RIGHTS, errno.EACCES: RIGHTS, errno.EPERM: RIGHTS}
"""Faults of a disk that may come up wherever a file is written, and what to do."""


class _Parser(argparse.ArgumentParser):
    """Says what was wrong in one line; argparse alone prints its whole usage."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{escaping.plain(message)}; see: {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    top = _Parser(
        prog="repro",
        description="Claims about training neural networks: run them, judge them, cite them.",
        epilog=manual.overview(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="store_true", help="print the version")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        form = argparse.RawDescriptionHelpFormatter
        return commands.add_parser(
            name, help=text, description=text, epilog=manual.examples(name), formatter_class=form
        )

    def runnable(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("what", nargs="*", help=WHAT)
        sub.add_argument("--tier", default="quick", help="quick (default), full, gpu or pilot")
        sub.add_argument("--only", action="append", default=[], metavar="CLAIM", help="only what this claim needs")
        trains(sub)

    def trains(sub: argparse.ArgumentParser) -> None:
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
        forms = sub.add_mutually_exclusive_group()
        forms.add_argument("--json", action="store_true", help="print JSON")
        if name == "table":
            forms.add_argument("--csv", action="store_true", help="print CSV")
    plan = add("plan", "what a run would probably take: trials, time, memory, cost; and what its seeds can show")
    runnable(plan)
    plan.add_argument("--probe", action="store_true", help="also measure how many seeds to put side by side (JAX)")
    plan.add_argument("--fresh", action="store_true", help="of a run that trains all anew")
    plan.add_argument("--nodes", type=int, default=1, metavar="N", help="as if on so many machines like this one")
    plan.add_argument("--scored", action="store_true", help="only how right the predictions of earlier runs were")
    run = add("run", "train what is missing, judge it, and print the table; resumes by itself")
    runnable(run)
    run.add_argument(
        "--fresh", action="store_true", help="train all anew; the record changes once that is done, and not before"
    )
    run.add_argument(
        "--study",
        action="append",
        default=[],
        metavar="MODULE/STUDY",
        help="a study that no claim reads, as a prediction's, with the seeds that it names itself",
    )
    run.add_argument("--executor", default="pool", choices=("pool", "ray"), help="pool: processes here (default)")
    run.add_argument("--address", metavar="HOST:PORT", help="with --executor ray: a cluster to join; default: one here")
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
    audit = add("audit", "train recorded trials again on this machine, and compare every number")
    audit.description = manual.AUDIT
    audit.add_argument("what", nargs="*", help=WHAT)
    audit.add_argument("--arm", help="an arm that the claims read, or STUDY/ARM; default: any")
    audit.add_argument("--seed", type=int, help="the seed; default: any on record")
    audit.add_argument(
        "--sample", type=int, metavar="N", help="how many trials, drawn at random; default: 1, or all of SEED"
    )
    audit.add_argument("--report", metavar="FILE", help="also write what was found, as FILE.md or FILE.json")
    trains(audit)
    controls = add("controls", "negative controls: each claim's checks on numbers without its effect, which must fail")
    controls.add_argument("what", nargs="*", help=WHAT)
    controls.add_argument("--workers", type=int, default=0, help="processes that train; default: this one")
    controls.add_argument("--all", action="store_true", help="also train those that take more than two minutes")
    controls.add_argument("--json", action="store_true", help="print JSON")
    for name, text in (
        ("trials", "the numbers on record that decide a claim, arm by arm"),
        ("pilots", "the pilots from which a claim's rates and quick bounds were set, and the bounds that they allow"),
    ):
        sub = add(name, text)
        sub.add_argument("claim", help="a claim id")
        sub.add_argument("--csv", action="store_true", help="every number in a row of its own, as CSV")
    compare = add("compare", "how the record in folder B departs from that in folder A")
    compare.add_argument("a", metavar="A", help="a folder of results")
    compare.add_argument("b", metavar="B", help="another one")
    compare.add_argument("--json", action="store_true", help="print JSON")
    add("doctor", "what is wrong on this machine, and how to mend it")
    completion = add("completion", "a script that completes commands, options and claims in a shell")
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh", "fish", "powershell"))
    add("verify", "recompute everything in results/ from its trials, and say what differs")
    export = add("export", "write verdicts, tables, figures and pages again from the trials in results/, or for others")
    export.add_argument("--rocrate", metavar="FILE.zip", help="only this: all evidence as an RO-Crate")
    export.add_argument("--prml", metavar="DIR", help="only this: each check as a manifest that `falsify` verifies")
    export.add_argument("--latex", metavar="CLAIM", help="only this: print a table of the claim's checks for a paper")
    adopt = add(
        "adopt", "take the record of reproductions from the results of another checkout, as its manifest lists it"
    )
    adopt.add_argument("folder", metavar="FOLDER", help="the results of the other checkout")
    adopt.add_argument("name", nargs="+", metavar="MODULE", help="reproductions of which to take trials and history")
    add("costs", "what the evidence cost in core-minutes, judged and piloted, beside edition 1; writes COSTS.md")
    new = add("new", "files of a reproduction or a claim that run as they are, and what is left to fill in")
    new.add_argument("kind", choices=("reproduction", "claim", "left"), help="left: list what is still to fill in")
    new.add_argument("name", nargs="*", help="NAME or NAME/ID of a reproduction, NAME/ID of a claim; of left any")
    add("page", "write the site, results/page/index.html, from the record")
    lesson = add("lesson", "guess, train and see the verdict, in the browser; without a name, what there is to learn")
    lesson.add_argument("name", nargs="?", help="a reproduction")
    lesson.add_argument("--html", metavar="FILE", help="write it as a page that has run, instead of opening it")
    return top


@cache
def _known() -> argparse.ArgumentParser:
    """The parser of this process, which nobody changes: to make one takes as long as many a command."""
    return parser()


def _on_its_line(said: str, words: Sequence[str]) -> str:
    """What is said, with each word of the command line that has line breaks written as Python would."""
    for word in (word for word in words if len(f"{word}.".splitlines()) > 1):
        said = said.replace(word, repr(word))
    return said


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; a fault the user can mend is one line on standard error, never a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    gc.set_threshold(200_000, 50, 100)  # looking for garbage among syntax trees took a third of `list`
    output.prepare()
    try:
        with interrupts.heard():
            code = _run(words)
        sys.stdout.flush()  # here, where a pipe that was closed early is expected
        return code
    except UserError as fault:
        print(f"repro: {_on_its_line(str(fault), words)}", file=sys.stderr)
        return FAULT
    except KeyboardInterrupt:
        interrupts.ignore()
        again = shlex.join(["repro", *words])
        kept = (
            "finished trials are kept. To go on"
            if words[:1] in (["run"], ["controls"])
            else "every file is whole, old or new. To begin again"
        )
        print(f"\nrepro: interrupted; {kept}, type: {again}", file=sys.stderr)
        return TERMINATED if interrupts.Terminated.came else INTERRUPTED
    except BrokenPipeError:
        output.give_up()  # the reader left early, as `head` does
        return AGREES
    except OSError as error:
        if error.errno not in MENDED:
            raise
        output.give_up()
        where = error.filename or "standard output"
        print(f"repro: cannot write {where}: {error.strerror}; {MENDED[error.errno]}.", file=sys.stderr)
        return FAULT


def _run(words: Sequence[str]) -> int:
    top = _known()
    _refuse_unknown(top, words)
    try:
        options = top.parse_args(words)
    except SystemExit as shown:  # by --help
        return int(shown.code or AGREES)
    if options.version:
        from importlib.metadata import version

        print(f"repro {version('dl-reproductions')} on Python {sys.version.split()[0]}")
        return AGREES
    if options.command is None:
        top.print_help()
        return AGREES
    if options.command == "completion":
        from suite import completion

        print(completion.script(parser(), options.shell))
        return AGREES
    if options.command in ("plan", "run", "status", "audit", "costs"):
        from suite import commands

        return commands.call(options)
    if options.command == "controls":
        from suite import negative_training

        return negative_training.call(options)
    if options.command == "new":
        from suite import scaffolding

        return scaffolding.call(options)
    if options.command == "page":
        from suite.page import site

        return site.call()
    if options.command == "lesson":
        from suite import teaching

        return teaching.call(options)
    from suite import reading

    return reading.call(options)


def _refuse_unknown(top: argparse.ArgumentParser, words: Sequence[str]) -> None:
    """Names the nearest command or option, which argparse does not.

    Raises:
        UserError: the first word is no command, or an option is none of the command's.
    """
    [choices] = [action.choices for action in top._actions if isinstance(action.choices, dict)]
    command = next(iter(words), "")
    if command and not command.startswith("-") and command not in choices:
        raise UserError(f"unknown command {command!r}; {nearest(command, choices, otherwise='see: repro --help')}")
    asked = choices.get(command, top)
    known = [name for action in asked._actions for name in action.option_strings]
    for word in words:
        option = word.partition("=")[0]
        if word == "--":
            return
        if option.startswith("--") and not any(name.startswith(option) for name in known):
            hint = nearest(option, known, otherwise=f"see: {asked.prog} --help")
            raise UserError(f"unknown option {option}; {hint}")
