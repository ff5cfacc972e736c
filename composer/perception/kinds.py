"""Rankings of what kind of picture it is, as captions and files have them: medium, genre, style, tradition, objects."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from composer.perception.object_classes import rank_objects
from composer.perception.picture_heads import GENRES, STYLES, PictureKind
from composer.perception.style_witnesses import style_word
from composer.perception.vocabulary import DEFAULT_TRADITION
from composer.perception.words import KEPT, Ranking

__all__ = ["kind_words", "print_share", "with_prints"]

_PRINT = STYLES["ukiyo e"]
_LEADS = 0.6
"""Share against the likeliest other style from which a style leads clearly."""
_DOUBTED = 0.06
"""Share of prints by the classifier of traditions below which none is named; 95 % of those learned from reach it."""


def kind_words(kind: PictureKind, blocks: Mapping[str, NDArray[np.float32]], tradition: Ranking) -> dict[str, Ranking]:
    """Return the rankings ``"medium"``, ``"genre"``, ``"style"``, ``"tradition"`` and ``"object"``.

    Parameters
    ----------
    kind : what the heads read, and what comes with the picture told.
    blocks : the tower's outputs.
    tradition : ranking by `composer.perception.tradition_classifier`.
    """
    styles: dict[str, float] = {}
    for name, share in kind.style.items():
        styles[style_word(name)] = styles.get(style_word(name), 0.0) + share
    prints = print_share(kind.style)
    european = 1.0 - styles.pop(_PRINT)
    return {
        "medium": _ranked(kind.medium),
        "genre": _ranked({GENRES[name]: share for name, share in kind.genre.items()}),
        "style": _ranked({name: share / max(european, 1e-9) for name, share in styles.items()}),
        "tradition": with_prints(tradition, prints),
        "object": rank_objects(blocks["classes"]),
    }


def print_share(styles: Mapping[str, float]) -> float:
    """Return how likely a Japanese print is, in [0, 1]: where it leads clearly, against the likeliest other style."""
    prints = styles["ukiyo e"]
    other = max(share for name, share in styles.items() if name != "ukiyo e")
    against = prints / max(prints + other, 1e-9)
    return against if against >= _LEADS else prints


def with_prints(tradition: Ranking, prints: float) -> Ranking:
    """Return the ranking with the share of Japanese prints as the style head reads it, from 1,150 of them.

    The classifier of traditions has learned from thirty works in all; of prints the other knows more. But it has seen
    no painting older than the Renaissance, so what the classifier takes for anything but a print is not called one.
    """
    if dict(tradition).get(_PRINT, 0.0) < _DOUBTED:
        prints = min(prints, 0.5 - _DOUBTED)
    others = {name: share for name, share in tradition if name != _PRINT} or {DEFAULT_TRADITION: 1.0}
    total = math.fsum(others.values())
    return _ranked({name: (1.0 - prints) * share / total for name, share in others.items()} | {_PRINT: prints})


def _ranked(shares: Mapping[str, float]) -> Ranking:
    return tuple(sorted(((name, min(share, 1.0)) for name, share in shares.items()), key=lambda pair: -pair[1])[:KEPT])
