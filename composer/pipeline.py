"""From a picture to files: the stages in order.

`compose` makes a piece, `save` writes it, `run` does both and checks beforehand that the results can be written.
Progress is reported through a callback ``progress(stage, share)`` with the share of the whole work in [0, 1].
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composer.errors import ImageError, UsageError
from composer.files import atomic_group, check_writable
from composer.options import ComposeOptions
from composer.preparation import Progress, perceive, plan, prepare
from composer.provenance import provenance
from composer.types import TICKS_PER_QUARTER, Composition, Perception, Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from composer.rendering import OutputFacts

__all__ = [
    "Progress",
    "Run",
    "check_outputs",
    "check_paths",
    "compose",
    "perceive",
    "perception_to_json",
    "plan",
    "run",
    "run_to_json",
    "save",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A piece and the files that were written from it."""

    composition: Composition
    outputs: tuple[OutputFacts, ...]


def _silent(_stage: str, _share: float) -> None:
    """Report to nobody."""


def _within(progress: Progress, low: float, high: float) -> Progress:
    def scaled(stage: str, share: float) -> None:
        progress(stage, low + (high - low) * min(1.0, max(0.0, share)))

    return scaled


def compose(options: ComposeOptions, *, progress: Progress | None = None) -> Composition:
    """Make a piece; nothing is written.

    Parameters
    ----------
    options : ComposeOptions
        What to start from and what to override. ``outs`` is left to `run` and `save`.
    progress : callable, optional
        Called with the stage's name and the share of the work done.

    Returns
    -------
    Composition
        Perception, plan, score and provenance. The same options, picture, weights and versions give the same piece.

    Raises
    ------
    ImageError, PlanError, AssetError, UsageError
        The picture or plan cannot be used, weights are missing or damaged, an option's value is wrong.
    """
    from composer import music
    from composer.evaluation import measure_originality

    report = progress or _silent
    ready = prepare(options, _within(report, 0.0, 0.2))
    report("composing", 0.2)
    generation = music.generate(
        ready.plan,
        seed=ready.seed,
        candidates=options.candidates,
        temperature=options.temperature,
        top_p=options.top_p,
        progress=_within(report, 0.2, 1.0),
    )
    originality = measure_originality(_pitched_parts(generation.score))
    return Composition(
        perception=ready.perception,
        plan=generation.score.plan,
        score=generation.score,
        provenance=provenance(
            options,
            painting=ready.painting,
            perception=ready.perception,
            plan_sha256=ready.plan_sha256,
            seed=ready.seed,
            generation=generation.provenance,
            originality=originality.to_json(),
        ),
    )


def _pitched_parts(score: Score) -> list[tuple[str, NDArray[np.float64]]]:
    """Name and notes (onset in quarter notes, pitch) of every part but the drums."""
    import numpy as np

    return [
        (
            track.instrument.name,
            np.array([(note.onset / TICKS_PER_QUARTER, note.pitch) for note in track.notes]).reshape(-1, 2),
        )
        for track in score.tracks
        if not track.instrument.is_drums
    ]


def save(
    composition: Composition,
    outs: Sequence[Path | str],
    *,
    soundfont: Path | str | None = None,
    progress: Progress | None = None,
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
    progress : callable, optional
        As in `compose`.

    Raises
    ------
    UsageError
        An extension is unknown.
    OutputError
        A file cannot be written.
    AssetError, ExternalToolError
        Audio was asked for, and the soundfont or the synthesizer is missing or fails.
    """
    from composer import rendering

    paths = [Path(out) for out in outs]
    _check_extensions(paths)
    report = progress or _silent
    font = Path(soundfont) if soundfont is not None else None
    outputs = []
    with atomic_group(paths) as temporaries:
        for index, (path, temporary) in enumerate(zip(paths, temporaries, strict=True)):
            part = _within(report, index / len(paths), (index + 1) / len(paths))
            part(f"writing {path.name}", 0.0)
            facts = rendering.write(composition, temporary, final=path, soundfont=font, progress=part)
            outputs.append(replace(facts, path=path))
    report("done", 1.0)
    return tuple(outputs)


def run(options: ComposeOptions, *, progress: Progress | None = None) -> Run:
    """Make a piece and write it to ``options.outs``.

    Raises
    ------
    ComposerError
        As `compose` and `save`. Whether the outputs can be written is checked before any work.
    """
    report = progress or _silent
    check_outputs(options)
    composition = compose(options, progress=_within(report, 0.0, 0.9))
    outputs = save(composition, options.outs, soundfont=options.soundfont, progress=_within(report, 0.9, 1.0))
    return Run(composition=composition, outputs=outputs)


def check_outputs(options: ComposeOptions) -> None:
    """Refuse what cannot end well before any work is spent on it.

    Raises
    ------
    UsageError
        An extension is unknown, or an output would overwrite an input or another output.
    OutputError
        A folder is missing or not writable.
    AssetError, ExternalToolError
        Audio is asked for without a usable soundfont or synthesizer.
    ImageError
        The picture does not exist.
    """
    paths = [Path(out) for out in options.outs]
    _check_extensions(paths)
    check_paths(options, paths)
    _check_audio(paths, options.soundfont)


def check_paths(options: ComposeOptions, paths: Sequence[Path]) -> None:
    """Refuse results that cannot be written, and a picture that is not there.

    Raises
    ------
    UsageError
        A result would overwrite an input or another result.
    OutputError
        A folder is missing or not writable.
    ImageError
        The picture does not exist.
    """
    seen: set[str] = set()
    inputs = {_real(source) for source in (options.image, options.plan, options.midi, options.soundfont) if source}
    for path in paths:
        real = _real(path)
        if real in inputs:
            raise UsageError(f"--out {str(path)!r} is also an input", hint="give the result another name")
        if real in seen:
            raise UsageError(f"--out {str(path)!r} is given twice", hint="give each output another name")
        seen.add(real)
        check_writable(path)
    if options.image is not None and not os.path.exists(options.image):
        raise ImageError(f"picture {str(options.image)!r} does not exist", hint="check the path of --image")


def _real(path: Path | str) -> str:
    """Where a path leads, links followed; names that no file can have stay as they are."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return str(path)


def _check_audio(paths: Sequence[Path], soundfont: Path | str | None) -> None:
    from composer import rendering
    from composer.rendering.synthesizer import load_fluidsynth

    audio = any(rendering.check_extension(path) == "wav" for path in paths)
    if audio:
        load_fluidsynth()
    if audio or soundfont is not None:
        rendering.find_soundfont(Path(soundfont) if soundfont is not None else None)


def _check_extensions(paths: Sequence[Path]) -> None:
    from composer import rendering

    for path in paths:
        rendering.check_extension(path)


def perception_to_json(perception: Perception) -> dict[str, Any]:
    """Plain JSON data of a perception, in the form that a ``.json`` result holds; the embedding is left out."""
    from composer.rendering.jsonable import jsonable

    data: dict[str, Any] = jsonable(perception)
    return data


def run_to_json(done: Run) -> dict[str, Any]:
    """Plain JSON data of a run: ``{perception, plan, provenance, outputs}``."""
    from composer.planning import plan_to_json
    from composer.rendering.jsonable import jsonable

    piece = done.composition
    return {
        "perception": perception_to_json(piece.perception) if piece.perception is not None else None,
        "plan": json.loads(plan_to_json(piece.plan)),
        "provenance": jsonable(piece.provenance),
        "outputs": jsonable(done.outputs),
    }
