"""A lesson about a picture: the piece, its variants to compare, the page, and the files beside it.

Beside ``sea.pdf`` appear ``sea-pupil.musicxml`` and ``sea-answers.musicxml``, and ``sea-listen-a.mid`` ... with the
versions to compare, also as ``.wav`` where FluidSynth and a soundfont are there.
"""

from __future__ import annotations

import io
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from composer.errors import AssetError, ExternalToolError, UsageError
from composer.files import atomic_group
from composer.options import ComposeOptions
from composer.pipeline.compose import check_paths, compose
from composer.progress import Progress, silent, within
from composer.types import Composition

if TYPE_CHECKING:
    from composer.rendering.lesson import Layout, LessonContent, Tasks, Version

    _Variant = tuple[Version, Composition]

__all__ = ["LessonOptions", "LessonRun", "make_lesson", "write_lesson"]

_FORMATS = (".pdf", ".html")
_JPEG_QUALITY = 88
_FASTEST_PRINTED = 100
_SLOWER, _FASTER = 0.62, 1.5
_Write = Callable[[Path], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonOptions:
    """How a lesson is shown.

    Attributes
    ----------
    language : tag of a catalogue, ``"en"``, ``"es"`` or ``"ja"``.
    page : ``"a4"`` or ``"letter"``.
    large_print : text of 18 points and larger staves.
    audio : write WAV files beside the MIDI files, where that is possible.
    """

    language: str = "en"
    page: str = "a4"
    large_print: bool = False
    audio: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonRun:
    """What was made.

    Attributes
    ----------
    composition, tasks : the piece, and what is asked about it.
    lessons : the pages, in the order in which they were named.
    beside : the score without and with the answers, then the versions to compare.
    no_audio : why there are no WAV files, or None.
    """

    composition: Composition
    tasks: Tasks
    lessons: tuple[Path, ...]
    beside: tuple[Path, ...]
    no_audio: str | None


def make_lesson(options: ComposeOptions, lesson: LessonOptions, *, progress: Progress | None = None) -> LessonRun:
    """Compose a piece and write a lesson about it; all files appear or none.

    Parameters
    ----------
    options : ComposeOptions
        As for `composer.compose`; ``outs`` are ``.pdf`` and ``.html`` files.
    lesson : LessonOptions
    progress : callable, optional
        As for `composer.compose`.

    Raises
    ------
    ComposerError
        As `composer.compose` and `composer.save`; the language, the page or an extension is unknown; a library or font
        that a PDF needs is missing.
    """
    report = progress or silent
    _check(options, [Path(out) for out in options.outs], lesson)
    # A class reads no thirty-seconds unless it is asked to; a plan or a recipe stays as it is.
    given = options.ornaments or options.plan or options.recipe
    plain = options if given else replace(options, ornaments="none")
    piece = compose(plain, progress=within(report, 0.0, 0.6))
    return write_lesson(piece, options, lesson, progress=within(report, 0.6, 1.0))


def write_lesson(
    piece: Composition, options: ComposeOptions, lesson: LessonOptions, *, progress: Progress = silent
) -> LessonRun:
    """Write a lesson about a piece that there is; all files appear or none.

    Parameters
    ----------
    piece : Composition
    options : ComposeOptions
        ``image`` is the picture on the page, ``outs`` the pages, ``soundfont`` what is heard.
    lesson : LessonOptions
    progress : callable

    Raises
    ------
    ComposerError
        As `make_lesson`.
    """
    outs = [Path(out) for out in options.outs]
    layout = _check(options, outs, lesson)
    no_audio = _why_no_audio(options) if lesson.audio else "left out on request"
    painting = _painting(options)
    progress("making the lesson", 0.0)
    variants = _variants(piece, outs[0], audio=no_audio is None)
    content = _content(piece, variants, outs[0], lesson, layout, painting)
    writes = dict(_lesson_writes(content, outs))
    writes |= dict(_score_writes(content, outs[0]))
    writes |= dict(_variant_writes(variants, outs[0], options))
    with atomic_group(list(writes)) as temporaries:
        for number, (path, temporary) in enumerate(zip(writes, temporaries, strict=True)):
            progress(f"writing {path.name}", 0.1 + 0.9 * number / len(writes))
            writes[path](temporary)
    progress("done", 1.0)
    beside = tuple(path for path in writes if path not in outs)
    return LessonRun(composition=piece, tasks=content.tasks, lessons=tuple(outs), beside=beside, no_audio=no_audio)


def _check(options: ComposeOptions, outs: Sequence[Path], lesson: LessonOptions) -> Layout:
    """Refuse what cannot end well before any work is spent on it."""
    from composer.rendering.lesson import Layout, check_pdf, load_catalogue

    layout = Layout(page=lesson.page, large_print=lesson.large_print)
    load_catalogue(lesson.language)
    for path in outs:
        if path.suffix.lower() not in _FORMATS:
            raise UsageError(
                f"--out {str(path)!r}: the extension {path.suffix!r} is no lesson; known: {', '.join(_FORMATS)}",
                hint="end the output's name in .pdf or .html",
            )
    check_paths(options, [*outs, *_score_paths(outs[0])])
    if any(path.suffix.lower() == ".pdf" for path in outs):
        check_pdf(lesson.language)
    return layout


def _why_no_audio(options: ComposeOptions) -> str | None:
    """Why there can be no WAV files, or None; a soundfont that was asked for by name must be good."""
    from composer import rendering
    from composer.rendering.audio.synthesizer_choice import synthesizer_name

    font = Path(options.soundfont) if options.soundfont is not None else None
    try:
        synthesizer_name()
        rendering.find_soundfont(font)
    except (AssetError, ExternalToolError) as error:
        if font is not None:
            raise
        return error.message
    return None


def _painting(options: ComposeOptions) -> bytes | None:
    """The picture as a JPEG file of at most 1024 pixels, without what a camera wrote into it."""
    if options.image is None:
        return None
    from PIL import Image

    from composer.perception.image import load_painting

    buffer = io.BytesIO()
    Image.fromarray(load_painting(Path(options.image)).rgb).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()


def _content(
    piece: Composition,
    variants: Sequence[_Variant],
    out: Path,
    lesson: LessonOptions,
    layout: Layout,
    painting: bytes | None,
) -> LessonContent:
    from composer.rendering.lesson import LessonContent, find_tasks

    pupil, answers = _score_paths(out)
    return LessonContent(
        composition=piece,
        tasks=find_tasks(piece.score, versions=[version for version, _ in variants]),
        language=lesson.language,
        layout=layout,
        painting=painting,
        pupil_file=PurePath(pupil.name),
        answer_file=PurePath(answers.name),
    )


# ----------------------------------------------------------------------------------------- versions


def _variants(piece: Composition, out: Path, *, audio: bool) -> list[_Variant]:
    """The piece, the piece in the other mode and at another tempo, in an order that the seed chooses."""
    from composer.music.mode_change import counterpart, in_other_mode
    from composer.planning import PlanOverrides, apply_overrides
    from composer.rendering.lesson import Version

    plan = piece.plan
    scores = {"none": piece.score}
    mode = counterpart(plan.mode)
    if mode is not None:
        free = replace(plan, level=None)  # the notes stay; no other tonic or compass is wanted
        scores["mode"] = in_other_mode(piece.score, apply_overrides(free, PlanOverrides(mode=mode)))
    share = _SLOWER if plan.tempo_bpm >= _FASTEST_PRINTED else _FASTER
    scores["tempo"] = replace(piece.score, plan=replace(plan, tempo_bpm=float(round(plan.tempo_bpm * share))))
    changes = list(scores)
    random.Random(f"{piece.provenance.get('seed', 0)}/versions").shuffle(changes)
    variants = []
    for letter, change in zip("ABC", changes, strict=False):
        score = scores[change]
        endings = (".mid", ".wav") if audio else (".mid",)
        version = Version(
            letter=letter,
            change=change,
            mode=score.plan.mode,
            tempo_bpm=score.plan.tempo_bpm,
            files=tuple(f"{out.stem}-listen-{letter.lower()}{ending}" for ending in endings),
        )
        variants.append((version, replace(piece, plan=score.plan, score=score)))
    return variants


# -------------------------------------------------------------------------------------------- files


def _score_paths(out: Path) -> tuple[Path, Path]:
    return out.with_name(f"{out.stem}-pupil.musicxml"), out.with_name(f"{out.stem}-answers.musicxml")


def _lesson_writes(content: LessonContent, outs: Sequence[Path]) -> Iterator[tuple[Path, _Write]]:
    for out in outs:
        folder = os.path.relpath(outs[0].parent, out.parent)
        placed = _seen_from(content, folder)
        yield out, partial(_write_page, placed, pdf=out.suffix.lower() == ".pdf")


def _write_page(content: LessonContent, path: Path, *, pdf: bool) -> None:
    from composer.rendering.lesson import lesson_html, lesson_pdf

    path.write_bytes(lesson_pdf(content) if pdf else lesson_html(content).encode())


def _seen_from(content: LessonContent, folder: str) -> LessonContent:
    """The content with the files beside the first lesson as they are found from another folder."""
    if folder == ".":
        return content
    listening = content.tasks.listening
    if listening is not None:
        versions = tuple(
            replace(version, files=tuple((PurePath(folder) / file).as_posix() for file in version.files))
            for version in listening.versions
        )
        listening = replace(listening, versions=versions)
    return replace(
        content,
        tasks=replace(content.tasks, listening=listening),
        pupil_file=PurePath(folder) / content.pupil_file,
        answer_file=PurePath(folder) / content.answer_file,
    )


def _score_writes(content: LessonContent, out: Path) -> Iterator[tuple[Path, _Write]]:
    for path, full in zip(_score_paths(out), (False, True), strict=True):
        yield path, partial(_write_score, content, full=full)


def _write_score(content: LessonContent, path: Path, *, full: bool) -> None:
    from composer.rendering.lesson import answer_score, pupil_score

    piece = content.composition
    path.write_bytes(answer_score(piece) if full else pupil_score(piece, content.tasks))


def _variant_writes(variants: Sequence[_Variant], out: Path, options: ComposeOptions) -> Iterator[tuple[Path, _Write]]:
    font = Path(options.soundfont) if options.soundfont is not None else None
    for version, piece in variants:
        for file in version.files:
            yield out.with_name(file), partial(_write_version, piece, font)


def _write_version(piece: Composition, font: Path | None, path: Path) -> None:
    from composer import rendering

    rendering.write(piece, path, soundfont=font)
