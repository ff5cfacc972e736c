"""Compressed audio files, as people share them: FLAC (nothing is lost), Ogg Vorbis and MP3.

Conventions
-----------
* FLAC holds the same numbers as a WAV file would; Vorbis and MP3 are coded at a variable rate.
* Same samples, same bytes: an Ogg stream's serial number, which libsndfile draws by the clock, is set to 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composer.errors import ExternalToolError
from composer.rendering.audio.ogg_pages import with_comment
from composer.rendering.audio.synthesizer import SAMPLE_RATE_HZ
from composer.rendering.audio.wav_file import quantized

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CODINGS", "write_compressed"]

CODINGS: dict[str, tuple[str, str | None, float | None]] = {
    ".flac": ("FLAC", None, None),
    ".ogg": ("OGG", "VORBIS", 0.45),
    ".mp3": ("MP3", "MPEG_LAYER_III", 0.35),
}
"""Extension -> libsndfile's names of container and coding, and how much it may leave out, 0..1."""
_CHANNELS = 2


def write_compressed(blocks: Iterable[NDArray[np.float64]], path: Path, bits: int) -> None:
    """Write samples in the format that the path's extension names.

    Parameters
    ----------
    blocks : iterable of float64 arrays, shape (n, 2)
        Full scale is 1.
    path : Path
        Its extension is one of `CODINGS`.
    bits : int
        16 or 24, for FLAC.

    Raises
    ------
    ExternalToolError
        libsndfile is missing, or was built without that coding.
    """
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise ExternalToolError(
            f"{path.suffix} needs libsndfile: {error}", hint="run 'pip install --force-reinstall soundfile'"
        ) from error
    container, coding, level = CODINGS[path.suffix.lower()]
    settings: dict[str, Any] = {"format": container, "subtype": coding or f"PCM_{bits}"}
    if level is not None:
        settings["compression_level"] = level
    if container == "MP3":
        settings["bitrate_mode"] = "VARIABLE"
    try:
        with soundfile.SoundFile(path, "w", SAMPLE_RATE_HZ, _CHANNELS, **settings) as file:
            for block in blocks:
                # libsndfile takes the upper bits of its 32.
                file.write(quantized(block, bits) << (32 - bits) if coding is None else block)
    except soundfile.LibsndfileError as error:
        raise ExternalToolError(
            f"libsndfile cannot write {path.suffix}: {error.error_string}",
            hint="run 'pip install --upgrade soundfile', or choose .wav",
        ) from error
    if container == "OGG":
        path.write_bytes(with_comment(path.read_bytes(), None))
