"""The decoding loop: candidates of several pieces, sampled as one batch under the grammar's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from composer.music.blocks import Layout
from composer.music.candidate import HEADER, Candidate, Given, Request, Sampling, begin, close_block
from composer.music.choices import draw
from composer.music.decoder import Decoder, Weights
from composer.music.rules.grammar import RULES, Rule
from composer.music.tokens import NO_DURATION, NO_PITCH, START, duration_index
from composer.progress import Progress, silent

__all__ = ["Candidate", "Request", "Sampling", "sample", "sample_together"]

CONTEXT = 512
"""Steps of history that training showed; longer pieces keep the echoed section and the latest bars."""
_KEEP_BARS = 6


def sample(
    layout: Layout,
    weights: Weights,
    *,
    candidates: int,
    sampling: Sampling,
    generator: np.random.Generator,
    given: Given | None = None,
    rules: tuple[Rule, ...] = RULES,
    progress: Progress | None = None,
) -> list[Candidate]:
    """Decode ``candidates`` pieces of the layout; see `sample_together`."""
    request = Request(
        layout=layout, candidates=candidates, sampling=sampling, generator=generator, given=given or {}, rules=rules
    )
    return sample_together([request], weights, progress=progress)[0]


def sample_together(
    requests: Sequence[Request], weights: Weights, *, progress: Progress | None = None
) -> list[list[Candidate]]:
    """Decode several requests in one batch; return their candidates.

    Each candidate draws from a generator of its own, so it does not depend on how many others there are, nor on the
    other requests. Each block has its own draws, and what is drawn keeps the order of positions, pitches and lengths: a
    plan that differs a little gives, with the same seed, notes that differ a little.
    """
    found = [begin(request) for request in requests]
    # The longest first: the decoder computes no row behind the last one that goes on.
    order = sorted(range(len(requests)), key=lambda index: -len(requests[index].layout.blocks))
    pieces = [piece for index in order for piece in found[index]]
    decoder = Decoder(weights, rows=len(pieces), capacity=2 * CONTEXT)
    histories: list[_History] = []
    # One thread: the matrices are small, and results must not depend on the number of processors.
    with threadpool_limits(limits=1, user_api="blas"):
        for index in order:
            rows = np.stack([block.conditions for block in requests[index].layout.blocks])
            history = _History(decoder=decoder, request=requests[index], conditions=decoder.embed_conditions(rows))
            histories += [history] * len(found[index])
        _run(pieces, histories, decoder, progress or silent)
    return found


def _run(pieces: Sequence[Candidate], histories: Sequence[_History], decoder: Decoder, progress: Progress) -> None:
    """Write all blocks of the candidates, which are the decoder's rows."""
    for row, piece in enumerate(pieces):
        histories[row].advance(row, piece)
    while True:
        active = np.array([row for row, piece in enumerate(pieces) if not piece.ended], dtype=np.int64)
        if not len(active):
            return
        going = [pieces[row] for row in active]
        steps = np.array([[piece.steps[-1][-1]] for piece in going])  # (A, 1, 3)
        embedded = np.stack([histories[row].conditions[pieces[row].block] for row in active])[:, None]  # (A, 1, D)
        hidden = decoder.feed(active, steps, embedded)
        draw(decoder, active, hidden, going)
        for row, piece in zip(active.tolist(), going, strict=True):
            if piece.steps[-1][-1] == HEADER and len(piece.steps[-1]) > 1:
                piece.steps[-1].pop()
                close_block(piece)
                histories[row].advance(row, piece)
        progress("composing", min(piece.block / len(piece.request.layout.blocks) for piece in pieces))


@dataclass(frozen=True, slots=True, kw_only=True)
class _History:
    """What the decoder has been told of each candidate of a request."""

    decoder: Decoder
    request: Request
    conditions: NDArray[np.float32] = field(repr=False)

    def advance(self, row: int, piece: Candidate) -> None:
        """Pass over blocks that are given, up to the next one to be drawn; make room for it where it is needed.

        A bar of which nothing is drawn is only noted down: the decoder hears of it when the history is told anew.
        """
        blocks, given = self.request.layout.blocks, self.request.given
        drawn = {block.bar for block in blocks if (block.part, block.bar) not in given} if given else None
        while piece.block < len(blocks):
            block = blocks[piece.block]
            told = drawn is None or block.bar in drawn
            if told:
                self._make_room(row, piece)
            if (block.part, block.bar) not in given:
                return
            notes = given[block.part, block.bar]
            piece.context.notes.extend(notes)
            piece.steps[-1] += [(note.position, note.pitch, duration_index(note.length)) for note in notes]
            if told:
                self._tell(row, [piece.block], piece)
            close_block(piece)

    def _make_room(self, row: int, piece: Candidate) -> None:
        """At a bar line, start a long or untold history anew from the echoed bars and the latest ones."""
        blocks = self.request.layout.blocks
        block, told = blocks[piece.block], int(self.decoder.lengths[row])
        at_bar_line = piece.block == 0 or blocks[piece.block - 1].bar != block.bar
        full = (at_bar_line and told >= CONTEXT - 64) or told > 2 * CONTEXT - 192
        if not full and (told or not piece.block):
            return
        horizon = range(block.bar, min(block.bar + 4, blocks[-1].bar + 1))
        echoed = {b.echo_bar for b in blocks if b.bar in horizon and b.echo_bar is not None}
        latest = range(max(0, block.bar - _KEEP_BARS), block.bar + 1)
        bars = sorted({bar for bar in echoed if bar < block.bar} | set(latest))
        kept = [i for i in range(piece.block) if blocks[i].bar in bars]
        while sum(len(piece.steps[i]) for i in kept) > CONTEXT // 2 and len(bars) > 2:
            bars.pop(0)
            kept = [i for i in range(piece.block) if blocks[i].bar in bars]
        self.decoder.reset(row)
        self._tell(row, kept, piece, beginning=True)

    def _tell(self, row: int, blocks: list[int], piece: Candidate, *, beginning: bool = False) -> None:
        steps = np.array([step for i in blocks for step in piece.steps[i]])[-CONTEXT:]
        embedded = self.conditions[[i for i in blocks for _ in piece.steps[i]]][-CONTEXT:]
        if beginning:
            steps[0] = (START, NO_PITCH, NO_DURATION)
        self.decoder.feed(np.array([row]), steps[None], embedded[None])
