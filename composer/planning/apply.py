"""A plan with some fields replaced by what a person asks for; the rest follows only where it must."""

from __future__ import annotations

import math
import random
from dataclasses import replace

from composer.circumplex import stillness
from composer.planning import affect_to_music as affect
from composer.planning.colour import colour_of
from composer.planning.cues import Cues
from composer.planning.feelings import contrast_of
from composer.planning.figure_choice import with_figures, with_given_figures
from composer.planning.form import FormTargets, dynamics_curve, make_sections, phrase_ends, restated_letter
from composer.planning.frame import CODETTA, Frame, can_fade, choose_frame, ending_reason, framed
from composer.planning.handover import can_hand_over, with_accompaniment, without_handovers
from composer.planning.harmonic_rhythm import harmonic_manner
from composer.planning.harmony import HarmonyTask, make_chords, second_chord_beat
from composer.planning.idioms import idiom_of
from composer.planning.length import fit_duration
from composer.planning.orchestration import requested_instruments
from composer.planning.ornament_choice import with_ornaments
from composer.planning.overrides import PlanOverrides
from composer.planning.reasons import GIVEN, chord_reason, section_reason
from composer.planning.roman import chord_of, parse_numeral, roman_of, symbol_of
from composer.planning.streams import stream
from composer.theory import Key, Meter, find_mode, parse_chord
from composer.types import ChordSpan, MusicalPlan, Section

__all__ = ["replace_fields", "replaced_fields"]

_MOVE_FIGURES = ("valence", "arousal", "meter", "bars", "instruments")
"""Fields that accompaniment figures go by: they are chosen anew when one of these changes."""
_MOVE_ORNAMENTS = ("valence", "arousal", "tempo_bpm", "duration_s", "instruments")
"""The same for the ornaments of a plan that has some."""
_STIRRED = 0.4
"""How much a progression that is written anew, because the length changed, asks for chromatic chords."""


def replaced_fields(overrides: PlanOverrides) -> tuple[str, ...]:
    """Names of the fields that a person has set."""
    return tuple(name for name in PlanOverrides.__dataclass_fields__ if getattr(overrides, name) is not None)


def replace_fields(plan: MusicalPlan, overrides: PlanOverrides, *, seed: int = 0) -> MusicalPlan:
    """Replace fields one by one, without regard to a level.

    * ``valence``, ``arousal``: tempo, dynamics, articulation, density and register move with them, the mode where the
      new valence lies on the other side of major and minor.
    * ``mode``: chords keep their functions. ``tonic``: chords are transposed. ``meter``: chords move to the same place
      in the bar.
    * ``bars``: form, chords and dynamics are written anew; feeling, density and register of the sections stay.
    * ``duration_s``: as ``bars``, and the tempo moves by as little as it needs.
    * ``tempo_bpm``, ``instruments``: only these.
    * Accompaniment figures are chosen anew when feeling, meter, length or instruments change; ``figure`` sets them.
    * Ornaments, where there are some, are chosen anew when feeling, tempo or instruments change; ``ornaments`` sets
      them.

    Parameters
    ----------
    plan : MusicalPlan
        Where to start; it is not changed.
    overrides : PlanOverrides
        What to replace.
    seed : int
        For what has to be written anew.

    Raises
    ------
    PlanError
        The result cannot be composed; see `MusicalPlan.check_composable`.
    """
    if overrides.valence is not None or overrides.arousal is not None:
        plan = _with_feeling(plan, overrides, stream(seed, "mode"))
    if overrides.mode is not None or overrides.tonic is not None:
        plan = _with_key(plan, overrides)
    if overrides.meter is not None and overrides.meter != plan.meter:
        plan = _with_meter(plan, Meter.parse(overrides.meter))
    if overrides.tempo_bpm is not None:
        plan = replace(plan, tempo_bpm=float(overrides.tempo_bpm))
    if overrides.duration_s is not None:
        plan = _with_duration(plan, overrides.duration_s, seed, fixed_tempo=overrides.tempo_bpm is not None)
    if overrides.bars is not None and overrides.bars != plan.bars:
        plan = _with_bars(plan, overrides.bars, seed)
    if overrides.instruments is not None:
        plan = replace(plan, instruments=requested_instruments(overrides.instruments))
        plan = _for_players(plan)
    if any(getattr(overrides, name) is not None for name in _MOVE_FIGURES):
        plan = with_figures(plan, seed)
    if overrides.figure is not None:
        plan = with_given_figures(plan, overrides.figure)
    moves = plan.ornaments and any(getattr(overrides, name) is not None for name in _MOVE_ORNAMENTS)
    if moves or overrides.ornaments is not None:
        plan = with_ornaments(plan, stream(seed, "ornaments"), asked=overrides.ornaments)
    given = dict.fromkeys(replaced_fields(overrides), GIVEN)
    given.pop("figure", None)  # stands under ``figures``
    given.pop("ornaments", None)  # says which
    plan = replace(plan, reasons={**plan.reasons, **given})
    plan.check_composable()
    return plan


