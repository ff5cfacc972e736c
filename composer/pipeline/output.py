"""Results on disk: a piece or a MIDI file in one or several formats, all of them or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from composer.errors import OutputError, UsageError
from composer.extras import need
from composer.files import atomic_group, check_writable
from composer.progress import Progress, silent, within
from composer.types import Composition, Painting

if TYPE_CHECKING:
    from composer.midi.playback import MidiEvents
    from composer.midi.reader import MidiFile
    from composer.pipeline.midi_score import MidiScore
    from composer.rendering import OutputFacts, Sheet

__all__ = ["check_free", "check_results", "render", "save"]


def save(
    composition: Composition,
    outs: Sequence[Path | str],
    *,
    soundfont: Path | str | None = None,
    stems: Path | str | None = None,
    humanize: float = 0.0,
    progress: Progress | None = None,
    sheets: Sequence[tuple[Path, Sheet]] = (),
    sheet: Sheet | None = None,
    picture: Path | str | None = None,
) -> tuple[OutputFacts, ...]:
    """Write a piece in one or several formats, all of them or none.

    Parameters
    ----------
    composition : Composition
        What `compose` returned.
    outs : sequence of paths
        The extension of each chooses its format; see `composer.rendering.extensions`.
    soundfont : path, optional
        SoundFont 2 file for audio.
    stems : path, optional
        Folder for one WAV per part; they add up to the mix.
    humanize : float
        How freely MIDI and audio are played, 0 (as written) to 1.
    progress : callable, optional
        As in `compose`.
    sheets : sequence of (path, Sheet)
        Further files of notation: parts, a lead sheet.
    sheet : Sheet, optional
        Pitch and page of what `outs` holds of notation.
    picture : path, optional
        The picture that the piece was made from: a film shows it, and it is the cover of audio files.

    Raises
    ------
    UsageError
        An extension is unknown, or a film has no picture.
    ImageError
        The picture cannot be read.
    OutputError
        A file cannot be written.
    AssetError, ExternalToolError
        Audio was asked for, and the soundfont or the synthesizer is missing or fails.
    """
    from composer import rendering

    events = rendering.composition_events(composition, humanize=humanize) if stems is not None else None
    whole, further = sheet if sheet is not None else rendering.Sheet(), dict(sheets)

    painting = _picture(picture, [Path(out) for out in outs])

    def write(result: _Result) -> OutputFacts:
        return rendering.write(
            composition,
            result.temporary,
            final=result.final,
            soundfont=result.soundfont,
            humanize=humanize,
            progress=result.progress,
            sheet=further.get(result.final, whole),
            picture=painting,
        )

    return _write(
        [*(Path(out) for out in outs), *further],
        write,
        events=events,
        stems=stems,
        soundfont=soundfont,
        progress=progress or silent,
    )


def _picture(picture: Path | str | None, outs: Sequence[Path]) -> Painting | None:
    """The picture, if one of the results holds it."""
    from composer import rendering

    if picture is None or not any(rendering.shows_picture(out) for out in outs):
        return None
    from composer.perception.image import load_painting

    return load_painting(picture)


def render(
    midi: Path | str | MidiFile,
    outs: Sequence[Path | str],
    *,
    bars: tuple[int, int] | None = None,
    soundfont: Path | str | None = None,
    stems: Path | str | None = None,
    progress: Progress | None = None,
) -> tuple[OutputFacts, ...]:
    """Write a MIDI file of any origin in other formats, all of them or none.

    Audio is played from the file as it is. For everything else the notes go to the grid of a score; what it has
    otherwise than the file stands in the facts as ``remarks``. See `composer.pipeline.midi_score.score_of_midi`.

    Parameters
    ----------
    midi : path or MidiFile
        A Standard MIDI File of type 0 or 1, or one that was read.
    bars : pair of int, optional
        First and last bar of a score, from 1; without it, all. Audio always holds the whole piece.
    outs, soundfont, stems, progress
        As in `save`.

    Raises
    ------
    MidiError
        The file is missing, broken or holds no note.
    UsageError
        The bars lie outside the piece, or only audio is asked for.
    ComposerError
        As `save`.
    """
    from composer import rendering
    from composer.midi.playback import playback_of
    from composer.midi.reader import open_midi
    from composer.pipeline.midi_score import score_of_midi

    paths = [Path(out) for out in outs]
    audio = [rendering.is_played(path, film=False) for path in paths]
    if bars is not None and all(audio):
        raise UsageError("--bars: audio holds the whole piece", hint="leave --bars out, or ask for a score too")
    file = open_midi(midi)
    events = playback_of(file)
    score = None if all(audio) else score_of_midi(file, bars=bars)
    return _write(
        paths,
        partial(_write_midi, events=events, score=score),
        events=events if stems is not None else None,
        stems=stems,
        soundfont=soundfont,
        progress=progress or silent,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """A result to be written to `temporary`, and the name it will have."""

    temporary: Path
    final: Path
    soundfont: Path | None
    progress: Progress


def _write_midi(result: _Result, *, events: MidiEvents, score: MidiScore | None) -> OutputFacts:
    """Write one result of a MIDI file: audio from its events, all else from its score."""
    from composer import rendering

    path, final, soundfont, progress = result.temporary, result.final, result.soundfont, result.progress
    if score is None or rendering.is_played(path, film=False):
        return rendering.write_events(events, path, final=final, soundfont=soundfont, progress=progress)
    facts = rendering.write(score.composition, path, final=final, soundfont=soundfont, progress=progress)
    return replace(facts, facts={**facts.facts, "remarks": list(score.remarks)}) if score.remarks else facts


def _write(
    paths: Sequence[Path],
    write: Callable[[_Result], OutputFacts],
    *,
    events: MidiEvents | None,
    stems: Path | str | None,
    soundfont: Path | str | None,
    progress: Progress,
) -> tuple[OutputFacts, ...]:
    """Write files and stems in one group; ``write`` makes one of the files."""
    from composer import rendering

    _check_extensions(paths)
    font = Path(soundfont) if soundfont is not None else None
    outputs = []
    parts = [Path(stems) / name for name in rendering.stem_names(events)] if stems is not None and events else []
    share = 1 / (len(paths) + bool(parts))
    with _folder(stems), atomic_group([*paths, *parts]) as temporaries:
        for index, (path, temporary) in enumerate(zip(paths, temporaries, strict=False)):
            part = within(progress, index * share, (index + 1) * share)
            part(f"writing {path.name}", 0.0)
            facts = write(_Result(temporary=temporary, final=path, soundfont=font, progress=part))
            outputs.append(replace(facts, path=path))
        if parts and events is not None:
            part = within(progress, 1 - share, 1.0)
            written = rendering.write_stems(events, temporaries[len(paths) :], soundfont=font, progress=part)
            outputs += [replace(facts, path=path) for facts, path in zip(written, parts, strict=True)]
    progress("done", 1.0)
    return tuple(outputs)


@contextmanager
def _folder(path: Path | str | None) -> Iterator[None]:
    """Make a folder for results; one that was made goes again when the block fails."""
    made = path is not None and not os.path.isdir(path)
    try:
        if path is not None and made:
            os.mkdir(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"cannot make the folder {str(path)!r}: {reason}", hint="name another folder") from error
    try:
        yield
    except BaseException:
        if path is not None and made:
            with suppress(OSError):
                os.rmdir(path)
        raise


def check_results(
    outs: Sequence[Path | str],
    *,
    inputs: Sequence[Path | str | None],
    soundfont: Path | str | None,
    stems: Path | str | None,
) -> None:
    """Refuse results that cannot be written; the settings are those of `save`, ``inputs`` must not be overwritten.

    Raises
    ------
    UsageError, OutputError, AssetError, ExternalToolError
        As `check_outputs`.
    """
    paths = [Path(out) for out in outs]
    _check_extensions(paths)
    check_free(paths, inputs=inputs)
    if stems is not None:
        _check_stems(stems)
    _check_audio(paths, soundfont, stems)


def check_free(paths: Sequence[Path], *, inputs: Sequence[Path | str | None]) -> None:
    """Refuse files that cannot be written.

    Raises
    ------
    UsageError
        One is an input or is named twice.
    OutputError
        A folder is missing or not writable.
    """
    seen: set[str] = set()
    taken = {_real(source) for source in inputs if source}
    for path in paths:
        real = _real(path)
        if real in taken:
            raise UsageError(f"--out {str(path)!r} is also an input", hint="give the result another name")
        if real in seen:
            raise UsageError(f"--out {str(path)!r} is given twice", hint="give each output another name")
        seen.add(real)
        check_writable(path)


def _real(path: Path | str) -> str:
    """Where a path leads, links followed; names that no file can have stay as they are."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return str(path)


def _check_stems(stems: Path | str) -> None:
    """A folder that can be written to, or made; what else lies in it stays."""
    made = not os.path.isdir(stems)
    with _folder(stems):
        check_writable(Path(stems) / "stem.wav")
    if made:
        with suppress(OSError):
            os.rmdir(stems)  # the work may still fail; it is made again with the stems


def _check_audio(paths: Sequence[Path], soundfont: Path | str | None, stems: Path | str | None) -> None:
    from composer import rendering
    from composer.rendering.audio.synthesizer_choice import synthesizer_name

    audio = stems is not None or any(rendering.is_played(path) for path in paths)
    if any(rendering.check_extension(path) == "mp4" for path in paths):
        need("video", "a film (.mp4)")
    if audio:
        synthesizer_name()
    if audio or soundfont is not None:
        rendering.find_soundfont(Path(soundfont) if soundfont is not None else None)


def _check_extensions(paths: Sequence[Path]) -> None:
    from composer import rendering

    for path in paths:
        rendering.check_extension(path)
