"""Ten paintings with and without their titles: caption, feeling, key and tempo of each, for a person to object to.

    python benchmarks/perception/ten_paintings.py --paintings DIR

The ten are drawn by the seed among those that `forty_paintings`, `journeys` and `lessons` do not use; titles are read
from the file names. Nothing is composed. Writes ten_paintings.csv.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy

import random
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, load_program, progress, write_csv
from composer.options import ComposeOptions
from composer.perception.image import load_painting
from composer.pipeline.plan_input import GivenWords, perceive, plan, words_of

_COLUMNS = ("picture", "title", "heard", "caption", "valence", "arousal", "emotions", "key", "tempo_bpm", "meter")
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
_FORTY, _LESSONS = 40, 10


def choose(folder: Path, n: int, seed: int) -> list[Path]:
    """Draw `n` pictures that no other benchmark uses."""
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    step = len(pictures) // _LESSONS
    used = set(pictures[:: max(1, len(pictures) // _FORTY)][:_FORTY])
    used |= set(pictures[step // 2 :: step]) | set(load_program("journeys").choose(folder, 20, 0))
    free = [path for path in pictures if path not in used]
    return sorted(random.Random(f"{seed}/ten").sample(free, min(n, len(free))))


def rows_of(picture: Path) -> list[list[object]]:
    """A row with the title and one without."""
    title = words_of(load_painting(picture), GivenWords()).heading
    return [_row(picture, title, ignored=ignored) for ignored in (False, True)]


def _row(picture: Path, title: str, *, ignored: bool) -> list[object]:
    seen = perceive(picture, ignore_words=ignored)
    made = plan(ComposeOptions(image=picture, ignore_words=ignored))
    emotions = sorted(seen.emotions, key=lambda name: -seen.emotions[name])[:3]
    feeling = [f"{seen.valence:+.2f}", f"{seen.arousal:+.2f}", " ".join(emotions)]
    music = [f"{made.tonic} {made.mode}", f"{made.tempo_bpm:g}", made.meter]
    return [picture.stem, title, "no" if ignored else "yes", seen.caption, *feeling, *music]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--paintings", type=Path, required=True, help="folder of titled paintings")
    add_number(parser, "--n", 10, "pictures")
    add_number(parser, "--seed", 0, "of the drawing")
    add_out(parser, __file__, "folder for the table")
    options = parser.parse_args(arguments)
    chosen = choose(options.paintings, options.n, options.seed)
    rows = [row for picture in progress(chosen, len(chosen), "pictures") for row in rows_of(picture)]
    write_csv(options.out / "ten_paintings.csv", _COLUMNS, rows)
    for row in rows:
        print("; ".join(map(str, row)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
