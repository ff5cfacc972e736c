"""Do our drums play what drummers play? Grooves and rules beside performances that no groove was counted in.

Coverage: how many of the test split's bars in 4/4 hold patterns that the groove file has, layer by layer. Likeness: how
often each role is struck at each grid step of a bar, ours against theirs, under plans of all feelings; half the sum of
differences, averaged over roles (0 alike, 1 nothing in common). Validation against test is the floor.

    python benchmarks/grooves/run.py --data DIR --n 60

Writes results.csv (one row per measure) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import random
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, write_csv, write_summary
from composer.grooves import DRUM_KEYS, LAYERS, load_grooves
from composer.metrics.confidence import wilson_interval
from composer.music.blocks import GridNote
from composer.music.drum_rules import plain_bar, plain_fill
from composer.music.drums import drum_bars
from composer.planning import PlanOverrides, make_plan
from composer.training.grooves.build import BAR, layer_shapes
from composer.training.grooves.performances import Performance, bars_of, read_performances
from composer.training.music.archives import unpack
from composer.types import MusicalPlan

ROLES = ("kick", "snare", "hat", "ride")
BASSES = ((0, 24), (0, 12, 24, 36), (0, 18, 24), (0, 6, 12, 18, 24, 30, 36, 42), (0,))
_NAMES = {key: "snare" if role == "ghost" else role for role, key in reversed(DRUM_KEYS.items())}

Bars = list[set[tuple[int, str]]]
"""Grid step and role of every stroke, bar by bar."""


def theirs(performances: Iterable[Performance]) -> Bars:
    """The bars of performances, softly or loudly played."""
    return [
        {(hit.position, "snare" if hit.role == "ghost" else hit.role) for hit in bar}
        for performance in performances
        for bar in bars_of(performance.hits, bar_steps=BAR).values()
    ]


def plans(count: int) -> list[tuple[MusicalPlan, int]]:
    """Plans with drums in 4/4 of feelings drawn by a seed, and that seed."""
    rng = random.Random(1)
    drawn = []
    for seed in range(count):
        overrides = PlanOverrides(
            instruments="drums,organ,bass",
            meter="4/4",
            bars=16,
            valence=rng.uniform(-1, 1),
            arousal=rng.uniform(-1, 1),
        )
        drawn.append((make_plan(None, overrides=overrides, seed=seed, title="Drums"), seed))
    return drawn


def ours(drawn: Sequence[tuple[MusicalPlan, int]]) -> Bars:
    """The bars of our drums but the last, under basses of several rhythms."""
    out: Bars = []
    for plan, seed in drawn:
        bass = [[GridNote(position, 40, 6) for position in BASSES[seed % len(BASSES)]] for _ in range(plan.bars)]
        bars = drum_bars(plan, bass, seed=seed)[:-1]
        out += [{(hit.note.position, _NAMES[hit.note.pitch]) for hit in bar} for bar in bars]
    return out


def ruled(drawn: Sequence[tuple[MusicalPlan, int]]) -> Bars:
    """The bars by rule, as drums were before grooves were counted."""
    out: Bars = []
    for plan, _ in drawn:
        for section in plan.sections:
            for offset in range(section.bars):
                bar = plain_bar(section, plan.time)
                if offset == section.bars - 1:
                    fill = plain_fill(section, plan.time)
                    start = min(position for position, _ in fill)
                    bar = {hit for hit in bar if hit[0] < start} | fill
                out.append(bar)
    return out


def distance(left: Bars, right: Bars) -> float:
    """Mean over roles of half the absolute difference between the distributions of strokes over the bar."""
    total = 0.0
    for role in ROLES:
        shares = []
        for bars in (left, right):
            counts = Counter(position for bar in bars for position, name in bar if name == role)
            shares.append({position: count / max(counts.total(), 1) for position, count in counts.items()})
        places = shares[0].keys() | shares[1].keys()
        total += sum(abs(shares[0].get(place, 0) - shares[1].get(place, 0)) for place in places) / 2
    return total / len(ROLES)


def kinds(bars: Bars) -> float:
    """Different bars among a hundred, on average over runs of a hundred drawn by a seed."""
    rng = random.Random(1)
    return sum(len({frozenset(bar) for bar in rng.sample(bars, 100)}) for _ in range(20)) / 20


def coverage(performances: Iterable[Performance]) -> list[tuple[str, int, int]]:
    """For each layer the bars whose pattern is in the groove file, and all bars."""
    library = load_grooves()
    known = {layer: {tuple(hit[:2] for hit in pattern.hits) for pattern in library.patterns[layer]} for layer in LAYERS}
    met: Counter[str] = Counter()
    bars = 0
    for performance in performances:
        for bar in bars_of(performance.hits, bar_steps=BAR).values():
            bars += 1
            met.update(layer for layer, shape in zip(LAYERS, layer_shapes(bar), strict=True) if shape in known[layer])
    return [(layer, met[layer], bars) for layer in LAYERS]


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argument_parser(__doc__)
    add_data(parser, "folder with music/groove.tar.xz")
    add_number(parser, "--n", 60, "plans")
    add_out(parser, __file__)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(options.data / "music" / "groove.tar.xz") as archive:
            unpack(archive, Path(folder))
        read = [item for item in read_performances(Path(folder) / "groove") if item.meter == "4/4"]
    beats = {
        split: [item for item in read if item.split == split and item.kind == "beat"]
        for split in ("validation", "test")
    }
    people, drawn = theirs(beats["test"]), plans(options.n)
    rows: list[tuple[object, ...]] = []
    lines = []
    for layer, met, bars in coverage(beats["test"]):
        share = wilson_interval(met, bars)
        rows.append((f"coverage_{layer}", bars, f"{met / bars:.4f}"))
        lines.append(f"{layer}: bars of the test split that hold a kept pattern {share}\n")
    validation = theirs(beats["validation"])
    sets = {"grooves": ours(drawn), "rules": ruled(drawn), "validation": validation, "test": people}
    for name, bars_of_it in sets.items():
        strokes = sum(map(len, bars_of_it)) / len(bars_of_it)
        apart, different = distance(bars_of_it, people), kinds(bars_of_it)
        rows += [
            (f"distance_{name}", len(bars_of_it), f"{apart:.4f}"),
            (f"kinds_{name}", len(bars_of_it), f"{different:.1f}"),
            (f"strokes_{name}", len(bars_of_it), f"{strokes:.2f}"),
        ]
        lines.append(
            f"{name}: {apart:.3f} from the test split, {different:.0f} kinds in 100 bars, {strokes:.1f} strokes a bar "
            f"({len(bars_of_it)} bars)\n"
        )
    write_csv(options.out / "results.csv", ("measure", "bars", "value"), rows)
    write_summary(options.out, "".join(lines))


if __name__ == "__main__":
    main()
