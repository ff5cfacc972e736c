"""Whole readings: deterministic, in range, grammatical, and different for different paintings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from composer.perception import vocabulary
from composer.perception.affect import EMOTIONS, FINE_EMOTIONS
from composer.perception.caption import write_caption
from composer.perception.colours import colour_noun, colour_phrase
from composer.perception.image import load_painting
from composer.perception.mixture import UNDERTONES
from composer.perception.palette import read_palette, rgb_to_lab
from composer.perception.perceive import perceive
from composer.perception.words import rank_moods
from composer.types import Perception, PictureWords
from tests.perception.conftest import alt_faults, caption_faults, gradient, painting_of


def check(reading: Perception) -> None:
    assert caption_faults(reading.caption) == [], reading.caption
    assert alt_faults(reading.alt) == [], reading.alt
    assert -1 <= reading.valence <= 1
    assert -1 <= reading.arousal <= 1
    assert 0 < reading.valence_sd < 1
    assert 0 < reading.arousal_sd < 1
    assert set(reading.emotions) == set(EMOTIONS)
    assert sum(reading.emotions.values()) == pytest.approx(1)
    assert min(reading.emotions.values()) > 0
    for wide, share in reading.emotions.items():
        within = sum(part for name, part in reading.fine_emotions.items() if FINE_EMOTIONS[name] == wide)
        assert within == pytest.approx(share, abs=1e-5)
    if reading.mixture is not None:
        assert reading.mixture.primary == reading.words["mood"][0][0]
        assert reading.mixture.secondary in UNDERTONES.values()
    for group in vocabulary.GROUPS:
        confidences = [confidence for _, confidence in reading.words[group]]
        assert confidences == sorted(confidences, reverse=True)
        assert all(0 <= confidence <= 1 for confidence in confidences)
    assert reading.words["subject"]
    assert np.linalg.norm(reading.embedding) == pytest.approx(1, abs=1e-5)


def test_drawn_pictures() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 300, 3), dtype=np.uint8)
    for painting in (gradient((0, 0, 0), (0, 0, 0)), gradient((255,) * 3, (255,) * 3), painting_of(noise)):
        check(perceive(painting))


def test_same_picture_same_reading() -> None:
    painting = gradient((250, 200, 120), (60, 70, 120))
    first, second = perceive(painting), perceive(painting)
    assert first == second
    assert np.array_equal(first.embedding, second.embedding)


def test_real_paintings(real_paintings: list[Path]) -> None:
    readings = [perceive(load_painting(path)) for path in real_paintings]
    for reading in readings:
        check(reading)
    assert len({reading.caption for reading in readings}) >= 0.9 * len(readings)
    valence, arousal = ([getattr(r, name) for r in readings] for name in ("valence", "arousal"))
    assert np.std(valence) > 0.2
    assert np.std(arousal) > 0.15
    assert min(valence) < 0 < max(valence)
    assert min(arousal) < 0 < max(arousal)
    undertones = [r.mixture.secondary for r in readings if r.mixture is not None]
    assert 0.2 < len(undertones) / len(readings) < 0.9
    assert len(set(undertones)) >= 3


def test_year_and_artist_name_the_style_and_say_so() -> None:
    picture = gradient((150, 110, 60), (60, 40, 20))
    words = PictureWords(artist="Hieronymus Bosch", year=1490, sources={"artist": "file name", "year": "given"})
    told, alone = perceive(picture, picture_words=words), perceive(picture)
    assert told.words["style"][0][0] == "Renaissance"
    assert "year 1490 (given) Renaissance" in told.sources["style"]
    assert "style" not in alone.sources
    assert alone.words["style"][0][0] != "Renaissance"


def test_every_term_makes_a_sentence() -> None:
    palette = read_palette(gradient((120, 90, 60), (60, 60, 70)))
    words = dict.fromkeys(vocabulary.GROUPS, ())
    for term in vocabulary.terms():
        chosen = {**words, "subject": (("a landscape", 0.9),), "mood": (("calm", 0.3), ("serene", 0.2))}
        chosen[term.group] = ((term.text, 0.95), ("calm", 0.01)) if term.group == "mood" else ((term.text, 0.95),)
        caption = write_caption(chosen, palette)
        assert caption_faults(caption) == [], caption
        if term.group in ("subject", "style"):
            # Where the colours contradict a subject, its family or kind stands.
            general = [term.family, vocabulary.GENERAL[term.kinds[0]]] if term.group == "subject" else []
            said = [term.text, *general]
            assert any(text.lower() in caption.lower() for text in said), caption


def test_the_unsure_is_left_out() -> None:
    palette = read_palette(gradient((40, 60, 140), (30, 50, 110)))
    words = {
        "subject": (("the sea", 0.09), ("a bay", 0.08), ("a man", 0.05)),
        "setting": (("with boats", 0.1),),
        "light": (("at night", 0.1),),
        "style": (("Baroque", 0.2),),
        "mood": (("calm", 0.2), ("serene", 0.1)),
    }
    assert write_caption(words, palette) == "A painting in deep blues; mood: calm, serene."
    words["subject"] = (("the sea", 0.3), ("a bay", 0.08), ("a man", 0.05))
    assert write_caption(words, palette) == "Perhaps the sea; painting in deep blues; mood: calm, serene."
    words["subject"] = (("a bay", 0.24), ("a beach", 0.24), ("a man", 0.05))
    assert write_caption(words, palette) == "A coast; painting in deep blues; mood: calm, serene."
    words["subject"] = (("the sea", 0.22), ("a river", 0.2), ("a lake", 0.1), ("a man", 0.05))
    assert write_caption(words, palette) == "A view over water; painting in deep blues; mood: calm, serene."
    words["subject"] = (("the sea", 0.23), ("a valley", 0.22), ("a street", 0.2), ("a man", 0.05))
    assert write_caption(words, palette) == "An outdoor scene; painting in deep blues; mood: calm, serene."
    words["subject"], words["style"] = (("the sea", 0.6),), (("Romantic", 0.8),)
    assert write_caption(words, palette) == "The sea; Romantic painting in deep blues; mood: calm, serene."


def test_colour_phrases() -> None:
    assert colour_phrase(read_palette(gradient((20, 30, 110), (10, 20, 80)))) == "deep blues"
    assert "greens" in colour_phrase(read_palette(gradient((60, 140, 60), (40, 110, 50))))
    assert colour_phrase(read_palette(gradient((128,) * 3, (140,) * 3))) == "greys"
    stripes = np.concatenate([np.zeros((60, 60, 3)), np.full((60, 60, 3), 255)], 1).astype(np.uint8)
    assert colour_phrase(read_palette(painting_of(stripes))) == "black and white"


@pytest.mark.parametrize(
    ("valence", "arousal", "word"),
    [(0.85, 0.6, "joyful"), (-0.75, 0.8, "violent"), (-0.7, -0.35, "sorrowful"), (0.6, -0.5, "serene")],
)
def test_moods_follow_the_plane(valence: float, arousal: float, word: str) -> None:
    assert rank_moods(valence, arousal)[0][0] == word


def test_importing_is_cheap() -> None:
    code = (
        "import sys; from composer.perception.image import load_painting; "
        "print([m for m in ('torch', 'open_clip', 'timm', 'transformers', 'scipy', 'sklearn') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_embedded_path_needs_neither_open_clip_nor_timm() -> None:
    code = (
        "import sys, numpy as np; from composer.types import Painting; "
        "from composer.perception.perceive import perceive; "
        "p = Painting(name='x', sha256='', width=32, height=32, format='PNG', rgb=np.zeros((32, 32, 3), np.uint8)); "
        "perceive(p); print([m for m in ('open_clip', 'timm', 'transformers') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_night_in_one_colour_is_not_black_and_white() -> None:
    night = read_palette(painting_of(np.full((40, 40, 3), (15, 14, 9), np.uint8)))
    assert colour_phrase(night) == "blacks"
    green = np.full((40, 40, 3), (15, 14, 9), np.uint8)
    green[28:36] = (30, 60, 35)
    assert "greens" in colour_phrase(read_palette(painting_of(green)))


@pytest.mark.parametrize(
    ("rgb", "noun"),
    [
        ((170, 99, 69), "reds"),  # the terracotta of a sunset, not a brown
        ((115, 65, 37), "browns"),
        ((197, 143, 126), "pinks"),
        ((157, 137, 99), "ochres"),  # golden haze
        ((28, 37, 31), "greens"),  # a dark green, not a black
        ((15, 14, 9), "blacks"),
    ],
)
def test_colours_have_the_names_that_one_would_give(rgb: tuple[int, int, int], noun: str) -> None:
    assert colour_noun(rgb_to_lab(np.array(rgb, np.uint8))) == noun
