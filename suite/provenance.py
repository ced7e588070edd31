"""What a run records about its circumstances: commit, versions, machine. No host, user or home path. No Keras."""

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from common.engine.backend import accelerator
from common.errors import UserError
from common.study import Tier
from common.trials import NUMERICS
from suite import evidence, registry
from suite.claims import Claim
from suite.escaping import pathless
from suite.records import Provenance

PACKAGES = ("keras", "jax", "jaxlib", "tensorflow", "torch", "numpy", "scipy", "scikit-learn")
FLAGS = (
    "KERAS_BACKEND", "XLA_FLAGS", "NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS", "TF_ENABLE_ONEDNN_OPTS", "TF_DETERMINISTIC_OPS", "JAX_PLATFORMS", "JAX_ENABLE_X64",
    "JAX_DEFAULT_MATMUL_PRECISION", "NVIDIA_TF32_OVERRIDE",
)  # fmt: skip
"""The variables that a record may tell of: what a run sets, and what may change a number."""


def commit() -> tuple[str, bool]:
    """The commit of the code, and whether it is what runs; ("none", False) without git.

    Recording one study rewrites `results/` and the pages, which does not make the next one's code another.
    """
    head = _git("rev-parse", "HEAD")
    if head is None:
        return "none", False
    return head, _git("status", "--porcelain", "--untracked-files=no", "--", ":!results", ":!*.md") == ""


def refuse_uncommitted(names: list[str]) -> None:
    """A full run needs the thresholds, and the code that will be on record, to be those of a commit.

    Raises:
        UserError: a `claims.py`, a study or the machinery differs from its commit, or there is no git or no commit.
    """
    if shutil.which("git") is None:
        raise UserError(
            "the full tier records the commit that it ran, and git is not installed: install it (apt install git, brew "
            "install git), or run the quick tier, which needs none."
        )
    if _git("rev-parse", "HEAD") is None:
        raise UserError(
            f"the full tier records the commit that it ran, and {registry.ROOT} is no git checkout with a commit: run "
            f"it in a clone of the project, or run the quick tier, which needs none."
        )
    for name in names:
        path = f"reproductions/{name}/claims.py"
        if _git("ls-files", "--error-unmatch", path) is None or _git("status", "--porcelain", "--", path) != "":
            raise UserError(
                f"{path} is not committed, so its thresholds are not fixed; commit it, then run the full tier."
            )
        for folder in (f"reproductions/{name}", "common", "suite"):
            changed = _git("status", "--porcelain", "--", folder, ":!*.md") or ""
            if changed:
                file = changed.splitlines()[0][2:].strip()
                raise UserError(
                    f"{file} is not committed, and the record names the commit that trained; commit it, then run the "
                    f"full tier."
                )


def fixed(name: str, claim: Claim) -> str:
    """The commit that gave a claim its present checks, however often its wording changed since; empty without git, and
    where a shallow clone does not reach back so far.

    Each older `claims.py` is read again as it was, as far back as today's `suite.claims` can read it.
    """
    path = f"reproductions/{name}/claims.py"
    found, end = "", (_git("rev-parse", "--git-path", "shallow") or "")
    oldest = Path(registry.ROOT, end).read_text().split() if end and Path(registry.ROOT, end).is_file() else []
    for head in (_git("log", "--format=%H", "--", path) or "").split():
        space: dict[str, Any] = {"__name__": f"reproductions.{name}.claims"}
        try:
            exec(compile(_git("show", f"{head}:{path}") or "", path, "exec"), space)
            hashes = {older.id: older.sha256() for older in space["CLAIMS"]}
        except Exception:
            return found
        if hashes.get(claim.id) != claim.sha256():
            return found
        found = head
    return "" if found in oldest else found  # such a commit seems to have made every file


def last_commit(path: Path) -> str:
    """The commit that holds a file as it stands; empty where none does, and without git."""
    if _git("status", "--porcelain", "--", str(path)) != "":
        return ""
    return _git("log", "-1", "--format=%H", "--", str(path)) or ""


def committed(commit: str) -> str:
    """When a commit was made, in UTC as RFC 3339 has it; empty where that is not known."""
    seconds = _git("show", "--no-patch", "--format=%ct", commit) if commit else None
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else ""


def ancestors() -> frozenset[str] | None:
    """The commits of this history; None without git, also for a copy of the project inside another checkout."""
    if _git("rev-parse", "--show-prefix") != "":
        return None
    commits = _git("rev-list", "HEAD")
    return None if commits is None else frozenset(commits.split())


def shallow() -> bool:
    """Whether the history of this clone was cut off somewhere."""
    return _git("rev-parse", "--is-shallow-repository") == "true"


def shown(commit: str, file: str) -> str | None:
    """A file as it stood at a commit, by its place in the project; None where it did not, and without git."""
    return _git("show", f"{commit}:{file}")


def last(path: Path) -> str | None:
    """A file as the last commit has it; None where that has none, for one outside of the project, and without git."""
    place = Path(os.path.relpath(path.resolve(), registry.ROOT.resolve())).as_posix()
    return None if place.startswith("..") else _git("show", f"HEAD:./{place}")


def ever(path: Path, text: str) -> bool:
    """Whether a commit of this history has a file, or changed how often a text stands in it."""
    return bool(_git("log", "-1", "--format=%H", *([f"-S{text}"] if text else ()), "--", str(path)))


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *words],
            cwd=registry.ROOT,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def describe(
    name: str,
    question: str,
    tier: Tier,
    *,
    backend: str,
    data: tuple[str, str],
    workers: int,
    settings: Mapping[str, dict[str, Any]],
) -> Provenance:
    """The circumstances of a study that runs now.

    Args:
        data: name and hash of its data set.
        settings: those of each of its arms.
    """
    head, clean = commit()
    reading = [c for c in registry.claims(name) if question in c.studies()]
    hashes = {c.id: c.sha256() for c in reading}
    return Provenance(
        study=question,
        tier=tier,
        commit=head,
        clean=clean,
        claims=hashes,
        first_claims=hashes,
        fixed={c.id: fixed(name, c) for c in reading},
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
        flags={name: pathless(os.environ[name]) for name in FLAGS if name in os.environ},
        settings=dict(settings),
    )


@cache
def _version(package: str) -> str | None:
    """That of what this process imports, which an installation beside it does not change."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def joined(name: str, now: Provenance, *, trained: bool) -> Provenance:
    """The circumstances of a study on record after a run that trained another batch of it, or only judged it again."""
    made = evidence.read_provenance(name).get(now.study)
    if made is None or (made.code_sha256, made.numerics) != (now.code_sha256, now.numerics):
        return now
    # A claim that reads a study trained before it was written had no checks when the trials came into being.
    first = {**dict.fromkeys(now.claims, ""), **made.claims, **made.first_claims}
    if trained:
        earlier = [commit for commit in dict.fromkeys([*made.earlier, made.commit]) if commit != now.commit]
        update = {"first_claims": first, "earlier": earlier, "clean": made.clean and now.clean}
        update |= {"settings": made.settings | now.settings}
        update |= {"peak_megabytes": max((m for m in (made.peak_megabytes, now.peak_megabytes) if m), default=None)}
        return now.model_copy(update=update)
    if made.claims == now.claims:
        return made
    judged = {"claims": now.claims, "first_claims": first, "fixed": now.fixed, "judged_commit": now.commit}
    return made.model_copy(update=judged)


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
