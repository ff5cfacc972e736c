"""The graphs of the audio-text encoder for ONNX Runtime: ``python -m composer.training.audio_text.export``.

Run it after the weights were trained anew; ``scripts/hash_weights.py`` then lists the files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn

from composer import assets
from composer.metrics.sound_encoder import SOUND_GRAPH, TEXT_GRAPH, WEIGHTS
from composer.metrics.spectra import BANDS, FRAMES
from composer.metrics.tags import tag_names
from composer.sentences import WIDTH
from composer.training.audio_text.network import SoundNetwork
from composer.training.onnx_graph import write_graph

__all__ = ["export", "read_network"]

_MODE = tag_names().index("mode: major")


class _Hearing(nn.Module):
    """Embeddings and logits of tags from spectra."""

    def __init__(self, network: SoundNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, spectra: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, 148, 312) to (B, 128), of unit length, and (B, tags)."""
        hidden = self.network.hidden(spectra)
        found = self.network.tagger(hidden)
        # Major or minor follows from the likeliest keys, which a linear head cannot see.
        keys = self.network.key_logits(spectra).unflatten(1, (2, 12)).logsumexp(2)
        return self.network.embed_sound(hidden), torch.cat([found[:, :_MODE], keys, found[:, _MODE + 2 :]], dim=1)


class _Reading(nn.Module):
    """Embeddings of sentences."""

    def __init__(self, network: SoundNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, sentences: Tensor) -> Tensor:
        """Map (B, 384) to (B, 128), of unit length."""
        return self.network.embed_text(sentences)


def read_network(weights: Path) -> SoundNetwork:
    """The network with the weights of a safetensors file, in evaluation mode."""
    from safetensors.torch import load_file

    network = SoundNetwork(len(tag_names()))
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(weights).items()})
    return network.eval()


def export(folder: Path) -> None:
    """Write the two graphs beside the weights in a folder."""
    weights = folder / Path(WEIGHTS).name
    network = read_network(weights)
    spectra = torch.randn(2, BANDS, FRAMES, generator=torch.Generator().manual_seed(0)) * 3 - 9
    write_graph(
        _Hearing(network),
        {"spectra": spectra},
        ("sounds", "logits"),
        folder / Path(SOUND_GRAPH).name,
        weights=weights,
        prefix="network.",
    )
    write_graph(
        _Reading(network),
        {"sentences": torch.ones(2, WIDTH)},
        ("texts",),
        folder / Path(TEXT_GRAPH).name,
        weights=weights,
        prefix="network.",
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--folder",
        type=Path,
        default=assets.weights_root() / Path(WEIGHTS).parent,
        help="with model.safetensors  [default: the embedded one]",
    )
    export(parser.parse_args().folder)


if __name__ == "__main__":
    main()
