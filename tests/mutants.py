"""What is broken on purpose to see the tests of `FAULTS.md` red, and the command that does it. Outside of the gate.

    python tests/mutants.py            all of them, in a temporary copy of the project, one after the other
    python tests/mutants.py 1 12       those of some rows

Exit code 0 where every mutant turns its test red. Each is a row of the table, a file of the product, a text that stands
in it once, what stands there instead, and the test.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Mutant:
    row: int
    file: str
    old: str
    new: str
    test: str


RECORD_KILLED = (
    "tests/test_killed.py::"
    "test_a_driver_killed_at_any_step_of_the_record_is_healed_by_an_export_and_by_the_same_command"
)
RECORD_TAKEN = "tests/test_record_lock.py::test_who_finds_the_record_taken_is_told_so_and_writes_nothing"
JOURNAL = "tests/test_journal.py::"
WRITE_KILLED = f"{JOURNAL}test_a_writer_killed_amid_a_write_keeps_what_it_committed_wherever_the_write_was_cut"
STALE = "tests/test_faults.py::test_what_changed_since_the_run_is_stale"

MUTANTS = (
    Mutant(1, "suite/pages.py", "write_text(path, text)", 'path.write_text(text, encoding="utf-8")', RECORD_KILLED),
    Mutant(1, "suite/writing.py", "os.replace(name, path)", "shutil.copyfile(name, path)", RECORD_KILLED),
    Mutant(1, "suite/recording.py", "    if same or made is None:\n", "    if not same:\n", RECORD_KILLED),
    Mutant(1, "suite/driving.py", "for trial in trials)\n        rec", "for trial in ())\n        rec", RECORD_KILLED),
    Mutant(1, "suite/journal.py", "journal_mode=WAL", "journal_mode=OFF", WRITE_KILLED),
    Mutant(
        2, "suite/running.py", "done = finished_before(entries, journal, fresh=fresh)", "done: dict[str, Trial] = {}",
        "tests/test_faults.py::test_kill_9_at_any_moment_loses_nothing",
    ),
    Mutant(
        3, "suite/workers.py", "queue.put_back(task)", "pass",
        "tests/test_bit_equality.py::test_a_worker_killed_amid_training_leaves_the_bits_of_one_that_was_not",
    ),
    Mutant(
        4, "suite/journal.py", "journal_mode=WAL", "journal_mode=MEMORY",
        f"{JOURNAL}test_a_log_torn_at_any_byte_keeps_the_commits_before_the_tear_and_takes_the_next",
    ),
    Mutant(
        5, "suite/journal.py", "digest == sha256(payload)", "payload",
        f"{JOURNAL}test_a_trial_with_a_flipped_bit_is_absent_and_the_others_are_found",
    ),
    Mutant(
        6, "suite/journal.py", "except (sqlite3.Error, OSError) as error", "except OSError as error",
        f"{JOURNAL}test_what_is_not_a_journal_is_refused_and_left_as_it_is",
    ),
    Mutant(
        6, "suite/recording.py",
        'write_text(folder / "table.csv", tables.comma_separated(tables.check_rows(described), tables.CHECKS))',
        "pass",
        "tests/test_faults.py::test_a_damaged_file_of_the_record_is_named_and_made_again_or_left_to_git",
    ),
    Mutant(
        7, "suite/journal.py", "            self._lock.acquire(timeout=0)\n", "",
        "tests/test_faults.py::test_a_second_driver_is_told_who_holds_the_journal",
    ),
    Mutant(7, "suite/locking.py", "held.enter_context(lock.acquire(timeout=SOON))", "pass", RECORD_TAKEN),
    Mutant(7, "suite/recording.py", "@alone()\ndef write_index", "def write_index", RECORD_TAKEN),
    Mutant(7, "suite/recording.py", "@alone()\ndef keep", "def keep", RECORD_TAKEN),
    Mutant(7, "suite/adopting.py", "@alone()\n", "", RECORD_TAKEN),
    Mutant(
        8, "suite/journal.py", "self._lock.acquire(timeout=0)", "if holder.exists(): raise Timeout('')",
        f"{JOURNAL}test_a_second_driver_is_refused_by_the_name_of_the_first_and_let_in_after_its_death",
    ),
    Mutant(
        9, "suite/journal.py", '    connection.execute("BEGIN IMMEDIATE")\n',
        '    for key, _, _ in group:\n'
        '        connection.execute("INSERT INTO trials VALUES (?, ?, ?)", (key, "", sha256("")))\n'
        '    connection.execute("BEGIN IMMEDIATE")\n',
        f"{JOURNAL}test_ten_onlookers_see_whole_trials_while_one_process_writes",
    ),
    Mutant(
        10, "suite/writing.py", "            make(made)\n",
        "            [make(place) for place in (path, Path(name))]\n",
        "tests/test_killed.py::test_a_full_disk_amid_an_export_leaves_every_file_whole_and_the_next_export_heals_it",
    ),
    Mutant(
        10, "suite/journal.py", '("disk is full", ', "(",
        f"{JOURNAL}test_a_group_that_cannot_be_committed_is_told_once_and_is_no_trial",
    ),
    Mutant(
        11, "suite/driving.py", "        check_writable([", "        list([",
        "tests/test_faults.py::test_a_file_in_place_of_a_folder_is_found_before_anything_is_trained",
    ),
    Mutant(
        12, "suite/interrupts.py", "signal.signal(number, signal.SIG_IGN)", "pass",
        "tests/test_killed.py::test_ctrl_c_again_and_again_ends_at_once_and_leaves_no_worker_and_a_whole_store",
    ),
    Mutant(
        12, "suite/interrupts.py", "sys.unraisablehook = again", "pass",
        "tests/test_interrupts.py::test_an_interrupt_while_a_library_is_loaded_has_the_same_exit_code",
    ),
    Mutant(
        12, "suite/cli.py", "return TERMINATED if interrupts.Terminated.came else INTERRUPTED", "return INTERRUPTED",
        "tests/test_command.py::test_a_signal_ends_a_run_that_can_go_on",
    ),
    Mutant(
        12, "suite/writing.py", "            if not announced:\n", "            if True:\n",
        "tests/test_killed.py::test_what_stops_a_first_file_of_evidence_leaves_none_that_is_missing",
    ),
    Mutant(
        12, "suite/writing.py", "                announced = True\n                announce(made)\n",
        "                announce(made)\n                announced = True\n",
        "tests/test_killed.py::test_what_stops_a_first_file_of_evidence_leaves_none_that_is_missing",
    ),
    Mutant(
        13, "suite/workers.py", "queue.put_back(task)", "pass",
        "tests/test_workers.py::test_a_task_that_kills_its_worker_is_rerun_once_and_then_fails_alone",
    ),
    Mutant(
        14, "suite/workers.py", 'yield Failed(task, "timeout"', 'yield Failed(task, "killed"',
        "tests/test_workers.py::test_a_task_that_hangs_is_stopped_and_the_others_finish",
    ),
    Mutant(
        15, "suite/running.py", "lanes=entry.arm.lanes // 2)", "lanes=entry.arm.lanes - 1)",
        "tests/test_faults.py::test_an_arm_that_does_not_fit_is_run_again_with_half_the_lanes",
    ),
    Mutant(
        16, "common/engine/jax_engine.py", "        diverged = np.atleast_1d(state.diverged)\n",
        "        diverged = np.full(running.shape, np.any(state.diverged))\n",
        "tests/test_training.py::test_one_poisoned_seed_leaves_the_rest_bit_equal_and_is_recorded_with_its_step",
    ),
    Mutant(
        17, "suite/judging.py", "if rows and not all(row.failed for row in rows) and not any(", "if rows and not any(",
        "tests/test_verdicts.py::test_a_metric_that_only_failed_seeds_lack_is_no_fault",
    ),
    Mutant(
        18, "suite/records.py", "allow_nan=False", "allow_nan=True",
        "tests/test_records.py::test_no_json_holds_what_json_cannot",
    ),
    Mutant(
        19, "suite/judging.py", '("doubled", doubled), ("missing", missing)', '("missing", missing)',
        "tests/test_verdicts.py::test_evidence_other_than_declared_is_invalid_even_where_stale",
    ),
    Mutant(
        19, "suite/tampering.py", "for entry in judgements.unlike(own, judgements.held(own)):", "for entry in ():",
        "tests/test_tampering.py::test_no_run_adds_to_an_edited_record",
    ),
    Mutant(
        19, "suite/tampering.py", "if not (spoilt and judgements.regained(own, entry)):", "if not spoilt:",
        "tests/test_laundering.py::test_a_run_of_the_whole_record_takes_no_edited_trial_with_a_hash_of_its_own",
    ),
    Mutant(
        19, "suite/judgements.py", "sorted(lacking | {", "sorted({",
        "tests/test_laundering.py::test_who_takes_away_what_studies_were_judged_by_hides_no_edit",
    ),
    Mutant(
        20, "common/study.py", "        check_seeds(self.seeds)\n", "",
        "tests/test_command.py::test_bad_seeds_are_refused_by_name",
    ),
    Mutant(
        21, "suite/records.py", "sha256(canonical_json(locals()))", 'sha256(canonical_json({**locals(), "lanes": 1}))',
        "tests/test_records.py::test_every_part_of_an_identity_changes_the_key",
    ),
    Mutant(22, "suite/evidence.py", "made.claims.get(claim.id) != claim.sha256()", "False", STALE),
    Mutant(23, "suite/evidence.py", "made.code_sha256 != registry.code_now(name, question)", "False", STALE),
    Mutant(
        25, "suite/judging.py", "else (low > bar, high < bar)", "else (high > bar, low < bar)",
        "tests/test_judging.py::test_each_bar_is_decided_by_the_known_counts",
    ),
    Mutant(
        28, "common/datasets.py", 'agree("sha256 of the decoded arrays", arrays_sha256(*arrays), SHA256[name])', "pass",
        "tests/test_datasets.py::test_flipped_pixel_in_the_cache_is_refused",
    ),
    Mutant(
        29, "tests/offline/sitecustomize.py", "sys.addaudithook(refuse)", "pass",
        "tests/test_offline.py::test_whoever_calls_another_machine_fails",
    ),
    Mutant(
        30, "common/decoding.py", "np.load(opened, allow_pickle=False)", "np.load(opened, allow_pickle=True)",
        "tests/test_datasets.py::test_damaged_cache_is_refused_set_aside_and_made_again",
    ),
    Mutant(
        35, "suite/ray_cluster.py", 'if not backend.installed("ray"):', "if False:",
        "tests/test_ray.py::test_what_is_asked_of_ray_and_cannot_be_is_said_in_one_line",
    ),
    Mutant(
        36, "common/engine/backend.py", "if requested and environment and requested != environment", "if False",
        "tests/test_command.py::test_a_backend_in_conflict_with_the_environment_names_both",
    ),
    Mutant(
        37, "suite/journal.py", "if version > SCHEMA_VERSION:", "if False:",
        f"{JOURNAL}test_a_newer_format_is_refused_with_the_way_to_mend_it",
    ),
    Mutant(
        38, "suite/executing.py", "else time.process_time", "else time.time",
        "tests/test_surroundings.py::test_a_clock_that_jumps_back_makes_no_duration_negative_and_changes_no_order",
    ),
    Mutant(
        39, "suite/journal.py", "path.absolute().as_uri()", "'file:' + str(path.absolute())",
        f"{JOURNAL}test_any_folder_name_will_do",
    ),
    Mutant(
        39, "suite/output.py", "        if not _holds_all(stream.encoding):", "        if False:",
        "tests/test_machines.py::test_output_that_is_not_utf_8_takes_all_that_is_said",
    ),
    Mutant(
        40, "suite/provenance.py", 'return "" if found in oldest else found', "return found",
        "tests/test_surroundings.py::test_a_shallow_clone_claims_no_commit_for_thresholds_that_may_be_older",
    ),
    Mutant(
        40, "suite/provenance.py", "    except (OSError, subprocess.CalledProcessError):", "    except OSError:",
        "tests/test_surroundings.py::test_without_git_or_a_commit_nothing_is_told_and_nothing_fails",
    ),
    Mutant(
        41, "suite/page/site.py", "autoescape=True", "autoescape=False",
        "tests/test_site.py::test_hostile_text_changes_no_tag_and_no_attribute_of_any_page",
    ),
    Mutant(
        42, "common/attacks.py", "return wrong & within_budget(moved, x, epsilon, clip=clip)", "return wrong",
        "tests/test_attacks.py::test_a_success_outside_the_budget_does_not_count",
    ),
    Mutant(
        43, "common/attacks.py", "change = ops.max(ops.abs(moved - x), axis=-1)",
        "change = ops.zeros_like(moved[:, 0])",
        "tests/test_attacks.py::test_a_faulty_attack_finds_no_planted_example",
    ),
)  # fmt: skip


def copied(folder: Path) -> Path:
    """A copy of all that git knows or would take, as it stands in the work tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, folder / name)
    return folder


