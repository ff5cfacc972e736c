"""A plan laid out as blocks: for every bar and layer, what the model is told and what the grammar holds it to.

A layer is what one instrument plays in one role. Most instruments are one layer; a keyboard that accompanies without a
bass beside it plays two, a bass and the chords above it, as pianists do.

The plan owns the form, so the layout also decides which earlier bar each block takes up (its *echo*): a restated
section echoes its model, the second phrase echoes the first, an accompaniment keeps its pattern.

All pitches are canonical (see `composer.theory.Key`), all times grid steps within the bar.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from composer.errors import PlanError
from composer.gm import INSTRUMENTS, KEYBOARD_PROGRAMS
from composer.music.blocks import Block, Harmony, Layout
from composer.music.echoes import echoes, pulse
from composer.music.tokens import (
    BAR_CYCLE,
    CONDITIONS,
    GRID,
    MAX_POSITION,
    ROLE_CODES,
    ROLE_ORDER,
    ChordCode,
    chord_code,
    density_code,
    meter_code,
    register_code,
    spread_code,
    tempo_code,
)
from composer.theory import ChordSymbol, Meter, parse_chord
from composer.types import Instrument, MusicalPlan, Section

__all__ = [
    "KNOWN_FAMILIES",
    "MODE_CODES",
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
_RESTING = ("melody", "counter")
"""Roles that come to rest where a phrase ends; the others play on."""
_REST = 0.5
"""Share of a bar's onsets that a phrase end leaves out."""
_HOLDS, _HOLDS_CALM = (1.5, 0.0, -1.0), (1.5, 1.5, 0.5)
_DOTTED, _DOTTED_BELOW = (0.0, 0.0, 1.0, 2.0), (0.0,)
"""What a piece's parts draw from: how long accompaniments hold, how dotted leading and other parts are."""
MODE_CODES = {"major": 1, "minor": 2, "harmonic-minor": 2, "melodic-minor": 2}
"""Modes that the model tells apart; others are left unknown."""

