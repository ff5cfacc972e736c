"""A plan laid out as blocks: for every bar and part, what the model is told and what the grammar holds it to.

The plan owns the form, so the layout also decides which earlier bar each block takes up (its *echo*): a restated
section echoes its model, the second phrase echoes the first, an accompaniment keeps its pattern.

All pitches are canonical (see `composer.theory.canonical_shift`), all times grid steps within the bar.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from composer.errors import PlanError
from composer.gm import INSTRUMENTS
from composer.music.blocks import Block, Harmony, Layout
from composer.music.tokens import (
    BAR_CYCLE,
    CONDITIONS,
    GRID,
    MAX_POSITION,
    ROLE_CODES,
    ROLE_ORDER,
    ChordCode,
    bar_steps,
    chord_code,
    density_code,
    meter_code,
    middle_step,
    register_code,
    spread_code,
    tempo_code,
)
from composer.theory import ChordSymbol, canonical_shift, parse_chord, scale_pitch_classes
from composer.types import Instrument, MusicalPlan, Section, beat_ticks, parse_meter

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
_REACH = {"melody": 10, "bass": 9, "counter": 9, "harmony": 12}
"""Semitones a part may move from its register's centre."""
MODE_CODES = {"major": 1, "minor": 2, "harmonic-minor": 2, "melodic-minor": 2}
"""Modes that the model tells apart; others are left unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    index: int
    instrument: Instrument
    polyphonic: bool
    busy: float
    """Onsets per quarter relative to the lead's."""
    at_once: int


def lay_out(plan: MusicalPlan, *, seed: int) -> Layout:
    """Lay a plan out; ``seed`` decides the accompaniment's manner and the echoes.

    Raises
    ------
    PlanError
        A bar is longer than eight quarter notes or not on the grid, or no pitched instrument is there.
    """
    steps = bar_steps(plan.meter)
    if steps > MAX_POSITION or parse_meter(plan.meter)[1] > 8:
        raise PlanError(f"meter: {plan.meter} cannot be written; allowed: unit 2, 4 or 8, at most eight quarters a bar")
    rng = random.Random(seed)
    parts = _parts(plan, rng)
    if not parts:
        raise PlanError("instruments: none of them plays notes; add a melodic instrument")
    shift = canonical_shift(plan.tonic, plan.mode)
    harmonies = _harmonies(plan, shift)
    echoes = {part.index: _echoes(plan, part, rng) for part in parts}
    blocks = [
        _block(plan, part, slot, bar, harmonies, echoes[part.index][bar], shift, parts)
        for bar in range(plan.bars)
        for slot, part in enumerate(parts)
    ]
    return Layout(blocks=tuple(blocks), shift=shift, bar_length=steps)


# -------------------------------------------------------------------------------------------- parts


def _parts(plan: MusicalPlan, rng: random.Random) -> list[_Part]:
    """The pitched parts in decoding order, each with its manner of playing."""
    pitched = [(i, instrument) for i, instrument in enumerate(plan.instruments) if not instrument.is_drums]
    order = sorted(pitched, key=lambda item: (ROLE_ORDER.index(item[1].role), item[0]))
    slow = plan.tempo_bpm < 84
    out = []
    for index, instrument in order:
        chords = INSTRUMENTS[instrument.program].polyphonic
        at_once, busy = 1, 1.0
        if instrument.role == "harmony" and chords:
            at_once, busy = rng.choice([(3, 0.6), (2, 1.1), (1, 1.8 if slow else 1.4)])
        elif instrument.role == "harmony":
            busy = rng.choice([0.4, 0.7])
        elif instrument.role == "bass":
            busy = rng.choice([0.35, 0.5, 0.8])
        elif instrument.role == "counter":
            busy = rng.choice([0.5, 0.7])
        out.append(_Part(index=index, instrument=instrument, polyphonic=chords, busy=busy, at_once=at_once))
    return out


def _section(plan: MusicalPlan, bar: int) -> Section:
    return next(section for section in plan.sections if section.start_bar - 1 <= bar < section.end_bar)


# ------------------------------------------------------------------------------------------ harmony


def _harmonies(plan: MusicalPlan, shift: int) -> list[tuple[Harmony, ...]]:
    """The chords of every bar, the one that holds over from the bar before included at step 0."""
    scale = frozenset((pc + shift) % 12 for pc in scale_pitch_classes(plan.tonic, plan.mode))
    beat = beat_ticks(plan.meter) * GRID // 480
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


def harmony_conditions(bar: tuple[Harmony, ...], following: Harmony | None, meter: str) -> dict[str, int]:
    """The conditions that say a bar's chords: at the bar line, from the middle on, and the next bar's first."""
    middle = middle_step(meter)
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


# ------------------------------------------------------------------------------------------- echoes


def _echoes(plan: MusicalPlan, part: _Part, rng: random.Random) -> list[tuple[int | None, int]]:
    """For every bar, the bar of the same part that it takes up and how closely."""
    out: list[tuple[int | None, int]] = []
    starts = {section.name: section for section in reversed(plan.sections)}
    leads = part.instrument.role in ("melody", "counter")
    for section in plan.sections:
        model = starts.get(section.varies or "")
        first = section.start_bar - 1
        for offset in range(section.bars):
            if first + offset == plan.bars - 1:
                out.append((None, 0))
            elif model is not None and model.start_bar < section.start_bar:
                out.append(_restated(section, model, offset, leads=leads))
            elif leads:
                out.append(_developed(section, offset, part, rng))
            else:
                out.append((first + offset - 1, 1) if offset and rng.random() < 0.9 else (None, 0))
    return out


