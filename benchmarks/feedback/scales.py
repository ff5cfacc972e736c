"""Do the features of plans stand where those of their notes stand, so that a place learnt from pieces holds for plans?

    python benchmarks/feedback/scales.py --n 40

Pieces of 16 bars for feelings drawn evenly; writes scales.csv beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, progress, write_csv
from composer import ComposeOptions, compose
from composer.feedback import FEATURES, plan_features, score_features

HEADER = ("feature", "n", "plan_mean", "plan_sd", "notes_mean", "notes_sd", "slope", "r")


def main() -> None:
    """Compose, count both, compare."""
    parser = argument_parser(__doc__)
    add_number(parser, "--n", 40, "pieces")
    add_out(parser, __file__)
    options = parser.parse_args()
    rng = np.random.default_rng(5)
    rows = []
    for seed in progress(range(options.n), options.n):
        valence, arousal = rng.uniform(-0.7, 0.7, 2).tolist()
        score = compose(ComposeOptions(valence=valence, arousal=arousal, seed=seed, bars=16, candidates=1)).score
        rows.append((plan_features(score.plan), score_features(score)))
    plans, notes = (np.array(side) for side in zip(*rows, strict=True))
    found = []
    for name, plan, note in zip(FEATURES, plans.T, notes.T, strict=True):
        figures = (
            plan.mean(),
            plan.std(),
            note.mean(),
            note.std(),
            np.polyfit(plan, note, 1)[0],
            np.corrcoef(plan, note)[0, 1],
        )
        found.append((name, options.n, *(round(float(figure), 2) for figure in figures)))
    write_csv(options.out / "scales.csv", HEADER, found)


if __name__ == "__main__":
    main()
