"""The panel of attacked digits: what `strip` has packed into curves of a few points, unpacked and drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from common import figures
from common.panels import Cell, Key, Record

GROUP, GREYS = 4, 16  # pixels that share a point of a curve, and greys (`strip`)


@dataclass(frozen=True)
class Digits:
    """Digits, the pattern that FGSM adds, and their sum, with the net's answers, of the one seed that has them."""

    title: str
    study: str
    arm: str
    side: int = 28

    def cells(self) -> Iterator[Cell]:
        yield from ()

    def traces(self) -> Iterator[Key]:
        yield (self.study, self.arm, "strip_0_answers")

    def known(self, record: Record) -> bool:
        return bool(self._images(record))  # none where that net diverged

    def draw(self, axes: Any, record: Record, gid: str) -> None:
        images, step = self._images(record), self.side + 4
        tiles = np.full((3 * self.side + 8, len(images) * step), np.nan)
        for place, image in enumerate(images):
            digit = self.tile(record, image, "image", GREYS) / (GREYS - 1)
            moves = self.tile(record, image, "moves", 3) - 1
            for number, tile in enumerate((digit, 0.5 + 0.25 * moves, digit + 0.25 * moves)):
                top = number * step
                tiles[top : top + self.side, place * step : place * step + self.side] = tile
            (before, sure), (after, surely) = self._shown(record, f"{image}_answers")
            for number, (row, answer, chance) in enumerate(((-2, before, sure), (3 * self.side + 13, after, surely))):
                words = f"a {answer:.0f} ({100 * chance:.0f} %)"
                axes.text(place * step, row, words, fontsize=figures.SMALL, gid=f"{gid}-{image}-{number}")
        axes.imshow(tiles, cmap="gray", vmin=-0.25, vmax=1.25, interpolation="none")
        axes.set_axis_off()

    def words(self, record: Record) -> str:
        told = []
        for image in self._images(record):
            (before, _), (after, _) = self._shown(record, f"{image}_answers")
            told.append(f"{before:.0f} becomes {after:.0f}")
        return f"{self.title}, what the net says to each: {', '.join(told)}."

    def tile(self, record: Record, image: int, kind: str, base: int) -> np.ndarray[Any, Any]:
        """(side, side) the values that `strip` has packed, four to a point, to the base."""
        rows = np.zeros((self.side, self.side))
        for row in range(self.side):
            for place, packed in self._shown(record, f"{image}_{kind}_{row}"):
                for pixel in range(GROUP):
                    rows[row, GROUP * int(place) + pixel] = round(packed) // base**pixel % base
        return rows

    def _shown(self, record: Record, name: str) -> Sequence[tuple[float, float]]:
        return next(iter(record.curves.get((self.study, self.arm, f"strip_{name}"), {}).values()), ())

    def _images(self, record: Record) -> list[int]:
        names = (name.split("_") for study, arm, name in record.curves if (study, arm) == (self.study, self.arm))
        answered = {int(words[1]) for words in names if words[0] == "strip" and words[-1] == "answers"}
        return sorted(image for image in answered if len(self._shown(record, f"{image}_answers")) == 2)
