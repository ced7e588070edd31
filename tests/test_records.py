"""A trial's key covers what decides its numbers, its record is strict JSON, and a code hash is the same everywhere."""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import common
from common.errors import UserError
from common.trials import NUMERICS, Trial, finite_or_none
from suite import registry, sources
from suite.citing import release
from suite.records import Provenance, canonical_json, code_sha256, trial_key

IDENTITY = {
    "study": "parity/frontier", "arm": "adam", "settings": {"bits": 20, "rate": 1e-3, "layers": [512]}, "seed": 0,
    "lanes": 1, "backend": "jax", "data_sha256": "d", "code_sha256": "c", "numerics": NUMERICS,
}  # fmt: skip
FACTS = {
    "study": "frontier", "arm": "adam", "seed": 0, "tier": "full", "key": "k", "backend": "jax",
    "dataset": "synthetic", "data_sha256": "d", "metrics": {"loss": 0.5},
}  # fmt: skip
CODE = '''"""What it is."""
import math
from . import shapes as s

RATE = 0.25  # of learning
"""Why so."""
NOTHING, MANY, BYTES, GREEK = None, [1, 2.5, 3j, ..., True], b"x", "µ"

@s.kept
class Net(s.Base, kind=None):
    """A net."""
    width: int = 3

    def grow(self, by, /, *others, rate=RATE, only, **named) -> "Net":
        """Grows."""
        def bare(): pass
        total = [x ** -2 for x in others if x > 1 < by and not x] or {**named, 1: (yield)}
        text = f"{total!r:>{by}} and {rate:.2f}{rate=}" "joined"
        match by:
            case {"a": [1, *rest], **more} | Net(width=None): del rest
            case _ if (n := len(text)): raise ValueError(text) from None
        with open(text) as file, file: lambda *a, b=1: (a, b)
        try: assert self @ by, "no"
        except* OSError as error: global G; G = error
        return total[1:2, ::3] if n else 1 + -n

async def wait(pool):
    async for x in pool: await x
'''


def trial(**facts):
    return Trial(**(FACTS | facts))


def strict(text):
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def coded(folder, text=CODE, name="model.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return code_sha256(path)


def test_every_part_of_an_identity_changes_the_key():
    changes = [{name: f"{value}x"} for name, value in IDENTITY.items() if isinstance(value, str)]
    changes += [{"seed": seed} for seed in (1, 2**32 - 1, 2**32, 2**63)] + [{"lanes": 2}, {"numerics": NUMERICS + 1}]
    changes += [{"settings": IDENTITY["settings"] | change} for change in ({"bits": 21}, {"rate": 2e-3}, {"new": None})]
    changes += [{"settings": {}}, {"settings": IDENTITY["settings"] | {"layers": [512, 512]}}]
    assert {name for change in changes for name in change} == set(IDENTITY)
    keys = [trial_key(**(IDENTITY | change)) for change in [{}, *changes]]
    assert len(set(keys)) == len(keys)


def test_a_key_is_the_same_for_the_same_identity_in_any_order():
    numerics_left_out = {name: value for name, value in IDENTITY.items() if name != "numerics"}
    settings_reversed = {"settings": dict(reversed(IDENTITY["settings"].items()))}
    known = {trial_key(**IDENTITY), trial_key(**numerics_left_out), trial_key(**(IDENTITY | settings_reversed))}
    assert len(known) == 1
    with pytest.raises(TypeError):
        trial_key(**{name: value for name, value in IDENTITY.items() if name != "seed"})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_json_holds_what_json_cannot(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": [value]})
    with pytest.raises(ValueError, match="not JSON compliant"):
        trial_key(**(IDENTITY | {"settings": {"rate": value}}))
    with pytest.raises(ValidationError):
        trial(seconds=value)
    assert finite_or_none(value) is None


def test_canonical_json_has_one_spelling():
    assert canonical_json({"b": (1, 0.5), "a": None, "ß": "ü"}) == canonical_json({"ß": "ü", "a": None, "b": [1, 0.5]})
    assert canonical_json({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}'
    assert len({canonical_json(value) for value in (0, None, "", [], {}, "0", False, 0.5)}) == 8


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.dictionaries(st.text(max_size=5), st.none() | st.floats() | st.integers(), max_size=5), st.text(max_size=9))
def test_a_trial_survives_strict_json_with_null_for_what_is_not_finite(metrics, reason):
    curves = {name: [(step, value) for step, value in enumerate([value, 0.5])] for name, value in metrics.items()}
    made = trial(metrics=metrics, curves=curves, reason=reason)
    for name, value in metrics.items():
        expected = float(value) if value is not None and math.isfinite(value) else None
        assert made.metrics[name] == expected
        assert made.curves[name] == [(0, expected), (1, 0.5)]
    text = made.model_dump_json()
    assert Trial.model_validate_json(text) == made
    assert Trial.model_validate(strict(text)) == made
    assert canonical_json(strict(text))


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_the_schema_admits_what_is_written_and_nothing_else(mode):
    schema = Trial.model_json_schema(mode=mode)
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    made = trial(metrics={"a": math.nan, "b": 1}, curves={"a": [(0, math.inf), (5, 0.5)]}, seed=2**40, reason="ü")
    dumped = strict(made.model_dump_json())
    validator.validate(dumped)
    for wrong in ({"seed": -1}, {"seed": "3"}, {"more": 1}, {"status": "fine"}, {"curves": {"a": [[1]]}}):
        assert not validator.is_valid(dumped | wrong), wrong


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1}, {"seed": 1.5}, {"seed": None}, {"lanes": 0}, {"seconds": -1.0}, {"steps": -1}, {"tier": "slow"},
        {"status": "fine"}, {"more": 1}, {"metrics": {"loss": [1.0]}}, {"curves": {"loss": [(1, 2, 3)]}},
    ],
)  # fmt: skip
def test_a_trial_refuses_what_it_does_not_know(wrong):
    with pytest.raises((ValidationError, TypeError)):
        trial(**wrong)
    with pytest.raises(ValidationError):
        Provenance.model_validate({"host": "mine"})


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**63 - 1])
def test_any_seed_from_zero_on_is_kept(seed):
    assert Trial.model_validate_json(trial(seed=seed).model_dump_json()).seed == seed


