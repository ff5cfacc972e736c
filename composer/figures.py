"""The accompaniment figures that people use: rhythm and contour of a bar, measured in the training scores.

A figure is what an accompanying part does in one bar, whatever the chord: when it strikes, how many notes, which stroke
lies higher than which, how long each lasts. Each stands in at least three works, so it is common property and nobody's
invention. `composer.training.music.figures` measures them; the file is ``figures/figures.json`` among the weights.

Conventions
-----------
* Positions and lengths are grid steps of `composer.music.tokens.GRID` (12 to the quarter).
* ``rank`` orders the strokes' lowest pitches within the bar: 0 the lowest, equal where the pitch is the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from composer import assets
from composer.errors import AssetError

__all__ = ["FIGURE_FORMAT", "Figure", "Library", "Stroke", "load_figures"]

FIGURE_FORMAT = "composer-figures/1"


class Stroke(NamedTuple):
    """What is struck at once: grid step, notes, rank of the lowest pitch within the bar, length in grid steps."""

    position: int
    notes: int
    rank: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure and how people use it.

    Attributes
    ----------
    meter : ``"3/4"``.
    role : ``"harmony"`` or ``"bass"``.
    strokes : by position.
    name : usual name (`composer.figure_names`), or ``""``.
    works, bars : how many works of the training split hold it, and in how many bars it stands.
    kept : share of its bars that are followed by itself in the same part.
    tempo : mean tempo class (1 slow .. 6 fast) of its bars with a marked tempo.
    keyboard : share of its bars that a keyboard plays.
    followers : numbers of the figures that follow it most often, itself left out.
    partners : numbers of the figures that a keyboard's other layer plays under or above it most often.
    """

    meter: str
    role: str
    strokes: tuple[Stroke, ...]
    name: str
    works: int
    bars: int
    kept: float
    tempo: float
    keyboard: float
    followers: tuple[int, ...]
    partners: tuple[int, ...]

    @property
    def onsets(self) -> int:
        """Strokes in the bar."""
        return len(self.strokes)

    @property
    def at_once(self) -> int:
        """Notes of the fullest stroke."""
        return max(stroke.notes for stroke in self.strokes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """All figures, made when they are asked for.

    ``rows`` are the file's, ``by_kind`` lists their numbers by (meter, role), the commonest first.
    """

    rows: tuple[dict[str, Any], ...] = field(repr=False)
    by_kind: dict[tuple[str, str], tuple[int, ...]] = field(repr=False)
    made: dict[int, Figure] = field(repr=False, default_factory=dict)

    def figure(self, number: int) -> Figure:
        """A figure by its number; the same object each time."""
        if number not in self.made:
            self.made[number] = _figure(self.rows[number])
        return self.made[number]

    def of(self, meter: str, role: str) -> tuple[Figure, ...]:
        """The figures of a role in a meter, the commonest first; empty where none was measured."""
        return tuple(self.figure(number) for number in self.by_kind.get((_alias(meter), role), ()))

    def named_bars(self, meter: str, role: str) -> dict[str, int]:
        """Name -> bars in which people use figures of that name, in a role and a meter."""
        bars: dict[str, int] = {}
        for number in self.by_kind.get((_alias(meter), role), ()):
            row = self.rows[number]
            if row["name"]:
                bars[row["name"]] = bars.get(row["name"], 0) + int(row["bars"])
        return bars


def _alias(meter: str) -> str:
    return "4/4" if meter == "2/2" else meter


# ------------------------------------------------------------------------------------------------- file


def _figure(row: dict[str, Any]) -> Figure:
    strokes = tuple(Stroke(*(int(part) for part in text.split("."))) for text in str(row["strokes"]).split())
    return Figure(
        meter=str(row["meter"]),
        role=str(row["role"]),
        strokes=strokes,
        name=str(row["name"]),
        works=int(row["works"]),
        bars=int(row["bars"]),
        kept=float(row["kept"]),
        tempo=float(row["tempo"]),
        keyboard=float(row["keyboard"]),
        followers=tuple(int(number) for number in row["followers"]),
        partners=tuple(int(number) for number in row["partners"]),
    )


@cache
def load_figures() -> Library:
    """Read the library.

    Raises
    ------
    AssetError
        The file is missing or broken.
    """
    path = assets.verified("figures/figures.json")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FIGURE_FORMAT:
            raise ValueError(f"format {data['format']!r}, expected {FIGURE_FORMAT!r}")
        rows = tuple(dict(zip(data["columns"], row, strict=True)) for row in data["figures"])
        kinds: dict[tuple[str, str], list[int]] = {}
        for number, row in enumerate(rows):  # the commonest first
            kinds.setdefault((row["meter"], row["role"]), []).append(number)
        for numbers in kinds.values():
            _figure(rows[numbers[0]])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssetError(f"figures cannot be read: {path}: {error}") from error
    return Library(rows=rows, by_kind={kind: tuple(numbers) for kind, numbers in kinds.items()})
