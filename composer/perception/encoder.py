"""Pictures and texts as vectors in one space.

Two encoders share one interface, `ImageTextEncoder`:

* the embedded *Composer painting encoder*: an image tower in open_clip's form, run by ONNX Runtime, and the ready-made
  embeddings of the caption vocabulary's sentences;
* any model of open_clip (``MODEL/PRETRAINED``, for instance ``ViT-B-32/laion2b_s34b_b79k``).

Conventions
-----------
* Embeddings are float32 and of unit length.
* Pictures are resized to the encoder's square as a whole; nothing is cropped away by the embedded encoder.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from composer import assets
from composer.errors import AssetError
from composer.onnx_session import open_network
from composer.perception import vocabulary

if TYPE_CHECKING:
    from composer.types import Painting

__all__ = [
    "EMBEDDED_NAME",
    "HEAD_GRAPH",
    "INPUT_SIDE",
    "TOWER_GRAPH",
    "TOWER_OUTPUTS",
    "VOCABULARY_FILE",
    "WEIGHTS",
    "EmbeddedEncoder",
    "ImageTextEncoder",
    "Look",
    "load_embedded",
    "load_encoder",
    "read_safetensors",
]

EMBEDDED_NAME = "composer-painting-encoder"
INPUT_SIDE = 224
"""Side in pixels of the square that the embedded image tower sees."""

WEIGHTS = "painting-encoder/model.safetensors"
TOWER_GRAPH, HEAD_GRAPH = "painting-encoder/tower.onnx", "painting-encoder/head.onnx"
"""Written by `composer.training.perception.tower_graph`; they refer to `WEIGHTS`."""
TOWER_OUTPUTS = ("early", "middle", "late", "features")
"""What the tower gives for each picture; see `Look`."""
VOCABULARY_FILE = "painting-encoder/vocabulary.safetensors"
_log = logging.getLogger(__name__)


class ImageTextEncoder(Protocol):
    """Something that puts pictures and sentences into one space."""

    def __hash__(self) -> int:
        """Let results be remembered per encoder."""

    @property
    def name(self) -> str:
        """Name of the model, for the record of what a reading came from."""

    @property
    def scale(self) -> float:
        """Factor from cosine similarity to logits."""

    def embed_image(self, painting: Painting) -> NDArray[np.float32]:
        """Return the picture's embedding, shape (D,), unit length."""

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the sentences' embeddings, shape (N, D), unit length."""


def load_encoder(spec: str | None = None, *, download: bool = False) -> ImageTextEncoder:
    """Return an encoder, ready to use; a second call with the same arguments returns the same object.

    Parameters
    ----------
    spec : None for the embedded encoder, else ``MODEL/PRETRAINED`` as open_clip names them; PRETRAINED may also be the
        path of a weights file.
    download : let open_clip fetch weights that are not on this machine.

    Raises
    ------
    UsageError
        ``spec`` does not name an open_clip model.
    AssetError
        Weights are missing or damaged.
    """
    if spec is None:
        return load_embedded()
    from composer.perception.open_clip_encoder import load_open_clip

    return load_open_clip(spec, download=download)


@lru_cache(maxsize=1)
def load_embedded() -> EmbeddedEncoder:
    """Return the Composer painting encoder; made once.

    Raises
    ------
    AssetError
        Its weights are missing, damaged or made for another vocabulary.
    """
    return EmbeddedEncoder()


