"""The whole reading of a picture."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from composer.perception.affect import Affect, find_affect_model, load_affect_model
from composer.perception.alt import alt_text
from composer.perception.caption import write_caption
from composer.perception.colour_statistics import colour_statistics
from composer.perception.confirmation import load_confirmation
from composer.perception.encoder import (
    EMBEDDED_NAME,
    VOCABULARY_FILE,
    ImageTextEncoder,
    load_embedded,
    load_encoder,
)
from composer.perception.kinds import kind_words
from composer.perception.medium_witnesses import hear_medium
from composer.perception.mixture import blend
from composer.perception.object_classes import object_shares
from composer.perception.palette import read_palette
from composer.perception.picture_heads import PictureKind, load_picture_heads
from composer.perception.scene import read_scene
from composer.perception.style_witnesses import hear_style
from composer.perception.tensors import read_safetensors
from composer.perception.tradition_classifier import load_tradition_model
from composer.perception.witnesses import combine, heard_from
from composer.perception.words import Calibration, Ranking, rank_moods, rank_words, subject_shares
from composer.perception.zero_shot import read_zero_shot
from composer.types import Perception, PictureWords

if TYPE_CHECKING:
    from composer.perception.captioner import Captioner
    from composer.types import Painting

__all__ = ["calibration", "hear_kind", "perceive", "read_affect"]

_HINT = "composer.training.perception.fit_affect --clip fits regressions for an open_clip model"
_log = logging.getLogger(__name__)


def perceive(
    painting: Painting,
    *,
    clip: str | None = None,
    captioner: str | None = None,
    picture_words: PictureWords = PictureWords(),  # noqa: B008 - frozen
    download: bool = False,
) -> Perception:
    """Read a picture: palette, embedding, ranked words, caption, valence, arousal, emotions.

    Parameters
    ----------
    painting : the picture.
    clip : None for the embedded Composer painting encoder, else ``MODEL/PRETRAINED`` of open_clip; it then gives the
        embedding and the words. Valence, arousal and emotions come from it too when ``fit_affect --clip`` has fitted
        regressions for it on this machine, else from the embedded encoder.
    captioner : None for a caption composed from the ranked words, else a model that describes the picture: ``"coca"``.
    picture_words : title, artist, year and text that came with the picture, as `picture_words.find_words` gathers them;
        they move the feeling, the style and what kind of picture it is, and of what they name, only what the picture
        shows too is said to be seen.
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
    describer = _captioner(captioner)
    palette = read_palette(painting)
    view = _view(painting, clip, picture_words, download=download)
    encoder, embedding, regression = view.encoder, view.embedding, view.regression
    main = rank_moods(view.affect.valence, view.affect.played_arousal)[0][0]
    combined = combine(view.affect, picture_words, main, view.more)
    affect = combined.affect
    if combined.source:
        regression = f"{regression}; {heard_from(picture_words)} by {combined.source}"
    words = rank_words(encoder, embedding, calibration() if clip is None else None)
    if view.kind is not None:
        tradition = load_tradition_model().rank(view.blocks) if clip is None else words["tradition"]
        words |= kind_words(view.kind, view.blocks, tradition)
        words |= _titled(view, picture_words) if clip is None else {}
    words["mood"] = rank_moods(affect.valence, affect.played_arousal)
    mood = words["mood"][0][0]
    mixture = combined.conflict or blend(mood, affect.valence, affect.played_arousal, affect.fine, affect.usual)
    seen = describer.describe(painting) if describer is not None else ""
    from_words = f"words ({encoder.name})" if describer is None or not seen else f"a description ({describer.name})"
    return Perception(
        caption=write_caption(words, palette, seen=seen),
        alt=alt_text(read_scene(words, palette), palette, painting, seen=seen),
        valence=affect.valence,
        arousal=affect.played_arousal,
        valence_sd=affect.valence_sd,
        arousal_sd=affect.played_arousal_sd,
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
            "fine_emotions": regression,
            "mixture": "witnesses that disagree"
            if combined.conflict
            else "the emotion away from the mood that is stronger than in the average painting",
            "mood": "nearest mood words in the valence-arousal plane",
            "palette": "k-means in CIELAB",
            **view.reasons,
            **{f"picture_words.{name}": source for name, source in picture_words.sources.items()},
        },
        embedding=np.asarray(embedding, dtype=np.float32),
        fine_emotions=affect.fine,
        mixture=mixture,
        picture_words=picture_words,
        witnesses=combined.witnesses,
    )


