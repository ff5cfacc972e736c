"""The fit of traditions: what was shown is told apart, what was not stays silent, artists are never divided."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from composer.perception.vocabulary import DEFAULT_TRADITION
from composer.training.perception.fit_traditions import fit_traditions, read_attributed


def test_what_was_shown_is_told_apart() -> None:
    rng = np.random.default_rng(0)
    labels = [DEFAULT_TRADITION] * 120 + ["Japanese woodblock print"] * 12
    pictures = rng.normal(0, 1, (132, 40)).astype(np.float32)
    pictures[120:, :3] += 6
    model = fit_traditions(pictures, labels)
    fresh = rng.normal(0, 1, (20, 40)).astype(np.float32)
    assert all(model.rank_vector(picture)[0][0] == DEFAULT_TRADITION for picture in fresh)
    fresh[:, :3] += 6
    read = [dict(model.rank_vector(picture)) for picture in fresh]
    assert sum(shares["Japanese woodblock print"] > 0.5 for shares in read) >= 18
    assert max(shares.get("Persian miniature", 0.0) for shares in read) < 1e-6


def test_the_table_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "paintings"
    folder.mkdir()
    (folder / "manifest.csv").write_text(
        "file,title,artist,culture\na.jpg,A,Hokusai,Japanese\nb.jpg,B,Unknown (Chinese),Chinese\n"
        "c.jpg,C,Unknown (Chinese),Chinese\nd.jpg,D,Luis Juarez,Mexican (New Spain)\n",
        encoding="utf-8",
    )
    (tmp_path / "painting_emotions.csv").write_text("artist\n", encoding="utf-8")  # nobody is locked
    found = read_attributed(tmp_path)
    assert [item.key for item in found] == [f"paintings/{name}.jpg" for name in "abcd"]
    assert found[0].tradition == "Japanese woodblock print"
    assert found[3].tradition == DEFAULT_TRADITION
    assert len({item.group for item in found}) == 4
