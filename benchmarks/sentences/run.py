"""How near does the Composer sentence encoder come to its teacher, all-MiniLM-L6-v2?

    python benchmarks/sentences/run.py --data DIR --cache runs/sentences [--pictures runs/perception]

Cosines to the teacher of sentences that were not learned from, by kind; retrieval of the teacher's embedding among
1,000 of the kind; with ``--pictures``, the caches of the painting encoder's training, how often a title finds its
painting with either. Writes ``results.csv`` beside this file.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import argument_parser, write_csv
from composer.metrics.confidence import Interval, mean_interval, wilson_interval
from composer.sentences import embed_sentences
from composer.training.sentences.texts import RECIPE, Sentences, load_sentences

HERE = Path(__file__).parent
AMONG = 1000


def imitation(material: Sentences) -> Iterator[tuple[str, str, Interval, str]]:
    rng = np.random.default_rng(0)
    kinds = np.array(material.kinds)
    for kind in dict.fromkeys(material.kinds):
        rows = np.flatnonzero(material.held_out & (kinds == kind))
        if len(rows) < 50:
            continue
        rows = rng.permutation(rows)[:AMONG]
        made = embed_sentences([material.texts[row] for row in rows]).astype(np.float64)
        teacher = material.teacher[rows].astype(np.float64)
        other = (made * teacher[np.roll(np.arange(len(rows)), 1)]).sum(axis=1).mean()
        yield kind, "cosine to the teacher", mean_interval((made * teacher).sum(axis=1)), f"of another {other:.2f}"
        table = made @ teacher.T
        found = (table > np.diag(table)[:, None]).sum(axis=1)
        for rank in (1, 10):
            hit = wilson_interval(int((found < rank).sum()), len(rows))
            yield kind, f"own teacher embedding, R@{rank}", hit, f"chance {rank / len(rows):.3f}"


def pictures(data: Path, cache: Path) -> Iterator[tuple[str, str, Interval, str]]:
    """Held-out titles find their painting by the shipped painting encoder, read by the teacher and by the student."""
    from composer.perception.picture_heads import HEADS_FILE
    from composer.perception.tensors import read_safetensors
    from composer.training.perception.align import sentences_of
    from composer.training.perception.fit_words import image_embeddings
    from composer.training.perception.head_material import held_out, load_head_material
    from composer.training.perception.split import clean_title

    material = load_head_material(data, cache)
    rows = held_out(material, "test", AMONG)
    seen = image_embeddings(material.x[rows]).numpy()
    projection = read_safetensors(HEADS_FILE)[0]["text"]
    titles = [clean_title(material.works[row].title) for row in rows]
    taught = sentences_of(material.works, cache)["{title}"][rows]
    for reader, said in (("teacher", taught), ("student", embed_sentences(titles))):
        texts = said @ projection.T
        table = texts / np.linalg.norm(texts, axis=1, keepdims=True) @ seen.T
        better = (table > table.diagonal()[:, None]).sum(1)
        hit = wilson_interval(int((better < 10).sum()), len(rows))
        yield f"paintings, {reader}", "R@10 of «{title}»", hit, f"chance {10 / len(rows):.3f}"


def speed() -> str:
    text = "a storm at sea with two ships under heavy clouds"
    embed_sentences([text])
    start = time.perf_counter()
    for number in range(200):
        embed_sentences([f"{text} {number}"])
    return f"{(time.perf_counter() - start) / 200 * 1000:.2f} ms a sentence, warm, one thread"


def main() -> None:
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("runs/sentences"))
    parser.add_argument("--pictures", type=Path, help="runs/perception")
    options = parser.parse_args()
    sizes = tomllib.loads(RECIPE.read_text(encoding="utf-8"))["sentences"]
    material = load_sentences(options.data, options.cache, sizes)
    rows = list(imitation(material))
    if options.pictures:
        rows += pictures(options.data, options.pictures)
    print(speed())
    for kind, measure, found, baseline in rows:
        print(f"{kind:<20}{measure:<32}{found}  {baseline}")
    cells = ([*names, *map("{:.4f}".format, (x.value, x.low, x.high)), x.n, base] for *names, x, base in rows)
    write_csv(HERE / "results.csv", ("kind", "measure", "value", "low", "high", "n", "baseline"), cells)


if __name__ == "__main__":
    main()
