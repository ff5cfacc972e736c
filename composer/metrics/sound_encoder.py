"""The Composer audio-text encoder: sounds and sentences in one space, and a tagger, small enough to embed.

A small convolutional network, trained on rendered passages and sentences composed from their measured qualities
(`composer.training.audio_text`). It knows instruments, register, pace, key and texture as General MIDI soundfonts
sound, and mood only as far as those carry it. It is not CLAP, and its scores cannot be compared with CLAP's.

Conventions
-----------
* A recording is heard in windows of ten seconds (`composer.metrics.spectra`); its embedding is the mean of theirs,
  made unit length. Embeddings are float64, shape (n, 128).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from composer import assets
from composer.errors import AssetError
from composer.metrics import tags
from composer.metrics.spectra import spectra, windows
from composer.metrics.waveform import Waveform
from composer.midi.notes import FloatArray
from composer.onnx_session import OnnxNetwork, open_network
from composer.sentences import embed_sentences

__all__ = [
    "DIMENSIONS",
    "ENCODER",
    "SOUND_GRAPH",
    "TEXT_GRAPH",
    "WEIGHTS",
    "SoundEncoder",
    "load_sound_encoder",
    "weights_sha256",
]

ENCODER = "composer-audio-text-encoder-1"
DIMENSIONS = 128
"""Of an embedding."""
WEIGHTS = "audio-text-encoder/model.safetensors"
SOUND_GRAPH, TEXT_GRAPH = "audio-text-encoder/sound.onnx", "audio-text-encoder/text.onnx"
"""Written by `composer.training.audio_text.export`; they refer to `WEIGHTS`."""
_BATCH = 16


class SoundEncoder:
    """The encoder, as `composer.metrics.audio_text.AudioTextScorer` has it, and its tagger."""

    def __init__(self, sound: OnnxNetwork, text: OnnxNetwork) -> None:
        self._sound, self._text = sound, text

    @property
    def name(self) -> str:
        """What the scores are called by."""
        return ENCODER

    def similarities(self, audio: Sequence[Waveform], texts: Sequence[str]) -> FloatArray:
        """Cosines of recordings with texts, shape (recordings, texts)."""
        heard = np.stack([self.embed(wave) for wave in audio])
        result: FloatArray = heard @ self.embed_texts(texts).T
        return result

    def embed(self, wave: Waveform) -> FloatArray:
        """Embedding of a recording, shape (128,), unit length."""
        mean = self.embed_windows(wave).mean(axis=0)
        result: FloatArray = mean / np.linalg.norm(mean)
        return result

    def embed_windows(self, wave: Waveform) -> FloatArray:
        """Embeddings of a recording's windows, shape (n, 128), unit length each."""
        return self.hear(wave)[0]

    def tag(self, wave: Waveform) -> FloatArray:
        """Posterior of the tags (`composer.metrics.tags`): mean of the windows', shape (tags,)."""
        mean: FloatArray = self.hear(wave)[1].mean(axis=0)
        return mean

    def hear(self, wave: Waveform) -> tuple[FloatArray, FloatArray]:
        """Embeddings, shape (n, 128), and posteriors, shape (n, tags), of a recording's windows."""
        return self.hear_spectra(np.stack([spectra(window) for window in windows(wave)]))

    def hear_spectra(self, batch: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> tuple[FloatArray, FloatArray]:
        """Like `hear`, from spectra, float32, shape (n, 148, 312)."""
        parts = [self._sound(spectra=batch[at : at + _BATCH]) for at in range(0, len(batch), _BATCH)]
        sounds, logits = (np.concatenate(found).astype(np.float64) for found in zip(*parts, strict=True))
        return sounds, tags.posterior(logits)

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Embeddings of sentences, shape (n, 128), unit length."""
        (found,) = self._text(sentences=embed_sentences(texts))
        return found.astype(np.float64)


def weights_sha256() -> str:
    """Checksum of the weights by which embeddings and posteriors were made.

    Raises
    ------
    AssetError
        The weights are missing or damaged.
    """
    return assets.sha256_of(assets.verified(WEIGHTS))


@lru_cache(maxsize=1)
def load_sound_encoder() -> SoundEncoder:
    """The embedded encoder; made once.

    Raises
    ------
    AssetError
        Its weights are missing, damaged, or made for other tags.
    """
    sound, text = (open_network(graph, weights=WEIGHTS) for graph in (SOUND_GRAPH, TEXT_GRAPH))
    made, known = sound.output_shapes["logits"][-1], len(tags.tag_names())
    if made != known:
        raise AssetError(
            f"{SOUND_GRAPH}: made for {made} tags, this version has {known}",
            hint="install Composer again, or run composer.training.audio_text.export",
        )
    return SoundEncoder(sound, text)