def _for_players(plan: MusicalPlan) -> MusicalPlan:
    """The plan whose returns change what its players can change."""
    sections = plan.sections if can_hand_over(plan.instruments) else without_handovers(plan.sections)
    sections = with_accompaniment(sections, plan.instruments)
    ending = plan.ending if can_fade(plan.instruments) else "held"
    if (sections, ending) == (plan.sections, plan.ending):
        return plan
    reasons = {**plan.reasons, "sections": section_reason(sections), "ending": ending_reason(ending)}
    return replace(plan, sections=sections, ending=ending, reasons=reasons)


# ------------------------------------------------------------------------------------------ feeling


def _with_feeling(plan: MusicalPlan, overrides: PlanOverrides, rng: random.Random) -> MusicalPlan:
    valence = float(overrides.valence if overrides.valence is not None else plan.valence)
    arousal = float(overrides.arousal if overrides.arousal is not None else plan.arousal)
    tempo = affect.tempo_bpm(valence, arousal)
    density = affect.density(arousal, tempo) / affect.density(
        plan.arousal, affect.tempo_bpm(plan.valence, plan.arousal)
    )
    rise, stir = valence - plan.valence, arousal - plan.arousal
    shift = affect.mean_pitch_shift(valence, arousal) - affect.mean_pitch_shift(plan.valence, plan.arousal)
    sections = tuple(
        replace(
            section,
            valence=_clip(section.valence + rise, -1, 1),
            arousal=_clip(section.arousal + stir, -1, 1),
            density=_clip(section.density * density, 0.25, 4),
            register=round(_clip(section.register + shift, -24, 24)),
        )
        for section in plan.sections
    )
    lift = affect.dynamic_level(valence, arousal) - affect.dynamic_level(plan.valence, plan.arousal)
    moved = replace(
        plan,
        valence=valence,
        arousal=arousal,
        tempo_bpm=tempo,
        sections=sections,
        dynamics=tuple(_clip(level + lift, 0.05, 1) for level in plan.dynamics),
        articulation=affect.articulation(valence, arousal),
    )
    mode = affect.choose_mode(valence, arousal, Cues(), rng).value
    same_side = find_mode(mode).minor == plan.key.minor
    return moved if same_side or overrides.valence is None else _with_key(moved, PlanOverrides(mode=mode))


def _clip(value: float, low: float, high: float) -> float:
    return round(float(min(max(value, low), high)), 3)


# ---------------------------------------------------------------------------------------------- key


def _with_key(plan: MusicalPlan, overrides: PlanOverrides) -> MusicalPlan:
    key = Key.of(overrides.tonic or plan.tonic, overrides.mode or plan.mode)
    if key.mode != plan.mode:
        chords = _in_mode(plan, key)
    else:
        chords = tuple(_transposed(span, plan.key, key) for span in plan.chords)
    return replace(plan, tonic=key.tonic, mode=key.mode, chords=chords)


def _transposed(span: ChordSpan, old: Key, key: Key) -> ChordSpan:
    """The same chord on another tonic, spelled by its function where that says it all."""
    chord = parse_chord(span.symbol)
    roman = roman_of(chord, old)
    if chord_of(roman, old) == chord:
        return replace(span, symbol=symbol_of(roman, key))
    up = key.tonic_pc - old.tonic_pc
    symbol = key.chord_symbol((chord.root + up) % 12, chord.quality, bass=(chord.bass + up) % 12)
    return replace(span, symbol=symbol)


def _in_mode(plan: MusicalPlan, key: Key) -> tuple[ChordSpan, ...]:
    """The same functions in another mode; the last chord is its tonic chord."""
    moved: list[ChordSpan] = []
    for span in plan.chords:
        roman = _moved_numeral(roman_of(parse_chord(span.symbol), plan.key), plan.mode, key.mode)
        if span is plan.chords[-1]:
            roman = idiom_of(key.mode).tonic
        if span.beat == 1 or moved[-1].roman != roman:
            moved.append(replace(span, symbol=symbol_of(roman, key), roman=roman))
    return tuple(moved)


