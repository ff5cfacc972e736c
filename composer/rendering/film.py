"""A piece as a film (``.mp4``): the picture, slowly travelled along the sections, the caption as subtitles.

For a museum's screen or a telephone: H.264 and AAC, 1280 x 720, with the extra ``video`` (imageio-ffmpeg).

Conventions
-----------
* Times are in seconds from the first bar line. A *view* is a window of the picture, (left, top, right, bottom) in
  pixels, of the film's shape.
* The first section begins with the whole picture and the last one ends with it; between them the views follow the
  sections from left to right and from top to bottom, as one reads.
"""

from __future__ import annotations

import math
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from composer.errors import ExternalToolError
from composer.extras import need
from composer.files import atomic_write
from composer.progress import Progress, silent, within
from composer.rendering.audio.rendering import AudioFacts, render_composition
from composer.rendering.subtitles import subtitles
from composer.theory.meters import TICKS_PER_QUARTER, Meter
from composer.types import Composition, Painting

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["FilmFacts", "section_times", "views", "write_film"]

WIDTH, HEIGHT = 1280, 720
RATE_HZ = 24
_CLOSE = 0.62
"""Side of a close view as a share of the whole picture's."""
_THREADS = 2
"""Fixed, so that the same piece gives the same film on every machine."""

_View = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmFacts:
    """What a film holds: its sound, the number of its frames, 24 a second, and their size in pixels."""

    audio: AudioFacts
    frames: int
    size: tuple[int, int]


def write_film(
    composition: Composition,
    picture: Painting,
    path: Path,
    *,
    soundfont: Path | None = None,
    humanize: float = 0.0,
    progress: Progress | None = None,
) -> FilmFacts:
    """Write a film, whole or not at all; the settings are those of `composer.rendering.write`.

    Raises
    ------
    ExternalToolError
        The extra ``video`` is not installed, ffmpeg or the synthesiser fails.
    ComposerError, AssetError, OutputError
        As `composer.rendering.audio.rendering.render_composition`.
    """
    need("video", "a film (.mp4)")
    report = progress or silent
    with tempfile.TemporaryDirectory() as folder, atomic_write(path) as temporary:
        sound, words = Path(folder) / "sound.wav", Path(folder) / "words.srt"
        audio = render_composition(
            composition, sound, soundfont=soundfont, humanize=humanize, progress=within(report, 0.0, 0.5)
        )
        times = section_times(composition)
        words.write_text(subtitles(composition.plan, times, audio.seconds), encoding="utf-8", newline="\n")
        count = math.ceil(audio.seconds * RATE_HZ)
        _encode(
            _frames(picture, times, count, audio.seconds - audio.tail_seconds, within(report, 0.5, 1.0)),
            ["-i", str(sound), "-i", str(words)],
            composition.plan.title,
            temporary,
        )
    return FilmFacts(audio=audio, frames=count, size=(WIDTH, HEIGHT))


def section_times(composition: Composition) -> tuple[float, ...]:
    """When each section of the plan begins, in seconds."""
    plan = composition.plan
    bar = Meter.parse(plan.meter).bar_ticks / TICKS_PER_QUARTER * 60 / plan.tempo_bpm
    return tuple((section.start_bar - 1) * bar for section in plan.sections)


def views(width: int, height: int, sections: int) -> tuple[_View, ...]:
    """Where the camera is at the beginning of each section and at the end: ``sections + 1`` views."""
    whole = _view(width, height, 0.5, 0.5, 1.0)
    between = [
        _view(width, height, 0.5 + 0.5 * math.sin(2.4 * number), number / sections, _CLOSE)
        for number in range(1, sections)
    ]
    if sections == 1:  # there and back would be a jump: come nearer only
        return whole, _view(width, height, 0.5, 0.5, _CLOSE)
    return (whole, *between, whole)


