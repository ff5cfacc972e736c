"""The drum kit: grooves that drummers play, varied as they do, a fill before each new section.

A piece keeps to one style; a section has a groove by tempo, feeling and the bass's rhythm, and one that comes back has
its model's. Where no groove was measured (meters other than 4/4) the kit is played by rule. Keys are General MIDI
percussion keys.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from composer.grooves import DRUM_KEYS, DrumHit, Groove, Grooves, Pattern, load_grooves
from composer.music.blocks import GridNote
from composer.music.drum_rules import CALM, LIVELY, plain_bar, plain_fill
from composer.music.groove_choice import GrooveChooser, fits_subdivision
from composer.music.tokens import GRID
from composer.types import MusicalPlan, Section

__all__ = ["DrumNote", "drum_bars"]

_FOOT = frozenset(("kick", "pedal"))
_HIT = 3
"""Length of a hit in grid steps."""
_HANDS = 2
_ORDER = (
    "snare", "crash", "stick", "high_tom", "mid_tom", "floor_tom", "low_tom", "open_hat", "bell", "ride", "hat",
    "shaker", "ghost",
)  # fmt: skip
"""What two hands play first where more is asked of them."""
_FEWEST_HANDS = 2
"""Strokes of the hands in a beat that counts as a fill."""


class DrumNote(NamedTuple):
    """A stroke of the kit: where and what, and its velocity against the dynamics; None leaves that to the meter."""

    note: GridNote
    accent: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """What a section plays: its groove (None by rule) and ghost notes."""

    groove: Groove | None
    ghosts: tuple[DrumHit, ...]


def drum_bars(plan: MusicalPlan, bass: Sequence[Sequence[GridNote]], *, seed: int) -> list[list[DrumNote]]:
    """Strokes of every bar, positions in grid steps; the last bar is one stroke that rings.

    Parameters
    ----------
    plan : MusicalPlan
        Its meter, tempo, sections and feeling choose.
    bass : sequence of bars of GridNote
        What the kick drum goes with; empty where there is no bass.
    seed : int
        Decides among what fits.
    """
    rng = random.Random(f"{seed}/drums")
    library = load_grooves()
    chooser = GrooveChooser(plan, library, rng)
    candidates = chooser.candidates
    family = chooser.family(candidates) if candidates else ""
    made: dict[str, _Section] = {}
    bars: list[list[DrumNote]] = []
    for section in plan.sections:
        model = section.varies or section.name
        if model not in made:
            heard = [note.position for bar in bass[section.start_bar - 1 : section.end_bar] for note in bar]
            groove = chooser.choose(candidates, family, section, heard) if candidates else None
            ghosts = _ghosts(plan, library, family, rng) if groove and section.arousal > CALM else ()
            made[model] = _Section(groove=groove, ghosts=ghosts)
        made.setdefault(section.name, made[model])
        bars += [_written(_bar(chooser, section, made[model], offset), section) for offset in range(section.bars)]
    ending = [("kick", 0), ("crash" if plan.arousal > CALM else "ride", 0)]
    bars[-1] = [DrumNote(GridNote(0, DRUM_KEYS[role], plan.time.bar_steps), None) for role, _ in ending]
    return bars


def _bar(chooser: GrooveChooser, section: Section, made: _Section, offset: int) -> dict[tuple[int, str], int | None]:
    plan, steps = chooser.plan, chooser.plan.time.bar_steps
    if made.groove is None:
        hits: dict[tuple[int, str], int | None] = dict.fromkeys(sorted(plain_bar(section, plan.time)))
    else:
        groove = chooser.varied(made.groove) if offset % 2 else made.groove
        hits = {(hit.position, hit.role): hit.accent for hit in (*chooser.hits(groove), *made.ghosts)}
    if offset == section.bars - 1 and section.end_bar < plan.bars:
        fill = _fill(chooser, section) if made.groove is not None else dict.fromkeys(plain_fill(section, plan.time))
        start = steps - (2 * GRID if any(position < steps - GRID for position, _ in fill) else GRID)
        hits = {place: accent for place, accent in hits.items() if place[0] < start} | fill
    if offset == 0 and section.arousal > CALM:
        hits[0, "crash" if section.arousal > LIVELY else "ride"] = None
    return _playable(hits)


def _ghosts(plan: MusicalPlan, library: Grooves, family: str, rng: random.Random) -> tuple[DrumHit, ...]:
    """Soft strokes of the snare between the others, as often as the style has them."""
    places = library.ghosts.get(family, {})
    drawn = [DrumHit(place, "ghost", accent) for place, (share, accent) in places.items() if rng.random() < share]
    return tuple(hit for hit in drawn if fits_subdivision([hit], plan.subdivision) and hit.position % GRID)


def _fill(chooser: GrooveChooser, section: Section) -> dict[tuple[int, str], int | None]:
    """One or two beats at the end of the bar, the second one that follows the first among drummers."""
    rng, plan = chooser.rng, chooser.plan
    beats = [beat for beat in chooser.library.fills if _fills(beat, plan)]
    first = rng.choices(beats, [beat.performances for beat in beats])[0]
    chain = [first]
    if rng.random() < (section.arousal + 1) / 2:
        after = [chooser.library.fills[number] for number in first.followers]
        after = [beat for beat in after if _fills(beat, plan)]
        chain += after[:1] if len(after) == 1 else [rng.choice(after)] if after else []
    start = plan.time.bar_steps - GRID * len(chain)
    return {
        (start + number * GRID + hit.position, hit.role): hit.accent
        for number, beat in enumerate(chain)
        for hit in beat.hits
    }


def _fills(beat: Pattern, plan: MusicalPlan) -> bool:
    hands = [hit for hit in beat.hits if hit.role not in _FOOT]
    return len(hands) >= _FEWEST_HANDS and fits_subdivision(beat.hits, plan.subdivision)


def _playable(hits: dict[tuple[int, str], int | None]) -> dict[tuple[int, str], int | None]:
    """Two hands, one sound of hi-hat and of snare at a time: what keeps time gives way, a ghost note first of all."""
    kept: dict[tuple[int, str], int | None] = {}
    for position in sorted({place for place, _ in hits}):
        here = {role for place, role in hits if place == position}
        if here & {"snare", "stick"}:
            here.discard("ghost")
        if here & {"open_hat", "hat"}:
            here.discard("pedal")
        hands = sorted(here - _FOOT, key=_ORDER.index)[:_HANDS]
        for role in sorted(here & _FOOT) + hands:
            kept[position, role] = hits[position, role]
    return kept


def _written(hits: dict[tuple[int, str], int | None], section: Section) -> list[DrumNote]:
    """The strokes as keys; a calm section's backbeat is played on the rim."""
    notes: dict[tuple[int, int], DrumNote] = {}
    for (position, role), accent in hits.items():
        key = DRUM_KEYS["stick" if role == "snare" and section.arousal < CALM else role]
        notes[position, key] = DrumNote(GridNote(position, key, _HIT), accent)
    return [notes[place] for place in sorted(notes)]
