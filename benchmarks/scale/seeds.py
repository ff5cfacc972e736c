"""Ten thousand seeds, ten thousand valid files: short pieces from random feelings, opened by four readers.

    scripts/bench scale/seeds --n 10000 --workers 2        a row a hundred seeds; what is there is not made again
    scripts/bench scale/seeds --first 300 --n 200          a part of it

A seed draws a feeling, 4 to 8 bars, sometimes a level of difficulty or a meter, a mode, an ensemble, and the notes; no
picture is read. A file is valid where our own parser finds nothing to repair in it, and it, mido, pretty_midi and
symusic find all notes of the score, at their pitches, and the piece ends where its plan ends. `sha256` is that of all
files of the row, one behind the other: another machine, another number of workers, another Python gives the same.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import csv
import hashlib
import io
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, in_parallel, write_csv, write_summary
from composer.levels import LEVELS
from composer.metrics.confidence import wilson_interval
from composer.midi.notes import notes_of
from composer.midi.reader import parse_midi_file
from composer.music.generate import Commission, Draft, generate_together, lay_out_commission
from composer.planning import PlanOverrides, make_plan
from composer.rendering import score_to_midi
from composer.theory import MODES
from composer.types import Composition, Score

COLUMNS = ("first_seed", "n", "valid", "bars", "notes", "processor_s", "sha256", "problems")
SLICE = 100
BATCH = 20
"""Pieces that are decoded together."""
_METERS = ("3/4", "6/8", "2/4", "5/4", "7/8", "12/8")
_ENSEMBLES = (
    "piano",
    "violin, viola, cello",
    "flute, harp, contrabass",
    "clarinet, bassoon",
    "guitar, drums",
    "organ, choir aahs",
)
_END_SECONDS = 0.01


def overrides_of(seed: int) -> PlanOverrides:
    """What a seed asks for."""
    chance = random.Random(seed)
    level = chance.choice(list(LEVELS)) if chance.random() < 0.2 else None
    free = level is None  # a level has few meters, modes and ensembles of its own
    return PlanOverrides(
        bars=chance.randint(4, 8),
        valence=chance.uniform(-1, 1),
        arousal=chance.uniform(-1, 1),
        meter=chance.choice(_METERS) if free and chance.random() < 0.25 else None,
        mode=chance.choice(sorted(MODES)) if free and chance.random() < 0.2 else None,
        instruments=chance.choice(_ENSEMBLES) if free and chance.random() < 0.25 else None,
        level=level,
    )


def pieces(seeds: Sequence[int]) -> Iterator[tuple[Score, bytes]]:
    """The scores of some seeds, decoded in one batch, and their MIDI files."""
    plans = (make_plan(None, overrides=overrides_of(seed), seed=seed, title=f"Seed {seed}") for seed in seeds)
    commissions = (Commission(plan=plan, seed=seed, candidates=1) for plan, seed in zip(plans, seeds, strict=True))
    drafts: list[Draft[Any]] = [lay_out_commission(commission) for commission in commissions]
    for seed, made in zip(seeds, generate_together(drafts), strict=True):
        whole = Composition(perception=None, plan=made.score.plan, score=made.score, provenance={"seed": seed})
        yield made.score, score_to_midi(whole)


def tried(seeds: Sequence[int]) -> list[tuple[Score, bytes] | Exception]:
    """What became of some seeds: together, or one by one where one of them fails."""
    try:
        return list(pieces(seeds))
    except Exception as error:  # noqa: BLE001 - counted, with its seed
        return [error] if len(seeds) == 1 else [made for seed in seeds for made in tried([seed])]


def problems(score: Score, data: bytes) -> Iterator[str]:
    """What is wrong with a file; a reader that fails says so itself."""
    wanted = Counter(note.pitch for track in score.tracks for note in track.notes)
    if not wanted:
        yield "no note"
    file = parse_midi_file(data)
    yield from (f"our parser repairs: {repair}" for repair in file.repairs)
    for name, read in READERS.items():
        try:
            found = read(data)
        except Exception as error:  # noqa: BLE001 - readers raise what they like
            yield f"{name}: {type(error).__name__}: {error}"
        else:
            if found != wanted:
                yield f"{name} finds {found.total()} notes of {wanted.total()}, or others"
    seconds = file.timeline.seconds_at(max(track.end_tick for track in file.tracks))
    if abs(seconds - score.end_seconds) > _END_SECONDS:
        yield f"ends after {seconds:.2f} s instead of {score.end_seconds:.2f}"


def ours(data: bytes) -> Counter[int]:
    """Pitches, by how often they sound, to our own parser."""
    return Counter(int(pitch) for part in notes_of(parse_midi_file(data)).parts for pitch in part.notes[:, 2])


def with_mido(data: bytes) -> Counter[int]:
    """The same to mido."""
    import mido

    messages = [message for track in mido.MidiFile(file=io.BytesIO(data)).tracks for message in track]
    return Counter(message.note for message in messages if message.type == "note_on" and message.velocity)


def with_pretty_midi(data: bytes) -> Counter[int]:
    """The same to pretty_midi."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pretty_midi

        parts = pretty_midi.PrettyMIDI(io.BytesIO(data)).instruments
    return Counter(note.pitch for part in parts for note in part.notes)


