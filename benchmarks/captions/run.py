"""Measure captions: grammar, kinds, styles and subjects on held-out works, photographs, no pictures, traditions.

    python benchmarks/captions/run.py --data DIR --cache runs/perception

What the tower saw in held-out works is taken from the cache of ``composer.training.perception.features``.

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
from composer.perception.confirmation import load_confirmation
from composer.perception.encoder import load_embedded
from composer.perception.image import load_painting
from composer.perception.kinds import kind_words
from composer.perception.object_classes import object_shares, rank_objects
from composer.perception.palette import read_palette
from composer.perception.perceive import calibration, perceive
from composer.perception.picture_heads import GENRES, load_picture_heads
from composer.perception.scene import Scene, read_scene
from composer.perception.style_witnesses import hear_style
from composer.perception.tradition_classifier import load_tradition_model
from composer.perception.words import rank_words, subject_shares
from composer.training.perception.corpus import (
    Pictures,
    Work,
    data_folder,
    read_rated_paintings,
    read_rated_photographs,
    read_works,
)
from composer.training.perception.drawn import UNSEEN
from composer.training.perception.features import Features
from composer.training.perception.fit_traditions import fit_traditions, look_at, read_attributed
from composer.training.perception.fit_words import named_terms
from composer.training.perception.locked import read_locked_artists
from composer.training.perception.split import clean_title, split_of, work_group
from composer.types import Painting, PictureWords

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
    """Test works of wikiart224 that nobody rated, by artists who are not locked, one per title, ordered by a hash."""
    locked = read_locked_artists(data)
    works = [work for work in read_works(data) if work.key.startswith("wikiart224/") and not locked.holds(work.artist)]
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


def words_of(blocks: dict[str, np.ndarray]) -> dict[str, tuple[tuple[str, float], ...]]:
    """The rankings that `perceive` would make of what the tower saw."""
    encoder = load_embedded()
    words = rank_words(encoder, encoder.embed_look(blocks), calibration())
    kind = load_picture_heads().read(blocks)
    return words | kind_words(kind, blocks, load_tradition_model().rank(blocks))


def told_styles(work: Work, blocks: dict[str, np.ndarray]) -> dict[str, str]:
    """The style that a caption would say, empty for none, by the picture with the work's year, and its artist too."""
    kind, tradition = load_picture_heads().read(blocks), load_tradition_model().rank(blocks)
    found = {}
    for name, told in (
        ("year", PictureWords(year=work.year or None)),
        ("year and artist", PictureWords(year=work.year or None, artist=work.artist)),
    ):
        words = kind_words(replace(kind, style=hear_style(kind.style, told)[0]), blocks, tradition)
        found[name] = read_scene(words | {"subject": (("a landscape", 0.9),)}, GREY).style
    return found


def told_title(work: Work, blocks: dict[str, np.ndarray], words: dict[str, tuple[tuple[str, float], ...]]) -> dict:
    """The rankings with what the title names and the picture shows too."""
    shown = subject_shares(load_embedded().embed_look(blocks), calibration()), object_shares(blocks["classes"])
    return words | {"titled": load_confirmation().read(work.title, *shown)}


