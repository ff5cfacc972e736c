"""The analysis of a MIDI file in the terms of a plan: meter, key, form, chords, parts, density, loudness.

Nothing is decided here that the notes or the file do not say. What Composer wrote into its own files (key, chords,
roles, sections) is believed; for other people's files it is found as training finds it in its corpus.

Conventions
-----------
* Bars count from 0 within the analysis, from 1 in the file. Pitches sound as written in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from composer.gm import DRUM_KIT, INSTRUMENTS
from composer.midi.piece import MidiPiece, Voice
from composer.music.analysis import bar_chords, phrase_lengths
from composer.music.infill.parts import GridPart, Segment, find_key, read_parts
from composer.music.infill.quantize import drum_notes, quantize_notes
from composer.music.infill.section_analysis import Stated, bar_likeness, find_sections
from composer.music.infill.segments import longest_segment, main_tempo, off_grid, tempo_changes, usable
from composer.music.tokens import CHORD_CLASSES, GRID
from composer.theory import ChordSymbol, Key, Meter
from composer.types import MAX_BARS

__all__ = ["MeasuredPart", "MeasuredSection", "PieceAnalysis", "analyse_piece", "segment_chords"]

IntArray = NDArray[np.int64]

_FEW_TRIPLETS = 0.05
"""Share of onsets on thirds of beats up to which a piece is not called triple."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPart:
    """A part: its track's name, role, General MIDI program (0 for drums), lowest and highest note.

    ``layer`` is ``"upper"`` or ``"lower"`` where one keyboard track plays melody and accompaniment, else ``""``.
    ``voices`` are the notes it strikes together on average, ``activity`` its onsets for each of the lead's; None for
    drums.
    """

    name: str
    role: str
    program: int
    low: int
    high: int
    layer: str = ""
    voices: float | None = None
    activity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSection:
    """A section: first bar from 0, length, the marker's text or ``""``, and what was measured in it.

    ``restates`` is the index of an earlier section; ``phrases`` are lengths in bars, () where none could be heard;
    ``density`` is the lead's onsets per quarter note in the whole piece, more or less as all parts have more or fewer
    here: where the lead rests the others need not. ``pitch`` is the lead's mean (None where it rests).
    """

    first: int
    bars: int
    name: str
    restates: int | None
    phrases: tuple[int, ...]
    density: float
    pitch: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceAnalysis:
    """A segment of a piece in one meter.

    Attributes
    ----------
    first_bar, last_bar, piece_bars : where in the file it lies, from 1, and how many bars the file has.
    asked_bars : how many bars were asked for.
    goes_on : the run in one meter is longer than the bars that are composed at most.
    meter, tempo_bpm : tempo is the one that holds longest, within the tempi that are composed.
    file_tempo_bpm : that tempo as the file has it.
    tempo_changes : whether it changes by more than 3 %.
    key : tonic and mode; ``key_source`` is ``"composer"``, ``"signature"`` or ``"notes"``.
    chords : (bar, beat from 1, chord) where they begin; the first stands at (0, 1).
    chords_stated : they are those that Composer wrote into the file.
    sections : in order, without gaps.
    parts : in the file's order; those that play in the segment, 16 at most.
    parts_left_out : names of further parts.
    velocities : mean velocity per bar, shape (bars,).
    flat : all notes have one velocity.
    sounding_share : how much of its written length a note sounds, 0.3..1.
    notes_per_second : onsets of the lead.
    mean_pitch : of all pitched notes.
    triplets : more onsets of the parts lie on thirds of beats than on odd sixteenths, and not just a few.
    quick : the lead has notes shorter than a sixteenth, and not just one.
    off_grid : mean distance of onsets from the grid of sixteenths and triplets, in quarter notes.
    """

    first_bar: int
    last_bar: int
    piece_bars: int
    asked_bars: int
    goes_on: bool
    meter: Meter
    tempo_bpm: float
    file_tempo_bpm: float
    tempo_changes: bool
    key: Key
    key_source: str
    chords: tuple[tuple[int, int, ChordSymbol], ...]
    chords_stated: bool
    sections: tuple[MeasuredSection, ...]
    parts: tuple[MeasuredPart, ...]
    parts_left_out: tuple[str, ...]
    velocities: NDArray[np.float64] = field(compare=False, repr=False)
    flat: bool
    sounding_share: float
    notes_per_second: float
    mean_pitch: float
    triplets: bool
    quick: bool
    off_grid: float

    @property
    def bars(self) -> int:
        """Length in bars."""
        return self.last_bar - self.first_bar + 1


