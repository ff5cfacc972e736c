"""The network of the Composer audio-text encoder, in PyTorch: readable top to bottom. Imported only where it is used.

Conventions
-----------
* Input: spectra of `composer.metrics.spectra`, (B, 148, T); T is 312 for ten seconds, training also uses less.
* Output: an embedding of the sound, (B, 128), unit length; an embedding of a sentence, likewise; logits of tags.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from composer.metrics.spectra import BANDS, MEL_BANDS
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
_LAGS = (6, 70)
"""Frames over which the attacks are compared with themselves: 0.2 to 2.2 s."""
_FIRST_CLASS = 4
"""Pitch class of the lowest semitone."""
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
"""Probe-tone ratings of Krumhansl & Kessler (1982): where the search for keys begins."""
_PROFILES = 6
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
        self.profile = nn.Sequential(nn.LayerNorm(2 * _PITCHES), nn.Linear(2 * _PITCHES, _HIDDEN))
        self.keys = nn.Parameter(_first_profiles())
        self.key_join = nn.Linear(12 * _PROFILES, _HIDDEN)
        self.rhythm = nn.Linear(_LAGS[1] - _LAGS[0] + 2, _HIDDEN)
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
        joined = self.mel_join(timbre) + self.pitch_join(tones) + self.profile(_profile(x[:, MEL_BANDS:]))
        joined = joined + self.key_join(self._key_scores(spectra).flatten(1)) + self.rhythm(_rhythm(x[:, :MEL_BANDS]))
        return self.drop(functional.gelu(self.norm(joined)))

    def key_logits(self, spectra: Tensor) -> Tensor:
        """Logits of the twelve major keys, then of the twelve minor ones, from C on, (B, 24); for training."""
        return self._key_scores(spectra)[:, :2].flatten(1)

    def _key_scores(self, spectra: Tensor) -> Tensor:
        """How well each profile fits with each tonic, (B, profiles, 12): the profiles know no key of their own."""
        classes = _pitch_classes(spectra[:, MEL_BANDS:])  # (B, 2, 12)
        around = torch.cat([classes, classes[..., :11]], dim=2)
        return functional.conv1d(around, self.keys)

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
    """Mean and deviation over time of every semitone, (B, 168)."""
    return torch.cat([pitch.mean(2), pitch.std(2)], dim=1)


def _pitch_classes(pitch: Tensor) -> Tensor:
    """Shares of the pitch classes from C on, by amplitude and by power, standardised, (B, 2, 12)."""
    found = []
    for exponent in (0.5, 1.0):
        sound = (exponent * pitch).exp()  # (B, 84, T)
        share = (sound / sound.sum(1, keepdim=True)).mean(2)
        classes = share.unflatten(1, (-1, 12)).sum(1).roll(_FIRST_CLASS, 1)
        found.append((classes - classes.mean(1, keepdim=True)) / (classes.std(1, keepdim=True) + 1e-6))
    return torch.stack(found, dim=1)


def _rhythm(mel: Tensor) -> Tensor:
    """Likeness of the attacks with themselves some frames later, their mean and deviation, (B, lags + 2)."""
    rise = (mel[:, :, 1:] - mel[:, :, :-1]).relu().mean(1)  # (B, T - 1)
    mean, spread = rise.mean(1, keepdim=True), rise.std(1, keepdim=True)
    even = (rise - mean) / (spread + 1e-4)
    spectrum = torch.fft.rfft(even, n=2 * even.shape[1], dim=1)
    likeness = torch.fft.irfft(spectrum.abs().square(), dim=1)[:, : _LAGS[1]] / even.shape[1]
    return torch.cat([3 * likeness[:, _LAGS[0] :], 5 * mean, 5 * spread], dim=1)


def _first_profiles() -> Tensor:
    """Major, minor, and some that may become anything, (profiles, 2, 12)."""
    known = torch.tensor([_MAJOR, _MINOR])
    known = (known - known.mean(1, keepdim=True)) / known.std(1, keepdim=True)
    free = 0.1 * torch.randn(_PROFILES - 2, 2, 12)
    return torch.cat([0.15 * known[:, None].expand(-1, 2, -1), free])
