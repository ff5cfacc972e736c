"""How close are generated pieces to excerpts by people, in distribution?

Takes excerpts from the test splits of the open and the pop909 sets (works that no model was fitted to), composes a
piece to the measure of each, and compares the statistics of the two sets. Beside each overlap stands the floor: the
overlap of two random halves of the human excerpts, equally large samples.

``--plans excerpt`` (the default) takes the plan from the excerpt as ``compose plan --from-midi`` does: length, meter,
tempo, key, ensemble, chords, form, density and texture are the excerpt's, the notes are ours. ``--plans own`` lets the
planner decide all but length, meter, tempo, key and ensemble, with valence and arousal drawn at random.
``--plans default`` leaves it everything, as ``compose --valence --arousal`` does, and holds whole pieces against whole
human ones of half a minute to two minutes.

    python benchmarks/realism/run.py --data DIR --n 200 --workers 2

Writes results.csv (one row per piece, human and generated) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import csv
import io
import random
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, in_parallel, write_csv, write_summary
from composer.errors import MidiError
from composer.metrics.adherence import blind_key
from composer.metrics.confidence import bootstrap_interval
from composer.metrics.distributions import distance_overlap, overlap_area
from composer.metrics.patterns import compression_ratio
from composer.metrics.statistics import Statistics, duration_histogram, interval_histogram, measure
from composer.midi.notes import FloatArray, MidiNotes, excerpt, parse_midi_notes
from composer.music import generate
from composer.pipeline.midi_plan import plan_from_midi
from composer.planning import PlanOverrides, make_plan
from composer.rendering import score_to_midi
from composer.types import Composition, MusicalPlan

__all__ = ["Pair", "Vector", "human_excerpts", "main", "run", "summary"]

SETS = ("open", "pop909")
METERS = ("2/4", "3/4", "4/4", "5/4", "3/8", "6/8", "9/8", "12/8", "2/2")
SCALARS = (*Statistics.names(), "compression_ratio")
STEPS = (*(f"interval_{step:+d}" for step in range(-12, 13)), *(f"duration_{index}" for index in range(10)))
FEATURES = (*SCALARS, *STEPS)
PLAYED = frozenset({"pop909"})
"""Sources whose notes have the lengths that somebody played, not written ones: any of our scores is told from them."""
FEWEST_PAIRS, GIVEAWAYS = 20, 6
"""Pairs from which on a classifier is asked, and how many features are named."""
MAX_PARTS = 8
FEWEST_BARS = 8
MIN_NOTES_PER_BAR = 2
MAX_NOTES = 1500
"""Pattern discovery takes too long beyond; at 16 bars this leaves out the thickest orchestral pages."""
SHORTEST_S, LONGEST_S = 30.0, 120.0
"""Of a whole human piece; default pieces last about a minute."""
SPLITS = 200
"""Random halves for the floor, and rounds of the bootstrap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Human:
    """An excerpt of a work, where it begins in its file (bar from 1), and the file's content."""

    name: str
    source: str
    midi: MidiNotes
    first: int
    content: bytes = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """The statistics of a piece: single numbers and two histograms."""

    scalars: tuple[float, ...]
    intervals: FloatArray = field(compare=False, repr=False)
    durations: FloatArray = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A human excerpt and the piece that was made to its measure."""

    name: str
    source: str
    human: Vector
    made: Vector


# ------------------------------------------------------------------------------------ human excerpts


def _files(data: Path, split: str) -> Iterator[tuple[str, str, bytes]]:
    """Name, source and content of a split's files with a bar grid."""
    for name in SETS:
        table = io.StringIO((data / "music" / f"{name}.csv").read_text(encoding="utf-8"))
        rows = {row["path"]: row for row in csv.DictReader(table) if row["split"] == split and row["grid"] == "score"}
        with tarfile.open(data / "music" / f"{name}.tar.xz") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name in rows else None
                if content is not None:
                    yield rows[member.name]["id"], rows[member.name]["source"], content.read()


def _works(data: Path, split: str) -> Iterator[tuple[str, str, bytes, MidiNotes]]:
    """The files of a split that can be read, and their notes."""
    for name, source, content in _files(data, split):
        try:
            yield name, source, content, parse_midi_notes(content, name=name)
        except MidiError as error:
            print(f"left out: {error}", file=sys.stderr)


