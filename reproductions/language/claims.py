"""What is claimed about nets on series, characters and sentences, and what decides it. Literals only."""

from typing import Any

from suite.claims import Claim, Listed, Published, Quick, control, direction, scope
from suite.questions import beats_chance, both, either, less, more, passes, within

LEAST: dict[str, Any] = {"times": 0.9999, "high_is_good": True}  # as right: where both tell as many of 1066 sentences
SERIES = ("sunspots", "mackey_glass", "sines", "henon", "regimes")
OTHERS = (
    ("ar", "a linear autoregression"),
    ("mlp", "a net of one hidden layer"),
    ("rnn", "a vanilla RNN"),
    ("gru", "a GRU"),
)

# fmt: off
CLAIMS = (  # a table: a line a check; of a list, the series' own checks are made in the lines below it
Claim(
    id="lstm-time-series",
    source="mayo2016seven", locator="on recurrent nets", dataset="synthetic",
    statement="The Long Short-Term Memory net is suited for the prediction of time series.",
    quotation="suited for time series prediction, the Long Short Term Memory Network",
    published=Published("no number given", "none found"),
    # One step ahead, from the last 32 values. Each series is decided by its own seeds; the list counts series.
    checks=(
        Listed("lstm-beats-persistence-and-mean", "direction", "on most series an LSTM errs less than the last value and than the mean", tuple(
            direction(f"beats-{s}", "it does", "series", both(less("one_step", f"{s}_lstm", than_metric="persistence_one"), less("one_step", f"{s}_lstm", than_metric="mean_one")), most=240)
            for s in SERIES)),
        *(control(f"ar-{s}", "a linear autoregression beats the last value, as it must where the series is nearly linear", "series",
                  less("one_step", f"{s}_ar", than_metric="persistence_one"), most=240, guards=(f"beats-{s}",))
          for s in ("sunspots", "sines")),
        *(Listed(f"below-{other}", "scope", f"on most series it errs less than {words}", tuple(
            scope(f"below-{other}-{s}", "it does", "series", less("one_step", f"{s}_lstm", than=f"{s}_{other}"))
            for s in SERIES)) for other, words in OTHERS),
        Listed("within-5-percent", "scope", "on most series it errs at most a twentieth more than any of the four", tuple(
            scope(f"within-{s}", "it does", "series", both(*(
                less("one_step", f"{s}_lstm", than=f"{s}_{other}", times=1.05) for other, _ in OTHERS)))
            for s in SERIES)),
        Listed("twenty-steps", "scope", "on most series it errs less 20 steps ahead, fed with what it foretold", tuple(
            scope(f"twenty-{s}", "it does", "series", both(
                less("twenty_steps", f"{s}_lstm", than_metric="persistence_twenty"),
                less("twenty_steps", f"{s}_lstm", than_metric="mean_twenty")))
            for s in SERIES)),
    ),
    quick=(Quick("learns", "series", "quick", "over_persistence", "<=", 0.9),),
),
Claim(
    id="char-rnn-effective",
    source="mayo2016seven", locator="on recurrent nets", dataset="tiny_shakespeare",
    statement="Recurrent nets are effective as character-level language models.",
    quotation="the effectiveness of RNNs in training character-level language models",
    published=Published("no number given", "none found"),
    # 200 kB of tiny Shakespeare, other pieces in each trial, and the same characters asked of both kinds of models.
    checks=(
        direction("rnn-below-best-ngram", "a GRU foretells characters better than the best n-gram", "characters", less("test_nats", "gru", than="ngrams"), most=96),
        control("beats-bigram", "the net uses more than the last character", "characters",
                less("test_nats", "gru", than="ngrams", than_metric="test_nats_2"), most=96, guards=("rnn-below-best-ngram",)),
        scope("three-percent", "it does by 3 % at least", "characters", less("test_nats", "gru", than="ngrams", times=0.97)),
        *(scope(f"below-order-{n}", f"it does better than the best n-gram of order {n}", "characters",
                less("test_nats", "gru", than="ngrams", than_metric=f"test_nats_{n}")) for n in range(3, 9)),
        *(scope(f"{net}-below-ngram", f"so does {words}", "characters", less("test_nats", net, than="ngrams"))
          for net, words in (("lstm", "an LSTM"), ("rnn", "a vanilla RNN"))),
        *(scope(f"{size}-below-ngram", f"so does a GRU on {size}", "characters",
                less("test_nats", f"gru_{size}", than=f"ngrams_{size}")) for size in ("50k", "800k")),
    ),
    quick=(Quick("learns", "characters", "quick", "test_nats", "<=", 3.25),),
),
Claim(
    id="syntax-free-text",
    source="rei2015things", locator="on models of text without syntax", dataset="sentence_polarity", nature="proxy",
    statement="A model that knows nothing of sentence structure or syntax is no worse than one that sees word order.",
    quotation="knows absolutely nothing about the sentence structure or syntax",
    published=Published("MR: NB-SVM on words 78.1 %, CNN-rand 76.1 %", "confirmed"),
    # A seed is a random split.
    checks=(
        direction("bag-at-least-order-aware", "a bag of words is no worse", "polarity", both(more("test_accuracy", "bags", than="cnn", **LEAST), more("test_accuracy", "bags", than="lstm", **LEAST))),
        *(control(f"{arm}-beats-majority", f"{words} tells more than a constant answer", "polarity",
                  beats_chance(arm, "test_accuracy", samples=1066, constant=0.5), guards=("bag-at-least-order-aware",), most=most)
          for arm, words, most in (("bags", "the bag of words", 240), ("cnn", "the CNN", 48), ("lstm", "the LSTM", 96))),
        scope("within-a-point", "the bag is right at least as often as the CNN, or a point less", "polarity",
              either(more("test_accuracy", "bags", than="cnn"), within("test_accuracy", "bags", of="cnn", yardstick=0.01))),
        scope("bag-at-least-pairs", "the bag is right at least as often as one of words and pairs of words", "polarity",
              more("test_accuracy", "bags", than="pairs", **LEAST)),
        scope("averaged-at-least-cnn", "so is a mean of word vectors, against the CNN", "polarity",
              more("test_accuracy", "averaged", than="cnn", **LEAST)),
        scope("order-used", "the CNN is right less often where the words it is judged on are in random order", "polarity",
              less("scrambled_accuracy", "cnn", than_metric="test_accuracy", high_is_good=True)),
        scope("order-helps", "the CNN is right less often where it learned from random order, too", "polarity",
              less("test_accuracy", "cnn_scrambled", than="cnn", high_is_good=True)),
    ),
    quick=(Quick("bag-learns", "polarity", "quick_bags", "test_accuracy", ">=", 0.6),),
),
Claim(
    id="cnn-sentence-classification",
    source="mayo2016seven", locator="on convolutional nets", dataset="sentence_polarity", nature="proxy",
    statement="Convolutional nets can classify sentences.",
    quotation="Convolutional Neural Networks for Sentence Classification for another application of CNNs",
    published=Published("MR: 76.1 % from random word vectors, 81.5 % from trained ones (Kim 2014)", "confirmed"),
    checks=(
        direction("cnn-above-majority", "the CNN tells more than a constant answer", "polarity", beats_chance("cnn", "test_accuracy", samples=1066, constant=0.5)),
        scope("above-bag", "it is right more often than the best bag of words", "polarity",
              more("test_accuracy", "cnn", than="bags", high_is_good=True)),
        scope("near-76.1", "it is right on 76.1 % of the sentences, to 1.5 points", "polarity",
              both(passes("cnn", "test_accuracy", ">=", 0.746), passes("cnn", "test_accuracy", "<=", 0.776))),
        scope("reaches-81.5", "it is right on 81.5 %, which took trained word vectors", "polarity",
              passes("cnn", "test_accuracy", ">=", 0.815)),
    ),
    quick=(Quick("cnn-learns", "polarity", "quick_cnn", "test_accuracy", ">=", 0.54, seeds=4),),
),
)
