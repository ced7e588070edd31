"""The game's one loss against two nets with losses of their own, and what is counted on the ring."""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common.training import Arrays, Evaluation, Experiment, Run, Stream, train  # noqa: E402
from reproductions.gan import game, ring  # noqa: E402
from reproductions.gan.studies import ring as study  # noqa: E402

COUNT, RATE, RATIO, STEPS = 12, 0.05, 10.0, 4
Layers = list[np.ndarray]  # kernel, bias, kernel, bias, …


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(game, "WIDTH", 3)


def points() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    drawn = generator.normal(size=(COUNT, 2)), generator.normal(size=(COUNT, game.LATENT))
    return drawn[0].astype("float32"), drawn[1].astype("float32")


SIZES = {"g": (game.LATENT, 3, 3, 2), "d": (2, 3, 3, 1)}
LOOKED_AT = 4  # numbers that tell where the weights of a net are


def start(part: str) -> np.ndarray:
    """All weights of a net, biases too, kernel by kernel."""
    count = sum((before + 1) * after for before, after in pairwise(SIZES[part]))
    return np.random.default_rng(len(SIZES[part]) + ord(part)).normal(size=count).astype("float32") / 2


def directions(part: str) -> np.ndarray:
    return np.random.default_rng(8).normal(size=(LOOKED_AT, len(start(part)))).astype("float32")


def weights(net: Any, x: Any, z: Any) -> dict[str, Any]:
    """Where the weights of both nets are, as they are used, in a few directions."""
    found: dict[str, Any] = {}
    for part, of, times in (("g", net.generator, net.stretch), ("d", net.discriminator, 1.0)):
        flat = ops.concatenate([ops.reshape(times * v.value, (-1,)) for v in of.trainable_variables])
        seen = ops.matmul(ops.convert_to_tensor(directions(part)), flat)
        found |= {f"{part}{i}": seen[i] for i in range(LOOKED_AT)}
    return found


def played(
    optimizer: Any,
    stretch: float,
    turns: int = 1,
    seeds: Sequence[int] = (20_000,),
    lanes: int = 1,
    given: bool = True,
) -> list[Run]:
    """The engine's runs on one batch, looked at after every step; from weights that are `given`, or drawn."""
    batch = Arrays(*points())

    def build(hyper: Any) -> Any:
        net = game.build_model(hyper["stretch"], turns)
        net.stretch = hyper["stretch"]
        if given:
            net.generator.set_weights([w / np.float32(stretch) for w in layers(start("g"), SIZES["g"])])
            net.discriminator.set_weights(layers(start("d"), SIZES["d"]))
        return net

    experiment = Experiment(
        build_model=build,
        build_optimizer=lambda hyper: optimizer(),
        loss=game.loss,
        data=batch,
        batch_size=COUNT,
        steps=STEPS,
        evaluate={"w": Evaluation(batch, weights, COUNT, COUNT)},
        evaluate_every=1,
        hyper={"stretch": stretch},
    )
    return list(train(experiment, list(seeds), lanes=lanes))


def told(run: Run, part: str) -> np.ndarray:
    """(looks, directions) of one of the nets."""
    return np.array([[value for _, value in run.curves[f"w_{part}{i}"]] for i in range(LOOKED_AT)]).T


def layers(flat: np.ndarray, sizes: Sequence[int]) -> Layers:
    found, at = [], 0
    for before, after in pairwise(sizes):
        for shape in ((before, after), (after,)):
            count = int(np.prod(shape))
            found.append(flat[at : at + count].reshape(shape))
            at += count
    return found


def forward(net: Layers, x: np.ndarray) -> list[np.ndarray]:
    """Inputs of each layer, and the result."""
    seen = [x]
    for place in range(0, len(net), 2):
        y = seen[-1] @ net[place] + net[place + 1]
        seen.append(np.maximum(y, 0) if place + 2 < len(net) else y)
    return seen


