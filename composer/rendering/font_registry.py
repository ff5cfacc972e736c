"""Soundfonts that are known: what they are called, who may use them for what, and where they come from.

None is part of Composer, and none is fetched by it: fonts are large and have licences of their own. Sizes are rounded.
Licences are those that the publishers or the Debian packages' copyright files state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from composer.errors import AssetError
from composer.rendering.audio.soundfont import candidates, find_soundfont

__all__ = ["KNOWN_FONTS", "FontState", "KnownFont", "font_states"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFont:
    """A General MIDI soundfont.

    Attributes
    ----------
    files : names that its file goes by.
    size : bytes, rounded.
    licence : SPDX identifier, or the licence's own name.
    source : how to get it.
    """

    files: tuple[str, ...]
    size: int
    licence: str
    source: str

    @property
    def name(self) -> str:
        """What it is usually called."""
        return self.files[0]


KNOWN_FONTS: tuple[KnownFont, ...] = (
    KnownFont(
        files=("TimGM6mb.sf2",),
        size=5_970_000,
        licence="GPL-2.0",
        source="comes with the Python package pretty_midi",
    ),
    KnownFont(
        files=("FluidR3_GM.sf2",),
        size=148_000_000,
        licence="MIT",
        source="Debian and Ubuntu: apt-get install fluid-soundfont-gm",
    ),
    KnownFont(
        files=("FluidR3Mono_GM.sf3",),
        size=23_000_000,
        licence="MIT",
        source="Debian and Ubuntu: apt-get install fluidr3mono-gm-soundfont",
    ),
    KnownFont(
        files=("MuseScore_General.sf3", "MuseScore_General_Full.sf3", "MuseScore_General.sf2"),
        size=85_000_000,
        licence="MIT",
        source="Debian and Ubuntu: apt-get install musescore-general-soundfont",
    ),
    KnownFont(
        files=("GeneralUser-GS.sf2", "GeneralUser GS v1.471.sf2", "GeneralUser_GS_v1.471.sf2"),
        size=32_000_000,
        licence="GeneralUser",
        source="its own licence: free to use and to share; https://schristiancollins.com/generaluser.php",
    ),
)
"""Free General MIDI fonts, the one that is always there first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FontState:
    """A font and where it is: `path` is None for one that is not here, ``in_use`` marks the one that is played."""

    name: str
    size: int | None
    licence: str
    source: str
    path: Path | None
    in_use: bool


def font_states() -> Iterator[FontState]:
    """The known fonts, then others that were found here; of two files of one name the first counts."""
    try:
        chosen: Path | None = find_soundfont()
    except AssetError:
        chosen = None
    here: dict[str, Path] = {}
    for path in [*([chosen] if chosen is not None else []), *candidates()]:
        here.setdefault(path.name, path)
    for font in KNOWN_FONTS:
        found = next((here[name] for name in font.files if name in here), None)
        yield FontState(
            name=font.name,
            size=font.size,
            licence=font.licence,
            source=font.source,
            path=found,
            in_use=found is not None and found == chosen,
        )
    known = {name for font in KNOWN_FONTS for name in font.files}
    for name, path in here.items():
        if name not in known and not (path.is_symlink() and path.resolve().name in known):
            yield FontState(
                name=name,
                size=path.stat().st_size,
                licence="unknown",
                source=str(path.parent),
                path=path,
                in_use=path == chosen,
            )
