"""Roman numerals read, sounded, spelled and written."""

from __future__ import annotations

import pytest

from composer.errors import PlanError
from composer.planning.roman import chord_of, parse_numeral, roman_of, symbol_of
from composer.theory import CHORD_QUALITIES, MODES, ChordSymbol, Key, parse_chord


@pytest.mark.parametrize(
    ("roman", "tonic", "mode", "symbol"),
    [
        ("V7/V", "C", "major", "D7"),
        ("I64", "C", "major", "C/G"),
        ("ii65", "Eb", "major", "Fm7/Ab"),
        ("bVI", "C", "major", "Ab"),
        ("viio7/V", "C", "major", "F#dim7"),
        ("viio7/iv", "A", "minor", "C#dim7"),
        ("V43", "G", "major", "D7/A"),
        ("VI", "A", "minor", "F"),
        ("V6", "A", "minor", "E/G#"),
        ("viio7", "A", "minor", "G#dim7"),
        ("iiø65", "D", "minor", "Em7b5/G"),
        ("bII6", "F#", "minor", "G/B"),
        ("V7/iv", "E", "minor", "E7"),
        ("bVII", "D", "mixolydian", "C"),
        ("bII", "E", "phrygian", "F"),
        ("II", "F", "lydian", "G"),
        ("IV", "D", "dorian", "G"),
        ("I+", "C", "whole-tone", "Caug"),
        ("Vsus4", "C", "pentatonic", "Gsus4"),
    ],
)
def test_numerals_sound_as_musicians_expect(roman: str, tonic: str, mode: str, symbol: str) -> None:
    assert symbol_of(roman, Key.of(tonic, mode)) == symbol
    assert parse_chord(symbol) == chord_of(roman, Key.of(tonic, mode))
    assert roman_of(parse_chord(symbol), Key.of(tonic, mode)) == roman


@pytest.mark.parametrize("mode", MODES)
def test_every_chord_has_a_name_that_reads_back(mode: str) -> None:
    for quality, tones in CHORD_QUALITIES.items():
        for root in range(12):
            for tone in tones:
                chord = ChordSymbol(root=root, quality=quality, bass=(root + tone) % 12)
                back = chord_of(roman_of(chord, Key.of("C", mode)), Key.of("C", mode))
                assert (back.root, back.quality) == (root, quality)
                if quality in ("", "m", "dim", "7", "m7", "m7b5", "dim7", "maj7"):
                    assert back.bass == chord.bass


def test_major_chords_agree_with_music21() -> None:
    from music21.roman import RomanNumeral

    for roman in ("I", "ii", "iii6", "IV64", "V7", "V65", "vi", "V7/ii", "V7/V", "V42/IV"):
        theirs = {pitch.pitchClass for pitch in RomanNumeral(roman, "D").pitches}
        ours = chord_of(roman, Key.of("D", "major"))
        assert ours.pitch_classes == theirs
        assert ours.bass == RomanNumeral(roman, "D").bass().pitchClass


@pytest.mark.parametrize("text", ["", "VIII", "H", "V9", "Vx", "7V", "V7/", "iiiii"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        parse_numeral(text, "major")
