"""The bars of a staff as music21 measures: notes, chords, rests, ties, tuplets, beams, accidentals."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from composer.rendering.notation.articulation import Place
from composer.rendering.notation.bars import Bar, Element
from composer.rendering.notation.leading import goals
from composer.rendering.notation.meters import STEPS_PER_QUARTER, BarSpan
from composer.rendering.notation.percussion import drum_place
from composer.rendering.notation.rhythm import NoteValue, value_of
from composer.rendering.notation.spelling import Accidentals, spelled
from composer.rendering.notation.voices import Head, StaffNote
from composer.theory import Key

__all__ = ["DRUM_TAG", "Measure", "Written", "quarters", "staff_measures"]

DRUM_TAG = "drum"
"""Strokes are given the id ``drum-<number>-<key>``, from which their instrument is told when the file is finished."""

Measure = Any
"""A music21 `stream.Measure`."""
Written = dict[Place, Any]
"""The music21 notes, chords and rests of a staff by place."""
_STEMS = ("up", "down")


def quarters(steps: float) -> Fraction:
    """Steps as quarter notes."""
    return Fraction(steps) / STEPS_PER_QUARTER


class _Writer:
    """Writes the notes of one staff, from the first `key` on.

    `symbols` are the chord symbols by step, in order; `aims` the notes that others go on to.
    """

    def __init__(
        self, key: Key, symbols: Sequence[tuple[int, str]], aims: Mapping[StaffNote, StaffNote], *, drums: bool
    ) -> None:
        self._key = key
        self._aims = aims
        self._symbols = symbols
        self._starts = [step for step, _ in symbols]
        self._drums = drums
        self._accidentals = Accidentals(key)
        self._strokes = 0
        self.written: Written = {}

    def measure(self, number: int, bar: Bar, span: BarSpan, key: Key) -> Measure:
        """Write bar `number`, from 0."""
        from music21 import stream

        made = stream.Measure(number=number + 1)
        if key != self._key:
            self._key, self._accidentals = key, Accidentals(key)
        self._accidentals.bar_line()
        if not bar.voices:
            made.insert(0, _bar_rest(span))
            return made
        written = self._notes(bar)
        self.written |= {(number, index, place): item for (index, place), item in written.items()}
        for index, elements in enumerate(bar.voices):
            voice = stream.Voice(id=str(index + 1)) if len(bar.voices) > 1 else made
            for place, element in enumerate(elements):
                voice.insert(quarters(element.piece.start), written[index, place])
            if voice is not made:
                made.insert(0, voice)
        return made

    def _notes(self, bar: Bar) -> dict[tuple[int, int], Any]:
        """Everything in the bar by (voice, place), made in order of time because of the accidentals."""
        order = sorted(
            (element.piece.start, index, place)
            for index, elements in enumerate(bar.voices)
            for place, element in enumerate(elements)
        )
        written = {}
        for _, index, place in order:
            made = self._element(bar.voices[index][place])
            if len(bar.voices) > 1 and not made.isRest:
                made.stemDirection = _STEMS[index]
            written[index, place] = made
        return written

    def _element(self, element: Element) -> Any:
        from music21 import chord, note, percussion

        if not element.heads:
            made = note.Rest()
            made.style.hideObjectOnPrint = element.hidden
        else:
            heads = [self._stroke(head) if self._drums else self._head(head) for head in element.heads]
            several = percussion.PercussionChord if self._drums else chord.Chord
            made = heads[0] if len(heads) == 1 else several(heads)
        made.duration = _duration(element)
        for level, kind in enumerate(element.beams, start=1):
            _add_beam(made, level, kind)
        return made

    def _head(self, head: Head) -> Any:
        from music21 import note, pitch

        goal = self._aims.get(head.note)
        leads = None if goal is None else (goal.pitch, self._symbol_at(goal.start))
        name = spelled(head.note.pitch, self._symbol_at(head.note.start), self._key, leads)
        prints = self._accidentals.prints(name, tied=head.tied_in)
        made = note.Note(pitch.Pitch(step=name.step, octave=name.octave))
        if name.alter or prints:
            made.pitch.accidental = pitch.Accidental(name.alter)
            made.pitch.accidental.displayStatus = prints
        made.tie = _tie(head)
        return made

    def _stroke(self, head: Head) -> Any:
        from music21 import note

        place = drum_place(head.note.pitch)
        made = note.Unpitched(displayName=f"{place.step}{place.octave}")
        made.notehead = place.head
        made.tie = _tie(head)
        self._strokes += 1
        made.id = f"{DRUM_TAG}-{self._strokes}-{head.note.pitch}"
        return made

    def _symbol_at(self, step: float) -> str:
        return self._symbols[max(0, bisect_right(self._starts, step) - 1)][1]


def staff_measures(
    bars: Sequence[Bar],
    spans: Sequence[BarSpan],
    keys: Sequence[Key],
    symbols: Sequence[tuple[int, str]],
    *,
    drums: bool,
) -> tuple[list[Measure], Written]:
    """Write the bars of one staff as music21 measures; also gives what stands in them by its place.

    Parameters
    ----------
    bars : the staff, from bar 1.
    spans, keys : of each bar; the keys are for the spelling.
    symbols : (step, chord symbol) in order; tones of the chord are spelled by it, chromatic ones by where they lead.
    drums : notes are percussion keys.
    """
    notes = {head.note for bar in bars for voice in bar.voices for element in voice for head in element.heads}
    writer = _Writer(keys[0], symbols, {} if drums else goals(notes), drums=drums)
    staff = zip(bars, spans, keys, strict=True)
    return [writer.measure(number, bar, span, key) for number, (bar, span, key) in enumerate(staff)], writer.written


def _bar_rest(span: BarSpan) -> Any:
    from music21 import duration, note

    rest = note.Rest()
    rest.duration = duration.Duration(type="whole")
    rest.duration.linked = False  # a whole rest fills a bar of any meter
    rest.duration.quarterLength = quarters(span.length)
    rest.fullMeasure = True
    return rest


def _duration(element: Element) -> Any:
    from music21 import duration

    piece = element.piece
    made = duration.Duration(type=piece.value, dots=piece.dots)
    if piece.tuplet is not None:
        made.appendTuplet(_tuplet(piece, element))
    return made


def _tuplet(piece: NoteValue, element: Element) -> Any:
    from music21 import duration

    assert piece.tuplet is not None
    made = duration.Tuplet(3, 2, value_of(piece.tuplet))
    made.type = element.tuplet or None
    made.bracket = element.bracket
    return made


def _add_beam(made: Any, level: int, kind: str) -> None:
    name, _, direction = kind.partition("-")
    made.beams.append(name, direction or None)
    made.beams.beamsList[-1].number = level


def _tie(head: Head) -> Any:
    from music21 import tie

    if head.tied_in and head.tied_out:
        return tie.Tie("continue")
    if head.tied_in or head.tied_out:
        return tie.Tie("stop" if head.tied_in else "start")
    return None