def read_safetensors(
    name: str, only: Collection[str] | None = None
) -> tuple[dict[str, NDArray[np.float32]], dict[str, str]]:
    """Return the tensors (as float32 arrays) and the metadata of an embedded weights file.

    Parameters
    ----------
    name : the file, as `composer.assets.verified` takes it.
    only : names of the tensors to read; None for all.

    Raises
    ------
    AssetError
        The file is missing, damaged, not what the manifest says, or lacks a tensor.
    """
    from safetensors import SafetensorError, safe_open

    path = assets.verified(name)
    try:
        with safe_open(path, framework="numpy") as file:
            names = file.keys() if only is None else only
            tensors = {key: np.asarray(file.get_tensor(key), dtype=np.float32) for key in names}
            return tensors, dict(file.metadata() or {})
    except (SafetensorError, OSError, ValueError) as error:
        raise AssetError(f"{path}: cannot be read as safetensors ({error})") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the embedded image tower sees in a picture at several depths.

    Attributes
    ----------
    features : (1280,), as `EmbeddedEncoder.features` gives them.
    blocks : averages over the picture and its mirror image: ``"early"``, means and deviations of the channels after
        stages 4 and 5; ``"middle"`` and ``"late"``, means after stages 6 and 7; ``"features"``; ``"embedding"``, their
        embedding. The middle says most about affect: the end knows what things are, not how they are painted.
    """

    features: NDArray[np.float32]
    blocks: Mapping[str, NDArray[np.float32]]


class EmbeddedEncoder:
    """The Composer painting encoder: EfficientNet-lite2, a two-layer projection, the vocabulary's embeddings.

    Raises
    ------
    AssetError
        The weights are missing, damaged, or made for another vocabulary.
    """

    def __init__(self) -> None:
        self._tower = open_network(TOWER_GRAPH, weights=WEIGHTS)
        self._head = open_network(HEAD_GRAPH, weights=WEIGHTS)
        tensors, _ = read_safetensors(WEIGHTS, ("logit_scale", "text.proj.weight"))
        self._scale = float(np.exp(tensors["logit_scale"]))
        self._text_projection = tensors["text.proj.weight"]  # (D, 384)
        self._texts = _read_vocabulary()

    @property
    def name(self) -> str:
        """The encoder's name."""
        return EMBEDDED_NAME

    @property
    def scale(self) -> float:
        """Factor from cosine similarity to logits, as trained."""
        return self._scale

    def features(self, painting: Painting) -> NDArray[np.float32]:
        """Return the image tower's pooled features, shape (1280,), not normalised."""
        return self._tower(picture=_square(painting))[-1][0]

    def look(self, painting: Painting) -> Look:
        """Return what the image tower sees in a picture, and in the picture and its mirror image on average."""
        square = _square(painting)
        both = self._tower(picture=np.concatenate([square, square[..., ::-1]]))
        blocks = {name: value.mean(axis=0) for name, value in zip(TOWER_OUTPUTS, both, strict=True)}
        return Look(features=both[-1][0], blocks={**blocks, "embedding": self.project(blocks["features"])})

    def project(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the embedding, shape (D,), unit length, of `features`."""
        (embedding,) = self._head(features=features[None])
        return embedding[0]

    def embed_image(self, painting: Painting) -> NDArray[np.float32]:
        """Return the picture's embedding, shape (D,), unit length."""
        return self.project(self.features(painting))

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings, shape (N, D), unit length.

        The vocabulary's are ready-made by all-MiniLM-L6-v2, others are computed by the Composer sentence encoder.
        """
        unknown = sorted({text for text in texts if text not in self._texts})
        fresh: dict[str, NDArray[np.float32]] = {}
        if unknown:
            from composer.sentences import embed_sentences

            rows = embed_sentences(unknown) @ self._text_projection.T  # (U, D)
            rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
            fresh = dict(zip(unknown, rows, strict=True))
        return np.stack([fresh[text] if text in fresh else self._texts[text] for text in texts])


def _square(painting: Painting) -> NDArray[np.float32]:
    """Return the network's input, float32 (1, 3, 224, 224)."""
    from PIL import Image

    side = (INPUT_SIDE, INPUT_SIDE)
    small = Image.fromarray(painting.rgb).resize(side, Image.Resampling.BICUBIC, reducing_gap=3.0)
    scaled = (np.asarray(small, dtype=np.float32) - 127.0) / 128.0
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


def _read_vocabulary() -> dict[str, NDArray[np.float32]]:
    tensors, metadata = read_safetensors(VOCABULARY_FILE)
    if metadata.get("fingerprint") != vocabulary.fingerprint():
        raise AssetError(
            f"{VOCABULARY_FILE}: made for another vocabulary than this version's",
            hint="install Composer again, or rebuild the file with composer.training.perception.export",
        )
    rows = tensors["embeddings"]
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return {vocabulary.prompt(term): row for term, row in zip(vocabulary.terms(), rows, strict=True)}
