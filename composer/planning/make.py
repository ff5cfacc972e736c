"""The making of a plan from a perception: the derivation, field by field, with the reasons."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from composer.planning import affect_to_music as affect
from composer.planning.affect_to_music import Choice
from composer.planning.cues import Cues, cues_of
from composer.planning.feelings import Contrast, contrast_of
from composer.planning.form import FormTargets, dynamics_curve, make_sections
from composer.planning.harmony import HarmonyTask, bar_seconds, make_chords
from composer.planning.orchestration import assign_roles, choose_ensemble, make_instruments, parse_instruments
from composer.planning.overrides import PlanOverrides
from composer.planning.tradition_styles import told
from composer.theory import find_mode, respell_tonic
from composer.types import Instrument, MusicalPlan, Palette, Perception, Section

__all__ = ["DEFAULT_BARS", "chord_reason", "make_plan", "requested_instruments", "section_reason", "stream"]

DEFAULT_BARS = 16
_GIVEN = "given by an option"
_NEUTRAL_COMPLEXITY = 0.5


def stream(seed: int, purpose: str) -> random.Random:
    """Random numbers for one purpose, so that fixing one field leaves the draws for the others as they were."""
    return random.Random(f"{seed}/{purpose}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feeling:
    """The target as a whole, with the evidence in words."""

    valence: float
    arousal: float
    cues: Cues
    contrast: Contrast
    evidence: str
    complexity: float


def make_plan(
    perception: Perception | None,
    *,
    overrides: PlanOverrides = PlanOverrides(),  # noqa: B008 - frozen
    seed: int = 0,
    title: str = "Untitled",
) -> MusicalPlan:
    """Decide everything before the first note.

    Parameters
    ----------
    perception : Perception or None
        What was read from the picture; None starts from a neutral feeling, or from that of `overrides`.
    overrides : PlanOverrides
        Fields that a person fixes; the others stay what they would have been.
    seed : int
        Same perception, overrides and seed: same plan.
    title : str
        Title of the piece.
    """
    feeling = _feeling(perception, overrides)
    mode, tonic, meter, tempo = _key_and_time(feeling, overrides, seed)
    tempo_bpm, bars = float(tempo.value), overrides.bars or DEFAULT_BARS
    steady_bpm = tempo_bpm if overrides.tempo_bpm is not None else affect.tempo_bpm(0.0, feeling.arousal)
    density = affect.density(feeling.arousal, steady_bpm)
    sections = _sections(feeling, bars, density, stream(seed, "form"))
    colour = _harmonic_colour(feeling)
    task = HarmonyTask(
        tonic=tonic.value,
        mode=mode.value,
        meter=meter.value,
        tempo_bpm=steady_bpm,
        colour=colour,
        valence=feeling.valence,
    )
    chords = make_chords(sections, task, stream(seed, "harmony"))
    instruments, players = _instruments(feeling, overrides, seed)
    level = affect.dynamic_level(feeling.arousal)
    affect_words = f"valence {feeling.valence:+.2f}, arousal {feeling.arousal:+.2f}"
    source = _GIVEN if overrides.valence is not None and overrides.arousal is not None else feeling.evidence
    reasons = {
        "valence": _GIVEN if overrides.valence is not None else feeling.evidence,
        "arousal": _GIVEN if overrides.arousal is not None else feeling.evidence,
        "mode": mode.reason if mode.reason == _GIVEN else f"{tonic.value} {mode.value}: {mode.reason}; {source}",
        "tonic": tonic.reason,
        "tempo_bpm": tempo.reason,
        "meter": meter.reason,
        "bars": _GIVEN if overrides.bars is not None else "the usual length",
        "sections": f"{section_reason(sections)}; {feeling.contrast.reason}",
        "chords": chord_reason(replace(task, tempo_bpm=tempo_bpm)),
        "instruments": players,
        "dynamics": f"mean velocity {affect.velocity(feeling.arousal):.0f} for {affect_words}; climax past two thirds",
        "subdivision": "sixteenths and eighths, the usual; triplets when asked for",
        "articulation": f"arousal {feeling.arousal:+.2f}: " + ("detached" if feeling.arousal > 0.3 else "connected"),
    }
    plan = MusicalPlan(
        title=title,
        tonic=tonic.value,
        mode=mode.value,
        tempo_bpm=tempo_bpm,
        meter=meter.value,
        bars=bars,
        sections=sections,
        chords=chords,
        instruments=instruments,
        dynamics=dynamics_curve(sections, level, feeling.arousal),
        articulation=affect.articulation(feeling.arousal),
        valence=feeling.valence,
        arousal=feeling.arousal,
        caption=perception.caption if perception is not None else "",
        reasons=reasons,
    )
    if overrides.level is None:
        return plan
    from composer.planning.level_plan import at_level  # imports this module

    return at_level(plan, overrides, seed=seed)


def _feeling(perception: Perception | None, overrides: PlanOverrides) -> _Feeling:
    valence = perception.valence if perception is not None else 0.0
    arousal = perception.arousal if perception is not None else 0.0
    given = overrides.valence is not None or overrides.arousal is not None
    valence = overrides.valence if overrides.valence is not None else valence
    arousal = overrides.arousal if overrides.arousal is not None else arousal
    # Feelings read from the picture say nothing about a target that a person moved.
    untouched = perception if perception is not None and not given else None
    emotions, mixture = (untouched.emotions, untouched.mixture) if untouched is not None else ({}, None)
    return _Feeling(
        valence=round(float(valence), 4),
        arousal=round(float(arousal), 4),
        cues=told(cues_of(perception), overrides.tradition),
        contrast=contrast_of(valence, arousal, emotions, mixture),
        evidence=_evidence(perception),
        complexity=perception.palette.complexity if perception is not None else _NEUTRAL_COMPLEXITY,
    )


def _evidence(perception: Perception | None) -> str:
    """What the reading rests on, in words: the likeliest emotion, the palette, the mood word of the caption."""
    if perception is None:
        return "no picture: neutral"
    parts = []
    if perception.emotions:
        name = max(sorted(perception.emotions), key=lambda item: perception.emotions[item])
        parts.append(f"{name} {perception.emotions[name]:.0%}")
    if perception.palette.swatches:
        parts.append(_palette_words(perception.palette) + " palette")
    moods = perception.words.get("mood", ())
    if moods:
        parts.append(f"mood ‹{moods[0][0]}›")
    return ", ".join(parts) or "given feeling"


def _palette_words(palette: Palette) -> str:
    light = "dark" if palette.lightness < 0.4 else "light" if palette.lightness > 0.65 else "mid-toned"
    warmth = "warm" if palette.warmth > 0.15 else "cool" if palette.warmth < -0.15 else "neutral"
    return f"{light}, {warmth}"


def _key_and_time(feeling: _Feeling, overrides: PlanOverrides, seed: int) -> tuple[Choice, Choice, Choice, Choice]:
    """Mode, tonic, meter, tempo."""
    valence, arousal = feeling.valence, feeling.arousal
    side = affect.leaning(valence, stream(seed, "mode"))
    mode = affect.choose_mode(valence, arousal, feeling.cues, stream(seed, "mode"))
    tonic = affect.choose_tonic(mode.value, side, arousal, stream(seed, "tonic"))
    if overrides.mode is not None:
        mode = Choice(value=find_mode(overrides.mode).name, reason=_GIVEN)
    if overrides.tonic is not None:
        tonic = Choice(value=overrides.tonic, reason=_GIVEN)
    tonic = Choice(value=respell_tonic(tonic.value, mode.value), reason=tonic.reason)
    meter = affect.choose_meter(side, arousal, feeling.cues, stream(seed, "meter"))
    if overrides.meter is not None:
        meter = Choice(value=overrides.meter, reason=_GIVEN)
    bpm = affect.tempo_bpm(valence, arousal)
    tempo = Choice(value=str(bpm), reason=f"69 x 2^(0.5 + 0.5 x {arousal:+.2f} + 0.1 x {valence:+.2f}) = {bpm:g}")
    if overrides.tempo_bpm is not None:
        tempo = Choice(value=str(overrides.tempo_bpm), reason=_GIVEN)
    return mode, tonic, meter, tempo


def _sections(feeling: _Feeling, bars: int, density: float, rng: random.Random) -> tuple[Section, ...]:
    targets = FormTargets(
        valence=feeling.valence,
        arousal=feeling.arousal,
        other_valence=feeling.contrast.valence,
        other_arousal=feeling.contrast.arousal,
        density=density,
        register=affect.mean_pitch_shift(feeling.valence, feeling.arousal),
    )
    return make_sections(bars, targets, rng)


def section_reason(sections: tuple[Section, ...]) -> str:
    """Name the form, e.g. ``A A' B A'': phrases of 4 4 4 4 bars``."""
    phrases = " ".join(str(length) for section in sections for length in section.phrases)
    return f"{' '.join(section.name for section in sections)}: phrases of {phrases} bars"


