"""Does rewriting some bars leave everything else as it was, on our files and on other people's?

Half of the files are ours, half are scores of the test splits of the open and the pop909 sets. In each, some bars (one
to eight) of some tracks (one, or all) are written anew, chosen at random. Looked at are the two files alone, event by
event:

* *untouched*: every event but the notes that begin in the asked bars and tracks is there, at its tick, and no other;
* *inside*: every new note begins in the asked bars and ends by the end of the piece;
* *stated*: key and time signatures and tempi are the same (part of the first, listed for itself);
* *key heard*: the Krumhansl-Schmuckler analysis of the whole piece (music21) names the same key as before.

    python benchmarks/infill/run.py --data DIR --n 200 --workers 2

Writes results.csv and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import csv
import io
import random
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, fields
from functools import partial
from pathlib import Path

import mido

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, progress, write_csv, write_summary
from composer.errors import ComposerError
from composer.metrics.adherence import blind_key
from composer.metrics.confidence import wilson_interval
from composer.midi.notes import parse_midi_notes
from composer.midi.piece import read_piece
from composer.music import generate
from composer.music.infill import infill
from composer.planning import PlanOverrides, make_plan
from composer.rendering import score_to_midi
from composer.types import Composition

__all__ = ["Infill", "main"]

ENSEMBLES = (
    "piano",
    "flute,piano",
    "violin,viola,cello",
    "violin,violin,viola,cello",
    "clarinet,guitar,acoustic bass,drums",
)
METERS = ("4/4", "3/4", "6/8", "2/4", "5/4")
_MOST_BARS = 8
_LONGEST = 400
"""Bars beyond which a foreign file is passed over, to save time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Infill:
    """One rewriting and what came of it."""

    name: str
    source: str
    bars: str
    tracks: str
    removed: int
    added: int
    untouched: bool
    inside: bool
    stated: bool
    key_heard: bool


# ----------------------------------------------------------------------------------------- material


def _own(number: int, seed: int) -> bytes:
    rng = random.Random(f"{seed}/{number}")
    wish = PlanOverrides(
        bars=rng.choice((8, 12, 16, 24)),
        meter=rng.choice(METERS),
        instruments=rng.choice(ENSEMBLES),
        valence=rng.uniform(-1, 1),
        arousal=rng.uniform(-1, 1),
    )
    plan = make_plan(None, overrides=wish, seed=number)
    score = generate(plan, seed=number, candidates=1).score
    return score_to_midi(Composition(perception=None, plan=plan, score=score, provenance={}))


