"""Does Composer quote its training set, and would we notice?

Three questions, all asked of the embedded index of the training split's melodic figures:

1. Is a training melody found when it is transposed, slowed and given to another instrument?
2. Are made-up folk-like melodies, which are in nobody's collection, left alone?
3. How long are the runs that pieces share with the training set, against the runs of human excerpts from works that are
   not in it? Every piece is made to the measure of an excerpt: bars, meter, tempo, key, ensemble.

    python benchmarks/originality/run.py --data DIR --n 120

Writes results.csv (one row per excerpt and piece) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import io
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from functools import partial
from pathlib import Path

import mido
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, in_parallel, write_csv, write_summary
from composer.errors import MidiError
from composer.metrics.adherence import blind_key
from composer.metrics.confidence import wilson_interval
from composer.metrics.melodic_ngrams import parts_of, trivial_figures, voices
from composer.metrics.originality import Originality, longest_run, measure_originality
from composer.midi.notes import DURATION, ONSET, PITCH, MidiNotes, excerpt, parse_midi_notes
from composer.music import generate
from composer.pipeline.compose import check_originality
from composer.planning import PlanOverrides, make_plan
from composer.rendering import score_to_midi
from composer.training.originality.build import split_files
from composer.types import Composition

__all__ = ["Row", "folk_melody", "main", "summary", "training_melodies"]

VERBATIM = 16
"""A run of so many notes counts as a quotation."""
LONG = 10
METERS = ("2/4", "3/4", "4/4", "5/4", "3/8", "6/8", "9/8", "12/8", "2/2")
MAX_PARTS = 8
MAX_NOTES = 1500
MIN_NOTES_PER_BAR = 2
MELODY_NOTES = 32

Notes = list[tuple[float, float, int]]
"""Onset and duration in quarter notes, pitch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The originality of an excerpt (``human``) or of the piece made to its measure (``composer``)."""

    name: str
    source: str
    by: str
    longest_run: int
    figures: int
    seen: int


# ------------------------------------------------------------------------------- melodies, old and made up


def training_melodies(data: Path, n: int, rng: random.Random) -> tuple[list[Notes], int]:
    """`n` passages of `MELODY_NOTES` notes from the upper lines of works of the training split, one a work.

    Also returns how many passages were passed over because more than half of their figures are trivial.
    """
    found: list[Notes] = []
    trivial = 0
    works = list(split_files(data, "train"))
    rng.shuffle(works)
    for row, content in works:
        if len(found) == n:
            break
        try:
            passage = _passage(parse_midi_notes(content, name=row["id"]), rng)
        except MidiError:
            continue
        if passage is None:
            continue
        own = trivial_figures(voices("", np.array(passage)[:, [0, 2]])[0])
        if own.mean() > 0.5:
            trivial += 1
        else:
            found.append(passage)
    return found, trivial


def _passage(midi: MidiNotes, rng: random.Random) -> Notes | None:
    parts = [part for part in midi.parts if not part.is_drums and len(part.notes) >= MELODY_NOTES]
    if not parts:
        return None
    notes = rng.choice(parts[:2]).notes
    top = notes[np.append(np.floor(np.diff(notes[:, ONSET]) * 12 + 0.5) > 0, [True])]
    if len(top) < MELODY_NOTES:
        return None
    first = rng.randrange(len(top) - MELODY_NOTES + 1)
    cut = top[first : first + MELODY_NOTES]
    start = np.floor(cut[0, ONSET])
    return [(onset - start, length, int(pitch)) for onset, length, pitch in cut[:, [ONSET, DURATION, PITCH]].tolist()]


def _read(notes: Notes, *, factor: float, shift: int, program: int) -> MidiNotes:
    """The notes as a MIDI file, written and read again: `factor` times as slow, `shift` semitones up."""
    file = mido.MidiFile(ticks_per_beat=480)
    events = []
    for onset, length, pitch in notes:
        start, stop = round(onset * factor * 480), round((onset + length) * factor * 480)
        moved = min(127, max(0, pitch + shift))
        events.append((start, 1, mido.Message("note_on", note=moved, velocity=80)))
        events.append((max(stop, start + 1), 0, mido.Message("note_off", note=moved)))
    track = mido.MidiTrack([mido.Message("program_change", program=program)])
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return parse_midi_notes(buffer.getvalue())


_SCALES = (
    (0, 2, 4, 5, 7, 9, 11),
    (0, 2, 3, 5, 7, 8, 10),
    (0, 2, 3, 5, 7, 9, 10),
    (0, 2, 4, 5, 7, 9, 10),
    (0, 2, 4, 7, 9),
)
_RHYTHMS = {
    4: (
        (1, 1, 1, 1),
        (2, 1, 1),
        (1, 1, 2),
        (1.5, 0.5, 1, 1),
        (1, 0.5, 0.5, 1, 1),
        (1.5, 0.5, 2),
        (0.5, 0.5, 1, 0.5, 0.5, 1),
    ),
    3: ((1, 1, 1), (2, 1), (1.5, 0.5, 1), (1, 0.5, 0.5, 1), (1, 2), (0.5, 0.5, 1, 1)),
}


def folk_melody(rng: random.Random) -> Notes:
    """Four phrases of four bars, A A' B A', mostly steps, closing on the tonic: like a folk song and nobody's."""
    scale, beats = rng.choice(_SCALES), rng.choice((3, 4))
    rhythms = [[rng.choice(_RHYTHMS[beats]) for _ in range(3)] for _ in range(2)]
    first, second = ([length for bar in phrase for length in bar] for phrase in rhythms)
    a, b = (_walk(len(lengths), rng) for lengths in (first, second))
    notes: Notes = []
    now = 0.0
    for lengths, degrees, final in ((first, a, 4), (first, a, 0), (second, b, 4), (first, a, 0)):
        for length, degree in zip((*lengths, beats), (*degrees, final), strict=True):
            octave, step = divmod(degree, len(scale))
            notes.append((now, length, 62 + 12 * octave + scale[step]))
            now += length
    return notes


