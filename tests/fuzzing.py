"""What the fuzz tests share: how many inputs, a small project to damage, the damage, and what may come of it.

Each target gets 200 inputs in the gate, always the same.
`FUZZ_EXAMPLES=10000 pytest -n0 --timeout=0 tests/test_fuzz_*.py` gives each 10 000, and `HYPOTHESIS_PROFILE=long` as
many others to each test, which takes hours.
"""

import csv
import functools
import io
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from made_up import provenance, trained

import reproductions
from suite import cli, evidence, manifest, recording, registry, remembered, sources, tampering, verifying

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
EACH = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "10000" if LONG else "200")),
    derandomize=not LONG,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def share(tests: int) -> settings:
    """The inputs of one of so many tests that have a target together; each gets all of them where one asks for more."""
    return settings(EACH, max_examples=EACH.max_examples if LONG else -(-EACH.max_examples // tests))


CLAIMS = '''"""What is claimed of nothing."""
from suite.claims import AnyOf, Claim, Listed, Published, Quick, control, direction, scope, size
from suite.questions import beats_chance, both, more, passes, rises, sooner, within

CLAIMS = (
    Claim(
        id="first-one", source="nobody2020", locator="p. 1", statement="The net a learns.", dataset="synthetic",
        checks=(
            direction("learns", "the net learns", "s", passes("a", "m", ">", 0.5), most=24),
            control("less", "the other learns less", "s", more("m", "a", than="b"), most=24, guards=("learns",)),
            scope("near", "they are near", "s", within("m", "a", of="b", yardstick=0.1), most=24),
        ),
        quick=(Quick("learns", "s", "a", "m", ">=", 0.5),), published=Published("1", "confirmed"),
    ),
    Claim(
        id="second-one", source="nobody2020", locator="p. 2", statement="It rises.", dataset="synthetic",
        quotation="it rises", nature="proxy",
        checks=(
            AnyOf("any", "direction", "one of them", (
                direction("rises", "it rises", "s", rises("m", "b", "a"), most=24),
                direction("chance", "it beats chance", "s",
                          beats_chance("a", "m", samples=100, constant=0.5), most=24),
            )),
            Listed("list", "size", "most of them", (
                size("sooner", "it is sooner", "s", sooner("m", "a", than="b", budget=9.0), most=24),
                size("both", "both pass", "s", both(passes("a", "m", ">=", 1), passes("b", "m", "<", 1)), most=24),
            )),
        ),
        quick=(), published=Published("none", "none found"), dropped={"far": "it is too far"},
    ),
)
'''
STUDY = '''"""Does it?"""
from common.study import PILOT_SEEDS, Arm

DATASET = "synthetic"
METRICS = {"m": "how good it is, share"}

def arms(tier):
    seeds = {"quick": (0, 1), "pilot": (PILOT_SEEDS, PILOT_SEEDS + 1)}.get(tier, ())
    return tuple(Arm(name, {"arm": name}, seeds, seconds=1.0) for name in "ab")

def run(settings, seeds, lanes):
    raise AssertionError("a fuzz test trains nothing")
'''
README = "# Made up\n\n## What the source leaves open\n\n- All.\n\n## Departures\n\n1. None.\n\n## Verdict\n\n{}{}"
TABLES: dict[str, list[list[str]]] = {
    "catalogue.csv": [
        ["claim", "check", "kind", "what the check asks"],
        *(["first-one", check, kind, "it"] for check, kind in (("learns", "direction"), ("less", "control"))),
        ["first-one", "near", "scope", "it"],
        *(["second-one", check, kind, "it"] for check, kind in (("any", "direction"), ("list", "size"))),
        ["second-one", "far", "scope", "it, far away"],
    ],
    "forecasts.csv": [
        ["forecaster", "date", "claim", "kind", "check", "probability", "named", "quantity"],
        ["ann", "2026-12-01", "first-one", "direction", "learns", "0.9", "", ""],
        ["bob", "2026-12-01", "second-one", "direction", "any", "0.25", "x", "2"],
        ["bob", "2026-12-01", "second-one", "size", "", "", "x", "2"],
    ],
    "sentences.csv": [
        ["source", "claim", "locator", "quotation", "why it cannot be tested"],
        ["nobody2020", "first-one", "", "", ""],
        ["nobody2020", "", "p. 1", "so it is", "It is no statement."],
        ["nobody2020", "waiting-one", "", "", ""],
    ],
}
SOURCES = "@misc{nobody2020,\n  author = {Ann Nobody},\n  title = {Nothing},\n  year = {2020}\n}\n"
FIGURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>first-one</title><text>s</text></svg>'

SPOILT = (
    "", " ", "nan", "inf", "-inf", "1e999", "-1", "1_0", "١", "0x10", "null", "None", "True", "tru", "=1+1", "'", '"',
    "a\nb", "\r", "\x00", "\ufeff", "\u202e", "\ud800", "../x", "/etc/passwd", "<script>alert(1)</script>", "2" * 25,
    "9" * 5000, "x" * 140_000, "1.5", "-0", "1e-400", " 1 ", "first-one", "a", "FILL:", "full", "12", "[", "{}", "😀",
)  # fmt: skip
"""Cells and texts. A lone surrogate stands in a file as an escape of JSON, or as bytes that are no UTF-8."""
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**30, 1e308, -0.5, float("nan"), float("inf"), [], {}, [[]], [None], {"a": 1},
    {"": {}}, [1, 2, 3], *SPOILT,
)  # fmt: skip
BYTES = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\r\n", b"\n", b'"', b"'", b",", b"{", b"]", b"<",
    b"\x1a", b"\xe2\x80\xa8", b"[" * 50_000, b"{\"a\":" * 20_000, b"9" * 5000, b"&#0;", b"\\", b"@", b"%",
)  # fmt: skip
STEP = st.tuples(st.integers(0, 99), st.integers(0, 10**6), st.integers(0, 10**6))
STEPS = st.lists(STEP, min_size=1, max_size=3)
"""What is done to a file: one thing after the other, each by its kind, its place and what is put there."""


