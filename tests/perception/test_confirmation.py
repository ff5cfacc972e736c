"""A title's noun is said where the picture shows it too, and never because the title says it."""

from __future__ import annotations

import numpy as np
import pytest

from composer.perception import vocabulary
from composer.perception.confirmation import cues_of_object, load_confirmation
from composer.perception.object_classes import FAMILIES
from composer.perception.palette import read_palette
from composer.perception.scene import read_scene
from composer.types import Painting

SUBJECTS = [term.text for term in vocabulary.terms() if term.group == "subject"]
GREY = read_palette(Painting(name="", sha256="", width=9, height=9, format="", rgb=np.full((9, 9, 3), 128, np.uint8)))


def shares(names: list[str], **shown: float) -> np.ndarray:
    found = np.zeros(len(names), np.float32)
    for name, share in shown.items():
        found[names.index(name.replace("_", " "))] = share
    return found


def read(title: str, *, subjects: dict[str, float] | None = None, objects: dict[str, float] | None = None) -> list[str]:
    seen = shares(SUBJECTS, **(subjects or {})), shares(list(FAMILIES), **(objects or {}))
    return [phrase for phrase, _ in load_confirmation().read(title, *seen)]


def test_what_the_picture_does_not_show_is_not_said() -> None:
    assert read("The Crucifixion, with a dog and a ship") == []


def test_what_the_title_does_not_name_is_not_confirmed() -> None:
    assert read("Untitled", subjects={"the_Crucifixion": 0.9}, objects={"a_ship": 0.9}) == []


def test_what_both_say_is_confirmed_subjects_first() -> None:
    found = read("A ship off the coast", subjects={"a_coast": 0.6}, objects={"a_ship": 0.6})
    assert found == ["a coast", "a ship"]


def test_what_the_title_names_more_closely_comes_first() -> None:
    shown = {"boats_on_a_river": 0.6, "fishing_boats": 0.3}
    assert read("Three Fishing Boats", subjects=shown) == ["fishing boats", "boats on a river"]


def test_what_stands_beside_is_not_what_the_picture_is_of() -> None:
    both = {"a_shepherd": 0.9, "the_Virgin_and_Child": 0.001}
    assert "a shepherd" not in read("The Virgin and Child with a Shepherd", subjects=both)
    assert read("Woman with a Hat", subjects={"a_woman_in_a_hat": 0.9}) == ["a woman in a hat"]


@pytest.mark.parametrize("title", ["View of the falls", "Cat", "A swan"])
def test_vague_words_and_things_that_the_tower_does_not_know_in_paintings_confirm_nothing(title: str) -> None:
    everything = np.full(len(SUBJECTS), 0.5, np.float32), np.full(len(FAMILIES), 0.5, np.float32)
    assert not {"a city view", "a swan"} & {phrase for phrase, _ in load_confirmation().read(title, *everything)}


def test_the_virgin_without_the_child_is_another_subject() -> None:
    shown = {"the_Virgin_and_Child": 0.9}
    assert read("The Virgin of the Rocks", subjects=shown) == ["the Virgin and Child"]
    assert read("Coronation of the Virgin", subjects=shown) == []


def test_every_cue_is_one_word() -> None:
    assert all(" " not in cue for phrase in FAMILIES for cue in cues_of_object(phrase))
    assert {"swan", "swans"} <= cues_of_object("a swan")


def scene(titled: tuple[tuple[str, float], ...], *, subject: str, share: float) -> tuple[str, str]:
    words = {"subject": ((subject, share),), "titled": titled}
    found = read_scene(words, GREY)
    return found.subject, found.setting


def test_a_confirmed_subject_replaces_a_vaguer_or_doubtful_one() -> None:
    assert scene((("a shepherd", 0.9),), subject="a woman", share=0.3)[0] == "a shepherd"
    assert scene((("ships at sea", 0.9),), subject="the sea", share=0.9)[0] == "ships at sea"


def test_a_subject_seen_more_closely_stands() -> None:
    assert scene((("a man", 0.9),), subject="an old man", share=0.9)[0] == "an old man"


def test_a_confirmed_thing_stands_beside_the_subject_once() -> None:
    assert scene((("a bridge", 0.9),), subject="a river", share=0.9) == ("a river", "with a bridge")
    assert scene((("a ship", 0.9),), subject="ships at sea", share=0.9)[1] == ""


def test_a_self_portrait_is_said_where_the_title_says_so_alone() -> None:
    named = "a self-portrait of the painter"
    assert scene(((named, 0.9),), subject="a man", share=0.6)[0] == named
    assert scene((), subject=named, share=0.9)[0] != named
