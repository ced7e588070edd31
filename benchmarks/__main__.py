"""`python -m benchmarks`: checks that all peers compute the same, measures them, and writes a page and its rows."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from benchmarks import commands, edition, equality, load, machine, measuring, report, scaling, spawning
from benchmarks.peers import PEERS, pool
from benchmarks.workloads import (
    CHECKED,
    PLANS,
    SCALING_ROUNDS,
    SCALING_SEEDS,
    SCALING_STEPS,
    Plan,
    plans,
)
from common.errors import UserError

START = time.monotonic()
CHECK_SECONDS, PRIME_SECONDS, SCALING_SECONDS = 7, 8, 45  # a peer, a workload, a round: on two idle cores
COMMANDS_SECONDS = 1500  # a round of both builds
LOAD_SECONDS = 500
RECORD = spawning.ROOT / "results"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see: python -m benchmarks --help")


def parser() -> argparse.ArgumentParser:
    top = _Parser(prog="python -m benchmarks", description="Measures the engine beside other ways to train.")
    top.add_argument("--short", action="store_true", help="a smoke check of every peer, in three minutes")
    names = ", ".join(PLANS)
    top.add_argument("--workload", action="append", default=[], metavar="NAME", help=f"only this: {names}")
    top.add_argument("--peer", action="append", default=[], metavar="NAME", help="only ours beside this")
    top.add_argument("--rounds", type=int, metavar="N", help="rounds of each workload (default: its own)")
    text = "only the whole commands of the README, beside those of edition 1: half an hour a round"
    top.add_argument("--commands", action="store_true", help=text)
    text = "only driver and journal, with simulated workers: seven minutes and some gigabytes of memory and disk"
    top.add_argument("--load", action="store_true", help=text)
    text = "where the page and the rows go (default: results/ if all is measured, else a temporary folder)"
    top.add_argument("--output", type=Path, metavar="FOLDER", help=text)
    return top


def say(line: str) -> None:
    print(f"[{time.monotonic() - START:6.0f} s] {line}", flush=True)


def check(chosen: Sequence[Plan], short: bool) -> None:
    """Raises UserError if a peer computes something else."""
    needed = {plan.workload.name: set(plan.peers) for plan in chosen}
    needed |= {name: set(PLANS[name].peers) for name in CHECKED} if short else {}
    asked = {name: [workload for workload, peers in needed.items() if name in peers] for name in PEERS}
    names = [name for name in asked if asked[name] and not PEERS[name].cold and spawning.installed(name)]
    with ThreadPoolExecutor(pool.cores()) as threads:  # side by side, as nothing is timed yet
        losses = dict(zip(names, threads.map(lambda name: spawning.losses(name, asked[name]), names), strict=True))
    for name, found in losses.items():
        say(f"{name}: loss after ten steps: " + ", ".join(f"{w} {v:.6g}" for w, v in found.items()))
    equality.compare(losses)


def _made(folder: Path) -> None:
    """Makes the folder of the page, before anything is measured.

    Raises:
        UserError: it is a file, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--output {folder} cannot be made: {error.strerror}; name another folder") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"--output {folder} may not be written; name another folder")


def run(options: argparse.Namespace) -> Path:
    if unknown := sorted(set(options.workload) - set(PLANS)):
        raise UserError(f"no workload {', '.join(unknown)}; choose among {', '.join(PLANS)}")
    if unknown := sorted(set(options.peer) - set(PEERS)):
        raise UserError(f"no peer {', '.join(unknown)}; choose among {', '.join(PEERS)}")
    if options.rounds is not None and options.rounds < 1:
        raise UserError(f"--rounds must be at least 1; got {options.rounds}")
    if options.commands and not edition.available():
        raise UserError("--commands needs the commit of edition 1; clone the repository with its history")
    if options.output is not None:
        _made(options.output)
    partial = options.short or bool(options.workload) or bool(options.peer) or options.commands or options.load
    folder = options.output or (Path(tempfile.mkdtemp(prefix="benchmarks-")) if partial else RECORD)
    chosen = (
        []
        if options.commands or options.load
        else list(plans(options.workload, options.short, options.rounds, options.peer))
    )
    for name in sorted({name for plan in chosen for name in plan.peers if not spawning.installed(name)}):
        say(f"{name} is left out: it needs {PEERS[name].needs}")
    scales = not options.workload and not options.peer and not options.commands and not options.load
    counts, steps, rounds = ((1, 4), 50, 1) if options.short else (SCALING_SEEDS, SCALING_STEPS, SCALING_ROUNDS)
    seconds = sum(plan.rounds * plan.seconds for plan in chosen) + CHECK_SECONDS * len(PEERS)
    seconds += 15 if options.short else len(chosen) * PRIME_SECONDS + rounds * SCALING_SECONDS * scales
    if options.commands:
        seconds = COMMANDS_SECONDS * (options.rounds or 1)
    if options.load:
        seconds = 60 if options.short else LOAD_SECONDS
    say(f"this takes about {seconds / 60:.0f} minutes on two idle cores")
    date = datetime.now(UTC).date().isoformat()
    found: dict[str, Any] = {
        "date": date,
        "short": options.short,
        "machine": machine.fingerprint(),
        **report.kept(folder, machine.fingerprint(), {plan.workload.name for plan in chosen}),
    }

    here = found["machine"]
    if options.load:  # whose rows name their machine, so that those of others may stay
        found |= report.whole(folder)

    def keep() -> None:
        here["load_after"] = machine.load()
        report.write(folder, found)

    if chosen:
        check(chosen, options.short)
    with tempfile.TemporaryDirectory() as cache:
        for plan in chosen:
            at_once = pool.cores() if options.short else 1
            measured = measuring.measure(plan, Path(cache), prime=not options.short, at_once=at_once, say=say)
            found["rows"] += [row | {"date": found["date"]} for row in measuring.rows(plan, measured)]
            found["shares"] += measuring.shares(plan.workload, measured)
            keep()  # an interrupted run keeps what it has
        if scales:
            found["scaling"] = scaling.measure(counts, steps, rounds, Path(cache), say)
            keep()
        if options.commands:
            found["commands"] = commands.measure(options.rounds or 1, Path(cache), say)
            keep()
        if options.load:
            where = f"{here['cpu']}, {here['cores_usable']} cores"
            rows = load.measure(load.SHORT_SIZES if options.short else load.SIZES, say)
            rows += load.recorded(load.SHORT_SIZES[-1] if options.short else load.RECORDED, say)
            found["load"] = [{**row, "machine": where, "date": date} for row in rows]
            keep()
    return Path(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 2 for a fault that one line explains, among them a peer that computes something else."""
    try:
        folder = run(parser().parse_args(arguments))
    except UserError as fault:
        print(f"benchmarks: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nbenchmarks: interrupted; the workloads that had ended are written", file=sys.stderr)
        return 130
    if folder.resolve() == RECORD:
        from suite import recording

        recording.write_index()  # the manifest lists every file of the record
    print((folder / report.PAGE).read_text(encoding="utf-8"))
    say(f"written to {folder / report.PAGE} and {report.JSON}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
