"""Do pieces hold their level, and is a higher level harder? Judged from the MIDI files alone.

Draws players and feelings, composes each at all five levels with one seed, and looks at the files.

    python benchmarks/levels/run.py --n 500

Writes results.csv (one row per piece) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, in_parallel, write_csv, write_summary
from composer.levels import LEVELS, PLAYERS
from composer.metrics.confidence import wilson_interval
from composer.metrics.difficulty import Difficulty, measure_difficulty
from composer.metrics.level_check import Violation, check_level
from composer.midi.notes import parse_midi_notes
from composer.music import generate
from composer.planning import PlanOverrides, make_plan
from composer.rendering import score_to_midi
from composer.types import Composition

__all__ = ["Row", "draw", "main", "run", "summary"]

BARS = (8, 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One piece: the seed it shares with its four siblings, what breaks its level, how difficult it is."""

    seed: int
    level: str
    player: str
    key: str
    meter: str
    tempo_bpm: float
    notes: int
    violations: tuple[Violation, ...]
    difficulty: Difficulty
    seconds: float


def draw(seed: int) -> dict[str, Any]:
    """What the five pieces of a seed share: player (half of them the piano), feeling, length."""
    rng = random.Random(f"levels/{seed}")
    player = "piano" if rng.random() < 0.5 else rng.choice([name for name in PLAYERS if name != "piano"])
    feeling = {"valence": round(rng.uniform(-1, 1), 3), "arousal": round(rng.uniform(-1, 1), 3)}
    return {"instruments": player, "bars": rng.randint(*BARS), **feeling}


def _pieces(seed: int) -> list[Row]:
    return [_piece(seed, level) for level in LEVELS]


def _piece(seed: int, level: str) -> Row:
    start = time.perf_counter()
    asked = draw(seed)
    plan = make_plan(None, overrides=PlanOverrides(level=level, **asked), seed=seed, title=f"Piece {seed}")
    score = generate(plan, seed=seed, candidates=1).score
    midi = parse_midi_notes(score_to_midi(Composition(perception=None, plan=plan, score=score, provenance={})))
    return Row(
        seed=seed,
        level=level,
        player=asked["instruments"],
        key=f"{plan.tonic} {plan.mode}",
        meter=plan.meter,
        tempo_bpm=plan.tempo_bpm,
        notes=len(midi.notes),
        violations=check_level(midi, level),
        difficulty=measure_difficulty(midi),
        seconds=time.perf_counter() - start,
    )


def run(n: int, *, seed: int, workers: int) -> list[Row]:
    """Compose and measure `n` pieces, five for each seed."""
    seeds = range(seed, seed + -(-n // len(LEVELS)))
    return [row for five in in_parallel(_pieces, seeds, workers, "seeds") for row in five]


# ------------------------------------------------------------------------------------------ results


def pairs(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Neighbouring levels of the same seed, the easier one first."""
    ordered = sorted(rows, key=lambda row: (row.seed, LEVELS.index(row.level)))
    return [(a, b) for a, b in pairwise(ordered) if a.seed == b.seed]


def summary(rows: Sequence[Row]) -> str:
    """Pieces without a violation, pairs in which the higher level is harder, the mean difficulty by level."""
    clean = sum(not row.violations for row in rows)
    lines = [f"pieces: {len(rows)}, notes: {sum(row.notes for row in rows)}"]
    lines.append(f"{'pieces without a violation':<36}{wilson_interval(clean, len(rows))}")
    for rule, count in Counter(fault.rule for row in rows for fault in row.violations).most_common():
        lines.append(f"  {rule}: {count}")
    both = pairs(rows)
    lines.append(f"{'pairs, the higher level harder':<36}{_harder(both)}")
    for level, after in pairwise(LEVELS):
        lines.append(f"{f'  {level} and {after}':<36}{_harder([pair for pair in both if pair[1].level == after])}")
    lines += [
        f"{f'  {player}':<36}{_harder([pair for pair in both if pair[1].player == player])}"
        for player in sorted({row.player for row in rows})
    ]
    for level in LEVELS:
        totals = sorted(row.difficulty.total for row in rows if row.level == level)
        if totals:
            middle, mean = totals[len(totals) // 2], sum(totals) / len(totals)
            lines.append(f"difficulty of level {level:<8} mean {mean:.2f}, median {middle:.2f} (n = {len(totals)})")
    seconds = sorted(row.seconds for row in rows)
    lines.append(f"seconds per piece: median {seconds[len(seconds) // 2]:.2f}, longest {seconds[-1]:.2f}")
    return "\n".join(lines) + "\n"


def _harder(both: Sequence[tuple[Row, Row]]) -> object:
    hits = sum(b.difficulty.total > a.difficulty.total for a, b in both)
    return wilson_interval(hits, len(both)) if both else "no case"


def _cells(row: Row) -> list[object]:
    faults = " ".join(f"{fault.rule}@{fault.bar}" for fault in row.violations)
    own = (row.seed, row.level, row.player, row.key, row.meter, f"{row.tempo_bpm:g}", row.notes)
    return [*own, f"{row.seconds:.2f}", faults, *(f"{value:.4f}" for value in asdict(row.difficulty).values())]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__)
    add_number(parser, "--n", 500, "number of pieces, five a seed")
    add_number(parser, "--seed", 0, "the first of the seeds")
    add_number(parser, "--workers", 1, "processes")
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    rows = run(options.n, seed=options.seed, workers=options.workers)
    head = ("seed", "level", "player", "key", "meter", "tempo_bpm", "notes", "seconds", "violations")
    write_csv(options.out / "results.csv", (*head, *Difficulty.__dataclass_fields__), map(_cells, rows))
    write_summary(options.out, summary(rows), head=f"n = {len(rows)}, seed = {options.seed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
