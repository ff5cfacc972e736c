"""A score from a MIDI file, so that music edited elsewhere can be printed, bundled and heard as ours is.

The notes go to the grid of the score (sixteenths and triplets); the plan is that of `composer.pipeline.midi_plan`.
Audio needs none of this: it is played from the file itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from composer.pipeline.midi_plan import plan_of_piece
from composer.types import TICKS_PER_QUARTER, Composition, Note, Score, Track
from composer.version import __version__

if TYPE_CHECKING:
    from composer.midi.reader import MidiFile

__all__ = ["composition_of_midi"]


def composition_of_midi(
    midi: Path | str | MidiFile, *, bars: tuple[int, int] | None = None, title: str = ""
) -> Composition:
    """Read a MIDI file as a composition without a picture.

    Parameters
    ----------
    midi, bars, title : as in `composer.pipeline.midi_plan.plan_from_midi`.

    Raises
    ------
    MidiError, UsageError
        As `composer.pipeline.midi_plan.plan_from_midi`.
    """
    from composer.midi.piece import read_piece
    from composer.music.infill.quantize import score_notes
    from composer.music.tokens import GRID

    piece = read_piece(midi)
    plan = plan_of_piece(piece, bars=bars, title=title)
    step = TICKS_PER_QUARTER // GRID
    tracks = tuple(
        Track(
            instrument=instrument,
            notes=tuple(
                Note(onset=onset * step, pitch=pitch, duration=(end - onset) * step, velocity=velocity)
                for onset, end, pitch, velocity in notes.tolist()
            ),
        )
        for instrument, notes in zip(plan.instruments, score_notes(piece, bars=bars), strict=True)
    )
    provenance = {
        "composer": __version__,
        "midi": {"name": piece.file.stem, "sha256": piece.file.sha256},
    }
    return Composition(perception=None, plan=plan, score=Score(plan=plan, tracks=tracks), provenance=provenance)
