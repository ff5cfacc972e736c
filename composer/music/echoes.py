"""Echoes: for every bar of a layer, the earlier bar that it takes up, and how busy it is.

The plan owns the form: a restated section echoes its model, the second phrase echoes the first, an accompaniment keeps
its pattern, a tune develops its motif. Bars count from 0.
"""

from __future__ import annotations

import bisect
import math
import random
from typing import NamedTuple

from composer.figures import Figure
from composer.music.blocks import Harmony
from composer.music.motif import FRAGMENTATION, INVERSION, SEQUENCE
from composer.types import TUNE_VARIATIONS, MusicalPlan, Section

__all__ = ["Echo", "echoes", "heard", "pulse"]

_THINNER, _FULLER = 0.6, 1.5
_RETURNS, _GOING_ON = (0.42, 0.78, 0.92), (0.25, 0.62, 0.9)
"""How a bar of a return relates to its model's: up to the first share of bars the notes, then contour, then rhythm; in
its first half, and in its second, where it goes on in its own way."""
_MOTIF = {1: 0.6, 2: 0.9}
"""Bars into a phrase -> how often its first bar's motif comes back there."""
_DEVELOPMENTS: dict[int, tuple[tuple[float, int, str], ...]] = {
    1: ((0.7, 2, SEQUENCE), (0.85, 1, INVERSION)),
    2: ((0.5, 2, SEQUENCE), (0.72, 1, INVERSION), (0.92, 1, FRAGMENTATION)),
}
"""Bars into a phrase -> up to which share of the returning motifs it is developed so, with what the model is told; the
others take up its rhythm or contour."""
_SPUN, _INVERTED = 0.5, 0.4
"""Share of the episodes that are spun from the tune's first bar, and of these the ones that turn it upside down."""
_ELSEWHERE = 0.6
_CONTOUR = 0.7
"""How often a figure keeps its contour where it does not repeat its notes, rather than its rhythm alone."""
_FIGURE_REACH = 8
"""Bars back in which a figure looks for itself."""
_UNEVEN = {"melody": 0.35, "counter": 0.35}
"""Role -> spread of the bars' densities about the section's, as a standard deviation of the natural logarithm."""


class Echo(NamedTuple):
    """What a bar takes up: the ``bar`` or None, and how: 1 the rhythm, 2 rhythm and contour, 3 the notes, 0 nothing.

    ``motif`` names a development (`composer.music.motif`), empty where there is none.
    """

    bar: int | None = None
    kind: int = 0
    motif: str = ""


def pulse(plan: MusicalPlan, role: str, rng: random.Random) -> list[float]:
    """How much busier than the section's mean each bar is; an accompaniment is even, what returns returns so."""
    spread = _UNEVEN.get(role, 0.0)
    out = [math.exp(rng.gauss(-spread * spread / 2, spread)) for _ in range(plan.bars)]
    starts = {section.name: section for section in reversed(plan.sections)}
    for section in plan.sections:
        model = starts.get(section.varies or "")
        if model is not None and model.start_bar < section.start_bar:
            for offset in range(section.bars):
                varied = _busier(section, role, plan.arousal)
                out[section.start_bar - 1 + offset] = out[model.start_bar - 1 + offset % model.bars] * varied
    return out


def _busier(section: Section, role: str, arousal: float) -> float:
    """Onsets of a varied return for each one of its model."""
    if section.variation == "texture" and role in ("harmony", "bass"):
        return _FULLER if arousal > 0 else _THINNER
    return 1.0


def echoes(
    plan: MusicalPlan,
    role: str,
    harmonies: list[tuple[Harmony, ...]],
    figures: list[Figure | None] | None,
    rng: random.Random,
    *,
    literal: float = 0.5,
) -> list[Echo]:
    """For every bar, the bar of the same part that it takes up and how closely.

    Parameters
    ----------
    plan, role : of the part.
    harmonies, figures : of the bars.
    rng : source of the choices.
    literal : how often an accompaniment repeats its notes where the chord is the same, in [0, 1].
    """
    if figures is not None and figures[0] is not None:
        return [_same_figure(plan, bar, harmonies, figures, literal, rng) for bar in range(plan.bars)]
    out: list[Echo] = []
    starts = {section.name: section for section in reversed(plan.sections)}
    leads = role in ("melody", "counter")
    steady, motivic = rng.choice((0.6, 0.85, 0.95)), rng.choice((0.6, 1.0, 1.4))
    theme = next((section.start_bar - 1 for section in plan.sections if not section.opening), None)
    for section in plan.sections:
        model = starts.get(section.varies or "")
        first = section.start_bar - 1
        for offset in range(section.bars):
            if first + offset == plan.bars - 1:
                out.append(Echo())
            elif model is not None and model.start_bar < section.start_bar:
                if section.variation == "figure" and not leads:
                    out.append(_kept_up(first + offset, offset, harmonies, steady, literal, rng))
                else:
                    out.append(_restated(section, model, offset, rng, leads=leads))
            elif leads:
                share = motivic if role == "melody" else 0.6 * motivic
                out.append(_developed(section, offset, share, rng, theme=theme if role == "melody" else None))
            else:
                out.append(_kept_up(first + offset, offset, harmonies, steady, literal, rng))
    return out


