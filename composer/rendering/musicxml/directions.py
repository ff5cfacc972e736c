"""Signs above and below the notes as music21 objects: tempo, sections, chord symbols, dynamics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from composer.gm import HARPSICHORD, ORGANS
from composer.midi.texts import printable_text
from composer.rendering.musicxml.measures import Measure, Written, quarters
from composer.rendering.notation.articulation import Place, accents, detached_from, slurs, staccatos, touches
from composer.rendering.notation.bars import Bar
from composer.rendering.notation.fingering import finger, section_starts
from composer.rendering.notation.marks import Hairpin, dynamic_marks
from composer.rendering.notation.meters import STEPS_PER_QUARTER, BarSpan, bar_at
from composer.rendering.notation.octaves import octave_signs
from composer.rendering.notation.spelling import chord_names
from composer.rendering.notation.staves import Clef
from composer.rendering.notation.tempi import TempoSign, tempo_signs
from composer.theory import Key, parse_chord
from composer.types import TICKS_PER_QUARTER, Instrument, MusicalPlan, Score

__all__ = [
    "add_dynamics",
    "add_fingering",
    "add_octaves",
    "add_ornaments",
    "add_ringing",
    "add_signs",
    "add_touch",
    "chord_symbol",
]

_STEP = TICKS_PER_QUARTER // STEPS_PER_QUARTER
_EXACT = 1e-6
_KINDS = {
    "": ("major", ""),
    "m": ("minor", "m"),
    "dim": ("diminished", "dim"),
    "aug": ("augmented", "+"),
    "sus4": ("suspended-fourth", "sus4"),
    "sus2": ("suspended-second", "sus2"),
    "7": ("dominant-seventh", "7"),
    "maj7": ("major-seventh", "maj7"),
    "m7": ("minor-seventh", "m7"),
    "m7b5": ("half-diminished-seventh", "m7♭5"),
    "dim7": ("diminished-seventh", "dim7"),
    "mmaj7": ("minor-major-seventh", "m(maj7)"),
    "6": ("major-sixth", "6"),
    "m6": ("minor-sixth", "m6"),
    "5": ("power", "5"),
}
"""Chord quality -> music21's kind, and what is printed after the root."""


def add_signs(measures: Sequence[Measure], score: Score, spans: Sequence[BarSpan]) -> None:
    """Tempo and rehearsal marks, over the top staff."""
    from music21 import expressions

    for step, sign in {round(sign.tick / _STEP): sign for sign in tempo_signs(score.timeline, score.plan)}.items():
        bar = bar_at(spans, step)
        offset = quarters(step - spans[bar].start)
        measures[bar].insert(offset, _tempo(sign))
        if sign.words:
            words = expressions.TextExpression(sign.words)
            words.style.fontStyle, words.placement = "italic", "above"
            measures[bar].insert(offset, words)
    for section in score.plan.sections:
        name = printable_text(section.name)
        if name:
            measures[section.start_bar - 1].insert(0, expressions.RehearsalMark(name))


def _tempo(sign: TempoSign) -> Any:
    """A metronome mark, or a tempo that is only heard."""
    from music21 import duration, tempo

    if sign.mark is None:
        made = tempo.MetronomeMark()
        made.numberSounding = sign.bpm
        return made
    mark = sign.mark
    referent = duration.Duration(type=mark.value, dots=mark.dots)
    made = tempo.MetronomeMark(text=mark.words or None, number=mark.count, referent=referent)
    if abs(made.getQuarterBPM() - sign.bpm) > _EXACT:
        made.numberSounding = sign.bpm / float(referent.quarterLength)
    return made


def chord_symbol(symbol: str, key: Key) -> Any:
    """A chord symbol with the spelling that its notes have."""
    from music21 import harmony

    chord, names = parse_chord(symbol), chord_names(symbol, key)
    kind, text = _KINDS[chord.quality]
    bass = names[chord.bass].replace("b", "-") if chord.bass != chord.root else None
    return harmony.ChordSymbol(root=names[chord.root].replace("b", "-"), bass=bass, kind=kind, kindStr=text)


# ---------------------------------------------------------------------------------------- dynamics


def add_dynamics(
    staves: Sequence[Any],
    measures: Sequence[Sequence[Measure]],
    bars: Sequence[Sequence[Bar]],
    plan: MusicalPlan,
    instrument: Instrument,
) -> None:
    """Dynamics of one part, where it plays: below the upper staff, so between the two of a keyboard.

    A harpsichord has none, an organ no hairpins: their keys know no louder and softer.
    """
    if instrument.program == HARPSICHORD:
        return
    marks, hairpins = dynamic_marks(plan.dynamics)
    signs = {mark.bar: mark.sign for mark in marks}
    waiting = ""
    for index in range(plan.bars):
        waiting = signs.get(index + 1, waiting)
        onsets = [_first_onset(staff[index]) for staff in bars]
        staff = next((number for number, onset in enumerate(onsets) if onset is not None), None)
        if not waiting or staff is None:
            continue
        measures[staff][index].insert(quarters(onsets[staff] or 0), _dynamic(waiting, above=staff > 0))
        waiting = ""
    for hairpin in hairpins if instrument.program not in ORGANS else ():
        _add_hairpin(staves[0], measures[0], hairpin)


def _first_onset(bar: Bar) -> float | None:
    """Where the first note of a bar begins that is not tied over, in steps."""
    starts = [
        element.piece.start
        for voice in bar.voices
        for element in voice
        if any(not head.tied_in for head in element.heads)
    ]
    return min(starts, default=None)


def _dynamic(sign: str, *, above: bool) -> Any:
    from music21 import dynamics

    made = dynamics.Dynamic(sign)
    made.placement = "above" if above else "below"
    return made


