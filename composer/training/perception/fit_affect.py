"""Fit and measure the regression from pictures to valence, arousal and emotions.

    python -m composer.training.perception.fit_affect --data DIR --cache runs/perception

Needs the features' cache and the exported encoder. Writes ``affect.safetensors`` beside the encoder, and the measured
figures to ``benchmarks/perception/affect.csv``.

How
---
* Kernel form of ridge regression on encoder features, embedding and palette; each block scaled to a fixed total
  variance (`_BLOCKS`).
* Valence: paintings, with OASIS photographs at weight 0.2. Means are taken out per collection.
* Arousal: the paintings' arousal is computed from emotion words and follows valence (r = .87); it knows hardly any
  loud-and-dark against soft-and-bright. OASIS was rated for arousal itself. The shipped arousal is 0.7 times the
  regression on paintings plus 0.3 times that on OASIS, both in units of their spread over paintings.
* Emotions: the shares of `EMOTION_OF` among the named emotions, weighted by how many people named them.
* Spread: predictions on held-out folds spread less than ratings. The shipped values are stretched to `SPREAD` of the
  ratings' standard deviation. Up to 2 r a stretch costs no squared error against always answering the mean: so it is
  for valence; arousal pays a little for being told apart at all. Arousal is moreover given in units where the
  median painting is 0 and the ratings' standard deviation `AROUSAL_DEVIATION`, because averages over emotion words
  fill only -0.28..0.61.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from composer.perception.affect import EMOTIONS, describe_picture
from composer.perception.palette import read_palette
from composer.training.perception.corpus import (
    Pictures,
    Rated,
    data_folder,
    read_rated_paintings,
    read_rated_photographs,
)
from composer.training.perception.export import WEIGHTS, image_embeddings
from composer.training.perception.features import load_features
from composer.types import Painting

__all__ = ["EMOTION_OF", "Figures", "Ratings", "emotion_shares", "fit", "gather", "measure"]

Array = NDArray[np.float64]

EMOTION_OF = {
    "happiness": "happy",
    "love": "happy",
    "optimism": "happy",
    "gratitude": "happy",
    "agreeableness": "happy",
    "anger": "angry",
    "fear": "angry",
    "disgust": "angry",
    "disagreeableness": "angry",
    "arrogance": "angry",
    "sadness": "sad",
    "pessimism": "sad",
    "regret": "sad",
    "shame": "sad",
    "surprise": "fun",
    "anticipation": "fun",
    "trust": "neutral",
    "humility": "neutral",
    "shyness": "neutral",
}
"""The WikiArt Emotions categories under the five names; fear is unpleasant and aroused, and so goes with anger."""

SPREAD = 0.8
AROUSAL_DEVIATION = 0.35
_BLOCKS = {"features": 1.0, "embedding": 1.0, "palette": 0.25}
_RIDGE = 6.0
_PHOTO_RIDGE = 1.0
_PHOTO_WEIGHT = 0.2
_PHOTO_AROUSAL = 0.3
_FOLDS, _SEEDS = 5, 5


@dataclass(frozen=True, kw_only=True)
class Ratings:
    """Inputs and targets: the first `paintings` rows are paintings, the others photographs.

    `inputs` is (n, D) before standardisation, `targets` (n, 2) valence and arousal, `shares` (paintings, 5) emotions,
    `groups` (n,) artists and themes, `blocks` the sizes of the three parts of D.
    """

    inputs: Array
    targets: Array
    shares: Array
    groups: NDArray[np.intp]
    paintings: int
    blocks: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One measured correlation with its 95 % bootstrap interval over pictures."""

    name: str
    n: int
    value: float
    low: float
    high: float


def emotion_shares(item: Rated) -> list[float]:
    """Return a painting's distribution over `EMOTIONS`; uniform when nothing was named."""
    shares = dict.fromkeys(EMOTIONS, 0.0)
    for name, share in item.emotions.items():
        shares[EMOTION_OF[name]] += share
    total = sum(shares.values())
    return [value / total if total else 1 / len(EMOTIONS) for value in shares.values()]