def _moved_numeral(roman: str, old_mode: str, mode: str) -> str:
    """The chord that stands for this function in another mode, with its inversion where that chord has one."""
    idiom = idiom_of(mode)
    numeral = parse_numeral(roman, old_mode)
    if numeral.target is not None:
        target = idiom.house[numeral.target.degree - 1]
        if idiom.functional and parse_numeral(target, mode).quality in ("", "m"):
            return f"V7/{target}"
        return idiom.house[(numeral.target.degree + 3) % 7]
    house = idiom.house[numeral.degree - 1]
    if house == "V" and idiom.functional and numeral.quality == "7":
        return house + ("7", "65", "43", "42")[numeral.inversion]
    plain = parse_numeral(house, mode).quality in ("", "m", "dim") and house[-1] not in "64"
    return house + ("", "6", "64", "")[numeral.inversion] if plain else house


# -------------------------------------------------------------------------------------------- meter


def _with_meter(plan: MusicalPlan, meter: Meter) -> MusicalPlan:
    old_middle, middle = second_chord_beat(plan.time), second_chord_beat(meter)
    old_beats, beats = plan.time.numerator, meter.numerator
    ends = phrase_ends(plan.sections)
    moved: dict[tuple[int, int], ChordSpan] = {}
    for span in plan.chords:
        beat = 1 + (span.beat - 1) * beats // old_beats
        if span.beat == old_middle:
            beat = middle or 1
        if (span.bar, beat) not in moved or span.bar + 1 in ends:  # of two, the one that leads into the cadence
            moved[span.bar, beat] = replace(span, beat=beat)
    return replace(plan, meter=str(meter), chords=tuple(moved[place] for place in sorted(moved)))


# --------------------------------------------------------------------------------------------- bars


def _with_duration(plan: MusicalPlan, seconds: float, seed: int, *, fixed_tempo: bool) -> MusicalPlan:
    length = fit_duration(seconds, plan.time.quarters, plan.tempo_bpm, fixed_tempo=fixed_tempo)
    timed = replace(plan, tempo_bpm=length.tempo_bpm)
    return timed if length.bars == plan.bars else _with_bars(timed, length.bars, seed)


def _with_bars(plan: MusicalPlan, bars: int, seed: int) -> MusicalPlan:
    frame = Frame() if plan.level else choose_frame(bars, plan.instruments, stream(seed, "frame"))
    sections = make_sections(bars - frame.bars, _targets(plan), stream(seed, "form"))
    sections = framed(sections, frame, stream(seed, "codetta"))
    density = math.fsum(section.density * section.bars for section in sections) / bars
    still = stillness(plan.valence, plan.arousal)
    manner = harmonic_manner(
        meter=plan.meter,
        mode=plan.mode,
        tempo_bpm=plan.tempo_bpm,
        density=density,
        stillness=still,
        rng=stream(seed, "harmonic rhythm"),
    )
    task = HarmonyTask(
        key=plan.key,
        meter=plan.time,
        tempo_bpm=plan.tempo_bpm,
        colour=colour_of(manner.chromatic, _STIRRED),
        valence=plan.valence,
        stillness=still,
        prolonged=manner.prolonged,
        sevenths=manner.sevenths,
    )
    level = sum(plan.dynamics) / len(plan.dynamics)
    return replace(
        plan,
        bars=bars,
        sections=sections,
        chords=make_chords(sections, task, stream(seed, "harmony")),
        dynamics=dynamics_curve(sections, level, plan.arousal),
        reasons={**plan.reasons, "sections": section_reason(sections), "chords": chord_reason(task)},
    )


def _targets(plan: MusicalPlan) -> FormTargets:
    """What the old sections aimed at."""
    main = next((section for section in plan.sections if not section.opening), plan.sections[0])
    other = next((section for section in plan.sections if _differs(section, main)), None)
    contrast = contrast_of(main.valence, main.arousal, {})
    return FormTargets(
        valence=main.valence,
        arousal=main.arousal,
        other_valence=other.valence if other is not None else contrast.valence,
        other_arousal=other.arousal if other is not None else contrast.arousal,
        density=main.density,
        register=main.register,
    )


def _differs(section: Section, main: Section) -> bool:
    return restated_letter(section) not in (restated_letter(main), "Coda", CODETTA) and not section.opening
