"""The material of the affect regressions: standardised blocks, targets, readings by photographs and by words.

Conventions
-----------
* Targets are valence, rated arousal, the five emotions, the fine ones and arousal, in this order. Rated arousal comes
  with the tables; arousal is the mean of the emotions' places on the circumplex (`composer.circumplex`).
* What is *learned* is the mean of people who knew the title and of others who saw the picture alone, where both said
  something: their agreement is what can be seen. What is chosen by and measured is what people who knew the title said.
* Blocks are standardised over all rated pictures, paintings and photographs; no rating enters there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from composer.circumplex import FEELINGS
from composer.perception.affect import EMOTIONS, FINE_EMOTIONS, Wording
from composer.perception.picture_heads import TITLE_FEELINGS
from composer.training.perception.doubt import Kinds
from composer.training.perception.folds import solve
from composer.training.perception.nested import Recipe, choose, gram, likenesses
from composer.training.perception.rated import Array, Ratings

__all__ = [
    "AROUSAL_DEVIATION",
    "CLIP",
    "EMBEDDED",
    "GROUPS",
    "NUMBERS",
    "TITLES",
    "Material",
    "circumplex_arousal",
    "in_units",
    "photograph_recipes",
    "prepare",
]

AROUSAL_DEVIATION = 0.35
_DIVISIONS = 3
FIVE = slice(2, 2 + len(EMOTIONS))
_FINE = slice(FIVE.stop, FIVE.stop + len(FINE_EMOTIONS))
GROUPS = (slice(0, 1), slice(1, 2), FIVE, _FINE, slice(_FINE.stop, _FINE.stop + 1))
"""Outputs that share a ridge."""
NUMBERS = {"valence": 0, "arousal": _FINE.stop, "rated arousal": 1}
"""Outputs that are restored and have an error."""

_WIDE, _NEARLY_LINEAR = 0.5, 0.05
TITLES = Wording(
    block="titles", weights=np.eye(TITLE_FEELINGS, dtype=np.float32), bias=np.zeros(TITLE_FEELINGS, np.float32)
)
"""The embedded encoder's reading of words: the titles' feelings as they are."""
EMBEDDED = ({"middle": 1.0, "late": 1.0, "early": 1.0, "middle_spread": 1.0},)
CLIP = ({"embedding": 1.0},)
"""Blocks to choose among; the first of a set is the one that the prior readings are multiplied with."""
_COLOUR, _PRIOR = 1.0, 4.0


@dataclass(frozen=True, kw_only=True)
class Material:
    """Everything that is fitted on, standardised.

    Attributes
    ----------
    ratings : as read.
    standard : block -> (mean, spread), each (D,).
    blocks : block -> (n, D) standardised; ``prior`` has rows for paintings only.
    targets : (paintings, 27): valence, rated arousal in its unit, five and fine emotions, arousal in its unit.
    learned : (paintings, 27): the same as the regressions learn them.
    photographs : the kernel of the photographs' regression, its duals (m, 2) and bias (2,).
    photographs_held : (divisions m, 2): predictions of photographs by folds of themes that do not hold them.
    wording : the reading of words.
    bases : sets of blocks, without colour, to choose among.
    """

    ratings: Ratings
    standard: Mapping[str, tuple[Array, Array]]
    blocks: Mapping[str, Array]
    targets: Array
    learned: Array
    photographs: tuple[Recipe, Array, Array]
    photographs_held: Array
    wording: Wording
    bases: Sequence[Mapping[str, float]]

    def numbers(self) -> Array:
        """Return the targets of `NUMBERS`, (paintings, 3)."""
        found: Array = self.targets[:, list(NUMBERS.values())]
        return found

    def kinds(self) -> Kinds:
        """Return older and modern works, of which arousal on the circumplex is read differently well."""
        return Kinds(older=self.ratings.classical.astype(float), columns=(list(NUMBERS).index("arousal"),))

    def recipes(self) -> list[Recipe]:
        """Return the kernels to choose among for paintings: without the prior readings, with them, nearly linear."""
        first, *_ = self.bases
        seen = {**first, "colour": _COLOUR}
        return [
            Recipe(weights=seen, narrowness=_WIDE),
            Recipe(weights={**seen, "prior": _PRIOR / 4}, narrowness=_WIDE),
            Recipe(weights={**seen, "prior": _PRIOR}, narrowness=_WIDE),
            Recipe(weights={**seen, "prior": _PRIOR}, narrowness=_NEARLY_LINEAR),
        ]

    def photograph_blocks(self) -> dict[str, Array]:
        """Return the photographs' rows of the blocks."""
        n = self.ratings.paintings
        return {name: block[n:] for name, block in self.blocks.items() if name != "prior"}

    def grams(self) -> list[Array]:
        """Return the likenesses of paintings under every recipe."""
        rows = {name: block[: self.ratings.paintings] for name, block in self.blocks.items()}
        return [gram(rows, recipe) for recipe in self.recipes()]


