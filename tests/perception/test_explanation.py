"""Free texts, and the sheet that explains a reading: it points at what is there, and appears whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rc_context
from numpy.typing import NDArray
from PIL import Image

from composer.errors import OutputError, UsageError
from composer.perception import vocabulary
from composer.perception.encoder import load_encoder
from composer.perception.explanation import check_format, explain
from composer.perception.occlusion import CELLS, influence_map
from composer.perception.perceive import perceive
from composer.perception.regions import find_regions
from composer.perception.text_ranking import rank_texts
from composer.types import Painting
from tests.perception.conftest import gradient, painting_of


class RedEncoder:
    """Sees red: the embedding turns with the amount of it."""

    name = "red"
    scale = 10.0

    def embed_image(self, painting: Painting) -> NDArray[np.float32]:
        """Angle by the share of red pixels."""
        rgb = painting.rgb.astype(int)
        angle = float((rgb[..., 0] - rgb[..., 1:].max(axis=2) > 60).mean()) * 20
        return np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """«red» lies at the angle of much red, others by their length."""
        angles = [1.0 if "red" in text else 3.0 + len(text) / 100 for text in texts]
        return np.array([[np.cos(a), np.sin(a)] for a in angles], dtype=np.float32)


def spot(column: int, row: int) -> Painting:
    """A red square in one eighth of a grey picture."""
    rgb = np.full((160, 240, 3), 128, dtype=np.uint8)
    rgb[row * 20 : row * 20 + 20, column * 30 : column * 30 + 30] = (220, 20, 20)
    return painting_of(rgb)


@pytest.mark.parametrize(("column", "row"), [(1, 6), (6, 2), (3, 3)])
def test_the_map_peaks_where_the_thing_is(column: int, row: int) -> None:
    shares: list[float] = []
    found = influence_map(spot(column, row), RedEncoder(), progress=shares.append)
    assert found.shape == (CELLS, CELLS)
    peak = np.unravel_index(int(found.argmax()), found.shape)
    assert abs(int(peak[0]) - row) <= 1
    assert abs(int(peak[1]) - column) <= 1
    assert found[row, column] > 3 * np.median(found)
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_the_embedded_encoder_looks_at_the_object() -> None:
    rgb = np.full((200, 200, 3), (205, 200, 190), dtype=np.uint8)
    y, x = np.mgrid[:200, :200]
    rgb[(x - 150) ** 2 + (y - 60) ** 2 < 28**2] = (190, 30, 30)
    found = influence_map(painting_of(rgb), load_encoder())
    peak = np.unravel_index(int(found.argmax()), found.shape)
    assert abs(int(peak[0]) - 2) <= 2
    assert abs(int(peak[1]) - 6) <= 2


def test_a_blank_picture_has_no_peak() -> None:
    assert float(influence_map(painting_of(np.full((60, 60, 3), 90, np.uint8)), RedEncoder()).max()) == 0.0


def test_the_sheet_is_written_whole(tmp_path: Path) -> None:
    painting = gradient((230, 200, 140), (40, 50, 90))
    reading = perceive(painting)
    path = tmp_path / "sheet.png"
    explain(path, title="A long name " * 20, painting=painting, perception=reading)
    with Image.open(path) as sheet:
        assert sheet.format == "PNG"
        assert min(sheet.size) > 1000
        assert len(np.unique(np.asarray(sheet.convert("RGB").resize((200, 130))).reshape(-1, 3), axis=0)) > 500
    assert [item.name for item in tmp_path.iterdir()] == ["sheet.png"]
    before = path.read_bytes()
    explain(path, title="A long name " * 20, painting=painting, perception=reading)
    assert path.read_bytes() == before


def test_folders_and_unknown_formats_are_refused(tmp_path: Path) -> None:
    painting = gradient((230, 200, 140), (40, 50, 90))
    for name in ("sheet", "sheet.mid", "sheet.exe"):
        with pytest.raises(UsageError, match="--explain"):
            check_format(tmp_path / name)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match="folder"):
        explain(tmp_path / "folder.png", title="x", painting=painting, perception=perceive(painting))
    assert [item.name for item in tmp_path.iterdir()] == ["folder.png"]


def test_texts_are_ranked() -> None:
    embedding = RedEncoder().embed_image(spot(3, 3))
    found = rank_texts(RedEncoder(), embedding, ["a blue one", "  a   red one ", "another"])
    assert found[0].text == "a red one"
    assert sum(item.share for item in found) == pytest.approx(1)
    assert [item.similarity for item in found] == sorted((item.similarity for item in found), reverse=True)
    assert found[0].standing > 0.9
    assert all(-1 <= item.similarity <= 1 for item in found)


def test_the_vocabulary_can_be_asked_about() -> None:
    painting = gradient((60, 90, 200), (30, 60, 140))
    texts = [vocabulary.prompt(term) for term in vocabulary.terms()][:3]
    found = rank_texts(load_encoder(), perceive(painting).embedding, texts)
    assert {item.text for item in found} == set(texts)


@pytest.mark.parametrize("text", ["", "   ", "x" * 2000])
def test_useless_texts_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--ask"):
        rank_texts(RedEncoder(), np.array([1, 0], dtype=np.float32), [text])


def test_regions_are_numbered_and_named(tmp_path: Path) -> None:
    painting = gradient((230, 200, 140), (40, 50, 90))
    reading, path = perceive(painting), tmp_path / "sheet.svg"
    regions = find_regions(painting)
    with rc_context({"svg.fonttype": "none"}):
        explain(path, title="Name", painting=painting, perception=reading, regions=regions)
    text = path.read_text()
    for number, region in enumerate(regions, start=1):
        assert f">{number}<" in text
        assert f"{number} {region.name}"[:12] in text
