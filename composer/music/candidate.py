"""A candidate in the making: a request to write a piece, and one draw of its notes, block after block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from composer.music.blocks import Block, GridNote, Harmony, LayerNotes, Layout
from composer.music.rules.context import DecodingContext
from composer.music.rules.grammar import RULES, Rule
from composer.music.tokens import DURATIONS, END, GRID, NO_DURATION, NO_PITCH, START

__all__ = ["DRAWS", "HEADER", "Candidate", "Given", "Request", "Sampling", "append", "begin", "close_block"]

DRAWS = 64
"""Notes of a block whose draws are independent."""
HEADER = (END, NO_PITCH, NO_DURATION)
"""The step that opens a block."""

Given = Mapping[tuple[int, int], Sequence[GridNote]]
"""(part, bar) -> notes of a block that is not to be drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How choices are drawn: ``temperature`` > 0, ``top_p`` in (0, 1] (nucleus sampling, Holtzman et al. 2020).

    Positions and lengths are drawn at ``temperature`` times ``rhythm``, and from a nucleus whose remainder is
    ``rhythm_rest`` times as large: under a small model rhythm grows even sooner than pitch grows wild.
    """

    temperature: float = 0.9
    top_p: float = 0.92
    rhythm: float = 1.2
    rhythm_rest: float = 0.3

    def of(self, kind: int) -> tuple[float, float]:
        """Temperature and nucleus of a kind of choice."""
        if kind == 1:
            return self.temperature, self.top_p
        return self.temperature * self.rhythm, 1 - self.rhythm_rest * (1 - self.top_p)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A piece to be decoded.

    Attributes
    ----------
    layout : its blocks in order.
    candidates : how often it is drawn.
    sampling : how.
    generator : of chance; each candidate draws from one of its own, spawned from it.
    given : blocks that are not drawn but told to the model.
    rules : of the decoding.
    """

    layout: Layout
    candidates: int
    sampling: Sampling
    generator: np.random.Generator = field(repr=False)
    given: Given = field(default_factory=dict, repr=False)
    rules: tuple[Rule, ...] = field(default=RULES, repr=False)

    def __post_init__(self) -> None:
        """Blocks in which a part rests are given, without notes."""
        silent: Given = {(block.part, block.bar): () for block in self.layout.blocks if block.silent}
        object.__setattr__(self, "given", {**silent, **self.given})


@dataclass(slots=True, kw_only=True)
class Candidate:
    """One draw: ``notes[part][bar]``, the model's own log-likelihood in nats of what was chosen, and its note count."""

    request: Request = field(repr=False)
    notes: LayerNotes
    log_likelihood: float = 0.0
    note_count: int = 0
    steps: list[list[tuple[int, int, int]]] = field(default_factory=list)
    """Steps of every finished or current block, the header first."""
    block: int = 0
    context: DecodingContext
    generator: np.random.Generator = field(repr=False)
    noise: NDArray[np.float64] = field(default_factory=lambda: np.zeros((DRAWS, 3)), repr=False)
    """What chance says of the current block: a number in [0, 1) for position, pitch and length of each note."""

    @property
    def ended(self) -> bool:
        """Whether every block is written."""
        return self.block == len(self.request.layout.blocks)


def begin(request: Request) -> list[Candidate]:
    """Open the first block of every candidate of a request."""
    pieces = []
    for own in request.generator.spawn(request.candidates):
        notes: LayerNotes = {block.part: [] for block in request.layout.blocks}
        piece = Candidate(request=request, notes=notes, context=_context(request, notes, 0), generator=own)
        _draw_noise(piece)
        piece.steps.append([(START, NO_PITCH, NO_DURATION)])
        pieces.append(piece)
    return pieces


def append(piece: Candidate, position: int, pitch: int, length: int) -> None:
    """Add a step to the current block: a note, or its end."""
    if position == END:
        piece.steps[-1].append(HEADER)
        return
    context = piece.context
    piece.note_count += 1
    piece.steps[-1].append((position, pitch, length))
    steps = DURATIONS[length]
    if context.block.final:  # held to the bar line, which may be longer than any length
        figure = context.block.figure if context.block.fading else ()
        rest = context.block.length - position
        steps = next((stroke.length for stroke in figure if stroke.position == position), rest)
    context.notes.append(GridNote(position, pitch, steps))


def close_block(piece: Candidate) -> None:
    """Keep the current block's notes, and open the next block where there is one."""
    context, given = piece.context, piece.request.given
    if (context.block.part, context.block.bar) not in given:
        context.notes[:] = _held(context)
    piece.notes[context.block.part].append(context.notes)
    piece.block += 1
    if not piece.ended:
        _draw_noise(piece)
        piece.context = _context(piece.request, piece.notes, piece.block)
        piece.steps.append([HEADER])


def _draw_noise(piece: Candidate) -> None:
    piece.noise = piece.generator.random((DRAWS, 3))


def _context(request: Request, notes: LayerNotes, index: int) -> DecodingContext:
    """The context of a block, as the blocks before it are written."""
    layout, given = request.layout, request.given
    block = layout.blocks[index]
    bars = notes[block.part]
    written: list[tuple[Block, list[GridNote]]] = []
    for other in reversed(layout.blocks[:index]):
        if other.bar != block.bar:
            break
        written.insert(0, (other, notes[other.part][block.bar]))
    for other in layout.blocks[index + 1 :]:  # what is given of the bar is known beforehand
        if other.bar != block.bar:
            break
        if (other.part, other.bar) in given:
            written.append((other, list(given[other.part, other.bar])))
    player = layout.player(block.part)
    carry = max((note.position + note.length - block.length for note in bars[-1]), default=0) if bars else 0
    ended = _ended(layout, notes, index)
    return DecodingContext(
        block=block,
        part=bars,
        others=[(other.role, found) for other, found in written],
        own=[found for other, found in written if layout.players and layout.player(other.part) == player],
        carry=max(carry, 0),
        bass_before=ended.get("bass"),
        melody_before=ended.get("melody"),
        harmony_before=_harmony_before(layout, index),
    )


def _ended(layout: Layout, notes: LayerNotes, index: int) -> dict[str, int]:
    """Role -> the last pitch that its first part has in the bar before."""
    bar = layout.blocks[index].bar - 1
    out: dict[str, int] = {}
    for other in layout.blocks[:index][::-1]:
        if other.bar < bar:
            break
        if other.bar == bar and notes[other.part][bar]:
            out[other.role] = notes[other.part][bar][-1].pitch
    return out


def _harmony_before(layout: Layout, index: int) -> Harmony | None:
    bar = layout.blocks[index].bar
    before = (other for other in layout.blocks[:index][::-1] if other.bar == bar - 1)
    return next((other.harmonies[-1] for other in before), None)


def _held(context: DecodingContext) -> list[GridNote]:
    """The block's notes, those that end off the eighths held to the next eighth or note: nobody writes such rests.

    Where a beat is divided by three, lengths stay.
    """
    half = GRID // 2
    if context.block.triplets:
        return context.notes
    onsets = sorted({note.position for note in context.notes})
    taken = {(note.pitch, note.position) for notes in context.own for note in notes}
    out = []
    for note in context.notes:
        end = note.position + note.length
        after = next((onset for onset in onsets if onset > note.position), context.block.length)
        until = min(-(-end // half) * half, max(after, end))
        if end < until <= context.block.length and not any((note.pitch, step) in taken for step in range(end, until)):
            out.append(note._replace(length=until - note.position))
        else:
            out.append(note)
    return out
