"""Does an independent judge hear the feeling that was asked for?

Composes pieces from a target of valence and arousal alone (no picture), equally many in each quadrant, and lets the
judge that was fitted to EMOPIA's training split name the quadrant. Then sweeps one axis with the seed fixed.

    python benchmarks/emotion/run.py --data DIR --per-quadrant 100 --sweeps 20 --workers 2

With --trees a second judge of another kind listens too: extremely randomised trees on the same features, fitted anew to
the same split.

Writes results.csv (one row per piece) and summary.txt beside this file, or into --out. The judge is fitted first when
there is none yet (some minutes).
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, in_parallel, write_csv, write_summary
from composer.metrics.confidence import bootstrap_interval, wilson_interval
from composer.metrics.emotion_features import emotion_features
from composer.metrics.judge import QUADRANTS, EmotionJudge, EmotionVerdict, judge_emotion
from composer.midi.notes import parse_midi_notes
from composer.music import generate
from composer.planning import PlanOverrides, make_plan
from composer.rendering import score_to_midi
from composer.training.emotion_judge.fit import fitted_judge, read_clips
from composer.types import Composition

__all__ = ["Heard", "Target", "main", "run", "summary", "sweep_targets", "targets"]

SIGNS = {"Q1": (1, 1), "Q2": (-1, 1), "Q3": (-1, -1), "Q4": (1, -1)}
MAGNITUDE = (0.3, 1.0)
"""Targets keep away from the borders between the quadrants, where no answer is right."""
_COLUMNS = ("seed", "sweep", "asked_valence", "asked_arousal", "asked", "key", "tempo_bpm", "programs")
SWEEP = (-0.8, -0.4, 0.0, 0.4, 0.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What to aim at; `sweep` names the sweep that the piece belongs to, or is empty."""

    seed: int
    valence: float
    arousal: float
    sweep: str = ""

    @property
    def quadrant(self) -> str:
        """Name of the quadrant that the target lies in."""
        signs = (1 if self.valence >= 0 else -1, 1 if self.arousal >= 0 else -1)
        return next(name for name, sign in SIGNS.items() if sign == signs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was made of a target, the judge's verdict and the trees' quadrant, if asked; programs with -1 for drums."""

    target: Target
    key: str
    tempo_bpm: float
    programs: tuple[int, ...]
    verdict: EmotionVerdict
    trees: str = ""


def targets(per_quadrant: int, seed: int) -> list[Target]:
    rng = random.Random(f"{seed}/targets")
    return [
        Target(
            seed=rng.randrange(2**31),
            valence=valence * rng.uniform(*MAGNITUDE),
            arousal=arousal * rng.uniform(*MAGNITUDE),
        )
        for _ in range(per_quadrant)
        for valence, arousal in SIGNS.values()
    ]


def sweep_targets(sweeps: int, seed: int) -> list[Target]:
    """`sweeps` for each axis: five values from low to high, the other axis and the seed fixed."""
    rng = random.Random(f"{seed}/sweeps")
    found = []
    for number in range(sweeps):
        piece, other = rng.randrange(2**31), rng.uniform(-0.8, 0.8)
        found += [Target(seed=piece, valence=v, arousal=other, sweep=f"valence {number}") for v in SWEEP]
        found += [Target(seed=piece, valence=other, arousal=a, sweep=f"arousal {number}") for a in SWEEP]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """The second judge, an ensemble of trees, and its accuracy on EMOPIA's test split in words."""

    model: Any
    accuracy: str

    def name(self, features: np.ndarray) -> str:
        """The quadrant that the trees name."""
        return QUADRANTS[int(self.model.predict(features[None])[0])]


def fit_trees(data: Path, workers: int) -> Trees:
    """Fit the second judge to EMOPIA's training split; its parameters are the usual ones, not chosen."""
    from sklearn.ensemble import ExtraTreesClassifier

    clips = read_clips(data, workers=workers)
    train = clips.split == "train"
    model = ExtraTreesClassifier(600, min_samples_leaf=3, random_state=0)
    model.fit(clips.features[train], clips.quadrant[train])
    right = model.predict(clips.features[~train]) == clips.quadrant[~train]
    return Trees(model=model, accuracy=_share(right.tolist()))


def _listen(target: Target, *, judge: EmotionJudge, trees: Trees | None, bars: int) -> Heard:
    overrides = PlanOverrides(valence=target.valence, arousal=target.arousal, bars=bars)
    plan = make_plan(None, overrides=overrides, seed=target.seed)
    score = generate(plan, seed=target.seed).score
    data = score_to_midi(Composition(perception=None, plan=plan, score=score, provenance={}))
    notes = parse_midi_notes(data)
    return Heard(
        target=target,
        key=f"{plan.tonic} {plan.mode}",
        tempo_bpm=plan.tempo_bpm,
        programs=tuple(-1 if part.is_drums else part.program for part in plan.instruments),
        verdict=judge_emotion(judge, notes),
        trees=trees.name(emotion_features(notes)) if trees is not None else "",
    )


def run(
    wanted: Sequence[Target], judge: EmotionJudge, *, bars: int, workers: int, trees: Trees | None = None
) -> list[Heard]:
    return in_parallel(partial(_listen, judge=judge, trees=trees, bars=bars), wanted, workers)


# ------------------------------------------------------------------------------------------ results


def _cells(piece: Heard) -> list[object]:
    target, verdict = piece.target, piece.verdict
    asked = [f"{target.valence:.3f}", f"{target.arousal:.3f}", target.quadrant]
    judged = [verdict.quadrant, f"{verdict.valence:.3f}", f"{verdict.arousal:.3f}"]
    shares = [f"{share:.3f}" for share in verdict.probabilities]
    music = [piece.key, piece.tempo_bpm, " ".join(map(str, piece.programs))]
    return [target.seed, target.sweep, *asked, *music, *judged, *shares, piece.trees]


def summary(heard: Sequence[Heard], judge: EmotionJudge, seed: int, trees: Trees | None = None) -> str:
    lines = [*_summary_lines(heard, judge, seed)]
    if trees is not None:
        lines += [f"the trees' own accuracy on EMOPIA's test split: {trees.accuracy}"]
        lines += _confusion([(p.target.quadrant, p.trees) for p in heard if not p.target.sweep])
    return "\n".join(lines) + "\n"


def _confusion(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Share named as asked, and how often which quadrant was named for which, from pairs of asked and named."""
    yield f"  quadrant as asked   {_share([asked == named for asked, named in pairs])}"
    yield "  asked (rows) and judged (columns)  " + "  ".join(QUADRANTS)
    for asked_name in QUADRANTS:
        row = [named for asked, named in pairs if asked == asked_name]
        yield f"  {asked_name:<33}" + "".join(f"{row.count(name):>4}" for name in QUADRANTS)


def _summary_lines(heard: Sequence[Heard], judge: EmotionJudge, seed: int) -> Iterator[str]:
    yield f"the judge's own accuracy on EMOPIA's test split: {judge.accuracy}"
    pieces = [piece for piece in heard if not piece.target.sweep]
    yield "pieces made from valence and arousal alone"
    yield from _confusion([(p.target.quadrant, p.verdict.quadrant) for p in pieces])
    for axis in ("valence", "arousal"):
        asked = np.array([getattr(piece.target, axis) for piece in pieces])
        judged = np.array([getattr(piece.verdict, axis) for piece in pieces])
        pairs = np.stack([asked, judged], axis=1)
        rho = bootstrap_interval(_spearman, pairs, rng=np.random.default_rng(seed))
        yield f"  {axis} sign        {_share((np.sign(asked) == np.sign(judged)).tolist())}"
        yield f"  {axis} Spearman    {rho}"
    yield from _sweep_lines(heard)


def _sweep_lines(heard: Sequence[Heard]) -> Iterator[str]:
    for axis in ("valence", "arousal"):
        names = sorted({piece.target.sweep for piece in heard if piece.target.sweep.startswith(axis)})
        if not names:
            continue
        rising, rhos = [], []
        for name in names:
            steps = [piece for piece in heard if piece.target.sweep == name]
            steps.sort(key=lambda piece: getattr(piece.target, axis))
            judged = [getattr(piece.verdict, axis) for piece in steps]
            rising.append(all(later >= earlier for earlier, later in pairwise(judged)))
            rhos.append(float(stats.spearmanr(range(len(judged)), judged).statistic))
        yield f"sweeps of {axis}: monotone {_share(rising)}, mean Spearman within a sweep {np.mean(rhos):.3f}"


def _share(hits: Sequence[bool]) -> str:
    return str(wilson_interval(sum(hits), len(hits)))


def _spearman(pairs: np.ndarray) -> float:
    return float(stats.spearmanr(pairs[:, 0], pairs[:, 1]).statistic)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__)
    add_data(parser, "folder with music/emopia.tar.xz, to fit the judge")
    parser.add_argument("--judge", type=Path, help="folder of the fitted judge (default: in COMPOSER_HOME)")
    add_number(parser, "--per-quadrant", 100, "pieces per quadrant")
    add_number(parser, "--sweeps", 20, "sweeps per axis, five pieces each")
    add_number(parser, "--bars", 16, "length in bars")
    add_number(parser, "--seed", 0, "of targets and pieces")
    add_number(parser, "--workers", 1, "processes")
    parser.add_argument("--trees", action="store_true", help="let a second judge listen too (a minute more)")
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    judge = fitted_judge(options.data, options.judge, workers=options.workers)
    wanted = targets(options.per_quadrant, options.seed) + sweep_targets(options.sweeps, options.seed)
    trees = fit_trees(options.data, options.workers) if options.trees else None
    heard = run(wanted, judge, bars=options.bars, workers=options.workers, trees=trees)
    header = (*_COLUMNS, "judged", "judged_valence", "judged_arousal", *(f"p_{name}" for name in QUADRANTS), "trees")
    write_csv(options.out / "results.csv", header, map(_cells, heard))
    counts = f"per quadrant = {options.per_quadrant}, sweeps = {options.sweeps}"
    head = f"{counts}, bars = {options.bars}, seed = {options.seed}\n"
    write_summary(options.out, summary(heard, judge, options.seed, trees), head=head)
    return 0


if __name__ == "__main__":
    sys.exit(main())