def damaged(content: bytes, suffix: str, steps: Sequence[tuple[int, int, int]]) -> bytes:
    """A valid file with some faults; two thirds of them are of its structure, the others of its bytes."""
    for kind, place, what in steps:
        if kind < 66:
            try:
                content = _STRUCTURE.get(suffix, _lines)(content.decode(), kind, place, what)
                continue
            except (ValueError, csv.Error, RecursionError):  # an earlier fault left no structure
                pass
        content = _bytes(content, kind % 6, place, what)
    return content


def _bytes(content: bytes, kind: int, place: int, what: int) -> bytes:
    at = place % (len(content) + 1)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[at:]
    if kind == 2:
        return content[:at] + bytes([what % 256]) + content[at + 1 :]
    if kind == 3:
        return [b"", b"\n", content.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + content, content * 2][what % 5]
    return content[:at] + BYTES[what % len(BYTES)] + content[at + (kind == 4) :]


def _table(text: str, kind: int, place: int, what: int) -> bytes:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows:
        raise ValueError
    at, other = place % len(rows), what % len(rows)
    row = rows[at]
    column = (place // len(rows)) % max(len(row), 1)
    match kind % 9:
        case 0:
            del rows[at]
        case 1:
            rows.insert(other, list(row))
        case 2:
            rows[at], rows[other] = rows[other], rows[at]
        case 3:
            del row[column : column + 1]
        case 4:
            row.insert(column, row[column] if row else "")
        case 5:
            for one in rows:
                del one[column : column + 1]
        case 6:
            for one in rows:
                one.insert(column, one[column] if column < len(one) else "")
        case _:
            row[column : column + 1] = [SPOILT[what % len(SPOILT)]]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode(errors="surrogatepass")


def _object(text: str, kind: int, place: int, what: int) -> bytes:
    whole = [json.loads(text)]
    places = list(_places(whole))
    holder, key = places[place % len(places)]
    match kind % 6:
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[SPOILT[what % len(SPOILT)]] = holder.pop(key)
        case 2 if isinstance(holder, list):
            holder.insert(key, holder[key])
        case 3:
            for _ in range(50 if what % 2 else 900):
                holder[key] = [holder[key]]
        case 4 if isinstance(holder, dict):  # a name twice, which only text can hold
            spelled = json.dumps(key) + ": "
            return (
                json.dumps(whole[0])
                .replace(spelled, f"{spelled}{json.dumps(VALUES[what % len(VALUES)])}, {spelled}", 1)
                .encode()
            )
        case _:
            holder[key] = VALUES[what % len(VALUES)]
    return json.dumps(whole[0] if whole else None).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def _objects(text: str, kind: int, place: int, what: int) -> bytes:
    lines = text.splitlines(keepends=True)
    at = place % max(len(lines), 1)
    if kind % 7 == 6 or not "".join(lines).strip():
        return _lines(text, kind, place, what)
    lines[at] = _object(lines[at], kind, place // len(lines), what).decode() + "\n"
    return "".join(lines).encode()


def _lines(text: str, kind: int, place: int, what: int) -> bytes:
    """Of any other text, as BibTeX or Markdown: words and lines dropped, doubled, moved or replaced."""
    parts = text.splitlines(keepends=True) if kind % 2 else text.split(" ")
    if not parts:
        raise ValueError
    at, other = place % len(parts), what % len(parts)
    match kind % 5:
        case 0:
            del parts[at]
        case 1:
            parts.insert(other, parts[at])
        case 2:
            parts[at], parts[other] = parts[other], parts[at]
        case _:
            parts[at] = SPOILT[what % len(SPOILT)]
    return ("" if kind % 2 else " ").join(parts).encode(errors="surrogatepass")


_STRUCTURE: Mapping[str, Callable[[str, int, int, int], bytes]] = {
    ".csv": _table,
    ".json": _object,
    ".jsonl": _objects,
}


class World:
    """A project of one reproduction, `made_up`, with its record and its home, which only `registry` leads to."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder, self.results = root, root / "reproductions", root / "results"
        self.module, self.home = f"fuzzed_{abs(hash(str(root))) % 10**9}", root / "home"
        self.code, self.record = self.folder / self.module, self.results / self.module
        self._build()
        self.whole = self.files()

    def _build(self) -> None:
        for folder in (self.code / "studies", self.record, self.results / "edition-1" / self.module, self.home):
            folder.mkdir(parents=True)
        for name, rows in TABLES.items():
            with (self.folder / name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        from suite import pages

        texts = {"sources.bib": SOURCES, f"{self.module}/claims.py": CLAIMS, f"{self.module}/studies/s.py": STUDY}
        texts |= {f"{self.module}/__init__.py": "", f"{self.module}/studies/__init__.py": ""}
        texts |= {f"{self.module}/README.md": README.format(pages.START, pages.END)}
        texts |= {"../README.md": README.format(pages.START, pages.END)}
        texts |= {"../CHANGELOG.md": "# Changes\n\n## 2.0\n\n- `first-one` was mended.\n"}
        for name, text in texts.items():
            (self.folder / name).write_text(text)

    def fill(self) -> None:
        """Writes the record, once `entered`."""
        forget()
        claims = registry.claims(self.module)
        assert claims, registry.broken()
        found = [
            t.model_copy(update={"curves": {"m": [(n, n * (t.metrics.get("m") or 0.1)) for n in range(4)]}})
            for t in trained(a="y" * 11 + "n", b="n" * 11 + "f")
        ]
        evidence.write_trials(self.record / "trials.csv", found)
        evidence.write_curves(self.record / "curves.csv", found, self.record / "none", "s")
        pilots = [t.model_copy(update={"seed": t.seed + 9000, "tier": "pilot", "curves": {}}) for t in found[::4]]
        evidence.write_trials(self.record / "pilots.csv", pilots)
        lines = "".join(evidence.unfinished_line(t.model_copy(update={"study": "other"})) for t in found[:2])
        (self.record / "unfinished.jsonl").write_text(lines)
        facts = provenance(*claims, code_sha256=registry.study_sha256(self.module, "s"))
        dumped = {study: fact.model_dump() for study, fact in facts.items()}
        (self.record / "provenance.json").write_text(json.dumps(dumped, indent=1) + "\n")
        (self.record / "s.svg").write_text(tampering.stamped(FIGURE))
        for path in sorted(self.record.iterdir()):
            if path.name in manifest.EVIDENCE:
                recording.keep(path, partial(Path.write_bytes, data=path.read_bytes()))
        old = {"verdict": "partly", "reason": "", "prior": "likely", "prior_held": False, "dataset": "synthetic"}
        old |= {"backend": "jax", "checks": [{"id": "learns", "role": "claim", "statistic": "median", "metric": "m",
                "value": 1.0, "low": None, "high": 2.0, "relation": ">=", "threshold": 0.5, "seeds": 3, "failed": 0,
                "outcome": "holds"}]}  # fmt: skip
        verdicts = registry.edition_1() / self.module / "verdicts.json"
        verdicts.write_text(json.dumps({"first-one": old}, indent=1))
        row = {"date": "2026-12-01", "module": self.module, "study": "s", "tier": "full", "workers": 2, "busy": False,
               "trials": [24, 24], "core_seconds": [20.0, 24.0], "seconds": [10.0, 12.0]}  # fmt: skip
        (self.home / "predictions.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(row) + "\n")
        listed = registry.edition_1() / "MANIFEST.sha256"
        listed.write_text(f"{manifest.digest(verdicts)}  {self.module}/verdicts.json\n")
        self.edition_1 = manifest.digest(listed)
        recording.render(self.module)
        self.whole = self.files()

    def files(self) -> dict[Path, bytes]:
        """All but the hashes that commands keep for the next one, and may make at any time."""
        found = (path for path in self.root.rglob("*") if path.is_file() and path.name != remembered.FILE)
        return {path: path.read_bytes() for path in found}

    def restore(self) -> None:
        """Makes every file what it was, and removes what is new."""
        now = self.files()
        for path in now.keys() - self.whole.keys():
            path.unlink()
        for path, content in self.whole.items():
            if now.get(path) != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        forget()


def forget() -> None:
    """Empties what the suite keeps of files that it has read."""
    for name, module in list(sys.modules.items()):
        if name.startswith("suite."):
            for value in list(vars(module).values()):
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()
        if name.startswith("reproductions.fuzzed_"):
            del sys.modules[name]


@contextmanager
def world(root: Path) -> Iterator[World]:
    """A project in place of this one, without a network, for as long as a test module runs."""
    made = World(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "ROOT", made.root)
        patch.setattr(registry, "FOLDER", made.folder)
        patch.setattr(sources, "ROOT", made.root)
        patch.setattr(reproductions, "__path__", [*reproductions.__path__, str(made.folder)])
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.setattr(socket.socket, "connect", _no_network)
        patch.setattr(signal, "signal", lambda *_: None)
        patch.setenv("REPRO_HOME", str(made.home))
        for name in ("REPRO_RESULTS", "REPRO_CACHE", "REPRO_DATASET", "MR_DATA_DIR", "TFDS_DATA_DIR"):
            patch.delenv(name, raising=False)
        made.fill()
        patch.setattr(verifying, "EDITION_1_MANIFEST", made.edition_1)
        yield made
    forget()


def _no_network(*_: object) -> NoReturn:
    raise AssertionError("a fuzz test reached for the network")


def answered(words: Sequence[str]) -> tuple[int, str, str]:
    """Code, output and errors of one command in this process. Whatever escapes `main` fails the test."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors=how) for how in ("strict", "backslashreplace")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        code = cli.main(list(words))
    out, err = (_flushed(stream) for stream in streams)
    assert "Traceback" not in err, err
    if code == cli.FAULT and not out:
        lines = [line for line in err.splitlines() if line.startswith("repro: ")]
        assert lines, (words, err)
        assert err.rstrip("\n").splitlines()[-1] == lines[-1], err[:2000]
    return code, out, err


def _flushed(stream: io.TextIOWrapper) -> str:
    stream.flush()
    written: io.BytesIO = stream.buffer  # type: ignore[assignment]
    return written.getvalue().decode()
