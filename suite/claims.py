"""What a claim is: a sentence of the literature, and the checks that would decide it. No Keras."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from suite.escaping import plain
from suite.questions import Question, spelled
from suite.records import canonical_json, sha256
from suite.typed import Typed

Kind = Literal["direction", "size", "scope", "control"]
Dataset = Literal["synthetic", "mnist", "tiny_shakespeare", "sentence_polarity"]
DATASETS: tuple[Dataset, ...] = get_args(Dataset)
Bar = Literal["most", "almost every", "rarely", "some", "never", "exact"]
Nature = Literal["identity", "experiment", "proxy"]
Word = Literal["invalid", "stale", "not run", "reproduced", "partly", "not reproduced", "undecided"]

SHARES: Mapping[Bar, float] = {"most": 0.5, "almost every": 0.9, "rarely": 0.1}
"""The share of random seeds that a word asks for: more than it, of `rarely` less."""

DEEPEST = 5
"""How deep questions may stand in questions."""
NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
"""An id is a key, and the name of a file, wherever a claim is exported to."""
FIRST_SEED = 1000
"""Verdict seeds are 1000, 1001, … Seeds from 0 are edition 1's, those from 10 000 pilots'."""


@dataclass(frozen=True)
class Check(Typed):
    """One yes-or-no question to each seed, and how many must say yes.

    Attributes:
        id: a word that is unique within the claim.
        kind: `direction` is what the sentence says, `size` a number or strength word of the source, `scope` how far it
            extends, which never changes the verdict; a `control` guards checks.
        what: what a seed that answers yes shows, in the present tense: "the dropout net errs less".
        study: the file in `studies/` whose arms are asked.
        asks: the question.
        bar: `most` of random seeds (more than half), `almost every` (0.9), `rarely` (less than 0.1), `some` (one
            suffices), `never` (`asks` is the exception), or `exact`: computed and not drawn, one trial.
        most: the cap of seeds. `first` and `step` are the batches on the way there.
        guards: of a control, the ids of the checks that cannot hold before it holds.
    """

    id: str
    kind: Kind
    what: str
    study: str
    asks: Question
    bar: Bar = "most"
    most: int = 48
    first: int = 12
    step: int = 12
    guards: tuple[str, ...] = ()

    def looks(self) -> tuple[int, ...]:
        """The numbers of seeds after which it is judged."""
        return (1,) if self.bar == "exact" else (*range(self.first, self.most, self.step), self.most)

    def arms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(arm for arm, _ in self.asks.reads()))


@dataclass(frozen=True)
class AnyOf(Typed):
    """Holds when one of m checks holds, each judged at 1 - 0.01 / m; fails when all of them fail."""

    id: str
    kind: Kind
    what: str
    of: tuple[Check, ...]


@dataclass(frozen=True)
class Listed(Typed):
    """A fixed list of problems, each decided for itself: holds when a greater share of them holds than `bar` names."""

    id: str
    kind: Kind
    what: str
    of: tuple[Check, ...]
    bar: Literal["most", "almost every", "rarely"] = "most"


Node = Check | AnyOf | Listed


def direction(name: str, what: str, study: str, asks: Question, bar: Bar = "most", most: int = 48) -> Check:
    """What the sentence says."""
    return Check(name, "direction", what, study, asks, bar, most)


def size(name: str, what: str, study: str, asks: Question, bar: Bar = "most", most: int = 48) -> Check:
    """A number or a strength word that the source itself names."""
    return Check(name, "size", what, study, asks, bar, most)


def scope(name: str, what: str, study: str, asks: Question, bar: Bar = "most", most: int = 48) -> Check:
    """How far the sentence extends. Uses the seeds that others need, and the first batch where nobody needs any."""
    return Check(name, "scope", what, study, asks, bar, most)


def control(
    name: str, what: str, study: str, asks: Question, bar: Bar = "most", most: int = 48, *, guards: tuple[str, ...]
) -> Check:
    """Without it the checks that it guards could not be told from a fault."""
    return Check(name, "control", what, study, asks, bar, most, guards=guards)


@dataclass(frozen=True)
class Quick(Typed):
    """A finding on record at a smaller scale: the median over seeds 0 … n-1 of one arm against a bound.

    With `every` each seed must meet the bound.
    """

    id: str
    study: str
    arm: str
    metric: str
    relation: Literal[">=", "<=", "=="]
    bound: float
    seeds: int = 2
    every: bool = False


@dataclass(frozen=True)
class Published(Typed):
    """A number to compare with. Only a `confirmed` one may be printed as a fact."""

    value: str
    status: Literal["confirmed", "from memory", "none found"]


@dataclass(frozen=True)
class Claim(Typed):
    """One statement of the literature, and what would decide it.

    Attributes:
        id: permanent.
        source, locator: a key of `sources.bib`, and where in that source.
        statement: the claim in our own words, no more and no less than the source says.
        quotation: at most 15 words of the source.
        dataset: what the verdict needs. Trials on generated data count for every claim: they cannot be the wrong data.
        also: further data sets that it needs, where its problems are of several.
        nature: an `identity` is true by construction and computed; an `experiment` is tried on seeds; of a `proxy` the
            sentence is not testable as written, and a stand-in is.
        checks: directions, sizes, scopes and controls.
        carried: checks of edition 1 that are scope, with their outcome of that time, on seeds from 0.
        quick: the recorded finding at a smaller scale; never citable.
        published: a number to compare with.
        dropped: checks of the catalogue that are not implemented, each with its reason.

    Raises:
        TypeError: an attribute is of another kind, naming claim and attribute.
    """

    id: str
    source: str
    locator: str
    statement: str
    dataset: Dataset
    checks: tuple[Node, ...]
    quick: tuple[Quick, ...]
    published: Published
    nature: Nature = "experiment"
    quotation: str = ""
    carried: tuple[str, ...] = ()
    also: tuple[Dataset, ...] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        called = f"claim {plain(str(self.id))}"
        for name in ("id", "source", "locator", "statement", "dataset", "nature", "quotation"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"{called}: {name} is {getattr(self, name)!r:.60}, not a text")
        parts: dict[str, tuple[type, ...]] = {"checks": (Check, AnyOf, Listed), "quick": (Quick,)}
        parts |= {"carried": (str,), "also": (str,)}
        for name, kinds in parts.items():
            value = getattr(self, name)
            if not isinstance(value, tuple):
                raise TypeError(f"{called}: {name} is {value!r:.60}, not a tuple; one of a single part ends in a comma")
            for part in value:
                if not isinstance(part, kinds):
                    raise TypeError(f"{called}: {name} holds {part!r:.60}, which is no {kinds[0].__name__}")
        super().__post_init__()
        for check in self.each():
            level = [check.asks]
            for _ in range(DEEPEST):
                level = list({id(part): part for asked in level for part in getattr(asked, "parts", ())}.values())
            if level:
                raise ValueError(f"{called}: the question of {plain(str(check.id))} is nested more than {DEEPEST} deep")
        for dataset in self.datasets():
            if dataset not in DATASETS:
                raise ValueError(f"{called}: dataset {dataset!r} is none of {', '.join(DATASETS)}")

    def datasets(self) -> tuple[Dataset, ...]:
        """Every data set that the verdict needs."""
        return (self.dataset, *self.also)

    def each(self) -> Iterator[Check]:
        """Every check, those of any-of and of lists included."""
        for node in self.checks:
            yield from (node,) if isinstance(node, Check) else node.of

    def deciding(self) -> tuple[Node, ...]:
        return tuple(node for node in self.checks if node.kind in ("direction", "size"))

    def controls(self) -> tuple[Check, ...]:
        return tuple(check for check in self.each() if check.kind == "control")

    def guards_of(self, name: str) -> tuple[Check, ...]:
        """The controls without which the check of that id cannot hold."""
        return tuple(check for check in self.controls() if name in check.guards)

    def studies(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(check.study for check in self.each()))

    def sha256(self) -> str:
        """Hash of all that the verdict depends on; wording does not count."""
        return sha256(canonical_json([[_decides(node) for node in self.checks], *self.datasets()]))


def _decides(node: Node) -> list[object]:
    if not isinstance(node, Check):
        bar = node.bar if isinstance(node, Listed) else "any"
        return [node.id, node.kind, bar, [_decides(check) for check in node.of]]
    batches = [node.first, node.step, node.most]
    return [node.id, node.kind, node.study, spelled(node.asks), node.bar, batches, list(node.guards)]
