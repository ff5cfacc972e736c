"""Old against new: which of two versions is nearer to people, on the same plans, by measures that neither was tuned on?

    python benchmarks/preference/run.py --old 7eb112c --weights --n 40
    python benchmarks/preference/run.py --old OTHER_REVISION --n 40

``--old`` and ``--new`` are revisions of this repository or folders with weights; without ``--new`` it is this working
tree. ``--weights`` takes only the weights of the revisions: both sides then follow this tree's rules. Plans are taken
from excerpts of the test splits, and both sides compose them with the same seeds. The judge sees pieces whose side it
does not know. Writes results.csv (one row per plan) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import io
import json
import math
import random
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, load_program, write_csv, write_summary
from composer.metrics.confidence import wilson_interval
from composer.metrics.order import bar_order
from composer.metrics.repetition import melodic_lines, ngram_repetition, self_similarity
from composer.midi.notes import ONSET, PITCH, STEPS_PER_QUARTER, MidiNotes, excerpt, read_midi_notes
from composer.pipeline.midi_plan import plan_from_midi
from composer.planning.plan_io import plan_to_json
from composer.training.music.archives import unpack

__all__ = ["Melodies", "Side", "main", "summary"]

ROOT = Path(__file__).resolve().parents[2]
MEASURES = ("surprise", "figures", "similarity", "order")
_COMPOSER = """
import sys
from pathlib import Path
from composer import ComposeOptions, compose, save
for plan in sorted(Path(sys.argv[1]).glob("*.json")):
    out = Path(sys.argv[2], plan.stem + ".mid")
    save(compose(ComposeOptions(plan=plan, outs=(out,), seed=int(plan.stem) + int(sys.argv[3]), candidates=1)), (out,))
    print(plan.stem, end=" ", flush=True, file=sys.stderr)
"""
"""What each side runs in its own process, by the public functions that every version has."""
_LATER = ("variation", "figures")
"""Fields of sections that older versions refuse to read; nobody gets them."""
_TRAINING = 200
_WEIGHTS = "composer/weights"


# ------------------------------------------------------------------------------------------- the judge


@dataclass(slots=True)
class Melodies:
    """Trigrams of melodies by people: intervals and times to the next onset, smoothed by shorter contexts."""

    grams: list[Counter[tuple[Any, ...]]] = field(default_factory=lambda: [Counter(), Counter(), Counter()])
    contexts: list[Counter[tuple[Any, ...]]] = field(default_factory=lambda: [Counter(), Counter(), Counter()])

    def learn(self, midi: MidiNotes) -> None:
        """Count a piece's melodies."""
        for line in _tokens(midi):
            for at in range(len(line)):
                for order in range(min(at, 2) + 1):
                    gram = tuple(line[at - order : at + 1])
                    self.grams[order][gram] += 1
                    self.contexts[order][gram[:-1]] += 1

    def bits(self, midi: MidiNotes) -> float:
        """Mean surprise of a piece's melodic steps in bits; NaN where it has none."""
        found = [self._surprise(line[max(0, at - 2) : at + 1]) for line in _tokens(midi) for at in range(len(line))]
        return float(np.mean(found)) if found else math.nan

    def _surprise(self, gram: Sequence[Any]) -> float:
        chance = 1 / 4000  # every interval of four octaves at some eighty lengths
        for order in range(len(gram)):
            own = tuple(gram[len(gram) - 1 - order :])
            seen = self.contexts[order][own[:-1]]
            chance = (self.grams[order][own] + 4 * chance) / (seen + 4)
        return -math.log2(chance)


def _tokens(midi: MidiNotes) -> list[list[tuple[int, int]]]:
    out = []
    for line in melodic_lines(midi):
        steps = np.floor(line[:, ONSET] * STEPS_PER_QUARTER + 0.5).astype(int)
        out.append(list(zip(np.diff(line[:, PITCH]).astype(int).tolist(), np.diff(steps).tolist(), strict=True)))
    return out


def _distances(piece: MidiNotes, human: MidiNotes, melodies: Melodies) -> dict[str, float]:
    """How far a piece is from the excerpt whose plan it follows, by each measure."""
    return {
        "surprise": abs(melodies.bits(piece) - melodies.bits(human)),
        "figures": abs(ngram_repetition(piece) - ngram_repetition(human)),
        "similarity": abs(self_similarity(piece) - self_similarity(human)),
        "order": float(np.abs(bar_order(piece) - bar_order(human)).mean()),
    }


# -------------------------------------------------------------------------------------------- the sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A version: the source tree that composes, and the folder of weights that replaces its own, if any."""

    name: str
    tree: Path
    home: Path | None = None

    def compose(self, plans: Path, out: Path, seed: int) -> None:
        """Write a MIDI file for every plan."""
        out.mkdir(parents=True)
        environment = os.environ | {"PYTHONPATH": str(self.tree)}
        if self.home is not None:
            environment["COMPOSER_HOME"] = str(self.home)
        command = [sys.executable, "-c", _COMPOSER, str(plans), str(out), str(seed)]
        subprocess.run(command, check=True, env=environment, cwd=out)


