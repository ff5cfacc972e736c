"""The figures of the accompaniment: which one each lower layer has in every bar.

A section's layer has a figure of its own among those that people use (`composer.figures`): near the plan in meter,
tempo, density and notes at once, and fit for the instrument. From bar to bar it is kept as often as people keep it,
else left for a figure that people let follow, and come back to. A return brings another figure where its variation says
so.
"""

from __future__ import annotations

import math
import random
from typing import NamedTuple

from composer.circumplex import steady_tempo
from composer.figures import Figure, Library, load_figures
from composer.gm import BRIEF_PROGRAMS, HARP, KEYBOARD_PROGRAMS
from composer.music.figure_fit import beats_in_three, coverage, has_chords, is_playable, is_sustained, wanted_at_once
from composer.music.layers import Layer, least_onsets
from composer.music.tokens import GRID, tempo_code
from composer.proportions import Proportions
from composer.theory import Meter
from composer.types import MusicalPlan, Section, figures_go_on

__all__ = ["FIGURED", "USUAL_STEADY", "Walk", "figures_by_bar"]

FIGURED = ("harmony", "bass")
"""Roles that have figures; the others have tunes."""
_COMMONNESS = 0.55
"""Power of how often people use a figure: below 1, so that the commonest few are not all one hears."""
_ONSETS, _FULLNESS = 8.0, 3.0
"""Weights of the squared distance, in octaves, between a figure's onsets and those that the plan wants, and of the
distance between the notes that it strikes at once and those wanted."""
_FARTHEST = 0.5
"""Octaves by which a figure may be busier or calmer than the plan wants."""
_PARTNER = 8.0
"""How much likelier a bass figure becomes where keyboards use it under the chosen one."""
_PLUCKED = frozenset(range(24, 32)) | {HARP}
_SWEEP = 4
"""Semitones from stroke to stroke of an arpeggio."""
_KEPT_MORE = 0.4
"""What being one's own figure adds to the measured share of bars that keep it."""
_CALM_KEPT = 0.1
USUAL_STEADY, _STEADIER, _STEADIER_STEP, _SUREST = 0.75, 1.0, 2.0, 0.97
"""Likeness of neighbouring bars' onsets in the middle window of the training split, what a whole unit of it adds to the
chances of keeping a figure and of coming back to it and, as a share, to `_IN_STEP`, and the most that they are."""
_LIKE, _LONGEST_KEPT = 2, 2
"""Strokes by which a figure differs at most from one that nothing playable follows, and bars on end after which it may
take its place: half of people's keyboard parts keep no figure for longer."""
_MOVED_LINE = 0.65
"""What a figure for one line loses with every further pitch: people's inner lines repeat and hold, and rarely leap."""
_UPPER_HALF = {"waltz": "off-beat chords", "oom-pah": "off-beat chords"}
"""What the right half of a figure with a low note is called."""
_HOME = 0.7
"""Chance of coming back to the section's figure from another."""
_IN_STEP = 2.0
"""How strongly all that accompanies keeps its onsets together where a figure is left: parts complete one another."""
_IN_THREES = 0.75
"""Share of the chords' figures that go in triplets where the piece has them, however busy that is: the triplets of
songs and nocturnes are in the accompaniment."""
_THINNER, _FULLER = 0.6, 1.5
"""Onsets of a return whose texture changes, for each one of its model."""

Walk = list[Figure | None]


def figures_by_bar(plan: MusicalPlan, layers: list[Layer], near: Proportions, rng: random.Random) -> dict[int, Walk]:
    """Layer number -> its figure in every bar; None in all bars where no figure fits.

    They change as much as those of ``near`` do: some people keep one motion throughout, others hardly repeat a bar.
    """
    library = load_figures()
    steadier = _STEADIER * (near.get("steady", USUAL_STEADY) - USUAL_STEADY)
    out: dict[int, Walk] = {}
    chosen: dict[tuple[int, str], Figure | None] = {}
    turns = [_Turn(chance=rng.random(), struck=set()) for _ in range(plan.bars)]
    order = sorted((layer for layer in layers if layer.role in FIGURED), key=lambda layer: layer.role != "harmony")
    for layer in order:
        walk: Walk = []
        for number, section in enumerate(plan.sections):
            before = figures_go_on(plan.sections, number)
            going_on = chosen[layer.number, before.name] if before is not None else None
            model = chosen.get((layer.number, section.varies or ""), going_on)
            keeps = model is not None and section.variation not in ("figure", "texture")
            above = _above(layer, layers, section, chosen)
            home = (
                model
                if keeps
                else _choose(
                    library,
                    plan,
                    layer,
                    section,
                    wanted=_wanted(section, layer, layers),
                    above=above,
                    other_than=model,
                    rng=rng,
                )
            )
            chosen[layer.number, section.name] = home
            walk += _walk(
                library, plan, layer, home, turns[len(walk) : len(walk) + section.bars], rng, steadier=steadier
            )
        out[layer.number] = walk
        for figure, turn in zip(walk, turns, strict=True):
            turn.struck.update(_onsets_of(figure))
    return out


