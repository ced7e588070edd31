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
from suite import journal as journal_module
from suite.journal import Journal, finished, state, statuses
from suite.records import SCHEMA_VERSION

SHARED = """
import resource, sys
from pathlib import Path
from common.errors import UserError
from suite.journal import Journal, finished
from common.trials import Trial
path, template, *numbers = Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
def add(seed):
    journal.add(Trial.model_validate_json(template.replace("987654321", str(seed))))
    journal.flush()
"""
WRITER = """
with Journal(path) as journal:
    for seed in range(*numbers):
        add(seed)
        print(seed, flush=True)
    sys.stdin.read()  # holds the journal until told to end
"""
BURST = """
with Journal(path) as journal:
    for seed in range(*numbers):
        journal.add(Trial.model_validate_json(template.replace("987654321", str(seed))))
        print(seed, flush=True)
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
KILLED = """
import os, signal
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
free, most = resource.getrlimit(resource.RLIMIT_FSIZE)
when, *limits = numbers
for limit in limits:
    place, (told, tell) = path.with_name(f"{limit}.sqlite"), os.pipe()
    if not (pid := os.fork()):
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, and then the write fails
        resource.setrlimit(resource.RLIMIT_FSIZE, (free if when else limit, most))
        with Journal(place) as journal:
            for seed in range(when or 1000):
                add(seed)
                os.write(tell, b".")
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))  # closing copies the log into the file
        os._exit(0)
    os.close(tell)
    _, status = os.waitpid(pid, 0)
    print(limit, os.WTERMSIG(status) == signal.SIGXFSZ, len(os.read(told, 9999)))
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


@pytest.fixture
def slow_groups(monkeypatch):
    """Once something is committed the next group is open for an hour."""
    monkeypatch.setattr(journal_module, "GROUP_SECONDS", 3600)


def until(path, keys):
    """Waits until the trials are on disk."""
    end = time.monotonic() + 60
    while len(found := finished(path, keys)) < len(keys):
        assert time.monotonic() < end, f"{len(found)} of {len(keys)} were committed"
        time.sleep(0.01)


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


def test_a_trial_that_ends_alone_is_on_disk_at_once_and_one_right_after_it_with_its_group(path, slow_groups):
    with Journal(path) as journal:
        journal.add(trial(0))
        until(path, "0")
        journal.add(trial(1))
        time.sleep(0.2)
        assert list(finished(path, "01")) == ["0"], "the group is open still"
        journal.flush()
        assert list(finished(path, "01")) == ["0", "1"]
        journal.add(trial(2))
        assert list(journal.find("012")) == ["0", "1", "2"], "the driver finds what it has added"
        journal.add(trial(3))
    assert list(finished(path, "0123")) == ["0", "1", "2", "3"], "closing commits what is left"


def test_an_open_group_is_committed_without_another_call(path):
    with Journal(path) as journal:
        for seed in range(5):
            journal.add(trial(seed))
        until(path, "01234")


def test_trials_that_end_together_share_a_commit(path, monkeypatch):
    groups = []
    commit = journal_module._commit
    monkeypatch.setattr(journal_module, "_commit", lambda c, group: (groups.append(len(group)), commit(c, group)))
    begun = time.monotonic()
    with Journal(path) as journal:
        for seed in range(400):
            journal.add(trial(seed))
            time.sleep(0.0005)
        journal.flush()
    assert sum(groups) == len(finished(path, map(str, range(400)))) == 400
    assert len(groups) <= 2 + (time.monotonic() - begun) / journal_module.GROUP_SECONDS


def test_an_interrupt_and_an_error_cost_no_trial_that_was_added(path, slow_groups):
    def end_amid_a_group(first, error):
        with Journal(path) as journal:
            journal.add(trial(first))
            journal.add(trial(first + 1))
            raise error

    for first, error in ((0, KeyboardInterrupt), (2, ZeroDivisionError)):
        with pytest.raises(error):
            end_amid_a_group(first, error)
    assert len(both(path, "0123")) == 4


def test_a_writer_killed_amid_a_group_loses_the_last_trials_and_no_other(write, path):
    start = 0
    for told in (1, 60, 300):
        writer = spawn(BURST, path, start, 100_000)
        added = [int(writer.stdout.readline()) for _ in range(told)]
        deadline = time.monotonic() + 60
        while not finished(path, [str(start)]) and time.monotonic() < deadline:  # a disk may take long for a group
            time.sleep(0.01)
        writer.send_signal(signal.SIGKILL)
        added += map(int, writer.communicate()[0].split())
        found = finished(path, map(str, range(added[-1] + 100)))
        assert list(found.values()) == [trial(seed) for seed in range(len(found))]
        assert len(found) > start
        start = len(found)  # a lost group is trained again
    assert both(path, found) == found


