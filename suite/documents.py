"""What the JSON files of the record hold, as types, from which their schemas follow. No Keras."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from common.trials import STRICT
from suite.claims import Bar, Kind, Nature, Word
from suite.judging import Outcome
from suite.negative_controls import State
from suite.negatives import Record
from suite.questions import Relation

Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Commit = Annotated[str, Field(pattern=r"^([0-9a-f]{40}([0-9a-f]{24})?|none)?$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Date = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
Left = SkipJsonSchema[None]
"""In a union with the type of a field that may be left out, and is not null where it is there."""


class Document(BaseModel):
    """Strict: a field more, or of another type, is refused."""

    model_config = ConfigDict(**STRICT, defer_build=True)  # few commands need any of them


class Effect(Document):
    """A statistic over `n` seeds with its 99 % interval; an end that the data do not bound is null."""

    name: str
    n: Count
    value: float | None
    low: float | None
    high: float | None


class Finding(Document):
    """What a check came to: `yes` and `ties` of `n` seeds, at most `most`; of `failed` seeds an arm failed.

    `low` and `high` bound the share of yes among random seeds at `level`, and are null before the first seed; what is
    exact has none of the three. A check that a run would go on with says how many core-minutes its next batch takes.
    """

    id: str
    kind: Kind
    what: str
    outcome: Outcome
    study: str
    arms: list[str]
    asks: str
    bar: Bar
    n: Count
    most: Count
    yes: Count
    ties: Count
    failed: Count
    level: Share | Left = None
    low: Share | None = None
    high: Share | None = None
    next_batch_minutes: Amount | Left = None
    effects: list[Effect]
    trifling: bool


class Group(Document):
    """Several checks in one: `any` of them suffices, or a list of problems is counted."""

    id: str
    kind: Kind
    what: str
    outcome: Outcome
    bar: Literal["any", "most", "almost every", "rarely"]
    of: list[Finding]


class Scope(Document):
    """The outcome of a check of scope, and by the rules and seeds of which edition."""

    id: str
    edition: Literal[1, 2]
    outcome: Outcome


class Verdict(Document):
    """The verdict of a claim, with the commits that fixed its checks, trained its seeds and judged it.

    `clean` says whether the work tree was that of each commit; it is null where nothing was trained.
    """

    verdict: Word
    reason: str
    answer: str
    nature: Nature
    dataset: str
    tier: str
    backend: str
    failed: Count
    fixed: Commit
    trained: list[Commit]
    judged: Commit
    clean: bool | None
    changed_after_trials: bool
    checks: list[Finding | Group]
    scope: list[Scope]


class HistoryLine(Document):
    """A verdict that a claim had; `checks` is the hash of the checks by which it was judged."""

    claim: str
    checks: Sha256
    verdict: Word
    reason: str
    answer: str
    fixed: Commit
    trained: list[Commit]
    judged: Commit
    clean: bool | None
    changed_after_trials: bool


class Compared(Document):
    """A check of edition 1, which compared a statistic over seeds with a threshold."""

    id: str
    role: Literal["claim", "control"]
    statistic: str
    metric: str
    seeds: Count
    failed: Count
    value: float | None
    low: float | None
    high: float | None
    relation: Relation
    threshold: float
    outcome: Literal["holds", "fails", "undecided"]


class FirstVerdict(Document):
    """A verdict of edition 1."""

    verdict: Literal["reproduced", "partly", "not reproduced", "inconclusive", "not run"]
    reason: str
    tier: Literal["full", "gpu"]
    seeds: Count
    failed: Count
    dataset: str
    backend: str
    prior: str
    prior_held: bool | None
    looks: Count
    checks: list[Compared]


class Person(Document):
    type: Literal["Person"] = Field(alias="@type")
    name: str


class Organization(Document):
    type: Literal["Organization"] = Field(alias="@type")
    name: str


class Work(Document):
    type: Literal["CreativeWork"] = Field(alias="@type")
    name: str
    author: list[Person]
    datePublished: Annotated[str, Field(pattern=r"^\d{4}")] | Left = None
    url: str | Left = None


class Claim(Document):
    """A claim in schema.org's terms."""

    type: Literal["Claim"] = Field(alias="@type")
    identifier: str
    text: str
    author: list[Person] | Left = None
    appearance: Work | Left = None


class Rating(Document):
    type: Literal["Rating"] = Field(alias="@type")
    alternateName: Word
    ratingExplanation: str
    ratingValue: Literal[1, 2, 3] | Left = None
    worstRating: Literal[1] | Left = None
    bestRating: Literal[3] | Left = None


class Review(Document):
    """A claim that was judged, as schema.org's ClaimReview."""

    type: Literal["ClaimReview"] = Field(alias="@type")
    identifier: str
    claimReviewed: str
    itemReviewed: Claim
    reviewRating: Rating
    reviewBody: str
    author: Organization
    version: str
    datePublished: Date | Left = None


class Graph(Document):
    """All claims as JSON-LD."""

    context: Literal["https://schema.org"] = Field(alias="@context")
    graph: list[Claim | Review] = Field(alias="@graph")


class NegativeFinding(Document):
    """What a check came to without the effect that it asks for: `yes` and `ties` of the `n` seeds judged.

    `rows` are those at hand, with `distinct` numbers; `needed` of `asked` would have shown it, or null where none can.
    """

    id: str
    outcome: Outcome
    yes: Count
    ties: Count
    n: Count
    rows: Count
    asked: Count
    needed: Count | None
    distinct: Count


class Negative(Document):
    """A claim's negative control: the words that its checks come to without its effect, also with sides `turned`.

    `code_sha256` are the studies whose numbers it reads, from which `records`; the other hashes are those of the
    claim's checks, of what is declared, and of the numbers.
    """

    what: str
    state: State
    reason: str
    word: Word
    turned: Word
    records: list[Record]
    claim_sha256: Sha256
    declared_sha256: Sha256
    numbers_sha256: str
    checks: list[NegativeFinding]
    code_sha256: dict[str, Sha256]
