"""Does an independent judge hear the feeling that was asked for?

Composes pieces from a target of valence and arousal alone (no picture), equally many in each quadrant, and lets the
judge that was fitted to EMOPIA's training split name the quadrant. Then sweeps one axis with the seed fixed.

    python benchmarks/emotion/run.py --data DIR --per-quadrant 100 --sweeps 20 --workers 2

With --trees a second judge of another kind listens too: extremely randomised trees on the same features, fitted anew to
the same split.

Writes results.csv (one row per piece, as it is heard) and summary.txt beside this file, or into --out. With --resume
the rows that are there already stay; --most ends after so many new pieces. The judge is fitted first when there is none
yet (some minutes).
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import csv
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, in_parallel, write_csv, write_summary
from composer.metrics.confidence import bootstrap_interval, wilson_interval
from composer.metrics.emotion_features import emotion_features
from composer.metrics.judge import QUADRANTS, EmotionJudge, judge_emotion
from composer.midi.notes import parse_midi_notes
from composer.music import generate
from composer.planning import PlanOverrides, make_plan
from composer.rendering import score_to_midi
from composer.training.emotion_judge.fit import fitted_judge, read_clips
from composer.types import Composition

__all__ = ["Heard", "Target", "heard_before", "main", "run", "summary", "sweep_targets", "targets"]

SIGNS = {"Q1": (1, 1), "Q2": (-1, 1), "Q3": (-1, -1), "Q4": (1, -1)}
MAGNITUDE = (0.3, 1.0)
"""Targets keep away from the borders between the quadrants, where no answer is right."""
_SHARES = tuple(f"p_{name}" for name in QUADRANTS)
_TREES = tuple(f"trees_{name}" for name in QUADRANTS)
_COLUMNS = ("seed", "sweep", "asked_valence", "asked_arousal", "asked", "key", "tempo_bpm", "programs")
_HEADER = (*_COLUMNS, "judged", "judged_valence", "judged_arousal", *_SHARES, *_TREES)
_CHUNK = 10
"""Pieces per worker between two writings of the table."""
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
class Verdict:
    """Probabilities of `QUADRANTS` by one judge."""

    shares: tuple[float, ...]

    @property
    def quadrant(self) -> str:
        """The likeliest."""
        return QUADRANTS[int(np.argmax(self.shares))]

    @property
    def valence(self) -> float:
        """Judged valence, in [-1, 1]."""
        q1, q2, q3, q4 = self.shares
        return q1 + q4 - q2 - q3

    @property
    def arousal(self) -> float:
        """Judged arousal, in [-1, 1]."""
        q1, q2, q3, q4 = self.shares
        return q1 + q2 - q3 - q4


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was made of a target, programs with -1 for drums; the verdicts of the judge and, if asked, of the trees."""

    target: Target
    key: str
    tempo_bpm: float
    programs: str
    verdict: Verdict
    trees: Verdict | None = None


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

    def judge(self, features: np.ndarray) -> Verdict:
        """The share of the trees that name each quadrant."""
        return Verdict(shares=tuple(float(share) for share in self.model.predict_proba(features[None])[0]))


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
        programs=" ".join(str(-1 if part.is_drums else part.program) for part in plan.instruments),
        verdict=Verdict(shares=judge_emotion(judge, notes).probabilities),
        trees=trees.judge(emotion_features(notes)) if trees is not None else None,
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
    shares = [f"{share:.5f}" for share in verdict.shares]
    trees = [f"{share:.5f}" for share in piece.trees.shares] if piece.trees is not None else [""] * len(_TREES)
    return [target.seed, target.sweep, *asked, piece.key, piece.tempo_bpm, piece.programs, *judged, *shares, *trees]


def heard_before(path: Path, wanted: Sequence[Target]) -> list[Heard]:
    """What an earlier run with the same options has heard already: the first rows of its table.

    Raises
    ------
    ValueError
        The table is of other targets.
    """
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    if rows and tuple(rows[0]) != _HEADER:
        raise ValueError(f"{path}: it has other columns; leave --resume out to begin anew")
    found = []
    for row, target in zip(rows, wanted, strict=False):
        asked = (row["seed"], row["sweep"], row["asked_valence"], row["asked_arousal"])
        if asked != (str(target.seed), target.sweep, f"{target.valence:.3f}", f"{target.arousal:.3f}"):
            raise ValueError(f"{path}: it was made with other options; leave --resume out to begin anew")
        trees = Verdict(shares=tuple(float(row[name]) for name in _TREES)) if row[_TREES[0]] else None
        found.append(
            Heard(
                target=target,
                key=row["key"],
                tempo_bpm=float(row["tempo_bpm"]),
                programs=row["programs"],
                verdict=Verdict(shares=tuple(float(row[name]) for name in _SHARES)),
                trees=trees,
            )
        )
    return found


