"""Words for the fields of a plan: by what means a feeling is heard."""

from __future__ import annotations

from composer.rendering.lesson.catalogue import Catalogue
from composer.rendering.lesson.localized_names import instrument_text, key_text
from composer.rendering.notation.instrument_names import printed_name
from composer.rendering.notation.marks import dynamic_marks, tempo_mark
from composer.types import Instrument, MusicalPlan

__all__ = ["instrument_name", "instruments_text", "means_text"]

_CONNECTED = 0.85
"""Articulation from which notes are called connected."""
_LOUDNESS = ("ppp", "pp", "p", "mp", "mf", "f", "ff", "fff")


def means_text(field: str, plan: MusicalPlan, text: Catalogue) -> str:
    """What a field of the plan does, for `field` one of meter, instruments, mode, tempo_bpm, dynamics, articulation."""
    match field:
        case "meter":
            return text("means.meter", meter=plan.meter)
        case "instruments":
            return text("means.instruments", instruments=instruments_text(plan, text))
        case "mode":
            return text("means.mode", key=key_text(plan.tonic, plan.mode, text))
        case "tempo_bpm":
            return text("means.tempo_bpm", words=tempo_mark(plan).words, bpm=f"{plan.tempo_bpm:g}")
        case "articulation":
            return text("means.articulation-" + ("long" if plan.articulation >= _CONNECTED else "short"))
        case _:
            return _dynamics(plan, text)


def _dynamics(plan: MusicalPlan, text: Catalogue) -> str:
    signs = [mark.sign for mark in dynamic_marks(plan.dynamics)[0]]
    loudest = max(signs, key=_LOUDNESS.index)
    if loudest == signs[0]:
        return text("means.dynamics-one", first=signs[0])
    return text("means.dynamics", first=signs[0], loudest=loudest)


def instruments_text(plan: MusicalPlan, text: Catalogue) -> str:
    """The players as a list; two hands of one keyboard are one."""
    names = []
    for instrument in plan.instruments:
        name = instrument_name(instrument, text)
        if name not in names:
            names.append(name)
    return text.join(names)


def instrument_name(instrument: Instrument, text: Catalogue) -> str:
    """A player's instrument, without which hand it is."""
    return instrument_text(printed_name(instrument.name.partition(" (")[0], instrument), text)
