"""Does a recurrent net foretell characters of a text better than the best n-gram of the same text does?

Tiny Shakespeare, cut into pieces of 4097 characters. Each trial deals them anew: 49 train, which is 200 kB, 8 choose,
16 are judged. Both kinds of models see the same pieces and are asked for the same characters, all but the first 64 of
a piece, so that a net has 64 characters before each. A net is trained on windows of 64 characters and judged on the
second halves of windows of 128: one layer of 128 GRU or LSTM units, or of 192 plain ones, Adam with a rate that falls
along a cosine, the weights of the least validation loss.
An n-gram is interpolated; its order up to 8, its counts and its discounts are the best on the validation pieces.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from math import pi
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from common import datasets
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run, train
from reproductions.language import ngrams

DATASET = "text"
METRICS = {
    "test_nats": "mean surprise at a held-out character, nats",
    "held_nats": "the same of the characters that choose, nats",
    "order": "order of the n-gram that is best on the characters that choose, characters",
    "test_nats_1": "mean surprise of the best n-gram of order 1, nats",
    "test_nats_2": "mean surprise of the best n-gram of order 2, nats",
    "test_nats_3": "mean surprise of the best n-gram of order 3, nats",
    "test_nats_4": "mean surprise of the best n-gram of order 4, nats",
    "test_nats_5": "mean surprise of the best n-gram of order 5, nats",
    "test_nats_6": "mean surprise of the best n-gram of order 6, nats",
    "test_nats_7": "mean surprise of the best n-gram of order 7, nats",
    "test_nats_8": "mean surprise of the best n-gram of order 8, nats",
    "best_step": "updates until the surprise at the characters that choose was least",
}
HALF, BATCH, MOST = 64, 32, 8
WINDOWS = 63  # of a piece, half of each new
PIECE = (WINDOWS + 1) * HALF + 1
TRAINED, CHOOSING, JUDGED = 49, 8, 16  # pieces
UNITS = {"gru": 128, "lstm": 128, "rnn": 192}
STEPS, EVERY = 1_500, 150  # updates
GRID = (1e-3, 3e-3, 1e-2, 3e-2)
RATES = {"gru": 1e-2, "lstm": 1e-2, "rnn": 1e-2}
SECONDS = {"gru": 50.0, "lstm": 55.0, "rnn": 40.0, "ngrams": 8.0}
SIZES = {"50k": 12, "800k": 195}  # pieces of training
QUICK = {"pieces": [4, 1, 1], "units": 24, "steps": 60, "every": 60, "deal": 0}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        sized = [_arm(f"{net}_{name}", net, pieces=n) for name, n in SIZES.items() for net in ("gru", "ngrams")]
        return (*(_arm(net, net) for net in (*UNITS, "ngrams")), *sized)
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        each = [(net, rate) for net in UNITS for rate in GRID]
        tried = [_arm(f"{n}_rate_{r:g}", n, r, judged="validation", seeds=seeds[:1]) for n, r in each]
        return (_quick(seeds), *tried, _arm("ngrams", "ngrams", judged="validation", seeds=seeds[:1]))
    return ()


def _arm(
    label: str, net: str, tried: float = 0, *, judged: str = "test", steps: int = STEPS, pieces: int = TRAINED,
    seeds: Sequence[int] = (),
) -> Arm:  # fmt: skip
    sizes = [pieces, *((2, 1) if tried else (CHOOSING, JUDGED))]
    settings: dict[str, Any] = {"net": net, "pieces": sizes, "judged": judged}
    if net != "ngrams":
        settings |= {"rate": tried or RATES[net], "units": UNITS[net], "steps": steps, "every": EVERY}
    scale = steps / STEPS if net != "ngrams" else max(pieces / TRAINED, 0.5)
    return Arm(label, settings, tuple(seeds), seconds=SECONDS[net] * scale)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"net": "gru", "rate": 1e-2, "judged": "validation", **QUICK}
    return Arm("quick", settings, tuple(seeds), seconds=0.5)


@cache
def pieces() -> tuple[int, NDArray[np.int64]]:
    """The number of characters that there are, and (272, 4097) characters as numbers: the whole text but its end."""
    data = datasets.load_text()
    text = data.train + data.validation + data.test
    alphabet = {character: place for place, character in enumerate(sorted(set(text)))}
    codes = np.array([alphabet[character] for character in text], np.int64)
    return len(alphabet), codes[: len(codes) // PIECE * PIECE].reshape(-1, PIECE)


def dealt(
    seed: int, sizes: Sequence[int], judged: str
) -> tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The number of characters, and the pieces that train, choose and are judged, others in each trial.

    Pieces that are judged where `judged` says `validation` are none that a trial of that seed would be judged by.
    """
    trained, choosing, judging = sizes
    size, found = pieces()
    order = np.random.default_rng(np.random.SeedSequence(seed)).permutation(len(found))
    test, chosen, rest = np.split(order, [JUDGED, JUDGED + CHOOSING])
    asked = test if judged == "test" else rest[-JUDGED:]
    return size, found[rest[:trained]], found[chosen[:choosing]], found[asked[:judging]]


