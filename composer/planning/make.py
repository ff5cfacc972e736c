"""The derivation of a plan from a perception, field by field, with the reasons."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

from composer.circumplex import TEMPO_PER_AROUSAL, TEMPO_PER_VALENCE, in_plane, stillness
from composer.planning import affect_to_music as affect
from composer.planning.affect_to_music import Choice
from composer.planning.colour import colour_of
from composer.planning.cues import Cues, cues_of
from composer.planning.feelings import Contrast, contrast_of
from composer.planning.form import FormTargets, dynamics_curve, make_sections
from composer.planning.frame import Frame, choose_ending, choose_frame, ending_reason, framed
from composer.planning.handover import with_accompaniment, with_handover
from composer.planning.harmonic_rhythm import harmonic_manner
from composer.planning.harmony import HarmonyTask, make_chords
from composer.planning.journey import journey_reason, journey_sections
from composer.planning.journey_harmony import close_sections, journey_chords, key_reason
from composer.planning.journey_players import with_players
from composer.planning.length import LEVEL_BARS, Length, fit_duration, usual_bars
from composer.planning.modulation import choose_keys, modulation_reason
from composer.planning.orchestration import choose_ensemble, requested_instruments
from composer.planning.overrides import PlanOverrides
from composer.planning.reasons import (
    GIVEN,
    affect_reason,
    chord_reason,
    mood_evidence,
    perception_evidence,
    section_reason,
    stage_reason,
)
from composer.planning.stages import staged_sections
from composer.planning.streams import stream
from composer.planning.tradition_styles import told
from composer.theory import Key, Meter, find_mode
from composer.types import Correction, Instrument, Mood, MoodStage, MusicalPlan, Perception, Region, Section

__all__ = ["derive_plan"]

_NEUTRAL_COMPLEXITY = 0.5
_TRIPLETS = 0.15
_PLAIN_LEVELS = ("primer", "1", "2")
"""Levels whose chords are triads and dominant sevenths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feeling:
    """The target as a whole, with the evidence in words."""

    valence: float
    arousal: float
    cues: Cues
    contrast: Contrast
    evidence: str
    valence_reason: str
    arousal_reason: str
    complexity: float
    stages: tuple[MoodStage, ...]
    caption: str
    regions: tuple[Region, ...] = ()
    correction: Correction

    @property
    def words(self) -> str:
        """``"valence +0.30, arousal -0.20"``."""
        return f"valence {self.valence:+.2f}, arousal {self.arousal:+.2f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyAndTime:
    """What all the rest hangs on, as texts with their reasons."""

    mode: Choice
    tonic: Choice
    meter: Choice
    tempo: Choice


def derive_plan(
    perception: Perception | None,
    *,
    overrides: PlanOverrides,
    mood: Mood | None,
    regions: tuple[Region, ...],
    seed: int,
    correction: Correction,
) -> MusicalPlan:
    """Decide every field but the title, without regard to a level; parameters as for `composer.planning.make_plan`."""
    feeling = _feeling(perception, overrides, mood, correction)
    return _decided(replace(feeling, regions=regions), overrides, seed)


def _decided(feeling: _Feeling, overrides: PlanOverrides, seed: int) -> MusicalPlan:
    chosen = _key_and_time(feeling, overrides, seed)
    key, meter = Key.of(chosen.tonic.value, chosen.mode.value), Meter.parse(chosen.meter.value)
    instruments, players = _instruments(feeling, overrides, seed)
    length, frame, why = _length_and_frame(feeling, overrides, meter, chosen.tempo, instruments, seed)
    tempo_bpm, pace = length.tempo_bpm, _pace(feeling, overrides, length.tempo_bpm)
    keyed = bool(feeling.regions) and overrides.level is None  # a level keeps to the key
    sections = _sections(feeling, length.bars - frame.bars, pace, stream(seed, "form"))
    sections = close_sections(sections, key, feeling.valence) if keyed else sections
    sections, sung = _sung(framed(sections, frame, stream(seed, "codetta")), feeling, overrides, instruments, seed)
    task = _harmony_task(feeling, overrides, key, meter, pace, sections, seed=seed)
    chords = (journey_chords if keyed else make_chords)(sections, task, stream(seed, "harmony"))
    way = key_reason(sections, key, feeling.valence) if keyed else modulation_reason(task.away)
    ending = "held" if overrides.level else choose_ending(instruments, feeling.arousal, stream(seed, "ending"))
    subdivision = _subdivision(meter, overrides, stream(seed, "subdivision"))
    reasons = {
        **_choice_reasons(feeling, overrides, chosen, tempo_bpm),
        **_form_reasons(feeling, sections, why, sung),
        "chords": "; ".join(filter(None, (chord_reason(replace(task, tempo_bpm=tempo_bpm)), way))),
        **_sound_reasons(feeling, subdivision, "; ".join(filter(None, (players, sung))), ending),
    }
    return MusicalPlan(
        title="Untitled",
        tonic=key.tonic,
        mode=key.mode,
        tempo_bpm=tempo_bpm,
        meter=str(meter),
        bars=length.bars,
        sections=sections,
        chords=chords,
        instruments=instruments,
        dynamics=dynamics_curve(sections, affect.dynamic_level(feeling.valence, feeling.arousal), feeling.arousal),
        articulation=affect.articulation(feeling.valence, feeling.arousal),
        valence=feeling.valence,
        arousal=feeling.arousal,
        caption=feeling.caption,
        subdivision=subdivision.value,
        ending=ending,
        reasons=reasons,
    )


