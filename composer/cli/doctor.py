"""``compose doctor``: the state of this installation, and what it lacks."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib import metadata
from pathlib import Path

import click

from composer import assets
from composer.cli.group import ComposeCommand
from composer.cli.parameters import talk_options
from composer.errors import AssetError, ComposerError, ExternalToolError
from composer.version import __version__

__all__ = ["command"]

_PACKAGES = (
    "click",
    "mido",
    "miditok",
    "music21",
    "numpy",
    "open_clip_torch",
    "Pillow",
    "pretty_midi",
    "pyfluidsynth",
    "pyloudnorm",
    "rich",
    "safetensors",
    "scikit-learn",
    "scipy",
    "symusic",
    "timm",
    "torch",
    "torchvision",
    "transformers",
    "verovio",
    "weasyprint",
)
_VARIABLES = ("COMPOSER_HOME", "COMPOSER_OFFLINE", "COMPOSER_SOUNDFONT", "HF_HOME", "HF_HUB_CACHE")

# (state, what, remark); the state is "ok", "broken" (composing fails) or "missing" (something optional is not there)
_Line = tuple[str, str, str]


@click.command("doctor", cls=ComposeCommand, short_help="Check the installation.")
@talk_options
def command() -> None:
    """Check Python, packages, model files, soundfont and synthesizer, and say what to do about what is missing.

    Exits with 3 when a model file is missing or damaged, with 4 when a package is missing. What is optional (audio,
    public models) is only reported.
    """
    broken: dict[str, list[str]] = {}
    for title, section in _SECTIONS.items():
        click.echo(f"{title}:")
        for state, what, remark in section():
            click.echo(f"  {state:<8} {what:<24} {remark}".rstrip())
            if state == "broken":
                broken.setdefault(title, []).append(what)
    if "Packages" in broken:
        raise ExternalToolError(
            f"packages are missing: {', '.join(broken['Packages'])}", hint="install Composer again with pip"
        )
    if broken:
        what = ", ".join(name for names in broken.values() for name in names)
        raise AssetError(f"not usable: {what}")


def _machine() -> Iterator[_Line]:
    yield "ok", "composer", f"{__version__} in {Path(__file__).parents[1]}"
    yield "ok", "python", f"{platform.python_version()} ({sys.executable})"
    yield "ok", "system", f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    folder = Path(tempfile.gettempdir())
    yield ("ok" if os.access(folder, os.W_OK) else "missing"), "temporary folder", str(folder)


def _packages() -> Iterator[_Line]:
    for package in _PACKAGES:
        try:
            yield "ok", package, metadata.version(package)
        except metadata.PackageNotFoundError:
            yield "broken", package, "not installed"


def _models() -> Iterator[_Line]:
    try:
        known = assets.registry()
    except AssetError as error:
        yield "broken", "list of files", error.message
        return
    for asset in known:
        if not asset.embedded:
            continue
        try:
            yield "ok", asset.name, str(assets.verified(asset.name))
        except AssetError as error:
            yield "broken", asset.name, error.message


def _public_models() -> Iterator[_Line]:
    for group in sorted({asset.group for asset in assets.PUBLIC}):
        here = all(assets.find(asset.name) for asset in assets.PUBLIC if asset.group == group)
        yield ("ok", group, "") if here else ("missing", group, f"optional: compose models pull {group}")


def _audio() -> Iterator[_Line]:
    from composer.rendering import find_soundfont
    from composer.rendering.audio.synthesizer import load_fluidsynth

    yield _attempt("FluidSynth", lambda: str(getattr(load_fluidsynth(), "__version__", "")))
    yield _attempt("soundfont", lambda: str(find_soundfont()))


def _lessons() -> Iterator[_Line]:
    from composer.rendering.lesson import check_pdf, languages

    for language in languages():
        yield _attempt(f"PDF in {language}", partial(_can_print, check_pdf, language), "only a lesson's .pdf needs it")


def _can_print(check: Callable[[str], None], language: str) -> str:
    check(language)
    return ""


def _attempt(what: str, check: Callable[[], str], use: str = "only .wav needs it") -> _Line:
    try:
        return "ok", what, check()
    except ComposerError as error:
        return "missing", what, f"{use}: {error.message}; {error.hint}"


def _environment() -> Iterator[_Line]:
    yield "ok", "folder of your models", str(assets.home())
    for name in _VARIABLES:
        if name in os.environ:
            yield "ok", name, os.environ[name]


_SECTIONS: dict[str, Callable[[], Iterator[_Line]]] = {
    "Machine": _machine,
    "Packages": _packages,
    "Model files": _models,
    "Public models": _public_models,
    "Audio": _audio,
    "Lessons": _lessons,
    "Environment": _environment,
}
