"""The harmony of a journey: darker regions in the relative minor, brighter ones in the relative major."""

from __future__ import annotations

import random

import pytest

from composer.planning.harmony import HarmonyTask
from composer.planning.journey_harmony import close_sections, journey_chords, key_reason, section_key
from composer.planning.roman import chord_of
from composer.theory import Key, Meter, parse_chord
from composer.types import Section

_HOMES = [("C", "major"), ("F#", "minor"), ("Eb", "minor"), ("D", "mixolydian"), ("A", "dorian"), ("B", "lydian")]


def _sections(valences: list[float], each: int = 8) -> tuple[Section, ...]:
    return tuple(
        Section(
            name="ABCDEFG"[number], start_bar=1 + each * number, bars=each, phrases=(4,) * (each // 4),
            cadence="half" if number < len(valences) - 1 else "authentic", valence=valence,
        )
        for number, valence in enumerate(valences)
    )  # fmt: skip


def _task(home: Key, whole: float) -> HarmonyTask:
    return HarmonyTask(key=home, meter=Meter.parse("4/4"), tempo_bpm=90, colour=0.6, valence=whole, sevenths=0.4)


def test_a_dark_region_is_in_the_relative_minor_and_the_whole_at_home() -> None:
    home = Key.of("C", "major")
    keys = [section_key(valence, home, 0.3).name for valence in (-0.3, 0.3, 0.6)]
    assert keys == ["A minor", "C major", "C major"]
    assert section_key(0.2, Key.of("A", "minor"), -0.3).name == "C major"
    assert section_key(-0.02, home, 0.01) == home


@pytest.mark.parametrize(("tonic", "mode"), _HOMES)
@pytest.mark.parametrize("whole", [-0.4, 0.05, 0.4])
def test_numerals_at_home_name_the_chords_that_sound(tonic: str, mode: str, whole: float) -> None:
    home = Key.of(tonic, mode)
    sections = _sections([whole - 0.6, whole + 0.5, whole - 0.3, whole])
    for seed in range(6):
        chords = journey_chords(sections, _task(home, whole), random.Random(seed))
        assert [chord.bar for chord in chords if chord.beat == 1] == list(range(1, 33))
        assert all(chord_of(chord.roman, home) == parse_chord(chord.symbol) for chord in chords)
        assert parse_chord(chords[-1].symbol).root == home.tonic_pc
    assert all(section_key(section.valence, home, whole).pitch_classes == home.pitch_classes for section in sections)


@pytest.mark.parametrize(("tonic", "mode"), [("C", "major"), ("A", "minor"), ("D", "mixolydian"), ("B", "lydian")])
def test_a_brighter_region_has_more_major_chords(tonic: str, mode: str) -> None:
    whole = 0.2 if mode != "minor" else -0.2
    found: dict[str, list[int]] = {"dark": [], "bright": []}
    for seed in range(12):
        chords = journey_chords(
            _sections([whole - 0.5, whole + 0.4, whole]), _task(Key.of(tonic, mode), whole), random.Random(seed)
        )
        for chord in chords:
            steps = {(tone - parse_chord(chord.symbol).root) % 12 for tone in parse_chord(chord.symbol).pitch_classes}
            if chord.bar <= 16:
                found["dark" if chord.bar <= 8 else "bright"].append(4 in steps)
    dark, bright = (sum(found[name]) / len(found[name]) for name in ("dark", "bright"))
    assert bright > dark + 0.15


def test_a_region_closes_where_the_key_changes_and_the_reason_names_the_keys() -> None:
    home = Key.of("C", "major")
    sections = close_sections(_sections([-0.4, 0.5, 0.3]), home, 0.3)
    assert [section.cadence for section in sections] == ["authentic", "half", "authentic"]
    assert key_reason(sections, home, 0.3) == "A in A minor, B in C major, C in C major"
    assert key_reason(sections[1:], home, 0.3) == ""
    dark = journey_chords(sections, _task(home, 0.3), random.Random(3))
    assert parse_chord(next(chord for chord in reversed(dark) if chord.bar == 8).symbol).root == 9


def test_a_tenth_of_valence_beyond_the_half_of_the_whole_is_another_side() -> None:
    major, minor = Key.of("C", "major"), Key.of("A", "minor")
    for whole, darker, alike in ((0.4, 0.19, 0.21), (0.1, -0.01, 0.01), (0.0, -0.11, -0.09), (-0.2, -0.31, -0.29)):
        assert section_key(darker, major, whole).name == "A minor", whole
        assert section_key(alike, major, whole) == major, whole
        assert section_key(-darker, minor, -whole).name == "C major", whole
        assert section_key(-alike, minor, -whole) == minor, whole


@pytest.mark.parametrize(
    ("home", "away"),
    [
        (("C", "major"), "A minor"),
        (("C", "mixolydian"), "D minor"),
        (("C", "dorian"), "Bb major"),
        (("C", "minor"), "Eb major"),
    ],
)
def test_the_other_side_keeps_the_signature(home: tuple[str, str], away: str) -> None:
    key = Key.of(*home)
    other = section_key(0.9 if key.minor else -0.9, key, 0.0)
    assert other.name == away
    assert other.pitch_classes == key.pitch_classes
    assert section_key(-0.9 if key.minor else 0.9, key, 0.0) == key


def test_modes_without_a_relative_stay() -> None:
    for mode in ("lydian", "phrygian", "harmonic-minor", "pentatonic"):
        for valence in (-0.9, 0.9):
            assert section_key(valence, Key.of("C", mode), 0.0) == Key.of("C", mode)


def test_the_last_region_closes_where_the_whole_is_elsewhere() -> None:
    home = Key.of("C", "major")
    sections = close_sections(_sections([0.3, 0.4, -0.4, 0.3]), home, 0.3)
    assert [section.cadence for section in sections] == ["half", "authentic", "authentic", "authentic"]
