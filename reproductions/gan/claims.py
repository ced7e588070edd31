"""What is claimed about generative adversarial nets, and what decides it. Literals only."""

from suite.claims import Claim, Published, Quick, control, direction, scope
from suite.questions import falls, less, more, passes

# fmt: off
CLAIMS = (  # a table: short fields share a line
Claim(
    id="gan-small-step", source="rei2015things", locator="on generative adversarial nets", dataset="synthetic",
    statement="The generator's steps must be small, so that the discriminator keeps up with it.",
    quotation="the step needs to be quite small to make sure D can keep up",
    published=Published("no number given", "none found"),
    checks=(  # a ring of 8 Gaussians; ratio: the generator's rate over the discriminator's
        direction("fewer-modes-at-10x", "at ten times the discriminator's rate fewer Gaussians are covered", "ring", less("modes", "ratio_10", than="ratio_1"), most=240),
        direction("d-accuracy-lower-at-10x", "there the discriminator is right less often", "ring", less("d_accuracy", "ratio_10", than="ratio_1"), most=240),
        scope("small-covers-six", "at its rate at least 6 of the 8 are covered", "ring", passes("ratio_1", "modes", ">=", 6), most=240),
        scope("large-covers-three", "at ten times its rate at most 3 are", "ring", passes("ratio_10", "modes", "<=", 3), most=240),
        scope("falls-from-1", "the larger the ratio, the fewer are covered, from 1 to 30", "ring", falls("modes", "ratio_1", "ratio_3", "ratio_10", "ratio_30"), most=240),
        scope("smaller-is-better", "at a tenth of its rate more are covered than at its own", "ring", more("modes", "ratio_0.1", than="ratio_1"), most=240),
        scope("quality-lower", "fewer samples lie near any of them at ten times its rate", "ring", less("quality", "ratio_10", than="ratio_1"), most=240),
        scope("adam", "fewer are covered at ten times the rate of Adam, too", "ring", less("modes", "adam_10", than="adam_1"), most=240),
        scope("adam-accuracy", "there, too, the discriminator is right less often", "ring", less("d_accuracy", "adam_10", than="adam_1"), most=240),
        scope("more-d-steps", "ten steps of the discriminator to one of the generator make up for it: more are covered", "ring",
              more("modes", "ratio_10_turns_10", than="ratio_10"), most=240),
        control("small-covers-most", "at its rate more than 4 are covered", "ring", passes("ratio_1", "modes", ">", 4), most=240,
                guards=("fewer-modes-at-10x", "d-accuracy-lower-at-10x")),
    ),
    quick=(Quick("fools-some", "ring", "quick_ratio_1", "d_accuracy", "<=", 0.98),),
    dropped={"digits": "which digit an image shows would have to be told by another net, whose errors would be in the count"},
),
)
