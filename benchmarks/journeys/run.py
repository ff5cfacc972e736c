"""Do journeys go anywhere? Regions against random boxes, and sections against their regions.

    python benchmarks/journeys/run.py boxes --paintings DIR
    python benchmarks/journeys/run.py sections --paintings DIR

`boxes` compares the regions of a picture with boxes of the same sizes put anywhere: how far are they from one another
in colour and in feeling? Writes boxes.csv. `sections` composes each picture with ``--journey`` and without, cuts both
pieces at the bars of the journey's sections and lets the judge of emotion hear each cut. Writes sections.csv.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: the figures must not depend on the number of cores

import csv
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, progress, rounded, write_csv, write_summary
from composer.metrics.confidence import Interval, bootstrap_interval
from composer.metrics.judge import EmotionJudge, judge_emotion
from composer.midi.notes import PITCH, MidiNotes, excerpt, parse_midi_notes
from composer.options import ComposeOptions
from composer.perception.encoder import load_embedded
from composer.perception.image import load_painting
from composer.perception.palette import rgb_to_lab
from composer.perception.perceive import read_affect
from composer.perception.picture_heads import load_picture_heads
from composer.perception.regions import find_regions
from composer.pipeline.compose import compose
from composer.rendering import score_to_midi
from composer.training.emotion_judge.fit import fitted_judge
from composer.types import Composition, Painting, Region, Section

__all__ = ["Apart", "Heard", "boxes_summary", "choose", "main", "pairs", "random_boxes", "sections_summary", "spearman"]

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
_OVERLAP = 0.35
"""Share of the smaller of two boxes that they may share, as for regions."""
_TRIES = 500
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """How far the boxes of one picture are from one another, on average over pairs.

    Colour is the distance of mean colours in CIELAB, feeling that of valence and arousal.
    """

    picture: str
    regions: int
    colour: float
    random_colour: float
    feeling: float
    random_feeling: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A region, and what the judge hears at its bars with ``--journey`` and without; height is 1 at the upper edge."""

    picture: str
    name: str
    bars: str
    height: float
    lightness: float
    valence: float
    arousal: float
    judged_valence: float
    judged_arousal: float
    pitch: float
    plain_valence: float
    plain_arousal: float
    plain_pitch: float


def choose(folder: Path, n: int, seed: int) -> list[Path]:
    """Draw `n` pictures of a folder, in the order of their names."""
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    return sorted(random.Random(f"{seed}/journeys").sample(pictures, min(n, len(pictures))))


# -------------------------------------------------------------------------------------------- boxes


def random_boxes(sizes: Sequence[tuple[float, float]], rng: np.random.Generator) -> list[Box]:
    """Put boxes of these widths and heights anywhere, overlapping no more than regions do where that can be had."""
    for _ in range(_TRIES):
        corners = [(float(rng.uniform(0, 1 - wide)), float(rng.uniform(0, 1 - high))) for wide, high in sizes]
        boxes = [(x, y, x + wide, y + high) for (x, y), (wide, high) in zip(corners, sizes, strict=True)]
        if all(_shared(one, other) <= _OVERLAP for one, other in combinations(boxes, 2)):
            break
    return boxes


def _shared(one: Box, other: Box) -> float:
    wide = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    high = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    return wide * high / min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))


