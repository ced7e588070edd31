"""What is claimed about how nets generalise, and what decides it. Literals only."""

from typing import Any

from suite.claims import Claim, Published, Quick, control, direction, scope, size
from suite.questions import both, falls, less, more, passes

ENSEMBLE: dict[str, Any] = {"source": "sutskever2015overview", "locator": "practical advice, on ensembles"}
NO_NUMBER = Published("no number given", "none found")

# fmt: off
CLAIMS = (  # a table: a line a check
Claim(
    id="augmentation-images", source="sutskever2015overview", locator="practical advice, on data augmentation", dataset="mnist",
    statement="A net errs less on images if those that it trains on are translated and rotated.",
    quotation="If you have images, then you should translate and rotate them",
    published=Published("test error of 784-800-10: 1.6 % on MNIST as it is, 1.1 % under affine distortions", "confirmed"),
    checks=(  # 3000 images, shifts of 2 pixels and turns of 10 degrees at most, as many updates, a rate for each
        direction("shift-rotate-lowers-error", "the net whose images are shifted and turned errs less", "moves", less("error", "both", than="plain"), most=96),
        control("still-recognised", "a net that saw no moved image tells them: half as wrong as chance at most", "moves", passes("plain", "moved_error", "<=", 45), most=240,
                guards=("shift-rotate-lowers-error",)),
        scope("quarter", "it errs a quarter less", "moves", less("error", "both", than="plain", times=0.75)),
        scope("shift-alone", "shifts alone lower the error", "moves", less("error", "shift", than="plain")),
        scope("turn-alone", "turns alone lower the error", "moves", less("error", "turn", than="plain")),
        scope("elastic", "elastic distortions lower the error", "moves", less("error", "elastic", than="plain")),
        scope("both-below-shift", "shifts and turns together err less than shifts alone", "moves", less("error", "both", than="shift")),
        scope("harmful", "turns by any angle and mirror images raise the error", "moves", more("error", "harmful", than="plain")),
        scope("images-500", "of 500 images, too, the moved ones make a net err less", "moves", less("error", "both_500", than="plain_500")),
        scope("images-50000", "so they do of 50 000", "moves", less("error", "both_50000", than="plain_50000")),
        scope("tenth-50000", "of 50 000 it errs a tenth less", "moves", less("error", "both_50000", than="plain_50000", times=0.9)),
        scope("conv", "so does a convolutional net", "moves", less("error", "both_conv", than="plain_conv")),
    ),
    quick=(Quick("learns", "moves", "quick_both", "error", "<=", 60.0),),
),
Claim(
    id="ensemble-10", **ENSEMBLE, dataset="mnist",
    statement="The average of ten nets' predictions errs less than a net.",
    quotation="Train 10 neural networks and average their predictions", published=NO_NUMBER,
    checks=(  # a seed is an ensemble: ten nets with weights and batches of their own, trained on 1000 images
        direction("average-below-mean-member", "the average of ten errs less than its members do in the mean", "ensembles", less("average_error", "ten", than_metric="mean_member_error"), most=240),
        control("copies-gain-nothing", "ten copies of one net err exactly as it does", "ensembles", passes("ten", "copies_gain", "==", 0), most=240,
                guards=("average-below-mean-member",)),
        scope("below-best-member", "it errs less than the member that is best on validation images", "ensembles",
              less("average_error", "ten", than_metric="best_member_error")),
        scope("fifteen-percent", "it errs 15 % less than its members do", "ensembles", less("average_error", "ten", than_metric="mean_member_error", times=0.85)),
        *(scope(f"of-{n}", f"the average of {n} errs less than the members do", "ensembles", less(f"average_of_{n}", "ten", than_metric="mean_member_error"))
          for n in (2, 3, 5)),
        scope("below-big-net", "ten err less than one net of ten times the units", "ensembles", less("average_error", "ten", than="big")),
        scope("images-10000", "on 10 000 images, too, it errs less", "ensembles", less("average_error", "ten_10000", than_metric="mean_member_error")),
        scope("images-50000", "on 50 000 images, too", "ensembles", less("average_error", "ten_50000", than_metric="mean_member_error")),
        scope("fifteen-percent-50000", "there it errs 15 % less", "ensembles", less("average_error", "ten_50000", than_metric="mean_member_error", times=0.85)),
    ),
    quick=(Quick("gains", "ensembles", "quick_ten", "gain", ">=", 0.1),),
),
Claim(
    id="ensemble-two-70-percent", **ENSEMBLE, dataset="mnist",
    statement="Where two classifiers agree that are wrong on 70 % of cases, they are right.",
    quotation="two classifiers have an error rate of 70%. Then, when they agree they are right", published=Published("70 % of errors; no number of classes", "confirmed"),
    checks=(  # pairs of nets on ten digits, each held at the error that the sentence names
        direction("right-given-agree-above-half", "where both give the same answer it is right more often than not", "pairs", passes("error_70", "right_given_agree", ">", 0.5), most=240),
        control("errors-at-70", "both nets are wrong on 67 to 73 % of test images", "pairs",
                both(*(passes("error_70", f"{net}_error", *bound) for net in ("first", "second") for bound in ((">=", 67), ("<=", 73)))), most=240,
                guards=("right-given-agree-above-half",)),
        scope("agreeing-informs", "they are right more often where they agree: in more than 30 %", "pairs", passes("error_70", "right_given_agree", ">", 0.3)),
        scope("below-independent", "less often than independent errors would have it", "pairs", less("right_given_agree", "error_70", than_metric="independent")),
        scope("right-95", "where they agree they are right in 95 %", "pairs", passes("error_70", "right_given_agree", ">=", 0.95)),
        scope("error-30-right-95", "two nets that are wrong on 30 % are", "pairs", passes("error_30", "right_given_agree", ">=", 0.95)),
        scope("closed-form", "two independent classifiers of ten classes are right by the formula, to 4 standard errors", "votes", passes("right_30_of_10", "off", "<=", 4)),
        scope("closed-form-copied", "so are two of which the second copies 0.3 of answers", "votes", passes("right_30_of_10_copied_0.3", "off", "<=", 4)),
        scope("independent-above-half", "of ten classes independent ones are right more often than not", "votes", passes("right_30_of_10", "right_given_agree", ">", 0.5)),
        scope("two-classes", "of two classes they are wrong more often than not", "votes", passes("right_30_of_2", "right_given_agree", "<", 0.5)),
        scope("thousand-classes", "of a thousand classes they are right in 95 %", "votes", passes("right_30_of_1000", "right_given_agree", ">=", 0.95)),
        scope("seventy-right", "right on 70 %, of ten classes, they are right in 95 %", "votes", passes("right_70_of_10", "right_given_agree", ">=", 0.95)),
        scope("falls-with-copying", "the more answers are copied, the less agreement says", "votes",
              falls("right_given_agree", "right_30_of_10", "right_30_of_10_copied_0.1", "right_30_of_10_copied_0.3", "right_30_of_10_copied_0.9")),
    ),
    quick=(Quick("seen", "pairs", "quick_70", "right_given_agree", ">=", 0.3),),
),
Claim(
    id="ensemble-confidence", **ENSEMBLE, dataset="mnist",
    statement="Averaging is especially strong where nets are confident when right and not when wrong.",
    quotation="especially strong whenever the network is confident when it’s right and unconfident when it’s wrong", published=NO_NUMBER,
    checks=(  # the ensembles of ensemble-10; a vote leaves out how confident a member is
        direction("averaging-beats-voting", "the mean of probabilities errs less than a vote of the same members", "ensembles", less("average_error", "ten", than_metric="vote_error"), most=240),
        control("tempering-changes-no-answer", "dividing logits by a temperature changes no answer of a member", "ensembles", passes("ten", "tempering_changed", "==", 0), most=240,
                guards=("averaging-beats-voting",)),
        scope("sharp-contrast-less", "logits times 4 make members less telling of when they are right", "ensembles", less("contrast_sharp", "ten", than_metric="contrast")),
        scope("sharp-gains-less", "averaging such members gains less over their vote", "ensembles", less("voting_gain_sharp", "ten", than_metric="voting_gain")),
        scope("contrast-and-gain", "over temperatures the gain rises with the contrast", "ensembles", passes("ten", "rank_correlation", ">", 0)),
        scope("correlation-0.5", "with a rank correlation of 0.5", "ensembles", passes("ten", "rank_correlation", ">=", 0.5)),
        scope("images-10000", "on 10 000 images, too, averaging errs less than voting", "ensembles", less("average_error", "ten_10000", than_metric="vote_error")),
        scope("images-50000", "on 50 000 images, too", "ensembles", less("average_error", "ten_50000", than_metric="vote_error")),
    ),
    quick=(Quick("not-worse-than-votes", "ensembles", "quick_ten", "voting_gain", ">=", -0.5),),
),
Claim(
    id="pretraining-regime", source="sutskever2015overview", locator="comments, on unsupervised pre-training", dataset="mnist",
    statement="Pre-training helps with few labels, and its advantage becomes much less when there are many.",
    quotation="the advantage of that regularizer becomes much less", published=NO_NUMBER,
    checks=(  # the gain is the error from random weights less that of the pre-trained net, in points
        direction("gain-at-100-labels-positive", "with 100 labels the pre-trained net errs less", "pretraining", passes("labels_100", "gain", ">", 0), most=240),
        direction("gain-100-above-gain-10k", "it gains more with 100 labels than with 10 000", "pretraining", more("gain", "labels_100", than="labels_10000"), most=96),
        size("gain-10k-at-most-half", "with 10 000 labels it gains half as much, or less", "pretraining", less("gain", "labels_10000", than="labels_100", times=0.5), most=96),
        control("reconstruction-beats-mean", "after pre-training it tells pixels better than the mean image does", "pretraining",
                less("reconstruction", "labels_100", than_metric="mean_image"), most=240,
                guards=("gain-at-100-labels-positive", "gain-100-above-gain-10k", "gain-10k-at-most-half")),
        scope("falls-with-labels", "the relative gain falls from 100 labels to 50 000", "pretraining",
              falls("relative_gain", "labels_100", "labels_1000", "labels_10000", "labels_50000")),
        *(scope(f"tenth-at-{m}", f"with {m} labels the pre-trained net errs a tenth less", "pretraining", passes(f"labels_{m}", "relative_gain", ">=", 10))
          for m in (100, 1000)),
        scope("at-most-5-at-50000", "with 50 000 labels it errs neither 5 % less nor more", "pretraining",
              both(passes("labels_50000", "relative_gain", "<=", 5), passes("labels_50000", "relative_gain", ">=", -5))),
        scope("old-weights-100", "from the weights of that time, too, it gains with 100 labels", "pretraining", passes("old_100", "gain", ">", 0)),
        scope("old-weights-less-at-10000", "and less with 10 000", "pretraining", less("gain", "old_10000", than="old_100")),
    ),
    quick=(Quick("pretrained-learns", "pretraining", "quick_100", "pretrained_error", "<=", 70.0),),
),
)
