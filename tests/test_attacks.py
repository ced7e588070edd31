"""Laws of the attacks; each planted fault in an attack is noticed."""

from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common import attacks  # noqa: E402

EPSILON, PIXELS = 0.25, 64
GENERATOR = np.random.default_rng(0)
X = GENERATOR.random((50, PIXELS), np.float32)
LABELS = GENERATOR.integers(0, 3, 50).astype("int32")
START = GENERATOR.uniform(-EPSILON, EPSILON, X.shape).astype(np.float32)


def net(*widths: int) -> Any:
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(width, activation="tanh") for width in widths]
    return keras.Sequential([keras.Input((PIXELS,)), *layers, keras.layers.Dense(3)])


def cross_entropy(predict: attacks.Predict, x: Any) -> np.ndarray:
    """(n,) by Keras, an implementation of its own."""
    return np.asarray(keras.losses.sparse_categorical_crossentropy(LABELS, predict(x), from_logits=True))


def fgsm(predict: attacks.Predict, x: Any, labels: Any) -> Any:
    return attacks.fgsm(predict, x, labels, EPSILON)


def pgd(predict: attacks.Predict, x: Any, labels: Any) -> Any:
    start = np.zeros_like(x) if x.shape != X.shape else START
    return attacks.pgd(predict, x, labels, EPSILON, start=start)


def flipped(predict: attacks.Predict, x: Any, labels: Any) -> Any:
    return 2 * x - fgsm(predict, x, labels)


def of_a_wrong_label(predict: attacks.Predict, x: Any, labels: Any) -> Any:
    return fgsm(predict, x, (labels + 1) % predict(x).shape[-1])


def beyond_the_budget(predict: attacks.Predict, x: Any, labels: Any) -> Any:
    return attacks.fgsm(predict, x, labels, 1.01 * EPSILON)


def out_of_range(predict: attacks.Predict, x: Any, labels: Any) -> Any:
    return attacks.fgsm(predict, x, labels, EPSILON) + 0.6


def idle(predict: attacks.Predict, x: Any, labels: Any) -> Any:
    return x


def not_a_number(predict: attacks.Predict, x: Any, labels: Any) -> Any:
    return fgsm(predict, x, labels) * np.nan


@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_a_working_attack_finds_every_planted_example(attack: attacks.Attack) -> None:
    assert float(attacks.finds_planted(attack, PIXELS, EPSILON)) == 1


@pytest.mark.parametrize("fault", [flipped, of_a_wrong_label, beyond_the_budget, out_of_range, idle, not_a_number])
def test_a_faulty_attack_finds_no_planted_example(fault: attacks.Attack) -> None:
    assert float(attacks.finds_planted(fault, PIXELS, EPSILON)) == 0


@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_an_attack_raises_the_loss_of_every_input_and_noise_of_that_size_does_not(attack: attacks.Attack) -> None:
    predict = net(16)
    before, after = cross_entropy(predict, X), cross_entropy(predict, attack(predict, X, LABELS))
    noisy = cross_entropy(predict, X + EPSILON * np.sign(START))
    assert (after > before).all()
    assert abs((noisy - before).mean()) < 0.2 * (after - before).mean()


def test_fgsm_is_the_worst_case_of_a_linear_classifier() -> None:
    """Of two classes: the log-odds against the label rise by epsilon times the L1 norm of the weights, no less."""
    weights = GENERATOR.standard_normal((PIXELS, 1)).astype(np.float32)
    labels = LABELS % 2

    def predict(x: Any) -> Any:
        score = ops.matmul(x, weights)
        return ops.concatenate([ops.zeros_like(score), score], axis=-1)

    before = np.asarray(attacks.log_odds(predict(X), labels))
    after = np.asarray(attacks.log_odds(predict(attacks.fgsm(predict, X, labels, EPSILON)), labels))
    assert after - before == pytest.approx(EPSILON * np.abs(weights).sum(), rel=1e-4)


