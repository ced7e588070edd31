"""What is claimed about clipping the gradients of recurrent nets, and what decides each claim. Literals only."""

from suite.claims import AnyOf, Claim, Published, Quick, control, direction, scope, size
from suite.questions import both, either, less, passes

SHAPES = tuple(
    f"{net}_steps{steps}_radius{radius}"
    for net, radii in (("rnn", ("1", "1.25", "1.5")), ("lstm", ("1", "1.5")))
    for steps in (50, 100, 200)
    for radius in radii
)
FIVE = both(less("test_loss", "sum_5", than="sum_0.5"), less("test_loss", "sum_5", than="sum_150"))
FIFTEEN = both(less("test_loss", "sum_15", than="sum_0.5"), less("test_loss", "sum_15", than="sum_150"))

# fmt: off
CLAIMS = (  # a table: a line a check
Claim(
    id="rnn-clipping-huge",
    source="sutskever2015overview", locator="practical advice, on the norm of the gradient", dataset="synthetic",
    statement="Clipping the gradient's norm lets RNNs and LSTMs train at rates where they otherwise fail.",
    quotation="This one little trick plays a huge difference in the training of RNNs and LSTMs",
    published=Published("no number given", "none found"),
    # `range_5`: by how many decades clipping at 5 raises the largest rate at which training ends no worse than
    # knowing nothing. Adding over 30 steps, unless the arm says otherwise.
    checks=(
        direction("rnn-better", "clipping at 5 widens the usable rates of an RNN", "scan", passes("rnn", "range_5", ">", 0), most=96),
        direction("lstm-better", "clipping at 5 widens the usable rates of an LSTM", "scan", passes("lstm", "range_5", ">", 0)),
        size("adding-huge", "clipping at 5 widens the usable rates of an RNN tenfold", "scan", passes("rnn", "range_5", ">=", 1), most=96),
        control("clipped-learns", "a clipped RNN learns", "scan", passes("rnn", "loss_5", "<=", 0.8), most=96,
                guards=("rnn-better", "adding-huge")),
        control("clipped-lstm-learns", "a clipped LSTM learns", "scan", passes("lstm", "loss_5", "<=", 0.8),
                guards=("lstm-better",)),
        scope("lstm-huge", "clipping widens an LSTM's rates tenfold", "scan", passes("lstm", "range_5", ">=", 1)),
        scope("rnn-15", "clipping at 15 widens an RNN's rates", "scan", passes("rnn", "range_15", ">", 0)),
        scope("lstm-15", "clipping at 15 widens an LSTM's rates", "scan", passes("lstm", "range_15", ">", 0)),
        scope("rnn-learning", "clipping widens the rates at which an RNN learns", "scan",
              passes("rnn", "learning_range_5", ">", 0)),
        scope("lstm-learning", "clipping widens the rates at which an LSTM learns", "scan",
              passes("lstm", "learning_range_5", ">", 0)),
        scope("rnn-loss", "each at its best rate, the clipped RNN errs less", "scan",
              less("loss_5", "rnn", than_metric="loss_none")),
        scope("lstm-loss", "each at its best rate, the clipped LSTM errs less", "scan",
              less("loss_5", "lstm", than_metric="loss_none")),
        scope("rnn-resets", "likewise an RNN's on resets", "scan", passes("rnn_resets", "range_5", ">", 0)),
        scope("lstm-resets", "likewise an LSTM's on resets", "scan", passes("lstm_resets", "range_5", ">", 0)),
        scope("rnn-adam", "likewise an RNN's under Adam", "scan", passes("rnn_adam", "range_5", ">", 0)),
    ),
    carried=("temporal-order-huge", "resets-huge"),
    quick=(
        Quick("blown-up-without", "scan", "quick", "blown_none", ">=", 0.4, seeds=3),
        Quick("safe-with", "scan", "quick", "blown_1", "<=", 0.25),
    ),
),
Claim(
    id="clip-5-or-15",
    source="sutskever2015overview", locator="practical advice, on the norm of the gradient", dataset="synthetic",
    statement="A limit of 15 or of 5 on the norm of the batch's mean gradient works well.",
    quotation="Something like 15 or 5 works well in practice in my own experiments",
    published=Published("15 or 5", "confirmed"),
    # Test losses of a tanh net on resets, summed over the steps; each limit at the rate pilot seeds chose for it.
    checks=(
        AnyOf("summed", "direction", "a net clipped at 5 or at 15 ends lower than an unclipped one", (
            direction("summed-5", "one clipped at 5 does", "thresholds", less("test_loss", "sum_5", than="sum_none"), most=240),
            direction("summed-15", "one clipped at 15 does", "thresholds", less("test_loss", "sum_15", than="sum_none"), most=240),
        )),
        size("decade", "5, or 15, beats a limit of 0.5 and one of 150", "thresholds", either(FIVE, FIFTEEN), most=240),
        control("learns-5", "clipped at 5 it learns", "thresholds", passes("sum_5", "test_relative", "<=", 0.8),
                most=240, guards=("summed-5", "decade")),
        control("learns-15", "clipped at 15 it learns", "thresholds", passes("sum_15", "test_relative", "<=", 0.8),
                most=240, guards=("summed-15", "decade")),
        control("binds-5", "gradients do exceed 5", "thresholds", passes("sum_5", "binds_5", ">", 0),
                most=240, guards=("summed-5",)),
        control("binds-15", "gradients do exceed 15", "thresholds", passes("sum_15", "binds_15", ">", 0),
                most=240, guards=("summed-15",)),
        *(scope(f"{name}-{clip}-lower", f"likewise {clip} beats none, {what}", "thresholds",
                less("test_loss", f"{arm}_{clip}", than=f"{arm}_none"))
          for arm, name, what in (("mean", "averaged", "the loss averaged"), ("lstm_sum", "lstm", "an LSTM's"))
          for clip in (5, 15)),
        scope("averaged-5-binds", "gradients exceed 5, the loss averaged", "thresholds",
              passes("mean_5", "binds_5", ">", 0)),
    ),
    carried=("averaged-5", "averaged-15"),
    quick=(Quick("summed-5-learns", "thresholds", "quick", "test_relative", "<=", 0.4),),
),
Claim(
    id="no-clip-puny-lr",
    source="sutskever2015overview", locator="practical advice, on the norm of the gradient", dataset="synthetic",
    statement="Without clipping it can be that only rates like 1e-6 are safe, which are too small to be useful.",
    quotation="a puny learning rate like 1e-6 which is too small to be useful",
    published=Published("1e-6", "confirmed"),
    # A rate is safe where neither it nor any lower one blows up. Losses are in baselines: 1 is knowing nothing.
    checks=(
        AnyOf("no-progress", "direction", "some net, of some length and radius, gets nowhere at every safe rate", tuple(
            direction(f"no-progress-{s.replace('_', '-')}", "no safe rate gets it under 0.95", "unclipped", passes(s, "safe_loss", ">=", 0.95), most=240)
            for s in SHAPES)),
        AnyOf("safe-rate", "size", "some net, of some length and radius, is safe at rates like 1e-6 alone", tuple(
            size(f"safe-rate-{s.replace('_', '-')}", "its largest safe rate is 3e-6 or less", "unclipped", passes(s, "log10_safe_rate", "<=", -5.5), most=240)
            for s in SHAPES)),
        *(control(f"clipped-learns-{s.replace('_', '-')}", "clipped at 1 it learns", "unclipped",
                  passes(s, "clipped_loss", "<=", 0.8), most=240, guards=(f"no-progress-{s.replace('_', '-')}",))
          for s in SHAPES),
        AnyOf("safe-rate-1e-5", "scope", "some net, of some length and radius, is safe up to 1e-5 alone", tuple(
            scope(f"safe-rate-1e-5-{s.replace('_', '-')}", "its largest safe rate is 1e-5", "unclipped", passes(s, "log10_safe_rate", "<=", -5), most=240)
            for s in SHAPES)),
        *(scope(f"blows-up-{s.replace('_', '-')}", "at the clipped net's rate the unclipped one blows up", "unclipped",
                passes(s, "blown_at_clipped_rate", ">=", 1))
          for s in SHAPES),
    ),
    quick=(
        Quick("safe-rate", "unclipped", "quick", "log10_safe_rate", ">=", -4.0, seeds=1),
        Quick("progress", "unclipped", "quick", "safe_loss", "<=", 0.8, seeds=1),
    ),
),
)
