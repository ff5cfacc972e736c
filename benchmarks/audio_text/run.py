"""Does the Composer audio-text encoder find what was played, also with a soundfont that it never heard?

    python benchmarks/audio_text/run.py --cache runs/audio-text --data DIR [--paintings 40]

``--cache`` holds the test renders of ``composer.training.audio_text.render --split test``: passages of works of the
test split, each played by a font of the training and by the held-out one. Pieces made for paintings
are kept there too. Writes ``results.csv`` beside this file.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import hashlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import argument_parser, progress, write_csv
from composer.evaluation.files import played
from composer.files import atomic_write
from composer.metrics.audio_text import match
from composer.metrics.confidence import Interval, wilson_interval
from composer.metrics.plan_description import describe_plan
from composer.metrics.sound_encoder import SoundEncoder, load_sound_encoder
from composer.metrics.spectra import spectra, windows
from composer.metrics.tags import GROUPS
from composer.music import generate
from composer.pipeline.plan_input import perceive
from composer.planning import PlanOverrides, make_plan
from composer.rendering import score_to_midi
from composer.training.audio_text.train import Renders, full_captions, load_renders
from composer.types import Composition

HERE = Path(__file__).parent
HELD_OUT = "Merlin"
AMONG = 100
Row = tuple[str, str, Interval, str]


def retrieval(encoder: SoundEncoder, renders: Renders) -> Iterator[Row]:
    """Passages against sentences that name every measured quality, among 100 passages of different works."""
    texts = full_captions(renders.words, seed=7)
    said = encoder.embed_texts(texts)
    heard, _ = encoder.hear_spectra(renders.spectra.astype(np.float32))
    unseen = renders.fonts == HELD_OUT
    for name, chosen in (("fonts of the training", ~unseen), ("held-out font", unseen)):
        groups = list(of_different_works(np.flatnonzero(chosen), renders.pieces))
        places = np.concatenate([ranks(heard[group] @ said[group].T) for group in groups])
        backwards = np.concatenate([ranks((heard[group] @ said[group].T).T) for group in groups])
        for rank in (1, 10):
            chance = f"chance {rank / AMONG:.2f}"
            yield name, f"sound to sentence, R@{rank}", share(places < rank), chance
            yield name, f"sentence to sound, R@{rank}", share(backwards < rank), chance
        table = heard[groups[0]] @ said[groups[0]].T
        yield name, "matched minus shuffled", match(table, rng=np.random.default_rng(0)).advantage, "0"


def of_different_works(rows: np.ndarray, pieces: list[str]) -> Iterator[np.ndarray]:
    """Groups of 100 rows in which no piece occurs twice."""
    free = list(rows)
    while True:
        group: dict[str, int] = {}
        for row in free:
            if len(group) < AMONG:
                group.setdefault(pieces[row], row)
        if len(group) < AMONG:
            return
        yield np.array(list(group.values()))
        free = [row for row in free if row not in set(group.values())]


def ranks(table: np.ndarray) -> np.ndarray:
    return (table > np.diag(table)[:, None]).sum(axis=1)


def share(hits: np.ndarray) -> Interval:
    return wilson_interval(int(hits.sum()), len(hits))


def tagging(encoder: SoundEncoder, renders: Renders) -> Iterator[Row]:
    """Accuracy of the tagger's first answer in every group, beside that of the commonest tag."""
    _, posteriors = encoder.hear_spectra(renders.spectra.astype(np.float32))
    unseen = renders.fonts == HELD_OUT
    at = 0
    for group, tags in GROUPS.items():
        answer = posteriors[:, at : at + len(tags)].argmax(axis=1)
        at += len(tags)
        true = [each.instruments[0] if group == "instrument" else getattr(each, group) for each in renders.words]
        known = np.array([value in tags for value in true])
        truth = np.array([tags.index(value) if value in tags else -1 for value in true])
        for name, chosen in (("fonts of the training", ~unseen & known), ("held-out font", unseen & known)):
            common = np.bincount(truth[chosen]).max() / chosen.sum()
            yield name, f"tag: {group}", share(answer[chosen] == truth[chosen]), f"commonest {common:.2f}"


def piece_for(path: Path, number: int, kept: Path) -> tuple[np.ndarray, str, str]:
    """Spectra of a piece made for a painting, its plan in words, and the painting's caption; made once."""
    if not kept.exists():
        seen = perceive(path)
        plan = make_plan(seen, overrides=PlanOverrides(bars=8), seed=number, title=path.stem)
        score = generate(plan, seed=number, candidates=1).score
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "piece.mid"
            place.write_bytes(score_to_midi(Composition(perception=None, plan=score.plan, score=score, provenance={})))
            heard = np.stack([spectra(window) for window in windows(played(place)[0])])
        kept.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(kept) as temporary, temporary.open("wb") as file:
            np.savez(file, heard=heard, plan=describe_plan(score.plan), caption=seen.caption)
    with np.load(kept) as found:
        return found["heard"], str(found["plan"]), str(found["caption"])


def paintings(encoder: SoundEncoder | None, data: Path, cache: Path, count: int) -> Iterator[Row]:
    """Pieces made for paintings against their plans in words, and against the pictures' captions."""
    files = sorted(
        (path for path in (data / "paintings").iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp")),
        key=lambda path: hashlib.sha256(path.name.encode()).hexdigest(),
    )[:count]
    made = (piece_for(path, number, cache / "paintings" / f"{path.stem}.npz") for number, path in enumerate(files))
    found = list(progress(made, count))
    if encoder is None:
        return
    means = np.stack([encoder.hear_spectra(heard)[0].mean(axis=0) for heard, _, _ in found])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    plans, captions = [plan for _, plan, _ in found], [caption for _, _, caption in found]
    both = [f"{plan}; {caption}" for plan, caption in zip(plans, captions, strict=True)]
    for name, texts in (("plan in words", plans), ("plan and caption", both), ("caption alone", captions)):
        fit = match(means @ encoder.embed_texts(texts).T, rng=np.random.default_rng(0))
        yield f"paintings, {name}", "matched", fit.matched, ""
        yield f"paintings, {name}", "matched minus shuffled", fit.advantage, "0"
        yield f"paintings, {name}", "own text first", fit.recall_at_1, f"chance {1 / len(found):.3f}"


def main() -> None:
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--cache", type=Path, default=Path("runs/audio-text"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--paintings", type=int, default=40)
    options = parser.parse_args()
    encoder = load_sound_encoder()
    renders = load_renders(options.cache, "test")
    rows = [*retrieval(encoder, renders), *tagging(encoder, renders)]
    if options.paintings:
        rows += paintings(encoder, options.data, options.cache, options.paintings)
    for of, measure, found, baseline in rows:
        print(f"{of:<34}{measure:<28}{found}  {baseline}")
    cells = ([*names, *map("{:.4f}".format, (x.value, x.low, x.high)), x.n, base] for *names, x, base in rows)
    write_csv(HERE / "results.csv", ("of", "measure", "value", "low", "high", "n", "baseline"), cells)


if __name__ == "__main__":
    main()
