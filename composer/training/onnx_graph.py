"""The graph of a PyTorch module as an ``.onnx`` file whose weights stay in the ``.safetensors`` file beside it.

The weights exist once: the graph refers to the tensors of the safetensors file by place and length (ONNX external
data). So trained weights need no conversion, and a graph is written anew only when the network's code changes or the
file's tensors move.

Conventions
-----------
* A tensor's name in the module's state dict, less a prefix, is its name in the safetensors file.
* Tensors stored as float16 are cast to float32 where the graph begins; ONNX Runtime does that once, when it opens it.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from composer.files import atomic_write

__all__ = ["stored_tensor", "tensor_places", "write_graph", "write_model"]

_TYPES = {"F32": ("FLOAT", 4), "F16": ("FLOAT16", 2)}


def write_graph(
    module: nn.Module,
    inputs: Mapping[str, Tensor],
    outputs: Sequence[str],
    path: Path,
    *,
    weights: Path,
    prefix: str = "",
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a module's graph for any batch size.

    Parameters
    ----------
    module : nn.Module
        In evaluation mode; its ``forward`` takes the inputs in order.
    inputs : mapping from names to Tensor
        Examples; the first dimension is the batch, at least two long.
    outputs : sequence of str
        Names of what ``forward`` returns.
    path : Path
        The result, in the folder of `weights`.
    weights : Path
        The safetensors file that holds the module's tensors.
    prefix : str
        What stands before the file's names in the module's.
    metadata : mapping, optional
        Kept in the file.

    Raises
    ------
    ValueError
        A parameter of the module that the graph uses is not in the file.
    """
    import onnx

    model = _traced(module, inputs, outputs)
    places = tensor_places(weights)
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        name = tensor.name.removeprefix(prefix)
        if name in places:
            graph.initializer.remove(tensor)
            kind, *place = places[name]
            stored = tensor.name if kind == "F32" else f"{tensor.name}.stored"
            graph.initializer.append(stored_tensor(stored, kind, tuple(tensor.dims), weights.name, place))
            if kind != "F32":
                casts.append(onnx.helper.make_node("Cast", [stored], [tensor.name], to=onnx.TensorProto.FLOAT))
        elif tensor.name in dict(module.named_parameters()):
            raise ValueError(f"{tensor.name} is not in {weights}")
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.helper.set_model_props(model, dict(metadata or {}))
    write_model(model, path)


def write_model(model: Any, path: Path) -> None:
    """Write an ONNX model: the same model, the same bytes."""
    with atomic_write(path) as temporary:
        temporary.write_bytes(model.SerializeToString(deterministic=True))


def _traced(module: nn.Module, inputs: Mapping[str, Tensor], outputs: Sequence[str]) -> Any:
    """The module's graph as an ONNX model with nothing folded, and no words about where it was made."""
    import onnx
    import torch

    batch = torch.export.Dim("batch", min=1, max=1024)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            dynamo=True,
            optimize=False,
            verbose=False,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes=tuple({0: batch} for _ in inputs),
        )
        assert program is not None
        program.save(Path(folder) / "model.onnx")
        model = onnx.load(Path(folder) / "model.onnx")
    for node in model.graph.node:  # the exporter notes each line of source code it came from
        node.doc_string = ""
        del node.metadata_props[:]
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del value.metadata_props[:]
    del model.graph.metadata_props[:]
    return model


def tensor_places(weights: Path) -> dict[str, tuple[str, int, int]]:
    """Find every tensor of a safetensors file: its type (``F32``, ``F16``), first byte and length in bytes."""
    with weights.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    start = 8 + length
    return {
        name: (entry["dtype"], start + entry["data_offsets"][0], entry["data_offsets"][1] - entry["data_offsets"][0])
        for name, entry in header.items()
        if entry["dtype"] in _TYPES
    }


def stored_tensor(name: str, kind: str, shape: tuple[int, ...], file: str, place: Sequence[int]) -> Any:
    """Refer to a tensor of another file, of type ``kind``, at ``place``: first byte and length in bytes."""
    import onnx

    word, _ = _TYPES[kind]
    tensor = onnx.TensorProto(name=name, dims=shape, data_type=onnx.TensorProto.DataType.Value(word))
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", file), ("offset", place[0]), ("length", place[1])):
        tensor.external_data.add(key=key, value=str(value))
    return tensor