def backward(net: Layers, seen: list[np.ndarray], slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of all weights, flat, and that of the input."""
    found: list[np.ndarray] = []
    for place in range(len(net) - 2, -1, -2):
        before = seen[place // 2]
        found = [(before.T @ slope).ravel(), slope.sum(axis=0), *found]
        slope = slope @ net[place].T * (before > 0 if place else 1)
    return np.concatenate(found), slope


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def both(g: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of each net's own loss, by hand; the other net is as it is."""
    x, z = points()
    g_net, d_net = layers(g, SIZES["g"]), layers(d, SIZES["d"])
    made = forward(g_net, z)
    real, fake = forward(d_net, x), forward(d_net, made[-1])
    of_real, _ = backward(d_net, real, -sigmoid(-real[-1]) / COUNT)
    of_fake, _ = backward(d_net, fake, sigmoid(fake[-1]) / COUNT)
    _, at_points = backward(d_net, fake, -sigmoid(-fake[-1]) / COUNT)
    return backward(g_net, made, at_points)[0], of_real + of_fake


class Sgd:
    """One net's own optimizer."""

    def __init__(self, rate: float, momentum: float = 0.0) -> None:
        self.rate, self.momentum, self.velocity = rate, momentum, np.zeros(())

    def step(self, gradient: np.ndarray) -> np.ndarray:
        self.velocity = self.momentum * self.velocity - self.rate * gradient
        return self.velocity


class Adam:
    def __init__(self, rate: float) -> None:
        self.rate, self.first, self.second, self.count = rate, np.zeros(()), np.zeros(()), 0

    def step(self, gradient: np.ndarray) -> np.ndarray:
        self.count += 1
        self.first = 0.9 * self.first + 0.1 * gradient
        self.second = 0.999 * self.second + 0.001 * gradient**2
        root = np.sqrt(self.second / (1 - 0.999**self.count))
        return -self.rate * self.first / (1 - 0.9**self.count) / (root + 1e-12)


OPTIMIZERS: dict[str, tuple[Any, Any, float]] = {
    "sgd": (lambda: keras.optimizers.SGD(RATE), Sgd, sqrt(RATIO)),
    "momentum": (lambda: keras.optimizers.SGD(RATE, 0.9), lambda rate: Sgd(rate, 0.9), sqrt(RATIO)),
    "adam": (lambda: keras.optimizers.Adam(RATE, epsilon=1e-12), Adam, RATIO),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_one_loss_trains_two_nets_as_two_losses_and_two_optimizers_do(name: str) -> None:
    """At a rate of its own each, the generator's ten times the discriminator's."""
    optimizer, by_hand, stretch = OPTIMIZERS[name]
    (run,) = played(optimizer, stretch)
    own = {"g": by_hand(RATIO * RATE), "d": by_hand(RATE)}
    at = {part: start(part).astype(np.float64) for part in "gd"}
    for look in range(STEPS + 1):
        for part in "gd":
            assert told(run, part)[look] == pytest.approx(directions(part) @ at[part], rel=1e-4, abs=1e-4)
        of = dict(zip("gd", both(at["g"], at["d"]), strict=True))
        at = {part: at[part] + own[part].step(of[part]) for part in "gd"}


def test_without_the_two_stops_each_net_would_move_by_the_others_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a generator that helps the discriminator, and a discriminator that helps the generator."""
    optimizer, _, _ = OPTIMIZERS["sgd"]
    (right,) = played(optimizer, 1.0)
    monkeypatch.setattr(ops, "stop_gradient", lambda x: ops.convert_to_tensor(x))
    (wrong,) = played(optimizer, 1.0)
    for part in "gd":
        assert told(wrong, part)[0] == pytest.approx(told(right, part)[0])
        assert np.abs(told(wrong, part)[1] - told(right, part)[1]).max() > 1e-4


def test_the_generator_waits_for_its_turn_and_the_discriminator_does_not() -> None:
    optimizer, _, stretch = OPTIMIZERS["sgd"]
    (run,) = played(optimizer, stretch, turns=3)
    moved = {part: np.abs(np.diff(told(run, part), axis=0)).max(axis=1) > 0 for part in "gd"}
    assert moved["g"].tolist() == [True, False, False, True]
    assert moved["d"].all()


def test_however_they_are_kept_weights_start_as_keras_starts_them() -> None:
    shape, bound = (30, 10), sqrt(6 / 40)
    plain = ops.convert_to_numpy(keras.initializers.GlorotUniform(3)(shape))
    kept = ops.convert_to_numpy(game.Shrunk(10.0)(shape, "float32"))
    assert np.abs(plain).max() == pytest.approx(bound, rel=0.02)
    assert np.abs(10 * kept).max() == pytest.approx(bound, rel=0.02)
    assert (10 * kept).std() == pytest.approx(plain.std(), rel=0.1)


def test_a_seed_plays_the_same_game_whichever_others_play_beside_it(used_backend: str) -> None:
    if used_backend != "jax":
        pytest.skip("only JAX puts seeds side by side")
    optimizer, _, stretch = OPTIMIZERS["sgd"]
    beside = {run.seed: run for run in played(optimizer, stretch, seeds=(20_000, 20_001, 20_002), lanes=2, given=False)}
    (alone,) = played(optimizer, stretch, seeds=(20_002,), lanes=2, given=False)
    assert alone.curves == beside[20_002].curves
    assert not np.allclose(told(alone, "g"), told(beside[20_000], "g"))


def covered(found: np.ndarray) -> tuple[float, float]:
    told = ring.coverage(ops.convert_to_tensor(found.astype("float32")))
    return float(told["modes"]), float(told["quality"])


def test_a_gaussian_is_covered_by_an_eightieth_of_the_points_within_three_deviations() -> None:
    centres = ring.CENTRES.astype(np.float64)
    assert covered(np.repeat(centres, 10, axis=0)) == (8, 1)
    assert covered(np.repeat(centres[:1], 80, axis=0)) == (1, 1)
    assert covered(np.concatenate([np.repeat(centres[:1], 79, axis=0), centres[1:2]])) == (2, 1)
    assert covered(np.concatenate([np.repeat(centres[:1], 80, axis=0), centres[1:2]])) == (1, 1)
    many = np.repeat(centres, 10, axis=0)
    assert covered(many + np.array([ring.NEAR * 0.99, 0])) == (8, 1)
    assert covered(many + np.array([ring.NEAR * 1.01, 0])) == (0, 0)
    assert covered((many + np.roll(many, 10, axis=0)) / 2) == (0, 0)


def test_real_points_lie_about_all_eight_alike() -> None:
    x, z = (ops.convert_to_numpy(a) for a in ring.draw(keras.random.SeedGenerator(1), 8_000))
    modes, quality = covered(x)
    assert modes == 8
    assert quality == pytest.approx(1 - np.exp(-4.5), abs=5e-3)  # of two dimensions: Rayleigh's tail
    nearest = ((x[:, None] - ring.CENTRES) ** 2).sum(axis=-1).argmin(axis=1)
    assert np.bincount(nearest) == pytest.approx(np.full(8, 1_000), abs=120)
    assert (x - ring.CENTRES[nearest]).std(axis=0) == pytest.approx(np.full(2, ring.DEVIATION), rel=0.05)
    assert z.shape == (8_000, game.LATENT)
    assert (z.mean(), z.std()) == (pytest.approx(0, abs=0.02), pytest.approx(1, abs=0.02))


def test_a_discriminator_is_right_where_it_takes_real_for_real_and_made_for_made() -> None:
    class Judge:
        def __init__(self, says: float) -> None:
            self.says = says

        def generator(self, z: Any) -> Any:
            return z[:, :2]

        def discriminator(self, points: Any) -> Any:
            return self.says * points[:, :1]

    x, z = np.full((4, 2), 1.0, "float32"), np.full((4, 8), -1.0, "float32")
    for says, right in {1.0: 1.0, -1.0: 0.0, 0.0: 0.0}.items():
        assert float(ring.state(Judge(says), x, z)["d_accuracy"]) == right
    assert float(ring.state(Judge(1.0), x, -z)["d_accuracy"]) == 0.5


def test_what_is_told_is_the_mean_of_the_last_quarter() -> None:
    curve = [(step, float(step >= 30)) for step in range(41)]
    run = Run(seed=0, status="ok", steps=1, stopped=False, metrics={"ring_modes": 1.0}, curves={"ring_modes": curve})
    assert study.late(run) == {"modes": 1.0}
    assert study.LAST * 4 == study.LOOKS


def test_points_come_from_a_stream() -> None:
    assert isinstance(study.experiment(study.arms("quick")[0].settings).data, Stream)
