"""What the journal has committed stays readable whatever befalls the writer, and nothing damaged is ever used."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

import common
from common.errors import UserError
from common.trials import Trial
from suite.journal import Journal, finished
from suite.records import SCHEMA_VERSION

SHARED = """
import resource, sys
from pathlib import Path
from common.errors import UserError
from suite.journal import Journal, finished
from common.trials import Trial
path, template, *numbers = Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
def add(seed): journal.add(Trial.model_validate_json(template.replace("987654321", str(seed))))
"""
WRITER = """
with Journal(path) as journal:
    for seed in range(*numbers):
        add(seed)
        print(seed, flush=True)
    sys.stdin.read()  # holds the journal until told to end
"""
FILLER = """
free, most = resource.getrlimit(resource.RLIMIT_FSIZE)
with Journal(path) as journal:
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, most))
    try:
        for seed in range(1000): add(seed)
    except UserError as error: print(error)
    print(seed, *(len(find(map(str, range(1000)))) for find in (journal.find, lambda keys: finished(path, keys))))
    resource.setrlimit(resource.RLIMIT_FSIZE, (free, most))
    add(seed)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
for attempt in range(2):  # the first must not have kept the lock
    try: Journal(path.with_name("second.sqlite"))
    except UserError as error: print(error)
"""


def trial(seed, **others):
    known = {"study": "s", "arm": "a", "seed": seed, "tier": "full", "key": str(seed), "backend": "jax", "steps": seed}
    known |= {"dataset": "synthetic", "data_sha256": "d", "metrics": {"accuracy": 0.75, "loss": None}}
    return Trial(**(known | {"curves": {"loss": [(step, 0.5) for step in range(20)]}} | others))


either = pytest.mark.parametrize("open_it", [lambda path: Journal(path).close(), lambda path: finished(path, "0")])
TEMPLATE = trial(987654321).model_dump_json()  # the seed, which is also the key and the steps, to be replaced


def spawn(script, path, *numbers):
    environment = os.environ | {"PYTHONPATH": str(Path(common.__file__).parents[1])}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", SHARED + script, path, TEMPLATE, *map(str, numbers)]
    return subprocess.Popen(command, env=environment, **pipes)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite"


@pytest.fixture
def write(path):
    """Starts a process that adds the trials of some seeds and tells each seed once it is committed."""
    writers = []

    def start(*seeds):
        writers.append(spawn(WRITER, path, *seeds))
        return writers[-1]

    yield start
    for writer in writers:
        writer.kill()
        writer.communicate()


@pytest.fixture
def filled(path):
    with Journal(path) as journal:
        for seed in range(3):
            journal.add(trial(seed))
    return path


def both(path, keys):
    """What the driver and what an onlooker find, which has to be the same."""
    with Journal(path) as journal:
        found = journal.find(keys)
    assert finished(path, keys) == found
    return found


def test_a_trial_is_found_again_exactly_and_a_rerun_takes_its_place(path):
    odd = trial(1, metrics={"ü": 5e-324, "b": -0.0, "c": float("nan")}, reason="'; DROP TABLE trials;\U0001f642\x00")
    with Journal(path) as journal:
        for made in (trial(0), odd, trial(2), trial(0, status="diverged", metrics={})):
            journal.add(made)
            assert journal.find([made.key, "none"]) == {made.key: made}
    assert both(path, "0123") == {"0": trial(0, status="diverged", metrics={}), "1": odd, "2": trial(2)}


def test_a_second_driver_is_refused_by_the_name_of_the_first_and_let_in_after_its_death(write, path):
    holder = write(2)
    assert [holder.stdout.readline() for _ in range(2)] == ["0\n", "1\n"]
    for _ in range(2):
        with pytest.raises(UserError, match=rf"in use by another run \(process {holder.pid}\); wait"):
            Journal(path)
    assert finished(path, "012") == {"0": trial(0), "1": trial(1)}
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with Journal(path) as journal:
        assert journal.find("012") == {"0": trial(0), "1": trial(1)}
        with pytest.raises(UserError, match=rf"\(process {os.getpid()}\)"):
            Journal(path)


def test_a_writer_killed_amid_its_adds_leaves_all_that_it_committed_and_no_half(write, path):
    start = 0
    for told in (1, 40, 111):
        writer = write(start, 100_000)
        committed = [int(writer.stdout.readline()) for _ in range(told)]
        writer.send_signal(signal.SIGKILL)
        committed += map(int, writer.communicate()[0].split())
        start = committed[-1] + 1
        found = finished(path, map(str, range(start + 100)))
        assert list(found.values()) == [trial(seed) for seed in range(len(found))]
        assert start <= len(found) <= start + 1, "the last may be committed before it is told"
    assert both(path, found) == found


def test_ten_onlookers_see_whole_trials_while_one_process_writes(write, path):
    expected, end = {str(seed): trial(seed) for seed in range(200)}, time.monotonic() + 100

    def watch(_):
        seen = 0
        while seen < 200 and time.monotonic() < end:
            found = finished(path, expected)
            assert found.items() <= expected.items()
            assert len(found) >= seen, "what was there is lost"
            seen = len(found)
            time.sleep(0.02)
        return seen

    with ThreadPoolExecutor(10) as pool:
        onlookers = pool.map(watch, range(10))
        writer = write(200)
        assert list(onlookers) == [200] * 10
    writer.communicate("")
    assert writer.returncode == 0


@either
@pytest.mark.parametrize("content", [b"<html>", b"<html>" * 999, bytes(range(256)) * 8, b"SQLite format 3\0" * 99])
def test_what_is_not_a_journal_is_refused_and_left_as_it_is(path, content, open_it):
    path.write_bytes(content)
    for _ in range(2):
        with pytest.raises(UserError, match=rf"not a journal: set it aside with: mv {path} {path}.damaged"):
            open_it(path)
    assert path.read_bytes() == content


@either
def test_a_newer_format_is_refused_with_the_way_to_mend_it(filled, open_it):
    connection = sqlite3.connect(filled)
    connection.executescript(f"PRAGMA journal_mode=DELETE; PRAGMA user_version={SCHEMA_VERSION + 1}")
    connection.close()
    before = filled.read_bytes()
    with pytest.raises(UserError, match=rf"newer than {SCHEMA_VERSION}.*update .* or set it aside with: mv {filled} "):
        open_it(filled)
    assert filled.read_bytes() == before


def test_no_journal_and_one_without_tables_yet_hold_nothing(path):
    assert finished(path, "0") == finished(path / "below", "0") == {}
    assert not path.exists()
    path.touch()
    assert finished(path, "0") == {}


def test_a_trial_with_a_flipped_bit_is_absent_and_the_others_are_found(filled):
    whole, payload = filled.read_bytes(), trial(1).model_dump_json().encode()
    assert whole.count(payload) == 1
    start = whole.index(payload)
    for place in range(start, start + len(payload), 3):
        damaged = bytearray(whole)
        damaged[place] ^= 0x80 if place % 2 else 1  # no UTF-8 any more, or another letter
        filled.write_bytes(damaged)
        assert finished(filled, "012") == {"0": trial(0), "2": trial(2)}
    assert both(filled, "012") == {"0": trial(0), "2": trial(2)}
    with Journal(filled) as journal:
        journal.add(trial(1))
    assert len(both(filled, "012")) == 3


def test_no_damage_anywhere_in_the_file_changes_a_trial(filled):
    whole, truth = filled.read_bytes(), {str(seed): trial(seed) for seed in range(3)}
    contents = [whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :] for at in range(0, len(whole), 61)]
    for content in contents + [whole[:at] for at in range(0, len(whole), 401)]:
        filled.write_bytes(content)
        with suppress(UserError):
            assert finished(filled, "012").items() <= truth.items()


def test_a_full_disk_is_named_and_costs_no_finished_trial(path):
    pytest.importorskip("resource")
    child = spawn(FILLER, path)
    refused, counts, *opened = child.communicate()[0].splitlines()
    assert child.returncode == 0
    for message in (refused, opened[0], opened[1]):
        assert "the disk is full or faulty: free some space and run again; every finished trial is kept" in message
    added, found, seen = map(int, counts.split())
    assert 0 < added == found == seen
    assert both(path, list(map(str, range(added + 2)))) == {str(seed): trial(seed) for seed in range(added + 1)}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path, path):
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="mend its permissions, or name another folder in REPRO_HOME"):
        Journal(path)
    tmp_path.chmod(0o700)


def test_a_file_in_place_of_the_folder_and_a_folder_in_place_of_the_file_are_refused(tmp_path, path):
    Path(tmp_path, "taken").touch()
    path.mkdir()
    for wrong in (tmp_path / "taken" / "j.sqlite", path):
        with pytest.raises(UserError, match="name another folder in REPRO_HOME"):
            Journal(wrong)


@pytest.mark.parametrize("folder", ["a b", "a?mode=memory", "a#b", "50%25", "é 中 \U0001f642", "x" * 200, "a'b;c"])
def test_any_folder_name_will_do(tmp_path, folder):
    path = tmp_path / folder / "deeper" / "journal.sqlite"
    with Journal(path) as journal:
        journal.add(trial(0))
    assert both(path, "0") == {"0": trial(0)}