def _foreign(data: Path, n: int, seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Name, source and content of test files with a bar grid."""
    rows: dict[str, dict[str, str]] = {}
    for name in ("open", "pop909"):
        table = io.StringIO((data / "music" / f"{name}.csv").read_text(encoding="utf-8"))
        rows |= {row["path"]: row for row in csv.DictReader(table) if row["split"] == "test" and row["grid"] == "score"}
    chosen = set(random.Random(f"{seed}/foreign").sample(sorted(rows), min(n, len(rows))))
    for name in ("open", "pop909"):
        with tarfile.open(data / "music" / f"{name}.tar.xz") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name in chosen else None
                if content is not None:
                    yield rows[member.name]["id"], rows[member.name]["source"], content.read()


# ------------------------------------------------------------------------------------------- events


def _events(data: bytes) -> list[list[tuple[int, mido.Message | mido.MetaMessage]]]:
    """(tick, event) per track of the file."""
    out = []
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        tick, events = 0, []
        for message in track:
            tick += message.time
            events.append((tick, message))
        out.append(events)
    return out


def _split(
    data: bytes, channels: set[tuple[int, int]], low: int, high: int
) -> tuple[Counter[str], list[tuple[int, int]]]:
    """Everything but the notes that begin in [low, high) on these (track, channel); and those notes' (onset, end)."""
    rest: Counter[str] = Counter()
    inside: list[tuple[int, int]] = []
    for index, events in enumerate(_events(data)):
        held: dict[tuple[int, int], list[tuple[int, bool, str]]] = {}
        for tick, event in events:
            if event.type == "end_of_track":
                continue
            is_note = event.type in ("note_on", "note_off")
            text = f"{index} {tick} {event.copy(time=0)}"
            if not is_note:
                rest[text] += 1
                continue
            key = (event.channel, event.note)
            if event.type == "note_on" and event.velocity:
                mine = (index, event.channel) in channels and low <= tick < high
                held.setdefault(key, []).append((tick, mine, text))
            elif held.get(key):
                onset, mine, start = held[key].pop(0)
                if mine:
                    inside.append((onset, tick))
                else:
                    rest[start] += 1
                    rest[f"{index} {tick} off {key}"] += 1
    return rest, inside


def _stated(data: bytes) -> list[str]:
    kinds = ("key_signature", "time_signature", "set_tempo")
    return sorted(f"{t} {e.copy(time=0)}" for track in _events(data) for t, e in track if e.type in kinds)


# ---------------------------------------------------------------------------------------- one infill


def _run(item: tuple[int, str, str, bytes], *, seed: int) -> Infill | str:
    number, name, source, content = item
    content = content or _own(number, seed)
    rng = random.Random(f"{seed}/region/{number}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "piece.mid"
        path.write_bytes(content)
        try:
            piece = read_piece(path)
            if len(piece.bars) > _LONGEST:
                return f"{name}: {len(piece.bars)} bars, passed over"
            length = rng.randint(1, min(_MOST_BARS, len(piece.bars)))
            first = rng.randint(1, len(piece.bars) - length + 1)
            pitched = [voice for voice in piece.voices if not voice.is_drums]
            alone = rng.random() < 0.5
            voices = [rng.choice(pitched)] if alone else list(piece.voices)
            tracks = (str(voices[0].number),) if alone else ()
            result = infill(path, bars=(first, first + length - 1), tracks=tracks, seed=number, candidates=1)
        except ComposerError as error:
            return f"{name}: {error}"
    low, high = piece.bars[first - 1].start, piece.bars[first + length - 2].end
    channels = {(voice.chunk, voice.channel) for voice in voices}
    before, gone = _split(content, channels, low, high)
    after, come = _split(result.data, channels, low, high)
    end = max([end for _, end in gone + come] + [piece.bars[-1].end])
    keys = [blind_key(parse_midi_notes(data)) for data in (content, result.data)]
    return Infill(
        name=name,
        source=source,
        bars=f"{first}-{first + length - 1}",
        tracks=",".join(tracks) or "all",
        removed=len(gone),
        added=len(come),
        untouched=before == after,
        inside=all(low <= onset < high and stop <= end for onset, stop in come),
        stated=_stated(content) == _stated(result.data),
        key_heard=(keys[0].name if keys[0] else "") == (keys[1].name if keys[1] else ""),
    )


def _summary(found: Sequence[Infill], refused: Sequence[str]) -> str:
    lines = [f"rewritten: {len(found)} ({sum(one.source == 'composer' for one in found)} of our files)"]
    for name in ("untouched", "inside", "stated", "key_heard"):
        hits = [bool(getattr(one, name)) for one in found]
        lines.append(f"{name:<12}{wilson_interval(sum(hits), len(hits))}")
    lines.append(f"notes removed {sum(one.removed for one in found)}, added {sum(one.added for one in found)}")
    lines += [f"refused or passed over: {len(refused)}", *(f"  {text}" for text in refused)]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argument_parser(__doc__, whole=True)
    add_data(parser)
    add_number(parser, "--n", 200, "rewritings")
    add_number(parser, "--seed", 0, "of files, bars and tracks")
    add_number(parser, "--workers", 1, "processes")
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    half = options.n // 2
    items = [(number, f"own-{number}", "composer", b"") for number in range(options.n - half)]
    # Some foreign files are refused (a meter that cannot be written, bars in which nothing is played): take spare ones.
    for offset, (name, source, content) in enumerate(_foreign(options.data, half + half // 4, options.seed)):
        items.append((options.n + offset, name, source, content))
    found: list[Infill] = []
    refused: list[str] = []
    with ProcessPoolExecutor(options.workers) as pool:
        for result in progress(pool.map(partial(_run, seed=options.seed), items), len(items), "files"):
            if isinstance(result, str):
                refused.append(result)
            elif len(found) < options.n:
                found.append(result)
    write_csv(options.out / "results.csv", [item.name for item in fields(Infill)], map(astuple, found))
    head = f"n = {options.n}, seed = {options.seed}\n"
    write_summary(options.out, head + _summary(found, refused))
    return 0


if __name__ == "__main__":
    sys.exit(main())
