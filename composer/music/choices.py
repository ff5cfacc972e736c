"""The choice of a step: the model's odds, the rules' biases, and chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.music.candidate import DRAWS, Candidate, append
from composer.music.decoder import Decoder
from composer.music.rules.grammar import FORBIDDEN
from composer.music.tokens import END

__all__ = ["draw"]

_POSITION, _PITCH, _LENGTH = 0, 1, 2

FloatArray = NDArray[np.float64]


def draw(decoder: Decoder, active: NDArray[np.int64], hidden: NDArray[np.float32], pieces: list[Candidate]) -> None:
    """Draw one step for every candidate and append it to its current block.

    Parameters
    ----------
    decoder : it holds what the positions' logits are after its last step.
    active : rows of the candidates, shape (A,).
    hidden : state after the last step, shape (A, D).
    pieces : the candidates, A of them.
    """
    rows = list(range(len(pieces)))
    position, pitch, length = (np.zeros(len(pieces), dtype=np.int64) for _ in range(3))
    passed = np.full(len(pieces), -1)
    logits = _log_shares(decoder.position_logits(active))
    while rows:  # again for those that find no pitch where they wanted to go on
        for row in rows:
            position[row] = _position(logits[row], pieces[row], int(passed[row]))
        rows = [row for row in rows if position[row] != END]
        at = position[rows]
        codes = [pieces[row].context.block.harmony_at(int(position[row])).code for row in rows]
        root = np.array([code.root for code in codes], dtype=np.int64)
        quality = np.array([code.quality for code in codes], dtype=np.int64)
        pitch_logits = _log_shares(decoder.pitch_logits(hidden[rows], at, root, quality)) if rows else logits
        found = {row: _pitch(pitch_logits[i], pieces[row], int(position[row])) for i, row in enumerate(rows)}
        for row, value in found.items():
            pitch[row] = -1 if value is None else value
        rows = [row for row, value in found.items() if value is None]
        passed[rows] = position[rows]
    drawn = np.flatnonzero(position != END)
    if len(drawn):
        logits = _log_shares(decoder.duration_logits(hidden[drawn], position[drawn], pitch[drawn]))
    for index, row in enumerate(drawn.tolist()):
        length[row] = _length(logits[index], pieces[row], int(position[row]), int(pitch[row]))
    for row, piece in enumerate(pieces):
        append(piece, int(position[row]), int(pitch[row]), int(length[row]))


def _log_shares(logits: NDArray[np.float32]) -> FloatArray:
    """The model's log-probabilities, row by row."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def _position(shares: FloatArray, piece: Candidate, passed: int) -> int:
    """Where the next note starts, later than ``passed`` where that is not -1; or END."""
    bias = np.zeros(len(shares))
    context = piece.context
    for rule in piece.request.rules:
        rule.positions(context, bias)
    if passed >= 0:
        bias[: passed + 1] = FORBIDDEN
        if bias.max() <= FORBIDDEN / 2:
            return END
    return _choose(shares, bias, piece, _POSITION)


def _pitch(shares: FloatArray, piece: Candidate, position: int) -> int | None:
    """The pitch, or None where nothing fits beside what is there."""
    bias = np.zeros(len(shares))
    context = piece.context
    for rule in piece.request.rules:
        rule.pitches(context, position, bias)
    return None if bias.max() <= FORBIDDEN / 2 else _choose(shares, bias, piece, _PITCH)


def _length(shares: FloatArray, piece: Candidate, position: int, pitch: int) -> int:
    """Index of the note's length."""
    bias = np.zeros(len(shares))
    context = piece.context
    for rule in piece.request.rules:
        rule.durations(context, position, pitch, bias)
    return _choose(shares, bias, piece, _LENGTH)


def _choose(shares: FloatArray, bias: FloatArray, piece: Candidate, kind: int) -> int:
    """Nucleus sampling of biased log-probabilities; adds the model's own of the choice to the piece.

    The nucleus is run through in its natural order: where the odds shift a little, so does the choice.
    """
    temperature, top_p = piece.request.sampling.of(kind)
    scores = shares / temperature
    scores += bias
    scores -= scores.max()
    odds = np.exp(scores, out=scores)
    ranked = np.sort(odds)[::-1]
    total = ranked.cumsum()
    least = ranked[total.searchsorted(top_p * total[-1])]  # the last that is kept
    odds[odds < least] = 0.0
    reached = odds.cumsum()
    number = piece.noise[len(piece.context.notes) % DRAWS, kind] * reached[-1]
    choice = min(int(reached.searchsorted(number, side="right")), int(odds.nonzero()[0][-1]))
    piece.log_likelihood += float(shares[choice])
    return choice
