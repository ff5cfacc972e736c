"""Any open_clip model as an `ImageTextEncoder`.

Nothing is fetched unless that is asked for: weights come from a file, from ``compose models pull``, or from the
Hugging Face cache. The embeddings of the caption vocabulary are computed once per model and kept in a cache folder.
"""

from __future__ import annotations

import hashlib
import logging
import os
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from composer import assets
from composer.errors import AssetError, OutputError, UsageError
from composer.extras import need
from composer.files import atomic_write

if TYPE_CHECKING:
    from composer.types import Painting

__all__ = ["OpenClipEncoder", "build_model", "find_weights", "load_open_clip"]

_TEXT_BATCH = 64
_DEFAULT_SCALE = 100.0
_log = logging.getLogger(__name__)


@lru_cache(maxsize=2)
def load_open_clip(spec: str, *, download: bool = False) -> OpenClipEncoder:
    """Build an open_clip model.

    Parameters
    ----------
    spec : ``MODEL/PRETRAINED``: a model and a tag as ``open_clip.list_pretrained()`` has them, or a model and the path
        of a weights file.
    download : fetch weights that are not on this machine; ignored when ``COMPOSER_OFFLINE`` is set.

    Raises
    ------
    UsageError
        There is no such model or tag.
    AssetError
        The weights are not on this machine, or do not fit the model.
    ExternalToolError
        The extra ``clip`` is not installed.
    """
    need("clip", "--clip")
    import open_clip

    model, _, pretrained = spec.partition("/")
    if not model or not pretrained:
        raise UsageError(
            f"--clip: {spec!r} is not MODEL/PRETRAINED", hint="for instance --clip ViT-B-32/laion2b_s34b_b79k"
        )
    if model not in open_clip.list_models():
        raise UsageError(
            f"--clip: open_clip has no model {model!r}", hint="open_clip.list_models() has the names, ViT-B-32 is one"
        )
    weights = find_weights(model, pretrained, option="--clip", download=download and not assets.offline())
    return OpenClipEncoder(spec, model, pretrained, weights)


def find_weights(model: str, pretrained: str, *, option: str, download: bool = False) -> Path:
    """Find the weights of an open_clip model.

    Parameters
    ----------
    model, pretrained : the two parts of its name; the second may be the path of a file.
    option : of the command line, for messages.
    download : fetch them when they are not on this machine.

    Raises
    ------
    UsageError
        The model has no such tag.
    AssetError
        The weights are not on this machine.
    """
    import open_clip

    explicit = Path(pretrained).expanduser()
    if explicit.is_file():
        return explicit
    spec = f"{model}/{pretrained}"
    for asset in assets.PUBLIC:
        if asset.group == spec and assets.find(asset.name) is not None:
            return assets.verified(asset.name)
    config = open_clip.get_pretrained_cfg(model, pretrained)
    if not config:
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(model)) or "none"
        raise UsageError(f"{option}: {pretrained!r} is no weights file and no tag of {model} (tags: {tags})")
    cached = _from_hub_cache(config)
    if cached is not None:
        return cached
    if download:
        try:
            return Path(open_clip.download_pretrained(config))
        except Exception as error:  # the hub's client raises its own, requests' and OS errors
            raise AssetError(
                f"{spec}: could not be downloaded ({error.__class__.__name__})", hint="check the network connection"
            ) from error
    raise AssetError(f"{spec}: its weights are not on this machine", hint=f"run 'compose models pull {spec}'")


def _from_hub_cache(config: dict[str, Any]) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    repository = str(config.get("hf_hub") or "").strip("/")
    if not repository:
        return None
    for name in ("open_clip_model.safetensors", "open_clip_pytorch_model.bin"):
        found = try_to_load_from_cache(repository, name)
        if isinstance(found, str):
            return Path(found)
    return None


def build_model(spec: str, model: str, pretrained: str, weights: Path) -> tuple[Any, Any, Any]:
    """Build an open_clip model for inference, its picture preparation and its tokenizer.

    Parameters
    ----------
    spec : its name, as given by the user.
    model, pretrained : the two parts of the name.
    weights : file of the weights; a pickled file is read with torch's restricted unpickler.

    Raises
    ------
    AssetError
        The weights do not fit the model.
    """
    import open_clip

    config = open_clip.get_pretrained_cfg(model, pretrained) or {}
    kept = {f"image_{key}": config.get(key) for key in ("mean", "std", "interpolation", "resize_mode")}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made, _, prepare = open_clip.create_model_and_transforms(
                model,
                pretrained=os.fspath(weights),
                force_quick_gelu=bool(config.get("quick_gelu")),
                pretrained_text=False,
                **kept,
            )
            tokenizer = open_clip.get_tokenizer(model)
    except Exception as error:  # torch, safetensors, transformers and open_clip each raise their own
        raise AssetError(
            f"{spec}: {weights} does not load as open_clip model {model!r} ({str(error).splitlines()[0][:200]})",
            hint=f"fetch it again with 'compose models pull {spec}'",
        ) from error
    return made.eval(), prepare, tokenizer


class OpenClipEncoder:
    """An open_clip model with its own picture preparation and tokenizer.

    Parameters
    ----------
    spec : its name, as given by the user.
    model, pretrained : the two parts of the name.
    weights : file of the weights; a pickled file is read with torch's restricted unpickler.
    """

    def __init__(self, spec: str, model: str, pretrained: str, weights: Path) -> None:
        self._spec = spec
        self._key = f"{spec}:{weights.stat().st_size}:{weights.stat().st_mtime_ns}"
        self._model, self._prepare, self._tokenizer = build_model(spec, model, pretrained, weights)

    @property
    def name(self) -> str:
        """``open_clip MODEL/PRETRAINED``."""
        return f"open_clip {self._spec}"

    @property
    def scale(self) -> float:
        """Factor from cosine similarity to logits, as trained."""
        scale = getattr(self._model, "logit_scale", None)
        return _DEFAULT_SCALE if scale is None else float(scale.detach().exp().mean())

    def embed_image(self, painting: Painting) -> NDArray[np.float32]:
        """Return the picture's embedding, shape (D,), unit length."""
        import torch
        from PIL import Image

        with torch.inference_mode():
            picture = self._prepare(Image.fromarray(painting.rgb))[None]  # (1, 3, H, W)
            embedding: NDArray[np.float32] = self._model.encode_image(picture, normalize=True)[0].float().numpy()
        return embedding

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the sentences' embeddings, shape (N, D), unit length; they are cached on disk."""
        key = hashlib.sha256("\n".join((self._key, *texts)).encode()).hexdigest()
        path = assets.home() / "cache" / f"texts-{key[:32]}.npy"
        try:
            cached: NDArray[np.float32] = np.load(path, allow_pickle=False)
            if cached.shape[0] == len(texts):
                return cached
        except (OSError, ValueError, EOFError):
            _log.debug("no cached texts for %s", self._spec)
        rows = self._compute_texts(texts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(path) as part, part.open("wb") as file:
                np.save(file, rows)
        except (OSError, OutputError) as error:  # a read-only home costs time, not the result
            _log.info("cannot cache the vocabulary's embeddings: %s", error)
        return rows

    def _compute_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        rows = []
        with torch.inference_mode():
            for start in range(0, len(texts), _TEXT_BATCH):
                tokens = self._tokenizer(list(texts[start : start + _TEXT_BATCH]))
                rows.append(self._model.encode_text(tokens, normalize=True).float().numpy())
        return np.concatenate(rows)