def _add_hairpin(staff: Any, measures: Sequence[Measure], hairpin: Hairpin) -> None:
    from music21 import dynamics

    notes = []
    for measure in measures[hairpin.first_bar - 1 : hairpin.last_bar]:
        line = measure.voices[0] if measure.hasVoices() else measure
        notes += [item for item in line.notes if "Harmony" not in item.classes]
    if notes:
        made = (dynamics.Crescendo if hairpin.grows else dynamics.Diminuendo)(notes[0], notes[-1])
        made.placement = "below"
        staff.insert(0, made)


# ----------------------------------------------------------------------------- octave signs and pedal

_PEDALLED = frozenset(range(6))
"""General MIDI programs with a sustain pedal; others that fade have a tie into nothing (*laissez vibrer*)."""
_MIDDLE_LINES = {"G": 35, "F": 23, "C": 29}
"""Clef on its usual line -> the middle line as a diatonic step, seven to the octave, C4 being 29."""


def add_octaves(staff: Any, written: Written, bars: Sequence[Bar], clef: Clef) -> None:
    """*8va* and *8vb* over what lies far from the staff."""
    from music21 import spanner

    if clef.sign == "percussion":
        return
    usual = {"G": 2, "F": 4, "C": 3}[clef.sign]
    middle = _MIDDLE_LINES[clef.sign] - 2 * (clef.line - usual) + 7 * clef.octave
    degrees = {}
    for place, item in written.items():
        if not item.isRest:
            steps = [pitch.diatonicNoteNum - middle for pitch in item.pitches]
            degrees[place] = (min(steps), max(steps))
    for sign in octave_signs(bars, degrees):
        kind, placement = ("8va", "above") if sign.above else ("8vb", "below")
        ends = [written[sign.first]] if sign.first == sign.last else [written[sign.first], written[sign.last]]
        staff.insert(0, spanner.Ottava(*ends, type=kind, transposing=False, placement=placement))


def add_ringing(staff: Any, written: Written, bars: Sequence[Bar], instrument: Instrument) -> None:
    """A pedal mark, or ties into nothing, where the notes of a broken chord are written singly and ring on."""
    from music21 import expressions, tie

    runs: dict[tuple[int, int, float], list[Place]] = {}
    for number, bar in enumerate(bars):
        for voice, elements in enumerate(bar.voices):
            for at, element in enumerate(elements):
                since = next((head.note.rings for head in element.heads if head.note.rings is not None), None)
                if since is not None:
                    runs.setdefault((number, voice, since), []).append((number, voice, at))
    for places in runs.values():
        if instrument.program in _PEDALLED and len(places) > 1:
            staff.insert(0, expressions.PedalMark(*(written[place] for place in places)))
            continue
        for place in places[:-1]:
            for head in written[place].notes if written[place].isChord else [written[place]]:
                head.tie = head.tie or tie.Tie("let-ring")


# -------------------------------------------------------------------- ornaments, touch and fingering

_STROKES = {"eighth": 2, "16th": 1}
"""Strokes of a tremolo in thirty-seconds through a note with beams or flags; three through others."""


def add_ornaments(written: Written, bars: Sequence[Bar]) -> None:
    """The signs for quick notes: trills and mordents where a note begins, strokes through all that it is tied to."""
    from music21 import expressions

    made = {
        "trill": expressions.Trill,
        "mordent": expressions.Mordent,
        "inverted mordent": expressions.InvertedMordent,
    }
    for number, bar in enumerate(bars):
        for voice, elements in enumerate(bar.voices):
            for at, element in enumerate(elements):
                signs = {head.note.sign: head.tied_in for head in element.heads if head.note.sign}
                for sign, tied in signs.items():
                    if sign == "tremolo":
                        strokes = expressions.Tremolo(numberOfMarks=_STROKES.get(element.piece.value, 3))
                        written[number, voice, at].expressions.append(strokes)
                    elif not tied:
                        written[number, voice, at].expressions.append(made[sign]())


def add_touch(
    staff: Any, written: Written, bars: Sequence[Bar], score: Score, instrument: Instrument, spans: Sequence[BarSpan]
) -> None:
    """Staccato dots, accents and slurs of one staff."""
    from music21 import articulations, expressions, spanner

    plan = score.plan
    touch = touches(bars, spans, plan, instrument)
    for place in staccatos(bars, plan, touch):
        written[place].articulations.append(articulations.Staccato())
    detached = detached_from(bars, plan, touch)
    if detached is not None:
        words = expressions.TextExpression("sempre stacc.")
        words.style.fontStyle, words.placement = "italic", "above"
        staff.getElementsByClass("Measure")[detached].insert(quarters(_first_onset(bars[detached]) or 0), words)
    for place in accents(plan, instrument, touch):
        written[place].articulations.append(articulations.Accent())
    for first, last in slurs(bars, plan, instrument, touch):
        staff.insert(0, spanner.Slur(written[first], written[last]))


def add_fingering(
    written: Written, bars: Sequence[Bar], plan: MusicalPlan, instrument: Instrument, *, shift: int, below: bool
) -> None:
    """Hints where a note first comes in a section; `shift` is written minus sounding pitch."""
    from music21 import articulations

    starts, seen = section_starts(plan), set[int]()
    for index, bar in enumerate(bars):
        if index in starts:
            seen = set()
        for voice, elements in enumerate(bar.voices):
            for place, element in enumerate(elements):
                for head in element.heads:
                    pitch = head.note.pitch - shift
                    hint = "" if pitch in seen or head.tied_in else finger(plan, instrument.role, pitch)
                    seen.add(pitch)
                    if hint:
                        made = articulations.Fingering(hint)
                        made.placement = "below" if below else "above"
                        written[index, voice, place].articulations.append(made)
