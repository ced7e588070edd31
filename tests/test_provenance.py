"""The record tells all that decides its numbers, and nothing of whose machine it was."""

import json
import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from made_up import check, claim, provenance

from common.engine.backend import worker_environment
from suite import auditing, evidence, machine
from suite import provenance as circumstances

SECRETS = ("host-of-secrets", "user-of-secrets", "home-of-secrets", "token-of-secrets", "remote.of.secrets")
HOST, USER, HOME, TOKEN, REMOTE = SECRETS
SITE = f"""
import getpass, os, socket
names = os.uname()
os.uname = lambda: os.uname_result((names.sysname, {HOST!r}, names.release, names.version, names.machine))
socket.gethostname = socket.getfqdn = lambda *_: {HOST!r}
getpass.getuser = os.getlogin = lambda: {USER!r}
"""


def test_a_record_tells_all_that_decides_its_numbers_and_nothing_of_whose_machine_it_was(
    stub: Any, tmp_path: Path
) -> None:
    home = tmp_path / HOME
    (home / "site").mkdir(parents=True)
    (home / "site/sitecustomize.py").write_text(SITE)
    stub.git("remote", "add", "origin", f"https://{USER}:{TOKEN}@{REMOTE}/project.git")
    stub.git("config", "user.name", USER)
    flags = f"--xla_dump_to={home}/dump --xla_cpu_multi_thread_eigen=false"
    secret = {"HOME": str(home), "USER": USER, "LOGNAME": USER, "HOSTNAME": HOST, "GITHUB_TOKEN": TOKEN}
    done = stub.run(
        "run", "stub-echo", "--tier", "full", "--workers", "1", XLA_FLAGS=flags, PYTHONPATH=str(home / "site"), **secret
    )
    assert done.returncode == 0, done.stderr
    written = [path for path in (*stub.results.rglob("*"), *stub.root.glob("home/journal.*")) if path.is_file()]
    assert len(written) > 10
    for path in written:
        content = path.read_bytes().lower()
        assert [word for word in SECRETS if word.encode() in content] == [], path.name
    made = json.loads((stub.results / "stub/provenance.json").read_text())["echo"]
    assert made["flags"]["XLA_FLAGS"] == "--xla_dump_to=<path> --xla_cpu_multi_thread_eigen=false"
    needed = {"keras", "jax", "jaxlib", "numpy", "scipy", "scikit-learn", "tensorflow"}
    assert {name: made["packages"][name] for name in needed} == {name: version(name) for name in needed}
    assert (made["python"], made["backend"], made["cpu"]) == (platform.python_version(), "jax", circumstances.cpu())
    assert {"NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"} <= made["flags"].keys()
    assert made["settings"] == {"only": {"arm": "only"}}
    assert 20 < made["peak_megabytes"] < 4000
    assert re.fullmatch("[0-9a-f]{40}", made["commit"])
    assert made["clean"] is True
    for trial in evidence.read_trials(stub.results / "stub/trials.csv"):
        assert (trial.tier, trial.backend, trial.dataset, trial.lanes) == ("full", "jax", "synthetic", 1)
        assert trial.seconds >= 0


def test_every_variable_that_a_run_sets_and_that_may_change_a_number_is_told() -> None:
    silent = {"TF_CPP_MIN_LOG_LEVEL"}  # what is printed
    cache = {name for name in worker_environment(Path("cache")) if "CACHE" in name}
    assert set(worker_environment(Path("cache"))) - cache - silent <= set(circumstances.FLAGS)


def test_the_memory_of_a_process_is_its_own_and_not_that_of_the_one_that_started_it(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmPeak:\t  9000000 kB\nVmHWM:\t  500000 kB\nVmRSS:\t 1 kB\n")
    assert machine.peak_megabytes(status) == 512.0
    elsewhere = machine.peak_megabytes(tmp_path / "absent")
    assert 20 < elsewhere < 100_000
    if sys.platform == "linux":
        assert machine.peak_megabytes() == pytest.approx(elsewhere, rel=0.5) or machine.peak_megabytes() < elsewhere


def test_a_batch_adds_its_arms_and_the_largest_memory_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = claim(check("c"))
    facts = ({"a": {"rate": 1}}, 900.0), ({"b": {"rate": 2}}, 700.0)
    made, now = (provenance(wanted, settings=s, peak_megabytes=m)["s"] for s, m in facts)
    for old in (made, provenance(wanted)["s"]):
        monkeypatch.setattr(evidence, "read_provenance", lambda name, old=old: {"s": old})
        joined = circumstances.joined("made_up", now, trained=True)
        assert joined.settings == old.settings | {"b": {"rate": 2}}
        assert joined.peak_megabytes == (900.0 if old is made else 700.0)
        assert circumstances.joined("made_up", now, trained=False) == old


def test_a_record_that_names_fewer_packages_is_still_of_the_same_kind_of_machine() -> None:
    packages = circumstances.packages()
    made = provenance(claim(check("c")), cpu=circumstances.cpu(), packages=packages)["s"]
    older = {name: found for name, found in packages.items() if name != "scikit-learn"}
    assert auditing.same_kind(made.model_copy(update={"packages": older}), "jax")
    for other in (older | {"scikit-learn": "0.1"}, older | {"jax": "0.1"}, {**older, "jax": ""}):
        assert not auditing.same_kind(made.model_copy(update={"packages": other}), "jax")
