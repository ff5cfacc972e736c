"""The local scale: the degrees that a section's chords only have altered are altered in its lines too.

An episode in the dominant has the raised fourth of the home key in its chords and never the natural one; a tune over it
that went on in the home scale would set the two against each other. The leading tone of minor is left out: it belongs
to the dominant, not to the section.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["local_scale"]

_LEAST_CHORDS = 2


def local_scale(chords: Sequence[frozenset[int]], scale: frozenset[int], tonic: int) -> frozenset[int]:
    """Return the scale of a section.

    Parameters
    ----------
    chords : the pitch classes of its chords, in order.
    scale, tonic : pitch classes of the home key.

    Returns
    -------
    frozenset of int
        As many pitch classes as the home scale: a degree is moved by a half-step where at least two chords have it so
        and none has it as the key has it.
    """
    sounding = frozenset().union(*chords) if chords else frozenset()
    out = set(scale)
    for altered in sorted(sounding - scale):
        often = sum(altered in chord for chord in chords) >= _LEAST_CHORDS
        missing = [(altered + step) % 12 for step in (-1, 1) if (altered + step) % 12 in scale - sounding]
        if often and len(missing) == 1 and altered != (tonic - 1) % 12:
            out.discard(missing[0])
            out.add(altered)
    return frozenset(out)
