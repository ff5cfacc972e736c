"""Anybody's file is measured; what cannot be measured is named."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from composer.errors import MidiError, UsageError
from composer.evaluation import EvaluationOptions, evaluate_file, file_report
from composer.evaluation.charts import densities, piano_roll, radar
from composer.evaluation.file_page import note_chroma, write_roll
from composer.evaluation.tables import rows, to_json
from composer.evaluation.targets import asked_and_measured


def test_a_piece_against_its_plan(piece: Path) -> None:
    found = evaluate_file(piece, EvaluationOptions(plan=piece.with_name("plan.json"), audio=False))
    assert found.adherence is not None
    assert found.adherence.exact
    axes = {axis.name: axis for axis in asked_and_measured(found)}
    assert axes["tempo"].asked == pytest.approx(axes["tempo"].measured, abs=0.01)
    assert axes["articulation"].asked == pytest.approx(axes["articulation"].measured, abs=0.1)
    assert all(0 <= axis.measured_scaled <= 1 for axis in axes.values() if math.isfinite(axis.measured))
    data = json.loads(json.dumps(to_json(found), allow_nan=False))
    assert data["adherence"]["tempo_exact"] is True
    assert data["measures"]["notes_per_bar"] == pytest.approx(found.symbolic.statistics.notes_per_bar)
    assert data["audio"] if "audio" in data else data["unavailable"]["audio"]


def test_without_a_judge_there_is_no_verdict_but_a_reason(piece: Path) -> None:
    found = evaluate_file(piece, EvaluationOptions(audio=False))
    assert found.emotion is None
    assert "emotion_judge.fit" in found.unavailable["emotion"]
    assert ("Not measured", "emotion") in {row[:2] for row in rows(found)}


def test_a_text_needs_a_model_that_is_not_made_up(piece: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(piece.parent))
    recording = piece.with_name("tone.wav")
    wavfile.write(recording, 8000, (0.3 * np.sin(np.arange(8000) / 5)).astype(np.float32))
    found = evaluate_file(recording, EvaluationOptions(text="a calm sea"))
    assert [fit.model for fit in found.text_fits] == ["composer-audio-text-encoder-1"]
    assert found.text_fits[0].others > 10
    assert 0 <= found.text_fits[0].better <= 1
    assert "compose models pull larger_clap_music" in found.unavailable["clap"]


def test_a_report_shows_everything_and_needs_nothing(piece: Path, tmp_path: Path) -> None:
    found = evaluate_file(piece, EvaluationOptions(plan=piece.with_name("plan.json"), audio=False))
    file_report(found, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for heading in ("Piano roll", "Score", "Pitch classes and tempo", "Asked and measured", "All figures"):
        assert f"<h2>{heading}</h2>" in page
    assert page.count('role="img"') == page.count("<figure")
    assert "<script" not in page
    assert "src=" not in page
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_recording_gets_a_report_too(tmp_path: Path) -> None:
    time = np.arange(3 * 22_050) / 22_050
    wavfile.write(tmp_path / "tone.wav", 22_050, (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32))
    found = evaluate_file(tmp_path / "tone.wav")
    assert found.symbolic is None
    assert found.audio is not None
    file_report(found, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<h2>Sound</h2>" in page
    assert "loudness_lufs" in page
    with pytest.raises(MidiError, match="no notes"):
        write_roll(found, tmp_path / "roll.png")


def test_titles_cannot_become_markup(piece: Path, tmp_path: Path) -> None:
    other = tmp_path / "<b>&x.mid"
    other.write_bytes(piece.read_bytes())
    file_report(evaluate_file(other, EvaluationOptions(audio=False)), tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;x.mid" in page


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.mp3").write_bytes(b"ID3")
    with pytest.raises(UsageError, match=r"\.mp3"):
        evaluate_file(tmp_path / "x.mp3")


def test_the_roll_has_a_bar_for_every_note(piece: Path, tmp_path: Path) -> None:
    found = evaluate_file(piece, EvaluationOptions(audio=False))
    parts = len(found.midi.parts)
    # The ground, a key to the colours for each part, and the notes.
    assert piano_roll(found.midi).count("<rect") == 1 + parts + len(found.midi.notes)
    write_roll(found, tmp_path / "roll.png")
    assert (tmp_path / "roll.png").read_bytes()[:4] == b"\x89PNG"


def test_chroma_counts_time_in_bars(piece: Path) -> None:
    found = evaluate_file(piece, EvaluationOptions(audio=False))
    table = note_chroma(found.midi)
    assert table.shape == (12, 8)
    assert table.max(axis=0) == pytest.approx(np.ones(8))


def test_pictures_of_nothing_are_still_pictures() -> None:
    nothing = np.array([])
    assert densities((nothing, np.array([1.0])), ("a", "b"), "t", "label").startswith("<svg")
    assert "asked" in radar(["a", "b", "c"], [0.1, math.nan, 0.5], [0.2, 0.4, 2.0], "label")
