"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, Training, alike, instead, one_is_less, planted

# fmt: off
NEGATIVES = (
    Negative("parity-frontier", "25 and 29 bits are learned no better than 31 are, and 31 as well as 16 are", {
        "frontier": alike("frontier/adam_n29", "strings_to_95", "trials"),
        "25-solved": instead(("frontier/adam_n31", "accuracy")),
        "29-solved": instead(("frontier/adam_n31", "accuracy")),
        "31-unsolved": instead(("frontier/adam_n16", "accuracy"))}),
    Negative("parity-31-possible", "the labels are coins", instead(("initialisation/coins", "test_accuracy"), record="trained"),
             trains=(Training("coins", "initialisation", "rademacher", {"labels": "coins", "steps": 300}),)),
    Negative("parity-uncorrelated", "the function is one drawn at random", instead(("correlations/cube", "random_linear"))),
    Negative("parity-larger-init", "the first weights are Glorot's, the ordinary ones", instead(("initialisation/glorot", "test_accuracy"))),
    # Of a function drawn at random half of the 16 flips change its value.
    Negative("parity-unstable", "the function is one drawn at random, whose sensitivity is 8 short of 16", planted(8)),
    Negative("linear-at-init", "the net is of eight ReLU layers", instead(("linearity/bits_relu_width64_scale1", "r_squared_depth8"))),
    Negative("correlation-ladder", "times compared are those of one monomial, of two seeds; units are those of a net that did not learn", {
        "in-order": one_is_less("ladder/staircase", "half_time4"),
        "top-alone": alike("ladder/staircase", "half_time4"),
        "several-units": instead(("ladder/top", "least_units_gained"))}),
    Negative("parity-easy-correlation-needed", "both nets are given fair bits, of two seeds", alike("biased/k3_fair", "strings_to_95")),
    Negative("xor-perceptron-blind", "the function is AND", instead(("separability/two_bits", "best_and"))),
)
