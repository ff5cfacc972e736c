"""Tensors of an embedded safetensors file as float32 arrays."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from composer import assets
from composer.errors import AssetError

__all__ = ["read_fitted", "read_safetensors"]


def read_safetensors(name: str) -> tuple[dict[str, NDArray[np.float32]], dict[str, str]]:
    """Return the tensors, as float32 arrays, and the metadata of an embedded weights file.

    Raises
    ------
    AssetError
        The file is missing, damaged or not what the manifest says.
    """
    from safetensors import SafetensorError, safe_open

    path = assets.verified(name)
    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {key: file.get_tensor(key).astype(np.float32) for key in file.keys()}  # noqa: SIM118 - no mapping
            return tensors, dict(file.metadata() or {})
    except (SafetensorError, OSError, ValueError) as error:
        raise AssetError(f"{path}: cannot be read as safetensors ({error})") from error


def read_fitted(
    name: str, *, names: str, wanted: object, program: str
) -> tuple[dict[str, NDArray[np.float32]], dict[str, str]]:
    """Return what `read_safetensors` does, of a file that was fitted for this version's names.

    Parameters
    ----------
    name : of the file.
    names : entry of its metadata, as JSON, that says for which.
    wanted : what has to stand there.
    program : module of ``composer.training.perception`` that makes the file.

    Raises
    ------
    AssetError
        The file is missing, damaged or fitted for other names.
    """
    tensors, metadata = read_safetensors(name)
    if json.loads(metadata.get(names, "null")) != wanted:
        raise AssetError(
            f"{name}: made for other {names} than this version's",
            hint=f"install Composer again, or make it with composer.training.perception.{program}",
        )
    return tensors, metadata
