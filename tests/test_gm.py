"""General MIDI facts and the search for instruments."""

from __future__ import annotations

import pytest

from composer.errors import UsageError
from composer.gm import DRUM_KIT, FAMILIES, INSTRUMENTS, PERCUSSION_KEYS, find_instrument


def test_names_agree_with_pretty_midi() -> None:
    from pretty_midi.constants import INSTRUMENT_MAP

    # pretty_midi respells a handful; the specification's own spelling is kept here.
    respelled = {7, 50, 51, 54, 62, 63, 76, 83}
    for program, theirs in enumerate(INSTRUMENT_MAP):
        if program not in respelled:
            assert INSTRUMENTS[program].name == theirs


def test_percussion_keys_agree_with_pretty_midi() -> None:
    from pretty_midi.constants import DRUM_MAP

    ours = [name.replace("-", " ") for name in PERCUSSION_KEYS.values()]
    assert ours == [name.replace("-", " ") for name in DRUM_MAP]
    assert min(PERCUSSION_KEYS) == 35
    assert max(PERCUSSION_KEYS) == 81


def test_every_sound_has_consistent_facts() -> None:
    assert len(INSTRUMENTS) == 128
    for number, sound in enumerate(INSTRUMENTS):
        assert sound.program == number
        assert sound.family == FAMILIES[number // 8]
        assert 0 <= sound.low <= sound.easy_low < sound.easy_high <= sound.high <= 127
        assert sound.easy_high - sound.easy_low >= 12


def test_every_name_and_alias_leads_to_one_sound() -> None:
    owner: dict[str, str] = {}
    for sound in (*INSTRUMENTS, DRUM_KIT):
        for name in (sound.name, sound.name.upper(), *sound.aliases):
            assert find_instrument(name) == sound
            assert owner.setdefault(name.casefold(), sound.name) == sound.name


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("piano", 0),
        ("Violin", 40),
        ("CELLO", 42),
        ("violins", 40),
        ("Violin 2", 40),
        ("violin II", 40),
        ("Acoustic Grand Piano (left hand)", 0),
        ("acoustic guitar nylon", 24),
        ("String Ensemble 1", 48),
        ("strings", 48),
        ("choir", 52),
        ("horn", 60),
        ("flute", 73),
        ("shakuhachi", 77),
        ("koto", 107),
        ("0", 0),
        (" 127 ", 127),
    ],
)
def test_everyday_names(text: str, program: int) -> None:
    assert find_instrument(text).program == program
    assert not find_instrument(text).is_drums


def test_drums_are_the_kit() -> None:
    assert find_instrument("Drums") is DRUM_KIT
    assert find_instrument("percussion").is_drums


def test_a_misspelled_name_gets_a_suggestion() -> None:
    with pytest.raises(UsageError) as caught:
        find_instrument("violn")
    assert "'violn'" in caught.value.message
    assert caught.value.hint is not None
    assert "did you mean 'violin'" in caught.value.hint


@pytest.mark.parametrize("text", ["128", "-1", "", "zzzzzz", "12.5"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        find_instrument(text)
