"""The groove file: patterns, grooves, fills, ghost notes and touch of the training performances.

``python -m composer.training.grooves.build --groove FOLDER --out composer/weights/grooves``

FOLDER holds ``info.csv`` and the MIDI files of the Groove MIDI Dataset. What is kept stands in at least
`MIN_PERFORMANCES` performances of at least `MIN_DRUMMERS` drummers (`composer.grooves` says what it is). Meters other
than 4/4 have too few performances.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from composer.files import atomic_write
from composer.grooves import GHOST_ROLE, GROOVE_FORMAT, LAYERS
from composer.music.tokens import GRID
from composer.training.grooves.performances import GridHit, Performance, bars_of, read_performances
from composer.training.grooves.touch import touch_of

__all__ = ["BAR", "MIN_DRUMMERS", "MIN_PERFORMANCES", "Shape", "Tally", "common", "fill_beats", "layer_shapes", "main"]

MIN_PERFORMANCES, MIN_DRUMMERS = 3, 2
BAR = 4 * GRID
_LAYER_OF = {
    "kick": "kick", "snare": "back", "stick": "back", "hat": "time", "open_hat": "time", "ride": "time",
    "bell": "time", "pedal": "pedal",
}  # fmt: skip
_FILL_ROLES = frozenset(("kick", "snare", "stick", "high_tom", "mid_tom", "low_tom"))
_FEWEST_STROKES, _FEWEST_FILL = 4, 2
_FOLLOWERS = 6
_FEWEST_GHOSTS = 0.03

Shape = tuple[tuple[int, str], ...]
"""Position and role of every stroke: what makes two bars the same pattern."""


@dataclass(slots=True)
class Tally:
    """How often something was met, and with what."""

    performances: set[str] = field(default_factory=set)
    drummers: set[str] = field(default_factory=set)
    families: Counter[str] = field(default_factory=Counter)
    tempi: list[float] = field(default_factory=list)
    follows: Counter[Shape] = field(default_factory=Counter)
    accents: dict[tuple[int, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def meet(self, performance: Performance) -> None:
        """Count one more bar."""
        self.performances.add(performance.name)
        self.drummers.add(performance.drummer)
        self.families[performance.family] += 1
        self.tempi.append(performance.bpm)

    @property
    def common(self) -> bool:
        """Whether it stands in enough performances."""
        return len(self.performances) >= MIN_PERFORMANCES and len(self.drummers) >= MIN_DRUMMERS


def common(tallies: dict[Shape, Tally]) -> list[Shape]:
    """The shapes that are common property, the most widespread first."""
    kept = [shape for shape, tally in tallies.items() if tally.common]
    return sorted(kept, key=lambda shape: (-len(tallies[shape].performances), shape))


def layer_shapes(bar: Iterable[GridHit]) -> tuple[Shape, ...]:
    """The shape of every layer of `LAYERS` in a bar."""
    shapes: dict[str, list[tuple[int, str]]] = {layer: [] for layer in LAYERS}
    for hit in bar:
        if hit.role in _LAYER_OF:
            shapes[_LAYER_OF[hit.role]].append((hit.position, hit.role))
    return tuple(tuple(shapes[layer]) for layer in LAYERS)


def fill_beats(bar: Iterable[GridHit]) -> list[list[GridHit]]:
    """The beats of a bar as cells of a fill, positions from each beat's start; those of one stroke are empty."""
    beats: list[list[GridHit]] = [[] for _ in range(BAR // GRID)]
    for hit in bar:
        if hit.role in _FILL_ROLES:
            beats[hit.position // GRID].append(hit._replace(position=hit.position % GRID))
    return [beat if len({hit.position for hit in beat}) >= _FEWEST_FILL else [] for beat in beats]


def _accent(tally: Tally, hits: Iterable[GridHit], mean: float) -> None:
    for hit in hits:
        tally.accents[hit.position, hit.role].append(hit.velocity - mean)


class Library:
    """All counts of the beats and fills of a set of performances."""

    def __init__(self) -> None:
        self.layers: dict[str, dict[Shape, Tally]] = {layer: defaultdict(Tally) for layer in LAYERS}
        self.pairs: dict[Hashable, Tally] = defaultdict(Tally)
        self.grooves: dict[tuple[Shape, ...], Tally] = defaultdict(Tally)
        self.fills: dict[Shape, Tally] = defaultdict(Tally)
        self.ghosts: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        self.bars: Counter[str] = Counter()

    def add_beat(self, performance: Performance, mean: float) -> None:
        """Count a performance of a beat."""
        before: tuple[int, tuple[Shape, ...]] | None = None
        for number, bar in bars_of(performance.hits, bar_steps=BAR).items():
            shapes = layer_shapes(bar)
            self.bars[performance.family] += 1
            for layer, shape in zip(LAYERS, shapes, strict=True):
                tally = self.layers[layer][shape]
                tally.meet(performance)
                _accent(tally, (hit for hit in bar if _LAYER_OF.get(hit.role) == layer), mean)
                if before is not None and before[0] == number - 1:
                    self.layers[layer][before[1][LAYERS.index(layer)]].follows[shape] += 1
            self.grooves[shapes].meet(performance)
            for pair in _pairs(shapes):
                self.pairs[pair].meet(performance)
            for hit in bar:
                if hit.role == GHOST_ROLE:
                    self.ghosts[performance.family][hit.position].append(hit.velocity - mean)
            before = number, shapes

    def add_fill(self, performance: Performance, mean: float) -> None:
        """Count a performance of a fill, beat by beat."""
        before: Shape = ()
        for bar in bars_of(performance.hits, bar_steps=BAR).values():
            for beat in fill_beats(bar):
                shape = tuple((hit.position, hit.role) for hit in beat)
                if shape:
                    self.fills[shape].meet(performance)
                    _accent(self.fills[shape], beat, mean)
                    if before:
                        self.fills[before].follows[shape] += 1
                before = shape


def _pairs(shapes: Sequence[Shape]) -> list[Hashable]:
    kick, back, time, pedal = shapes
    return [("kick", kick, back), ("time", back, time), ("pedal", time, pedal)]


def _rows(tallies: dict[Shape, Tally], kept: Sequence[Shape]) -> list[list[object]]:
    number = {shape: index for index, shape in enumerate(kept)}
    rows: list[list[object]] = []
    for shape in kept:
        tally = tallies[shape]
        means = [(*place, round(statistics.mean(tally.accents[place]))) for place in shape]
        followed = sum(tally.follows.values())
        followers = [number[other] for other, _ in tally.follows.most_common() if other in number and other != shape]
        rows.append(
            [
                " ".join(".".join(map(str, stroke)) for stroke in means),
                len(tally.performances),
                round(tally.follows[shape] / max(followed, 1), 2),
                followers[:_FOLLOWERS],
            ]
        )
    return rows


def _groove_rows(library: Library, kept: dict[str, list[Shape]]) -> list[list[object]]:
    number = {layer: {shape: index for index, shape in enumerate(shapes)} for layer, shapes in kept.items()}
    rows: list[list[object]] = []
    for shapes, tally in sorted(library.grooves.items(), key=lambda item: (-sum(item[1].families.values()), item[0])):
        known = all(shape in number[layer] for layer, shape in zip(LAYERS, shapes, strict=True))
        kick, back, time, pedal = shapes
        if not (known and (kick or pedal) and len(time) + len(back) >= _FEWEST_STROKES):
            continue
        if all(library.pairs[pair].common for pair in _pairs(shapes)):
            numbers = [number[layer][shape] for layer, shape in zip(LAYERS, shapes, strict=True)]
            families = {family: tally.families[family] for family in sorted(tally.families) if family}
            rows.append([*numbers, round(statistics.median(tally.tempi)), families])
    return rows


def _ghost_rows(library: Library) -> dict[str, list[list[object]]]:
    rows: dict[str, list[list[object]]] = {}
    for family, places in sorted(library.ghosts.items()):
        shares = {position: len(found) / library.bars[family] for position, found in places.items()}
        rows[family] = [
            [position, round(share, 2), round(statistics.mean(places[position]))]
            for position, share in sorted(shares.items())
            if family and share >= _FEWEST_GHOSTS
        ]
    return rows


def measured(performances: Iterable[Performance]) -> dict[str, object]:
    """The content of the groove file from the performances of one split."""
    library, beats = Library(), []
    for performance in performances:
        if performance.meter != "4/4" or not performance.hits:
            continue
        mean = statistics.mean(hit.velocity for hit in performance.hits)
        if performance.kind == "beat":
            beats.append(performance)
            library.add_beat(performance, mean)
        else:
            library.add_fill(performance, mean)
    kept = {layer: common(library.layers[layer]) for layer in LAYERS}
    return {
        "format": GROOVE_FORMAT,
        "patterns": {layer: _rows(library.layers[layer], kept[layer]) for layer in LAYERS},
        "grooves": _groove_rows(library, kept),
        "fills": _rows(library.fills, common(library.fills)),
        "ghosts": _ghost_rows(library),
        "touch": touch_of(beats),
    }


def _text(data: dict[str, object]) -> str:
    """JSON with a row on each line."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("],[", "],\n[").replace('":[[', '":[\n[') + "\n"


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groove", type=Path, required=True, help="folder of the Groove MIDI Dataset")
    parser.add_argument("--out", type=Path, required=True, help="folder for grooves.json")
    options = parser.parse_args(argv)
    data = measured(item for item in read_performances(options.groove) if item.split == "train")
    options.out.mkdir(parents=True, exist_ok=True)
    with atomic_write(options.out / "grooves.json") as temporary:
        temporary.write_text(_text(data), encoding="utf-8", newline="\n")
    print(", ".join(f"{len(data[name])} {name}" for name in ("grooves", "fills")))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
