"""The generated parts of the README and of each reproduction's page, between two marks. No Keras."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from common.errors import UserError
from common.trials import Trial
from suite import evidence, intact, registry, tables
from suite.tables import WIDTH
from suite.writing import sweep, write_text

START, END = "<!-- verdicts -->\n", "<!-- end of verdicts -->\n"
COSTS = ("study on record", "arms", "seeds", "minutes of one core", "seeds of an arm per minute")
SHORTEST = 0.05  # minutes: below it no pace is told, as trials hold hundredths of seconds


def follow() -> bool:
    """Whether the pages tell of the record at hand; one that is kept elsewhere leaves them alone."""
    return registry.results() == registry.ROOT / "results"


def pages() -> Iterator[tuple[Path, str]]:
    """Every page with a generated part that is as `faults` asks, and the text that it should have."""
    for path in filter(lambda path: not _fault(path), owed()):
        before, _, after = intact.text(path).partition(START)
        _, _, after = after.partition(END)
        yield path, before + START + "\n" + _generated(path) + "\n" + END + after


def owed() -> list[Path]:
    """The pages that the project owes its readers: its README, and that of each reproduction."""
    return [registry.ROOT / "README.md", *(registry.FOLDER / name / "README.md" for name in registry.names())]


def faults() -> list[tuple[Path, str]]:
    """Each page into which nothing can be written, and why: what is not there is not skipped in silence."""
    return [(path, fault) for path in owed() if (fault := _fault(path))]


def _fault(path: Path) -> str:
    """Why a page has no place for its generated part: it is missing, or the two marks of that do not stand in it."""
    if not path.exists():
        return "missing"
    text = intact.text(path)
    for mark in (START, END):
        if (there := text.count(mark)) != 1:
            return f"{mark.strip()} stands there {there} times, and must once, on a line of its own"
    return "" if text.index(START) < text.index(END) else f"{END.strip()} stands before {START.strip()}"


def _generated(path: Path) -> str:
    if path.parent == registry.ROOT:
        names = registry.names()
        return f"{tables.standing(names)}\n{tables.surprises(names)}"
    name = path.parent.name
    parts = (tables.markdown(tables.rows([name])), _analysis(name), _cost(name))
    return "\n".join(part for part in parts if part)


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
    """A line for each page that has no place for its generated part, or where that is not what the record gives."""
    bad = [f"{path.relative_to(registry.ROOT)}: {fault}" for path, fault in faults()]
    old = (path.relative_to(registry.ROOT) for path, text in pages() if intact.text(path) != text)
    return bad + [f"{path}: its table is not that of the record" for path in old]


def refuse() -> None:
    """Refuses to bring the pages up to date where one of them has no place for it.

    Raises:
        UserError: there is one, with what to do.
    """
    for path, fault in faults():
        raise UserError(f"{path}: {fault}. Nothing was written. Restore it with: git checkout -- {path}, or mend it")


def write() -> None:
    """Brings the generated parts up to date, also where an earlier run was killed amid that.

    A page without a place for its part is left as it is, as trials just trained must be recorded; `repro verify` names
    it, and `repro export` refuses.
    """
    for path, text in pages():
        sweep(path.parent)
        write_text(path, text)