def test_pgd_is_no_weaker_than_fgsm() -> None:
    predict = net(64, 64)
    single, many = (cross_entropy(predict, attack(predict, X, LABELS)).mean() for attack in (fgsm, pgd))
    assert many >= single


def test_the_gradient_of_the_log_odds_has_the_sign_of_that_of_the_cross_entropy() -> None:
    from common.gradients import input_gradient

    predict = net(16)
    labels = ops.convert_to_tensor(LABELS)

    def loss(x: Any) -> Any:
        return ops.sum(keras.losses.sparse_categorical_crossentropy(labels, predict(x), from_logits=True))

    reference = np.asarray(input_gradient(loss, ops.convert_to_tensor(X)))
    moved = np.asarray(fgsm(predict, ops.convert_to_tensor(X), LABELS))
    clear = np.abs(reference) > 1e-5
    assert clear.mean() > 0.95
    assert (np.sign(moved - X) == np.sign(reference))[clear].all()


def test_a_saturated_softmax_hides_no_gradient() -> None:
    """At logits of a thousand the gradient of cross-entropy is exactly 0 in single precision: FGSM would not move."""
    bare = net(16)
    labels = np.argmax(np.asarray(bare(X)), axis=-1).astype("int32")

    def predict(x: Any) -> Any:
        return 1e4 * bare(x)

    moved = attacks.fgsm(predict, X, labels, EPSILON)
    assert (np.asarray(moved) != X).mean() > 0.99
    rise = np.asarray(attacks.log_odds(predict(moved), labels)) - np.asarray(attacks.log_odds(predict(X), labels))
    assert (rise > 0).all()


LAST: dict[str, Any] = {
    "softmax": lambda bare: lambda x: ops.softmax(bare(x)),
    "sigmoid": lambda bare: lambda x: ops.sigmoid(bare(x)),
    "exp of log_softmax": lambda bare: lambda x: ops.exp(ops.log_softmax(bare(x))),
    "average": lambda bare: lambda x: ops.mean(ops.stack([ops.softmax(bare(x)), ops.softmax(2 * bare(x))]), axis=0),
    "weighted": lambda bare: lambda x: 0.25 * ops.softmax(bare(x)) + 0.75 * ops.softmax(bare(1 - x)),
    "cut": lambda bare: lambda x: ops.clip(ops.softmax(bare(x)), 1e-7, 1 - 1e-7),
    "one of two": lambda bare: (
        lambda x: ops.stack([1 - ops.sigmoid(bare(x)[:, 0]), ops.sigmoid(bare(x)[:, 0])], axis=-1)
    ),
    "half precision": lambda bare: lambda x: ops.cast(ops.softmax(ops.cast(bare(x), "float16")), "float32"),
    "layer": lambda bare: keras.Sequential([bare, keras.layers.Softmax()]),
    "activation": lambda bare: keras.Sequential([bare, keras.layers.Dense(3, activation="softmax")]),
    "sigmoids": lambda bare: keras.Sequential([bare, keras.layers.Dense(3, activation="sigmoid")]),
}


@pytest.mark.parametrize("attack", [fgsm, pgd])
@pytest.mark.parametrize("last", LAST)
def test_scores_that_are_probabilities_are_refused(attack: attacks.Attack, last: str) -> None:
    predict = LAST[last](net(16))
    with pytest.raises(ValueError, match=r"the scores to attack are probabilities.*give logits"):
        attack(predict, ops.convert_to_tensor(X), LABELS)
    if keras.backend.backend() == "jax":
        import jax

        with pytest.raises(ValueError, match="the scores to attack are probabilities"):
            jax.jit(lambda x: attack(predict, x, LABELS))(X)


