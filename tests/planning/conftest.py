"""Perceptions made by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from composer.types import Palette, Perception, Swatch

MakePerception = Callable[..., Perception]


@pytest.fixture(scope="session")
def seen() -> MakePerception:
    """Make a perception: ``seen(valence, arousal, caption, emotions, words)``."""

    def make(
        valence: float = 0.0,
        arousal: float = 0.0,
        caption: str = "",
        emotions: dict[str, float] | None = None,
        words: dict[str, tuple[tuple[str, float], ...]] | None = None,
        lightness: float = 0.5,
    ) -> Perception:
        palette = Palette(
            swatches=(Swatch(hex="#102040", name="navy", share=1.0),),
            lightness=lightness,
            contrast=0.4,
            saturation=0.3,
            warmth=-0.5,
            complexity=0.3,
            symmetry=0.5,
            openness=0.5,
        )
        return Perception(
            caption=caption,
            valence=valence,
            arousal=arousal,
            valence_sd=0.2,
            arousal_sd=0.2,
            emotions=emotions or {},
            words=words or {},
            palette=palette,
            sources={},
            embedding=np.zeros(4, dtype=np.float32),
        )

    return make
