"""Choose how the arousal that music follows is made of the rated one, the placed one and the words of the title.

    python -m composer.training.text_affect.blend --data DIR --cache runs/text-affect --pictures FILE.npz

Comes after ``composer.training.text_affect.fuse`` and reads the same held-out readings. Prints the choice, which
`composer.perception.affect.BLEND` holds, and writes what it does to ``benchmarks/words/blend.csv``.

How
---
* What is played cannot be right or wrong by one number: the ratings call fear calm, the emotions' places call it
  stirred. That blend is taken under which the works that people found fearful above all lie highest, in deviations, by
  the picture alone and with its title together; but none that agrees with the ratings, with the title and over all
  works, by more than `_MOST_LOST` less than rated arousal alone.
* Figures are of blends chosen on the other folds. Nothing by a locked artist is in them.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception.affect import FINE_EMOTIONS, STIRRING, ArousalBlend
from composer.perception.fusion import load_fusion
from composer.perception.text_affect import load_text_affect
from composer.training.perception.corpus import data_folder
from composer.training.perception.nested import FOLDS
from composer.training.text_affect.figures import measure, write_table
from composer.training.text_affect.fit import interval
from composer.training.text_affect.fuse import (
    NUMBERS,
    Both,
    felt,
    held_numbers,
    load,
    pooled,
    population,
    shares_of,
    told_fine,
)

__all__ = ["Readings", "choose_blend", "figures_of", "readings_of"]

Array = NDArray[np.float64]
_MOST_LOST = 0.05
_CANDIDATES = tuple(
    ArousalBlend(placed=placed, stir=stir, words=words)
    for placed, stir, words in itertools.product((0.1, 0.25, 0.35, 0.5), (0.0, 0.4, 0.8, 1.2), (0.0, 0.2, 0.4, 0.6))
)
_WAYS = ("picture", "picture and title")
_RATED = ArousalBlend(placed=0.0, stir=0.0, words=0.0)
_QUARTER = ArousalBlend(placed=0.25, stir=0.0, words=0.0)


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Held-out readings of works that people rated, by picture alone and with the title.

    Attributes
    ----------
    parts : way -> (n, 4): rated arousal, placed arousal, stir, arousal of the title's words.
    people : (n, 2): rated and placed arousal of people.
    classical : bool (n,).
    fearful : bool (n,): people named fear more than anything else.
    fold : (n,).
    """

    parts: dict[str, Array]
    people: Array
    classical: NDArray[np.bool_]
    fearful: NDArray[np.bool_]
    fold: NDArray[np.intp]

    def played(self, blend: ArousalBlend, way: str, rows: NDArray[np.intp] | slice = slice(None)) -> Array:
        """Return the arousal that music would follow."""
        return np.array([blend.value(*(float(part) for part in row)) for row in self.parts[way][rows]])


def readings_of(both: Both) -> Readings:
    """Fuse what was read of every work as `composer.perception.witnesses` does, on folds without the artist."""
    people = felt(both.titles, both.rows)
    made = {}
    for column, name in enumerate(NUMBERS):
        made[name] = held_numbers(both, column, population(people[:, column]))
    fine = shares_of(both.titles, both.rows)[1]
    usual = (fine / np.maximum(fine.sum(1, keepdims=True), 1e-9)).mean(0)
    powers = load_fusion().powers
    together = pooled(
        [powers["picture"], powers["title"]],
        np.broadcast_to(usual, fine.shape),
        [both.picture["fine"], told_fine(both.read)],
    )
    emotions = {"picture": both.picture["fine"], "picture and title": together}
    stirring = [list(FINE_EMOTIONS).index(name) for name in STIRRING]
    model = load_text_affect()
    words = np.array([model.title(both.titles.texts[i]).word_arousal for i in both.rows])
    return Readings(
        parts={
            way: np.column_stack([
                made["rated arousal"][way][:, 0],
                made["arousal"][way][:, 0],
                (emotions[way] - usual)[:, stirring].sum(1),
                words * (way != "picture"),
            ])
            for way in _WAYS
        },
        people=people[:, [2, 1]],
        classical=both.titles.kind[both.rows] == "classical",
        fearful=fine.argmax(1) == list(FINE_EMOTIONS).index("fear"),
        fold=both.fold,
    )  # fmt: skip


