"""Fit the gate between paintings, photographs, blank cards and graphics alone; all else on the tower stays as it is.

    python -m composer.training.perception.fit_gate --data DIR --cache runs/perception

Rewrites what ``composer.training.perception.fit_heads`` wrote to ``heads.safetensors`` for it, and its figures in
``benchmarks/perception/heads.csv``.
"""

from __future__ import annotations

from pathlib import Path

import torch

from composer.perception.picture_heads import HEADS_FILE
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import data_folder
from composer.training.perception.fit_heads import WEIGHTS, replace_heads
from composer.training.perception.head_figures import gate_figures, update_figures
from composer.training.perception.head_material import load_head_material
from composer.training.perception.media import fit_gate, gate_folds, load_media

__all__ = ["main"]


def main() -> None:
    """Run from the command line."""
    args = training_parser(__doc__, out=WEIGHTS, table=Path("benchmarks/perception/heads.csv")).parse_args()
    torch.set_num_threads(1)
    data = data_folder(args.data)
    media = load_media(data, args.cache, load_head_material(data, args.cache))
    weight, bias = fit_gate(media, media.learned())
    replace_heads(args.out / HEADS_FILE, {"medium_weight": weight, "medium_bias": bias})
    update_figures(args.table, gate_figures(media, gate_folds(media)))


if __name__ == "__main__":
    main()