def _sung(
    sections: tuple[Section, ...],
    feeling: _Feeling,
    overrides: PlanOverrides,
    instruments: tuple[Instrument, ...],
    seed: int,
) -> tuple[tuple[Section, ...], str]:
    """Say who has the tune where; at a level it stays with its player. Returns change what these players can change."""
    sections = with_accompaniment(sections, instruments)
    if overrides.level is not None:
        return sections, ""
    if feeling.regions:
        return with_players(sections, feeling.regions, instruments)
    return with_handover(sections, instruments, stream(seed, "handover")), ""


def _feeling(
    perception: Perception | None, overrides: PlanOverrides, mood: Mood | None, correction: Correction
) -> _Feeling:
    source = mood if mood is not None else perception
    valence, arousal = (source.valence, source.arousal) if source is not None else (0.0, 0.0)
    if mood is None:  # what is asked for in words stands as what is asked for in numbers does
        valence, arousal = in_plane(valence + correction.valence), in_plane(arousal + correction.arousal)
    given = mood is not None or overrides.valence is not None or overrides.arousal is not None
    valence = overrides.valence if overrides.valence is not None else valence
    arousal = overrides.arousal if overrides.arousal is not None else arousal
    # Feelings read from the picture say nothing about a target that a person moved.
    untouched = perception if perception is not None and not given else None
    emotions, mixture = (untouched.emotions, untouched.mixture) if untouched is not None else ({}, None)
    contrast = contrast_of(valence, arousal, emotions, mixture)
    if mood is not None and len(mood.stages) > 1:
        contrast = replace(contrast, reason=stage_reason(mood))
    evidence = mood_evidence(mood) if mood is not None else perception_evidence(perception)

    def shifted(name: str) -> str:
        shift = getattr(correction, name) if mood is None else 0.0
        return f"; {shift:+.2f} for the profile {correction.source}" if shift else ""

    return _Feeling(
        valence=round(float(valence), 4),
        arousal=round(float(arousal), 4),
        cues=told(cues_of(perception), overrides.tradition),
        contrast=contrast,
        evidence=evidence,
        valence_reason=(affect_reason("valence", valence, perception, mood) or evidence) + shifted("valence"),
        arousal_reason=(affect_reason("arousal", arousal, perception, mood) or evidence) + shifted("arousal"),
        complexity=perception.palette.complexity if perception is not None else _NEUTRAL_COMPLEXITY,
        stages=mood.stages if mood is not None else (),
        caption=perception.caption if perception is not None else "",
        correction=correction,
    )


def _pace(feeling: _Feeling, overrides: PlanOverrides, tempo_bpm: float) -> tuple[float, float]:
    """Density of the main idea, and the tempo that densities are for: valence moves neither."""
    steady_bpm = tempo_bpm if overrides.tempo_bpm is not None else affect.tempo_bpm(0.0, feeling.arousal)
    return _denser(affect.density(feeling.arousal, steady_bpm), feeling.correction), steady_bpm


def _denser(density: float, correction: Correction) -> float:
    return density if not correction.density else min(max(density * math.exp2(correction.density), 0.25), 4.0)


def _stage_targets(stage: MoodStage, steady_bpm: float, correction: Correction) -> FormTargets:
    return FormTargets(
        valence=stage.valence,
        arousal=stage.arousal,
        other_valence=stage.valence,
        other_arousal=stage.arousal,
        density=_denser(affect.density(stage.arousal, steady_bpm), correction),
        register=affect.mean_pitch_shift(stage.valence, stage.arousal) + correction.register,
    )


