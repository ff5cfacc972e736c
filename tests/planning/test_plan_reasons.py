"""What a plan says of itself, and how a person's own leaning moves what it is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from statistics import fmean

import pytest

from composer.planning import PlanOverrides, make_plan
from composer.planning.harmony import HarmonyTask
from composer.planning.reasons import (
    affect_reason,
    chord_reason,
    mood_evidence,
    perception_evidence,
    section_reason,
    stage_reason,
)
from composer.theory import Key, Meter, parse_chord
from composer.types import Correction, Mood, MoodStage, MoodWord, MusicalPlan, Perception, Section

MakePerception = Callable[..., Perception]


def plan(seed: int = 1, correction: Correction | None = None, **overrides: object) -> MusicalPlan:
    asked = PlanOverrides(**{"instruments": "violin,piano", "meter": "4/4"} | overrides)  # type: ignore[arg-type]
    return make_plan(None, overrides=asked, seed=seed, correction=correction or Correction())


# ----------------------------------------------------------------------------------------- in words


def section(name: str, start: int, **more: object) -> Section:
    return Section(name=name, start_bar=start, bars=4, phrases=(4,), **more)  # type: ignore[arg-type]


def test_sections_are_named_with_their_phrases_and_what_returns_change() -> None:
    form = (
        section("Intro", 1, opening=True),
        section("A", 5),
        section("A'", 9, varies="A", variation="rhythm"),
        section("Codetta", 13, cadence="plagal"),
    )
    assert section_reason(form) == (
        "Intro A A' Codetta: phrases of 4 4 4 4 bars; Intro: the accompaniment alone, before the tune; "
        "A': the tune in another rhythm, dotted or evened; Codetta: a plagal echo"
    )
    again = replace(form[3], cadence="authentic")
    assert section_reason((form[1], again)) == "A Codetta: phrases of 4 4 bars; Codetta: the cadence once more"
    assert section_reason(form[1:3]).count(";") == 1


def test_chords_are_described_by_mode_pace_colour_and_stillness() -> None:
    task = HarmonyTask(key=Key.of("A", "minor"), meter=Meter.parse("3/4"), tempo_bpm=60, colour=0.25)
    rhythm, _, colour = chord_reason(task).rpartition("; ")
    assert rhythm == "minor phrases, about a chord a bar (3.0 s), two at cadences"
    assert colour == "chromatic chords in at most 12% of the bars"
    still = chord_reason(replace(task, prolonged=0.3, stillness=0.5))
    assert "staying over 30% of the bar lines" in still
    assert "quiet sadness (50%)" in still


def mood() -> Mood:
    joy, grief = MoodWord(text="joy", valence=0.8, arousal=0.5), MoodWord(text="grief", valence=-0.7, arousal=-0.4)
    return Mood(
        text="joy, then grief",
        stages=(
            MoodStage(text="joy", valence=0.8, arousal=0.5, words=(joy,)),
            MoodStage(text="then grief", valence=-0.7, arousal=-0.4, words=(grief,)),
        ),
    )


def test_a_mood_is_cited_word_by_word_and_stage_by_stage(seen: MakePerception) -> None:
    assert affect_reason("valence", 0.05, None, mood()) == "valence +0.05: ‹joy› +0.80, ‹grief› −0.70"
    assert affect_reason("arousal", 0.05, seen(), mood()).endswith("‹joy› +0.50, ‹grief› −0.40")
    assert mood_evidence(mood()) == "the mood ‹joy, then grief›"
    words = "in the order of the words, valence and arousal: ‹joy› +0.80 +0.50, then ‹then grief› −0.70 −0.40"
    assert stage_reason(mood()) == words
    assert affect_reason("valence", 0.1, seen(), None) == ""
    assert affect_reason("valence", 0.1, None, None) == ""


@pytest.mark.parametrize(
    ("lightness", "warmth", "words"),
    [
        (0.39, 0.0, "dark, neutral"),
        (0.4, 0.15, "mid-toned, neutral"),
        (0.65, 0.16, "mid-toned, warm"),
        (0.66, -0.16, "light, cool"),
        (0.9, -0.15, "light, neutral"),
    ],
)
def test_a_picture_is_cited_by_feeling_palette_and_mood(
    seen: MakePerception, lightness: float, warmth: float, words: str
) -> None:
    picture = seen(emotions={"awe": 0.5, "fear": 0.2}, words={"mood": (("solemn", 0.6), ("grim", 0.2))})
    palette = replace(picture.palette, lightness=lightness, warmth=warmth)
    said = perception_evidence(replace(picture, palette=palette))
    assert said == f"awe 50%, {words} palette, mood ‹solemn›"
    assert perception_evidence(None) == "no picture: neutral"
    bare = replace(picture, emotions={}, words={}, palette=replace(palette, swatches=()))
    assert perception_evidence(bare) == "given feeling"


def test_every_field_says_where_it_comes_from() -> None:
    usual = plan(valence=-0.4, arousal=0.5)
    assert usual.reasons["valence"] == usual.reasons["arousal"] == "given by an option"
    assert usual.reasons["tempo_bpm"] == f"69 x 2^(0.5 + 0.7 x +0.50 + 0.1 x -0.40) = {usual.tempo_bpm:g}"
    assert usual.reasons["mode"].startswith(f"{usual.tonic} {usual.mode}: valence -0.40")
    assert usual.reasons["mode"].endswith("; given by an option")
    assert usual.reasons["dynamics"] == "mean velocity 86 for valence -0.40, arousal +0.50; climax past two thirds"
    assert usual.reasons["articulation"] == "arousal +0.50: detached"
    assert plan(arousal=0.3).reasons["articulation"] == "arousal +0.30: connected"
    assert usual.reasons["meter"] == usual.reasons["instruments"] == "given by an option"
    assert "no picture" in plan(valence=-0.4).reasons["arousal"]
    assert "no picture" in plan(valence=-0.4).reasons["mode"]


def test_the_length_says_how_it_was_found() -> None:
    usual = plan(seed=2, valence=0.3, arousal=0.0)
    assert usual.reasons["bars"].startswith(f"about a minute at {usual.tempo_bpm:g} bpm, in fours and eights")
    framed = [plan(seed=seed, valence=0.3, arousal=0.0) for seed in range(12)]
    for one in framed:
        extra = sum(part.bars for part in one.sections if part.opening or part.name == "Codetta")
        assert (f", and {extra} to open and close" in one.reasons["bars"]) is bool(extra)
    assert plan(bars=20).reasons["bars"] == "given by an option"
    timed = plan(duration_s=50, valence=0.3, arousal=0.0)
    assert timed.reasons["bars"] == "50.0 of 50 seconds asked"
    assert timed.reasons["tempo_bpm"].endswith(f"; {timed.tempo_bpm:g} for the duration")
    assert "for the duration" not in usual.reasons["tempo_bpm"]
    assert plan(level="1", instruments="piano").reasons["bars"] == "one page for a learner"


def test_one_piece_in_seven_has_triplets_where_beats_are_quarters() -> None:
    made = [plan(seed=seed, bars=1) for seed in range(120)]
    triple = [one for one in made if one.subdivision == "triple"]
    assert 0.07 < len(triple) / 120 < 0.23
    assert {one.reasons["subdivision"] for one in triple} == {"triplets, as in 15% of pieces"}
    seeds = [seed for seed, one in enumerate(made) if one.subdivision == "triple"]
    assert {plan(seed=seed, bars=1, meter="6/8").subdivision for seed in seeds} == {"duple"}
    assert {plan(seed=seed, bars=1, level="4", instruments="piano").subdivision for seed in seeds} == {"duple"}


# ------------------------------------------------------------------------------------ a person's own


def test_a_leaning_in_feeling_moves_the_reading_and_not_what_is_asked_for(seen: MakePerception) -> None:
    lean = Correction(valence=0.3, arousal=-0.2, source="mine")
    picture = seen(0.5, -0.9)
    moved = make_plan(picture, seed=1, correction=lean)
    assert (moved.valence, moved.arousal) == (0.8, -1.0)
    assert moved.reasons["valence"].endswith("; +0.30 for the profile mine")
    asked = make_plan(picture, seed=1, correction=lean, overrides=PlanOverrides(valence=0.1))
    assert (asked.valence, asked.arousal) == (0.1, -1.0)
    assert asked.reasons["valence"] == "given by an option"
    in_words = make_plan(None, seed=1, correction=lean, mood=mood())
    assert in_words.valence == pytest.approx(0.05)
    assert "profile" not in in_words.reasons["valence"]


def test_a_leaning_in_tempo_is_in_octaves_and_leaves_a_tempo_that_is_asked_for() -> None:
    usual = plan(valence=0.2, arousal=0.0)
    quick, slow = (plan(valence=0.2, arousal=0.0, correction=Correction(tempo=by, source="me")) for by in (0.3, -0.3))
    assert quick.tempo_bpm == round(usual.tempo_bpm * 2**0.3)
    assert slow.tempo_bpm == round(usual.tempo_bpm * 2**-0.3)
    assert quick.reasons["tempo_bpm"].endswith(f"; {quick.tempo_bpm:g} for the profile me")
    assert plan(tempo_bpm=90.0, correction=Correction(tempo=0.3)).tempo_bpm == 90


def test_a_leaning_in_density_and_register_moves_the_tune() -> None:
    usual = plan(bars=16, valence=0.2, arousal=0.0).sections
    moved = plan(bars=16, valence=0.2, arousal=0.0, correction=Correction(density=0.5, register=4.0)).sections
    for one, two in zip(usual, moved, strict=True):
        assert two.density == pytest.approx(one.density * 2**0.5, abs=0.02)
        assert two.register == one.register + 4
    most = plan(bars=16, arousal=1.0, tempo_bpm=40.0, correction=Correction(density=0.6)).sections
    assert max(one.density for one in most) == 4.0
    staged = [
        make_plan(None, mood=mood(), overrides=PlanOverrides(bars=16), seed=1, correction=correction).sections
        for correction in (Correction(), Correction(density=0.5, register=4.0))
    ]
    for one, two in zip(*staged, strict=True):
        assert two.density == pytest.approx(one.density * 2**0.5, abs=0.02)
        assert two.register in (one.register + 3, one.register + 4, one.register + 5)


def test_a_leaning_to_consonance_takes_away_sevenths_and_chromatic_chords_and_its_opposite_adds_them() -> None:
    def full(consonance: float) -> tuple[float, float]:
        sevenths = foreign = total = 0
        for seed in range(12):
            made = plan(
                seed=seed, bars=16, valence=0.1, arousal=0.5, mode="major",
                correction=Correction(consonance=consonance),
            )  # fmt: skip
            for chord in made.chords:
                parsed = parse_chord(chord.symbol)
                total += 1
                sevenths += len(parsed.pitch_classes) > 3
                foreign += not parsed.pitch_classes <= made.key.pitch_classes
        return sevenths / total, foreign / total

    plain, usual, rich = full(0.5), full(0.0), full(-0.5)
    assert plain[0] < usual[0] < rich[0]
    assert plain[1] < usual[1] < rich[1] + 0.05
    assert plain[1] < 0.1


# --------------------------------------------------------------------------------- what a plan follows


def chromatic_bars(plans: list[MusicalPlan]) -> float:
    """Mean of the percentages of bars that may have chromatic chords, by the plans' own words."""
    said = [one.reasons["chords"].partition("chromatic chords in at most ")[2] for one in plans]
    return fmean(float(one.partition("%")[0]) for one in said)