def _view(width: int, height: int, across: float, down: float, share: float) -> _View:
    """A window of the film's shape: around the whole picture (it may stand over its edges), or within it."""
    scale = max(width / WIDTH, height / HEIGHT) if share == 1.0 else share * min(width / WIDTH, height / HEIGHT)
    wide, high = WIDTH * scale, HEIGHT * scale
    if share == 1.0:
        left, top = (width - wide) / 2, (height - high) / 2
    else:
        left, top = across * (width - wide), down * (height - high)
    return left, top, left + wide, top + high


def _frames(picture: Painting, times: Sequence[float], count: int, end: float, progress: Progress) -> Iterator[bytes]:
    """The film's frames as RGB bytes."""
    from PIL import Image

    source = _with_ground(picture)
    offset = (source.width - picture.rgb.shape[1]) / 2, (source.height - picture.rgb.shape[0]) / 2
    places = views(picture.rgb.shape[1], picture.rgb.shape[0], len(times))
    stops = (*times, end)
    for number in range(count):
        left, top, right, bottom = _between(places, stops, number / RATE_HZ)
        box = left + offset[0], top + offset[1], right + offset[0], bottom + offset[1]
        yield source.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, box=box).tobytes()
        if not number % RATE_HZ:
            progress("writing the film", number / count)


def _between(places: Sequence[_View], stops: Sequence[float], seconds: float) -> _View:
    """The view at a moment: eased from one stop to the next, so that the camera rests where a section begins."""
    index = max(0, min(sum(stop <= seconds for stop in stops) - 1, len(stops) - 2))
    start, stop = stops[index], stops[index + 1]
    share = min(1.0, max(0.0, (seconds - start) / max(1e-9, stop - start)))
    eased = share * share * (3 - 2 * share)
    first, second = places[index], places[index + 1]
    left, top, right, bottom = (a + (b - a) * eased for a, b in zip(first, second, strict=True))
    return left, top, right, bottom


def _with_ground(picture: Painting) -> Image.Image:
    """The picture on a ground of the film's shape: itself, enlarged, blurred and darkened."""
    from PIL import Image, ImageEnhance, ImageFilter

    own = Image.fromarray(picture.rgb)
    left, top, right, bottom = _view(own.width, own.height, 0.5, 0.5, 1.0)
    wide, high = math.ceil(right - left) + 2, math.ceil(bottom - top) + 2
    ground = own.resize((wide, high), Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(wide / 40))
    ground = ImageEnhance.Brightness(ground).enhance(0.35)
    ground.paste(own, ((wide - own.width) // 2, (high - own.height) // 2))
    return ground


def _encode(frames: Iterator[bytes], sources: Sequence[str], title: str, path: Path) -> None:
    """Hand frames to ffmpeg, which adds sound and subtitles."""
    from imageio_ffmpeg import get_ffmpeg_exe

    command = [get_ffmpeg_exe(), *_arguments(sources, title), str(path)]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints)
        assert process.stdin is not None
        try:
            for frame in frames:
                process.stdin.write(frame)
            process.stdin.close()
        except BrokenPipeError:  # ffmpeg has given up: its own words are better than ours
            pass
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait():
            complaints.seek(0)
            said = complaints.read().decode("utf-8", errors="replace").strip().splitlines()
            raise ExternalToolError(f"ffmpeg cannot write the film: {said[-1][:200] if said else 'it gives no reason'}")


def _arguments(sources: Sequence[str], title: str) -> list[str]:
    """What ffmpeg is told: frames from standard input, then sound and subtitles; no clock, no random names."""
    picture = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE_HZ), "-i", "-"]
    kept = ["-map", "0:v", "-map", "1:a", "-map", "2:s"]
    subtitles = ["-metadata:s:s:0", "language=eng", "-disposition:s:0", "default"]
    coding = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-pix_fmt", "yuv420p", "-threads", str(_THREADS)]
    sound = ["-c:a", "aac", "-b:a", "192k", "-c:s", "mov_text", "-metadata", f"title={title}"]
    plain = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
    file = ["-movflags", "+faststart", "-y", "-f", "mp4"]
    return ["-v", "error", "-nostdin", *picture, *sources, *kept, *subtitles, *plain, *coding, *sound, *file]
