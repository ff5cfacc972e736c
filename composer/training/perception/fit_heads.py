"""Train what stands on the image tower: genre, style, medium, the titles' feelings, the embedding.

    python -m composer.training.perception.fit_heads --data DIR --cache runs/perception

Writes ``heads.safetensors`` to ``composer/weights/painting-encoder`` and the measured figures to
``benchmarks/perception/heads.csv``. Nothing by a locked artist, and no work that people rated, is learned from.
"""

from __future__ import annotations

import json
import math
import tomllib
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file

from composer.files import atomic_write
from composer.perception.picture_heads import BLOCKS, GENRES, HEADS_FILE, MEDIA, STYLES
from composer.training.perception.align import Projection, sentences_of, train_projection
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import data_folder
from composer.training.perception.head_figures import gate_figures, retrieval_figures, task_figures, write_figures
from composer.training.perception.head_material import HeadMaterial, load_head_material
from composer.training.perception.media import fit_gate, gate_folds, load_media
from composer.training.perception.tasks import TaskNetwork, train_tasks, train_titles
from composer.training.perception.title_feelings import feelings_of_titles

__all__ = ["RECIPE", "WEIGHTS", "replace_heads", "save_heads"]

WEIGHTS = Path(__file__).parents[2] / "weights"
RECIPE = Path(__file__).parents[1] / "recipes" / "picture_heads.toml"
_EXACT = ("mean", "spread", "scale")


def save_heads(
    path: Path,
    material: HeadMaterial,
    network: TaskNetwork,
    projection: Projection,
    more: dict[str, np.ndarray],
) -> None:
    """Write everything as `composer.perception.picture_heads` reads it; matrices in float16.

    Parameters
    ----------
    path : the file.
    material, network, projection : standardisation and networks.
    more : ``medium_weight``, ``medium_bias`` and what `train_titles` returns.
    """
    tensors = {
        "mean": material.mean,
        "spread": material.spread,
        **{
            f"{name}_{part}": getattr(getattr(network, name), part).detach().numpy()
            for name in ("hidden", "genre", "style")
            for part in ("weight", "bias")
        },
        "first": projection.first.weight.detach().numpy(),
        "first_bias": projection.first.bias.detach().numpy(),
        "second": projection.second.weight.detach().numpy(),
        "text": projection.text.weight.detach().numpy(),
        "scale": np.array([math.exp(projection.log_scale.item())], np.float32),
        **more,
    }
    stored = {
        name: np.ascontiguousarray(value.astype(np.float32 if name in _EXACT or value.ndim == 1 else np.float16))
        for name, value in tensors.items()
    }
    names = json.dumps([list(MEDIA), list(GENRES), list(STYLES), list(BLOCKS)])
    with atomic_write(path) as part:
        save_file(stored, part, metadata={"names": names})


def replace_heads(path: Path, tensors: dict[str, np.ndarray]) -> None:
    """Write some tensors anew among the others of a file; matrices in float16."""
    with safe_open(path, framework="np") as file:
        metadata: dict[str, str] = file.metadata()
        kept = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    new = {name: value.astype(np.float32 if value.ndim == 1 else np.float16) for name, value in tensors.items()}
    with atomic_write(path) as part:
        save_file(kept | new, part, metadata=metadata)


def main() -> None:
    """Run from the command line."""
    args = training_parser(__doc__, out=WEIGHTS, table=Path("benchmarks/perception/heads.csv")).parse_args()
    torch.set_num_threads(1)
    data, recipe = data_folder(args.data), tomllib.loads(RECIPE.read_text())
    material = load_head_material(data, args.cache)
    feelings = feelings_of_titles(data, material.works, args.cache)
    network = train_tasks(material, feelings, recipe["tasks"])
    figures = task_figures(material, network)
    media = load_media(data, args.cache, material)
    figures += gate_figures(media, gate_folds(media))
    medium, titles = fit_gate(media, media.learned()), train_titles(material, feelings, recipe["titles"])
    sentences = sentences_of(material.works, args.cache)
    projection = train_projection(material, sentences, recipe["captions"], recipe["embedding"])
    more = {"medium_weight": medium[0], "medium_bias": medium[1], **titles}
    save_heads(args.out / HEADS_FILE, material, network, projection, more)
    figures += retrieval_figures(material, sentences, projection)
    write_figures(args.table, figures)


if __name__ == "__main__":
    main()
