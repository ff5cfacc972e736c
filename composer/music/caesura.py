"""The caesuras of an accompaniment: the bars in which its figure comes to rest.

A tune breathes (`composer.music.breath`); what accompanies it in one running line has to as well, for the sake of bow,
breath and ear: the figure moves through half of the bar and rests on a long note. So it is where the tune breathes at
the end of a section, or where the line has run on for a phrase. In quiet sadness every accompaniment holds one sound
where the tune breathes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from composer.circumplex import stillness
from composer.figures import Figure, Stroke, load_figures
from composer.gm import GUITARS, HARP, INSTRUMENTS, KEYBOARD_PROGRAMS
from composer.music.figuration import Walk
from composer.music.figure_fit import is_playable, wanted_at_once
from composer.music.layers import Layer, least_onsets
from composer.music.tokens import GRID
from composer.theory import Meter
from composer.types import MusicalPlan

__all__ = ["coming_to_rest", "rest_at_breaths", "rest_running_lines"]

_STILL = 0.3
"""`composer.circumplex.stillness` from which an accompaniment rests where its tune breathes."""
_MOVING = 2
"""Strokes of half a bar from which on a figure is heard to move."""
_RISES = 4
"""Strokes of a chord that rises in half a bar, at most."""
_RUNNING = 4
"""Bars after which a line in one figure takes its next chance to breathe."""
_STEADY = 0.7
"""Likeness of neighbouring bars from which on a window's music has one motion throughout."""
_BLOWN = frozenset({"reed", "pipe", "brass"})
_GASP = GRID // 2
"""Steps that a player of a wind instrument takes to breathe."""


def coming_to_rest(strokes: tuple[Stroke, ...], meter: Meter, halt: int | None = None) -> tuple[Stroke, ...]:
    """The last bar of a figure: up to ``halt`` (grid step, the bar's middle by default) as it is, then one held stroke.

    A chord that rises stands for a figure that hardly moves.
    """
    middle, bar, beat = halt or meter.middle_step, meter.bar_steps, min(meter.beat_steps, GRID)
    while middle > _RISES * beat:
        beat *= 3 if meter.compound else 2
    first = [stroke for stroke in strokes if stroke.position < middle]
    if len(first) < _MOVING or first[0].position > 0:
        first = [Stroke(place, 1, rank, beat) for rank, place in enumerate(range(0, middle, beat))]
    ends = [*(stroke.position for stroke in first[1:]), middle]
    moving = [stroke._replace(length=end - stroke.position) for stroke, end in zip(first, ends, strict=True)]
    top = max(stroke.rank for stroke in moving)
    return (*moving, Stroke(middle, moving[-1].notes, top + 1, bar - middle))


def rest_at_breaths(figures: dict[int, Walk], plan: MusicalPlan, layers: list[Layer], breaths: Sequence[bool]) -> None:
    """Let the accompaniment of quiet sadness hold one sound in the bars where the tune breathes.

    What would soon have died away comes to rest within such a bar.
    """
    if stillness(plan.valence, plan.arousal) < _STILL:
        return
    library = load_figures()
    for layer in layers:
        walk = figures.get(layer.number, [])
        brief = least_onsets(plan, layer) > 0 and layer.instrument.program != HARP
        held = [figure for figure in library.of(plan.meter, layer.role) if figure.name == "held"]
        held = [figure for figure in held if is_playable(figure, plan, layer)]
        held.sort(key=lambda figure: abs(figure.at_once - wanted_at_once(figure, layer)))
        for bar, figure in enumerate(walk):
            if held and figure is not None and breaths[bar]:
                walk[bar] = _resting(figure, layer, plan.time) if brief else held[0]


def rest_running_lines(
    figures: dict[int, Walk], plan: MusicalPlan, layers: list[Layer], breaths: Sequence[bool], *, steady: float
) -> None:
    """Let keyboards, plucked chords, and lines of bow or breath rest where sections end or they have run on.

    Where the tune breathes, a keyboard or plucked chords run on if a window's bars do (``steady``, the likeness of
    neighbours in their onsets).
    """
    if plan.level is not None:
        return
    ends = {section.end_bar - 1 for section in plan.sections if not section.opening}
    soon = {end - back for end in ends for back in (1, 2)}
    for layer in layers:
        walk, ran = figures.get(layer.number, []), 0
        goes_on = steady >= _STEADY and not _is_line(layer)
        resting: dict[int, Figure] = {}
        for bar, figure in enumerate(walk[:-1]):
            if figure is None or not _runs(figure, layer, plan.time):
                ran = 0
                continue
            ran += 1
            if (breaths[bar] and ran >= _RUNNING and bar not in soon and not goes_on) or bar in ends:
                walk[bar] = resting.setdefault(id(figure), _resting(figure, layer, plan.time))
                ran = 0


def _runs(figure: Figure, layer: Layer, meter: Meter) -> bool:
    """A note a beat or more, in a line that needs bow or breath, or in the chords of a keyboard, harp or guitar."""
    keys = layer.instrument.program in KEYBOARD_PROGRAMS | GUITARS and layer.role == "harmony" and not layer.carries
    return (_is_line(layer) or keys) and figure.onsets * min(meter.beat_steps, GRID) >= meter.bar_steps


def _is_line(layer: Layer) -> bool:
    """Whether a bow or breath plays it."""
    return INSTRUMENTS[layer.instrument.program].sustains and not layer.polyphonic


def _resting(figure: Figure, layer: Layer, meter: Meter) -> Figure:
    """The figure as it comes to rest; a wind player breathes after it."""
    halt = GRID if meter.bar_steps == 3 * GRID else meter.middle_step  # in three quarters two of them are held
    *moving, last = coming_to_rest(figure.strokes, meter, halt)
    last = last._replace(rank=next((stroke.rank for stroke in figure.strokes if stroke.position >= halt), last.rank))
    if INSTRUMENTS[layer.instrument.program].family in _BLOWN:
        last = last._replace(length=max(last.length - _GASP, _GASP))
    return replace(figure, strokes=(*moving, last), name="", followers=(), partners=())
