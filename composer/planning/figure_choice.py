"""The accompaniment figures of a plan: one for each section and accompanying part, by feeling, meter and instrument.

Named figures (`composer.figure_names`) stand at a place of the circumplex; the nearer to the section's feeling, the
likelier, and the likelier the oftener people use them in the meter and the nearer they come to how busy and how full
that role is in a window of people's music near the plan. About half of what people write has no name: a part may be
left free, and takes any measured figure then.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from composer.errors import UsageError
from composer.figure_names import FIGURE_NAMES
from composer.figures import load_figures
from composer.gm import BRIEF_PROGRAMS, GUITARS, HARP, INSTRUMENTS
from composer.planning.reasons import GIVEN
from composer.planning.streams import stream
from composer.proportions import chords_at_once, near_plan, role_busy
from composer.types import Instrument, MusicalPlan, PartFigure, Section, figures_go_on

__all__ = ["FREE", "choose_figures", "parse_figures", "with_figures", "with_given_figures"]

FREE = "free"
"""Asked for, it leaves a part to all measured figures."""
_FEELINGS: dict[str, tuple[float, float]] = {
    "alberti": (0.5, 0.2), "arpeggio down": (-0.4, -0.5), "arpeggio up": (-0.2, -0.5),
    "arpeggio up and down": (0.2, -0.5), "broken chords": (0.2, 0.0), "broken octaves": (-0.4, 0.7),
    "chorale": (-0.1, -0.4), "drone": (0.0, 0.3), "habanera": (0.0, 0.4), "held": (-0.4, -0.7),
    "off-beat chords": (0.5, 0.6), "oom-pah": (0.7, 0.5), "repeated chords": (-0.2, 0.5), "repeated notes": (0.0, 0.3),
    "rocking": (-0.2, -0.5), "tremolo": (-0.7, 0.8), "walking bass": (0.3, 0.2), "waltz": (0.6, 0.3),
}  # fmt: skip
"""Name -> valence and arousal that it suits: our own placing, after textures of songs and piano pieces."""
_NEARNESS, _COMMONNESS, _FREE_SHARE = 4.5, 0.25, 0.35
_BUSY_LEAN, _FULL_LEAN = 0.6, 1.0
"""How much is lost for a square octave between a figure's onsets and those wanted, and for a note at once."""
_FARTHEST = 0.9
"""A figure that stands farther from the feeling is not chosen: no tremolo in what is quiet."""
_SIDE = 0.5
"""Valence, up or down, at which a whole piece takes its figures."""
_LEAST_BARS = 60
"""A name that people use in fewer bars of the meter is not chosen."""
_CHORDS = frozenset({"chorale", "off-beat chords", "oom-pah", "repeated chords", "waltz"})
_ACCOMPANYING = ("harmony", "bass")
_HARP_LEAN = 12.0
_HARP_FIGURES = frozenset({"arpeggio up", "arpeggio down", "arpeggio up and down", "broken chords", "alberti"})
"""What harps play for choice, as many times as likely as the feeling alone would make it (S. Adler, *The Study of
Orchestration*, chapter on plucked strings)."""
_HARP_CHORDS = frozenset({"chorale", "held", "oom-pah", "waltz"})
"""What they play besides; a string that is struck again is damped, so notes and chords are not repeated."""
_GUITAR_FIGURES = _HARP_FIGURES | {"oom-pah", "waltz"}
"""What guitars play for choice: thumb and fingers in turn."""
_GUITAR_CHORDS = frozenset({"chorale", "habanera", "off-beat chords", "repeated chords", "tremolo"})


def choose_figures(
    sections: Sequence[Section],
    instruments: Sequence[Instrument],
    meter: str,
    rng: random.Random,
    *,
    towards: float = 0.0,
    manner: Mapping[str, tuple[float, float]] | None = None,
) -> tuple[Section, ...]:
    """Give every accompanying part of a section a named figure, or leave it free; what returns may change its own.

    ``towards`` is added to the sections' valence: a whole piece takes the figures of its side, bright or dark, and not
    of the degree, so that a little more valence does not bring other figures. ``manner`` has, for a role, the onsets a
    bar that it wants for each one of a section's density, and its notes at once.
    """
    made: dict[str, Section] = {}
    for number, section in enumerate(sections):
        goes_on = figures_go_on(sections, number)
        model = made.get(section.varies or "", made[goes_on.name] if goes_on is not None else None)
        figures = []
        for part in instruments:
            if part.role not in _ACCOMPANYING:
                continue
            draws = rng.random(), rng.random()
            before = model.figure_of(part.name) if model is not None else None
            alike = model is not None and section.variation != "figure"
            if alike:
                name = before
            else:
                weights = _weights(section, part, meter, towards=towards, manner=(manner or {}).get(part.role))
                name = _choose(part, draws, {other: weight for other, weight in weights.items() if other != before})
            if name is not None:
                figures.append(PartFigure(part=part.name, figure=name))
        made[section.name] = replace(section, figures=tuple(figures))
    return tuple(made.values())


def _choose(part: Instrument, draws: tuple[float, float], weights: Mapping[str, float]) -> str | None:
    """A name by its weight, or none; harps and guitars always have one."""
    if draws[0] < (0.0 if _plucked(part)[0] else _FREE_SHARE):
        return None
    reached, wanted = 0.0, draws[1] * math.fsum(weights.values())
    for name, weight in sorted(weights.items()):
        reached += weight
        if wanted < reached:
            return name
    return None


