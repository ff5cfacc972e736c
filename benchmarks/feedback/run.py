"""Do twenty choices move a profile towards what a listener prefers, and does no preference leave it alone?

Listeners have hidden preferences over the eight features of plans. Each chooses twenty times between two plans for one
feeling; a profile is learnt; then fresh feelings and seeds are planned as shipped and with the profile.

    python benchmarks/feedback/run.py --listeners 50

Writes results.csv (one row per listener) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, progress, rounded, write_csv, write_summary
from composer.feedback import FEATURES, Choice, FeedbackStore, Profile, from_json, plan_features, to_json
from composer.metrics.confidence import wilson_interval
from composer.planning import make_plan
from composer.types import CORRECTION_BOUNDS, Correction, Palette, Perception

KINDS = ("linear", "ideal point", "none")
"""More or less of each feature; as near as possible to one place among them; a coin."""
SHARPNESS = 1.5
"""Standard deviation of the hidden weights, in logits for a step: a listener errs in some of the choices."""


NEUTRAL = Correction()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One listener: fresh pairs, how many were better with the profile, equal, what a noisy choice would be, and the
    mean absolute shift of each control.
    """

    kind: str
    listener: int
    pairs: int
    better: int
    equal: int
    expected_share: float
    prior_width: float
    curvature_width: float
    valence: float
    arousal: float
    tempo: float
    density: float
    register: float
    consonance: float
    restored: bool


def perception(rng: np.random.Generator) -> Perception:
    """A picture that is nothing but a feeling."""
    valence, arousal = rng.uniform(-0.7, 0.7, 2)
    return Perception(
        caption="",
        valence=float(valence),
        arousal=float(arousal),
        valence_sd=0.3,
        arousal_sd=0.3,
        emotions={},
        words={},
        palette=Palette(
            swatches=(),
            lightness=0.5,
            contrast=0.2,
            saturation=0.5,
            warmth=0.0,
            complexity=0.5,
            symmetry=0.5,
            openness=0.5,
        ),
        embedding=np.zeros(1, dtype=np.float32),
        sources={},
    )


def features(seen: Perception, seed: int, correction: Correction = NEUTRAL) -> np.ndarray:
    return plan_features(make_plan(seen, seed=seed, correction=correction))


def drawn(rng: np.random.Generator) -> Correction:
    """A variant anywhere within the bounds, as nudges make them."""
    return Correction(**{name: float(rng.uniform(-bound, bound)) for name, bound in CORRECTION_BOUNDS.items()})


class Listener:
    """A hidden utility over features."""

    def __init__(self, kind: str, usual: np.ndarray, spread: np.ndarray, rng: np.random.Generator) -> None:
        self.kind, self.rng = kind, rng
        self.weights = rng.normal(0, SHARPNESS, len(FEATURES))
        self.place = usual + rng.normal(0, 1, len(FEATURES)) * spread

    def gain(self, one: np.ndarray, other: np.ndarray) -> float:
        """Utility of one over the other, in logits."""
        if self.kind == "linear":
            return float(self.weights @ (one - other))
        if self.kind == "ideal point":
            return float(np.sum(np.abs(self.weights) * ((other - self.place) ** 2 - (one - self.place) ** 2)) / 4)
        return 0.0

    def choice(self, a: np.ndarray, b: np.ndarray) -> Choice:
        """A noisy choice of one of two plans."""
        likely = 1 / (1 + np.exp(-np.clip(self.gain(a, b), -50, 50)))
        winner = "a" if self.rng.random() < likely else "b"
        return Choice(a=tuple(a.tolist()), b=tuple(b.tolist()), winner=winner)


def learnt(listener: Listener, pairs: list[tuple[np.ndarray, np.ndarray]], folder: Path) -> tuple[Profile, bool]:
    """The profile, through the store, and whether export, delete and import restore it exactly."""
    with FeedbackStore(folder / "feedback.sqlite") as store:
        store.consent("x")
        for pair in pairs:
            store.add("x", listener.choice(*pair))
        profile = store.learn("x")
        text = to_json(store.record("x"))
        store.delete("x")
        store.restore(from_json(text))
        restored = to_json(store.record("x")) == text
        again = store.learn("x")
        store.delete("x")
    same = bool(np.array_equal(again.posterior.covariance, profile.posterior.covariance))
    return profile, restored and same and bool(np.array_equal(again.posterior.mean, profile.posterior.mean))


