"""Words of a caption that say something about music."""

from __future__ import annotations

import pytest

from composer.planning.cues import Cues, cues_of
from tests.planning.conftest import MakePerception


def test_words_count_as_whole_words_in_the_singular_or_plural() -> None:
    cues = Cues(text=" two ships near a shipwreck ")
    assert cues.first("ship") == "ship"
    assert cues.first("wreck", "shipwreck") == "shipwreck"
    assert cues.first("hip", "near a") == "near a"
    assert cues.first("boat") is None
    assert Cues().first("") is None


def test_the_first_of_the_phrases_that_stands_there_is_taken() -> None:
    assert Cues(text=" a boat and a ship ").first("ship", "boat") == "ship"


def test_a_caption_is_read_without_case_accents_and_signs(seen: MakePerception) -> None:
    cues = cues_of(seen(caption="Un café, with DANCERS; Post-Impressionist."))
    assert cues.text == " un cafe with dancers post impressionist "
    assert cues.first("dancer") == "dancer"
    assert cues_of(None).text == cues_of(seen(caption="")).text.replace("  ", " ") == " "


@pytest.mark.parametrize("caption", ["A field, perhaps a battle; in browns", "Perhaps a battle"])
def test_what_the_caption_only_guesses_at_decides_nothing(seen: MakePerception, caption: str) -> None:
    assert cues_of(seen(caption=caption)).first("battle") is None
    assert cues_of(seen(caption="A battle, perhaps a field")).first("battle") == "battle"


def test_a_word_is_cited_from_where_it_stands() -> None:
    told = Cues(text=" a japanese garden ", told="japanese")
    assert told.cite("japanese") == "‹japanese› given by --tradition"
    assert told.cite("garden") == "‹garden› in the caption"