def summary(heard: Sequence[Heard], judge: EmotionJudge, seed: int, trees: Trees | None = None) -> str:
    lines = [f"the judge's own accuracy on EMOPIA's test split: {judge.accuracy}"]
    lines += _summary_lines([(piece.target, piece.verdict) for piece in heard], seed)
    second = [(piece.target, piece.trees) for piece in heard if piece.trees is not None]
    if trees is not None and second:
        lines += [f"the trees' own accuracy on EMOPIA's test split: {trees.accuracy}"]
        lines += _summary_lines(second, seed)
    return "\n".join(lines) + "\n"


def _confusion(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Share named as asked, and how often which quadrant was named for which, from pairs of asked and named."""
    yield f"  quadrant as asked   {_share([asked == named for asked, named in pairs])}"
    yield "  asked (rows) and judged (columns)  " + "  ".join(QUADRANTS)
    for asked_name in QUADRANTS:
        row = [named for asked, named in pairs if asked == asked_name]
        yield f"  {asked_name:<33}" + "".join(f"{row.count(name):>4}" for name in QUADRANTS)


def _summary_lines(heard: Sequence[tuple[Target, Verdict]], seed: int) -> Iterator[str]:
    pieces = [(target, verdict) for target, verdict in heard if not target.sweep]
    if pieces:
        yield "pieces made from valence and arousal alone"
        yield from _confusion([(target.quadrant, verdict.quadrant) for target, verdict in pieces])
        for axis in ("valence", "arousal"):
            asked = np.array([getattr(target, axis) for target, _ in pieces])
            judged = np.array([getattr(verdict, axis) for _, verdict in pieces])
            pairs = np.stack([asked, judged], axis=1)
            rho = bootstrap_interval(_spearman, pairs, rng=np.random.default_rng(seed))
            yield f"  {axis} sign        {_share((np.sign(asked) == np.sign(judged)).tolist())}"
            yield f"  {axis} Spearman    {rho}"
    yield from _sweep_lines(heard)


def _sweep_lines(heard: Sequence[tuple[Target, Verdict]]) -> Iterator[str]:
    for axis in ("valence", "arousal"):
        sweeps: dict[str, list[tuple[float, float]]] = {}
        for target, verdict in heard:
            if target.sweep.startswith(axis):
                sweeps.setdefault(target.sweep, []).append((getattr(target, axis), getattr(verdict, axis)))
        whole = [sorted(steps) for steps in sweeps.values() if len(steps) == len(SWEEP)]
        if not whole:
            continue
        judged = [[heard_as for _, heard_as in steps] for steps in whole]
        rising = [all(later >= earlier for earlier, later in pairwise(values)) for values in judged]
        rhos = [float(stats.spearmanr(range(len(values)), values).statistic) for values in judged]
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
    parser.add_argument("--resume", action="store_true", help="keep the rows that are in results.csv already")
    add_number(parser, "--most", 0, "new pieces after which to stop, 0 for no limit")
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    judge = fitted_judge(options.data, options.judge, workers=options.workers)
    wanted = targets(options.per_quadrant, options.seed) + sweep_targets(options.sweeps, options.seed)
    trees = fit_trees(options.data, options.workers) if options.trees else None
    table = options.out / "results.csv"
    heard = heard_before(table, wanted) if options.resume else []
    coming = iter(wanted[len(heard) :][: options.most or None])
    while chunk := list(islice(coming, _CHUNK * options.workers)):
        heard += run(chunk, judge, bars=options.bars, workers=options.workers, trees=trees)
        write_csv(table, _HEADER, map(_cells, heard))
    counts = f"per quadrant = {options.per_quadrant}, sweeps = {options.sweeps}"
    missing = f"; {len(heard)} of {len(wanted)} pieces so far" if len(heard) < len(wanted) else ""
    head = f"{counts}, bars = {options.bars}, seed = {options.seed}{missing}\n"
    write_summary(options.out, summary(heard, judge, options.seed, trees), head=head)
    return 0


if __name__ == "__main__":
    sys.exit(main())
