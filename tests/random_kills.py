"""Kills a run again and again at random moments, goes on by the same command line, and compares what came of it.

    python tests/random_kills.py --kills 50 run parity inputs
    python tests/random_kills.py --kills 20 --longest 8 run inputs --tier full
    python tests/random_kills.py --kills 30 --minutes 60 run parity inputs

Outside of the gate. It trains twice, once unbroken, into temporary folders; a full tier is only for what is on record
already, as nobody looks at other verdict seeds beforehand. Each life of the driver ends by SIGKILL; in half of them a
worker is killed before that, one at most: a task that has lost two workers is recorded as killed, and rightly so. The
exit code is 0 where all trials and tables are those of the unbroken run, times apart. `--minutes` does all of it again
and again, each time with moments of its own, until they are over.
"""

import argparse
import csv
import io
import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent.parent
TIMED = {p.stem for p in PROJECT.glob("reproductions/*/studies/*.py") if "\nTIMED = True" in p.read_text("utf-8")}
"""Studies that measure times, of which no two runs have the same."""
PATIENCE = 10.0  # seconds after which a worker that outlives its driver is an orphan


class Broken(Exception):
    """What is not as it has to be."""


def start(folder: Path, words: Sequence[str]) -> subprocess.Popen[str]:
    """The command, with a journal and a record of its own; compiled programs are shared."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {"REPRO_HOME": str(folder / "home"), "REPRO_RESULTS": str(folder / "record"), "PYTHONPATH": str(PROJECT)}
    with (folder / "told").open("a") as told:
        command = [sys.executable, "-m", "reproductions", *words]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": told, "text": True, "start_new_session": True}
        return subprocess.Popen(command, cwd=PROJECT, env=os.environ | known, **pipes)


def children(pid: int) -> list[int]:
    """Its workers: the processes that it started, apart from the one that keeps track of what they share."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except OSError:
        return []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(process: subprocess.Popen[str], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def one_life(folder: Path, words: Sequence[str], moments: random.Random, longest: float) -> tuple[int, bool]:
    """How many kills a driver and its workers took, and whether it came to its end before the last of them.

    In half of the lives any moment will do, and most of them end amid loading; the others last until a trial is kept.
    """
    process, kills = start(folder, words), 0
    if moments.random() < 0.5:
        before = count(folder)
        while count(folder) == before:
            if ends(process, 0.2):
                return kills, True
    if moments.random() < 0.5:
        if ends(process, moments.uniform(0, longest)):
            return kills, True
        if workers := children(process.pid):
            os.kill(moments.choice(workers), signal.SIGKILL)
            kills += 1
    if ends(process, moments.uniform(0, longest)):
        return kills, True
    workers = children(process.pid)
    process.kill()
    process.communicate()
    limit = time.monotonic() + PATIENCE
    while orphans := [pid for pid in workers if alive(pid)]:
        if time.monotonic() > limit:
            raise Broken(f"{len(orphans)} worker(s) outlive a driver that was killed")
        time.sleep(0.05)
    return kills + 1, False


def asked(folder: Path, query: str) -> list[Any]:
    """What a query of the journal gives; nothing before its table is made."""
    place = f"file:{folder / 'home/journal.sqlite'}?mode=ro"
    try:
        with closing(sqlite3.connect(place, uri=True)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


def count(folder: Path) -> int:
    return sum(number for (number,) in asked(folder, "SELECT count(*) FROM trials"))


def trials(folder: Path) -> dict[str, dict[str, Any]]:
    """What the journal holds, by key, without the time that it took."""
    rows = asked(folder, "SELECT key, payload FROM trials")
    found = {key: json.loads(text) | {"seconds": 0} for key, text in rows}
    return {key: trial | ({"metrics": {}} if trial["study"] in TIMED else {}) for key, trial in found.items()}


def tables(folder: Path) -> dict[str, Any]:
    """Every file of the record but for the time that a trial took, the memory, and the hashes that rest on them."""
    found: dict[str, Any] = {}
    for path in sorted((folder / "record").rglob("*")):
        if path.name == "trials.csv":
            rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
            found[str(path.relative_to(folder))] = [{**row, "seconds": "", "payload_sha256": ""} for row in rows]
        elif path.name == "provenance.json":
            made = json.loads(path.read_text(encoding="utf-8"))
            found[str(path.relative_to(folder))] = {s: {**fact, "peak_megabytes": None} for s, fact in made.items()}
        elif path.is_file() and path.name not in ("MANIFEST.sha256", "judged.json"):
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def main(folder: Path, seed: int, options: argparse.Namespace) -> None:
    moments = random.Random(seed)
    whole, broken = folder / "whole", folder / "broken"
    kills = lives = 0
    while kills < options.kills:
        more, over = one_life(broken, options.words, moments, options.longest)
        kills, lives = kills + more, lives + 1
        print(f"{kills} kills in {lives} lives; {count(broken)} trials kept", flush=True)
        if over:
            raise Broken(f"the run came to its end after {kills} kills; a smaller --longest leaves room for more")
    last = start(broken, options.words)
    told = last.communicate()[0]
    first = start(whole, options.words)
    wanted = first.communicate()[0]
    print(f"exit codes {last.returncode} after {kills} kills, {first.returncode} unbroken")
    if (last.returncode, told) != (first.returncode, wanted):
        raise Broken(f"what is told at the end differs:\n{told}\nunbroken:\n{wanted}")
    kept = trials(whole)
    if names := differing(kept, trials(broken)):
        raise Broken(f"{len(names)} trials differ, as {names[0]}")
    if names := differing(tables(whole), tables(broken)):
        raise Broken(f"files of the record differ: {', '.join(names)}")
    print(f"{len(kept)} trials and {len(tables(whole))} files of the record are those of the unbroken run")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=6.0, help="seconds from one kill to the next, and more")
    parser.add_argument("--minutes", type=float, default=0.0, help="again, with the next seed, until they are over")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="the words after `repro`")
    given = parser.parse_args()
    over = time.monotonic() + 60 * given.minutes
    for seed in itertools.count(given.seed):
        with tempfile.TemporaryDirectory() as temporary:
            try:
                main(Path(temporary), seed, given)
            except Broken as fault:
                sys.exit(f"seed {seed}: {fault}")
        if time.monotonic() >= over:
            break
