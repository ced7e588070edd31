"""What a study declares: its arms at each tier, and how to run the seeds of one arm. No Keras."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from common.engine.checking import check_seeds

if TYPE_CHECKING:  # it loads NumPy, which takes a third of a command that only reads
    from common.training import Run

Data = Literal["synthetic", "images", "text", "sentences"]
Tier = Literal["quick", "full", "gpu", "pilot"]
TIERS: tuple[Tier, ...] = ("quick", "full", "gpu", "pilot")
PILOT_SEEDS = 10_000
"""Pilots use seeds from here on, so that no verdict seed is ever looked at beforehand."""


@dataclass(frozen=True)
class Arm:
    """One setting of a study, trained once for each seed.

    Attributes:
        name: the word that tables print, another for each arm of a study: printable, on one line, without a slash and
            without spaces at its ends.
        settings: JSON values that tell this arm from the others; they are part of every trial's key.
        seeds: what is declared, in order. At the full and gpu tiers claims say how many they need, and only
            arms that no claim reads name theirs.
        lanes: seeds side by side in one program; part of the key.
        seconds: expected wall time of one seed on one core, for plans only.
        megabytes: expected memory of a worker that runs this arm, for plans only.
    """

    name: str
    settings: Mapping[str, Any]
    seeds: tuple[int, ...] = ()
    lanes: int = 1
    seconds: float = 1.0
    megabytes: float = 900.0

    def __post_init__(self) -> None:
        name: Any = self.name
        if not (isinstance(name, str) and name and name.isprintable() and name == name.strip() and "/" not in name):
            raise ValueError(
                f"arm name {name!r} is not one printable word or phrase; leave out line breaks, control characters, "
                f"slashes, and spaces at its ends"
            )
        check_seeds(self.seeds)


class Study(Protocol):
    """A module `reproductions/<name>/studies/<question>.py`; its docstring is the question.

    One that trains also has `experiment(settings)`, the `common.training.Experiment` of an arm, which `run` hands to
    `train`; `repro plan --probe` measures it. One whose trials are blocks of timings (`common/timing.py`) says
    `TIMED = True`.
    """

    DATASET: Data
    METRICS: Mapping[str, str]
    """Every metric that the study records, by what it is, its unit after the last comma. A literal, as it is also read
    without an import."""

    def arms(self, tier: Tier) -> tuple[Arm, ...]:
        """The arms of a tier; none when the study has nothing to do there."""
        ...

    def run(self, settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> "Iterator[Run]":
        """Yields one `Run` per seed, in order."""
        ...
