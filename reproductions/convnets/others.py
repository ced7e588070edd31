"""Classifiers of scikit-learn that convolutional nets are held against: they are fitted by nobody here."""

from warnings import catch_warnings, simplefilter

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from common.training import Arrays


def error(which: str, seed: int, train: Arrays, held_out: Arrays) -> float:
    """Wrong labels among `held_out`, per cent.

    All have scikit-learn's own settings: `svm` a Gaussian kernel, `knn` five neighbours, `sklearn_mlp` one hidden layer
    of 100 ReLU units. The net alone draws numbers, from the seed.
    """
    made = {
        "svm": lambda: SVC(),
        "knn": lambda: KNeighborsClassifier(n_jobs=1),
        "sklearn_mlp": lambda: MLPClassifier(random_state=seed),
    }[which]()
    with catch_warnings():
        simplefilter("ignore", ConvergenceWarning)  # after 200 passes, which are all that it makes as it comes
        made.fit(train.x, train.y)
    return float(100 * np.mean(made.predict(held_out.x) != held_out.y))