def heard(taken_up: list[Echo], silent: frozenset[int]) -> list[Echo]:
    """The echoes of a layer that rests in some bars: what is silent takes up nothing and cannot be taken up."""
    return [Echo() if bar in silent or echo.bar in silent else echo for bar, echo in enumerate(taken_up)]


def _kept_up(
    bar: int, offset: int, harmonies: list[tuple[Harmony, ...]], steady: float, literal: float, rng: random.Random
) -> Echo:
    """An accompaniment keeps its pattern: the notes where the chord stays, else contour or rhythm."""
    draw, close = rng.random(), rng.random()
    if not offset or draw > steady:
        return Echo()
    for back in (1, 2):
        if back <= offset and _same_chords(harmonies[bar - back], harmonies[bar]) and close < literal:
            return Echo(bar - back, 3)
    return Echo(bar - 1, 2 if close < 0.35 else 1)


def _same_figure(
    plan: MusicalPlan,
    bar: int,
    harmonies: list[tuple[Harmony, ...]],
    figures: list[Figure | None],
    literal: float,
    rng: random.Random,
) -> Echo:
    """A figure takes up the nearest bar that has it: the notes where the chord is the same too, else its contour.

    Where a section returns under the same chords, its own bar comes before what is merely near.
    """
    draw, close = rng.random(), rng.random()
    if bar == len(figures) - 1:
        return Echo()
    model = _model_bar(plan, bar)
    near = [bar - back for back in range(1, min(_FIGURE_REACH, bar) + 1)]
    same = [other for other in near if figures[other] is figures[bar]]
    if model is not None and figures[model] is figures[bar]:
        same.insert(0, model)
    alike = [other for other in same if _same_chords(harmonies[other], harmonies[bar])]
    if alike and close < literal:
        return Echo(alike[0], 3)
    return Echo(same[0], 2 if draw < _CONTOUR else 1) if same else Echo()


def _model_bar(plan: MusicalPlan, bar: int) -> int | None:
    """The bar that a bar of a return restates."""
    here = plan.section_at(bar)
    model = next((section for section in plan.sections if section.name == here.varies), None)
    if model is None or model.start_bar >= here.start_bar:
        return None
    return model.start_bar - 1 + (bar - here.start_bar + 1) % model.bars


def _same_chords(one: tuple[Harmony, ...], two: tuple[Harmony, ...]) -> bool:
    return [(h.start, h.code) for h in one] == [(h.start, h.code) for h in two]


def _restated(section: Section, model: Section, offset: int, rng: random.Random, *, leads: bool) -> Echo:
    """A' begins as A does and goes on like it: its notes, its contour, its rhythm, or freely now and then."""
    source = model.start_bar - 1 + offset % model.bars
    draw = rng.random()
    if offset >= section.bars - 1 and section.cadence != model.cadence:
        return Echo(source, 1)
    if not leads:
        return Echo(source, 1 if section.variation == "texture" else 2)
    if section.variation == "register":
        return Echo(source, 2)
    if section.variation in TUNE_VARIATIONS:  # what is decorated must be known again
        last_phrase = section.bars - section.phrases[-1]
        return Echo(source, 3 if offset < max(last_phrase, 2) and offset < (section.bars + 1) // 2 else 2)
    if not offset:
        return Echo(source, 3)
    closeness = bisect.bisect_right(_RETURNS if 2 * offset < section.bars else _GOING_ON, draw)
    return Echo(source, 3 - closeness) if closeness < 3 else Echo()


def _developed(section: Section, offset: int, motivic: float, rng: random.Random, *, theme: int | None) -> Echo:
    """Within a new section: later phrases take up the first, and bars two and three the first bar's motif.

    ``motivic`` scales how often the motif returns; 1 is usual. An episode may be spun from the first bar of the whole
    tune, its ``theme``: in its rhythm, or upside down.
    """
    first = section.start_bar - 1
    if not offset and theme is not None and theme < first and rng.random() < _SPUN * motivic:
        return Echo(theme, 1, INVERSION if rng.random() < _INVERTED else "")
    lengths, start = section.phrases, 0
    for number, length in enumerate(lengths):
        if start <= offset < start + length:
            place = offset - start
            if number and place < min(2, length - 1) and place < lengths[0]:
                draw = rng.random()
                if draw > _ELSEWHERE:  # the later phrase begins as the first did, on another degree
                    return Echo(first + place, 2, SEQUENCE)
                return Echo(first + place, 3 if draw < 0.25 * motivic else 2 if draw < 0.5 else 1)
            motif = _MOTIF.get(place, 0.0) if place < length - 1 else 0.0
            if rng.random() < motif * motivic:
                kind, chance = (1 if place == 1 or rng.random() < 0.5 else 2), rng.random()
                return next(
                    (Echo(first + start, code, name) for share, code, name in _DEVELOPMENTS[place] if chance < share),
                    Echo(first + start, kind),
                )
            return Echo()
        start += length
    return Echo()
