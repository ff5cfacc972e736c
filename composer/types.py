"""The values that pass between the stages. All are frozen, keyword-only and checked when made.

Conventions
-----------
* Bars and beats are counted from 1, as musicians do. A *beat* is the meter's denominator unit
  (an eighth in 6/8).
* Score time is in ticks, `TICKS_PER_QUARTER` (480) to the quarter note, from the first bar line.
* Pitches are MIDI note numbers (middle C = 60), velocities 1..127 inclusive.
* Valence and arousal lie in [-1, 1].
* Arrays never take part in ``==`` or ``hash``.
"""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from composer.errors import PlanError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "LEVELS",
    "ROLES",
    "TICKS_PER_QUARTER",
    "ChordSpan",
    "Composition",
    "FeelingMix",
    "Instrument",
    "MusicalPlan",
    "Note",
    "Painting",
    "Palette",
    "Perception",
    "Score",
    "Section",
    "Swatch",
    "Track",
    "bar_ticks",
    "beat_ticks",
    "parse_meter",
]

TICKS_PER_QUARTER = 480
ROLES = ("melody", "counter", "harmony", "bass", "drums")
"""What a part does. `harmony` is the accompaniment: chords or broken chords."""

LEVELS = ("primer", "1", "2", "3", "4")
"""Levels of difficulty, easiest first; `composer.levels` says what they mean."""

_DENOMINATORS = (2, 4, 8, 16)


def parse_meter(meter: str) -> tuple[int, int]:
    """Split ``"6/8"`` into ``(6, 8)``; raise `PlanError` when it is no meter."""
    head, _, tail = meter.partition("/")
    if head.isdecimal() and tail.isdecimal():
        beats, unit = int(head), int(tail)
        if 1 <= beats <= 16 and unit in _DENOMINATORS:
            return beats, unit
    raise PlanError(f"meter: {meter!r} is not a meter; expected BEATS/UNIT such as 4/4 or 6/8 (unit 2, 4, 8 or 16)")


def beat_ticks(meter: str) -> int:
    """Length of one beat (the denominator's note) in ticks."""
    return TICKS_PER_QUARTER * 4 // parse_meter(meter)[1]


def bar_ticks(meter: str) -> int:
    """Length of one bar in ticks."""
    return parse_meter(meter)[0] * beat_ticks(meter)


def _check_unit(name: str, value: float, low: float = -1.0, high: float = 1.0) -> None:
    if not low <= value <= high:
        raise PlanError(f"{name}: {value!r} is outside [{low:g}, {high:g}]")


