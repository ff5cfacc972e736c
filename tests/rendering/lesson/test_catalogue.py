"""A translation is a file: all catalogues say the same things with the same placeholders."""

from __future__ import annotations

import random

import pytest

from composer.gm import INSTRUMENTS
from composer.levels import PLAYERS
from composer.perception import vocabulary
from composer.perception.caption import write_caption
from composer.planning.ensembles import ENSEMBLES
from composer.rendering.lesson.caption_words import caption_parts
from composer.rendering.lesson.catalogue import languages, load_catalogue, placeholders
from composer.rendering.lesson.localized_names import caption_text, key_text, note_text, part_text, pretty
from composer.rendering.notation.instrument_names import printed_name
from composer.theory import MODES
from composer.types import Instrument, Palette, Swatch

OTHERS = [language for language in languages() if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_keys_and_placeholders_agree_with_english(language: str) -> None:
    english, other = load_catalogue("en").texts, load_catalogue(language).texts
    own = {key for key in other if key.startswith(("caption.", "instruments."))}
    assert set(other) - own == set(english)
    for key, text in english.items():
        assert placeholders(other[key]) == placeholders(text), key
        assert other[key].strip() or key == "list.sentence", key


def test_english_japanese_and_spanish_are_there() -> None:
    assert {"en", "es", "ja"} <= set(languages())
    assert languages()[0] == "en"


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_that_a_caption_may_hold_is_translated(language: str) -> None:
    picture = load_catalogue(language).picture
    for term in vocabulary.terms():
        assert picture[term.group][term.text].strip(), term


@pytest.mark.parametrize("language", OTHERS)
def test_whatever_the_program_sees_can_be_said(language: str) -> None:
    text = load_catalogue(language)
    chance = random.Random(7)
    words: dict[str, list[str]] = {}
    for term in vocabulary.terms():
        words.setdefault(term.group, []).append(term.text)
    for _ in range(300):
        sure = chance.choice((0.05, 0.9))
        ranked = {group: ((chance.choice(texts), sure if group == "subject" else chance.random()),)
                  for group, texts in words.items() if group != "mood"}  # fmt: skip
        ranked["mood"] = tuple((word, 0.1) for word in chance.sample(words["mood"], 2))
        colours = tuple(
            Swatch(hex=f"#{chance.randrange(1 << 24):06x}", name="", share=1 / count)
            for count in (chance.randint(1, 4),)
            for _ in range(count)
        )
        palette = Palette(
            swatches=colours, lightness=chance.random(), contrast=chance.random(), saturation=chance.random(),
            warmth=chance.uniform(-1, 1), complexity=0.5, symmetry=0.5, openness=0.5,
        )  # fmt: skip
        caption = write_caption(ranked, palette)
        translated = caption_text(caption, text)
        assert translated is not None, caption
        parts = caption_parts(caption)
        assert parts[-1].kind == "mood", caption
        assert all(part.kind and part_text(part, text) for part in parts), caption


@pytest.mark.parametrize("language", OTHERS)
def test_every_instrument_that_a_picture_or_a_level_may_choose_has_a_name(language: str) -> None:
    text = load_catalogue(language)
    programs = {program for ensemble in ENSEMBLES for role, program in ensemble.parts if role != "drums"}
    players = [Instrument(role="melody", name=INSTRUMENTS[program].name, program=program) for program in programs]
    names = {printed_name(player.name, player) for player in players}
    names |= {player.part for player in PLAYERS.values() if player.name != "piano"}
    assert {name for name in names if text.get(f"instruments.{name}", "") == ""} == set()


def test_captions_read_as_sentences() -> None:
    caption = "A stormy sea with ships, at night; Romantic painting in deep blues and greys; mood: solemn, grave."
    assert caption_text(caption, load_catalogue("ja")) == (
        "夜の荒れる海と船。深い青と灰色のロマン主義の絵画。雰囲気：厳か、重々しい。"
    )
    assert caption_text(caption, load_catalogue("es")) == (
        "Un mar tempestuoso con barcos, de noche; pintura romántica en azules y grises profundos; "
        "ambiente: solemne y grave."
    )
    assert caption_text("My cat on the piano.", load_catalogue("ja")) is None


def test_keys_in_japanese_and_spanish() -> None:
    japanese, spanish = load_catalogue("ja"), load_catalogue("es")
    assert [key_text(tonic, mode, japanese) for tonic, mode in (("C", "major"), ("F#", "minor"), ("Bb", "major"))] == [
        "ハ長調", "嬰ヘ短調", "変ロ長調"
    ]  # fmt: skip
    assert [key_text(tonic, mode, spanish) for tonic, mode in (("C", "major"), ("F#", "minor"), ("Bb", "major"))] == [
        "Do mayor", "Fa sostenido menor", "Si bemol mayor"
    ]  # fmt: skip
    assert note_text("Eb", japanese) == "ミ♭"


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
