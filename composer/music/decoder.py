"""The music transformer at run time: cached decoding on ONNX Runtime, candidates of several pieces as one batch.

The weights are a standard Hugging Face model directory (a Llama backbone) with our embeddings and heads, and the graphs
that `composer.training.music.export` writes, beside it. No torch is needed to decode. The backbone's products are those
of whole numbers of eight bits; parity tests tie every logit to transformers' `LlamaModel`, but for what rounding moves.

A row's numbers are the same, bit for bit, whatever other rows are computed with it.

Shapes: N rows, L new steps, D width, H heads, K head width, C conditions.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.errors import AssetError
from composer.music.tokens import CONDITIONS, STEP_FIELDS, fingerprint
from composer.onnx_session import OnnxNetwork

__all__ = ["Decoder", "Weights", "load_weights"]

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
_OFFSETS = np.cumsum([0, *CONDITIONS.values()])[:-1]
_GRAPHS = ("decoder", "pitch", "duration")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The network's size, its float32 embeddings by name, and its graphs, ready to run."""

    layers: int
    heads: int
    width: int
    rope_theta: float
    tensors: dict[str, FloatArray] = field(compare=False, repr=False)
    decoder: OnnxNetwork = field(compare=False, repr=False)
    pitch: OnnxNetwork = field(compare=False, repr=False)
    duration: OnnxNetwork = field(compare=False, repr=False)


def load_weights(config: Path, heads: Path, facts: Path) -> Weights:
    """Read the model's files; `AssetError` when they are broken or do not belong to this vocabulary.

    The graphs lie beside ``heads`` and refer to it and to the backbone.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        settings = json.loads(config.read_text(encoding="utf-8"))
        found = json.loads(facts.read_text(encoding="utf-8"))["vocabulary_sha256"]
        tensors = {name: value.astype(np.float32) for name, value in load_file(heads).items()}
        rope = settings.get("rope_parameters") or settings
        size = {name: int(settings[name]) for name in ("num_hidden_layers", "num_attention_heads", "hidden_size")}
        theta = float(rope["rope_theta"])
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise AssetError(f"music weights cannot be read: {heads.parent}: {error}") from error
    if found != fingerprint():
        raise AssetError(
            f"music weights belong to another vocabulary: {found[:12]} in {facts.name}, expected {fingerprint()[:12]}"
        )
    decoder, pitch, duration = (OnnxNetwork(heads.parent / f"{name}.onnx", often=True) for name in _GRAPHS)
    return Weights(
        layers=size["num_hidden_layers"],
        heads=size["num_attention_heads"],
        width=size["hidden_size"],
        rope_theta=theta,
        tensors=tensors,
        decoder=decoder,
        pitch=pitch,
        duration=duration,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """The graph, bound to some rows' histories and to arrays for new steps: first row, row after the last, steps L."""

    span: tuple[int, int, int]
    steps: FloatArray
    seen: NDArray[np.int32]
    total: NDArray[np.int32]
    hidden: FloatArray
    run: Callable[[], None]


class _Head:
    """A head's graph, bound to arrays for each number of rows that it is asked about."""

    def __init__(self, graph: OnnxNetwork, *, width: int, classes: int) -> None:
        self._graph, self._width, self._classes = graph, width, classes
        self._bound: dict[int, tuple[FloatArray, FloatArray, Callable[[], None]]] = {}

    def __call__(self, mixed: FloatArray) -> FloatArray:
        """(A, D) -> (A, classes); the array is filled anew by the next call for as many rows."""
        rows = len(mixed)
        if rows not in self._bound:
            given = np.empty((rows, self._width), dtype=np.float32)
            logits = np.empty((rows, self._classes), dtype=np.float32)
            self._bound[rows] = (given, logits, self._graph.bound({"mixed": given}, {"logits": logits}))
        given, logits, run = self._bound[rows]
        given[...] = mixed
        run()
        return logits


