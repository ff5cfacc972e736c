"""The fit of the touch trees, and what they are worth on held-out works.

``python -m composer.training.touch.fit --data DATA --out composer/weights/touch/touch.npz --report FOLDER``

Trees are grown on the training works (scikit-learn's histogram gradient boosting), the probability from which a mark is
set is the one with the best F1 on the validation works, and both are measured on the test works beside the rules that
were in use before (`composer.training.touch.present_rules`). Slurs keep their rule, and stand where the trees
agree.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.files import atomic_write
from composer.metrics.confidence import bootstrap_interval
from composer.touch import MARKS, TouchModel, Trees, seen_by
from composer.training.touch.lines import MarkedLine, read_lines
from composer.training.touch.present_rules import arch_slopes, ruled_accents, ruled_slurs, ruled_staccatos

__all__ = ["main", "trees_of"]

_MOST_ROWS = 300_000
_TREES, _LEAVES, _RATE, _LEAF = 100, 16, 0.12, 80
_FEWEST_ACCENTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Score:
    """A measure on the test works: ours, the rules', and how many works and notes it stands on."""

    mark: str
    measure: str
    ours: float
    low: float
    high: float
    rules: float
    works: int
    notes: int


# ---------------------------------------------------------------------------------------- the fit


def _rows(lines: Sequence[MarkedLine], mark: str) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Features and labels of a mark, of the lines and notes that say something about it."""
    tables, labels = [], []
    for line in lines:
        if mark == "accent" and line.accent.sum() < _FEWEST_ACCENTS:
            continue
        keep = line.swell != 0 if mark == "swell" else np.ones(len(line.notes), dtype=bool)
        tables.append(line.features[keep])
        labels.append((line.swell > 0)[keep] if mark == "swell" else getattr(line, mark)[keep])
    return seen_by(mark, np.concatenate(tables)), np.concatenate(labels)


def _grown(table: NDArray[np.float32], labels: NDArray[np.bool_], seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    if len(labels) > _MOST_ROWS:
        some = np.random.default_rng(seed).choice(len(labels), _MOST_ROWS, replace=False)
        table, labels = table[some], labels[some]
    model = HistGradientBoostingClassifier(
        max_iter=_TREES, max_leaf_nodes=_LEAVES, learning_rate=_RATE, min_samples_leaf=_LEAF, random_state=seed
    )
    return model.fit(table, labels)


def trees_of(model: Any, cut: float) -> Trees:
    """The trees of a fitted binary ``HistGradientBoostingClassifier`` as arrays."""
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in ("feature", "threshold", "left", "right", "value")}
    roots, size, depth = [], 0, 0
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        leaf, own = nodes["is_leaf"].astype(bool), np.arange(len(nodes)) + size
        parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]))
        parts["threshold"].append(np.where(leaf, 0.0, nodes["num_threshold"]).astype(np.float32))
        parts["left"].append(np.where(leaf, own, nodes["left"] + size))
        parts["right"].append(np.where(leaf, own, nodes["right"] + size))
        parts["value"].append(np.where(leaf, nodes["value"], 0.0).astype(np.float32))
        roots.append(size)
        size += len(nodes)
        depth = max(depth, int(nodes["depth"].max()))
    arrays = {name: np.concatenate(values) for name, values in parts.items()}
    return Trees(
        feature=arrays["feature"].astype(np.int64),
        threshold=arrays["threshold"].astype(np.float64),
        left=arrays["left"].astype(np.int64),
        right=arrays["right"].astype(np.int64),
        value=arrays["value"].astype(np.float64),
        roots=np.array(roots, dtype=np.int64),
        depth=depth,
        base=float(model._baseline_prediction.ravel()[0]),
        cut=cut,
    )


def _best_cut(model: Any, lines: Sequence[MarkedLine], mark: str) -> float:
    """The probability from which marks on some lines have the best F1; of slurs, where their rule allows them."""
    table, labels = _rows(lines, mark)
    allowed = np.ones(len(labels), dtype=bool)
    if mark == "slur":
        allowed = np.concatenate([ruled_slurs(line) for line in lines])
    chances = model.predict_proba(table)[:, 1]
    cuts = np.arange(0.1, 0.9, 0.02)
    return float(cuts[int(np.argmax([_f1(labels, (chances >= cut) & allowed) for cut in cuts]))])


def _f1(truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> float:
    hits = int((truth & found).sum())
    return 2 * hits / max(1, int(truth.sum()) + int(found.sum()))


def _saved(trees: dict[str, Trees], path: Path) -> None:
    arrays: dict[str, NDArray[Any]] = {}
    for mark, own in trees.items():
        arrays[f"{mark}/feature"] = own.feature.astype(np.uint8)
        arrays[f"{mark}/threshold"] = own.threshold.astype(np.float32)
        arrays[f"{mark}/left"] = own.left.astype(np.uint16)
        arrays[f"{mark}/right"] = own.right.astype(np.uint16)
        arrays[f"{mark}/value"] = own.value.astype(np.float32)
        arrays[f"{mark}/roots"] = own.roots.astype(np.uint16)
        arrays[f"{mark}/facts"] = np.array([own.base, own.cut, own.depth])
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------- the measures


def _measured(lines: Sequence[MarkedLine], model: TouchModel) -> list[_Score]:
    """Every mark on the test works, as the model sets them by itself, note after note."""
    by_work: dict[str, list[list[Any]]] = {}
    for line in lines:
        touch = model.touch(line.features)
        slopes, rules = model.slopes(line.features), ruled_slurs(line)
        bound = np.array([note.slurred for note in touch]) & rules
        pairs: list[Any] = [
            ("bound notes", line.slur, bound, rules),
            ("slur begins", _begins(line.slur), _begins(bound), _begins(rules)),
            ("slur ends", _ends(line.slur), _ends(bound), _ends(rules)),
            ("staccato", line.staccato, np.array([note.staccato for note in touch]), ruled_staccatos(line)),
            ("crescendo or diminuendo", line.swell, slopes, arch_slopes(line)),
        ]
        if line.accent.sum() >= _FEWEST_ACCENTS:
            pairs.append(("accent", line.accent, np.array([note.accent for note in touch]), ruled_accents(line)))
        by_work.setdefault(line.work, []).append(pairs)
    names = ("bound notes", "slur begins", "slur ends", "staccato", "accent", "crescendo or diminuendo")
    return [_score(name, by_work) for name in names]


def _begins(bound: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(bound & ~np.append(False, bound[:-1]))


def _ends(bound: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(~bound & np.append(False, bound[:-1]))


def _score(name: str, by_work: dict[str, list[list[Any]]]) -> _Score:
    """Pooled F1 (or the share of right directions), with a bootstrap over works."""
    counts = []
    notes = 0
    for lines in by_work.values():
        own = np.zeros(6)
        for pairs in lines:
            for label, truth, ours, rules in pairs:
                if label != name:
                    continue
                if name == "crescendo or diminuendo":
                    inside = truth != 0
                    notes += int(inside.sum())
                    right = [((side > 0) == (truth > 0))[inside].sum() for side in (ours, rules)]
                    own += [2 * right[0], inside.sum(), inside.sum(), 2 * right[1], inside.sum(), inside.sum()]
                else:
                    notes += len(truth)
                    own += [2 * (truth & ours).sum(), truth.sum(), ours.sum(),
                            2 * (truth & rules).sum(), truth.sum(), rules.sum()]  # fmt: skip
        if own[1] > 0:
            counts.append(own)
    table = np.array(counts)

    def ratio(rows: NDArray[np.float64]) -> float:
        return float(rows[:, 0].sum() / max(1.0, rows[:, 1].sum() + rows[:, 2].sum()))

    interval = bootstrap_interval(ratio, table, rng=np.random.default_rng(0))
    measure = "share of notes" if name == "crescendo or diminuendo" else "F1"
    return _Score(
        mark=name, measure=measure, ours=ratio(table), low=interval.low, high=interval.high, rules=ratio(table[:, 3:]),
        works=len(counts), notes=notes,
    )  # fmt: skip


def _reported(scores: Sequence[_Score], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "results.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["mark", "measure", "touch", "low", "high", "rules", "works", "notes"])
        for score in scores:
            numbers = (f"{value:.3f}" for value in (score.ours, score.low, score.high, score.rules))
            writer.writerow([score.mark, score.measure, *numbers, score.works, score.notes])
            print(f"{score.mark:<26}{score.measure:<16}{score.ours:.3f} [{score.low:.3f}, {score.high:.3f}]"
                  f"  rules {score.rules:.3f}  (works {score.works}, notes {score.notes})")  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True, help="folder for results.csv")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    lines: dict[str, list[MarkedLine]] = {"train": [], "val": [], "test": []}
    for line in read_lines(options.data, tuple(lines)):
        lines[line.split].append(line)
    print({split: (len(own), sum(len(line.notes) for line in own)) for split, own in lines.items()}, flush=True)
    trees: dict[str, Trees] = {}
    for mark in MARKS:
        model = _grown(*_rows(lines["train"], mark), options.seed)
        cut = 0.5 if mark == "swell" else _best_cut(model, lines["val"], mark)
        trees[mark] = trees_of(model, cut)
        print(mark, f"cut {cut:.2f}", flush=True)
    _saved(trees, options.out)
    _reported(_measured(lines["test"], TouchModel(trees=trees)), options.report)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
