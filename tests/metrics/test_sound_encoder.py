"""The embedded audio-text encoder hears what is played."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from composer import assets
from composer.errors import AssetError, ExternalToolError
from composer.metrics import sound_encoder, tags
from composer.metrics.sound_encoder import ENCODER, load_sound_encoder
from composer.metrics.tags import GROUPS, tag_names
from composer.metrics.waveform import Waveform
from composer.midi.playback import NOTE_OFF, NOTE_ON, PROGRAM, PlayEvent
from composer.onnx_session import open_network
from composer.rendering import find_soundfont
from composer.rendering.audio.synthesizer import SAMPLE_RATE_HZ, Synthesizer, load_fluidsynth
from composer.rendering.mix import ROOMS
from composer.sentences import embed_sentences


def played(program: int, pitches: tuple[int, ...], seconds: float) -> Waveform:
    """A line of notes, repeated for ten seconds, with the soundfont that is always there."""
    blocks = []
    with Synthesizer(find_soundfont(), ROOMS["solo"]) as synthesizer:
        synthesizer.play(PlayEvent(seconds=0, kind=PROGRAM, channel=0, first=program, second=0))
        for number in range(round(10 / seconds)):
            pitch = pitches[number % len(pitches)]
            synthesizer.play(PlayEvent(seconds=0, kind=NOTE_ON, channel=0, first=pitch, second=80))
            blocks.append(synthesizer.samples(round(seconds * SAMPLE_RATE_HZ)))
            synthesizer.play(PlayEvent(seconds=0, kind=NOTE_OFF, channel=0, first=pitch, second=0))
    return Waveform(samples=np.concatenate(blocks).astype(np.float64), rate_hz=SAMPLE_RATE_HZ)


MAJOR = (72, 74, 76, 77, 79, 76, 72, 67, 72, 76, 79, 84)
MINOR = (45, 47, 48, 50, 52, 48, 45, 44, 45, 48, 52, 57)


@pytest.fixture(scope="module")
def waves() -> list[Waveform]:
    try:
        load_fluidsynth()
    except ExternalToolError:
        pytest.skip("libfluidsynth is not installed")
    return [played(73, MAJOR, 0.15), played(42, MINOR, 1.0), played(0, MAJOR[::2], 0.3), played(19, MINOR, 0.8)]


def test_sounds_find_their_sentences(waves: list[Waveform]) -> None:
    texts = [
        "solo flute, high, busy, in C major, joyful",
        "solo cello, low and slow, in a minor key, sad",
        "solo piano, high, in C major",
        "solo organ, slow, low, in A minor",
    ]
    encoder = load_sound_encoder()
    table = encoder.similarities(waves, texts)
    assert encoder.name == ENCODER
    assert "clap" not in ENCODER.lower()
    assert table.shape == (4, 4)
    assert np.abs(table).max() <= 1 + 1e-6
    others = (table.sum(axis=1) - np.diag(table)) / 3
    assert (np.diag(table) - others).mean() > 0.2
    assert (table.argmax(axis=1) == np.arange(4)).sum() >= 3
    assert np.allclose(table, encoder.similarities(waves, texts))


def test_the_tagger_names_the_register(waves: list[Waveform]) -> None:
    names = tag_names()
    high, low = (load_sound_encoder().tag(wave) for wave in waves[:2])
    assert high.sum() == pytest.approx(1)

    def share(row: np.ndarray, *tags: str) -> float:
        return float(sum(row[names.index(f"register: {tag}")] for tag in tags)) * len(GROUPS)

    assert share(high, "high", "very high") > 0.7
    assert share(low, "high", "very high") < 0.1


def test_the_tagger_tells_major_from_minor(waves: list[Waveform]) -> None:
    names = tag_names()
    major, minor = names.index("mode: major"), names.index("mode: minor")
    for number, row in enumerate(load_sound_encoder().tag(wave) for wave in waves):
        assert (row[major] > row[minor]) == (number in (0, 2))


def test_the_embedded_graphs_compute_what_the_trained_network_computes() -> None:
    import torch

    from composer.training.audio_text.export import read_network

    network = read_network(assets.verified(sound_encoder.WEIGHTS))
    batch = np.random.default_rng(0).normal(-9, 3, (19, 148, 312)).astype(np.float32)  # more than one round
    texts = ["a calm piece for piano", "fast drums", ""]
    with torch.inference_mode():
        expected = network.embed_sound(network.hidden(torch.from_numpy(batch))).numpy()
        said = network.embed_text(torch.from_numpy(embed_sentences(texts))).numpy()
        tagged = network.tagger(network.hidden(torch.from_numpy(batch)))
        keys = network.key_logits(torch.from_numpy(batch))
    encoder = load_sound_encoder()
    sounds, posteriors = encoder.hear_spectra(batch)
    assert np.abs(sounds - expected).max() < 1e-4
    assert np.abs(encoder.embed_texts(texts) - said).max() < 1e-4
    # Major and minor come from the keys' likelihood, the other tags from the head.
    mode = tag_names().index("mode: major")
    tagged = tagged.numpy().copy()
    tagged[:, mode : mode + 2] = np.logaddexp.reduce(keys.numpy().reshape(-1, 2, 12), axis=2)
    assert np.abs(posteriors - tags.posterior(tagged.astype(np.float64))).max() < 1e-4
    again, _ = encoder.hear_spectra(batch)
    assert np.array_equal(sounds, again)


def test_a_newly_trained_network_is_exported_and_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from composer.training.audio_text.export import export
    from composer.training.audio_text.network import SoundNetwork
    from composer.training.audio_text.train import save

    torch.manual_seed(0)
    network = SoundNetwork(len(tag_names())).eval()
    folder = tmp_path / "audio-text-encoder"
    save(network, folder / "model.safetensors")
    export(folder)
    monkeypatch.setattr(assets, "verified", lambda name: tmp_path / name)
    load_sound_encoder.cache_clear()
    open_network.cache_clear()
    try:
        batch = np.random.default_rng(0).normal(-9, 3, (2, 148, 312)).astype(np.float32)
        sounds, posteriors = load_sound_encoder().hear_spectra(batch)
        with torch.inference_mode():
            expected = network.embed_sound(network.hidden(torch.from_numpy(batch))).numpy()
        assert np.allclose(sounds, expected, atol=0.02)
        assert np.allclose(np.linalg.norm(sounds, axis=1), 1, atol=1e-5)
        assert posteriors.shape == (2, len(tag_names()))
        monkeypatch.setattr(tags, "tag_names", lambda: ("mood: sad",))
        load_sound_encoder.cache_clear()
        with pytest.raises(AssetError, match="made for 76 tags"):
            load_sound_encoder()
        (folder / "sound.onnx").write_bytes(b"no network")
        open_network.cache_clear()
        with pytest.raises(AssetError, match="no network that ONNX Runtime can run"):
            load_sound_encoder()
    finally:
        load_sound_encoder.cache_clear()
        open_network.cache_clear()
