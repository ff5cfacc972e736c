"""The decoding context: what the rules of the grammar see while a block is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from composer.music.blocks import Block, GridNote, Harmony
from composer.music.motif import developed

__all__ = ["DecodingContext"]


@dataclass(slots=True)
class DecodingContext:
    """What the rules see: the block, its notes so far, the part's earlier bars and the other parts of this bar.

    ``part[b]`` are the notes of bar ``b`` of the same part; ``others`` the finished blocks of this bar as
    (role, notes), ``own`` those of them that the same instrument plays; ``carry`` the steps of this bar through which
    the part's last note still sounds. Of the bar before, ``bass_before`` and ``melody_before`` are the last pitches of
    these parts, ``harmony_before`` is the last chord; None where there is none. ``aims``
    are the notes that a developed motif asks for, once they were looked for.
    """

    block: Block
    notes: list[GridNote] = field(default_factory=list)
    part: list[list[GridNote]] = field(default_factory=list)
    others: list[tuple[str, list[GridNote]]] = field(default_factory=list)
    own: list[list[GridNote]] = field(default_factory=list)
    carry: int = 0
    bass_before: int | None = None
    melody_before: int | None = None
    harmony_before: Harmony | None = None
    aims: list[GridNote] | None = None

    @property
    def previous(self) -> GridNote | None:
        """The part's last note, in this bar or an earlier one."""
        if self.notes:
            return self.notes[-1]
        return next((bar[-1] for bar in reversed(self.part) if bar), None)

    @property
    def line(self) -> list[int]:
        """The part's last pitches, oldest first, up to four."""
        pitches = [note.pitch for note in self.notes]
        for bar in reversed(self.part[-3:]):
            pitches = [note.pitch for note in bar] + pitches
        return pitches[-4:]

    def together(self, position: int) -> list[int]:
        """Pitches that this block already starts at ``position``."""
        return [note.pitch for note in self.notes if note.position == position]

    def sounding(self, position: int) -> list[tuple[str, int]]:
        """(role, pitch) of the other parts' notes of this bar that sound at ``position``."""
        return [
            (role, note.pitch)
            for role, notes in self.others
            for note in notes
            if note.position <= position < note.position + note.length
        ]

    def lead_at(self, position: int) -> int | None:
        """The melody's pitch from ``position`` on, the last one where it rests; None before it begins."""
        return self._lead(position)

    def lead_before(self, position: int) -> int | None:
        """The melody's pitch up to ``position``."""
        return self._lead(position - 1)

    def _lead(self, position: int) -> int | None:
        for role, notes in self.others:
            if role == "melody":
                begun = [note.pitch for note in notes if note.position <= position]
                return begun[-1] if begun else self.melody_before
        return self.melody_before

    def struck(self, position: int) -> list[int]:
        """Pitches that the instrument's other layers start at ``position``."""
        return [note.pitch for notes in self.own for note in notes if note.position == position]

    def source(self) -> list[GridNote]:
        """Notes of the echoed bar, developed where the block says so; empty when nothing is echoed."""
        bar = self.block.echo_bar
        found = self.part[bar] if bar is not None and bar < len(self.part) else []
        if not found or not self.block.motif:
            return found
        if self.aims is None:
            before = next((other[-1].pitch for other in reversed(self.part) if other), None)
            self.aims = developed(self.block.motif, found, self.block, before)
        return self.aims