def _above(
    layer: Layer, layers: list[Layer], section: Section, chosen: dict[tuple[int, str], Figure | None]
) -> Figure | None:
    """The figure of the same instrument's chords, for a bass or a left hand below them."""
    if layer.role != "bass" and not layer.carries:
        return None
    upper = next((one for one in layers if one.index == layer.index and has_chords(one)), None)
    return chosen.get((upper.number, section.name)) if upper is not None else None


def _figures(library: Library, plan: MusicalPlan, layer: Layer) -> list[Figure]:
    """The figures that a layer can play: a left hand has those that people's left hands have."""
    found = library.of(plan.meter, "bass" if layer.carries else layer.role)
    return [figure for figure in found if is_playable(figure, plan, layer)]


def _choose(
    library: Library,
    plan: MusicalPlan,
    layer: Layer,
    section: Section,
    *,
    wanted: str | None,
    above: Figure | None,
    other_than: Figure | None,
    rng: random.Random,
) -> Figure | None:
    figures = [figure for figure in _figures(library, plan, layer) if figure is not other_than]
    named = [figure for figure in figures if figure.name == wanted]
    threes = plan.subdivision == "triple" and plan.level is None and layer.role == "harmony"
    if threes and rng.random() < _IN_THREES:
        named = _threes(named, plan.time) or _threes(figures, plan.time) or named
    asked = _onsets(plan, layer, section)
    if layer.instrument.program in BRIEF_PROGRAMS | KEYBOARD_PROGRAMS:  # of figures by one name the one that flows
        flowing = [figure for figure in named if is_sustained(figure, plan, layer)] or named
        named = [figure for figure in flowing if abs(_apart(figure, asked)) <= _FARTHEST] or flowing
    # Where people have no figure as busy as the plan wants it, the part is free.
    figures = named or [figure for figure in figures if abs(_apart(figure, asked)) <= _FARTHEST]
    if not figures:
        return None
    figures = [figure for figure in figures if is_sustained(figure, plan, layer)] or figures
    weights = [_weight(library, figure, plan, layer, asked=asked, above=above) for figure in figures]
    return rng.choices(figures, weights)[0] if sum(weights) > 0 else None


def _threes(figures: list[Figure], meter: Meter) -> list[Figure]:
    """The figures that divide half of their beats or more by three: a triplet among quarters is an accident."""
    return [figure for figure in figures if 2 * GRID * len(beats_in_three(figure)) >= meter.bar_steps]


def _wanted(section: Section, layer: Layer, layers: list[Layer]) -> str | None:
    """Name of the figure that the plan has for a layer; None where it is free.

    Where a keyboard's low notes are a layer of their own, that layer is free and follows the chords'.
    """
    name = section.figure_of(layer.instrument.name)
    if layer.role == layer.instrument.role and not layer.carries:
        two_hands = sum(other.index == layer.index for other in layers) > 1
        return _UPPER_HALF.get(name or "", name) if two_hands else name
    return None


def _weight(
    library: Library, figure: Figure, plan: MusicalPlan, layer: Layer, *, asked: float, above: Figure | None
) -> float:
    apart = _apart(figure, asked)
    struck = sum(stroke.notes for stroke in figure.strokes) / figure.onsets
    wanted = wanted_at_once(figure, layer)
    weight = float(figure.bars**_COMMONNESS * math.exp(-_ONSETS * apart * apart - _FULLNESS * abs(struck - wanted)))
    pace = tempo_code(steady_tempo(plan.tempo_bpm, plan.valence))
    weight *= math.exp(-abs(figure.tempo - pace) / 1.5)
    program = layer.instrument.program
    keys = program in KEYBOARD_PROGRAMS or program in _PLUCKED
    weight *= 0.1 + figure.keyboard if keys else 1.1 - figure.keyboard
    if layer.instrument.program == HARP:  # no sweep that the strings of its range are too few for
        weight *= math.exp(-max(0, _SWEEP * max(stroke.rank for stroke in figure.strokes) - layer.high + layer.low) / 2)
    if not layer.polyphonic:
        weight *= 0.05 + coverage(figure, plan.time.bar_steps) ** 3
        weight *= _MOVED_LINE ** (len({stroke.rank for stroke in figure.strokes}) - 1)
    if above is not None and any(library.figure(number) is figure for number in above.partners):
        weight *= _PARTNER
    return weight


