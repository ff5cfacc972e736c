"""Forty paintings by default options: does every file open everywhere and say what its plan says?

    python benchmarks/forty_paintings/run.py --paintings DIR --out WORK [--n 40] [--csv results.csv]

Takes every k-th picture of the folder, composes each to WORK/NAME.mid + .json with default options, and checks

* every file in mido, pretty_midi, symusic and music21 against its plan (`benchmarks/midi_readers/run.py`);
* that the same picture gives the same bytes again, and another seed another piece (on the first five pictures);
* what a listener meets: bars without a note, notes outside scale and chord, the last chord, distinct melodies.

Exit code 0 when everything held.
"""

from __future__ import annotations

import hashlib
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import argument_parser, load_program, write_csv
from composer.options import ComposeOptions
from composer.pipeline.compose import compose, save
from composer.theory import parse_chord
from composer.types import Composition

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
_AGAIN = 5


def _facts(name: str, composition: Composition, seconds: float) -> dict[str, object]:
    plan, score = composition.plan, composition.score
    bar = plan.time.bar_ticks
    allowed = set(plan.key.pitch_classes)
    chords = {pc for chord in plan.chords for pc in parse_chord(chord.symbol).pitch_classes}
    pitched = [track for track in score.tracks if not track.instrument.is_drums]
    notes = [note for track in pitched for note in track.notes]
    final = {note.pitch % 12 for note in notes if note.onset >= score.end_tick - bar}
    return {
        "picture": name,
        "seconds": f"{seconds:.2f}",
        "key": f"{plan.tonic} {plan.mode}",
        "tempo_bpm": plan.tempo_bpm,
        "meter": plan.meter,
        "ensemble": " + ".join(instrument.name for instrument in plan.instruments),
        "notes": len(notes),
        "empty_bars": sum(plan.bars - len({note.onset // bar for note in track.notes}) for track in pitched),
        "in_scale": f"{sum(note.pitch % 12 in allowed for note in notes) / len(notes):.4f}",
        "foreign": sum(note.pitch % 12 not in allowed | chords for note in notes),
        "ends_on_tonic": final <= parse_chord(plan.chords[-1].symbol).pitch_classes,
        "caption": composition.perception.caption if composition.perception else "",
    }


def _make(picture: Path, folder: Path) -> tuple[Composition, float]:
    outs = (folder / f"{picture.stem}.mid", folder / f"{picture.stem}.json")
    options = ComposeOptions(image=picture, outs=outs)
    began = time.perf_counter()
    composition = compose(options)
    seconds = time.perf_counter() - began
    save(composition, outs)
    return composition, seconds


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _repeatable(picture: Path, folder: Path) -> bool:
    """Same picture, same bytes; another seed, other bytes."""
    again, other = folder / "again.mid", folder / "other.mid"
    save(compose(ComposeOptions(image=picture, outs=(again,))), (again,))
    save(compose(ComposeOptions(image=picture, outs=(other,), seed=12345)), (other,))
    first = _digest(folder.parent / f"{picture.stem}.mid")
    return _digest(again) == first and _digest(other) != first


def main() -> int:
    """Command line."""
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--paintings", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pieces; made if missing")
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--csv", type=Path)
    options = parser.parse_args()
    pictures = sorted(path for path in options.paintings.iterdir() if path.suffix.lower() in _SUFFIXES)
    pictures = pictures[:: max(1, len(pictures) // options.n)][: options.n]
    (options.out / "again").mkdir(parents=True, exist_ok=True)
    rows, melodies = [], set()
    for picture in pictures:
        composition, seconds = _make(picture, options.out)
        rows.append(_facts(picture.stem, composition, seconds))
        melodies.add(composition.score.tracks[0].notes)
        print(f"{len(rows)}/{len(pictures)} {picture.stem}", file=sys.stderr)
    if options.csv:
        write_csv(options.csv, list(rows[0]), (list(row.values()) for row in rows))
    checks = load_program("midi_readers").check_folder(options.out)
    failed = [check for check in checks if not check.passed]
    repeatable = sum(_repeatable(picture, options.out / "again") for picture in pictures[:_AGAIN])
    print(f"files: {len(rows)}; reader checks: {len(checks) - len(failed)} passed, {len(failed)} failed")
    print(f"same bytes again and other bytes with another seed: {repeatable} of {min(_AGAIN, len(pictures))}")
    print(f"distinct first parts: {len(melodies)} of {len(rows)}")
    print(f"bars of a part without a note: {sum(int(str(row['empty_bars'])) for row in rows)}")
    print(f"notes outside scale and chords: {sum(int(str(row['foreign'])) for row in rows)}")
    print(f"notes in the scale, mean: {statistics.fmean(float(str(row['in_scale'])) for row in rows):.4f}")
    print(f"ends on the tonic chord: {sum(bool(row['ends_on_tonic']) for row in rows)} of {len(rows)}")
    print(f"seconds per piece, median: {statistics.median(float(str(row['seconds'])) for row in rows):.2f}")
    held = not failed and repeatable == min(_AGAIN, len(pictures)) and len(melodies) == len(rows)
    return 0 if held and all(row["ends_on_tonic"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
