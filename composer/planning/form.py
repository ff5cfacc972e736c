"""Form: sections, phrases, cadences, and the curve of dynamics over them.

Phrases are four bars where the length allows; sections group them by the schemes of small forms (period, ternary, song
form, rondo; W. Caplin, *Classical Form*, chapters 4-6 and 17). Now and then one is a bar longer (an extension) and its
neighbour a bar shorter (an elision). Bars left over lengthen the last section, where a composer would write a cadential
extension.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from composer.types import Section

__all__ = [
    "FormTargets",
    "cadence_at",
    "choose_variations",
    "dynamics_curve",
    "layout",
    "make_sections",
    "phrase_ends",
    "phrase_lengths",
    "restated_letter",
]

_SMALL: dict[int, tuple[str, ...]] = {
    2: ("A A",),
    3: ("A B A",),
    4: ("A A B A", "A A B A", "A A B A", "A A B A", "A B A B"),
    5: ("A B A C A", "A A B A Coda", "A A B A Coda"),
    6: ("A A B A C A", "A A B B A A"),
    7: ("A B A C A B A",),
}
"""Sections -> schemes; one that stands twice is likelier. Letters that come back are restated with variation."""

_UNEVEN = 0.4
"""Share of forms of four-bar sections in which a boundary moves by a bar."""
_EPISODES = "BCBDCE"
_SONATA = {
    8: "A B A B C A B Coda",
    9: "A B A B C C A B Coda",
    10: "A B A B C D C A B Coda",
    11: "A B A B C D E C A B Coda",
    12: "A B A B C D E C A B A Coda",
}
"""Sections -> exposition, stated twice, development, recapitulation, coda."""
_MOST_VARIATIONS = 12
_NEAR = ("ornament", "rhythm", "figure", "texture")
_FAR = (*_NEAR, "register")
"""What a return may change right after its model, and later; `composer.planning.handover` may change the player."""
_LIFT = 5
"""Semitones by which the tune of a varied return lies higher, or lower in calm pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTargets:
    """What the sections aim at.

    Attributes
    ----------
    valence, arousal : of the main idea, in [-1, 1].
    other_valence, other_arousal : of the contrasting sections.
    density : onsets per quarter note of the main idea.
    register : shift of the main idea's centre in semitones.
    """

    valence: float
    arousal: float
    other_valence: float
    other_arousal: float
    density: float
    register: float


def phrase_lengths(bars: int) -> tuple[int, ...]:
    """Divide a section into phrases: fours, with a three, five or six where the length is odd."""
    if bars <= 6:
        return (bars,)
    count, rest = divmod(bars, 4)
    if rest == 3:
        return (4,) * count + (3,)
    return (4,) * (count - 1) + (4 + rest,)


def layout(bars: int, rng: random.Random) -> list[tuple[str, int]]:
    """Choose letters and lengths, e.g. ``[("A", 4), ("A", 4), ("B", 4), ("A", 4)]``; they add up to `bars`."""
    if bars < 8:
        return _period(bars)
    unit = 4 if bars < 24 else 8 if bars < 80 else 16
    count, rest = divmod(bars, unit)
    scheme = _scheme(count, rng)
    lengths = [unit] * count
    if rest >= 4 and count > 3 and scheme[-1] != "Coda":
        scheme.append("Coda")
        lengths.append(rest)
    else:
        lengths[-1] += rest
    if unit == 4 and count > 3:
        _move_a_boundary(lengths, count, rng)
    return list(zip(scheme, lengths, strict=True))


def _move_a_boundary(lengths: list[int], count: int, rng: random.Random) -> None:
    """Now and then lengthen an inner section by a bar and shorten its neighbour; first and last keep theirs."""
    draw, left, later = rng.random(), rng.randrange(1, count - 2), rng.random() < 0.5
    if draw < _UNEVEN:
        lengths[left] += 1 if later else -1
        lengths[left + 1] -= 1 if later else -1


