"""What is claimed about learning rates and about how far a step should move a net, and what decides it. Literals only."""

from suite.claims import AnyOf, Claim, Listed, Published, Quick, control, direction, scope, size
from suite.questions import both, less, passes

PROBLEMS = (  # declared before any was run; study and arm
    ("images", "mlp"), ("images", "tanh_deep"), ("images", "normed"), ("images", "cnn"),
    ("text", "characters_mlp"), ("text", "characters_cnn"), ("text", "characters_lstm"),
    ("generated", "friedman"), ("generated", "moons"), ("generated", "majority"),
    ("generated", "resets_rnn"), ("generated", "recall_gru"),
)  # fmt: skip
RECURRENT = (("text", "characters_lstm"), ("generated", "resets_rnn"), ("generated", "recall_gru"))
ADAM = (("images", "mlp_adam"), ("text", "characters_mlp_adam"), ("generated", "friedman_adam"))

# fmt: off
CLAIMS = (  # a table: a line a check; of a list, the problem's own checks are made in the lines below it
Claim(
    id="lr-point-one",
    source="sutskever2015overview", locator="practical advice, on the learning rate", dataset="mnist",
    also=("tiny_shakespeare",),
    statement="0.1 is a good learning rate for a large number of neural network problems, and rarely is a much larger one.",
    quotation="0.1 is a good value of the learning rate for a large number of",
    published=Published("0.1", "confirmed"),
    # Test loss after 300 steps of plain SGD. Each problem is decided by its own seeds; the list counts problems.
    checks=(
        Listed("0.1-no-worse-than-0.01-and-1", "direction", "in most problems 0.1 ends lower than 0.01 and than 1", tuple(
            direction(f"0.1-{p}", "0.1 ends lower than both", s, both(less("loss_0.1", p, than_metric="loss_0.01"), less("loss_0.1", p, than_metric="loss_1")), most=240)
            for s, p in PROBLEMS)),
        Listed("best-rate-1-or-more-rare", "size", "in fewer than a tenth of the problems the best rate is 1 or more", tuple(
            size(f"large-{p}", "the best rate is 1 or more", s, passes(p, "log10_best_rate", ">=", 0), most=240)
            for s, p in PROBLEMS), "rarely"),
        *(control(f"learns-{p}", "some rate learns it", s, passes(p, "relative_best", "<=", 0.9), most=240,
                  guards=(f"0.1-{p}", f"large-{p}"))
          for s, p in PROBLEMS),
        Listed("within-5-percent", "scope", "in most problems 0.1 ends within a twentieth of the best rate", tuple(
            scope(f"within-{p}", "it does", s, less("loss_0.1", p, than_metric="loss_best", times=1.05))
            for s, p in PROBLEMS)),
        Listed("recurrent", "scope", "in most recurrent problems 0.1 ends lower than 0.01 and than 1", tuple(
            scope(f"recurrent-{p}", "it does", s, both(
                less("loss_0.1", p, than_metric="loss_0.01"), less("loss_0.1", p, than_metric="loss_1")))
            for s, p in RECURRENT)),
        Listed("momentum", "scope", "so it does in most problems under a momentum of 0.9", tuple(
            scope(f"momentum-{p}", "it does", s, both(
                less("loss_0.1", f"{p}_momentum", than_metric="loss_0.01"),
                less("loss_0.1", f"{p}_momentum", than_metric="loss_1")))
            for s, p in PROBLEMS)),
    ),
    quick=(Quick("0.1-learns", "generated", "quick", "relative_best", "<=", 0.6),),
),
Claim(
    id="lr-decay-plateau",
    source="sutskever2015overview", locator="practical advice, on the learning rate", dataset="mnist",
    statement="Where a validation set shows no more progress, dividing the rate by 2 or by 5 and going on ends lower.",
    quotation="divide the LR by 2 (or by 5), and keep going",
    published=Published("2, or 5", "confirmed"),
    # Test error after the epoch of the least validation error, of 30; each rule from the rate that pilots chose for it.
    checks=(
        AnyOf("decay-below-constant", "direction", "dividing by 2, or by 5, at a plateau ends lower than a constant rate", (
            direction("by-2", "dividing by 2 does", "plateau", less("test_error", "by_2", than="constant"), most=240),
            direction("by-5", "dividing by 5 does", "plateau", less("test_error", "by_5", than="constant"), most=240),
        )),
        control("constant-stalls", "at the constant rate the validation error stops falling in the first half", "plateau",
                passes("constant", "stalled_at", "<", 15), most=240, guards=("by-2", "by-5")),
        *(scope(name, what, "plateau", less("test_error", arm, than="constant"))
          for name, what, arm in (
              ("by-10", "dividing by 10 does", "by_10"),
              ("one-over-t", "a rate that goes as 1/t does", "one_over_t"),
              ("on-training-loss", "dividing by 2 where the training loss stops falling does", "by_2_on_training"))),
        *(scope(f"rapid-{part}-{factor}", f"two epochs after the first division by {factor} the {what} is lower", "plateau",
                passes(f"by_{factor}", f"{part}_drop", ">", 0))
          for factor in (2, 5, 10) for part, what in (("train", "training loss"), ("validation", "validation error"))),
    ),
    quick=(Quick("by-5-learns", "plateau", "quick", "validation_error", "<=", 25),),
),
Claim(
    id="update-ratio-1e-3",
    source="sutskever2015overview", locator="practical advice, on the learning rate", dataset="mnist",
    also=("tiny_shakespeare",),
    statement="A step should move the weights by about a thousandth: much less learns too slowly, much more fails.",
    quotation="This ratio should be at around",
    published=Published("about 1e-3", "confirmed"),
    # Norm of the update over that of the weights, the median over the first 30 steps; otherwise as `lr-point-one`.
    checks=(
        Listed("ratio-1e-5-worse", "direction", "in most problems the rates of ratio 1e-5 and less end higher than the best", tuple(
            direction(f"small-{p}", "the best of them ends higher", s, less("loss_best", p, than_metric="loss_to_1e-05"), most=240)
            for s, p in PROBLEMS)),
        Listed("ratio-1e-1-worse-or-fails", "direction", "in most problems those of ratio 0.1 and more do, or all diverge", tuple(
            direction(f"large-{p}", "the best of them ends higher", s, less("loss_best", p, than_metric="loss_from_0.1"), most=240)
            for s, p in PROBLEMS)),
        Listed("best-ratio-in-3e-4-to-3e-3", "size", "in most problems the best rate has a ratio of 3e-4 to 3e-3", tuple(
            size(f"best-{p}", "it has", s, both(passes(p, "best_ratio", ">=", 3e-4), passes(p, "best_ratio", "<=", 3e-3)), most=240)
            for s, p in PROBLEMS)),
        *(control(f"reaches-{p}", "there are rates of either kind, and some rate learns", s, both(
                  passes(p, "rates_to_1e-05", ">=", 1), passes(p, "rates_from_0.1", ">=", 1),
                  passes(p, "relative_best", "<=", 0.9)), most=240,
                  guards=(f"small-{p}", f"large-{p}", f"best-{p}"))
          for s, p in PROBLEMS),
        Listed("ratio-1e-4-worse", "scope", "in most problems those of ratio 1e-4 and less end higher", tuple(
            scope(f"small-1e-4-{p}", "they do", s, less("loss_best", p, than_metric="loss_to_0.0001")) for s, p in PROBLEMS)),
        Listed("ratio-1e-2-worse", "scope", "in most problems those of ratio 0.01 and more end higher", tuple(
            scope(f"large-1e-2-{p}", "they do", s, less("loss_best", p, than_metric="loss_from_0.01")) for s, p in PROBLEMS)),
        Listed("layers", "scope", "in most problems each matrix of weights has such a ratio at the best rate", tuple(
            scope(f"layers-{p}", "it has", s, both(
                passes(p, "best_ratio_least", ">=", 3e-4), passes(p, "best_ratio_most", "<=", 3e-3)))
            for s, p in PROBLEMS)),
        Listed("biases", "scope", "in most problems the biases have", tuple(
            scope(f"biases-{p}", "they have", s, both(
                passes(p, "best_ratio_biases", ">=", 3e-4), passes(p, "best_ratio_biases", "<=", 3e-3)))
            for s, p in PROBLEMS)),
        Listed("adam", "scope", "in most problems Adam has at its best rate", tuple(
            scope(f"best-{p}", "it has", s, both(
                passes(p, "best_ratio", ">=", 3e-4), passes(p, "best_ratio", "<=", 3e-3)))
            for s, p in ADAM)),
    ),
    quick=(Quick("ratio-of-0.1", "generated", "quick", "best_ratio", "<=", 0.2),),
),
)
