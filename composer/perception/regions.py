"""The regions of a picture, in the order an eye would take them: each with its own feeling, colours and name.

Boxes are proposed by layout (above, below, left, right, the middle) and by saliency; those are kept that stand out and
differ most from one another and from the whole, in colour and in feeling.

Conventions
-----------
* Boxes are shares of width and height: left, top, right, bottom in [0, 1].
* The feeling of a region is read from the cut-out by the same regressions as that of the whole picture; whether it is a
  painting or a photograph is decided by the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from composer.perception.affect import Affect
from composer.perception.colours import colour_phrase
from composer.perception.encoder import load_embedded
from composer.perception.object_classes import rank_objects
from composer.perception.palette import read_palette
from composer.perception.perceive import read_affect
from composer.perception.picture_heads import PictureKind, load_picture_heads
from composer.perception.saliency import SIDE, saliency_map
from composer.perception.scene import PAINTED_OBJECTS
from composer.types import Painting, Palette, Region

__all__ = ["LEAST", "MOST", "find_regions"]

LEAST, MOST = 3, 6
"""How many regions a picture has."""

_LAYOUT = (
    (0.0, 0.0, 1.0, 0.36),
    (0.0, 0.64, 1.0, 1.0),
    (0.0, 0.2, 0.4, 0.9),
    (0.6, 0.2, 1.0, 0.9),
    (0.27, 0.2, 0.73, 0.85),
    (0.0, 0.0, 0.45, 0.45),
    (0.55, 0.0, 1.0, 0.45),
    (0.0, 0.55, 0.45, 1.0),
    (0.55, 0.55, 1.0, 1.0),
)
_WINDOW, _WINDOWS = 0.4, 3
"""Side of a window on a salient place, and how many there are."""
_OVERLAP = 0.35
"""Share of the smaller of two boxes that they may share."""
_FEELING, _SALIENT = 1.5, 0.6
"""Weight of the distance in feeling, and of saliency, beside the distance in colour."""
_WORTH = 0.5
"""Distance from those kept that a fourth and further region must have, as a share of the second's."""
_LIGHT_STEP = 0.1
_SURE, _PHOTOGRAPH = 0.7, 0.5
"""Confidence from which a thing is named, and in a photograph, where all that the tower was taught may be named."""
_STRIDE = 0.45
"""Distance over which the eye likes to go on to the next region."""
_ALONG = (("further left", "further right"), ("higher", "lower"))
_OUTDOORS = ("landscape", "cityscape")
_SMOOTH_SKY = 0.55


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A box that is considered, with what is read from it."""

    box: tuple[float, float, float, float]
    affect: Affect
    palette: Palette
    thing: str
    salience: float
    place: NDArray[np.float64]


def find_regions(painting: Painting, *, progress: Callable[[float], None] | None = None) -> tuple[Region, ...]:
    """Find three to six regions of a picture.

    Parameters
    ----------
    painting : the picture.
    progress : called with the share of the work done, in [0, 1].

    Returns
    -------
    tuple of Region
        In the order an eye would take: from what stands out most, on to what is near and stands out next.

    Raises
    ------
    AssetError
        Weights are missing or damaged.
    """
    whole = _kind(painting)
    saliency = saliency_map(painting.rgb)
    boxes = [*_LAYOUT, *_windows(saliency)]
    cuts = []
    for number, box in enumerate(boxes):
        cuts.append(_read(painting, box, whole, saliency))
        if progress is not None:
            progress((number + 1) / len(boxes))
    kept = _in_order(_apart(cuts))
    outdoors = max(whole.genre, key=lambda name: whole.genre[name]) in _OUTDOORS
    names = _told_apart([_name(cut, kept, outdoors=outdoors) for cut in kept], [_middle(cut) for cut in kept])
    return tuple(_region(cut, name) for cut, name in zip(kept, names, strict=True))


def _kind(painting: Painting) -> PictureKind:
    return load_picture_heads().read(load_embedded().look(painting))


def _windows(saliency: NDArray[np.float64]) -> list[tuple[float, float, float, float]]:
    """Return windows on the most salient places, apart from one another."""
    left, size, found = saliency.copy(), round(_WINDOW * SIDE), []
    for _ in range(_WINDOWS):
        sums = np.pad(left, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
        totals = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
        row, column = np.unravel_index(int(totals.argmax()), totals.shape)
        top, start = int(row), int(column)
        left[top : top + size, start : start + size] = 0.0
        found.append((start / SIDE, top / SIDE, (start + size) / SIDE, (top + size) / SIDE))
    return found


def _read(
    painting: Painting, box: tuple[float, float, float, float], whole: PictureKind, saliency: NDArray[np.float64]
) -> _Cut:
    height, width = painting.rgb.shape[:2]
    left, top, right, bottom = (round(v * side) for v, side in zip(box, (width, height) * 2, strict=True))
    rgb = np.ascontiguousarray(painting.rgb[top : max(bottom, top + 1), left : max(right, left + 1)])
    cut = replace(painting, rgb=rgb, width=rgb.shape[1], height=rgb.shape[0])
    blocks = load_embedded().look(cut)
    kind = replace(load_picture_heads().read(blocks), medium=whole.medium)
    affect, palette = read_affect(blocks, kind), read_palette(cut)
    (thing, share), *_ = rank_objects(blocks["classes"])
    photograph = whole.medium["photograph"] > _PHOTOGRAPH
    here = saliency[round(box[1] * SIDE) : round(box[3] * SIDE), round(box[0] * SIDE) : round(box[2] * SIDE)]
    colour = (palette.lightness, palette.saturation * 2, palette.warmth / 2, palette.complexity)
    return _Cut(
        box=box,
        affect=affect,
        palette=palette,
        thing=thing if share >= _SURE and (photograph or thing in PAINTED_OBJECTS) else "",
        salience=float(here.mean()),
        place=np.array([*colour, _FEELING * affect.valence, _FEELING * affect.played_arousal]),
    )


def _apart(cuts: list[_Cut]) -> list[_Cut]:
    """Keep the most salient cut, then always the one that differs most from those kept."""
    kept = [max(cuts, key=lambda cut: cut.salience)]
    second = 0.0
    while len(kept) < MOST:
        free = [cut for cut in cuts if all(_shared(cut.box, other.box) <= _OVERLAP for other in kept)]
        if not free:
            break
        worth = {
            id(cut): min(float(np.linalg.norm(cut.place - other.place)) for other in kept) + _SALIENT * cut.salience
            for cut in free
        }
        best = max(free, key=lambda cut: worth[id(cut)])
        second = second or worth[id(best)]
        if len(kept) >= LEAST and worth[id(best)] < _WORTH * second:
            break
        kept.append(best)
    return kept


def _shared(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    """Return the area that two boxes share, as a share of the smaller one."""
    wide = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    high = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    return wide * high / min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))


def _middle(cut: _Cut) -> NDArray[np.float64]:
    left, top, right, bottom = cut.box
    return np.array([(left + right) / 2, (top + bottom) / 2])


def _in_order(kept: list[_Cut]) -> list[_Cut]:
    """Go from the most salient to what is near and salient next."""
    path, rest = [kept[0]], list(kept[1:])
    while rest:
        here = _middle(path[-1])
        step = max(rest, key=lambda cut: cut.salience * float(np.exp(-np.linalg.norm(_middle(cut) - here) / _STRIDE)))
        path.append(step)
        rest = [cut for cut in rest if cut is not step]
    return path


def _region(cut: _Cut, name: str) -> Region:
    left, top, right, bottom = cut.box
    return Region(
        left=round(left, 4),
        top=round(top, 4),
        right=round(right, 4),
        bottom=round(bottom, 4),
        name=name,
        valence=cut.affect.valence,
        arousal=cut.affect.played_arousal,
        valence_sd=cut.affect.valence_sd,
        arousal_sd=cut.affect.played_arousal_sd,
        palette=cut.palette,
        salience=cut.salience,
    )


def _name(cut: _Cut, kept: list[_Cut], *, outdoors: bool) -> str:
    """Return an English name: ``"the dark boats below"``, ``"the pale sky above"``, ``"the reds on the left"``."""
    lightness = cut.palette.lightness
    usual = float(np.median([other.palette.lightness for other in kept]))
    shade = "dark " if lightness < usual - _LIGHT_STEP else "bright " if lightness > usual + _LIGHT_STEP else ""
    if outdoors and cut.box == _LAYOUT[0] and cut.palette.openness >= _SMOOTH_SKY:
        return f"the {shade}sky above"
    place = _place(cut.box)
    if cut.thing:
        noun = cut.thing.removeprefix("a ").removeprefix("an ")
        return f"the {shade}{noun} {place}"
    colours = colour_phrase(cut.palette).removeprefix("deep ").removeprefix("pale ")
    said = ("blacks" if shade == "dark " else "whites") in colours
    return f"the {'' if said else shade}{colours} {place}"


def _told_apart(names: list[str], middles: list[NDArray[np.float64]]) -> list[str]:
    """Add to names that stand more than once where each lies among its like: ``"the browns above, further left"``."""
    result = list(names)
    for name in {name for name in names if names.count(name) > 1}:
        alike = [number for number, other in enumerate(names) if other == name]
        axis = int(np.ptp([middles[number] for number in alike], axis=0).argmax())
        alike.sort(key=lambda number: float(middles[number][axis]))
        words = _ALONG[axis] if len(alike) == 2 else (_ALONG[axis][0], "between", _ALONG[axis][1])
        for place, number in enumerate(alike):
            told = words[place] if len(alike) <= len(words) else f"number {place + 1}"
            result[number] = f"{name}, {told}"
    return result


def _place(box: tuple[float, float, float, float]) -> str:
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    across = "on the left" if x < 0.38 else "on the right" if x > 0.62 else ""
    down = "above" if y < 0.38 else "below" if y > 0.62 else ""
    if across and down:
        return f"{down} {across}"
    return across or down or "in the middle"
