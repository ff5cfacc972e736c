"""Adherence of a MIDI file to its plan. Only the file is looked at, never the score that it was written from.

Conventions
-----------
* Bars count from 1. Shares lie in [0, 1]; NaN without notes.
* Drums take part in programs and ranges, not in anything about pitch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from composer.metrics.repetition import bar_similarity, section_similarity
from composer.metrics.statistics import chord_times
from composer.midi.notes import DURATION, ONSET, PITCH, MidiNotes
from composer.theory import parse_chord
from composer.types import MusicalPlan

__all__ = ["Adherence", "BlindKey", "blind_key", "measure_adherence", "tonic_chord"]

_TOLERANCE = 1e-6
_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindKey:
    """A key found from the notes alone: pitch class of the tonic, minor or not, and the correlation it won with."""

    tonic: int
    minor: bool
    correlation: float

    @property
    def name(self) -> str:
        """Such as ``"F# minor"``."""
        return f"{_NAMES[self.tonic]} {'minor' if self.minor else 'major'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """A file held against its plan.

    Attributes
    ----------
    notes : number of notes in the file.
    tempo_bpm, meter, bars, programs : what the file says; the first tempo and meter, bars up to the end of its longest
        track (a fraction when that is not on a bar line), General MIDI programs in order with -1 for drums.
    tempo_exact : the one tempo is the plan's, as exactly as a MIDI file can hold it (whole microseconds per quarter).
    meter_exact : the one meter is the plan's.
    bars_exact : every track ends on the plan's final bar line and no note lasts beyond it.
    programs_exact : the parts are the plan's instruments, in order.
    ranges_exact : no note of any part lies outside its instrument's range; False when the parts do not match.
    notes_out_of_range : number of such notes.
    empty_bars : bars in which nothing sounds.
    key_stated : the first key signature, ``""`` when there is none.
    key_stated_exact : it is the plan's tonic; minor for modes with a minor third, else major.
    key_blind : what music21's Krumhansl-Schmuckler analysis hears, ``""`` without pitched notes.
    key_blind_same : that is the tonic asked for, and minor or major like the mode's third.
    key_blind_related : that, or the major or minor key with the signature of the mode asked for (its relative).
    in_scale : share of notes in the scale asked for.
    in_scale_or_chord : share of notes in that scale or in the plan's chord of the moment.
    tonic_ending : the notes that sound last are the tonic chord, with the tonic as the lowest.
    returns : sections that restate an earlier one in a piece that also has other sections to be told from.
    returns_recognised : of these, the ones more similar to what they restate than to any section they do not.
    """

    notes: int
    tempo_bpm: float
    meter: str
    bars: float
    programs: tuple[int, ...]
    tempo_exact: bool
    meter_exact: bool
    bars_exact: bool
    programs_exact: bool
    ranges_exact: bool
    notes_out_of_range: int
    empty_bars: tuple[int, ...]
    key_stated: str
    key_stated_exact: bool
    key_blind: str
    key_blind_same: bool
    key_blind_related: bool
    in_scale: float
    in_scale_or_chord: float
    tonic_ending: bool
    returns: int
    returns_recognised: int

    @property
    def exact(self) -> bool:
        """All that a plan fixes to the letter is so: tempo, meter, bars, programs, ranges and the stated key."""
        return (
            self.tempo_exact
            and self.meter_exact
            and self.bars_exact
            and self.programs_exact
            and self.ranges_exact
            and self.key_stated_exact
        )


def measure_adherence(plan: MusicalPlan, midi: MidiNotes) -> Adherence:
    """Hold a file against its plan."""
    bar = plan.time.bar_ticks / 480
    end = max((*midi.track_ends, midi.last_note_end), default=0.0)
    outside, ranges_exact = _ranges(plan, midi)
    programs = tuple(-1 if part.is_drums else part.program for part in midi.parts)
    asked = tuple(-1 if part.is_drums else part.program for part in plan.instruments)
    stated = midi.keys[0] if midi.keys else None
    tonic, minor = plan.key.tonic_pc, plan.key.minor
    heard = blind_key(midi)
    in_scale, in_scale_or_chord = _in_scale(plan, midi)
    returns, recognised = _returns(plan, midi)
    return Adherence(
        notes=len(midi.notes),
        tempo_bpm=midi.tempos[0].bpm,
        meter=midi.meters[0].text,
        bars=end / bar,
        programs=programs,
        tempo_exact=all(round(60e6 / tempo.bpm) == round(60e6 / plan.tempo_bpm) for tempo in midi.tempos),
        meter_exact=all(meter.text == plan.meter for meter in midi.meters),
        bars_exact=all(abs(each - plan.bars * bar) < _TOLERANCE for each in (*midi.track_ends, end)),
        programs_exact=programs == asked,
        ranges_exact=ranges_exact and programs == asked,
        notes_out_of_range=outside,
        empty_bars=_empty_bars(midi, plan.bars, bar),
        key_stated=stated.name if stated else "",
        key_stated_exact=stated is not None and (stated.tonic, stated.minor) == (tonic, minor),
        key_blind=heard.name if heard else "",
        key_blind_same=heard is not None and (heard.tonic, heard.minor) == (tonic, minor),
        key_blind_related=heard is not None and _related(heard, plan),
        in_scale=in_scale,
        in_scale_or_chord=in_scale_or_chord,
        tonic_ending=_ends_on_tonic(plan, midi),
        returns=returns,
        returns_recognised=recognised,
    )


# ------------------------------------------------------------------------------- ranges and bars


def _ranges(plan: MusicalPlan, midi: MidiNotes) -> tuple[int, bool]:
    """Notes outside their instrument's range, part by part in order; and whether there are none."""
    outside = 0
    for instrument, part in zip(plan.instruments, midi.parts, strict=False):
        pitches = part.notes[:, PITCH]
        outside += int(((pitches < instrument.low) | (pitches > instrument.high)).sum())
    return outside, outside == 0


