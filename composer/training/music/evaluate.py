"""Bits per note of a trained model, per source, on a split of the token cache, all conditions known.

``python -m composer.training.music.evaluate --cache CACHE.npz --model composer/weights/music --split test``
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from composer.training.music.batches import load_cache
from composer.training.music.corpus import SPLITS
from composer.training.music.network import load_network
from composer.training.music.train import validate

__all__ = ["main"]


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="folder with the model's four files")
    parser.add_argument("--split", choices=SPLITS, default="val")
    parser.add_argument("--windows", type=int, default=24, help="windows per source (default 24)")
    options = parser.parse_args(argv)
    scores = validate(
        load_network(options.model),
        load_cache(options.cache),
        split=SPLITS.index(options.split),
        windows=options.windows,
        length=512,
        device=torch.device("cpu"),
    )
    for source, bits in scores.items():
        print(f"{source:24s} {bits:.3f}")


if __name__ == "__main__":
    main()
