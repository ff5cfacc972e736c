"""Names of notes, keys, chords, instruments and captions in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from composer.rendering.lesson.caption_words import CaptionPart, caption_parts
from composer.rendering.lesson.catalogue import Catalogue
from composer.rendering.lesson.rhythm_line import Written

__all__ = [
    "bars_text",
    "caption_text",
    "instrument_text",
    "key_text",
    "note_text",
    "part_text",
    "pretty",
    "value_text",
]

_SIGNS = {"#": "sharp", "b": "flat", "##": "double-sharp", "bb": "double-flat"}


def pretty(symbol: str) -> str:
    """A chord symbol or note name with printed accidentals: ``"F♯m7♭5"``."""
    head, *rest = symbol.split("/")
    parts = [head, *rest]
    return "/".join(_pretty_part(part) for part in parts)


def _pretty_part(part: str) -> str:
    root = part[:1] + part[1:].replace("#", "♯")
    at = 1
    while root[at : at + 1] == "b":  # flats of the root; a b further on belongs to the quality
        at += 1
    return root[:1] + "♭" * (at - 1) + root[at:].replace("b5", "♭5")


def note_text(name: str, text: Catalogue) -> str:
    """A note for reading: ``"F♯"``, ``"ファ♯"``, ``"Fa♯"``."""
    return text(f"notes.{name[0]}") + name[1:].replace("#", "♯").replace("b", "♭")


def key_text(tonic: str, mode: str, text: Catalogue) -> str:
    """A key: ``"B♭ major"``, ``"変ロ長調"``, ``"Si bemol mayor"``."""
    letter = text(f"tonics.{tonic[0]}")
    sign = _SIGNS.get(tonic[1:])
    return text(f"keys.{mode}", tonic=text(f"tonics.{sign}", letter=letter) if sign else letter)


def value_text(written: Written, text: Catalogue) -> str:
    """A note or rest: ``"dotted quarter note"``, ``"八分休符"``."""
    said = text(f"values.{'rest-' if written.rest else ''}{written.value}")
    for quality in ("dotted", "triplet", "tied"):
        if getattr(written, quality):
            said = text(f"values.{quality}", value=said)
    return said


def instrument_text(name: str, text: Catalogue) -> str:
    """An instrument; a name that the catalogue does not know stays as it is."""
    return text.get(f"instruments.{name}", name)


def bars_text(bars: Iterable[int], text: Catalogue) -> str:
    """Bars as a list: ``"bar 5"``, ``"bars 5, 6 and 8"``."""
    numbers = [str(bar) for bar in bars]
    return text("bars.one" if len(numbers) == 1 else "bars.many", bars=text.join(numbers))


# ----------------------------------------------------------------------------------------- captions


def caption_text(caption: str, text: Catalogue) -> str | None:
    """A caption in the catalogue's language, or None where a piece of it has no translation."""
    if text.language == "en":
        return caption or None
    said: dict[str, list[str]] = {}
    for part in caption_parts(caption):
        translated = part_text(part, text)
        if translated is None:
            return None
        said.setdefault(part.kind, []).append(translated)
    if not said.get("colours"):
        return None
    scene = said.get("scene", [""])[0]
    light = text("caption.light", light=said["light"][0]) if said.get("light") else ""
    style = text("caption.style", style=said["style"][0]) if said.get("style") else text("caption.painting")
    manner = text("caption.manner", style=style, colours=said["colours"][0])
    moods = text.join(said.get("mood", []))
    key = "caption.scene" if scene else "caption.plain"
    sentence = text(key, scene=scene, light=light, manner=manner, moods=moods)
    return sentence[:1].upper() + sentence[1:]


def part_text(part: CaptionPart, text: Catalogue) -> str | None:
    """A piece of a caption in the catalogue's language; None where it has no translation."""
    if text.language == "en" or not part.text:
        return part.text
    match part.kind:
        case "scene":
            return _scene(part.text, text)
        case "colours":
            return _colours(part.text, text)
        case "style":
            known = {**text.picture["style"], **text.picture.get("tradition", {})}
            styles = {english.casefold(): said for english, said in known.items()}
            whole = part.text.casefold()
            return styles.get(whole.removesuffix(" painting"), styles.get(whole))
        case "light" | "mood":
            return text.picture[part.kind].get(part.text)
    return None


def _scene(scene: str, text: Catalogue) -> str | None:
    """Subject, and after it a setting: the longest subject that fits, so that its own words are not taken apart."""
    if scene.casefold().startswith("perhaps "):
        sure = _scene(scene[len("perhaps ") :], text)
        return None if sure is None else text("caption.perhaps", scene=sure)
    subjects = text.picture["subject"]
    for english in sorted(subjects, key=len, reverse=True):
        if scene.casefold() == english.casefold():
            return subjects[english]
        if scene.casefold().startswith(english.casefold() + " "):
            setting = text.picture["setting"].get(scene[len(english) + 1 :])
            if setting is not None:
                return text("caption.setting", subject=subjects[english], setting=setting)
    return None


def _colours(colours: str, text: Catalogue) -> str | None:
    depth, _, rest = colours.partition(" ") if colours.startswith(("deep ", "pale ")) else ("", "", colours)
    names = [text.picture["colour"].get(name) for name in rest.split(" and ")]
    if None in names:
        return None
    joined = text("caption.and").join(name for name in names if name is not None)
    return text(f"caption.{depth}", colours=joined) if depth else joined
