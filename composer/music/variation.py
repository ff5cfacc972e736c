"""The variation of what returns, and the check that it is real: a listener hears something else than the first time.

Ornaments and rhythms are put into the tune after it was written. Where the one that the plan asks for finds nothing to
change, another takes its place; where a new figure or another density leaves the tune note for note, the tune is varied
too. What was done is said in the plan's reason.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from composer.music.blocks import GridNote, LayerNotes, Layout
from composer.music.dotting import dotted
from composer.music.ornament import ornamented
from composer.types import TUNE_VARIATIONS, VARIATIONS, MusicalPlan, Section

__all__ = ["varied"]

_LITERAL = 0.7
"""Share of a return's bars before its cadence from which a tune that is the same in them counts as repeated."""


def varied(plan: MusicalPlan, layout: Layout, notes: LayerNotes, *, seed: int) -> tuple[MusicalPlan, LayerNotes]:
    """Vary the tune of returns; a plan with a level of difficulty stays plain.

    Parameters
    ----------
    plan : its sections say what each return changes.
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    seed : same plan, notes and seed: same variation.

    Returns
    -------
    The plan, which says what was done, and the notes. The plan that comes back leads to the same notes again.
    """
    lead = layout.lead
    if lead is None or plan.level is not None:
        return plan, notes
    models = {section.name: section for section in plan.sections}
    told, reason = [], plan.reasons.get("sections", "")
    for section in plan.sections:
        model, kind = models.get(section.varies or ""), section.variation
        if model is None or kind is None:
            told.append(section)
            continue
        asked = kind in TUNE_VARIATIONS
        same = kind != "orchestration" and _share(notes[lead], section, notes[lead], model) >= _LITERAL
        if asked or same:
            found, notes = _first(plan, section, layout, notes, lead, model, seed=seed)
            reason = _amended(reason, section, found, instead=asked)
            kind = found if asked and found else kind
        told.append(replace(section, variation=kind))
    reasons = {**plan.reasons, "sections": reason} if reason else plan.reasons
    return replace(plan, sections=tuple(told), reasons=reasons), notes


def _first(
    plan: MusicalPlan, section: Section, layout: Layout, notes: LayerNotes, lead: int, model: Section, *, seed: int
) -> tuple[str | None, LayerNotes]:
    """The first variation of the tune, the plan's own before the others, that changes it enough; None without one."""
    kinds = sorted(TUNE_VARIATIONS, key=lambda kind: kind != section.variation)
    compound = plan.time.compound and plan.time.denominator >= 8
    for kind, head in product(kinds, (False, True)):  # the head, by which the tune is known, only where it must be
        if kind == "ornament":
            changed = ornamented(section, layout, notes, seed=seed, head=head)
        else:
            changed = dotted(section, layout, notes, compound=compound, head=head)
        if _share(changed[lead], section, notes[lead], model) < _LITERAL and changed[lead] != notes[lead]:
            return kind, changed
    return None, notes


def _share(line: list[list[GridNote]], section: Section, source: list[list[GridNote]], model: Section) -> float:
    """Share of a section's bars before its cadence that have the onsets and pitches of the model's."""
    bars = max(1, min(section.bars, model.bars) - 1)
    same = sum(
        _places(line[section.start_bar - 1 + offset]) == _places(source[model.start_bar - 1 + offset])
        for offset in range(bars)
    )
    return same / bars


def _places(bar: list[GridNote]) -> list[tuple[int, int]]:
    return [(note.position, note.pitch) for note in bar]


def _amended(reason: str, section: Section, found: str | None, *, instead: bool) -> str:
    """The reason with what was done to the tune of a section: in place of what was planned, or beside it."""
    if found is None or section.variation is None:
        return reason
    old, new = f"{section.name}: {VARIATIONS[section.variation]}", VARIATIONS[found]
    both = f"{old}, {new}"
    return reason.replace(old, f"{section.name}: {new}") if instead else reason.replace(both, old).replace(old, both)
