"""A lesson starts from the sentence, waits for a guess, trains at the quick scale, and tells what the record tells."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("marimo", reason="needs the lessons extra")
import marimo
import traced
from made_up import check, claim, described, listed, publish, write

from common import datasets
from common.study import PILOT_SEEDS, Arm
from suite import cli, evidence, lessons, registry, sources
from suite.answers import describe
from suite.claims import FIRST_SEED
from suite.judging import judge
from suite.reaching import reach

ROOT = Path(__file__).parent.parent
every = pytest.mark.parametrize("name", registry.lessons())


MODES: dict[float, float] = {}
"""Of the nets of equal rates, which are trained first."""


def fewer_modes(settings: Mapping[str, Any], m: Mapping[str, float]) -> bool | None:
    MODES[settings["ratio"]] = m["modes"]
    return MODES[10] < MODES[1] if settings["ratio"] == 10 else None


YES: dict[str, Callable[[Mapping[str, Any], Mapping[str, float]], bool | None]] = {
    "adversarial": lambda settings, m: m["fgsm_over_signs"] > 1,
    "convnets": lambda settings, m: m["conv_error"] < m["local_error"] if settings["form"] == "plain" else None,
    "deep_init": lambda settings, m: m["stuck"] >= 1 and m["learned"] >= 1,
    "dropout": lambda settings, m: m["gain"] <= 0 if settings["width"] == 256 else None,
    "expressivity": lambda settings, m: m["test_error"] > 3 if settings["widths"] == [4] else None,
    "forget_bias": lambda settings, m: m["solved_b5"] > m["solved_b0"] if settings["biases"] == [0, 5] else None,
    "generalisation": lambda settings, m: m["held_out_right"] > 0.5 if settings["entangled"] == 0 else None,
    "gan": fewer_modes,
    "gradient_clipping": lambda settings, m: m["range_5"] > 0 if "5" in settings["clips"] else None,
    "gradients": lambda settings, m: m["error_mlp_norm_mean_alone"] > 1e-4,
    "inputs": lambda settings, m: m["updates"] < 300 if settings["mean"] == 0 else None,
    "language": lambda settings, m: m["one_step"] < min(m["persistence_one"], m["mean_one"]),
    "landscape": lambda settings, m: m["correlation"] < 0,
    "learning_rates": lambda settings, m: m["loss_0.1"] < min(m["loss_0.01"], m["loss_1"] or float("inf")),
    "minibatches": lambda settings, m: m["lead"] > 0 if settings["solver"] == "sag" else None,
    "parity": lambda settings, m: m["test_accuracy"] >= 0.95 if settings["init"] == "rademacher" else None,
    "sorting": lambda settings, m: m["test_list_accuracy"] > 0.5 if "widths" in settings else None,
}
"""Whether a seed says yes, said anew here; None for runs that are not asked."""


def text_of(html: str) -> str:
    """What a reader reads of it, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", " ", html, flags=re.DOTALL))).split())


def said(output: Any) -> str:
    return text_of(marimo.as_html(output).text).replace(" .", ".").replace(" ,", ",").replace(" :", ":")


def shown(lesson: Any, **defined: Any) -> tuple[str, Mapping[str, Any]]:
    """The text of a lesson that has run by itself, and what its cells define."""
    outputs, names = lesson.app.run(defs=defined)
    return " ".join(said(output) for output in outputs if output is not None), names


@dataclass
class Spied:
    """What lessons trained: settings, seeds and runs of each call."""

    calls: list[tuple[Mapping[str, Any], Sequence[int], list[Any]]] = field(default_factory=list)

    def seeds(self) -> set[int]:
        return set(chain.from_iterable(seeds for _, seeds, _ in self.calls))

    def answers(self, name: str) -> list[bool]:
        asked = (YES[name](settings, run.metrics) for settings, _, runs in self.calls for run in runs)
        return [answer for answer in asked if answer is not None]


@pytest.fixture
def spied(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spied]:
    """Watches what is trained; MNIST that is not at hand is replaced without a warning."""
    if not datasets.at_hand("mnist"):
        monkeypatch.setenv("REPRO_DATASET", "digits")
    found, study = Spied(), registry.study

    def watched(name: str, question: str) -> Any:
        real = study(name, question)

        def run(settings: Mapping[str, Any], seeds: Sequence[int], lanes: int) -> Iterator[Any]:
            runs = list(real.run(settings, seeds, lanes))
            found.calls.append((settings, seeds, runs))
            yield from runs

        return SimpleNamespace(arms=real.arms, run=run)

    monkeypatch.setattr(registry, "study", watched)
    lessons._trained.cache_clear()
    yield found
    lessons._trained.cache_clear()


