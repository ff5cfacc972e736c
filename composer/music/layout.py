"""A plan laid out as blocks: for every bar and layer, what the model is told and what the grammar holds it to.

The plan owns the form, so the layout also decides which earlier bar each block takes up (its *echo*): a restated
section echoes its model, the second phrase echoes the first. An accompaniment has its figures
(`composer.music.figuration`).

All pitches are canonical (see `composer.theory.Key`), all times grid steps within the bar.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from composer.errors import PlanError
from composer.figures import Figure, Stroke
from composer.gm import GUITAR_STRINGS, GUITARS
from composer.music.blocks import Block, Harmony, Layout
from composer.music.breath import breaths
from composer.music.caesura import coming_to_rest, rest_at_breaths, rest_running_lines
from composer.music.doubling import doubled_bars
from composer.music.echoes import Echo, echoes, heard, pulse
from composer.music.figuration import FIGURED, USUAL_STEADY, figures_by_bar
from composer.music.layers import MODE_CODES, RESTING, Layer, layers_of, least_onsets
from composer.music.local_scale import local_scale
from composer.music.octaves import doubled_sections
from composer.music.tacet import tacet_bars
from composer.music.tokens import (
    BAR_CYCLE,
    CONDITIONS,
    GRID,
    MAX_POSITION,
    ROLE_CODES,
    ChordCode,
    chord_code,
    density_code,
    meter_code,
    register_code,
    spread_code,
    tempo_code,
)
from composer.proportions import Proportions, near_plan
from composer.theory import ChordSymbol, Meter, parse_chord
from composer.types import MusicalPlan, Section

__all__ = [
    "KNOWN_FAMILIES",
    "harmony_conditions",
    "harmony_over",
    "lay_out",
]

_COLUMN = {name: index for index, name in enumerate(CONDITIONS)}
KNOWN_FAMILIES = frozenset({0, 2, 5, 6, 7, 8, 9})
"""General MIDI families with enough training material; others are left unknown."""
_SPREADS = {"melody": 9.0, "bass": 9.0, "counter": 8.0, "harmony": 12.0}
_REACH = {"melody": 11, "bass": 11, "counter": 10, "harmony": 13}
"""Semitones a part may move from its register's centre."""
_IN_THREES = 1.5
_AROUND = 2
"""Bars before and after one whose chords say the scale that it is in."""
_CHROMATICISM, _MOST_CHROMATICISM, _USUAL_CHROMATIC = 55.0, 11.0, 0.06
"""Lean of the tunes towards passing tones outside the scale, for each unit of those in the window of people's music
near the plan, the most that it is, and their share where the window does not say it."""
_LITERAL = (0.3, 0.95)
"""From piece to piece, how often an accompaniment repeats its notes where the chord does."""
_REST = 0.5
"""Share of a bar's onsets that a phrase end leaves out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """What is decided for the whole piece before its blocks are made.

    ``chromaticism`` is as in `Block`; ``harmonies`` and ``phrase_left`` (1 where a phrase closes, counting up towards
    its start) go by bar, ``figures``, ``echoes`` and ``pulses`` by layer number and bar; ``silent`` and
    ``doubled`` are bars by layer number.
    """

    plan: MusicalPlan
    shift: int
    layers: list[Layer]
    harmonies: list[tuple[Harmony, ...]]
    chromaticism: float
    phrase_left: list[int]
    figures: dict[int, list[Figure | None]]
    octaves: dict[int, frozenset[str]]
    echoes: dict[int, list[Echo]]
    pulses: dict[int, list[float]]
    silent: dict[int, frozenset[int]]
    doubled: dict[int, frozenset[int]]

    def figure(self, layer: Layer, bar: int) -> Figure | None:
        """The figure of a layer in a bar."""
        walk = self.figures.get(layer.number)
        return walk[bar] if walk is not None else None

    def is_silent(self, layer: Layer, bar: int) -> bool:
        """Whether a layer rests for a bar while others play."""
        return bar in self.silent.get(layer.number, ())


def lay_out(plan: MusicalPlan, *, seed: int) -> Layout:
    """Lay a plan out; ``seed`` decides the accompaniment's manner and the echoes.

    Raises
    ------
    PlanError
        A bar is longer than eight quarter notes or not on the grid, or no pitched instrument is there.
    """
    steps = plan.time.bar_steps
    if steps > MAX_POSITION or plan.time.denominator > 8:
        raise PlanError(f"meter: {plan.meter} cannot be written; allowed: unit 2, 4 or 8, at most eight quarters a bar")
    near = near_plan(plan, seed=seed)
    layers = layers_of(plan, near)
    if not layers:
        raise PlanError("instruments: none of them plays notes; add a melodic instrument")
    course = _course(plan, near, layers, seed)
    blocks = [_block(course, layer, bar) for bar in range(plan.bars) for layer in layers]
    players = tuple(layer.index for layer in layers)
    return Layout(blocks=tuple(blocks), shift=course.shift, bar_length=steps, players=players)


def _course(plan: MusicalPlan, near: Proportions, layers: list[Layer], seed: int) -> _Course:
    """Decide what concerns the whole piece."""
    shift = plan.key.canonical_shift
    harmonies = _harmonies(plan, shift)
    phrase_left = breaths(plan, near, _chance(seed, "breaths"))
    figures = _figures(plan, near, layers, harmonies, phrase_left, seed)
    manner = _chance(seed, "manner")
    literal = manner.uniform(*_LITERAL)
    chromaticism = min(_MOST_CHROMATICISM, _CHROMATICISM * near.get("chromatic", _USUAL_CHROMATIC))
    silent = tacet_bars(plan, layers, near, phrase_left, _chance(seed, "rests"))

    def taken_up(number: int, role: str) -> list[Echo]:
        rng = _chance(seed, f"echoes {number}")
        found = echoes(plan, role, harmonies, figures.get(number), rng, literal=literal)
        return heard(found, silent.get(number, frozenset()))

    return _Course(
        plan=plan,
        shift=shift,
        layers=layers,
        harmonies=harmonies,
        chromaticism=chromaticism,
        phrase_left=phrase_left,
        figures=figures,
        octaves={layer.number: doubled_sections(plan, layer) for layer in layers},
        echoes={layer.number: taken_up(layer.number, layer.role) for layer in layers},
        pulses={layer.number: pulse(plan, layer.role, _chance(seed, f"pulse {layer.number}")) for layer in layers},
        silent=silent,
        doubled=doubled_bars(plan, layers, near, _chance(seed, "doubling")),
    )


def _figures(
    plan: MusicalPlan,
    near: Proportions,
    layers: list[Layer],
    harmonies: list[tuple[Harmony, ...]],
    phrase_left: list[int],
    seed: int,
) -> dict[int, list[Figure | None]]:
    """The figures of every layer, which come to rest where lines have run on and where the tune of stillness does."""
    figures = figures_by_bar(plan, layers, near, _chance(seed, "figures"))
    closes = [left == 1 for left in phrase_left]
    rest_running_lines(figures, plan, layers, closes, steady=near.get("steady", USUAL_STEADY))
    plain = [one and len(chords) == 1 for one, chords in zip(closes, harmonies, strict=True)]
    rest_at_breaths(figures, plan, layers, plain)
    return figures


def _chance(seed: int, of: str) -> random.Random:
    """Chance of its own for each decision: where a plan differs a little, no other decision falls otherwise."""
    return random.Random(f"{seed} {of}")


# ------------------------------------------------------------------------------------------ harmony


def _harmonies(plan: MusicalPlan, shift: int) -> list[tuple[Harmony, ...]]:
    """The chords of every bar, the one that holds over from the bar before included at step 0."""
    beat = plan.time.beat_steps
    scales = _scales(plan, shift)
    spans: list[dict[int, Harmony]] = [{} for _ in range(plan.bars)]
    for chord in plan.chords:
        start = (chord.beat - 1) * beat
        spans[chord.bar - 1][start] = harmony_over(parse_chord(chord.symbol), start, scales[chord.bar - 1], shift)
    out: list[tuple[Harmony, ...]] = []
    for bar in spans:
        if 0 not in bar:
            last = out[-1][-1]
            bar[0] = Harmony(
                start=0, root=last.root, bass=last.bass, code=last.code, tones=last.tones, allowed=last.allowed
            )
        out.append(tuple(bar[start] for start in sorted(bar)))
    return out


def _scales(plan: MusicalPlan, shift: int) -> list[frozenset[int]]:
    """The canonical scale of every bar, as the chords of its section near it have it."""
    home, tonic = plan.key.canonical_scale, (plan.key.tonic_pc + shift) % 12
    found: list[list[frozenset[int]]] = [[] for _ in range(plan.bars)]
    for chord in plan.chords:
        tones = parse_chord(chord.symbol).pitch_classes
        found[chord.bar - 1].append(frozenset((pc + shift) % 12 for pc in tones))
    out: list[frozenset[int]] = []
    for section in plan.sections:
        first, end = section.start_bar - 1, section.end_bar
        for bar in range(first, end):
            near = found[max(first, bar - _AROUND) : min(end, bar + _AROUND + 1)]
            out.append(local_scale([chord for chords in near for chord in chords], home, tonic))
    return out


def harmony_over(chord: ChordSymbol, start: int, scale: frozenset[int], shift: int) -> Harmony:
    """A sounding chord from a grid step on, over a canonical scale; ``shift`` semitones lead to the canonical key."""
    root = (chord.root + shift) % 12
    tones = frozenset((pc + shift) % 12 for pc in chord.pitch_classes)
    clashing = set()
    for tone in tones - scale:
        raised = chord.quality in ("", "7", "dim", "dim7", "m7b5", "aug") and (tone - root) % 12 in (0, 4)
        clashing.add((tone - 1) % 12 if raised else (tone + 1) % 12)
    return Harmony(
        start=start,
        root=root,
        bass=(chord.bass + shift) % 12,
        code=chord_code(chord.root, chord.quality, chord.bass, shift),
        tones=tones,
        allowed=frozenset((scale - clashing) | tones),
    )


def harmony_conditions(bar: tuple[Harmony, ...], following: Harmony | None, meter: Meter) -> dict[str, int]:
    """The conditions that say a bar's chords: at the bar line, from the middle on, and the next bar's first."""
    middle = meter.middle_step
    early, late = bar[0].code, next(h for h in reversed(bar) if h.start <= middle).code
    after = following.code if following is not None else ChordCode()
    return {
        "root": early.root,
        "quality": early.quality,
        "bass": early.bass,
        "root_late": late.root,
        "quality_late": late.quality,
        "bass_late": late.bass,
        "root_next": after.root,
        "quality_next": after.quality,
    }


# ------------------------------------------------------------------------------------------- blocks


def _block(course: _Course, layer: Layer, bar: int) -> Block:
    plan, taken_up, harmonies = course.plan, course.echoes[layer.number], course.harmonies
    section, role, echo = plan.section_at(bar), layer.role, course.echoes[layer.number][bar]
    after = taken_up[bar + 1] if bar + 1 < plan.bars else None
    tied = after is not None and after.kind < 2 and not after.motif  # nothing is tied into a bar that repeats another
    tied = tied and not course.is_silent(layer, bar + 1)
    low, high, centre = _range(layer, section, course.shift)
    steps = plan.time.bar_steps
    figure = course.figure(layer, bar)
    closing = course.phrase_left[bar] == 1
    rests = closing and role in RESTING
    onsets = float(figure.onsets) if figure is not None else _onsets(course, layer, bar)
    at_once = figure.at_once if figure is not None else layer.at_once
    is_last = bar == plan.bars - 1
    strings = tuple(pitch + course.shift for pitch in GUITAR_STRINGS if layer.instrument.program in GUITARS)
    closes_on_chord = is_last and layer.polyphonic and role == "harmony" and not (strings and layer.carries)
    fading = closes_on_chord and not layer.carries and _fades(course)
    waits = section.opening and role in RESTING and not is_last and _is_accompanied(course.layers)
    silent = waits or course.is_silent(layer, bar)
    strokes = figure.strokes if figure is not None else ()
    if fading:
        strokes = coming_to_rest(strokes, plan.time)
    return Block(
        bar=bar,
        part=layer.number,
        role=role,
        length=steps,
        harmonies=harmonies[bar],
        following=harmonies[bar + 1][0] if tied else None,
        low=low,
        high=high,
        monophonic=at_once == 1 and not (layer.polyphonic and role == "harmony"),
        most_at_once=max(at_once, 3) if closes_on_chord else at_once + (at_once > 1 and figure is None),
        fewest_onsets=1 if rests else int(onsets * (0.7 if role in RESTING else 0.85)),
        most_onsets=_most_onsets(onsets, strokes, changes=len(harmonies[bar]) - 1, fading=fading),
        calm=figure is None and onsets * GRID < 1.5 * steps,
        closing=closing,
        cadence=section.cadence if closing and bar + 1 == section.end_bar else None,
        final=is_last,
        penultimate=bar == plan.bars - 2,
        echo_bar=echo.bar,
        echo_kind=echo.kind,
        motif="" if closing or is_last or plan.level else echo.motif,
        tonic=harmonies[-1][-1].root,
        minor=plan.key.minor,
        valence=section.valence,
        triplets=plan.subdivision == "triple",
        in_threes=_IN_THREES if plan.subdivision == "triple" and figure is None and plan.level is None else 0.0,
        chromatic=plan.mode in MODE_CODES,
        chromaticism=course.chromaticism,
        one_hand=layer.one_hand,
        strings=strings,
        hold=layer.hold if figure is None else 0.0,
        dotted=layer.dotted,
        figure=strokes,
        octaves=section.name in course.octaves[layer.number],
        doubles=bar in course.doubled.get(layer.number, ()),
        fading=fading,
        silent=silent,
        conditions=_conditions(course, layer, bar, centre, 0.0 if silent else None if rests else onsets),
    )


def _most_onsets(onsets: float, strokes: tuple[Stroke, ...], *, changes: int, fading: bool) -> int:
    """Onsets that a block may have; a figure may be struck again with every ``changes`` of the chord."""
    if fading:
        return max(len(strokes), round(1.2 * onsets))
    return max(2, round(1.2 * onsets), len(strokes) + changes) if strokes else max(2, round(1.6 * onsets))


def _is_accompanied(layers: list[Layer]) -> bool:
    return any(layer.role in FIGURED for layer in layers)


def _fades(course: _Course) -> bool:
    """Whether an accompaniment's figure comes to rest in the last bar, over a bass that is held."""
    bass = any(other.role == "bass" for other in course.layers)
    return course.plan.ending == "figure" and course.plan.level is None and bass


