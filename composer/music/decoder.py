"""The music transformer at run time: cached decoding in numpy, several candidates as one batch.

The weights are a standard Hugging Face model directory (a Llama backbone) with our embeddings and heads beside it. No
torch is needed to decode: five million parameters are cheap on a CPU, importing torch is not. A parity test ties every
logit to transformers' `LlamaModel`.

Shapes: N candidates, L new steps, S cached steps, D width, H heads, K head width.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.errors import AssetError
from composer.music.tokens import CONDITIONS, STEP_FIELDS, fingerprint

__all__ = ["Decoder", "Weights", "load_weights"]

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
_OFFSETS = np.cumsum([0, *CONDITIONS.values()])[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The network's size and its float32 tensors by name (the backbone's under ``backbone.``)."""

    layers: int
    heads: int
    rope_theta: float
    rms_norm_eps: float
    tensors: dict[str, FloatArray] = field(compare=False, repr=False)


def load_weights(config: Path, backbone: Path, heads: Path, facts: Path) -> Weights:
    """Read the model's four files; `AssetError` when they are broken or do not belong to this vocabulary."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        settings = json.loads(config.read_text(encoding="utf-8"))
        about = json.loads(facts.read_text(encoding="utf-8"))
        tensors = {f"backbone.{name}": value.astype(np.float32) for name, value in load_file(backbone).items()}
        tensors |= {name: value.astype(np.float32) for name, value in load_file(heads).items()}
        found = about["vocabulary_sha256"]
        rope = settings.get("rope_parameters") or settings
        weights = Weights(
            layers=int(settings["num_hidden_layers"]),
            heads=int(settings["num_attention_heads"]),
            rope_theta=float(rope["rope_theta"]),
            rms_norm_eps=float(settings["rms_norm_eps"]),
            tensors=tensors,
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise AssetError(f"music weights cannot be read: {backbone.parent}: {error}") from error
    if found != fingerprint():
        raise AssetError(
            f"music weights belong to another vocabulary: {found[:12]} in {facts.name}, expected {fingerprint()[:12]}"
        )
    return weights


_FEW = 6
"""Rows up to which they are multiplied one by one: BLAS would copy the whole matrix first, which takes longer."""
_HEADS = ("position_head", "pitch_in", "pitch_out", "duration_in", "duration_out")


def _times(rows: FloatArray, matrix: FloatArray) -> FloatArray:
    """(M, D) times (D, E)."""
    if len(rows) > _FEW:
        return rows @ matrix
    return np.matmul(rows[:, None], matrix)[:, 0]


def _silu(x: FloatArray) -> FloatArray:
    return (x / (np.float32(1.0) + np.exp(-x))).astype(np.float32, copy=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Where new steps stand: which candidates, their first place (A,), the longest history, what each may not see yet
    (A, 1, L, S) or None, and the rotation of their places, (A, L, 1, 1, K); ``sin`` is negative in its first half.
    """

    active: IntArray
    first: IntArray
    longest: int
    blocked: NDArray[np.bool_] | None
    cos: FloatArray
    sin: FloatArray


