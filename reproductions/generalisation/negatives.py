"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, Training, alike, difference, instead

# fmt: off
NEGATIVES = (
    Negative("augmentation-images", "both nets are trained on shifted images, of two seeds", alike("moves/quick_shift", "error")),
    Negative("ensemble-10", "both errors are those of members, of two seeds", alike("ensembles/quick_ten", "mean_member_error")),
    Negative("ensemble-two-70-percent", "the two are left as they start", instead(("pairs/untrained", "right_given_agree"), record="trained"),
             trains=(Training("untrained", "pairs", "quick_70", {"rate": 1e-9, "steps": 10}),)),
    Negative("ensemble-confidence", "both errors are those of votes, of two seeds", alike("ensembles/quick_ten", "vote_error")),
    Negative("pretraining-regime", "both nets of a gain start from random weights, of two seeds", difference("pretraining/quick_100", "random_error")),
    Negative("distributed-holdout", "the net is left as it starts", instead(("held_out_cell/untrained", "held_out_right"), record="trained"),
             trains=(Training("untrained", "held_out_cell", "quick", {"rate": 1e-9, "steps": 10}),)),
    Negative("valiant-32n", "both nets are trained on as many examples, of two seeds", {
        "gap-32n-below-gap-n": alike("parameters/n100", "gap_32"), "gap-32n-at-most-half-of-quarter-n": alike("parameters/n100", "gap_4")}),
    Negative("four-bit-weights", "both changes are those between nets, of two seeds", alike("weight_bits/quick", "between_nets")),
    Negative("more-data", "both nets are trained on as many images, of two seeds", alike("more_data/quick", "error_600")),
    Negative("early-stopping", "both nets are trained to the end, of two seeds", alike("early_stopping/quick", "error_end")),
)
