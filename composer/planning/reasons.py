"""The reasons that a plan gives for its fields, in words that a person reads."""

from __future__ import annotations

from composer.planning.harmony import HarmonyTask, bar_seconds
from composer.types import Palette, Perception, Section

__all__ = ["GIVEN", "chord_reason", "perception_evidence", "section_reason"]

GIVEN = "given by an option"
"""The reason of everything that a person has asked for."""
_CHANGES = {
    "ornament": "the tune decorated",
    "register": "the tune in another register",
    "figure": "a new figure beneath the tune",
    "texture": "an accompaniment of another density",
}


def section_reason(sections: tuple[Section, ...]) -> str:
    """Name the form and what each return changes: ``A A' B A'': phrases of 4 4 4 4 bars; A': the tune decorated``."""
    phrases = " ".join(str(length) for section in sections for length in section.phrases)
    changes = [f"{section.name}: {_CHANGES[section.variation]}" for section in sections if section.variation]
    return "; ".join([f"{' '.join(section.name for section in sections)}: phrases of {phrases} bars", *changes])


def chord_reason(task: HarmonyTask) -> str:
    """Say how fast the harmony moves and how colourful it is."""
    seconds = bar_seconds(task.meter, task.tempo_bpm)
    rhythm = f"about a chord a bar ({seconds:.1f} s), two at cadences"
    return f"{task.key.mode} phrases, {rhythm}; chromatic colour {task.colour:.0%}"


def perception_evidence(perception: Perception | None) -> str:
    """Say what the reading rests on: the likeliest emotion, the palette, the mood word of the caption."""
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