def _harmonic_colour(feeling: _Feeling) -> float:
    """Appetite for chromatic chords: a busy picture and a stirred feeling ask for more."""
    return min(1.0, 0.3 + 0.3 * feeling.complexity + 0.3 * max(0.0, feeling.arousal))


def chord_reason(task: HarmonyTask) -> str:
    """Say how fast the harmony moves and how colourful it is."""
    seconds = bar_seconds(task.meter, task.tempo_bpm)
    rhythm = f"about a chord a bar ({seconds:.1f} s), two at cadences"
    return f"{task.mode} phrases, {rhythm}; chromatic colour {task.colour:.0%}"


def requested_instruments(text: str) -> tuple[Instrument, ...]:
    """Parts for a list such as ``"violin,cello,piano"``."""
    players = parse_instruments(text)
    return make_instruments(players, assign_roles(players))


def _instruments(feeling: _Feeling, overrides: PlanOverrides, seed: int) -> tuple[tuple[Instrument, ...], str]:
    if overrides.instruments is not None:
        return requested_instruments(overrides.instruments), _GIVEN
    side = affect.leaning(feeling.valence, stream(seed, "mode"))
    return choose_ensemble(feeling.valence, feeling.arousal, feeling.cues, stream(seed, "instruments"), leaning=side)