SCORES: dict[str, Any] = {
    "logits": lambda bare: bare,
    "log_softmax": lambda bare: lambda x: ops.log_softmax(bare(x)),
    "log of average": lambda bare: lambda x: ops.log(ops.softmax(bare(x)) + ops.softmax(2 * bare(x))),
    "log_sigmoid": lambda bare: lambda x: ops.log_sigmoid(bare(x)),
    "logsumexp": lambda bare: lambda x: ops.logsumexp(ops.stack([bare(x), 2 * bare(x)]), axis=0),
    "gated": lambda bare: lambda x: bare(x) * ops.sigmoid(bare(x)),
    "hidden sigmoids": lambda bare: keras.Sequential(
        [keras.layers.Dense(8, activation="sigmoid"), keras.layers.Dense(3)]
    ),
    "attention": lambda bare: lambda x: ops.matmul(ops.softmax(bare(x)), np.eye(3, dtype=np.float32)),
    "swish": lambda bare: keras.Sequential([bare, keras.layers.Dense(3, activation="silu")]),
}


@pytest.mark.parametrize("last", SCORES)
def test_scores_that_are_logits_or_log_probabilities_are_attacked(last: str) -> None:
    predict = SCORES[last](net(16))
    before = np.asarray(attacks.log_odds(predict(X), LABELS))
    moved = np.asarray(fgsm(predict, ops.convert_to_tensor(X), LABELS))
    assert (np.asarray(attacks.log_odds(predict(moved), LABELS)) > before).mean() > 0.9


def test_scores_and_labels_of_another_shape_are_refused() -> None:
    predict = net(16)
    with pytest.raises(ValueError, match=r"labels have 2 axes: give the number of each input's class"):
        fgsm(predict, X, LABELS[:, None])
    with pytest.raises(ValueError, match=r"labels have 2 axes"):
        attacks.fooled(predict, X, X, np.eye(3)[LABELS], EPSILON)
    with pytest.raises(ValueError, match=r"scores have shape .50, 1.: give .n, classes., a column for each"):
        fgsm(lambda x: predict(x)[:, :1], X, LABELS)


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("epsilon", [0.01, 0.25])
def test_attacks_keep_their_budget_and_the_range_if_asked(clip: bool, epsilon: float) -> None:
    predict = net(16)
    start = START * epsilon / EPSILON
    for moved in (
        attacks.fgsm(predict, X, LABELS, epsilon, clip=clip),
        attacks.pgd(predict, X, LABELS, epsilon, start=start, clip=clip),
    ):
        array = np.asarray(moved)
        assert np.abs(array - X).max() <= epsilon + attacks.TOLERANCE
        assert np.asarray(attacks.within_budget(moved, X, epsilon, clip=clip)).all()
        assert (array.min() >= 0 and array.max() <= 1) == clip


@pytest.mark.parametrize(
    ("change", "clip", "kept"),
    [
        (0.25, False, True),
        (0.25 + 9e-7, False, True),
        (0.25 + 1e-5, False, False),
        (-0.25 - 1e-5, False, False),
        (np.nan, False, False),
        (0.25, True, True),
    ],
)
def test_budget_is_kept_to_a_millionth(change: float, clip: bool, kept: bool) -> None:
    x = np.full((1, 4), 0.5)
    moved = x.copy()
    moved[0, 2] += change
    assert bool(np.asarray(attacks.within_budget(moved, x, EPSILON, clip=clip))[0]) == kept


@pytest.mark.parametrize("value", [-1e-4, 1 + 1e-4])
def test_an_input_out_of_range_is_outside_a_clipped_budget(value: float) -> None:
    x = np.full((1, 4), round(value))
    moved = x.copy().astype(float)
    moved[0, 0] = value
    assert not np.asarray(attacks.within_budget(moved, x, EPSILON, clip=True))[0]
    assert np.asarray(attacks.within_budget(moved, x, EPSILON))[0]


def test_a_success_outside_the_budget_does_not_count() -> None:
    predict = net(16)
    labels = np.argmax(np.asarray(predict(X)), axis=-1).astype("int32")
    far = attacks.fgsm(predict, X, labels, 0.5)
    assert np.asarray(attacks.fooled(predict, far, X, labels, 0.5)).mean() > 0.5
    assert np.asarray(attacks.fooled(predict, far, X, labels, 0.49)).mean() == 0
