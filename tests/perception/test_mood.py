"""Moods in words: order, negation, degree, and errors in two lines."""

from __future__ import annotations

import pytest

from composer.errors import UsageError
from composer.perception.mood import MAX_CHARACTERS, read_mood


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("sorrow", ["sorrow"]),
        ("sad, lonely", ["sad, lonely"]),
        ("sad, then glad", ["sad", "glad"]),
        ("from anger to peace", ["anger", "peace"]),
        ("wild in the end, calm at first", ["calm", "wild"]),
        ("it begins in fear and ends with joy", ["fear", "joy"]),
        ("Dark. Finally, light!", ["dark", "light"]),
        ("at first tense, relaxed", ["tense", "relaxed"]),
        ("a slow start, a furious middle, a slow ending", ["a slow", "a furious", "a slow"]),
    ],
)
def test_time_words_part_and_order(text: str, stages: list[str]) -> None:
    assert [stage.text for stage in read_mood(text).stages] == stages


def test_negation_turns_a_word_around() -> None:
    for plain, denied in (("happy", "not happy"), ("cheerful", "never cheerful"), ("sad", "without any sadness")):
        assert read_mood(plain).valence * read_mood(denied).valence < 0


def test_degrees_grow() -> None:
    for word in ("sad", "happy"):
        strengths = [abs(read_mood(f"{degree}{word}").valence) for degree in ("slightly ", "", "very ", "extremely ")]
        assert strengths == sorted(strengths)
        assert strengths[0] < strengths[-1]


def test_words_that_moved_it_are_named() -> None:
    (stage,) = read_mood("gentle but not sad").stages
    assert [word.text for word in stage.words] == ["gentle", "not sad"]


def test_everything_stays_in_range() -> None:
    for text in ("extremely utterly furious rage and terror", "not", "then then", "!a", "悲しみ", "x" * MAX_CHARACTERS):
        for stage in read_mood(text).stages:
            assert -1 <= stage.valence <= 1
            assert -1 <= stage.arousal <= 1


@pytest.mark.parametrize("text", ["", "  ", "?!", "123", "a" * (MAX_CHARACTERS + 1)])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--mood") as caught:
        read_mood(text)
    assert caught.value.hint
