"""The network of the Composer audio-text encoder, in PyTorch: readable top to bottom. Imported only where it is used.

Conventions
-----------
* Input: spectra of `composer.evaluation.spectra`, (B, 148, T); T is 312 for ten seconds, training also uses less.
* Output: an embedding of the sound, (B, 128), unit length; an embedding of a sentence, likewise; logits of tags.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from composer.evaluation.spectra import BANDS, MEL_BANDS
from composer.sentences import WIDTH as SENTENCE_WIDTH

__all__ = ["EMBEDDING_WIDTH", "SoundNetwork"]

EMBEDDING_WIDTH = 128
_MEAN, _SPREAD = -9.5, 3.0
"""What logarithmic spectra are centred on and divided by."""
_MEL_LAYERS = ((24, 5, (2, 4)), (48, 3, (2, 2)), (96, 3, (2, 2)), (160, 3, (2, 1)))
"""Channels, kernel and stride (bands, frames) of the stack over mel bands."""
_PITCH_LAYERS = ((96, 5, 4), (96, 3, 2))
"""Channels, kernel and stride of the stack over time, for which every semitone is an input of its own."""
_HIDDEN = 384
_PITCHES = BANDS - MEL_BANDS


class SoundNetwork(nn.Module):
    """Two small convolutional stacks, one over mel bands, one over time for semitones, and what they are joined by.

    Parameters
    ----------
    tags : int
        Number of logits of the tagger.
    """

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.mel = _mel_stack()
        self.pitch = _pitch_stack()
        mel_rows = MEL_BANDS >> len(_MEL_LAYERS)
        self.mel_join = nn.Linear(3 * _MEL_LAYERS[-1][0] * mel_rows, _HIDDEN)
        self.pitch_join = nn.Linear(3 * _PITCH_LAYERS[-1][0], _HIDDEN)
        self.profile = nn.Sequential(nn.LayerNorm(2 * _PITCHES + 12), nn.Linear(2 * _PITCHES + 12, _HIDDEN))
        self.norm = nn.LayerNorm(_HIDDEN)
        self.drop = nn.Dropout(0.2)
        self.embed = nn.Linear(_HIDDEN, EMBEDDING_WIDTH)
        self.tagger = nn.Linear(_HIDDEN, tags)
        self.text = nn.Sequential(
            nn.Linear(SENTENCE_WIDTH, 320), nn.ReLU(), nn.Dropout(0.1), nn.Linear(320, EMBEDDING_WIDTH)
        )
        self.log_scale = nn.Parameter(torch.tensor(2.7))

    def hidden(self, spectra: Tensor) -> Tensor:
        """What embedding and tags are read from, (B, 384)."""
        x = (spectra - _MEAN) / _SPREAD
        timbre = _pooled(self.mel(x[:, None, :MEL_BANDS]).flatten(1, 2))  # (B, channels * rows, T / 16) before
        tones = _pooled(self.pitch(x[:, MEL_BANDS:]))
        joined = self.mel_join(timbre) + self.pitch_join(tones) + self.profile(_profile(spectra[:, MEL_BANDS:]))
        return self.drop(functional.gelu(self.norm(joined)))

    def embed_sound(self, hidden: Tensor) -> Tensor:
        """Embedding of a sound from `hidden`, (B, 128), unit length."""
        return functional.normalize(self.embed(hidden), dim=1)

    def embed_text(self, sentences: Tensor) -> Tensor:
        """Embedding of sentences from those of `composer.sentences`, (B, 384) to (B, 128), unit length."""
        return functional.normalize(self.text(sentences), dim=1)


def _mel_stack() -> nn.Sequential:
    layers: list[nn.Module] = []
    before = 1
    for channels, kernel, stride in _MEL_LAYERS:
        layers += [
            nn.Conv2d(before, channels, kernel, stride=stride, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        ]
        before = channels
    return nn.Sequential(*layers)


def _pitch_stack() -> nn.Sequential:
    layers: list[nn.Module] = []
    before = _PITCHES
    for channels, kernel, stride in _PITCH_LAYERS:
        layers += [
            nn.Conv1d(before, channels, kernel, stride=stride, padding=kernel // 2, bias=False),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
        ]
        before = channels
    return nn.Sequential(*layers)


def _pooled(lines: Tensor) -> Tensor:
    """Mean, maximum and deviation over time, (B, C, T) to (B, 3 C)."""
    return torch.cat([lines.mean(2), lines.amax(2), lines.std(2)], dim=1)


def _profile(pitch: Tensor) -> Tensor:
    """Mean and deviation over time of every semitone, and the share of each pitch class, (B, 180)."""
    power = pitch.exp()  # (B, 84, T)
    share = power / power.sum(1, keepdim=True)
    classes = torch.stack([share[:, row::12].sum(1) for row in range(12)], dim=1).mean(2)  # (B, 12)
    mean = (pitch.mean(2) - _MEAN) / _SPREAD
    return torch.cat([mean, pitch.std(2) / _SPREAD, 12 * classes], dim=1)