def _walk(count: int, rng: random.Random) -> list[int]:
    degree = rng.choice((0, 2, 4))
    walk = []
    for _ in range(count):
        walk.append(degree)
        step = rng.choices((1, -1, 2, -2, 0, 3, -3, 4), (26, 30, 11, 12, 9, 5, 4, 3))[0]
        degree += step if -3 <= degree + step <= 9 else -step
    return walk


# ------------------------------------------------------------------------------------ excerpts and pieces


def human_excerpts(data: Path, split: str, n: int, bars: int, seed: int) -> list[tuple[str, str, MidiNotes]]:
    """`n` excerpts of works of a split, one from each work, then further ones that do not overlap."""
    rng = random.Random(f"{seed}/{split}")
    rounds: dict[int, list[tuple[str, str, MidiNotes]]] = {}
    for row, content in split_files(data, split):
        try:
            midi = parse_midi_notes(content, name=row["id"])
        except MidiError:
            continue
        starts = list(range(1, len(midi.bar_lines()) - bars + 1, bars))
        rng.shuffle(starts)
        usable = [part for first in starts if _fits(part := excerpt(midi, first, bars), bars)]
        for turn, part in enumerate(usable):
            rounds.setdefault(turn, []).append((row["id"], row["source"], part))
    chosen = []
    for turn in sorted(rounds):
        rng.shuffle(rounds[turn])
        chosen += rounds[turn]
    return chosen[:n]


def _fits(part: MidiNotes, bars: int) -> bool:
    meters = {meter.text for meter in part.meters}
    pitched = sum(not each.is_drums for each in part.parts)
    one_meter = len(meters) == 1 and meters <= set(METERS)
    return one_meter and 1 <= pitched <= MAX_PARTS and MIN_NOTES_PER_BAR * bars <= len(part.pitched) <= MAX_NOTES


def _made(item: tuple[int, tuple[str, str, MidiNotes]], *, bars: int, seed: int) -> MidiNotes:
    number, (name, _, human) = item
    rng = random.Random(f"{seed}/{number}")
    key = blind_key(human)
    if key is None:
        raise ValueError(f"{name}: an excerpt without pitched notes")
    tonic, mode = key.name.split()
    overrides = PlanOverrides(
        bars=bars,
        tempo_bpm=min(300.0, max(20.0, round(human.tempos[0].bpm, 1))),
        tonic=tonic,
        mode=mode,
        meter=human.meters[0].text,
        instruments=",".join("drums" if part.is_drums else str(part.program) for part in human.parts),
        valence=rng.uniform(-1, 1),
        arousal=rng.uniform(-1, 1),
    )
    plan = make_plan(None, overrides=overrides, seed=seed + number)
    score = generate(plan, seed=seed + number, check=check_originality).score
    return parse_midi_notes(score_to_midi(Composition(perception=None, plan=plan, score=score, provenance={})))