_LEFT_HAND_SPAN, _RIGHT_HAND_SPAN = 19, 24
"""Ranges in semitones of the two layers of an accompaniment, from its lowest note and from its highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """What one instrument plays in one role.

    ``busy`` is its onsets per quarter relative to the lead's, ``at_once`` the notes it usually strikes together;
    ``hold`` and ``dotted`` are as in `Block`.
    """

    number: int
    index: int
    instrument: Instrument
    role: str
    low: int
    high: int
    polyphonic: bool
    one_hand: bool
    busy: float
    at_once: int
    hold: float
    dotted: float


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
    rng = random.Random(seed)
    layers = _layers(plan, rng)
    if not layers:
        raise PlanError("instruments: none of them plays notes; add a melodic instrument")
    shift = plan.key.canonical_shift
    harmonies = _harmonies(plan, shift)
    taken_up = {layer.number: echoes(plan, layer.role, harmonies, rng) for layer in layers}
    pulses = {layer.number: pulse(plan, layer.role, rng) for layer in layers}
    blocks = [
        _block(plan, layer, bar, harmonies, taken_up[layer.number], shift, layers, busier=pulses[layer.number][bar])
        for bar in range(plan.bars)
        for layer in layers
    ]
    players = tuple(layer.index for layer in layers)
    return Layout(blocks=tuple(blocks), shift=shift, bar_length=steps, players=players)


# -------------------------------------------------------------------------------------------- layers


def _layers(plan: MusicalPlan, rng: random.Random) -> list[_Layer]:
    """The pitched layers in decoding order, each with its manner of playing."""
    pitched = [(i, instrument) for i, instrument in enumerate(plan.instruments) if not instrument.is_drums]
    has_bass = any(instrument.role == "bass" for _, instrument in pitched)
    roles: list[tuple[str, int, Instrument]] = []
    for index, instrument in pitched:
        roles.append((instrument.role, index, instrument))
        if _has_two_hands(instrument) and not has_bass:
            roles.append(("bass", index, instrument))
            has_bass = True
    roles.sort(key=lambda item: (ROLE_ORDER.index(item[0]), item[1]))
    players = [index for _, index, _ in roles]
    out = []
    for number, (role, index, instrument) in enumerate(roles):
        shared = players.count(index) > 1
        low, high = instrument.low, instrument.high
        if shared:
            low = max(low, high - _RIGHT_HAND_SPAN) if role == "harmony" else low
            high = min(high, low + _LEFT_HAND_SPAN) if role == "bass" else high
        chords = INSTRUMENTS[instrument.program].polyphonic
        at_once, busy = _manner(plan, instrument, role, rng, chords=chords, shared=shared)
        hold, dotted = _touch(plan, role, rng)
        out.append(
            _Layer(
                number=number,
                index=index,
                instrument=instrument,
                role=role,
                low=low,
                high=high,
                polyphonic=chords,
                one_hand=shared and _is_one_hand(plan, instrument),
                busy=busy,
                at_once=at_once,
                hold=hold,
                dotted=dotted,
            )
        )
    return out


def _has_two_hands(instrument: Instrument) -> bool:
    """A keyboard that accompanies, with room for a bass below its chords."""
    return (
        instrument.role == "harmony"
        and instrument.program in KEYBOARD_PROGRAMS
        and instrument.high - instrument.low >= 28
    )


def _is_one_hand(plan: MusicalPlan, instrument: Instrument) -> bool:
    """The left hand of a solo keyboard, whose right hand has the tune."""
    return any(other.role == "melody" and other.program == instrument.program for other in plan.instruments)


def _manner(
    plan: MusicalPlan, instrument: Instrument, role: str, rng: random.Random, *, chords: bool, shared: bool
) -> tuple[int, float]:
    """Notes at once and onsets relative to the lead's: what the plan says, else drawn."""
    slow = plan.tempo_bpm < 84
    broken = (1, 1.8 if slow else 1.4)
    at_once, busy = 1, 1.0
    if role == "harmony" and chords:
        manners = [(3, 0.7), (3, 1.0), (2, 1.2), broken] if shared else [(4, 0.5), (3, 0.7), (2, 1.1), broken]
        at_once, busy = rng.choice(manners)
    elif role == "harmony":
        busy = rng.choice([0.4, 0.7])
    elif role == "bass":
        busy = rng.choice([0.35, 0.5, 0.8])
    elif role == "counter":
        busy = rng.choice([0.5, 0.7])
    if instrument.activity is not None:
        busy = instrument.activity * (0.7 if shared and role == "bass" else 1.0)
    if instrument.voices is not None and chords:
        above = instrument.voices - (shared and instrument.voices > 2)  # the bass is there on most onsets, not on all
        at_once = 1 if shared and role == "bass" else max(1, min(4, above))
    return at_once, busy


def _touch(plan: MusicalPlan, role: str, rng: random.Random) -> tuple[float, float]:
    """How long an accompaniment holds its notes, and how dotted a part's rhythm is: a trait of the whole piece."""
    hold = rng.choice(_HOLDS_CALM if plan.arousal < -0.3 else _HOLDS)
    dotted = rng.choice(_DOTTED if role in _RESTING else _DOTTED_BELOW)
    compound = plan.time.denominator > 4
    return hold, 0.0 if compound or plan.subdivision == "triple" else dotted


def _section(plan: MusicalPlan, bar: int) -> Section:
    return next(section for section in plan.sections if section.start_bar - 1 <= bar < section.end_bar)


# ------------------------------------------------------------------------------------------ harmony


def _harmonies(plan: MusicalPlan, shift: int) -> list[tuple[Harmony, ...]]:
    """The chords of every bar, the one that holds over from the bar before included at step 0."""
    scale = plan.key.canonical_scale
    beat = plan.time.beat_steps
    spans: list[dict[int, Harmony]] = [{} for _ in range(plan.bars)]
    for chord in plan.chords:
        start = (chord.beat - 1) * beat
        spans[chord.bar - 1][start] = harmony_over(parse_chord(chord.symbol), start, scale, shift)
    out: list[tuple[Harmony, ...]] = []
    for bar in spans:
        if 0 not in bar:
            last = out[-1][-1]
            bar[0] = Harmony(
                start=0, root=last.root, bass=last.bass, code=last.code, tones=last.tones, allowed=last.allowed
            )
        out.append(tuple(bar[start] for start in sorted(bar)))
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


