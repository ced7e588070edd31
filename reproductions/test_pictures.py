"""Pictures follow the claims: what decides is drawn with its bar, and nothing is drawn that is empty or too small."""

import random
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from common.figures import WIDEST, Canvas
from common.panels import Cell, Curves, Gap, Key, Picture, Points, Record
from common.trials import Trial
from suite import registry
from suite.claims import FIRST_SEED, Check
from suite.questions import Both, Chance, Compares, Either, Observation, Passes, Question, Trends, Within

SEEDS = 4
SHOWN, LEGIBLE = 900, 11  # pixels: how wide a page shows a picture, and the smallest letters there
YES_OR_NO = ("solved", "only_larger", "in_order", "tuned_better")
DRAWN = [name for name in registry.names() if (registry.FOLDER / name / "figures.py").exists()]
modules = pytest.mark.parametrize("name", DRAWN)
FACTS = {  # module to picture to the study and those of its numbers that the caption tells
    "deep_init": {
        "small_weights": ("small_weights", "WIDTH", "IMAGES", "STEPS"), "lazy": ("lazy", "IMAGES", "STEPS"),
        "signal_propagation": ("signal_propagation", "DEPTH", "IMAGES"), "depth": ("depth", "WIDTH", "IMAGES"),
        "init_scale": ("init_scale", "WIDTH", "IMAGES", "STEPS"), "glorot": ("glorot", "WIDTH", "IMAGES"),
        "forgiving": ("forgiving", "WIDTH", "IMAGES", "STEPS"), "multiplier": ("multiplier", "WIDTH", "IMAGES"),
        "activations": ("activations", "WIDTH", "IMAGES"), "saturation": ("saturation", "WIDTH"),
        "dead_units": ("dead_units", "WIDTH", "IMAGES"), "eighties": ("eighties", "IMAGES"),
    },
    "dropout": {
        "helps": ("helps", "ALL", "EPOCHS"), "grid": ("grid", "IMAGES", "EPOCHS"), "longer": ("longer", "WIDTH"),
        "scaling": ("scaling", "WIDTH", "IMAGES"), "large_nets": ("large_nets", "ALL", "EPOCHS"),
    },
    "forget_bias": {
        "recall": ("recall", "UNITS", "STEPS"), "updates": ("adding", "UNITS"),
        "gates": ("gates", "UNITS", "DELAY", "PATH_STEPS"),
    },
    "gradient_clipping": {
        "scan": ("scan", "UNITS"), "thresholds": ("thresholds", "LENGTH", "UNITS"), "unclipped": ("unclipped", "STEPS"),
    },
    "parity": {"ladder": ("ladder", "BITS", "WIDTH"), "biased": ("biased", "BITS")},
}  # fmt: skip
LISTS = (  # module, what its pictures name, and the study that has it
    ("deep_init", "DEVIATIONS", "forgiving", "DEVIATIONS"), ("deep_init", "RATES", "dead_units", "RATES"),
    ("forget_bias", "BIASES", "tasks", "BIASES"),
)  # fmt: skip


def pictures(name: str) -> Mapping[str, Picture]:
    drawer = registry.figures(name)
    assert drawer is not None
    found: Mapping[str, Picture] = drawer.FIGURES
    return found


def parts(asks: Question) -> Iterator[Question]:
    if isinstance(asks, Both | Either):
        for part in asks.parts:
            yield from parts(part)
    else:
        yield asks


def deciding(name: str) -> Iterator[tuple[str, Check, Question]]:
    """Claim, check and each simple question of those that can change the verdict."""
    for claim in registry.claims(name):
        for check in claim.each():
            if check.kind in ("direction", "size"):
                for part in parts(check.asks):
                    yield claim.id, check, part


def keys(check: Check, part: Question) -> list[Key]:
    return [(check.study, arm, metric) for arm, metric in part.reads()]


