"""Alternative text: the picture in plain sentences for people who cannot see it.

After the W3C's tutorial on images and the Smithsonian's and Cooper Hewitt's guidelines for image description: first
what is seen, then where, colours and light, then manner and mood; no «image of»; short enough to be read aloud at once;
what is unsure is said to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from composer.perception.caption import NO_PICTURES, no_picture
from composer.perception.colours import colour_phrase, colour_places
from composer.perception.vocabulary import style_phrase

if TYPE_CHECKING:
    from composer.perception.scene import Scene
    from composer.types import Painting, Palette

__all__ = ["MAX_CHARACTERS", "alt_text"]

MAX_CHARACTERS = 250
"""Screen readers read an alternative text in one breath, without a way to go back within it."""


def alt_text(scene: Scene, palette: Palette, painting: Painting, *, seen: str = "") -> str:
    """Describe a picture in one to three sentences of at most `MAX_CHARACTERS` characters.

    Parameters
    ----------
    scene : what is said about it.
    palette : its colours.
    painting : its pixels, for where the colours are.
    seen : a captioner's description, in place of subject, setting and light.
    """
    first = f"{seen[:1].upper()}{seen[1:]}." if seen else _seen(scene, palette)
    sentences = [first, _colours(palette, painting), _manner(scene)]
    text = " ".join(sentence for sentence in sentences if sentence)
    return text if len(text) <= MAX_CHARACTERS else " ".join(sentences[:2])


def _seen(scene: Scene, palette: Palette) -> str:
    if scene.medium in NO_PICTURES:
        return f"{no_picture(scene, palette)} without a scene."
    if scene.medium == "photograph":
        if not scene.subject:
            return "A photograph whose subject is unclear."
        return f"A photograph, perhaps of {scene.subject}." if scene.hedged else f"A photograph of {scene.subject}."
    if not scene.subject:
        return f"The subject is unclear{f'; it may be seen {scene.light}' if scene.light else ''}."
    text = f"Perhaps {scene.subject}" if scene.hedged else scene.subject[:1].upper() + scene.subject[1:]
    text += f" {scene.setting}" if scene.setting else ""
    return f"{text}, {scene.light}." if scene.light else f"{text}."


def _colours(palette: Palette, painting: Painting) -> str:
    main, places = colour_phrase(palette), colour_places(painting)
    by_colour = " and " in places
    if by_colour and set(main.removeprefix("deep ").removeprefix("pale ").split()) <= {*places.split(), "and"}:
        main, places = places, ""  # the places name every colour already
    elif by_colour:
        places = f"with {places}"
    return f"{main[:1].upper()}{main[1:]}{f', {places}' if places else ''}."


def _manner(scene: Scene) -> str:
    moods = " and ".join(scene.moods)
    if scene.style:
        manner = style_phrase(scene.style)
        return f"{manner[:1].upper()}{manner[1:]}{f', {moods} in mood' if moods else ''}."
    return f"The mood is {moods}." if moods else ""