def analyse_piece(piece: MidiPiece, *, bars: tuple[int, int] | None = None) -> PieceAnalysis:
    """Measure a piece, or some of its bars.

    Parameters
    ----------
    piece : MidiPiece
        From `composer.midi.piece.read_piece`.
    bars : pair of int, optional
        First and last bar, from 1, inclusive. Of these (without it: of the whole piece) the longest run of bars in one
        meter that can be composed is taken, at most `composer.types.MAX_BARS` of them.

    Raises
    ------
    UsageError
        The bars lie outside the piece.
    MidiError
        No bar is in a meter that can be composed, or nothing sounds in those bars.
    """
    segment, asked = longest_segment(piece, bars), bars or (1, len(piece.bars))
    end = segment.tick(segment.bars * segment.steps)
    heard = quantize_notes(piece, segment)
    parts = heard.parts
    # Drums alone have a form and a pace, and neither chords nor a key.
    strokes = drum_notes(heard.drums, segment)[:, :3]
    lead = next((part.rows for part in parts if part.role == "melody"), parts[0].rows if parts else strokes)
    everything = np.concatenate([part.rows for part in parts] or [strokes])
    chords, stated = _chords(piece, segment, everything) if parts else ((), False)
    velocities, flat = _velocities(heard.voices, segment)
    seconds = segment.bars * segment.steps / GRID * 60 / segment.tempo_bpm
    return PieceAnalysis(
        first_bar=segment.first + 1,
        last_bar=segment.first + segment.bars,
        piece_bars=len(piece.bars),
        asked_bars=asked[1] - asked[0] + 1,
        goes_on=segment.bars == MAX_BARS and _goes_on(piece, segment, asked[1]),
        meter=segment.meter,
        tempo_bpm=segment.tempo_bpm,
        file_tempo_bpm=main_tempo(piece, segment.start_tick, end),
        tempo_changes=tempo_changes(piece, segment, end),
        key=find_key(heard.chosen, segment),
        key_source="composer" if piece.own is not None else "signature" if piece.signatures else "notes",
        chords=chords,
        chords_stated=stated,
        sections=_sections(piece, segment, lead, [part.rows for part in parts] or [strokes]),
        parts=_parts(parts, heard.drums, len(np.unique(lead[:, 0]))),
        parts_left_out=heard.left_out,
        velocities=velocities,
        flat=flat,
        sounding_share=float(np.median([part.share for part in parts])) if parts else 1.0,
        notes_per_second=len(np.unique(lead[:, 0])) / seconds,
        mean_pitch=float(everything[:, 2].mean()),
        triplets=_has_triplets(everything),
        quick=bool(parts) and int((np.diff(np.unique(lead[:, 0])) < GRID // 4).sum()) > 1,
        off_grid=off_grid(heard.chosen.voices or heard.drums, segment, end),
    )


def _goes_on(piece: MidiPiece, segment: Segment, last_bar: int) -> bool:
    """Whether the bar after the segment is one of those asked for, and in its meter."""
    after = segment.first + segment.bars
    return after < last_bar and piece.bars[after].meter == str(segment.meter) and usable(piece.bars[after])


def _has_triplets(rows: IntArray) -> bool:
    within = rows[:, 0] % GRID
    thirds = (within == GRID // 3) | (within == 2 * GRID // 3)
    sixteenths = (within == GRID // 4) | (within == 3 * GRID // 4)
    return bool(thirds.mean() > _FEW_TRIPLETS and thirds.sum() > sixteenths.sum())


# -------------------------------------------------------------------------------------------- parts


def _parts(parts: Sequence[GridPart], kit: Sequence[Voice], lead_onsets: int) -> tuple[MeasuredPart, ...]:
    out = []
    numbers = [part.voice.number for part in parts]
    for part in parts:
        pitches = part.rows[:, 2]
        onsets = len(np.unique(part.rows[:, 0]))
        twofold = numbers.count(part.voice.number) > 1
        # A piano, harp or guitar that does not lead accompanies, also where it breaks its chords.
        player = INSTRUMENTS[part.voice.program]
        breaks = part.role == "counter" and not part.voice.role and player.polyphonic and not player.sustains
        out.append(
            MeasuredPart(
                name=part.voice.name,
                role="harmony" if breaks else part.role,
                program=part.voice.program,
                low=int(pitches.min()),
                high=int(pitches.max()),
                layer="" if not twofold else "upper" if part.role == "melody" else "lower",
                voices=len(pitches) / onsets,
                activity=onsets / lead_onsets,
            )
        )
    drums = [note.pitch for voice in kit for note in voice.notes]
    if drums:
        names = {voice.name for voice in kit}
        name = names.pop() if len(names) == 1 else DRUM_KIT.name
        out.append(MeasuredPart(name=name, role="drums", program=0, low=min(drums), high=max(drums)))
    return tuple(out)


# ------------------------------------------------------------------------------------------- chords


def segment_chords(piece: MidiPiece, segment: Segment) -> tuple[tuple[int, int, ChordSymbol], ...]:
    """(bar of the segment from 0, beat from 1, chord) where chords begin; empty where no pitched note sounds."""
    pitched = replace(piece, voices=tuple(voice for voice in piece.voices if not voice.is_drums))
    rows = [part.rows for part in read_parts(pitched, segment)]
    everything = np.concatenate(rows) if rows else np.zeros((0, 3), dtype=np.int64)
    return _chords(piece, segment, everything)[0] if len(everything) else ()


def _chords(
    piece: MidiPiece, segment: Segment, everything: IntArray
) -> tuple[tuple[tuple[int, int, ChordSymbol], ...], bool]:
    """(bar, beat, chord), one a bar at least; and whether Composer wrote them."""
    if piece.own is not None:
        own = _own_chords(piece.own.chords, segment)
        if own:
            return own, True
    late_beat = segment.meter.middle_beat
    rows = np.column_stack([np.zeros(len(everything), dtype=np.int64), everything])
    out: list[tuple[int, int, ChordSymbol]] = []
    for bar, pair in enumerate(bar_chords(rows[np.argsort(rows[:, 1], kind="stable")], segment.bars, segment.meter)):
        for beat, code in zip((1, late_beat), pair, strict=True):
            if code.root == 0 or (beat > 1 and code == pair[0]):
                continue
            chord = ChordSymbol(root=code.root - 1, quality=CHORD_CLASSES[code.quality - 1], bass=code.bass - 1)
            out.append((bar, beat, chord))
    return tuple(out), False


def _own_chords(
    chords: Sequence[tuple[int, ChordSymbol]], segment: Segment
) -> tuple[tuple[int, int, ChordSymbol], ...]:
    beat_ticks = segment.bar_ticks // segment.meter.numerator
    out: dict[tuple[int, int], ChordSymbol] = {}
    for tick, chord in sorted(chords, key=lambda item: item[0]):
        bar = segment.bar_of(tick)
        if bar < 0:
            out[0, 1] = chord  # it still sounds when the segment begins
        elif bar < segment.bars:
            out[bar, (tick - segment.start_tick) % segment.bar_ticks // beat_ticks + 1] = chord
    return tuple((bar, beat, chord) for (bar, beat), chord in sorted(out.items()))


# --------------------------------------------------------------------------------------------- form


def _sections(
    piece: MidiPiece, segment: Segment, lead: IntArray, parts: Sequence[IntArray]
) -> tuple[MeasuredSection, ...]:
    everything = np.concatenate(parts)
    names = _marked(piece, segment)
    if len(names) > 1:
        starts = sorted(names)
        stated = [
            Stated(first=first, bars=after - first, restates=None)
            for first, after in zip(starts, [*starts[1:], segment.bars], strict=True)
        ]
    else:
        stated = list(find_sections(bar_likeness(lead, everything, segment.bars, segment.steps)))
    left = phrase_lengths(lead, segment.bars, segment.steps, ends_piece=True)
    onsets = np.concatenate([np.unique(rows[:, 0]) for rows in parts])
    share = len(np.unique(lead[:, 0])) / len(onsets)
    return tuple(_section(item, names.get(item.first, ""), lead, (onsets, share), segment, left) for item in stated)


def _marked(piece: MidiPiece, segment: Segment) -> dict[int, str]:
    """First bar -> marker's text, bar 0 always among them; empty without markers or when they lie within bars."""
    out: dict[int, str] = {}
    for tick, text in piece.markers:
        bar = segment.bar_of(tick)
        if 0 <= bar < segment.bars and text.strip():
            if (tick - segment.start_tick) % segment.bar_ticks:
                return {}
            out[bar] = " ".join(text.split())
        elif bar < 0 and text.strip():
            out[0] = " ".join(text.split())  # the section in which the segment begins
    return {0: "", **out} if out else {}


def _section(
    item: Stated, name: str, lead: IntArray, pace: tuple[IntArray, float], segment: Segment, left: IntArray
) -> MeasuredSection:
    """`pace` is the onsets of every part, and the lead's share of them."""
    low, high = item.first * segment.steps, (item.first + item.bars) * segment.steps
    onsets, share = pace
    struck = int(((onsets >= low) & (onsets < high)).sum())
    rows = lead[(lead[:, 0] >= low) & (lead[:, 0] < high)]
    return MeasuredSection(
        first=item.first,
        bars=item.bars,
        name=name,
        restates=item.restates,
        phrases=_phrases(left[item.first : item.first + item.bars]),
        density=struck * share * GRID / (item.bars * segment.steps),
        pitch=float(rows[:, 2].mean()) if len(rows) else None,
    )


def _phrases(left: IntArray) -> tuple[int, ...]:
    """Phrase lengths of a section from the bars until a phrase closes; () unless all have two to eight bars."""
    ends = [index + 1 for index, value in enumerate(left.tolist()) if value == 1]
    ends = ends if ends and ends[-1] == len(left) else [*ends, len(left)]
    lengths = tuple(end - start for start, end in zip([0, *ends], ends, strict=False))
    return lengths if all(2 <= length <= 8 for length in lengths) else ()


# ----------------------------------------------------------------------------------------- loudness


def _velocities(voices: Sequence[Voice], segment: Segment) -> tuple[NDArray[np.float64], bool]:
    """Mean velocity per bar; a bar without onsets keeps the one before."""
    sums, counts, seen = np.zeros(segment.bars), np.zeros(segment.bars), set()
    for voice in voices:
        for note in voice.notes:
            bar = segment.bar_of(note.onset)
            if 0 <= bar < segment.bars:
                sums[bar] += note.velocity
                counts[bar] += 1
                seen.add(note.velocity)
    means = sums.sum() / max(counts.sum(), 1.0) * np.ones(segment.bars)
    last = float(means[0])
    for bar in range(segment.bars):
        last = float(sums[bar] / counts[bar]) if counts[bar] else last
        means[bar] = last
    return means, len(seen) <= 1
