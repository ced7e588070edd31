"""What all lessons share: the sentence, the reader's guess, quick trials of a study, and the verdict. Needs marimo.

A lesson is a marimo app, `reproductions/<name>/lesson.py`. It trains on a few seeds from 0 on, so nothing that it shows
is a verdict.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

import marimo as mo

from common import datasets, figures
from common.training import Run
from suite import answers, commands, forecasts, reading, registry, tables, unrecorded
from suite.citing import sources
from suite.claims import FIRST_SEED, SHARES, Check, Claim
from suite.escaping import markdown
from suite.questions import Answer, Observation
from suite.records import canonical_json

MOST = 6  # seeds of an arm, at most
RIGHT = {True: "**right**", False: "**wrong**"}

Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Asked:
    """What the seeds of a lesson answer to the question of a check."""

    check: Check
    answers: tuple[Answer, ...]

    @property
    def met(self) -> bool:
        """Whether as large a share of these few says yes as the bar asks of random seeds; of `some` one suffices."""
        return self.answers.count("yes") > {**SHARES, "some": 0.0}[self.check.bar] * len(self.answers)


@dataclass(frozen=True)
class Lesson:
    """A check of a claim, as a reader guesses and trains it."""

    claim_id: str
    check_id: str

    @property
    def name(self) -> str:
        return reading.one(self.claim_id)[0]

    @property
    def claim(self) -> Claim:
        return reading.one(self.claim_id)[1]

    @property
    def check(self) -> Check:
        return next(check for check in self.claim.each() if check.id == self.check_id)

    @property
    def bound(self) -> float:
        """The number that the question compares with."""
        return float(cast(Any, self.check.asks).bound)

    def opening(self, text: str) -> mo.Html:
        """The claim as it is registered, where it comes from, and what the lesson says of it."""
        claim, source = self.claim, sources.read(self.claim.source)
        quoted = f": “{markdown(claim.quotation)}”" if claim.quotation else ""
        where = f"{markdown(source.words())}; {markdown(claim.locator)}{quoted}"
        head = f"# Is it so?\n\n> **{markdown(claim.statement)}**\n\n{where}\n\nThe claim `{claim.id}`."
        return mo.vstack([mo.md(head), mo.md(text)])

    def train(self, study: str, arm: str, seeds: int | None = None, **changes: Any) -> Runs:
        """A quick arm on its own seeds, or on so many from 0 on; `changes` are other settings than its own.

        What was trained once is not trained again when a reader guesses anew.

        Raises:
            ValueError: the arm's seeds are those of verdicts or pilots.
        """
        used = commands.prepare(None)
        declared = next(one for one in registry.arms(self.name, study, "quick") if one.name == arm)
        chosen = tuple(declared.seeds if seeds is None else range(seeds))[:MOST]
        if max(chosen) >= FIRST_SEED:
            raise ValueError(f"a lesson trains no seed of a verdict or of a pilot; {arm} has {max(chosen)}")
        lanes = min(declared.lanes, len(chosen)) if used == "jax" else 1
        return _trained(self.name, study, canonical_json({**declared.settings, **changes}), chosen, lanes)

    def ask(self, arms: Mapping[str, Runs]) -> Asked:
        """The check's own question to each seed, with quick runs in place of those of the arms that it reads."""
        rows = [
            {arm: Observation(run.seed, run.metrics, run.status != "ok", "") for arm, run in zip(arms, of, strict=True)}
            for of in zip(*arms.values(), strict=True)
        ]
        return Asked(self.check, tuple(map(self.check.asks.answer, rows)))

    def told(self, asked: Asked, more: str = "") -> mo.Html:
        """How many seeds say yes, and on which data where others stand in for those of the claim."""
        yes, ties, failed = map(asked.answers.count, ("yes", "tie", "failed"))
        others = (f", {ties} tie" if ties else "") + (f", {failed} failed" if failed else "")
        text = f"**{yes} of {len(asked.answers)} seeds say yes**{others}: {markdown(self.check.what)}. "
        text += f"So asks the check `{self.check.id}`; its bar is {answers.BARS[self.check.bar]}."
        if self.claim.dataset == "mnist" and datasets.image_data_name_and_hash()[0] != "mnist":
            text += "\n\nMNIST is not at hand, so 8×8 digits stood in for it. For MNIST: `repro data fetch`"
        return mo.md(f"{text}\n\n{more}")

    def verdict(self, guess: bool | None, asked: Asked) -> mo.Html:
        """The verdict on record, what was expected, and how right the guess was."""
        entry = {self.claim_id: (self.name, self.claim)}
        record = reading.recorded(entry).get(self.claim_id, tables.NOT_RUN)
        expected = [f.probability for f in forecasts.of_claim(self.claim_id) if f.check == self.check_id]
        before = [f"Forecast before the run: {probability:.2f} for `{self.check_id}`." for probability in expected]
        told = [*_on_record(self.name, self.claim, record), *before, *_scored(guess, asked, record)]
        return mo.md("\n\n> ".join(["## The verdict", *told]))

    def ending(self) -> mo.Html:
        """Where to read on."""
        return mo.md(
            f"## Read on\n\n`repro explain {self.claim_id}` tells what decides the claim; "
            f"`reproductions/{self.name}/README.md` what its source leaves open, and how we depart from it."
        )


