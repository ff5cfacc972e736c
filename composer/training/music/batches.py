"""Training examples from the token cache: random crops with random conditions hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from composer.music.tokens import CONDITIONS, NO_DURATION, NO_PITCH, START, fingerprint

__all__ = ["Batch", "Cache", "load_cache", "make_batch", "sample_windows"]

_COLUMN = {name: index for index, name in enumerate(CONDITIONS)}
_LATE_STEP = {1: 12, 2: 24, 3: 24, 4: 18, 5: 12, 6: 36, 7: 36, 8: 36}
"""Meter code -> grid step from which the late chord holds (`composer.music.tokens.middle_step`)."""

_HIDE_CROP = (
    (("tempo",), 0.2),
    (("mode",), 0.1),
    (("family",), 0.2),
    (("roles_present",), 0.1),
    (("density",), 0.2),
    (("register",), 0.1),
    (("spread",), 0.2),
    (("polyphony",), 0.2),
    (("echo", "echo_kind"), 0.15),
    (("phrase_left",), 0.15),
    (("bars_left",), 0.1),
    (("root_next", "quality_next"), 0.1),
    (("bass", "bass_late"), 0.3),
)
"""Conditions hidden for a whole crop, and how often."""
_HIDE_BLOCK = ((("density",), 0.2), (("echo", "echo_kind"), 0.3), (("register", "spread"), 0.05))
"""Conditions hidden for single blocks, and how often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """The arrays of `composer.training.music.corpus`."""

    steps: NDArray[np.int16] = field(compare=False, repr=False)
    block: NDArray[np.int32] = field(compare=False, repr=False)
    conditions: NDArray[np.uint8] = field(compare=False, repr=False)
    window_start: NDArray[np.int64] = field(compare=False, repr=False)
    window_split: NDArray[np.uint8] = field(compare=False, repr=False)
    window_source: NDArray[np.uint8] = field(compare=False, repr=False)
    window_piece: NDArray[np.int32] = field(compare=False, repr=False, default_factory=lambda: np.zeros(0, np.int32))
    sources: tuple[str, ...]

    def windows(self, split: int) -> NDArray[np.int64]:
        """Indices of a split's windows (0 train, 1 val, 2 test)."""
        return np.flatnonzero(self.window_split == split)

    def lengths(self) -> NDArray[np.int64]:
        """Steps in each window."""
        return np.diff(self.window_start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """``steps``, ``target`` (B, T, 3); ``conditions`` (B, T, C); ``root``, ``quality`` and bool ``valid`` (B, T)."""

    steps: NDArray[np.int64] = field(compare=False, repr=False)
    target: NDArray[np.int64] = field(compare=False, repr=False)
    conditions: NDArray[np.int64] = field(compare=False, repr=False)
    root: NDArray[np.int64] = field(compare=False, repr=False)
    quality: NDArray[np.int64] = field(compare=False, repr=False)
    valid: NDArray[np.bool_] = field(compare=False, repr=False)


def load_cache(path: Path) -> Cache:
    """Read a token cache; refuse one made with another vocabulary."""
    with np.load(path) as data:
        if str(data["fingerprint"]) != fingerprint():
            raise ValueError(f"{path}: made with another vocabulary; build it again")
        arrays = {name: data[name] for name in data.files if name not in ("fingerprint", "sources")}
        return Cache(sources=tuple(data["sources"].tolist()), **arrays)


_BUCKET = 128
"""Crops of about the same length, in steps, go into one batch, so that little of it is padding."""


def sample_windows(
    cache: Cache,
    split: int,
    steps: int,
    length: int,
    rng: np.random.Generator,
    *,
    power: float = 0.7,
    factors: Mapping[str, float] = MappingProxyType({}),
) -> list[int]:
    """Draw windows of about one length for a batch of at most ``steps`` steps in crops of at most ``length``.

    Windows are drawn by length, each source's total share tempered by ``power`` so that small sources are heard, and
    multiplied by its entry in ``factors`` (1 where it has none).
    """
    indices = cache.windows(split)
    lengths = np.minimum(cache.lengths()[indices], length).astype(float)
    source = cache.window_source[indices]
    totals = np.bincount(source, weights=lengths, minlength=len(cache.sources))
    share = np.maximum(totals, 1.0) ** (power - 1) * np.array([factors.get(name, 1.0) for name in cache.sources])
    weight = lengths * share[source]
    bucket = np.ceil(lengths / _BUCKET).astype(int)
    shares = np.bincount(bucket, weights=weight)
    chosen = int(rng.choice(len(shares), p=shares / shares.sum()))
    weight = np.where(bucket == chosen, weight, 0.0)
    count = max(1, steps // min(chosen * _BUCKET, length))
    return [int(window) for window in rng.choice(indices, size=count, p=weight / weight.sum()).tolist()]


def make_batch(cache: Cache, windows: list[int], length: int, rng: np.random.Generator, *, hide: bool = True) -> Batch:
    """Crop each window to at most ``length`` predicted steps, starting at a random bar.

    The batch is as long as the longest window needs, in whole `_BUCKET` steps.
    """
    longest = max(int(cache.window_start[window + 1] - cache.window_start[window]) for window in windows)
    shape = (len(windows), min(length, -(-longest // _BUCKET) * _BUCKET))
    steps = np.zeros((*shape, 3), dtype=np.int64)
    target = np.zeros((*shape, 3), dtype=np.int64)
    conditions = np.zeros((*shape, len(CONDITIONS)), dtype=np.int64)
    valid = np.zeros(shape, dtype=bool)
    for row, window in enumerate(windows):
        first, last = _crop(cache, window, length, rng)
        piece = cache.steps[first:last].astype(np.int64)  # starts with a header
        block = cache.block[first:last]
        rows = cache.conditions[block[0] : block[-1] + 1].astype(np.int64)
        if hide:
            _hide(rows, rng)
        count = len(piece) - 1
        steps[row, :count] = piece[:-1]
        steps[row, 0] = (START, NO_PITCH, NO_DURATION)
        target[row, :count] = piece[1:]
        conditions[row, :count] = rows[block[:-1] - block[0]]
        valid[row, :count] = True
    late_from = np.vectorize(lambda code: _LATE_STEP.get(code, 24))(conditions[..., _COLUMN["meter"]])
    late = target[..., 0] >= late_from
    root = np.where(late, conditions[..., _COLUMN["root_late"]], conditions[..., _COLUMN["root"]])
    quality = np.where(late, conditions[..., _COLUMN["quality_late"]], conditions[..., _COLUMN["quality"]])
    return Batch(steps=steps, target=target, conditions=conditions, root=root, quality=quality, valid=valid)


def _crop(cache: Cache, window: int, length: int, rng: np.random.Generator) -> tuple[int, int]:
    """First and last step (exclusive) of a crop; the first is the header of a bar's first part."""
    low, high = int(cache.window_start[window]), int(cache.window_start[window + 1])
    if high - low <= length + 1:
        return low, high
    slots = cache.conditions[cache.block[low:high], _COLUMN["slot"]]
    headers = np.flatnonzero((cache.steps[low:high, 0] == START - 1) & (slots == 1))
    headers = headers[headers <= max(0, high - low - length // 2)]
    first = low + int(rng.choice(headers)) if rng.random() < 0.8 else low
    return first, min(high, first + length + 1)


def _hide(rows: NDArray[np.int64], rng: np.random.Generator) -> None:
    """Set conditions to unknown in place, rows (blocks, C)."""
    for names, chance in _HIDE_CROP:
        if rng.random() < chance:
            rows[:, [_COLUMN[name] for name in names]] = 0
    for names, chance in _HIDE_BLOCK:
        hidden = np.flatnonzero(rng.random(len(rows)) < chance)
        rows[np.ix_(hidden, np.array([_COLUMN[name] for name in names]))] = 0
