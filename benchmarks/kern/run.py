"""The fidelity of the ``**kern`` reader, held against verovio's: ``python benchmarks/kern/run.py --data DATA``.

Both read the same scores; compared are the notes as a multiset of pitches, of (pitch, onset in quarters), and of
(pitch, onset, length). verovio is told to unroll nothing and gets the scores without grace notes,
which it would play at the cost of their neighbours. Times are rounded to the 24th of a quarter for both.
"""

from __future__ import annotations

import argparse
import base64
import collections
import csv
import io
import random
import re
import tarfile
from pathlib import Path

from composer.training.music.kern import parse_kern

_GRID = 24
_GRACE = re.compile(r"\d+\.*q|q[a-gA-G]")


def ours(text: str) -> collections.Counter[tuple[int, ...]]:
    """Notes as (pitch, onset, length)."""
    return collections.Counter(
        (note.pitch, round(note.onset * _GRID), round((note.end - note.onset) * _GRID))
        for note in parse_kern(text).notes
    )


def theirs(text: str) -> collections.Counter[tuple[int, ...]] | None:
    """Notes as (pitch, onset, length); None where verovio plays none."""
    import symusic
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions({"inputFrom": "humdrum", "expandNever": True, "midiNoCue": True})
    toolkit.loadData(_without_graces(text))
    content = base64.b64decode(toolkit.renderToMIDI())
    score = symusic.Score.from_midi(content)
    scale = _GRID / score.tpq
    notes = [note for track in score.tracks for note in track.notes]
    found = collections.Counter((note.pitch, round(note.time * scale), round(note.duration * scale)) for note in notes)
    return found or None


def _without_graces(text: str) -> str:
    lines = map(_without_grace, text.splitlines())
    return "\n".join(line for line in lines if set(line) - {".", "\t"}) + "\n"


def _without_grace(line: str) -> str:
    """A record whose grace notes are null tokens."""
    if not line or line[0] in "!*=":
        return line
    return "\t".join("." if _GRACE.search(cell) else cell for cell in line.split("\t"))


def agreement(left: collections.Counter[tuple[int, ...]], right: collections.Counter[tuple[int, ...]]) -> float:
    """Share of the notes of both that match (F1 of multisets)."""
    return 2 * (left & right).total() / (left.total() + right.total())


def _first(notes: collections.Counter[tuple[int, ...]], count: int) -> collections.Counter[tuple[int, ...]]:
    """The notes told by their first ``count`` values."""
    out: collections.Counter[tuple[int, ...]] = collections.Counter()
    for note, times in notes.items():
        out[note[:count]] += times
    return out


def main() -> None:
    """Compare ``--count`` scores drawn by a seed; print each and write ``results.csv``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--most-notes", type=int, default=6000, help="leave out larger scores")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results.csv"))
    options = parser.parse_args()
    with (options.data / "music" / "kern.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if 30 <= int(row["notes"]) <= options.most_notes]
    chosen = {row["file"]: row for row in random.Random(1).sample(rows, options.count)}
    lines = []
    with tarfile.open(options.data / "music" / "kern.tar.xz") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            content = archive.extractfile(member) if name in chosen else None
            if content is None:
                continue
            text = content.read().decode("utf-8", errors="replace")
            try:
                left, right = ours(text), theirs(text)
            except ValueError as error:
                lines.append((name, chosen[name]["kind"], 0, 0, "", "", str(error)))
                continue
            found = right or collections.Counter()
            shares = [f"{agreement(_first(left, count), _first(found, count)):.4f}" for count in (1, 2, 3)]
            lines.append((name, chosen[name]["kind"], left.total(), found.total(), *shares))
            print(*lines[-1], flush=True)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("file", "kind", "notes_ours", "notes_verovio", "agree_pitch", "agree_onset", "agree_length"))
    writer.writerows(lines)
    options.out.write_text(buffer.getvalue())
    for place, what in ((4, "pitch"), (5, "pitch and onset"), (6, "pitch, onset and length")):
        values = sorted(float(line[place]) for line in lines if line[4])
        print(f"{what}: median {values[len(values) // 2]:.4f}, mean {sum(values) / len(values):.4f}, n = {len(values)}")


if __name__ == "__main__":
    main()
