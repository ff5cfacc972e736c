from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.midi.texts import portable_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Storm at Sea", "Storm at Sea"),
        ("«Les Très Riches Heures»", '"Les Tres Riches Heures"'),
        ("Dürer’s Hände — Œuvre", "Durer's Hande - OEuvre"),
        ("B♭ minor, F♯", "Bb minor, F#"),
        ("A′", "A'"),
        ("two\nlines\tand\x00more ", "two lines and more"),
        ("soft\u00adhyphen", "softhyphen"),
        ("神奈川沖浪裏", "神奈川沖浪裏"),
        ("Sunset 🌅 à Paris", "Sunset 🌅 à Paris"),
        ("undecodable \udce9 name", "undecodable name"),
        ("", ""),
    ],
)
def test_keeps_text_readable_in_every_reader(text: str, expected: str) -> None:
    assert portable_text(text) == expected


@given(st.text())
def test_any_text_becomes_one_short_encodable_line(text: str) -> None:
    line = portable_text(text)
    line.encode("utf-8")
    assert not any(ord(char) < 32 or ord(char) == 127 for char in line)
    assert line == " ".join(line.split())


def test_is_at_most_a_thousand_characters() -> None:
    assert len(portable_text("word " * 1000)) <= 1000