@pytest.mark.parametrize("when", [0, 40], ids=["its log is written", "the log is copied into the file"])
def test_a_writer_killed_amid_a_write_keeps_what_it_committed_wherever_the_write_was_cut(path, when):
    """The kernel ends a process that writes beyond its limit, after the part of the write that is within it."""
    limits = range(1, 61_000, 2_753) if not when else range(1, 24_000, 1_753)
    child = spawn(KILLED, path, when, *limits)
    lines = [line.split() for line in child.communicate()[0].splitlines()]
    assert child.returncode == 0
    assert [int(limit) for limit, *_ in lines] == list(limits)
    assert all(killed == "True" for _, killed, _ in lines)
    counts = []
    for limit, _, told in lines:
        place = path.with_name(f"{limit}.sqlite")
        with Journal(place) as journal:
            found = journal.find(map(str, range(100)))
            counts.append(len(found))
            assert int(told) <= len(found) <= int(told) + 1, "the last may be committed before it is told"
            assert list(found.values()) == [trial(seed) for seed in range(len(found))]
            journal.add(trial(999))
        assert len(both(place, [*found, "999"])) == len(found) + 1
        assert state(place) == (len(found) + 1, "")
    assert counts == ([40] * len(counts) if when else sorted(counts))
    assert counts[-1] > 3


def test_a_log_torn_at_any_byte_keeps_the_commits_before_the_tear_and_takes_the_next(path):
    log, ends = path.with_name("journal.sqlite-wal"), []
    with Journal(path) as journal:
        for seed in range(3):
            journal.add(trial(seed))
            journal.flush()
            ends.append(log.stat().st_size)
        file, whole = path.read_bytes(), log.read_bytes()
    for tear in [*range(0, len(whole), 1_511), *(end + more for end in ends for more in (-1, 0))]:
        for left in path.parent.glob("journal.*"):
            left.unlink()
        path.write_bytes(file)
        log.write_bytes(whole[:tear])
        before = [str(seed) for seed, end in enumerate(ends) if end <= tear]
        with Journal(path) as journal:
            assert list(journal.find("0129")) == before, tear
            journal.add(trial(9))
        assert both(path, "0129") == {key: trial(int(key)) for key in [*before, "9"]}


@pytest.mark.parametrize(
    ("fault", "told", "words"),
    [
        (sqlite3.OperationalError("database or disk is full"), UserError, "free some space .* all but the last trials"),
        (MemoryError("no"), MemoryError, "no"),
    ],
)
def test_a_group_that_cannot_be_committed_is_told_once_and_is_no_trial(path, monkeypatch, fault, told, words):
    def fail(*_):
        raise fault

    calls = {
        "add": lambda journal: journal.add(trial(9)),
        "flush": Journal.flush,
        "find": lambda journal: journal.find("0"),
        "close": Journal.close,
    }
    for name, call in calls.items():
        with Journal(path.with_name(name)) as journal:
            with monkeypatch.context() as patch:
                patch.setattr(journal_module, "_commit", fail)
                journal.add(trial(0))
                while journal._group or journal._committing:
                    time.sleep(0.001)
            with pytest.raises(told, match=words):
                call(journal)
            if name != "close":
                journal.add(trial(1))
                assert list(journal.find("019")) == ["1"]
        with Journal(path.with_name(name)) as journal:
            assert not journal.find("0"), "closed in spite of the fault"


def test_however_many_keys_are_asked_for_trials_come_in_their_order(path):
    with Journal(path) as journal:
        for seed in range(1203):
            journal.add(trial(seed, curves={}))
    keys = [str(7 * place % 1300) for place in range(1300)]  # every number once
    assert list(both(path, keys)) == [key for key in keys if int(key) < 1203]


def test_statuses_are_those_of_the_trials_that_are_found(filled):
    with Journal(filled) as journal:
        journal.add(trial(3, status="diverged", metrics={}))
        journal.add(trial(4, reason='"status":"killed"'))
    connection = sqlite3.connect(filled)
    connection.execute("UPDATE trials SET payload = replace(payload, 'ok', 'memory') WHERE key = '2'")
    connection.commit()
    connection.close()
    assert statuses(filled, "0123456") == {"0": "ok", "1": "ok", "3": "diverged", "4": "ok"}
    assert statuses(filled, "0123456") == {key: found.status for key, found in finished(filled, "0123456").items()}
    assert statuses(filled.with_name("none"), "0") == {}


def test_a_damaged_journal_is_malformed_unless_it_is_too_large_to_be_looked_through(path, monkeypatch):
    with Journal(path) as journal:
        for seed in range(300):
            journal.add(trial(seed))
    whole = bytearray(path.read_bytes())
    whole[40 * 4096 : 44 * 4096] = bytes(4 * 4096)
    path.write_bytes(whole)
    with pytest.raises(UserError, match="malformed"):
        state(path)
    monkeypatch.setattr(journal_module, "LARGEST_CHECKED", len(whole) - 1)
    assert state(path)[0] > 0


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
        assert "the disk is full or faulty: free some space and run again; all but the last trials to finish" in message
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
