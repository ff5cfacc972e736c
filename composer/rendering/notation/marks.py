"""Words and signs: dynamics and hairpins from the plan's curve, the tempo word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from composer.theory import Meter
from composer.types import MusicalPlan

__all__ = ["Dynamic", "Hairpin", "Tempo", "dynamic_marks", "tempo_mark"]

_LEVELS = ("ppp", "pp", "p", "mp", "mf", "f", "ff", "fff")
_STICKY = 0.7
"""A new mark stands where the curve is this far (in marks) from the last one, so that small arches pass in silence."""
_SUDDEN = 0.9
"""A step of so many marks from bar to bar needs no hairpin."""
_LONGEST_HAIRPIN = 4
_STILL = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamic:
    """``"mf"`` at the beginning of a bar (from 1)."""

    bar: int
    sign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hairpin:
    """From the beginning of `first_bar` to the end of `last_bar`."""

    first_bar: int
    last_bar: int
    grows: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """A tempo word, and `count` notes of `value` with `dots` a minute, rounded; exactly, `bpm` quarter notes."""

    words: str
    value: str
    dots: int
    count: int
    bpm: float


def dynamic_marks(levels: Sequence[float]) -> tuple[list[Dynamic], list[Hairpin]]:
    """Marks where the curve leaves its last mark, and hairpins where it does so gradually.

    Parameters
    ----------
    levels : one per bar in [0, 1]; 0 is ppp, 1 is fff.
    """
    scale = [level * (len(_LEVELS) - 1) for level in levels]
    current = round(scale[0])
    marks = [Dynamic(bar=1, sign=_LEVELS[current])]
    hairpins: list[Hairpin] = []
    for index in range(1, len(scale)):
        if abs(scale[index] - current) < _STICKY:
            continue
        grows = scale[index] > current
        current = round(scale[index])
        bar = index + 1
        if abs(scale[index] - scale[index - 1]) < _SUDDEN:
            first = _way_begins(scale, index, grows=grows) + 1
            hairpins.append(Hairpin(first_bar=max(first, marks[-1].bar), last_bar=bar - 1, grows=grows))
        marks.append(Dynamic(bar=bar, sign=_LEVELS[current]))
    return _joined(marks, hairpins)


def _way_begins(scale: Sequence[float], index: int, *, grows: bool) -> int:
    """The bar (from 0) from which the curve goes one way to `index`."""
    sign = 1 if grows else -1
    first = index - 1
    while first > 0 and index - first < _LONGEST_HAIRPIN and sign * (scale[first] - scale[first - 1]) > _STILL:
        first -= 1
    return first


def _joined(marks: list[Dynamic], hairpins: list[Hairpin]) -> tuple[list[Dynamic], list[Hairpin]]:
    """Short hairpins that follow each other in one direction become one; the mark between them goes."""
    joined: list[Hairpin] = []
    for hairpin in hairpins:
        last = joined[-1] if joined else None
        follows = last is not None and last.grows == hairpin.grows and hairpin.first_bar == last.last_bar + 1
        if last and follows and hairpin.last_bar - last.first_bar < _LONGEST_HAIRPIN:
            marks = [mark for mark in marks if mark.bar != hairpin.first_bar]
            joined[-1] = Hairpin(first_bar=last.first_bar, last_bar=hairpin.last_bar, grows=last.grows)
        else:
            joined.append(hairpin)
    return marks, joined


_TEMPO_WORDS = (
    (44, "Grave"), (56, "Largo"), (70, "Adagio"), (88, "Andante"), (108, "Moderato"), (120, "Allegretto"),
    (152, "Allegro"), (172, "Vivace"),
)  # fmt: skip
"""Felt beats a minute (exclusive upper bound) -> word; what is faster is Presto."""
_STRONG, _SLOW = 0.25, 70


def tempo_mark(plan: MusicalPlan, *, bpm: float | None = None, meter: Meter | None = None, mood: bool = True) -> Tempo:
    """The metronome mark on the felt beat, and a word for pace and mood (*Andante mesto*).

    ``bpm`` and ``meter`` stand for the plan's where they change; without ``mood`` the word is that of the pace alone.
    """
    bpm, meter = plan.tempo_bpm if bpm is None else bpm, meter or plan.time
    unit = meter.denominator
    value = {2: "half", 4: "quarter", 8: "eighth", 16: "16th"}[unit]
    dots, quarters = 0, 4 / unit
    if meter.compound or str(meter) in ("3/8", "3/16"):
        value, dots, quarters = {2: "whole", 4: "half", 8: "quarter", 16: "eighth"}[unit], 1, 3 * quarters
    elif unit == 8:  # 5/8 and 7/8 are counted in eighths and felt in quarters
        value, quarters = "quarter", 1.0
    count = max(1, round(bpm / quarters))
    word = next((name for bound, name in _TEMPO_WORDS if count < bound), "Presto")
    manner = _mood(plan.valence, plan.arousal, slow=count < _SLOW) if mood else ""
    return Tempo(words=f"{word} {manner}".strip(), value=value, dots=dots, count=count, bpm=bpm)


def _mood(valence: float, arousal: float, *, slow: bool) -> str:
    if arousal > _STRONG:
        bright, dark = ("maestoso", "pesante") if slow else ("con brio", "agitato")
        return bright if valence > _STRONG else dark if valence < -_STRONG else "energico" if not slow else ""
    if arousal < -_STRONG:
        return "dolce" if valence > _STRONG else "mesto" if valence < -_STRONG else "tranquillo"
    return "grazioso" if valence > _STRONG else "malinconico" if valence < -_STRONG else ""
