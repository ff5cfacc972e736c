"""The decoding loop: candidates of one layout, sampled as one batch under the grammar's rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from composer.music.blocks import Block, GridNote, Harmony, Layout
from composer.music.decoder import Decoder, Weights
from composer.music.rules.context import DecodingContext
from composer.music.rules.grammar import FORBIDDEN, RULES, Rule
from composer.music.tokens import DURATIONS, END, GRID, NO_DURATION, NO_PITCH, START, duration_index

__all__ = ["Candidate", "Sampling", "sample"]

CONTEXT = 512
"""Steps of history that training showed; longer pieces keep the echoed section and the latest bars."""
_KEEP_BARS = 6
_DRAWS = 64
"""Notes of a block whose draws are independent."""
_POSITION, _PITCH, _LENGTH = 0, 1, 2
_HEADER = (END, NO_PITCH, NO_DURATION)

FloatArray = NDArray[np.float64]
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
        if kind == _PITCH:
            return self.temperature, self.top_p
        return self.temperature * self.rhythm, 1 - self.rhythm_rest * (1 - self.top_p)


@dataclass(slots=True, kw_only=True)
class Candidate:
    """One draw: ``notes[part][bar]``, the model's own log-likelihood in nats of what was chosen, and its note count."""

    notes: dict[int, list[list[GridNote]]]
    log_likelihood: float = 0.0
    note_count: int = 0
    steps: list[list[tuple[int, int, int]]] = field(default_factory=list)
    """Steps of every finished or current block, the header first."""
    block: int = 0
    context: DecodingContext | None = None
    generator: np.random.Generator | None = field(default=None, repr=False)
    noise: FloatArray = field(default_factory=lambda: np.zeros((_DRAWS, 3)), repr=False)
    """What chance says of the current block: a number in [0, 1) for position, pitch and length of each note."""


def sample(
    layout: Layout,
    weights: Weights,
    *,
    candidates: int,
    sampling: Sampling,
    generator: np.random.Generator,
    given: Given | None = None,
    rules: tuple[Rule, ...] = RULES,
    progress: Callable[[str, float], None] | None = None,
) -> list[Candidate]:
    """Decode ``candidates`` pieces of the layout.

    Each candidate draws from a generator of its own, spawned from ``generator``, so a candidate does not depend on how
    many others there are. Each block has its own draws, and what is drawn keeps the order of positions, pitches and
    lengths: a plan that differs a little gives, with the same seed, notes that differ a little. The blocks in ``given``
    are not drawn but told to the model.
    """
    given = given or {}
    decoder = Decoder(weights, candidates=candidates, capacity=2 * CONTEXT)
    conditions = decoder.embed_conditions(np.stack([block.conditions for block in layout.blocks]))
    parts = {block.part for block in layout.blocks}
    pieces = [Candidate(notes={part: [] for part in parts}, generator=own) for own in generator.spawn(candidates)]
    for piece in pieces:
        _open_block(piece, layout, given)
        piece.steps[-1][0] = (START, NO_PITCH, NO_DURATION)
    history = _History(decoder=decoder, layout=layout, conditions=conditions, given=given)
    for row, piece in enumerate(pieces):
        history.advance(row, piece)
    active = np.array([row for row in range(candidates) if pieces[row].block < len(layout.blocks)], dtype=np.int64)
    # One thread: the matrices are small, and results must not depend on the number of processors.
    with threadpool_limits(limits=1, user_api="blas"):
        while len(active):
            steps = np.array([[pieces[row].steps[-1][-1]] for row in active])  # (A, 1, 3)
            embedded = conditions[[pieces[row].block for row in active]][:, None]  # (A, 1, D)
            hidden = decoder.feed(active, steps, embedded)
            _draw(decoder, hidden, [pieces[row] for row in active], sampling, rules)
            for row in active:
                piece = pieces[row]
                if piece.steps[-1][-1] == _HEADER and len(piece.steps[-1]) > 1:
                    piece.steps[-1].pop()
                    _close_block(piece, layout, given)
                    history.advance(int(row), piece)
            if progress is not None:
                progress("composing", min(pieces[row].block for row in range(candidates)) / len(layout.blocks))
            active = np.array([row for row in active if pieces[row].block < len(layout.blocks)], dtype=np.int64)
    return pieces


