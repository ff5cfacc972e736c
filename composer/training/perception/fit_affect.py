"""Fit and measure the regressions from pictures to valence, arousal and emotions.

    python -m composer.training.perception.fit_affect --data DIR --cache runs/perception
    python -m composer.training.perception.fit_affect --data DIR --clip ViT-B-32/laion2b_s34b_b79k

The first form is for the embedded encoder, writes ``affect.safetensors`` beside it and the measured figures to
``benchmarks/perception``. The second is for an open_clip model whose weights are on this machine; it writes under
``$COMPOSER_HOME`` and prints the figures.

How
---
* Three regressions, each an input of the last. *Photographs*: OASIS was rated for arousal itself, and its 810 pictures
  teach what paintings are too few for. *Titles*: what the titles of such pictures make people feel, learned from twenty
  thousand unrated works (``composer.training.perception.fit_titles``); for an open_clip model, the valence and
  arousal of the words near the picture in its space, after the Glasgow Norms (`composer.training.perception.lexicon`).
  *Paintings*: kernel ridge regression on what the tower sees, the colours, and the readings of the two others.
* Works by locked artists (`composer.training.perception.locked`) are neither fitted nor looked at.
* Every constant (kernel, weight of the two others, ridges, restoring, standard errors) is chosen by cross-validation
  by artist inside the training folds; the figures are from folds that had no part in it.
* Standard errors are each picture's own (`composer.training.perception.doubt`).
* Arousal in ``painting_emotions.csv`` is computed from emotion words by the Glasgow Norms, in which *fear* is calm; it
  runs with valence (r = .76) and fills only -0.28..0.61. It is read as *rated arousal*. *Arousal* is the mean of the
  same emotions' places on the circumplex (r with valence -.01). Both are given in units where the median painting is
  0 and the deviation is `AROUSAL_DEVIATION`.
* Emotions: the mean of the people's distribution and of a vote for the emotion named most, which sharpens the argmax;
  their ridge is chosen by accuracy and macro F1 together.
* Spread: predictions on held-out folds spread less than ratings. Values are stretched to `SPREAD` of the ratings'
  deviation, as far as still makes a smaller squared error than always answering the mean (2 r).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from composer import assets
from composer.perception.affect import affect_file
from composer.perception.encoder import load_encoder
from composer.training.perception.affect_export import Fitted, write
from composer.training.perception.affect_material import CLIP, EMBEDDED, GROUPS, NUMBERS, TITLES, Material, prepare
from composer.training.perception.affect_measure import SPREAD, figures_of
from composer.training.perception.affect_report import draw_calibration, write_table
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import data_folder
from composer.training.perception.doubt import fit_doubt
from composer.training.perception.export_tower import WEIGHTS
from composer.training.perception.folds import solve
from composer.training.perception.lexicon import wording
from composer.training.perception.nested import choose, residuals_of
from composer.training.perception.rated import gather, gather_seen

__all__ = ["fit"]

_PROMPT = "a painting of {word}"
_DIVISIONS = 5


def fit(material: Material) -> Fitted:
    """Choose on all paintings and fit on all of them."""
    n = material.ratings.paintings
    recipes, grams = material.recipes(), material.grams()
    units = material.ratings.groups[:n]
    choice = choose(
        grams, material.targets, GROUPS, units, np.arange(n), divisions=_DIVISIONS, learned=material.learned
    )
    matrix = grams[choice.number]
    duals, bias = solve(matrix, material.learned, choice.ridges)
    residuals = residuals_of(choice.held[:, list(NUMBERS.values())], material.numbers(), SPREAD)
    return Fitted(
        recipe=recipes[choice.number],
        duals=duals,
        bias=bias,
        ridges=choice.ridges,
        held=choice.held,
        doubt=fit_doubt(matrix, residuals, units, kinds=material.kinds()),
        usual=material.ratings.fine.mean(0),
    )


def _embedded(data: Path, cache: Path) -> Material:
    return prepare(gather_seen(data, cache), TITLES, EMBEDDED)


def _open_clip(data: Path, cache: Path, spec: str) -> Material:
    encoder = load_encoder(spec)
    ratings = gather(data, cache, lambda painting: {"embedding": encoder.embed_image(painting)}, spec)
    texts = wording(data, lambda words: encoder.embed_texts([_PROMPT.format(word=word) for word in words]))
    return prepare(ratings, texts, CLIP)


def main() -> None:
    """Run from the command line."""
    parser = training_parser(__doc__, out=WEIGHTS)
    parser.add_argument("--clip", metavar="MODEL/PRETRAINED", help="fit for this open_clip model, for this machine")
    parser.add_argument("--report", type=Path, default=Path("benchmarks/perception"))
    args = parser.parse_args()
    data = data_folder(args.data)
    material = _open_clip(data, args.cache, args.clip) if args.clip else _embedded(data, args.cache)
    fitted = fit(material)
    path = assets.home() / affect_file(args.clip) if args.clip else args.out / "affect.safetensors"
    write(path, material, fitted, SPREAD)
    print(f"{path}: {json.dumps(dict(fitted.recipe.weights))}, narrowness {fitted.recipe.narrowness:g}")
    figures, runs = figures_of(material)
    for figure in figures:
        print(f"{figure.name} | {figure.n} | {figure.value:.3f} | {figure.low:.3f} | {figure.high:.3f}", flush=True)
    if not args.clip:
        write_table(args.report / "affect.csv", figures)
        draw_calibration(args.report, runs, material.numbers())


if __name__ == "__main__":
    main()
