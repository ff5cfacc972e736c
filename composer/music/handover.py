"""The handing over of a tune: in a section that asks for it, melody and counter-melody change players.

The tune is heard in another instrument, which is the plainest way to vary a return (A. Reicha, *Traité de mélodie*,
1814). Each line moves by octaves into what its new player can play; rhythm and pitch classes stay.
"""

from __future__ import annotations

from composer.music.blocks import GridNote, LayerNotes, Layout
from composer.types import Instrument, MusicalPlan

__all__ = ["handed_over"]


def handed_over(plan: MusicalPlan, layout: Layout, notes: LayerNotes) -> LayerNotes:
    """Exchange the lines of melody and counter-melody where the plan's sections ask for it.

    Parameters
    ----------
    plan : its sections say where (``variation == "orchestration"``).
    layout : the blocks that the notes were written for.
    notes : grid notes by layer and bar, canonical pitch; they are not changed.
    """
    bars = [bar for section in plan.sections if section.variation == "orchestration"
            for bar in section.bar_indices]  # fmt: skip
    layers = {block.role: block.part for block in reversed(layout.blocks)}
    if not bars or "melody" not in layers or "counter" not in layers:
        return notes
    lead, other = layers["melody"], layers["counter"]
    out = dict(notes)
    for here, there in ((lead, other), (other, lead)):
        player = plan.instruments[layout.player(here)]
        line = list(notes[here])
        moved = _octaves([note.pitch - layout.shift for bar in bars for note in notes[there][bar]], player)
        for bar in bars:
            line[bar] = [_placed(note, moved, player, layout.shift) for note in notes[there][bar]]
        out[here] = line
    return out


def _octaves(pitches: list[int], player: Instrument) -> int:
    """Semitones by which the line as a whole lies best in the player's range."""
    middle = (player.low + player.high) / 2
    mean = sum(pitches) / len(pitches) if pitches else middle

    def cost(by: int) -> tuple[int, float]:
        outside = sum(not player.low <= pitch + by <= player.high for pitch in pitches)
        return outside, abs(by) + 0.01 * abs(mean + by - middle)

    return min((12 * octave for octave in range(-4, 5)), key=cost)


def _placed(note: GridNote, by: int, player: Instrument, shift: int) -> GridNote:
    """The note at its new octave; one that still lies outside the range moves by itself."""
    pitch = note.pitch - shift + by
    while pitch > player.high:
        pitch -= 12
    while pitch < player.low:
        pitch += 12
    return note._replace(pitch=pitch + shift)
