"""Words for the sound of a passage, measured from its notes.

The words serve twice: sentences made of them teach the Composer audio-text encoder, and its tagger hears them.

Conventions
-----------
* `Facts` are numbers measured from notes; `words` turns them into classes by the tables below, edges inclusive below.
* Pitches are MIDI numbers, velocities 0..127, times seconds.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from composer.errors import MidiError
from composer.gm import INSTRUMENTS
from composer.metrics.adherence import blind_key
from composer.midi.notes import DURATION, ONSET, PITCH, VELOCITY, FloatArray, MidiNotes, gate

__all__ = [
    "CLASSES",
    "PLAIN_NAMES",
    "STOCK",
    "TONICS",
    "Facts",
    "SoundWords",
    "beat_of",
    "measure_facts",
    "mood_of",
    "plain_name",
    "words",
]

PLAIN_NAMES: dict[str, tuple[int, ...]] = {
    "piano": (0, 1, 2, 3),
    "electric piano": (4, 5),
    "harpsichord": (6, 7),
    "celesta": (8,),
    "bells": (9, 14, 112),
    "music box": (10,),
    "vibraphone": (11,),
    "marimba": (12, 13),
    "dulcimer": (15,),
    "organ": (16, 17, 18, 19),
    "harmonium": (20,),
    "accordion": (21, 23),
    "harmonica": (22,),
    "guitar": (24, 25, 31),
    "electric guitar": (26, 27, 28),
    "distorted guitar": (29, 30),
    "bass": (32, 33, 34, 35, 36, 37, 38, 39),
    "violin": (40, 110),
    "viola": (41,),
    "cello": (42,),
    "double bass": (43,),
    "pizzicato strings": (45,),
    "harp": (46,),
    "timpani": (47,),
    "strings": (44, 48, 49, 50, 51),
    "choir": (52, 53, 54, 85, 91),
    "trumpet": (56, 59),
    "trombone": (57,),
    "tuba": (58,),
    "horn": (60,),
    "brass": (61, 62, 63),
    "saxophone": (64, 65, 66, 67),
    "oboe": (68, 111),
    "english horn": (69,),
    "bassoon": (70,),
    "clarinet": (71,),
    "piccolo": (72,),
    "flute": (73,),
    "recorder": (74, 78, 79),
    "pan flute": (75, 76),
    "shakuhachi": (77,),
    "synthesizer": (80, 81, 82, 83, 84, 86, 87),
    "synthesizer pad": (88, 89, 90, 92, 93, 94, 95),
    "sitar": (104,),
    "banjo": (105,),
    "koto": (106, 107),
    "kalimba": (108,),
    "bagpipes": (109,),
    "steel drums": (114,),
}
"""Everyday name -> General MIDI programs that sound like it; other programs are effects and have none."""

_NAME_OF = {program: name for name, programs in PLAIN_NAMES.items() for program in programs}
TONICS: tuple[str, ...] = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")

CLASSES: dict[str, tuple[tuple[float, ...], tuple[str, ...]]] = {
    "tempo": ((60.0, 80.0, 108.0, 138.0), ("very slow", "slow", "moderate", "fast", "very fast")),
    "pace": ((1.5, 3.0, 6.0), ("sparse", "unhurried", "flowing", "busy")),
    "register": ((50.0, 58.0, 66.0, 74.0), ("very low", "low", "middle", "high", "very high")),
    "loudness": ((48.0, 78.0), ("soft", "medium", "loud")),
    "texture": ((1.25, 2.5, 4.5), ("single line", "thin", "full", "dense")),
    "articulation": ((0.55, 0.9), ("staccato", "detached", "legato")),
}
"""Quality -> upper edges of its classes, and their names. They are of beats a minute, attacks a second, mean pitch,
mean velocity, pitches that sound together on average, and the share of the time to the next attack that notes last."""

STOCK: tuple[str, ...] = tuple(
    f"{mood} music for {players}, {tempo}, in a {mode} key"
    for players in ("solo piano", "string quartet", "flute and harp", "brass and drums", "choir and organ", "guitar")
    for mood, tempo, mode in (
        ("joyful", "fast", "major"),
        ("peaceful", "slow", "major"),
        ("sad", "slow", "minor"),
        ("tense", "fast", "minor"),
    )
)
"""Sentences about music of many kinds, with which a score of one sentence is compared."""

_TOGETHER = 0.04
_SURE = 0.6
"""Correlation of a key's profile below which no key is named."""
_SHARE = 0.06
"""An instrument with less than this share of the notes' duration is not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Numbers of a passage.

    Attributes
    ----------
    instruments : everyday names, the one with most sound first.
    drums : whether a drum kit plays.
    tempo_bpm : beats a minute as the file has them; meter such as ``"3/4"``, or "" where there are no beats.
    attacks_per_second : instants at which notes begin.
    pitch_mean : weighted by duration; velocity_mean : of all notes.
    polyphony : mean number of sounding pitches where any sound.
    gate : median share of the time to the part's next attack that notes last.
    tonic, minor, key_correlation : by the Krumhansl-Schmuckler analysis.
    """

    instruments: tuple[str, ...]
    drums: bool
    tempo_bpm: float
    meter: str
    attacks_per_second: float
    pitch_mean: float
    velocity_mean: float
    polyphony: float
    gate: float
    tonic: int
    minor: bool
    key_correlation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundWords:
    """Classes of a passage; "" where nothing is said. ``mood`` is one of four quadrants of valence and arousal."""

    instruments: tuple[str, ...]
    drums: bool
    tempo: str
    pace: str
    register: str
    loudness: str
    texture: str
    articulation: str
    key: str
    mode: str
    beat: str
    mood: str
    valence: float
    arousal: float


