"""A segment of a MIDI file as parts: roles, key, and grid notes by bar, in the terms that the model was trained on.

The roles are those that Composer wrote into its own files. Elsewhere they follow a plain rule, so that the same file
always gives the same parts: a track named so, or else the highest busy one, is the melody; a bass instrument, or else a
low line, is the bass; what plays chords is harmony, any other line a counter-melody. Where one keyboard track plays
everything, its top line is the melody and the rest harmony.

Conventions
-----------
* Times are grid steps (`composer.music.tokens.GRID` to the quarter note) from the segment's first bar line.
* ``shift`` semitones lead from a sounding pitch to the canonical key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from composer.errors import PlanError, UsageError
from composer.midi.piece import MidiPiece, Voice
from composer.music.analysis import estimate_key, estimate_mode, outer_voice
from composer.music.blocks import GridNote
from composer.music.tokens import DURATIONS, MAX_POSITION, duration_index
from composer.theory import Key, Meter, note_name

__all__ = [
    "GridPart",
    "Segment",
    "find_key",
    "grid_bars",
    "read_parts",
    "segment_around",
    "signature_key",
    "sounding_share",
    "voice_roles",
    "writable_meter",
]

IntArray = NDArray[np.int64]

_SEEN_BEFORE, _SEEN_AFTER = 16, 8
"""Bars before and after the region that are looked at; an echo reaches back 16 bars in training."""
_MOST_NOTES = 48
"""Of one part in one bar, what the model is told of."""
_MELODY_NAMES = ("melody", "melodie", "vocal", "voice", "stimme", "canto", "lead", "solo", "right hand")
_SINGERS = frozenset((52, 53, 54))
_BASS_FAMILY = 4
_LOW = 55.0
"""Mean pitch below which the lowest line counts as the bass."""
_BUSY = 0.25
"""Onsets of a voice that may lead, for each one of the busiest: over broken chords a tune has few."""
_SIGNATURE_MARGIN = 0.08
"""How much more of the notes another scale must hold before a file's key signature is not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Bars of one meter around a region.

    Attributes
    ----------
    first : the segment's first bar in the piece, from 0; ``bars`` their number.
    low, high : the region, as bars of the segment from 0, inclusive; bars after the piece count too.
    meter, steps : the meter and its bar in grid steps.
    start_tick, bar_ticks : where the segment begins and how long a bar is.
    tempo_bpm : at its beginning.
    ends_piece : the region holds the piece's last bar.
    """

    first: int
    bars: int
    low: int
    high: int
    meter: Meter
    steps: int
    start_tick: int
    bar_ticks: int
    tempo_bpm: float
    ends_piece: bool

    def tick(self, step: float) -> int:
        """Tick of a grid step of the segment."""
        return self.start_tick + round(step * self.bar_ticks / self.steps)

    def bar_of(self, tick: int) -> int:
        """The bar of the segment in which a tick lies; below 0 before it."""
        return (tick - self.start_tick) // self.bar_ticks

    @property
    def region_ticks(self) -> tuple[int, int]:
        """First tick of the region, and the first after it."""
        return self.tick(self.low * self.steps), self.tick((self.high + 1) * self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridPart:
    """A voice, or a layer of one, in its role.

    ``rows`` (onset, end, sounding pitch) are the segment's notes as written, ``pitches`` those of the whole piece;
    ``share`` is how much of its written length a note sounds.
    """

    voice: Voice
    role: str
    share: float
    rows: IntArray = field(compare=False, repr=False)
    pitches: IntArray = field(compare=False, repr=False)


def writable_meter(text: str) -> Meter | None:
    """The meter of a bar that can be composed: unit 2, 4 or 8, at most eight quarter notes; None for others."""
    try:
        meter = Meter.parse(text)
    except PlanError:
        return None
    return meter if meter.denominator <= 8 and meter.bar_steps <= MAX_POSITION else None


def segment_around(piece: MidiPiece, first: int, last: int) -> Segment:
    """Bars of one meter around the bars first..last, from 0, which may lie after the piece's end.

    Raises
    ------
    UsageError
        The meter changes among these bars, or cannot be written.
    """
    model = piece.bars[min(first, len(piece.bars) - 1)]
    for number in range(min(first, len(piece.bars) - 1), min(last + 1, len(piece.bars))):
        bar = piece.bars[number]
        if bar.meter != model.meter or not bar.whole:
            raise UsageError(
                f"--bars: the meter changes at bar {number + 1} ({model.meter} to {bar.meter}, or a bar cut short)",
                hint="choose bars of one meter, and rewrite the others in a second run",
            )
    meter = writable_meter(model.meter)
    if meter is None:
        raise UsageError(
            f"--bars: bars of {model.meter} cannot be written; allowed: unit 2, 4 or 8, at most eight quarters a bar",
            hint="choose bars in another meter",
        )
    low = min(first, len(piece.bars) - 1)
    while low > max(0, first - _SEEN_BEFORE) and piece.bars[low - 1].meter == model.meter and piece.bars[low - 1].whole:
        low -= 1
    high = last
    while high + 1 < min(len(piece.bars), last + 1 + _SEEN_AFTER) and piece.bars[high + 1].meter == model.meter:
        high += 1
    return Segment(
        first=low,
        bars=high - low + 1,
        low=first - low,
        high=last - low,
        meter=meter,
        steps=meter.bar_steps,
        start_tick=piece.bars[low].start,
        bar_ticks=model.length,
        tempo_bpm=min(300.0, max(20.0, piece.tempo_at(piece.bars[low].start))),
        ends_piece=last + 1 >= len(piece.bars),
    )


# ---------------------------------------------------------------------------------------------- key


def find_key(piece: MidiPiece, segment: Segment) -> Key:
    """The key that Composer wrote, or the signature's if the notes agree with it, or the notes'."""
    if piece.own is not None:
        return Key.of(piece.own.tonic, piece.own.mode)
    profile = _profile(piece, segment.start_tick, segment.tick(segment.bars * segment.steps))
    shift, mode_code = estimate_key(profile) if profile.std() > 0 else (0, 1)
    white = np.array([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1], dtype=float)
    fifths = next((f for tick, f in reversed(piece.signatures) if tick <= segment.region_ticks[0]), None)
    if fifths is not None:
        held = [float(np.roll(profile, way) @ white) / max(float(profile.sum()), 1e-9) for way in (shift, -7 * fifths)]
        if held[0] - held[1] <= _SIGNATURE_MARGIN:
            shift = -7 * fifths % 12
            mode_code = estimate_mode(profile, shift) if profile.std() > 0 else 1
    tonic_fifths = next(f for f in range(-6, 6) if -7 * f % 12 == shift) + (3 if mode_code == 2 else 0)
    return Key.of(note_name(tonic_fifths), "minor" if mode_code == 2 else "major")


def _profile(piece: MidiPiece, start: int, end: int) -> NDArray[np.float64]:
    """How long each pitch class sounds in the notes that begin between two ticks; shape (12,)."""
    profile = np.zeros(12)
    for voice in piece.voices:
        for note in voice.notes:
            if not voice.is_drums and start <= note.onset < end:
                profile[note.pitch % 12] += min(note.end - note.onset, 2 * piece.resolution)
    return profile


def signature_key(piece: MidiPiece, start: int, end: int, fifths: int) -> Key:
    """The key that a signature stands for between two ticks: major or its relative minor, by the notes."""
    profile = _profile(piece, start, end)
    minor = profile.std() > 0 and estimate_mode(profile, -7 * fifths % 12) == 2
    return Key.of(note_name(fifths + (3 if minor else 0)), "minor" if minor else "major")


# -------------------------------------------------------------------------------------------- parts


def read_parts(piece: MidiPiece, segment: Segment) -> list[GridPart]:
    """The pitched voices in their roles."""
    voices = [voice for voice in piece.voices if not voice.is_drums]
    roles = voice_roles(voices)
    parts = []
    for voice, role in zip(voices, roles, strict=True):
        share = sounding_share(voice, piece.resolution)
        rows = _rows(voice, segment, share, piece.resolution)
        for layer, mask in _layers(voice, role, rows):
            pitches = rows[mask][:, 2] if mask.any() else _pitches(voice)
            parts.append(GridPart(voice=voice, role=layer, share=share, rows=rows[mask], pitches=pitches))
    return parts


def _pitches(voice: Voice) -> IntArray:
    return np.array([note.pitch for note in voice.notes], dtype=np.int64)


def _chords(voice: Voice) -> float:
    """Mean number of notes that start together."""
    return len(voice.notes) / max(len({note.onset for note in voice.notes}), 1)


def voice_roles(voices: list[Voice]) -> list[str]:
    """The role of each of the pitched voices of a piece."""
    mean = {voice.number: float(_pitches(voice).mean()) for voice in voices}
    named = [v for v in voices if v.program in _SINGERS or any(word in v.name.lower() for word in _MELODY_NAMES)]
    onsets = {voice.number: len({note.onset for note in voice.notes}) for voice in voices}
    busiest = max(onsets.values(), default=0)
    busy = [v for v in voices if onsets[v.number] > _BUSY * busiest and v.program // 8 != _BASS_FAMILY] or voices
    lead = max(named or busy, key=lambda v: len(v.notes) if named else mean[v.number], default=None)
    lead = next((voice for voice in voices if voice.role == "melody"), lead)
    others = [voice for voice in voices if voice is not lead]
    lowest = min(others, key=lambda v: mean[v.number], default=None)
    low_lines = {voice.number for voice in others if mean[voice.number] < _LOW and _chords(voice) < 1.3}
    out = []
    for voice in voices:
        if voice.role not in ("", "drums", "melody"):
            out.append(voice.role)
        elif voice is lead:
            out.append("melody")
        elif voice.program // 8 == _BASS_FAMILY or (voice is lowest and voice.number in low_lines):
            out.append("bass")
        else:
            out.append("harmony" if _chords(voice) > 1.4 else "counter")
    return out


def _layers(voice: Voice, role: str, rows: IntArray) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The role and its notes; a keyboard that plays melody and accompaniment alone gives both."""
    whole = np.ones(len(rows), dtype=bool)
    pitches = _pitches(voice)
    wide = float(np.percentile(pitches, 90) - np.percentile(pitches, 10)) > 17
    if role == "melody" and not voice.role and wide and len(rows) > 4 and _at_once(rows) > 1.2:
        top = outer_voice(rows, top=True)
        if 2 < top.sum() < len(rows) - 2:
            yield "melody", top
            yield "harmony", ~top
            return
    yield role, whole


