"""Measure captions: grammar on every painting, styles and subjects on held-out works, traditions with artists held out.

    python benchmarks/captions/run.py --data DIR

Writes ``results.csv`` and ``traditions.csv`` beside itself; ``--show`` prints every caption too.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import argument_parser, load_program, write_csv
from composer.metrics.confidence import wilson_interval
from composer.perception import vocabulary
from composer.perception.caption import write_caption
from composer.perception.encoder import load_embedded
from composer.perception.image import load_painting
from composer.perception.palette import read_palette
from composer.perception.perceive import _calibration, perceive
from composer.perception.scene import Scene, read_scene
from composer.perception.words import rank_words
from composer.training.perception.corpus import Pictures, Work, data_folder, read_rated_paintings, read_works
from composer.training.perception.export import named_terms
from composer.training.perception.fit_traditions import fit_traditions, look_at, read_attributed
from composer.training.perception.split import clean_title, split_of, work_group
from composer.types import Painting

HERE = Path(__file__).parent
EUROPEAN = vocabulary.DEFAULT_TRADITION
Row = tuple[str, int, float, float, float]


def share_row(name: str, hits: int, n: int) -> Row:
    found = wilson_interval(hits, n)
    return (name, n, found.value, found.low, found.high)


# ------------------------------------------------------------------------------------------ grammar


def grammar(data: Path, *, show: bool) -> list[Row]:
    """Every painting: no fault in caption or alternative text; how definite the captions are."""
    rules = load_program("captions", "grammar")
    faulty, said, lengths = [], Counter(), []
    paths = sorted(path for path in (data / "paintings").iterdir() if path.suffix != ".csv")
    for number, path in enumerate(paths):
        reading = perceive(load_painting(path))
        faults = rules.caption_faults(reading.caption) + rules.alt_faults(reading.alt)
        faulty += [(path.name, reading.caption, reading.alt, faults)] if faults else []
        said[how_definite(read_scene(reading.words, reading.palette))] += 1
        lengths.append(len(reading.alt))
        if show:
            print(f"{path.stem}\t{reading.caption}\t{reading.alt}")
        if number % 50 == 0:
            print(f"{number} of {len(paths)}", file=sys.stderr, flush=True)
    for item in faulty:
        print("fault:", *item, file=sys.stderr)
    n = len(paths)
    rows = [share_row("paintings: caption and alternative text without a fault", n - len(faulty), n)]
    rows += [share_row(f"paintings: subject said {name}", said[name], n) for name in sorted(said)]
    rows.append(("paintings: characters of the alternative text (mean, least, most)", n, float(np.mean(lengths)),
                 min(lengths), max(lengths)))  # fmt: skip
    return rows


def how_definite(scene: Scene) -> str:
    if not scene.subject:
        return "not at all"
    if scene.hedged:
        return "with «perhaps»"
    if scene.subject in vocabulary.WIDER or scene.subject in vocabulary.GENERAL.values():
        return "by its kind"
    families = {term.family for term in vocabulary.terms()}
    return "by its family" if scene.subject in families else "by name"


# ----------------------------------------------------------------------------------- held-out works


def held_out_works(data: Path, count: int) -> list[Work]:
    """Test works that nobody rated, one per title, in the order of a hash."""
    works = read_works(data)
    rated = {item.key for item in read_rated_paintings(data)}
    rated_groups = {work_group(work.artist, work.title) for work in works if work.key in rated}
    chosen: dict[str, Work] = {}
    for work in sorted(works, key=lambda work: hashlib.sha256(work.key.encode()).hexdigest()):
        group, title = work_group(work.artist, work.title), clean_title(work.title)
        if split_of(group) == "test" and group not in rated_groups and len(title) >= 3:
            chosen.setdefault(title, work)
    return list(chosen.values())[:count]


def painting_of(picture: object) -> Painting:
    rgb = np.asarray(picture)
    return Painting(name="", sha256="", width=rgb.shape[1], height=rgb.shape[0], format="WEBP", rgb=rgb)


def works_rows(data: Path, count: int) -> list[Row]:
    encoder, calibration, pictures = load_embedded(), _calibration(), Pictures(data)
    scenes, works = [], held_out_works(data, count)
    first_right = said_right = said = 0
    for number, work in enumerate(works):
        painting = painting_of(pictures.open(work.key))
        palette = read_palette(painting)
        words = rank_words(encoder, encoder.embed_image(painting), calibration)
        scene = read_scene(words, palette)
        assert write_caption(words, palette)
        scenes.append(scene)
        labels = dict(zip(terms_of("style"), named_terms(work, "style"), strict=True))
        first_right += labels.get(words["style"][0][0], False)
        said += bool(scene.style)
        said_right += labels.get(scene.style, False)
        if number % 100 == 0:
            print(f"{number} of {len(works)} works", file=sys.stderr, flush=True)
    return [
        share_row("held-out works: style ranked first is the label (7 classes)", first_right, len(works)),
        share_row("held-out works: a style is said", said, len(works)),
        share_row("held-out works: a style that is said is the label", said_right, said),
        *subject_rows(works, scenes),
    ]


def terms_of(group: str) -> list[str]:
    return [term.text for term in vocabulary.terms() if term.group == group]


def subject_rows(works: list[Work], scenes: list[Scene], rounds: int = 10_000) -> list[Row]:
    """Agreement of what is said with what titles name, against the same captions given to other works."""
    subjects = [term for term in vocabulary.terms() if term.group == "subject"]
    titled = []
    for work, scene in zip(works, scenes, strict=True):
        named = [term for term, hit in zip(subjects, named_terms(work, "subject"), strict=True) if hit]
        if named:
            titled.append((named, scene))
    phrases = sorted({scene.subject for _, scene in titled})
    agree = np.array([[bool(members(phrase, subjects) & {term.text for term in named}) for phrase in phrases]
                      for named, _ in titled])  # fmt: skip
    place = np.array([phrases.index(scene.subject) for _, scene in titled])
    spoken = np.array([bool(scene.subject) for _, scene in titled])
    rng, every = np.random.default_rng(0), np.arange(len(titled))
    found = int(agree[every, place].sum())
    shuffled = np.array([agree[every, rng.permutation(place)].sum() for _ in range(rounds)])
    p = (1 + int((shuffled >= found).sum())) / (1 + rounds)
    definite = np.array([how_definite(scene) in ("by name", "by its family") for _, scene in titled])
    n = len(titled)
    low, high = np.percentile(shuffled, [2.5, 97.5]) / n
    return [
        share_row("titles that name a subject: the caption says one", int(spoken.sum()), n),
        share_row("titles that name a subject: what the caption says agrees", found, n),
        ("titles that name a subject: the same with captions shuffled", n, float(shuffled.mean() / n), low, high),
        ("titles that name a subject: p of the shuffled reaching it", rounds, p, p, p),
        share_row(
            "titles that name a subject: agrees where it is said by name or family, without «perhaps»",
            int(agree[every, place][definite].sum()), int(definite.sum()),
        ),
    ]  # fmt: skip


def members(phrase: str, subjects: list[vocabulary.Term]) -> set[str]:
    """The subjects that a phrase covers: itself, its family's, its kind's."""
    kinds = {kind for kind, general in vocabulary.GENERAL.items() if general == phrase}
    kinds |= set(vocabulary.WIDER.get(phrase, ()))
    return {term.text for term in subjects if phrase in (term.text, term.family) or term.kinds[0] in kinds}


# --------------------------------------------------------------------------------------- traditions


def tradition_rows(data: Path) -> tuple[list[Row], list[list[object]]]:
    """Fit without each artist in turn, and read the artist's works."""
    items = read_attributed(data)
    pictures = look_at(data, items)
    labels = np.array([item.tradition for item in items])
    folds = np.array([item.group if item.tradition != EUROPEAN
                      else f"fold {int(hashlib.sha256(item.group.encode()).hexdigest(), 16) % 5}"
                      for item in items])  # fmt: skip
    read = np.empty(len(items), dtype=object)
    for fold in sorted(set(folds)):
        out = folds == fold
        model = fit_traditions(pictures[~out], list(labels[~out]))
        for row in np.flatnonzero(out):
            read[row] = said_of(model.rank_vector(pictures[row]))
    away = labels != EUROPEAN
    keys = [hashlib.sha256(item.key.encode()).hexdigest() for item in items]
    same = sorted(np.flatnonzero(~away), key=lambda row: keys[row])[: int(away.sum())]  # as many European works
    rows = [
        share_row("outside Europe: tradition named right", int((read == labels)[away].sum()), int(away.sum())),
        share_row("outside Europe: another tradition outside Europe named", int(sum(
            read[i] not in (labels[i], EUROPEAN, "unsure") for i in np.flatnonzero(away))), int(away.sum())),
        share_row("outside Europe: unsure, no style said", int((read[away] == "unsure").sum()), int(away.sum())),
        share_row("outside Europe: read as European", int((read[away] == EUROPEAN).sum()), int(away.sum())),
        share_row("European, as many: read as European", int((read[same] == EUROPEAN).sum()), len(same)),
        share_row("European, all: read as European", int((read[~away] == EUROPEAN).sum()), int((~away).sum())),
        share_row("European, all: a tradition outside Europe named",
                  int((~np.isin(read[~away].astype(str), [EUROPEAN, "unsure"])).sum()), int((~away).sum())),
    ]  # fmt: skip
    both = np.r_[np.flatnonzero(away), same]
    pairs = Counter(zip(labels[both], read[both], strict=True))
    table = [[label, found, count] for (label, found), count in sorted(pairs.items())]
    return rows, table


def said_of(ranked: tuple[tuple[str, float], ...]) -> str:
    """What a caption would make of it."""
    grey = replace(read_palette(painting_of(np.full((20, 20, 3), 128, np.uint8))))
    words = {"subject": (("a landscape", 0.9),), "tradition": ranked, "style": (("Baroque", 0.9),)}
    style = read_scene(words, grey).style
    return EUROPEAN if style == "Baroque" else style or "unsure"


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--works", type=int, default=1000)
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    data = data_folder(args.data)
    rows = grammar(data, show=args.show)
    rows += works_rows(data, args.works)
    of_traditions, table = tradition_rows(data)
    rows += of_traditions
    for name, n, *values in rows:
        print(name, n, *(f"{value:.3f}" for value in values), sep=" | ")
    cells = ([name, n, *(f"{value:.4g}" for value in values)] for name, n, *values in rows)
    write_csv(HERE / "results.csv", ("measure", "n", "value", "low95", "high95"), cells)
    write_csv(HERE / "traditions.csv", ("tradition", "read as", "works"), table)


if __name__ == "__main__":
    main()