def _read(painting: Painting, box: Box, medium: dict[str, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean colour, shape (3,), and valence and arousal, shape (2,), of a cut-out."""
    height, width = painting.rgb.shape[:2]
    left, top, right, bottom = (round(value * side) for value, side in zip(box, (width, height) * 2, strict=True))
    rgb = np.ascontiguousarray(painting.rgb[top:bottom, left:right])
    blocks = load_embedded().look(replace(painting, rgb=rgb, width=rgb.shape[1], height=rgb.shape[0]))
    affect = read_affect(blocks, replace(load_picture_heads().read(blocks), medium=medium))
    step = max(1, max(rgb.shape[:2]) // 96)
    return rgb_to_lab(rgb[::step, ::step]).mean(axis=(0, 1)), np.array([affect.valence, affect.arousal])


def _spread(values: Sequence[NDArray[np.float64]]) -> float:
    return float(np.mean([np.linalg.norm(one - other) for one, other in combinations(values, 2)]))


def _apart(picture: Path, draws: int, seed: int) -> Apart:
    painting = load_painting(picture)
    medium = dict(load_picture_heads().read(load_embedded().look(painting)).medium)
    own = [(r.left, r.top, r.right, r.bottom) for r in find_regions(painting)]
    sizes = [(right - left, bottom - top) for left, top, right, bottom in own]
    rng = np.random.default_rng([seed, *picture.stem.encode()])
    read = [[_read(painting, box, medium) for box in boxes] for boxes in _drawn(own, sizes, draws, rng)]
    colour, feeling = ([_spread([pair[part] for pair in boxes]) for boxes in read] for part in (0, 1))
    return Apart(
        picture=picture.stem,
        regions=len(own),
        colour=colour[0],
        random_colour=float(np.mean(colour[1:])),
        feeling=feeling[0],
        random_feeling=float(np.mean(feeling[1:])),
    )


def _drawn(
    own: list[Box], sizes: Sequence[tuple[float, float]], draws: int, rng: np.random.Generator
) -> Iterator[list[Box]]:
    yield own
    for _ in range(draws):
        yield random_boxes(sizes, rng)


def boxes_summary(rows: Sequence[Apart], seed: int) -> str:
    """Distances of regions and of random boxes, and their difference picture by picture."""
    lines = [f"pictures {len(rows)}, regions {sum(row.regions for row in rows)}"]
    for name, unit in (("colour", "CIELAB"), ("feeling", "valence and arousal")):
        own = np.array([getattr(row, name) for row in rows])
        other = np.array([getattr(row, f"random_{name}") for row in rows])
        gain = bootstrap_interval(lambda drawn: float(drawn.mean()), own - other, rng=np.random.default_rng(seed))
        p = float(stats.wilcoxon(own, other, alternative="greater").pvalue)
        more = f"more in {int((own > other).sum())} of {len(rows)}"
        lines.append(f"{name} ({unit}): regions {own.mean():.3f}, random boxes {other.mean():.3f}, difference {gain}")
        lines.append(f"  {more}, Wilcoxon p = {p:.2g}")
    return "\n".join(lines) + "\n"


# ----------------------------------------------------------------------------------------- sections


def _listen(picture: Path, judge: EmotionJudge) -> list[Heard]:
    composition = compose(ComposeOptions(image=picture, journey=True))
    plain = compose(ComposeOptions(image=picture, bars=composition.plan.bars, meter=composition.plan.meter))
    ours, theirs = _notes(composition), _notes(plain)
    regions = find_regions(load_painting(picture))
    return [
        _heard(picture.stem, region, span, [excerpt(midi, *span) for midi in (ours, theirs)], judge)
        for region, span in zip(regions, _bars(composition.plan.sections), strict=False)
    ]


def _notes(composition: Composition) -> MidiNotes:
    return parse_midi_notes(score_to_midi(composition))


def _bars(sections: Sequence[Section]) -> list[tuple[int, int]]:
    """First bar and number of bars of every letter but the last, which is the whole picture."""
    spans: dict[str, tuple[int, int]] = {}
    for section in sections:
        first, bars = spans.get(section.name.rstrip("'"), (section.start_bar, 0))
        spans[section.name.rstrip("'")] = first, bars + section.bars
    return list(spans.values())[:-1]


def _heard(
    picture: str, region: Region, span: tuple[int, int], cuts: Sequence[MidiNotes], judge: EmotionJudge
) -> Heard:
    ours, plain = (judge_emotion(judge, cut) for cut in cuts)
    pitch, plain_pitch = (float(cut.pitched[:, PITCH].mean()) for cut in cuts)
    return Heard(
        picture=picture,
        name=region.name,
        bars=f"{span[0]}-{span[0] + span[1] - 1}",
        height=1 - (region.top + region.bottom) / 2,
        lightness=region.palette.lightness,
        valence=region.valence,
        arousal=region.arousal,
        judged_valence=ours.valence,
        judged_arousal=ours.arousal,
        pitch=pitch,
        plain_valence=plain.valence,
        plain_arousal=plain.arousal,
        plain_pitch=plain_pitch,
    )


def pairs(rows: Sequence[Heard], asked: str, heard: str, *, centred: bool) -> list[NDArray[np.float64]]:
    """What is asked and heard, shape (regions, 2) for each picture; `centred` takes away the picture's means."""
    pictures = list(dict.fromkeys(row.picture for row in rows))
    groups = [
        np.array([(getattr(r, asked), getattr(r, heard)) for r in rows if r.picture == name]) for name in pictures
    ]
    return [group - group.mean(axis=0) if centred else group for group in groups]


def spearman(groups: Sequence[NDArray[np.float64]], seed: int) -> Interval:
    """Spearman over all regions; the interval draws whole pictures."""

    def statistic(drawn: NDArray[np.float64]) -> float:
        pairs = np.concatenate([groups[int(number)] for number in drawn])
        constant = not np.ptp(pairs, axis=0).all()
        return float("nan") if constant else float(stats.spearmanr(pairs[:, 0], pairs[:, 1]).statistic)

    return bootstrap_interval(statistic, np.arange(len(groups), dtype=np.float64), rng=np.random.default_rng(seed))


def sections_summary(rows: Sequence[Heard], judge: str, seed: int) -> str:
    """Spearman of region and section: over all regions, and less each picture's mean."""
    pictures = len({row.picture for row in rows})
    lines = [
        f"the judge's own accuracy on EMOPIA's test split: {judge}",
        f"sections {len(rows)} of {pictures} pictures; intervals draw whole pictures",
    ]
    for asked, heard in (("valence", "valence"), ("arousal", "arousal"), ("height", "pitch"), ("lightness", "pitch")):
        names = "pitch" if heard == "pitch" else f"judged_{heard}", f"plain_{heard}"
        for kind, centred in (("within pictures", True), ("over all", False)):
            own, plain = (spearman(pairs(rows, asked, name, centred=centred), seed) for name in names)
            lines.append(f"{asked} and {heard}, {kind}: Spearman {own}; without --journey {plain}")
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------------------ command


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("part", choices=("boxes", "sections"))
    parser.add_argument("--paintings", type=Path, required=True, help="folder of titled paintings")
    add_number(parser, "--n", 20, "pictures, drawn by the seed")
    add_number(parser, "--first", 0, "the first of them to do in this run; earlier rows of the table stay")
    add_number(parser, "--count", 1000, "how many of them to do in this run")
    add_number(parser, "--draws", 10, "sets of random boxes for each picture")
    add_number(parser, "--seed", 0, "of pictures, boxes and intervals")
    add_data(parser, "folder with music/emopia.tar.xz, to fit the judge")
    parser.add_argument("--judge", type=Path, help="folder of the fitted judge (default: in COMPOSER_HOME)")
    add_out(parser, __file__, "folder for the tables")
    options = parser.parse_args(arguments)
    chosen = choose(options.paintings, options.n, options.seed)[options.first : options.first + options.count]
    path, kind = options.out / f"{options.part}.csv", Apart if options.part == "boxes" else Heard
    rows: list[Apart] | list[Heard] = _kept(path, kind) if options.first else []
    judge = fitted_judge(options.data, options.judge) if options.part == "sections" else None
    for picture in progress(chosen, len(chosen), "pictures"):
        rows += _listen(picture, judge) if judge is not None else [_apart(picture, options.draws, options.seed)]
    write_csv(path, list(kind.__slots__), map(rounded, rows))
    text = sections_summary(rows, str(judge.accuracy), options.seed) if judge else boxes_summary(rows, options.seed)
    write_summary(options.out, text, name=f"{options.part}.txt")
    return 0


def _kept(path: Path, kind: type) -> list:
    """The rows of an earlier run."""
    with path.open(newline="", encoding="utf-8") as handle:
        return [
            kind(
                **{name: value if name in ("picture", "name", "bars") else float(value) for name, value in row.items()}
            )
            for row in csv.DictReader(handle)
        ]


if __name__ == "__main__":
    sys.exit(main())
