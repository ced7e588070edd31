"""The engine's numbers are those on file as long as `NUMERICS` stays as it is.

A change that is meant to alter them raises `NUMERICS` in `common/trials.py`. Then the file is written anew, in the
same commit: `python tests/test_numerics.py --write`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from common.engine import backend
from common.trials import NUMERICS
from suite import provenance, registry, sources

FILE, PROBE = Path(__file__).with_name("numerics.json"), Path(__file__).with_name("numerics_probe.py")
DECIDE = ("keras", "jax", "jaxlib", "numpy")
COMPUTES = {"attacks", "callbacks", "constraints", "gradients", "sequences", "training", "variants"}
OTHERWISE = {  # of what studies import from `common`, what the probe need not run
    "datasets": "its arrays are hashed, and the hash is in every key",
    "records": "it computes nothing",
    "statistics": "held against other libraries and exact values in its own tests",
    "study": "it computes nothing",
    "timing": "a time is another each time",
    "updates": "held against the weights of each step, by plain Keras, in its own tests",
}


def measure() -> dict[str, Any]:
    """The probe's numbers, and what may decide their last bits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "jax")
        environment = os.environ | backend.worker_environment(registry.home() / "programs")
    environment |= {"PYTHONPATH": str(registry.ROOT)}
    done = subprocess.run([sys.executable, str(PROBE)], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    versions = {package: found for package, found in provenance.packages().items() if package in DECIDE}
    return {
        "numerics": NUMERICS,
        "cpu": f"{provenance.cpu()} {instructions()}".strip(),
        "packages": versions,
        "metrics": json.loads(done.stdout.splitlines()[-1]),
    }


def instructions() -> str:
    """The widest vectors of the processor, which order sums: one model name may stand for several."""
    try:
        words = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        return ""
    return " ".join(sorted(words & {"avx2", "avx512f", "avx512_bf16", "amx_bf16", "fma"}))


def differences(found: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """What departs, as `lstm 0: test_loss is 0.25 and was 0.24`: at all where the machine is the same, else by 1e-4."""
    same = all(found[key] == kept[key] for key in ("cpu", "packages"))
    if found["metrics"].keys() != kept["metrics"].keys():
        return ["the file holds other experiments than the probe"]
    return [
        f"{run}: {name} is {metrics.get(name)} and was {value}"
        for run, metrics in found["metrics"].items()
        for name, value in kept["metrics"][run].items()
        if metrics.get(name) != (value if same else pytest.approx(value, rel=1e-4))
    ]


def test_the_numbers_are_those_on_file() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    assert kept["numerics"] == NUMERICS, "NUMERICS was raised; write its numbers: python tests/test_numerics.py --write"
    departed = differences(measure(), kept)
    assert not departed, (
        "trials come out otherwise than those on record: undo what did it, or raise NUMERICS in common/trials.py "
        "and write the file anew: python tests/test_numerics.py --write\n" + "\n".join(departed)
    )


def test_a_number_that_changed_by_one_bit_is_named() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    run, name = "lstm 0", "test_loss"
    value = kept["metrics"][run][name]

    def changed(by: float, **facts: Any) -> list[str]:
        metrics = kept["metrics"] | {run: kept["metrics"][run] | {name: value * (1 + by)}}
        return differences(kept | {"metrics": metrics} | facts, kept)

    assert changed(0.0) == changed(0.0, cpu="another") == changed(5e-5, cpu="another") == []
    assert changed(1e-15)[0].startswith("lstm 0: test_loss is ")
    assert len(changed(2e-4, packages={"jax": "9"})) == 1


def test_the_probe_runs_all_that_studies_import() -> None:
    imported = {
        module.split(".")[1]
        for name in registry.names()
        for question in registry.study_names(name)
        for path in sources.files(name, question)
        for module in sources.modules(path)
        if module.startswith("common.")
    }
    probe = {module.split(".")[1] for module in sources.modules(PROBE) if module.startswith("common.")}
    assert imported <= COMPUTES | OTHERWISE.keys()
    assert probe >= COMPUTES - {"gradients"}, "which attacks run"


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/test_numerics.py --write")
    FILE.write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
    print(f"wrote {FILE}: the numbers of NUMERICS {NUMERICS}")