@lru_cache(maxsize=1)
def examples(seed: int, sizes: tuple[int, int, int], judged: str) -> tuple[int, Arrays, Arrays, Arrays]:
    """The windows of what was dealt; the same arrays again, so that rates of a seed share what is compiled."""
    size, *parts = dealt(seed, sizes, judged)
    return size, windows(parts[0], 1), windows(parts[1]), windows(parts[2])


def windows(of: NDArray[np.int64], halves: int = 2) -> Arrays:
    """(n, 64 halves) characters and those that come after each; one begins where half of the one before it ends."""
    starts, length = range(0, (WINDOWS + 2 - halves) * HALF, HALF), halves * HALF
    x = np.concatenate([of[:, start : start + length] for start in starts]).astype(np.int32)
    y = np.concatenate([of[:, start + 1 : start + length + 1] for start in starts]).astype(np.int32)
    x.flags.writeable = y.flags.writeable = False
    return Arrays(x, y)


def built(net: str, symbols: int, units: int) -> Any:
    """From (count, n) characters, one-hot, to logits of the one after each."""
    cell = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM, "rnn": keras.layers.SimpleRNN}[net]
    entry = keras.Input((None,), dtype="int32")
    one_hot = keras.layers.Embedding(symbols, symbols, embeddings_initializer="identity", trainable=False)(entry)
    return keras.Model(entry, keras.layers.Dense(symbols)(cell(units, return_sequences=True)(one_hot)))


class Falling(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Along half a cosine from `rate` to 0 in so many steps; Keras' own takes no hyper-parameter."""

    def __init__(self, rate: Any, steps: int) -> None:
        self.rate, self.steps = rate, steps

    def __call__(self, step: Any) -> Any:
        share = ops.cast(step, "float32") / self.steps
        return ops.convert_to_tensor(self.rate) * 0.5 * (1 + ops.cos(pi * ops.minimum(share, 1.0)))


def surprise(model: Any, x: Any, y: Any, training: bool = True) -> Any:
    """(count, n) nats."""
    logits = model(x, training=training)
    return keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True)


def judged(model: Any, x: Any, y: Any) -> dict[str, Any]:
    """At the second half of the windows, before which lie 64 characters at least."""
    return {"nats": ops.mean(surprise(model, x, y, training=False)[:, HALF:])}


def experiment(settings: Mapping[str, Any], seed: int = 2 * PILOT_SEEDS) -> Experiment:
    symbols, trained, held, test = examples(settings.get("deal", seed), tuple(settings["pieces"]), settings["judged"])
    net, units, steps = settings["net"], settings["units"], settings["steps"]  # so that rates share a program
    return Experiment(
        build_model=lambda hyper: built(net, symbols, units),
        build_optimizer=lambda hyper: keras.optimizers.Adam(Falling(hyper["rate"], steps), clipnorm=1.0),
        loss=lambda model, x, y: ops.mean(surprise(model, x, y)),
        data=trained,
        batch_size=BATCH,
        steps=steps,
        evaluate={name: Evaluation(of, judged, len(of.x), WINDOWS) for name, of in (("held", held), ("test", test))},
        evaluate_every=settings["every"],
        hyper={"rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        if settings["net"] == "ngrams":
            yield Run(seed, "ok", 0, False, counted(settings, seed), {})
            continue
        (trained,) = train(experiment(settings, seed), [seed], lanes=lanes)
        if trained.status == "diverged":
            yield trained
            continue
        step, held = min(trained.curves["held_nats"][1:], key=lambda point: point[1])
        found = {"test_nats": dict(trained.curves["test_nats"])[step], "held_nats": held, "best_step": float(step)}
        yield Run(seed, "ok", trained.steps, False, found, {"test_nats": trained.curves["test_nats"]})


def counted(settings: Mapping[str, Any], seed: int) -> dict[str, float | None]:
    """Of n-grams: the surprise of each order, and of the one that is best on the pieces that choose."""
    symbols, trained, choosing, asked = dealt(seed, settings["pieces"], settings["judged"])
    known = ngrams.levels(list(trained), MOST, symbols)
    skip = HALF + 1
    held = [ngrams.spelled(list(choosing), n, symbols, skip) for n in range(1, MOST + 1)]
    test = [ngrams.spelled(list(asked), n, symbols, skip) for n in range(1, MOST + 1)]
    models = ngrams.chosen(known, held, symbols)
    of_orders = [ngrams.nats(known, model, test, symbols) for model in models]
    best = min(models, key=lambda model: model.nats)
    found: dict[str, float | None] = {f"test_nats_{n}": value for n, value in enumerate(of_orders, 1)}
    return found | {"test_nats": of_orders[best.order - 1], "held_nats": best.nats, "order": float(best.order)}
