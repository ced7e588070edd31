"""The generated parts of the README and of each reproduction's page, between two marks. No Keras."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from common.trials import Trial
from suite import evidence, intact, registry, tables
from suite.tables import WIDTH
from suite.writing import sweep, write_text

START, END = "<!-- verdicts -->\n", "<!-- end of verdicts -->\n"
COSTS = ("study on record", "arms", "seeds", "minutes of one core", "seeds of an arm per minute")
SHORTEST = 0.05  # minutes: below it no pace is told, as trials hold hundredths of seconds


def pages() -> Iterator[tuple[Path, str]]:
    """Every page with a generated part, and the text that it should have, given the verdicts on record."""
    names = registry.names()
    generated = {registry.ROOT / "README.md": f"{tables.standing(names)}\n{tables.surprises(names)}"}
    for name in names:
        parts = (tables.markdown(tables.rows([name])), _analysis(name), _cost(name))
        generated[registry.FOLDER / name / "README.md"] = "\n".join(part for part in parts if part)
    for path, table in generated.items():
        if path.exists():
            text = intact.text(path)
            before, start, after = text.partition(START)
            _, end, after = after.partition(END)
            if start and end:
                yield path, before + START + "\n" + table + "\n" + END + after


def _analysis(name: str) -> str:
    """What the reproduction's own analysis of its record says."""
    path = registry.results() / name / "analysis.md"
    paragraphs = intact.text(path).strip().split("\n\n") if path.exists() else []
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


def out_of_date() -> list[str]:
    """A line for each page whose generated part is not what the record gives."""
    old = (path.relative_to(registry.ROOT) for path, text in pages() if intact.text(path) != text)
    return [f"{path}: its table is not that of the record" for path in old]


def write() -> None:
    """Brings the generated parts up to date, also where an earlier run was killed amid that."""
    for path, text in pages():
        sweep(path.parent)
        write_text(path, text)
