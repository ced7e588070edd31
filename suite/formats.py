"""The format of the record: one number that grows with every change of a file, and how older files are read. No Keras.

A record says in `FORMAT` by which format it was last written; one without that file is of format 4 or older. Files of
every older format are read as they are, and `repro export` writes anew all that follows from the trials.

1. (2026-11-20) A row of `curves.csv` is a point, with `step` and `value`; metrics have all their digits.
2. (2026-11-21) A row of `curves.csv` is a curve; metrics have nine digits; pilots have no keys. Edition 1 ended so.
3. (2026-11-29) Edition 2: verdicts with answers, checks by kind and scope; `history.jsonl`; provenance says when each
   claim first read a study, and which commits trained earlier batches.
4. (2026-11-29) A metric that came to no finite number is `null` in `trials.csv`; before it was an empty cell, as one
   that was not measured.
5. (2026-11-30) `FORMAT` and `schemas/`; provenance has the settings of each arm, the largest worker's memory, and the
   version of scikit-learn. Trials carry their own hashes (`payload_sha256`), figures too; `judged.json` has those of
   the studies that were judged, and of `negatives.csv`; this and `negatives.json` are what negative controls came to.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from common.errors import UserError

FORMAT = 5
FILE = "FORMAT"


@cache
def check(folder: Path) -> None:
    """Looks once at the format of a record.

    Raises:
        UserError: a newer version wrote it, or `FORMAT` holds no number.
    """
    path = folder / FILE
    try:
        if path.is_fifo():  # which would be waited for
            raise OSError("it is no file")
        text = path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}; restore it with: git checkout -- {path}") from None
    if not (text.isascii() and text.isdigit()):
        raise UserError(f"{path} says {text!r:.40}, which is no format; restore it with: git checkout -- {path}")
    if int(text[:9]) > FORMAT:
        raise UserError(
            f"{folder} has format {text:.9}, newer than {FORMAT}, the newest this version reads; update "
            f"dl-reproductions, or name another record in REPRO_RESULTS"
        )


def curves(rows: Iterable[Mapping[str, str]]) -> Iterator[Mapping[str, str]]:
    """Rows of a `curves.csv` as they are today, a row a curve; those of format 1 are points, in their order."""
    points: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for row in rows:
        if not {"step", "value"} <= row.keys():
            yield row
        elif row["value"]:
            key = tuple(row[name] for name in ("study", "arm", "seed", "metric"))
            points.setdefault(key, []).append((row["step"], row["value"]))
    for key, found in points.items():
        steps, values = (" ".join(column) for column in zip(*found, strict=True))
        yield dict(zip(("study", "arm", "seed", "metric", "steps", "values"), (*key, steps, values), strict=True))


def verdicts(entries: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The verdicts of today's kind. What edition 1 judged, by other checks, is none of today's claims."""
    return {claim: entry for claim, entry in entries.items() if "prior_held" not in entry}
