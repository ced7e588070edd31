"""The script for a GPU runs both tiers and packs the record alone. No GPU is at hand: here it does so on the CPU."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parent.parent / "docs/accelerator.sh"


def packed(stub: Any, *claims: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "REPRO_", "STUB_"))}
    own = {"REPRO_HOME": str(stub.root / "home"), "REPRO_RESULTS": str(stub.root / "results"), "PYTHON": sys.executable}
    own |= {"STUB_LOG": str(stub.root / "log"), "REPRO_CACHE": str(stub.root / "cache"), "JAX_PLATFORMS": "cpu"}
    script = stub.root / "docs/accelerator.sh"
    command = ["bash", str(script), str(stub.root / "out.tar.gz"), *claims]
    return subprocess.run(command, env=kept | own | variables, capture_output=True, text=True, check=False)


def test_both_tiers_are_run_and_the_record_alone_is_packed(stub: Any) -> None:
    (stub.root / "docs").mkdir()
    shutil.copy(SCRIPT, stub.root / "docs")
    done = packed(stub)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("trains on the CPU\n")
    assert "36 trained, 0 from the record." in done.stderr
    assert "0 trained, 36 from the record." in done.stderr, "the gpu tier of the stub has the arms of the full one"
    assert len(stub.log()) == 36
    with tarfile.open(stub.root / "out.tar.gz") as archive:
        files = {member.name for member in archive if member.isfile()}
    assert {f"results/stub/{name}" for name in ("trials.csv", "verdicts.json", "provenance.json")} <= files
    assert {Path(name).parts[0] for name in files} == {"results"}
    assert packed(stub).returncode == 0
    assert len(stub.log()) == 36, "the same line goes on, and all is there"


def test_a_machine_whose_gpu_jax_would_not_use_is_refused_before_anything_runs(stub: Any) -> None:
    (stub.root / "docs").mkdir()
    shutil.copy(SCRIPT, stub.root / "docs")
    backend = stub.root / "common/engine/backend.py"
    backend.write_text(backend.read_text().replace('Path("/proc/driver/nvidia/gpus")', 'Path("/nowhere")'))
    done = packed(stub, JAX_PLATFORMS="")
    assert (done.returncode, stub.log()) == (2, [])
    assert done.stderr.startswith("JAX would use no GPU here: repro doctor says why.")
