"""Traditions of painting outside the European mainstream, and the scales of music that go with them.

A tradition acts only where the caption names it, and the caption names one only where the reading is sure, or where a
person says so (``--tradition``). The scales are the nearest among our modes, in twelve equal tones: neutral seconds,
free intonation, the order of a raga or a dastgah, are not there. Where nothing honest is at hand (the music is
ceremonial and owned, its scales are not known, General MIDI has no voice for it) a tradition has no entry, and the plan
follows the feeling alone. ``docs/traditions.md`` lists these too.

Conventions
-----------
* ``bright`` is the mode for valence 0 and above, ``dark`` for valence below; empty: the feeling decides as usual.
* The first of a tradition's words is its adjective.
"""

from __future__ import annotations

from dataclasses import dataclass

from composer.errors import UsageError
from composer.planning.cues import Cues

__all__ = ["NONE", "TRADITIONS", "Tradition", "check_tradition", "told", "words_of"]

NONE = "none"
"""Told so, a plan follows no tradition, whatever the caption says."""
_AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tradition:
    """A tradition by `name`, the caption's `words` that name it, its modes, and the `source` they were taken from."""

    name: str
    words: tuple[str, ...]
    bright: str
    dark: str
    source: str


def _tradition(name: str, words: str, bright: str, dark: str, source: str) -> Tradition:
    found = tuple(word.strip() for word in words.split(","))
    return Tradition(name=name, words=found, bright=bright, dark=dark, source=source)


TRADITIONS: tuple[Tradition, ...] = (
    # yo without semitones, in with them
    _tradition("japanese", "japanese, ukiyo e, japan, edo period, hokusai, hiroshige, geisha, samurai",
               "pentatonic", "hirajoshi", "W. Malm, Japanese Music and Musical Instruments, 1959"),
    # gong and yu modes
    _tradition("chinese", "chinese, china, shan shui, tang dynasty, song dynasty, ming dynasty",
               "pentatonic", "minor-pentatonic", "S. Jones, Folk Music of China, 1995"),
    # pyeongjo and gyemyeonjo
    _tradition("korean", "korean, korea, joseon", "pentatonic", "minor-pentatonic",
               "Lee Hye-ku, Essays on Korean Traditional Music, 1981"),
    # the thats Khamaj and Bhairavi
    _tradition("indian", "indian, mughal, rajput, rajasthani, pahari", "mixolydian", "phrygian",
               "N. Jairazbhoy, The Rags of North Indian Music, 1971"),
    # Mahur and Homayun
    _tradition("persian", "persian, safavid, timurid", "major", "phrygian-dominant",
               "H. Farhat, The Dastgah Concept in Persian Music, 1990"),
    # makam Hicaz
    _tradition("ottoman", "ottoman, turkish", "phrygian-dominant", "phrygian-dominant", "K. Signell, Makam, 1977"),
    # maqam Hijaz
    _tradition("arab", "arab, arabian, moorish, islamic", "phrygian-dominant", "phrygian-dominant",
               "S. Marcus, Music in Egypt, 2007"),
    # folk song and instrumental music; chant has no scale of ours
    _tradition("tibetan", "tibetan, thangka, nepalese", "pentatonic", "minor-pentatonic",
               "P. Crossley-Holland, Form and Style in Tibetan Folksong Melody, 1967"),
    # slendro, near five equal steps
    _tradition("balinese", "balinese, javanese", "pentatonic", "minor-pentatonic",
               "M. Tenzer, Balinese Gamelan Music, 1998"),
    # the qenet tizita in its two forms
    _tradition("ethiopian", "ethiopian", "pentatonic", "hirajoshi",
               "S. Weisser & F. Falceto, Investigating Qenet in Four Dimensions, 2013"),
    # kora tunings silaba and sauta are heptatonic, near major and lydian; no dark counterpart is on record
    _tradition("west-african", "west african, mande", "major", "", "E. Charry, Mande Music, 2000"),
    # huayno
    _tradition("andean", "andean, inca, peruvian, cuzco", "pentatonic", "minor-pentatonic",
               "T. Turino, Music in the Andes, 2008"),
    # son and mariachi use major and minor
    _tradition("mexican", "mexican, mexico, muralist", "", "", "D. Sheehy, Mariachi Music in America, 2006"),
    # the Andalusian cadence
    _tradition("andalusian", "andalusian, flamenco", "phrygian-dominant", "phrygian",
               "P. Manuel, Modal Harmony in Andalusian, Eastern European and Turkish Syncretic Musics, 1989"),
)  # fmt: skip
"""All traditions, in the order in which the caption is searched."""


def words_of(name: str) -> str:
    """Return a tradition's words with commas between, for the table of ensembles."""
    return ", ".join(next(tradition for tradition in TRADITIONS if tradition.name == name).words)


def check_tradition(name: str) -> None:
    """Refuse a tradition that is not in the table.

    Raises
    ------
    UsageError
        With the names that are allowed.
    """
    allowed = (_AUTO, NONE, *(tradition.name for tradition in TRADITIONS))
    if name not in allowed:
        raise UsageError(
            f"--tradition: {name!r} is unknown; allowed: {', '.join(allowed)}",
            hint="give one of those; --mode and --instruments reach what is not listed",
        )


def told(cues: Cues, name: str | None) -> Cues:
    """Return the cues as a person corrected them.

    Parameters
    ----------
    cues : what the caption says.
    name : None or ``"auto"`` leaves them, ``"none"`` takes every tradition out, the name of one puts it in their place.
    """
    if name in (None, _AUTO):
        return cues
    text = cues.text
    for word in (word for tradition in TRADITIONS for word in tradition.words):
        text = text.replace(f" {word} ", " ")
    if name == NONE:
        return Cues(text=text)
    adjective = next(tradition.words[0] for tradition in TRADITIONS if tradition.name == name)
    return Cues(text=f"{text}{adjective} ", told=adjective)
