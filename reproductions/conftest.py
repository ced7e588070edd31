"""What the tests of all reproductions share: the backend, one quick run a session, and the `--full` option."""

from collections.abc import Mapping, Sequence

import pytest
from filelock import FileLock

from common.trials import Trial
from suite import commands, planning, registry, running
from suite.claims import Claim
from suite.journal import Journal


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full", action="store_true", help="rerun the full tier into a temporary folder and compare (hours)"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--full"):
        for item in items:
            if item.get_closest_marker("full"):
                item.add_marker(pytest.mark.skip(reason="the full tier takes hours; ask for it with --full"))


@pytest.fixture(scope="session")
def used_backend() -> str:
    return commands.prepare(None)


def asked(items: Sequence[pytest.Item]) -> dict[str, tuple[str, Claim]]:
    """The claims whose quick trials these tests look at: one alone, where one claim is all that was asked for."""
    names: set[str] = set()
    claims: set[str] = set()
    for item in items:
        values = item.callspec.params if hasattr(item, "callspec") else {}
        if "quick_trials" in getattr(item, "fixturenames", ()):
            (claims.add(values["claim"].id) if "claim" in values else names.add(values["name"]))
    return {i: entry for i, entry in registry.all_claims().items() if i in claims or entry[0] in names}


@pytest.fixture(scope="session")
def quick_trials(request: pytest.FixtureRequest, used_backend: str) -> Mapping[tuple[str, str], Sequence[Trial]]:
    """The quick tier of the claims that are tested, run once for all tests, or taken from the journal.

    Where pytest has several processes the first that comes here trains; the others wait, and find all in the journal.
    """
    planned = planning.plan(asked(request.session.items), "quick", used_backend, done={})
    registry.home().mkdir(parents=True, exist_ok=True)
    with FileLock(registry.home() / "tests.lock"), Journal(registry.home() / "journal.sqlite") as journal:
        outcome = running.run(planned, journal, workers=running.worker_count(used_backend))
    assert outcome.complete, outcome.faults
    return outcome.trials