@cache
def _trained(name: str, study: str, settings: str, seeds: tuple[int, ...], lanes: int) -> Runs:
    found = []
    title = f"training {len(seeds)} seeds of {study}"
    with mo.status.progress_bar(total=len(seeds), title=title, remove_on_exit=True) as bar:
        for run in unrecorded.runs(name, study, json.loads(settings), seeds, lanes, apart=attended()):
            found.append(run)
            bar.update()
    return tuple(found)


def only(runs: Runs, suffix: str) -> Runs:
    """Runs with those of their metrics whose names end so, without the ending: one of the variants of each trial."""
    kept = [{n.removesuffix(suffix): v for n, v in run.metrics.items() if n.endswith(suffix)} for run in runs]
    return tuple(replace(run, metrics=metrics) for run, metrics in zip(runs, kept, strict=True))


def numbers(runs: Runs, metric: str) -> dict[int, float]:
    """Seed to a metric, of those that came to a number."""
    return {run.seed: value for run in runs if (value := run.metrics.get(metric)) is not None}


def attended() -> bool:
    """Whether somebody sits before it, and not where it runs as a script, in a test or for a page."""
    return mo.app_meta().mode in ("edit", "run")


def guess(*, yes: str, no: str) -> Any:
    """Two answers, of which none is pressed."""
    return mo.ui.radio({yes: True, no: False})


def controls(text: str, *elements: Any) -> mo.Html:
    """Markdown, and under it elements to press or to move; on paper, what could be chosen."""
    if attended():
        return mo.vstack([mo.md(text), *elements])
    choices = [f"- {option}" for element in elements for option in getattr(element, "options", ())]
    return mo.md("\n".join([text, "", *(choices or ["*In the live lesson this can be tried.*"])]))


def wait_for(guess: Any) -> None:
    """Goes no further before somebody who is there has guessed."""
    mo.stop(attended() and guess.value is None, mo.md("*Guess first: then the nets are trained.*"))


def picture(draw: Callable[[figures.Canvas], None], title: str, caption: str, panels: int = 1) -> mo.Html:
    """What `draw` puts on a canvas, as SVG, with title and caption also told to who cannot see it."""
    with figures.canvas(panels) as canvas:
        draw(canvas)
        return mo.Html(canvas.svg(title, caption).replace("<svg ", '<svg style="width: 100%; height: auto" ', 1))


def _on_record(name: str, claim: Claim, record: Mapping[str, Any]) -> Iterator[str]:
    word, reason = record["verdict"], f" ({markdown(record['reason'])})" if record["reason"] else ""
    waits = word in ("not run", "stale", "invalid")
    yield f"**The verdict on record: {word}**{reason}. {'' if waits else markdown(record['answer'])}"
    rests = "waits for" if waits else "rests on"
    yield f"It {rests} seeds from {FIRST_SEED} on, at the claim's own scale. What was trained above decides nothing."
    old = registry.recorded_verdicts(name, folder=registry.edition_1()).get(claim.id)
    if waits and old:
        yield f"Edition 1, by other checks on seeds from 0: *{old['verdict']}*."


def _scored(guess: bool | None, asked: Asked, record: Mapping[str, Any]) -> Iterator[str]:
    if guess is None:
        yield "No guess was made, so none is scored."
        return
    yield f"**Your guess** is {RIGHT[guess == asked.met]} by the {len(asked.answers)} seeds above."
    checks = [member for check in record["checks"] for member in (check, *check.get("of", ()))]
    found = next((check for check in checks if check["id"] == asked.check.id), {"outcome": "not run"})
    if record["verdict"] in ("stale", "invalid") or found["outcome"] not in ("holds", "fails", "split"):
        yield "By the record it cannot be told yet."
    elif found["outcome"] == "split":
        yield "By the record it is neither right nor wrong: about as many seeds say yes as no."
    else:
        yield f"By the record, of {found['n']} seeds, it is {RIGHT[guess == (found['outcome'] == 'holds')]}."