def _titled(view: _View, words: PictureWords) -> dict[str, Ranking]:
    """What the title names and the picture shows too, under ``"titled"``; nothing where there is nothing."""
    if not words.title:
        return {}
    subjects, objects = subject_shares(view.embedding, calibration()), object_shares(view.blocks["classes"])
    found = load_confirmation().read(words.title, subjects, objects)
    return {"titled": found} if found else {}


def _captioner(name: str | None) -> Captioner | None:
    if name is None:
        return None
    from composer.perception.captioner import load_captioner

    return load_captioner(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What the encoders see.

    Attributes
    ----------
    encoder : of the words.
    embedding : the picture's, by it.
    affect : the picture's.
    regression : what the affect was read by.
    blocks : the embedded encoder's look at the picture; empty where it was not needed.
    kind : what kind of picture it is; None where the embedded encoder was not needed.
    reasons : ``"medium"``, ``"style"`` -> who said what, where more than the picture spoke.
    more : further readings of the same pixels, each with its name.
    """

    encoder: ImageTextEncoder
    embedding: NDArray[np.float32]
    affect: Affect
    regression: str
    blocks: Mapping[str, NDArray[np.float32]]
    kind: PictureKind | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    more: tuple[tuple[str, Affect], ...] = ()


def _view(painting: Painting, clip: str | None, words: PictureWords, *, download: bool) -> _View:
    encoder: ImageTextEncoder = load_encoder(clip, download=download)
    own = find_affect_model(clip) if clip is not None else None
    if clip is not None and own is not None:
        embedding = encoder.embed_image(painting)
        affect = own.predict({"embedding": embedding, "colour": colour_statistics(painting.rgb)})
        regression = f"kernel regression on {encoder.name} and colours"
        return _View(encoder=encoder, embedding=embedding, affect=affect, regression=regression, blocks={})
    embedded = load_embedded()
    blocks = embedded.look(painting)
    kind, reasons = hear_kind(load_picture_heads().read(blocks), painting, words)
    affect = read_affect(blocks, kind)
    regression = f"kernel regression on {EMBEDDED_NAME} and colours"
    more: tuple[tuple[str, Affect], ...] = ()
    if clip is None:
        embedding = embedded.embed_look(blocks)
    else:
        _log.info("%s: valence, arousal and emotions come from %s; %s", encoder.name, EMBEDDED_NAME, _HINT)
        embedding = encoder.embed_image(painting)
        more = (("clip", read_zero_shot(encoder, embedding, affect)),)
        regression = (
            f"{regression} (none is fitted for {encoder.name}), with sentences about emotions by {encoder.name}"
        )
    return _View(
        encoder=encoder,
        embedding=embedding,
        affect=affect,
        regression=regression,
        blocks=blocks,
        kind=kind,
        reasons=reasons,
        more=more,
    )


def hear_kind(kind: PictureKind, painting: Painting, words: PictureWords) -> tuple[PictureKind, dict[str, str]]:
    """Return the kind of a picture by its pixels and by what comes with it, and who said what."""
    medium, of_medium = hear_medium(kind.medium, painting.metadata, words)
    style, of_style = hear_style(kind.style, words)
    reasons = {"medium": of_medium, "style": of_style}
    return replace(kind, medium=medium, style=style), {name: why for name, why in reasons.items() if why}


def read_affect(blocks: Mapping[str, NDArray[np.float32]], kind: PictureKind) -> Affect:
    """Return the affect of what the embedded encoder sees; the medium decides which rated pictures speak."""
    return load_affect_model().predict(
        {**blocks, "titles": kind.titles},
        photograph=kind.medium["photograph"],
        nothing=kind.medium["blank"] + kind.medium["graphic"],
    )


@lru_cache(maxsize=1)
def calibration() -> Calibration:
    """Return the read-out of the caption's words from the embedded encoder's embeddings."""
    tensors, _ = read_safetensors(VOCABULARY_FILE)
    return Calibration(vectors=tensors["vectors"], bias=tensors["bias"])
