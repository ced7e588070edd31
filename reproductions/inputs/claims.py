"""What is claimed about the inputs of a net, their means and their magnitudes, and what decides it. Literals only."""

from suite.claims import Claim, Published, Quick, control, direction, scope
from suite.questions import less, more, passes, rises, sooner

LOG, PLAIN = "lognormal_2_log1p_standardised", "lognormal_2_standardised"

# fmt: off
CLAIMS = (  # a table: a line a check
Claim(
    id="centre-inputs",
    source="sutskever2015overview", locator="practical advice, on data preprocessing", dataset="mnist",
    statement="Inputs whose mean is large, say 100, make weight updates large and correlated, and learning slow.",
    quotation="the weight updates will be very large and correlated, which makes learning bad and slow",
    published=Published("a derivation; no number given but the mean, 100", "confirmed"),
    # MNIST, one hidden layer of 64 ReLU units, plain SGD, each arm at the rate that pilots chose for it.
    checks=(
        direction("more-updates-mean-100", "centred inputs take fewer updates than inputs of mean 100", "offsets", sooner("updates", "centred", than="mean_100", budget=3000), most=240),
        direction("larger-first-step-mean-100", "at the same rate the first update is larger with a mean of 100", "offsets", more("first_step_norm", "mean_100", than="centred"), most=240),
        direction("higher-cosine-mean-100", "with a mean of 100 updates in a row are more alike", "offsets", more("cosine", "mean_100", than="centred"), most=240),
        # The mean is taken from the same moved inputs again: they then train as the centred ones do.
        control("centring-restores", "with the mean taken away again it takes a fifth more at most", "offsets",
                sooner("updates", "recentred", than="centred", budget=3000, times=1.2), most=240,
                guards=("more-updates-mean-100", "larger-first-step-mean-100", "higher-cosine-mean-100")),
        scope("ten-times", "a mean of 100 takes ten times the updates", "offsets",
              sooner("updates", "centred", than="mean_100", budget=3000, times=0.1)),
        scope("rises-with-the-mean", "updates rise with the mean, from 0 to 1, 10 and 100", "offsets",
              rises("updates", "centred", "mean_1", "mean_10", "mean_100")),
        scope("mean-1", "a mean of 1 takes more updates too", "offsets",
              sooner("updates", "centred", than="mean_1", budget=3000)),
        scope("mean-10", "so does one of 10", "offsets", sooner("updates", "centred", than="mean_10", budget=3000)),
        scope("scale-0.1", "so do centred inputs a tenth as large", "offsets",
              sooner("updates", "centred", than="scale_0.1", budget=3000)),
        scope("scale-10", "so do centred inputs ten times as large", "offsets",
              sooner("updates", "centred", than="scale_10", budget=3000)),
        scope("logistic", "so does softmax regression at a mean of 100", "offsets",
              sooner("updates", "logistic_centred", than="logistic_mean_100", budget=3000)),
        scope("adam", "so does Adam at a mean of 100", "offsets",
              sooner("updates", "adam_centred", than="adam_mean_100", budget=3000)),
        scope("cosine-0.9", "the cosine of updates in a row is 0.9 at least", "offsets",
              passes("mean_100", "cosine", ">=", 0.9)),
        scope("either-way", "the size of the cosine is larger, whichever way the updates go", "offsets",
              more("absolute_cosine", "mean_100", than="centred")),
        scope("one-way", "the weights of a unit move more alike in the first update", "offsets",
              more("one_way", "mean_100", than="centred")),
    ),
    quick=(
        Quick("centred-learns", "offsets", "quick_centred", "updates", "<=", 150),
        Quick("mean-100-does-not", "offsets", "quick_mean_100", "updates", ">=", 290),
    ),
),
Claim(
    id="log1p-inputs",
    source="sutskever2015overview", locator="practical advice, on data preprocessing", dataset="synthetic",
    statement="It can be better to take log(1 + x) of an input that varies by orders of magnitude.",
    quotation="it is better to take the log(1 + x) of that dimension",
    published=Published("no number given", "none found"),
    # Log-normal inputs of sigma 2 and a target made of their logarithms: a case that favours the advice by design.
    checks=(
        direction("log1p-below-standardised", "the net errs less on standardised log(1 + x) than on standardised x", "magnitudes", less("test_error", LOG, than=PLAIN), most=240),
        control("narrow-no-harm", "of inputs that vary little it does no harm, to a twentieth", "magnitudes",
                less("test_error", "lognormal_0.03_log1p_standardised", than="lognormal_0.03_standardised", times=1.05),
                most=240, guards=("log1p-below-standardised",)),
        scope("half", "it errs half as much", "magnitudes",
              less("test_error", LOG, than=PLAIN, times=0.5)),
        *(scope(f"sigma-{s}", "it errs less, of another spread", "magnitudes",
                less("test_error", f"lognormal_{s}_log1p_standardised", than=f"lognormal_{s}_standardised"))
          for s in (1, 4)),
        scope("sigma-0.1-no-harm", "of inputs that vary by a tenth it does no harm, to a twentieth", "magnitudes",
              less("test_error", "lognormal_0.1_log1p_standardised", than="lognormal_0.1_standardised", times=1.05)),
        scope("linear-in-x", "it errs less where the target is linear in x", "magnitudes",
              less("test_error", "linear_2_log1p_standardised", than="linear_2_standardised")),
        scope("sparse", "it errs less where nine in ten inputs are 0", "magnitudes",
              less("test_error", "sparse_2_log1p_standardised", than="sparse_2_standardised")),
        scope("below-raw", "it errs less than on x as it is", "magnitudes",
              less("test_error", LOG, than="lognormal_2_raw")),
        scope("standardising-helps", "standardising helps log(1 + x) too", "magnitudes",
              less("test_error", LOG, than="lognormal_2_log1p")),
        scope("below-rank", "it errs less than on ranks", "magnitudes",
              less("test_error", LOG, than="lognormal_2_rank")),
    ),
    quick=(Quick("log1p-learns", "magnitudes", "quick", "test_error", "<=", 0.8),),
),
)
