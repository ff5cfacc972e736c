"""WAV files: PCM of 16 or 24 bits, without tags."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from composer.rendering.audio.synthesizer import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["quantized", "write_wav"]

_CHANNELS = 2


def write_wav(blocks: Iterable[NDArray[np.float64]], path: Path, bits: int) -> None:
    """Write samples.

    Parameters
    ----------
    blocks : iterable of float64 arrays, shape (n, 2)
        Full scale is 1.
    path : Path
    bits : int
        16 or 24.
    """
    import numpy as np

    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(_CHANNELS)
        wav.setsampwidth(bits // 8)
        wav.setframerate(SAMPLE_RATE_HZ)
        for block in blocks:
            numbers = quantized(block, bits)
            packed = numbers.view(np.uint8).reshape(-1, 4)[:, : bits // 8] if bits == 24 else numbers.astype("<i2")
            wav.writeframes(packed.tobytes())


def quantized(block: NDArray[np.float64], bits: int) -> NDArray[np.int32]:
    """Samples as whole numbers of so many bits, int32, little-endian."""
    import numpy as np

    scale = 2 ** (bits - 1) - 1
    numbers: NDArray[np.int32] = np.clip(np.rint(block * scale), -scale, scale).astype("<i4")
    return numbers
