"""The ornaments of a plan: whether a piece has notes shorter than a sixteenth, and which, as often as people do.

Measured on 1,153 scores of the training split, lead sheets left aside: the share of works with such notes by tempo, and
which kinds they are. Trills and mordents are signs in .63 and .59 of 3,047 Polish piano scores, and in .57 and .44 of
249 of Chopin's; they are shared out among the pieces that have quick notes at all, so that no more pieces have them
than have them in people's hands.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from composer.circumplex import is_stormy, stillness
from composer.errors import UsageError
from composer.gm import BOWED_PROGRAMS, HARPSICHORD
from composer.planning.reasons import GIVEN
from composer.types import ORNAMENTS, Instrument, MusicalPlan

__all__ = ["parse_ornaments", "with_ornaments", "with_ornaments_as_heard"]

_AUTO, _NONE = "auto", "none"

_BY_TEMPO = ((50, 0.77), (80, 0.45), (110, 0.3), (130, 0.42), (999, 0.5))
"""Tempo below which -> share of people's works that have notes shorter than a sixteenth."""
_KINDS = {"trill": 0.45, "mordent": 0.4, "turn": 0.35, "slide": 0.6, "run": 0.25}
"""Share of each kind among the pieces that have some."""
_WITH_DRUMS = 0.2
"""How often, for each of the others, a piece with a drum kit has ornaments: songs of our lead sheets have none."""
_GRACED = 0.3
"""How much oftener a harpsichord's pieces are ornamented; its tone does not last (F. Couperin, *L'art de toucher*)."""
_TREMOLO = 0.5
"""Share of stormy pieces with bowed accompaniments that have tremolo."""
_CHOIR = range(52, 55)
_SUNG, _SUNG_SHARE = ("turn", "slide"), 0.6
"""What a voice sings of them, and how often for each instrument's piece that has some."""


def parse_ornaments(text: str) -> tuple[str, ...] | None:
    """The ornaments that a person asks for: kinds with commas between, or none; None where the plan is to choose.

    Raises
    ------
    UsageError
        A kind is unknown.
    """
    named = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",")))
    if named in ((_AUTO,), (_NONE,)):
        return None if named == (_AUTO,) else ()
    for name in named:
        if name not in ORNAMENTS:
            raise UsageError(
                f"--ornaments: {name!r} is unknown; allowed: {', '.join(ORNAMENTS)}, {_NONE}, {_AUTO}",
                hint="give --ornaments some of those, with commas between",
            )
    return named


def with_ornaments(plan: MusicalPlan, rng: random.Random, *, asked: str | None = None) -> MusicalPlan:
    """Choose the ornaments of a plan and say why; stillness has fewer, singers have turns and slides only.

    Parameters
    ----------
    plan : whose feeling, tempo and players decide.
    rng : draws for the plan.
    asked : what a person wants instead; see `parse_ornaments`.
    """
    given = parse_ornaments(asked) if asked is not None else None
    chosen = tuple(_chosen(plan, rng)) if given is None else given
    reasons = {**plan.reasons, "ornaments": _reason(plan, chosen) if given is None else GIVEN}
    return replace(plan, ornaments=chosen, reasons=reasons)


def with_ornaments_as_heard(plan: MusicalPlan, *, quick: bool) -> MusicalPlan:
    """The ornaments of a plan that was found in a file: some where its lead has ``quick`` notes, else none.

    Which ones is drawn for the title: the kinds are not told apart in what is heard.
    """
    chosen = tuple(_chosen(plan, random.Random(plan.title), some=True)) if quick else ()
    found = "the lead has notes shorter than a sixteenth" if quick else "the lead has no notes shorter than a sixteenth"
    return replace(plan, ornaments=chosen, reasons={**plan.reasons, "ornaments": found})


def _chosen(plan: MusicalPlan, rng: random.Random, *, some: bool | None = None) -> Sequence[str]:
    """Kinds drawn for a plan; ``some`` says whether there are any, without it that is drawn too."""
    draws = {kind: rng.random() for kind in ORNAMENTS}
    share = rng.random()
    some = share < _share(plan) if some is None else some
    known = [kind for kind in _KINDS if kind in _SUNG or not _is_sung(plan)]
    kinds = [kind for kind in known if some and draws[kind] < _KINDS[kind]]
    if some and not kinds:
        kinds = [min(known, key=lambda kind: draws[kind])]
    if draws["tremolo"] < _TREMOLO and _is_stormy(plan):
        kinds.append("tremolo")
    return kinds


def _share(plan: MusicalPlan) -> float:
    lead = _lead(plan)
    share = next(share for bound, share in _BY_TEMPO if plan.tempo_bpm < bound)
    share += _GRACED if lead.program == HARPSICHORD else 0.0
    share *= _SUNG_SHARE if _is_sung(plan) else 1.0
    drums = any(part.is_drums for part in plan.instruments)
    return share * (1 - stillness(plan.valence, plan.arousal)) * (_WITH_DRUMS if drums else 1.0)


def _lead(plan: MusicalPlan) -> Instrument:
    return next((part for part in plan.instruments if part.role == "melody"), plan.instruments[0])


def _is_sung(plan: MusicalPlan) -> bool:
    return _lead(plan).program in _CHOIR


def _is_stormy(plan: MusicalPlan) -> bool:
    stirred = any(is_stormy(part.valence, part.arousal) for part in plan.sections)
    return stirred and any(_is_bowed(part) for part in plan.instruments)


def _is_bowed(part: Instrument) -> bool:
    return part.role == "harmony" and part.program in BOWED_PROGRAMS


def _reason(plan: MusicalPlan, chosen: Sequence[str]) -> str:
    if not chosen:
        return "none: nothing shorter than a sixteenth"
    words = ", ".join(ORNAMENTS[kind] for kind in chosen)
    return f"{words}, as in {_share(plan):.0%} of people's pieces at {plan.tempo_bpm:g} bpm with these players"
