"""Pictures and texts as vectors in one space.

Two encoders share one interface, `ImageTextEncoder`:

* the embedded *Composer painting encoder*: the image tower on ONNX Runtime, two layers on what it sees at several
  depths, and the ready-made embeddings of the caption vocabulary's sentences;
* any model of open_clip (``MODEL/PRETRAINED``, for instance ``ViT-B-32/laion2b_s34b_b79k``).

Conventions
-----------
* Embeddings are float32 and of unit length.
* Pictures are resized to the encoder's square as a whole; nothing is cropped away by the embedded encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from composer.errors import AssetError
from composer.perception import vocabulary
from composer.perception.colour_statistics import colour_statistics
from composer.perception.picture_heads import HEADS_FILE, load_picture_heads
from composer.perception.tensors import read_safetensors
from composer.perception.tower import Blocks, load_tower

if TYPE_CHECKING:
    from composer.types import Painting

__all__ = [
    "EMBEDDED_NAME",
    "VOCABULARY_FILE",
    "EmbeddedEncoder",
    "ImageTextEncoder",
    "load_embedded",
    "load_encoder",
]

EMBEDDED_NAME = "composer-painting-encoder"
VOCABULARY_FILE = "painting-encoder/vocabulary.safetensors"


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


class EmbeddedEncoder:
    """The Composer painting encoder: the image tower, what stands on it, the vocabulary's embeddings.

    Raises
    ------
    AssetError
        The weights are missing, damaged, or made for another vocabulary.
    """

    def __init__(self) -> None:
        self._tower, self._heads = load_tower(), load_picture_heads()
        tensors, _ = read_safetensors(HEADS_FILE)
        self._scale = float(tensors["scale"][0])
        self._text_projection = tensors["text"]  # (D, 384)
        self._texts = _read_vocabulary()

    @property
    def name(self) -> str:
        """The encoder's name."""
        return EMBEDDED_NAME

    @property
    def scale(self) -> float:
        """Factor from cosine similarity to logits, as trained."""
        return self._scale

    @property
    def text_projection(self) -> NDArray[np.float32]:
        """The way from the sentence encoder's space into this one, shape (D, 384)."""
        return self._text_projection

    def look(self, painting: Painting) -> Blocks:
        """Return what is seen: the tower's outputs, the picture and its mirror image on average, and ``colour``."""
        return {**self._tower.look(painting), "colour": colour_statistics(painting.rgb)}

    def embed_look(self, blocks: Blocks) -> NDArray[np.float32]:
        """Return the embedding, shape (D,), unit length, of what `look` returned."""
        return self._heads.embed(blocks)

    def embed_image(self, painting: Painting) -> NDArray[np.float32]:
        """Return the picture's embedding, shape (D,), unit length."""
        return self.embed_look(self.look(painting))

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


def _read_vocabulary() -> dict[str, NDArray[np.float32]]:
    tensors, metadata = read_safetensors(VOCABULARY_FILE)
    if metadata.get("fingerprint") != vocabulary.fingerprint():
        raise AssetError(
            f"{VOCABULARY_FILE}: made for another vocabulary than this version's",
            hint="install Composer again, or rebuild the file with composer.training.perception.fit_words",
        )
    rows = tensors["embeddings"]
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return {vocabulary.prompt(term): row for term, row in zip(vocabulary.terms(), rows, strict=True)}
