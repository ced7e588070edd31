"""Cross-validated accuracies beside those that were published. No Keras."""

from collections.abc import Sequence
from statistics import fmean, stdev

from common.trials import Trial

PUBLISHED = (  # arm, metric, what it is, and the published percentage
    ("cnn", "test_accuracy", "The CNN of random word vectors", "76.1 in Kim 2014"),
    ("bags", "naive_bayes_published", "naive Bayes on words", "77.9 in Wang & Manning 2012, from memory"),
    ("bags", "nb_svm_published", "NB-SVM on words", "78.1 there"),
    ("pairs", "naive_bayes_published", "naive Bayes on words and pairs", "79.0 there, from memory"),
    ("pairs", "nb_svm_published", "NB-SVM on words and pairs", "79.4 there"),
)
VECTORS = "The 81.5 of Kim 2014 needs word vectors trained on other texts, which are not at hand."


def sentences(trials: Sequence[Trial]) -> str:
    """The mean over random splits of each classifier that has a published accuracy; nothing where none is on record."""
    told = [said for row in PUBLISHED if (said := _told(trials, *row))]
    return f"On sentences that were held out: {'; '.join(told)}. {VECTORS}\n" if told else ""


def _told(trials: Sequence[Trial], arm: str, metric: str, what: str, published: str) -> str:
    own = [t for t in trials if (t.study, t.arm, t.tier) == ("polarity", arm, "full")]
    found = [100 * value for t in own if (value := t.metrics.get(metric)) is not None]
    if len(found) < 2:
        return ""
    return f"{what} is right on {fmean(found):.1f} % (SD {stdev(found):.1f} over {len(found)} splits; {published})"