def measured(listener: Listener, number: int, profile: Profile, fresh: list, *, restored: bool) -> Row:
    shifts = [profile.correction_for(shipped) for _, _, shipped in fresh]
    gains = [
        listener.gain(features(seen, seed, shift), shipped)
        for (seen, seed, shipped), shift in zip(fresh, shifts, strict=True)
    ]
    shares = 1 / (1 + np.exp(-np.clip(gains, -50, 50)))
    return Row(
        kind=listener.kind,
        listener=number,
        pairs=len(fresh),
        better=sum(gain > 1e-9 for gain in gains),
        equal=sum(abs(gain) <= 1e-9 for gain in gains),
        expected_share=float(np.mean(shares)),
        prior_width=profile.posterior.prior_width,
        curvature_width=profile.posterior.curvature_width,
        restored=restored,
        **{name: float(np.mean([abs(getattr(shift, name)) for shift in shifts])) for name in CORRECTION_BOUNDS},
    )


def summary(rows: list[Row]) -> str:
    lines = [f"{rows[0].pairs} fresh pairs of plans, shipped against profile, after 20 choices (95 % Wilson interval)"]
    for kind in KINDS:
        found = [row for row in rows if row.kind == kind]
        if kind != "none":
            better, total = sum(row.better for row in found), sum(row.pairs for row in found)
            interval = wilson_interval(better, total)
            worse = sum(row.better < (row.pairs - row.equal) / 2 for row in found)
            share = np.mean([row.expected_share for row in found])
            lines.append(
                f"{kind:<12} n = {len(found)} listeners: profile better in {better / total:.1%} of {total} "
                f"({interval.low:.1%}..{interval.high:.1%}); as noisy choices {share:.1%}; worse off {worse} listeners"
            )
        parts = []
        for name, bound in CORRECTION_BOUNDS.items():
            sizes = [getattr(row, name) for row in found]
            parts.append(f"{name} {np.median(sizes):.3f} / {np.quantile(sizes, 0.9):.3f} of {bound:g}")
        lines.append(f"{kind:<12} mean shift, median / 90 % of listeners: {', '.join(parts)}")
    restored = sum(row.restored for row in rows)
    lines.append(f"export, delete, import: {restored} of {len(rows)} profiles restored exactly")
    return "\n".join(lines) + "\n"


def run(listeners: int, choices: int, pairs: int, seed: int) -> list[Row]:
    rng = np.random.default_rng(seed)
    pool = []
    for number in progress(range(choices * 10), choices * 10, "pairs"):
        seen = perception(rng)
        pool.append((features(seen, number, drawn(rng)), features(seen, number, drawn(rng))))
    fresh = []
    for number in range(pairs):
        seen = perception(rng)
        fresh.append((seen, 10_000 + number, features(seen, 10_000 + number)))
    shipped = np.array([item[2] for item in fresh])
    usual, spread = shipped.mean(axis=0), shipped.std(axis=0)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for index in progress(range(listeners * len(KINDS)), listeners * len(KINDS), "listeners"):
            listener = Listener(KINDS[index % len(KINDS)], usual, spread, rng)
            asked = [pool[i] for i in rng.choice(len(pool), choices, replace=False)]
            profile, restored = learnt(listener, asked, Path(folder))
            rows.append(measured(listener, index // len(KINDS), profile, fresh, restored=restored))
    return rows


def main() -> None:
    parser = argument_parser(__doc__)
    add_number(parser, "--listeners", 50, "listeners of each kind")
    add_number(parser, "--choices", 20, "choices of each")
    add_number(parser, "--pairs", 20, "fresh pairs for each")
    add_number(parser, "--seed", 0, "of everything drawn")
    add_out(parser, __file__)
    arguments = parser.parse_args()
    rows = run(arguments.listeners, arguments.choices, arguments.pairs, arguments.seed)
    write_csv(arguments.out / "results.csv", list(Row.__dataclass_fields__), [rounded(row) for row in rows])
    write_summary(arguments.out, summary(rows))


if __name__ == "__main__":
    main()
