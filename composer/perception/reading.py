"""The whole reading of a picture."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from composer.perception.affect import describe_picture, load_affect_model
from composer.perception.alt import alt_text
from composer.perception.caption import write_caption
from composer.perception.encoder import (
    EMBEDDED_NAME,
    VOCABULARY_FILE,
    ImageTextEncoder,
    load_embedded,
    load_encoder,
    read_safetensors,
)
from composer.perception.palette import read_palette
from composer.perception.scene import read_scene
from composer.perception.words import Calibration, rank_moods, rank_words
from composer.types import Perception

if TYPE_CHECKING:
    from composer.perception.captioner import Captioner
    from composer.types import Painting

__all__ = ["perceive"]


def perceive(
    painting: Painting, *, clip: str | None = None, captioner: str | None = None, download: bool = False
) -> Perception:
    """Read a picture: palette, embedding, ranked words, caption, valence, arousal, emotions.

    Parameters
    ----------
    painting : the picture.
    clip : None for the embedded Composer painting encoder, else ``MODEL/PRETRAINED`` of open_clip; it then gives the
        embedding and the words. Valence, arousal and emotions always come from the embedded encoder, on whose
        features their regression is fitted.
    captioner : None for a caption composed from the ranked words, else a model that describes the picture: ``"coca"``.
    download : let open_clip fetch weights that are not on this machine.

    Returns
    -------
    Perception
        ``sources`` names for each field what it was read by.

    Raises
    ------
    AssetError
        Weights are missing, damaged or of another version.
    UsageError
        ``clip`` or ``captioner`` names no open_clip model of its kind.
    """
    embedded = load_embedded()
    encoder: ImageTextEncoder = embedded if clip is None else load_encoder(clip, download=download)
    describer = _captioner(captioner)
    palette = read_palette(painting)
    features = embedded.features(painting)
    own_embedding = embedded.project(features)
    embedding = own_embedding if clip is None else encoder.embed_image(painting)
    affect = load_affect_model().predict(describe_picture(features, own_embedding, palette))
    words = rank_words(encoder, embedding, _calibration() if clip is None else None)
    words["mood"] = rank_moods(affect.valence, affect.arousal)
    seen = describer.describe(painting) if describer is not None else ""
    from_words = f"words ({encoder.name})" if describer is None or not seen else f"a description ({describer.name})"
    regression = f"ridge regression on {EMBEDDED_NAME} and palette"
    return Perception(
        caption=write_caption(words, palette, seen=seen),
        alt=alt_text(read_scene(words, palette), palette, painting, seen=seen),
        valence=affect.valence,
        arousal=affect.arousal,
        valence_sd=affect.valence_sd,
        arousal_sd=affect.arousal_sd,
        emotions=affect.emotions,
        words=words,
        palette=palette,
        sources={
            "embedding": encoder.name,
            "words": f"{encoder.name}, caption vocabulary",
            "caption": f"composed from {from_words}, palette and mood",
            "alt": f"composed from {from_words}, palette and mood",
            "valence": regression,
            "arousal": regression,
            "emotions": regression,
            "mood": "nearest mood words in the valence-arousal plane",
            "palette": "k-means in CIELAB",
        },
        embedding=np.asarray(embedding, dtype=np.float32),
    )


def _captioner(name: str | None) -> Captioner | None:
    if name is None:
        return None
    from composer.perception.captioner import load_captioner

    return load_captioner(name)


@lru_cache(maxsize=1)
def _calibration() -> Calibration:
    tensors, _ = read_safetensors(VOCABULARY_FILE)
    return Calibration(vectors=tensors["vectors"].numpy(), bias=tensors["bias"].numpy())