def works_rows(data: Path, cache: Path, count: int) -> list[Row]:
    features, pictures = Features(cache), Pictures(data)
    scenes, works = [], held_out_works(data, count)
    first_right = said_right = said = 0
    genre_said, genre_right = [], []
    titled_said, titled_right, definite = [], [], [0, 0, 0]
    told = {"year": [0, 0], "year and artist": [0, 0]}
    for number, work in enumerate(works):
        painting = painting_of(pictures.open(work.key))
        palette = read_palette(painting)
        blocks = {name: block[0] for name, block in features.blocks([work.key]).items()}
        words = words_of(blocks)
        scene = read_scene(words, palette)
        titled = read_scene(told_title(work, blocks, words), palette)
        definite[0] += how_definite(scene) in ("by name", "by its family")
        definite[1] += how_definite(titled) in ("by name", "by its family")
        definite[2] += titled.subject != scene.subject
        if work.genre:
            titled_said.append(bool(kind_said(titled)))
            titled_right.append(kind_said(titled) in set(GENRE_PHRASES[work.genre]))
            kinds = set(GENRE_PHRASES[work.genre])
            genre_said.append(bool(kind_said(scene)))
            genre_right.append(kind_said(scene) in kinds)
        assert write_caption(words, palette)
        scenes.append(scene)
        labels = dict(zip(terms_of("style"), named_terms(work, "style"), strict=True))
        first_right += labels.get(words["style"][0][0], False)
        said += bool(scene.style)
        said_right += labels.get(scene.style, False)
        for name, style in told_styles(work, blocks).items():
            told[name][0] += bool(style)
            told[name][1] += labels.get(style, False)
        if number % 100 == 0:
            print(f"{number} of {len(works)} works", file=sys.stderr, flush=True)
    genre_said, genre_right = np.array(genre_said), np.array(genre_right)
    titled_said, titled_right = np.array(titled_said), np.array(titled_right)
    return [
        share_row("held-out works with a genre: the caption says a kind", int(genre_said.sum()), len(genre_said)),
        share_row(
            "held-out works with a genre: a kind that is said is right",
            int(genre_right[genre_said].sum()),
            int(genre_said.sum()),
        ),
        share_row("held-out works with a genre, title told: the caption says a kind",
                  int(titled_said.sum()), len(titled_said)),
        share_row("held-out works with a genre, title told: a kind that is said is right",
                  int(titled_right[titled_said].sum()), int(titled_said.sum())),
        share_row("held-out works: subject said by name or family", definite[0], len(works)),
        share_row("held-out works, title told: subject said by name or family", definite[1], len(works)),
        share_row("held-out works, title told: another subject is said", definite[2], len(works)),
        share_row("held-out works: style ranked first is the label (7 classes)", first_right, len(works)),
        share_row("held-out works: a style is said", said, len(works)),
        share_row("held-out works: a style that is said is the label", said_right, said),
        *[share_row(f"held-out works, {name} told: a style is said", one, len(works))
          for name, (one, _) in told.items()],
        *[share_row(f"held-out works, {name} told: a style that is said is the label", right, one)
          for name, (one, right) in told.items()],
        *subject_rows(works, scenes),
    ]  # fmt: skip


GENRE_PHRASES = {
    "abstract_painting": ("pattern",),
    "cityscape": ("town", "water"),
    "genre_painting": ("people", "person", "room"),
    "illustration": ("people", "person", "things", "pattern", "animal", "sacred"),
    "landscape": ("land", "water"),
    "nude_painting": ("person", "people"),
    "portrait": ("person", "people"),
    "religious_painting": ("sacred",),
    "sketch_and_study": ("people", "person", "things", "pattern", "animal", "land", "town"),
    "still_life": ("things",),
}
"""Genre -> the kinds of picture that a caption may say of it; written down before measuring."""


def kind_said(scene: Scene) -> str:
    """The kind of picture that the caption says, without «perhaps»; empty where it says none."""
    return "" if scene.hedged or not scene.subject else scene.kind


THEMES = {
    "Dog": "a dog", "Dog attack": "a dog", "Lake": "a lake", "Cat": "a cat", "Shark": "a shark", "Gun": "a gun",
    "Snake": "a snake", "Lion": "a lion", "Bird": "a bird", "Pigeon": "a bird", "Crow": "a bird", "Monkey": "a monkey",
    "Toilet": "a toilet", "Yarn": "yarn", "Beach": "a seashore", "Cockroach": "an insect", "Volcano": "a volcano",
    "Stingray": "a ray", "Sailing": "a sailing boat", "Keyboard": "a keyboard", "Bear": "a bear",
    "Ambulance": "an ambulance", "Acorns": "acorns", "Cotton swabs": "cotton swabs", "Wolf": "a wolf",
    "Tiger": "a tiger", "Spider": "a spider", "Pig": "a pig", "Penguins": "a penguin", "Knife": "a knife",
    "Goat": "a sheep or goat", "Lamb": "a sheep or goat", "Car": "a car", "Car race": "a car", "Bubble": "bubbles",
    "Zebra": "a zebra", "Rooster": "a rooster or hen", "Pumpkin": "a pumpkin lantern", "Seal": "a seal",
    "Phone": "a telephone", "Paintbrush": "a paintbrush", "Orangutan": "an ape", "Gorrila": "an ape",
    "Meerkat": "a small animal", "Ferret": "a small animal", "Guitar": "a guitar", "Elephant": "an elephant",
    "Dock": "a pier", "Bridge": "a bridge", "Boat": "a boat", "Candle": "a candle", "Bottle": "a bottle",
    "Bee": "a bee", "Barrels": "a barrel", "Horse": "a horse", "Solar panel": "a solar panel",
    "Billiards": "a billiard table", "Bed": "a bed", "Fence": "a fence", "Jail": "a prison", "Prison": "a prison",
    "Cups": "a cup", "Dessert": "a dessert", "Parachuting": "a parachute", "Soccer": "a ball", "Socks": "a sock",
    "Swingset": "a swing", "Cardboard": "a box", "Wall": "a stone wall", "Railroad": "a train", "Skier": "a skier",
}  # fmt: skip
"""OASIS theme -> the family of the ImageNet class that it is; written down before measuring."""


