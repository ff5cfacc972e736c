"""The fit of a recording and a text: a seam for models that embed both, and the public CLAP model behind it.

CLAP (Wu et al., *Large-scale contrastive language-audio pretraining*, ICASSP 2023) is not part of the package. The
checkpoint ``laion/larger_clap_music``, at a pinned revision, is used after ``compose models pull larger_clap_music``;
without it there is no score, and no other model answers in its name.

Conventions
-----------
* A score is the cosine of the two embeddings, in [-1, 1]; audio is mono at 48 kHz, of which the model hears ten
  seconds from the middle.
* A score alone says little: models differ in their offset. What counts is how much higher a recording scores with its
  own text than with the others' (`Matching`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from composer.assets import PUBLIC, find, verified
from composer.errors import AssetError
from composer.extras import need
from composer.metrics.confidence import Interval, bootstrap_interval
from composer.metrics.waveform import Waveform
from composer.midi.notes import FloatArray

if TYPE_CHECKING:
    import torch

__all__ = ["CLAP", "AudioTextScorer", "ClapScorer", "Matching", "load_clap", "match"]

CLAP = "larger_clap_music"
_RATE_HZ = 48_000


class AudioTextScorer(Protocol):
    """Anything that says how well recordings fit texts."""

    @property
    def name(self) -> str:
        """What the scores are called by, with the model's revision."""
        ...

    def similarities(self, audio: Sequence[Waveform], texts: Sequence[str]) -> FloatArray:
        """Score of every recording with every text, shape (recordings, texts)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Recordings against their own texts and each other's.

    Attributes
    ----------
    matched : mean score with the own text.
    advantage : mean of the own score minus the mean score with the others' texts.
    recall_at_1 : share of recordings that score highest with their own text; chance is 1 / n.
    """

    matched: Interval
    advantage: Interval
    recall_at_1: Interval


def match(similarities: FloatArray, *, rng: np.random.Generator) -> Matching:
    """Sum up a square table of scores: recording i belongs to text i.

    Raises
    ------
    ValueError
        The table is not square or has fewer than two rows.
    """
    count = len(similarities)
    if similarities.shape != (count, count) or count < 2:
        raise ValueError(f"a table of shape {similarities.shape}; expected two or more recordings with a text each")
    own = np.diag(similarities).copy()
    others = (similarities.sum(axis=1) - own) / (count - 1)
    first = (similarities.argmax(axis=1) == np.arange(count)).astype(np.float64)

    def interval(sample: FloatArray) -> Interval:
        return bootstrap_interval(lambda values: float(values.mean()), sample, rng=rng)

    return Matching(matched=interval(own), advantage=interval(own - others), recall_at_1=interval(first))


class ClapScorer:
    """A CLAP model of transformers, from a folder of its published files.

    Parameters
    ----------
    folder : Path
        Holds ``config.json``, ``preprocessor_config.json``, the tokenizer's files and ``pytorch_model.bin``.
    name : str
        What the scores are called by.

    Raises
    ------
    AssetError
        A file is missing or does not fit the others.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._model, self._extractor, self._tokenizer = _open(folder)

    def similarities(self, audio: Sequence[Waveform], texts: Sequence[str]) -> FloatArray:
        """Cosines of the embeddings, shape (recordings, texts)."""
        import torch

        with torch.inference_mode():
            heard = torch.cat([self._embed_audio(wave) for wave in audio])
            tokens = self._tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
            said = _unit(self._model.get_text_features(**tokens))
        return np.asarray((heard @ said.T).double().numpy(), dtype=np.float64)

    def _embed_audio(self, wave: Waveform) -> torch.Tensor:
        from scipy.signal import resample_poly

        common = math.gcd(wave.rate_hz, _RATE_HZ)
        signal = resample_poly(wave.mono, _RATE_HZ // common, wave.rate_hz // common)
        # The middle: the extractor would otherwise cut out a random stretch.
        longest = int(self._extractor.nb_max_samples)
        start = max(0, (len(signal) - longest) // 2)
        inputs = self._extractor(
            signal[start : start + longest].astype(np.float32), sampling_rate=_RATE_HZ, return_tensors="pt"
        )
        return _unit(self._model.get_audio_features(**inputs))


def _unit(features: Any) -> torch.Tensor:
    # transformers 5 returns an output object where 4 returned the tensor.
    tensor: torch.Tensor = features if not hasattr(features, "pooler_output") else features.pooler_output
    return tensor / tensor.norm(dim=-1, keepdim=True)


def _open(folder: Path) -> tuple[Any, Any, Any]:
    import torch
    from transformers import AutoTokenizer, ClapConfig, ClapFeatureExtractor, ClapModel

    try:
        model = ClapModel(ClapConfig.from_pretrained(folder))
        # No code from the file is run.
        state = torch.load(folder / "pytorch_model.bin", map_location="cpu", weights_only=True)
        missing, _ = model.load_state_dict(state, strict=False)
        if missing:
            raise ValueError(f"tensors are missing: {', '.join(missing[:3])}")
        extractor = ClapFeatureExtractor.from_pretrained(folder)
        return model.eval(), extractor, AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, RuntimeError, KeyError, EOFError) as error:
        reason = " ".join(str(error).split())[:200]
        raise AssetError(
            f"the CLAP model in {str(folder)!r} cannot be opened: {reason}",
            hint=f"remove the folder and fetch it again with 'compose models pull {CLAP}'",
        ) from error


def load_clap() -> ClapScorer:
    """The pinned public CLAP model, if it was fetched; every file is verified.

    Raises
    ------
    AssetError
        It was not fetched, or is damaged.
    ExternalToolError
        The extra ``clip`` is not installed.
    """
    need("clip", "CLAP")
    files = [asset for asset in PUBLIC if asset.group == CLAP]
    if not all(find(asset.name) for asset in files):
        raise AssetError(f"{CLAP!r} is not on this machine", hint=f"fetch it with 'compose models pull {CLAP}'")
    folders = {verified(asset.name).parent for asset in files}
    return ClapScorer(folders.pop(), f"{CLAP} @ {files[0].revision[:12]}")
