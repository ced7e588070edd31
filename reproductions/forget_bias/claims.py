"""What is claimed about the forget bias of an LSTM, and what decides it: a line a check, which says of each seed what
answers yes. Numbers like 5 and 0 are biases; `adding10`, `order100` and the like are tasks of so many steps."""

from suite.claims import AnyOf, Claim, Published, Quick, control, direction, scope, size
from suite.questions import beats_chance, both, more, passes, sooner

# fmt: off
CLAIMS = (
    Claim(
        id="lstm-forget-bias-large", source="sutskever2015overview", locator="practical advice, on LSTMs",
        statement="An LSTM that starts from a large forget bias learns long dependencies sooner, or at all.",
        quotation="initialize the biases of the forget gates of the LSTMs to large values", dataset="synthetic",
        checks=(
        direction("adding-b5", "adds sooner at 5", "adding", sooner("updates", "b5", than="b0", budget=4000), most=96),
        direction("recall-100", "recalls at 5, not at 0", "success", more("solved", "b5", than="b0", **UP), most=96),
        scope("adding-b5-half", "takes at most half the updates at 5 to learn to add over 100 steps", "adding",
              sooner("updates", "b5", than="b0", budget=4000, times=0.5), most=96),
        scope("delay-400", "recalls over 400 steps at 5 and not at 0", "longest",
              more("solved_b5", "delay400", than_metric="solved_b0", high_is_good=True)),
        scope("delay-400-b8", "recalls over 400 steps at 8 and not at 0", "longest",
              more("solved_b8", "delay400", than_metric="solved_b0", high_is_good=True)),
        control("path-b0", "passes back along its cell what a bias of 0 says", "gates",
                passes("b0", "path_error", "<=", 0.05), most=240, guards=("adding-b5", "recall-100")),
        control("path-b5", "passes back along its cell what a bias of 5 says", "gates",
                passes("b5", "path_error", "<=", 0.05), most=240, guards=("adding-b5", "recall-100")),
        ),
    ),
)
