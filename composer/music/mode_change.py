"""The same notes in another mode: every tone of the scale moves to the tone of that degree in the other one.

Tones outside the first scale stay, as raised leading tones do. Where the new chord asks for the raised sixth or seventh
of minor (an authentic dominant has its leading tone), the melody follows the chord.
"""

from __future__ import annotations

from bisect import bisect_right

from composer.errors import UsageError
from composer.theory import parse_chord
from composer.types import MusicalPlan, Note, Score, Track

__all__ = ["counterpart", "in_other_mode"]

_DEGREES = 7
_MAJOR_SIDE = frozenset({"major", "lydian", "mixolydian"})
_MINOR_SIDE = frozenset({"minor", "dorian", "phrygian", "harmonic-minor", "melodic-minor"})


_LOWERED = (8, 10)
"""Sixth and seventh of minor, in semitones above the tonic, which a chord may raise."""


def counterpart(mode: str) -> str | None:
    """Minor for the modes of the major side, major for those of the minor side; None for other scales."""
    if mode in _MAJOR_SIDE:
        return "minor"
    return "major" if mode in _MINOR_SIDE else None


def in_other_mode(score: Score, plan: MusicalPlan) -> Score:
    """Move the notes of a score to the mode of another plan with the same tonic and bars.

    Parameters
    ----------
    score : Score
    plan : MusicalPlan
        The score's plan in another mode of seven tones, with its chords.

    Raises
    ------
    UsageError
        One of the modes has not seven tones.
    """
    old, new = score.plan.key.steps, plan.key.steps
    if len(old) != _DEGREES or len(new) != _DEGREES:
        raise UsageError(
            f"--mode: {score.plan.mode} has {len(old)} tones and {plan.mode} has {len(new)}; both need {_DEGREES}",
            hint="choose modes of seven tones",
        )
    tonic = score.plan.key.tonic_pc
    bar, beat = plan.time.bar_ticks, plan.time.beat_ticks
    starts = [(chord.bar - 1) * bar + (chord.beat - 1) * beat for chord in plan.chords]
    tones = [parse_chord(chord.symbol).pitch_classes for chord in plan.chords]

    def moved(note: Note) -> Note:
        chord = tones[bisect_right(starts, note.onset) - 1]
        above = (note.pitch - tonic) % 12
        target = new[old.index(above)] if above in old else above
        raised = (tonic + target + 1) % 12
        if above in old and target in _LOWERED and raised in chord and (tonic + target) % 12 not in chord:
            target += 1
        return Note(onset=note.onset, pitch=note.pitch - above + target, duration=note.duration, velocity=note.velocity)

    tracks = tuple(
        track
        if track.instrument.is_drums
        else Track(instrument=track.instrument, notes=tuple(sorted({moved(note) for note in track.notes})))
        for track in score.tracks
    )
    return Score(plan=plan, tracks=tracks)
