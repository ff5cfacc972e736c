"""The blocks that a plan is laid out as, one part in one bar, and the notes that stand in them.

Pitches are canonical (see `composer.theory.Key`), times grid steps within the bar.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from composer.figures import Stroke
from composer.music.tokens import ChordCode

__all__ = ["Block", "GridNote", "Harmony", "LayerNotes", "Layout"]


class GridNote(NamedTuple):
    """A written note: grid step in its bar, canonical pitch, length in grid steps."""

    position: int
    pitch: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmony:
    """A chord from ``start`` (grid step in the bar) on.

    ``tones`` are its pitch classes, ``bass`` the lowest's, ``allowed`` the pitch classes a melody may use over it:
    the scale, with degrees that clash with an altered chord tone taken out.
    """

    start: int
    root: int
    bass: int
    code: ChordCode
    tones: frozenset[int]
    allowed: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One part in one bar.

    Attributes
    ----------
    bar, part : bar from 0; number of the layer, or of the part where every part is one layer.
    role : one of `ROLE_ORDER`.
    length : the bar's grid steps.
    harmonies : chords of the bar, the first at 0; ``following`` the next bar's first, None where no note is to be tied
        into it.
    low, high : canonical pitch range, inclusive.
    monophonic : one note at a time.
    most_at_once : notes that may start together.
    fewest_onsets, most_onsets : onsets the bar should hold at least, and may hold.
    calm : the part has less than an onset and a half per quarter note.
    closing : a phrase ends here. ``cadence`` names the section's cadence in its last bar, else None.
    final, penultimate : the last bar of the piece, the one before it.
    echo_bar, echo_kind : bar of the same part to take up, or None, and how closely (1 rhythm, 2 contour, 3 notes).
    motif : how that bar is developed (`composer.music.motif`), empty where it is taken up as it is.
    tonic : canonical pitch class of the tonic; ``minor`` says whether the mode's third is minor.
    valence : what the section aims at, in [-1, 1].
    triplets : beats may be divided by three.
    in_threes : lean of a free part towards triplets, where they may be.
    chromatic : a melody may pass through tones outside the scale.
    chromaticism : lean towards such passing tones.
    one_hand : what the instrument's layers strike together must fit one hand.
    strings : canonical pitches of the open strings on which a hand must reach what sounds; empty where there are none.
    hold : lean of an accompaniment towards notes that last until the chord changes; negative for short ones.
    dotted : lean towards dotted eighths with their sixteenths.
    figure : what the accompaniment strikes in the bar (`composer.figures`); empty where it is free.
    octaves : a left hand is to be played in octaves (`composer.music.octaves`).
    doubles : a right hand plays along with the tune (`composer.music.doubling`).
    fading : the last bar, in which the figure comes to rest instead of a held chord.
    silent : the part rests throughout: nothing is drawn.
    conditions : the row of `CONDITIONS`.
    """

    bar: int
    part: int
    role: str
    length: int
    harmonies: tuple[Harmony, ...]
    following: Harmony | None
    low: int
    high: int
    monophonic: bool
    most_at_once: int
    fewest_onsets: int
    most_onsets: int
    calm: bool
    closing: bool
    cadence: str | None
    final: bool
    penultimate: bool
    echo_bar: int | None
    echo_kind: int
    tonic: int
    minor: bool = False
    valence: float = 0.0
    triplets: bool = False
    in_threes: float = 0.0
    chromatic: bool = False
    chromaticism: float = 0.0
    one_hand: bool = False
    strings: tuple[int, ...] = ()
    hold: float = 1.5
    dotted: float = 0.0
    figure: tuple[Stroke, ...] = ()
    octaves: bool = False
    doubles: bool = False
    motif: str = ""
    fading: bool = False
    silent: bool = False
    conditions: NDArray[np.int64] = field(compare=False, repr=False)

    def harmony_at(self, position: int) -> Harmony:
        """The chord sounding at a grid step of the bar."""
        return next(h for h in reversed(self.harmonies) if h.start <= position)


LayerNotes = dict[int, list[list[GridNote]]]
"""Notes by layer and bar, pitches canonical, positions within the bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All blocks in decoding order, and how to get back: sounding pitch = canonical pitch - ``shift``.

    ``players`` names the instrument of every layer by its index in the plan: a piano that accompanies alone has a layer
    for each hand. Empty where layers and instruments are the same.
    """

    blocks: tuple[Block, ...]
    shift: int
    bar_length: int
    players: tuple[int, ...] = ()

    @property
    def lead(self) -> int | None:
        """The layer that has the tune; None without one."""
        return next((block.part for block in self.blocks if block.role == "melody"), None)

    def player(self, part: int) -> int:
        """The instrument that plays a layer."""
        return self.players[part] if self.players else part

    def by_player(self, notes: LayerNotes) -> LayerNotes:
        """Notes by layer and bar, put together by instrument and bar."""
        out: LayerNotes = {}
        for part, bars in notes.items():
            mine = out.setdefault(self.player(part), [[] for _ in bars])
            for bar, more in zip(mine, bars, strict=True):
                bar.extend(more)
                bar.sort()
        return out
