"""The picture and what was read from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from composer.types.checks import check_range, freeze
from composer.types.wording import PictureWords, Witness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FeelingMix", "Painting", "Palette", "Perception", "Region", "Swatch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Painting:
    """A decoded picture.

    Attributes
    ----------
    name : file stem, used for titles and file names.
    sha256 : hex digest of the file's bytes.
    width, height : size in pixels after EXIF rotation, before any down-scaling.
    format : Pillow's name of the file format, e.g. ``"JPEG"``.
    rgb : uint8 array of shape (H, W, 3); long side at most 1024 px.
    metadata : the words that the file carries, field (``"XMP dc:title"`` ...) -> text.
    """

    name: str
    sha256: str
    width: int
    height: int
    format: str
    rgb: NDArray[np.uint8] = field(compare=False, repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        freeze(self, "metadata")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swatch:
    """One colour of the palette: ``hex`` as ``#rrggbb``, its English ``name``, its ``share`` of the area in [0, 1]."""

    hex: str
    name: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colour and composition statistics. All numbers lie in [0, 1] except `warmth` in [-1, 1].

    Attributes
    ----------
    swatches : main colours, largest share first.
    lightness : mean CIELAB L* / 100.
    contrast : standard deviation of L* / 50, clipped to 1.
    saturation : mean CIELAB chroma / 100, clipped to 1.
    warmth : mean balance of warm (+1: red, orange, yellow) and cool (-1: green-blue, blue) hues, chroma-weighted.
    complexity : share of pixels on an edge.
    symmetry : correlation of the picture with its mirror image, clipped to [0, 1].
    openness : share of the upper half that is smooth (sky, wall, empty ground).
    """

    swatches: tuple[Swatch, ...]
    lightness: float
    contrast: float
    saturation: float
    warmth: float
    complexity: float
    symmetry: float
    openness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeelingMix:
    """Two feelings that a picture holds at once: serene, with an undertone of sorrow.

    Attributes
    ----------
    primary : adjective of the main feeling, ``"serene"``.
    secondary : noun of the undertone, ``"sorrow"``.
    weight : share of the undertone in the two, in (0, 0.5].
    valence, arousal : the undertone's place, in [-1, 1]; the main feeling's is the perception's own.
    """

    primary: str
    secondary: str
    weight: float
    valence: float
    arousal: float

    def __post_init__(self) -> None:
        check_range("mixture.weight", self.weight, 0.0, 0.5)
        check_range("mixture.valence", self.valence)
        check_range("mixture.arousal", self.arousal)

    @property
    def phrase(self) -> str:
        """``"serene with an undertone of sorrow"``."""
        return f"{self.primary} with an undertone of {self.secondary}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of a picture that the eye rests on.

    Attributes
    ----------
    left, top, right, bottom : the box, as shares of width and height in [0, 1].
    name : English noun phrase, ``"the dark boats below"``.
    valence, arousal : what is felt before this part alone, in [-1, 1].
    valence_sd, arousal_sd : their standard errors.
    palette : its colours; ``palette.complexity`` says how much there is to see.
    salience : how much it stands out, in [0, 1].
    """

    left: float
    top: float
    right: float
    bottom: float
    name: str
    valence: float
    arousal: float
    valence_sd: float
    arousal_sd: float
    palette: Palette
    salience: float

    def __post_init__(self) -> None:
        for name in ("left", "top", "right", "bottom", "salience"):
            check_range(f"region.{name}", getattr(self, name), 0.0, 1.0)
        for name in ("valence", "arousal"):
            check_range(f"region.{name}", getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Perception:
    """What was read from a picture.

    Attributes
    ----------
    caption : one English sentence.
    alt : alternative text in one to three English sentences, for people who cannot see the picture.
    valence, arousal : in [-1, 1].
    valence_sd, arousal_sd : standard error of prediction of the two, from cross-validation.
    emotions : emotion name -> probability; sums to 1.
    words : ranked attributes, group (``"medium"``, ``"genre"``, ``"kind"``, ``"theme"``, ``"subject"``, ``"object"``,
        ``"setting"``, ``"light"``, ``"style"``, ``"tradition"``, ``"mood"``; ``"titled"`` has what the title names and
        the picture shows too) -> ((word, confidence in [0, 1]), ...), best first.
    palette : colour and composition statistics.
    sources : which model or rule each reading came from (``"embedding" -> "composer-painting-encoder"`` ...).
    embedding : float32 array of shape (D,), unit length.
    fine_emotions : the same distribution over finer names, those of WikiArt Emotions; empty when not read.
    mixture : the second feeling beside the main one, or None when one feeling stands out.
    picture_words : title, artist, year and text that came with the picture and were heard.
    witnesses : what the feeling was read from, when it was read from more than the pixels.
    """

    caption: str
    alt: str = ""
    valence: float
    arousal: float
    valence_sd: float
    arousal_sd: float
    emotions: Mapping[str, float]
    words: Mapping[str, tuple[tuple[str, float], ...]]
    palette: Palette
    sources: Mapping[str, str]
    embedding: NDArray[np.float32] = field(compare=False, repr=False)
    fine_emotions: Mapping[str, float] = field(default_factory=dict)
    mixture: FeelingMix | None = None
    picture_words: PictureWords = field(default_factory=PictureWords)
    witnesses: tuple[Witness, ...] = ()

    def __post_init__(self) -> None:
        check_range("valence", self.valence)
        check_range("arousal", self.arousal)
        for name in ("emotions", "fine_emotions", "words", "sources"):
            freeze(self, name)
