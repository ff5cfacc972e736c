"""The session of a neural network on ONNX Runtime: the one place that opens one.

Conventions
-----------
* A network is a verified ``.onnx`` file of fixed graph. Its weights stand in it, or in the ``.safetensors`` file beside
  it, which it then refers to as ONNX external data; that file is verified as well.
* One thread: the same numbers whatever the machine's number of cores, and no idle threads beside the caller's.
* Values are NumPy arrays; inputs are given by name, outputs come back in the graph's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer import assets
from composer.errors import AssetError

__all__ = ["OnnxNetwork", "open_network"]

_ERRORS_ONLY = 3


class OnnxNetwork:
    """A network that is ready to run.

    Parameters
    ----------
    path : Path
        The ``.onnx`` file.
    often : bool
        It is run many times: memory is kept from one run to the next.

    Raises
    ------
    AssetError
        It is no network that this ONNX Runtime can run.
    """

    def __init__(self, path: Path, *, often: bool = False) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = _ERRORS_ONLY
        options.enable_cpu_mem_arena = often
        try:
            self._session: Any = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors have no public root but Exception
            reason = " ".join(str(error).split())[:200]
            raise AssetError(
                f"{path}: is no network that ONNX Runtime can run: {reason}", hint="install Composer again"
            ) from error
        self.metadata: Mapping[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)

    @property
    def output_shapes(self) -> dict[str, tuple[int | str, ...]]:
        """The outputs' names and shapes; a dimension that is a word is free."""
        return {output.name: tuple(output.shape) for output in self._session.get_outputs()}

    def __call__(self, **inputs: NDArray[np.generic]) -> tuple[NDArray[np.float32], ...]:
        """Run the network on inputs given by name; return its outputs in the graph's order."""
        return tuple(self._session.run(None, inputs))

    def bound(
        self, inputs: Mapping[str, NDArray[np.generic]], outputs: Mapping[str, NDArray[np.generic]]
    ) -> Callable[[], None]:
        """Bind the network to arrays; calling what is returned reads the inputs anew and fills the outputs.

        All arrays are C-contiguous. An output may lie in the memory of an input where the network allows it.
        """
        binding = self._session.io_binding()
        for bind, arrays in ((binding.bind_input, inputs), (binding.bind_output, outputs)):
            for name, array in arrays.items():
                bind(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
        held = (*inputs.values(), *outputs.values())  # the binding knows their addresses only

        def run(_held: tuple[NDArray[np.generic], ...] = held) -> None:
            self._session.run_with_iobinding(binding)

        return run


@lru_cache(maxsize=8)
def open_network(name: str, *, weights: str | None = None) -> OnnxNetwork:
    """Open an embedded network; a second call returns the same one.

    Parameters
    ----------
    name : str
        Its ``.onnx`` file, as `composer.assets.verified` takes it.
    weights : str, optional
        The ``.safetensors`` file that it refers to, in the same folder.

    Raises
    ------
    AssetError
        A file is missing, damaged or not what the list of weights says, or the network does not run.
    """
    path = assets.verified(name)
    if weights is not None and assets.verified(weights).parent != path.parent:
        raise AssetError(
            f"{weights!r} and {name!r} lie in different folders", hint="put both files into one folder of COMPOSER_HOME"
        )
    return OnnxNetwork(path)