def _at_once(rows: IntArray) -> float:
    """Mean number of notes that start together on the grid: played chords are never quite together."""
    return len(rows) / max(len(np.unique(rows[:, 0])), 1)


def sounding_share(voice: Voice, resolution: int) -> float:
    """How much of its written length a note sounds, 0.3..1, from the notes that another follows within a half note."""
    onsets = sorted({note.onset for note in voice.notes})
    following = dict(pairwise(onsets))
    shares = []
    for note in voice.notes:
        gap = following.get(note.onset, 0) - note.onset
        if 0 < gap <= 2 * resolution and note.end <= note.onset + gap:
            shares.append((note.end - note.onset) / gap)
    share = float(np.median(shares)) if len(shares) >= 8 else 1.0
    return 1.0 if share > 0.97 else max(0.3, share)


def _rows(voice: Voice, segment: Segment, share: float, resolution: int) -> IntArray:
    """The segment's notes on the grid; inside and outside the region stay apart, however they are rounded."""
    low, high = segment.region_ticks
    edge_low, edge_high = segment.low * segment.steps, (segment.high + 1) * segment.steps
    end = segment.tick(segment.bars * segment.steps)
    out = []
    for note in voice.notes:
        if not segment.start_tick <= note.onset < end:
            continue
        step = round((note.onset - segment.start_tick) * segment.steps / segment.bar_ticks)
        if note.onset < low:
            step = min(step, edge_low - 1)
        elif note.onset < high:
            step = min(max(step, edge_low), edge_high - 1)
        else:
            step = max(step, edge_high)
        sounding = note.end - note.onset
        written = min(sounding / share, sounding + resolution / 2) * segment.steps / segment.bar_ticks
        if step < segment.bars * segment.steps:
            out.append((step, step + max(1, round(written)), note.pitch))
    return np.array(sorted(set(out)), dtype=np.int64).reshape(-1, 3)


def grid_bars(rows: IntArray, bars: int, steps: int, shift: int) -> list[list[GridNote]]:
    """Notes by bar in canonical pitch, each pitch once at a place."""
    out: list[list[GridNote]] = [[] for _ in range(bars)]
    seen: set[tuple[int, int]] = set()
    for onset, end, sounding in rows.tolist():
        pitch = sounding + shift
        bar = onset // steps
        if bar < bars and 0 <= pitch <= 127 and (onset, pitch) not in seen and len(out[bar]) < _MOST_NOTES:
            seen.add((onset, pitch))
            out[bar].append(GridNote(onset % steps, pitch, DURATIONS[duration_index(end - onset)]))
    return [sorted(bar) for bar in out]