def _usable(midi: MidiNotes, first: int, bars: int) -> MidiNotes | None:
    """The excerpt, if it is in one meter that can be composed in, for few enough parts, and plays throughout."""
    part = excerpt(midi, first, bars)
    pitched = [each for each in part.parts if not each.is_drums]
    meters = {meter.text for meter in part.meters}
    fits = len(meters) == 1 and meters <= set(METERS) and 1 <= len(pitched) <= MAX_PARTS
    return part if fits and MIN_NOTES_PER_BAR * bars <= len(part.pitched) <= MAX_NOTES else None


def human_excerpts(data: Path, n: int, bars: int, seed: int, split: str = "test") -> list[Human]:
    """`n` excerpts (fewer if there are not as many): one from each work, then further ones that do not overlap."""
    rng = random.Random(f"{seed}/excerpts")
    by_round: dict[int, list[Human]] = {}
    for name, source, content, midi in _works(data, split):
        total = len(midi.bar_lines()) - 1
        starts = list(range(1, total - bars + 2, bars))
        rng.shuffle(starts)
        found = [(first, part) for first in starts if (part := _usable(midi, first, bars)) is not None]
        for turn, (first, part) in enumerate(found):
            human = Human(name=name, source=source, midi=part, first=first, content=content)
            by_round.setdefault(turn, []).append(human)
    chosen: list[Human] = []
    for turn in sorted(by_round):
        rng.shuffle(by_round[turn])
        chosen += by_round[turn]
    return chosen[:n]


def human_pieces(data: Path, n: int, seed: int, split: str = "test") -> list[Human]:
    """`n` whole works (fewer if there are not as many) that are as small as default pieces are."""
    found = []
    for name, source, content, midi in _works(data, split):
        bars = len(midi.bar_lines()) - 1
        seconds = float(midi.seconds(midi.bar_lines()[-1:])[0])
        part = _usable(midi, 1, bars) if bars >= FEWEST_BARS and SHORTEST_S <= seconds <= LONGEST_S else None
        if part is not None:
            found.append(Human(name=name, source=source, midi=part, first=1, content=content))
    random.Random(f"{seed}/pieces").shuffle(found)
    return found[:n]


# ------------------------------------------------------------------------------------- made to measure


def _vector(midi: MidiNotes) -> Vector:
    return Vector(
        scalars=(*astuple(measure(midi)), compression_ratio(midi)),
        intervals=interval_histogram(midi),
        durations=duration_histogram(midi),
    )


def _excerpt_plan(human: Human, bars: int) -> MusicalPlan:
    """Everything but the notes as in the excerpt."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "excerpt.mid"
        path.write_bytes(human.content)
        return plan_from_midi(path, bars=(human.first, human.first + bars - 1))


def _own_plan(human: Human, bars: int, seed: int, number: int) -> MusicalPlan:
    """Length, meter, tempo, key and ensemble as in the excerpt, the rest by the planner."""
    rng = random.Random(f"{seed}/{number}")
    key = blind_key(human.midi)
    if key is None:
        raise ValueError(f"{human.name}: an excerpt without pitched notes")
    tonic, mode = key.name.split()
    overrides = PlanOverrides(
        bars=bars,
        tempo_bpm=min(300.0, max(20.0, round(human.midi.tempos[0].bpm, 1))),
        tonic=tonic,
        mode=mode,
        meter=human.midi.meters[0].text,
        instruments=",".join("drums" if part.is_drums else str(part.program) for part in human.midi.parts),
        valence=rng.uniform(-1, 1),
        arousal=rng.uniform(-1, 1),
    )
    return make_plan(None, overrides=overrides, seed=seed + number)


def _default_plan(seed: int, number: int) -> MusicalPlan:
    """Everything by the planner, for a feeling drawn at random."""
    rng = random.Random(f"{seed}/{number}")
    overrides = PlanOverrides(valence=rng.uniform(-1, 1), arousal=rng.uniform(-1, 1))
    return make_plan(None, overrides=overrides, seed=seed + number)


def _pair(item: tuple[int, Human], *, bars: int, seed: int, plans: str) -> Pair:
    number, human = item
    if plans == "default":
        plan = _default_plan(seed, number)
        bars = plan.bars
    else:
        plan = _excerpt_plan(human, bars) if plans == "excerpt" else _own_plan(human, bars, seed, number)
    plan = replace(plan, articulation=1.0)  # the excerpts are scores: their notes have their written lengths
    score = generate(plan, seed=seed + number, candidates=1).score
    data = score_to_midi(Composition(perception=None, plan=plan, score=score, provenance={}))
    # Cut like the human one, so that both are treated alike at the edges.
    made = parse_midi_notes(data)
    whole = excerpt(made, 1, min(bars, len(made.bar_lines()) - 1))
    return Pair(name=human.name, source=human.source, human=_vector(human.midi), made=_vector(whole))


def run(humans: Sequence[Human], *, bars: int, seed: int, workers: int, plans: str) -> list[Pair]:
    return in_parallel(partial(_pair, bars=bars, seed=seed, plans=plans), list(enumerate(humans)), workers)


# ---------------------------------------------------------------------------------------- comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Overlap with human excerpts and its floor; `low`, `high`: 95 % interval of their difference."""

    made: float
    floor: float
    low: float
    high: float