def _height(found: Readings, blend: ArousalBlend, rows: NDArray[np.intp]) -> float:
    """Return how far above the median the fearful works lie, in deviations, both ways together."""
    heights = [_above(found.played(blend, way, rows), found.fearful[rows]).mean() for way in _WAYS]
    return float(sum(heights))


def _above(values: Array, chosen: NDArray[np.bool_]) -> Array:
    result: Array = ((values - np.median(values)) / values.std())[chosen]
    return result


def choose_blend(found: Readings, rows: NDArray[np.intp]) -> ArousalBlend:
    """Return the blend under which the fearful among some works lie highest, at a bounded cost."""
    allowed, least = [], _with_ratings(found, _RATED, rows) - _MOST_LOST
    for blend in _CANDIDATES:
        if _with_ratings(found, blend, rows) >= least:
            allowed.append((_height(found, blend, rows), blend))  # noqa: PERF401 - a comprehension is harder to read
    return max(allowed, key=lambda pair: pair[0], default=(0.0, _QUARTER))[1]


def _with_ratings(found: Readings, blend: ArousalBlend, rows: NDArray[np.intp]) -> float:
    return float(np.corrcoef(found.played(blend, _WAYS[1], rows), found.people[rows, 0])[0, 1])


def _figures(name: str, found: Readings, played: dict[str, Array]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    groups = (("all", np.full(len(found.fold), True)), ("classical", found.classical), ("modern", ~found.classical))
    for way, values in played.items():
        for group, chosen in groups:
            for number, against in enumerate(("ratings", "places")):
                r = interval(values[chosen], found.people[chosen, number])
                rows.append((f"{name}, {way}: r with {against}, {group} works", *r))
    return rows


def _fearful(name: str, found: Readings, played: dict[str, Array]) -> list[tuple[object, ...]]:
    """Return how far the works that people found fearful above all lie from the median, in deviations."""
    rows = []
    for way, values in played.items():
        apart = _above(values, found.fearful)
        rows.append(
            measure(f"{name}, {way}: fearful works above the median, in deviations", len(apart), partial(_mean, apart))
        )
    return rows


def _mean(values: Array, rows: NDArray[np.intp]) -> float:
    return float(values[rows].mean())


def figures_of(found: Readings) -> tuple[list[tuple[object, ...]], Sequence[ArousalBlend]]:
    """Return the figures, and the blends that were chosen without each fold."""
    played = {way: np.zeros(len(found.fold)) for way in _WAYS}
    chosen = []
    for part in range(FOLDS):
        train, test = np.flatnonzero(found.fold != part), np.flatnonzero(found.fold == part)
        chosen.append(choose_blend(found, train))
        for way in _WAYS:
            played[way][test] = found.played(chosen[-1], way, test)
    figures: list[tuple[object, ...]] = []
    fixed = {"rated alone": _RATED, "one quarter placed": _QUARTER}
    ways = {name: {way: found.played(blend, way) for way in _WAYS} for name, blend in fixed.items()}
    ways["placed alone"] = {way: found.parts[way][:, 1] for way in _WAYS}
    people = {number: {"people": found.people[:, place]} for place, number in enumerate(("rated", "placed"))}
    for name, values in (ways | {"chosen on the other folds": played}).items():
        figures += _figures(name, found, values) + _fearful(name, found, values)
    for name, values in people.items():
        figures += _fearful(name, found, values)
    return figures, chosen


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/text-affect"))
    parser.add_argument("--pictures", type=Path, default=Path("runs/perception/held-out.npz"))
    parser.add_argument("--report", type=Path, default=Path("benchmarks/words"))
    args = parser.parse_args()
    both = load(data_folder(args.data), args.cache, args.pictures)
    found = readings_of(both)
    figures, chosen = figures_of(found)
    for blend in (*chosen, choose_blend(found, np.arange(len(found.fold)))):
        print(blend)
    write_table(args.report / "blend.csv", figures)


if __name__ == "__main__":
    main()
