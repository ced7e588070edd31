"""Classifiers of scikit-learn that convolutional nets are held against: they are fitted by nobody here."""

from collections.abc import Mapping
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from common.training import Arrays


def error(which: str, rest: Mapping[str, Any], seed: int, train: Arrays, held_out: Arrays) -> float:
    """Wrong labels among `held_out`, per cent.

    Of `svm`, with a Gaussian kernel, `knn`, and `sklearn_mlp`, a net of one hidden layer of 100 ReLU units with
    scikit-learn's own settings but for `rest`, the net alone draws numbers, from the seed.
    """
    made = {
        "svm": lambda: SVC(kernel="rbf", **rest),
        "knn": lambda: KNeighborsClassifier(n_jobs=1, **rest),
        "sklearn_mlp": lambda: MLPClassifier(random_state=seed, **rest),
    }[which]()
    with catch_warnings():
        simplefilter("ignore", ConvergenceWarning)  # after 200 passes, which are all that it makes as it comes
        made.fit(train.x, train.y)
    return float(100 * np.mean(made.predict(held_out.x) != held_out.y))
