"""What the caption says, and what of it the plan turned into music."""

from __future__ import annotations

from dataclasses import replace

from composer.rendering.lesson.caption_words import caption_parts, find_words

CAPTION = "A stormy sea with ships, at night; Romantic painting in deep blues and greys; mood: solemn, grave."
DERIVED = {
    "valence": "sad 40%, mood ‹solemn›",
    "arousal": "sad 40%, mood ‹solemn›",
    "mode": "D minor: valence -0.40: dark; sad 40%, mood ‹solemn›",
    "tempo_bpm": "69 x 2^(0.5 + 0.7 x -0.10 + 0.1 x -0.40) = 91",
    "meter": "‹ship› in the caption: rocking and pastoral music goes in six",
    "instruments": "small orchestra: ‹stormy sea› in the caption; valence -0.40, arousal -0.10",
    "dynamics": "mean velocity 69",
    "articulation": "arousal -0.10: connected",
}


def means(kit, caption: str = CAPTION, **reasons: str) -> dict[str, tuple[str, ...]]:
    plan = kit.piece("glad").composition.plan
    task = find_words(replace(plan, caption=caption, reasons=DERIVED | reasons))
    assert task is not None
    return {word.text: word.means for word in task.words}


def test_a_caption_falls_into_its_pieces() -> None:
    assert [(part.kind, part.text) for part in caption_parts(CAPTION)] == [
        ("scene", "A stormy sea with ships"),
        ("light", "at night"),
        ("style", "Romantic painting"),
        ("colours", "deep blues and greys"),
        ("mood", "solemn"),
        ("mood", "grave"),
    ]
    assert [part.kind for part in caption_parts("A painting in browns, in mist; mood: calm, quiet.")] == [
        "colours", "light", "mood", "mood"
    ]  # fmt: skip
    assert [(part.kind, part.text) for part in caption_parts("My cat; asleep.")] == [("", "My cat; asleep")]
    assert caption_parts("") == ()


def test_a_word_is_heard_through_the_fields_whose_reasons_cite_it(lesson_kit) -> None:
    assert means(lesson_kit) == {
        "A stormy sea with ships": ("meter", "instruments"),
        "at night": (),
        "Romantic painting": (),
        "deep blues and greys": (),
        "solemn": ("mode", "tempo_bpm", "dynamics", "articulation"),
        "grave": ("mode", "tempo_bpm", "dynamics", "articulation"),
    }


def test_what_a_person_or_the_level_decided_is_not_the_pictures_doing(lesson_kit) -> None:
    found = means(
        lesson_kit,
        instruments="given by an option",
        tempo_bpm="given by an option",
        meter="level 1 instead of 6/8; ‹ship› in the caption: rocking and pastoral music goes in six",
        articulation="level 1: notes sound as long as they are written",
    )
    assert found["A stormy sea with ships"] == ()
    assert found["solemn"] == ("mode", "dynamics")
    assert means(lesson_kit, valence="given by an option")["solemn"] == ()


def test_without_a_caption_there_are_no_words(lesson_kit) -> None:
    assert find_words(replace(lesson_kit.piece("glad").composition.plan, caption="")) is None
