"""The words that captions are made of.

Every term is a fragment that fits one place of the caption's sentence as it stands:

=========  =====================================  ===========================================
group      fragment                               example
=========  =====================================  ===========================================
subject    noun phrase with its article           ``a stormy sea with ships``
setting    adverbial phrase of place              ``beside a river``
light      adverbial phrase of light or weather   ``under heavy cloud``
style      adjective phrase before «painting»     ``Romantic``, or a noun phrase of its own
tradition  noun phrase, or «… painting»           ``Persian miniature``
mood       adjective                              ``solitary``
=========  =====================================  ===========================================

A subject has a *kind*; settings and lights name the kinds that they go with, so that no portrait is ever said to
stand «in the open sea». The *cues* are words in a work's title that count as naming the term; they are used only to
measure and calibrate.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache

from composer.perception.subjects import PORTRAIT_NAMES, SUBJECTS

__all__ = [
    "DEFAULT_TRADITION",
    "GENERAL",
    "GROUPS",
    "KINDS",
    "MOODS",
    "READ_GROUPS",
    "WIDER",
    "Term",
    "fingerprint",
    "prompt",
    "style_phrase",
    "terms",
    "tradition_names",
]

GROUPS = ("subject", "setting", "light", "style", "tradition", "mood")
READ_GROUPS = GROUPS[:-1]
"""The groups that are read from the embedding; moods are read from valence and arousal."""
DEFAULT_TRADITION = "European painting"
"""The tradition that goes without saying."""
KINDS = ("person", "people", "sacred", "land", "water", "town", "room", "things", "animal", "pattern")

GENERAL = {
    "person": "a single figure",
    "people": "a group of figures",
    "sacred": "a religious scene",
    "land": "a landscape",
    "water": "a view over water",
    "town": "a view of buildings",
    "room": "an interior",
    "things": "an arrangement of objects",
    "animal": "a picture of animals",
    "pattern": "a decorative composition",
}
"""Kind -> the phrase that stands for any of its subjects."""
WIDER = {
    "an outdoor scene": ("land", "water", "town"),
    "a figure composition": ("person", "people", "sacred"),
}
"""What may be sure when the kind is not: phrase -> its kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One fragment.

    Attributes
    ----------
    group : one of `GROUPS`.
    text : the fragment as it stands in a caption.
    kinds : for a subject its one kind, for a setting or light the kinds it goes with, else all `KINDS`.
    cues : words in a title that name it; a cue of two words needs both.
    family : for a subject the phrase under which it and its like are said together, else empty.
    """

    group: str
    text: str
    kinds: tuple[str, ...]
    cues: tuple[str, ...]
    family: str = ""


_SETTINGS = """
beside a river | water land people animal town | river, seine, banks
by the sea | land people person animal town | sea, shore, beach, coast
in a garden | people person things animal | garden
in a forest | people person animal sacred | forest, wood
in the mountains | people person animal sacred town | mountains, mountain
in open country | people person animal sacred | landscape, field
in a meadow | people person animal | meadow
in a village | people person animal | village
in a city street | people person animal | street, city
on a road | people person animal | road, path
in a room | person people things animal | interior, room
at a table | person people | table
at a window | person things | window
in a park | people person | park
in a church | people sacred | church, cathedral
in a courtyard | people person animal | courtyard, yard
in a boat | people person | boat, boats
on horseback | person | horseback, equestrian, rider
among ruins | people person animal sacred land | ruins
among trees | people person animal town water | trees, wood
among rocks | people person sacred water animal | rocks
with mountains in the distance | land water town | mountains, mountain, hills
with a bridge | land water town | bridge
with a church | land water town | church
with boats | water town land | boats, boat
with trees along the water | water | trees, poplars
with a village in the distance | land water | village
with figures | land water town room | figures, people
with cattle | land water | cattle, cows
with a windmill | land water town | mill, windmill
with a book | person sacred | book, reading
with a dog | person people | dog
with fruit | things person | fruit
with flowers | things person people room | flowers
before a dark background | person things animal | portrait
before a landscape | person sacred people | landscape
in a palace | people person | palace
on a stage | people person | stage, theatre
among clouds | people sacred person | heaven, clouds, glory
"""

_LIGHTS = """
under heavy cloud | land water town animal | storm, clouds
under a stormy sky | land water town people | storm, stormy, tempest
under a clear sky | land water town animal people | sunny, clear
in bright sunlight | land water town people animal | sun, sunny, sunlight, midday
in the light of sunset | land water town people animal | sunset
at sunrise | land water town people | sunrise, dawn
in morning light | land water town people | morning
in evening light | land water town people animal | evening, twilight, dusk
by moonlight | land water town people | moonlight, moon
at night | land water town people room sacred | night
in mist | land water town | mist, fog, haze
in rain | land town people | rain
in snow | town people animal land | snow
in the light of autumn | land water town people | autumn
in the cold light of winter | land water town people | winter
in the fresh light of spring | land water people town | spring
in summer light | land water people town | summer
by candlelight | person people room things sacred | candle, candlelight, lamp
in soft light | person things room people animal | soft
in strong light and shadow | person sacred things people room | shadow, chiaroscuro
in golden light | person sacred land things people | golden, gold
"""

_STYLES = """
Baroque | baroque
Romantic | romanticism
Impressionist | impressionism
Post-Impressionist | post impressionism
Expressionist | expressionism
Symbolist | symbolism
Art Nouveau | art nouveau
Renaissance | renaissance
Mannerist | mannerism
Rococo | rococo
Neoclassical | neoclassicism
Realist | realism
Pointillist | pointillism
Fauvist | fauvism
Cubist | cubism
Surrealist | surrealism
abstract | abstract
naive | naive
academic | academic
medieval | medieval
Byzantine icon | icon
"""

_TRADITIONS = """
European painting | european
Japanese woodblock print | ukiyo
Japanese screen painting | rinpa
Japanese ink painting | suiboku
Chinese ink painting | shanshui
Chinese court painting | gongbi
Korean painting | joseon
Indian miniature | rajput
Persian miniature | persian
Ottoman miniature | ottoman
Arab manuscript painting | arab
Tibetan thangka | thangka
Balinese painting | balinese
Egyptian wall painting | egyptian
Ethiopian church painting | ethiopian
West African painting | african
Andean colonial painting | cuzco
Mexican mural | muralism
Mesoamerican codex | codex
Native American ledger drawing | ledger
Aboriginal dot painting | aboriginal
Pacific barkcloth painting | barkcloth
"""

MOODS: dict[str, tuple[float, float]] = {
    "calm": (0.35, -0.65),
    "serene": (0.6, -0.5),
    "tender": (0.55, -0.25),
    "gentle": (0.45, -0.4),
    "warm": (0.55, 0.0),
    "hopeful": (0.5, 0.2),
    "cheerful": (0.75, 0.4),
    "joyful": (0.85, 0.6),
    "festive": (0.7, 0.75),
    "playful": (0.6, 0.55),
    "proud": (0.35, 0.35),
    "majestic": (0.3, 0.5),
    "passionate": (0.25, 0.75),
    "dreamlike": (0.2, -0.3),
    "nostalgic": (0.1, -0.45),
    "solemn": (-0.05, -0.35),
    "contemplative": (0.15, -0.2),
    "tranquil": (0.25, -0.45),
    "noble": (0.3, 0.05),
    "grave": (-0.25, -0.2),
    "uneasy": (-0.3, 0.1),
    "quiet": (0.05, -0.7),
    "mysterious": (-0.1, 0.1),
    "dramatic": (-0.1, 0.6),
    "restless": (-0.25, 0.4),
    "solitary": (-0.3, -0.5),
    "melancholy": (-0.45, -0.4),
    "lonely": (-0.55, -0.3),
    "sorrowful": (-0.7, -0.35),
    "gloomy": (-0.6, -0.1),
    "anxious": (-0.5, 0.35),
    "threatening": (-0.65, 0.55),
    "violent": (-0.75, 0.8),
}
"""Mood words with valence and arousal in [-1, 1]; our own placing on the circumplex of Russell (1980)."""

_NOUN_STYLES = ("icon", "print", "painting", "miniature", "thangka", "mural", "codex", "drawing")


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def _cues(cell: str) -> tuple[str, ...]:
    return tuple(cue.strip() for cue in cell.split(","))


def _portraits(subject: str) -> tuple[str, ...]:
    return tuple(f"portrait {name}" for name in PORTRAIT_NAMES.get(subject, "").split())


@lru_cache(maxsize=1)
def terms() -> tuple[Term, ...]:
    """Return all terms, group by group, in a fixed order."""
    found = [
        Term(group="subject", text=text, kinds=(kind,), cues=_cues(cues) + _portraits(text), family=family)
        for kind, families in SUBJECTS.items()
        for family, table in families.items()
        for text, cues in _rows(table)
    ]
    for group, table in (("setting", _SETTINGS), ("light", _LIGHTS)):
        found += [
            Term(group=group, text=text, kinds=tuple(kinds.split()), cues=_cues(cues))
            for text, kinds, cues in _rows(table)
        ]
    for group, table in (("style", _STYLES), ("tradition", _TRADITIONS)):
        found += [Term(group=group, text=text, kinds=KINDS, cues=_cues(cues)) for text, cues in _rows(table)]
    found += [Term(group="mood", text=word, kinds=KINDS, cues=(word,)) for word in MOODS]
    return tuple(found)


@lru_cache(maxsize=1)
def tradition_names() -> tuple[str, ...]:
    """Return the traditions in their fixed order."""
    return tuple(term.text for term in terms() if term.group == "tradition")


def prompt(term: Term) -> str:
    """Return the sentence under which an image-text encoder is asked for a term."""
    match term.group:
        case "subject":
            return f"a painting of {term.text}"
        case "setting" | "light":
            return f"a painting of a scene {term.text}"
        case "style" | "tradition":
            return f"a {style_phrase(term.text)}"
        case _:
            return f"a {term.text} painting"


def style_phrase(style: str) -> str:
    """Return the style as a noun phrase without article: ``"Romantic painting"``, ``"Persian miniature"``."""
    return style if style.endswith(_NOUN_STYLES) else f"{style} painting"


def fingerprint() -> str:
    """Return the SHA-256 of the vocabulary, by which weights know that they were made for it."""
    rows = [(term.group, term.text, prompt(term)) for term in terms()]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