def _weights(
    section: Section, part: Instrument, meter: str, *, towards: float, manner: tuple[float, float] | None
) -> dict[str, float]:
    """How likely each name is for a part in a section."""
    idiom, besides = _plucked(part)
    fits = _fits(meter, part.role, manner[0] * section.density, manner[1]) if manner else {}
    weights = {}
    for name, bars in _used(part, meter).items():
        valence, arousal = _FEELINGS[name]
        away = math.hypot(section.valence + towards - valence, section.arousal - arousal)
        if idiom and name not in idiom | besides:
            continue
        if away > _FARTHEST and name not in idiom:
            continue
        lean = _HARP_LEAN if name in idiom else 1.0
        weights[name] = math.exp(-_NEARNESS * away) * bars**_COMMONNESS * lean * fits.get(name, 1.0)
    return weights


def _fits(meter: str, role: str, onsets: float, at_once: float) -> dict[str, float]:
    """How near the nearest figure of each name is to the wanted onsets a bar and notes at once; 1 at best."""
    found: dict[str, float] = {}
    for name, struck, notes in _shapes(meter, role):
        octaves = math.log2((struck + 0.5) / (onsets + 0.5))
        fit = math.exp(-_BUSY_LEAN * octaves * octaves - _FULL_LEAN * abs(notes - at_once))
        found[name] = max(fit, found.get(name, 0.0))
    return found


@cache
def _shapes(meter: str, role: str) -> frozenset[tuple[str, int, float]]:
    """Name, onsets and notes at each of them of the named figures."""
    return frozenset(
        (figure.name, figure.onsets, round(sum(stroke.notes for stroke in figure.strokes) / figure.onsets, 1))
        for figure in load_figures().of(meter, role)
        if figure.name
    )


def _plucked(part: Instrument) -> tuple[frozenset[str], frozenset[str]]:
    """The figures that a harp or guitar plays for choice and besides; empty for other players."""
    if part.role != "harmony":
        return frozenset(), frozenset()
    if part.program == HARP:
        return _HARP_FIGURES, _HARP_CHORDS
    return (_GUITAR_FIGURES, _GUITAR_CHORDS) if part.program in GUITARS else (frozenset(), frozenset())


def _used(part: Instrument, meter: str) -> dict[str, int]:
    """Named figures that the part can play -> bars of the meter in which people use them.

    What soon dies away holds no chord for a bar, unless it is a harp; what can strike chords repeats no single note.
    """
    library, role = load_figures(), part.role
    found = library.named_bars(meter, role)
    chords = INSTRUMENTS[part.program].polyphonic
    unfit = _CHORDS if not chords else frozenset({"repeated notes"}) if role == "harmony" else frozenset()
    if part.program in BRIEF_PROGRAMS - {HARP}:
        unfit |= {"held"}
    return {name: bars for name, bars in found.items() if bars >= _LEAST_BARS and name not in unfit}


def with_figures(plan: MusicalPlan, seed: int) -> MusicalPlan:
    """The plan with figures chosen anew, and the reason."""
    side = -_SIDE if plan.key.minor else _SIDE
    near, quarters = near_plan(plan, seed=seed), plan.time.quarters
    manner = {
        "harmony": (role_busy(plan, "harmony", near) * quarters, chords_at_once(plan, near)),
        "bass": (role_busy(plan, "bass", near) * quarters, 1.0),
    }
    sections = choose_figures(
        plan.sections,
        plan.instruments,
        plan.meter,
        stream(seed, "figures"),
        towards=side - plan.valence,
        manner=manner,
    )
    return replace(plan, sections=sections, reasons={**plan.reasons, "figures": _reason(sections)})


def _reason(sections: Sequence[Section]) -> str:
    parts: dict[str, list[str]] = {}
    for section in sections:
        for item in section.figures:
            parts.setdefault(item.part, []).append(f"{item.figure} in {section.name}")
    named = "; ".join(f"{part}: {', '.join(figures)}" for part, figures in parts.items())
    why = "by the sections' feeling, among figures that people use in this meter, as busy and full as theirs"
    return f"{named or 'free'}; {why}"


# -------------------------------------------------------------------------------------------- a request


def parse_figures(text: str) -> dict[str, str]:
    """Read ``"piano=alberti, cello=held"`` as part -> figure.

    Raises
    ------
    UsageError
        An entry is no ``part=figure``, or a figure has a name that is not known.
    """
    found = {}
    for entry in text.split(","):
        part, sign, figure = (item.strip().lower() for item in entry.partition("="))
        if not (part and sign and figure):
            raise UsageError(
                f"--figure: {entry.strip()!r} is no part=figure", hint='give parts and figures, e.g. "piano=alberti"'
            )
        if figure not in FIGURE_NAMES and figure != FREE:
            raise UsageError(
                f"--figure: {figure!r} is unknown; allowed: {', '.join(sorted(FIGURE_NAMES))}, {FREE}",
                hint="give --figure one of those",
            )
        found[part] = figure
    return found


def with_given_figures(plan: MusicalPlan, text: str) -> MusicalPlan:
    """The plan with the figures that a person asks for, in every section.

    Raises
    ------
    UsageError
        No accompanying part has a name that holds what was given.
    """
    given = parse_figures(text)
    names = [part.name for part in plan.instruments if part.role in _ACCOMPANYING]
    chosen: dict[str, str] = {}
    for wanted, figure in given.items():
        parts = [name for name in names if wanted in name.lower()]
        if not parts:
            raise UsageError(
                f"--figure: no accompanying part is called {wanted!r}; there are: {', '.join(names) or 'none'}",
                hint="name one of those, or a word of its name",
            )
        chosen |= dict.fromkeys(parts, figure)
    sections = tuple(
        replace(
            section,
            figures=(
                *(item for item in section.figures if item.part not in chosen),
                *(PartFigure(part=part, figure=figure) for part, figure in chosen.items() if figure != FREE),
            ),
        )
        for section in plan.sections
    )
    return replace(plan, sections=sections, reasons={**plan.reasons, "figures": GIVEN})