def test_a_code_hash_ignores_comments_docstrings_blank_lines_and_layout(tmp_path):
    plain = coded(tmp_path)
    for text in (
        CODE.replace("  # of learning", ""),
        CODE.replace('"""Why so."""\n', ""),
        CODE.replace('"""What it is."""', '"""What it will be."""'),
        CODE.replace('        """Grows."""\n', ""),
        CODE.replace("\n", "\n\n"),
        CODE.replace("def bare(): pass", "def bare():\n            pass  # nothing"),
        CODE.replace("[1, 2.5, 3j, ..., True]", "[\n    1,\n    2.50,\n    3j,\n    ...,\n    (True),\n]"),
        CODE.replace('b"x", "µ"', "b'x', u'\\u00b5'"),
        CODE.replace("\n", "\r\n"),
    ):
        assert text != CODE
        assert coded(tmp_path, text) == plain
    assert coded(tmp_path, CODE, "other.py") == plain


def test_a_code_hash_notices_whatever_is_computed(tmp_path):
    edits = [("0.25", "0.26"), ("0.25", "'0.25'"), ("None, [", "0, ["), ("None, [", "..., ["), ('b"x"', '"x"')]
    edits += [("True]", "False]"), ("True]", "1]"), ("2.5", "2"), ("x > 1 <", "x > 1 <="), ("joined", "Joined")]
    edits += [("kind=None", "kind=0"), ("others if", "named if"), ("{1:", "{2:"), ("!r", "!s"), (".2f", ".3f")]
    edits += [("s.kept", "s.lost"), ("/, ", ""), ("width: int", "width: str"), ("except*", "except"), ("-n", "+n")]
    edits += [("from None", ""), ("async for", "for"), ("from . ", "from .. "), ("as s", "as t"), ("::3", ":3")]
    edits += [("width=None", "width=True"), ("await x", "x"), ("1 + -n", "-n + 1"), ("(yield)", "(yield 1)")]
    texts = [CODE.replace(old, new, 1) for old, new in edits if old in CODE]
    hashes = {coded(tmp_path, text) for text in texts}
    assert len(hashes | {coded(tmp_path)}) == len(edits), "one edit is not in the code, so that none may be lost"


def test_a_code_hash_covers_every_file_in_order(tmp_path):
    paths = [tmp_path / name for name in "ab"]
    for number, path in enumerate(paths):
        path.write_text(f"x = {number}")
    assert len({code_sha256(*group) for group in (paths, paths[::-1], paths[:1], paths[1:], [])}) == 5


STUB = """
import sys, types
from pathlib import Path
pydantic = types.ModuleType("pydantic")
pydantic.BaseModel, pydantic.ConfigDict, pydantic.Field = object, dict, lambda **_: None
pydantic.field_validator = lambda *_, **__: lambda method: method
sys.modules["pydantic"] = pydantic
from suite.records import code_sha256
for name in sys.argv[1:]:
    print(code_sha256(Path(name)))
"""


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_a_code_hash_is_the_same_under_every_python(version, tmp_path):
    here = ".".join(map(str, sys.version_info[:2]))
    python = sys.executable if version == here else shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-V"], capture_output=True).returncode:
        pytest.skip(f"python{version} is not installed")
    coded(tmp_path)
    root = Path(common.__file__).parents[1]
    files = [
        tmp_path / "model.py",
        *sorted(root.glob("reproductions/*/model.py")),
        *sorted(root.glob("common/**/*.py")),
        *sorted(root.glob("suite/*.py")),
    ]
    command = [python, "-B", "-c", STUB, *map(str, files)]
    found = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True).stdout.split()
    assert found == [code_sha256(file) for file in files]


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\xff\n", ": 'utf-8' codec can't decode byte 0xff"), (b"x = 1\ndef (\n", ", line 2: invalid syntax; mend it")],
)
def test_a_program_that_is_none_is_named_wherever_it_is_read(
    content: bytes, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone amid an edit asks for the verdicts."""
    folder = tmp_path / "reproductions"
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    monkeypatch.setattr(registry, "ROOT", tmp_path)
    monkeypatch.setattr(registry, "FOLDER", folder)
    study, lesson = folder / "x/studies/s.py", folder / "x/lesson.py"
    study.parent.mkdir(parents=True)
    for path in (study, lesson):
        path.write_bytes(content)
    readers: list[tuple[Path, Callable[[], object]]] = [
        (study, lambda: code_sha256(study)),
        (study, lambda: sources.files("x", "s")),
        (study, lambda: list(sources.escapes("x", "s"))),
        (study, lambda: registry.metrics("x", "s")),
        (lesson, registry.lessons),
    ]
    if content.startswith(b"\xff"):
        (tmp_path / "CITATION.cff").write_bytes(content)
        readers.append((tmp_path / "CITATION.cff", release.address))
    for path, read in readers:
        with pytest.raises(UserError) as refused:
            read()
        assert str(refused.value).startswith(f"{path}{told}")
