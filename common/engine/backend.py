"""Chooses the Keras backend, threads and determinism. Everything here must happen before Keras is imported.

Nothing in this module imports an ML library, so the light commands can ask which backend a run would use.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from common.errors import UserError, nearest

BACKENDS = ("jax", "tensorflow", "torch")
GPUS = ("/proc/driver/nvidia/gpus", "/dev/nvidia0", "/dev/dxg")  # as Linux, containers and WSL show them
_WRITTEN_BY_KERAS = {
    "floatx": "float32",
    "epsilon": 1e-07,
    "backend": "tensorflow",
    "image_data_format": "channels_last",
}


def choose(requested: str | None = None) -> str:
    """Names the backend a run will use, and sets `KERAS_BACKEND` to it.

    The first that speaks wins: `requested`, `KERAS_BACKEND`, `~/.keras/keras.json`, then JAX, then TensorFlow.

    Raises:
        UserError: unknown or missing backend; `requested` and `KERAS_BACKEND` differ; Keras is already imported
            with another backend; `JAX_PLATFORMS` asks for a GPU that is not there.
    """
    environment = os.environ.get("KERAS_BACKEND")
    for source, name in (("--backend", requested), ("KERAS_BACKEND", environment)):
        if name is not None and name not in BACKENDS:
            hint = nearest(name, BACKENDS, otherwise=f"choose one of {', '.join(BACKENDS)}.")
            raise UserError(f"unknown backend {name!r} in {source}; {hint}")
    if requested and environment and requested != environment:
        raise UserError(
            f"--backend {requested} conflicts with KERAS_BACKEND={environment}; "
            f"drop one of them (for example: unset KERAS_BACKEND)."
        )
    name = requested or environment or _from_keras_config() or ("jax" if installed("jax") else "tensorflow")
    if not installed(name):
        raise UserError(
            f"backend {name} is not installed; choose another with --backend or KERAS_BACKEND, or type: "
            f"pip install {name}"
        )
    if "keras" in sys.modules:
        loaded = sys.modules["keras"].backend.backend()
        if loaded != name:
            raise UserError(f"Keras is already loaded with backend {loaded}; start a new process for {name}.")
    if name == "jax":
        _refuse_absent_gpu()
    os.environ["KERAS_BACKEND"] = name
    return name


def _refuse_absent_gpu() -> None:
    """JAX would say so as well, in the midst of a traceback, and only once a study trains.

    Raises:
        UserError: `JAX_PLATFORMS` asks for CUDA alone, and its plugin or a GPU is missing.
    """
    asked = os.environ.get("JAX_PLATFORMS", "")
    if asked not in ("cuda", "gpu"):
        return
    mend = "unset JAX_PLATFORMS to train on the CPU"
    if not _cuda_plugin():
        raise UserError(
            f"JAX_PLATFORMS is {asked}, and JAX's plugin for it is not installed; {mend}, or type: "
            f"pip install 'jax[cuda12]'"
        )
    if not any(Path(place).exists() for place in GPUS):
        raise UserError(f"JAX_PLATFORMS is {asked}, and this machine shows no NVIDIA GPU; {mend}.")


def installed(name: str) -> bool:
    """Whether a package is there. Imports nothing."""
    return importlib.util.find_spec(name) is not None


def _cuda_plugin() -> bool:
    return any(installed(f"jax_cuda{version}_plugin") for version in (12, 13))


def _from_keras_config() -> str | None:
    """The backend a person wrote into `keras.json`.

    Keras writes that file by itself at its first import, naming TensorFlow whatever backend is in use; a file that
    still says just that is nobody's choice.
    """
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    try:
        settings = json.loads((home / "keras.json").read_text())
    except (OSError, ValueError):
        return None
    if not isinstance(settings, dict) or settings == _WRITTEN_BY_KERAS:
        return None
    name = settings.get("backend")
    return name if name in BACKENDS and installed(name) else None


def accelerator(used: str, drivers: Path = Path("/proc/driver/nvidia/gpus")) -> str:
    """The model of the GPU that a run on backend `used` will train on; empty where it will use the CPU.

    One worker fills a GPU, with as many lanes as its memory holds; on a CPU there is one worker a core.
    """
    if used != "jax" or not _cuda_plugin() or os.environ.get("JAX_PLATFORMS", "").startswith("cpu"):
        return ""
    for information in sorted(drivers.glob("*/information")):
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("Model:"):
                return line.removeprefix("Model:").strip()
    return ""


def worker_environment(cache: Path) -> Mapping[str, str]:
    """Variables for a process that trains on one core: one thread a library, compiled programs kept in `cache`.

    A process per core beats one process over all cores for the small models of this suite: their matrix
    products are too short to be worth splitting.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if "xla_cpu_multi_thread_eigen" not in flags:
        flags = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
    return {
        "KERAS_BACKEND": os.environ.get("KERAS_BACKEND", "jax"),
        "XLA_FLAGS": flags,
        # XLA orders its sums by the number of cores it sees, which pinning changes: this makes it count one.
        "NPROC": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3"),
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "JAX_COMPILATION_CACHE_DIR": str(cache),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
