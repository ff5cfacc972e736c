"""The synthesiser that plays here: FluidSynth where its library is, TinySoundFont where it is not."""

from __future__ import annotations

import importlib.util
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from composer.errors import ExternalToolError
from composer.midi.playback import PlayEvent
from composer.rendering.audio.synthesizer import SAMPLE_RATE_HZ, Synthesizer, load_fluidsynth
from composer.rendering.audio.tiny_synthesizer import TinySynthesizer
from composer.rendering.mix import Room

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["AnySynthesizer", "open_synthesizer", "synthesizer_name"]

_FLUIDSYNTH = "FluidSynth"


class AnySynthesizer(Protocol):
    """What plays events with a soundfont; a context manager."""

    def __enter__(self) -> AnySynthesizer:
        """Ready to play."""

    def __exit__(self, *_: object) -> None:
        """Free what was used."""

    def set_drums(self, channel: int, *, drums: bool) -> None:
        """Make a channel a drum kit, or a melodic one again."""

    def play(self, event: PlayEvent) -> None:
        """Hand one event over."""

    def has_sound(self, program: int, pitch: int) -> bool:
        """Whether the font has a sample for a note."""

    def release_all(self) -> None:
        """Let go of every key and pedal."""

    def samples(self, count: int) -> NDArray[np.float32]:
        """The next `count` samples, float32, shape (count, 2)."""


def open_synthesizer(
    soundfont: Path, room: Room, *, chorus: bool = False, rate_hz: int = SAMPLE_RATE_HZ
) -> AnySynthesizer:
    """A synthesiser with a soundfont; the settings are those of `Synthesizer`.

    Raises
    ------
    ExternalToolError
        Neither is installed; the hint says what to install.
    AssetError
        It cannot load the font.
    """
    if synthesizer_name().startswith(_FLUIDSYNTH):
        return Synthesizer(soundfont, room, chorus=chorus, rate_hz=rate_hz)
    return TinySynthesizer(soundfont, rate_hz=rate_hz)


@cache
def synthesizer_name() -> str:
    """What plays here, with its version, for the record.

    Raises
    ------
    ExternalToolError
        Nothing does; the hint says what to install.
    """
    try:
        fluidsynth = load_fluidsynth()
    except ExternalToolError as error:
        if importlib.util.find_spec("tinysoundfont") is None:
            raise ExternalToolError(
                error.message, hint=f"{error.hint}, or run 'pip install --no-deps tinysoundfont'"
            ) from error
        return f"TinySoundFont {metadata.version('tinysoundfont')} (no reverb)"
    return f"{_FLUIDSYNTH} {_library_version(fluidsynth.lib)}"


def _library_version(name: str) -> str:
    import ctypes

    library = ctypes.CDLL(name)
    library.fluid_version_str.restype = ctypes.c_char_p
    return str(library.fluid_version_str().decode())
