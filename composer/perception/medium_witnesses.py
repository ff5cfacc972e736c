"""The witnesses of a picture's medium beside its pixels: a camera's data, a painter's name, a year, a museum's fields.

The gate of `composer.perception.picture_heads` has seen some eight hundred photographs and no photograph of a painting.
A file often says more: cameras write how they exposed, museums name the artwork that is shown, and before 1840 nobody
took photographs. Each shifts the odds of a photograph against a painting; none decides, since paintings are
photographed and photographers have names.

The factors are placed, not learned: no rated photograph came with a name.
"""

from __future__ import annotations

from collections.abc import Mapping

from composer.perception.metadata import CAMERA_FIELD
from composer.perception.style_witnesses import load_style_witnesses
from composer.types import PictureWords

__all__ = ["FIRST_PHOTOGRAPHS", "hear_medium"]

FIRST_PHOTOGRAPHS = 1840
"""Year before which a work that somebody made is no photograph."""

_CAMERA = 6.0
_OLD, _DATED, _PAINTER, _NAMED = 1 / 50, 1 / 5, 1 / 30, 1 / 4
"""Factors of an old work that has an artist or was dated on purpose, of an old year in a file's name, of a painter
whose works were learned from or a museum's fields, of a title and an artist that a person or a file's name tells."""
_FELT = 0.005
"""Change of a share from which it is told."""
_TOLD = ("given", "file name")


def hear_medium(
    seen: Mapping[str, float], metadata: Mapping[str, str], words: PictureWords
) -> tuple[dict[str, float], str]:
    """Return the shares of the media by the picture and by what comes with it, and the reason.

    Parameters
    ----------
    seen : the gate's shares.
    metadata : of the file, as `composer.perception.metadata` reads it.
    words : title, artist and year, where they are known.

    Returns
    -------
    shares, reason
        As they were where nothing speaks for one or the other; an empty reason where hardly anything changed.
    """
    against, why = _painting(metadata, words)
    camera = metadata.get(CAMERA_FIELD, "")
    odds = against * (_CAMERA if camera else 1.0)
    reasons = [*([f"photograph: camera ‹{camera}›"] if camera else []), *([f"painting: {why}"] if why else [])]
    both = seen["photograph"] + seen["painting"]
    if not reasons or both <= 0:
        return dict(seen), ""
    share = odds * seen["photograph"] / (odds * seen["photograph"] + seen["painting"])
    found = {**seen, "photograph": both * share, "painting": both * (1.0 - share)}
    if abs(found["photograph"] - seen["photograph"]) < _FELT:
        return found, ""
    gate = f"picture: a photograph {seen['photograph']:.2f}".replace(" 0.", " .")
    return found, "; ".join([gate, *reasons])


def _painting(metadata: Mapping[str, str], words: PictureWords) -> tuple[float, str]:
    """Return the strongest factor that speaks for a painting, and what it is; 1 and nothing without one."""
    found = [(1.0, "")]
    if words.year is not None and words.year < FIRST_PHOTOGRAPHS:
        sure = words.artist or words.sources.get("year") != "file name"
        found.append((_OLD if sure else _DATED, f"year {words.year}"))
    if words.artist and load_style_witnesses().of_artist(words.artist) is not None:
        found.append((_PAINTER, f"artist {words.artist}"))
    if any(field.startswith("XMP AO") for field in metadata):
        found.append((_PAINTER, "an artwork in the metadata"))
    sources = [words.sources.get(name) for name in ("title", "artist")]
    if words.title and words.artist and all(source in _TOLD for source in sources):
        found.append((_NAMED, f"title and artist ({sources[1]})"))
    return min(found, key=lambda pair: pair[0])
