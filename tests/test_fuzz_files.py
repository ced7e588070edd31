"""Any file of a record or of a reproduction, damaged in any way: a correct answer, or one line that says what is wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzzing import EACH, STEPS, World, answered, damaged, forget, world
from hypothesis import given
from hypothesis import strategies as st

COMMANDS = (
    ("list",), ("list", "--json"), ("verdicts",), ("verdicts", "--json"), ("table", "--csv"), ("table",),
    ("explain", "first-one"), ("explain", "second-one"), ("history", "first-one"), ("trials", "first-one"),
    ("trials", "first-one", "--csv"), ("pilots", "first-one"), ("cite", "first-one"),
    ("cite", "first-one", "--format", "csl"), ("export", "--latex", "first-one"), ("verify",), ("page",), ("export",),
    ("plan", "--scored"), ("compare", "results", "results"), ("compare", "results", "results/edition-1"),
)  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("files")) as made, pytest.MonkeyPatch.context() as patch:
        patch.chdir(made.root)
        yield made


FILES = ("forecasts.csv", "catalogue.csv", "sentences.csv", "sources.bib")


def test_the_project_is_sound(project: World) -> None:
    import time
    for words in COMMANDS:
        t=time.process_time()
        a=answered(words)
        forget()
        t=time.process_time()
        a=answered(words)
        print(words, a[0], time.process_time()-t, a[2][:300])
    for words in COMMANDS:
        assert answered(words)[0] == (words[-1] == "results/edition-1"), words
    project.restore()
