"""A made-up reproduction on record, as the site reads it."""

import csv
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_up import described, provenance, publish, trained, write

from suite import evidence, forecasts, registry
from suite.page import checks, figures, prose, record

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> \"'|&amp;{{7*7}}</title>\n=1+1 javascript:alert(1)"
SOURCES = '@misc{nobody2020,\n  author = {Ann {\\"O}sth and Bo Nobody},\n  title = {T},\n  year = {2020}\n}\n'


def publishing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Publishes claims with trials on record: study `s`, one arm a letter, its seeds answering as told."""

    def publish_all(*claims, reason="", sources=SOURCES, old=None, **arms):
        folder = publish(monkeypatch, tmp_path, *claims)
        write(tmp_path / "edition-1/made_up/verdicts.json", old or {})
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code/sources.bib").write_text(sources)
        found = [t.model_copy(update={"reason": reason if t.status != "ok" else ""}) for t in trained(**arms)]
        found = [
            t.model_copy(update={"curves": {"m": [(n, n * (t.metrics.get("m") or 0)) for n in range(5)]}})
            for t in found
        ]
        evidence.write_trials(folder / "trials.csv", found)
        evidence.write_curves(folder / "curves.csv", found, folder / "curves.csv", "s")
        monkeypatch.setattr(evidence, "staleness", lambda *_: "")
        made = provenance(*claims)
        monkeypatch.setattr(evidence, "read_provenance", lambda name: made)
        write(folder / "verdicts.json", {c.id: described(c, made, **arms) for c in claims})
        return folder

    yield publish_all
    for cached in (forecasts.forecasts, record.asked, record._metrics, prose.section, prose.errata, figures._read):
        cached.cache_clear()


def listed(*rows):
    """Writes the list of what the sources say."""
    with (registry.FOLDER / "sentences.csv").open("w", encoding="utf-8", newline="") as file:
        header = ["source", "claim", "locator", "quotation", "why it cannot be tested"]
        csv.writer(file).writerows([header, *rows])


def before(word="partly", held=True, checks=(), text=""):
    """A verdict as edition 1 recorded it."""
    said = dict.fromkeys(("reason", "dataset", "backend"), text)
    return said | {"verdict": word, "prior": text or f"{word}?", "prior_held": held, "checks": list(checks)}


def the(name="made_up"):
    return record.read(name)


def view(wanted, node=0):
    said = the().verdict(wanted.id)["checks"]
    return checks.view(the(), wanted.checks[node], said[node] if said else None)


class Skeleton(HTMLParser):
    """The tags of a page with the names of their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, tuple(name for name, _ in attributes)))

    def handle_data(self, data):
        self.text += f"{data} "
