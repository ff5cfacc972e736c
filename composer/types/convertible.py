"""The conversions of a value into other libraries' objects, seen from the value: methods that know no stage.

The values lie below everything, the code that converts lies in `composer.rendering.conversions`; the package's root
hands it in when it is imported (`provide`), and it is loaded by the first call that needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Convertible", "provide"]

_loaders: list[Callable[[], Any]] = []


def provide(load: Callable[[], Any]) -> None:
    """Say where the conversions are: ``load()`` gives an object with a function for each method of `Convertible`."""
    _loaders[:] = [load]


class Convertible:
    """A score that other libraries can take over.

    What each of them keeps, and how, is said by the functions of `composer.rendering.conversions`. A library that is
    not installed is an `ExternalToolError`.
    """

    __slots__ = ()

    def to_pretty_midi(self) -> Any:
        """The piece as it sounds, as a ``pretty_midi.PrettyMIDI``; times in seconds."""
        return _conversions().to_pretty_midi(self)

    def to_symusic(self) -> Any:
        """The piece as it sounds, as a ``symusic.Score``; times in ticks, 480 to the quarter note."""
        return _conversions().to_symusic(self)

    def to_music21(self) -> Any:
        """The piece as it is written, as a ``music21.stream.Score``."""
        return _conversions().to_music21(self)

    def to_pianoroll(self, track: int | None = None, *, steps_per_quarter: int = 12) -> NDArray[np.uint8]:
        """Velocities by pitch and time, uint8, shape=(128, T), 0 where nothing sounds.

        Parameters
        ----------
        track : int, optional
            Number of a track, from 0; without it all but the drums, the louder note where two share a pitch.
        steps_per_quarter : int
            Columns for each quarter note, 1..480; 12 hold sixteenths and triplets exactly.
        """
        roll: NDArray[np.uint8] = _conversions().to_pianoroll(self, track, steps_per_quarter=steps_per_quarter)
        return roll


def _conversions() -> Any:
    return _loaders[0]()
