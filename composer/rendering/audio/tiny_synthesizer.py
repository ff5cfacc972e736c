"""TinySoundFont in FluidSynth's place, where that library is missing: the same notes, dry.

It comes as a Python package for every system and needs no other library. It has no room and no chorus, so what it
plays sounds nearer than the same piece from FluidSynth; the facts of an audio file say which of them played.

Conventions
-----------
* Samples are float32, shape (n, 2), left and right; full scale is 1.0 and may be passed: nothing clips here.
* TinySoundFont knows no sustain pedal (controller 64): notes that are let go under it are held here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from composer.errors import AssetError
from composer.midi.playback import CONTROL, NOTE_OFF, NOTE_ON, PITCH_BEND, PROGRAM, PlayEvent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["TinySynthesizer"]

_PEDAL_DOWN = 64
_CHANNELS = 32
"""Sixteen for each of two MIDI ports."""
_DRUM_CHANNELS = (9, 25)
_DRUM_BANK = 128
_GAIN_DB = -12.0
_VOICES = 512
_ALL_NOTES_OFF, _ALL_SOUND_OFF, _ALL_CONTROLS_OFF, _SUSTAIN = 123, 120, 121, 64
_TRIAL = 2048
_SILENCE = 1e-6


class TinySynthesizer:
    """A General MIDI synthesiser with one soundfont; a context manager, with the methods of `Synthesizer`.

    Parameters
    ----------
    soundfont : Path
        A file that `composer.rendering.audio.soundfont.check_soundfont` has passed.
    rate_hz : int
        Samples a second.

    Raises
    ------
    AssetError
        TinySoundFont cannot load the font.
    """

    def __init__(self, soundfont: Path, *, rate_hz: int) -> None:
        import tinysoundfont

        self._synth: Any = tinysoundfont.Synth(gain=_GAIN_DB, samplerate=rate_hz)
        try:
            # The bytes, not the name: it opens names with the C library's functions, which know no Unicode on Windows.
            self._font = self._synth.sfload(soundfont.read_bytes(), max_voices=_VOICES)
        except (OSError, RuntimeError, ValueError) as error:
            raise AssetError(
                f"TinySoundFont cannot load the soundfont {str(soundfont)!r}: {error}",
                hint="give another General MIDI soundfont (.sf2) with --soundfont or $COMPOSER_SOUNDFONT",
            ) from error
        self._drums: set[int] = set()
        self._pedals: set[int] = set()
        self._held: set[tuple[int, int]] = set()
        self.reset()

    def __enter__(self) -> TinySynthesizer:
        return self

    def __exit__(self, *_: object) -> None:
        self._synth.sfunload(self._font)

    def reset(self) -> None:
        """Silence everything, and forget programs and controllers."""
        self._drums = set(_DRUM_CHANNELS)
        self._pedals.clear()
        self._held.clear()
        for channel in range(_CHANNELS):
            self._choose(channel, 0)
            for control in (_ALL_SOUND_OFF, _ALL_CONTROLS_OFF):
                self._synth.control_change(channel, control, 0)

    def _choose(self, channel: int, program: int) -> None:
        """Choose a program; one that the font lacks leaves the channel with the first of its kind."""
        bank = _DRUM_BANK if channel in self._drums else 0
        for number in (program, 0):
            try:
                self._synth.program_select(channel, self._font, bank, number)
            except RuntimeError:
                continue
            return

    def set_drums(self, channel: int, *, drums: bool) -> None:
        """Make a channel a drum kit, or a melodic one again, with its first program; a reset forgets it."""
        (self._drums.add if drums else self._drums.discard)(channel)
        self._choose(channel, 0)

    def play(self, event: PlayEvent) -> None:
        """Hand one event over; it is heard from the next sample on."""
        channel = event.channel
        if event.kind == NOTE_ON:
            self._let_go(channel, event.first)
            self._synth.noteon(channel, event.first, event.second)
        elif event.kind == NOTE_OFF and channel in self._pedals:
            self._held.add((channel, event.first))
        elif event.kind == NOTE_OFF:
            self._synth.noteoff(channel, event.first)
        elif event.kind == CONTROL and event.first == _SUSTAIN:
            self._press(channel, down=event.second >= _PEDAL_DOWN)
        elif event.kind == CONTROL:
            self._synth.control_change(channel, event.first, event.second)
        elif event.kind == PROGRAM:
            self._choose(channel, event.first)
        elif event.kind == PITCH_BEND:
            self._synth.pitchbend(channel, event.second + 8192)

    def _press(self, channel: int, *, down: bool) -> None:
        """Move the sustain pedal; notes that it alone held end when it comes up."""
        if down:
            self._pedals.add(channel)
            return
        self._pedals.discard(channel)
        for place in sorted(self._held):
            if place[0] == channel:
                self._let_go(*place)

    def _let_go(self, channel: int, pitch: int) -> None:
        if (channel, pitch) in self._held:
            self._held.discard((channel, pitch))
            self._synth.noteoff(channel, pitch)

    def has_sound(self, program: int, pitch: int) -> bool:
        """Whether the font has a sample for a note; the first channel is used for the trial."""
        import numpy as np

        self._choose(0, program)
        self._synth.noteon(0, pitch, 100)
        peak = float(np.abs(self.samples(_TRIAL)).max())
        self._synth.control_change(0, _ALL_SOUND_OFF, 0)
        self.samples(_TRIAL)
        return peak > _SILENCE

    def release_all(self) -> None:
        """Let go of every key and pedal; what sounds dies away."""
        for channel in range(_CHANNELS):
            self._press(channel, down=False)
            self._synth.control_change(channel, _ALL_NOTES_OFF, 0)

    def samples(self, count: int) -> NDArray[np.float32]:
        """The next `count` samples, float32, shape (count, 2)."""
        import numpy as np

        block = np.zeros((count, 2), dtype=np.float32)
        if count:
            self._synth.generate_simple(count, buffer=block.data.cast("B"))
        return block
