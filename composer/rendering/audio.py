"""A piece as sound: a WAV file, 44.1 kHz, stereo, 16 bit.

The samples are made as floats, kept in a temporary file, and scaled once the loudest one is known: nothing clips,
quiet and loud pieces end at the same peak, and a long piece needs no more memory than a short one.

Conventions
-----------
* Levels in dBFS: 0 is the largest 16-bit sample, and peaks are sample peaks; 1 dB is left for what lies between them.
* After the last bar line the sound may die away: until it is 60 dB below the peak, at most 4 s.
"""

from __future__ import annotations

import hashlib
import math
import tempfile
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from composer.assets import sha256_of
from composer.errors import ExternalToolError, OutputError
from composer.files import atomic_write
from composer.rendering.midi import score_to_midi
from composer.rendering.midi_reader import MidiEvents, parse_midi, read_midi
from composer.rendering.soundfont import find_soundfont
from composer.rendering.synthesizer import SAMPLE_RATE_HZ, Synthesizer
from composer.types import Composition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["AudioFacts", "Progress", "render_composition", "render_midi"]

Progress = Callable[[str, float], None]
"""Called with what is being done and the share that is done, 0..1."""

_CHANNELS = 2
_FULL_SCALE = 32767
_PEAK_DBFS = -1.0
_TAIL_SECONDS = 4.0
_TAIL_BLOCK_SECONDS = 0.05
_TAIL_FLOOR = 10 ** (-60 / 20)
_FADE_SECONDS = 0.25
_SILENCE = 1e-6
"""A float peak below this means that no voice sounded: the reverb alone leaves some 1e-8."""
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """What a WAV file was made with and what it holds.

    Attributes
    ----------
    soundfont : the font's file.
    soundfont_sha256, sha256 : hex digests of the font and of the WAV file.
    seconds : length with the tail.
    tail_seconds : the part after the end of the piece.
    sample_rate_hz, channels, bits : 44100, 2, 16.
    peak_dbfs, rms_dbfs : largest sample, and root mean square over the whole file.
    gain_db : what was added to FluidSynth's level.
    """

    soundfont: Path
    soundfont_sha256: str
    sha256: str
    seconds: float
    tail_seconds: float
    sample_rate_hz: int
    channels: int
    bits: int
    peak_dbfs: float
    rms_dbfs: float
    gain_db: float


def render_midi(
    midi_path: Path, wav_path: Path, *, soundfont: Path | None = None, progress: Progress | None = None
) -> AudioFacts:
    """Render a MIDI file to a WAV file, which appears whole or not at all.

    Parameters
    ----------
    midi_path : Path
        Any Standard MIDI File of type 0 or 1, up to an hour long.
    wav_path : Path
        The result.
    soundfont : Path, optional
        Font to use; without it, see `find_soundfont`.
    progress : callable, optional
        Called with the stage and the share done, many times a second.

    Raises
    ------
    MidiError
        The MIDI file is missing, broken, too long or without notes.
    AssetError
        No usable soundfont.
    ExternalToolError
        FluidSynth is missing, or the result would be silent.
    OutputError
        The WAV file cannot be written.
    """
    return _render(read_midi(midi_path), wav_path, soundfont, progress)


def render_composition(
    composition: Composition, wav_path: Path, *, soundfont: Path | None = None, progress: Progress | None = None
) -> AudioFacts:
    """Like `render_midi`, from the score.

    Raises
    ------
    ComposerError
        The score breaks its rules; see `score_to_midi`.
    AssetError, ExternalToolError, OutputError
        As `render_midi`.
    """
    return _render(parse_midi(score_to_midi(composition), name="the score"), wav_path, soundfont, progress)


