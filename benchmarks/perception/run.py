"""Measure the shipped painting encoder: retrieval and speed; gather all figures in results.csv.

    python benchmarks/perception/run.py --data DIR --cache runs/perception

Needs the caches of ``composer.training.perception.features`` and ``align``; ``affect.csv`` and ``words.csv`` come from
``fit_affect`` and ``export``.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import argument_parser, write_csv
from composer import assets
from composer.metrics.confidence import wilson_interval
from composer.perception.image import load_painting
from composer.perception.perceive import perceive
from composer.training.perception.corpus import data_folder
from composer.training.perception.export import image_embeddings
from composer.training.perception.features import load_features
from composer.training.perception.material import RECIPE, held_out, load_material
from composer.types import Painting

HERE = Path(__file__).parent
NEAR_DUPLICATE = 0.97  # cosine similarity of standardised features above which two pictures are taken for one


def wilson(share: float, n: int) -> tuple[float, float]:
    """Bounds of the 95 % interval of a share."""
    found = wilson_interval(round(share * n), n)
    return found.low, found.high


def retrieval(data: Path, cache: Path) -> list[list[object]]:
    recipe = tomllib.loads(RECIPE.read_text())
    material = load_material(data, cache, recipe)
    tensors = load_file(assets.verified("painting-encoder/model.safetensors"))
    published = torch.from_numpy(np.load(cache / "published0.npy").astype(np.float32)[material.rows])
    features = torch.from_numpy(load_features(cache)[1][material.rows])
    trained = np.flatnonzero(material.split == "train")
    mean, spread = published[trained].mean(0), published[trained].std(0) + 1e-3
    standard = torch.nn.functional.normalize((published - mean) / spread, dim=1)
    rows = held_out(material, "test", 1200)
    alone = (standard[rows] @ standard[trained].T).max(1).values < NEAR_DUPLICATE
    print(f"{int((~alone).sum())} of {len(rows)} test pictures look like a training picture and are left out")
    rows = rows[alone][:1000]
    pictures = image_embeddings(tensors, features[rows])
    found: list[list[object]] = []
    for template, sentences in zip(recipe["captions"], material.sentences, strict=True):
        texts = torch.nn.functional.normalize(sentences[rows] @ tensors["text.proj.weight"].float().T, dim=1)
        similarity = texts @ pictures.T
        better = (similarity > similarity.diagonal()[:, None]).sum(1)
        for rank in (1, 5, 10):
            share = float((better < rank).float().mean())
            low, high = wilson(share, len(rows))
            found.append([f"R@{rank} of {template!r} among {len(rows)}", len(rows), share, low, high])
    return found


def timing(data: Path) -> list[list[object]]:
    path = min((data / "paintings").glob("*.jpg"))
    painting = load_painting(path)
    perceive(painting)
    spans = []
    for _ in range(20):
        start = time.perf_counter()
        perceive(load_painting(path))
        spans.append(1000 * (time.perf_counter() - start))
    code = f"from composer.perception import *; perceive(load_painting({str(path)!r}))"
    cold = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        cold.append(1000 * (time.perf_counter() - start))
    assert isinstance(painting, Painting)
    return [
        ["warm load and perceive, ms (median, min, max)", 20, np.median(spans), min(spans), max(spans)],
        ["cold process, ms (median, min, max)", 3, np.median(cold), min(cold), max(cold)],
    ]


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/perception"))
    args = parser.parse_args()
    data = data_folder(args.data)
    rows = retrieval(data, args.cache) + timing(data)
    with (HERE / "affect.csv").open() as file:
        rows += [[row["measure"], row["n"], *map(float, (row["value"], row["low95"], row["high95"]))]
                 for row in csv.DictReader(file)]  # fmt: skip
    with (HERE / "words.csv").open() as file:
        for row in csv.DictReader(file):
            n = int(row["names"])
            for name in ("top1", "untuned", "chance"):
                share = float(row[name])
                rows.append([f"words {row['group']}: first-ranked is named ({name})", n, share, *wilson(share, n)])
    for name, n, *values in rows:
        print(name, n, *(f"{value:.3f}" for value in values), sep=" | ")
    cells = ([name, n, *(f"{value:.3f}" for value in values)] for name, n, *values in rows)
    write_csv(HERE / "results.csv", ("measure", "n", "value", "low95", "high95"), cells)


if __name__ == "__main__":
    main()