# ------------------------------------------------------------------------------------------- blocks


def _open_block(piece: Candidate, layout: Layout, given: Given) -> None:
    block = layout.blocks[piece.block]
    bars = piece.notes[block.part]
    written: list[tuple[Block, list[GridNote]]] = []
    for other in reversed(layout.blocks[: piece.block]):
        if other.bar != block.bar:
            break
        written.insert(0, (other, piece.notes[other.part][block.bar]))
    for other in layout.blocks[piece.block + 1 :]:  # what is given of the bar is known beforehand
        if other.bar != block.bar:
            break
        if (other.part, other.bar) in given:
            written.append((other, list(given[other.part, other.bar])))
    others = [(other.role, notes) for other, notes in written]
    player = layout.player(block.part)
    own = [notes for other, notes in written if layout.players and layout.player(other.part) == player]
    carry = max((note.position + note.length - block.length for note in bars[-1]), default=0) if bars else 0
    if piece.generator is not None:
        piece.noise = piece.generator.random((_DRAWS, 3))
    ended = _ended(piece, layout)
    piece.context = DecodingContext(
        block=block,
        part=bars,
        others=others,
        own=own,
        carry=max(carry, 0),
        bass_before=ended.get("bass"),
        melody_before=ended.get("melody"),
        harmony_before=_harmony_before(layout, piece.block),
    )
    piece.steps.append([_HEADER])


def _ended(piece: Candidate, layout: Layout) -> dict[str, int]:
    """Role -> the last pitch that its first part has in the bar before."""
    bar = layout.blocks[piece.block].bar - 1
    out: dict[str, int] = {}
    for other in layout.blocks[: piece.block][::-1]:
        if other.bar < bar:
            break
        if other.bar == bar and piece.notes[other.part][bar]:
            out[other.role] = piece.notes[other.part][bar][-1].pitch
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


def _close_block(piece: Candidate, layout: Layout, given: Given) -> None:
    assert piece.context is not None
    if (piece.context.block.part, piece.context.block.bar) not in given:
        piece.context.notes[:] = _held(piece.context)
    piece.notes[piece.context.block.part].append(piece.context.notes)
    piece.block += 1
    if piece.block < len(layout.blocks):
        _open_block(piece, layout, given)


@dataclass(frozen=True, slots=True, kw_only=True)
class _History:
    """What the decoder has been told of each candidate."""

    decoder: Decoder
    layout: Layout
    conditions: NDArray[np.float32] = field(repr=False)
    given: Given

    def advance(self, row: int, piece: Candidate) -> None:
        """Pass over blocks that are given, up to the next one to be drawn; make room for it where it is needed.

        A bar of which nothing is drawn is only noted down: the decoder hears of it when the history is told anew.
        """
        blocks = self.layout.blocks
        drawn = {block.bar for block in blocks if (block.part, block.bar) not in self.given} if self.given else None
        while piece.block < len(blocks):
            block = blocks[piece.block]
            told = drawn is None or block.bar in drawn
            if told:
                self._make_room(row, piece)
            if (block.part, block.bar) not in self.given:
                return
            assert piece.context is not None
            notes = self.given[block.part, block.bar]
            piece.context.notes.extend(notes)
            piece.steps[-1] += [(note.position, note.pitch, duration_index(note.length)) for note in notes]
            if told:
                self._tell(row, [piece.block], piece)
            _close_block(piece, self.layout, self.given)

    def _make_room(self, row: int, piece: Candidate) -> None:
        """At a bar line, start a long or untold history anew from the echoed bars and the latest ones."""
        blocks = self.layout.blocks
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


# ------------------------------------------------------------------------------------------ choices


