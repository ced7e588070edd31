"""Which planted bugs train all the same?

Each net of `planted_bugs` is trained by plain gradient descent on one batch, from the same weights with the right
gradient and with that of each of its bugs. A bug trains all the same where the loss ends at no more than 1.1 times that
of the right gradient. Ratios are cut off at 1000, so that one which left the finite numbers can be drawn.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from common.study import Arm, Tier
from common.training import Run
from reproductions.gradients import checking
from reproductions.gradients.planted import Batch, Rules, Weights

DATASET = "synthetic"
METRICS = {
    "right_loss": "training loss of the right gradient at the end over that at the start, ratio",
    "trained": "bugs that end at 1.1 times the loss of the right gradient or less, share",
    "loss_mlp_batch_not_divided": "loss over the right one's: the sum over the batch in place of its mean, ratio",
    "loss_mlp_batch_divided_twice": "loss over the right one's: divided by the batch twice, ratio",
    "loss_mlp_sign": "loss over the right one's: target less output, ratio",
    "loss_mlp_label_forgotten": "loss over the right one's: the label is not subtracted, ratio",
    "loss_mlp_bias_averaged": "loss over the right one's: the mean over the batch where its sum is due, ratio",
    "loss_mlp_matrix_not_transposed": "loss over the right one's: the square matrix goes back as it came, ratio",
    "loss_mlp_relu_mask_forgotten": "loss over the right one's: ReLU passes every gradient, ratio",
    "loss_mlp_relu_mask_of_gradient": "loss over the right one's: ReLU is applied to the gradient itself, ratio",
    "loss_mlp_tanh_slope_forgotten": "loss over the right one's: tanh counts as linear, ratio",
    "loss_mlp_tanh_slope_of_input": "loss over the right one's: 1 - u² of what goes into tanh, ratio",
    "loss_mlp_norm_as_constants": "loss over the right one's: mean and deviation count as constants, ratio",
    "loss_mlp_norm_mean_alone": "loss over the right one's: only the mean counts as computed, ratio",
    "loss_mlp_norm_epsilon_forgotten": "loss over the right one's: the deviation without its epsilon, ratio",
    "loss_mlp_decay_forgotten": "loss over the right one's: the penalty has no gradient, ratio",
    "loss_mlp_decay_doubled": "loss over the right one's: as of a penalty without its half, ratio",
    "loss_conv_kernel_not_flipped": "loss over the right one's: back through the kernel as forth, ratio",
    "loss_conv_channels_not_transposed": "loss over the right one's: the channels go back as they came, ratio",
    "loss_conv_rows_for_columns": "loss over the right one's: the gradient's rows and columns change places, ratio",
    "loss_conv_border_forgotten": "loss over the right one's: no gradient from the outermost pixels, ratio",
    "loss_conv_padding_one_off": "loss over the right one's: the padding is cut off one pixel early, ratio",
    "loss_conv_last_row_of_taps_missing": "loss over the right one's: a loop over the kernel ends early, ratio",
    "loss_conv_last_example_alone": "loss over the right one's: = in place of +=, ratio",
    "loss_conv_bias_averaged_over_pixels": "loss over the right one's: a mean over the pixels, ratio",
    "loss_conv_bias_summed_over_channels": "loss over the right one's: one sum for all channels, ratio",
    "loss_conv_mask_of_another_layer": "loss over the right one's: ReLU's mask of the layer above, ratio",
    "loss_conv_mask_forgotten": "loss over the right one's: no mask before the maxima, ratio",
    "loss_conv_maxima_as_means": "loss over the right one's: a quarter of the gradient to each pixel, ratio",
    "loss_conv_maxima_to_all": "loss over the right one's: the gradient to each pixel, ratio",
    "loss_conv_maxima_to_the_first": "loss over the right one's: to the first pixel of a window, ratio",
    "loss_rnn_state_one_late": "loss over the right one's: a step's own state in place of the one before, ratio",
    "loss_rnn_slope_one_early": "loss over the right one's: tanh's slope of the step before, ratio",
    "loss_rnn_slope_forgotten": "loss over the right one's: tanh counts as linear, ratio",
    "loss_rnn_nothing_carried": "loss over the right one's: no gradient through time, ratio",
    "loss_rnn_carried_two_steps": "loss over the right one's: through two steps and no further, ratio",
    "loss_rnn_carried_untransposed": "loss over the right one's: the square matrix goes back as it came, ratio",
    "loss_rnn_carried_past_the_slope": "loss over the right one's: carried before tanh's slope, ratio",
    "loss_rnn_last_step_alone": "loss over the right one's: only the last step's loss, ratio",
    "loss_rnn_steps_summed": "loss over the right one's: the sum over the steps in place of their mean, ratio",
    "loss_rnn_overwritten": "loss over the right one's: = in place of +=, ratio",
    "loss_rnn_inputs_reversed": "loss over the right one's: inputs in the order of the way back, ratio",
    "loss_rnn_bias_of_the_last_step": "loss over the right one's: the bias hears of the last step alone, ratio",
    "loss_rnn_first_state_forgotten": "loss over the right one's: the learned first state has no gradient, ratio",
    "loss_rnn_first_state_averaged": "loss over the right one's: its mean over the batch, ratio",
}
EXAMPLES, STEPS = {"mlp": 32, "conv": 16, "rnn": 16}, {"mlp": 300, "conv": 100, "rnn": 300}
GRID = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
RATES = {"mlp": 0.3, "conv": 0.3, "rnn": 1.0}  # the lowest loss of the right gradient in the median of pilot seeds
MARGIN, MOST = 1.1, 1000.0
SECONDS = {"mlp": 0.5, "conv": 2.0, "rnn": 0.8}  # all bugs of a net


def arms(tier: Tier) -> tuple[Arm, ...]:
    if tier == "full":
        return tuple(_arm(net) for net in checking.NETS)
    if tier == "pilot":
        seeds = tuple(range(20_000, 20_012))
        return tuple(_arm(net, seeds, rate) for net in checking.NETS for rate in GRID)
    return ()


def _arm(net: str, seeds: tuple[int, ...] = (), trial: float | None = None) -> Arm:
    settings = {"net": net, "steps": STEPS[net], "rate": RATES[net] if trial is None else trial, "bugs": trial is None}
    name = net if trial is None else f"{net}_rate_{trial:g}"
    return Arm(name, settings, seeds, seconds=SECONDS[net] if trial is None else 0.1, megabytes=200)


def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Run]:
    name = settings["net"]
    net = checking.NETS[name]
    for seed in seeds:
        generator = np.random.default_rng(seed)
        start, of = net.weights(generator), net.batch(generator, EXAMPLES[name])

        def end(rules: Rules, start: Weights = start, of: Batch = of) -> float:
            return descended(net, start, of, rules, settings["rate"], settings["steps"])

        right = end(net.RULES)
        metrics: dict[str, float | None] = {"right_loss": right / float(net.loss(start, of))}
        if settings["bugs"]:
            ends = {bug: min(end(checking.with_bug(net, planted)) / right, MOST) for bug, planted in net.BUGS.items()}
            metrics |= {f"loss_{name}_{bug}": ratio for bug, ratio in ends.items()}
            metrics["trained"] = float(np.mean([ratio <= MARGIN for ratio in ends.values()]))
        yield Run(seed=seed, status="ok", steps=settings["steps"], stopped=False, metrics=metrics, curves={})


def descended(net: Any, start: Weights, of: Batch, rules: Rules, rate: float, steps: int) -> float:
    """The loss after so many steps of gradient descent; infinite where it leaves the finite numbers."""
    w = dict(start)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            gradient = net.gradient(w, of, rules)
            w = {name: value - rate * gradient[name] for name, value in w.items()}
        loss = float(net.loss(w, of))
    return loss if np.isfinite(loss) else np.inf
