"""Measure the reading by sentences about emotions, with the embedded encoder: no rating was seen.

    python benchmarks/words/zero_shot.py --data DIR

Rated paintings of artists outside the locked test, and OASIS; every fourth of the photographs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import add_data, argument_parser, write_csv
from composer.circumplex import FEELINGS
from composer.perception.encoder import load_embedded
from composer.perception.zero_shot import emotion_shares
from composer.training.perception.corpus import (
    Pictures,
    Rated,
    read_rated_paintings,
    read_rated_photographs,
)
from composer.training.perception.locked import read_locked_artists
from composer.training.text_affect.fit import interval
from composer.types import Painting

HERE = Path(__file__).parent


def main() -> None:
    parser = argument_parser(__doc__)
    add_data(parser, "folder with the rated pictures")
    data = parser.parse_args().data
    locked, encoder, pictures = read_locked_artists(data), load_embedded(), Pictures(data)
    paintings = [item for item in read_rated_paintings(data) if not locked.holds(item.group)]
    table = []
    for name, items in (("paintings", paintings), ("photographs (OASIS)", read_rated_photographs(data)[::4])):
        read = np.array([_read(item, encoder, pictures) for item in items])
        truth = np.array([[item.valence, item.arousal] for item in items])
        for column, number in enumerate(("valence", "arousal")):
            n, *values = interval(read[:, column], truth[:, column])
            table.append([f"{number} r, {name}", n, *(f"{value:.3f}" for value in values)])
            print(*table[-1], sep=" | ")
    write_csv(HERE / "zero_shot.csv", ["measure", "n", "value", "low95", "high95"], table)


def _read(item: Rated, encoder: object, pictures: Pictures) -> tuple[float, float]:
    rgb = np.asarray(pictures.open(item.key))
    painting = Painting(name="", sha256="", width=rgb.shape[1], height=rgb.shape[0], format="", rgb=rgb)
    shares = emotion_shares(encoder, encoder.embed_image(painting))  # type: ignore[arg-type, attr-defined]
    return tuple(sum(share * FEELINGS[name][axis] for name, share in shares.items()) for axis in (0, 1))  # type: ignore[return-value]


if __name__ == "__main__":
    main()
