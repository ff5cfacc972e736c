"""Learn what the year and the artist of a work tell of its style.

    python -m composer.training.perception.fit_style_witnesses --data DIR --cache runs/perception
    scripts/hash_weights.py
    python -m composer.training.perception.fit_style_witnesses --data DIR --cache runs/perception --measure test

Writes ``style-witnesses.safetensors`` to ``composer/weights/painting-encoder``, then the figures to
``benchmarks/perception/styles.csv``. Learned from the training works of the collections and from the works whose titles
were rated, most of which have no picture here; nothing by a locked artist.

How
---
* A style's years: each of its dated works spread by a Gaussian of `WIDTH` years, with a share of `EVEN` for years of
  which nothing is known. A year's factor of a style is that density; styles that the tables do not know have an even
  one.
* An artist's factor of a style: the share of it among the artist's works, with `PRIOR` works of the average artist
  added, over the style's share among all works.
* Both to a power, `POWER`, because picture, year and artist are not independent.
* Width, powers and added works were chosen on the validation works by the likelihood of their labels; the test works
  were looked at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from composer.files import atomic_write
from composer.perception.artist_keys import artist_key
from composer.perception.picture_heads import STYLES, PictureHeads, gelu, load_picture_heads
from composer.perception.style_witnesses import ALL_STYLES, FILE, hear_style, name_bytes
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import Work, data_folder, read_told_works
from composer.training.perception.fit_heads import WEIGHTS
from composer.training.perception.head_figures import Share, share, write_figures
from composer.training.perception.head_material import HeadMaterial, load_head_material
from composer.training.perception.locked import read_locked_artists
from composer.training.perception.split import split_of, work_group
from composer.types import PictureWords

__all__ = ["artist_table", "figures_of", "hear", "learned_works", "look_up_names", "write_tables", "year_table"]

Array = NDArray[np.float64]

FIRST, STEP, LAST = 1250, 5, 2030
"""Years of the table."""
WIDTH, EVEN, POWER, PRIOR = 5.0, 0.01, 0.7, 1.0
"""See above."""
SAID = 0.45
"""Share from which a caption says a style."""
_LEAST = 1e-3
"""Added to a style's share among all works, so that a rare one is not proved by one work."""
_KNOWN_AS = {
    "early renaissance": "renaissance",
    "high renaissance": "renaissance",
    "northern renaissance": "renaissance",
    "magic realism": "surrealism",
    "neo expressionism": "expressionism",
    "abstract art": "abstract expressionism",
    "art informel": "abstract expressionism",
    "lyrical abstraction": "abstract expressionism",
    "color field painting": "abstract expressionism",
}
"""Style of ``title_emotions.csv`` -> the one that it counts as."""
_AGES = ("elder", "younger")
_WAYS: tuple[tuple[str, ...], ...] = ((), ("year",), ("artist",), ("year", "artist"))
"""What is told of a work beside the picture."""


def learned_works(data: Path, material: HeadMaterial) -> list[Work]:
    """Return the works with a style in the tables that may be learned from."""
    locked = read_locked_artists(data)
    found = [material.works[row] for row in material.rows("train")]
    found += [
        work
        for work in read_told_works(data)
        if not locked.holds(work.artist) and split_of(work_group(work.artist, work.title)) == "train"
    ]
    return [work for work in found if style_of(work) in ALL_STYLES]


def style_of(work: Work) -> str:
    """Return the style of the tables that a work counts as."""
    return _KNOWN_AS.get(work.style, work.style)


def year_table(works: Iterable[Work]) -> Array:
    """Return the logarithms of a year's factors, (Y, S)."""
    years = np.arange(FIRST, LAST + 1, STEP)
    dated = [(style_of(work), work.year) for work in works if work.year]
    found = np.full((len(years), len(ALL_STYLES)), 1.0 / len(years))
    for column, style in enumerate(ALL_STYLES):
        made = np.array([year for name, year in dated if name == style], float)
        if len(made):
            density = np.exp(-0.5 * ((years[:, None] - made[None]) / WIDTH) ** 2).sum(1)
            found[:, column] = (1 - EVEN) * density / density.sum() + EVEN / len(years)
    result: Array = POWER * np.log(found * len(years))
    return result


def artist_table(works: Sequence[Work]) -> dict[str, Array]:
    """Return artist's key -> the logarithms of the artist's factors, (S,)."""
    usual = np.array([sum(style_of(work) == style for work in works) for style in ALL_STYLES]) / len(works)
    counts: dict[str, Array] = {}
    for work in works:
        row = counts.setdefault(artist_key(work.artist), np.zeros(len(ALL_STYLES)))
        row[ALL_STYLES.index(style_of(work))] += 1
    return {
        key: POWER * np.log((row + PRIOR * (usual + _LEAST)) / (row.sum() + PRIOR) / (usual + _LEAST))
        for key, row in counts.items()
        if key
    }


