"""The words of the locked test: what titles say alone, with the artist, with the picture; read once per release.

    python -m composer.training.text_affect.locked_words --data DIR --cache runs/perception --release 0.2.0

The pictures are read by the shipped regressions from the cache of `composer.training.perception.features`. Figures go
to ``benchmarks/words/locked.csv`` with the date; a release that has been read is refused unless ``--again`` says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from composer.perception.affect import EMOTIONS, FINE_EMOTIONS, Affect
from composer.perception.fusion import load_fusion
from composer.perception.witnesses import combine, read_words
from composer.training.perception.corpus import data_folder
from composer.training.perception.rated import gather_seen, rated_pictures
from composer.training.perception.read_locked import reading_arguments, readings, write_reading
from composer.training.text_affect.figures import classified, coverage
from composer.training.text_affect.fit import interval
from composer.training.text_affect.fuse import NUMBERS, felt, shares_of
from composer.training.text_affect.material import Titles, read_titles
from composer.types import PictureWords

__all__ = ["read_locked_words"]

Array = NDArray[np.float64]
_KINDS = ("classical", "modern")
_CROSSED = "arousal against rated arousal,"


def read_locked_words(data: Path, pictures: Mapping[str, Affect]) -> list[tuple[object, ...]]:
    """Measure on the locked works.

    Parameters
    ----------
    data : the data folder.
    pictures : picture's key -> what was read from its pixels.

    Returns
    -------
    list of tuple
        Measure, n, value, lower and upper end of its 95 % interval.
    """
    titles = read_titles(data, locked=True)
    rows = np.array([i for i, file in enumerate(titles.files) if str(file) in pictures])
    readers: dict[str, tuple[Array, list[Mapping[str, float]]]] = {}
    for name in ("picture", "title", "title and artist", "picture and title", "picture, title and artist"):
        found = [_read(name, titles, i, pictures[str(titles.files[i])]) for i in rows]
        values = np.array([
            [one.valence, one.arousal, one.rated_arousal, one.valence_sd, one.arousal_sd, one.rated_arousal_sd,
             one.played_arousal]
            for one in found
        ])  # fmt: skip
        readers[name] = values, [one.emotions for one in found]
    return _figures(titles, rows, readers)


def _read(name: str, titles: Titles, row: int, seen: Affect) -> Affect:
    title = titles.texts[row]
    words = PictureWords(title=f"{title}, {titles.artists[row]}" if "artist" in name else title)
    if name.startswith("picture"):
        return combine(seen, words if "title" in name else PictureWords(), "").affect
    read = read_words(words)
    if not read:
        return _average(seen)
    told = read[0][2]
    return Affect(
        valence=told.valence,
        arousal=told.arousal,
        rated_arousal=told.rated_arousal,
        valence_sd=told.valence_sd,
        arousal_sd=told.arousal_sd,
        rated_arousal_sd=told.rated_arousal_sd,
        emotions=told.emotions,
        fine=told.fine,
        usual=seen.usual,
    )


def _average(seen: Affect) -> Affect:
    """What a title that says nothing leaves: the average work."""
    fusion, emotions = load_fusion(), dict.fromkeys(EMOTIONS, 0.0)
    for name, share in seen.usual.items():
        emotions[FINE_EMOTIONS[name]] += share
    return replace(
        seen,
        valence=fusion.valence.mean,
        arousal=fusion.arousal.mean,
        rated_arousal=fusion.rated_arousal.mean,
        valence_sd=fusion.valence.sd,
        arousal_sd=fusion.arousal.sd,
        rated_arousal_sd=fusion.rated_arousal.sd,
        emotions=emotions,
        fine=seen.usual,
    )


def _figures(
    titles: Titles, rows: NDArray[np.intp], readers: Mapping[str, tuple[Array, Sequence[Mapping[str, float]]]]
) -> list[tuple[object, ...]]:
    kind, truth = titles.kind[rows], felt(titles, rows)
    right = shares_of(titles, rows)[0].argmax(1)
    found: list[tuple[object, ...]] = []
    for group in (*_KINDS, "all"):
        chosen = (kind == group) | (group == "all")
        usual = np.full(int(chosen.sum()), np.bincount(right[chosen], minlength=len(EMOTIONS)).argmax())
        found += classified("always the commonest: five emotions", f"{group} works", usual, right[chosen])
        for who, (values, emotions) in readers.items():
            for column, number in enumerate(NUMBERS):
                found.append(
                    (f"{who}: {number} r, {group} works", *interval(values[chosen, column], truth[chosen, column]))
                )
            found.append((f"{who}: {_CROSSED} r, {group} works", *interval(values[chosen, 1], truth[chosen, 2])))
            if who.startswith("picture"):
                for against, column in (("rated arousal", 2), ("arousal", 1)):
                    r = interval(values[chosen, 6], truth[chosen, column])
                    found.append((f"{who}: arousal that is played against {against}, r, {group} works", *r))
            guess = np.array([[one[name] for name in EMOTIONS] for one in emotions]).argmax(1)
            found += classified(f"{who}: five emotions", f"{group} works", guess[chosen], right[chosen])
    for who, (values, _) in readers.items():
        for column, number in enumerate(NUMBERS):
            found += coverage(f"{who}: {number}", values[:, [column, 3 + column]], truth[:, column])
    return found


def main() -> None:
    """Run from the command line."""
    args = reading_arguments(__doc__, Path("benchmarks/words/locked.csv"))
    data = data_folder(args.data)
    keys = [item.key for item in rated_pictures(data, locked=True)[0]]
    pictures = dict(zip(keys, readings(gather_seen(data, args.cache, locked=True)), strict=True))
    write_reading(args, read_locked_words(data, pictures))


if __name__ == "__main__":
    main()
