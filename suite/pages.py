"""The generated parts of the README and of each reproduction's page, between two marks. No Keras."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import fill

from common.trials import Trial
from suite import evidence, registry, tables
from suite.edition_1_claims import Claim

START, END = "<!-- verdicts -->\n", "<!-- end of verdicts -->\n"
WIDTH = 120
COSTS = ("study on record", "arms", "seeds", "minutes of one core", "seeds of an arm per minute")
SHORTEST = 0.05  # minutes: below it no pace is told, as trials hold hundredths of seconds
COLUMNS = ("claim", "statement", "verdict", "seeds", "prior right?")


def pages() -> Iterator[tuple[Path, str]]:
    """Every page with a generated part, and the text that it should have, given the verdicts on record."""
    own = {name: _table(name, registry.claims(name)) for name in registry.names()}
    head, *rest = own.values()
    whole = head + "".join(table.split("\n", 2)[2] for table in rest)
    generated = {registry.ROOT / "README.md": "\n".join(filter(None, (whole, _history(own))))}
    for name, table in own.items():
        parts = (table, _history([name]), _answer(name), _cost(name))
        generated[registry.FOLDER / name / "README.md"] = "\n".join(part for part in parts if part)
    for path, table in generated.items():
        if path.exists():
            text = path.read_text(encoding="utf-8")
            before, start, after = text.partition(START)
            _, end, after = after.partition(END)
            if start and end:
                yield path, before + START + "\n" + table + "\n" + END + after


def _history(names: Iterable[str]) -> str:
    sentence = evidence.history(names)
    return fill(sentence, WIDTH) + "\n" if sentence else ""


def _answer(name: str) -> str:
    """The verdicts in two sentences, and what the reproduction's own analysis of its record says."""
    recorded = registry.recorded_verdicts(name)
    found: dict[str, list[str]] = {}
    for claim in registry.claims(name):
        found.setdefault(recorded.get(claim.id, {"verdict": "not run"})["verdict"], []).append(f"`{claim.id}`")
    answer = "; ".join(f"{verdict}: {', '.join(claims)}" for verdict, claims in found.items())
    priors = [held for record in recorded.values() if (held := record.get("prior_held")) is not None]
    expected = f" What was expected beforehand came true for {priors.count(True)} of {len(priors)}." if priors else ""
    analysis = registry.results() / name / "analysis.md"
    paragraphs = [f"{answer[:1].upper()}{answer[1:]}.{expected}"]
    paragraphs += analysis.read_text(encoding="utf-8").strip().split("\n\n") if analysis.exists() else []
    filled = (text if text.startswith("|") else fill(text, WIDTH, break_on_hyphens=False) for text in paragraphs)
    return "\n".join(text + "\n" for text in filled)


def _cost(name: str) -> str:
    """How many seeds of its arms each study on record trained, in which time; empty before the first run."""
    trials: dict[str, list[Trial]] = defaultdict(list)
    for trial in evidence.read_trials(registry.results() / name / "trials.csv"):
        trials[trial.study].append(trial)
    rows = []
    for study, trained in sorted(trials.items()):
        minutes = sum(trial.seconds for trial in trained) / 60
        pace = f"{len(trained) / minutes:.3g}" if minutes >= SHORTEST else "–"
        seeds = len({trial.seed for trial in trained})
        cells = (study, str(len({trial.arm for trial in trained})), str(seeds), f"{minutes:.1f}", pace)
        rows.append(dict(zip(COSTS, cells, strict=True)))
    return tables.markdown(rows, COSTS) if rows else ""


def _table(name: str, claims: Iterable[Claim]) -> str:
    recorded = registry.recorded_verdicts(name)
    rows = []
    for claim in claims:
        record = recorded.get(claim.id, {"verdict": "not run"})
        seeds = "–" if record["verdict"] == "not run" else str(record["seeds"])
        held = {True: "yes", False: "no", None: "–"}[record.get("prior_held")]
        cells = (claim.id, claim.statement, record["verdict"], seeds, held)
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    return tables.markdown(rows, COLUMNS)


def out_of_date() -> list[Path]:
    """The pages whose generated part is not what the record gives."""
    return [path for path, text in pages() if path.read_text(encoding="utf-8") != text]


def write() -> None:
    """Brings the generated parts up to date."""
    for path, text in pages():
        path.write_text(text, encoding="utf-8", newline="\n")
