"""FluidSynth without its habits: float samples, no chatter on stderr, errors that are ours.

Conventions
-----------
* Samples are float32, shape (n, 2), left and right; full scale is 1.0 and may be passed: nothing clips here.
* FluidSynth applies events at the borders of its internal blocks of 64 samples (1.5 ms at 44.1 kHz).
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import logging
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from composer.errors import AssetError, ExternalToolError
from composer.midi.playback import CONTROL, NOTE_OFF, NOTE_ON, PITCH_BEND, PROGRAM, PlayEvent
from composer.rendering.mix import Room
from composer.stderr import held_stderr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SAMPLE_RATE_HZ", "Synthesizer", "load_fluidsynth"]

SAMPLE_RATE_HZ = 44_100
_GAIN = 0.2  # FluidSynth's own default; the level is set afterwards, on the float samples
_POLYPHONY = 512
_CHANNELS = 32
"""Sixteen for each of two MIDI ports."""
_SECOND_DRUMS, _MELODIC_TYPE, _DRUM_TYPE = 25, 0, 1
# How much of the room a part gets is its controller 91. The chorus is only heard where a file asks for it (93).
_CHORUS = {"nr": 3, "level": 1.2, "speed": 0.3, "depth": 6.0, "type": 0}
_ALL_NOTES_OFF, _ALL_SOUND_OFF, _SUSTAIN, _SOSTENUTO = 123, 120, 64, 66

_PANIC, _ERROR, _WARNING, _INFO, _DEBUG = range(5)
_LEVELS = {
    _PANIC: logging.ERROR,
    _ERROR: logging.ERROR,
    _WARNING: logging.WARNING,
    _INFO: logging.INFO,
    _DEBUG: logging.DEBUG,
}

_log = logging.getLogger(__name__)
_errors: list[str] = []
"""FluidSynth's error lines since the last call of `_take_errors`. Its log function is one for the whole process."""


def load_fluidsynth() -> ModuleType:
    """Import pyfluidsynth.

    Raises
    ------
    ExternalToolError
        The Python package or the FluidSynth library is missing or does not load; the hint says what to install.
    """
    try:
        # The package prints where it found the library when the variable CI is set; stdout is for data.
        with contextlib.redirect_stdout(io.StringIO()):
            import fluidsynth
    except ModuleNotFoundError as error:
        raise ExternalToolError(
            f"audio needs the Python package pyfluidsynth: {error}", hint="run 'pip install pyfluidsynth'"
        ) from error
    except (ImportError, OSError) as error:
        raise ExternalToolError(f"audio needs the FluidSynth library: {error}", hint=_install_hint()) from error
    if not hasattr(fluidsynth, "Synth"):
        raise ExternalToolError(
            f"the Python package fluidsynth at {fluidsynth.__file__!r} is not pyfluidsynth",
            hint="run 'pip uninstall fluidsynth' and 'pip install pyfluidsynth'",
        )
    return fluidsynth


def _install_hint() -> str:
    if sys.platform == "darwin":
        return "install it with 'brew install fluid-synth'"
    if sys.platform == "win32":
        return "install it with 'choco install fluidsynth', or unpack its release to C:\\tools\\fluidsynth"
    return "install it with 'sudo apt-get install libfluidsynth3' (Fedora: 'sudo dnf install fluidsynth-libs')"


