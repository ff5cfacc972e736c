"""Words that come with a picture or instead of one, and the witnesses that a feeling is read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from composer.types.checks import check_range, freeze

__all__ = ["Mood", "MoodStage", "MoodWord", "PictureWords", "Witness"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureWords:
    """The words that come with a picture; each is empty where nothing is known.

    Attributes
    ----------
    title, artist : of the work.
    about : what a label or a curator says of it.
    year : in which it was made, 1 to 2100; None where nothing is known.
    sources : ``"title"`` ... -> ``"given"``, a metadata field such as ``"XMP dc:title"``, or ``"file name"``.
    """

    title: str = ""
    artist: str = ""
    about: str = ""
    year: int | None = None
    sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.year is not None:
            check_range("picture_words.year", self.year, 1, 2100)
        freeze(self, "sources")

    @property
    def heading(self) -> str:
        """``"The Cat (Gwen John)"``; empty without a title."""
        return f"{self.title} ({self.artist})" if self.title and self.artist else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One source of a reading: the picture's pixels, its title, a text about it, another model.

    Attributes
    ----------
    name : ``"picture"``, ``"title"``, ``"text"``, or a model's.
    text : the words that were read; empty for pixels.
    valence, arousal : what it says alone, in [-1, 1].
    valence_share, arousal_share : how much it weighs in the reading, in [0, 1]; what is missing to 1 over all witnesses
        is kept by the average work.
    """

    name: str
    text: str = ""
    valence: float
    arousal: float
    valence_share: float
    arousal_share: float

    @property
    def label(self) -> str:
        """``picture``, ``title ‹Melancholy›``."""
        return f"{self.name} ‹{self.text}›" if self.text else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodWord:
    """Words of a mood, as they were given, and the valence and arousal they stand for, in [-1, 1]."""

    text: str
    valence: float
    arousal: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodStage:
    """One feeling of a mood: its text, valence and arousal in [-1, 1], and the words that moved them."""

    text: str
    valence: float
    arousal: float
    words: tuple[MoodWord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """A mood in words: one stage or several in the order in which they are to be heard."""

    text: str
    stages: tuple[MoodStage, ...]

    @property
    def valence(self) -> float:
        """Mean over the stages."""
        return sum(stage.valence for stage in self.stages) / len(self.stages)

    @property
    def arousal(self) -> float:
        """Mean over the stages."""
        return sum(stage.arousal for stage in self.stages) / len(self.stages)