def with_symusic(data: bytes) -> Counter[int]:
    """The same to symusic."""
    import symusic

    return Counter(note.pitch for track in symusic.Score.from_midi(data).tracks for note in track.notes)


READERS = {"composer": ours, "mido": with_mido, "pretty_midi": with_pretty_midi, "symusic": with_symusic}


def slice_row(span: tuple[int, int]) -> tuple[object, ...]:
    """The row of some seeds."""
    first, count = span
    started, digest, said = time.process_time(), hashlib.sha256(), []
    bars = notes = 0
    for start in range(first, first + count, BATCH):
        seeds = range(start, min(start + BATCH, first + count))
        for seed, made in zip(seeds, tried(seeds), strict=True):
            if isinstance(made, Exception):
                said.append(f"{seed}: {type(made).__name__}: {made}")
                continue
            score, data = made
            digest.update(data)
            bars += score.plan.bars
            notes += sum(len(track.notes) for track in score.tracks)
            found = list(problems(score, data))
            said += [f"{seed}: {'; '.join(found)}"] if found else []
    processor = round(time.process_time() - started, 1)
    return first, count, count - len(said), bars, notes, processor, digest.hexdigest(), " | ".join(said)


def main() -> None:
    """Make what is not there yet."""
    parser = argument_parser(__doc__, whole=True)
    add_number(parser, "--first", 0, "first seed")
    add_number(parser, "--n", 10_000, "seeds")
    add_number(parser, "--workers", 2, "processes")
    parser.add_argument("--again", action="store_true", help="make rows anew, where the music has changed")
    add_out(parser, __file__, "folder for seeds.csv and seeds.txt")
    options = parser.parse_args()
    path = options.out / "seeds.csv"
    rows: dict[int, list[object]] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as handle:
            rows = {int(row[0]): list(row) for row in list(csv.reader(handle))[1:]}
    spans = [(first, SLICE) for first in range(options.first, options.first + options.n, SLICE)]
    todo = [span for span in spans if options.again or span[0] not in rows]
    for place in range(0, len(todo), options.workers):
        for row in in_parallel(slice_row, todo[place : place + options.workers], options.workers, "slices"):
            rows[int(str(row[0]))] = list(row)
        write_csv(path, COLUMNS, [rows[first] for first in sorted(rows)])
    write_summary(options.out, summary([rows[first] for first in sorted(rows)]), name="seeds.txt")


def summary(rows: list[list[object]]) -> str:
    """All rows in words."""
    count, valid, bars, notes = (sum(int(str(row[place])) for row in rows) for place in (1, 2, 3, 4))
    processor = sum(float(str(row[5])) for row in rows)
    broken = "".join(f"  {row[7]}\n" for row in rows if row[7])
    return (
        f"{valid} of {count} files are valid {wilson_interval(valid, count)}; {bars} bars, {notes} notes, "
        f"{processor / count:.2f} processor seconds a piece, reading it four times included\n{broken}"
    )


if __name__ == "__main__":
    main()
