"""What a run says of itself beforehand, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from common.study import Tier
from common.trials import Trial
from suite import estimating, evidence, foresight, planning, predictions, registry, running
from suite import rates as measured
from suite.estimating import Amount

Ready = Callable[[Sequence[running.Planned]], Mapping[str, Trial]]


@dataclass
class Foretold:
    """What was known when a run began; it counts what is trained, and keeps both beside each other.

    At the quick tier, whose trials take seconds, nothing is foretold.
    """

    tier: Tier
    workers: int
    rates: measured.Rates = field(default_factory=lambda: measured.Rates({}))
    modules: Mapping[str, Amount] = field(default_factory=dict)
    trained: dict[str, int] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=dict)

    def round(self, group: Sequence[running.Planned], outcome: running.Outcome, seconds: float) -> None:
        """Keeps what was predicted of the trials that the arms of one study were given, and what they took."""
        keys = {key for entry in group for key in entry.keys.values()} & set(outcome.trained)
        if self.tier == "quick" or not keys:
            return
        took = [t.seconds for trials in outcome.trials.values() for t in trials if t.key in keys]
        core, wall = estimating.of_trials(group, keys, self.rates, self.workers)
        name, question = group[0].name, group[0].question
        whole = outcome.complete and not outcome.faults
        predictions.keep(
            name,
            question,
            self.tier,
            self.workers,
            trials=(len(keys), len(took)),
            core=(core, sum(took)),
            wall=(wall, seconds) if whole else None,
        )
        self.trained[name] = self.trained.get(name, 0) + len(took)
        self.spent[name] = self.spent.get(name, 0.0) + sum(took)

    def end(self) -> None:
        """Keeps what was predicted of all batches, now that there are no more."""
        for name, count in self.trained.items():
            if name not in self.modules:  # only studies that no claim reads
                continue
            amount = self.modules[name]
            core = amount.core_seconds, self.spent[name]
            predictions.keep(name, predictions.WHOLE, self.tier, self.workers, trials=(amount.trials, count), core=core)


def begin(selected: planning.Selected, tier: Tier, used: str, workers: int, ready: Ready) -> Foretold:
    """Looks ahead, from what is on record. Imports the studies.

    Where all is trained anew the record tells what its seeds will say again, and so how many there will be.

    Args:
        ready: the trials of a plan that this run will not train.
    """
    if tier == "quick":
        return Foretold(tier, workers)
    names = dict.fromkeys(name for name, _ in selected.values())
    known = measured.known(names, used)
    done = {name: evidence.read_trials(registry.results() / name / "trials.csv") for name in names}
    planned = planning.plan(selected, tier, used, done=done)
    ends = foresight.draws(selected, done) if tier in ("full", "gpu") else []
    found = estimating.estimate(selected, planned, ready(planned), ends, known, workers)
    return Foretold(tier, workers, known, found.modules)
