"""The biases of the voice-leading rules: how far each leans, in one place.

Every number is added to the logit of a choice, or taken from it (natural logarithms: 0.7 halves or doubles its odds).
They were tuned with ``benchmarks/voice_leading`` on the validation split: parallels, unisons, resolutions and cadences
of our pieces beside people's. After a change run ``scripts/bench voice_leading --split val`` and
``scripts/bench adherence``, and commit the figures.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["VOICE_LEADING", "VoiceLeadingBiases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceLeadingBiases:
    """How strongly each preference of `composer.music.rules.voice_leading` acts.

    Attributes
    ----------
    muddy : away from an interval too low to be heard as such, whoever plays the other note.
    doubling : away from a pitch that another part sounds.
    above_melody, below_bass : away from pitches that cross the melody or the bass.
    beyond_octave : away from leaps over an octave.
    wide_leap, wide_leap_inner : away from leaps of a sixth to an octave, in the melody and in other parts.
    wide_bass : further away from leaps beyond a fifth, in a bass without a figure, which walks more than it leaps.
    tritone, major_seventh, minor_seventh : away from these leaps.
    third : away from thirds, of which the model would write more than people do.
    step : towards steps, in the melody, a counter-melody and a free bass.
    dissonance : away from leaving a tone outside the chord by leap.
    unanswered_leap : away from going on by leap after a leap of more than a third.
    first_repeat, further_repeat : away from the note just heard, once and again; more where the piece is to be glad
        (``repeat_by_valence`` times the block's valence).
    inner_repeat : towards the note just heard in the lines between, which repeat and step more than a tune does.
    trill : away from two notes back and forth.
    drift : away from a hand's last place, for each semitone, at the beginning of a bar.
    standing_still : away from the same note again in a broken chord.
    bass_parallel, melody_parallel : away from parallel fifths and octaves, where the bass sees both parts and where the
        melody only knows the bass's next note by the plan.
    resolution : towards leading tones that rise and sevenths that fall, and away from a second leading tone.
    """

    muddy: float = 6.0
    doubling: float = 5.0
    above_melody: float = 2.5
    below_bass: float = 4.0
    beyond_octave: float = 6.0
    wide_leap: float = 1.0
    wide_leap_inner: float = 0.5
    wide_bass: float = 1.5
    tritone: float = 1.0
    major_seventh: float = 2.0
    minor_seventh: float = 0.5
    third: float = 0.35
    step: float = 0.25
    dissonance: float = 2.0
    unanswered_leap: float = 1.5
    first_repeat: float = 0.35
    further_repeat: float = 1.6
    inner_repeat: float = 0.4
    repeat_by_valence: float = 1.0
    trill: float = 1.0
    drift: float = 0.12
    standing_still: float = 1.5
    bass_parallel: float = 6.0
    melody_parallel: float = 4.0
    resolution: float = 3.0


VOICE_LEADING = VoiceLeadingBiases()
"""Those in use."""
