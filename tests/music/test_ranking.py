"""Of several candidates the one that is kept is in the key that was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from composer.music.analysis import stronger_key

C, D, E, F, G, A, B = 0, 2, 4, 5, 7, 9, 11


def _profile(**shares: float) -> np.ndarray:
    names = {"c": C, "d": D, "e": E, "f": F, "g": G, "a": A, "b": B}
    profile = np.zeros(12)
    for name, share in shares.items():
        profile[names[name]] = share
    return profile


@pytest.mark.parametrize("shift", range(12))
def test_a_tune_about_its_tonic_has_no_stronger_key(shift: int) -> None:
    home = np.roll(_profile(c=6, d=2, e=4, f=2, g=5, a=2, b=1), shift)
    assert stronger_key(home, (C + shift) % 12, minor=False) == 0.0
    assert stronger_key(home, (A + shift) % 12, minor=True) > 0.1


def test_the_same_scale_about_another_tone_is_heard_in_the_relative_minor() -> None:
    abroad = _profile(c=4, d=2, e=5, f=2, g=1, a=6, b=2)
    assert stronger_key(abroad, C, minor=False) > 0.1
    assert stronger_key(abroad, A, minor=True) == 0.0


def test_silence_and_a_flat_profile_are_in_no_key() -> None:
    assert stronger_key(np.zeros(12), C, minor=False) == 0.0
    assert stronger_key(np.ones(12), C, minor=True) == 0.0
