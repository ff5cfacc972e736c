"""A debug-size model from the real classes, and plans to write under it."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.music.decoder import Weights, load_weights

FILES = ("config.json", "heads.safetensors", "composer.json")


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model directory with random weights."""
    import torch

    from composer.training.music.network import MusicNetwork, NetworkConfig, save_network

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("music")
    save_network(MusicNetwork(NetworkConfig(width=32, layers=2, heads=2, feed_forward=64)), folder)
    return folder


@pytest.fixture(scope="session")
def tiny_weights(tiny_folder: Path) -> Weights:
    """The same weights as the decoder reads them."""
    return load_weights(*(tiny_folder / name for name in FILES))
