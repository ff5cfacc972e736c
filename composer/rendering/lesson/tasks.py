"""The tasks of a lesson, what is asked and what is true: the facts behind each activity, free of any language.

Conventions
-----------
* Bars count from 1. A range of bars is (first, last), inclusive.
* Note names are written as in plans (``F#``, ``Bb``); the page turns them into the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BarChord",
    "ChordTask",
    "FeelingTask",
    "HeardWord",
    "HomeTask",
    "ListeningTask",
    "PhraseTask",
    "Return",
    "ReturnTask",
    "RhythmTask",
    "Tasks",
    "Version",
    "WordTask",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeTask:
    """Find tonic and mode.

    Attributes
    ----------
    tonic, mode : as the plan has them.
    fifths : sharps (+) or flats (-) of the signature.
    last_bass : name of the lowest note that sounds at the end.
    third : name of the note a third above the tonic, minor or major as the mode has it.
    minor : True when that third is minor.
    """

    tonic: str
    mode: str
    fifths: int
    last_bass: str
    third: str
    minor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChord:
    """The one chord of a bar: its symbol, its tones from the root up, its numeral in the key (may be empty)."""

    bar: int
    symbol: str
    tones: tuple[str, ...]
    roman: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChordTask:
    """Name the chords of `bars`, whose symbols the pupil's score leaves out."""

    bars: tuple[BarChord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmTask:
    """Clap the melody's rhythm in `bar`; `alike` are the other bars that have the same one.

    `counts` are the onsets as (beat, quarter of the beat): (2, 0) is on beat two, (2, 2) half a beat later; thirds of a
    beat are (2, -1) and (2, -2).
    """

    bar: int
    alike: tuple[int, ...]
    counts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A section that brings an earlier one back.

    Attributes
    ----------
    bars : where it stands.
    of : the bars of the section that it restates.
    name, of_name : their rehearsal marks.
    same : its bars whose melody has the same notes as the bar they go back to.
    rhythm : its bars that keep the rhythm and change notes.
    """

    bars: tuple[int, int]
    of: tuple[int, int]
    name: str
    of_name: str
    same: tuple[int, ...]
    rhythm: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnTask:
    """Find where the beginning comes back; `form` is the names of all sections, `new` the ranges of new material."""

    form: tuple[str, ...]
    returns: tuple[Return, ...]
    new: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardWord:
    """A piece of the caption and the plan's fields through which it is heard; none for what is not heard."""

    text: str
    kind: str
    means: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTask:
    """Which words of the caption can be heard, and by what means."""

    words: tuple[HeardWord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseTask:
    """Invent an answer over the chords of `answer` to the phrase of the melody in `question`."""

    question: tuple[int, int]
    answer: tuple[int, int]
    chords: tuple[BarChord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One recording of the listening comparison.

    Attributes
    ----------
    letter : ``"A"``, ``"B"`` ..., in the order in which they are played.
    change : ``"none"`` (as printed), ``"mode"`` or ``"tempo"``.
    mode, tempo_bpm : what it has.
    files : names of its files beside the lesson, relative to it.
    """

    letter: str
    change: str
    mode: str
    tempo_bpm: float
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningTask:
    """Compare recordings of the same piece."""

    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeelingTask:
    """Words for feelings; `corner` is where the plan aims: ``"glad"``, ``"wild"``, ``"sad"`` or ``"calm"``."""

    corner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """All activities of a lesson; None for what the piece does not give."""

    home: HomeTask
    chords: ChordTask | None
    rhythm: RhythmTask | None
    returns: ReturnTask | None
    words: WordTask | None
    phrase: PhraseTask | None
    listening: ListeningTask | None
    feelings: FeelingTask | None