def _draw(
    decoder: Decoder,
    hidden: NDArray[np.float32],
    pieces: list[Candidate],
    sampling: Sampling,
    rules: tuple[Rule, ...],
) -> None:
    """Draw one step for every piece and append it to the piece's current block."""
    rows = list(range(len(pieces)))
    position, pitch, length = (np.zeros(len(pieces), dtype=np.int64) for _ in range(3))
    passed = np.full(len(pieces), -1)
    logits = _log_shares(decoder.position_logits(hidden))
    while rows:  # again for those that find no pitch where they wanted to go on
        for row in rows:
            position[row] = _position(logits[row], pieces[row], sampling, rules, int(passed[row]))
        rows = [row for row in rows if position[row] != END]
        at = position[rows]
        codes = [_view(pieces[row]).block.harmony_at(int(position[row])).code for row in rows]
        root = np.array([code.root for code in codes], dtype=np.int64)
        quality = np.array([code.quality for code in codes], dtype=np.int64)
        pitch_logits = _log_shares(decoder.pitch_logits(hidden[rows], at, root, quality)) if rows else logits
        found = {
            row: _pitch(pitch_logits[i], pieces[row], sampling, rules, int(position[row])) for i, row in enumerate(rows)
        }
        for row, value in found.items():
            pitch[row] = -1 if value is None else value
        rows = [row for row, value in found.items() if value is None]
        passed[rows] = position[rows]
    drawn = np.flatnonzero(position != END)
    if len(drawn):
        logits = _log_shares(decoder.duration_logits(hidden[drawn], position[drawn], pitch[drawn]))
    for index, row in enumerate(drawn.tolist()):
        length[row] = _length(logits[index], pieces[row], sampling, rules, int(position[row]), int(pitch[row]))
    for row, piece in enumerate(pieces):
        _append(piece, int(position[row]), int(pitch[row]), int(length[row]))


def _append(piece: Candidate, position: int, pitch: int, length: int) -> None:
    """Add a step to the piece's current block: a note, or its end."""
    if position == END:
        piece.steps[-1].append(_HEADER)
        return
    context = _view(piece)
    piece.note_count += 1
    piece.steps[-1].append((position, pitch, length))
    steps = context.block.length if context.block.final else DURATIONS[length]
    context.notes.append(GridNote(position, pitch, steps))


def _view(piece: Candidate) -> DecodingContext:
    assert piece.context is not None
    return piece.context


def _log_shares(logits: NDArray[np.float32]) -> FloatArray:
    """The model's log-probabilities, row by row."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def _position(shares: FloatArray, piece: Candidate, sampling: Sampling, rules: tuple[Rule, ...], passed: int) -> int:
    """Where the next note starts, later than ``passed`` where that is not -1; or END."""
    bias = np.zeros(len(shares))
    context = _view(piece)
    for rule in rules:
        rule.positions(context, bias)
    if passed >= 0:
        bias[: passed + 1] = FORBIDDEN
        if bias.max() <= FORBIDDEN / 2:
            return END
    return _choose(shares, bias, piece, _POSITION, sampling)


def _pitch(
    shares: FloatArray, piece: Candidate, sampling: Sampling, rules: tuple[Rule, ...], position: int
) -> int | None:
    """The pitch, or None where nothing fits beside what is there."""
    bias = np.zeros(len(shares))
    context = _view(piece)
    for rule in rules:
        rule.pitches(context, position, bias)
    return None if bias.max() <= FORBIDDEN / 2 else _choose(shares, bias, piece, _PITCH, sampling)


def _length(
    shares: FloatArray, piece: Candidate, sampling: Sampling, rules: tuple[Rule, ...], position: int, pitch: int
) -> int:
    """Index of the note's length."""
    bias = np.zeros(len(shares))
    context = _view(piece)
    for rule in rules:
        rule.durations(context, position, pitch, bias)
    return _choose(shares, bias, piece, _LENGTH, sampling)


def _choose(shares: FloatArray, bias: FloatArray, piece: Candidate, kind: int, sampling: Sampling) -> int:
    """Nucleus sampling of biased log-probabilities; adds the model's own of the choice to the piece.

    The nucleus is run through in its natural order: where the odds shift a little, so does the choice.
    """
    temperature, top_p = sampling.of(kind)
    scores = shares / temperature + bias
    scores -= scores.max()
    odds = np.exp(scores, out=scores)
    descending = np.sort(odds)[::-1]
    total = np.cumsum(descending)
    least = descending[np.searchsorted(total, top_p * total[-1])]  # the last that is kept
    odds[odds < least] = 0.0
    reached = np.cumsum(odds)
    number = piece.noise[len(_view(piece).notes) % _DRAWS, kind] * reached[-1]
    choice = min(int(np.searchsorted(reached, number, side="right")), int(odds.nonzero()[0][-1]))
    piece.log_likelihood += float(shares[choice])
    return choice
