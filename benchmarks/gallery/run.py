"""Does the search of a gallery find a painting by a sentence, and what does it cost that the encoder fits a page?

    scripts/bench gallery --data DIR

Paintings are embedded once; then each one's title, as its table gives it, is the sentence that should find it among all
of them: with the encoder as it is, and with the table in four bits and the vectors in eight that the page works with.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from common import add_data, add_number, add_out, argument_parser, progress, write_csv, write_summary

Floats = NDArray[np.float32]
HEADER = ("sentence", "as", "n", "r_at_10", "low", "high", "r_at_1", "chance_at_10")


def unit(rows: Floats) -> Floats:
    """Rows of unit length."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def sentence_vectors(texts: list[str], *, small: bool) -> Floats:
    """Sentences in the pictures' space, by the encoder or by what the page has of it."""
    from composer.gallery.words import four_bits
    from composer.perception.encoder import load_embedded
    from composer.sentences import load_sentence_weights, sentence_features

    weights = load_sentence_weights()
    table, scale = weights.table.astype(np.float32), weights.scale
    if small:
        stored, steps = four_bits(weights.table)
        table, scale = stored.astype(np.float32) - 8, scale * steps
    sums = []
    for text in texts:
        rows, factors = sentence_features(text)
        sums.append((scale[rows] * factors) @ table[rows])
    layers, centred = weights.layers, np.stack(sums)
    centred -= centred.mean(axis=1, keepdims=True)
    normed = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
    hidden = np.maximum(normed @ layers["first.weight"].T + layers["first.bias"], 0)
    out = normed @ layers["skip.weight"].T + hidden @ layers["second.weight"].T + layers["second.bias"]
    return unit(out @ load_embedded().text_projection.T)


def bytes_of(vectors: Floats) -> Floats:
    """Pictures' vectors as the page has them."""
    return unit(np.round(vectors / np.abs(vectors).max(axis=1, keepdims=True) * 127))


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z = 1.96
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)))
    return middle - half, middle + half


def main() -> None:
    """Embed, rank, write."""
    from composer.perception.encoder import load_embedded
    from composer.perception.image import load_painting

    parser = argument_parser(__doc__, whole=True)
    add_data(parser, "folder with paintings/ and its manifest.csv")
    add_number(parser, "--n", 1000, "paintings at most")
    add_out(parser, __file__)
    options = parser.parse_args()
    with (options.data / "paintings" / "manifest.csv").open(encoding="utf-8", newline="") as handle:
        paintings = [row for row in csv.DictReader(handle) if row["title"]][: options.n]
    encoder = load_embedded()
    files = progress(paintings, len(paintings), "paintings")
    exact = np.stack([encoder.embed_image(load_painting(options.data / "paintings" / row["file"])) for row in files])
    n, rows = len(paintings), []
    titles = [row["title"] for row in paintings]
    for name, pictures, small in (("encoder", exact, False), ("page", bytes_of(exact), True)):
        likeness = sentence_vectors(titles, small=small) @ pictures.T
        before = (likeness > np.diag(likeness)[:, None]).sum(axis=1)
        ten, one = float((before < 10).mean()), float((before < 1).mean())
        figures = (ten, *wilson(ten, n), one, 10 / n)
        rows.append(("title", name, n, *(round(figure, 3) for figure in figures)))
    write_csv(options.out / "results.csv", HEADER, rows)
    near = (sentence_vectors(titles, small=True) * sentence_vectors(titles, small=False)).sum(axis=1)
    text = "".join(
        f"by the {kind}, {by}: R@10 {ten} ({low} to {high}), R@1 {one}, n {n}, chance {chance}\n"
        for kind, by, n, ten, low, high, one, chance in rows
    )
    text += f"cosine of the page's sentences and the encoder's: mean {near.mean():.4f}, least {near.min():.4f}\n"
    write_summary(options.out, text)


if __name__ == "__main__":
    main()
