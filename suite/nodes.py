"""What a node of a cluster must share with the driver, so that its trials belong to one record; and what is sent to it.

No ML library.
"""

import hashlib
import os
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path

from common import datasets
from common.decoding import POLARITY_FILES
from common.engine import backend
from common.home import keep_libraries_at_home
from common.trials import NUMERICS
from suite import provenance, registry

PACKAGES = ("common", "suite", "reproductions")
DATA = "data"  # beside the packages, on a node that was sent data
AWAY = "~/.cache/dl-reproductions"  # where a node keeps compiled programs, unless its REPRO_HOME says otherwise


def facts() -> dict[str, str]:
    """All that may change a trial's numbers, as it is here. Every copy of data is hashed again when it is read.

    Raises:
        UserError: the settings for data are at fault.
    """
    data = {name: "at hand" if datasets.at_hand(name) else "missing" for name in datasets.SHA256}
    return {
        "python": platform.python_version(),
        **provenance.packages(),
        "numerics": str(NUMERICS),
        "code": _code_sha256()[:12],
        **data,
        "images": datasets.image_data_name_and_hash()[0],
        "system": f"{platform.system()} {platform.machine()}",
        "processor": provenance.cpu(),
        "accelerator": backend.accelerator(os.environ.get("KERAS_BACKEND", "jax")) or "none",
    }


def differing(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """What differs between two nodes, in words; empty where nothing does."""
    names = [name for name in {**here, **there} if there.get(name) != here.get(name)]
    return ", ".join(
        f"{name} is {there.get(name, 'missing')} there, {here.get(name, 'missing')} here" for name in names
    )


def pack(folder: Path, *, data: bool) -> None:
    """Copies what trains into an empty folder, with `data` the data sets at hand too, each verified."""
    for package in PACKAGES:
        shutil.copytree(registry.ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    if not data:
        return
    (folder / DATA).mkdir()
    for name in datasets.VERSIONS:
        if datasets.at_hand(name):
            datasets.load_arrays(name)  # decodes into the cache what is not there yet
            shutil.copy(datasets.decoded(name), folder / DATA)
    for file in POLARITY_FILES if datasets.at_hand(datasets.POLARITY) else ():
        shutil.copy(datasets.polarity_dir() / file, folder / DATA)


def settle() -> None:
    """Sets a process on a node up as a worker of the pool is; what the driver sent comes before what is there."""
    sent = registry.ROOT / DATA
    if sent.is_dir():
        os.environ |= {"REPRO_CACHE": str(sent), "MR_DATA_DIR": str(sent)}
    os.environ.setdefault("REPRO_HOME", str(Path(AWAY).expanduser()))
    os.environ.update(backend.worker_environment(registry.home() / "programs"))
    keep_libraries_at_home()


def _code_sha256() -> str:
    """Of every program here: a study's own hash leaves out the engine, of which `NUMERICS` speaks."""
    total = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((registry.ROOT / package).rglob("*.py")):
            total.update(path.relative_to(registry.ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()
