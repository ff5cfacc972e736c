from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import soundfile

from composer.errors import AssetError, ExternalToolError
from composer.planning import plan_from_json
from composer.rendering import bundle, score_to_midi, score_to_musicxml, write
from composer.rendering.audio.synthesizer import load_fluidsynth

try:
    load_fluidsynth()
    HAS_FLUIDSYNTH = True
except ExternalToolError:
    HAS_FLUIDSYNTH = False
needs_fluidsynth = pytest.mark.skipif(not HAS_FLUIDSYNTH, reason="libfluidsynth is not installed")


def no_audio(*_: object, **__: object) -> None:
    raise ExternalToolError("audio needs the FluidSynth library", hint="install it")


def frames_of(data: bytes) -> int:
    return int(soundfile.info(io.BytesIO(data)).frames)


@needs_fluidsynth
def test_a_bundle_holds_everything(kit: SimpleNamespace, tmp_path: Path) -> None:
    composition = kit.build(bars=1)
    facts = write(composition, tmp_path / "storm.zip")
    assert facts.format == "zip"
    with zipfile.ZipFile(tmp_path / "storm.zip") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        files = {name: archive.read(name) for name in names}
    stems = [
        f"stems/0{n}-{name}.flac" for n, name in enumerate(("violin", "acoustic-grand-piano", "cello", "drums"), 1)
    ]
    assert names == [
        "README.txt", "storm.mid", "storm.musicxml", "storm.pdf", "storm.mp3", *stems, "plan.json", "recipe.json",
        "report.json",
    ]  # fmt: skip
    assert facts.facts == {"files": names, "missing": {}}
    assert files["storm.mid"] == score_to_midi(composition)
    assert files["storm.musicxml"] == score_to_musicxml(composition)
    assert files["storm.pdf"].startswith(b"%PDF")
    assert plan_from_json(files["plan.json"].decode()).chords[0].symbol == "Dm"
    lengths = {frames_of(files[name]) for name in ("storm.mp3", *stems)}
    assert len(lengths) == 1
    report = json.loads(files["report.json"])
    assert report["provenance"]["seed"] == 7
    assert report["audio"]["lufs"] == pytest.approx(-16, abs=1)
    for entry in report["files"]:
        assert hashlib.sha256(files[entry["name"]]).hexdigest() == entry["sha256"]
    assert str(tmp_path) not in files["report.json"].decode()
    assert "storm.mid" in files["README.txt"].decode()


@needs_fluidsynth
def test_the_same_piece_gives_the_same_bytes(kit: SimpleNamespace, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(kit.build(bars=1), tmp_path / name / "storm.zip")
    assert (tmp_path / "a" / "storm.zip").read_bytes() == (tmp_path / "b" / "storm.zip").read_bytes()


def test_without_fluidsynth_the_rest_is_there_and_the_readme_says_so(
    kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "render_audio", no_audio)
    facts = write(kit.build(bars=1), tmp_path / "a.zip")
    assert set(facts.facts["missing"]) == {"a.mp3", "stems/"}
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert "a.mid" in archive.namelist()
        assert not any(name.endswith((".flac", ".mp3")) for name in archive.namelist())
        assert "FluidSynth" in archive.read("README.txt").decode()


def test_a_failure_leaves_nothing(kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(bundle, "write_musicxml", fail)
    with pytest.raises(ValueError, match="broken"):
        write(kit.build(bars=1), tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_soundfont_that_was_asked_for_must_be_good(kit: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(AssetError):
        write(kit.build(bars=1), tmp_path / "a.zip", soundfont=tmp_path / "none.sf2")
    assert list(tmp_path.iterdir()) == []


def test_playing_freely_is_said_and_leaves_the_score_exact(
    kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "render_audio", no_audio)
    composition = kit.build(bars=4)
    write(composition, tmp_path / "a.zip", humanize=0.5)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("a.mid") == score_to_midi(composition, humanize=0.5) != score_to_midi(composition)
        assert archive.read("a.musicxml") == score_to_musicxml(composition)
        assert "played freely" in archive.read("README.txt").decode()
        assert json.loads(archive.read("report.json"))["humanize"] == 0.5