class Decoder:
    """Logits step by step for N candidates of one piece, each with its own history.

    Parameters
    ----------
    weights : the network.
    candidates : N.
    capacity : longest history in steps; `reset` makes room.
    """

    def __init__(self, weights: Weights, *, candidates: int, capacity: int) -> None:
        self._w = weights.tensors
        self._weights = weights
        width = self._w["backbone.norm.weight"].shape[0]
        self._head_width = width // weights.heads
        shape = (weights.layers, candidates, weights.heads, capacity, self._head_width)
        self._keys = np.zeros(shape, dtype=np.float32)
        self._values = np.zeros(shape, dtype=np.float32)
        self.lengths: IntArray = np.zeros(candidates, dtype=np.int64)
        half = np.arange(0, self._head_width, 2, dtype=np.float64) / self._head_width
        # The rotation's tables, one row a place.
        angles = np.outer(np.arange(capacity), 1.0 / weights.rope_theta**half)  # (capacity, K/2)
        self._cos = np.concatenate([np.cos(angles)] * 2, axis=1).astype(np.float32)
        self._sin = np.concatenate([-np.sin(angles), np.sin(angles)], axis=1).astype(np.float32)
        self._fused = [self._fuse(layer) for layer in range(weights.layers)]
        self._heads = {
            name: (np.ascontiguousarray(self._w[f"{name}.weight"].T), self._w[f"{name}.bias"]) for name in _HEADS
        }

    def _fuse(self, layer: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """A layer's matrices, transposed for row vectors: query-key-value, output, gate-up, down.

        The scales of the norms before them and of the attention are multiplied in.
        """
        prefix = f"backbone.layers.{layer}."
        query, key, value = (self._w[f"{prefix}self_attn.{name}_proj.weight"] for name in "qkv")
        qkv = np.concatenate([query * np.float32(self._head_width**-0.5), key, value])
        gate_up = np.concatenate([self._w[f"{prefix}mlp.{name}_proj.weight"] for name in ("gate", "up")])
        return (
            np.ascontiguousarray((qkv * self._w[f"{prefix}input_layernorm.weight"]).T),
            np.ascontiguousarray(self._w[f"{prefix}self_attn.o_proj.weight"].T),
            np.ascontiguousarray((gate_up * self._w[f"{prefix}post_attention_layernorm.weight"]).T),
            np.ascontiguousarray(self._w[f"{prefix}mlp.down_proj.weight"].T),
        )

    @property
    def capacity(self) -> int:
        """Longest history in steps."""
        return self._keys.shape[3]

    def reset(self, candidate: int) -> None:
        """Forget one candidate's history."""
        self.lengths[candidate] = 0

    def embed_conditions(self, rows: IntArray) -> FloatArray:
        """Embed condition rows, (M, C) -> (M, D)."""
        summed = self._w["condition.weight"][rows + _OFFSETS].sum(axis=1)
        return summed + self._linear("condition_out", _silu(self._linear("condition_in", summed)))

    def feed(self, active: IntArray, steps: IntArray, conditions: FloatArray) -> FloatArray:
        """Append steps to some candidates' histories.

        Parameters
        ----------
        active : which candidates, (A,).
        steps : position, pitch, duration of each new step, (A, L, 3).
        conditions : embedded conditions of each new step, (A, L, D).

        Returns
        -------
        Hidden state after the last new step, (A, D).
        """
        hidden = conditions.copy()  # (A, L, D)
        for index, name in enumerate(STEP_FIELDS):
            hidden += self._w[f"step.{name}.weight"][steps[..., index]]
        new = hidden.shape[1]
        places = self.lengths[active][:, None] + np.arange(new)  # (A, L)
        longest = int(places.max()) + 1
        uneven = new > 1 or len(set(places[:, 0].tolist())) > 1
        span = _Span(
            active=active,
            first=places[:, 0],
            longest=longest,
            blocked=(np.arange(longest) > places[..., None])[:, None] if uneven else None,
            cos=self._cos[places][:, :, None, None],
            sin=self._sin[places][:, :, None, None],
        )
        for layer in range(self._weights.layers):
            hidden = self._layer(layer, hidden, span)
        self.lengths[active] += new
        return self._norm(hidden[:, -1]) * self._w["backbone.norm.weight"]

    def _layer(self, layer: int, hidden: FloatArray, span: _Span) -> FloatArray:
        qkv_weight, out_weight, gate_up_weight, down_weight = self._fused[layer]
        count, new, width = hidden.shape
        rows = hidden.reshape(-1, width)
        qkv = _times(self._norm(rows), qkv_weight).reshape(count, new, 3, self._weights.heads, self._head_width)
        turned = self._rotate(qkv[:, :, :2], span)  # (A, L, 2, H, K)
        self._remember(layer, turned[:, :, 1], qkv[:, :, 2], span)
        # A context where nobody has finished.
        seen = slice(None) if count == self._keys.shape[1] else span.active
        keys = self._keys[layer, seen, :, : span.longest]  # (A, H, S, K)
        scores = turned[:, :, 0].transpose(0, 2, 1, 3) @ keys.transpose(0, 1, 3, 2)  # (A, H, L, S)
        if span.blocked is not None:
            scores = np.where(span.blocked, np.float32(-1e30), scores)
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        mixed = scores @ self._values[layer, seen, :, : span.longest]  # (A, H, L, K)
        mixed /= scores.sum(axis=-1, keepdims=True)
        rows = rows + _times(mixed.transpose(0, 2, 1, 3).reshape(-1, width), out_weight)
        gate_up = _times(self._norm(rows), gate_up_weight)
        inner = gate_up.shape[1] // 2
        return (rows + _times(_silu(gate_up[:, :inner]) * gate_up[:, inner:], down_weight)).reshape(hidden.shape)

    def _remember(self, layer: int, keys: FloatArray, values: FloatArray, span: _Span) -> None:
        """Put the new steps' keys and values, each (A, L, H, K), into the cache."""
        new = keys.shape[1]
        if new == 1:
            self._keys[layer, span.active, :, span.first] = keys[:, 0]
            self._values[layer, span.active, :, span.first] = values[:, 0]
            return
        for row, (candidate, start) in enumerate(zip(span.active.tolist(), span.first.tolist(), strict=True)):
            self._keys[layer, candidate, :, start : start + new] = keys[row].transpose(1, 0, 2)
            self._values[layer, candidate, :, start : start + new] = values[row].transpose(1, 0, 2)

    def _rotate(self, x: FloatArray, span: _Span) -> FloatArray:
        """Rotary position embedding of (A, L, 2, H, K)."""
        swapped = x.reshape(*x.shape[:-1], 2, -1)[..., ::-1, :].reshape(x.shape)
        swapped *= span.sin
        swapped += x * span.cos
        return swapped

    def _norm(self, x: FloatArray) -> FloatArray:
        """Root-mean-square norm without its scale."""
        variance = np.einsum("...d,...d->...", x, x)[..., None] / np.float32(x.shape[-1])
        return (x / np.sqrt(variance + np.float32(self._weights.rms_norm_eps))).astype(np.float32, copy=False)

    def _linear(self, name: str, x: FloatArray) -> FloatArray:
        return (x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]).astype(np.float32, copy=False)

    def _head(self, name: str, x: FloatArray) -> FloatArray:
        matrix, bias = self._heads[name]
        return _times(x, matrix) + bias

    def position_logits(self, hidden: FloatArray) -> FloatArray:
        """(A, D) -> (A, 97); the last column ends the block."""
        return self._head("position_head", hidden)

    def pitch_logits(self, hidden: FloatArray, position: IntArray, root: IntArray, quality: IntArray) -> FloatArray:
        """(A, D), the chosen position and the chord sounding there, each (A,) -> (A, 128)."""
        mixed = hidden + self._w["step.position.weight"][position]
        mixed = mixed + self._w["chord_root.weight"][root] + self._w["chord_quality.weight"][quality]
        return self._head("pitch_out", _silu(self._head("pitch_in", mixed)))

    def duration_logits(self, hidden: FloatArray, position: IntArray, pitch: IntArray) -> FloatArray:
        """(A, D), the chosen position and pitch, each (A,) -> (A, 33)."""
        mixed = hidden + self._w["step.position.weight"][position] + self._w["step.pitch.weight"][pitch]
        return self._head("duration_out", _silu(self._head("duration_in", mixed)))
