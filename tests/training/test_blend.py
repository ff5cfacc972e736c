"""The blend of arousals: fear rises, and what people said of the rest is kept."""

from __future__ import annotations

import numpy as np

from composer.training.text_affect.blend import Readings, choose_blend


def readings(*, stir_tells: bool) -> Readings:
    """Works whose ratings call fear calm; `stir_tells` says whether what stirs tells fear or is noise."""
    rng, n = np.random.default_rng(0), 200
    fearful = np.arange(n) % 5 == 0
    rated = rng.normal(0, 0.3, n) - 0.3 * fearful
    placed = rng.normal(0, 0.3, n) + 0.3 * fearful
    stir = 0.3 * fearful + 0.02 * rng.normal(size=n) if stir_tells else rng.uniform(0, 0.6, n)
    parts = np.column_stack([rated, placed, stir, np.zeros(n)])
    return Readings(
        parts={"picture": parts, "picture and title": parts},
        people=np.column_stack([rated + rng.normal(0, 0.1, n), placed]),
        classical=np.arange(n) % 2 == 0,
        fearful=fearful,
        fold=np.arange(n) % 5,
    )


def with_ratings(found: Readings, played: np.ndarray) -> float:
    return float(np.corrcoef(played, found.people[:, 0])[0, 1])


def test_fear_rises_and_the_ratings_are_not_lost() -> None:
    found = readings(stir_tells=True)
    chosen = choose_blend(found, np.arange(200))
    played, rated = found.played(chosen, "picture"), found.parts["picture"][:, 0]
    heights = [(values[found.fearful].mean() - np.median(values)) / values.std() for values in (played, rated)]
    assert heights[0] > heights[1] + 0.2
    assert with_ratings(found, played) >= with_ratings(found, rated) - 0.05


def test_what_tells_nothing_of_fear_is_not_paid_for() -> None:
    found = readings(stir_tells=False)
    chosen = choose_blend(found, np.arange(200))
    assert (
        with_ratings(found, found.played(chosen, "picture")) >= with_ratings(found, found.parts["picture"][:, 0]) - 0.05
    )
    assert chosen.stir <= 0.4
