"""The reasons that a plan gives for its fields, in words that a person reads."""

from __future__ import annotations

from composer.planning.harmony import HarmonyTask, bar_seconds
from composer.types import VARIATIONS, Mood, Palette, Perception, Section

__all__ = [
    "GIVEN",
    "affect_reason",
    "chord_reason",
    "mood_evidence",
    "perception_evidence",
    "section_reason",
    "stage_reason",
]

GIVEN = "given by an option"
"""The reason of everything that a person has asked for."""


def section_reason(sections: tuple[Section, ...]) -> str:
    """Name the form and what each return changes: ``A A' B A'': phrases of 4 4 4 4 bars; A': the tune decorated``."""
    phrases = " ".join(str(length) for section in sections for length in section.phrases)
    changes = [f"{one.name}: {VARIATIONS[one.variation]}" for one in sections if one.variation and one.varies]
    if sections[0].opening:
        changes.insert(0, f"{sections[0].name}: the accompaniment alone, before the tune")
    changes += [
        f"{one.name}: the accompaniment alone, before the tune comes back" for one in sections[1:] if one.opening
    ]
    if sections[-1].name == "Codetta":
        echo = "a plagal echo" if sections[-1].cadence == "plagal" else "the cadence once more"
        changes.append(f"{sections[-1].name}: {echo}")
    return "; ".join([f"{' '.join(section.name for section in sections)}: phrases of {phrases} bars", *changes])


def chord_reason(task: HarmonyTask) -> str:
    """Say how fast the harmony moves and how colourful it is."""
    seconds = bar_seconds(task.meter, task.tempo_bpm)
    rhythm = f"about a chord a bar ({seconds:.1f} s), two at cadences"
    if task.prolonged:
        rhythm += f", staying over {task.prolonged:.0%} of the bar lines as near this plan in scores by people"
    if task.stillness:
        rhythm += (
            f"; quiet sadness ({task.stillness:.0%}): a bass that falls by step, more chords that stay, more sevenths"
        )
    return f"{task.key.mode} phrases, {rhythm}; chromatic chords in at most {task.colour / 2:.0%} of the bars"


def affect_reason(name: str, value: float, perception: Perception | None, mood: Mood | None) -> str:
    """Say what moved valence or arousal where words did: ``valence -0.41: picture -0.08, title ‹Melancholy› -0.72``.

    Returns
    -------
    str
        Empty where nothing but the pixels was read.
    """
    if mood is not None:
        parts = [
            f"‹{word.text}› {_signed(getattr(word, name))}" for stage in mood.stages for word in stage.words
        ]  # fmt: skip
    elif perception is not None and perception.witnesses:
        parts = [f"{witness.label} {_signed(getattr(witness, name))}" for witness in perception.witnesses]
    else:
        return ""
    return f"{name} {_signed(value)}: {', '.join(parts)}"


def mood_evidence(mood: Mood) -> str:
    """Name the words that a feeling was given in."""
    return f"the mood ‹{mood.text}›"


def stage_reason(mood: Mood) -> str:
    """Say which words the sections follow, in their order."""
    stages = [f"‹{stage.text}› {_signed(stage.valence)} {_signed(stage.arousal)}" for stage in mood.stages]
    return f"in the order of the words, valence and arousal: {', then '.join(stages)}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


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
