"""The plan of a piece: everything that is decided before the first note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from composer.errors import PlanError
from composer.theory import Key, Meter
from composer.types.checks import check_range, freeze

__all__ = [
    "ENDINGS",
    "LEVELS",
    "MAX_BARS",
    "PLAN_FORMAT",
    "ROLES",
    "TUNE_VARIATIONS",
    "VARIATIONS",
    "ChordSpan",
    "Instrument",
    "MusicalPlan",
    "PartFigure",
    "Section",
    "figures_go_on",
]

PLAN_FORMAT = "composer-plan/1"
"""Name and version of a plan as JSON: the fields of `MusicalPlan`."""

ROLES = ("melody", "counter", "harmony", "bass", "drums")
"""What a part does. `harmony` is the accompaniment: chords or broken chords."""

LEVELS = ("primer", "1", "2", "3", "4")
"""Levels of difficulty, easiest first; `composer.levels` says what they mean."""

VARIATIONS: Mapping[str, str] = {
    "ornament": "the tune decorated",
    "rhythm": "the tune in another rhythm, dotted or evened",
    "register": "the tune in another register",
    "figure": "a new figure beneath the tune",
    "texture": "an accompaniment of another density",
    "orchestration": "the tune in the other leading instrument, the counter-melody in the first",
}
"""What a section that comes back changes, as a plan names it -> in words."""
TUNE_VARIATIONS = ("ornament", "rhythm")
"""Those that change the written tune itself: where one of them finds nothing to change, the other takes its place."""

ENDINGS = ("held", "figure")
"""How a piece ends: all parts hold the tonic chord, or the accompaniment's figure comes to rest on it."""

ORNAMENTS: Mapping[str, str] = {
    "trill": "trills before cadences",
    "mordent": "mordents on beats",
    "turn": "turns at the ends of long notes",
    "slide": "quick steps into a beat",
    "run": "runs into new sections",
    "tremolo": "bowed tremolo in the loudest of the stirred and dark sections",
}
"""Notes shorter than a sixteenth, as a plan names them -> in words."""

