"""Train the titles' feelings alone; everything else on the image tower stays as it is.

    python -m composer.training.perception.fit_titles --data DIR --cache runs/perception

Rewrites what ``composer.training.perception.fit_heads`` wrote to ``heads.safetensors`` for them. The regressions of
``fit_affect`` read them and are to be fitted anew afterwards.
"""

from __future__ import annotations

import tomllib

import torch

from composer.perception.picture_heads import HEADS_FILE
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import data_folder
from composer.training.perception.fit_heads import RECIPE, WEIGHTS, replace_heads
from composer.training.perception.head_material import load_head_material
from composer.training.perception.tasks import train_titles
from composer.training.perception.title_feelings import feelings_of_titles

__all__ = ["main"]


def main() -> None:
    """Run from the command line."""
    args = training_parser(__doc__, out=WEIGHTS).parse_args()
    torch.set_num_threads(1)
    data, recipe = data_folder(args.data), tomllib.loads(RECIPE.read_text())
    material = load_head_material(data, args.cache)
    feelings = feelings_of_titles(data, material.works, args.cache)
    replace_heads(args.out / HEADS_FILE, train_titles(material, feelings, recipe["titles"]))


if __name__ == "__main__":
    main()
