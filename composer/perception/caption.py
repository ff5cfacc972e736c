"""The caption of a picture: one English sentence from what is said about it.

The sentence has places of which all but the manner may stay empty::

    A stormy sea with ships, under heavy cloud; Romantic painting in deep blues and greys; mood: solitary, calm.
    subject + setting        light              style            colours                   mood

`composer.perception.scene` decides what is said; what the encoder is not sure of is left out, or begins with
«perhaps», or is said more generally. What is a photograph or no picture at all is said to be that::

    A dog; photograph in greys and browns; mood: calm, quiet.
    A plain card in greys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from composer.perception.colours import colour_phrase
from composer.perception.scene import Scene, read_scene
from composer.perception.vocabulary import style_phrase
from composer.perception.words import Ranking

if TYPE_CHECKING:
    from composer.types import Palette

__all__ = ["NO_PICTURES", "no_picture", "write_caption"]

NO_PICTURES = ("blank", "graphic")
"""Media that are no pictures of anything."""
_PLAIN = 0.01
"""Share of pixels on an edge below which a card is plain."""


def write_caption(words: Mapping[str, Ranking], palette: Palette, *, seen: str = "") -> str:
    """Compose the caption.

    Parameters
    ----------
    words : rankings of `words.rank_words` and, under ``"mood"``, of `words.rank_moods`.
    palette : the picture's colours.
    seen : a captioner's description, in place of subject, setting and light.

    Returns
    -------
    str
        One sentence that begins with a capital letter and ends in a full stop.
    """
    scene = read_scene(words, palette)
    colours = colour_phrase(palette)
    if scene.medium in NO_PICTURES and not seen:
        return f"{no_picture(scene, palette)} in {colours}."
    if scene.medium == "photograph":
        manner = f"photograph in {colours}"
    else:
        manner = f"{style_phrase(scene.style) if scene.style else 'painting'} in {colours}"
    if scene.subject or seen:
        if not seen:
            seen = f"perhaps {scene.subject}" if scene.hedged else scene.subject
            seen += f" {scene.setting}" if scene.setting else ""
            seen += f", {scene.light}" if scene.light else ""
        parts = [_capital(seen), _capital(manner) if scene.style else manner]
    else:  # nothing sure is seen: speak of the manner alone
        parts = [f"{article(manner)} {manner}{f', {scene.light}' if scene.light else ''}"]
    if scene.moods:
        parts.append(f"mood: {', '.join(scene.moods)}")
    return "; ".join(parts) + "."


def no_picture(scene: Scene, palette: Palette) -> str:
    """Return what a picture of nothing is called: a plain card, a pattern, a graphic."""
    if scene.medium == "graphic":
        return "A page of text, a screen or a diagram"
    return "A plain card" if palette.complexity < _PLAIN else "A pattern or test card"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def article(phrase: str) -> str:
    """Return ``"A"`` or ``"An"``, whichever the phrase takes."""
    return "An" if phrase[:1].lower() in "aeio" else "A"