def photograph_recipes(bases: Sequence[Mapping[str, float]]) -> list[Recipe]:
    """Return the kernels to choose among for photographs: each set of blocks, and the last as good as linear."""
    found = [Recipe(weights={**base, "colour": _COLOUR}) for base in bases]
    return [*found, *(Recipe(weights=one.weights, narrowness=_WIDE) for one in found)]


def in_units(valence: Array, arousal: Array) -> Array:
    """Return both, (n, 2), arousal in the unit in which the median is 0 and the deviation `AROUSAL_DEVIATION`."""
    return np.column_stack([valence, (arousal - np.median(arousal)) * AROUSAL_DEVIATION / arousal.std()])


def circumplex_arousal(fine: Array) -> Array:
    """Return the arousal, (n,), of distributions over `FINE_EMOTIONS`, (n, 19): the mean of their places."""
    found: Array = fine @ np.array([FEELINGS[name][1] for name in FINE_EMOTIONS])
    return found


def _targets(ratings: Ratings) -> Array:
    n = ratings.paintings
    valence, rated = in_units(*ratings.targets[:n].T).T
    arousal = in_units(valence, circumplex_arousal(ratings.fine))[:, 1]
    votes = np.eye(len(EMOTIONS))[ratings.shares.argmax(1)]
    return np.column_stack([valence, rated, (ratings.shares + votes) / 2, ratings.fine, arousal])


def _learned(targets: Array, ratings: Ratings) -> Array:
    """Return the targets, valence and rated arousal halfway to those of people who did not know the title."""
    found = targets.copy()
    found[:, :2] = (targets[:, :2] + in_units(*ratings.picture_only.T)) / 2
    return found


def _standardised(blocks: Mapping[str, Array]) -> tuple[dict[str, tuple[Array, Array]], dict[str, Array]]:
    standard = {name: (block.mean(0), block.std(0) + 1e-3) for name, block in blocks.items()}
    return standard, {name: (block - standard[name][0]) / standard[name][1] for name, block in blocks.items()}


def prepare(ratings: Ratings, texts: Wording, bases: Sequence[Mapping[str, float]]) -> Material:
    """Standardise the blocks, fit the photographs' regression, and read paintings with it and with the wording."""
    n = ratings.paintings
    standard, blocks = _standardised(ratings.blocks)
    recipes = photograph_recipes(bases)
    grams = [gram({name: block[n:] for name, block in blocks.items()}, recipe) for recipe in recipes]
    rows, felt = np.arange(n, len(ratings.targets)), in_units(*ratings.targets[n:].T)
    choice = choose(grams, felt, GROUPS[:2], ratings.groups[n:], np.arange(len(felt)), divisions=_DIVISIONS)
    recipe = recipes[choice.number]
    duals, bias = solve(grams[choice.number], felt, choice.ridges)
    as_photographs = likenesses(blocks, recipe, np.arange(n), rows) @ duals + bias
    words = ratings.blocks[texts.block][:n] @ texts.weights.T.astype(np.float64) + texts.bias
    targets = _targets(ratings)
    prior, rows_of_prior = _standardised({"prior": np.column_stack([as_photographs, words])})
    return Material(
        ratings=ratings,
        standard=standard | prior,
        blocks=blocks | rows_of_prior,
        targets=targets,
        learned=_learned(targets, ratings),
        photographs=(recipe, duals, bias),
        photographs_held=choice.held,
        wording=texts,
        bases=bases,
    )
