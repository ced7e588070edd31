"""Members are nets of their own, averages and votes are what a loop makes them, and agreement follows its formula."""

from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from common.training import Arrays, Evaluation, Experiment, train  # noqa: E402
from reproductions.generalisation import agreement, members, pixels  # noqa: E402
from reproductions.generalisation.studies import ensembles, pairs  # noqa: E402

MEMBERS, SHOWN, INPUTS, WIDTH = 5, 40, 12, 6
Array = Any


def drawn(seed: int = 3) -> tuple[Array, Array]:
    """Logits (members, n, classes) of nets that are right more often than not, and labels."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, pixels.CLASSES, SHOWN)
    logits = generator.normal(size=(MEMBERS, SHOWN, pixels.CLASSES)) + 1.5 * np.eye(pixels.CLASSES)[y]
    return logits.astype("float32"), y.astype("int32")


def softmax(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def test_each_member_begins_within_glorots_bound_and_fills_it() -> None:
    net = members.nets(10, 30, 20)
    for kernel, (inputs, units) in zip(net.trainable_variables[::2], ((30, 20), (20, 10)), strict=True):
        values, bound = np.abs(ops.convert_to_numpy(kernel.value)), np.sqrt(6 / (inputs + units))
        assert values.shape == (10, inputs, units)
        assert 0.95 * bound < values.max() <= bound
        assert len(np.unique(values[:, 0, 0])) == 10


def test_a_member_is_the_net_that_keras_makes_of_its_weights_on_its_own_batch() -> None:
    """So the sum of losses has for each member the gradient that it would have alone."""
    generator = np.random.default_rng(1)
    x = generator.normal(size=(MEMBERS * 8, INPUTS)).astype("float32")
    y = generator.integers(0, pixels.CLASSES, len(x)).astype("int32")
    net = members.nets(MEMBERS, INPUTS, WIDTH)
    together = ops.convert_to_numpy(members.losses(net, x, y, MEMBERS))
    weights = [ops.convert_to_numpy(w.value) for w in net.trainable_variables]
    order = [[w[k].reshape(w.shape[-1]) if w.shape[1] == 1 else w[k] for w in weights] for k in range(MEMBERS)]
    told = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    for k in range(MEMBERS):
        alone = keras.Sequential([keras.layers.Dense(WIDTH, "relu"), keras.layers.Dense(pixels.CLASSES)])
        alone.build((None, INPUTS))
        alone.set_weights(order[k])
        own = slice(8 * k, 8 * k + 8)
        assert together[k] == pytest.approx(float(told(y[own], alone(x[own]))), rel=1e-5)


def test_averages_and_votes_are_those_of_a_loop() -> None:
    logits, y = drawn()
    probabilities = softmax(logits)
    wrong, voted = 0, 0.0
    for image in range(SHOWN):
        wrong += int(probabilities[:, image].mean(axis=0).argmax() != y[image])
        counts = np.bincount(logits[:, image].argmax(axis=-1), minlength=pixels.CLASSES)
        first = np.flatnonzero(counts == counts.max())
        voted += 1 - (y[image] in first) / len(first)
    found = members.averages_wrong(logits, y, (2, MEMBERS))
    assert float(found[f"average_{MEMBERS}"]) == pytest.approx(100 * wrong / SHOWN, abs=1e-4)
    assert float(members.vote_wrong(logits, y)) == pytest.approx(100 * voted / SHOWN, abs=1e-4)
    assert 100 * wrong / SHOWN != pytest.approx(100 * voted / SHOWN), "else a mix-up would not show"


def test_copies_of_a_net_err_as_it_does() -> None:
    logits, y = drawn()
    each = members.each_wrong(logits, y)
    assert float(members.averages_wrong(logits, y, (2,))["copies"]) == float(each["member_0"])
    assert len({float(error) for error in each.values()}) > 1


def test_confidence_is_that_of_right_and_of_wrong_answers() -> None:
    logits, y = drawn()
    sure, correct = softmax(logits / 2).max(axis=-1), logits.argmax(axis=-1) == y
    found = {n.removeprefix("tempered_0_"): float(v) for n, v in members.tempered(logits, y, (2.0,)).items()}
    assert members.contrast(found) == pytest.approx(sure[correct].mean() - sure[~correct].mean(), abs=1e-5)
    assert members.contrast({**found, "right": 1.0}) is None


def test_tempering_keeps_answers_and_cold_members_vote() -> None:
    logits, y = drawn(seed=5)
    found = {name: float(value) for name, value in members.tempered(logits, y, (0.01, 1.0)).items()}
    assert found["tempered_0_changed"] == found["tempered_1_changed"] == 0
    average = members.averages_wrong(logits, y, (MEMBERS,))[f"average_{MEMBERS}"]
    assert found["tempered_1_average"] == pytest.approx(float(average))
    votes = ops.sum(ops.one_hot(ops.argmax(logits, axis=-1), pixels.CLASSES), axis=0)
    assert found["tempered_0_average"] == pytest.approx(float(pixels.percent_wrong(votes, y)), abs=1e-4)


def test_an_ensemble_is_told_by_its_members() -> None:
    names = ("right", "sure_right", "sure", "changed", "average")
    found = {f"judged_member_{k}": 10.0 + k for k in range(3)} | {f"validation_member_{k}": 20.0 - k for k in range(3)}
    found |= {"judged_average_2": 9.0, "judged_average_3": 8.0, "judged_average_5": 8.0, "judged_vote": 9.5}
    found |= {"validation_nll": 0.5, "train_loss": 1.0, "judged_copies": 10.25}
    for place in range(len(ensembles.TEMPERATURES)):
        values = (0.5, 0.4 - 0.01 * place, 0.6, 0.0, 8.0 + 0.1 * place)
        found |= {f"judged_tempered_{place}_{n}": v for n, v in zip(names, values, strict=True)}
    told = ensembles.measured(found, 3)
    assert told["gain"] == pytest.approx(11 - 8)
    assert told["best_member_error"] == 12, "the one that is best on validation images"
    assert told["copies_gain"] == -0.25
    assert told["voting_gain"] == pytest.approx(9.5 - 8.3)
    assert told["rank_correlation"] == pytest.approx(1), "both fall with the temperature"
    assert ensembles.measured({}, 3) == {}


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("copied", [0.0, 0.4])
def test_agreement_is_the_sum_over_all_pairs_of_answers(classes: int, copied: float) -> None:
    first, second = 0.35, 0.7 if not copied else 0.35
    agree = both = 0.0
    for one in range(classes):
        for other in range(classes):
            p_one = first if one == 0 else (1 - first) / (classes - 1)
            p_other = second if other == 0 else (1 - second) / (classes - 1)
            p = p_one * (copied * (one == other) + (1 - copied) * p_other)
            agree += p * (one == other)
            both += p * (one == other == 0)
    assert agreement.right_given_agree(first, second, classes, copied) == pytest.approx(both / agree)


def test_agreement_has_the_values_that_were_derived_before() -> None:
    wrong = [agreement.right_given_agree(0.3, 0.3, k) for k in (2, 10, 100, 1000)]
    assert np.round(wrong, 3) == pytest.approx([0.155, 0.623, 0.948, 0.995])
    assert agreement.right_given_agree(0.7, 0.7, 10) == pytest.approx(0.980, abs=5e-4)
    with pytest.raises(ValueError, match="never agree"):
        agreement.right_given_agree(0.0, 1.0, 10)


@pytest.mark.parametrize("copied", [0.0, 0.3])
def test_drawn_answers_agree_as_the_formula_says(copied: float) -> None:
    share, count = agreement.drawn(np.random.default_rng(9), 0.3, 10, copied, 200_000)
    law = agreement.right_given_agree(0.3, 0.3, 10, copied)
    assert abs(share - law) < 4 * np.sqrt(law * (1 - law) / count)
    expected = copied + (1 - copied) * (0.3**2 + 0.7**2 / 9)
    assert abs(count / 200_000 - expected) < 4 * np.sqrt(expected * (1 - expected) / 200_000)


def test_a_member_that_stands_still_is_not_trained_and_the_other_is() -> None:
    generator = np.random.default_rng(2)
    data = Arrays(generator.normal(size=(16, 5)).astype("float32"), generator.integers(0, 10, 16).astype("int32"))

    def surprises(net: Any, x: Any, y: Any) -> dict[str, Any]:
        logits = members.logits_of(net, x, 2)
        return {f"nll_{k}": ops.mean(pixels.surprise(logits[k], y)) for k in range(2)}

    experiment = Experiment(
        build_model=lambda hyper: members.halting(members.nets(2, 5, 4), lambda: [hyper["first"], hyper["second"]]),
        build_optimizer=lambda hyper: keras.optimizers.SGD(0.5),
        loss=lambda net, x, y: ops.sum(members.losses(net, x, y, 2)),
        data=data,
        batch_size=16,
        steps=3,
        evaluate={"held": Evaluation(data, surprises, 16, 16)},
        evaluate_every=1,
        hyper={"first": 1.0, "second": 1.0},
        adjust=lambda history, hyper: {"first": float(len(history["held_nll_0"]) < 2)},
    )
    (run,) = train(experiment, [7])
    first, second = ([value for _, value in run.curves[f"held_nll_{k}"]] for k in range(2))
    assert first[0] > first[1] == first[2] == first[3]
    assert second[1] > second[2] > second[3]


def test_a_pair_is_right_where_it_agrees_by_counts() -> None:
    logits, y = drawn(seed=8)
    net = lambda x, training: ops.convert_to_tensor(logits[:2])  # noqa: E731 - a model that has answered already
    found = {n: float(v) for n, v in pairs.together(net, np.zeros((SHOWN, 1), "float32"), y).items()}
    one, other = logits[0].argmax(axis=-1), logits[1].argmax(axis=-1)
    assert found["agree"] == pytest.approx(np.mean(one == other))
    assert found["both_right"] == pytest.approx(np.mean((one == other) & (one == y)))
    assert found["second_error"] == pytest.approx(100 * np.mean(other != y), abs=1e-4)