def gather(data: Path, cache: Path, weights: Path = WEIGHTS) -> Ratings:
    """Compute every rated picture's inputs."""
    paintings, photographs = read_rated_paintings(data), read_rated_photographs(data)
    rated = [*paintings, *photographs]
    rows, features = load_features(cache)
    seen = features[[rows[item.key] for item in rated]]
    embeddings = image_embeddings(load_file(weights / "model.safetensors"), torch.from_numpy(seen)).numpy()
    pictures = Pictures(data)
    inputs = []
    for item, own, embedding in zip(rated, seen, embeddings, strict=True):
        rgb = np.asarray(pictures.open(item.key))
        painting = Painting(name="", sha256="", width=rgb.shape[1], height=rgb.shape[0], format="", rgb=rgb)
        inputs.append(describe_picture(own, embedding, read_palette(painting)))
    names = [("painting " if item in paintings else "photograph ") + item.group for item in rated]
    dimension = len(inputs[0])
    return Ratings(
        inputs=np.array(inputs, dtype=np.float64),
        targets=np.array([[item.valence, item.arousal] for item in rated]),
        shares=np.array([emotion_shares(item) for item in paintings]),
        groups=np.unique(names, return_inverse=True)[1],
        paintings=len(paintings),
        blocks=(seen.shape[1], embeddings.shape[1], dimension - seen.shape[1] - embeddings.shape[1]),
    )


def _standardisation(ratings: Ratings) -> tuple[Array, Array]:
    """Return mean and divisor per input: each block then has its weight of `_BLOCKS` as root of its total variance."""
    scale = np.concatenate([np.full(n, np.sqrt(n) / w) for n, w in zip(ratings.blocks, _BLOCKS.values(), strict=True)])
    return ratings.inputs.mean(0), (ratings.inputs.std(0) + 1e-3) * scale


def _solve(kernel: Array, targets: Array, weight: Array, ridge: float, paintings: int) -> tuple[Array, Array]:
    """Return dual coefficients (n, k), zero where weight is, and the paintings' (or all rows') mean target (k,)."""
    used = np.flatnonzero(weight > 0)
    centred, mean = targets[used].copy(), targets[used].mean(0)
    for part in (used < paintings, used >= paintings):
        if part.any():
            centred[part] -= targets[used][part].mean(0)
    if (used < paintings).any():
        mean = targets[used][used < paintings].mean(0)
    dual = np.zeros((len(kernel), targets.shape[1]))
    inner = kernel[np.ix_(used, used)] + ridge * np.diag(1 / weight[used])
    dual[used] = np.linalg.solve(inner, centred)
    return dual, mean


def _duals(kernel: Array, ratings: Ratings, kept: NDArray[np.bool_]) -> tuple[list[Array], list[Array]]:
    """Fit valence, painting arousal, photograph arousal and the emotions on the rows that are kept."""
    n = ratings.paintings
    is_painting = np.arange(len(kernel)) < n
    shares = np.zeros((len(kernel), len(EMOTIONS)))
    shares[:n] = ratings.shares
    valence, arousal = ratings.targets[:, :1], ratings.targets[:, 1:]
    here: Array = kept.astype(np.float64)
    both, own, photos = (here * np.where(is_painting, a, b) for a, b in ((1.0, _PHOTO_WEIGHT), (1.0, 0.0), (0.0, 1.0)))
    fits = [
        _solve(kernel, valence, both, _RIDGE, n),
        _solve(kernel, arousal, own, _RIDGE, n),
        _solve(kernel, arousal, photos, _PHOTO_RIDGE, n),
        _solve(kernel, shares, own, _RIDGE, n),
    ]
    return [dual for dual, _ in fits], [mean for _, mean in fits]


def _out_of_fold(kernel: Array, ratings: Ratings, seed: int, *, by_group: bool) -> list[Array]:
    """Return predictions (n, k) for the four fits, each row predicted from the other folds."""
    rng = np.random.default_rng(seed)
    unit = ratings.groups if by_group else np.arange(len(kernel))
    fold = (rng.permutation(unit.max() + 1) % _FOLDS)[unit]
    found = [np.zeros((len(kernel), k)) for k in (1, 1, 1, len(EMOTIONS))]
    for number in range(_FOLDS):
        out = fold == number
        duals, means = _duals(kernel, ratings, ~out)
        for into, dual, mean in zip(found, duals, means, strict=True):
            into[out] = kernel[out] @ dual + mean
    return found


