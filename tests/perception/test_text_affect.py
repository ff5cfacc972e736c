"""Texts read for their feeling, and fused with what the picture shows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from composer.perception.affect import BLEND, load_affect_model
from composer.perception.encoder import load_embedded
from composer.perception.fusion import Opinion, TargetFusion, load_fusion, opinion_of, pool
from composer.perception.perceive import perceive
from composer.perception.picture_heads import load_picture_heads
from composer.perception.text_affect import is_telling, load_text_affect, plain_text
from composer.perception.witnesses import combine, read_words
from composer.types import PictureWords
from tests.perception.conftest import gradient


def test_titles_are_told_apart() -> None:
    model = load_text_affect()
    for glad, sad in (
        ("Happy Children in the Garden", "The Death of the Mother"),
        ("Spring Morning", "Execution of the Rebels"),
        ("The Wedding Dance", "Melancholy"),
    ):
        assert model.title(glad).valence > model.title(sad).valence + 0.2
    assert model.title("The Wedding Dance").arousal > model.title("Sleeping Cat").arousal


@pytest.mark.parametrize(
    "text", ["Untitled", "Untitled No. 4", "Composition", "Composition VIII", "No. 12", "雪景色", ""]
)
def test_titles_that_tell_nothing_are_not_heard(text: str) -> None:
    assert not is_telling(text)
    assert read_words(PictureWords(title=text)) == ()


def test_names_and_faint_titles_count_for_little() -> None:
    model = load_text_affect()
    telling = [model.title(text).valence_sd for text in ("The Massacre of the Innocents", "Grief", "The Wedding Dance")]
    for text in ("Maria Schmidt", "John Miller", "Cornelis de Vos"):
        assert model.title(text).valence_sd > max(telling)


def test_words_are_read_by_what_they_mean() -> None:
    (sad, glad, calm, wild) = load_text_affect().words(["sad", "joyful", "calm", "furious"])
    assert sad[0] < 0 < glad[0]
    assert calm[1] < wild[1]


def test_emotions_are_distributions() -> None:
    found = load_text_affect().title("Grief")
    assert math.isclose(sum(found.emotions.values()), 1, abs_tol=1e-6)
    assert math.isclose(sum(found.fine.values()), 1, abs_tol=1e-6)
    assert found.emotions["sad"] > load_text_affect().title("Joy").emotions["sad"]


def test_numbers_are_left_out() -> None:
    assert plain_text("Composition No. 10, 1939") == "composition ,"


def _target(**weights: float) -> TargetFusion:
    return TargetFusion(mean=0.2, sd=0.4, weights=weights, widening=1.0)


def test_a_witness_that_knows_nothing_changes_nothing() -> None:
    target = _target(picture=1.0, title=1.0)
    seen = ("picture", Opinion(mean=-0.1, sd=0.3))
    alone, together = target.fuse([seen]), target.fuse([seen, ("title", Opinion(mean=0.9, sd=0.4))])
    assert together.value == pytest.approx(alone.value)
    assert together.sd == pytest.approx(alone.sd)
    assert together.shares[1] == 0


def test_the_surer_witness_counts_for_more_and_disagreement_widens() -> None:
    target = _target(picture=1.0, title=1.0)
    opinions = [("picture", Opinion(mean=-0.5, sd=0.38)), ("title", Opinion(mean=0.5, sd=0.25))]
    found = target.fuse(opinions)
    assert found.shares[1] > found.shares[0]
    assert found.value > 0.1
    agreeing = target.fuse([("picture", Opinion(mean=0.5, sd=0.38)), opinions[1]])
    assert agreeing.value > found.value
    assert found.sd > replace(target, widening=0.0).fuse(opinions).sd


def test_restored_values_give_their_opinions_back() -> None:
    target = _target()
    r, spread = 0.5, 0.8
    sd = target.sd * math.sqrt(1 + spread**2 - 2 * spread * r)
    found = opinion_of(target.mean + 0.2, sd, target)
    assert found.mean == pytest.approx(target.mean + 0.2 * r / spread)
    assert found.sd == pytest.approx(target.sd * math.sqrt(1 - r * r))


def test_pools_follow_their_exponents() -> None:
    usual, told = {"happy": 0.7, "sad": 0.3}, {"happy": 0.3, "sad": 0.7}
    assert pool(usual, [(0.0, told)]) == pytest.approx(usual)
    assert pool(usual, [(1.0, told)]) == pytest.approx(told)
    assert 0.3 < pool(usual, [(0.5, told)])["sad"] < 0.7


def test_the_shipped_weights_count_both_witnesses() -> None:
    fusion = load_fusion()
    for target in (fusion.valence, fusion.arousal):
        assert target.weights["picture"] > 0
        assert target.weights["title"] > 0


def test_a_fearful_title_is_not_read_as_calm() -> None:
    model = load_text_affect()
    fearful, sad = (
        [model.title(text) for text in texts]
        for texts in (
            ("The Scream", "Storm at Sea", "Battle of Borodino", "The Massacre of the Innocents"),
            ("Grief", "The Mourning Woman", "Loneliness", "By the Deathbed"),
        )
    )
    for one in fearful:  # people felt fear, and the norms that rated arousal is made of call the word calm
        assert one.arousal > one.rated_arousal + 0.1
    assert sum(one.arousal for one in fearful) > sum(one.arousal for one in sad) + 0.8


def test_a_scream_is_played_more_stirred_than_grief() -> None:
    seen = perceive(gradient((150, 90, 60), (60, 60, 110)))
    scream, grief, none = (
        perceive(gradient((150, 90, 60), (60, 60, 110)), picture_words=PictureWords(title=title))
        for title in ("The Scream", "Grief", "Untitled")
    )
    assert scream.valence < seen.valence
    assert scream.arousal > grief.arousal + 0.15
    assert scream.arousal > seen.arousal  # fear is unpleasant and not calm
    assert none.arousal == pytest.approx(seen.arousal)


def test_what_stirs_and_loud_words_raise_the_arousal_and_calm_does_not_lower_it() -> None:
    still = BLEND.value(-0.4, 0.0, 0.0)
    assert BLEND.value(-0.4, 0.0, 0.2) > still
    assert BLEND.value(-0.4, 0.0, -0.2) == still
    assert BLEND.value(-0.4, 0.0, 0.0, 0.3) > still > BLEND.value(-0.4, 0.0, 0.0, -0.3)
    assert BLEND.value(1.0, 1.0, 1.0, 1.0) == 1.0


def test_photographs_are_not_raised_by_what_stirs_in_paintings() -> None:
    blocks = load_embedded().look(gradient((150, 90, 60), (60, 60, 110)))
    seen = {**blocks, "titles": load_picture_heads().read(blocks).titles}
    model = load_affect_model()
    painting, photograph = model.predict(seen), model.predict(seen, photograph=1.0)
    assert painting.stir != 0.0
    assert photograph.stir == 0.0
    assert photograph.played_arousal == pytest.approx(0.75 * photograph.rated_arousal + 0.25 * photograph.arousal)
    told = combine(photograph, PictureWords(title="The Scream"), "").affect
    assert told.stir == 0.0
    assert told.word_arousal > 0.2
