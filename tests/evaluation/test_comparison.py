"""Sets of the same kind are near, others are far, and nothing is measured twice."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from composer.errors import UsageError
from composer.evaluation import cache, compare_sets, set_report
from composer.metrics.embeddings import EMBEDDINGS


def test_another_kind_of_music_is_farther_than_the_floor(folders: Path, tmp_path: Path) -> None:
    near = compare_sets(folders / "same", folders / "calm", audio=False, workers=1)
    far = compare_sets(folders / "wild", folders / "calm", audio=False, workers=1)
    assert [each.embedding for each in near.distances] == [each.name for each in EMBEDDINGS if each.of == "notes"]
    assert far.distances[0].made.infinite > 3 * abs(near.distances[0].made.infinite)
    assert far.distances[0].floor.infinite == near.distances[0].floor.infinite
    assert far.overlaps["pitch_class_entropy"][0] < near.overlaps["pitch_class_entropy"][1] + 0.3
    assert [name for name, _ in near.reference.failures] == ["broken.mid"]
    assert any("vectors for 46 dimensions" in line for line in far.lines())
    data = json.loads(json.dumps(far.to_json(), allow_nan=False))
    assert data["made"]["n"] == data["reference"]["n"] == 12
    assert data["measures"]["notes_per_bar"]["made"]["n"] == 12
    set_report(far, tmp_path / "sets.html")
    page = (tmp_path / "sets.html").read_text(encoding="utf-8")
    assert page.count("<figure") == page.count("<svg") == page.count('role="img"') > 8
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "broken.mid" in page


def test_what_was_measured_is_not_measured_again(
    folders: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = compare_sets(folders / "same", folders / "calm", audio=False, workers=1)
    entries = list((own_home / "cache" / "evaluation").glob("*.json"))
    assert len(entries) == 24
    second = compare_sets(folders / "same", folders / "calm", audio=False, workers=1)
    assert list(second.lines()) == list(first.lines())
    entries[0].write_text("damaged")
    third = compare_sets(folders / "same", folders / "calm", audio=False, workers=1)
    assert list(third.lines()) == list(first.lines())


def test_entries_differ_by_content_and_question(own_home: Path) -> None:
    keys = {cache.key_of(b"a", {"x": 1}), cache.key_of(b"b", {"x": 1}), cache.key_of(b"a", {"x": 2})}
    assert len(keys) == 3
    assert cache.load("nothing") is None
    cache.store("key", {"value": 1.5})
    assert cache.load("key") == {"value": 1.5}


def test_sets_that_are_none_are_refused(folders: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="0 MIDI or WAV files"):
        compare_sets(tmp_path / "empty", folders / "calm", audio=False)
    with pytest.raises(UsageError, match="not a folder"):
        compare_sets(folders / "calm", tmp_path / "missing", audio=False)


def test_a_measure_that_nobody_has_is_no_number(folders: Path) -> None:
    found = compare_sets(folders / "same", folders / "calm", audio=False, workers=1)
    assert found.means["parallel_rate"][0].n == 0
    assert math.isnan(found.means["parallel_rate"][0].value)
