"""On how many processes the tests run, which begin first, which wait to be asked for, and what a file lets go."""

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

MOST = 4  # each loads JAX and collects for itself; beyond this the longest tests decide
FIRST = (
    "test_contributing", "test_ray", "test_semantics", "test_bit_equality", "test_equality", "test_lessons",
    "test_training", "test_site", "test_properties", "test_browser", "test_checking", "test_faults",
    "test_gradients",
)  # fmt: skip
"""Files of half a minute and more, dealt out in turn: those that share what they start (a cluster, a browser, the
processes of `engine_server.py`) come to one process."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--slow", action="store_true", help="run what samples stand for elsewhere, as all of test_properties"
    )


def pytest_configure(config: pytest.Config) -> None:
    """A test that loads Keras itself, in whatever order, has the backend that `repro run` has."""
    from common.engine import backend
    from common.errors import UserError

    try:
        backend.choose()
    except UserError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One a core for folders of tests; none for what a person has narrowed down, wants to see, or waits hours for.

    The full tier uses all cores by itself, and says first how long it takes.
    """
    narrowed = bool(config.option.keyword) or any(".py" in word for word in config.option.file_or_dir)
    watched = config.option.capture == "no" or config.getoption("full", default=False)
    if narrowed or watched:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST) if cores > 1 else 0


FAULTS = re.compile(r"(test_\w+\.py)::(test_\w+)")
"""A test as `tests/FAULTS.md` names it."""


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    named = set(FAULTS.findall((Path(__file__).parent / "tests/FAULTS.md").read_text(encoding="utf-8")))
    for item in items:
        if (item.path.name, item.name.partition("[")[0]) in named:
            item.add_marker(pytest.mark.faults)
    if not config.getoption("--slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="takes an hour with all of its kind; ask for it with --slow"))
    items[:] = dealt(items, getattr(config, "workerinput", {}).get("workercount", 1))


def dealt(items: list[pytest.Item], count: int) -> list[pytest.Item]:
    """Long files at the head of each process's share, which `--dist=worksteal` cuts in order and as equal in number.

    What is left at the end is short then, and no process waits for another's last test.
    """
    files: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        files[item.path.stem if item.path.stem in FIRST else ""].append(item)
    rest, found = files.pop("", []), list[pytest.Item]()
    for place in range(count):
        first = [item for name in FIRST[place::count] for item in files[name]]
        end = len(items) * (place + 1) // count - len(found) - len(first)
        found += [*first, *rest[: max(end, 0)]]
        rest = rest[max(end, 0) :]
    return found


@pytest.fixture(autouse=True, scope="module")
def programs_of_one_file() -> Iterator[None]:
    """JAX keeps all that it ever compiled, in a process that runs half of the tests 5 GB; no file needs another's."""
    yield
    if jax := sys.modules.get("jax"):
        jax.clear_caches()