def _onsets(course: _Course, layer: Layer, bar: int) -> float:
    """Onsets that a part without a figure is to have in a bar."""
    section = course.plan.section_at(bar)
    onsets = section.density * layer.busy * course.plan.time.bar_steps / GRID
    if layer.role in RESTING:  # what the phrase ends leave out, the other bars make good
        closes = course.phrase_left.count(1) / len(course.phrase_left)
        onsets *= course.pulses[layer.number][bar] / (1 - _REST * closes)
    if layer.instrument.activity is not None:  # it is counted over all bars
        onsets /= 1 - len(course.silent.get(layer.number, ())) / course.plan.bars
    return max(onsets, least_onsets(course.plan, layer))


def _range(layer: Layer, section: Section, shift: int) -> tuple[int, int, float]:
    """Lowest and highest canonical pitch and the centre, as the section's register moves the layer's middle."""
    middle = (layer.low + layer.high) / 2
    moved = middle + section.register * (1.0 if layer.role == "melody" else 0.7)
    reach = _REACH[layer.role]
    centre = min(max(moved, layer.low + min(reach, 6)), layer.high - min(reach, 6))
    low = max(layer.low, round(centre - reach))
    high = min(layer.high, round(centre + reach))
    if high - low < 12:  # every pitch class must be playable
        low, high = max(layer.instrument.low, low - 6), min(layer.instrument.high, high + 6)
    return low + shift, high + shift, centre + shift


