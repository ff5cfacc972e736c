"""The idioms of each mode: openings, contrasting openings, links and cadences, as Roman numerals.

The phrase models are our own; they follow the order tonic, predominant, dominant, tonic of common practice (W. Caplin,
*Classical Form*) in major and minor, and the modal cadences that the modes are heard by elsewhere (bVII-i in dorian
and mixolydian, bII-i in phrygian, II-I in lydian; V. Persichetti, *Twentieth-Century Harmony*, chapter 2). Scales with
fewer than seven tones use the triads, suspended fourths and open fifths that live inside them.

Conventions
-----------
* Bars are parted by ``|``; a bar holds one chord or two (the second at the middle of the bar).
* A formula's length is its number of bars.
* ``house`` names the chord that stands for each of the seven degrees; chords travel to another mode through it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["IDIOMS", "Bar", "Formula", "Idiom", "idiom_of"]

Bar = tuple[str, ...]
"""The numerals of one bar: one or two."""
Formula = tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Idiom:
    """The harmonic vocabulary of a mode.

    Attributes
    ----------
    functional : common-practice rules hold (applied dominants; no dominant that falls back to a predominant).
    openings : beginnings of a main idea; each starts on the tonic.
    contrasts : beginnings of an episode, away from the tonic.
    links : single bars that prolong the middle of a phrase.
    authentic, half, plagal, deceptive : closes of a phrase.
    house : seven numerals, degree 1 to 7.
    """

    functional: bool
    openings: tuple[Formula, ...]
    contrasts: tuple[Formula, ...]
    links: Formula
    authentic: tuple[Formula, ...]
    half: tuple[Formula, ...]
    plagal: tuple[Formula, ...]
    deceptive: tuple[Formula, ...]
    house: tuple[str, ...]

    @property
    def tonic(self) -> str:
        """The chord that pieces end on."""
        return self.house[0]

    def closes(self, cadence: str) -> tuple[Formula, ...]:
        """Formulas of a cadence by name."""
        return {
            "authentic": self.authentic,
            "half": self.half,
            "plagal": self.plagal,
            "deceptive": self.deceptive,
        }[cadence]


def _formula(text: str) -> Formula:
    return tuple(tuple(bar.split()) for bar in text.split("|"))


def _formulas(text: str) -> tuple[Formula, ...]:
    return tuple(_formula(part) for part in text.split(","))


def _idiom(
    *,
    openings: str,
    contrasts: str,
    links: str,
    authentic: str,
    half: str,
    plagal: str,
    deceptive: str,
    house: str,
    functional: bool = False,
) -> Idiom:
    return Idiom(
        functional=functional,
        openings=_formulas(openings),
        contrasts=_formulas(contrasts),
        links=_formula(links),
        authentic=_formulas(authentic),
        half=_formulas(half),
        plagal=_formulas(plagal),
        deceptive=_formulas(deceptive),
        house=tuple(house.split()),
    )


IDIOMS: dict[str, Idiom] = {
    "major": _idiom(
        functional=True,
        openings="I | vi, I | IV, I | ii, I V6 | vi, I | V6, I IV | I6, I | I6, I iii | IV, I vi | ii, I V43 | I6",
        contrasts="vi | iii, vi | ii, IV | I6, vi | IV, ii | vi, V6 | vi, IV | vi, vi iii | IV, ii V | I6",
        links="vi | IV | I6 | ii | iii | V6",
        authentic="ii6 V7 | I, IV V7 | I, ii V7 | I, I64 V7 | I, vi ii6 | V7 | I, IV | V7 | I, ii6 | V7 | I, "
        "IV | I64 V7 | I, V7 | I",
        half="IV | V, ii6 | V, I6 IV | V, vi ii6 | V, I IV | V, vi | ii6 | V, IV | ii6 | V",
        plagal="IV | I, ii6 IV | I, V IV | I",
        deceptive="ii6 V7 | vi, IV V7 | vi, V7 | vi",
        house="I ii iii IV V vi viio6",
    ),
    "minor": _idiom(
        functional=True,
        openings="i | iv, i | VI, i | V6, i | iiø65, i v6 | VI, i | III, i iv | i6, i VI | iv, i VII | VI, i V6 | i, "
        "i viio6 | i6, i v6 | iv6, i | v6",
        contrasts="III | VII, VI | III, iv | VII, VI | iv, VII | III, III VII | VI, iv VII | III, VI VII | III",
        links="VI | iv | i6 | III | VII | iv6",
        authentic="iv V7 | i, iiø65 V7 | i, i64 V7 | i, iv | V7 | i, VI | iiø65 V7 | i, VI iv | V7 | i, "
        "iiø65 | V7 | i, iv | i64 V7 | i, V7 | i",
        half="iv | V, iv6 | V, VI | V, iio6 | V, VI iv6 | V, i6 iv | V, VI | iv6 | V, VII VI | V",
        plagal="iv | i, VI iv | i, iiø65 iv | i",
        deceptive="iv V7 | VI, iiø65 V7 | VI, V7 | VI",
        house="i iio6 III iv V VI VII",
    ),
    "harmonic-minor": _idiom(
        functional=True,
        openings="i | iv, i | VI, i | V6, i | iiø65, i V6 | i, i viio6 | i6, i iv | i6, i | viio6, i VI | iv",
        contrasts="iv | i6, VI | iv, VI | i6, V | i, iv | VI, VI iiø65 | V6, iv viio6 | i6",
        links="VI | iv | i6 | V6 | iv6",
        authentic="iv V7 | i, iiø65 V7 | i, i64 V7 | i, iv | V7 | i, VI | iiø65 V7 | i, iiø65 | V7 | i, "
        "iv | i64 V7 | i, V7 | i",
        half="iv | V, iv6 | V, VI | V, iio6 | V, VI iv6 | V, i6 iv | V, VI | iv6 | V",
        plagal="iv | i, VI iv | i",
        deceptive="iv V7 | VI, V7 | VI",
        house="i iio6 VI iv V VI viio6",
    ),
    "melodic-minor": _idiom(
        functional=True,
        openings="i | IV, i | ii, i | V6, i V6 | i, i viio6 | i6, i IV | i6",
        contrasts="IV | i6, ii | V6, V | i, IV | ii",
        links="IV | ii | i6 | V6",
        authentic="ii6 V7 | i, IV V7 | i, i64 V7 | i, ii6 | V7 | i, IV | V7 | i, V7 | i",
        half="IV | V, ii6 | V, i6 IV | V, i6 ii6 | V",
        plagal="IV | i, ii6 IV | i",
        deceptive="IV V7 | IV6, V7 | IV6",
        house="i ii i6 IV V IV6 viio6",
    ),
    "dorian": _idiom(
        openings="i | IV, i | bVII, i | bIII, i IV | i, i ii | bIII, i bVII | IV, i v | bVII",
        contrasts="bIII | IV, bVII | IV, v | IV, bIII | bVII, bVII | bIII, v bVII | IV",
        links="IV | bVII | bIII | ii | v",
        authentic="bVII | i, IV bVII | i, IV v | i, bIII bVII | i, v bVII | i, IV | v | i, bIII | bVII | i",
        half="bIII | IV, i | v, bIII | v, IV | v, bVII | v, i6 | bVII, bIII | i6 | v",
        plagal="IV | i, ii IV | i, bIII IV | i",
        deceptive="v | bIII, IV v | bVII",
        house="i ii bIII IV v bIII bVII",
    ),
    "phrygian": _idiom(
        openings="i | bII, i | bvii, i bIII | bII, i | iv, i | bVI, i bII | i, i bvii | bVI",
        contrasts="bIII | iv, bVI | bII, bvii | bIII, iv | bIII, bVI bvii | bIII, bIII | bII",
        links="bVI | iv | bII | bIII | bvii",
        authentic="bII | i, bvii bII | i, iv bII | i, bIII bII | i, bVI bvii | i, bIII | bII | i, iv | bII | i",
        half="i6 | bII, iv | bvii, bIII | bvii, bVI | bII, bIII bVI | bII",
        plagal="iv | i, bVI iv | i",
        deceptive="bvii | bVI, iv bII | bVI",
        house="i iv bIII iv bII bVI bvii",
    ),
    "lydian": _idiom(
        openings="I | II, I | vi, I V | I6, I II | I, I | iii, I V | vi, I II | V6",
        contrasts="vi | II, iii | vi, V | II, vii | iii, vi iii | II, iii | V",
        links="II | vi | iii | V | I6",
        authentic="II V | I, V | I, II | I, vi V | I, iii II | I, II | V | I, vi | V | I",
        half="vi | II, I6 | V, II | V, iii | V, vi II | V, iii | vi | V",
        plagal="II | I, vi II | I",
        deceptive="V | vi, II V | iii",
        house="I II iii II V vi vii",
    ),
    "mixolydian": _idiom(
        openings="I | bVII, I | IV, I bVII | IV, I | v, I | ii, I vi | bVII, I IV | I, I v | IV",
        contrasts="bVII | IV, vi | IV, ii | bVII, v | IV, v bVII | IV, vi | bVII",
        links="IV | bVII | vi | ii | v",
        authentic="bVII | I, IV bVII | I, v bVII | I, ii bVII | I, bVII IV | I, IV | bVII | I, vi | bVII | I",
        half="IV | bVII, ii | v, I6 | v, vi | bVII, vi IV | bVII, IV | ii | v",
        plagal="IV | I, bVII IV | I, ii IV | I",
        deceptive="bVII | vi, IV bVII | vi",
        house="I ii I6 IV v vi bVII",
    ),
    "locrian": _idiom(
        openings="io | bII, io | bVI, io | biii, io bvii | bVI",
        contrasts="bVI | bII, biii | bVI, bV | biii, bvii | biii",
        links="bVI | biii | bII | bV",
        authentic="bII | io, bvii | io, bVI bII | io, bVI | bvii | io",
        half="bVI | bV, bII | bV, biii | bvii",
        plagal="iv | io",
        deceptive="bII | bVI",
        house="io bII biii iv bV bVI bvii",
    ),
    "pentatonic": _idiom(
        openings="I | vi, I | Vsus4, I Vsus4 | vi, I | IIsus4, I vi | IIsus4, I vi | I6",
        contrasts="vi | I6, vi | Vsus4, vi | IIsus4, IIsus4 | vi, vi7 | IIsus4",
        links="vi | I6 | IIsus4 | Vsus4",
        authentic="Vsus4 | I, vi Vsus4 | I, IIsus4 Vsus4 | I, vi | Vsus4 | I, IIsus4 | Vsus4 | I",
        half="vi | Vsus4, I6 | Vsus4, IIsus4 | Vsus4, vi IIsus4 | Vsus4, I6 | vi | Vsus4",
        plagal="vi | I, IIsus4 vi | I",
        deceptive="Vsus4 | vi, IIsus4 Vsus4 | vi",
        house="I IIsus4 I6 vi Vsus4 vi Vsus4",
    ),
    "minor-pentatonic": _idiom(
        openings="i | III, i | VIIsus4, i VIIsus4 | III, i | IVsus4, i IVsus4 | i, i III | i64",
        contrasts="III | VIIsus4, III | IVsus4, III | i6, VIIsus4 | III, IVsus4 | III",
        links="III | VIIsus4 | IVsus4 | i6",
        authentic="VIIsus4 | i, IVsus4 | i, III VIIsus4 | i, IVsus4 VIIsus4 | i, III | VIIsus4 | i",
        half="III | VIIsus4, i6 | IVsus4, III | IVsus4, IVsus4 | VIIsus4, III | i6 | IVsus4",
        plagal="IVsus4 | i, III IVsus4 | i",
        deceptive="VIIsus4 | III, IVsus4 VIIsus4 | III",
        house="i IVsus4 III IVsus4 VIIsus4 III VIIsus4",
    ),
    # Minor blues: seventh chords on i and iv come from the blues minor scale's parent, VI7 holds the blue fifth.
    "blues": _idiom(
        openings="i7 | iv7, i7 | i7, i7 v7 | i7, i7 III | iv7",
        contrasts="iv7 | i7, iv7 | iv7, iv7 v7 | i7, III | iv7",
        links="i7 | iv7 | v7",
        authentic="VI7 V7 | i, V7 iv7 | i, iv7 V7 | i, V7 | iv7 | i, VI7 | V7 | i",
        half="iv7 | V7, VI7 | V7, i7 VI7 | V7",
        plagal="iv7 | i",
        deceptive="V7 | VI7",
        house="i iv7 III iv7 v7 VI7 v7",
    ),
    "whole-tone": _idiom(
        openings="I+ | II+, I+ II+ | I+, I+ II+ | III+",
        contrasts="II+ | III+, #IV+ | bVI+, II+ | #IV+",
        links="II+ | III+ | #IV+",
        authentic="II+ | I+, bVII+ | I+, bVI+ bVII+ | I+, #IV+ | bVII+ | I+",
        half="I+ | II+, III+ | II+, bVI+ | bVII+",
        plagal="II+ | I+",
        deceptive="bVII+ | bVI+",
        house="I+ II+ III+ #IV+ bVII+ bVI+ bVII+",
    ),
    "phrygian-dominant": _idiom(
        openings="I | bII, I | iv, I bII | I, I | bvii, I iv | I6, I bvii | bII",
        contrasts="iv | bII, bvii | bII, iv | I6, bII | bvii, iv bvii | bII",
        links="bII | iv | bvii | I6",
        authentic="bII | I, bvii | I, iv bII | I, bII bvii | I, iv | bII | I, iv | bvii | I",
        half="iv | bII, I6 | bII, iv | bvii, bvii | bII",
        plagal="iv | I, bII iv | I",
        deceptive="bvii | bII, iv bvii | bII",
        house="I bII I6 iv bvii bII bvii",
    ),
    "double-harmonic": _idiom(
        openings="I | bII, I | iv, I bII | I, I iv | I6, I | iii",
        contrasts="iv | bII, iii | bII, iv | I6, bII | iii",
        links="bII | iv | I6 | iii",
        authentic="bII | I, iv bII | I, iii bII | I, iv | bII | I, iii | bII | I",
        half="iv | bII, I6 | bII, iv | iii, iii | bII",
        plagal="iv | I, bII iv | I",
        deceptive="bII | iii",
        house="I bII iii iv iii bII iii",
    ),
    "hungarian-minor": _idiom(
        openings="i | VI, i | V6, i V6 | i, i VI | i6, i | vii",
        contrasts="VI | i6, V | i, vii | V6, VI | vii",
        links="VI | i6 | V6",
        authentic="V | i, VI V | i, i64 V | i, VI | V | i, vii V | i",
        half="VI | V, i6 | V, i VI | V, vii | V",
        plagal="VI | i",
        deceptive="V | VI",
        house="i vii III+ VI V VI vii",
    ),
    "hirajoshi": _idiom(
        openings="i | VI, i | Vsus4, i VI | i6, i Vsus4 | VI",
        contrasts="VI | Vsus4, VI | i6, Vsus4 | VI, VImaj7 | Vsus4",
        links="VI | i6 | Vsus4",
        authentic="Vsus4 | i, VI Vsus4 | i, VI | i, VI | Vsus4 | i",
        half="VI | Vsus4, i6 | Vsus4, i VI | Vsus4",
        plagal="VI | i",
        deceptive="Vsus4 | VI",
        house="i Vsus4 VI VI Vsus4 VI Vsus4",
    ),
    "in-sen": _idiom(
        openings="I5 | bvii, I5 | Isus4, I5 IVsus2 | I5, I5 bvii | IVsus2",
        contrasts="bvii | IVsus2, IVsus2 | bvii, bvii | Isus4",
        links="bvii | IVsus2 | Isus4",
        authentic="bvii | I5, IVsus2 | I5, IVsus2 bvii | I5, IVsus2 | bvii | I5",
        half="I5 | bvii, IVsus2 | bvii, I5 | IVsus2",
        plagal="IVsus2 | I5",
        deceptive="bvii | IVsus2",
        house="I5 bvii bvii IVsus2 Isus4 bvii bvii",
    ),
}
"""Mode name -> idiom."""


def idiom_of(mode: str) -> Idiom:
    """Return the idiom of a mode in `composer.theory.MODES`."""
    return IDIOMS[mode]