def _render(events: MidiEvents, wav_path: Path, soundfont: Path | None, progress: Progress | None) -> AudioFacts:
    font = find_soundfont(soundfont)
    try:
        with tempfile.TemporaryFile() as spool:
            levels = _synthesize(events, font, spool, progress or _ignore)
            with atomic_write(wav_path) as temporary:
                _write_wav(spool, temporary, levels.gain)
                with temporary.open("rb") as handle:
                    sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise OutputError(f"cannot keep the samples in {tempfile.gettempdir()!r}: {error.strerror}") from error
    return AudioFacts(
        soundfont=font,
        soundfont_sha256=sha256_of(font),
        sha256=sha256,
        seconds=levels.samples / SAMPLE_RATE_HZ,
        tail_seconds=levels.samples / SAMPLE_RATE_HZ - events.end_seconds,
        sample_rate_hz=SAMPLE_RATE_HZ,
        channels=_CHANNELS,
        bits=16,
        peak_dbfs=_PEAK_DBFS,
        rms_dbfs=_decibels(levels.rms * levels.gain),
        gain_db=_decibels(levels.gain),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Levels:
    """What was measured on the float samples: their number, the largest and the root mean square."""

    samples: int
    peak: float
    rms: float

    @property
    def gain(self) -> float:
        return float(10 ** (_PEAK_DBFS / 20)) / self.peak


class _Spool:
    """Takes blocks of samples into a file and measures them on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._count = 0
        self._squares = 0.0
        self.peak = 0.0

    def add(self, block: NDArray[np.float32]) -> float:
        """Keep a block; returns its peak."""
        import numpy as np

        peak = float(np.abs(block).max(initial=0.0))
        self.peak = max(self.peak, peak)
        self._squares += float(np.sum(np.square(block, dtype=np.float64)))
        self._count += len(block)
        self._file.write(block.astype("<f4").tobytes())
        return peak

    def levels(self) -> _Levels:
        rms = math.sqrt(self._squares / max(1, self._count * _CHANNELS))
        return _Levels(samples=self._count, peak=self.peak, rms=rms)


def _synthesize(events: MidiEvents, font: Path, file: IO[bytes], progress: Progress) -> _Levels:
    spool = _Spool(file)
    with Synthesizer(font) as synthesizer:
        for block, seconds in _piece(events, synthesizer):
            spool.add(block)
            progress("rendering audio", seconds / (events.end_seconds + _TAIL_SECONDS))
        if spool.peak < _SILENCE:
            raise ExternalToolError(
                f"FluidSynth rendered silence with the soundfont {str(font)!r}",
                hint="give another General MIDI soundfont (.sf2 or .sf3) with --soundfont or $COMPOSER_SOUNDFONT",
            )
        for block in _tail(synthesizer):
            if spool.add(block) < spool.peak * _TAIL_FLOOR:
                break
    progress("rendering audio", 1.0)
    return spool.levels()


def _piece(events: MidiEvents, synthesizer: Synthesizer) -> Iterator[tuple[NDArray[np.float32], float]]:
    """The samples up to the end of the piece, each block with the time at its end."""
    at = 0
    for seconds, event in [*((event.seconds, event) for event in events.events), (events.end_seconds, None)]:
        target = round(seconds * SAMPLE_RATE_HZ)
        while at < target:
            count = min(target - at, SAMPLE_RATE_HZ)
            at += count
            yield synthesizer.samples(count), at / SAMPLE_RATE_HZ
        if event is not None:
            synthesizer.play(event)


def _tail(synthesizer: Synthesizer) -> Iterator[NDArray[np.float32]]:
    """What sounds on when all keys are released; faded out at the end, for sounds that never die away."""
    import numpy as np

    synthesizer.release_all()
    size = round(_TAIL_BLOCK_SECONDS * SAMPLE_RATE_HZ)
    blocks = round(_TAIL_SECONDS / _TAIL_BLOCK_SECONDS)
    total, fade = size * blocks, round(_FADE_SECONDS * SAMPLE_RATE_HZ)
    for number in range(blocks):
        left = total - np.arange(number * size, (number + 1) * size)  # (size,)
        yield synthesizer.samples(size) * np.minimum(left / fade, 1.0).astype(np.float32)[:, None]


def _write_wav(spool: IO[bytes], path: Path, gain: float) -> None:
    import numpy as np

    spool.seek(0)
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(_CHANNELS)
        wav.setsampwidth(2)
        wav.setframerate(SAMPLE_RATE_HZ)
        while data := spool.read(_CHUNK_BYTES):
            samples = np.frombuffer(data, dtype="<f4").astype(np.float64)
            wav.writeframes(np.rint(samples * (gain * _FULL_SCALE)).astype("<i2").tobytes())


def _decibels(ratio: float) -> float:
    return 20 * math.log10(ratio)


def _ignore(_stage: str, _share: float) -> None:
    """Progress that nobody watches."""
