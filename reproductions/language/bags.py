"""Classifiers of bags of words, and of words and pairs of words: they see which stand in a sentence, not where.

Multinomial naive Bayes, support vectors on naive Bayes' log-ratios (Wang & Manning 2012, section 2), and logistic
regression. What is left open, a smoothing or a strength, is chosen on the validation sentences.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from reproductions.language.sentences import Deal, Part

Matrix = Any  # scipy.sparse.csr_matrix: sentences by words, 1 where a word stands in a sentence
Scores = Callable[[Matrix], NDArray[np.float64]]
SMOOTHING = (0.5, 1.0, 2.0)
STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0)
MIXED = 0.25  # beta of Wang & Manning: the share of each weight's own; the rest is the mean size of weights
NAMES = ("naive_bayes", "nb_svm", "logistic")


def accuracies(deal: Deal, pairs: bool, names: tuple[str, ...] = NAMES) -> dict[str, tuple[float, float]]:
    """Each classifier's accuracy on the validation and on the test sentences, as chosen on the former."""
    seen = CountVectorizer(analyzer=_pairs if pairs else list, binary=True)
    x = seen.fit_transform(deal.train.sentences)
    held, test = seen.transform(deal.validation.sentences), seen.transform(deal.test.sentences)
    found = {}
    for name in names:
        scored = [
            (_accuracy(scores(held), deal.validation), _accuracy(scores(test), deal.test))
            for scores in MAKERS[name](x, deal.train.labels)
        ]
        found[name] = max(scored, key=lambda pair: pair[0])
    return found


def as_published(deal: Deal, pairs: bool) -> dict[str, float]:
    """Test accuracy of naive Bayes and of its support vectors with the numbers of Wang & Manning, section 3.

    They choose nothing, so that they train on the sentences that choose, too: a smoothing of 1, a strength of 1.
    """
    whole = Part(
        deal.train.sentences + deal.validation.sentences,
        np.concatenate([deal.train.labels, deal.validation.labels]),
    )
    seen = CountVectorizer(analyzer=_pairs if pairs else list, binary=True)
    x, test = seen.fit_transform(whole.sentences), seen.transform(deal.test.sentences)
    makers = {"naive_bayes": _naive_bayes(x, whole.labels, (1.0,)), "nb_svm": _nb_svm(x, whole.labels, (1.0,))}
    return {name: _accuracy(scores(test), deal.test) for name, made in makers.items() for scores in made}


def _accuracy(scores: NDArray[np.float64], part: Part) -> float:
    return float(np.mean((scores > 0) == (part.labels == 1)))


def _pairs(sentence: tuple[str, ...]) -> list[str]:
    """The tokens, and every two that stand beside each other."""
    return [*sentence, *(f"{first} {second}" for first, second in pairwise(sentence))]


def log_ratios(x: Matrix, y: NDArray[np.int32], smoothing: float) -> NDArray[np.float64]:
    """ln of how frequent each word is in praise over how frequent it is in blame."""
    praise, blame = (smoothing + np.asarray(x[y == label].sum(axis=0)).ravel() for label in (1, 0))
    return np.asarray(np.log(praise / praise.sum()) - np.log(blame / blame.sum()))


def _naive_bayes(x: Matrix, y: NDArray[np.int32], smoothings: Sequence[float] = SMOOTHING) -> Iterator[Scores]:
    bias = np.log((y == 1).sum() / (y == 0).sum())
    for smoothing in smoothings:
        ratios = log_ratios(x, y, smoothing)
        yield lambda asked, ratios=ratios: np.asarray(asked @ ratios + bias)  # type: ignore[misc]


def _nb_svm(x: Matrix, y: NDArray[np.int32], strengths: Sequence[float] = STRENGTHS) -> Iterator[Scores]:
    ratios = log_ratios(x, y, 1.0)
    scaled = x.multiply(ratios).tocsr()
    for strength in strengths:
        machine = LinearSVC(C=strength, random_state=0).fit(scaled, y)
        own = machine.coef_.ravel()
        weights = MIXED * own + (1 - MIXED) * np.abs(own).mean()
        yield lambda asked, w=ratios * weights, bias=machine.intercept_[0]: np.asarray(asked @ w + bias)  # type: ignore[misc]


def _logistic(x: Matrix, y: NDArray[np.int32]) -> Iterator[Scores]:
    for strength in STRENGTHS:
        fitted = LogisticRegression(C=strength, max_iter=300).fit(x, y)
        yield lambda asked, fitted=fitted: np.asarray(fitted.decision_function(asked))  # type: ignore[misc]


MAKERS: dict[str, Callable[[Matrix, NDArray[np.int32]], Iterator[Scores]]] = {
    "naive_bayes": _naive_bayes, "nb_svm": _nb_svm, "logistic": _logistic,
}  # fmt: skip
