"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, alike, instead, planted

# fmt: off
NEGATIVES = (
    Negative("gradient-check", "no bug is planted: each of the errors is that of the right code", instead(("planted_bugs/double", "right"))),
    Negative("autodiff-exact", "the program by hand leaves out its last term", instead(("slide_programs/sine", "cut_apart"))),
    Negative("taylor-second-order", "both errors are those of the third order, of two seeds", alike("taylor/tanh", "error_3")),
    Negative("minibatch-gradient-stable", "both gradients are of single pictures, of two seeds", alike("minibatch_gradient/two", "trace_1")),
    Negative("matvec-memory-bound", "the memory is fast enough, so that the processor is what takes time", {
        "memory-time-above-compute": planted(0.17, 0.17),
        "twice-the-speed": instead(("slide_arithmetic/slide", "gain_of_twice_the_bandwidth"), record="trials"),
        "printed-figures-match": planted(5)}),
)