def _mixed_arousal(on_paintings: Array, on_photographs: Array, paintings: int) -> Array:
    """Return the shipped arousal before restoring, in standard deviations over paintings."""
    parts = [(a - a[:paintings].mean()) / a[:paintings].std() for a in (on_paintings, on_photographs)]
    mixed: Array = (1 - _PHOTO_AROUSAL) * parts[0] + _PHOTO_AROUSAL * parts[1]
    return mixed


def _correlation(name: str, predictions: Sequence[Array], truth: Array) -> Figures:
    """Average r over the seeds; the interval is a bootstrap over pictures of that average."""
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(truth), len(truth)) for _ in range(1000)]
    values = [
        np.mean([np.corrcoef(p[i], truth[i])[0, 1] for p in predictions]) for i in (np.arange(len(truth)), *draws)
    ]
    low, high = np.percentile(values[1:], [2.5, 97.5])
    return Figures(name=name, n=len(truth), value=float(values[0]), low=float(low), high=float(high))


def measure(ratings: Ratings) -> tuple[list[Figures], list[list[Array]]]:
    """Cross-validate; return the figures and the out-of-fold predictions per seed."""
    mean, divisor = _standardisation(ratings)
    inputs = (ratings.inputs - mean) / divisor
    kernel = inputs @ inputs.T
    n = ratings.paintings
    figures: list[Figures] = []
    kept: list[list[Array]] = []
    for by_group, folds in ((False, "5 folds"), (True, "5 folds by artist or theme")):
        runs = [_out_of_fold(kernel, ratings, seed, by_group=by_group) for seed in range(_SEEDS)]
        kept = runs if not by_group else kept
        mixed = [_mixed_arousal(run[1][:, 0], run[2][:, 0], n) for run in runs]
        truth = ratings.targets
        figures += [
            _correlation(f"paintings valence r, {folds}", [run[0][:n, 0] for run in runs], truth[:n, 0]),
            _correlation(
                f"paintings arousal r (paintings only), {folds}", [run[1][:n, 0] for run in runs], truth[:n, 1]
            ),
            _correlation(f"paintings arousal r (shipped mixture), {folds}", [m[:n] for m in mixed], truth[:n, 1]),
            _correlation(f"OASIS valence r (shipped), {folds}", [run[0][n:, 0] for run in runs], truth[n:, 0]),
            _correlation(f"OASIS arousal r (OASIS only), {folds}", [run[2][n:, 0] for run in runs], truth[n:, 1]),
            _correlation(f"OASIS arousal r (shipped mixture), {folds}", [m[n:] for m in mixed], truth[n:, 1]),
        ]
    figures += _baseline(ratings, inputs[:, : ratings.blocks[0]])
    shares = np.mean([np.maximum(run[3][:n], 0.02) for run in kept], axis=0)
    figures += _emotion_figures(shares / shares.sum(1, keepdims=True), ratings.shares)
    return figures, kept


def _baseline(ratings: Ratings, inputs: Array) -> list[Figures]:
    """Measure ridge regression on the frozen tower's features alone, each collection for itself."""
    figures = []
    n = ratings.paintings
    for name, part in (("paintings", slice(0, n)), ("OASIS", slice(n, None))):
        kernel, truth = inputs[part] @ inputs[part].T, ratings.targets[part]
        runs = []
        for seed in range(_SEEDS):
            fold = np.random.default_rng(seed).permutation(len(truth)) % _FOLDS
            found = np.zeros_like(truth)
            for number in range(_FOLDS):
                dual, mean = _solve(kernel, truth, np.where(fold != number, 1.0, 0.0), _PHOTO_RIDGE, len(truth))
                found[fold == number] = kernel[fold == number] @ dual + mean
            runs.append(found)
        figures += [
            _correlation(
                f"{name} {what} r, 5 folds, baseline: frozen features alone", [r[:, i] for r in runs], truth[:, i]
            )
            for i, what in enumerate(("valence", "arousal"))
        ]
    return figures


