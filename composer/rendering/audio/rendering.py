"""A piece as sound: 44.1 kHz, stereo, 16 bit; and its stems, 24 bit, which add up to it.

The samples are made as floats, kept in a temporary file, measured there and scaled once: every piece is as loud as the
others (`composer.rendering.audio.loudness`), nothing clips, a long piece needs no more memory than a short one. Stems
get the gain of the mix.

Conventions
-----------
* Levels in dBFS (sample peaks and RMS; 0 is the largest sample), dBTP (true peaks) and LUFS (loudness).
"""

from __future__ import annotations

import hashlib
import math
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from composer.assets import sha256_of
from composer.errors import OutputError
from composer.files import atomic_write
from composer.midi.playback import MidiEvents, parse_midi, read_midi
from composer.midi.reader import MidiFile
from composer.progress import Progress
from composer.rendering.audio.compressed_file import CODINGS, write_compressed
from composer.rendering.audio.coverage import with_sound
from composer.rendering.audio.sample_rendering import play, read_back
from composer.rendering.audio.soundfont import find_soundfont
from composer.rendering.audio.synthesizer import SAMPLE_RATE_HZ
from composer.rendering.audio.synthesizer_choice import synthesizer_name
from composer.rendering.audio.tags import AudioTags, write_tags
from composer.rendering.audio.wav_file import write_wav
from composer.rendering.midi import score_to_midi
from composer.types import Composition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from composer.rendering.audio.loudness import Mastering

__all__ = [
    "AUDIO",
    "AudioFacts",
    "composition_events",
    "render_audio",
    "render_composition",
    "render_midi",
    "stem_names",
]

AUDIO = (".wav", *CODINGS)
"""Extensions of audio files."""
_CHANNELS = 2
_MIX_BITS, _STEM_BITS = 16, 24
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """What an audio file was made with and what it holds.

    Attributes
    ----------
    synthesizer : what played, with its version.
    soundfont : the font's file.
    soundfont_sha256, sha256 : hex digests of the font and of the audio file.
    seconds : length with the tail.
    tail_seconds : the part after the end of the piece.
    sample_rate_hz, channels, bits : 44100, 2, and 16 for a mix, 24 for a stem.
    peak_dbfs, rms_dbfs : largest sample, and root mean square over the whole file; -200 for silence.
    lufs, true_peak_dbtp : integrated loudness (None where the piece is too short) and true peak of the mix.
    gain_db : what was added to the synthesiser's level.
    reduction_db : how far the gain gives way around the highest peak, 0 where it need not.
    exchanged : instruments that stand in for others whose notes the font lacks, in words.
    """

    synthesizer: str
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
    lufs: float | None
    true_peak_dbtp: float
    gain_db: float
    reduction_db: float
    exchanged: tuple[str, ...] = ()


def render_midi(
    midi: Path | MidiFile, path: Path, *, soundfont: Path | None = None, progress: Progress | None = None
) -> AudioFacts:
    """Render a MIDI file to an audio file, which appears whole or not at all.

    Parameters
    ----------
    midi : Path or MidiFile
        Any Standard MIDI File of type 0 or 1, up to an hour long, or one that was read.
    path : Path
        The result; its extension is that of a format in `AUDIO`.
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
        No synthesiser is installed, or the result would be silent.
    OutputError
        The file cannot be written.
    """
    return render_audio(read_midi(midi), path, soundfont=soundfont, progress=progress)[0]


def composition_events(composition: Composition, *, humanize: float = 0.0) -> MidiEvents:
    """What a composition plays; ``humanize`` as in `score_to_midi`.

    Raises
    ------
    ComposerError
        The score breaks its rules; see `score_to_midi`.
    """
    return parse_midi(score_to_midi(composition, humanize=humanize), name="the score")


def render_composition(
    composition: Composition,
    path: Path,
    *,
    soundfont: Path | None = None,
    humanize: float = 0.0,
    progress: Progress | None = None,
    tags: AudioTags | None = None,
) -> AudioFacts:
    """Like `render_midi`, from the score; ``humanize`` as in `score_to_midi`.

    Raises
    ------
    ComposerError
        The score breaks its rules; see `score_to_midi`.
    AssetError, ExternalToolError, OutputError
        As `render_midi`.
    """
    events = composition_events(composition, humanize=humanize)
    return render_audio(events, path, soundfont=soundfont, progress=progress, tags=tags)[0]


def stem_names(events: MidiEvents, *, extension: str = ".wav") -> tuple[str, ...]:
    """File names for the stems, one per part that plays: ``01-violin.wav`` ..."""
    names = []
    for number, part in enumerate(events.parts, start=1):
        word = re.sub(r"[^a-z0-9]+", "-", part.name.lower()).strip("-")[:60]
        names.append(f"{number:02d}-{word or ('drums' if part.is_drums else 'part')}{extension}")
    return tuple(names)


