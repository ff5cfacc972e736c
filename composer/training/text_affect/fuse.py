"""Learn how much a picture and its title count, and measure what they say together.

    python -m composer.training.text_affect.fuse --data DIR --cache runs/text-affect --pictures FILE.npz

Writes ``text-affect/fusion.json`` among the weights and the figures to ``benchmarks/words/fusion.csv``. Both witnesses
are read on folds that do not hold the work's artist: titles by ``composer.training.text_affect.fit``, pictures by
``composer.training.perception.held_out``.

How
---
* Per number (valence, arousal, rated arousal) three constants, the two weights and the widening, are those under which
  the ratings are likeliest. Figures are of constants learned on the other folds.
* The five emotions are a logistic regression on both distributions and on fused valence and rated arousal; the
  exponents of the distributions over the fine ones minimise the cross-entropy with people's.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.files import atomic_write
from composer.perception.affect import EMOTIONS, FINE_EMOTIONS
from composer.perception.fusion import (
    EmotionFusion,
    Fused,
    Opinion,
    TargetFusion,
    emotion_evidence,
    opinion_of,
)
from composer.perception.text_affect import TEXT_EMOTIONS, load_text_affect, spread_facts, title_errors, title_numbers
from composer.training.perception.corpus import data_folder
from composer.training.perception.export_tower import WEIGHTS
from composer.training.perception.nested import FOLDS
from composer.training.text_affect.figures import classified, coverage, write_table
from composer.training.text_affect.fit import interval
from composer.training.text_affect.material import Titles, read_titles

__all__ = [
    "EVIDENCE",
    "NUMBERS",
    "Both",
    "Pair",
    "felt",
    "fit_target",
    "fuse_all",
    "held_emotions",
    "held_numbers",
    "load",
    "main",
    "pooled",
    "population",
    "shares_of",
    "told_fine",
]

Array = NDArray[np.float64]
_BALANCE, _INVERSE_RIDGE = 0.5, 0.3
NUMBERS = ("valence", "arousal", "rated arousal")
"""What is fused; arousal on the circumplex, and as the tables of ratings have it."""
EVIDENCE = ("valence", "rated arousal", "arousal")
"""What of it the five emotions follow from, in the order of `emotion_evidence`."""
_UNLEARNED = 0.5
"""Weight of a model's own text tower in terms of the picture's: no public model was at hand to learn it."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One number of works that have both witnesses: opinions by name, and the truth, row by row."""

    picture: tuple[Opinion, ...]
    title: tuple[Opinion, ...]
    truth: Array

    def rows(self, chosen: NDArray[np.intp]) -> Pair:
        """Some of the works."""
        return Pair(
            picture=tuple(self.picture[i] for i in chosen),
            title=tuple(self.title[i] for i in chosen),
            truth=self.truth[chosen],
        )


@dataclass(frozen=True, kw_only=True)
class Both:
    """Works with both witnesses; `rows` are their numbers among the titles."""

    titles: Titles
    rows: NDArray[np.intp]
    fold: NDArray[np.intp]
    picture: dict[str, Array]
    read: Array


def load(data: Path, cache: Path, pictures: Path) -> Both:
    """Join the two readings by the picture's file."""
    titles = read_titles(data)
    with np.load(cache / "held-out.npz") as stored:
        read, fold = stored["read"], stored["fold"]
    with np.load(pictures) as stored:
        seen = {name: stored[name] for name in stored.files}
    place = {str(file): number for number, file in enumerate(seen.pop("files"))}
    rows = np.array([i for i, file in enumerate(titles.files) if str(file) in place])
    at = [place[str(titles.files[i])] for i in rows]
    return Both(
        titles=titles,
        rows=rows,
        fold=fold[rows],
        picture={name: value[at] for name, value in seen.items()},
        read=read[rows],
    )


