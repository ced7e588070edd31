"""What the evidence cost, in declared core-seconds of its arms, by purpose, beside edition 1's.

The price of a seed is what its arm declares today; an arm that is gone is priced by the time that its trials took.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from common.study import PILOT_SEEDS, TIERS
from common.trials import Trial
from suite import evidence, registry, tables
from suite.claims import Check

HEAD = """# What the evidence cost

Written by `repro costs`, in core-minutes as the arms declare them. Judged are verdict seeds, pilots those that chose
rates and quick bounds, controls those that only negative controls train, by the time that they took, foretold those of
studies that no claim reads, which test a prediction, run again those whose record was withdrawn after a fault. Checks
are of edition 2, controls included; edition 1's cost is priced by the same arms, and where an arm is gone by the time
that it took.

"""
DECIDED = ("holds", "fails", "split")
Arm = tuple[str, str]
"""Study and arm."""

COLUMNS = (
    "module", "judged", "pilots", "controls", "foretold", "run again", "checks decided", "a decided check",
    "edition 1: a decided check", "arms of both editions", "the same in edition 1", "checks stopped early",
    "checks at their cap",
)  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """Core-seconds of one reproduction, and what they decided.

    `shared` and `shared_old` are those of arms that both editions trained, in this edition and in edition 1; `early`
    counts checks that were decided before their cap, `capped` those that reached it.
    """

    judged: float = 0.0
    pilots: float = 0.0
    controls: float = 0.0
    foretold: float = 0.0
    again: float = 0.0
    old: float = 0.0
    shared: float = 0.0
    shared_old: float = 0.0
    decided: int = 0
    old_decided: int = 0
    early: int = 0
    capped: int = 0


def cost(name: str) -> Cost:
    """The cost of a reproduction's record. Imports its studies, and with them Keras: choose the backend first."""
    new, old = registry.results() / name, registry.edition_1() / name
    full, pilots, controls, again, before = (
        _spent(evidence.read_trials(path), prices(name, tiers))
        for path, tiers in (
            (new / "trials.csv", ("full", "gpu")),
            (new / "pilots.csv", ("pilot",)),
            (new / "negatives.csv", ()),
            (new / "withdrawn.csv", ("full", "gpu")),
            (old / "trials.csv", ("full", "gpu")),
        )
    )
    read = {check.study for claim in registry.claims(name) for check in claim.each()}
    judged = {arm: seconds for arm, seconds in full.items() if arm[0] in read}
    both = judged.keys() & before.keys()
    recorded = registry.recorded_verdicts(name)
    found = {(i, c["id"]): c for i, record in recorded.items() for c in _single(record["checks"])}
    asked = [(check, found.get((claim.id, check.id))) for claim in registry.claims(name) for check in claim.each()]
    looked_at = [(check, said) for check, said in asked if said and said["n"] and check.bar != "exact"]
    return Cost(
        judged=sum(judged.values()),
        pilots=sum(pilots.values()),
        controls=sum(controls.values()),
        foretold=sum(seconds for arm, seconds in full.items() if arm not in judged),
        again=sum(again.values()),
        old=sum(before.values()),
        shared=sum(full[arm] for arm in both),
        shared_old=sum(before[arm] for arm in both),
        decided=sum(said["outcome"] in DECIDED for said in found.values()),
        old_decided=_decided_before(name),
        early=sum(said["outcome"] in DECIDED and said["n"] < _cap(check) for check, said in looked_at),
        capped=sum(said["n"] >= _cap(check) for check, said in looked_at),
    )


def _single(checks: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The checks of a verdict, the members of an any-of or a list in its place."""
    for check in checks:
        yield from check.get("of", (check,))


def _cap(check: Check) -> int:
    return check.looks()[-1]


def _decided_before(name: str) -> int:
    records = registry.recorded_verdicts(name, folder=registry.edition_1()).values()
    return sum(check["outcome"] in DECIDED for record in records for check in record["checks"])


def prices(name: str, tiers: Sequence[str]) -> dict[Arm, float]:
    """Declared core-seconds of a seed of each arm."""
    return {
        (question, arm.name): arm.seconds
        for question in registry.study_names(name)
        for tier in TIERS
        if tier in tiers
        for arm in registry.arms(name, question, tier)
    }


def _spent(trials: Iterable[Trial], prices: Mapping[Arm, float]) -> dict[Arm, float]:
    """Seeds times price of each arm, without pilots on seeds of the quick tier, by which nothing was chosen."""
    spent: dict[Arm, float] = {}
    for trial in trials:
        if trial.tier != "pilot" or trial.seed >= PILOT_SEEDS:
            arm = trial.study, trial.arm
            spent[arm] = spent.get(arm, 0.0) + prices.get(arm, trial.seconds)
    return spent


def page(costs: Mapping[str, Cost]) -> str:
    """The text of `COSTS.md`: a line a module, in core-minutes."""
    rows = [dict(zip(COLUMNS, _cells(name, found), strict=True)) for name, found in costs.items()]
    whole = Cost(**{part.name: sum(getattr(found, part.name) for found in costs.values()) for part in fields(Cost)})
    rows.append(dict(zip(COLUMNS, _cells("all", whole), strict=True)))
    return HEAD + tables.markdown(rows, COLUMNS)


def _cells(name: str, found: Cost) -> tuple[str, ...]:
    def minutes(seconds: float) -> str:
        return f"{seconds / 60:.1f}"

    def each(seconds: float, count: int) -> str:
        return f"{seconds / 60 / count:.2f}" if count else "–"

    return (
        name,
        minutes(found.judged),
        minutes(found.pilots),
        minutes(found.controls),
        minutes(found.foretold),
        minutes(found.again),
        str(found.decided),
        each(found.judged, found.decided),
        each(found.old, found.old_decided),
        minutes(found.shared),
        minutes(found.shared_old),
        str(found.early),
        str(found.capped),
    )