def photograph_rows(data: Path, cache: Path, count: int = 150) -> list[Row]:
    """Photographs whose theme is an ImageNet class, chosen by a hash; the tower was never tuned on them."""
    items = [item for item in read_rated_photographs(data) if item.group in THEMES]
    items.sort(key=lambda item: hashlib.sha256(item.key.encode()).hexdigest())
    items = items[:count]
    classes = Features(cache).block("classes", [item.key for item in items])
    scenes = [read_scene({"medium": (("photograph", 1.0),), "object": rank_objects(row)}, GREY) for row in classes]
    named = np.array([scene.subject == THEMES[item.group] for scene, item in zip(scenes, items, strict=True)])
    said, sure = np.array([bool(scene.subject) for scene in scenes]), np.array([not scene.hedged for scene in scenes])
    commonest = Counter(THEMES[item.group] for item in items).most_common(1)[0][1]
    return [
        share_row("photographs of a known class: the caption names it or its family", int(named.sum()), len(items)),
        share_row("photographs of a known class: the same without «perhaps»", int((named & sure).sum()), len(items)),
        share_row("photographs of a known class: what is said is right", int(named[said].sum()), int(said.sum())),
        share_row("photographs of a known class: right when always the commonest is said", commonest, len(items)),
    ]


GREY = read_palette(
    Painting(name="", sha256="", width=20, height=20, format="", rgb=np.full((20, 20, 3), 128, np.uint8))
)


def nothing_rows(each: int = 6) -> list[Row]:
    """Blank cards, noise and test cards of families that the gate has not learned from."""
    rng = np.random.default_rng(30)
    captions = [perceive(painting_of(family(rng))).caption for family in UNSEEN["blank"] for _ in range(each)]
    styled = [caption for caption in captions if "painting" in caption or "print" in caption]
    print(*styled, sep="\n", file=sys.stderr)
    return [
        share_row("blank, noise, test cards: a tradition, a style or «painting» is said", len(styled), len(captions))
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
    kinds |= {kind for name, kinds_of in GENRE_PHRASES.items() if GENRES[name] == phrase for kind in kinds_of}
    phrase = phrase.removeprefix("a portrait of ")
    kinds |= set(vocabulary.WIDER.get(phrase, ()))
    return {term.text for term in subjects if phrase in (term.text, term.family) or term.kinds[0] in kinds}


# --------------------------------------------------------------------------------------- traditions


def tradition_rows(data: Path, cache: Path) -> tuple[list[Row], list[list[object]]]:
    """Fit without each artist in turn, and read the artist's works."""
    items = read_attributed(data)
    pictures = look_at(cache, items)
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
    grey = replace(GREY)
    words = {"subject": (("a landscape", 0.9),), "tradition": ranked, "style": (("Baroque", 0.9),)}
    style = read_scene(words, grey).style
    return EUROPEAN if style == "Baroque" else style or "unsure"


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/perception"))
    parser.add_argument("--works", type=int, default=1000)
    parser.add_argument("--no-grammar", action="store_true", help="leave the grammar of the paintings out")
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    data = data_folder(args.data)
    rows = [] if args.no_grammar else grammar(data, show=args.show)
    cache = args.cache
    rows += works_rows(data, cache, args.works) + photograph_rows(data, cache) + nothing_rows()
    of_traditions, table = tradition_rows(data, cache)
    rows += of_traditions
    for name, n, *values in rows:
        print(name, n, *(f"{value:.3f}" for value in values), sep=" | ")
    cells = ([name, n, *(f"{value:.4g}" for value in values)] for name, n, *values in rows)
    write_csv(HERE / "results.csv", ("measure", "n", "value", "low95", "high95"), cells)
    write_csv(HERE / "traditions.csv", ("tradition", "read as", "works"), table)


if __name__ == "__main__":
    main()
