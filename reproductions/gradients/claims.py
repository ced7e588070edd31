"""What is claimed about gradients and about what they cost, and what decides each claim. Literals only."""

from suite.claims import Claim, Listed, Published, Quick, control, direction, scope, size
from suite.questions import both, less, more, passes

BUGS = tuple(
    f"{net}_{bug}"
    for net, bugs in {
        "mlp": ("batch_not_divided", "batch_divided_twice", "sign", "label_forgotten", "bias_averaged",
                "matrix_not_transposed", "relu_mask_forgotten", "relu_mask_of_gradient", "tanh_slope_forgotten",
                "tanh_slope_of_input", "norm_as_constants", "norm_mean_alone", "norm_epsilon_forgotten",
                "decay_forgotten", "decay_doubled"),
        "conv": ("kernel_not_flipped", "channels_not_transposed", "rows_for_columns", "border_forgotten",
                 "padding_one_off", "last_row_of_taps_missing", "last_example_alone", "bias_averaged_over_pixels",
                 "bias_summed_over_channels", "mask_of_another_layer", "mask_forgotten", "maxima_as_means",
                 "maxima_to_all", "maxima_to_the_first"),
        "rnn": ("state_one_late", "slope_one_early", "slope_forgotten", "nothing_carried", "carried_two_steps",
                "carried_untransposed", "carried_past_the_slope", "last_step_alone", "steps_summed", "overwritten",
                "inputs_reversed", "bias_of_the_last_step", "first_state_forgotten", "first_state_averaged"),
    }.items()
    for bug in bugs
)  # fmt: skip

