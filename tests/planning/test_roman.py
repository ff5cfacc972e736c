"""Roman numerals read, sounded, spelled and written."""

from __future__ import annotations

import pytest

from composer.errors import PlanError
from composer.planning.idioms import IDIOMS
from composer.planning.roman import chord_of, numeral_at_home, parse_numeral, roman_of, symbol_of
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


APPLIED = {
    "major": "V7/ii V65/V V/vi V7/IV viio7/ii viio7/V viio7/vi bII6 bVI iv V43/V V42/IV ii43 IV64 vi6 iiø7 viiø7",
    "minor": "V7/iv V65/V V7/VI V7/III viio7/iv viio7/V bII6 VII7 iv6 i64 iiø43 V42 VImaj7 iv7 v6",
}


def _numerals(mode: str) -> list[str]:
    """All that phrases of a mode are made of, and what colours them."""
    idiom = IDIOMS[mode]
    formulas = (*idiom.openings, *idiom.contrasts, *idiom.authentic, *idiom.half, *idiom.plagal, *idiom.deceptive)
    found = {roman for formula in formulas for bar in formula for roman in bar} | {*idiom.house}
    return sorted(found | set(APPLIED[mode].split()))


@pytest.mark.parametrize(("mode", "tonic"), [("major", "D"), ("major", "Ab"), ("minor", "B"), ("minor", "F")])
def test_every_numeral_in_use_agrees_with_music21_in_sound_and_spelling(mode: str, tonic: str) -> None:
    from music21.key import Key as TheirKey
    from music21.roman import RomanNumeral

    theirs = TheirKey(tonic.replace("b", "-"), mode)
    for roman in _numerals(mode):
        numeral = RomanNumeral(roman.replace("maj7", "7"), theirs)
        ours, key = chord_of(roman, Key.of(tonic, mode)), Key.of(tonic, mode)
        assert ours.pitch_classes == {pitch.pitchClass for pitch in numeral.pitches}, roman
        assert ours.bass == numeral.bass().pitchClass, roman
        root = numeral.root().name.replace("-", "b")
        if len(root) <= 2:
            symbol = symbol_of(roman, key)
            assert symbol.startswith(root), roman
            assert "/" not in symbol or symbol.endswith("/" + numeral.bass().name.replace("-", "b")), roman


@pytest.mark.parametrize("mode", MODES)
def test_numerals_of_an_idiom_are_written_as_they_are_read(mode: str) -> None:
    """A chord that is written into a plan and named again by its sound has the name that it had."""
    key = Key.of("C", mode)
    idiom = IDIOMS[mode]
    formulas = (*idiom.openings, *idiom.contrasts, *idiom.authentic, *idiom.half, *idiom.plagal)
    for roman in {roman for formula in formulas for bar in formula for roman in bar}:
        symbol = symbol_of(roman, key)
        assert parse_chord(symbol) == chord_of(roman, key)
        again = roman_of(parse_chord(symbol), key)
        assert again == roman or chord_of(again, key) == chord_of(roman, key), roman


@pytest.mark.parametrize(
    ("symbol", "tonic", "mode", "roman"),
    [
        ("D", "C", "major", "V/V"),
        ("E7", "C", "major", "V7/vi"),
        ("E", "C", "major", "V/vi"),
        ("C7", "C", "major", "V7/IV"),
        ("C", "C", "major", "I"),
        ("B7", "C", "major", "V7/iii"),
        ("F#dim7", "C", "major", "viio7/V"),
        ("Bdim7", "C", "major", "viio7"),
        ("G#dim7", "C", "major", "viio7/vi"),
        ("Ab", "C", "major", "bVI"),
        ("Db/F", "C", "major", "bII6"),
        ("Fm", "C", "major", "iv"),
        ("Bb", "C", "major", "bVII"),
        ("Eb", "C", "major", "bIII"),
        ("G7/D", "C", "major", "V43"),
        ("Fmaj7", "C", "major", "IVmaj7"),
        ("Am7/C", "C", "major", "vi65"),
        ("E7", "A", "minor", "V7"),
        ("E", "A", "minor", "V"),
        ("G", "A", "minor", "VII"),
        ("G7", "A", "minor", "VII7"),
        ("A7", "A", "minor", "V7/iv"),
        ("B7", "A", "minor", "V7/v"),
        ("C7", "A", "minor", "V7/VI"),
        ("F#m", "A", "minor", "vi"),
        ("Bb", "A", "minor", "bII"),
        ("G#dim7", "A", "minor", "viio7"),
        ("C#dim7", "A", "minor", "viio7/iv"),
        ("Csus4", "C", "pentatonic", "Isus4"),
        ("Caug", "C", "major", "I+"),
    ],
)
def test_chords_are_named_by_their_function(symbol: str, tonic: str, mode: str, roman: str) -> None:
    assert roman_of(parse_chord(symbol), Key.of(tonic, mode)) == roman


