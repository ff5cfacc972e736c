"""An independent judge of emotion: which quadrant of valence and arousal would a listener name?

A linear model on `composer.metrics.emotion_features`, fitted to the training split of EMOPIA (Hung et al., *EMOPIA:
a multi-modal pop piano dataset for emotion recognition and emotion-based music generation*, ISMIR 2021) by
``python -m composer.training.emotion_judge.fit``. EMOPIA is CC BY-NC-SA 4.0 and serves for judging only: neither the
data nor the fitted judge is part of the package, each user fits it from their own copy.

Conventions
-----------
* Quadrants: Q1 valence and arousal high, Q2 valence low and arousal high, Q3 both low, Q4 valence high, arousal low.
* A judged valence (arousal) is the probability of the two quadrants on its high side minus that of the other two,
  in [-1, 1].
* A verdict carries the judge's own accuracy on pieces by people that it never saw. It was fitted to solo piano: on
  other ensembles it extrapolates.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from composer.assets import home
from composer.errors import AssetError
from composer.files import atomic_group
from composer.metrics.confidence import Interval
from composer.metrics.emotion_features import FEATURE_NAMES, emotion_features
from composer.midi.notes import FloatArray, MidiNotes

__all__ = [
    "QUADRANTS",
    "EmotionJudge",
    "EmotionVerdict",
    "JudgeAccuracy",
    "default_judge_folder",
    "judge_emotion",
    "load_judge",
    "save_judge",
]

QUADRANTS = ("Q1", "Q2", "Q3", "Q4")
_FORMAT = 1
_HIGH_VALENCE, _HIGH_AROUSAL = np.array([1, -1, -1, 1]), np.array([1, 1, -1, -1])
_CLIP = 4.0
"""Standard deviations beyond which a feature counts no further: no single extreme decides."""
_FILES = ("model.safetensors", "config.json")
_HINT = "fit the judge to your copy of EMOPIA: python -m composer.training.emotion_judge.fit --data DIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeAccuracy:
    """Shares right on EMOPIA's test split: of quadrants, of valence's sign, of arousal's sign."""

    quadrant: Interval
    valence: Interval
    arousal: Interval

    def __str__(self) -> str:
        return f"quadrant {self.quadrant}, valence sign {self.valence}, arousal sign {self.arousal}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmotionJudge:
    """The fitted model.

    Attributes
    ----------
    mean, scale : of each feature on the training split, shape (features,).
    weights : shape (features, 4); ``bias`` : shape (4,).
    accuracy : its own, on the test split.
    data_sha256 : checksum of the table of the data that it was fitted to.
    versions : of the libraries that fitted it.
    """

    mean: FloatArray = field(compare=False, repr=False)
    scale: FloatArray = field(compare=False, repr=False)
    weights: FloatArray = field(compare=False, repr=False)
    bias: FloatArray = field(compare=False, repr=False)
    accuracy: JudgeAccuracy
    data_sha256: str
    versions: tuple[tuple[str, str], ...]

    def probabilities(self, features: FloatArray) -> FloatArray:
        """Probability of each quadrant, shape (n, 4), for features of shape (n, features)."""
        z = np.clip((features - self.mean) / self.scale, -_CLIP, _CLIP) @ self.weights + self.bias  # (n, 4)
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        result: FloatArray = powers / powers.sum(axis=1, keepdims=True)
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class EmotionVerdict:
    """What the judge says of a piece.

    Attributes
    ----------
    quadrant : the most probable one.
    probabilities : of `QUADRANTS`, in order; they sum to 1.
    valence, arousal : judged, in [-1, 1].
    accuracy : the judge's own, to be shown beside every verdict.
    """

    quadrant: str
    probabilities: tuple[float, ...]
    valence: float
    arousal: float
    accuracy: JudgeAccuracy

    def __str__(self) -> str:
        return (
            f"{self.quadrant} (p = {max(self.probabilities):.2f}), valence {self.valence:+.2f}, "
            f"arousal {self.arousal:+.2f}; the judge's own accuracy on EMOPIA's test split: {self.accuracy}"
        )


def judge_emotion(judge: EmotionJudge, midi: MidiNotes) -> EmotionVerdict:
    """Judge a piece.

    Raises
    ------
    MidiError
        It has fewer than two pitched notes.
    """
    shares = judge.probabilities(emotion_features(midi)[None, :])[0]
    return EmotionVerdict(
        quadrant=QUADRANTS[int(shares.argmax())],
        probabilities=tuple(float(share) for share in shares),
        valence=float(shares @ _HIGH_VALENCE),
        arousal=float(shares @ _HIGH_AROUSAL),
        accuracy=judge.accuracy,
    )


# --------------------------------------------------------------------------------------- on the disk


def default_judge_folder() -> Path:
    """Where a fitted judge is kept unless a folder is named: ``emotion-judge`` in ``$COMPOSER_HOME``."""
    return home() / "emotion-judge"


def save_judge(judge: EmotionJudge, folder: Path) -> None:
    """Write the judge as safetensors and JSON; the folder is made.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    from safetensors.numpy import save

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: np.ascontiguousarray(getattr(judge, name)) for name in ("mean", "scale", "weights", "bias")}
    config = {
        "format": _FORMAT,
        "what": "emotion judge: linear model on symbolic features, fitted to EMOPIA's training split",
        "licence": "made from CC BY-NC-SA 4.0 data; for judging only, not to be passed on",
        "features": FEATURE_NAMES,
        "quadrants": QUADRANTS,
        "accuracy": asdict(judge.accuracy),
        "data_sha256": judge.data_sha256,
        "versions": dict(judge.versions),
    }
    with atomic_group([folder / name for name in _FILES]) as (model_path, config_path):
        model_path.write_bytes(save(tensors))
        config_path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load_judge(folder: Path | None = None) -> EmotionJudge:
    """Read a judge that `save_judge` wrote, by default from `default_judge_folder`.

    Raises
    ------
    AssetError
        There is none, it is damaged, or it was fitted to other features than this version takes.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    folder = folder if folder is not None else default_judge_folder()
    model_path, config_path = (folder / name for name in _FILES)
    try:
        config = json.loads(config_path.read_text(encoding="utf-8"))
        tensors = load(model_path.read_bytes())
        _check(config, tensors, folder)
        return EmotionJudge(
            **tensors,
            accuracy=JudgeAccuracy(**{name: Interval(**value) for name, value in config["accuracy"].items()}),
            data_sha256=config["data_sha256"],
            versions=tuple(sorted(config["versions"].items())),
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise AssetError(f"no emotion judge at {str(folder)!r}: {reason}", hint=_HINT) from error
    except (SafetensorError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise AssetError(f"the emotion judge at {str(folder)!r} is damaged: {error}", hint=_HINT) from error


def _check(config: Any, tensors: dict[str, Any], folder: Path) -> None:
    if config["format"] != _FORMAT or tuple(config["features"]) != FEATURE_NAMES:
        raise AssetError(f"the emotion judge at {str(folder)!r} was fitted to other features", hint=_HINT)
    count = len(FEATURE_NAMES)
    shapes = {"mean": (count,), "scale": (count,), "weights": (count, 4), "bias": (4,)}
    found = {name: tensor.shape for name, tensor in tensors.items()}
    if found != shapes:
        raise ValueError(f"its arrays have shapes {found}; expected {shapes}")
