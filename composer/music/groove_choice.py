"""The choice of a groove for a piece's sections, by tempo, feeling and bass, among those that drummers play."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from composer.grooves import LAYERS, DrumHit, Groove, Grooves, Pattern
from composer.types import MusicalPlan, Section

__all__ = ["GrooveChooser", "fits_subdivision"]

_METERS = ("4/4", "2/2")
_TEMPO, _ENERGY, _BASS, _COMMON, _CHANCE = 2.0, 4.0, 3.5, 0.35, 0.5
"""Weights of distances in tempo (octaves) and energy (ranks), of the bass, of how common a groove is, of chance."""
_VARIABLE = ("kick", "time", "back")
"""Layers that a bar may vary, the likeliest first."""
_FAMILIES = ("rock", "funk", "latin", "jazz")
_STEADY = 0.5
"""Least share of bars of a variable layer that stay as they are."""


def fits_subdivision(hits: Sequence[DrumHit], subdivision: str) -> bool:
    """Whether strokes lie on the sixteenths of a plan in two, or on the triplets of one in three."""
    step = 3 if subdivision == "duple" else 4
    return all(hit.position % step == 0 for hit in hits)


@dataclass(frozen=True, slots=True)
class GrooveChooser:
    """Grooves for one plan; ``rng`` decides among those that fit about as well."""

    plan: MusicalPlan
    library: Grooves
    rng: random.Random

    @property
    def candidates(self) -> list[Groove]:
        """The grooves that can be played in the plan's meter and subdivision; none in meters that were not measured."""
        if self.plan.meter not in _METERS:
            return []
        return [groove for groove in self.library.grooves if fits_subdivision(self.hits(groove), self.plan.subdivision)]

    def patterns(self, groove: Groove) -> list[Pattern]:
        """The patterns of a groove in the order of `LAYERS`."""
        return [self.library.patterns[layer][number] for layer, number in zip(LAYERS, groove.patterns, strict=True)]

    def hits(self, groove: Groove) -> list[DrumHit]:
        """All strokes of a groove."""
        return [hit for pattern in self.patterns(groove) for hit in pattern.hits]

    def family(self, candidates: Sequence[Groove]) -> str:
        """The style of the whole piece: as feeling leans, among those that have a groove."""
        plan = self.plan
        leaning = {
            "rock": 1.0 + max(0.0, plan.arousal),
            "funk": 0.6 + 0.4 * plan.arousal + 0.4 * plan.valence,
            "latin": 0.5 + 0.5 * plan.valence,
            "jazz": 0.4 + max(0.0, -plan.arousal) + (2.0 if plan.subdivision == "triple" else 0.0),
        }
        weights = [max(0.05, leaning[name]) * any(name in groove.bars for groove in candidates) for name in _FAMILIES]
        return self.rng.choices(_FAMILIES, weights if any(weights) else None)[0]

    def choose(self, candidates: Sequence[Groove], family: str, section: Section, bass: Sequence[int]) -> Groove:
        """The groove of a section; ``bass`` has the grid steps of all its bass onsets, bar by bar put together."""
        own = [groove for groove in candidates if family in groove.bars] or list(candidates)
        order = sorted(own, key=lambda groove: len(self.hits(groove)))
        ranks = {id(groove): place / max(len(order) - 1, 1) for place, groove in enumerate(order)}
        target = (section.arousal + 1) / 2

        def value(groove: Groove) -> float:
            kick = {hit.position for hit in self.patterns(groove)[0].hits}
            return (
                _COMMON * math.log(sum(groove.bars.values()))
                - _TEMPO * abs(math.log2(self.plan.tempo_bpm / groove.tempo))
                - _ENERGY * abs(ranks[id(groove)] - target)
                + _BASS * _agreement(kick, bass)
                - _CHANCE * math.log(-math.log(max(self.rng.random(), 1e-12)))
            )

        return max(own, key=value)

    def varied(self, groove: Groove) -> Groove:
        """The groove with one layer gone on to what people play after it, or as it is, as often as they keep it."""
        for layer in _VARIABLE:
            at = LAYERS.index(layer)
            pattern = self.library.patterns[layer][groove.patterns[at]]
            if self.rng.random() < max(pattern.kept, _STEADY):
                continue
            numbers = list(groove.patterns)
            for follower in pattern.followers:
                other = self.library.patterns[layer][follower]
                if _alike(other, pattern) and fits_subdivision(other.hits, self.plan.subdivision):
                    numbers[at] = follower
                    kick, back, time, pedal = numbers
                    return Groove(patterns=(kick, back, time, pedal), tempo=groove.tempo, bars=groove.bars)
        return groove


def _alike(other: Pattern, pattern: Pattern) -> bool:
    """Whether a pattern differs in no more than three strokes."""
    return len({hit[:2] for hit in other.hits} ^ {hit[:2] for hit in pattern.hits}) <= 3


def _agreement(kick: set[int], bass: Sequence[int]) -> float:
    """Harmonic mean of the share of bass onsets that have a kick and of kicks that have a bass onset, 0..1."""
    if not kick or not bass:
        return 0.0
    met = sum(position in kick for position in bass) / len(bass)
    used = len(kick & set(bass)) / len(kick)
    return 2 * met * used / (met + used) if met + used else 0.0
