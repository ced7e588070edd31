"""What is claimed about dropout, and what decides it. Literals only.

A net with dropout and the one without start from the same weights and see the same order of images. `gain` is what
dropout saves of the error. 1200x3 means three hidden layers of 1200 units, on 10 000 images unless said otherwise.
"""

from suite.claims import Claim, Listed, Published, Quick, control, direction, scope, size
from suite.questions import both, less, passes, rises

NONE = Published("no number given", "none found")
CELLS = ("width100_depth1", "width100_depth2", "width100_depth3", "width200_depth2", "width500_depth1",
         "width500_depth2", "width500_depth3", "width500_depth4", "width1200_depth1", "width1200_depth2",
         "width1200_depth3", "width1200_depth4")  # fmt: skip

# fmt: off
CLAIMS = (  # a table: a line a check
Claim(
    id="dropout-helps", source="sutskever2015overview", locator="practical advice, on dropout", dataset="mnist",
    statement="Dropout lowers the test error of a net.",
    quotation="Dropout provides an easy way to improve performance.",
    published=Published("784-800-10 without: 1.60 % (Simard et al. 2003), 3×1024 with: 1.25 %, and 1.06 % with "
                        "max-norm (Srivastava et al. 2014)", "confirmed"),
    checks=(
        direction("relative-reduction", "the net errs less with dropout alone than without", "helps", less("test_error", "dropout", than="plain"), most=24),
        scope("by-15-percent", "dropout errs at least 15 % less", "helps",
              less("test_error", "dropout", than="plain", times=0.85), most=24),
        control("plain-is-fair", "without dropout the net errs on at most 2 %", "helps",
                passes("plain", "test_error", "<=", 2.0), guards=("relative-reduction",)),
    ),
    quick=(Quick("helps", "grid", "quick_width256", "nll_gain", ">=", 0.1, seeds=3),),
    dropped={"three-layers-and-2048": "three layers of 1024 would take 1.6 times, two of 2048 over three times, what "
             "the shape that is judged takes: hours on a CPU. Four layers of 2000 have a claim of their own"},
),
Claim(
    id="dropout-only-large-nets", source="synnaeve2014deep", locator="on dropout", dataset="mnist",
    statement="Dropout lowers the error only of nets of more than 1000 units a layer and more than 3 or 4 layers.",
    quotation="you will see improvement only on large-enough networks",
    published=Published("no table by width was found", "none found"),
    checks=(
        direction("large-gains", "dropout helps a large net, 1200x4", "grid", passes("width1200_depth4", "gain", ">", 0)),
        direction("small-no-gain", "dropout does not help a small net, 200x2", "grid", passes("width200_depth2", "gain", "<=", 0), most=96),
        Listed("signs-predicted", "size", "of the cells most gain where they are large and nowhere else", (
        size("100x1", "100x1 gains nothing", "grid", passes("width100_depth1", "gain", "<=", 0), most=240),
        size("100x2", "100x2 gains nothing", "grid", passes("width100_depth2", "gain", "<=", 0), most=240),
        size("100x3", "100x3 gains nothing", "grid", passes("width100_depth3", "gain", "<=", 0), most=96),
        size("500x1", "500x1 gains nothing", "grid", passes("width500_depth1", "gain", "<=", 0), most=96),
        size("500x2", "500x2 gains nothing", "grid", passes("width500_depth2", "gain", "<=", 0), most=96),
        size("500x3", "500x3 gains nothing", "grid", passes("width500_depth3", "gain", "<=", 0), most=96),
        size("1200x1", "1200x1 gains nothing", "grid", passes("width1200_depth1", "gain", "<=", 0), most=96),
        size("1200x2", "1200x2 gains nothing", "grid", passes("width1200_depth2", "gain", "<=", 0)),
        size("1200x3", "1200x3 gains nothing", "grid", passes("width1200_depth3", "gain", "<=", 0)),
        size("1200x4", "1200x4 gains", "grid", passes("width1200_depth4", "gain", ">", 0)))),
        Listed("border", "size", "a net that is only wide and one that is only deep gain nothing", (
        size("border-1200x2", "1200x2 gains nothing", "grid", passes("width1200_depth2", "gain", "<=", 0)),
        size("border-500x4", "500x4 gains nothing", "grid", passes("width500_depth4", "gain", "<=", 0)))),
        Listed("small-data-column", "scope", "no cell that is not large gains on 5000 images", (
        scope("column-100x2", "no gain in 100x2", "grid", passes("width100_depth2_images5000", "gain", "<=", 0)),
        scope("column-500x2", "no gain in 500x2", "grid", passes("width500_depth2_images5000", "gain", "<=", 0)),
        scope("column-1200x3", "no gain in 1200x3", "grid", passes("width1200_depth3_images5000", "gain", "<=", 0)))),
        scope("two-way-fit", "the gain rises with width at two layers and with depth at 1200 units", "grid",
              both(rises("gain", "width100_depth2", "width200_depth2", "width500_depth2", "width1200_depth2"),
                   rises("gain", "width1200_depth1", "width1200_depth2", "width1200_depth3", "width1200_depth4"))),
        scope("large-gains-5", "1200x5 gains", "grid", passes("width1200_depth5", "gain", ">", 0)),
        control("plain-learns", "every net without dropout errs on at most 10 %", "grid",
                both(*(passes(cell, "plain_test_error", "<=", 10) for cell in CELLS)), most=24,
                guards=("large-gains", "small-no-gain", "signs-predicted", "border")),
        control("dropout-learns", "every net with dropout errs on at most 15 %", "grid",
                both(*(passes(cell, "dropout_test_error", "<=", 15) for cell in CELLS)), most=24,
                guards=("large-gains", "small-no-gain", "signs-predicted", "border")),
    ),
    quick=(Quick("narrow-worse", "grid", "quick_width16", "gain", "<=", 0.0, seeds=5),
           Quick("helps-below-1000", "grid", "quick_width256", "gain", ">=", 0.0, seeds=3)),
),
Claim(
    id="dropout-little-reason-not", source="sutskever2015overview", locator="practical advice, on dropout",
    statement="Dropout seldom makes a net err more.", dataset="mnist", published=NONE, nature="proxy",
    quotation="It’s trivial to implement and there’s little reason to not do it.",
    checks=(
        Listed("worse-regimes", "direction", "in most ordinary regimes dropout errs no more", (
        direction("100x1", "no worse in 100x1", "grid", passes("width100_depth1", "gain", ">=", 0), most=240),
        direction("100x2", "no worse in 100x2", "grid", passes("width100_depth2", "gain", ">=", 0), most=240),
        direction("100x3", "no worse in 100x3", "grid", passes("width100_depth3", "gain", ">=", 0), most=96),
        direction("500x1", "no worse in 500x1", "grid", passes("width500_depth1", "gain", ">=", 0), most=96),
        direction("500x2", "no worse in 500x2", "grid", passes("width500_depth2", "gain", ">=", 0), most=96),
        direction("500x3", "no worse in 500x3", "grid", passes("width500_depth3", "gain", ">=", 0), most=96),
        direction("1200x1", "no worse in 1200x1", "grid", passes("width1200_depth1", "gain", ">=", 0), most=96),
        direction("1200x2", "no worse in 1200x2", "grid", passes("width1200_depth2", "gain", ">=", 0)),
        direction("1200x3", "no worse in 1200x3", "grid", passes("width1200_depth3", "gain", ">=", 0)),
        direction("5000-100x2", "no worse in 100x2 on 5000 images", "grid", passes("width100_depth2_images5000", "gain", ">=", 0), most=240),
        direction("5000-500x2", "no worse in 500x2 on 5000 images", "grid", passes("width500_depth2_images5000", "gain", ">=", 0), most=96),
        direction("5000-1200x3", "no worse in 1200x3 on 5000 images", "grid", passes("width1200_depth3_images5000", "gain", ">=", 0)))),
        Listed("stress-regimes", "scope", "in most regimes made to strain it dropout errs no more", (
        scope("8-units", "two layers of 8 units err no more", "grid", passes("width8", "gain", ">=", 0)),
        scope("16-units", "two layers of 16 units err no more", "grid", passes("width16", "gain", ">=", 0)),
        scope("one-epoch-100", "no worse after one epoch", "grid", passes("one_epoch_width100", "gain", ">=", 0)),
        scope("one-epoch-500", "no worse after one epoch", "grid", passes("one_epoch_width500", "gain", ">=", 0)),
        scope("one-epoch-1200", "no worse after one epoch", "grid", passes("one_epoch_width1200", "gain", ">=", 0)),
        scope("100-images", "no worse on 100 images", "grid", passes("images100", "gain", ">=", 0)),
        scope("200-images", "no worse on 200 images", "grid", passes("images200", "gain", ">=", 0)),
        scope("500-images", "no worse on 500 images", "grid", passes("images500", "gain", ">=", 0)),
        scope("sine-64", "64 units go on with a sinusoid no worse", "grid", passes("sine_width64", "gain", ">=", 0)),
        scope("sine-512", "512 units go on with it no worse", "grid", passes("sine_width512", "gain", ">=", 0)))),
    ),
    quick=(Quick("helps-below-1000", "grid", "quick_width256", "gain", ">=", 0.0, seeds=3),),
),
Claim(
    id="dropout-test-scaling", source="sutskever2015overview", locator="practical advice, on dropout", dataset="mnist",
    statement="A dropout net errs less with dropout off, and predicts better with scaled weights.",
    quotation="to not forget to turn off Dropout and to multiply the weights by",
    published=Published("scaled weights come close to the geometric mean over all masks (Warde-Farley et al. 2014)",
                        "confirmed"),
    checks=(
        direction("one-sample-error", "dropout left on errs more than scaled weights", "scaling", passes("trained", "sample_error_times", ">", 1)),
        direction("unscaled-nll", "weights left unscaled predict worse", "scaling", passes("trained", "unscaled_nll_times", ">", 1)),
        direction("biases-error", "with biases weights left unscaled err more", "scaling", passes("biases", "unscaled_error_times", ">", 1)),
        direction("biases-nll", "with biases weights left unscaled predict worse", "scaling", passes("biases", "unscaled_nll_times", ">", 1)),
        size("half-of-the-rule", "half of the right factor predicts worse", "scaling", passes("trained", "halved_nll_times", ">", 1)),
        size("twice-the-rule", "twice the right factor predicts worse", "scaling", passes("trained", "doubled_nll_times", ">", 1)),
        scope("one-sample-by-30-percent", "dropout left on errs at least 30 % more", "scaling",
              passes("trained", "sample_error_times", ">=", 1.3)),
        scope("biases-one-sample", "with biases too dropout left on errs more", "scaling",
              passes("biases", "sample_error_times", ">", 1)),
        scope("unscaled-nll-twice", "weights left unscaled double the surprise", "scaling",
              passes("trained", "unscaled_nll_times", ">=", 2)),
        scope("scaled-like-average", "scaled weights err at most 0.05 points more than 100 masks do", "scaling",
              passes("trained", "scaled_minus_average", "<=", 0.05)),
        control("same-answers-unscaled", "without biases unscaled weights give the same answers", "scaling",
                passes("trained", "test_same_answers", ">=", 0.999), guards=("unscaled-nll", "half-of-the-rule")),
    ),
    quick=(Quick("unscaled", "scaling", "quick", "unscaled_nll_times", ">=", 1.5),
           Quick("sample", "scaling", "quick", "sample_error_times", ">=", 1.3)),
),
Claim(
    id="dropout-longer-better", source="sutskever2015overview", locator="practical advice, on dropout", dataset="mnist",
    statement="With dropout the validation error goes on falling in long training.", published=NONE,
    quotation="dropout nets keep getting better and better the longer you train them",
    checks=(
        direction("dropout-slope", "with dropout the error falls over the last half", "longer", passes("constant", "dropout_error_slope", "<", 0)),
        scope("plain-nll-slope", "without dropout the surprise rises over the last half", "longer",
              passes("constant", "plain_nll_slope", ">", 0)),
        scope("best-later", "the error is least later with dropout than without", "longer",
              passes("constant", "later_by", ">=", 1)),
        control("dropout-learns", "with dropout the error comes to at most 10 %", "longer",
                passes("constant", "dropout_error_least", "<=", 10), guards=("dropout-slope",)),
    ),
    carried=("decayed-slope",),
    quick=(Quick("best-later", "longer", "quick", "nll_later_by", ">=", 0.0, seeds=3),),
),
Claim(
    id="no-dropout-val-rises", source="sutskever2015overview", locator="practical advice, on dropout", dataset="mnist",
    statement="Without dropout the validation error often rises after prolonged training.", published=NONE,
    quotation="the validation error often starts increasing after prolonged training",
    checks=(
        direction("error-rises", "without dropout the error rises over the last half", "longer", passes("constant", "plain_error_slope", ">", 0)),
        scope("error-rises-all", "it does so on 50 000 images", "longer",
              passes("all_images", "plain_error_slope", ">", 0)),
        scope("error-rises-few", "it does so on 1000 images", "longer",
              passes("few_images", "plain_error_slope", ">", 0)),
        scope("nll-rises", "the surprise ends a fifth above its least value", "longer",
              passes("constant", "plain_nll_rise", ">=", 0.2)),
        scope("nll-rises-all", "it does so on 50 000 images", "longer",
              passes("all_images", "plain_nll_rise", ">=", 0.2)),
        scope("nll-rises-few", "it does so on 1000 images", "longer",
              passes("few_images", "plain_nll_rise", ">=", 0.2)),
        control("plain-learns", "the error comes to at most 10 %", "longer",
                passes("constant", "plain_error_least", "<=", 10), guards=("error-rises",)),
    ),
    quick=(Quick("nll-best-early", "longer", "quick", "plain_nll_best_place", "<=", 0.5),),
),
Claim(
    id="dropout-tune-p", source="sutskever2015overview", locator="practical advice, on dropout", dataset="mnist",
    statement="A tuned probability of dropout errs less than the default of one half.", published=NONE,
    quotation="Remember to tune the dropout probability",
    checks=(
        Listed("tuned-gain", "direction", "in most cells the probability that validation chooses errs less", (
        direction("200-1000", "it errs less with 200 units on 1000 images", "probability", passes("width200_images1000", "tuned_better", ">=", 1), most=96),
        direction("200-10000", "it errs less with 200 units on 10 000", "probability", passes("width200_images10000", "tuned_better", ">=", 1), most=96),
        direction("1000-1000", "it errs less with 1000 units on 1000 images", "probability", passes("width1000_images1000", "tuned_better", ">=", 1)),
        direction("1000-10000", "it errs less with 1000 units on 10 000", "probability", passes("width1000_images10000", "tuned_better", ">=", 1)))),
        Listed("saves-a-tenth", "scope", "in most cells one that is 0.2 away saves a tenth of the error", (
        scope("tenth-200-1000", "it does", "probability", passes("width200_images1000", "tuned_gain", ">=", 0.1)),
        scope("tenth-200-10000", "it does", "probability", passes("width200_images10000", "tuned_gain", ">=", 0.1)),
        scope("tenth-1000-1000", "it does", "probability", passes("width1000_images1000", "tuned_gain", ">=", 0.1)),
        scope("tenth-1000-10000", "it does", "probability",
              passes("width1000_images10000", "tuned_gain", ">=", 0.1)))),
    ),
    quick=(Quick("lower-is-better", "probability", "quick", "times_default_0.3", "<=", 1.0, seeds=3),),
    dropped={"all-images": "as many epochs on 60 000 images would take six times as long as those on 10 000, which are "
             "nearly all of what the study takes"},
),
Claim(
    id="dropout-4x2000", source="synnaeve2014deep", locator="on dropout", dataset="mnist",
    statement="A net of four layers of 2000 units errs less on MNIST with dropout.",
    quotation="you want to try Dropout on MNIST with 4 (or more) layers",
    published=Published("with max-norm too: 3×1024 1.06 %, 2×4096 1.01 %, 2×8192 0.95 % (Srivastava et al. 2014)",
                        "confirmed"),
    checks=(
        direction("dropout-beats-plain", "the net errs less with dropout than without", "large_nets", less("test_error", "dropout", than="plain"), most=24),
        scope("beats-small-l2", "it errs less than 2×200 with an L2 penalty", "large_nets",
              less("test_error", "dropout", than="small_l2"), most=24),
    ),
    carried=("small-l2-not-below", "small-l2-not-above", "large-plain-not-below", "large-plain-not-above",
             "large-dropout-not-below", "large-dropout-not-above"),
    quick=(Quick("learns", "large_nets", "quick", "test_error", "<=", 20.0, seeds=1),),
),
)