def pair_of(both: Both, column: int, target: TargetFusion) -> Pair:
    """Return the opinions on one of `NUMBERS`."""
    name, model = NUMBERS[column].replace(" ", "_"), load_text_affect()
    away = title_numbers(both.read) - model.centre
    facts = spread_facts([both.titles.texts[i] for i in both.rows], away[:, [0, 2]])
    errors = title_errors(facts, model.spread[column], model.population[column, 1])
    means = model.shift[column] + model.gain[column] * away[:, column]
    values, sds = both.picture[name], both.picture[f"{name}_sd"]
    return Pair(
        picture=tuple(opinion_of(float(v), float(s), target) for v, s in zip(values, sds, strict=True)),
        title=tuple(Opinion(mean=float(m), sd=float(s)) for m, s in zip(means, errors, strict=True)),
        truth=felt(both.titles, both.rows)[:, column],
    )


def felt(titles: Titles, rows: NDArray[np.intp]) -> Array:
    """Return people's `NUMBERS` of works, (n, 3)."""
    found: Array = np.column_stack([titles.work[:, 0], titles.arousal, titles.work[:, 1]])[rows]
    return found


def fuse_all(pair: Pair, target: TargetFusion, names: Sequence[str] = ("picture", "title")) -> list[Fused]:
    """Fuse every work from the witnesses named."""
    found = []
    for seen, told in zip(pair.picture, pair.title, strict=True):
        opinions = {"picture": seen, "title": told}
        found.append(target.fuse([(name, opinions[name]) for name in names]))
    return found


def _arrays(pair: Pair, target: TargetFusion) -> tuple[Array, Array, Array, Array]:
    m = np.array([[p.mean, t.mean] for p, t in zip(pair.picture, pair.title, strict=True)]) - target.mean
    s = np.array([[p.sd, t.sd] for p, t in zip(pair.picture, pair.title, strict=True)])
    gain = np.maximum(0.0, s**-2 - target.sd**-2)
    return m, s, gain, pair.truth - target.mean


def fit_target(pair: Pair, target: TargetFusion) -> TargetFusion:
    """Choose the weights and the widening under which the ratings are likeliest."""
    from scipy.optimize import minimize

    m, s, gain, truth = _arrays(pair, target)

    def loss(logs: Array) -> float:
        weights, widening = np.exp(logs[:2]), np.exp(logs[2])
        total = target.sd**-2 + (gain * weights).sum(1)
        mean = (weights * m / s**2 * (gain > 0)).sum(1) / total
        shares = gain * weights / total[:, None]
        variance = 1 / total + widening * shares[:, 0] * shares[:, 1] * (m[:, 0] - m[:, 1]) ** 2
        likelihood = 0.5 * (np.log(variance) + (truth - mean) ** 2 / variance).mean()
        return float(likelihood + 1e-3 * (logs**2).sum())

    best = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"maxiter": 2000}).x
    weights = {"picture": round(float(np.exp(best[0])), 4), "title": round(float(np.exp(best[1])), 4)}
    weights |= {"text": weights["title"], "clip": round(_UNLEARNED * weights["picture"], 4)}
    return replace(target, weights=weights, widening=round(float(np.exp(best[2])), 4))


def population(truth: Array) -> TargetFusion:
    """Return how a number spreads over works, no witness weighed yet."""
    return TargetFusion(
        mean=round(float(truth.mean()), 4), sd=round(float(truth.std()), 4), weights={}, widening=0.0
    )  # fmt: skip


def held_numbers(both: Both, column: int, target: TargetFusion) -> dict[str, Array]:
    """Return each work's fused value and error, (n, 2), by constants of the other folds, and those of each alone."""
    pair = pair_of(both, column, target)
    found = {name: np.zeros((len(both.rows), 2)) for name in ("picture", "title", "picture and title")}
    for part in range(FOLDS):
        train, test = np.flatnonzero(both.fold != part), np.flatnonzero(both.fold == part)
        fitted = fit_target(pair.rows(train), target)
        for name, used in (
            ("picture", ("picture",)),
            ("title", ("title",)),
            ("picture and title", ("picture", "title")),
        ):
            fused = fuse_all(pair.rows(test), fitted, used)
            found[name][test] = [[one.value, one.sd] for one in fused]
    return found