# fmt: off
CLAIMS = (  # a table: a line a check
Claim(
    id="gradient-check", source="rei2015things", locator="on checking gradients", dataset="synthetic",
    statement="Gradient checking identifies the bugs of a gradient that is written by hand.",
    quotation="Use gradient checking to identify the issue", published=Published("99 % of gradients have a bug, no number on the check", "confirmed"),
    checks=(  # found: some array of weights has a relative error over 1e-4 against central differences
        Listed("more-than-half-of-bugs-found", "direction", "gradient checking finds a planted bug", tuple(
            direction(f"found-{bug}", f"it finds {bug}", "planted_bugs", passes("double", f"error_{bug}", ">", 1e-4), most=240) for bug in BUGS)),
        control("no-false-alarm", "the right code passes", "planted_bugs", passes("double", "right", "<=", 1e-4),
                most=240, guards=("more-than-half-of-bugs-found",)),
        control("every-bug-changes-the-gradient", "every bug changes the gradient", "planted_bugs",
                passes("double", "least_change", ">", 1e-9), most=240, guards=("more-than-half-of-bugs-found",)),
        scope("ninety-five-percent", "it finds 95 % of the bugs", "planted_bugs", passes("double", "found", ">=", 0.95), most=240),
        scope("all-bugs", "it finds all of them", "planted_bugs", passes("double", "found", ">=", 1), most=240),
        scope("single-precision", "the right code passes in single precision", "planted_bugs", passes("single", "right", "<=", 1e-4), most=240),
        scope("kinks", "the right code passes where ReLUs stand at their kink", "planted_bugs", passes("kinks", "right", "<=", 1e-4), most=240),
        scope("mlp-bugs-train", "a tenth of the bugs of the MLP train all the same", "buggy_training", passes("mlp", "trained", ">=", 0.1), most=240),
        scope("conv-bugs-train", "a tenth of those of the convolutional net do", "buggy_training", passes("conv", "trained", ">=", 0.1), most=240),
        scope("rnn-bugs-train", "a tenth of those of the recurrent net do", "buggy_training", passes("rnn", "trained", ">=", 0.1), most=240),
    ),
    quick=(Quick("found", "planted_bugs", "double", "found", ">=", 0.9), Quick("no-alarm", "planted_bugs", "double", "right", "<=", 1e-5)),
),
Claim(
    id="autodiff-exact", source="vitria2016intro", locator="slides, on automatic differentiation", dataset="synthetic", nature="identity",
    statement="The automatic derivative of a program that adds up a sine is right: -1 at pi.",
    quotation="print \"Gradient of sin(pi) is\", grad_sine(np.pi)", published=Published("no number given", "none found"),
    checks=(
        direction("autodiff-equals-hand-derivative", "it is that of the program by hand, to 1e-12", "slide_programs", passes("sine", "apart", "<=", 1e-12), "exact"),
        size("within-0.001-of-minus-1", "it is -1 within the program's own 0.001", "slide_programs", passes("sine", "off", "<=", 0.001), "exact"),
        control("a-term-less-differs", "by hand without its last term it would be another", "slide_programs",
                passes("sine", "cut_apart", ">=", 1e-6), "exact", guards=("autodiff-equals-hand-derivative",)),
        scope("finite-differences", "it is that of central differences, to 1e-8", "slide_programs", passes("sine", "differences_apart", "<=", 1e-8), "exact"),
        scope("sigmoid-of-2x", "the slides' sigmoid is that of 2x, to 1e-15", "slide_programs", passes("sine", "sigmoid_apart", "<=", 1e-15), "exact"),
        scope("logistic-loss-falls", "the loss of their regression falls at each of 100 steps", "slide_programs", passes("regression", "rises", "==", 0)),
    ),
    quick=(Quick("apart", "slide_programs", "sine", "apart", "<=", 1e-12, seeds=1),),
),
Claim(
    id="taylor-second-order", source="rei2015things", locator="on second-order methods", dataset="mnist",
    statement="Derivatives of higher order make a Taylor series of the loss more accurate.",
    quotation="we could increase the accuracy by adding even higher-order derivatives", published=Published("no number given", "none found"),
    checks=(  # the change of a batch's loss over a step of SGD, 100 steps after the start
        direction("third-order-below-second", "the third order errs less than the second", "taylor", less("error_3", "tanh", than_metric="error_2"), most=240),
        control("derivatives", "the derivatives are those of finite differences, to 1e-5", "taylor",
                passes("tanh", "derivatives", "<=", 1e-5), most=240, guards=("third-order-below-second",)),
        scope("second-below-first", "the second order errs less than the first", "taylor", less("error_2", "tanh", than_metric="error_1"), most=240),
        scope("slope-2", "the error of the first order grows as the square of the length", "taylor",
              both(passes("tanh", "slope_1", ">=", 1.9), passes("tanh", "slope_1", "<=", 2.1)), most=240),
        scope("slope-3", "that of the second as its third power", "taylor",
              both(passes("tanh", "slope_2", ">=", 2.9), passes("tanh", "slope_2", "<=", 3.1)), most=240),
        scope("slope-4", "that of the third as its fourth power", "taylor",
              both(passes("tanh", "slope_3", ">=", 3.9), passes("tanh", "slope_3", "<=", 4.1)), most=240),
        scope("random-direction", "in a random direction, too, the third errs less", "taylor", less("random_3", "tanh", than_metric="random_2"), most=240),
        scope("radius", "over ten steps' length the second order still errs less than the first", "taylor", passes("tanh", "radius_2", ">", 10), most=240),
        scope("radius-of-the-third", "over ten steps' length the third order still errs less than the second", "taylor",
              passes("tanh", "radius_3", ">", 10), most=240),
        scope("relu", "of a ReLU net the third order errs less than the second", "taylor", less("error_3", "relu", than_metric="error_2"), most=240),
        scope("relu-slope-4", "of a ReLU net the error of the third order grows as the fourth power", "taylor",
              both(passes("relu", "slope_3", ">=", 3.9), passes("relu", "slope_3", "<=", 4.1)), most=240),
    ),
    quick=(Quick("third-below-second", "taylor", "tanh", "third_over_second", "<=", 1.0),),
),
Claim(
    id="minibatch-gradient-stable", source="rei2015things", locator="on minibatches", dataset="mnist",
    statement="The gradient of a minibatch is more stable than that of a single example.",
    quotation="Can update using mini-batches – the gradient is more stable", published=Published("no number given", "none found"),
    checks=(
        direction("trace-128-below-1", "the gradient of 128 pictures has less variance than that of one", "minibatch_gradient", less("trace_128", "all", than_metric="trace_1"), most=240),
        control("means-equal-full", "on average it is the full gradient", "minibatch_gradient",
                passes("all", "offset", "<=", 3), most=240, guards=("trace-128-below-1",)),
        scope("slope", "the variance falls as 1 over the size of the batch", "minibatch_gradient",
              both(passes("all", "slope", ">=", -1.02), passes("all", "slope", "<=", -0.98)), most=240),
        scope("without-replacement", "without replacement it is that of a finite population, within 10 %", "minibatch_gradient",
              both(passes("all", "without_over_law", ">=", 0.9), passes("all", "without_over_law", "<=", 1.1)), most=240),
    ),
    quick=(Quick("ratio", "minibatch_gradient", "two", "ratio", ">=", 64.0),),
),
Claim(
    id="matvec-memory-bound", source="rei2015things", locator="on minibatches and GPUs", dataset="synthetic", nature="identity",
    statement="A matrix times a vector takes as long as moving its 2.1 MB takes, so a faster GPU would make no difference.",
    quotation="getting a faster GPU would not make any difference", published=Published("2.1e6 B, 1e6 FLOP, 7 and 0.16 μs, 0.5 FLOP/B", "confirmed"),
    checks=(  # 1024×512, float32, 300 GB/s and 6 TFLOP/s; what is measured is of the machine on record
        direction("memory-time-above-compute", "moving the numbers takes longer than computing", "slide_arithmetic", more("memory_microseconds", "slide", than_metric="compute_microseconds"), "exact"),
        direction("twice-the-speed", "twice the operations a second change nothing", "slide_arithmetic", passes("slide", "gain_of_twice_the_speed", "==", 1), "exact"),
        size("printed-figures-match", "all five figures round to what is printed", "slide_arithmetic", passes("slide", "figures_off", "==", 0), "exact"),
        control("twice-the-bandwidth", "twice the bytes a second would halve the time", "slide_arithmetic",
                passes("slide", "gain_of_twice_the_bandwidth", "==", 2), "exact", guards=("twice-the-speed",)),
        scope("figures-within-a-digit", "from the printed counts they come within a unit of the last digit", "slide_arithmetic",
              passes("slide", "figures_far_off", "==", 0), "exact"),
        scope("matvec-a-fifth-of-peak", "a large matrix times a vector has at most a fifth of this machine's peak", "roofline", passes("block", "vector_share", "<=", 0.2)),
        scope("matvec-at-the-roof", "its pace is that of this machine's bandwidth within a factor of two", "roofline",
              both(passes("block", "vector_over_roof", ">=", 0.5), passes("block", "vector_over_roof", "<=", 2))),
        scope("more-columns-faster", "the pace rises with the number of columns, 1 to 512", "roofline", passes("block", "columns_correlation", ">=", 0.9)),
        scope("columns-compute-bound", "with 512 columns it has half of the peak", "roofline", passes("block", "columns_share", ">=", 0.5)),
        scope("small-matrix-cached", "the slide's own matrix, which fits a cache, is faster than the memory", "roofline", passes("block", "cached_over_roof", ">", 1)),
        control("machine-computes-more", "this machine computes more than one operation while it reads a byte", "roofline", passes("block", "balance", ">=", 1),
                most=240, guards=("matvec-a-fifth-of-peak", "matvec-at-the-roof", "more-columns-faster", "columns-compute-bound", "small-matrix-cached")),
        control("quiet", "rounds of a block lie within a ratio of 1.5", "roofline", passes("block", "unrest", "<=", 1.5),
                most=240, guards=("matvec-a-fifth-of-peak", "matvec-at-the-roof", "more-columns-faster", "columns-compute-bound", "small-matrix-cached")),
    ),
    quick=(Quick("ratio", "slide_arithmetic", "slide", "time_ratio", ">=", 40.0, seeds=1),),
),
)
