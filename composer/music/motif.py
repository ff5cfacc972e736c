"""The development of a motif: sequence, inversion and fragmentation (A. Schoenberg, *Musical Composition*, chapter 3).

A bar that develops an earlier one of its part aims at these notes; the degree on which they begin is the one that fits
the bar's chords best. Steps are steps of the scale.

Conventions
-----------
* Notes are those of one bar, pitches canonical, times grid steps within the bar.
"""

from __future__ import annotations

from composer.music.blocks import Block, GridNote

__all__ = ["FRAGMENTATION", "INVERSION", "SEQUENCE", "developed"]

SEQUENCE, INVERSION, FRAGMENTATION = "sequence", "inversion", "fragmentation"
_FARTHEST = 4
"""Steps by which a motif moves at most."""
_FOREIGN, _OUTSIDE, _AWAY, _LEAP = 1.5, 4.0, 0.25, 0.6
"""Cost of a strong note outside its chord, of a note out of range, of a step of the motif, of a wide way to it."""


def developed(kind: str, source: list[GridNote], block: Block, before: int | None) -> list[GridNote]:
    """The notes that a bar aims at.

    Parameters
    ----------
    kind : `SEQUENCE`, `INVERSION` or `FRAGMENTATION`.
    source : notes of the bar that is developed; a motif of fewer than two notes gives them back.
    block : the bar that is written.
    before : the part's last pitch, or None.
    """
    scale = sorted(block.harmonies[0].allowed)
    if len(source) < 2 or len(scale) < 3:
        return source
    if kind == FRAGMENTATION:
        half = block.length // 2
        head = [note for note in source if note.position < half]
        if len(head) < 2 or block.length % 4:
            kind = SEQUENCE
        else:
            first = [note._replace(length=min(note.length, half - note.position)) for note in head]
            one = _best(first, scale, block, before, still=True)
            second = [note._replace(position=note.position + half) for note in one]
            return [*one, *_best(second, scale, block, one[-1].pitch, still=False)]
    if kind == INVERSION:
        return _best(_mirrored(source, scale), scale, block, before, still=True)
    return _best(source, scale, block, before, still=False)


def _best(notes: list[GridNote], scale: list[int], block: Block, before: int | None, *, still: bool) -> list[GridNote]:
    """The notes moved by as many steps as fit best; by none only where they may stand ``still``."""
    ways = [steps for steps in range(-_FARTHEST, _FARTHEST + 1) if steps or still]

    def cost(steps: int) -> float:
        moved = _moved(notes, steps, scale)
        strong = [note for note in moved if _is_strong(note, block)]
        foreign = sum(note.pitch % 12 not in block.harmony_at(note.position).tones for note in strong)
        outside = sum(not block.low <= note.pitch <= block.high for note in moved)
        far = 0 if before is None else max(0, abs(moved[0].pitch - before) - 5)
        return _FOREIGN * foreign + _OUTSIDE * outside + _AWAY * abs(steps) + _LEAP * far

    return _moved(notes, min(ways, key=lambda steps: (cost(steps), abs(steps), steps)), scale)


def _is_strong(note: GridNote, block: Block) -> bool:
    return note.position == 0 or note.position * 2 == block.length


def _degree(pitch: int, scale: list[int]) -> int:
    """Number of the scale's tones from pitch 0 to the one at or below a pitch."""
    octave, within = divmod(pitch, 12)
    below = sum(tone <= within for tone in scale) - 1
    return octave * len(scale) + below


def _pitch(degree: int, scale: list[int]) -> int:
    octave, place = divmod(degree, len(scale))
    return 12 * octave + scale[place]


def _moved(notes: list[GridNote], steps: int, scale: list[int]) -> list[GridNote]:
    return [note._replace(pitch=_pitch(_degree(note.pitch, scale) + steps, scale)) for note in notes]


def _mirrored(notes: list[GridNote], scale: list[int]) -> list[GridNote]:
    axis = _degree(notes[0].pitch, scale)
    return [note._replace(pitch=_pitch(2 * axis - _degree(note.pitch, scale), scale)) for note in notes]
