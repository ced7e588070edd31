"""What a negative control is: numbers from which a claim's effect is taken, so that no check may find it. No Keras.

A check that says yes whatever it is given would reproduce any claim. So each claim is put to the same judge once more,
on numbers that do not hold what it claims: its word must then be another than `reproduced`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

How = Literal["alike", "difference", "ratio", "less", "shuffled", "instead", "planted"]
Record = Literal["pilots", "trials", "trained"]


@dataclass(frozen=True)
class Given:
    """What a question is given in place of what it reads.

    Attributes:
        how: `alike`: one number of one arm for all that it reads, each time of other seeds, as of two disjoint sets.
            `difference`, `ratio`: how far that number of two seeds lies apart; `less`: 1 where that of the first is
            less, else 0. `shuffled`: the numbers of one seed in an order drawn by lot. `instead`: numbers of the same
            seed, in the order in which the question reads, without the effect. `planted`: numbers that stand here, for
            what is computed and not drawn.
        of: the numbers, each as (`study/arm`, metric).
        record: where they are: among the pilots, the trials on record, or the trials that the negative control trains.
        planted: the numbers themselves.
    """

    how: How
    of: tuple[tuple[str, str], ...]
    record: Record = "pilots"
    planted: tuple[float, ...] = ()

    def gives(self) -> int | None:
        """For a question that reads how many numbers it is; any, where None."""
        return {"planted": len(self.planted), "instead": len(self.of), "shuffled": len(self.of)}.get(self.how)

    def sets(self, reads: int) -> int:
        """How many disjoint sets of seeds a row takes one of each from, for a question that reads so many numbers."""
        return {"alike": reads, "difference": 2 * reads, "ratio": 2 * reads, "less": 2 * reads}.get(self.how, 1)


@dataclass(frozen=True)
class Training:
    """An arm that only a negative control trains: one of the study's, at settings that take the effect away.

    Attributes:
        name: the name under which `Given` finds it, another than that of any arm of the study.
        study, arm, tier: which arm it is but for the settings.
        settings: those that differ.
        seeds: how many, from 7000 on, which no verdict, pilot or prediction uses.
    """

    name: str
    study: str
    arm: str
    settings: Mapping[str, object]
    tier: Literal["quick", "full", "pilot"] = "quick"
    seeds: int = 24


@dataclass(frozen=True)
class Negative:
    """The negative control of a claim.

    Attributes:
        claim: its id.
        what: what was taken away, in words that complete "here …".
        given: what the questions of its direction and size checks are given; by the id of a check, of an any-of or of a
            list where that differs, and "" for all others.
        trains: the arms that it needs and no other run trains.
    """

    claim: str
    what: str
    given: Given | Mapping[str, Given]
    trains: tuple[Training, ...] = ()

    def of(self, *ids: str) -> Given | None:
        """What the first of the ids that is named is given, else what all others are."""
        if isinstance(self.given, Given):
            return self.given
        return next((self.given[name] for name in (*ids, "") if name in self.given), None)

    def all_given(self) -> tuple[Given, ...]:
        return (self.given,) if isinstance(self.given, Given) else tuple(self.given.values())


def alike(arm: str, metric: str, record: Record = "pilots") -> Given:
    return Given("alike", ((arm, metric),), record)


def difference(arm: str, metric: str, record: Record = "pilots") -> Given:
    return Given("difference", ((arm, metric),), record)


def ratio(arm: str, metric: str, record: Record = "pilots") -> Given:
    return Given("ratio", ((arm, metric),), record)


def one_is_less(arm: str, metric: str, record: Record = "pilots") -> Given:
    return Given("less", ((arm, metric),), record)


def shuffled(*of: tuple[str, str], record: Record = "pilots") -> Given:
    return Given("shuffled", of, record)


def instead(*of: tuple[str, str], record: Record = "pilots") -> Given:
    return Given("instead", of, record)


def planted(*numbers: float) -> Given:
    return Given("planted", (), planted=numbers)
