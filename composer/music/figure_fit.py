"""The fit of a figure to a layer: whether its instrument can play it, and whether its player would.

What can hold a note holds it, what dies away is struck again in time, chords are no single note again and again, and a
keyboard's are no slow line.
"""

from __future__ import annotations

from itertools import pairwise

from composer.figures import Figure
from composer.gm import HARP, HARPSICHORD, KEYBOARD_PROGRAMS
from composer.music.layers import Layer, least_onsets
from composer.music.tokens import GRID
from composer.theory import Meter
from composer.types import MusicalPlan

__all__ = ["beats_in_three", "coverage", "has_chords", "is_playable", "is_sustained", "wanted_at_once"]

_LEAST_GAP_S = 0.09
"""Shortest time between strokes that an accompaniment is asked to play."""
_RINGS_S = 1.2
"""Seconds after which a sound that soon dies away is struck again."""
_VALUES = frozenset(GRID * eighths // 2 for eighths in (1, 2, 3, 4, 6, 8, 12))
"""Grid steps of an eighth to a dotted whole note that need no tie."""
_HELD, _DRIER = 0.85, 0.4
"""Share of a bar that the figure of a string or wind part fills, where people have such a one, and how much less that
is for a whole unit of stir: what is agitated is detached."""
_CALM_HELD = 1.2
"""The same of every other part, for a whole unit of calm: what is still plays no dry notes."""
_STANDING, _OPEN_CHORD, _ROLLED_CHORD = 2, 2, 3
"""Strokes a bar up to which chords stand still, and the fewest notes that they have then; that a harp rolls."""
_STRUCK_AGAIN = 4
"""Strokes a bar up to which a harpsichord fills its chords."""
_LINE_S, _CALM_LINE = 0.5, 0.7
"""Seconds from stroke to stroke up to which a keyboard's chords may be one line, and what a whole unit of calm adds:
slower, the harmony falls apart into two voices."""
_FULL = 1.5
"""Notes a stroke from which it is no line."""
_REPEATED_S = 0.4
"""Seconds from stroke to stroke up to which a bow or breath repeats one note; quietly, slower too."""


def is_playable(figure: Figure, plan: MusicalPlan, layer: Layer) -> bool:
    """The instrument and the meter's grid allow the figure, at this tempo."""
    triplets = plan.subdivision == "triple"
    off = [stroke for stroke in figure.strokes if stroke.position % (3 if not triplets else 2)]
    positions = [stroke.position for stroke in figure.strokes]
    gaps = [after - before for before, after in pairwise(positions)]
    quickest = min(gaps, default=GRID) / GRID * 60 / plan.tempo_bpm
    low = layer.role == "bass" or layer.carries
    most = 1 if low or not layer.polyphonic else 4
    if low and positions[0] > 0:
        return False
    if layer.carries and not _is_plain(figure, plan.time):
        return False
    if layer.one_hand and plan.level is None and not _is_one_voice(figure, beats=layer.role == "bass"):
        return False
    if beats_in_three(figure) and any(place % GRID == GRID // 2 for place in positions):  # one hand, one division
        return False
    return not off and quickest >= _LEAST_GAP_S and figure.at_once <= most


def _is_plain(figure: Figure, meter: Meter) -> bool:
    """At most a stroke a beat, of one note value each: what a left hand plays below a figure that moves."""
    values = all(stroke.position % (GRID // 2) == 0 and stroke.length in _VALUES for stroke in figure.strokes)
    return values and figure.onsets <= meter.bar_steps // min(meter.beat_steps, GRID)


def _is_one_voice(figure: Figure, *, beats: bool) -> bool:
    """No stroke holds beyond the next one, and where ``beats`` says so all are on beats: two voices in one hand."""
    apart = all(one.position + one.length <= other.position for one, other in pairwise(figure.strokes))
    return apart and not (beats and any(stroke.position % GRID for stroke in figure.strokes))


def beats_in_three(figure: Figure) -> set[int]:
    """The quarters of the bar, from 0, that a figure divides by three."""
    thirds = (GRID // 3, 2 * GRID // 3)
    return {stroke.position // GRID for stroke in figure.strokes if stroke.position % GRID in thirds}


def is_sustained(figure: Figure, plan: MusicalPlan, layer: Layer) -> bool:
    """It fills the bar: what can hold a note holds it, chords and keyboards do in calm; a harp has no rests at all.

    What soon dies away is struck again in time. Chords are no single note struck again and again, and a keyboard's no
    slow line.
    """
    if layer.instrument.program == HARP:  # its strings ring on, and what is struck again is damped
        steps = [one.rank != other.rank for one, other in pairwise(figure.strokes)]
        moves = sum(steps) > len(steps) / 2 or not steps
        chords = not layer.carries and min(stroke.notes for stroke in figure.strokes) > 1
        return _is_unbroken(figure, plan.time.bar_steps) and (moves or chords)
    if has_chords(layer) and (_is_bare(figure, plan, layer) or _is_thin(figure, plan, layer)):
        return False
    if least_onsets(plan, layer) and _longest_wait(figure, plan) > _RINGS_S:
        return False
    held = _HELD - _DRIER * max(0.0, plan.arousal)
    least = held if not layer.polyphonic or layer.carries else min(held, _CALM_HELD * max(0.0, -plan.arousal))
    return coverage(figure, plan.time.bar_steps) >= least


def _is_bare(figure: Figure, plan: MusicalPlan, layer: Layer) -> bool:
    """One note, struck again: it says nothing of the chord, and only a bow or breath makes something of it."""
    if figure.at_once > 1 or len({stroke.rank for stroke in figure.strokes}) > 1:
        return False
    if layer.polyphonic:
        return figure.onsets > _STANDING or least_onsets(plan, layer) > 0
    return figure.onsets > _STANDING and _stroke_s(figure, plan) > _REPEATED_S and plan.arousal >= 0


def _is_thin(figure: Figure, plan: MusicalPlan, layer: Layer) -> bool:
    """A keyboard's slow line where chords are asked for, by a hand that has no bass to play; not for beginners."""
    asked = layer.instrument.voices is None or layer.at_once > 1
    hand = layer.instrument.program in KEYBOARD_PROGRAMS and not layer.one_hand
    if not hand or not asked or plan.level is not None:
        return False
    line = sum(stroke.notes for stroke in figure.strokes) < _FULL * figure.onsets
    return line and _stroke_s(figure, plan) > _LINE_S * (1 + _CALM_LINE * max(0.0, -plan.arousal))


def wanted_at_once(figure: Figure, layer: Layer) -> int:
    """Notes at once that a layer wants of a figure: what stands still is an open chord, what flows may be one note."""
    chords = has_chords(layer) and layer.polyphonic
    fewest = _ROLLED_CHORD if layer.instrument.program == HARP else _OPEN_CHORD
    standing = _STRUCK_AGAIN if layer.instrument.program == HARPSICHORD else _STANDING
    return max(layer.at_once, fewest) if chords and figure.onsets <= standing else layer.at_once


def has_chords(layer: Layer) -> bool:
    """Whether a layer is an accompaniment that is no left hand over somebody else's bass."""
    return layer.role == "harmony" and not layer.carries


def coverage(figure: Figure, bar: int) -> float:
    """Share of the bar that sounds."""
    return min(1.0, sum(stroke.length for stroke in figure.strokes) / bar)


def _longest_wait(figure: Figure, plan: MusicalPlan) -> float:
    """Seconds from a stroke to the next one, at most."""
    places = [*(stroke.position for stroke in figure.strokes), plan.time.bar_steps]
    return max(after - before for before, after in pairwise(places)) / GRID * 60 / plan.tempo_bpm


def _stroke_s(figure: Figure, plan: MusicalPlan) -> float:
    """Seconds from stroke to stroke in the mean."""
    return plan.time.bar_steps / figure.onsets / GRID * 60 / plan.tempo_bpm


def _is_unbroken(figure: Figure, bar: int) -> bool:
    """From the bar line on, each stroke lasts until the next one."""
    ends = [*(stroke.position for stroke in figure.strokes[1:]), bar]
    return figure.strokes[0].position == 0 and all(
        stroke.position + stroke.length >= end for stroke, end in zip(figure.strokes, ends, strict=True)
    )
