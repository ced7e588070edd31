"""Does gradient checking find the bugs that are planted in hand-written backpropagation, and call the right code right?

Three nets, NumPy throughout: weights and examples drawn from the trial's seed, central differences of the loss in every
weight, and the backward pass of each net with each bug of its catalogue (`mlp.py`, `conv.py`, `rnn.py`). A bug counts
as found where the relative error of some array of weights exceeds 1e-4.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from common.study import Arm, Tier
from common.training import Run
from reproductions.gradients import checking
from reproductions.gradients.planted import Batch, Weights

DATASET = "synthetic"
TOLERANCE = 1e-4
METRICS = {
    "right": "largest relative error of the three nets' right code, 0 to 1",
    "found": "bugs whose relative error exceeds 1e-4, share",
    "least_change": "how far the buggy gradient is from the right one where it is least so, 0 to 1",
    "error_mlp_batch_not_divided": "relative error: the sum over the batch in place of its mean, 0 to 1",
    "error_mlp_batch_divided_twice": "relative error: divided by the batch twice, 0 to 1",
    "error_mlp_sign": "relative error: target less output, 0 to 1",
    "error_mlp_label_forgotten": "relative error: the label is not subtracted, 0 to 1",
    "error_mlp_bias_averaged": "relative error: the mean over the batch where its sum is due, 0 to 1",
    "error_mlp_matrix_not_transposed": "relative error: the square matrix goes back as it came, 0 to 1",
    "error_mlp_relu_mask_forgotten": "relative error: ReLU passes every gradient, 0 to 1",
    "error_mlp_relu_mask_of_gradient": "relative error: ReLU is applied to the gradient itself, 0 to 1",
    "error_mlp_tanh_slope_forgotten": "relative error: tanh counts as linear, 0 to 1",
    "error_mlp_tanh_slope_of_input": "relative error: 1 - u² of what goes into tanh, 0 to 1",
    "error_mlp_norm_as_constants": "relative error: mean and deviation count as constants, 0 to 1",
    "error_mlp_norm_mean_alone": "relative error: only the mean counts as computed, 0 to 1",
    "error_mlp_norm_epsilon_forgotten": "relative error: the deviation without its epsilon, 0 to 1",
    "error_mlp_decay_forgotten": "relative error: the penalty has no gradient, 0 to 1",
    "error_mlp_decay_doubled": "relative error: as of a penalty without its half, 0 to 1",
    "error_conv_kernel_not_flipped": "relative error: back through the kernel as forth, 0 to 1",
    "error_conv_channels_not_transposed": "relative error: the channels go back as they came, 0 to 1",
    "error_conv_rows_for_columns": "relative error: the gradient's rows and columns change places, 0 to 1",
    "error_conv_border_forgotten": "relative error: no gradient from the outermost pixels, 0 to 1",
    "error_conv_padding_one_off": "relative error: the padding is cut off one pixel early, 0 to 1",
    "error_conv_last_row_of_taps_missing": "relative error: a loop over the kernel ends early, 0 to 1",
    "error_conv_last_example_alone": "relative error: = in place of +=, 0 to 1",
    "error_conv_bias_averaged_over_pixels": "relative error: a mean over the pixels, 0 to 1",
    "error_conv_bias_summed_over_channels": "relative error: one sum for all channels, 0 to 1",
    "error_conv_mask_of_another_layer": "relative error: ReLU's mask of the layer above, 0 to 1",
    "error_conv_mask_forgotten": "relative error: no mask before the maxima, 0 to 1",
    "error_conv_maxima_as_means": "relative error: a quarter of the gradient to each pixel, 0 to 1",
    "error_conv_maxima_to_all": "relative error: the gradient to each pixel, 0 to 1",
    "error_conv_maxima_to_the_first": "relative error: to the first pixel of a window, 0 to 1",
    "error_rnn_state_one_late": "relative error: a step's own state in place of the one before, 0 to 1",
    "error_rnn_slope_one_early": "relative error: tanh's slope of the step before, 0 to 1",
    "error_rnn_slope_forgotten": "relative error: tanh counts as linear, 0 to 1",
    "error_rnn_nothing_carried": "relative error: no gradient through time, 0 to 1",
    "error_rnn_carried_two_steps": "relative error: through two steps and no further, 0 to 1",
    "error_rnn_carried_untransposed": "relative error: the square matrix goes back as it came, 0 to 1",
    "error_rnn_carried_past_the_slope": "relative error: carried before tanh's slope, 0 to 1",
    "error_rnn_last_step_alone": "relative error: only the last step's loss, 0 to 1",
    "error_rnn_steps_summed": "relative error: the sum over the steps in place of their mean, 0 to 1",
    "error_rnn_overwritten": "relative error: = in place of +=, 0 to 1",
    "error_rnn_inputs_reversed": "relative error: inputs in the order of the way back, 0 to 1",
    "error_rnn_bias_of_the_last_step": "relative error: the bias hears of the last step alone, 0 to 1",
    "error_rnn_first_state_forgotten": "relative error: the learned first state has no gradient, 0 to 1",
    "error_rnn_first_state_averaged": "relative error: its mean over the batch, 0 to 1",
}
ARMS = {  # float type, and whether biases start at 0 and one picture is blank, so that ReLUs stand at their kink
    "double": ("float64", False),
    "single": ("float32", False),
    "kinks": ("float64", True),
}


def arms(tier: Tier) -> tuple[Arm, ...]:
    seeds = {"quick": range(2), "pilot": range(20_000, 20_050), "full": ()}
    return tuple(
        Arm(name, {"dtype": dtype, "kinks": kinks}, tuple(seeds[tier]), seconds=0.2, megabytes=200)
        for name, (dtype, kinks) in ARMS.items()
        if tier in seeds
    )


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    for seed in seeds:
        generator = np.random.default_rng(seed)
        right: list[float] = []
        errors: dict[str, float] = {}
        changes: list[float] = []
        for name, net in checking.NETS.items():
            w, of = drawn(name, generator, **settings)
            found = checking.check(net, w, of)
            right.append(found.right)
            errors |= {f"error_{name}_{bug}": error for bug, error in found.errors.items()}
            changes += found.changes.values()
        metrics = {
            "right": max(right),
            "found": float(np.mean([error > TOLERANCE for error in errors.values()])),
            "least_change": min(changes),
        }
        yield Run(seed=seed, status="ok", steps=0, stopped=False, metrics=metrics | errors, curves={})


def drawn(name: str, generator: np.random.Generator, dtype: str, kinks: bool) -> tuple[Weights, Batch]:
    """Weights and examples of a net."""
    net = checking.NETS[name]
    w, (x, y) = net.weights(generator), net.batch(generator, checking.EXAMPLES[name])
    if kinks:
        w |= {key: np.zeros_like(value) for key, value in w.items() if key in ("b", "b1", "b2", "b3", "c", "shift")}
        x[0] = 0 * x[0]
    return {key: value.astype(dtype) for key, value in w.items()}, (x.astype(dtype), y.astype(dtype))
