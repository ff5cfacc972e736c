"""The soundfont: where it is found, and whether a file is one.

The first hit wins: the ``--soundfont`` option → ``$COMPOSER_SOUNDFONT`` → the folder ``soundfonts/`` of Composer → the
default font, TimGM6mb, which the package pretty_midi carries → the system's. A font that was asked for by name must be
good; of the others, one that is not is passed over. The default font is known by its checksum, not by the place where
that package keeps it.

FluidSynth itself is no judge: given a broken font it goes on and plays silence. So the file's own structure is
checked here (RIFF chunks of the SoundFont 2.04 specification, E-mu Systems 2006, section 4).
"""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from composer import assets
from composer.errors import AssetError

__all__ = ["SOUNDFONT_VARIABLE", "candidates", "check_soundfont", "find_soundfont"]

SOUNDFONT_VARIABLE = "COMPOSER_SOUNDFONT"
_HINT = "give a General MIDI soundfont (.sf2 or .sf3) with --soundfont or $COMPOSER_SOUNDFONT"
_DEFAULT_PACKAGE = "pretty_midi"
_DEFAULT_FONT = "TimGM6mb.sf2"
_DEFAULT_SHA256 = "82475b91a76de15cb28a104707d3247ba932e228bada3f47bba63c6b31aaf7a1"
_SUFFIXES = (".sf2", ".sf3")  # in this order: sf3 needs a FluidSynth that was built to read it
_SYSTEM_FOLDERS = (
    "/usr/share/sounds/sf2",
    "/usr/share/soundfonts",
    "/usr/local/share/soundfonts",
    "/opt/homebrew/share/soundfonts",
    "/usr/share/sounds/sf3",
    "C:/soundfonts",
)

_log = logging.getLogger(__name__)


def find_soundfont(option: Path | None = None) -> Path:
    """The soundfont to render with.

    Parameters
    ----------
    option : Path, optional
        What the user asked for; nothing else is tried then.

    Returns
    -------
    Path
        A file with the structure of a soundfont.

    Raises
    ------
    AssetError
        The font asked for is missing or broken, or none was found at all.
    """
    if option is not None:
        return check_soundfont(option.expanduser())
    named = os.environ.get(SOUNDFONT_VARIABLE)
    if named:
        return check_soundfont(Path(named).expanduser(), origin=f"${SOUNDFONT_VARIABLE}: ")
    for path in candidates():
        try:
            return check_soundfont(path)
        except AssetError as error:
            _log.warning("%s; trying the next one", error.message)
    raise AssetError(
        f"no soundfont was found: the package {_DEFAULT_PACKAGE}, which carries {_DEFAULT_FONT}, is missing or changed",
        hint=f"run 'pip install --force-reinstall {_DEFAULT_PACKAGE}', or {_HINT}",
    )


def check_soundfont(path: Path, *, origin: str = "") -> Path:
    """Return `path` when it is a whole soundfont.

    Parameters
    ----------
    path : Path
    origin : str
        Stands before the message.

    Raises
    ------
    AssetError
        It is missing, no soundfont, or cut short.
    """
    where = f"{origin}soundfont {str(path)!r}"
    try:
        with path.open("rb") as handle:
            head = handle.read(12)
            size = os.fstat(handle.fileno()).st_size
    except OSError as error:
        raise AssetError(f"{where} cannot be read: {error.strerror or type(error).__name__}", hint=_HINT) from error
    if head[:4] != b"RIFF" or head[8:12] != b"sfbk":
        raise AssetError(f"{where} is no soundfont: it does not begin with RIFF....sfbk", hint=_HINT)
    expected = int.from_bytes(head[4:8], "little") + 8
    if size < expected:
        raise AssetError(f"{where} is cut short: it has {size} bytes, its header says {expected}", hint=_HINT)
    return path


def candidates() -> Iterator[Path]:
    """Files that look like soundfonts, in the order in which they are tried; none of them is checked."""
    own = assets.find("soundfonts")
    if own is not None:
        yield from _fonts(own)
    yield from _default_font()
    for folder in _SYSTEM_FOLDERS:
        yield from _fonts(Path(folder))


def _default_font() -> Iterator[Path]:
    """The default font, wherever its package keeps it; a file of its name with another content is not it."""
    package = importlib.util.find_spec(_DEFAULT_PACKAGE)  # finds the folder without importing it
    for folder in (package.submodule_search_locations or ()) if package is not None else ():
        for path in sorted(Path(folder).rglob(_DEFAULT_FONT)):
            if assets.sha256_of(path) == _DEFAULT_SHA256:
                yield path
            else:
                _log.warning("%s is not the %s that is expected; trying the next font", path, _DEFAULT_FONT)


def _fonts(folder: Path) -> list[Path]:
    """Fonts in a folder: sf2 before sf3, the system's default first, then by name."""
    if not folder.is_dir():
        return []
    fonts = [path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file()]
    return sorted(fonts, key=lambda p: (_SUFFIXES.index(p.suffix.lower()), not p.stem.startswith("default"), p.name))