def _block(
    plan: MusicalPlan,
    layer: _Layer,
    bar: int,
    harmonies: list[tuple[Harmony, ...]],
    taken_up: list[tuple[int | None, int]],
    shift: int,
    layers: list[_Layer],
    *,
    busier: float,
) -> Block:
    section = _section(plan, bar)
    role, echo = layer.role, taken_up[bar]
    tied = bar + 1 < plan.bars and taken_up[bar + 1][1] < 2  # nothing is tied into a bar that repeats another
    low, high, centre = _range(layer, section, shift)
    steps = plan.time.bar_steps
    phrase_left = _phrase_left(section, bar)
    closing = phrase_left == 1
    rests = closing and role in _RESTING
    onsets = section.density * layer.busy * steps / GRID
    if role in _RESTING:  # what the phrase ends leave out, the other bars make good
        onsets *= busier / (1 - _REST * len(section.phrases) / section.bars)
    closes_on_chord = bar == plan.bars - 1 and layer.polyphonic and role == "harmony"
    return Block(
        bar=bar,
        part=layer.number,
        role=role,
        length=steps,
        harmonies=harmonies[bar],
        following=harmonies[bar + 1][0] if tied else None,
        low=low,
        high=high,
        monophonic=layer.at_once == 1 and not (layer.polyphonic and role == "harmony"),
        most_at_once=max(layer.at_once, 3) if closes_on_chord else layer.at_once + (layer.at_once > 1),
        fewest_onsets=1 if rests else int(onsets * (0.7 if role in _RESTING else 0.85)),
        most_onsets=max(2, round(onsets * 1.6)),
        calm=onsets * GRID < 1.5 * steps,
        closing=closing,
        cadence=section.cadence if closing and bar + 1 == section.end_bar else None,
        final=bar == plan.bars - 1,
        penultimate=bar == plan.bars - 2,
        echo_bar=echo[0],
        echo_kind=echo[1],
        tonic=harmonies[-1][-1].root,
        minor=plan.key.minor,
        valence=section.valence,
        triplets=plan.subdivision == "triple",
        chromatic=plan.mode in MODE_CODES,
        one_hand=layer.one_hand,
        hold=layer.hold,
        dotted=layer.dotted,
        conditions=_conditions(
            plan, layer, bar, harmonies, echo, centre, None if rests else onsets, phrase_left, layers
        ),
    )


def _phrase_left(section: Section, bar: int) -> int:
    """1 in a phrase's last bar, counting up towards its start."""
    end = section.start_bar - 1
    for length in section.phrases:
        end += length
        if bar < end:
            return end - bar
    return 1


def _range(layer: _Layer, section: Section, shift: int) -> tuple[int, int, float]:
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


def _conditions(
    plan: MusicalPlan,
    layer: _Layer,
    bar: int,
    harmonies: list[tuple[Harmony, ...]],
    echo: tuple[int | None, int],
    centre: float,
    onsets: float | None,
    phrase_left: int,
    layers: list[_Layer],
) -> NDArray[np.int64]:
    role = layer.role
    following = harmonies[bar + 1][0] if bar + 1 < plan.bars else None
    family = layer.instrument.program // 8
    present = {other.role for other in layers}
    values = {
        "meter": meter_code(plan.time),
        "tempo": tempo_code(plan.tempo_bpm),
        "mode": MODE_CODES.get(plan.mode, 0),
        "bars_left": min(plan.bars - bar, 9),
        "phrase_left": min(phrase_left, 9),
        "bar": bar % BAR_CYCLE + 1,
        "role": ROLE_CODES[role],
        "slot": min(layer.number, 7) + 1,
        "family": family + 1 if family in KNOWN_FAMILIES else 0,
        "roles_present": 1 + sum(1 << (code - 1) for name, code in ROLE_CODES.items() if name in present),
        "polyphony": layer.at_once,
        "density": 0 if onsets is None else density_code(onsets * GRID / plan.time.bar_steps),
        "register": register_code(centre),
        "spread": spread_code(_SPREADS[role]),
        "echo": 0 if echo[0] is None else echo[0] % BAR_CYCLE + 1,
        "echo_kind": echo[1],
        **harmony_conditions(harmonies[bar], following, plan.time),
    }
    return np.array([values[name] for name in CONDITIONS], dtype=np.int64)
