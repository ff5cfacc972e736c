from __future__ import annotations

import builtins
import hashlib
import os
import subprocess
import sys
import wave
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from builders import odd_midi
from builders.odd_midi import smf, track
from composer.errors import AssetError, ExternalToolError, MidiError, OutputError
from composer.midi.playback import read_midi
from composer.rendering import (
    composition_events,
    find_soundfont,
    render_midi,
    stem_names,
    write,
    write_midi,
    write_stems,
)
from composer.rendering.audio.synthesizer import load_fluidsynth
from composer.rendering.audio.synthesizer_choice import synthesizer_name
from composer.types import Instrument, Note, Track

try:
    load_fluidsynth()
    HAS_FLUIDSYNTH = True
except ExternalToolError:
    HAS_FLUIDSYNTH = False
needs_fluidsynth = pytest.mark.skipif(not HAS_FLUIDSYNTH, reason="libfluidsynth is not installed")


@pytest.fixture(autouse=True)
def _default_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPOSER_SOUNDFONT", raising=False)


def samples(path: Path) -> NDArray[np.int16]:
    """int16, shape (n, 2); fails unless the file is 44.1 kHz stereo 16 bit."""
    with wave.open(str(path)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (44100, 2, 2)
        return np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2").reshape(-1, 2)


def loudness(sound: NDArray[np.int16]) -> float:
    """Integrated loudness in LUFS."""
    import pyloudnorm

    return float(pyloudnorm.Meter(44100).integrated_loudness(sound / 32768.0))


def level(part: NDArray[np.int16]) -> float:
    """Root mean square in dBFS."""
    return float(20 * np.log10(np.sqrt(np.mean(np.square(part / 32768.0))) + 1e-9))


@needs_fluidsynth
def test_a_piece_becomes_sound(kit: SimpleNamespace, tmp_path: Path) -> None:
    composition = kit.build(bars=2, tempo_bpm=120.0)
    facts = write(composition, tmp_path / "a.wav")
    sound = samples(tmp_path / "a.wav")
    end = round(composition.score.end_seconds * 44100)

    assert level(sound[:end]) > -35
    assert loudness(sound) == pytest.approx(-16, abs=0.2)
    assert np.any(sound[:, 0] != sound[:, 1])
    # The last note dies away instead of being cut, and nothing but silence is left at the end.
    assert level(sound[end : end + 2205]) > -60
    assert level(sound[-2205:]) < -58
    assert end + 2205 < len(sound) <= end + 4 * 44100

    assert facts.format == "wav"
    assert facts.sha256 == hashlib.sha256((tmp_path / "a.wav").read_bytes()).hexdigest()
    font = find_soundfont()
    assert facts.facts["soundfont"] == str(font)
    assert facts.facts["soundfont_sha256"] == hashlib.sha256(font.read_bytes()).hexdigest()
    assert facts.facts["seconds"] == pytest.approx(len(sound) / 44100)


@needs_fluidsynth
def test_the_peak_between_samples_does_not_clip_either(kit: SimpleNamespace, tmp_path: Path) -> None:
    from scipy.signal import resample_poly

    write(kit.build(bars=2), tmp_path / "a.wav")
    sound = samples(tmp_path / "a.wav") / 32768.0
    assert np.abs(resample_poly(sound, 4, 1, axis=0)).max() < 1.0


@needs_fluidsynth
def test_a_rendered_midi_file_sounds_like_its_composition(kit: SimpleNamespace, tmp_path: Path) -> None:
    composition = kit.build(bars=1)
    write(composition, tmp_path / "a.wav")
    write_midi(composition, tmp_path / "a.mid")
    facts = render_midi(tmp_path / "a.mid", tmp_path / "b.wav")
    # Bytes: the synthesiser keeps nothing from one piece to the next, and neither run depends on the clock.
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert (facts.sample_rate_hz, facts.channels, facts.bits) == (44100, 2, 16)
    sound = samples(tmp_path / "b.wav")
    assert facts.lufs == pytest.approx(loudness(sound), abs=0.1)
    assert facts.peak_dbfs == pytest.approx(20 * np.log10(np.abs(sound.astype(int)).max() / 32767), abs=0.01)
    assert facts.peak_dbfs <= facts.true_peak_dbtp <= -1
    assert facts.sha256 == hashlib.sha256((tmp_path / "b.wav").read_bytes()).hexdigest()


@needs_fluidsynth
@pytest.mark.parametrize("program", [0, 40, 73])
def test_notes_sound_at_their_time_and_pitch(kit: SimpleNamespace, tmp_path: Path, program: int) -> None:
    player = Instrument(role="melody", name="Player", program=program)
    notes = (Note(onset=960, pitch=69, duration=960, velocity=100),)
    track = Track(instrument=player, notes=notes)
    write(kit.build([track], instruments=(player,), bars=1, tempo_bpm=60.0), tmp_path / "a.wav")
    sound = samples(tmp_path / "a.wav").astype(float).mean(axis=1)
    loud = np.abs(sound) > 0.02 * np.abs(sound).max()
    assert np.argmax(loud) / 44100 == pytest.approx(2.0, abs=0.06)
    assert np.abs(sound[: round(1.99 * 44100)]).max() <= 1
    spectrum = np.abs(np.fft.rfft(sound[round(2.5 * 44100) : round(3.5 * 44100)] * np.hanning(44100)))  # 1 Hz bins
    assert np.argmax(spectrum[400:480]) + 400 == pytest.approx(440, abs=4)


@needs_fluidsynth
@pytest.mark.parametrize("velocity", [12, 127])
def test_soft_and_loud_pieces_are_brought_to_the_same_loudness(
    kit: SimpleNamespace, tmp_path: Path, velocity: int
) -> None:
    notes = (Note(onset=0, pitch=60, duration=1920, velocity=velocity),)
    track = Track(instrument=kit.piano, notes=notes)
    write(kit.build([track], instruments=(kit.piano,), bars=1), tmp_path / "a.wav")
    sound = samples(tmp_path / "a.wav")
    assert loudness(sound) == pytest.approx(-16, abs=0.3)
    assert np.abs(sound.astype(int)).max() <= round(32767 * 10 ** (-1 / 20))


@needs_fluidsynth
def test_a_sound_that_never_dies_is_faded_out_within_four_seconds(kit: SimpleNamespace, tmp_path: Path) -> None:
    goblins = Instrument(role="harmony", name="FX 6 (goblins)", program=101)
    track = Track(instrument=goblins, notes=(Note(onset=0, pitch=48, duration=1920, velocity=127),))
    facts = write(kit.build([track], instruments=(goblins,), bars=1), tmp_path / "a.wav").facts
    assert 0.05 <= facts["tail_seconds"] <= 4.001
    assert np.abs(samples(tmp_path / "a.wav")[-20:].astype(int)).max() < 40


@needs_fluidsynth
def test_progress_rises_to_one(kit: SimpleNamespace, tmp_path: Path) -> None:
    calls: list[tuple[str, float]] = []
    write(kit.build(bars=1), tmp_path / "a.wav", progress=lambda stage, share: calls.append((stage, share)))
    shares = [share for _, share in calls]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1
    assert shares[-1] == 1.0


# ---------------------------------------------------------------------------------------- failures


@needs_fluidsynth
def test_a_font_that_only_looks_like_one_is_an_asset_error(
    kit: SimpleNamespace, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fake = tmp_path / "fake.sf2"
    body = b"LIST" + (4).to_bytes(4, "little") + b"INFO" + bytes(100)
    fake.write_bytes(b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"sfbk" + body)
    with pytest.raises(AssetError, match=r"FluidSynth cannot load the soundfont .*fake\.sf2") as caught:
        write(kit.build(), tmp_path / "a.wav", soundfont=fake)
    assert "\n" not in caught.value.message
    assert not (tmp_path / "a.wav").exists()
    assert capfd.readouterr() == ("", "")


@needs_fluidsynth
def test_a_damaged_font_ends_in_an_error_of_ours(kit: SimpleNamespace, tmp_path: Path) -> None:
    data = bytearray(find_soundfont().read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)  # presets and half of the samples
    damaged = tmp_path / "damaged.sf2"
    damaged.write_bytes(data)
    with pytest.raises((AssetError, ExternalToolError)):
        write(kit.build(), tmp_path / "a.wav", soundfont=damaged)
    assert not (tmp_path / "a.wav").exists()


@needs_fluidsynth
def test_silence_is_refused(kit: SimpleNamespace, tmp_path: Path) -> None:
    empty = Instrument(role="melody", name="Piano", program=0)
    track = Track(instrument=empty, notes=(Note(onset=0, pitch=60, duration=480, velocity=80),))
    write_midi(kit.build([track], instruments=(empty,), bars=1), tmp_path / "a.mid")
    data = (tmp_path / "a.mid").read_bytes()
    assert data.count(b"\xb0\x07\x68") == 1
    (tmp_path / "mute.mid").write_bytes(data.replace(b"\xb0\x07\x68", b"\xb0\x07\x00"))  # volume 0
    with pytest.raises(ExternalToolError, match="silence"):
        render_midi(tmp_path / "mute.mid", tmp_path / "a.wav")
    assert not (tmp_path / "a.wav").exists()


@needs_fluidsynth
def test_a_missing_folder_is_an_output_error(kit: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write(kit.build(bars=1), tmp_path / "none" / "a.wav")


@pytest.mark.parametrize("content", [b"", b"not midi", b"MThd\x00\x00\x00\x06\x00\x01\x00\x00\x01\xe0"])
def test_a_bad_midi_file_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mid").write_bytes(content)
    with pytest.raises(MidiError):
        render_midi(tmp_path / "a.mid", tmp_path / "a.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mid"]


def failing_import(error: Exception) -> Any:
    real = builtins.__import__

    def importer(name: str, *arguments: Any, **keywords: Any) -> Any:
        if name == "fluidsynth":
            raise error
        return real(name, *arguments, **keywords)

    return importer


@pytest.mark.parametrize(
    ("platform", "advice"), [("linux", "apt-get"), ("darwin", "brew install fluid-synth"), ("win32", "choco")]
)
def test_without_the_library_the_error_says_what_to_install(
    kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, advice: str
) -> None:
    monkeypatch.delitem(sys.modules, "fluidsynth", raising=False)
    monkeypatch.setattr(builtins, "__import__", failing_import(ImportError("Couldn't find the FluidSynth library.")))
    monkeypatch.setattr("composer.rendering.audio.synthesizer.sys.platform", platform)
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    synthesizer_name.cache_clear()
    with pytest.raises(ExternalToolError, match="FluidSynth library") as caught:
        write(kit.build(), tmp_path / "a.wav")
    synthesizer_name.cache_clear()
    assert advice in caught.value.hint
    assert "pip install --no-deps tinysoundfont" in caught.value.hint
    assert caught.value.exit_code == 4
    write(kit.build(), tmp_path / "a.mid")
    write(kit.build(), tmp_path / "a.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.mid"]


def test_without_the_python_package_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "fluidsynth", raising=False)
    monkeypatch.setattr(builtins, "__import__", failing_import(ModuleNotFoundError("No module named 'fluidsynth'")))
    with pytest.raises(ExternalToolError) as caught:
        load_fluidsynth()
    assert "pip install pyfluidsynth" in caught.value.hint


# ------------------------------------------------------------------------------------------- stems


def stem_samples(path: Path) -> NDArray[np.float64]:
    """Full scale 1, shape (n, 2); fails unless the file is 44.1 kHz stereo 24 bit."""
    with wave.open(str(path)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (44100, 2, 3)
        packed = np.frombuffer(wav.readframes(wav.getnframes()), dtype=np.uint8).reshape(-1, 3)
    wide = np.zeros((len(packed), 4), dtype=np.uint8)
    wide[:, 1:] = packed
    return (wide.view("<i4")[:, 0] >> 8).reshape(-1, 2) / (2**23 - 1)


def write_both(kit: SimpleNamespace, folder: Path, **changes: Any) -> tuple[NDArray[np.float64], list[Path]]:
    """The mix, full scale 1, and the stems' files."""
    composition = kit.build(**changes)
    write(composition, folder / "mix.wav")
    events = composition_events(composition)
    stems = [folder / name for name in stem_names(events)]
    write_stems(events, stems)
    return samples(folder / "mix.wav") / 32767, stems


@needs_fluidsynth
@pytest.mark.parametrize("programs", [(40, 0, 42, -1), (12, 13, 27, -1), (19, 52), (56, 56, 60, 58, 47)])
def test_stems_add_up_to_the_mix(kit: SimpleNamespace, tmp_path: Path, programs: tuple[int, ...]) -> None:
    instruments = tuple(
        kit.drums if program < 0 else Instrument(role="harmony", name=f"Part {n}", program=program)
        for n, program in enumerate(programs)
    )
    mix, stems = write_both(kit, tmp_path, instruments=instruments, bars=2)
    assert len(stems) == len(programs)
    parts = [stem_samples(path) for path in stems]
    assert {part.shape for part in parts} == {mix.shape}
    residual = sum(parts) - mix
    assert 20 * np.log10(np.sqrt(np.mean(residual**2)) / np.sqrt(np.mean(mix**2))) < -60


@needs_fluidsynth
def test_a_stem_holds_its_part_and_no_other(kit: SimpleNamespace, tmp_path: Path) -> None:
    early = Track(instrument=kit.violin, notes=(Note(onset=0, pitch=76, duration=480, velocity=90),))
    late = Track(instrument=kit.cello, notes=(Note(onset=3840, pitch=45, duration=480, velocity=90),))
    changes = {"instruments": (kit.violin, kit.cello), "bars": 3, "tempo_bpm": 60.0}
    _, stems = write_both(kit, tmp_path, tracks=[early, late], **changes)
    assert [path.name for path in stems] == ["01-violin.wav", "02-cello.wav"]
    violin, cello = (np.abs(stem_samples(path)).max(axis=1) for path in stems)
    assert violin[: 2 * 44100].max() > 0.05
    assert violin[8 * 44100 : 10 * 44100].max() < 0.001
    assert cello[: round(7.9 * 44100)].max() < 1e-5
    assert cello[8 * 44100 : 10 * 44100].max() > 0.05


@needs_fluidsynth
def test_a_part_without_notes_has_no_stem_and_a_file_of_type_0_one_for_each_channel(
    kit: SimpleNamespace, tmp_path: Path
) -> None:
    import mido

    silent = Track(instrument=kit.piano, notes=())
    heard = Track(instrument=kit.violin, notes=(Note(onset=0, pitch=76, duration=480, velocity=90),))
    composition = kit.build([silent, heard], instruments=(kit.piano, kit.violin), bars=1)
    assert stem_names(composition_events(composition)) == ("01-violin.wav",)
    track = mido.MidiTrack()
    for channel in (0, 3, 9):
        track.append(mido.Message("note_on", channel=channel, note=60, velocity=80))
        track.append(mido.Message("note_off", channel=channel, note=60, time=480))
    mido.MidiFile(type=0, tracks=[track]).save(tmp_path / "flat.mid")
    assert stem_names(read_midi(tmp_path / "flat.mid")) == ("01-part.wav", "02-part.wav", "03-drums.wav")


@needs_fluidsynth
def test_a_kit_on_another_channel_sounds_as_on_the_tenth(tmp_path: Path) -> None:
    def beat(name: str, channel: int, *events: tuple[int, bytes]) -> bytes:
        (tmp_path / f"{name}.mid").write_bytes(smf(track([*events, *odd_midi.beat(channel=channel, bars=1)])))
        render_midi(tmp_path / f"{name}.mid", tmp_path / f"{name}.wav")
        return (tmp_path / f"{name}.wav").read_bytes()

    tenth = beat("tenth", 9)
    assert beat("xg", 2, (0, b"\xb2\x00\x7f"), (0, b"\xc2\x00")) == tenth
    assert beat("named", 2, (0, odd_midi.name("Drums"))) == tenth
    assert beat("piano", 2) != tenth


@needs_fluidsynth
def test_notes_that_the_font_lacks_are_played_by_a_relative_and_said(kit: SimpleNamespace, tmp_path: Path) -> None:
    if find_soundfont().name != "TimGM6mb.sf2":
        pytest.skip("another font has no such gap")
    whistle = Instrument(role="melody", name="Whistle", program=78)
    places = enumerate((76, 84, 88, 91))
    notes = tuple(Note(onset=480 * n, pitch=pitch, duration=480, velocity=80) for n, pitch in places)
    composition = kit.build([Track(instrument=whistle, notes=notes)], instruments=(whistle,), bars=1, tempo_bpm=60.0)
    facts = write(composition, tmp_path / "a.wav").facts
    assert facts["exchanged"] == ["Whistle: played by Piccolo"]
    sound = samples(tmp_path / "a.wav")
    assert all(level(sound[44100 * n + 8820 : 44100 * n + 35280]) > -40 for n in range(4))
    low = replace(notes[0], pitch=76)
    covered = kit.build([Track(instrument=whistle, notes=(low,))], instruments=(whistle,), bars=1)
    assert write(covered, tmp_path / "b.wav").facts["exchanged"] == []


def test_the_second_port_has_channels_of_its_own(kit: SimpleNamespace) -> None:
    instruments = tuple(Instrument(role="harmony", name=f"Part {n}", program=n) for n in range(16))
    events = composition_events(kit.build(instruments=instruments, bars=1))
    assert [part.channel for part in events.parts] == [*range(9), *range(10, 16), 16]
    assert [part.program for part in events.parts] == list(range(16))


@needs_fluidsynth
def test_a_whole_run_is_quiet(kit: SimpleNamespace, tmp_path: Path) -> None:
    write_midi(kit.build(bars=1), tmp_path / "a.mid")
    code = (
        "import sys; from pathlib import Path; from composer.rendering import render_midi; "
        "render_midi(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path / "a.mid"), str(tmp_path / "a.wav")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "CI": "true"},
    )
    assert (run.stdout, run.stderr) == ("", "")
