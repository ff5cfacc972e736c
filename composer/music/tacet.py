"""The rests of whole bars (*tacet*): where a part is silent while others go on.

People's parts seldom all play. In 4,000 windows of our training scores the voice of a song rests in .18 of the bars,
the tune of a quartet in .08 and its lower lines in .10, lines of larger ensembles in .26; half of these rests are one
bar long. A tune falls silent where it has just come to rest (.14 of such bars in songs, .02 of others), so that what
accompanies it answers; the lines below fall silent anywhere, twice as often after such a bar. A plan's parts rest as
often as in a window by people that is near it (`composer.proportions`). What returns rests where its model did.

Those who have the chords at a keyboard or on strings play on, all others where the tune waits, and at least two layers
sound in every bar.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from composer.gm import GUITARS, KEYBOARD_PROGRAMS
from composer.music.layers import Layer
from composer.proportions import Proportions
from composer.types import MusicalPlan, Section

__all__ = ["tacet_bars"]

_USUAL = {"tune_tacet": 0.08, "lines_tacet": 0.1}
_MOST = {"melody": 0.25, "bass": 0.15}
_MOST_BETWEEN = 0.3
"""Share of the bars in which a part of that role, and any other, rests at most: a small piece has no more to spare."""
_STAYS_SILENT = 0.5
_AFTER_A_BREATH = 2.0
"""How much likelier a line falls silent after a bar in which the tune came to rest."""
_CHORDS_AT_ONE = KEYBOARD_PROGRAMS | GUITARS
_LONG = 8
"""Bars from which on a section can spare one of its tune's."""
_LEAST_PHRASE = 3
"""Bars that a phrase has at least whose tune comes in late; two of them are left to it."""
_SOUNDING = 2
"""Layers that sound in every bar, at least."""
_TO_THE_END = 2
"""Bars at the end of a piece in which all play."""


def tacet_bars(
    plan: MusicalPlan, layers: Sequence[Layer], near: Proportions, phrase_left: Sequence[int], rng: random.Random
) -> dict[int, frozenset[int]]:
    """Layer number -> the bars, from 0, in which it is silent; none in a plan with a level of difficulty.

    Parameters
    ----------
    plan : its sections say what returns; in an opening nobody rests but who waits for it to end.
    layers : of the plan; those of one instrument count each.
    near : its shares ``tune_tacet`` and ``lines_tacet``.
    phrase_left : bars until the tune comes to rest, 1 where it does (`composer.music.breath`).
    rng : source of the choices.
    """
    out: dict[int, frozenset[int]] = {}
    if plan.level is not None:
        return out
    sounding, without_tune = [len(layers)] * plan.bars, set[int]()
    for layer in sorted(layers, key=lambda one: one.role != "melody"):
        if layer.instrument.program in _CHORDS_AT_ONE or (layer.polyphonic and layer.role != "melody"):
            continue
        measure = "tune_tacet" if layer.role == "melody" else "lines_tacet"
        share = min(near.get(measure, _USUAL[measure]), _MOST.get(layer.role, _MOST_BETWEEN))
        free = [bar for bar in range(plan.bars - _TO_THE_END) if sounding[bar] > _SOUNDING and bar not in without_tune]
        draw = _late_entries if layer.role == "melody" else _rests
        silent = _as_its_model(plan, draw(plan, phrase_left, share, rng)).intersection(free)
        out[layer.number] = frozenset(silent)
        for bar in silent:
            sounding[bar] -= 1
        without_tune |= silent if layer.role == "melody" else set()
    return out


def _late_entries(plan: MusicalPlan, phrase_left: Sequence[int], share: float, rng: random.Random) -> set[int]:
    """The bars in which a tune waits, at the beginning of phrases, until the share is reached."""
    fresh = [section for section in plan.sections if _model(plan, section) is None]
    stated = [section for section in fresh if not section.opening and not section.varies]
    starts = [
        bar
        for section in stated
        for bar in section.bar_indices
        if phrase_left[bar - 1] == 1 and phrase_left[bar] >= _LEAST_PHRASE and _may_wait(section, bar, stated[0])
    ]
    silent = {bar for section in fresh if section.opening for bar in section.bar_indices}
    opened, wanted = frozenset(silent), share * sum(section.bars for section in fresh)
    for start in rng.sample(starts, len(starts)):
        if len(silent) + 1 > wanted + rng.random():
            break
        for bar in range(start, start + phrase_left[start] - _LEAST_PHRASE + 1):
            silent.add(bar)
            if rng.random() >= _STAYS_SILENT:
                break
    return silent - opened


def _may_wait(section: Section, bar: int, theme: Section) -> bool:
    """At the beginning of what is no theme; in long sections later as well, of a theme in its second half."""
    offset = bar - section.start_bar + 1
    if section.bars < _LONG:
        return not offset and section is not theme
    return section is not theme or 2 * offset >= section.bars


def _rests(plan: MusicalPlan, phrase_left: Sequence[int], share: float, rng: random.Random) -> set[int]:
    """The bars in which a line rests: it falls silent now and then, and stays so for a bar or more."""
    closes = phrase_left.count(1) / len(phrase_left)
    falls = share * (1 - _STAYS_SILENT) / (1 - share) / (1 + (_AFTER_A_BREATH - 1) * closes)
    silent: set[int] = set()
    for section in plan.sections:
        for bar in section.bar_indices:
            after_a_breath = bar > 0 and phrase_left[bar - 1] == 1
            chance = _STAYS_SILENT if bar - 1 in silent else falls * (_AFTER_A_BREATH if after_a_breath else 1.0)
            if rng.random() < chance and not section.opening and bar < section.end_bar - 1:
                silent.add(bar)
    return silent


def _as_its_model(plan: MusicalPlan, silent: set[int]) -> set[int]:
    """The same bars, but in a section that returns those of its model."""
    out: set[int] = set()
    for section in plan.sections:
        model = _model(plan, section) or section
        out |= {bar for bar in section.bar_indices if bar - section.start_bar + model.start_bar in silent}
    return out


def _model(plan: MusicalPlan, section: Section) -> Section | None:
    """The earlier section, as long, that a section returns to."""
    found = next((one for one in plan.sections if one.name == section.varies), None)
    return found if found is not None and found.end_bar < section.start_bar and found.bars == section.bars else None