def _onsets(plan: MusicalPlan, layer: Layer, section: Section) -> float:
    """Onsets a bar that the plan wants."""
    wanted = section.density * layer.busy * plan.time.bar_steps / GRID
    if layer.carries:
        wanted = max(wanted, 1.0)
    wanted = max(wanted, least_onsets(plan, layer))
    if section.variation == "texture":
        wanted *= _FULLER if plan.arousal > 0 else _THINNER
    return wanted


def _apart(figure: Figure, wanted: float) -> float:
    """How many octaves a figure is busier than wanted."""
    return math.log2((figure.onsets + 0.5) / (wanted + 0.5))


class _Turn(NamedTuple):
    """A bar's chance in [0, 1] of all layers, and the grid steps at which those strike that have their figures."""

    chance: float
    struck: set[int]


def _walk(
    library: Library,
    plan: MusicalPlan,
    layer: Layer,
    home: Figure | None,
    turns: list[_Turn],
    rng: random.Random,
    *,
    steadier: float,
) -> Walk:
    """The figure of every bar of a section; ``steadier`` is added to the chances of keeping and coming back.

    The layers of a piece leave their figures and come back to them together, as people's do.
    """
    if home is None:
        return [None] * len(turns)
    out: Walk = [home]
    stays = min(_SUREST, home.kept + _KEPT_MORE + steadier + (_CALM_KEPT if plan.arousal < 0 else 0.0))
    back = min(_SUREST, _HOME + steadier)
    pulse = _onsets_of(home) | turns[0].struck
    in_step = _IN_STEP * (1 + _STEADIER_STEP * steadier)
    for turn in turns[1:]:
        here = out[-1]
        assert here is not None
        if here is not home and turn.chance <= back:
            here = home
        elif turn.chance > (stays if here is home else back):
            near = _followers(library, plan, layer, here, home)
            weights = [_alike(_onsets_of(one) | turn.struck, pulse) ** in_step for one in near]
            if near:
                here = rng.choices(near, [weight / (1 + place) for place, weight in enumerate(weights)])[0]
            elif out[-_LONGEST_KEPT:] == [here] * _LONGEST_KEPT:
                here = _like(library, plan, layer, home, rng)
        out.append(here)
    return out


def _followers(library: Library, plan: MusicalPlan, layer: Layer, figure: Figure, home: Figure) -> list[Figure]:
    """The playable figures that people let follow one, the usual first, about as busy as the section's own."""
    found = [library.figure(number) for number in figure.followers]
    near = [other for other in found if is_playable(other, plan, layer) and 0.6 <= other.onsets / home.onsets <= 2]
    return [other for other in near if is_sustained(other, plan, layer)]


def _onsets_of(figure: Figure | None) -> set[int]:
    return {stroke.position for stroke in figure.strokes} if figure is not None else set()


def _alike(one: set[int], other: set[int]) -> float:
    """Share of the onsets of either that both have, one being added to both counts; above 0."""
    return (len(one & other) + 1) / (len(one | other) + 1)


def _like(library: Library, plan: MusicalPlan, layer: Layer, home: Figure, rng: random.Random) -> Figure:
    """A figure of the same rhythm and another contour or fullness, else one that differs in a stroke or two.

    Itself where people have none. People keep a rhythm three times as often as the whole figure (.39 and .13 of the
    bars of keyboards' chords, 2,422 windows of the training split).
    """
    own = _onsets_of(home)
    others = [other for other in _figures(library, plan, layer) if is_sustained(other, plan, layer)]
    apart = [len(own ^ _onsets_of(other)) for other in others]
    least = min((count for other, count in zip(others, apart, strict=True) if other is not home), default=_LIKE + 1)
    near = [other for other, count in zip(others, apart, strict=True) if count == least and other is not home]
    if least > _LIKE:
        return home
    weights = [other.bars**_COMMONNESS * math.exp(-abs(other.at_once - home.at_once)) for other in near]
    return rng.choices(near, weights)[0]
