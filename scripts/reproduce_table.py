#!/usr/bin/env python3
"""The table of the paper on painting-to-music by emotion, made with Composer and measured anew.

Hisariya et al. (arXiv 2409.07827, 2024) make music for paintings of five emotions and report the Fréchet audio
distance (VGGish) and the CLAP score of about 120 clips. This makes N pieces per emotion from held-out paintings in four
variants and takes the measures of `compose evaluate`:

* label: valence and arousal of the emotion's name alone, no picture
* caption: the same, with the picture's caption for style, meter and ensemble
* plan: all that was read from the picture
* selection: the same, the best of four candidates

    scripts/reproduce_table.py --data DIR --out DIR [--per-emotion 4]

A picture's emotion is Composer's own reading: of --scan test pictures, those with the highest share of each emotion.
Interrupted work goes on where it stopped: pieces stay in --out, measures in the cache of `compose evaluate`.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import csv
import importlib.util
import sys
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from composer.appraisal.samples import Measured, measure_set
from composer.errors import AssetError
from composer.evaluation.embeddings import EMBEDDINGS, comparable
from composer.evaluation.frechet import frechet_at_infinity
from composer.evaluation.intervals import mean_interval, wilson_interval
from composer.files import atomic_write
from composer.music import generate
from composer.planning import PlanOverrides, make_plan
from composer.preparation import perceive
from composer.rendering import find_soundfont, score_to_midi
from composer.training.perception.split import split_of, work_group
from composer.types import Composition, Perception

EMOTIONS = {"happy": (0.7, 0.3), "angry": (-0.6, 0.7), "sad": (-0.7, -0.5), "fun": (0.6, 0.7), "neutral": (0.0, 0.0)}
"""Where a name alone puts valence and arousal: corners of Russell's circumplex (1980), softened."""
VARIANTS = ("label", "caption", "plan", "selection")
PAPER = """The paper's own figures: FAD 5.06 to 7.02 (VGGish embeddings, about 120 clips, not corrected for n), CLAP
score .075 to .13 (angry: .04). Data, embeddings and sound differ: they can be set beside these, not compared."""
MEASURES = (
    "judged_valence",
    "judged_arousal",
    "scale_consistency",
    "pitch_class_entropy",
    "compression_ratio",
    "self_similarity",
    "parallel_rate",
    "longest_run",
    "loudness_lufs",
    "true_peak_dbtp",
    "thd_percent",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A picture, what was read from it, and the emotion that it stands for."""

    emotion: str
    number: int
    picture: Path
    seen: Perception

    @property
    def name(self) -> str:
        """Of the pieces made for it."""
        return f"{self.emotion}-{self.number:03}.mid"


def pictures(data: Path, folder: Path, scan: int) -> list[Path]:
    """The first test pictures of the collection, unpacked once."""
    with (data / "wikiart224.csv").open(newline="", encoding="utf-8") as table:
        held_out = [
            row["file"] for row in csv.DictReader(table) if split_of(work_group(row["artist"], row["title"])) == "test"
        ]
    # Evenly through the alphabet of artists.
    wanted = {held_out[index] for index in np.linspace(0, len(held_out) - 1, min(scan, len(held_out))).astype(int)}
    folder.mkdir(parents=True, exist_ok=True)
    if any(not (folder / Path(name).name).exists() for name in wanted):
        with tarfile.open(data / "wikiart224.tar") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name in wanted else None
                if content is not None:
                    with atomic_write(folder / Path(member.name).name) as temporary:
                        temporary.write_bytes(content.read())
    return sorted(folder / Path(name).name for name in wanted)


def choose(paths: Sequence[Path], per_emotion: int) -> list[Chosen]:
    """For each emotion in turn the picture that has most of it and was not taken yet."""
    seen = {}
    for number, path in enumerate(paths, start=1):
        seen[path] = perceive(path)
        print(f"\rlooking at pictures: {number}/{len(paths)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    free, chosen = set(paths), []
    for number in range(per_emotion):
        for emotion in EMOTIONS:
            best = max(sorted(free), key=lambda path: seen[path].emotions[emotion])
            free.discard(best)
            chosen.append(Chosen(emotion=emotion, number=number, picture=best, seen=seen[best]))
    return chosen


def piece(item: Chosen, variant: str, bars: int) -> bytes:
    """The MIDI file of a variant."""
    valence, arousal = EMOTIONS[item.emotion]
    named = variant in ("label", "caption")
    overrides = PlanOverrides(bars=bars, valence=valence if named else None, arousal=arousal if named else None)
    plan = make_plan(None if variant == "label" else item.seen, overrides=overrides, seed=item.number, title=item.name)
    score = generate(plan, seed=item.number, candidates=4 if variant == "selection" else 1).score
    return score_to_midi(Composition(perception=None, plan=score.plan, score=score, provenance={}))


def make(chosen: Sequence[Chosen], out: Path, bars: int) -> None:
    """Every variant of every piece that is not there yet."""
    todo = [(item, variant) for item in chosen for variant in VARIANTS if not (out / variant / item.name).exists()]
    for number, (item, variant) in enumerate(todo, start=1):
        (out / variant).mkdir(parents=True, exist_ok=True)
        with atomic_write(out / variant / item.name) as temporary:
            temporary.write_bytes(piece(item, variant, bars))
        print(f"\rcomposing: {number}/{len(todo)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def humans(data: Path, out: Path, n: int, bars: int) -> None:
    """Excerpts of works of the test split as MIDI files: the reference."""
    place = Path(__file__).resolve().parents[1] / "benchmarks" / "evaluation" / "run.py"
    spec = importlib.util.spec_from_file_location("evaluation_benchmark", place)
    assert spec is not None
    assert spec.loader is not None
    benchmark: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    out.mkdir(parents=True, exist_ok=True)
    if len(list(out.glob("*.mid"))) < n:
        for number, midi in enumerate(benchmark.excerpts(data, "test", n, bars, 0)):
            with atomic_write(out / f"human-{number:03}.mid") as temporary:
                temporary.write_bytes(benchmark.midi_bytes(midi))


def table(sets: dict[str, Measured], reference: Measured) -> Iterator[str]:
    yield from _means(sets, reference)
    yield from _heard(sets)
    yield from _distances(sets, reference)
    yield "CLAP score: not measured (needs 'compose models pull larger_clap_music'); IS, KL: no tagger is at hand"
    yield PAPER


def _means(sets: dict[str, Measured], reference: Measured) -> Iterator[str]:
    yield f"{'measure':<22}" + "".join(f"{name:>27}" for name in (*sets, "human test excerpts"))
    for name in MEASURES:
        cells = [mean_interval(each.values(name)) for each in (*sets.values(), reference)]
        texts = [f"{cell.value:.3f} [{cell.low:.3f}, {cell.high:.3f}]" if cell.n else "-" for cell in cells]
        yield f"{name:<22}" + "".join(f"{text:>27}" for text in texts)


def _heard(sets: dict[str, Measured]) -> Iterator[str]:
    """Does the judge hear the side of valence and arousal that the emotion's name stands for?"""
    if not any("judged_valence" in each.names() for each in sets.values()):
        yield "the emotion judge is not here: python -m composer.training.emotion_judge.fit"
        return
    yield "share of pieces that the judge hears on the emotion's side (its own accuracy: valence .75, arousal .90)"
    for emotion, (valence, arousal) in EMOTIONS.items():
        if emotion == "neutral":
            continue
        for axis, side in (("valence", valence), ("arousal", arousal)):
            cells = []
            for each in sets.values():
                mine = [sample.numbers[f"judged_{axis}"] for sample in each.samples if sample.name.startswith(emotion)]
                cells.append(str(wilson_interval(sum(value * side > 0 for value in mine), len(mine))) if mine else "-")
            yield f"  {emotion + ', ' + axis:<20}" + "".join(f"{cell:>30}" for cell in cells)


def _distances(sets: dict[str, Measured], reference: Measured) -> Iterator[str]:
    order = np.random.default_rng(0).permutation(len(reference.samples))
    half = len(order) // 2
    base, other = ([reference.samples[index] for index in part] for part in (order[:half], order[half:]))
    groups = {name: each.samples for name, each in sets.items()} | {"floor: human against human": other}
    for embedding in EMBEDDINGS:
        parts = {
            name: [sample.embeddings[embedding.name] for sample in samples if embedding.name in sample.embeddings]
            for name, samples in ({"reference": base} | groups).items()
        }
        first = parts.pop("reference")
        yield (
            f"Frechet distance of {embedding.of} on {embedding.name} (hears {embedding.hears}) from one half of the "
            "human excerpts, extended to infinite n"
        )
        for name, second in parts.items():
            if first and second:
                pair = comparable(embedding, np.concatenate(first), np.concatenate(second))
                yield f"  {name:<28}{frechet_at_infinity(*pair, rng=np.random.default_rng(0), rounds=40)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    default = Path(os.environ.get("COMPOSER_DATA", "../shared/data"))
    parser.add_argument("--data", type=Path, default=default, help="folder with wikiart224.tar and music/")
    parser.add_argument("--out", type=Path, default=Path("runs/table"), help="folder for pieces and table (runs/table)")
    parser.add_argument("--per-emotion", type=int, default=4, help="pieces per emotion and variant (default 4)")
    parser.add_argument("--scan", type=int, default=120, help="test pictures to choose from (default 120)")
    parser.add_argument(
        "--humans", type=int, default=40, help="human excerpts, half of them the reference (default 40)"
    )
    parser.add_argument("--bars", type=int, default=16, help="length in bars (default 16)")
    parser.add_argument("--workers", type=int, default=2, help="processes for measuring (default 2)")
    parser.add_argument("--no-audio", action="store_true", help="do not play the pieces")
    options = parser.parse_args()
    chosen = choose(pictures(options.data, options.out / "pictures", options.scan), options.per_emotion)
    make(chosen, options.out, options.bars)
    humans(options.data, options.out / "human", options.humans, options.bars)
    try:
        font = None if options.no_audio else find_soundfont()
    except AssetError as error:
        print(f"no sound: {error.message}; {error.hint}", file=sys.stderr)
        font = None

    def measured(folder: Path) -> Measured:
        def show(what: str, _share: float) -> None:
            print(f"\rmeasuring {what}   ", end="", file=sys.stderr, flush=True)

        return measure_set(folder, sorted(folder.glob("*.mid")), font=font, workers=options.workers, progress=show)

    sets = {variant: measured(options.out / variant) for variant in VARIANTS}
    reference = measured(options.out / "human")
    print(file=sys.stderr)
    head = (
        f"{len(chosen)} pieces a variant ({options.per_emotion} per emotion), {len(reference.samples)} human excerpts"
    )
    text = "\n".join([head, *table(sets, reference)]) + "\n"
    with atomic_write(options.out / "table.txt") as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
