"""General MIDI: the 128 programs, the percussion keys, and what each instrument can play.

Program and percussion names and numbers are those of the General MIDI System Level 1 specification
(MIDI Manufacturers Association, 1991). Ranges are the sounding ranges that orchestration handbooks agree on
(S. Adler, *The Study of Orchestration*; W. Piston, *Orchestration*) rounded inwards; synthetic sounds get the range in
which common soundfonts stay clear.

Conventions
-----------
* Programs count from 0, as in MIDI messages: 0 is the grand piano, 127 the gunshot.
* Pitches are sounding MIDI note numbers, ranges inclusive.
* ``transposition`` is written pitch minus sounding pitch in semitones (clarinet in B flat: +2).
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache

from composer.errors import UsageError

__all__ = [
    "BOWED_PROGRAMS",
    "BRIEF_PROGRAMS",
    "DRUM_KIT",
    "FAMILIES",
    "GUITARS",
    "GUITAR_STRINGS",
    "HARP",
    "HARPSICHORD",
    "INSTRUMENTS",
    "KEYBOARD_PROGRAMS",
    "KEYED_PROGRAMS",
    "ORGANS",
    "PERCUSSION_KEYS",
    "PIANOS",
    "GmInstrument",
    "find_instrument",
]

FAMILIES = (
    "piano", "chromatic percussion", "organ", "guitar", "bass", "strings", "ensemble", "brass",
    "reed", "pipe", "synth lead", "synth pad", "synth effects", "ethnic", "percussive", "sound effects",
)  # fmt: skip
"""The specification's sixteen families of eight programs, in order."""
PIANOS = frozenset(range(6))
"""Pianos, the electric ones too: hammers that play as loud as the hand strikes."""
HARPSICHORD = 6
"""The program of the harpsichord, whose keys sound as loud however they are struck."""
ORGANS = frozenset(range(16, 20))
"""Organs that change their loudness by stops, from one passage to the next."""
HARP = 46
"""The program of the orchestral harp, which is written for and played otherwise than all others."""
GUITARS = frozenset(range(24, 29))
"""Guitars whose strings are plucked and die away; lutes are taken for one."""
GUITAR_STRINGS = (40, 45, 50, 55, 59, 64)
"""What a guitar's open strings sound, from the lowest."""
BRIEF_PROGRAMS = frozenset({6, 7, 8, 9, 10, 12, 13, 15, 31, 45, HARP, 104, 105, 106, 107, 108, 114}) | GUITARS
"""Harpsichords, plucked strings, bars and tongues: what is struck is gone soon after; a piano's strings ring on."""
BOWED_PROGRAMS = frozenset({40, 41, 42, 43, 48, 49})
"""Violin to double bass and string ensembles: a bow repeats a note as quickly as it likes."""
KEYBOARD_PROGRAMS = frozenset((*range(8), *range(16, 24), HARP))
"""Pianos, organs and harp: they play a bass and what lies above it at once."""
KEYED_PROGRAMS = KEYBOARD_PROGRAMS - {HARP}
"""Those of them that have keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GmInstrument:
    """What is known of one General MIDI sound.

    Attributes
    ----------
    program : 0..127 (0 for the drum kit, which is chosen by channel, not by program).
    name : the specification's name, ``"Drums"`` for the kit.
    family : one of `FAMILIES`, ``"drums"`` for the kit.
    low, high : what a good player reaches, inclusive.
    easy_low, easy_high : where it sounds and plays comfortably, inclusive.
    sustains : a held note keeps sounding (bowed, blown, organ) instead of dying away.
    polyphonic : one player sounds several notes at once.
    pitched : it can carry a tune or a chord.
    clef : ``"treble"``, ``"alto"``, ``"bass"``, ``"grand"`` (two staves) or ``"percussion"``.
    transposition : written minus sounding pitch in semitones.
    aliases : other names it answers to, in lower case.
    """

    program: int
    name: str
    family: str
    low: int
    high: int
    easy_low: int
    easy_high: int
    sustains: bool
    polyphonic: bool
    pitched: bool
    clef: str
    transposition: int
    aliases: tuple[str, ...]

    @property
    def is_drums(self) -> bool:
        """True for the drum kit."""
        return self.family == "drums"


_CLEFS = {"G": "treble", "C": "alto", "F": "bass", "GF": "grand", "X": "percussion"}

# name, low, high, easy low, easy high, flags (s sustains, p polyphonic, x no definite pitch), clef, transposition,
# aliases. One row a program, in the order of the specification.
_ROWS: tuple[tuple[str, int, int, int, int, str, str, int, str], ...] = (
    ("Acoustic Grand Piano", 21, 108, 33, 93, "p", "GF", 0, "piano|grand piano|acoustic piano|keyboard|pianoforte"),
    ("Bright Acoustic Piano", 21, 108, 33, 93, "p", "GF", 0, "bright piano|upright piano"),
    ("Electric Grand Piano", 21, 108, 33, 93, "p", "GF", 0, "electric grand"),
    ("Honky-tonk Piano", 21, 108, 33, 93, "p", "GF", 0, "honky tonk|saloon piano|pub piano"),
    ("Electric Piano 1", 28, 103, 36, 91, "p", "GF", 0, "electric piano|rhodes|epiano|e piano"),
    ("Electric Piano 2", 28, 103, 36, 91, "p", "GF", 0, "dx piano|fm piano"),
    ("Harpsichord", 29, 89, 36, 86, "p", "GF", 0, "cembalo|clavecin|spinet|virginal"),
    ("Clavi", 29, 88, 36, 84, "p", "GF", 0, "clavinet|clavichord"),
    ("Celesta", 60, 108, 60, 96, "p", "G", -12, "celeste"),
    ("Glockenspiel", 79, 108, 79, 103, "p", "G", -24, "orchestral bells|bells"),
    ("Music Box", 60, 96, 65, 91, "p", "G", 0, "musicbox"),
    ("Vibraphone", 53, 89, 55, 86, "p", "G", 0, "vibes|vibraharp"),
    ("Marimba", 45, 96, 48, 84, "p", "G", 0, "balafon"),
    ("Xylophone", 65, 108, 67, 96, "p", "G", -12, "xylo"),
    ("Tubular Bells", 60, 77, 60, 77, "p", "G", 0, "chimes|church bells"),
    ("Dulcimer", 50, 86, 55, 81, "p", "G", 0, "hammered dulcimer|santur|santoor|cimbalom|yangqin|zither|qanun"),
    ("Drawbar Organ", 36, 96, 36, 84, "sp", "GF", 0, "hammond|hammond organ|organ 1"),
    ("Percussive Organ", 36, 96, 36, 84, "sp", "GF", 0, "organ 2|jazz organ"),
    ("Rock Organ", 36, 96, 36, 84, "sp", "GF", 0, "organ 3"),
    ("Church Organ", 24, 96, 36, 84, "sp", "GF", 0, "organ|pipe organ|cathedral organ"),
    ("Reed Organ", 36, 96, 36, 84, "sp", "GF", 0, "harmonium|pump organ|portative organ"),
    ("Accordion", 41, 93, 53, 84, "sp", "G", 0, "musette|accordeon"),
    ("Harmonica", 60, 96, 60, 84, "s", "G", 0, "mouth organ|blues harp"),
    ("Tango Accordion", 36, 93, 48, 84, "sp", "G", 0, "bandoneon|concertina"),
    ("Acoustic Guitar (nylon)", 40, 83, 40, 76, "p", "G", 12,
     "guitar|acoustic guitar|nylon guitar|classical guitar|spanish guitar|lute|oud|vihuela|ukulele"),
    ("Acoustic Guitar (steel)", 40, 83, 40, 76, "p", "G", 12, "steel guitar|folk guitar|mandolin|bouzouki|pipa|tar"),
    ("Electric Guitar (jazz)", 40, 84, 40, 76, "p", "G", 12, "jazz guitar"),
    ("Electric Guitar (clean)", 40, 84, 40, 76, "p", "G", 12, "electric guitar|clean guitar"),
    ("Electric Guitar (muted)", 40, 84, 40, 76, "p", "G", 12, "muted guitar"),
    ("Overdriven Guitar", 40, 84, 40, 79, "sp", "G", 12, "overdrive guitar|rock guitar"),
    ("Distortion Guitar", 40, 84, 40, 79, "sp", "G", 12, "distorted guitar|metal guitar"),
    ("Guitar Harmonics", 52, 88, 52, 84, "p", "G", 12, "guitar harmonic"),
    ("Acoustic Bass", 28, 60, 28, 52, "", "F", 12, "upright bass|jazz bass|string bass|bass"),
    ("Electric Bass (finger)", 28, 62, 28, 52, "", "F", 12, "electric bass|bass guitar|finger bass|fingered bass"),
    ("Electric Bass (pick)", 28, 62, 28, 52, "", "F", 12, "picked bass|pick bass"),
    ("Fretless Bass", 28, 62, 28, 52, "s", "F", 12, "fretless"),
    ("Slap Bass 1", 28, 62, 28, 52, "", "F", 12, "slap bass"),
    ("Slap Bass 2", 28, 62, 28, 52, "", "F", 12, ""),
    ("Synth Bass 1", 28, 62, 28, 52, "s", "F", 12, "synth bass|bass synth"),
    ("Synth Bass 2", 28, 62, 28, 52, "s", "F", 12, ""),
    ("Violin", 55, 100, 55, 88, "s", "G", 0, "solo violin|baroque violin"),
    ("Viola", 48, 88, 48, 76, "s", "C", 0, "solo viola|viola da braccio"),
    ("Cello", 36, 79, 36, 67, "s", "F", 0, "violoncello|solo cello|viol|viola da gamba|gamba|bass viol|morin khuur"),
    ("Contrabass", 28, 62, 28, 50, "s", "F", 12, "double bass|doublebass|bass violin|violone"),
    ("Tremolo Strings", 28, 96, 36, 84, "sp", "GF", 0, "tremolo|string tremolo"),
    ("Pizzicato Strings", 28, 96, 36, 84, "p", "GF", 0, "pizzicato|pizz"),
    ("Orchestral Harp", 24, 103, 36, 91, "p", "GF", 0, "harp|lyre|kora|celtic harp|concert harp|konghou"),
    ("Timpani", 36, 57, 38, 55, "", "F", 0, "kettledrum|timps"),
    ("String Ensemble 1", 28, 96, 36, 84, "sp", "GF", 0, "strings|string ensemble|string orchestra|string section"),
    ("String Ensemble 2", 28, 96, 36, 84, "sp", "GF", 0, "slow strings"),
    ("SynthStrings 1", 28, 96, 36, 84, "sp", "GF", 0, "synth strings|synth strings 1"),
    ("SynthStrings 2", 28, 96, 36, 84, "sp", "GF", 0, "synth strings 2"),
    ("Choir Aahs", 41, 81, 48, 77, "sp", "GF", 0, "choir|chorus|voices|choir aah|vocal ensemble"),
    ("Voice Oohs", 41, 81, 48, 77, "sp", "GF", 0, "voice|oohs|voice ooh|singer|soprano|vocal"),
    ("Synth Voice", 41, 84, 48, 79, "sp", "G", 0, "synth choir|synth vox"),
    ("Orchestra Hit", 48, 72, 48, 72, "", "GF", 0, "orchestral hit"),
    ("Trumpet", 54, 84, 58, 79, "s", "G", 2, "cornet|trumpet in b flat|bb trumpet|cornett"),
    ("Trombone", 40, 74, 43, 67, "s", "F", 0, "tenor trombone|sackbut"),
    ("Tuba", 28, 62, 29, 55, "s", "F", 0, "bass tuba|euphonium"),
    ("Muted Trumpet", 54, 84, 58, 77, "s", "G", 2, "trumpet with mute|harmon mute"),
    ("French Horn", 35, 77, 43, 70, "s", "G", 7, "horn|corno|horn in f|natural horn"),
    ("Brass Section", 36, 84, 40, 77, "sp", "GF", 0, "brass|brass ensemble"),
    ("SynthBrass 1", 36, 84, 40, 79, "sp", "GF", 0, "synth brass|synth brass 1"),
    ("SynthBrass 2", 36, 84, 40, 79, "sp", "GF", 0, "synth brass 2"),
    ("Soprano Sax", 56, 87, 58, 84, "s", "G", 2, "soprano saxophone"),
    ("Alto Sax", 49, 80, 52, 77, "s", "G", 9, "alto saxophone|saxophone|sax"),
    ("Tenor Sax", 44, 76, 46, 72, "s", "G", 14, "tenor saxophone"),
    ("Baritone Sax", 36, 69, 38, 64, "s", "G", 21, "baritone saxophone|bari sax"),
    ("Oboe", 58, 91, 60, 84, "s", "G", 0, "hautbois|shawm|duduk"),
    ("English Horn", 52, 81, 54, 77, "s", "G", 7, "cor anglais"),
    ("Bassoon", 34, 74, 36, 65, "s", "F", 0, "fagott|dulcian|fagotto"),
    ("Clarinet", 50, 91, 52, 84, "s", "G", 2, "clarinet in b flat|bb clarinet|chalumeau"),
    ("Piccolo", 74, 108, 76, 103, "s", "G", -12, "piccolo flute"),
    ("Flute", 60, 96, 62, 89, "s", "G", 0, "concert flute|traverso|transverse flute|dizi|bansuri"),
    ("Recorder", 65, 91, 65, 89, "s", "G", 0, "treble recorder|alto recorder|blockflute|blockfloete"),
    ("Pan Flute", 60, 93, 62, 88, "s", "G", 0, "panpipes|pan pipes|panflute|quena|zampona|siku"),
    ("Blown Bottle", 60, 84, 62, 81, "s", "G", 0, "bottle|bottle blow"),
    ("Shakuhachi", 62, 88, 62, 86, "s", "G", 0, "bamboo flute|ney|xiao|hotchiku"),
    ("Whistle", 72, 96, 74, 93, "s", "G", 0, "tin whistle|penny whistle"),
    ("Ocarina", 69, 89, 69, 86, "s", "G", 0, "xun"),
    ("Lead 1 (square)", 36, 96, 55, 86, "s", "G", 0, "square lead|square wave|synth lead|synth|synthesizer|lead"),
    ("Lead 2 (sawtooth)", 36, 96, 55, 86, "s", "G", 0, "saw lead|sawtooth lead|sawtooth"),
    ("Lead 3 (calliope)", 36, 96, 55, 86, "s", "G", 0, "calliope|calliope lead"),
    ("Lead 4 (chiff)", 36, 96, 55, 86, "s", "G", 0, "chiff|chiff lead"),
    ("Lead 5 (charang)", 36, 96, 55, 86, "s", "G", 0, "charang"),
    ("Lead 6 (voice)", 36, 96, 55, 84, "s", "G", 0, "voice lead|lead voice"),
    ("Lead 7 (fifths)", 36, 89, 48, 79, "s", "G", 0, "fifths lead"),
    ("Lead 8 (bass + lead)", 28, 89, 40, 79, "s", "G", 0, "bass and lead|bass lead"),
    ("Pad 1 (new age)", 36, 96, 40, 84, "sp", "GF", 0, "new age pad|pad|synth pad"),
    ("Pad 2 (warm)", 36, 96, 40, 84, "sp", "GF", 0, "warm pad"),
    ("Pad 3 (polysynth)", 36, 96, 40, 84, "sp", "GF", 0, "polysynth|polysynth pad"),
    ("Pad 4 (choir)", 36, 96, 40, 84, "sp", "GF", 0, "choir pad|space choir"),
    ("Pad 5 (bowed)", 36, 96, 40, 84, "sp", "GF", 0, "bowed pad|bowed glass|glass harmonica"),
    ("Pad 6 (metallic)", 36, 96, 40, 84, "sp", "GF", 0, "metallic pad"),
    ("Pad 7 (halo)", 36, 96, 40, 84, "sp", "GF", 0, "halo pad"),
    ("Pad 8 (sweep)", 36, 96, 40, 84, "sp", "GF", 0, "sweep pad"),
    ("FX 1 (rain)", 36, 96, 48, 84, "sp", "GF", 0, "rain pad|ice rain"),
    ("FX 2 (soundtrack)", 36, 96, 48, 84, "sp", "GF", 0, "soundtrack"),
    ("FX 3 (crystal)", 36, 96, 48, 84, "p", "GF", 0, "crystal"),
    ("FX 4 (atmosphere)", 36, 96, 48, 84, "p", "GF", 0, "atmosphere"),
    ("FX 5 (brightness)", 36, 96, 48, 84, "p", "GF", 0, "brightness"),
    ("FX 6 (goblins)", 36, 96, 48, 84, "sp", "GF", 0, "goblins|goblin"),
    ("FX 7 (echoes)", 36, 96, 48, 84, "sp", "GF", 0, "echoes|echo drops"),
    ("FX 8 (sci-fi)", 36, 96, 48, 84, "sp", "GF", 0, "sci fi|star theme"),
    ("Sitar", 48, 79, 50, 77, "p", "G", 0, "sarod|veena|tanpura"),
    ("Banjo", 48, 84, 50, 79, "p", "G", 12, "tenor banjo"),
    ("Shamisen", 50, 81, 52, 76, "p", "G", 0, "samisen|sanshin|sanxian"),
    ("Koto", 50, 88, 52, 84, "p", "G", 0, "guzheng|gayageum|guqin|zheng"),
    ("Kalimba", 60, 88, 60, 84, "p", "G", 0, "mbira|thumb piano|sansa"),
    ("Bagpipe", 62, 84, 64, 81, "s", "G", 0, "bagpipes|bag pipe|uilleann pipes|pipes"),
    ("Fiddle", 55, 96, 55, 86, "s", "G", 0, "folk fiddle|erhu|kamancheh|rebab|rebec|hardanger fiddle"),
    ("Shanai", 60, 84, 62, 81, "s", "G", 0, "shehnai|zurna|suona|sorna"),
    ("Tinkle Bell", 72, 96, 72, 93, "p", "G", 0, "tinklebell|handbells|hand bells"),
    ("Agogo", 60, 84, 60, 84, "x", "X", 0, "agogo bells"),
    ("Steel Drums", 60, 88, 60, 84, "p", "G", 0, "steelpan|steel pan|steel drum|gamelan"),
    ("Woodblock", 60, 84, 60, 84, "x", "X", 0, "wood block"),
    ("Taiko Drum", 36, 60, 36, 60, "x", "X", 0, "taiko"),
    ("Melodic Tom", 36, 64, 36, 64, "x", "X", 0, "tom|toms"),
    ("Synth Drum", 36, 64, 36, 64, "x", "X", 0, "electronic drum"),
    ("Reverse Cymbal", 48, 72, 48, 72, "x", "X", 0, "reversed cymbal"),
    ("Guitar Fret Noise", 48, 72, 48, 72, "x", "X", 0, "fret noise"),
    ("Breath Noise", 48, 72, 48, 72, "x", "X", 0, "breath"),
    ("Seashore", 48, 72, 48, 72, "sx", "X", 0, "waves|surf"),
    ("Bird Tweet", 60, 84, 60, 84, "x", "X", 0, "bird|birds"),
    ("Telephone Ring", 60, 84, 60, 84, "x", "X", 0, "telephone"),
    ("Helicopter", 48, 72, 48, 72, "sx", "X", 0, ""),
    ("Applause", 48, 72, 48, 72, "sx", "X", 0, "clapping"),
    ("Gunshot", 48, 72, 48, 72, "x", "X", 0, "gun shot"),
)  # fmt: skip


def _instrument(program: int) -> GmInstrument:
    name, low, high, easy_low, easy_high, flags, clef, transposition, aliases = _ROWS[program]
    return GmInstrument(
        program=program,
        name=name,
        family=FAMILIES[program // 8],
        low=low,
        high=high,
        easy_low=easy_low,
        easy_high=easy_high,
        sustains="s" in flags,
        polyphonic="p" in flags,
        pitched="x" not in flags,
        clef=_CLEFS[clef],
        transposition=transposition,
        aliases=tuple(aliases.split("|")) if aliases else (),
    )


INSTRUMENTS: tuple[GmInstrument, ...] = tuple(_instrument(program) for program in range(128))
"""The 128 sounds; the index is the program number."""

DRUM_KIT = GmInstrument(
    program=0, name="Drums", family="drums", low=35, high=81, easy_low=35, easy_high=59,
    sustains=False, polyphonic=True, pitched=False, clef="percussion", transposition=0,
    aliases=("drum", "drum kit", "drumkit", "drum set", "percussion", "kit"),
)  # fmt: skip
"""The standard kit on MIDI channel 10."""

PERCUSSION_KEYS: dict[int, str] = dict(
    enumerate(
        (
            "Acoustic Bass Drum", "Bass Drum 1", "Side Stick", "Acoustic Snare", "Hand Clap", "Electric Snare",
            "Low Floor Tom", "Closed Hi Hat", "High Floor Tom", "Pedal Hi-Hat", "Low Tom", "Open Hi-Hat",
            "Low-Mid Tom", "Hi-Mid Tom", "Crash Cymbal 1", "High Tom", "Ride Cymbal 1", "Chinese Cymbal",
            "Ride Bell", "Tambourine", "Splash Cymbal", "Cowbell", "Crash Cymbal 2", "Vibraslap",
            "Ride Cymbal 2", "Hi Bongo", "Low Bongo", "Mute Hi Conga", "Open Hi Conga", "Low Conga",
            "High Timbale", "Low Timbale", "High Agogo", "Low Agogo", "Cabasa", "Maracas",
            "Short Whistle", "Long Whistle", "Short Guiro", "Long Guiro", "Claves", "Hi Wood Block",
            "Low Wood Block", "Mute Cuica", "Open Cuica", "Mute Triangle", "Open Triangle",
        ),
        start=35,
    )
)  # fmt: skip
"""General MIDI percussion: key (35..81) -> name, on channel 10."""


def _normalize(text: str) -> str:
    return re.sub(r"[^a-z0-9+]+", " ", text.casefold()).strip()


@cache
def _lookup() -> dict[str, GmInstrument]:
    table: dict[str, GmInstrument] = {}
    for instrument in (*INSTRUMENTS, DRUM_KIT):
        for name in (instrument.name, *instrument.aliases):
            table.setdefault(_normalize(name), instrument)
    return table


def _spellings(text: str) -> list[str]:
    """Readings of a name: as it is, without part number or remark ("Violin 2", "Piano (left hand)"), singular."""
    plain = _normalize(text)
    bare = _normalize(re.sub(r"\([^)]*\)\s*$", "", text)) or plain
    numberless = re.sub(r" (\d{1,2}|i{1,3}|iv)$", "", bare)
    forms = [plain, bare, numberless]
    forms += [form[:-1] for form in forms if form.endswith("s")]
    return list(dict.fromkeys(forms))


def find_instrument(text: str) -> GmInstrument:
    """Find a sound by General MIDI name, everyday name or program number.

    Parameters
    ----------
    text : str
        ``"Violin"``, ``"cello"``, ``"Piano (left hand)"``, ``"violin 2"``, ``"drums"``, or a program number
        ``"0"`` .. ``"127"`` that counts from zero as in MIDI messages. Upper and lower case are the same.

    Raises
    ------
    UsageError
        No such name or number; the message suggests near names.
    """
    stripped = text.strip()
    if re.fullmatch(r"[+-]?\d+", stripped):
        program = int(stripped)
        if 0 <= program <= 127:
            return INSTRUMENTS[program]
        raise UsageError(
            f"instruments: program {program} is outside 0..127",
            hint="programs count from 0: 0 is the grand piano, 40 the violin, 73 the flute",
        )
    table = _lookup()
    for form in _spellings(stripped):
        if form in table:
            return table[form]
    near = difflib.get_close_matches(_normalize(stripped), table, n=3, cutoff=0.6)
    names = [repr(name) for name in near] or ["violin", "cello", "piano", "flute", "harp", "drums"]
    hint = f"did you mean {' or '.join(names)}?" if near else f"give a name such as {', '.join(names)}, or a program"
    raise UsageError(
        f"instruments: {text!r} is no General MIDI instrument; expected a name or a program 0..127", hint=hint
    )