def shows(panel: Points, check: Check, part: Question) -> bool:
    """Whether the panel draws what the question reads so that its answer can be seen."""
    asked, cells = keys(check, part), list(panel.cells())
    if isinstance(part, Passes):
        return asked[0] in cells and part.bound in panel.bars.values()
    if isinstance(part, Chance):
        return asked[0] in cells and any(is_bar(part, bar) for bar in panel.bars.values())
    if isinstance(part, Compares) and part.budget < float("inf") and part.budget not in panel.bars.values():
        return False
    if isinstance(part, Within) and isinstance(part.yardstick, float | int):
        return Gap(*asked[:2]) in cells and {part.yardstick, -part.yardstick} <= set(panel.bars.values())
    assert isinstance(part, Compares | Trends), part
    if Gap(*asked[:2]) in cells:
        return 0.0 in panel.bars.values()
    columns = dict.fromkeys(column for series in panel.series.values() for column in series)
    across: list[list[Cell]] = [list(series.values()) for series in panel.series.values()]
    within = [[series[c] for series in panel.series.values() if c in series] for c in columns]
    groups = {"columns": across, "series": within, "": []}[panel.joined]
    return any(set(asked) <= set(group) for group in groups)


def is_bar(asks: Chance, bar: float) -> bool:
    """Whether the answer turns there, in steps of one of the samples."""
    step = (100 if asks.percent else 1) / asks.samples

    def answer(value: float) -> str:
        return asks.answer({asks.arm: Observation(0, {asks.metric: value}, failed=False, dataset="")})

    return answer(bar) != answer(bar + step)


@modules
def test_what_decides_is_drawn_with_its_bar_and_in_pairs(name: str) -> None:
    for claim, check, part in deciding(name):
        own = [p for picture in pictures(name).values() if claim in picture.claims for p in picture.panels]
        assert any(isinstance(p, Points) and shows(p, check, part) for p in own), (
            f"{claim}: no Points of figures.py show {part.words()} with its bar in `bars`, and what it compares joined"
        )


def made_up(name: str) -> list[Trial]:
    """Trials of every arm that a claim reads, at the full tier, no number like another but for answers."""
    generator = random.Random(name)
    arms = dict.fromkeys((c.study, arm) for claim in registry.claims(name) for c in claim.each() for arm in c.arms())
    trials = []
    for study, arm in arms:
        for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
            metrics: dict[str, float | None] = {
                metric: float(generator.random() < 0.5) if metric.startswith(YES_OR_NO) else generator.uniform(0.1, 90)
                for metric in registry.metrics(name, study)
            }
            trials.append(
                Trial(
                    study=study, arm=arm, seed=seed, tier="full", key="", backend="jax", dataset="mnist",
                    data_sha256="", steps=100, metrics=metrics,
                )
            )  # fmt: skip
    return trials


def curves(name: str, trials: list[Trial]) -> Curves:
    """A curve of three seeds for everything that a picture follows, of the arms that have trials."""
    arms = {(t.study, t.arm) for t in trials}
    traces = {key for picture in pictures(name).values() for panel in picture.panels for key in panel.traces()}
    line = [(x, 0.1 + x) for x in range(2, 9)]
    found: dict[Key, Any] = {key: {FIRST_SEED + n: line for n in range(3)} for key in traces if key[:2] in arms}
    answers = [key for key in found if key[2].endswith("_answers")]
    return found | {key: {FIRST_SEED: [(7, 0.9), (3, 0.8)]} for key in answers}


@cache
def drawn(name: str) -> Mapping[str, str]:
    drawer, trials = registry.figures(name), made_up(name)
    assert drawer is not None
    svgs: Mapping[str, str] = drawer.draw(trials, curves(name, trials))
    return svgs


@modules
def test_every_number_that_decides_stands_in_a_picture(name: str) -> None:
    record, found = Record.of(made_up(name), {}), set()
    for picture in pictures(name).values():
        for panel in picture.panels:
            if panel.known(record):
                axes = Figure().subplots()
                panel.draw(axes, record, "panel")
                heights = {y for line in axes.lines if line.get_gid() for y in np.asarray(line.get_ydata())}
                for cell in panel.cells():
                    assert set(record.numbers(cell).values()) <= heights, (panel, cell)
                    found |= {cell.first, cell.second} if isinstance(cell, Gap) else {cell}
    read = {key for _, check, part in deciding(name) for key in keys(check, part)}
    assert read <= found, sorted(read - found)