def _row(name: str, source: str, by: str, midi: MidiNotes) -> Row:
    found: Originality = measure_originality(parts_of(midi))
    return Row(name=name, source=source, by=by, longest_run=found.longest_run, figures=found.figures, seen=found.seen)


def compare(data: Path, split: str, n: int, bars: int, seed: int, workers: int, *, make: bool) -> list[Row]:
    humans = human_excerpts(data, split, n, bars, seed)
    rows = [_row(name, source, f"human ({split})", midi) for name, source, midi in humans]
    if make:
        made = in_parallel(partial(_made, bars=bars, seed=seed), list(enumerate(humans)), workers)
        rows += [_row(human[0], human[1], "composer", midi) for human, midi in zip(humans, made, strict=True)]
    return rows


# ------------------------------------------------------------------------------------------------ results


def _moved(notes: Notes, rng: random.Random) -> MidiNotes:
    shift = rng.choice([step for step in range(-7, 8) if step])
    return _read(notes, factor=rng.choice((1.5, 2.0, 3.0, 4.0)), shift=shift, program=rng.randrange(112))


def recognition(data: Path, n: int, seed: int) -> Iterator[str]:
    rng = random.Random(f"{seed}/melodies")
    melodies, trivial = training_melodies(data, n, rng)
    runs = [measure_originality(parts_of(_moved(melody, rng))).longest_run for melody in melodies]
    found = wilson_interval(sum(run >= VERBATIM for run in runs), len(runs))
    yield f"training melodies, transposed, slowed, on another instrument: found {found}"
    yield f"  (passages of {MELODY_NOTES} notes; passed over, as over half of their figures are trivial: {trivial})"
    made = [longest_run([(onset, pitch) for onset, _, pitch in folk_melody(rng)]) for _ in range(n)]
    yield f"folk-like melodies made up at random: found {wilson_interval(sum(run >= VERBATIM for run in made), n)}"
    yield f"  with a run of >= {LONG}: {wilson_interval(sum(run >= LONG for run in made), n)}"


def summary(rows: Sequence[Row]) -> Iterator[str]:
    heads = [f"run >= {least}" for least in (LONG, VERBATIM)]
    yield f"{'':<14}{'longest run: median, 90 %, max':>32}   {heads[0]:<30}{heads[1]:<30}figures seen"
    for by in dict.fromkeys(row.by for row in rows):
        mine = [row for row in rows if row.by == by]
        runs = np.array([row.longest_run for row in mine])
        middle, high = np.percentile(runs, [50, 90])
        shares = [wilson_interval(int((runs >= least).sum()), len(runs)) for least in (LONG, VERBATIM)]
        seen = sum(row.seen for row in mine) / max(1, sum(row.figures for row in mine))
        yield f"{by:<14}{middle:>20.0f}{high:>6.0f}{runs.max():>6.0f}   {shares[0]!s:<30}{shares[1]!s:<30}{seen:.4f}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__)
    add_data(parser)
    add_number(parser, "--n", 120, "excerpts, and pieces made to their measure")
    add_number(parser, "--melodies", 500, "training and made-up melodies")
    add_number(parser, "--bars", 16, "length in bars")
    parser.add_argument("--split", choices=("val", "test"), default="test", help="of the human excerpts (default test)")
    add_number(parser, "--seed", 0, "of everything drawn")
    add_number(parser, "--workers", 1, "processes")
    parser.add_argument("--humans-only", action="store_true", help="make no pieces")
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    lines = [f"n = {options.n}, bars = {options.bars}, split = {options.split}, seed = {options.seed}"]
    lines += recognition(options.data, options.melodies, options.seed)
    rows = compare(
        options.data,
        options.split,
        options.n,
        options.bars,
        options.seed,
        options.workers,
        make=not options.humans_only,
    )
    lines += summary(rows)
    write_csv(options.out / "results.csv", [item.name for item in fields(Row)], map(astuple, rows))
    write_summary(options.out, "\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