def look_up_names(artists: Iterable[str]) -> dict[str, str]:
    """Return key that somebody asks for -> artist's key: «Pieter Bruegel» and «Monet» where only one is called so."""
    asked: dict[str, set[str]] = {}
    for name in artists:
        words = [word for word in name.replace(",", " ").split() if word.lower() != "the"]
        plain = [word for word in words if word.lower() not in _AGES]
        for text in (name, " ".join(plain), plain[-1] if plain else "", " ".join([*plain[-1:], *words[len(plain) :]])):
            if artist_key(text):
                asked.setdefault(artist_key(text), set()).add(artist_key(name))
    exact = {artist_key(name) for name in artists}
    return {key: key if key in exact else next(iter(found)) for key, found in asked.items()
            if key in exact or len(found) == 1}  # fmt: skip


def write_tables(path: Path, works: Sequence[Work]) -> None:
    """Write the tables as `composer.perception.style_witnesses` reads them."""
    artists, names = artist_table(works), look_up_names(sorted({work.artist for work in works}))
    keys = sorted(key for key, artist in names.items() if artist in artists)
    tensors = {
        "years": year_table(works).astype(np.float16),
        "names": np.array([list(name_bytes(key)) for key in keys], np.uint8),
        "artists": np.array([artists[names[key]] for key in keys]).astype(np.float16),
    }
    facts = {"styles": json.dumps(list(ALL_STYLES)), "first": str(FIRST), "step": str(STEP)}
    with atomic_write(path) as part:
        save_file(tensors, part, metadata=facts)


def shares_of(heads: PictureHeads, x: NDArray[np.float32]) -> Array:
    """Return the picture head's shares over `STYLES`, (n, 16), of standardised picture vectors."""
    logits = gelu(x @ heads.hidden_weight.T + heads.hidden_bias) @ heads.style_weight.T + heads.style_bias
    odds = np.exp(logits - logits.max(1, keepdims=True))
    found: Array = odds / odds.sum(1, keepdims=True)
    return found


def figures_of(material: HeadMaterial, split: str, ways: Sequence[tuple[str, ...]] = _WAYS) -> list[Share]:
    """Measure the style of works of wikiart224, by the picture and with what is told of it in each of some ways."""
    rows = [row for row in material.rows(split) if material.works[row].key.startswith("wikiart224/")]
    works = [material.works[row] for row in rows]
    seven = sorted({work.style for work in works})
    shares = shares_of(load_picture_heads(), material.x[rows])
    dated = np.array([work.year > 0 for work in works])
    figures: list[Share] = []
    for where, chosen in (("all", dated | True), ("year known", dated)):
        for told in ways:
            found = [hear(row, works[n], told) for n, row in enumerate(shares) if chosen[n]]
            labels = [work.style for n, work in enumerate(works) if chosen[n]]
            figures += _measured(f"{split}, {where}: {' and '.join(['picture', *told])}", found, labels, seven)
    return figures


def hear(seen: Array, work: Work, told: Sequence[str]) -> dict[str, float]:
    """Return the shares of styles by the picture head and by what is told of a work: ``"year"``, ``"artist"``."""
    words = PictureWords(
        artist=work.artist if "artist" in told else "", year=work.year or None if "year" in told else None
    )
    return hear_style(dict(zip(STYLES, seen.tolist(), strict=True)), words)[0]


def _measured(name: str, found: list[dict[str, float]], labels: list[str], seven: list[str]) -> list[Share]:
    among = [max(seven, key=lambda style: one[style]) for one in found]
    first = [max(one, key=lambda style: one[style]) for one in found]
    right = np.array([guess == label for guess, label in zip(first, labels, strict=True)])
    said = np.array([max(one.values()) >= SAID for one in found])
    return [
        share(f"{name}: right among the seven", np.array([g == label for g, label in zip(among, labels, strict=True)])),
        share(f"{name}: right among all", right),
        share(f"{name}: said at {SAID} or more", said),
        share(f"{name}: said is right", right[said]),
    ]


def main() -> None:
    """Run from the command line."""
    parser = training_parser(__doc__, out=WEIGHTS, table=Path("benchmarks/perception/styles.csv"))
    parser.add_argument("--measure", choices=("validation", "test"), help="measure the tables that are there")
    args = parser.parse_args()
    data = data_folder(args.data)
    material = load_head_material(data, args.cache)
    if args.measure is None:
        write_tables(args.out / FILE, learned_works(data, material))
        print("run scripts/hash_weights.py, then this program with --measure")
        return
    write_figures(args.table, figures_of(material, args.measure))


if __name__ == "__main__":
    main()
