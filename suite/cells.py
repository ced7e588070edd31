"""CSV files of the record: what `read` gives back is what was written, and no spreadsheet runs a cell. No Keras."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from suite import intact

FORMULA = ("=", "+", "@", "\t", "\r", "'")  # text that begins so is escaped by an apostrophe, which is one of them


def write(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """A CSV file that `rows` gives back; an apostrophe stands before text that a spreadsheet would run."""
    with path.open("w", encoding="utf-8", newline="") as file:
        plain = csv.writer(file, lineterminator="\n")
        quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for row in rows:
            cells = [inert(cell) for cell in row]
            # A carriage return ends a line wherever it is not quoted, and the writer quotes only its own line ends.
            (quoted if any("\r" in cell for cell in cells if isinstance(cell, str)) else plain).writerow(cells)


def inert(cell: Any) -> Any:
    """A cell that no spreadsheet runs: an apostrophe stands before text that it would."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def read(path: Path, columns: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """The rows of a file by `write`, names to texts, which has at least these columns.

    Raises:
        UserError: it is damaged, naming the line.
    """
    reader = csv.reader(intact.sheet(path), strict=True)
    try:
        head, *rows = [[cell.removeprefix("'") for cell in row] for row in reader if row] or [[]]
        if lost := next((column for column in columns if rows and column not in head), ""):
            raise ValueError(f"it has no column {lost!r}")
        if twice := next((column for column in head if head.count(column) > 1), ""):
            raise ValueError(f"two columns are called {twice!r:.40}")
    except (csv.Error, ValueError) as error:
        raise intact.damage(path, error, reader.line_num) from None
    for number, row in enumerate(rows, start=2):
        if len(row) != len(head):
            raise intact.damage(path, ValueError(f"{len(row)} cells under {len(head)} names"), number)
        yield dict(zip(head, row, strict=True))