def shares_of(titles: Titles, rows: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return people's distributions over the five and over the fine emotions."""
    wide = np.zeros((len(rows), len(EMOTIONS)))
    for place, name in enumerate(TEXT_EMOTIONS):
        wide[:, EMOTIONS.index(FINE_EMOTIONS.get(name, "neutral"))] += titles.work_emotions[rows, place]
    return wide, titles.work_emotions[rows, : len(FINE_EMOTIONS)]


def pooled(powers: Sequence[float], usual: Array, distributions: Sequence[Array]) -> Array:
    """Return the logarithmic pool, (n, k), as `composer.perception.fusion.pool` makes it."""
    logs = np.log(np.maximum(usual, 1e-6)) + sum(
        power * np.log(np.maximum(found, 1e-6) / np.maximum(usual, 1e-6))
        for power, found in zip(powers, distributions, strict=True)
    )
    odds = np.exp(logs - logs.max(1, keepdims=True))
    result: Array = odds / odds.sum(1, keepdims=True)
    return result


def told_emotions(read: Array) -> Array:
    """Return the five emotions of titles, (n, 5), as `TextAffectModel.title` gives them."""
    wide = np.maximum(read[:, 2 : 2 + len(EMOTIONS)], 0.02)
    result: Array = wide / wide.sum(1, keepdims=True)
    return result


def told_fine(read: Array) -> Array:
    """Return the fine emotions of titles, (n, 19), as `TextAffectModel.title` gives them."""
    fine = np.maximum(read[:, 2 + len(EMOTIONS) :][:, : len(FINE_EMOTIONS)], 0.002)
    result: Array = fine / fine.sum(1, keepdims=True)
    return result


def fit_powers(usual: Array, distributions: Sequence[Array], people: Array) -> tuple[float, float]:
    """Choose the exponents with the least cross-entropy against people's distributions."""
    from scipy.optimize import minimize

    def loss(powers: Array) -> float:
        made = pooled(list(powers), usual, distributions)
        return float(-(people * np.log(made)).sum(1).mean() + 1e-3 * ((powers - 0.5) ** 2).sum())

    best = minimize(loss, np.array([0.5, 0.5]), method="Nelder-Mead").x
    return float(max(0.0, best[0])), float(max(0.0, best[1]))


def evidence_of(both: Both, values: Array) -> Array:
    """Return `emotion_evidence` of every work, (n, 13), from fused valence, rated arousal and arousal, (n, 3)."""
    told = told_emotions(both.read)
    rows = [
        emotion_evidence(
            dict(zip(EMOTIONS, seen, strict=True)), dict(zip(EMOTIONS, words, strict=True)), *(float(v) for v in fused)
        )
        for seen, words, fused in zip(both.picture["emotions"], told, values, strict=True)
    ]
    return np.array(rows)


def fit_emotions(evidence: Array, people: Array) -> EmotionFusion:
    """Fit the logistic regression to the mean of people's distribution and of a vote for what they named most.

    Rare emotions count for more, by the power `_BALANCE` of their rarity.
    """
    from sklearn.linear_model import LogisticRegression

    classes = people.shape[1]
    wanted = (people + np.eye(classes)[people.argmax(1)]) / 2
    weights = (wanted * (wanted.mean(0) + 0.01) ** -_BALANCE).ravel()
    weights *= len(people) / weights.sum()
    used = weights > 1e-4
    middle, spread = evidence.mean(0), evidence.std(0) + 1e-6
    x, y = np.repeat((evidence - middle) / spread, classes, axis=0), np.tile(np.arange(classes), len(people))
    model = LogisticRegression(C=_INVERSE_RIDGE, max_iter=1000).fit(x[used], y[used], weights[used])
    slopes = model.coef_ / spread
    bias = model.intercept_ - slopes @ middle
    return EmotionFusion(
        weights={name: [round(float(v), 5) for v in row] for name, row in zip(EMOTIONS, slopes, strict=True)},
        bias={name: round(float(v), 5) for name, v in zip(EMOTIONS, bias, strict=True)},
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/text-affect"))
    parser.add_argument("--pictures", type=Path, default=Path("runs/perception/held-out.npz"))
    parser.add_argument("--out", type=Path, default=WEIGHTS.parent / "text-affect")
    parser.add_argument("--report", type=Path, default=Path("benchmarks/words"))
    args = parser.parse_args()
    both = load(data_folder(args.data), args.cache, args.pictures)
    rows: list[tuple[object, ...]] = []
    model: dict[str, TargetFusion] = {}
    made: dict[str, Array] = {}
    kind = both.titles.kind[both.rows]
    for column, name in enumerate(NUMBERS):
        truth = felt(both.titles, both.rows)[:, column]
        target = population(truth)
        model[name.replace(" ", "_")] = fit_target(pair_of(both, column, target), target)
        for who, found in held_numbers(both, column, target).items():
            for group in ("classical", "modern"):
                chosen = kind == group
                rows.append((f"{who}: {name} r, {group} works", *interval(found[chosen, 0], truth[chosen])))
            rows += coverage(f"{who}: {name}", found, truth)
            made[name] = found[:, 0]  # the last one is by both witnesses
    figures, emotions, powers = _emotions(both, np.stack([made[name] for name in EVIDENCE], axis=1))
    rows += figures
    shipped = {name: asdict(target) for name, target in model.items()} | {
        "emotions": asdict(emotions),
        "powers": powers,
    }
    with atomic_write(args.out / "fusion.json") as part:
        part.write_text(json.dumps(shipped, indent=2) + "\n", encoding="utf-8")
    write_table(args.report / "fusion.csv", rows)


def held_emotions(both: Both, values: Array) -> Array:
    """Return the five emotions by picture and title, (n, 5), of regressions that did not see the artist."""
    people, evidence = shares_of(both.titles, both.rows)[0], evidence_of(both, values)
    made = np.zeros_like(people)
    for part in range(FOLDS):
        fitted = fit_emotions(evidence[both.fold != part], people[both.fold != part])
        for row in np.flatnonzero(both.fold == part):
            made[row] = list(fitted.fuse(evidence[row].tolist()).values())
    return made


def _emotions(both: Both, values: Array) -> tuple[list[tuple[object, ...]], EmotionFusion, dict[str, float]]:
    """Measure the five emotions on folds; return the figures, the regression, and the exponents of the fine ones."""
    people, fine = shares_of(both.titles, both.rows)
    evidence, made = evidence_of(both, values), held_emotions(both, values)
    readers = {"picture": both.picture["emotions"], "title": told_emotions(both.read), "picture and title": made}
    right, kind = people.argmax(1), both.titles.kind[both.rows]
    figures = []
    for group in ("classical", "modern"):
        chosen = kind == group
        usual = np.full(int(chosen.sum()), np.bincount(right[chosen]).argmax())
        figures += classified("always the commonest: five emotions", f"{group} works", usual, right[chosen])
        for who, found in readers.items():
            figures += classified(f"{who}: five emotions", f"{group} works", found[chosen].argmax(1), right[chosen])
    told = told_fine(both.read)
    fine = fine / np.maximum(fine.sum(1, keepdims=True), 1e-9)
    picture, title = fit_powers(np.broadcast_to(fine.mean(0), fine.shape), [both.picture["fine"], told], fine)
    powers = {
        "picture": round(picture, 4),
        "title": round(title, 4),
        "text": round(title, 4),
        "clip": round(picture / 2, 4),
    }
    return figures, fit_emotions(evidence, people), powers


if __name__ == "__main__":
    main()
