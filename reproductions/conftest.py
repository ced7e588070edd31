"""What the tests of all reproductions share: the backend, one quick run a session, and the `--full` option."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from filelock import FileLock

from common.trials import Trial
from suite import commands, machine, planning, registry, running
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


@dataclass(frozen=True)
class Quickly:
    """The quick tier of the claims that are tested: its trials by study, and what kept others from being trained.

    `claims` maps each claim that could not be run to why, `studies` each study of which a task ended in an error.
    """

    trials: Mapping[tuple[str, str], Sequence[Trial]]
    claims: Mapping[str, str]
    studies: Mapping[tuple[str, str], str]

    def fault(self, name: str, claim: Claim) -> str:
        """Why trials of a claim are not there; empty where they are."""
        own = [self.studies[name, check.study] for check in claim.quick if (name, check.study) in self.studies]
        return self.claims.get(claim.id, "; ".join(dict.fromkeys(own)))


def asked(items: Sequence[pytest.Item]) -> dict[str, tuple[str, Claim]]:
    """The claims whose quick trials these tests look at: one alone, where one claim is all that was asked for."""
    names: set[str] = set()
    claims: set[str] = set()
    for item in items:
        values = item.callspec.params if hasattr(item, "callspec") else {}
        if "quick_tier" in getattr(item, "fixturenames", ()):
            (claims.add(values["claim"].id) if "claim" in values else names.add(values["name"]))
    return {i: entry for i, entry in registry.all_claims().items() if i in claims or entry[0] in names}


def trained(selected: Mapping[str, tuple[str, Claim]], used: str) -> Quickly:
    """Trains what is missing of the quick tier: one claim's fault costs no other its trials."""
    faults = planning.unanswerable(selected)
    left_out = {*faults, *planning.lacking(selected)}
    sound = {identity: entry for identity, entry in selected.items() if identity not in left_out}
    planned = planning.plan(sound, "quick", used, done={})
    with Journal(registry.home() / "journal.sqlite") as journal:
        outcome = running.run(planned, journal, workers=machine.worker_count(used))
    lost: dict[tuple[str, str], str] = {}
    for fault in outcome.faults:
        name, question, _ = fault.split("/", 2)
        lost.setdefault((name, question), fault)
    return Quickly(outcome.trials, faults, lost)


@pytest.fixture(scope="session")
def quick_tier(request: pytest.FixtureRequest, used_backend: str) -> Quickly:
    """The quick tier of the claims that are tested, run once for all tests, or taken from the journal.

    Where pytest has several processes the first that comes here trains; the others wait, and find all in the journal.
    """
    registry.home().mkdir(parents=True, exist_ok=True)
    with FileLock(registry.home() / "tests.lock"):
        return trained(asked(request.session.items), used_backend)
