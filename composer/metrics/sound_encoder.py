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
from typing import TYPE_CHECKING

import numpy as np

from composer import assets
from composer.errors import AssetError
from composer.metrics import tags
from composer.metrics.spectra import spectra, windows
from composer.metrics.waveform import Waveform
from composer.midi.notes import FloatArray
from composer.sentences import embed_sentences

if TYPE_CHECKING:
    from composer.metrics.sound_network import SoundNetwork

__all__ = ["DIMENSIONS", "ENCODER", "SoundEncoder", "load_sound_encoder", "weights_sha256"]

ENCODER = "composer-audio-text-encoder-1"
DIMENSIONS = 128
"""Of an embedding."""
_FILE = "audio-text-encoder/model.safetensors"
_BATCH = 16
_MODE = tags.tag_names().index("mode: major")


class SoundEncoder:
    """The encoder, as `composer.metrics.audio_text.AudioTextScorer` has it, and its tagger."""

    def __init__(self, network: SoundNetwork) -> None:
        self._network = network.eval()

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
        import torch

        sounds, logits = [], []
        with torch.inference_mode():
            for at in range(0, len(batch), _BATCH):
                part = torch.from_numpy(batch[at : at + _BATCH])
                hidden = self._network.hidden(part)
                sounds.append(self._network.embed_sound(hidden).double().numpy())
                found = self._network.tagger(hidden)
                # Major or minor follows from the likeliest keys, which a linear head cannot see.
                keys = self._network.key_logits(part).unflatten(1, (2, 12)).logsumexp(2)
                logits.append(torch.cat([found[:, :_MODE], keys, found[:, _MODE + 2 :]], dim=1).double().numpy())
        return np.concatenate(sounds), tags.posterior(np.concatenate(logits))

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Embeddings of sentences, shape (n, 128), unit length."""
        import torch

        with torch.inference_mode():
            result: FloatArray = self._network.embed_text(torch.from_numpy(embed_sentences(texts))).double().numpy()
        return result


def weights_sha256() -> str:
    """Checksum of the weights by which embeddings and posteriors were made.

    Raises
    ------
    AssetError
        The weights are missing or damaged.
    """
    return assets.sha256_of(assets.verified(_FILE))


@lru_cache(maxsize=1)
def load_sound_encoder() -> SoundEncoder:
    """The embedded encoder; made once.

    Raises
    ------
    AssetError
        Its weights are missing, damaged, or made for other tags.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from composer.metrics.sound_network import SoundNetwork

    path = assets.verified(_FILE)
    network = SoundNetwork(len(tags.tag_names()))
    try:
        state = {name: tensor.float() for name, tensor in load_file(path).items()}
        network.load_state_dict(state)
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise AssetError(
            f"{path}: cannot be read as the audio-text encoder: {reason}",
            hint="install Composer again, or train it with composer.training.audio_text.train",
        ) from error
    return SoundEncoder(network)
