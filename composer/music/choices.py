"""The choice of a step: the model's odds, the rules' biases, and chance."""

from __future__ import annotations

from itertools import compress

import numpy as np
from numpy.typing import NDArray

from composer.music.candidate import DRAWS, Candidate, append
from composer.music.decoder import Decoder
from composer.music.rules.grammar import FORBIDDEN
from composer.music.tokens import END

__all__ = ["draw"]

_POSITION, _PITCH, _LENGTH = 0, 1, 2
_NOTHING = -1

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


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
    shares = _log_shares(decoder.position_logits(active))
    while rows:  # again for those that find no pitch where they wanted to go on
        position[rows] = _positions(shares[rows], [pieces[row] for row in rows], passed[rows])
        rows = [row for row in rows if position[row] != END]
        if not rows:
            break
        going, at = [pieces[row] for row in rows], position[rows]
        codes = [piece.context.block.harmony_at(place).code for piece, place in zip(going, at.tolist(), strict=True)]
        root = np.array([code.root for code in codes], dtype=np.int64)
        quality = np.array([code.quality for code in codes], dtype=np.int64)
        pitch[rows] = _pitches(_log_shares(decoder.pitch_logits(hidden[rows], at, root, quality)), going, at)
        rows = [row for row in rows if pitch[row] == _NOTHING]
        passed[rows] = position[rows]
    drawn = np.flatnonzero(position != END)
    if len(drawn):
        shares = _log_shares(decoder.duration_logits(hidden[drawn], position[drawn], pitch[drawn]))
        length[drawn] = _lengths(shares, [pieces[row] for row in drawn], position[drawn], pitch[drawn])
    for row, piece in enumerate(pieces):
        append(piece, int(position[row]), int(pitch[row]), int(length[row]))


def _log_shares(logits: NDArray[np.float32]) -> FloatArray:
    """The model's log-probabilities, row by row."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def _positions(shares: FloatArray, pieces: list[Candidate], passed: IntArray) -> IntArray:
    """Where the next notes start, later than ``passed`` where that is not -1; or END."""
    biases = np.zeros_like(shares)
    for bias, piece, last in zip(biases, pieces, passed.tolist(), strict=True):
        for rule in piece.request.rules:
            rule.positions(piece.context, bias)
        if last >= 0:
            bias[: last + 1] = FORBIDDEN
    goes = (passed < 0) | (biases.max(axis=1) > FORBIDDEN / 2)
    return _choose_where(goes, shares, biases, pieces, _POSITION, otherwise=END)


def _pitches(shares: FloatArray, pieces: list[Candidate], positions: IntArray) -> IntArray:
    """The pitches, or `_NOTHING` where nothing fits beside what is there."""
    biases = np.zeros_like(shares)
    for bias, piece, position in zip(biases, pieces, positions.tolist(), strict=True):
        for rule in piece.request.rules:
            rule.pitches(piece.context, position, bias)
    return _choose_where(biases.max(axis=1) > FORBIDDEN / 2, shares, biases, pieces, _PITCH, otherwise=_NOTHING)


def _lengths(shares: FloatArray, pieces: list[Candidate], positions: IntArray, pitches: IntArray) -> IntArray:
    """Indices of the notes' lengths."""
    biases = np.zeros_like(shares)
    for bias, piece, position, pitch in zip(biases, pieces, positions.tolist(), pitches.tolist(), strict=True):
        for rule in piece.request.rules:
            rule.durations(piece.context, position, pitch, bias)
    return _choose(shares, biases, pieces, _LENGTH)


def _choose_where(
    rows: NDArray[np.bool_],
    shares: FloatArray,
    biases: FloatArray,
    pieces: list[Candidate],
    kind: int,
    *,
    otherwise: int,
) -> IntArray:
    """`_choose` in some rows, ``otherwise`` in the others."""
    found = np.full(len(pieces), otherwise)
    if rows.any():
        found[rows] = _choose(shares[rows], biases[rows], list(compress(pieces, rows)), kind)
    return found


def _choose(shares: FloatArray, biases: FloatArray, pieces: list[Candidate], kind: int) -> IntArray:
    """Nucleus sampling of biased log-probabilities, row by row; adds the model's own of each choice to its piece.

    The nucleus is run through in its natural order: where the odds shift a little, so does the choice.
    """
    temperature, top_p = np.array([piece.request.sampling.of(kind) for piece in pieces]).T[..., None]
    scores = shares / temperature
    scores += biases
    scores -= scores.max(axis=1, keepdims=True)
    odds = np.exp(scores, out=scores)
    ranked = np.sort(odds, axis=1)[:, ::-1]
    total = ranked.cumsum(axis=1)
    each = np.arange(len(pieces))
    kept = (total < top_p * total[:, -1:]).sum(axis=1)  # up to the last that is kept
    odds[odds < ranked[each, kept][:, None]] = 0.0
    reached = odds.cumsum(axis=1)
    noise = np.array([piece.noise[len(piece.context.notes) % DRAWS, kind] for piece in pieces])[:, None]
    choice = (reached <= noise * reached[:, -1:]).sum(axis=1)
    last = odds.shape[1] - 1 - (odds[:, ::-1] > 0.0).argmax(axis=1)
    choice = np.minimum(choice, last)
    for piece, value in zip(pieces, shares[each, choice].tolist(), strict=True):
        piece.log_likelihood += value
    return choice
