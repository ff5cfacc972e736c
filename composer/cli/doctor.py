"""``compose doctor``: does this installation work, what can it do, and how to get the rest."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib import metadata
from pathlib import Path

import click

from composer import assets
from composer.cli.console import emit_json
from composer.cli.group import ComposeCommand
from composer.cli.parameters import talk_options
from composer.errors import AssetError, ComposerError, ExternalToolError
from composer.extras import EXTRAS, install_hint, is_here
from composer.version import __version__

__all__ = ["command"]

_PACKAGES = (
    "cairosvg",
    "click",
    "fonttools",
    "matplotlib",
    "mido",
    "music21",
    "numpy",
    "onnxruntime",
    "Pillow",
    "pretty_midi",
    "pyfluidsynth",
    "pyloudnorm",
    "pypdf",
    "rich",
    "safetensors",
    "scipy",
    "soundfile",
    "threadpoolctl",
    "verovio",
    "weasyprint",
)
_VARIABLES = ("COMPOSER_HOME", "COMPOSER_OFFLINE", "COMPOSER_SOUNDFONT", "HF_HOME", "HF_HUB_CACHE")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """One line of the report.

    Attributes
    ----------
    state : ``"ok"``, ``"broken"`` (composing fails) or ``"missing"`` (something optional is not there).
    what : name of what was looked at.
    remark : where it is or which version; where it is missing, what it is for.
    get : how to get it, or "".
    """

    state: str
    what: str
    remark: str = ""
    get: str = ""


@click.command("doctor", cls=ComposeCommand, short_help="Check the installation.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: {section: [{state, what, remark, get}]}.")
@talk_options
def command(*, as_json: bool = False) -> None:
    """Check Python, packages, model files, sound, pictures and lessons; say what works and how to get the rest.

    Exits with 3 when a model file is missing or damaged, with 4 when a package is missing. What is optional (a better
    synthesizer, public models, films) is only reported.
    """
    report = {title: list(section()) for title, section in _SECTIONS.items()}
    if as_json:
        emit_json({title: [asdict(finding) for finding in findings] for title, findings in report.items()})
    else:
        for title, findings in report.items():
            click.echo(f"{title}:")
            for finding in findings:
                said = finding.remark + (f"; get it: {finding.get}" if finding.get else "")
                click.echo(f"  {finding.state:<8} {finding.what:<24} {said}".rstrip())
    broken = {
        title: [finding.what for finding in findings if finding.state == "broken"] for title, findings in report.items()
    }
    if broken["Packages"]:
        raise ExternalToolError(
            f"packages are missing: {', '.join(broken['Packages'])}", hint="install Composer again with pip"
        )
    what = ", ".join(name for names in broken.values() for name in names)
    if what:
        raise AssetError(f"not usable: {what}")


def _machine() -> Iterator[_Finding]:
    yield _Finding(state="ok", what="composer", remark=f"{__version__} in {Path(__file__).parents[1]}")
    yield _Finding(state="ok", what="python", remark=f"{platform.python_version()} ({sys.executable})")
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    yield _Finding(state="ok", what="system", remark=system)
    folder = Path(tempfile.gettempdir())
    yield _Finding(state="ok" if os.access(folder, os.W_OK) else "missing", what="temporary folder", remark=str(folder))


def _packages() -> Iterator[_Finding]:
    for package in _PACKAGES:
        try:
            yield _Finding(state="ok", what=package, remark=metadata.version(package))
        except metadata.PackageNotFoundError:
            yield _Finding(state="broken", what=package, remark="not installed", get=f"pip install {package}")


def _extras() -> Iterator[_Finding]:
    for name, (_, use) in EXTRAS.items():
        if is_here(name):
            yield _Finding(state="ok", what=name, remark=use)
        else:
            yield _Finding(state="missing", what=name, remark=use, get=install_hint(name))


def _models() -> Iterator[_Finding]:
    try:
        known = assets.registry()
    except AssetError as error:
        yield _Finding(state="broken", what="list of files", remark=error.message, get=error.hint)
        return
    for asset in known:
        if not asset.embedded:
            continue
        try:
            yield _Finding(state="ok", what=asset.name, remark=str(assets.verified(asset.name)))
        except AssetError as error:
            yield _Finding(state="broken", what=asset.name, remark=error.message, get=error.hint)


def _public_models() -> Iterator[_Finding]:
    for group in sorted({asset.group for asset in assets.PUBLIC}):
        here = all(assets.find(asset.name) for asset in assets.PUBLIC if asset.group == group)
        state, get = ("ok", "") if here else ("missing", f"compose models pull {group}")
        yield _Finding(state=state, what=group, remark="optional", get=get)


def _sound() -> Iterator[_Finding]:
    from composer.rendering import find_soundfont
    from composer.rendering.audio.synthesizer import load_fluidsynth
    from composer.rendering.audio.synthesizer_choice import synthesizer_name

    yield _attempt("synthesizer", synthesizer_name, "sound")
    try:
        load_fluidsynth()
    except ExternalToolError as error:
        yield _Finding(state="missing", what="FluidSynth", remark="plays with a room's echo", get=error.hint)
    yield _attempt("soundfont", lambda: str(find_soundfont()), "sound")
    yield _attempt("flac, ogg, mp3", _libsndfile, "sound to share")


def _libsndfile() -> str:
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise ExternalToolError(
            f"libsndfile does not load: {error}", hint="pip install --force-reinstall soundfile"
        ) from error
    return str(soundfile.__libsndfile_version__)


def _pictures() -> Iterator[_Finding]:
    from PIL import features

    for what, feature in (
        ("AVIF", "avif"),
        ("JPEG 2000", "jpg_2000"),
        ("WebP", "webp"),
        ("colour profiles", "littlecms2"),
    ):
        here = bool(features.check(feature))
        get = "" if here else "pip install --upgrade --force-reinstall Pillow"
        yield _Finding(state="ok" if here else "missing", what=what, remark="pictures", get=get)


def _lessons() -> Iterator[_Finding]:
    from composer.rendering.lesson import check_pdf, languages

    for language in languages():
        yield _attempt(f"PDF in {language}", partial(_can_print, check_pdf, language), "a lesson's .pdf")


def _can_print(check: Callable[[str], None], language: str) -> str:
    check(language)
    return ""


def _attempt(what: str, check: Callable[[], str], use: str) -> _Finding:
    try:
        return _Finding(state="ok", what=what, remark=check())
    except ComposerError as error:
        return _Finding(state="missing", what=what, remark=f"only for {use}: {error.message}", get=error.hint)


def _environment() -> Iterator[_Finding]:
    yield _Finding(state="ok", what="folder of your models", remark=str(assets.home()))
    for name in _VARIABLES:
        if name in os.environ:
            yield _Finding(state="ok", what=name, remark=os.environ[name])


_SECTIONS: dict[str, Callable[[], Iterator[_Finding]]] = {
    "Machine": _machine,
    "Packages": _packages,
    "Extras": _extras,
    "Model files": _models,
    "Public models": _public_models,
    "Sound": _sound,
    "Pictures": _pictures,
    "Lessons": _lessons,
    "Environment": _environment,
}
