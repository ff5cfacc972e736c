"""The graphs of the music transformer that ONNX Runtime decodes with.

    python -m composer.training.music.export FOLDER

writes three graphs beside the weights, which they refer to:

``decoder.onnx``
    New steps of several rows at once, each row with its own history. The keys and values of the history are inputs and
    outputs in the same memory (`GroupQueryAttention` of ONNX Runtime, which also turns the positions), so nothing is
    copied from step to step. The products with the backbone's matrices are those of whole numbers of eight bits
    (`MatMulNBits`): less than half the time, and a row's result does not depend on the rows beside it.
``pitch.onnx``, ``duration.onnx``
    The heads that are asked after the position is known.

Embeddings are looked up with numpy. A parity test ties every logit of graphs that round nothing to transformers'
`LlamaModel`, another bounds how far rounding moves them; ``benchmarks/generation/rounding.py`` has its price in bits a
note.

Shapes: B rows, L new steps, S longest history, D width, H heads, K head width.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composer.training.onnx_graph import stored_tensor, tensor_places, write_model

if TYPE_CHECKING:
    from onnx import NodeProto

__all__ = ["GRAPHS", "write_graphs"]

GRAPHS = ("decoder.onnx", "pitch.onnx", "duration.onnx")
_CONTRIB = "com.microsoft"
_BLOCK = 32
"""Numbers with a common scale."""
_WHOLE_NUMBERS = 4
"""The accuracy level of `MatMulNBits` that multiplies whole numbers."""
_BACKBONE, _HEADS = "model.safetensors", "heads.safetensors"


class _Graph:
    """A graph in the making: nodes in order, weights that stand in safetensors files."""

    def __init__(self, folder: Path, *, rounded: bool = False) -> None:
        self.multiply = self.rounded_product if rounded else self.product
        self._places = {name: tensor_places(folder / name) for name in (_BACKBONE, _HEADS)}
        self._shapes = {name: _shapes(folder / name) for name in (_BACKBONE, _HEADS)}
        self.nodes: list[NodeProto] = []
        self.tensors: dict[str, Any] = {}

    def weight(self, file: str, name: str) -> str:
        """Refer to a tensor, as float32."""
        kind, *place = self._places[file][name]
        stored = f"{name}.stored"
        if stored not in self.tensors:
            self.tensors[stored] = stored_tensor(stored, kind, self._shapes[file][name], file, place)
            self.add("Cast", [stored], [name], to=1)
        return name

    def add(self, kind: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes: Any) -> str:
        """Append a node; return its first output."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, **attributes))
        return outputs[0]

    def product(self, rows: str, *names: str, file: str, out: str) -> str:
        """Multiply rows by matrices that are stored for column vectors, put side by side."""
        turned = self.add("Transpose", [self._joined(names, file=file, out=out)], [f"{out}.matrix"], perm=[1, 0])
        return self.add("MatMul", [rows, turned], [out])

    def rounded_product(self, rows: str, *names: str, file: str, out: str) -> str:
        """`product` on whole numbers of eight bits: either side is rounded by blocks of `_BLOCK`, each with its scale.

        The matrix is rounded when the graph is opened, so its weights are stored once. One whose rows are no whole
        number of blocks is multiplied as it is.
        """
        sizes = [self._shapes[file][f"{name}.weight"] for name in names]
        high, wide = sum(size[0] for size in sizes), sizes[0][1]
        if wide % _BLOCK:
            return self.product(rows, *names, file=file, out=out)
        blocks = self._shape(high, wide // _BLOCK, _BLOCK)
        joined = self._joined(names, file=file, out=out)
        apart = self.add("Reshape", [joined, blocks], [f"{out}.apart"])
        peaks = self.add(
            "ReduceMax", [self.add("Abs", [apart], [f"{out}.size"]), self._shape(2)], [f"{out}.peaks"], keepdims=0
        )
        above = self.add("Max", [peaks, self._real("least", 1e-9)], [f"{out}.above"])
        scales = self.add("Div", [above, self._real("steps up", 127.0)], [f"{out}.scales"])
        zeros = self.add("Expand", [self._zero(), self._shape(high, wide // _BLOCK)], [f"{out}.zeros"])
        whole = self.add("QuantizeLinear", [joined, scales, zeros], [f"{out}.whole"], axis=1, block_size=_BLOCK)
        matrix = self.add("Reshape", [whole, blocks], [f"{out}.matrix"])
        facts = {"K": wide, "N": high, "bits": 8, "block_size": _BLOCK, "accuracy_level": _WHOLE_NUMBERS}
        return self.add("MatMulNBits", [rows, matrix, scales], [out], _CONTRIB, **facts)

    def _joined(self, names: Sequence[str], *, file: str, out: str) -> str:
        """Put matrices one below the other."""
        parts = [self.weight(file, f"{name}.weight") for name in names]
        return parts[0] if len(parts) == 1 else self.add("Concat", parts, [f"{out}.joined"], axis=0)

    def _shape(self, *values: int) -> str:
        from onnx import helper

        name = "x".join(map(str, values))
        self.tensors.setdefault(name, helper.make_tensor(name, 7, [len(values)], values))
        return name

    def _zero(self) -> str:
        """The step that stands for 0."""
        from onnx import helper

        self.tensors.setdefault("zero", helper.make_tensor("zero", 2, [], [128]))
        return "zero"

    def _real(self, name: str, value: float) -> str:
        from onnx import helper

        self.tensors.setdefault(name, helper.make_tensor(name, 1, [], [value]))
        return name

    def silu(self, rows: str) -> str:
        """Multiply by the logistic function."""
        return self.add("QuickGelu", [rows], [f"{rows}.silu"], _CONTRIB, alpha=1.0)

    def linear(self, rows: str, name: str, out: str) -> str:
        """Multiply by a head's matrix and add its bias."""
        product = self.product(rows, name, file=_HEADS, out=f"{out}.product")
        return self.add("Add", [product, self.weight(_HEADS, f"{name}.bias")], [out])

    def write(self, path: Path, inputs: list[Any], outputs: list[Any]) -> None:
        """Write the graph."""
        from onnx import helper

        graph = helper.make_graph(self.nodes, path.stem, inputs, outputs, list(self.tensors.values()))
        versions = [helper.make_opsetid("", 21), helper.make_opsetid(_CONTRIB, 1)]
        write_model(helper.make_model(graph, opset_imports=versions, ir_version=10, producer_name="composer"), path)


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - not a mapping


def _value(name: str, shape: list[str | int], kind: int = 1) -> Any:
    from onnx import helper

    return helper.make_tensor_value_info(name, kind, shape)


def write_graphs(folder: Path, *, rounded: bool = True) -> None:
    """Write the graphs of a model directory, as `composer.training.music.network.save_network` wrote it.

    Parameters
    ----------
    folder : where they belong.
    rounded : the backbone multiplies whole numbers of eight bits; False multiplies what is stored.
    """
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    _write_decoder(_Graph(folder, rounded=rounded), folder, settings)
    width = settings["hidden_size"]
    for name in ("pitch", "duration"):
        graph = _Graph(folder)
        inner = graph.silu(graph.linear("mixed", f"{name}_in", "inner"))
        graph.linear(inner, f"{name}_out", "logits")
        graph.write(folder / f"{name}.onnx", [_value("mixed", ["B", width])], [_value("logits", ["B", "classes"])])


def _write_decoder(graph: _Graph, folder: Path, settings: dict[str, Any]) -> None:
    layers, heads = settings["num_hidden_layers"], settings["num_attention_heads"]
    width = settings["hidden_size"]
    cache: list[str | int] = ["B", heads, "capacity", width // heads]
    inputs = [_value("steps", ["B", "L", width]), _value("seen", ["B"], 6), _value("total", [], 6)]
    inputs += [_value(name, ["capacity", "half"]) for name in ("cos", "sin")]
    names = [f"{kind}.{layer}" for layer in range(layers) for kind in ("keys", "values")]
    inputs += [_value(name, cache) for name in names]
    outputs = [_value("hidden", ["B", width]), _value("position", ["B", "classes"])]
    outputs += [_value(f"{name}.out", cache) for name in names]
    epsilon = settings["rms_norm_eps"]
    first = graph.weight(_BACKBONE, "layers.0.input_layernorm.weight")
    # The norm without a mean of ONNX Runtime, which stands in the standard's domain.
    rows = graph.add("SimplifiedLayerNormalization", ["steps", first], ["rows.0"], axis=-1, epsilon=epsilon)
    total = "steps"
    for layer in range(layers):
        after = "norm.weight" if layer + 1 == layers else f"layers.{layer + 1}.input_layernorm.weight"
        rows, total = _layer(graph, layer, rows, total, heads=heads, after=after, epsilon=epsilon)
    graph.tensors["latest"] = _number("latest", -1)
    graph.add("Gather", [rows, "latest"], ["hidden"], axis=1)
    graph.linear("hidden", "position_head", "position")
    graph.write(folder / "decoder.onnx", inputs, outputs)


def _layer(
    graph: _Graph, layer: int, rows: str, total: str, *, heads: int, after: str, epsilon: float
) -> tuple[str, str]:
    """Add a layer; return its normed rows, ready for what comes after, and their sum with what came before."""
    name = f"layers.{layer}"
    projections = [f"{name}.self_attn.{kind}_proj" for kind in "qkv"]
    joined = graph.multiply(rows, *projections, file=_BACKBONE, out=f"{name}.qkv")
    caches = [f"keys.{layer}", f"values.{layer}"]
    mixed = graph.add(
        "GroupQueryAttention",
        [joined, "", "", *caches, "seen", "total", "cos", "sin"],
        [f"{name}.mixed", *(f"{cache}.out" for cache in caches)],
        _CONTRIB,
        num_heads=heads,
        kv_num_heads=heads,
        do_rotary=1,
    )
    attended = graph.multiply(mixed, f"{name}.self_attn.o_proj", file=_BACKBONE, out=f"{name}.attended")
    rows, total = _add_and_norm(graph, attended, total, f"{name}.post_attention_layernorm.weight", f"{name}.a", epsilon)
    gate = graph.multiply(rows, f"{name}.mlp.gate_proj", file=_BACKBONE, out=f"{name}.gate")
    up = graph.multiply(rows, f"{name}.mlp.up_proj", file=_BACKBONE, out=f"{name}.up")
    inner = graph.add("Mul", [graph.silu(gate), up], [f"{name}.inner"])
    down = graph.multiply(inner, f"{name}.mlp.down_proj", file=_BACKBONE, out=f"{name}.down")
    return _add_and_norm(graph, down, total, after, f"{name}.b", epsilon)


def _add_and_norm(graph: _Graph, new: str, total: str, norm: str, out: str, epsilon: float) -> tuple[str, str]:
    """Add new rows to what came before; return the sum normed, and the sum."""
    weight = graph.weight(_BACKBONE, norm)
    outputs = [f"{out}.normed", "", "", f"{out}.sum"]
    graph.add("SkipSimplifiedLayerNormalization", [new, total, weight], outputs, _CONTRIB, epsilon=epsilon)
    return outputs[0], outputs[3]


def _number(name: str, value: int) -> Any:
    from onnx import helper

    return helper.make_tensor(name, 7, [], [value])


def main() -> None:
    """Write the graphs of the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a model directory, such as composer/weights/music")
    write_graphs(parser.parse_args().folder)


if __name__ == "__main__":
    main()
