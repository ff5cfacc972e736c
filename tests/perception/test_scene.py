"""What is said hangs together: no night in bright colours, no sunset at night, no joy at a funeral."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from composer.perception import vocabulary
from composer.perception.alt import MAX_CHARACTERS, alt_text
from composer.perception.caption import write_caption
from composer.perception.palette import read_palette
from composer.perception.scene import read_scene
from composer.types import Palette
from tests.perception.conftest import alt_faults, caption_faults, gradient, painting_of

BRIGHT = read_palette(gradient((250, 240, 190), (230, 200, 120)))
DARK = read_palette(gradient((12, 20, 60), (8, 10, 25)))
MOODS = (("joyful", 0.2), ("cheerful", 0.15), ("grave", 0.1), ("solemn", 0.1))


def words_of(**chosen: str) -> dict[str, tuple[tuple[str, float], ...]]:
    ranked: dict[str, tuple[tuple[str, float], ...]] = dict.fromkeys(vocabulary.GROUPS, ())
    ranked |= {"subject": (("a landscape", 0.9),), "mood": MOODS}
    return ranked | {group: ((text, 0.9),) for group, text in chosen.items()}


@pytest.mark.parametrize("light", ["at night", "by moonlight", "by candlelight"])
def test_no_night_in_bright_colours(light: str) -> None:
    words = words_of(light=light)
    assert light not in write_caption(words, BRIGHT)


def test_night_is_said_where_it_is_dark() -> None:
    assert "at night" in write_caption(words_of(light="at night"), DARK)


@pytest.mark.parametrize(
    ("subject", "light"),
    [("a sunset", "at sunrise"), ("a winter landscape", "in summer light"),
     ("a stormy sea", "under a clear sky"), ("a field of wheat", "in snow"), ("a sunset", "in the light of sunset"),
     ("a snowy landscape", "in snow")],
)  # fmt: skip
def test_phrases_neither_clash_nor_repeat(subject: str, light: str) -> None:
    middle = replace(BRIGHT, lightness=0.5, warmth=0.3, saturation=0.2, contrast=0.4, openness=0.6)
    scene = read_scene(words_of(subject=subject, light=light), middle)
    assert scene.light == ""


def test_water_is_not_said_twice() -> None:
    words = words_of(setting="beside a river") | {"kind": (("a view over water", 0.9),), "subject": (("a river", 0.1),)}
    scene = read_scene(words, replace(BRIGHT, lightness=0.5))
    assert (scene.subject, scene.setting) == ("a view over water", "")


@pytest.mark.parametrize("subject", ["a battle", "the Crucifixion", "a funeral", "a skull and a candle"])
def test_grief_is_not_merry(subject: str) -> None:
    assert read_scene(words_of(subject=subject), DARK).moods == ("grave", "solemn")


def test_still_lifes_are_neither_violent_nor_peopled() -> None:
    words = words_of(subject="a still life", setting="with figures") | {"mood": (("violent", 0.5), ("dramatic", 0.2))}
    scene = read_scene(words, DARK)
    assert scene.moods == ("dramatic",)
    for term in vocabulary.terms():
        if term.text in ("with figures", "with cattle", "in a boat", "on horseback"):
            assert "things" not in term.kinds


def test_a_tradition_that_is_sure_replaces_the_style() -> None:
    words = words_of(style="Art Nouveau", tradition="Japanese woodblock print")
    assert "Japanese woodblock print in" in write_caption(words, BRIGHT)
    assert "Nouveau" not in write_caption(words, BRIGHT)


def test_where_europe_is_unsure_no_european_style_is_said() -> None:
    words = words_of(style="Art Nouveau")
    words["tradition"] = (("Persian miniature", 0.4), ("European painting", 0.35))
    assert write_caption(words, BRIGHT).startswith("A landscape; painting in ")
    words["tradition"] = (("European painting", 0.8), ("Persian miniature", 0.1))
    assert "Art Nouveau" in write_caption(words, BRIGHT)


def test_outside_europe_subjects_are_not_guessed() -> None:
    words = words_of(subject="the sea")
    words["subject"] = (("the sea", 0.3), ("a man", 0.05))
    assert write_caption(words, BRIGHT).startswith("Perhaps the sea; ")
    words["tradition"] = (("Japanese woodblock print", 0.9), ("European painting", 0.1))
    assert write_caption(words, BRIGHT).startswith("A Japanese woodblock print in ")
    words["subject"] = (("the sea", 0.8), ("a man", 0.05))
    assert write_caption(words, BRIGHT).startswith("The sea; Japanese woodblock print in ")


def test_every_family_and_kind_can_be_said() -> None:
    families = {term.family for term in vocabulary.terms() if term.group == "subject"}
    kinds = set(vocabulary.GENERAL.values()) | set(vocabulary.WIDER)
    assert len(families) > 30
    for phrase in families | kinds:
        caption = f"{phrase[0].upper()}{phrase[1:]}, at night; painting in deep blues; mood: calm, grave."
        assert caption_faults(caption) == []
    for term in vocabulary.terms():
        assert "," not in term.text
        assert (term.group == "subject") == bool(term.family)


def test_the_faults_are_found() -> None:
    for broken in (
        "", "a landscape; painting in greys; mood: calm, grave.", "A landscape; painting in greys; mood: calm, calm.",
        "A landscape landscape; painting in greys; mood: calm, grave.",
        "A orchard; painting in greys; mood: calm, grave.",
        "A landscape, ; painting in greys; mood: calm, grave.", "A landscape; painting in greys; mood: .",
        "A Impressionist painting in greys; mood: calm, grave.", "A landscape; mood: calm, grave.",
    ):  # fmt: skip
        assert caption_faults(broken), broken
    assert alt_faults("An image of a cat.")
    assert alt_faults("Greys. " * 60)


def flat(top: tuple[int, int, int], bottom: tuple[int, int, int]) -> np.ndarray:
    rgb = np.empty((90, 120, 3), dtype=np.uint8)
    rgb[:45], rgb[45:] = top, bottom
    return rgb


def test_alternative_text_says_where_the_colours_are() -> None:
    painting = painting_of(flat((60, 90, 200), (110, 70, 40)))
    palette = read_palette(painting)
    text = alt_text(read_scene(words_of(style="Romantic"), palette), palette, painting)
    assert "Blues above and browns below." in text
    assert text.startswith("A landscape.")
    assert text.endswith("Romantic painting, joyful and cheerful in mood.")
    lit = painting_of(flat((230, 230, 230), (150, 150, 150)))
    assert "lighter above" in alt_text(read_scene(words_of(), BRIGHT), read_palette(lit), lit)


def test_alternative_text_admits_what_is_unclear_and_stays_short() -> None:
    painting = painting_of(flat((60, 90, 200), (110, 70, 40)))
    palette: Palette = read_palette(painting)
    words = words_of()
    words["subject"] = (("a landscape", 0.05), ("a man", 0.05))
    assert alt_text(read_scene(words, palette), palette, painting).startswith("The subject is unclear.")
    for group in ("subject", "setting", "light", "style", "tradition"):
        for term in vocabulary.terms():
            if term.group == group:
                text = alt_text(read_scene(words_of(**{group: term.text}), palette), palette, painting)
                assert alt_faults(text, MAX_CHARACTERS) == [], text


def test_heads_that_agree_say_the_genre() -> None:
    unsure = {"genre": (("a scene of daily life", 0.45), ("a landscape", 0.3), ("a portrait", 0.25))}
    people = {"kind": (("a group of figures", 0.8), ("a landscape", 0.1)), "subject": (("a family", 0.1),)}
    land = {"kind": (("a landscape", 0.45), ("a group of figures", 0.4)), "subject": (("a family", 0.1),)}
    middle = replace(BRIGHT, lightness=0.5)
    assert read_scene(words_of() | unsure | people, middle).subject == "a scene of daily life"
    assert read_scene(words_of() | unsure | land, middle).subject != "a scene of daily life"


def test_what_the_tower_sees_stands_beside_a_view_and_is_not_said_twice() -> None:
    sure = {"genre": (("a landscape", 0.9),), "kind": (("a landscape", 0.9),), "object": (("mountains", 0.8),)}
    middle = replace(BRIGHT, lightness=0.5)
    assert read_scene(words_of(subject="a forest") | sure, middle).setting == "with mountains"
    assert read_scene(words_of(subject="a mountain landscape") | sure, middle).setting == ""


def test_lights_that_are_unsure_alone_are_said_together() -> None:
    lights = {"light": (("by moonlight", 0.3), ("at night", 0.25), ("in mist", 0.2))}
    assert read_scene(words_of() | lights, DARK).light == "at night"
    assert read_scene(words_of() | lights, BRIGHT).light == ""


def test_a_hat_is_said_of_a_person_and_not_of_a_view() -> None:
    hat = {"object": (("a hat", 0.8),), "genre": (("a portrait", 0.9),), "kind": (("a single figure", 0.9),)}
    assert read_scene(words_of(subject="an old man") | hat, DARK).setting == "with a hat"
    view = hat | {"genre": (("a landscape", 0.9),), "kind": (("a landscape", 0.9),)}
    assert read_scene(words_of() | view, BRIGHT).setting == ""
    assert caption_faults(write_caption(words_of(subject="an old man") | hat, DARK)) == []


@pytest.mark.parametrize("thing", ["a castle", "a volcano", "a bear", "a lake"])
def test_things_that_paintings_are_mistaken_for_are_not_said(thing: str) -> None:
    vague = {"kind": (("a landscape", 0.2),), "genre": (("a landscape", 0.2),), "object": ((thing, 0.95),)}
    assert thing.removeprefix("a ") not in write_caption(words_of(subject="a bay") | vague | {"subject": ()}, BRIGHT)


def test_no_man_is_guessed_where_the_genre_speaks_of_others() -> None:
    kinds = {"kind": (("a single figure", 0.45), ("a religious scene", 0.35)), "subject": (("a man", 0.3),)}
    church = {"genre": (("a religious scene", 0.48), ("a portrait", 0.2), ("a cityscape", 0.2))}
    portrait = {"genre": (("a portrait", 0.48), ("a nude", 0.4))}
    assert "man" not in read_scene(words_of() | kinds | church, DARK).subject
    assert read_scene(words_of() | kinds | portrait, DARK).subject == "a man"


def test_nobody_is_said_to_have_painted_himself() -> None:
    own = {"genre": (("a portrait", 0.9),), "kind": (("a single figure", 0.9),)}
    said = write_caption(words_of(subject="a self-portrait of the painter") | own, DARK)
    assert "self" not in said
    assert said.startswith("A portrait")