def _key_and_time(feeling: _Feeling, overrides: PlanOverrides, seed: int) -> _KeyAndTime:
    valence, arousal = feeling.valence, feeling.arousal
    staged = feeling.stages and overrides.valence is None
    opening = feeling.stages[0].valence if staged else valence  # the mode is that of what is felt first
    side = affect.leaning(opening, stream(seed, "mode"))
    mode = affect.choose_mode(opening, arousal, feeling.cues, stream(seed, "mode"))
    tonic = affect.choose_tonic(mode.value, side, arousal, stream(seed, "tonic"))
    if overrides.mode is not None:
        mode = Choice(value=find_mode(overrides.mode).name, reason=GIVEN)
    if overrides.tonic is not None:
        tonic = Choice(value=overrides.tonic, reason=GIVEN)
    tonic = Choice(value=Key.of(tonic.value, mode.value).tonic, reason=tonic.reason)
    meter = affect.choose_meter(side, arousal, feeling.cues, stream(seed, "meter"))
    if overrides.meter is not None:
        meter = Choice(value=overrides.meter, reason=GIVEN)
    tempo = _tempo(feeling)
    if overrides.tempo_bpm is not None:
        tempo = Choice(value=str(overrides.tempo_bpm), reason=GIVEN)
    return _KeyAndTime(mode=mode, tonic=tonic, meter=meter, tempo=tempo)


def _tempo(feeling: _Feeling) -> Choice:
    valence, arousal, shift = feeling.valence, feeling.arousal, feeling.correction.tempo
    bpm = affect.tempo_bpm(valence, arousal)
    reason = f"69 x 2^(0.5 + {TEMPO_PER_AROUSAL:g} x {arousal:+.2f} + {TEMPO_PER_VALENCE:g} x {valence:+.2f}) = {bpm:g}"
    if shift:
        bpm = float(round(bpm * math.exp2(shift)))
        reason += f"; {bpm:g} for the profile {feeling.correction.source}"
    return Choice(value=str(bpm), reason=reason)


def _form_reasons(feeling: _Feeling, sections: tuple[Section, ...], length_reason: str, sung: str) -> dict[str, str]:
    way = journey_reason(sections, feeling.regions) if feeling.regions else feeling.contrast.reason
    return {"bars": length_reason, "sections": "; ".join(filter(None, (section_reason(sections), way, sung)))}


def _choice_reasons(
    feeling: _Feeling, overrides: PlanOverrides, chosen: _KeyAndTime, tempo_bpm: float
) -> dict[str, str]:
    """Why the feeling, and key, tempo and meter; the tempo may have moved for the duration."""
    moved = "" if tempo_bpm == float(chosen.tempo.value) else f"; {tempo_bpm:g} for the duration"
    both = overrides.valence is not None and overrides.arousal is not None
    source = GIVEN if both else feeling.evidence
    mode, key = chosen.mode.reason, f"{chosen.tonic.value} {chosen.mode.value}"
    return {
        "valence": GIVEN if overrides.valence is not None else feeling.valence_reason,
        "arousal": GIVEN if overrides.arousal is not None else feeling.arousal_reason,
        "mode": mode if mode == GIVEN else f"{key}: {mode}; {source}",
        "tonic": chosen.tonic.reason,
        "tempo_bpm": chosen.tempo.reason + moved,
        "meter": chosen.meter.reason,
    }


def _length_and_frame(
    feeling: _Feeling,
    overrides: PlanOverrides,
    meter: Meter,
    tempo: Choice,
    instruments: tuple[Instrument, ...],
    seed: int,
) -> tuple[Length, Frame, str]:
    """How long the piece is, how many of its bars open and close it, and why.

    Levels, moods in stages and journeys have no frame.
    """
    tempo_bpm = float(tempo.value)
    framable = overrides.level is None and not feeling.regions and len(feeling.stages) < 2
    if overrides.bars is None and overrides.duration_s is None:
        frame = choose_frame(None, instruments, stream(seed, "frame")) if framable else Frame()
        length, reason = _length(overrides, meter, tempo_bpm, frame.bars)
        return length, frame, reason
    length, reason = _length(overrides, meter, tempo_bpm, 0)
    return length, choose_frame(length.bars, instruments, stream(seed, "frame")) if framable else Frame(), reason


def _length(overrides: PlanOverrides, meter: Meter, tempo_bpm: float, beside: int) -> tuple[Length, str]:
    """Bars, the tempo at which they last as long as asked, and why; ``beside`` are those of an opening and a close."""
    if overrides.bars is not None:
        return Length(bars=overrides.bars, tempo_bpm=tempo_bpm), GIVEN
    bar_quarters = meter.quarters
    if overrides.duration_s is not None:
        fixed = overrides.tempo_bpm is not None
        length = fit_duration(overrides.duration_s, bar_quarters, tempo_bpm, fixed_tempo=fixed)
        lasts = length.bars * bar_quarters * 60 / length.tempo_bpm
        return length, f"{lasts:.1f} of {overrides.duration_s:g} seconds asked"
    if overrides.level is not None:
        return Length(bars=LEVEL_BARS, tempo_bpm=tempo_bpm), "one page for a learner"
    bars = usual_bars(bar_quarters, tempo_bpm, beside)
    more = f", and {beside} to open and close" if beside else ""
    why = f"about a minute at {tempo_bpm:g} bpm, in fours and eights{more}"
    return Length(bars=bars + beside, tempo_bpm=tempo_bpm), why