def _conditions(course: _Course, layer: Layer, bar: int, centre: float, onsets: float | None) -> NDArray[np.int64]:
    plan, harmonies, echo = course.plan, course.harmonies, course.echoes[layer.number][bar]
    role, figure = layer.role, course.figure(layer, bar)
    following = harmonies[bar + 1][0] if bar + 1 < plan.bars else None
    family = layer.instrument.program // 8
    present = {other.role for other in course.layers}
    struck = layer.at_once
    if figure is not None:
        struck = min(4, max(1, round(sum(stroke.notes for stroke in figure.strokes) / figure.onsets)))
    values = {
        "meter": meter_code(plan.time),
        "tempo": tempo_code(plan.tempo_bpm),
        "mode": MODE_CODES.get(plan.mode, 0),
        "bars_left": min(plan.bars - bar, 9),
        "phrase_left": min(course.phrase_left[bar], 9),
        "bar": bar % BAR_CYCLE + 1,
        "role": ROLE_CODES[role],
        "slot": min(layer.number, 7) + 1,
        "family": family + 1 if family in KNOWN_FAMILIES else 0,
        "roles_present": 1 + sum(1 << (code - 1) for name, code in ROLE_CODES.items() if name in present),
        "polyphony": struck,
        "density": 0 if onsets is None else density_code(onsets * GRID / plan.time.bar_steps),
        "register": register_code(centre),
        "spread": spread_code(_SPREADS[role]),
        "echo": 0 if echo.bar is None else echo.bar % BAR_CYCLE + 1,
        "echo_kind": echo.kind,
        **harmony_conditions(harmonies[bar], following, plan.time),
    }
    return np.array([values[name] for name in CONDITIONS], dtype=np.int64)