def _period(bars: int) -> list[tuple[str, int]]:
    """Antecedent and consequent from six bars on, else a single phrase."""
    if bars < 6:
        return [("A", bars)]
    return [("A", bars // 2), ("A", bars - bars // 2)]


def _scheme(count: int, rng: random.Random) -> list[str]:
    if count in _SMALL:
        return rng.choice(_SMALL[count]).split()
    kinds: list[Callable[[int], list[str]]] = [_rondo, _compound_rondo] if count < 10 else [_compound_rondo]
    if count in _SONATA:
        kinds.append(lambda number: _SONATA[number].split())
    if count <= _MOST_VARIATIONS:
        kinds.append(lambda number: ["A"] * number)
    return rng.choice(kinds)(count)


def _rondo(count: int) -> list[str]:
    """The refrain on every other place; an even count states it twice at the start."""
    letters = ["A"] if count % 2 == 0 else []
    episodes = 0
    while len(letters) < count:
        letters.append("A")
        if len(letters) < count:
            letters.append(_EPISODES[episodes % len(_EPISODES)])
            episodes += 1
    return letters


def _compound_rondo(count: int) -> list[str]:
    """A song form as the refrain, whole at first and shortened later, with small ternary forms between."""
    letters = ["A", "A", "B", "A"]
    fresh = iter("CDEFGHIJKLMNOPQRSTUVWXYZ")
    while len(letters) < count:
        outer, inner = next(fresh), next(fresh)
        letters += [outer, inner, outer, "A", "B", "A"]
    return [*letters[: count - 1], "A"]


def restated_letter(section: Section) -> str:
    """Letter of the idea a section states: ``"A"`` for A, A', A''."""
    return section.name.rstrip("'")


def make_sections(bars: int, targets: FormTargets, rng: random.Random) -> tuple[Section, ...]:
    """Lay out `bars` bars (1..512) as sections with phrases, cadences and targets."""
    plan = layout(bars, rng)
    changes = choose_variations([letter for letter, _ in plan], rng)
    first_of: dict[str, str] = {}
    times: dict[str, int] = {}
    sections: list[Section] = []
    start = 1
    for index, (letter, length) in enumerate(plan):
        times[letter] = times.get(letter, 0) + 1
        name = letter + "'" * (times[letter] - 1)
        sections.append(
            _section(
                name,
                start,
                length,
                varies=first_of.get(letter) or ("A" if letter == "Coda" else None),
                cadence=cadence_at([item for item, _ in plan], index),
                variation=changes[index],
                targets=targets,
                is_last=index == len(plan) - 1,
            )
        )
        first_of.setdefault(letter, name)
        start += length
    return tuple(sections)


def choose_variations(letters: list[str], rng: random.Random) -> list[str | None]:
    """For every section what its return changes, never the same twice running for one letter; None for a first.

    Right after its model a section keeps the tune's place and changes what surrounds it; later it may move.
    """
    out: list[str | None] = []
    last: dict[str, str | None] = {}
    for index, letter in enumerate(letters):
        if letter not in last:
            out.append(None)
        else:
            near = letters[index - 1] == letter
            kinds = [kind for kind in (_NEAR if near else _FAR) if kind != last[letter]]
            out.append(rng.choice(kinds))
        last[letter] = out[-1]
    return out


def cadence_at(letters: list[str], index: int) -> str:
    """Close on the tonic at the end and before new material; open before a return or a restatement."""
    if index == len(letters) - 1:
        return "authentic"
    here, following = letters[index], letters[index + 1]
    if following == "Coda":
        return "authentic"
    if here == following:  # antecedent, then consequent; a second restatement closes
        restated_before = index > 0 and letters[index - 1] == here
        return "authentic" if restated_before else "half"
    return "half" if here != "A" else "authentic"


def _section(
    name: str,
    start: int,
    length: int,
    *,
    varies: str | None,
    variation: str | None,
    cadence: str,
    targets: FormTargets,
    is_last: bool,
) -> Section:
    letter = name.rstrip("'")
    valence, arousal, density, register = targets.valence, targets.arousal, targets.density, targets.register
    if letter == "Coda":
        arousal, density, register = arousal - 0.1, density * 0.75, register - 2
    elif letter != "A":
        valence, arousal = targets.other_valence, targets.other_arousal
        density, register = _contrast(targets, letter)
        if is_last:  # an episode that ends the piece comes home to the first feeling
            valence, arousal = targets.valence, targets.arousal
            density, register = (density + targets.density) / 2, (register + targets.register) / 2
    elif is_last and name != "A":
        register += 1
    if variation == "register":
        register += _LIFT if arousal > -0.3 else -_LIFT
    return Section(
        name=name,
        start_bar=start,
        bars=length,
        phrases=phrase_lengths(length),
        varies=varies,
        variation=variation,
        cadence=cadence,
        valence=round(_clip(valence, -1, 1), 3),
        arousal=round(_clip(arousal, -1, 1), 3),
        density=round(_clip(density, 0.25, 4), 2),
        register=round(_clip(register, -24, 24)),
    )


def _contrast(targets: FormTargets, letter: str) -> tuple[float, float]:
    """Density and register of an episode: it moves with the second feeling, and away from the main idea anyway."""
    rise = targets.other_arousal - targets.arousal
    factor = math.exp2(0.7 * rise)  # as `density` in affect_to_music, less the change of tempo that does not happen
    upward = rise > 0 or (rise == 0 and letter in "BD")
    factor *= 1.2 if upward else 0.8
    shift = 5 * (targets.other_valence - targets.valence) + 3 * rise + (3 if upward else -3)
    return targets.density * factor, targets.register + shift


def _clip(value: float, low: float, high: float) -> float:
    return float(min(max(value, low), high))


def phrase_ends(sections: Sequence[Section]) -> frozenset[int]:
    """Last bars of all phrases."""
    return frozenset(start + length - 1 for section in sections for start, length in _phrases(section))


# ----------------------------------------------------------------------------------------- dynamics


def dynamics_curve(sections: Sequence[Section], level: float, arousal: float) -> tuple[float, ...]:
    """One level per bar: an arch to a climax two thirds to three quarters in, small arches per phrase, a prepared end.

    Parameters
    ----------
    sections : the form; its phrases shape the small arches, its arousal targets lift or lower whole sections.
    level : mean level in [0, 1].
    arousal : in [-1, 1]; calm pieces fade away at the end, excited ones keep their strength.

    Returns
    -------
    tuple of float
        Levels in [0.05, 1], rounded to three places.
    """
    bars = sum(section.bars for section in sections)
    climax = _climax_bar(sections, bars)
    swing = 0.16 + 0.06 * max(0.0, arousal) + 0.2 * max(0.0, -arousal)
    values = []
    for section in sections:
        lift = 0.2 * (section.arousal - arousal)
        for phrase_start, length in _phrases(section):
            for offset in range(length):
                bar = phrase_start + offset
                arch = 0.03 * math.sin(math.pi * (offset + 0.5) / length)
                values.append(level + lift + arch + swing * (_approach(bar, climax, bars) - 0.5))
    for back in range(min(3, bars // 4)):  # the last bars step back, the last one most
        values[bars - 1 - back] -= (0.11 - 0.03 * back) * (0.6 - 0.6 * arousal)
    return tuple(round(_clip(value, 0.05, 1.0), 3) for value in values)


def _phrases(section: Section) -> list[tuple[int, int]]:
    starts, bar = [], section.start_bar
    for length in section.phrases:
        starts.append((bar, length))
        bar += length
    return starts


def _climax_bar(sections: Sequence[Section], bars: int) -> int:
    """The bar nearest to seven tenths of the way that is no phrase end."""
    ends = phrase_ends(sections)
    wanted = max(1, round(0.7 * bars))
    inner = [bar for bar in range(1, bars + 1) if bar not in ends]
    return min(inner, key=lambda bar: (abs(bar - wanted), bar), default=wanted)


def _approach(bar: int, climax: int, bars: int) -> float:
    """0 far from the climax, 1 on it; the way up is longer than the way down."""
    if bar <= climax:
        return math.pow(bar / climax, 1.3)
    return 1.0 - 0.75 * (bar - climax) / max(1, bars - climax)
