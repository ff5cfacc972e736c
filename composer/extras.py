"""The extras: packages that only some features need, and the two lines that say so where one is missing."""

from __future__ import annotations

import importlib.util

from composer.errors import ExternalToolError

__all__ = ["EXTRAS", "install_hint", "is_here", "need"]

EXTRAS: dict[str, tuple[tuple[str, ...], str]] = {
    "clip": (
        ("torch", "torchvision", "open_clip", "transformers", "timm", "huggingface_hub", "tqdm"),
        "public models: --clip, --captioner, CLAP, models pull",
    ),
    "cluster": (("ray",), "compose batch --engine ray: the machines of a Ray cluster"),
    "collections": (("pyarrow", "fsspec"), "compose batch: Parquet tables, pictures at an address (s3:// ...)"),
    "conversions": (("miditok", "symusic"), "scores as symusic's, and the MidiTok tokenizer"),
    "studio": (("fastapi", "uvicorn"), "the studio: compose studio"),
    "heic": (("pillow_heif",), "pictures of telephones (.heic)"),
    "video": (("imageio_ffmpeg",), "films (.mp4)"),
}
"""Extra -> the modules it brings, and what they are for."""


def is_here(extra: str) -> bool:
    """True when every module of an extra can be found; none is imported."""
    return not _missing(extra)


def install_hint(extra: str) -> str:
    """The command that brings an extra."""
    return f'pip install "painting-composer[{extra}]"'


def need(extra: str, feature: str) -> None:
    """Go on only where an extra is installed.

    Parameters
    ----------
    extra : str
        A key of `EXTRAS`.
    feature : str
        What needs it, as the message begins: ``"--clip"``, ``"a HEIC picture"``.

    Raises
    ------
    ExternalToolError
        A module of the extra is missing; the hint is the command that brings it.
    """
    missing = _missing(extra)
    if missing:
        raise ExternalToolError(
            f"{feature} needs packages that are not installed: {', '.join(missing)}", hint=install_hint(extra)
        )


def _missing(extra: str) -> list[str]:
    return [name for name in EXTRAS[extra][0] if not _found(name)]


def _found(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:  # an import hook that hides it
        return False
