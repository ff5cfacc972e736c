"""A translation is a file: all catalogues say the same things with the same placeholders."""

from __future__ import annotations

import pytest

from composer.rendering.lesson.catalogue import languages, load_catalogue, placeholders
from composer.rendering.lesson.names import key_text, note_text, pretty
from composer.theory import MODES

OTHERS = [language for language in languages() if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_keys_and_placeholders_agree_with_english(language: str) -> None:
    english, other = load_catalogue("en").texts, load_catalogue(language).texts
    own = {key for key in other if key.startswith(("caption.", "instruments."))}
    assert set(other) - own == set(english)
    for key, text in english.items():
        assert placeholders(other[key]) <= placeholders(text), key
        if "last" not in key and not key.startswith(("tonics.", "about.", "page.version")):
            assert placeholders(other[key]) == placeholders(text), key


@pytest.mark.parametrize("language", languages())
def test_every_mode_has_a_name_and_an_explanation(language: str) -> None:
    text = load_catalogue(language)
    for mode in MODES:
        assert key_text("Eb", mode, text)
        assert text(f"explain.{mode}")


def test_keys_and_notes_in_english() -> None:
    text = load_catalogue("en")
    assert key_text("F#", "minor", text) == "F sharp minor"
    assert note_text("Bb", text) == "B♭"
    assert text.join(["A", "B", "C"]) == "A, B and C"
    assert (pretty("Bbm7b5/Db"), pretty("F#dim"), pretty("Eb6")) == ("B♭m7♭5/D♭", "F♯dim", "E♭6")
