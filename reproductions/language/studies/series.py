"""Does an LSTM foretell the next value of a series better than its last value and than its mean do?

Nets see the last 32 values and answer with the next one: an LSTM, a GRU and a vanilla RNN of 32 units, and a hidden
layer of 64 ReLU units on all values. Adam on squared errors, batches of 32, the weights of the least validation error.
`ar` is a linear autoregression by least squares whose order the validation part chooses. Errors are squared errors over
the variance of what is foretold about the training mean, so that the mean has 1; 20 steps ahead what was foretold is
fed back. Each trial draws its series anew; sunspots are as they were, and only nets differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import keras
import numpy as np
from keras import ops

from common.study import PILOT_SEEDS, Arm, Tier
from common.training import Arrays, Evaluation, Experiment, Run, train
from reproductions.language import series

DATASET = "synthetic"
METRICS = {
    "one_step": "squared error of the next value, over that of the mean of training, ratio",
    "persistence_one": "squared error of the last value for the next, over that of the mean of training, ratio",
    "mean_one": "squared error of the mean of training, over itself, ratio",
    "twenty_steps": "squared error 20 steps ahead, over that of the mean of training, ratio",
    "persistence_twenty": "squared error of the last value 20 steps ahead, over that of the mean of training, ratio",
    "mean_twenty": "squared error of the mean of training 20 steps ahead, over itself, ratio",
    "over_persistence": "squared error of the next value, over that of the last value, ratio",
    "best_step": "updates until the validation error was least, updates",
}
WIDTH, AHEAD, UNITS, BATCH = 32, 20, 32, 32
STEPS, EVERY = 1_500, 100
NETS = ("lstm", "gru", "rnn", "mlp")
GRID = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
TRIED = "mackey_glass"  # on which rates were tried, for a third of the updates
RATES = {"lstm": 3e-2, "gru": 3e-2, "rnn": 1e-2, "mlp": 1e-2}
QUICK = {"units": 8, "steps": 150, "every": 75, "lengths": [400, 100, 200], "series_seed": 0}


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(name, net) for name in series.NAMES for net in (*NETS, "ar"))
    if tier == "quick":
        return (_quick(range(2)),)
    if tier == "pilot":
        seeds = range(2 * PILOT_SEEDS, 2 * PILOT_SEEDS + 50)
        tried = [(TRIED, net, rate) for net in NETS for rate in GRID]
        return (_quick(seeds), *(_arm(n, net, rate, "validation", seeds[:1]) for n, net, rate in tried))
    return ()


def _arm(name: str, net: str, tried: float = 0, judged: str = "test", seeds: Sequence[int] = ()) -> Arm:
    settings = {"series": name, "net": net, "rate": tried or RATES.get(net, 0.0), "judged": judged}
    settings |= {
        "units": UNITS,
        "steps": STEPS // 3 if tried else STEPS,
        "every": EVERY,
        "lengths": list(series.LENGTHS),
    }
    seconds = {"ar": 0.1, "mlp": 2.0}.get(net, 6.0)
    return Arm(f"{name}_{net}" + (f"_rate_{tried:g}" if tried else ""), settings, tuple(seeds), seconds=seconds)


def _quick(seeds: Sequence[int]) -> Arm:
    settings = {"series": "mackey_glass", "net": "lstm", "rate": 1e-2, "judged": "validation", **QUICK}
    return Arm("quick", settings, tuple(seeds), seconds=0.3)


def built(net: str, units: int) -> Any:
    """From (count, 32) values to (count, 1)."""
    entry = keras.Input((WIDTH,))
    if net == "mlp":
        return keras.Model(entry, keras.layers.Dense(1)(keras.layers.Dense(2 * units, "relu")(entry)))
    cell = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}[net]
    return keras.Model(entry, keras.layers.Dense(1)(cell(units)(keras.layers.Reshape((WIDTH, 1))(entry))))


def squared(model: Any, x: Any, y: Any) -> Any:
    return ops.mean(ops.square(model(x, training=True)[:, 0] - y[:, 0]))


def next_error(model: Any, x: Any, y: Any) -> dict[str, Any]:
    return {"one": ops.mean(ops.square(model(x, training=False)[:, 0] - y[:, 0]))}


def both_errors(model: Any, x: Any, y: Any) -> dict[str, Any]:
    """Of the next value, and of the last of y, with what the net foretold fed back in between."""
    ahead = int(y.shape[1])

    def on(_: Any, seen: Any) -> Any:
        return ops.concatenate([seen[:, 1:], model(seen, training=False)], axis=1)

    first = on(0, x)
    last = ops.fori_loop(1, ahead, on, first)
    errors = {"one": first[:, -1] - y[:, 0], "twenty": last[:, -1] - y[:, -1]}
    return {name: ops.mean(ops.square(error)) for name, error in errors.items()}


def examples(cut: series.Parts, part: str) -> tuple[series.Numbers, series.Numbers]:
    """Windows of a part, and the 20 values after each."""
    of = {"train": (cut.train, np.empty(0)), "validation": (cut.validation, cut.train)}
    of["test"] = (cut.test, np.concatenate([cut.train, cut.validation]))
    return series.windows(*of[part], WIDTH, AHEAD)


def experiment(settings: Mapping[str, Any], seed: int = 2 * PILOT_SEEDS) -> Experiment:
    data = arrays(*drawn(settings, seed))
    sizes = {name: len(part.x) for name, part in data.items()}
    net, units = settings["net"], settings["units"]  # all that the program depends on, so that rates share it
    return Experiment(
        build_model=lambda hyper: built(net, units),
        build_optimizer=lambda hyper: keras.optimizers.Adam(lambda: hyper["rate"]),
        loss=squared,
        data=data["train"],
        batch_size=BATCH,
        steps=settings["steps"],
        evaluate={
            "held": Evaluation(data["validation"], next_error, sizes["validation"], sizes["validation"]),
            "test": Evaluation(data["test"], both_errors, sizes["test"], sizes["test"]),
        },
        evaluate_every=settings["every"],
        hyper={"rate": settings["rate"]},
    )


def drawn(settings: Mapping[str, Any], seed: int) -> tuple[str, int, str, tuple[int, int, int]]:
    """What `series.parts` is asked for: the series of the seed, or of one for all seeds where the settings name it."""
    first, second, last = settings["lengths"]
    return settings["series"], settings.get("series_seed", seed), settings["judged"], (first, second, last)


@lru_cache(maxsize=2)
def arrays(*asked: Any) -> Mapping[str, Arrays]:
    """The windows of each part; the same arrays again, so that rates and nets of a seed share what is compiled."""
    cut, data = series.parts(*asked), {}
    for name in ("train", "validation", "test"):
        x, y = (a.astype(np.float32) for a in examples(cut, name))
        x.flags.writeable = y.flags.writeable = False
        data[name] = Arrays(x, y)
    return data


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        cut = series.parts(*drawn(settings, seed))
        x, y = examples(cut, "test")
        if settings["net"] == "ar":
            told = series.iterated(series.autoregression(cut.train, cut.validation, WIDTH), x, AHEAD)
            one, twenty = (float(np.mean((told[:, place] - y[:, place]) ** 2)) for place in (0, -1))
            yield Run(seed, "ok", 0, False, compared(x, y, one, twenty), {})
            continue
        (trained,) = train(experiment(settings, seed), [seed], lanes=lanes)
        if trained.status == "diverged":
            yield trained
            continue
        step, _ = min(trained.curves["held_one"][1:], key=lambda point: point[1])
        one, twenty = (dict(trained.curves[f"test_{name}"])[step] for name in ("one", "twenty"))
        metrics = {**compared(x, y, one, twenty), "best_step": float(step)}
        yield Run(seed, "ok", trained.steps, False, metrics, {"one_step": trained.curves["test_one"]})


def compared(x: series.Numbers, y: series.Numbers, one: float, twenty: float) -> dict[str, float | None]:
    """Squared errors beside those of the last value and of the mean of training, which is 0."""
    found: dict[str, float | None] = {}
    for name, error, place in (("one", one, 0), ("twenty", twenty, -1)):
        mean, last = float(np.mean(y[:, place] ** 2)), float(np.mean((y[:, place] - x[:, -1]) ** 2))
        found |= {f"persistence_{name}": last / mean, f"mean_{name}": 1.0}
        found[{"one": "one_step", "twenty": "twenty_steps"}[name]] = error / mean
    return found | {"over_persistence": (found["one_step"] or 0.0) / (found["persistence_one"] or 1.0)}
