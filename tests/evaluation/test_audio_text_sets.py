"""What the tagger and the encoder say of sets: pairs by name, texts by file, refusals in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from composer.errors import UsageError
from composer.evaluation.audio_text_sets import hear_sets, match_texts, read_texts
from composer.evaluation.samples import Measured, Sample
from composer.metrics.sound_encoder import ENCODER, load_sound_encoder
from composer.metrics.tags import TAGGER, posterior, tag_names

TEXTS = ("solo flute, fast, joyful", "organ and choir, slow, sad", "brass and drums, loud", "solo harp, peaceful")


def measured(folder: str, names: list[str], seed: int) -> Measured:
    """Pieces that sound exactly like the texts, one each, and have tags drawn at random."""
    rng = np.random.default_rng(seed)
    said = load_sound_encoder().embed_texts(TEXTS)
    samples = [
        Sample(
            name=name,
            embeddings={
                ENCODER: said[[number % len(TEXTS)]],
                TAGGER: posterior(rng.normal(size=(2, len(tag_names())))),
            },
        )
        for number, name in enumerate(names)
    ]
    return Measured(folder=Path(folder), samples=tuple(samples), failures=())


NAMES = ["a.mid", "b.mid", "c.mid", "d.mid"]


def test_texts_are_found_by_name_with_or_without_extension() -> None:
    texts = dict(zip(["a.mid", "b", "c.mid", "d"], TEXTS, strict=True))
    found = match_texts(measured("set", NAMES, 0), texts, np.random.default_rng(0))
    assert found.matched.value == pytest.approx(1)
    assert found.recall_at_1.value == 1
    assert found.advantage.low > 0
    with pytest.raises(UsageError, match="1 pieces with sound have a text"):
        match_texts(measured("set", NAMES, 0), {"a": "x"}, np.random.default_rng(0))


def test_kl_is_only_taken_of_pairs() -> None:
    rng = np.random.default_rng(0)
    made = measured("set", NAMES, 0)
    pairs = hear_sets(made, measured("reference", [name.replace("mid", "wav") for name in NAMES], 1), None, rng)
    assert pairs.divergence is not None
    assert pairs.divergence.value > 0
    assert pairs.divergence.n == 4
    others = hear_sets(made, measured("reference", ["x.mid", "y.mid", "z.mid"], 1), None, rng)
    assert others.divergence is None
    assert any("pairs of one name" in note for note in others.notes)
    assert others.inception is not None
    assert others.inception.n == 4
    assert TAGGER in "\n".join(others.lines())
    silent = Measured(folder=Path("x"), samples=(Sample(name="a.mid"),), failures=())
    assert hear_sets(silent, silent, None, rng).inception is None


def test_tables_of_texts_are_checked(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text('file,text\na.mid,"slow, sad"\nb.mid,\n', encoding="utf-8")
    assert read_texts(good) == {"a.mid": "slow, sad"}
    bad.write_text("name,words\na,b\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no columns 'file' and 'text'"):
        read_texts(bad)
    with pytest.raises(UsageError, match="cannot be read"):
        read_texts(tmp_path / "missing.csv")