def _side(name: str, scratch: Path, *, weights: bool) -> Side:
    """A revision, a folder of weights, or (for the empty name) this working tree."""
    if not name:
        return Side(name="working tree", tree=ROOT)
    folder = Path(name)
    if folder.is_dir():
        return Side(name=name, tree=ROOT, home=folder.resolve())
    target = scratch / f"revision-{name}"
    paths = [f"{_WEIGHTS}/music", f"{_WEIGHTS}/manifest.json"] if weights else []
    data = subprocess.run(["git", "-C", str(ROOT), "archive", name, *paths], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        unpack(archive, target)
    return Side(name=name, tree=ROOT, home=target / _WEIGHTS) if weights else Side(name=name, tree=target)


def _write_plans(humans: Sequence[Any], bars: int, folder: Path, *, plain: bool) -> None:
    folder.mkdir()
    for number, human in enumerate(humans):
        path = folder / "excerpt.mid"
        path.write_bytes(human.content)
        plan = json.loads(plan_to_json(plan_from_midi(path, bars=(human.first, human.first + bars - 1))))
        path.unlink()
        plan["articulation"] = 1.0  # the excerpts are scores: their notes have their written lengths
        for section in plan["sections"] if plain else ():
            for name in _LATER:
                section.pop(name, None)
        (folder / f"{number:04d}.json").write_text(json.dumps(plan), encoding="utf-8")


# ------------------------------------------------------------------------------------------- results


def summary(rows: Sequence[dict[str, float]]) -> str:
    """For each measure how often the new one is nearer, and both mean distances; the majority of the measures last."""
    lines = [f"plans: {len(rows)}"]
    votes = np.zeros(len(rows))
    for name in MEASURES:
        old, new = (np.array([row[f"{side}_{name}"] for row in rows]) for side in ("old", "new"))
        votes += np.sign(np.nan_to_num(old - new))
        apart = np.isfinite(old - new) & (old != new)
        share = wilson_interval(int((new < old)[apart].sum()), int(apart.sum()))
        lines.append(
            f"{name:<12}new nearer {share}; mean distance old {np.nanmean(old):.3f}, new {np.nanmean(new):.3f}"
        )
    decided = votes != 0
    if decided.any():
        share = wilson_interval(int((votes > 0).sum()), int(decided.sum()))
        lines.append(f"{'majority':<12}new nearer {share}; undecided {int((~decided).sum())}")
    return "\n".join(lines) + "\n"


def _judged(humans: Sequence[Any], folders: Sequence[Path], melodies: Melodies, bars: int) -> list[dict[str, float]]:
    """The distances of both sides; which of the two comes first is drawn anew for every plan."""
    rng = random.Random("preference")
    rows: list[dict[str, float]] = []
    for number, human in enumerate(humans):
        sides = [0, 1]
        rng.shuffle(sides)
        found: dict[int, dict[str, float]] = {}
        for side in sides:
            midi = read_midi_notes(folders[side] / f"{number:04d}.mid")
            whole = excerpt(midi, 1, min(bars, len(midi.bar_lines()) - 1))
            found[side] = _distances(whole, human.midi, melodies)
        rows.append({f"{side}_{name}": found[i][name] for i, side in enumerate(("old", "new")) for name in MEASURES})
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argument_parser(__doc__)
    parser.add_argument("--old", required=True, help="revision, or folder with weights")
    parser.add_argument("--new", default="", help="the same; by default this working tree")
    parser.add_argument("--weights", action="store_true", help="take only the weights of revisions")
    add_data(parser)
    for name, default, what in (("--n", 40, "number of plans"), ("--bars", 16, "length"), ("--seed", 0, "of all")):
        add_number(parser, name, default, what)
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    people = load_program("realism").human_excerpts(options.data, options.n + _TRAINING, options.bars, options.seed)
    humans, others = people[: options.n], people[options.n :]
    works = {human.name for human in humans}
    melodies = Melodies()
    for other in others:
        if other.name not in works:
            melodies.learn(other.midi)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        sides = [_side(which, scratch, weights=options.weights) for which in (options.old, options.new)]
        plain = any(side.tree != ROOT for side in sides)
        _write_plans(humans, options.bars, scratch / "plans", plain=plain)
        folders = [scratch / "old", scratch / "new"]
        for side, folder in zip(sides, folders, strict=True):
            side.compose(scratch / "plans", folder, options.seed)
        rows = _judged(humans, folders, melodies, options.bars)
    header = [f"{side}_{name}" for side in ("old", "new") for name in MEASURES]
    cells = ([human.name, *(f"{row[name]:.4f}" for name in header)] for human, row in zip(humans, rows, strict=True))
    write_csv(options.out / "results.csv", ["excerpt", *header], cells)
    what = "weights alone" if options.weights else "weights and rules"
    head = f"old: {sides[0].name}; new: {sides[1].name}; {what}; {len(others)} excerpts taught the judge's melodies\n"
    write_summary(options.out, summary(rows), head=head)
    return 0


if __name__ == "__main__":
    sys.exit(main())