class Synthesizer:
    """A General MIDI synthesiser with one soundfont; a context manager.

    Parameters
    ----------
    soundfont : Path
        A file that `composer.rendering.audio.soundfont.check_soundfont` has passed.
    room : Room
        The reverb.
    chorus : bool
        Whether controller 93 is heard; it costs a third of the time.
    rate_hz : int
        Samples a second.

    Raises
    ------
    ExternalToolError
        FluidSynth is missing or does not start.
    AssetError
        FluidSynth cannot load the font.
    """

    def __init__(self, soundfont: Path, room: Room, *, chorus: bool = False, rate_hz: int = SAMPLE_RATE_HZ) -> None:
        fluidsynth = load_fluidsynth()
        self._library = _library(fluidsynth.lib)
        self._synth: Any = fluidsynth.Synth(
            gain=_GAIN,
            samplerate=rate_hz,
            channels=_CHANNELS,
            **{
                "synth.polyphony": _POLYPHONY,
                "synth.cpu-cores": 1,
                "synth.midi-bank-select": "gs",
                "synth.chorus.active": int(chorus),
            },
        )
        if not self._synth.synth:
            raise ExternalToolError(f"FluidSynth does not start: {_take_errors()}")
        self._load(soundfont)
        self._set_second_drums()
        self._synth.set_reverb(roomsize=room.roomsize, damping=room.damping, width=room.width, level=room.level)
        if chorus:
            self._synth.set_chorus(**_CHORUS)

    def __enter__(self) -> Synthesizer:
        return self

    def __exit__(self, *_: object) -> None:
        self._synth.delete()

    def _load(self, soundfont: Path) -> None:
        _take_errors()
        with held_stderr():  # libinstpatch, which FluidSynth tries on broken fonts, writes there
            number = self._synth.sfload(str(soundfont), update_midi_preset=1)
        if number < 0:
            self._synth.delete()
            raise AssetError(
                f"FluidSynth cannot load the soundfont {str(soundfont)!r}: {_take_errors()}",
                hint="give another General MIDI soundfont (.sf2 or .sf3) with --soundfont or $COMPOSER_SOUNDFONT",
            )

    def _set_second_drums(self) -> None:
        self.set_drums(_SECOND_DRUMS, drums=True)

    def set_drums(self, channel: int, *, drums: bool) -> None:
        """Make a channel a drum kit, or a melodic one again, with its first program; a reset forgets it."""
        kind = _DRUM_TYPE if drums else _MELODIC_TYPE
        self._library.fluid_synth_set_channel_type(ctypes.c_void_p(self._synth.synth), channel, kind)
        self._synth.program_change(channel, 0)

    def reset(self) -> None:
        """Silence everything, the room too, and forget programs and controllers; cheaper than a new synthesiser."""
        self._synth.system_reset()
        self._set_second_drums()

    def play(self, event: PlayEvent) -> None:
        """Hand one event over; it is heard from the next block on."""
        synth = self._synth
        if event.kind == NOTE_ON:
            synth.noteon(event.channel, event.first, event.second)
        elif event.kind == NOTE_OFF:
            synth.noteoff(event.channel, event.first)
        elif event.kind == CONTROL:
            synth.cc(event.channel, event.first, event.second)
        elif event.kind == PROGRAM:
            synth.program_change(event.channel, event.first)
        elif event.kind == PITCH_BEND:
            synth.pitch_bend(event.channel, event.second)

    def has_sound(self, program: int, pitch: int) -> bool:
        """Whether the font has a sample for a note; the first channel is used for the trial."""
        synth = self._synth
        synth.program_change(0, program)
        before = self._library.fluid_synth_get_active_voice_count(ctypes.c_void_p(synth.synth))
        synth.noteon(0, pitch, 64)
        after = self._library.fluid_synth_get_active_voice_count(ctypes.c_void_p(synth.synth))
        synth.cc(0, _ALL_SOUND_OFF, 0)
        self.samples(64)
        return bool(after > before)

    def release_all(self) -> None:
        """Let go of every key and pedal; what sounds dies away."""
        for channel in range(_CHANNELS):
            for control in (_SUSTAIN, _SOSTENUTO, _ALL_NOTES_OFF):
                self._synth.cc(channel, control, 0)

    def samples(self, count: int) -> NDArray[np.float32]:
        """The next `count` samples, float32, shape (count, 2)."""
        import numpy as np

        block = np.zeros((count, 2), dtype=np.float32)
        data = block.ctypes.data_as(ctypes.c_void_p)
        self._library.fluid_synth_write_float(ctypes.c_void_p(self._synth.synth), count, data, 0, 2, data, 1, 2)
        return block


_LogFunction = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


@_LogFunction
def _on_message(level: int, message: bytes, _data: object) -> None:
    text = message.decode("utf-8", errors="replace")
    if level in (_PANIC, _ERROR):
        _errors.append(text)
    # Font loading fails with errors that become exceptions; shown as log lines too, they would be said twice.
    _log.log(logging.DEBUG if level in (_PANIC, _ERROR) else _LEVELS.get(level, logging.DEBUG), "FluidSynth: %s", text)


def _take_errors() -> str:
    text = "; ".join(_errors) or "it gives no reason"
    _errors.clear()
    return text


@cache
def _library(name: str) -> ctypes.CDLL:
    """FluidSynth's library with what pyfluidsynth does not wrap: float output and its log."""
    library = ctypes.CDLL(name)
    pointer, integer = ctypes.c_void_p, ctypes.c_int
    library.fluid_synth_write_float.argtypes = [pointer, integer, pointer, integer, integer, pointer, integer, integer]
    library.fluid_synth_write_float.restype = integer
    library.fluid_synth_get_active_voice_count.argtypes = [pointer]
    library.fluid_synth_get_active_voice_count.restype = integer
    library.fluid_synth_set_channel_type.argtypes = [pointer, integer, integer]
    library.fluid_synth_set_channel_type.restype = integer
    library.fluid_set_log_function.argtypes = [integer, _LogFunction, pointer]
    library.fluid_set_log_function.restype = pointer
    for level in _LEVELS:
        library.fluid_set_log_function(level, _on_message, None)
    return library
