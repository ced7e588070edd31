"""Does a film review praise or pan? Bags of words beside nets that see the order of the words, on the same sentences.

Sentence polarity (Pang & Lee 2005). Each trial deals the sentences anew: 1066 are judged, 960 choose, 8636 train; so
that its seed is that of a random split, and arms of a seed share it. `bags` is the best of three classifiers of words
by the sentences that choose, `pairs` the same of words and pairs of words. `cnn` is CNN-rand of Kim 2014: 100 filters
each of 3, 4 and 5 words, the largest answer of each, dropout of one half, norms of the last weights up to 3, Adadelta,
batches of 50. `lstm` has 64 units, `averaged` takes the mean of the word vectors. Vectors are learned from random ones.
`cnn_scrambled` is the CNN where the words of each sentence, in training too, are in random order. Each net has the
weights of the best epoch by the sentences that choose.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import keras
from keras import ops

from common.constraints import MaxNorm
from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run, train
from reproductions.language import bags, sentences

DATASET = "sentences"
METRICS = {
    "test_accuracy": "share of the judged sentences told rightly, ratio",
    "held_accuracy": "share of the sentences that choose told rightly, ratio",
    "scrambled_accuracy": "share of the judged sentences told rightly with their words in random order, ratio",
    "naive_bayes": "share of the judged sentences told rightly by naive Bayes, ratio",
    "nb_svm": "share of the judged sentences told rightly by support vectors on naive Bayes' ratios, ratio",
    "logistic": "share of the judged sentences told rightly by logistic regression, ratio",
    "naive_bayes_published": "share told rightly by naive Bayes as Wang & Manning 2012 have it, ratio",
    "nb_svm_published": "share told rightly by support vectors as Wang & Manning 2012 have them, ratio",
    "best_step": "updates until the accuracy on the sentences that choose was highest, updates",
}
WORDS, LENGTH, WIDTH, FILTERS, BATCH = 12_000, 48, 100, 100, 50
EPOCHS = {"cnn": 8, "cnn_scrambled": 8, "lstm": 4, "averaged": 6}
SIZES = (3, 4, 5)  # of filters, in words
LSTM = 64
NETS = ("cnn", "lstm", "averaged", "cnn_scrambled")
GRID = {"lstm": (1e-3, 3e-3, 1e-2), "averaged": (3e-3, 1e-2, 3e-2, 1e-1)}
RATES = {"cnn": 1.0, "lstm": 3e-3, "averaged": 3e-2}  # Adadelta's, which Kim 2014 leaves at 1, and Adam's
SECONDS = {"cnn": 90.0, "cnn_scrambled": 90.0, "lstm": 20.0, "averaged": 8.0, "bags": 1.5, "pairs": 4.0}
SMALL = {"words": 1_000, "length": 32, "width": 32, "filters": 16, "epochs": 3, "trained": 1_200}
QUICK = {**SMALL, "judged": "validation", "deal": 0}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name) for name in (*NETS, "bags", "pairs"))
    if tier == "quick":
        return _quick(range(4))
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        tried = [_arm(net, rate, "validation", seeds[:1]) for net, rates in GRID.items() for rate in rates]
        whole = (_arm(name, 0, "validation", seeds[:4]) for name in ("bags", "pairs"))
        return (*_quick(seeds), *tried, *whole, _arm("cnn", RATES["cnn"], "validation", seeds[:1]))
    return ()


def _arm(name: str, tried: float = 0, judged: str = "test", seeds: Sequence[int] = ()) -> Arm:
    settings: dict[str, Any] = {"net": name, "judged": judged}
    if name in NETS:
        settings |= {"rate": tried or RATES[name.removesuffix("_scrambled")], "words": WORDS, "length": LENGTH}
        settings |= {"width": WIDTH, "filters": FILTERS, "epochs": EPOCHS[name]}
    label = f"{name}_rate_{tried:g}" if tried else name
    return Arm(label, settings, tuple(seeds), seconds=SECONDS[name], megabytes=1_500)


def _quick(seeds: Sequence[int]) -> tuple[Arm, ...]:
    of_words = {"net": "bags", "judged": "validation", "trained": 2_000, "names": ["naive_bayes"]}
    return (
        Arm("quick_cnn", {"net": "cnn", "rate": 3.0, **QUICK}, tuple(seeds), seconds=0.5),
        Arm("quick_bags", of_words, tuple(seeds), seconds=0.3),
    )


def built(net: str, words: int, length: int, width: int, filters: int) -> Any:
    """From (count, length) numbers of words to two logits."""
    entry = keras.Input((length,), dtype="int32")
    vectors = keras.layers.Embedding(words, width, keras.initializers.RandomUniform(-0.25, 0.25))(entry)
    if net == "lstm":
        x = keras.layers.LSTM(LSTM)(vectors)
    elif net == "averaged":
        there = ops.cast(ops.not_equal(entry, sentences.BLANK), "float32")[..., None]
        x = ops.sum(vectors * there, axis=1) / ops.maximum(ops.sum(there, axis=1), 1.0)
    else:
        found = [keras.layers.Conv1D(filters, size, activation="relu")(vectors) for size in SIZES]
        x = keras.layers.Concatenate()([keras.layers.GlobalMaxPooling1D()(one) for one in found])
    x = keras.layers.Dropout(0.5)(x)
    return keras.Model(entry, keras.layers.Dense(2, kernel_constraint=MaxNorm(lambda: 3.0))(x))


def loss(model: Any, x: Any, y: Any) -> Any:
    logits = model(x, training=True)
    return ops.mean(keras.losses.sparse_categorical_crossentropy(y, logits, from_logits=True))


def accuracy(model: Any, x: Any, y: Any) -> dict[str, Any]:
    right = ops.cast(ops.argmax(model(x, training=False), axis=-1), "int32") == ops.cast(y, "int32")
    return {"accuracy": ops.mean(ops.cast(right, "float32"))}


@lru_cache(maxsize=2)
def arrays(seed: int, judged: str, trained: int | None, words: int, length: int, mixed: bool) -> Mapping[str, Arrays]:
    """The parts of a deal as numbers; the same arrays again, so that rates of a seed share what is compiled."""
    deal = sentences.dealt(seed, judged, trained)
    known = sentences.vocabulary(deal.train, words)
    parts = {"train": deal.train, "held": deal.validation, "test": deal.test}
    if mixed:
        parts = {name: sentences.scrambled(part, seed) for name, part in parts.items()}
    else:
        parts["scrambled"] = sentences.scrambled(deal.test, seed)
    found = {}
    for name, part in parts.items():
        x, y = sentences.encoded(part, known, length), part.labels
        x.flags.writeable = y.flags.writeable = False
        found[name] = Arrays(x, y)
    return found


def experiment(settings: Mapping[str, Any], seed: int = 2 * PILOT_SEEDS) -> Experiment:
    net, words, length = settings["net"], settings["words"], settings["length"]
    mixed, deal = net == "cnn_scrambled", settings.get("deal", seed)
    data = arrays(deal, settings["judged"], settings.get("trained"), words, length, mixed)
    width, filters = settings["width"], settings["filters"]
    steps, adadelta = len(data["train"].x) // BATCH, net.startswith("cnn")

    def optimizer(hyper: Any) -> Any:
        if adadelta:
            return keras.optimizers.Adadelta(lambda: hyper["rate"], rho=0.95, epsilon=1e-6)
        return keras.optimizers.Adam(lambda: hyper["rate"])

    return Experiment(
        build_model=lambda hyper: built(net, words, length, width, filters),
        build_optimizer=optimizer,
        loss=loss,
        data=data["train"],
        batch_size=BATCH,
        steps=settings["epochs"] * steps,
        evaluate={
            name: Evaluation(of, accuracy, len(of.x), len(of.x) // (2 if len(of.x) % 2 == 0 else 1))
            for name, of in data.items()
            if name != "train"
        },
        evaluate_every=steps,
        hyper={"rate": settings["rate"]},
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        if settings["net"] in ("bags", "pairs"):
            deal = sentences.dealt(seed, settings["judged"], settings.get("trained"))
            yield Run(seed, "ok", 0, False, counted(deal, settings), {})
            continue
        (trained,) = train(experiment(settings, seed), [seed], lanes=lanes)
        if trained.status == "diverged":
            yield trained
            continue
        step, held = max(trained.curves["held_accuracy"][1:], key=lambda point: point[1])
        found: dict[str, float | None] = {
            name: dict(trained.curves[name])[step]
            for name in trained.curves
            if name.startswith(("test_", "scrambled_"))
        }
        found |= {"held_accuracy": held, "best_step": float(step)}
        yield Run(seed, "ok", trained.steps, False, found, {"test_accuracy": trained.curves["test_accuracy"]})


def counted(deal: sentences.Deal, settings: Mapping[str, Any]) -> dict[str, float | None]:
    """Of classifiers of counts, and of the one that is best on the sentences that choose."""
    names = tuple(settings.get("names", bags.NAMES))
    found = bags.accuracies(deal, settings["net"] == "pairs", names)
    held, test = max(found.values(), key=lambda pair: pair[0])
    published = {} if "names" in settings else bags.as_published(deal, settings["net"] == "pairs")
    told = {name: value for name, (_, value) in found.items()} | {f"{n}_published": v for n, v in published.items()}
    return {**told, "test_accuracy": test, "held_accuracy": held}