def test_every_reproduction_of_edition_1_has_a_lesson() -> None:
    """A new one need not."""
    old = {path.parent.name for path in registry.edition_1().glob("*/trials.csv")}
    assert len(old) == 7
    assert old <= set(registry.lessons())
    assert set(YES) == set(registry.lessons())


@every
def test_a_lesson_asks_a_question_and_is_short(name: str) -> None:
    assert registry.lessons()[name].endswith("?")
    assert len((registry.FOLDER / name / "lesson.py").read_text(encoding="utf-8").splitlines()) <= 120


@every
def test_a_lesson_is_in_no_hash(name: str) -> None:
    for question in registry.study_names(name):
        assert "lesson.py" not in {path.name for path in sources.files(name, question)}


def test_lessons_are_sound_apps_by_marimos_own_check() -> None:
    files = [str(registry.FOLDER / name / "lesson.py") for name in registry.lessons()]
    done = subprocess.run([sys.executable, "-m", "marimo", "check", *files], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stdout + done.stderr


def test_nobody_loads_marimo_but_who_opens_a_lesson() -> None:
    program = "import sys, reproductions, suite.commands, suite.teaching; from suite import cli; cli.main(['lesson'])"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; print(*sys.modules)"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {"marimo", "keras", "jax"} & set(done.stdout.splitlines()[-1].split())


@every
def test_a_lesson_tells_what_its_seeds_came_to(name: str, spied: Spied, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever that is: numbers are drawn where nets would be trained, which the quick tier does."""
    traced.instead(monkeypatch)
    monkeypatch.setattr(lessons, "MOST", 1)
    lesson = registry.lesson(name)
    text, defined = shown(lesson)
    the = lesson.LESSON.claim
    assert the.statement in text
    assert the.quotation in text
    answers = spied.answers(name)
    assert len(answers) == 1
    said_so = f"{sum(answers)} of 1 seeds say yes(, 1 tie)?: {re.escape(lesson.LESSON.check.what)}"
    assert re.search(said_so, text), text
    assert defined["asked"].answers.count("yes") == sum(answers)
    assert spied.seeds() == {0}
    assert "No guess was made" in text


@pytest.mark.slow
@every
def test_a_whole_lesson_runs_with_what_it_leaves_to_try(
    name: str, spied: Spied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marimo.ui, "run_button", lambda **_: SimpleNamespace(value=True))
    text, defined = shown(registry.lesson(name), guess=SimpleNamespace(value=True))
    yes, n = sum(spied.answers(name)[: len(defined["asked"].answers)]), len(defined["asked"].answers)
    assert 1 < n <= lessons.MOST
    assert f"{yes} of {n} seeds say yes" in text
    assert f"Your guess is {'right' if defined['asked'].met else 'wrong'} by the {n} seeds above" in text
    assert spied.seeds() == set(range(n))
    assert len(spied.calls) > 1, "nothing was tried beside"


@every
def test_nothing_is_trained_before_somebody_who_is_there_has_guessed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "attended", lambda: True)
    monkeypatch.setattr(lessons, "_trained", lambda *_: pytest.fail("it trains"))
    monkeypatch.setattr(lessons, "datasets", SimpleNamespace(image_data_name_and_hash=lambda: ("mnist", "")))
    if not datasets.at_hand("mnist"):
        monkeypatch.setenv("REPRO_DATASET", "digits")
    text, defined = shown(registry.lesson(name))
    assert defined["guess"].value is None
    assert "Guess first" in text
    assert "say yes" not in text


def test_a_guess_that_changes_trains_nothing_anew(spied: Spied) -> None:
    lesson = lessons.Lesson("lstm-forget-bias-large", "path-b0")
    first = lesson.train("gates", "b0", seeds=1)
    assert lesson.train("gates", "b0", seeds=1) is first
    assert len(spied.calls) == 1
    assert lesson.train("gates", "b0", seeds=1, bias=1) is not first
    assert [settings["bias"] for settings, _, _ in spied.calls] == [0, 1]


@pytest.mark.parametrize("seed", [FIRST_SEED, PILOT_SEEDS])
def test_a_lesson_refuses_seeds_of_verdicts_and_pilots(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons.commands, "prepare", lambda requested: "jax")
    monkeypatch.setattr(registry, "arms", lambda *_: (Arm("b0", {}, (0, seed)),))
    monkeypatch.setattr(lessons, "_trained", lambda *_: pytest.fail("it trains"))
    with pytest.raises(ValueError, match=f"{seed}"):
        lessons.Lesson("lstm-forget-bias-large", "path-b0").train("gates", "b0")


def answered(lesson: Any, *given: str) -> Any:
    return lessons.Asked(lesson.check, given)


@every
def test_a_claim_that_is_not_run_shows_what_edition_1_said(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REPRO_RESULTS", str(tmp_path))
    the = registry.lesson(name).LESSON
    old = registry.recorded_verdicts(name, folder=registry.edition_1()).get(the.claim_id)
    told = said(the.verdict(True, answered(the, "yes", "no", "no")))
    assert "The verdict on record: not run" in told
    assert f"Edition 1, by other checks on seeds from 0: {old['verdict']}" in told if old else "Edition 1" not in told
    assert "Your guess is wrong by the 3 seeds above" in told or the.check.bar == "some"
    assert "By the record it cannot be told yet" in told


@every
@pytest.mark.parametrize("word", ["reproduced", "not reproduced"])
def test_the_verdict_is_that_of_the_record(
    name: str, word: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    the = registry.lesson(name).LESSON
    found = reach(the.claim, word)
    assert found is not None
    record = describe(judge(the.claim, found), found, [], {})
    (tmp_path / name).mkdir()
    write(tmp_path / name / "verdicts.json", {the.claim_id: record})
    monkeypatch.setenv("REPRO_RESULTS", str(tmp_path))
    monkeypatch.setattr(evidence, "staleness", lambda *_: "")
    told = said(the.verdict(True, answered(the, "yes")))
    assert f"The verdict on record: {word}." in told
    assert " ".join(record["answer"].split()) in told
    assert "Edition 1" not in told
    of = [member for checks in record["checks"] for member in (checks, *checks.get("of", ()))]
    outcome = next(checks["outcome"] for checks in of if checks["id"] == the.check_id)
    assert f"it is {'right' if outcome == 'holds' else 'wrong'}." in told
    if the.check_id in {checks["id"] for checks in record["checks"]}:  # one of a list may hold where the list does not
        assert (outcome == "holds") == (word == "reproduced")


@pytest.mark.parametrize(
    ("letters", "outcome", "yes", "no"),
    [
        ("y" * 12, "holds", "right", "wrong"),
        ("n" * 12, "fails", "wrong", "right"),
        ("yn" * 24, "split", "neither right nor wrong", "neither right nor wrong"),
        ("yyyn" * 3, "undecided", "cannot be told yet", "cannot be told yet"),
    ],
)
def test_a_guess_is_scored_by_what_the_record_says_of_its_check(
    letters: str, outcome: str, yes: str, no: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wanted = claim(check("c"), check("d", arm="b"))
    folder = publish(monkeypatch, tmp_path, wanted)
    write(tmp_path / "edition-1/made_up/verdicts.json", {})
    monkeypatch.setattr(evidence, "staleness", lambda *_: "")
    record = described(wanted, a=letters, b="y" * 12)
    assert record["checks"][0]["outcome"] == outcome
    write(folder / "verdicts.json", {"made-up": record})
    the = lessons.Lesson("made-up", "c")
    for guess, right in ((True, yes), (False, no)):
        told = said(the.verdict(guess, answered(the, "yes")))
        assert re.search(
            rf"By the record,?[^.]* it (is|cannot be told) ?{right.removeprefix('cannot be told ')}", told
        ), told


def test_a_guess_is_not_scored_by_a_record_that_is_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wanted = claim(check("c"))
    folder = publish(monkeypatch, tmp_path, wanted)
    write(tmp_path / "edition-1/made_up/verdicts.json", {})
    write(folder / "verdicts.json", {"made-up": described(wanted, a="y" * 12)})
    monkeypatch.setattr(evidence, "staleness", lambda *_: "study s changed since the run")
    the = lessons.Lesson("made-up", "c")
    told = said(the.verdict(True, answered(the, "yes")))
    assert "stale (study s changed since the run)" in told
    assert "By the record it cannot be told yet" in told


def test_a_check_of_a_list_is_found_in_the_record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wanted = claim(listed(check("c"), check("d", arm="b")))
    folder = publish(monkeypatch, tmp_path, wanted)
    monkeypatch.setattr(evidence, "staleness", lambda *_: "")
    write(folder / "verdicts.json", {"made-up": described(wanted, a="n" * 12, b="y" * 12)})
    the = lessons.Lesson("made-up", "c")
    assert "By the record, of 12 seeds, it is right" in said(the.verdict(False, answered(the, "yes")))


@pytest.mark.parametrize(
    ("bar", "given", "met"),
    [
        ("most", "yyn", True),
        ("most", "yn", False),
        ("most", "yft", False),
        ("some", "nny", True),
        ("some", "nnn", False),
        ("almost every", "yyyn", False),
    ],
)
def test_a_guess_is_scored_by_the_seeds_that_were_trained(
    bar: Any, given: str, met: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wanted = claim(replace(check("c"), bar=bar))
    publish(monkeypatch, tmp_path, wanted)
    the = lessons.Lesson("made-up", "c")
    asked = answered(the, *({"y": "yes", "n": "no", "t": "tie", "f": "failed"}[letter] for letter in given))
    assert asked.met == met
    for guess in (True, False):
        word = "right" if guess == met else "wrong"
        assert f"Your guess is {word} by the {len(given)} seeds above" in said(the.verdict(guess, asked))
    told = said(the.told(asked))
    assert f"{given.count('y')} of {len(given)} seeds say yes" in told
    assert ("1 tie, 1 failed" in told) == (given == "yft")


def test_digits_that_stand_in_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    the = registry.lesson("adversarial").LESSON
    monkeypatch.setenv("REPRO_DATASET", "digits")
    assert "8×8 digits stood in" in said(the.told(answered(the, "yes")))


class Outside(HTMLParser):
    """The tags of a page and all that it refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.places += [value or "" for name, value in attrs if name in ("src", "srcset", "data", "xlink:href")]
        self.places += [value or "" for name, value in attrs if name == "href" and tag not in ("a",)]


def test_a_lesson_on_paper_has_run_and_asks_nothing_of_anybody(
    spied: Spied, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lessons, "MOST", 1)
    assert cli.main(["lesson", "forget_bias", "--html", str(tmp_path / "lesson.html")]) == 0
    page = (tmp_path / "lesson.html").read_text(encoding="utf-8")
    read = Outside()
    read.feed(page)
    assert "svg" in read.tags
    assert not {tag for tag in read.tags if tag == "script" or tag.startswith("marimo-")}
    assert all(place.startswith(("#", "data:")) for place in read.places)
    assert "of 1 seeds say yes" in text_of(page)
    assert registry.lesson("forget_bias").LESSON.claim.statement in text_of(page)


@pytest.mark.browser
def test_a_reader_guesses_and_sees_the_verdict(tmp_path: Path) -> None:
    """Through the browser, as a reader does: nothing leaves this machine, and nothing is written beside the lesson."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the dev extra")
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.fail("no chromium") if os.environ.get("CI") else pytest.skip("no chromium is installed")
    before = {path for path in registry.FOLDER.rglob("*") if "__pycache__" not in path.parts}
    env = {name: text for name, text in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    env |= {"HOME": str(tmp_path)}
    words_ = [sys.executable, "-u", "-m", "reproductions", "lesson", "forget_bias"]
    server = subprocess.Popen(words_, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert server.stdout is not None
        url = next(found[0] for line in server.stdout if (found := re.search(r"http://[\w.]+:\d+", line)))
        assert url.startswith("http://localhost:")
        with playwright.sync_playwright() as driver:
            chromium = driver.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
            page = chromium.new_page()
            page.set_default_timeout(300_000)
            requests: list[str] = []
            page.on("request", lambda request: requests.append(request.url))
            page.goto(url)
            page.get_by_text("Guess first").first.wait_for()
            assert page.get_by_text("seeds say yes").count() == 0
            page.get_by_label("From a bias of 5 it learns").click()
            page.get_by_text("seeds say yes").wait_for()
            page.get_by_text("Your guess").last.wait_for()
            chromium.close()
    finally:
        server.terminate()
        server.communicate(timeout=30)
    outside = [place for place in requests if not place.startswith((url, "data:", "blob:", url.replace("http", "ws")))]
    assert outside == []
    assert before == {path for path in registry.FOLDER.rglob("*") if "__pycache__" not in path.parts}