class Decoder:
    """Logits step by step for N rows, each with its own history.

    Parameters
    ----------
    weights : the network.
    rows : N.
    capacity : longest history in steps; `reset` makes room.
    """

    def __init__(self, weights: Weights, *, rows: int, capacity: int) -> None:
        self._weights = weights
        self._w = weights.tensors
        head_width = weights.width // weights.heads
        shape = (rows, weights.heads, capacity, head_width)
        names = [f"{kind}.{layer}" for layer in range(weights.layers) for kind in ("keys", "values")]
        self._cache: dict[str, FloatArray] = {name: np.zeros(shape, dtype=np.float32) for name in names}
        self.lengths: IntArray = np.zeros(rows, dtype=np.int64)
        # The rotation's tables, one row a place.
        half = np.arange(0, head_width, 2, dtype=np.float64) / head_width
        angles = np.outer(np.arange(capacity), 1.0 / weights.rope_theta**half)  # (capacity, K/2)
        self._cos, self._sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
        self._bound: _Bound | None = None
        self._position = np.empty((rows, len(self._w["position_head.bias"])), dtype=np.float32)
        self._pitch, self._duration = (
            _Head(graph, width=weights.width, classes=len(self._w[f"{name}_out.bias"]))
            for name, graph in (("pitch", weights.pitch), ("duration", weights.duration))
        )

    def reset(self, row: int) -> None:
        """Forget one row's history."""
        self.lengths[row] = 0

    def embed_conditions(self, rows: IntArray) -> FloatArray:
        """Embed condition rows, (M, C) -> (M, D)."""
        summed = self._w["condition.weight"][rows + _OFFSETS].sum(axis=1)
        inner = self._linear("condition_in", summed)
        inner /= np.float32(1.0) + np.exp(-inner)
        return summed + self._linear("condition_out", inner)

    def feed(self, active: IntArray, steps: IntArray, conditions: FloatArray) -> FloatArray:
        """Append steps to some rows' histories.

        Rows between the active ones are computed with them and left as they are: cheaper than a second pass over the
        weights.

        Parameters
        ----------
        active : which rows, (A,), ascending.
        steps : position, pitch, duration of each new step, (A, L, 3).
        conditions : embedded conditions of each new step, (A, L, D).

        Returns
        -------
        Hidden state after the last new step, (A, D).
        """
        first, end, new = int(active[0]), int(active[-1]) + 1, steps.shape[1]
        if self._bound is None or self._bound.span != (first, end, new):
            self._bound = self._bind(first, end, new)
        bound, inner = self._bound, active - first
        embedded = conditions.astype(np.float32)
        for index, name in enumerate(STEP_FIELDS):
            embedded += self._w[f"step.{name}.weight"][steps[..., index]]
        bound.steps[inner] = embedded
        np.add(self.lengths[first:end], new - 1, out=bound.seen, casting="same_kind")
        bound.total[...] = bound.seen.max() + 1
        bound.run()
        self.lengths[active] += new
        return bound.hidden[inner]

    def _bind(self, first: int, end: int, new: int) -> _Bound:
        """Bind the graph to the rows from ``first`` to before ``end``, for ``new`` steps at once."""
        rows, width = end - first, self._weights.width
        steps = np.zeros((rows, new, width), dtype=np.float32)
        seen, total = np.zeros(rows, dtype=np.int32), np.zeros((), dtype=np.int32)
        hidden = np.empty((rows, width), dtype=np.float32)
        cache = {name: array[first:end] for name, array in self._cache.items()}
        run = self._weights.decoder.bound(
            {"steps": steps, "seen": seen, "total": total, "cos": self._cos, "sin": self._sin, **cache},
            {"hidden": hidden, "position": self._position[first:end]} | {f"{n}.out": a for n, a in cache.items()},
        )
        return _Bound(span=(first, end, new), steps=steps, seen=seen, total=total, hidden=hidden, run=run)

    def position_logits(self, active: IntArray) -> FloatArray:
        """Logits after the last step of some rows, (A,) -> (A, 97); the last column ends the block."""
        return self._position[active]

    def pitch_logits(self, hidden: FloatArray, position: IntArray, root: IntArray, quality: IntArray) -> FloatArray:
        """(A, D), the chosen position and the chord sounding there, each (A,) -> (A, 128)."""
        mixed = hidden + self._w["step.position.weight"][position]
        mixed += self._w["chord_root.weight"][root]
        mixed += self._w["chord_quality.weight"][quality]
        return self._pitch(mixed)

    def duration_logits(self, hidden: FloatArray, position: IntArray, pitch: IntArray) -> FloatArray:
        """(A, D), the chosen position and pitch, each (A,) -> (A, 33)."""
        mixed = hidden + self._w["step.position.weight"][position]
        mixed += self._w["step.pitch.weight"][pitch]
        return self._duration(mixed)

    def _linear(self, name: str, x: FloatArray) -> FloatArray:
        return (x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]).astype(np.float32, copy=False)
