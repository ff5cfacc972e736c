"""The samples of a piece, part by part, kept in files.

Every part is played by a synthesiser of its own and the mix is the sum: so the stems are what the mix is made of, and
a part sounds the same whatever the others do. (One FluidSynth for all parts is not quite linear: the notes of one part
change the first millisecond of another's, by some -40 dB of the mix.)

Conventions
-----------
* Samples are float32, shape (n, 2), 44.1 kHz, at the synthesiser's own level.
* After the last bar line the sound may die away: until it is 60 dB below the peak, at most 4 s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from composer.errors import ExternalToolError
from composer.midi.playback import CONTROL, NOTE_OFF, NOTE_ON, MidiEvents, PlayEvent
from composer.progress import Progress
from composer.rendering.audio.synthesizer import SAMPLE_RATE_HZ
from composer.rendering.audio.synthesizer_choice import AnySynthesizer, open_synthesizer, synthesizer_name
from composer.rendering.mix import ROOMS, Room, ensemble_kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["play", "read_back"]


_TAIL_BLOCK, _TAIL_BLOCKS = SAMPLE_RATE_HZ // 20, 80
"""The tail is looked at in steps of 50 ms and ends after 4 s."""
_TAIL_FLOOR = 10 ** (-60 / 20)
_FADE_SECONDS = 0.25
_SILENCE = 1e-6
"""A float peak below this means that no voice sounded: the reverb alone leaves some 1e-8."""
_CHORUS = 93
_DRUM_CHANNEL = 9
_CHUNK = 1 << 18


def play(events: MidiEvents, font: Path, mix: IO[bytes], stems: Sequence[IO[bytes]] = (), *, progress: Progress) -> int:
    """Play every part into its file, if there is one, and the sum into another; return the number of samples.

    Parameters
    ----------
    events : MidiEvents
        What is played.
    font : Path
        A soundfont.
    mix : file
        Open for reading and writing, empty.
    stems : sequence of files
        One for each of ``events.parts``, or none.
    progress : callable
        Called with the stage and the share done.

    Raises
    ------
    ExternalToolError
        No synthesiser is installed, or the result is silent.
    AssetError
        The synthesiser cannot load the font.
    """
    import numpy as np

    end = round(events.end_seconds * SAMPLE_RATE_HZ)
    total = end + _TAIL_BLOCKS * _TAIL_BLOCK
    mix.truncate(total * 8)
    everything = np.memmap(mix, dtype="<f4", mode="r+", shape=(total, 2))
    for number in range(len(events.parts)):
        at = 0
        for block in _part(events, number, font):
            everything[at : at + len(block)] += block
            at += len(block)
            if stems:
                stems[number].write(block.astype("<f4").tobytes())
            progress("rendering audio", (number + at / total) / len(events.parts))
    everything.flush()
    for stem in stems:
        stem.flush()
    return _length(everything, end, font)


def _part(events: MidiEvents, number: int, font: Path) -> Iterator[NDArray[np.float32]]:
    """The samples of one part, with all of the tail."""
    own = [event for event in events.events if event.kind not in (NOTE_ON, NOTE_OFF) or event.part == number]
    part = events.parts[number]
    with open_synthesizer(font, _room(events), chorus=_asks_for_chorus(events)) as synthesizer:
        if part.is_drums != (part.channel % 16 == _DRUM_CHANNEL):
            synthesizer.set_drums(part.channel, drums=part.is_drums)
        yield from _piece(own, events.end_seconds, synthesizer)
        yield from _tail(synthesizer)


def _length(samples: NDArray[np.float32], end: int, font: Path) -> int:
    """Samples until the tail has died away."""
    import numpy as np

    peak = max(float(np.abs(samples[at : at + _CHUNK]).max()) for at in range(0, len(samples), _CHUNK))
    if peak < _SILENCE:
        raise ExternalToolError(
            f"{synthesizer_name()} rendered silence with the soundfont {str(font)!r}",
            hint="give another General MIDI soundfont (.sf2 or .sf3) with --soundfont or $COMPOSER_SOUNDFONT",
        )
    for stop in range(end + _TAIL_BLOCK, len(samples), _TAIL_BLOCK):
        if float(np.abs(samples[stop - _TAIL_BLOCK : stop]).max()) < peak * _TAIL_FLOOR:
            return stop
    return len(samples)


def read_back(file: IO[bytes], count: int) -> NDArray[np.float32]:
    """The first ``count`` samples of a file, without loading them: shape (count, 2)."""
    import numpy as np

    return np.memmap(file, dtype="<f4", mode="r").reshape(-1, 2)[:count]


def _room(events: MidiEvents) -> Room:
    programs = [part.program for part in events.parts if not part.is_drums]
    return ROOMS[ensemble_kind(programs, drums=any(part.is_drums for part in events.parts))]


def _asks_for_chorus(events: MidiEvents) -> bool:
    return any(event.kind == CONTROL and event.first == _CHORUS and event.second for event in events.events)


def _piece(
    events: Sequence[PlayEvent], end_seconds: float, synthesizer: AnySynthesizer
) -> Iterator[NDArray[np.float32]]:
    """The samples up to the end of the piece."""
    at = 0
    for seconds, event in [*((event.seconds, event) for event in events), (end_seconds, None)]:
        target = round(seconds * SAMPLE_RATE_HZ)
        while at < target:
            count = min(target - at, SAMPLE_RATE_HZ)
            at += count
            yield synthesizer.samples(count)
        if event is not None:
            synthesizer.play(event)


def _tail(synthesizer: AnySynthesizer) -> Iterator[NDArray[np.float32]]:
    """What sounds on when all keys are released; faded out at the end, for sounds that never die away."""
    import numpy as np

    synthesizer.release_all()
    total, fade = _TAIL_BLOCK * _TAIL_BLOCKS, round(_FADE_SECONDS * SAMPLE_RATE_HZ)
    for number in range(_TAIL_BLOCKS):
        left = total - np.arange(number * _TAIL_BLOCK, (number + 1) * _TAIL_BLOCK)
        yield synthesizer.samples(_TAIL_BLOCK) * np.minimum(left / fade, 1.0).astype(np.float32)[:, None]