def turns_red(mutant: Mutant, copy: Path) -> bool:
    """Whether the test fails, and does so by itself: pytest's exit code is 1 for nothing else."""
    file = copy / mutant.file
    whole = file.read_text(encoding="utf-8")
    assert whole.count(mutant.old) == 1, f"row {mutant.row}: {mutant.old!r} does not stand once in {mutant.file}"
    text = whole.replace(mutant.old, mutant.new)
    file.write_text(text if "shutil." not in mutant.new else f"import shutil\n{text}", encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-n0", "-q", "-x", "-p", "no:cacheprovider", mutant.test],
            cwd=copy, env=os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode not in (0, 1):
            print(done.stdout[-2000:])
        return done.returncode == 1
    finally:
        file.write_text(whole, encoding="utf-8")


def main(rows: list[int]) -> int:
    green = 0
    with tempfile.TemporaryDirectory() as temporary:
        copy = copied(Path(temporary))
        for mutant in MUTANTS:
            if not rows or mutant.row in rows:
                red = turns_red(mutant, copy)
                green += not red
                print(
                    f"{'red' if red else 'GREEN':<6} row {mutant.row:<3} {mutant.file}: {mutant.new.strip()[:50]!r}",
                    flush=True,
                )
    return 1 if green else 0


if __name__ == "__main__":
    sys.exit(main([int(word) for word in sys.argv[1:]]))
