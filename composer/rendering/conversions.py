"""The conversions of a score into the objects of other libraries, in memory; no file is written.

Conventions
-----------
* ``pretty_midi`` and ``symusic`` get the notes as they sound (the plan's articulation shortens them), as in our MIDI
  files; ``music21`` and the piano roll get them as they are written.
* Tempo, meter and key are carried wherever the library has a place for them.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from composer.errors import ExternalToolError, UsageError
from composer.extras import install_hint
from composer.types import TICKS_PER_QUARTER, Composition, Score, Track

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["to_music21", "to_pianoroll", "to_pretty_midi", "to_symusic"]


def to_pretty_midi(score: Score) -> Any:
    """Convert to a ``pretty_midi.PrettyMIDI``.

    Parameters
    ----------
    score : Score

    Returns
    -------
    pretty_midi.PrettyMIDI
        An instrument for each track, with program, name and drums; notes in seconds; the tempo, a time signature and a
        key signature (the parallel of a mode that has none: D dorian has the signature of C major). No chord symbols.

    Raises
    ------
    ExternalToolError
        pretty_midi is not installed.
    ComposerError
        The score breaks its own rules; see `composer.rendering.midi.score_to_midi`.
    """
    library = _library("pretty_midi")
    return library.PrettyMIDI(io.BytesIO(_midi(score)))


def to_symusic(score: Score) -> Any:
    """Convert to a ``symusic.Score`` in ticks, 480 to the quarter note.

    Parameters
    ----------
    score : Score

    Returns
    -------
    symusic.Score
        Tracks with program, name and drums; the tempo, time and key signature; section marks. No chord symbols.

    Raises
    ------
    ExternalToolError
        symusic is not installed.
    ComposerError
        The score breaks its own rules; see `composer.rendering.midi.score_to_midi`.
    """
    library = _library("symusic")
    return library.Score.from_midi(_midi(score))


def to_music21(score: Score) -> Any:
    """Convert to a ``music21.stream.Score``: parts, measures, ties, chord symbols, dynamics, key, meter and tempo.

    Parameters
    ----------
    score : Score

    Returns
    -------
    music21.stream.Score
        What our MusicXML says at concert pitch. Drum strokes are unpitched and have no length of their own.

    Raises
    ------
    ExternalToolError
        music21 is not installed.
    """
    from composer.rendering.musicxml.document import score_to_musicxml

    library = _library("music21.converter")
    return library.parseData(score_to_musicxml(_piece(score)).decode(), format="musicxml")


def to_pianoroll(score: Score, track: int | None = None, *, steps_per_quarter: int = 12) -> NDArray[np.uint8]:
    """Convert to an array of velocities by pitch and time.

    Parameters
    ----------
    score : Score
    track : int, optional
        Number of a track, from 0; without it all tracks but drums.
    steps_per_quarter : int
        Columns for each quarter note, 1..480.

    Returns
    -------
    ndarray of uint8, shape=(128, T)
        Velocity 1..127 of the note that sounds, 0 for none; row 60 is middle C. T covers the piece up to the final bar
        line. Where two notes share a place the louder one stands; a note has a column at least. Notes of one pitch
        that follow each other without a gap cannot be told apart.

    Raises
    ------
    UsageError
        No such track, or ``steps_per_quarter`` out of range.
    """
    import numpy as np

    if not 1 <= steps_per_quarter <= TICKS_PER_QUARTER:
        raise UsageError(f"steps_per_quarter: {steps_per_quarter} is outside 1..{TICKS_PER_QUARTER}")
    scale = steps_per_quarter / TICKS_PER_QUARTER
    roll = np.zeros((128, int(np.ceil(score.end_tick * scale))), dtype=np.uint8)
    for part in _tracks(score, track):
        for note in part.notes:
            first = min(round(note.onset * scale), roll.shape[1] - 1)
            cells = roll[note.pitch, first : max(first + 1, round(note.end * scale))]
            np.maximum(cells, note.velocity, out=cells)
    return roll


def _tracks(score: Score, track: int | None) -> Sequence[Track]:
    if track is None:
        return [part for part in score.tracks if not part.instrument.is_drums]
    if not 0 <= track < len(score.tracks):
        raise UsageError(f"track: {track} is outside 0..{len(score.tracks) - 1}")
    return [score.tracks[track]]


def _piece(score: Score) -> Composition:
    return Composition(perception=None, plan=score.plan, score=score, provenance={})


def _midi(score: Score) -> bytes:
    from composer.rendering.midi import score_to_midi

    return score_to_midi(_piece(score))


def _library(name: str) -> Any:
    package = name.partition(".")[0]
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ExternalToolError(
            f"the package {package!r} is not installed; it is needed for this conversion",
            hint=install_hint("conversions") if package == "symusic" else f"pip install {package}",
        ) from error