def _view(mapping: dict[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(mapping)


copyreg.pickle(MappingProxyType, lambda view: (_view, (dict(view),)))  # values travel to worker processes


def _freeze(obj: Any, name: str) -> None:
    object.__setattr__(obj, name, MappingProxyType(dict(getattr(obj, name))))


# --------------------------------------------------------------------------- picture and perception


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
    """

    name: str
    sha256: str
    width: int
    height: int
    format: str
    rgb: NDArray[np.uint8] = field(compare=False, repr=False)


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
        _check_unit("mixture.weight", self.weight, 0.0, 0.5)
        _check_unit("mixture.valence", self.valence)
        _check_unit("mixture.arousal", self.arousal)

    @property
    def phrase(self) -> str:
        """``"serene with an undertone of sorrow"``."""
        return f"{self.primary} with an undertone of {self.secondary}"


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
    words : ranked attributes, group (``"kind"``, ``"theme"``, ``"subject"``, ``"setting"``, ``"light"``, ``"style"``,
        ``"tradition"``, ``"mood"``) -> ((word, confidence in [0, 1]), ...), best first.
    palette : colour and composition statistics.
    sources : which model or rule each reading came from (``"embedding" -> "composer-painting-encoder"`` ...).
    embedding : float32 array of shape (D,), unit length.
    fine_emotions : the same distribution over finer names, those of WikiArt Emotions; empty when not read.
    mixture : the second feeling beside the main one, or None when one feeling stands out.
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

    def __post_init__(self) -> None:
        _check_unit("valence", self.valence)
        _check_unit("arousal", self.arousal)
        for name in ("emotions", "fine_emotions", "words", "sources"):
            _freeze(self, name)


# --------------------------------------------------------------------------------------------- plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A stretch of the form.

    Attributes
    ----------
    name : rehearsal mark: ``"A"``, ``"B"``, ``"A'"`` ...
    start_bar : first bar, from 1.
    bars : length.
    phrases : lengths of its phrases in bars; they add up to `bars`.
    varies : name of the earlier section that this one restates with variation, or None.
    cadence : how it closes: ``"authentic"``, ``"half"``, ``"plagal"`` or ``"deceptive"``.
    valence, arousal : what this section aims at, in [-1, 1].
    density : onsets per quarter note of the leading part (0.25..4).
    register : shift of the leading part's centre in semitones (-24..24).
    """

    name: str
    start_bar: int
    bars: int
    phrases: tuple[int, ...]
    varies: str | None = None
    cadence: str = "authentic"
    valence: float = 0.0
    arousal: float = 0.0
    density: float = 1.0
    register: int = 0

    def __post_init__(self) -> None:
        where = f"sections[{self.name}]"
        if self.start_bar < 1 or self.bars < 1:
            raise PlanError(f"{where}: start_bar and bars must be at least 1, found {self.start_bar} and {self.bars}")
        if sum(self.phrases) != self.bars or min(self.phrases, default=0) < 1:
            raise PlanError(f"{where}.phrases: {list(self.phrases)} must add up to bars = {self.bars}")
        if self.cadence not in ("authentic", "half", "plagal", "deceptive"):
            raise PlanError(
                f"{where}.cadence: {self.cadence!r} is unknown; allowed: authentic, half, plagal, deceptive"
            )
        _check_unit(f"{where}.valence", self.valence)
        _check_unit(f"{where}.arousal", self.arousal)
        _check_unit(f"{where}.density", self.density, 0.25, 4.0)
        _check_unit(f"{where}.register", self.register, -24, 24)

    @property
    def end_bar(self) -> int:
        """Last bar, inclusive."""
        return self.start_bar + self.bars - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChordSpan:
    """A chord that sounds from `bar`:`beat` (both from 1) until the next one.

    ``symbol`` is a chord symbol such as ``Dm7`` or ``G/B``; ``roman`` its function in the key (``ii7``).
    """

    bar: int
    beat: int
    symbol: str
    roman: str = ""

    def __post_init__(self) -> None:
        if self.bar < 1 or self.beat < 1:
            raise PlanError(f"chords: bar and beat count from 1, found bar {self.bar} beat {self.beat}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One part of the ensemble.

    Attributes
    ----------
    role : one of `ROLES`.
    name : General MIDI name, ``"Drums"`` for the drum kit.
    program : General MIDI program 0..127 (ignored for drums).
    low, high : lowest and highest note it may play (MIDI, inclusive).
    voices : notes it usually strikes together, 1..6; None leaves the manner to the seed.
    activity : its onsets for each one that the section's `density` asks of the leading part (0.05..8); None leaves it
        to the role and the seed.
    """

    role: str
    name: str
    program: int
    low: int = 0
    high: int = 127
    voices: int | None = None
    activity: float | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise PlanError(f"instruments.role: {self.role!r} is unknown; allowed: {', '.join(ROLES)}")
        if not 0 <= self.program <= 127:
            raise PlanError(f"instruments.program: {self.program} is outside 0..127")
        if not 0 <= self.low < self.high <= 127:
            raise PlanError(f"instruments.low/high: {self.low}..{self.high} is no range within 0..127")
        if self.voices is not None and not 1 <= self.voices <= 6:
            raise PlanError(f"instruments.voices: {self.voices} is outside 1..6; null leaves it open")
        if self.activity is not None:
            _check_unit("instruments.activity", self.activity, 0.05, 8.0)

    @property
    def is_drums(self) -> bool:
        """True for the drum kit."""
        return self.role == "drums"


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicalPlan:
    """Everything decided before the first note: what a person edits.

    Attributes
    ----------
    title : title of the piece.
    tonic : spelled note name, e.g. ``"F#"``.
    mode : a name in `composer.theory.MODES`.
    tempo_bpm : quarter notes per minute, 20..300 (in 6/8 too).
    meter : ``"4/4"`` ...
    bars : length of the piece, 1..256.
    sections : in order, without gaps; they cover bars 1..bars.
    chords : in order; the first stands at bar 1 beat 1.
    instruments : in score order, 1..16 of them.
    dynamics : one level per bar in [0, 1]; 0 is ppp, 1 is fff.
    articulation : sounding share of the written duration, 0.3..1 (staccato to legato).
    valence, arousal : the target as a whole, in [-1, 1].
    caption : the sentence that the picture was read as, or empty.
    subdivision : ``"duple"``: beats are divided by two and four; ``"triple"``: by two and three (triplets).
    reasons : field name -> why it has its value.
    level : level of difficulty to hold, one of `LEVELS`, or None for none.
    """

    title: str
    tonic: str
    mode: str
    tempo_bpm: float
    meter: str
    bars: int
    sections: tuple[Section, ...]
    chords: tuple[ChordSpan, ...]
    instruments: tuple[Instrument, ...]
    dynamics: tuple[float, ...]
    articulation: float
    valence: float
    arousal: float
    caption: str = ""
    subdivision: str = "duple"
    reasons: Mapping[str, str] = field(default_factory=dict)
    level: str | None = None

    def __post_init__(self) -> None:
        _freeze(self, "reasons")
        if self.level is not None and self.level not in LEVELS:
            raise PlanError(f"level: {self.level!r} is unknown; allowed: {', '.join(LEVELS)}")
        _check_unit("tempo_bpm", self.tempo_bpm, 20, 300)
        parse_meter(self.meter)
        if self.subdivision not in ("duple", "triple"):
            raise PlanError(f"subdivision: {self.subdivision!r} is unknown; allowed: duple, triple")
        if not 1 <= self.bars <= 256:
            raise PlanError(f"bars: {self.bars} is outside 1..256")
        next_bar = 1
        for section in self.sections:
            if section.start_bar != next_bar:
                raise PlanError(
                    f"sections[{section.name}].start_bar: {section.start_bar} leaves a gap or overlap; "
                    f"expected {next_bar}"
                )
            next_bar += section.bars
        if next_bar != self.bars + 1:
            raise PlanError(f"sections: they cover {next_bar - 1} bars, but bars = {self.bars}")
        self._check_chords()
        if not 1 <= len(self.instruments) <= 16:
            raise PlanError(f"instruments: {len(self.instruments)} given; allowed: 1 to 16")
        if len(self.dynamics) != self.bars:
            raise PlanError(f"dynamics: {len(self.dynamics)} values for {self.bars} bars; expected one per bar")
        for level in self.dynamics:
            _check_unit("dynamics", level, 0, 1)
        _check_unit("articulation", self.articulation, 0.3, 1.0)
        _check_unit("valence", self.valence)
        _check_unit("arousal", self.arousal)

    def _check_chords(self) -> None:
        places = [(chord.bar, chord.beat) for chord in self.chords]
        if not places or places[0] != (1, 1):
            raise PlanError("chords: the first chord must stand at bar 1 beat 1")
        if places != sorted(set(places)):
            raise PlanError("chords: they must be in order, one at a place")
        beats = parse_meter(self.meter)[0]
        for bar, beat in places:
            if bar > self.bars or beat > beats:
                raise PlanError(f"chords: bar {bar} beat {beat} lies outside {self.bars} bars of {self.meter}")


# -------------------------------------------------------------------------------------------- score


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Note:
    """A note: `onset` and `duration` in ticks, `pitch` 0..127, `velocity` 1..127."""

    onset: int
    pitch: int
    duration: int
    velocity: int

    @property
    def end(self) -> int:
        """First tick after the note."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One part: the plan's instrument and its notes, sorted by onset and pitch."""

    instrument: Instrument
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The finished piece, from which every file format is written.

    ``plan`` holds tempo, meter, key, chords, sections and dynamics; ``tracks`` follow its instruments' order.
    """

    plan: MusicalPlan
    tracks: tuple[Track, ...]

    @property
    def end_tick(self) -> int:
        """The final bar line in ticks."""
        return self.plan.bars * bar_ticks(self.plan.meter)

    @property
    def end_seconds(self) -> float:
        """The final bar line in seconds."""
        return float(Fraction(self.end_tick, TICKS_PER_QUARTER)) * 60.0 / self.plan.tempo_bpm


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A piece with all that led to it; what `composer.compose` returns.

    ``provenance`` is plain JSON data: seed, picture's sha256, names and sha256 of the weights and
    tokenizer, versions, sampling settings, and what was done without an asset that was missing.
    ``perception`` is None when the piece was made from an edited plan alone.
    """

    perception: Perception | None
    plan: MusicalPlan
    score: Score
    provenance: Mapping[str, Any]

    def __post_init__(self) -> None:
        _freeze(self, "provenance")
