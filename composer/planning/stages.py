"""Stages: a form whose sections follow feelings in the order in which they were asked for."""

from __future__ import annotations

import random
from collections.abc import Sequence

from composer.planning.form import FormTargets, cadence_at, choose_variations, phrase_lengths
from composer.types import Section

__all__ = ["staged_sections", "stated_sections"]

_LETTERS = "ABCDEF"
_ALIKE = 0.25
"""Difference of valence and arousal together below which two stages share an idea."""
_LONGEST = 16
"""Bars from which on a stage states its idea four times."""


def staged_sections(bars: int, stages: Sequence[FormTargets], rng: random.Random) -> tuple[Section, ...]:
    """Lay out bars as stages in order, each with its own feeling.

    A stage gets bars in fours and a letter of its own, or that of an earlier one that feels alike, whose idea it takes
    up again; from eight bars on it states its idea twice, from thirty-two on four times.

    Parameters
    ----------
    bars : 1..512; with fewer bars than stages the last ones are left out.
    stages : one or more; their contrasting feelings are not used.
    rng : chooses what a return changes.
    """
    stages = list(stages)[:bars]
    letters: list[str] = []
    for number, stage in enumerate(stages):
        alike = [i for i in range(number) if _apart(stages[i], stage) < _ALIKE]
        letters.append(letters[alike[0]] if alike else _LETTERS[len(set(letters)) % len(_LETTERS)])
    return stated_sections(_shares(bars, len(stages)), stages, letters, rng)


def stated_sections(
    lengths: Sequence[int], stages: Sequence[FormTargets], letters: Sequence[str], rng: random.Random
) -> tuple[Section, ...]:
    """Lay out stages whose lengths in bars and letters are known, one of each for every stage."""
    plan: list[tuple[str, int, FormTargets]] = []
    for letter, length, stage in zip(letters, lengths, stages, strict=True):
        count = 1 if length < 8 else 2 if length < 2 * _LONGEST else 4
        plan += [(letter, part, stage) for part in _shares(length, count)]
    return _stated(plan, rng)


def _apart(one: FormTargets, other: FormTargets) -> float:
    return abs(one.valence - other.valence) + abs(one.arousal - other.arousal)


def _shares(bars: int, count: int) -> list[int]:
    """Divide bars in fours where there are enough; the last share takes what is left."""
    unit = 4 if bars >= 4 * count else 1
    each = bars // count // unit * unit
    extra = (bars - each * count) // unit
    lengths = [each + (unit if number >= count - extra else 0) for number in range(count)]
    lengths[-1] += bars - sum(lengths)
    return lengths


def _stated(plan: Sequence[tuple[str, int, FormTargets]], rng: random.Random) -> tuple[Section, ...]:
    letters = [letter for letter, _, _ in plan]
    changes = choose_variations(letters, rng)
    times: dict[str, int] = {}
    sections: list[Section] = []
    start = 1
    for index, (letter, length, stage) in enumerate(plan):
        times[letter] = times.get(letter, 0) + 1
        sections.append(
            Section(
                name=letter + "'" * (times[letter] - 1),
                start_bar=start,
                bars=length,
                phrases=phrase_lengths(length),
                varies=letter if times[letter] > 1 else None,
                variation=changes[index],
                cadence=cadence_at(letters, index),
                valence=round(_within(stage.valence, -1, 1), 3),
                arousal=round(_within(stage.arousal, -1, 1), 3),
                density=round(_within(stage.density, 0.25, 4), 2),
                register=round(_within(stage.register, -24, 24)),
            )
        )
        start += length
    return tuple(sections)


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
