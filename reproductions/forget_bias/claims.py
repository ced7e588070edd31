"""What is claimed about the forget bias of an LSTM, and what decides it. Literals only.

Numbers are forget biases: "5 learns to add over 100 steps sooner than 0" is said of a net that starts from a bias of 5 and the same seed's from 0.
`adding10`, `order100` and the like are tasks of so many steps.
"""

from suite.claims import AnyOf, Claim, Published, Quick, control, direction, scope, size
from suite.questions import beats_chance, both, more, passes, sooner

# fmt: off
CLAIMS = (  # a table: a line a check
Claim(
    id="lstm-forget-bias-large", source="sutskever2015overview", locator="practical advice, on LSTMs",
    statement="An LSTM that starts from a large forget bias learns long dependencies sooner, or at all.",
    quotation="initialize the biases of the forget gates of the LSTMs to large values", dataset="synthetic",
    published=Published("noisy temporal order: a bias of 5 trains as fast as an LSTM without forget gates, a bias of 1 "
                        "takes about three times as long (Gers et al. 2000)", "confirmed"),
    checks=(
        direction("adding-b5", "a forget bias of 5 learns to add over 100 steps sooner than one of 0", "adding", sooner("updates", "b5", than="b0", budget=4000), most=96),
        direction("recall-100", "a forget bias of 5 recalls over 100 steps where one of 0 does not", "success", more("solved", "b5", than="b0", high_is_good=True), most=96),
        scope("adding-b5-half", "5 adds in at most half the updates of 0", "adding",
              sooner("updates", "b5", than="b0", budget=4000, times=0.5), most=96),
        scope("delay-400", "5 recalls over 400 steps and 0 does not", "longest",
              more("solved_b5", "delay400", than_metric="solved_b0", high_is_good=True)),
        scope("delay-400-b8", "8 recalls over 400 steps and 0 does not", "longest",
              more("solved_b8", "delay400", than_metric="solved_b0", high_is_good=True)),
        control("path-b0", "the gradient along the cell of 0 is that of sigmoid(0)", "gates",
                passes("b0", "path_error", "<=", 0.05), most=240, guards=("adding-b5", "recall-100")),
        control("path-b5", "the gradient along the cell of 5 is that of sigmoid(5)", "gates",
                passes("b5", "path_error", "<=", 0.05), most=240, guards=("adding-b5", "recall-100")),
    ),
    carried=("adding-b2", "copy-b5", "best-bias", "rmsprop-b2", "rmsprop-b5", "path-b-1", "path-b1", "path-b2",
             "path-b3", "path-b4", "path-b6", "path-b8"),
    quick=(
        Quick("recall-b5", "recall", "quick", "solved_b5", ">=", 1.0),
        Quick("recall-b0", "recall", "quick", "solved_b0", "<=", 0.0),
        Quick("path", "gates", "b0", "path_error", "<=", 0.05),
    ),
),
Claim(
    id="lstm-half-adequate-some", source="sutskever2015overview", locator="practical advice, on LSTMs",
    statement="A forget gate of 0.5, that of a bias of 0, is adequate for some problems and not for others.",
    quotation="set to 0.5, which is adequate for some but not all problems", dataset="tiny_shakespeare",
    published=Published("LSTM without and with a forget bias of 1: .892 and .902 on arithmetic, .425 and .444 on XML, "
                        ".0891 and .0895 on Penn Treebank (Jozefowicz et al. 2015)", "from memory"),
    checks=(
        size("gate-b0", "the gates of an LSTM without bias start at 0.5 ± 0.02", "gates", passes("b0", "gate_error", "<=", 0.02), most=240),
        AnyOf("adequate", "direction", "a forget bias of 0 solves some task", (
        direction("adding10", "0 learns to add over 10 steps", "tasks", passes("adding10", "solved_b0", ">=", 1), most=240),
        direction("order30", "0 learns the order of two symbols over 30 steps", "tasks", passes("order30", "solved_b0", ">=", 1), most=240),
        direction("parity30", "0 learns the running parity of 30 bits", "tasks", passes("parity30", "solved_b0", ">=", 1), most=96),
        direction("adding100", "0 learns to add over 100 steps", "tasks", passes("adding100", "solved_b0", ">=", 1), most=96),
        direction("order100", "0 learns the order of two symbols over 100 steps", "tasks", passes("order100", "solved_b0", ">=", 1), most=96),
        direction("recall100", "0 recalls over 100 steps", "tasks", passes("recall100", "solved_b0", ">=", 1), most=96))),
        AnyOf("inadequate", "direction", "a larger bias solves some task and 0 does not", (
        direction("not-adding10", "a larger bias adds over 10 steps and 0 does not", "tasks", passes("adding10", "only_larger", ">=", 1), most=240),
        direction("not-order30", "a larger bias tells the order over 30 steps and 0 does not", "tasks", passes("order30", "only_larger", ">=", 1), most=240),
        direction("not-parity30", "a larger bias tells the parity and 0 does not", "tasks", passes("parity30", "only_larger", ">=", 1), most=96),
        direction("not-adding100", "a larger bias adds over 100 steps and 0 does not", "tasks", passes("adding100", "only_larger", ">=", 1), most=96),
        direction("not-order100", "a larger bias tells the order over 100 steps and 0 does not", "tasks", passes("order100", "only_larger", ">=", 1), most=96),
        direction("not-recall100", "a larger bias recalls over 100 steps and 0 does not", "tasks", passes("recall100", "only_larger", ">=", 1), most=96))),
        scope("characters", "0 scores at least 95 % of the best bias on the characters of a text", "tasks",
              passes("characters", "b0_over_best", ">=", 0.95)),
        scope("sentence-polarity", "0 tells praise from blame, at least 95 % as often as the best bias", "polarity",
              both(beats_chance("sentences", "accuracy_b0", samples=1662, constant=848 / 1662),
                   passes("sentences", "b0_over_best", ">=", 0.95))),
        scope("resets", "0 learns sooner than 5 to count from the last of many resets", "resets",
              sooner("updates", "b0", than="b5", budget=2000)),
        scope("resets-by-a-tenth", "0 does so in a tenth fewer updates", "resets",
              sooner("updates", "b0", than="b5", budget=2000, times=0.9)),
        control("gate-b1", "the gates of 1 start at sigmoid(1)", "gates",
                passes("b1", "gate_error", "<=", 0.02), most=240, guards=("adequate", "inadequate")),
        control("gate-b2", "the gates of 2 start at sigmoid(2)", "gates",
                passes("b2", "gate_error", "<=", 0.02), most=240, guards=("adequate", "inadequate")),
        control("gate-b5", "the gates of 5 start at sigmoid(5)", "gates",
                passes("b5", "gate_error", "<=", 0.02), most=240, guards=("adequate", "inadequate")),
    ),
    carried=("gate-b-1", "gate-b3", "gate-b4", "gate-b6", "gate-b8"),
    quick=(
        Quick("half", "gates", "b0", "gate_error", "<=", 0.02),
        Quick("sigmoid", "gates", "b5", "gate_error", "<=", 0.02),
    ),
),
)