def _emotion_figures(predicted: Array, truth: Array) -> list[Figures]:
    """Compare the emotion distributions with always answering the average one (out of fold)."""
    base = np.broadcast_to(truth.mean(0), truth.shape)
    rng = np.random.default_rng(0)
    draws = [np.arange(len(truth)), *(rng.integers(0, len(truth), len(truth)) for _ in range(1000))]
    figures = []
    for name, guess in (("regression", predicted), ("always the average", base)):
        entropy = -(truth * np.log(np.maximum(guess, 1e-9))).sum(1)
        hit = (guess.argmax(1) == truth.argmax(1)).astype(float)
        for what, each in (("cross-entropy in nats", entropy), ("commonest emotion named", hit)):
            values = [float(each[i].mean()) for i in draws]
            low, high = np.percentile(values[1:], [2.5, 97.5])
            figures.append(
                Figures(
                    name=f"emotions {what}, {name}", n=len(truth), value=values[0], low=float(low), high=float(high)
                )
            )
    return figures


def fit(ratings: Ratings, folds: Sequence[Sequence[Array]]) -> dict[str, torch.Tensor]:
    """Fit on everything and set the spread from the held-out predictions; return the tensors to ship."""
    mean, divisor = _standardisation(ratings)
    inputs = (ratings.inputs - mean) / divisor
    duals, means = _duals(inputs @ inputs.T, ratings, np.ones(len(inputs), dtype=bool))
    rows = [inputs.T @ dual for dual in duals]  # (D, k) each
    n = ratings.paintings
    spreads = [(inputs[:n] @ rows[i]).std() for i in (1, 2)]
    arousal = (1 - _PHOTO_AROUSAL) * rows[1] / spreads[0] + _PHOTO_AROUSAL * rows[2] / spreads[1]
    weights = np.concatenate([rows[0], arousal, rows[3]], axis=1).T
    bias = np.concatenate([means[0], [0.0], means[3]])
    # Held-out predictions: their spread sets the gain, their error after it is the standard error.
    held = np.stack(
        [[run[0][:n, 0], _mixed_arousal(run[1][:, 0], run[2][:, 0], n)[:n]] for run in folds]
    )  # (seeds, 2, n)
    human = ratings.targets[:n].T.copy()
    human[1] = (human[1] - np.median(human[1])) * AROUSAL_DEVIATION / human[1].std()
    gain = SPREAD * human.std(1) / held.std(2).mean(0)
    centre, shift = np.array([means[0][0], 0.0]), human.mean(1)
    restored = shift[:, None] + gain[:, None] * (held - held.mean(2, keepdims=True))
    error = np.sqrt(((restored - human) ** 2).mean((0, 2)))
    # The bias leaves out the centre of the paintings' inputs; take it in, so that paintings lie around the shift.
    middle = inputs[:n].mean(0) @ weights.T
    bias = bias - middle
    numbers = {
        "mean": mean,
        "spread": divisor,
        "weights": weights,
        "bias": bias,
        "centre": centre,
        "gain": gain,
        "shift": shift,
        "error": error,
    }
    return {name: torch.from_numpy(np.asarray(value, dtype=np.float32)).contiguous() for name, value in numbers.items()}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/perception"))
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--table", type=Path, default=Path("benchmarks/perception/affect.csv"))
    args = parser.parse_args()
    ratings = gather(data_folder(args.data), args.cache, args.out)
    figures, folds = measure(ratings)
    tensors = fit(ratings, folds)
    save_file(tensors, args.out / "affect.safetensors", metadata={"emotions": json.dumps(EMOTIONS)})
    args.table.parent.mkdir(parents=True, exist_ok=True)
    with args.table.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["measure", "n", "value", "low95", "high95"])
        for figure in figures:
            row = [figure.name, figure.n, *(f"{v:.3f}" for v in (figure.value, figure.low, figure.high))]
            table.writerow(row)
            print(*row, sep=" | ")
    print({name: tensors[name].tolist() for name in ("gain", "shift", "error")})


if __name__ == "__main__":
    main()
