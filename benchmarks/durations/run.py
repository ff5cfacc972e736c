"""Does a piece last as long as was asked? A hundred plans, some files, and one piece of ten minutes."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import argument_parser, processor_seconds, progress, write_csv, write_summary
from composer.options import ComposeOptions
from composer.pipeline.compose import compose, plan, save
from composer.types import TICKS_PER_QUARTER, MusicalPlan

HERE = Path(__file__).resolve().parent
TOLERANCE = 0.02
FREEDOM = 0.081
"""`composer.planning.length.TEMPO_FREEDOM`, and a rounding."""


def planned_s(made: MusicalPlan) -> float:
    """What a plan's bars last at its tempo, in seconds."""
    return made.bars * made.time.bar_ticks / TICKS_PER_QUARTER * 60 / made.tempo_bpm


def file_s(path: Path) -> tuple[float, float]:
    """A MIDI file's length and the end of its last note, in seconds."""
    import mido
    import pretty_midi

    notes = pretty_midi.PrettyMIDI(str(path)).instruments
    return mido.MidiFile(path).length, max(note.end for part in notes for note in part.notes)


def requests(count: int) -> list[tuple[float, float, float]]:
    """Valence, arousal and seconds of every request."""
    rng = np.random.default_rng(20)
    feelings = rng.uniform(-0.9, 0.9, (count, 2))
    seconds = np.exp(rng.uniform(np.log(20), np.log(600), count))
    rows = np.column_stack([feelings, seconds]).tolist()
    return [(round(v, 2), round(a, 2), round(s, 1)) for v, a, s in rows]


def long_piece(folder: Path) -> dict[str, object]:
    """The cost of one piece of ten minutes."""
    options = ComposeOptions(valence=0.3, arousal=0.1, duration_s=600, seed=4)
    wall, processor = time.perf_counter(), processor_seconds()
    piece = compose(options)
    path = folder / "long.mid"
    save(piece, [path])
    return {
        "what": "ten minutes",
        "asked_s": 600,
        "file_s": round(file_s(path)[0], 2),
        "bars": piece.plan.bars,
        "form": " ".join(section.name for section in piece.plan.sections),
        "notes": sum(len(track.notes) for track in piece.score.tracks),
        "wall_s": round(time.perf_counter() - wall, 1),
        "processor_s": round(processor_seconds() - processor, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--pieces", type=int, default=20, help="of them written as files (default 20)")
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    rows: list[dict[str, object]] = []
    written = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = enumerate(requests(arguments.requests))
        for number, (valence, arousal, seconds) in progress(asked, arguments.requests, "requests"):
            options = ComposeOptions(valence=valence, arousal=arousal, duration_s=seconds, seed=number)
            made = plan(options)
            usual = plan(ComposeOptions(valence=valence, arousal=arousal, seed=number))
            row: dict[str, object] = {
                "what": f"request {number}",
                "valence": valence,
                "arousal": arousal,
                "asked_s": seconds,
                "planned_s": round(planned_s(made), 2),
                "bars": made.bars,
                "meter": made.meter,
                "tempo_bpm": made.tempo_bpm,
                "usual_bpm": usual.tempo_bpm,
            }
            if seconds <= 120 and written < arguments.pieces:
                path = folder / f"{number}.mid"
                save(compose(options), [path])
                whole, last = file_s(path)
                row |= {"file_s": round(whole, 2), "last_note_s": round(last, 2)}
                written += 1
            rows.append(row)
        rows.append(long_piece(folder))
    names = list(dict.fromkeys(name for row in rows for name in row))
    write_csv(arguments.out / "results.csv", names, [[row.get(name, "") for name in names] for row in rows])
    write_summary(arguments.out, summary(rows))
    return 0


def summary(rows: list[dict[str, object]]) -> str:
    """The counts."""
    asked = [row for row in rows if "planned_s" in row]
    files = [row for row in asked if "file_s" in row]

    def near(row: dict[str, object], name: str) -> bool:
        return abs(float(str(row[name])) / float(str(row["asked_s"])) - 1) <= TOLERANCE

    def kept(row: dict[str, object]) -> bool:
        return abs(float(str(row["tempo_bpm"])) / float(str(row["usual_bpm"])) - 1) <= FREEDOM

    lines = [
        f"plans within 2 % of the duration asked: {sum(near(row, 'planned_s') for row in asked)} of {len(asked)}",
        f"tempo within 8 % of the feeling's: {sum(map(kept, asked))} of {len(asked)}",
        f"files within 2 %, by their length: {sum(near(row, 'file_s') for row in files)} of {len(files)}",
        f"files within 2 %, by their last note: {sum(near(row, 'last_note_s') for row in files)} of {len(files)}",
        "ten minutes: " + ", ".join(f"{name} {value}" for name, value in rows[-1].items() if name != "what"),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