MAX_BARS = 512
"""Bars of the longest piece that is composed: ten minutes at a lively tempo."""
MAX_INSTRUMENTS, TEMPO_RANGE = 16, (20.0, 300.0)
"""Further limits of what is composed: parts, and quarter notes per minute, inclusive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFigure:
    """The accompaniment ``figure`` of a ``part`` (an instrument's name) in a section; see `composer.figure_names`."""

    part: str
    figure: str


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
    variation : what it changes, one of `VARIATIONS`; None restates the notes as far as the cadence allows. A section
        that restates nothing may have ``"orchestration"``: its tune is with the player of the counter-melody.
    cadence : how it closes: ``"authentic"``, ``"half"``, ``"plagal"`` or ``"deceptive"``.
    valence, arousal : what this section aims at, in [-1, 1].
    density : onsets per quarter note of the motion (0.25..4): the leading part has .72 of them and the others as many
        beside it as in music by people, all where an instrument has its `activity` or the plan a level.
    register : shift of the leading part's centre in semitones (-24..24).
    figures : accompaniment figures of its parts; a part that is not named is free.
    opening : the accompaniment plays alone; the tune and its counter-melody rest where somebody accompanies.
    """

    name: str
    start_bar: int
    bars: int
    phrases: tuple[int, ...]
    varies: str | None = None
    variation: str | None = None
    cadence: str = "authentic"
    valence: float = 0.0
    arousal: float = 0.0
    density: float = 1.0
    register: int = 0
    figures: tuple[PartFigure, ...] = ()
    opening: bool = False

    def __post_init__(self) -> None:
        where = f"sections[{self.name}]"
        if self.start_bar < 1 or self.bars < 1:
            raise PlanError(f"{where}: start_bar and bars must be at least 1, found {self.start_bar} and {self.bars}")
        if sum(self.phrases) != self.bars or min(self.phrases, default=0) < 1:
            raise PlanError(f"{where}.phrases: {list(self.phrases)} must add up to bars = {self.bars}")
        if self.variation is not None and self.variation not in VARIATIONS:
            raise PlanError(f"{where}.variation: {self.variation!r} is unknown; allowed: {', '.join(VARIATIONS)}")
        if self.cadence not in ("authentic", "half", "plagal", "deceptive"):
            raise PlanError(
                f"{where}.cadence: {self.cadence!r} is unknown; allowed: authentic, half, plagal, deceptive"
            )
        check_range(f"{where}.valence", self.valence)
        check_range(f"{where}.arousal", self.arousal)
        check_range(f"{where}.density", self.density, 0.25, 4.0)
        check_range(f"{where}.register", self.register, -24, 24)

    @property
    def end_bar(self) -> int:
        """Last bar, inclusive."""
        return self.start_bar + self.bars - 1

    @property
    def bar_indices(self) -> range:
        """Its bars, counted from 0."""
        return range(self.start_bar - 1, self.end_bar)

    def figure_of(self, part: str) -> str | None:
        """The figure of a part, None where it is free."""
        return next((item.figure for item in self.figures if item.part == part), None)


def figures_go_on(sections: Sequence[Section], number: int) -> Section | None:
    """The section whose figures one without a model takes up: an opening's, and in an interlude the last one's."""
    if not number:
        return None
    if sections[number].opening:
        return sections[number - 1]
    return sections[0] if sections[0].opening else None


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
            check_range("instruments.activity", self.activity, 0.05, 8.0)

    @property
    def is_drums(self) -> bool:
        """True for the drum kit."""
        return self.role == "drums"


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicalPlan:
    """Everything decided before the first note: what a person edits.

    A score that came from elsewhere has one too, of any length and for any number of parts; `check_composable` holds
    the limits of what is composed.

    Attributes
    ----------
    title : title of the piece.
    tonic : spelled note name, e.g. ``"F#"``.
    mode : a name in `composer.theory.MODES`.
    tempo_bpm : quarter notes per minute (in 6/8 too), above 0; composed are 20..300.
    meter : ``"4/4"`` ...
    bars : length of the piece, at least 1; composed are `MAX_BARS` at most.
    sections : in order, without gaps; they cover bars 1..bars.
    chords : in order; the first stands at bar 1 beat 1.
    instruments : in score order; composed are 16 of them at most.
    dynamics : one level per bar in [0, 1]; 0 is ppp, 1 is fff.
    articulation : sounding share of the written duration, 0.3..1 (staccato to legato).
    valence, arousal : the target as a whole, in [-1, 1].
    caption : the sentence that the picture was read as, or empty.
    subdivision : ``"duple"``: beats are divided by two and four; ``"triple"``: by two and three (triplets).
    reasons : field name -> why it has its value.
    level : level of difficulty to hold, one of `LEVELS`, or None for none.
    ending : how the last bar sounds, one of `ENDINGS`.
    ornaments : quick notes that are put into the others, of `ORNAMENTS`; each stands only where tempo and instrument
        allow. Empty for none.
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
    ending: str = "held"
    ornaments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        freeze(self, "reasons")
        self._check_names()
        if not 0 < self.tempo_bpm < float("inf"):
            raise PlanError(f"tempo_bpm: {self.tempo_bpm!r} is no tempo; expected more than 0")
        Meter.parse(self.meter)
        Key.of(self.tonic, self.mode)
        if self.subdivision not in ("duple", "triple"):
            raise PlanError(f"subdivision: {self.subdivision!r} is unknown; allowed: duple, triple")
        if self.bars < 1:
            raise PlanError(f"bars: {self.bars} is outside 1..{MAX_BARS}")
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
        if not self.instruments:
            raise PlanError(f"instruments: 0 given; allowed: 1 to {MAX_INSTRUMENTS}")
        if len(self.dynamics) != self.bars:
            raise PlanError(f"dynamics: {len(self.dynamics)} values for {self.bars} bars; expected one per bar")
        for level in self.dynamics:
            check_range("dynamics", level, 0, 1)
        check_range("articulation", self.articulation, 0.3, 1.0)
        check_range("valence", self.valence)
        check_range("arousal", self.arousal)

    @property
    def key(self) -> Key:
        """Tonic and mode as a value, spelled with at most seven accidentals."""
        return Key.of(self.tonic, self.mode)

    @property
    def time(self) -> Meter:
        """The meter as a value."""
        return Meter.parse(self.meter)

    def section_at(self, bar: int) -> Section:
        """The section that bar ``bar`` (from 0) is in."""
        return next(section for section in self.sections if section.start_bar - 1 <= bar < section.end_bar)

    def _check_names(self) -> None:
        if self.level is not None and self.level not in LEVELS:
            raise PlanError(f"level: {self.level!r} is unknown; allowed: {', '.join(LEVELS)}")
        if self.ending not in ENDINGS:
            raise PlanError(f"ending: {self.ending!r} is unknown; allowed: {', '.join(ENDINGS)}")
        for ornament in self.ornaments:
            if ornament not in ORNAMENTS:
                raise PlanError(f"ornaments: {ornament!r} is unknown; allowed: {', '.join(ORNAMENTS)}")

    def _check_chords(self) -> None:
        places = [(chord.bar, chord.beat) for chord in self.chords]
        if not places or places[0] != (1, 1):
            raise PlanError("chords: the first chord must stand at bar 1 beat 1")
        if places != sorted(set(places)):
            raise PlanError("chords: they must be in order, one at a place")
        for bar, beat in places:
            if bar > self.bars:
                raise PlanError(f"chords: bar {bar} beat {beat} lies outside {self.bars} bars of {self.meter}")

    def check_composable(self) -> None:
        """Refuse what can be printed and not composed.

        Raises
        ------
        PlanError
            More than `MAX_BARS` bars or 16 instruments, a tempo outside 20..300, or a chord outside its bar.
        """
        check_range("tempo_bpm", self.tempo_bpm, *TEMPO_RANGE)
        if self.bars > MAX_BARS:
            raise PlanError(f"bars: {self.bars} is outside 1..{MAX_BARS}")
        if len(self.instruments) > MAX_INSTRUMENTS:
            raise PlanError(f"instruments: {len(self.instruments)} given; allowed: 1 to {MAX_INSTRUMENTS}")
        for chord in self.chords:
            if chord.beat > self.time.numerator:
                raise PlanError(
                    f"chords: bar {chord.bar} beat {chord.beat} lies outside {self.bars} bars of {self.meter}"
                )