def _subdivision(meter: Meter, overrides: PlanOverrides, rng: random.Random) -> Choice:
    """Triplets in one piece of some seven where beats are quarters, as often as people write them; none at a level."""
    triplets = rng.random() < _TRIPLETS
    if overrides.level is not None or meter.denominator > 4 or not triplets:
        return Choice(value="duple", reason="sixteenths and eighths, the usual")
    return Choice(value="triple", reason=f"triplets, as in {_TRIPLETS:.0%} of pieces")


def _sound_reasons(feeling: _Feeling, subdivision: Choice, players: str, ending: str) -> dict[str, str]:
    velocity = affect.velocity(feeling.valence, feeling.arousal)
    return {
        "instruments": players,
        "ending": ending_reason(ending),
        "subdivision": subdivision.reason,
        "dynamics": f"mean velocity {velocity:.0f} for {feeling.words}; climax past two thirds",
        "articulation": f"arousal {feeling.arousal:+.2f}: " + ("detached" if feeling.arousal > 0.3 else "connected"),
    }


def _harmony_task(
    feeling: _Feeling,
    overrides: PlanOverrides,
    key: Key,
    meter: Meter,
    pace: tuple[float, float],
    sections: tuple[Section, ...],
    *,
    seed: int,
) -> HarmonyTask:
    """What the progression is for; how it moves and how full it is as in music by people near the plan."""
    density, steady_bpm = pace
    at_home = overrides.level is not None or bool(feeling.regions)
    still = stillness(feeling.valence, feeling.arousal)
    manner = harmonic_manner(
        meter=str(meter),
        mode=key.mode,
        tempo_bpm=steady_bpm,
        density=density,
        stillness=still,
        rng=stream(seed, "harmonic rhythm"),
    )
    return HarmonyTask(
        key=key,
        meter=meter,
        tempo_bpm=steady_bpm,
        colour=_harmonic_colour(feeling, manner.chromatic),
        valence=feeling.valence,
        stillness=still,
        prolonged=manner.prolonged,
        away={} if at_home else choose_keys(sections, key, feeling.valence, stream(seed, "modulation")),
        sevenths=0.0 if overrides.level in _PLAIN_LEVELS else _fuller(manner.sevenths, feeling.correction),
    )


def _sections(feeling: _Feeling, bars: int, pace: tuple[float, float], rng: random.Random) -> tuple[Section, ...]:
    """Lay out the form; `pace` is the density of the main idea and the tempo that densities are for."""
    density, steady_bpm = pace
    if feeling.regions:
        return journey_sections(
            bars, feeling.regions, valence=feeling.valence, arousal=feeling.arousal, steady_bpm=steady_bpm, rng=rng
        )
    if len(feeling.stages) > 1:
        return staged_sections(
            bars, [_stage_targets(stage, steady_bpm, feeling.correction) for stage in feeling.stages], rng
        )
    targets = FormTargets(
        valence=feeling.valence,
        arousal=feeling.arousal,
        other_valence=feeling.contrast.valence,
        other_arousal=feeling.contrast.arousal,
        density=density,
        register=affect.mean_pitch_shift(feeling.valence, feeling.arousal) + feeling.correction.register,
    )
    return make_sections(bars, targets, rng)


def _harmonic_colour(feeling: _Feeling, chromatic: float) -> float:
    """Turn the window's share of chromatic tones into colour: a busy picture and a stirred feeling ask for more."""
    stirred = 0.3 + 0.3 * feeling.complexity + 0.3 * max(0.0, feeling.arousal)
    return colour_of(chromatic, _fuller(stirred, feeling.correction))


def _fuller(share: float, correction: Correction) -> float:
    return share if not correction.consonance else min(max(share - correction.consonance, 0.0), 1.0)


def _instruments(feeling: _Feeling, overrides: PlanOverrides, seed: int) -> tuple[tuple[Instrument, ...], str]:
    if overrides.instruments is not None:
        return requested_instruments(overrides.instruments), GIVEN
    side = affect.leaning(feeling.valence, stream(seed, "mode"))
    return choose_ensemble(feeling.valence, feeling.arousal, feeling.cues, stream(seed, "instruments"), leaning=side)