def _restated(section: Section, model: Section, offset: int, *, leads: bool) -> tuple[int | None, int]:
    """A' follows A note by note, then by contour, and is free where its cadence differs."""
    source = model.start_bar - 1 + offset % model.bars
    last_phrase = section.bars - section.phrases[-1]
    if offset >= section.bars - 1 and section.cadence != model.cadence:
        return source, 1
    if not leads:
        return source, 2
    return source, 3 if offset < max(last_phrase, 2) else 2


def _developed(section: Section, offset: int, part: _Part, rng: random.Random) -> tuple[int | None, int]:
    """Within a new section: later phrases take up the first, and bars two and three the first bar's motif."""
    first = section.start_bar - 1
    lengths, start = section.phrases, 0
    for number, length in enumerate(lengths):
        if start <= offset < start + length:
            place = offset - start
            if number and place < min(2, length - 1) and place < lengths[0]:
                return first + place, 2 if rng.random() < 0.6 else 1
            motif = {1: 0.35, 2: 0.7}.get(place, 0.0) if place < length - 1 else 0.0
            if rng.random() < motif * (1.0 if part.instrument.role == "melody" else 0.6):
                return first + start, 1 if place == 1 or rng.random() < 0.5 else 2
            return None, 0
        start += length
    return None, 0


# ------------------------------------------------------------------------------------------- blocks


def _block(
    plan: MusicalPlan,
    part: _Part,
    slot: int,
    bar: int,
    harmonies: list[tuple[Harmony, ...]],
    echo: tuple[int | None, int],
    shift: int,
    parts: list[_Part],
) -> Block:
    section = _section(plan, bar)
    role = part.instrument.role
    low, high, centre = _range(part.instrument, section, shift)
    steps = bar_steps(plan.meter)
    onsets = section.density * part.busy * steps / GRID
    phrase_left = _phrase_left(section, bar)
    closing = phrase_left == 1
    closes_on_chord = bar == plan.bars - 1 and part.polyphonic and role == "harmony"
    return Block(
        bar=bar,
        part=part.index,
        role=role,
        length=steps,
        harmonies=harmonies[bar],
        following=harmonies[bar + 1][0] if bar + 1 < plan.bars else None,
        low=low,
        high=high,
        monophonic=part.at_once == 1 and not (part.polyphonic and role == "harmony"),
        most_at_once=max(part.at_once, 3) if closes_on_chord else part.at_once,
        fewest_onsets=1 if closing else int(onsets * 0.55),
        most_onsets=max(2, round(onsets * 1.8)),
        calm=onsets * GRID < 1.5 * steps,
        closing=closing,
        cadence=section.cadence if closing and bar + 1 == section.end_bar else None,
        final=bar == plan.bars - 1,
        penultimate=bar == plan.bars - 2,
        echo_bar=echo[0],
        echo_kind=echo[1],
        tonic=harmonies[-1][-1].root,
        conditions=_conditions(plan, part, slot, bar, harmonies, echo, centre, onsets, phrase_left, parts),
    )


def _phrase_left(section: Section, bar: int) -> int:
    """1 in a phrase's last bar, counting up towards its start."""
    end = section.start_bar - 1
    for length in section.phrases:
        end += length
        if bar < end:
            return end - bar
    return 1


def _range(instrument: Instrument, section: Section, shift: int) -> tuple[int, int, float]:
    """Lowest and highest canonical pitch and the centre, as the section's register moves the part's middle."""
    middle = (instrument.low + instrument.high) / 2
    moved = middle + section.register * (1.0 if instrument.role == "melody" else 0.4)
    reach = _REACH[instrument.role]
    centre = min(max(moved, instrument.low + min(reach, 6)), instrument.high - min(reach, 6))
    low = max(instrument.low, round(centre - reach))
    high = min(instrument.high, round(centre + reach))
    if high - low < 12:  # every pitch class must be playable
        low, high = max(instrument.low, low - 6), min(instrument.high, high + 6)
    return low + shift, high + shift, centre + shift


def _conditions(
    plan: MusicalPlan,
    part: _Part,
    slot: int,
    bar: int,
    harmonies: list[tuple[Harmony, ...]],
    echo: tuple[int | None, int],
    centre: float,
    onsets: float,
    phrase_left: int,
    parts: list[_Part],
) -> NDArray[np.int64]:
    role = part.instrument.role
    following = harmonies[bar + 1][0] if bar + 1 < plan.bars else None
    family = part.instrument.program // 8
    present = {other.instrument.role for other in parts}
    closing = phrase_left == 1
    values = {
        "meter": meter_code(plan.meter),
        "tempo": tempo_code(plan.tempo_bpm),
        "mode": MODE_CODES.get(plan.mode, 0),
        "bars_left": min(plan.bars - bar, 9),
        "phrase_left": min(phrase_left, 9),
        "bar": bar % BAR_CYCLE + 1,
        "role": ROLE_CODES[role],
        "slot": min(slot, 7) + 1,
        "family": family + 1 if family in KNOWN_FAMILIES else 0,
        "roles_present": 1 + sum(1 << (code - 1) for name, code in ROLE_CODES.items() if name in present),
        "polyphony": part.at_once,
        "density": 0 if closing else density_code(onsets * GRID / bar_steps(plan.meter)),
        "register": register_code(centre),
        "spread": spread_code(_SPREADS[role]),
        "echo": 0 if echo[0] is None else echo[0] % BAR_CYCLE + 1,
        "echo_kind": echo[1],
        **harmony_conditions(harmonies[bar], following, plan.meter),
    }
    return np.array([values[name] for name in CONDITIONS], dtype=np.int64)