def render_audio(
    events: MidiEvents,
    path: Path | None,
    *,
    stems: Sequence[Path] = (),
    stem_bits: int = _STEM_BITS,
    soundfont: Path | None = None,
    progress: Progress | None = None,
    tags: AudioTags | None = None,
) -> tuple[AudioFacts, ...]:
    """Render events to a mix, to stems, or to both; each file appears whole or not at all.

    Parameters
    ----------
    events : MidiEvents
        What is played.
    path : Path or None
        The mix; None writes none.
    stems : sequence of Path
        One for each of ``events.parts``, or none at all.
    stem_bits : int
        16 or 24, of the stems' samples.
    soundfont, progress : optional
        As in `render_midi`.
    tags : AudioTags, optional
        What the mix says about itself, where its format can.

    Returns
    -------
    tuple of AudioFacts
        Of the mix, if it was asked for, and of the stems.

    Raises
    ------
    AssetError, ExternalToolError, OutputError
        As `render_midi`.
    """
    from composer.rendering.audio.loudness import find_mastering

    font = find_soundfont(soundfont)
    report = progress or _ignore
    try:
        with ExitStack() as stack:
            spool = stack.enter_context(tempfile.TemporaryFile())
            parts = [stack.enter_context(tempfile.TemporaryFile()) for _ in stems]
            played, exchanged = with_sound(events, font)
            count = play(played, font, spool, parts, progress=report)
            mix = read_back(spool, count)
            made = _Made(font=font, end_seconds=events.end_seconds, mastering=find_mastering(mix), exchanged=exchanged)
            facts = [made.write(mix, path, _MIX_BITS, tags)] if path is not None else []
            facts += [
                made.write(read_back(part, count), path, stem_bits) for part, path in zip(parts, stems, strict=True)
            ]
    except OSError as error:
        raise OutputError(f"cannot keep the samples in {tempfile.gettempdir()!r}: {error.strerror}") from error
    report("rendering audio", 1.0)
    return tuple(facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What a mix and its stems have in common."""

    font: Path
    end_seconds: float
    mastering: Mastering
    exchanged: tuple[str, ...]

    def write(self, samples: NDArray[np.float32], path: Path, bits: int, tags: AudioTags | None = None) -> AudioFacts:
        """Write samples with the gain, and say what was written."""
        meter = _Meter()
        with atomic_write(path) as temporary:
            blocks = meter.watch(_mastered(samples, self.mastering))
            (write_compressed if path.suffix.lower() in CODINGS else write_wav)(blocks, temporary, bits)
            if tags is not None:
                played = f"played by {synthesizer_name()} with {self.font.name}"
                write_tags(temporary, replace(tags, comment="; ".join(filter(None, (tags.comment, played)))))
            with temporary.open("rb") as handle:
                sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
        return AudioFacts(
            synthesizer=synthesizer_name(),
            soundfont=self.font,
            soundfont_sha256=sha256_of(self.font),
            sha256=sha256,
            seconds=len(samples) / SAMPLE_RATE_HZ,
            tail_seconds=len(samples) / SAMPLE_RATE_HZ - self.end_seconds,
            sample_rate_hz=SAMPLE_RATE_HZ,
            channels=_CHANNELS,
            bits=bits,
            peak_dbfs=_decibels(meter.peak),
            rms_dbfs=_decibels(meter.rms),
            lufs=self.mastering.lufs if math.isfinite(self.mastering.lufs) else None,
            true_peak_dbtp=self.mastering.true_peak_dbtp,
            gain_db=_decibels(self.mastering.gain),
            reduction_db=self.mastering.reduction_db,
            exchanged=self.exchanged,
        )


def _mastered(samples: NDArray[np.float32], mastering: Mastering) -> Iterator[NDArray[np.float64]]:
    """The samples with the gain, block by block."""
    for start in range(0, len(samples), _CHUNK):
        yield mastering.apply(samples[start : start + _CHUNK], start)


@dataclass(slots=True)
class _Meter:
    """Peak and root mean square of the blocks that pass, 1 being full scale."""

    peak: float = 0.0
    squares: float = 0.0
    count: int = 0

    def watch(self, blocks: Iterator[NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
        """Hand blocks on and measure them."""
        import numpy as np

        for block in blocks:
            self.peak = max(self.peak, float(np.abs(block).max(initial=0.0)))
            self.squares += float(np.square(block).sum())
            self.count += block.size
            yield block

    @property
    def rms(self) -> float:
        """Root mean square of all that passed."""
        return math.sqrt(self.squares / max(1, self.count))


def _decibels(ratio: float) -> float:
    return 20 * math.log10(max(ratio, 1e-10))


def _ignore(_stage: str, _share: float) -> None:
    """Progress that nobody watches."""