@modules
def test_from_the_arms_that_claims_read_every_panel_is_drawn_and_none_is_empty(name: str) -> None:
    svgs = drawn(name)
    assert set(svgs) == set(pictures(name))
    for file, picture in pictures(name).items():
        panels = ElementTree.fromstring(svgs[file]).findall(".//*[@id]")
        ids = {str(element.get("id")) for element in panels}
        assert sum(i.startswith("axes_") for i in ids) == len(picture.panels), file
        for number in range(1, len(picture.panels) + 1):
            assert any(i.startswith(f"panel{number}-") for i in ids), f"{file}: panel {number} is empty"


@modules
def test_a_picture_names_its_claims_and_can_be_read(name: str) -> None:
    known = {claim.id for claim in registry.claims(name)}
    shown = set()
    for file, svg in drawn(name).items():
        root = ElementTree.fromstring(svg)
        assert [root[0].tag.split("}")[1], root[1].tag.split("}")[1]] == ["title", "desc"], file
        title, description = root[0].text or "", root[1].text or ""
        claims = re.findall(r"[\w.-]+", title[title.rindex("(") :])
        assert claims, file
        assert set(claims) <= known, file
        assert len(description) > 40, file
        shown |= set(claims)
        width = float(str(root.get("viewBox")).split()[2])
        assert width <= 72 * WIDEST
        smallest = min(float(size) for size in re.findall(r"font(?:-size)?: ([\d.]+)px", svg))
        assert smallest * SHOWN / width >= LEGIBLE, f"{file}: letters of {smallest * SHOWN / width:.1f} pixels"
    assert shown == known, f"without a picture: {sorted(known - shown)}"


def broken(name: str) -> list[Trial]:
    """Half of the arms, of which some seeds have no numbers and others failed."""
    generator, trials = random.Random(7), made_up(name)
    arms = sorted({(t.study, t.arm) for t in trials})
    kept = set(generator.sample(arms, (len(arms) + 1) // 2))
    gone = set(generator.sample(sorted(kept), len(kept) // 3))
    return [
        t.model_copy(
            update={
                "metrics": dict.fromkeys(t.metrics) if t.seed == FIRST_SEED or (t.study, t.arm) in gone else t.metrics,
                "status": "diverged" if t.seed == FIRST_SEED + 1 else "ok",
            }
        )
        for t in trials
        if (t.study, t.arm) in kept
    ]


@modules
def test_whatever_is_missing_nothing_breaks_and_what_is_empty_is_left_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at before it becomes text, which takes ten times as long."""

    def check(canvas: Canvas, title: str, *_: str) -> str:
        for axes in canvas.axes:
            marks = [artist for artist in (*axes.lines, *axes.texts) if artist.get_gid()]
            assert marks, f"{title}: {axes.get_title()} is empty"
        return title

    drawer, trials = registry.figures(name), broken(name)
    assert drawer is not None
    monkeypatch.setattr(Canvas, "svg", check)
    assert drawer.draw([], {}) == {}
    assert set(drawer.draw(trials, {})) <= set(pictures(name))


@modules
def test_sentences_survive_whatever_is_missing(name: str) -> None:
    analysed = registry.analysis(name)
    if analysed is not None:
        assert analysed.sentences([]) == ""
        for trials in (made_up(name), broken(name)):
            assert isinstance(analysed.sentences(trials), str)


@pytest.mark.parametrize("name", FACTS)
def test_captions_and_axes_say_what_the_studies_do(name: str, used_backend: str) -> None:
    for file, (study, *facts) in FACTS[name].items():
        caption = pictures(name)[f"{file}.svg"].caption
        for fact in facts:
            number = getattr(registry.study(name, study), fact)
            told = f"{number:_}".replace("_", " ") if number >= 10_000 else str(number)
            assert re.search(rf"(?<![\d.]){told}(?![\d.]\d)", caption), f"{file}: {fact} is {told}: {caption}"
    for module, own, study, declared in LISTS:
        if module == name:
            assert getattr(registry.figures(name), own) == getattr(registry.study(name, study), declared)