def test_busy_pictures_and_stirred_feelings_are_more_chromatic(seen: MakePerception) -> None:
    def colour(complexity: float, arousal: float) -> float:
        picture = seen(0.0, arousal)
        picture = replace(picture, palette=replace(picture.palette, complexity=complexity))
        return chromatic_bars([make_plan(picture, seed=seed) for seed in range(20)])

    base = colour(0.0, 0.0)
    assert 15 < base < 50
    assert colour(1.0, 0.0) > 1.3 * base
    assert colour(0.0, 1.0) > 1.3 * base


def test_the_stillest_sadness_has_few_chromatic_chords() -> None:
    def colour(valence: float, arousal: float) -> float:
        return chromatic_bars([plan(seed=seed, bars=16, valence=valence, arousal=arousal) for seed in range(20)])

    assert colour(-1.0, -1.0) < 0.65 * colour(1.0, -1.0)


def test_levels_of_beginners_have_no_sevenths_but_the_dominants() -> None:
    for level in ("primer", "1", "2"):
        for seed in range(4):
            made = plan(seed=seed, level=level, instruments="piano", valence=0.4, arousal=0.2)
            assert all(chord.roman.startswith("V") for chord in made.chords if "7" in chord.symbol)


def test_the_sections_of_a_mood_follow_its_words_and_the_mode_its_first() -> None:
    made = make_plan(None, mood=mood(), seed=3, overrides=PlanOverrides(bars=16))
    first, last = made.sections[0], made.sections[-1]
    assert (first.valence, first.arousal, last.valence, last.arousal) == (0.8, 0.5, -0.7, -0.4)
    assert not made.key.minor
    assert made.reasons["mode"].endswith("the mood ‹joy, then grief›")
    assert "in the order of the words" in made.reasons["sections"]
    turned = make_plan(None, mood=mood(), seed=3, overrides=PlanOverrides(bars=16, valence=-0.6))
    assert turned.key.minor
    assert turned.valence == -0.6


def test_no_leaning_asks_for_less_than_nothing() -> None:
    for seed in range(20):
        made = plan(seed=seed, bars=4, valence=0.1, arousal=-0.2, correction=Correction(consonance=0.5))
        assert "chromatic chords in at most 0% of the bars" in made.reasons["chords"]


def test_chords_beside_the_dominants_have_sevenths_but_at_the_levels_of_beginners() -> None:
    full = {"ii7", "ii65", "IVmaj7", "vi7", "iii7"}

    def count(**more: object) -> int:
        made = [plan(seed=seed, bars=16, mode="major", valence=0.2, arousal=0.0, **more) for seed in range(8)]
        return sum(chord.roman in full for one in made for chord in one.chords)

    assert count() > 8
    assert count(level="2", instruments="piano") == 0