def test_a_dominant_is_applied_only_to_a_triad_of_the_key() -> None:
    """Where nothing could resolve it, a foreign seventh keeps its own degree."""
    for root in range(12):
        for mode in ("major", "minor", "dorian", "pentatonic"):
            key = Key.of("C", mode)
            for quality in ("", "7", "dim7"):
                roman = roman_of(ChordSymbol(root=root, quality=quality, bass=root), key)
                if "/" in roman:
                    target = chord_of(roman.partition("/")[2], key)
                    assert target.pitch_classes <= key.pitch_classes
                    assert target.root != key.tonic_pc
                    assert (target.root - root) % 12 == (1 if quality == "dim7" else 5)
                    assert not chord_of(roman, key).pitch_classes <= key.pitch_classes


def test_chords_of_another_key_are_named_at_home() -> None:
    home = Key.of("C", "major")
    dominant, relative = Key.of("G", "major"), Key.of("A", "minor")
    assert [numeral_at_home(roman, dominant, home) for roman in ("I", "V7", "vi", "ii6")] == [
        "V", "V7/V", "iii", "vi6",
    ]  # fmt: skip
    assert [numeral_at_home(roman, relative, home) for roman in ("i", "iv6", "V7", "iio6")] == [
        "vi", "ii6", "V7/vi", "viio6",
    ]  # fmt: skip
    for key in (dominant, relative):
        for roman in ("IV6", "V65", "V7/V", "ii7"):
            assert chord_of(numeral_at_home(roman, key, home), home) == chord_of(roman, key)


def test_every_chord_of_another_key_sounds_the_same_by_its_name_at_home() -> None:
    for mode, other, up in (
        ("minor", "minor", 5), ("minor", "minor", 7), ("minor", "major", 3), ("harmonic-minor", "minor", 5),
        ("harmonic-minor", "minor", 7), ("major", "major", 7), ("major", "major", 5), ("major", "minor", 9),
    ):  # fmt: skip
        home = Key.of("D", mode)
        key = Key.of(home.spell(home.tonic_pc + up), other)
        idiom = IDIOMS[other]
        formulas = (*idiom.openings, *idiom.contrasts, idiom.links, *idiom.authentic, *idiom.half, *idiom.deceptive)
        for roman in {roman for formula in formulas for bar in formula for roman in bar}:
            name = numeral_at_home(roman, key, home)
            assert chord_of(name, home) == chord_of(roman, key), (roman, key.name, name, home.name)


def test_chords_are_spelled_by_their_function_and_simply_where_that_would_be_double() -> None:
    assert symbol_of("bVI", Key.of("C", "major")) == "Ab"
    assert symbol_of("V7/iii", Key.of("E", "major")) == "D#7"
    assert symbol_of("viio7/V", Key.of("Bb", "major")) == "Edim7"
    assert symbol_of("bII6", Key.of("G", "minor")) == "Ab/C"
    assert symbol_of("bVI", Key.of("Gb", "major")) == "D"
    assert symbol_of("V65/ii", Key.of("Db", "major")) == "Bb7/D"
    assert symbol_of("viio7/vi", Key.of("B", "major")) == "Gdim7"
    assert symbol_of("viio65/vi", Key.of("F#", "major")) == "Ddim7/F"