def _empty_bars(midi: MidiNotes, bars: int, bar: float) -> tuple[int, ...]:
    notes = midi.notes
    starts, ends = notes[:, ONSET], notes[:, ONSET] + notes[:, DURATION]
    return tuple(
        number + 1
        for number in range(bars)
        if not ((starts < (number + 1) * bar - _TOLERANCE) & (ends > number * bar + _TOLERANCE)).any()
    )


# ---------------------------------------------------------------------------------------------- key


def blind_key(midi: MidiNotes) -> BlindKey | None:
    """The key that music21's Krumhansl-Schmuckler analysis finds in all pitched notes; None when there are none.

    music21 adds up the duration of each pitch class before anything else; the sums are handed to it as twelve notes,
    which gives the same answer as the whole score in a hundredth of the time.
    """
    notes = midi.pitched
    if not len(notes):
        return None
    from music21.analysis.discrete import KrumhanslSchmuckler
    from music21.note import Note
    from music21.stream import Stream

    totals = np.bincount(notes[:, PITCH].astype(np.int64) % 12, weights=notes[:, DURATION], minlength=12)
    stream = Stream()
    for pitch_class, total in enumerate(totals.tolist()):
        if total > 0:
            note = Note(60 + pitch_class)
            note.quarterLength = total
            stream.append(note)
    key = KrumhanslSchmuckler().getSolution(stream)
    return BlindKey(
        tonic=int(key.tonic.pitchClass), minor=key.mode == "minor", correlation=float(key.correlationCoefficient)
    )


def _related(heard: BlindKey, plan: MusicalPlan) -> bool:
    """The key asked for as music with major and minor only would have it, or one of the mode's key signature."""
    fifths = plan.key.fifths
    same_signature = (heard.tonic, heard.minor) in (((7 * fifths) % 12, False), ((7 * fifths + 9) % 12, True))
    return same_signature or (heard.tonic, heard.minor) == (plan.key.tonic_pc, plan.key.minor)


def _in_scale(plan: MusicalPlan, midi: MidiNotes) -> tuple[float, float]:
    notes = midi.pitched
    if not len(notes):
        return math.nan, math.nan
    scale = plan.key.pitch_classes
    classes = notes[:, PITCH].astype(np.int64) % 12
    inside = np.isin(classes, list(scale))
    allowed = inside.copy()
    for chord in chord_times(plan):
        during = (notes[:, ONSET] >= chord.start - _TOLERANCE) & (notes[:, ONSET] < chord.end - _TOLERANCE)
        allowed |= during & np.isin(classes, list(chord.pitch_classes))
    return float(inside.mean()), float(allowed.mean())


def tonic_chord(plan: MusicalPlan) -> frozenset[int]:
    """Pitch classes of the tonic chord: the plan's last chord if that is built on the tonic, else the mode's triad.

    The triad has the mode's third where there is one (the minor one where there are both) and its fifth: the perfect
    one, else the diminished above a minor and the augmented above a major third.
    """
    tonic = plan.key.tonic_pc
    last = parse_chord(plan.chords[-1].symbol)
    if last.root == tonic:
        return last.pitch_classes
    steps = plan.key.steps
    third = next(([step] for step in (3, 4) if step in steps), [])
    fifth = next(([step] for step in ((7, 6) if 3 in third else (7, 8)) if step in steps), [])
    return frozenset((tonic + step) % 12 for step in (0, *third, *fifth))


def _ends_on_tonic(plan: MusicalPlan, midi: MidiNotes) -> bool:
    notes = midi.pitched
    if not len(notes):
        return False
    ends = notes[:, ONSET] + notes[:, DURATION]
    # Articulation shortens parts differently: what sounds when the last note begins and rings on belongs to the end.
    last_onset = notes[:, ONSET].max()
    final = notes[ends > last_onset + _TOLERANCE, PITCH].astype(np.int64).tolist()
    on_tonic = min(final) % 12 == plan.key.tonic_pc
    return on_tonic and {pitch % 12 for pitch in final} <= tonic_chord(plan)


# --------------------------------------------------------------------------------------------- form


def _returns(plan: MusicalPlan, midi: MidiNotes) -> tuple[int, int]:
    """Restating sections that could be mistaken, and how many of them are most like what they restate."""
    likeness = bar_similarity(midi)
    family: dict[str, str] = {}  # section -> the first section of its chain of restatements
    for section in plan.sections:
        family[section.name] = family.get(section.varies or "", section.name)
    total = recognised = 0
    for section in plan.sections:
        others = [other for other in plan.sections if family[other.name] != family[section.name]]
        model = next((other for other in plan.sections if other.name == section.varies), None)
        if model is None or not others:
            continue
        own = section_similarity(likeness, section.start_bar, model.start_bar, min(section.bars, model.bars))
        total += 1
        recognised += all(
            own > section_similarity(likeness, section.start_bar, other.start_bar, min(section.bars, other.bars))
            for other in others
        )
    return total, recognised
