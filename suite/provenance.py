"""What a run records about its circumstances: commit, versions, machine. No host, user or home path. No Keras."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from common.engine.backend import accelerator
from common.errors import UserError
from common.study import Tier
from common.trials import NUMERICS
from suite import evidence, registry
from suite.records import Provenance

PACKAGES = ("keras", "jax", "jaxlib", "tensorflow", "torch", "numpy", "scipy")
FLAGS = ("KERAS_BACKEND", "XLA_FLAGS", "NPROC", "OMP_NUM_THREADS", "JAX_PLATFORMS")


def commit() -> tuple[str, bool]:
    """The commit of the code, and whether it is what runs; ("none", False) without git.

    Recording one study rewrites `results/` and the pages, which does not make the next one's code another.
    """
    head = _git("rev-parse", "HEAD")
    if head is None:
        return "none", False
    return head, _git("status", "--porcelain", "--untracked-files=no", "--", ":!results", ":!*.md") == ""


def refuse_uncommitted_claims(names: list[str]) -> None:
    """A full run needs the thresholds on record beforehand.

    Raises:
        UserError: a `claims.py` differs from its commit, or there is no commit to compare with.
    """
    for name in names:
        path = f"reproductions/{name}/claims.py"
        if _git("ls-files", "--error-unmatch", path) is None or _git("status", "--porcelain", "--", path) != "":
            raise UserError(
                f"{path} is not committed, so its thresholds are not fixed; commit it, then run the full tier."
            )


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=registry.ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def describe(name: str, question: str, tier: Tier, *, backend: str, data: tuple[str, str], workers: int) -> Provenance:
    """The circumstances of a study that runs now; `data` is the name and hash of its data set."""
    head, clean = commit()
    return Provenance(
        study=question,
        tier=tier,
        commit=head,
        clean=clean,
        claims={c.id: c.sha256() for c in registry.claims(name) if question in c.studies()},
        code_sha256=registry.study_sha256(name, question),
        numerics=NUMERICS,
        backend=backend,
        dataset=data[0],
        data_sha256=data[1],
        date=datetime.now(UTC).date().isoformat(),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        cpu=cpu(),
        cores=os.cpu_count() or 1,
        workers=workers,
        packages=packages(),
        accelerator=accelerator(backend),
        flags={name: os.environ[name] for name in FLAGS if name in os.environ},
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def of_record(name: str, now: Provenance) -> Provenance:
    """The circumstances under which the trials on record were made, when a run had nothing left to train."""
    made = evidence.read_provenance(name).get(now.study)
    if made is None or made.code_sha256 != now.code_sha256:
        return now
    if made.claims == now.claims:
        return made
    return made.model_copy(update={"claims": now.claims, "judged_commit": now.commit})


def packages() -> dict[str, str]:
    """The versions of what decides a trial's numbers, where installed."""
    return {package: found for package in PACKAGES if (found := _version(package))}


def cpu() -> str:
    """The processor's model name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