def overlap(
    human: FloatArray, made: FloatArray, area: Callable[[FloatArray, FloatArray], float], rng: np.random.Generator
) -> Overlap:
    """Halves of the human sample against each other, and one of them against as many generated pieces.

    The floor and the overlap are means over random halves. The interval comes from resampling within the halves, so
    that no excerpt is in both.
    """
    floors, values, differences = [], [], []
    half = len(human) // 2
    for _ in range(SPLITS):
        order = rng.permutation(len(human))
        first, second = human[order[:half]], human[order[half : 2 * half]]
        third = made[rng.permutation(len(made))[:half]]
        floors.append(area(first, second))
        values.append(area(first, third))
        picks = [rng.integers(0, half, half) for _ in range(3)]
        differences.append(area(first[picks[0]], third[picks[2]]) - area(first[picks[0]], second[picks[1]]))
    low, high = np.nanpercentile(differences, [2.5, 97.5])
    return Overlap(made=float(np.nanmean(values)), floor=float(np.nanmean(floors)), low=float(low), high=float(high))


def _labelled(human: FloatArray, made: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Features, labels (1: ours) and groups: a piece and the excerpt that it was measured on are held out together."""
    features = np.nan_to_num(np.concatenate([human, made]))
    labels = np.repeat([0, 1], [len(human), len(made)])
    return features, labels, np.concatenate([np.arange(len(human)), np.arange(len(made))])


def giveaways(human: FloatArray, made: FloatArray, seed: int) -> FloatArray:
    """By how much the area under the curve falls where a feature is shuffled among the held-out rows, per feature."""
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.inspection import permutation_importance
    from sklearn.model_selection import GroupKFold

    features, labels, groups = _labelled(human, made)
    falls = []
    for train, held_out in GroupKFold(5).split(features, labels, groups):
        model = GradientBoostingClassifier(random_state=seed).fit(features[train], labels[train])
        found = permutation_importance(
            model, features[held_out], labels[held_out], scoring="roc_auc", n_repeats=5, random_state=seed
        )
        falls.append(found.importances_mean)
    return np.mean(falls, axis=0)


def separability(human: FloatArray, made: FloatArray, seed: int) -> tuple[float, float, float]:
    """Area under the ROC curve of a gradient-boosted classifier in five-fold cross-validation, with its interval."""
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict

    features, labels, groups = _labelled(human, made)
    model = GradientBoostingClassifier(random_state=seed)
    shares = cross_val_predict(model, features, labels, groups=groups, cv=GroupKFold(5), method="predict_proba")[:, 1]
    interval = bootstrap_interval(
        lambda of_human, of_made: float(
            roc_auc_score(np.repeat([0, 1], [len(of_human), len(of_made)]), np.concatenate([of_human, of_made]))
        ),
        shares[labels == 0],
        shares[labels == 1],
        rng=np.random.default_rng(seed),
    )
    return interval.value, interval.low, interval.high


def _ratio(human: FloatArray, made: FloatArray) -> float:
    base = float(np.nanmean(human))
    return float(np.nanmean(made)) / base if base else float("nan")


def summary(pairs: Sequence[Pair], seed: int) -> str:
    return "\n".join(_summary_lines(pairs, seed)) + "\n"


def _summary_lines(pairs: Sequence[Pair], seed: int) -> Iterator[str]:
    rng = np.random.default_rng(seed)
    sources = sorted({pair.source for pair in pairs})
    counts = ", ".join(f"{source} {sum(pair.source == source for pair in pairs)}" for source in sources)
    yield f"pairs: {len(pairs)} ({counts})"
    yield f"{'measure':<22}{'human':>9}{'made':>9}  {'ratio of means':<22}{'overlap':>8}{'floor':>7}  difference"
    human = np.array([pair.human.scalars for pair in pairs])
    made = np.array([pair.made.scalars for pair in pairs])
    for index, name in enumerate(SCALARS):
        ratio = bootstrap_interval(_ratio, human[:, index], made[:, index], rng=rng)
        text = f"{ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]"
        means = f"{np.nanmean(human[:, index]):>9.4f}{np.nanmean(made[:, index]):>9.4f}"
        areas = overlap(human[:, index], made[:, index], overlap_area, rng)
        yield f"{name:<22}{means}  {text:<22}{_overlap_text(areas)}"
    blocks = [(human, made)]
    for name in ("intervals", "durations"):
        theirs = np.array([getattr(pair.human, name) for pair in pairs])
        ours = np.array([getattr(pair.made, name) for pair in pairs])
        blocks.append((theirs, ours))
        yield f"{name + ' (distances)':<22}{'':>42}{_overlap_text(overlap(theirs, ours, distance_overlap, rng))}"
    features = [np.concatenate(block, axis=1) for block in zip(*blocks, strict=True)]
    if len(pairs) >= FEWEST_PAIRS:
        value, low, high = separability(features[0], features[1], seed)
        count = features[0].shape[1]
        yield f"classifier on {count} features, AUC: {value:.3f} [{low:.3f}, {high:.3f}] (0.5: cannot tell)"
        fall = giveaways(features[0], features[1], seed)
        most = [f"{FEATURES[index]} {fall[index]:.3f}" for index in np.argsort(-fall)[:GIVEAWAYS]]
        yield "what gives ours away (fall of the AUC where it is shuffled): " + ", ".join(most)
    scored = np.array([pair.source not in PLAYED for pair in pairs])
    if FEWEST_PAIRS <= scored.sum() < len(pairs):
        value, low, high = separability(features[0][scored], features[1][scored], seed)
        yield f"the same without played note lengths (n = {scored.sum()}), AUC: {value:.3f} [{low:.3f}, {high:.3f}]"


def _overlap_text(found: Overlap) -> str:
    difference = f"{found.made - found.floor:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    return f"{found.made:>8.3f}{found.floor:>7.3f}  {difference}"


def _rows(pairs: Sequence[Pair]) -> Iterator[list[object]]:
    for pair in pairs:
        for by, vector in (("human", pair.human), ("composer", pair.made)):
            values = (*vector.scalars, *vector.intervals, *vector.durations)
            yield [pair.name, pair.source, by, *(f"{value:.6g}" for value in values)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__, whole=True)
    add_data(parser)
    add_number(parser, "--n", 200, "number of pairs")
    add_number(parser, "--bars", 16, "length in bars")
    add_number(parser, "--seed", 0, "of excerpts and pieces")
    parser.add_argument("--split", choices=("val", "test"), default="test", help="whose works (default test)")
    parser.add_argument(
        "--plans", choices=("excerpt", "own", "default"), default="excerpt", help="see above (default excerpt)"
    )
    add_number(parser, "--workers", 1, "processes")
    add_out(parser, __file__)
    options = parser.parse_args(arguments)
    if options.plans == "default":
        humans = human_pieces(options.data, options.n, options.seed, options.split)
    else:
        humans = human_excerpts(options.data, options.n, options.bars, options.seed, options.split)
    pairs = run(humans, bars=options.bars, seed=options.seed, workers=options.workers, plans=options.plans)
    write_csv(options.out / "results.csv", ("name", "source", "by", *FEATURES), _rows(pairs))
    bars = "whole pieces" if options.plans == "default" else options.bars
    head = f"n = {len(pairs)}, bars = {bars}, seed = {options.seed}, "
    head += f"split = {options.split}, plans = {options.plans}\n"
    write_summary(options.out, summary(pairs, options.seed), head=head)
    return 0


if __name__ == "__main__":
    sys.exit(main())
