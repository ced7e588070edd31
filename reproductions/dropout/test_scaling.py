"""Laws of scaled weights, of masks, and of the averages over them."""

from typing import Any

import numpy as np
import pytest

from suite import commands

commands.prepare(None)

import keras  # noqa: E402 - the backend is chosen first
from keras import ops  # noqa: E402

from reproductions.dropout import model  # noqa: E402
from reproductions.dropout.studies import scaling  # noqa: E402


def trained_scaling_net(depth: int = 2, width: int = 50, biases: bool = False) -> tuple[Any, Any, Any]:
    keras.utils.set_random_seed(5)
    generator = np.random.default_rng(3)
    x = ops.convert_to_tensor(generator.random((300, 20), np.float32))
    net = scaling.build_model(20, depth, width, biases)
    for layer in net.layers if biases else ():
        if isinstance(layer, keras.layers.Dense):
            layer.bias.assign(generator.normal(size=layer.units))
    return net, x, generator.integers(0, 10, 300).astype("int32")


@pytest.mark.parametrize("biases", [False, True])
def test_the_forward_pass_by_hand_is_that_of_the_net(biases: bool) -> None:
    net, x, _ = trained_scaling_net(biases=biases)
    assert len(net.trainable_variables) == (6 if biases else 3)
    by_hand = scaling.forward(scaling.layers(net), x, [1.0] * 3)
    assert np.allclose(np.asarray(by_hand), np.asarray(net(x, training=False)), rtol=1e-4, atol=1e-5)


def test_training_divides_nothing_so_its_mean_is_that_of_scaled_weights() -> None:
    """A net without hidden layers is linear: there the two means are the same."""
    net, x, _ = trained_scaling_net(depth=0)
    kernels = scaling.layers(net)
    average = np.mean([np.asarray(net(x, training=True)) for _ in range(400)], axis=0)
    scaled = np.asarray(scaling.forward(kernels, x, scaling.scaling(1)))
    assert np.abs(average - scaled).max() < 0.2
    assert np.polyfit(scaled.ravel(), average.ravel(), 1)[0] == pytest.approx(1, abs=0.02)


def test_scaled_logits_are_the_unscaled_ones_divided_by_five_and_halved_by_forty() -> None:
    net, x, y = trained_scaling_net()
    kernels = scaling.layers(net)
    assert scaling.scaling(3) == [0.8, 0.5, 0.5]
    found = scaling.ways(2, 4)(net, x, y)
    for way, divisor in (("scaled", 5), ("unscaled", 1), ("halved", 40), ("doubled", 0.625)):
        logits = scaling.forward(kernels, x, [1.0] * 3) / divisor
        assert float(found[f"{way}_nll"]) == pytest.approx(float(ops.mean(model.surprise(logits, y))), rel=1e-4)
    assert float(found["same_answers"]) == 1.0


def test_scaling_multiplies_weights_and_not_biases() -> None:
    """As a net whose kernels are multiplied by what stays of their inputs: the rule of the source."""
    net, x, y = trained_scaling_net(biases=True)
    found = scaling.ways(2, 4)(net, x, y)
    assert float(found["same_answers"]) < 1.0
    for layer, keep in zip(scaling.layers(net), scaling.scaling(3), strict=True):
        (kernel,) = (v for v in net.trainable_variables if np.array_equal(np.asarray(v), np.asarray(layer[0])))
        kernel.assign(layer[0] * keep)
    assert float(found["scaled_nll"]) == pytest.approx(float(model.mistakes(net, x, y)["nll"]), rel=1e-4)
    assert float(found["scaled_error"]) == pytest.approx(float(model.mistakes(net, x, y)["error"]))


def test_masks_have_the_share_of_their_layer_and_differ_between_samples_and_images() -> None:
    net, x, _ = trained_scaling_net(width=200)
    drawn = [[np.asarray(mask) for mask in scaling.masks(net, x, ops.convert_to_tensor(n))] for n in range(3)]
    for sample in drawn:
        assert [mask.shape for mask in sample] == [(300, 20), (300, 200), (300, 200)]
        assert [mask.mean() for mask in sample] == pytest.approx([0.8, 0.5, 0.5], abs=0.03)
        assert not np.array_equal(sample[1], sample[2])
        assert len({row.tobytes() for row in sample[1]}) == 300
    assert 0.4 < (drawn[0][1] != drawn[1][1]).mean() < 0.6
    assert np.array_equal(drawn[2][1], np.asarray(scaling.masks(net, x, ops.convert_to_tensor(2))[1]))


def test_the_average_is_that_of_the_masks_it_names() -> None:
    net, x, y = trained_scaling_net()
    weights = scaling.layers(net)
    drawn = [scaling.masks(net, x, ops.convert_to_tensor(n)) for n in range(4)]
    each = [np.asarray(ops.softmax(scaling.forward(weights, x, mask))) for mask in drawn]
    found = scaling.ways(2, 4)(net, x, y)
    for name, count in (("sample", 1), ("average_few", 2), ("average_many", 4)):
        own = np.mean(each[:count], axis=0)[np.arange(300), y]
        assert float(found[f"{name}_nll"]) == pytest.approx(-np.log(own).mean(), rel=1e-4)


def test_ways_are_compared_with_scaled_weights() -> None:
    metrics = {"test_scaled_error": 3.0, "test_sample_error": 4.5, "test_unscaled_error": 3.3}
    metrics |= {"test_average_many_error": 3.1, "test_scaled_nll": 0.1, "test_unscaled_nll": 0.3}
    metrics |= {"test_halved_nll": 0.8, "test_doubled_nll": 0.5}
    told = scaling.compared(metrics)
    assert told["scaled_minus_average"] == -0.1
    assert (told["sample_error_times"], told["unscaled_error_times"]) == (1.5, 1.1)
    assert [told[f"{way}_nll_times"] for way in ("unscaled", "halved", "doubled")] == pytest.approx([3, 8, 5])
    assert "unscaled_error_times" not in scaling.compared({**metrics, "test_scaled_error": 0.0})