def plain_name(program: int) -> str:
    """Everyday name of a General MIDI program, e.g. ``"violin"``; its own name where it is an effect."""
    return _NAME_OF.get(program, INSTRUMENTS[program].name.lower())


def measure_facts(midi: MidiNotes) -> Facts:
    """Measure a passage.

    Raises
    ------
    MidiError
        No pitched note is in it.
    """
    pitched = midi.pitched
    if not len(pitched):
        raise MidiError("the file holds no pitched note to describe")
    key = blind_key(midi)
    starts = np.sort(midi.seconds(midi.notes[:, ONSET]))
    attacks = 1 + int((np.diff(starts) > _TOGETHER).sum())
    seconds = max(1.0, float(midi.seconds(np.array([midi.last_note_end]))[0]))
    return Facts(
        instruments=_instruments(midi),
        drums=any(part.is_drums and len(part.notes) for part in midi.parts),
        tempo_bpm=midi.tempos[0].bpm,
        meter=midi.meters[0].text,
        attacks_per_second=attacks / seconds,
        pitch_mean=float(np.average(pitched[:, PITCH], weights=pitched[:, DURATION])),
        velocity_mean=float(midi.notes[:, VELOCITY].mean()),
        polyphony=_polyphony(pitched),
        gate=1.0 if math.isnan(held := gate(midi)) else held,
        tonic=key.tonic if key else 0,
        minor=bool(key and key.minor),
        key_correlation=key.correlation if key else 0.0,
    )


def _instruments(midi: MidiNotes) -> tuple[str, ...]:
    weight: dict[str, float] = {}
    for part in midi.parts:
        if not part.is_drums and len(part.notes):
            name = plain_name(part.program)
            weight[name] = weight.get(name, 0.0) + float(part.notes[:, DURATION].sum())
    total = sum(weight.values())
    loud = [name for name in weight if weight[name] >= _SHARE * total]
    return tuple(sorted(loud, key=lambda name: -weight[name]))


def _polyphony(notes: FloatArray) -> float:
    """Sounding time of all notes over the time in which any sounds."""
    ends = notes[:, ONSET] + notes[:, DURATION]
    order = np.argsort(notes[:, ONSET])
    covered, until = 0.0, -np.inf
    for start, end in zip(notes[order, ONSET], ends[order], strict=True):
        covered += max(0.0, end - max(start, until))
        until = max(until, end)
    return float(notes[:, DURATION].sum() / max(covered, 1e-9))


def words(facts: Facts) -> SoundWords:
    """Name a passage's qualities."""

    def named(quality: str, value: float) -> str:
        edges, names = CLASSES[quality]
        return names[bisect_right(edges, value)]

    sure = facts.key_correlation >= _SURE
    mode = ("minor" if facts.minor else "major") if sure else ""
    valence, arousal = _feeling(facts, mode)
    return SoundWords(
        instruments=facts.instruments,
        drums=facts.drums,
        tempo=named("tempo", facts.tempo_bpm) if facts.meter else "",
        pace=named("pace", facts.attacks_per_second),
        register=named("register", facts.pitch_mean),
        loudness=named("loudness", facts.velocity_mean),
        texture=named("texture", facts.polyphony),
        articulation=named("articulation", facts.gate),
        key=f"{TONICS[facts.tonic]} {mode}" if mode else "",
        mode=mode,
        beat=beat_of(facts.meter),
        mood=mood_of(valence, arousal),
        valence=valence,
        arousal=arousal,
    )


def beat_of(meter: str) -> str:
    """``"duple"``, ``"triple"``, ``"compound"``, or "" for other meters."""
    beats, _, unit = meter.partition("/")
    if beats in ("6", "9", "12") and unit in ("8", "16"):
        return "compound"
    return {"2": "duple", "3": "triple", "4": "duple"}.get(beats, "")


def _feeling(facts: Facts, mode: str) -> tuple[float, float]:
    """Valence and arousal that these means commonly have, in [-1, 1].

    Mode moves valence, tempo and loudness move arousal (Husain, Thompson & Schellenberg 2002); the sizes are those of
    `composer.planning.affect_to_music`, turned round.
    """
    pace = float(np.log2(max(facts.attacks_per_second, 0.3) / 2.8)) / 1.2
    tempo = float(np.log2(facts.tempo_bpm / 97.0)) / 0.5 if facts.meter else pace
    loud = (facts.velocity_mean - 64.0) / 28.0
    arousal = float(np.clip(0.35 * tempo + 0.4 * pace + 0.25 * loud, -1, 1))
    side = {"major": 0.5, "minor": -0.5}.get(mode, 0.0)
    valence = float(np.clip(side + 0.015 * (facts.pitch_mean - 62.0) + 0.15 * arousal, -1, 1))
    return valence, arousal


def mood_of(valence: float, arousal: float) -> str:
    """The quadrant of valence and arousal: ``"joyful"``, ``"peaceful"``, ``"sad"`` or ``"tense"``."""
    if arousal >= 0:
        return "joyful" if valence >= 0 else "tense"
    return "peaceful" if valence >= 0 else "sad"
