"""The files of a new reproduction or claim: they run as they are, and `FILL:` marks what is still to be told."""

from string import Template

CLAIM = Template("""\
Claim(
    id="$claim", source="$source", dataset="synthetic",$comment
    locator="FILL: if it is of $source, where (section, table); another source goes to sources.bib first",
    statement="FILL: the source's sentence in your own words, no more and no less than it says.",
    published=Published("FILL: the number that the source gives; here: no number given", "none found"),
    checks=(  # FILL: a line for each thing that the sentence says, with the question that is put to each seed
        direction("learned", "the net learns it", "$study", passes("net", "test_accuracy", ">=", 0.95), most=240),
    ),
    # FILL: a bound that lies far enough from the pilots
    quick=(Quick("learned", "$study", "net", "test_accuracy", ">=", 0.5),),
),
""")
QUESTIONS, WORDS = ("passes",), ("Claim", "Published", "Quick", "direction")
"""What `CLAIM` uses of `suite.questions` and of `suite.claims`."""

CLAIMS = Template('''\
"""What is claimed about $words, and what decides each claim. Literals only."""

from suite.claims import Claim, Published, Quick, direction
from suite.questions import passes

# fmt: off
CLAIMS = (  # a table: a line a check
)
''')

NEGATIVES = Template('''\
"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative

NEGATIVES: tuple[Negative, ...] = ()
''')

SOURCE = Template("""\

@misc{$source,
  author = {{FILL: the authors}},
  title = {FILL: title of the source},
  year = {$year},
  note = {FILL: the year above, and where it appeared: url, journal or booktitle, pages}
}
""")

README = Template("""\
# $title

**FILL: the claim in one sentence, and what came out.**

<!-- verdicts -->

<!-- end of verdicts -->

## What the source leaves open

- FILL: what the source does not say, and what each check takes it to mean.

## Departures

1. FILL: what is done otherwise than in the source, and why.

## Run it

    repro run $name                 # quick, some seconds
    repro run $name --tier full
""")

NET = Template('''\
# FILL: the data and the net, an ordinary Keras model that ends in logits; here it tells whether most signs are +1.
${others}def ${own}examples(n: int) -> Stream:
    """Fresh uniform signs, shape (count, n), with labels (count, 1) in {0, 1}: whether most of them are +1."""

    def draw(seeds: Any, count: int) -> tuple[Any, Any]:
        signs = 2 * keras.random.randint((count, n), 0, 2, seed=seeds) - 1
        return ops.cast(signs, "float32"), ops.cast(ops.sum(signs, axis=-1, keepdims=True) > 0, "float32")

    return Stream(draw)


def ${own}build_model(n: int, units: int) -> Any:
    """One hidden layer of ReLU units on n inputs, and one logit."""
    inputs = keras.Input((n,))
    hidden = keras.layers.Dense(units, activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(1)(hidden))


def ${own}logistic_loss(net: Any, x: Any, y: Any) -> Any:
    """Mean of log(1 + exp(-margin)), with y in {0, 1}."""
    logits = net(x, training=True)
    return ops.mean(ops.softplus(logits) - y * logits)


def ${own}accuracy(net: Any, x: Any, y: Any) -> dict[str, Any]:
    """Share of examples whose label the sign of the logit tells."""
    return {"accuracy": ops.mean(ops.cast((net(x) > 0) == (y > 0.5), "float32"))}
''')

OFFERS = {"examples": 1, "build_model": 2, "logistic_loss": 3, "accuracy": 3}
"""What a study takes from a `model.py` as `NET` writes one, by the number of values that each asks for."""

MODEL = Template('''\
"""FILL: the data and the nets of $words, in one sentence."""

from typing import Any

import keras
from keras import ops

from common.training import Stream


$net''')

STUDY = Template('''\
"""FILL: does the net learn it? The question, and in a line or two how it is put."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
$imports
DATASET = "synthetic"
# FILL: what is trained, in which arms, and what is looked at; METRICS names all that `run` records, units last.
METRICS = {
    "test_accuracy": "accuracy at the end, share of 2 000 fresh examples",
    "train_loss": "mean logistic loss since the look before, nats",
}
SEEDS = {"quick": range(2), "full": (), "pilot": range(PILOT_SEEDS, PILOT_SEEDS + 50)}


def arms(tier: Tier) -> tuple[Arm, ...]:
    return (Arm("net", {"n": 9, "units": 32}, tuple(SEEDS[tier]), seconds=0.1),) if tier in SEEDS else ()


def experiment(settings: Mapping[str, Any]) -> Experiment:
    fresh = ${of}examples(settings["n"])
    return Experiment(
        build_model=lambda hyper: ${of}build_model(settings["n"], settings["units"]),
        build_optimizer=lambda hyper: keras.optimizers.Adam(1e-2),
        loss=${of}logistic_loss,
        data=fresh,
        batch_size=64,
        steps=300,
        evaluate={"test": Evaluation(fresh, ${of}accuracy, size=2_000, batch_size=2_000)},
        evaluate_every=100,
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    yield from train(experiment(settings), seeds, lanes=lanes)
''')
WITH_MODEL = Template("""
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, train
from reproductions.$name import model
""")
ALONE = """from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Evaluation, Experiment, Run, Stream, train
"""

TEST = Template('''\
"""FILL: laws of the data and of the nets, which hold whatever comes out of the claims."""

import numpy as np

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first

from reproductions.$name import model  # noqa: E402


def test_labels_tell_whether_most_signs_are_positive() -> None:
    x, y = (np.asarray(a) for a in model.examples(9).draw(keras.random.SeedGenerator(5), 512))
    assert x.shape == (512, 9)
    assert set(np.unique(x)) == {-1.0, 1.0}
    assert np.array_equal(y[:, 0], ((x > 0).sum(axis=1) >= 5).astype("float32"))


def test_a_net_has_one_logit() -> None:
    assert model.build_model(9, 32).output_shape == (None, 1)
''')
