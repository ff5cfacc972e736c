"""Sound that people share: FLAC, Ogg Vorbis, MP3 with tags, and what plays where FluidSynth is missing."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import mutagen
import numpy as np
import pytest
import soundfile
from PIL import Image

from composer.errors import AssetError, ExternalToolError
from composer.midi.playback import CONTROL, NOTE_OFF, NOTE_ON, PROGRAM, PlayEvent
from composer.rendering import find_soundfont, write, write_midi
from composer.rendering.audio.rendering import render_midi
from composer.rendering.audio.synthesizer_choice import synthesizer_name
from composer.rendering.audio.tiny_synthesizer import TinySynthesizer
from composer.types import Painting


@pytest.fixture
def picture() -> Painting:
    rgb = np.full((300, 400, 3), (40, 90, 160), dtype=np.uint8)
    return Painting(name="sea", sha256="0" * 64, width=400, height=300, format="PNG", rgb=rgb)


@pytest.fixture
def without_fluidsynth(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pytest.importorskip("tinysoundfont")
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    synthesizer_name.cache_clear()
    yield
    synthesizer_name.cache_clear()


@pytest.mark.parametrize("extension", ["flac", "ogg", "mp3"])
def test_a_piece_as_people_share_it(kit: SimpleNamespace, tmp_path: Path, picture: Painting, extension: str) -> None:
    import pyloudnorm

    piece = kit.build(bars=4, tempo_bpm=90.0)
    wav = write(piece, tmp_path / "a.wav")
    facts = write(piece, tmp_path / f"a.{extension}", picture=picture)
    assert facts.format == extension
    sound, rate = soundfile.read(tmp_path / f"a.{extension}")
    assert (rate, sound.shape[1]) == (44100, 2)
    assert len(sound) / rate == pytest.approx(wav.facts["seconds"], abs=0.05)
    assert pyloudnorm.Meter(rate).integrated_loudness(sound) == pytest.approx(-16, abs=0.5)
    write(piece, tmp_path / f"b.{extension}", picture=picture)
    assert (tmp_path / f"a.{extension}").read_bytes() == (tmp_path / f"b.{extension}").read_bytes()


def test_a_flac_file_holds_the_numbers_of_the_wav(kit: SimpleNamespace, tmp_path: Path) -> None:
    for name in ("a.wav", "a.flac"):
        write(kit.build(bars=1), tmp_path / name)
    found = [soundfile.read(tmp_path / name, dtype="int16")[0] for name in ("a.wav", "a.flac")]
    assert np.array_equal(*found)


def words_and_cover(path: Path) -> tuple[str, str, str, bytes]:
    """Title, artist, comment and cover, as another library reads them."""
    file = mutagen.File(path)
    if path.suffix == ".mp3":
        texts = [str(file.tags[name]) for name in ("TIT2", "TPE1", "COMM::eng")]
        return texts[0], texts[1], texts[2], file.tags.getall("APIC")[0].data
    texts = [file[name][0] for name in ("title", "artist", "comment")]
    if path.suffix == ".flac":
        return texts[0], texts[1], texts[2], file.pictures[0].data
    import base64

    from mutagen.flac import Picture

    cover = Picture(base64.b64decode(file["metadata_block_picture"][0])).data
    return texts[0], texts[1], texts[2], cover


@pytest.mark.parametrize("extension", ["flac", "ogg", "mp3"])
def test_tags_say_where_it_comes_from(kit: SimpleNamespace, tmp_path: Path, picture: Painting, extension: str) -> None:
    piece = kit.build(bars=1)
    write(piece, tmp_path / f"a.{extension}", picture=picture)
    title, artist, comment, cover = words_and_cover(tmp_path / f"a.{extension}")
    assert title == piece.plan.title
    assert artist == "Composer"
    for word in ("seed 7", synthesizer_name(), find_soundfont().name):
        assert word in comment
    with Image.open(io.BytesIO(cover)) as image:
        assert image.size == (400, 300)
        assert np.abs(np.array(image.getpixel((200, 150))) - (40, 90, 160)).max() < 8


def test_a_long_cover_goes_over_many_ogg_pages(kit: SimpleNamespace, tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (700, 800, 3), dtype=np.uint8)
    noise = Painting(name="noise", sha256="0" * 64, width=800, height=700, format="PNG", rgb=rgb)
    write(kit.build(bars=1), tmp_path / "a.ogg", picture=noise)
    *_, cover = words_and_cover(tmp_path / "a.ogg")
    assert len(cover) > 200_000
    with Image.open(io.BytesIO(cover)) as image:
        image.load()
    sound, _ = soundfile.read(tmp_path / "a.ogg")
    assert np.abs(sound).max() > 0.05


def test_a_midi_file_as_mp3_is_called_after_the_file(kit: SimpleNamespace, tmp_path: Path) -> None:
    from composer.pipeline.output import render

    write_midi(kit.build(bars=1), tmp_path / "a.mid")
    (facts,) = render(tmp_path / "a.mid", [tmp_path / "my tune.mp3"])
    assert facts.format == "mp3"
    assert str(mutagen.File(tmp_path / "my tune.mp3").tags["TIT2"]) == "my tune"


def test_without_fluidsynth_the_same_piece_is_played_by_tinysoundfont(
    kit: SimpleNamespace, tmp_path: Path, without_fluidsynth: None
) -> None:
    import pyloudnorm

    piece = kit.build(bars=4, tempo_bpm=90.0)
    facts = write(piece, tmp_path / "a.wav").facts
    assert facts["synthesizer"].startswith("TinySoundFont")
    assert "no reverb" in facts["synthesizer"]
    sound, rate = soundfile.read(tmp_path / "a.wav")
    assert pyloudnorm.Meter(rate).integrated_loudness(sound) == pytest.approx(-16, abs=0.5)
    write_midi(piece, tmp_path / "a.mid")
    again = render_midi(tmp_path / "a.mid", tmp_path / "b.wav")
    assert again.synthesizer == facts["synthesizer"]
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def heard(events: list[tuple[int, int, int]], seconds: float) -> np.ndarray:
    """The last tenth of a second after some events on one channel of the second port."""
    with TinySynthesizer(find_soundfont(), rate_hz=44100) as synthesizer:
        for kind, first, second in events:
            synthesizer.play(PlayEvent(seconds=0, kind=kind, channel=17, first=first, second=second))
        return synthesizer.samples(round(seconds * 44100))[-4410:]


def test_the_sustain_pedal_holds_notes_until_it_comes_up() -> None:
    pytest.importorskip("tinysoundfont")
    strike = [(PROGRAM, 19, 0), (CONTROL, 64, 127), (NOTE_ON, 60, 90), (NOTE_OFF, 60, 0)]
    assert np.abs(heard(strike, 1.5)).max() > 0.01
    assert np.abs(heard([*strike, (CONTROL, 64, 0)], 3.0)).max() < 1e-4


def test_tinysoundfont_knows_gaps_and_broken_fonts(tmp_path: Path) -> None:
    pytest.importorskip("tinysoundfont")
    with TinySynthesizer(find_soundfont(), rate_hz=44100) as synthesizer:
        assert synthesizer.has_sound(0, 60)
        assert not synthesizer.has_sound(78, 90)  # TimGM6mb's whistle ends there
    broken = tmp_path / "x.sf2"
    broken.write_bytes(b"RIFF\x04\0\0\0sfbk")
    with pytest.raises(AssetError, match="TinySoundFont cannot load"):
        TinySynthesizer(broken, rate_hz=44100)


def test_a_film_shows_the_picture_and_lasts_as_long_as_the_music(
    kit: SimpleNamespace, tmp_path: Path, picture: Painting
) -> None:
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")
    piece = kit.build(bars=2, tempo_bpm=120.0)
    facts = write(piece, tmp_path / "a.mp4", picture=picture).facts
    frames = imageio_ffmpeg.read_frames(str(tmp_path / "a.mp4"))
    about = next(frames)
    assert tuple(about["size"]) == (1280, 720)
    assert about["codec"] == "h264"
    assert about["audio_codec"] == "aac"
    assert about["duration"] == pytest.approx(facts["seconds"], abs=0.1)
    first = np.frombuffer(next(frames), dtype=np.uint8).reshape(720, 1280, 3)
    frames.close()
    assert np.abs(first[360, 640].astype(int) - (40, 90, 160)).max() < 12
    write(piece, tmp_path / "b.mp4", picture=picture)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_film_without_its_extra_says_so(
    kit: SimpleNamespace, tmp_path: Path, picture: Painting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ExternalToolError) as caught:
        write(kit.build(bars=1), tmp_path / "a.mp4", picture=picture)
    assert caught.value.hint == 'pip install "painting-composer[video]"'
    assert list(tmp_path.iterdir()) == []
