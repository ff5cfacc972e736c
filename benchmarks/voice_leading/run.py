"""How do the parts move? Four-part pieces of ours beside four-part excerpts by people.

Composes pieces for four single voices and looks, in the MIDI file alone, at the outer voices, at doublings, at leading
tones and sevenths, and at the cadences that the plan asks for. The same is counted in people's pieces for four parts.

    python benchmarks/voice_leading/run.py --data DIR --n 60 --workers 2

Writes results.csv (one row per piece) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, in_parallel, load_program, write_csv, write_summary
from composer.metrics.confidence import bootstrap_interval, wilson_interval
from composer.metrics.outer_voices import measure_voice_leading
from composer.midi.notes import DURATION, ONSET, PITCH, FloatArray, MidiNotes, parse_midi_notes
from composer.music import generate
from composer.planning import PlanOverrides, make_plan
from composer.rendering import score_to_midi
from composer.theory import ChordSymbol, parse_chord
from composer.types import Composition, MusicalPlan

__all__ = ["Counts", "count", "main", "run", "summary"]

ENSEMBLES = (
    "violin,violin,viola,cello",
    "flute,oboe,clarinet,bassoon",
    "trumpet,french horn,trombone,tuba",
    "violin,clarinet,viola,cello",
)
PARTS = 4
BARS = 16
_NEAR = 1e-6
_SOON = 2.0
"""Quarter notes within which a part must go on for its next note to count as the answer."""
_CLEAR = 0.75
"""Share of what sounds under a cadence's last chord that must belong to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was counted in a piece.

    ``changes`` of the chord; ``moves`` of both outer voices, of them parallel fifths and octaves; ``together`` onsets
    at which several parts begin, of them ``unisons``; leading tones and sevenths that a part leaves at a change of
    chord, and those that rise and fall; section ends by cadence, and those heard as such.
    """

    name: str
    by: str
    changes: int
    moves: int
    fifths: int
    octaves: int
    together: int
    unisons: int
    leading: int
    risen: int
    sevenths: int
    fallen: int
    authentic: int
    authentic_heard: int
    half: int
    half_heard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chord:
    """A chord from `start` to `end`, in quarter notes."""

    start: float
    end: float
    chord: ChordSymbol


def _chords(plan: MusicalPlan) -> list[_Chord]:
    bar, beat = plan.time.bar_ticks / 480, plan.time.beat_ticks / 480
    starts = [(span.bar - 1) * bar + (span.beat - 1) * beat for span in plan.chords]
    found: list[_Chord] = []
    for start, end, span in zip(starts, [*starts[1:], plan.bars * bar], plan.chords, strict=True):
        chord = parse_chord(span.symbol)
        if found and found[-1].chord == chord:
            found[-1] = _Chord(start=found[-1].start, end=end, chord=chord)
        else:
            found.append(_Chord(start=start, end=end, chord=chord))
    return found


def count(name: str, by: str, midi: MidiNotes, plan: MusicalPlan) -> Counts:
    """Look at one piece; the plan says its chords and cadences."""
    parts = [part.notes for part in midi.parts if not part.is_drums and len(part.notes)]
    chords, outer = _chords(plan), measure_voice_leading(midi)
    together, unisons = _doublings(parts)
    leading, sevenths = _resolutions(parts, chords, plan.key.tonic_pc)
    authentic, half = _cadences(midi.pitched, min(parts, key=lambda notes: notes[:, PITCH].mean()), chords, plan)
    return Counts(
        name=name,
        by=by,
        changes=len(chords) - 1,
        moves=outer.moves,
        fifths=outer.parallel_fifths,
        octaves=outer.parallel_octaves,
        together=together,
        unisons=unisons,
        leading=len(leading),
        risen=sum(leading),
        sevenths=len(sevenths),
        fallen=sum(sevenths),
        authentic=len(authentic),
        authentic_heard=sum(authentic),
        half=len(half),
        half_heard=sum(half),
    )


def _doublings(parts: Sequence[FloatArray]) -> tuple[int, int]:
    """Onsets at which several parts begin, and those at which two of them begin the same pitch."""
    begun: dict[float, list[set[float]]] = {}
    for notes in parts:
        for onset in np.unique(notes[:, ONSET]):
            begun.setdefault(round(float(onset), 3), []).append(set(notes[notes[:, ONSET] == onset, PITCH].tolist()))
    several = [groups for groups in begun.values() if len(groups) > 1]
    return len(several), sum(any(one & two for one, two in combinations(groups, 2)) for groups in several)


def _resolutions(parts: Sequence[FloatArray], chords: Sequence[_Chord], tonic: int) -> tuple[list[bool], list[bool]]:
    """Whether each leading tone rises and each seventh falls, in the part that has it when the chord changes."""
    leading, sevenths = [], []
    for before, after in pairwise(chords):
        tones, next_tones = before.chord.pitch_classes, after.chord.pitch_classes
        for notes in parts:
            last = notes[(notes[:, ONSET] < after.start - _NEAR) & (_ends(notes) > after.start - _NEAR), PITCH]
            coming = notes[(notes[:, ONSET] > after.start - _NEAR) & (notes[:, ONSET] < after.start + _SOON)]
            if not len(coming):
                continue
            answer = set(coming[coming[:, ONSET] <= coming[0, ONSET] + _NEAR, PITCH].tolist())
            for pitch in last.tolist():
                pc = int(pitch) % 12
                if pc not in tones or pc in next_tones:
                    continue
                if pc == (tonic - 1) % 12 and tonic in next_tones:
                    leading.append(pitch + 1 in answer)
                elif (pc - before.chord.root) % 12 in (10, 11):
                    sevenths.append(bool({pitch - 1, pitch - 2} & answer))
    return leading, sevenths


def _ends(notes: FloatArray) -> FloatArray:
    ends: FloatArray = notes[:, ONSET] + notes[:, DURATION]
    return ends


def _cadences(
    notes: FloatArray, bass: FloatArray, chords: Sequence[_Chord], plan: MusicalPlan
) -> tuple[list[bool], list[bool]]:
    """For each section that closes so: is its last chord heard, with the right bass and after the right bass?"""
    tonic, bar = plan.key.tonic_pc, plan.time.bar_ticks / 480
    authentic, half = [], []
    for section in plan.sections:
        index = max(i for i, chord in enumerate(chords) if chord.start < section.end_bar * bar - _NEAR)
        last, before = chords[index], chords[max(index - 1, 0)]
        ended = [int(pitch) % 12 for pitch in bass[bass[:, ONSET] < last.start - _NEAR, PITCH]]
        begun = [int(pitch) % 12 for pitch in bass[bass[:, ONSET] > last.start - _NEAR, PITCH]]
        heard = _is_heard(notes, last, section.end_bar * bar) and begun[:1] == [last.chord.bass]
        if section.cadence == "authentic":
            led = bool(ended) and ended[-1] in before.chord.pitch_classes
            authentic.append(heard and led and last.chord.bass == tonic)
        elif section.cadence == "half":
            half.append(heard and last.chord.root != tonic)
    return authentic, half


def _is_heard(notes: FloatArray, chord: _Chord, end: float) -> bool:
    until = min(chord.end, end)
    inside = np.minimum(_ends(notes), until) - np.maximum(notes[:, ONSET], chord.start)
    weight = np.maximum(inside, 0.0)
    belongs = np.isin(notes[:, PITCH].astype(np.int64) % 12, list(chord.chord.pitch_classes))
    return bool(weight.sum() > 0 and weight[belongs].sum() / weight.sum() >= _CLEAR)


# ------------------------------------------------------------------------------------------- pieces


def _ours(number: int, *, seed: int) -> Counts:
    rng = random.Random(f"{seed}/{number}")
    wish = PlanOverrides(
        bars=BARS,
        meter=rng.choice(("4/4", "3/4")),
        mode=rng.choice(("major", "minor")),
        instruments=ENSEMBLES[number % len(ENSEMBLES)],
        valence=rng.uniform(-1, 1),
        arousal=rng.uniform(-1, 1),
    )
    plan = make_plan(None, overrides=wish, seed=rng.randrange(2**31))
    plan = replace(plan, articulation=1.0)  # people's excerpts are scores: their notes have their written lengths
    score = generate(plan, seed=seed + number, candidates=1).score
    data = score_to_midi(Composition(perception=None, plan=plan, score=score, provenance={}))
    return count(f"{number}: {wish.instruments}", "composer", parse_midi_notes(data), plan)


def _people(data: Path, n: int, seed: int, split: str) -> Iterator[Counts]:
    """Excerpts in which exactly four parts play."""
    realism = load_program("realism")
    found = 0
    for human in realism.human_excerpts(data, 10**6, BARS, seed, split):
        playing = [part for part in human.midi.parts if len(part.notes)]
        if len(playing) == PARTS and not any(part.is_drums for part in playing):
            plan = realism._excerpt_plan(human, BARS)
            yield count(human.name, "people", human.midi, plan)
            found += 1
        if found == n:
            return


def run(n: int, *, data: Path, seed: int, split: str, workers: int) -> list[Counts]:
    """`n` pieces of ours, then as many excerpts by people, or as many as there are."""
    return [*_people(data, n, seed, split), *in_parallel(partial(_ours, seed=seed), range(n), workers)]


# ------------------------------------------------------------------------------------------ results


def summary(rows: Sequence[Counts], seed: int) -> str:
    """Rates with bootstrap intervals over pieces, shares with Wilson intervals."""
    return "\n".join(_summary_lines(rows, seed)) + "\n"


def _summary_lines(rows: Sequence[Counts], seed: int) -> Iterator[str]:
    for by in ("composer", "people"):
        mine = [row for row in rows if row.by == by]
        if not mine:
            continue
        yield f"{by}: {len(mine)} pieces for four parts, {sum(row.changes for row in mine)} changes of chord"
        for label, over in (("fifths", "changes"), ("octaves", "changes"), ("unisons", "together")):
            pairs = np.array([(getattr(row, label), getattr(row, over)) for row in mine], dtype=np.float64)
            found = bootstrap_interval(_per_hundred, pairs, rng=np.random.default_rng(seed))
            unit = "chord changes" if over == "changes" else "onsets of several parts"
            name = f"parallel {label}" if over == "changes" else label
            yield f"  {name + ' per 100 ' + unit:<44}{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
        for label, hits, of in (
            ("leading tones that rise", "risen", "leading"),
            ("sevenths that fall", "fallen", "sevenths"),
            ("authentic cadences heard", "authentic_heard", "authentic"),
            ("half cadences heard", "half_heard", "half"),
        ):
            total = sum(getattr(row, of) for row in mine)
            if total and not (by == "people" and of in ("authentic", "half")):  # their plans were read off the notes
                yield f"  {label:<44}{wilson_interval(sum(getattr(row, hits) for row in mine), total)}"


def _per_hundred(pairs: FloatArray) -> float:
    return 100 * float(pairs[:, 0].sum()) / max(float(pairs[:, 1].sum()), 1.0)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__, whole=True)
    add_data(parser)
    add_number(parser, "--n", 60, "number of pieces")
    add_number(parser, "--seed", 0, "of excerpts and pieces")
    parser.add_argument("--split", choices=("val", "test"), default="test", help="whose works (default test)")
    add_number(parser, "--workers", 1, "processes")
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    rows = run(options.n, data=options.data, seed=options.seed, split=options.split, workers=options.workers)
    write_csv(options.out / "results.csv", [item.name for item in fields(Counts)], map(astuple, rows))
    head = f"n = {options.n}, seed = {options.seed}, split = {options.split}\n"
    write_summary(options.out, summary(rows, options.seed), head=head)
    return 0


if __name__ == "__main__":
    sys.exit(main())
