"""The fonts of a lesson, from packages that ship open ones, so that a page looks the same everywhere."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from functools import cache
from pathlib import Path

__all__ = ["japanese_font", "latin_font", "system_has"]

_LATIN = {
    (False, False): "DejaVuSans.ttf",
    (True, False): "DejaVuSans-Bold.ttf",
    (False, True): "DejaVuSans-Oblique.ttf",
    (True, True): "DejaVuSans-BoldOblique.ttf",
}


def latin_font(*, bold: bool = False, italic: bool = False) -> Path | None:
    """Matplotlib's DejaVu Sans, or None where matplotlib is not installed."""
    folder = _package_folder("matplotlib", "mpl-data/fonts/ttf")
    file = folder / _LATIN[bold, italic] if folder is not None else None
    return file if file is not None and file.is_file() else None


def japanese_font() -> Path | None:
    """matplotlib-fontja's IPAex Gothic, or None where that is not installed."""
    folder = _package_folder("matplotlib_fontja", "fonts")
    file = folder / "ipaexg.ttf" if folder is not None else None
    return file if file is not None and file.is_file() else None


@cache
def _package_folder(package: str, inside: str) -> Path | None:
    found = importlib.util.find_spec(package)  # finds the folder without importing it
    return Path(found.origin).parent / inside if found is not None and found.origin is not None else None


def system_has(language: str) -> bool:
    """Whether fontconfig knows a font of the system for a language."""
    program = shutil.which("fc-list")
    if program is None:
        return False
    done = subprocess.run([program, f":lang={language}", "file"], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip())
